//! The desk for lines of departments that a person has to decide on (domain 05 §12.4.1 K2, K5; domain 01 §4.6): whom a line is
//! about, or that it is nobody of the register. Some minutes later, when nobody took it back, the line goes the way it would have
//! gone in its batch. Must not contain SQL.

pub(crate) mod http;
mod rules;
mod store;

use crate::department::DepartmentBatch;
use crate::params::Numbers;
use ::store::Db;
use async_trait::async_trait;
use base::{Actor, Result};
use chrono::{Duration, Utc};
use files::Files;
use flow::Flows;
use jobs::{Handler, Outcome, Run};
use record::{Provenance, object};
use serde_json::json;
use std::sync::Arc;

/// Kind of these jobs.
pub const KIND: &str = "relapse.steward";
/// When they run.
pub const CRON: &str = "*/5 * * * *";

struct Steward(DepartmentBatch);

/// The handler, for the list of the module.
pub(crate) fn handler(flows: &Flows, files: &Files, db: &Db) -> (&'static str, Arc<dyn Handler>) {
    (KIND, Arc::new(Steward(DepartmentBatch { flows: flows.clone(), files: files.clone(), db: db.clone() })))
}

#[async_trait]
impl Handler for Steward {
    /// One transaction a batch: killed between two, the next run goes on.
    async fn run(&self, run: &Run) -> Result<Outcome> {
        let actor = Actor::system("人工核定后的比对");
        let mut tx = self.0.db.begin(&actor).await?;
        let n = Numbers::of(&actor.region, record::today());
        let wait = n.get(&mut tx, "steward_wait_minutes").await?.clamp(0, 10_080);
        let months = u32::try_from(n.get(&mut tx, "steward_keep_months").await?).unwrap_or(12);
        let before = Utc::now() - Duration::minutes(wait);
        let forgotten = store::forget(&mut tx, record::today().checked_sub_months(chrono::Months::new(months))).await?;
        let lots = store::ready(&mut tx, before).await?;
        tx.commit().await?;
        let (mut lines, mut clues, mut merged) = (0, 0, 0);
        for (i, lot) in lots.iter().enumerate() {
            run.progress.part(5.0, 95.0, i as u64, lots.len() as u64, "据人工核定判断");
            run.progress.check_cancelled()?;
            let mut tx = self.0.db.begin(&actor).await?;
            let done = self.0.supplement(run, &mut tx, lot, before).await?;
            store::clear(&mut tx, lot.batch, before).await?;
            let counts = store::decided(&mut tx, lot.batch).await?;
            let batches = self.0.flows.records().dataset("relapse.dept_batch")?.clone();
            let counts = object(json!({ "confirmed": counts.0, "denied": counts.1 }));
            let engine = Provenance { trusted: true, ..Provenance::default() };
            self.0.flows.records().patch(&mut tx, &batches, lot.batch, None, &counts, &engine).await?;
            tx.commit().await?;
            lines += done.lines;
            clues += done.clues;
            merged += done.merged;
        }
        let facts = json!({ "batches": lots.len(), "lines": lines, "clues": clues, "merged": merged, "forgotten": forgotten });
        Ok(Outcome::new(format!("人工确认 {lines} 行，生成线索 {clues} 条，并入已有线索 {merged} 户。"), facts))
    }
    fn restartable(&self) -> bool {
        true
    }
}
