//! The work on the lake that has its hours: keeping the end of a month, sweeping. Must not refresh; that goes on all the time.

use crate::Lake;
use async_trait::async_trait;
use base::Result;
use base::month::Month;
use chrono::{FixedOffset, Utc};
use jobs::{Handler, Jobs, Outcome, Run};
use serde_json::json;
use std::sync::Arc;

/// Keeps the publications of the month that has just ended.
pub const MONTH_END: &str = "lake.month_end";
/// Removes what nobody can ask for any more.
pub const SWEEP: &str = "lake.sweep";

/// Registers both kinds.
pub fn handle(jobs: &Jobs, lake: &Lake) {
    jobs.handle(MONTH_END, Arc::new(MonthEnd(lake.clone())));
    jobs.handle(SWEEP, Arc::new(Sweep(lake.clone())));
}

/// Sets their hours, Beijing time. A month-end that was missed is kept by the next day's run.
pub async fn schedule(jobs: &Jobs) -> Result<()> {
    jobs.schedule(MONTH_END, "10 0 1-5 * *", MONTH_END, "保存月末数据", json!({})).await?;
    jobs.schedule(SWEEP, "40 3 * * *", SWEEP, "清理数据湖", json!({})).await
}

struct MonthEnd(Lake);

#[async_trait]
impl Handler for MonthEnd {
    async fn run(&self, _run: &Run) -> Result<Outcome> {
        let beijing = FixedOffset::east_opt(8 * 3600).unwrap_or_else(|| FixedOffset::east_opt(0).expect("UTC is a valid offset"));
        let month = Month::of(Utc::now().with_timezone(&beijing).date_naive()).plus(-1)?;
        let kept = self.0.keep_month_end(month).await?;
        Ok(Outcome::new(
            format!("已保存 {} 年 {} 月的月末数据：{kept} 个数据集。", month.year(), month.month()),
            json!({ "kept": kept }),
        ))
    }
    fn restartable(&self) -> bool {
        true
    }
}

struct Sweep(Lake);

#[async_trait]
impl Handler for Sweep {
    async fn run(&self, _run: &Run) -> Result<Outcome> {
        let done = self.0.sweep().await?;
        Ok(Outcome::new(format!("已清理 {} 个旧版本、{} 个文件。", done.publications, done.files), json!(done)))
    }
    fn restartable(&self) -> bool {
        true
    }
}
