//! Notices that have hung their days are led on to the county every morning (domain 03 §1.5, 40 公示中: 期满自动转县审). One that
//! somebody objected to is left to the township. Must not contain SQL.

use super::{rules, store};
use crate::params;
use ::store::Db;
use async_trait::async_trait;
use base::{Actor, Kind, Result};
use chrono::Days;
use flow::{Ask, Flows};
use jobs::{Handler, Outcome, Run};
use serde_json::json;

/// Kind of these jobs.
pub const KIND: &str = "yulu.notices";
/// When they run, Beijing time.
pub const CRON: &str = "10 6 * * *";

/// The work behind [`KIND`].
pub struct Notices {
    pub db: Db,
    pub flows: Flows,
}

impl Notices {
    /// Leads every notice that is over to the county, each in a transaction of its own; how many.
    ///
    /// Errors: what the engine of flows or the database says; what was led on before stays so.
    pub async fn lead(&self) -> Result<u64> {
        let who = Actor::system("公示期满");
        let today = record::today();
        let mut tx = self.db.begin(&who).await?;
        let hanging = store::hanging(&mut tx).await?;
        tx.rollback().await?;
        let mut led = 0;
        for n in hanging {
            let mut tx = self.db.begin(&who).await?;
            let least = params::numbers(&n.region, today)?.get(&mut tx, "yl_publicity_days").await?;
            let to = n.from.checked_add_days(Days::new(u64::try_from(least).unwrap_or(0)));
            if rules::publicity(Some(n.from), to, today, least).is_some() {
                continue;
            }
            let ask = Ask::new("publicised").field("publicity_to", json!(to.map(|d| d.to_string())));
            match self.flows.act(&mut tx, "yulu.verify", n.id, &ask).await {
                Ok(_) => {
                    tx.commit().await?;
                    led += 1;
                }
                Err(e) if e.kind == Kind::Internal => return Err(e),
                // the township was quicker
                Err(_) => {}
            }
        }
        Ok(led)
    }
}

#[async_trait]
impl Handler for Notices {
    async fn run(&self, _: &Run) -> Result<Outcome> {
        let led = self.lead().await?;
        Ok(Outcome::new(format!("公示期满转县审 {led} 人。"), json!({ "led": led })))
    }
    fn restartable(&self) -> bool {
        true
    }
}
