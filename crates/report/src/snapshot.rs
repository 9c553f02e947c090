//! The figures of a month, kept at its end for every region, so that they can be read later as they were.
//! Must not know what is counted.

use crate::{Group, Reports, rules, store};
use ::store::Db;
use async_trait::async_trait;
use base::month::Month;
use base::{Level, RegionCode, Result};
use chrono::Utc;
use jobs::{Handler, Outcome, Run};
use meta::report::Measure;
use serde_json::json;

/// Kind of these jobs. Payload: `{"period": 202610}`; without it the month before this one.
pub const SNAPSHOT: &str = "report.snapshot";

/// The work behind [`SNAPSHOT`].
pub struct Snapshots {
    pub db: Db,
    pub reports: Reports,
}

impl Snapshots {
    /// Keeps every report of `period`; the rows written.
    pub async fn keep(&self, run: Option<&Run>, period: Month) -> Result<u64> {
        let system = base::Actor::system("月末快照");
        let province = RegionCode::parse("36")?;
        let reports: Vec<_> = self.reports.catalog.reports().cloned().collect();
        let mut written = 0;
        for (i, report) in reports.iter().enumerate() {
            let measures: Vec<&Measure> = report.measures.iter().filter(|m| !m.aggregate.is_derived()).collect();
            let mut tx = self.db.begin(&system).await?;
            for level in Level::ALL {
                let group = Group::Region { digits: level.digits() };
                let figures = self.reports.count(&mut tx, &measures, province.scope(), group, period).await?;
                written += store::keep(&mut tx, &report.id, period, level.number(), &figures).await?;
            }
            tx.commit().await?;
            if let Some(run) = run {
                run.progress.check_cancelled()?;
                let step = format!("已保存 {}", report.title);
                run.progress.part(1.0, 99.0, i as u64 + 1, reports.len() as u64, &step);
            }
        }
        Ok(written)
    }
}

#[async_trait]
impl Handler for Snapshots {
    async fn run(&self, run: &Run) -> Result<Outcome> {
        let asked = run.payload["period"].as_i64().and_then(|n| i32::try_from(n).ok()).map(Month::from_number).transpose()?;
        let period = match asked {
            Some(p) => p,
            None => rules::month_of(Utc::now()).plus(-1)?,
        };
        let rows = self.keep(Some(run), period).await?;
        let words = rules::month_words(period);
        Ok(Outcome::new(format!("{words}的统计数已保存，共 {rows} 行。"), json!({"period": period.number(), "rows": rows})))
    }
    fn restartable(&self) -> bool {
        true
    }
}
