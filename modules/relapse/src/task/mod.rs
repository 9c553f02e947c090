//! 结果转任务 (domain 01 §6.7): what a query found becomes a task of each county with its households in the villages' lists, after
//! somebody confirmed the count, and once only. A visit or a verification ends a household's part. Must not contain SQL.

pub(crate) mod http;
mod job;
mod rules;
mod store;

pub(crate) use job::{KIND, Pack};

use ::store::ScopedTx;
use async_trait::async_trait;
use base::Result;
use meta::Dataset;
use record::{Hook, Records, Row};
use serde_json::Value as Json;
use uuid::Uuid;

/// A saved visit or verification of a household ends what its tasks still ask.
pub(crate) struct TargetDone;

#[async_trait]
impl Hook for TargetDone {
    async fn after_save(&self, _: &Records, tx: &mut ScopedTx, d: &Dataset, _: Option<&Row>, new: &Row) -> Result<()> {
        let id = |field: &str| new.get(field).and_then(Json::as_str).and_then(|s| Uuid::parse_str(s).ok());
        match (id("household_id"), rules::work_of(&d.id)) {
            (Some(household), Some(work)) => store::done(tx, household, work, id("task_id"), record::today()).await,
            _ => Ok(()),
        }
    }
}
