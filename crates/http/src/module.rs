//! What a crate with descriptions hands to the server: one value, listed once in the server.

use crate::App;
use axum::Router;
use base::Result;
use include_dir::Dir;
use std::pin::Pin;
use std::sync::Arc;

/// How many rows were invented.
pub type Seeding = Pin<Box<dyn Future<Output = Result<u64>> + Send>>;

/// A kind of job and the work behind it.
pub type JobKind = (&'static str, Arc<dyn jobs::Handler>);

/// A module: its folder of descriptions, its migrations, its hooks, its own routes and jobs.
#[derive(Clone)]
pub struct Module {
    pub id: &'static str,
    pub descriptions: meta::Descriptions,
    pub migrations: &'static Dir<'static>,
    /// Registers functions that descriptions name.
    pub hooks: fn(&mut record::Hooks),
    /// Registers guards and effects that flows name.
    pub flow: fn(&mut flow::Guards),
    /// Hand-written endpoints, under `/api/v1`.
    pub routes: fn() -> Router<App>,
    /// Paths of those that take many large files in one form; every other form holds one.
    pub deliveries: &'static [&'static str],
    /// Job handlers by kind.
    pub jobs: fn(&App) -> Vec<JobKind>,
    /// Invented rows of the module over an invented register, for demonstration and tests.
    pub seed: Option<fn(App) -> Seeding>,
}
