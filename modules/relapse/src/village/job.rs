//! Notices that have hung their days are led on every morning, by the system in the village's place (domain 01 §4.2, 61→70
//! 系统到期/村; eliminations go the same way, §4.4). What lacks a photograph, was objected to or taken down is left to the
//! village. Must not contain SQL.

use super::{publicity_days, rules, store};
use ::store::Db;
use async_trait::async_trait;
use base::{Actor, Kind, Result};
use flow::{Ask, Flows};
use jobs::{Handler, Outcome, Run};
use record::{Provenance, Row};
use serde_json::json;
use uuid::Uuid;

/// Kind of these jobs.
pub const KIND: &str = "relapse.notices";
/// When they run, Beijing time: before what is late is counted.
pub const CRON: &str = "5 6 * * *";

/// What waits for the end of a notice: the flow, and the column that names its row in the lines of a notice.
const WAITING: [(&str, &str); 2] = [("relapse.clue", "clue_id"), ("relapse.elimination", "elimination_id")];

/// The work behind [`KIND`].
pub(crate) struct Notices {
    pub flows: Flows,
    pub db: Db,
}

impl Notices {
    /// Leads on what is over, each row in a transaction of its own; how many went on and how many hung longer and were left.
    ///
    /// Errors: what the engine of flows or the database says; what was led on before stays so.
    async fn lead(&self, run: &Run) -> Result<(u64, u64)> {
        let who = Actor::system("公示期满");
        let today = flow::rules::day_of(chrono::Utc::now());
        let (mut led, mut left) = (0, 0);
        for (flow, column) in WAITING {
            let mut tx = self.db.begin(&who).await?;
            let hanging = store::hanging(&mut tx, column, today).await?;
            tx.rollback().await?;
            for (id, region) in hanging {
                run.progress.check_cancelled()?;
                match self.one(&who, flow, column, id, &region).await {
                    Ok(true) => led += 1,
                    Ok(false) => left += 1,
                    Err(e) if e.kind == Kind::Internal => return Err(e),
                    // the village was quicker, or a paper is missing
                    Err(_) => left += 1,
                }
            }
        }
        Ok((led, left))
    }

    async fn one(&self, who: &Actor, flow: &str, column: &'static str, id: Uuid, region: &str) -> Result<bool> {
        let today = flow::rules::day_of(chrono::Utc::now());
        let mut tx = self.db.begin(who).await?;
        let days = publicity_days(&mut tx, region).await?;
        let since = super::anew(&mut tx, column, id).await?;
        let Some((notice, n)) = store::notice(&mut tx, column, id, since).await? else { return Ok(false) };
        let Some(result) = rules::ripe(&n, today, days) else { return Ok(false) };
        if n.result.is_none() {
            let d = self.flows.records().dataset("relapse.publicity")?.clone();
            let row = Row::from_iter([("result".to_owned(), json!(result))]);
            let engine = Provenance { trusted: true, ..Provenance::default() };
            self.flows.records().patch(&mut tx, &d, notice, None, &row, &engine).await?;
        }
        self.flows.act(&mut tx, flow, id, &Ask::new("publicised").opinion("公示期满，系统自动提交乡镇")).await?;
        tx.commit().await?;
        Ok(true)
    }
}

#[async_trait]
impl Handler for Notices {
    async fn run(&self, run: &Run) -> Result<Outcome> {
        let (led, left) = self.lead(run).await?;
        let said = format!("公示期满提交乡镇 {led} 件；期满但缺材料或有异议、仍由村办理的 {left} 件。");
        Ok(Outcome::new(said, json!({ "led": led, "left": left })))
    }
    fn restartable(&self) -> bool {
        true
    }
}
