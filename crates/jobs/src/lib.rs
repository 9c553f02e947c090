//! Queue, schedules, progress, cancel, undo and retries over PostgreSQL (`for update skip locked`, LISTEN/NOTIFY).
//! Must not know what any job does: a handler is registered under a kind and given its actor, payload and progress.

mod job;
mod progress;
mod schedule;
mod store;
mod worker;

pub use job::{Handler, Job, JobPage, Outcome, Run, State};
pub use progress::Progress;
pub use schedule::next_after;
pub use store::Jobs;
pub use worker::{Worker, WorkerConfig};

/// The tables of this room: `app.job`, `app.schedule`.
pub static MIGRATIONS: include_dir::Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/migrations");

/// Reads a database error as our own fault; the user sees the fixed sentence.
pub(crate) fn db(e: sqlx::Error) -> base::Error {
    base::Error::internal(e)
}
