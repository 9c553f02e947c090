//! 对象监管 (domain 01 §6.8): ten lists of households to look at again, found every day and closed when the reason is gone.
//! Must not contain SQL.

mod rules;
mod store;

use crate::params::Numbers;
use ::store::Db;
use async_trait::async_trait;
use base::{Actor, Error, RegionCode, Result};
use jobs::{Handler, Outcome, Run};
use rules::LISTS;
use serde_json::json;
use std::collections::BTreeMap;

/// Kind of these jobs.
pub const KIND: &str = "relapse.watch";

/// The work behind [`KIND`].
pub struct Watch {
    pub db: Db,
}

impl Watch {
    /// Finds every list anew; how many stand open by list.
    pub async fn find(&self, run: Option<&Run>) -> Result<BTreeMap<&'static str, u64>> {
        let today = record::today();
        let mut tx = self.db.begin(&Actor::system("监管清单")).await?;
        let numbers = Numbers::of(&RegionCode::parse("36")?, today);
        let mut open = BTreeMap::new();
        for (i, list) in LISTS.iter().enumerate() {
            let number = match list.param {
                Some(key) => numbers.get(&mut tx, key).await?,
                None => 0,
            };
            let days = numbers.get(&mut tx, list.days_param).await?;
            let number = i32::try_from(number).map_err(Error::internal)?;
            let days = i32::try_from(days).map_err(Error::internal)?;
            let n = store::find(&mut tx, list, number, days, today).await?;
            open.insert(list.code, n);
            if let Some(run) = run {
                run.progress.check_cancelled()?;
                run.progress.part(1.0, 98.0, i as u64 + 1, LISTS.len() as u64, list.title);
            }
        }
        tx.commit().await?;
        Ok(open)
    }
}

#[async_trait]
impl Handler for Watch {
    async fn run(&self, run: &Run) -> Result<Outcome> {
        let open = self.find(Some(run)).await?;
        let all: u64 = open.values().sum();
        Ok(Outcome::new(format!("监管清单已更新，待处置 {all} 条。"), json!({"open": open})))
    }
    fn restartable(&self) -> bool {
        true
    }
}
