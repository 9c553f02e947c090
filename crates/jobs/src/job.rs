//! What a job is and what a handler promises. Must not know SQL.

use crate::progress::Progress;
use async_trait::async_trait;
use base::{Actor, Error, Result};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use uuid::Uuid;

/// Life of a job. `Undone` is a finished job whose effects were taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Queued,
    Running,
    Done,
    Failed,
    Cancelled,
    Undone,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            State::Queued => "queued",
            State::Running => "running",
            State::Done => "done",
            State::Failed => "failed",
            State::Cancelled => "cancelled",
            State::Undone => "undone",
        }
    }
    pub(crate) fn parse(text: &str) -> State {
        match text {
            "queued" => State::Queued,
            "running" => State::Running,
            "done" => State::Done,
            "cancelled" => State::Cancelled,
            "undone" => State::Undone,
            _ => State::Failed,
        }
    }
    /// Nothing will happen to it by itself any more.
    pub fn is_over(self) -> bool {
        !matches!(self, State::Queued | State::Running)
    }
}

/// A job as its owner sees it (wire form of `GET /jobs`).
#[derive(Clone, Debug, Serialize)]
pub struct Job {
    pub id: Uuid,
    pub kind: String,
    pub title: String,
    pub state: State,
    pub progress: i16,
    pub step: String,
    pub eta_seconds: Option<i32>,
    pub message: String,
    pub result: Option<Json>,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    pub can_cancel: bool,
    pub can_undo: bool,
    #[serde(skip)]
    pub attempts: i32,
}

/// One page of the owner's jobs, newest first.
#[derive(Clone, Debug, Serialize)]
pub struct JobPage {
    pub items: Vec<Job>,
    pub next: Option<Uuid>,
}

/// What a handler leaves behind: one sentence and facts (counts, ids of files), never personal data.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    pub message: String,
    pub result: Json,
}

impl Outcome {
    pub fn new(message: impl Into<String>, result: Json) -> Self {
        Self { message: message.into(), result }
    }
}

/// One attempt at a job, handed to the handler.
pub struct Run {
    pub id: Uuid,
    pub kind: String,
    pub actor: Actor,
    pub payload: Json,
    /// 1 for the first attempt.
    pub attempt: i32,
    /// What an earlier attempt (or the run, for an undo) left in [`Run::mark`].
    pub mark: Option<Json>,
    /// Result of the finished run; only an undo sees it.
    pub result: Option<Json>,
    pub progress: Progress,
    pub(crate) worker: Uuid,
}

impl Run {
    /// Records how far the job came, in the caller's own transaction: what was written and the mark commit together or
    /// not at all. Fails, so that the caller rolls back, when the job was meanwhile given to another worker.
    pub async fn mark(&self, conn: &mut sqlx::PgConnection, mark: &Json) -> Result<()> {
        if crate::store::mark(conn, self.id, self.worker, self.attempt, mark).await? {
            Ok(())
        } else {
            Err(Error::conflict("jobs.lost", "任务已由另一处理进程接手，本次处理已放弃，数据未改动。"))
        }
    }
}

/// The work behind a kind.
#[async_trait]
pub trait Handler: Send + Sync {
    /// Does the work. Reports through `run.progress` and asks `run.progress.check_cancelled()?` between steps.
    async fn run(&self, run: &Run) -> Result<Outcome>;
    /// Takes the effects of a finished run back.
    async fn undo(&self, _run: &Run) -> Result<Outcome> {
        Err(Error::refused("jobs.not_undoable", "该类任务不能撤销。"))
    }
    /// Whether a finished job of this kind may be undone.
    fn undoable(&self) -> bool {
        false
    }
    /// Whether an attempt that was cut short may simply be run again (its effects are transactional or repeatable).
    fn restartable(&self) -> bool {
        false
    }
    /// Attempts in all, counting those cut short by a dead worker and those that failed as unavailable or busy.
    fn max_attempts(&self) -> i32 {
        3
    }
}
