//! The weekly delivery of the national system, on the engine `exchange`: endpoints, places, parameters, and what follows in the
//! register from rows that were written many at a time (domain 01 §6.9, 05 §12.1). Must not know shadow tables.

mod http;
pub(crate) mod store;

pub(crate) use self::http::routes;

use crate::names::directory;
use crate::places::Places;
use ::http::{App, module::JobKind};
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{RegionCode, Result};
use chrono::NaiveDate;
use exchange::{Exchange, Ground};
use flow::Params;
use record::{Hook, Records};
use std::sync::Arc;

/// The package this module takes.
pub(crate) const PACKAGE: &str = "national";

struct Below;

#[async_trait]
impl Ground for Below {
    async fn places(&self) -> Result<Arc<dyn sheet::import::Places>> {
        Ok(Arc::new(Places(directory()?.clone())))
    }
    async fn whole(&self, tx: &mut ScopedTx, key: &str, region: &RegionCode, on: NaiveDate) -> Result<Option<i64>> {
        crate::policy::Policy.whole(tx, key, region, on).await
    }
    fn name(&self, code: &str) -> String {
        directory().ok().and_then(|d| d.get(code)).map_or_else(|| code.to_owned(), |r| r.name.clone())
    }
}

/// The engine over the rooms of this process.
pub fn exchange(app: &App) -> Exchange {
    Exchange {
        db: app.db.clone(),
        records: app.records.clone(),
        files: app.files.clone(),
        jobs: app.jobs.clone(),
        ground: Arc::new(Below),
    }
}

pub(crate) fn jobs(app: &App) -> Vec<JobKind> {
    exchange(app).handlers()
}

/// What follows from yearly incomes: totals that the delivery does not say, and the period of a new one (domain 01 §2.6).
pub(crate) struct IncomeBatch;
#[async_trait]
impl Hook for IncomeBatch {
    async fn after_batch(&self, _: &Records, tx: &mut ScopedTx, _: &meta::Dataset, no: &str, scope: &base::Scope) -> Result<()> {
        store::income_totals(tx, no, scope).await
    }
}
