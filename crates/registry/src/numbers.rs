//! Numbers a module decides by: what the register sets for the region and day (`registry.policy_param`), else the defaults of
//! the module's `params.toml`. Must not know what a number is used for.

use crate::policy::Policy;
use ::store::ScopedTx;
use base::{Error, RegionCode, Result};
use chrono::NaiveDate;
use flow::Params as _;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// One default; its title, unit and basis stand beside it for people.
#[derive(Clone, Debug, Deserialize)]
pub struct Default {
    pub value: i64,
    pub title: String,
    pub unit: String,
    pub basis: String,
}

/// The defaults of a module, from the text of its `params.toml`.
pub struct Defaults {
    text: &'static str,
    read: OnceLock<Result<BTreeMap<String, Default>, toml::de::Error>>,
}

impl Defaults {
    pub const fn new(text: &'static str) -> Defaults {
        Defaults { text, read: OnceLock::new() }
    }

    /// Every default by its key.
    pub fn all(&self) -> Result<&BTreeMap<String, Default>> {
        self.read.get_or_init(|| toml::from_str(self.text)).as_ref().map_err(|e| Error::internal(e.clone()))
    }

    /// The numbers of one region on one day.
    pub fn of(&'static self, region: &RegionCode, on: NaiveDate) -> Numbers {
        Numbers { defaults: self, region: region.clone(), on }
    }

    /// Keys that the register could not set or that do not say what they are and where they come from.
    pub fn unclear(&self) -> Result<Vec<String>> {
        let named = |key: &str| key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        let said = |d: &Default| ![&d.title, &d.unit, &d.basis].iter().any(|t| t.is_empty());
        Ok(self.all()?.iter().filter(|(k, d)| !named(k) || !said(d)).map(|(k, _)| k.clone()).collect())
    }
}

/// The numbers of one region on one day.
pub struct Numbers {
    defaults: &'static Defaults,
    region: RegionCode,
    on: NaiveDate,
}

impl Numbers {
    /// A number by its key; a key without a default is a fault of the program.
    pub async fn get(&self, tx: &mut ScopedTx, key: &str) -> Result<i64> {
        let default = self.defaults.all()?.get(key).ok_or_else(|| Error::internal(format!("no parameter {key}")))?;
        Ok(Policy.whole(tx, key, &self.region, self.on).await?.unwrap_or(default.value))
    }
}
