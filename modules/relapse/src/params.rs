//! Numbers this module decides by: what the register sets for the region and day, else the defaults of `params.toml`.
//! Must not know what a number is used for.

use ::store::ScopedTx;
use base::{Error, RegionCode, Result};
use chrono::NaiveDate;
use flow::Params as _;
use registry::policy::Policy;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// One default; its title, unit and basis stand beside it for people.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Default {
    value: i64,
}

/// All defaults, by key.
fn defaults() -> Result<&'static BTreeMap<String, Default>> {
    static READ: OnceLock<Result<BTreeMap<String, Default>, toml::de::Error>> = OnceLock::new();
    READ.get_or_init(|| toml::from_str(FILE)).as_ref().map_err(|e| Error::internal(e.clone()))
}
const FILE: &str = include_str!("../params.toml");

/// The numbers of one region on one day.
pub struct Numbers {
    region: RegionCode,
    on: NaiveDate,
}

impl Numbers {
    pub fn of(region: &RegionCode, on: NaiveDate) -> Numbers {
        Numbers { region: region.clone(), on }
    }
    pub async fn get(&self, tx: &mut ScopedTx, key: &str) -> Result<i64> {
        let default = defaults()?.get(key).ok_or_else(|| Error::internal(format!("no parameter {key}")))?;
        Ok(Policy.whole(tx, key, &self.region, self.on).await?.unwrap_or(default.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_says_what_it_is_and_where_it_comes_from() {
        let all: toml::Table = toml::from_str(FILE).unwrap();
        assert_eq!(all.len(), defaults().unwrap().len());
        for (key, d) in &all {
            assert!(["title", "unit", "basis"].iter().all(|k| d[*k].as_str().is_some_and(|t| !t.is_empty())), "{key}");
            // the pattern of registry.policy_param.key
            assert!(key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'), "{key}");
        }
    }
}
