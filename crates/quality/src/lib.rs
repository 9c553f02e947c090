//! Rules over many records: who is looked at, what is found, and what becomes of a finding until it is verified.
//! Must not know a business word, HTTP, nor which engine evaluates: that is behind [`Scan`].

pub mod edit;
pub mod job;
pub mod live;
pub mod rules;
pub mod scan;
pub mod sheets;
mod store;
mod watch;

pub use live::Live;
pub use scan::{Hit, Pass, Passed, Scan};
pub use store::Postgres;
pub use watch::{Corrected, Dispatched, Pending, Watch};

use include_dir::{Dir, include_dir};
use std::sync::Arc;

/// Migrations of this room: the schema `quality`.
pub static MIGRATIONS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/migrations");
static META: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/meta");

/// What this room describes: findings, runs, editions of rules, switches.
pub const DESCRIPTIONS: meta::Descriptions = meta::Descriptions { module: include_str!("../module.toml"), meta: &META };

/// The engine. Cheap to clone.
#[derive(Clone)]
pub struct Quality {
    pub catalog: Arc<meta::Catalog>,
    pub db: ::store::Db,
    pub scan: Arc<dyn Scan>,
    /// Numbers set by region and day.
    pub params: Arc<dyn flow::Params>,
}
