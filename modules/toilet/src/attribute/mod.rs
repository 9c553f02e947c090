//! Household attributes of toilets follow the register every week (domain 02 A2.10, 采购需求 3(2)). Must not contain SQL.

mod store;

use ::store::Db;
use async_trait::async_trait;
use base::{Actor, Result};
use jobs::{Handler, Outcome, Run};
use serde_json::json;

/// Kind of these jobs.
pub const KIND: &str = "toilet.attributes";
/// Every Tuesday, after the weekly delivery of Monday.
pub const CRON: &str = "0 3 * * 2";

/// The work behind [`KIND`].
pub struct Attributes {
    pub db: Db,
}

/// What one run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Synced {
    pub changed: u64,
    pub unmatched: u64,
    pub conflicts: u64,
}

impl Attributes {
    /// Matches every toilet with the register and writes what changed, with a line each; one transaction.
    pub async fn follow(&self, batch: &str) -> Result<Synced> {
        let mut tx = self.db.begin(&Actor::system("户属性同步")).await?;
        let out = store::follow(&mut tx, batch).await?;
        tx.commit().await?;
        Ok(out)
    }
}

#[async_trait]
impl Handler for Attributes {
    async fn run(&self, run: &Run) -> Result<Outcome> {
        let batch = format!("HSX-{}", record::today().format("%Y%m%d"));
        let done = self.follow(&batch).await?;
        run.progress.set(98.0, "保存");
        let text = format!("户属性更新 {} 户，未匹配 {} 户，一户多厕 {} 户。", done.changed, done.unmatched, done.conflicts);
        Ok(Outcome::new(text, json!(done)))
    }
    fn restartable(&self) -> bool {
        true
    }
}
