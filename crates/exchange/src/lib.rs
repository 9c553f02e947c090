//! Deliveries of partners: a package of files goes through a shadow load, a difference by field, limits that hold a county for
//! a person's decision, application with change log, and roll-back. What is delivered is described (`meta::feed`).
//! Must not know a business word, nor HTTP.

mod decide;
mod detail;
mod job;
mod plan;
mod read;
mod report;
mod rules;
pub mod settled;
mod store;
mod unpack;
mod watch;

pub use detail::{Asked, RowDiff, RowPage, ValueDiff};
pub use job::{APPLY, READ, ROLL_BACK};
pub use watch::WATCH;

use ::store::{Db, ScopedTx};
use async_trait::async_trait;
use base::{RegionCode, Result};
use chrono::{DateTime, NaiveDate, Utc};
use record::Records;
use serde::Serialize;
use serde_json::Value as Json;
use sheet::import::Places;
use std::sync::Arc;
use uuid::Uuid;

/// The tables of this room: `app.sync_*`; shadow tables in schema `stage`.
pub static MIGRATIONS: include_dir::Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/migrations");

/// What the ground below answers: places by name as they stand now, and parameters.
#[async_trait]
pub trait Ground: Send + Sync {
    /// Regions by the names that files use.
    async fn places(&self) -> Result<Arc<dyn Places>>;
    /// A whole-number parameter of a region on a day.
    async fn whole(&self, tx: &mut ScopedTx, key: &str, region: &RegionCode, on: NaiveDate) -> Result<Option<i64>>;
    /// Name of a region.
    fn name(&self, code: &str) -> String;
}

/// The room's door. Cheap to clone.
#[derive(Clone)]
pub struct Exchange {
    pub db: Db,
    pub records: Records,
    pub files: files::Files,
    pub jobs: jobs::Jobs,
    pub ground: Arc<dyn Ground>,
}

/// A batch with figures of the regions that the reader sees.
#[derive(Clone, Debug, Serialize)]
pub struct Batch {
    pub no: String,
    pub package: String,
    pub state: String,
    pub channel: String,
    pub asof: Option<NaiveDate>,
    pub created_at: DateTime<Utc>,
    #[serde(skip)]
    pub created_by: Uuid,
    pub created_by_name: String,
    pub job_id: Option<Uuid>,
    pub rows: i64,
    pub bad: i64,
    pub message: String,
    #[serde(skip)]
    pub staged: Json,
    pub decided_at: Option<DateTime<Utc>>,
    #[serde(skip)]
    pub decided_by: Option<Uuid>,
    pub decided_by_name: Option<String>,
    pub opinion: Option<String>,
    pub applied_at: Option<DateTime<Utc>>,
    pub rolled_back_at: Option<DateTime<Utc>>,
    pub rolled_back_by_name: Option<String>,
    pub added: i64,
    pub changed: i64,
    pub gone: i64,
    /// Counties that a person must look at.
    pub held: i64,
}

/// A file of a batch.
#[derive(Clone, Debug, Serialize)]
pub struct BatchFile {
    pub position: i32,
    #[serde(skip)]
    pub file_id: Uuid,
    pub name: String,
    pub kind: String,
    pub size: i64,
    pub rows: i64,
    pub problems: i64,
    pub unknown: Vec<String>,
}

/// Figures of one dataset in one county.
#[derive(Clone, Debug, Serialize)]
pub struct CountLine {
    pub dataset: String,
    pub region_code: String,
    pub rows: i64,
    pub present: i64,
    pub added: i64,
    pub changed: i64,
    pub gone: i64,
    pub problems: i64,
    pub weighed: bool,
    pub hold_reason: Option<String>,
    pub applied_at: Option<DateTime<Utc>>,
    pub rolled_back_at: Option<DateTime<Utc>>,
    /// Rows that a roll-back left as they are.
    pub kept: i64,
}

/// How many rows differ in a field.
#[derive(Clone, Debug, Serialize)]
pub struct FieldCount {
    pub dataset: String,
    pub field: String,
    pub count: i64,
}

/// A row of a file that was not taken, or told.
#[derive(Clone, Debug, Serialize)]
pub struct ProblemLine {
    pub id: i64,
    pub file: String,
    pub dataset: String,
    pub region_code: String,
    pub row: i32,
    pub column: String,
    pub label: String,
    pub code: String,
    pub message: String,
}

impl Exchange {
    /// The job handlers of this room, by kind.
    pub fn handlers(&self) -> Vec<(&'static str, Arc<dyn jobs::Handler>)> {
        vec![
            (READ, Arc::new(job::Read(self.clone()))),
            (APPLY, Arc::new(job::Apply(self.clone()))),
            (ROLL_BACK, Arc::new(job::RollBack(self.clone()))),
            (WATCH, Arc::new(watch::Watch(self.clone()))),
        ]
    }
}
