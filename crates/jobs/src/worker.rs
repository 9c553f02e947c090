//! Takes jobs and runs their handlers: heartbeat, progress, cancel, retries, rescue of jobs whose worker died, schedules.
//! Must not know SQL or what a job does.

use crate::job::{Outcome, Run, State};
use crate::progress::{CANCELLED_CODE, Progress, STOPPING_CODE};
use crate::store::{Jobs, Taken};
use base::{Error, Kind, Result};
use chrono::Utc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How a worker behaves; the default suits a server.
#[derive(Clone, Debug)]
pub struct WorkerConfig {
    /// Jobs at once.
    pub concurrency: usize,
    /// How often progress and heartbeat are written.
    pub tick: Duration,
    /// Silence after which a job's worker is taken for dead.
    pub lease: Duration,
    /// How often the queue is looked at when no notice comes.
    pub poll: Duration,
    /// How long running jobs may take to stop when the server stops.
    pub grace: Duration,
    /// Wait before the second attempt; doubles each time.
    pub backoff: Duration,
}

impl Default for WorkerConfig {
    fn default() -> Self {
        Self {
            concurrency: 2,
            tick: Duration::from_millis(500),
            lease: Duration::from_secs(30),
            poll: Duration::from_secs(2),
            grace: Duration::from_secs(10),
            backoff: Duration::from_secs(5),
        }
    }
}

/// One worker process of the queue.
pub struct Worker {
    jobs: Jobs,
    config: WorkerConfig,
    id: Uuid,
}

impl Worker {
    pub fn new(jobs: Jobs, config: WorkerConfig) -> Self {
        Self { jobs, config, id: Uuid::now_v7() }
    }

    /// Works until `shutdown`; then asks running jobs to stop, waits for them, and leaves restartable ones in the queue.
    pub async fn run(&self, shutdown: CancellationToken) -> Result<()> {
        let mut running: JoinSet<()> = JoinSet::new();
        let mut listener: Option<sqlx::postgres::PgListener> = None;
        let stop_jobs = CancellationToken::new();
        while !shutdown.is_cancelled() {
            if listener.is_none() {
                listener = self.listen().await;
            }
            if let Err(e) = self.look(&mut running, &stop_jobs).await {
                tracing::warn!(error = %e.chain(), "the queue could not be read; trying again");
            }
            let wake = async {
                match listener.as_mut() {
                    Some(l) => l.recv().await.map(drop),
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(self.config.poll) => {}
                heard = wake => if heard.is_err() { listener = None; },
                Some(_) = running.join_next(), if !running.is_empty() => {}
            }
        }
        stop_jobs.cancel();
        let all_stopped = async { while running.join_next().await.is_some() {} };
        if tokio::time::timeout(self.config.grace, all_stopped).await.is_err() {
            tracing::warn!("a job did not stop in time; it will be taken up or failed after its lease");
        }
        Ok(())
    }

    async fn listen(&self) -> Option<sqlx::postgres::PgListener> {
        let mut listener = sqlx::postgres::PgListener::connect_with(self.jobs.pool()).await.ok()?;
        listener.listen("ganong_job").await.ok()?;
        Some(listener)
    }

    async fn look(&self, running: &mut JoinSet<()>, stop: &CancellationToken) -> Result<()> {
        self.jobs.rescue(self.config.lease).await?;
        self.jobs.enqueue_due(Utc::now()).await?;
        while running.len() < self.config.concurrency {
            let Some(taken) = self.jobs.take(self.id).await? else { break };
            let (jobs, config, worker, stop) = (self.jobs.clone(), self.config.clone(), self.id, stop.clone());
            running.spawn(async move {
                if let Err(e) = attempt(&jobs, &config, worker, taken, stop).await {
                    tracing::error!(error = %e.chain(), "the end of a job could not be written");
                }
            });
        }
        Ok(())
    }
}

/// One attempt: the handler in its own task (a panic ends the job, not the worker), beside it the ticker.
async fn attempt(jobs: &Jobs, config: &WorkerConfig, worker: Uuid, taken: Taken, stop: CancellationToken) -> Result<()> {
    let (id, attempt, undoing) = (taken.id, taken.attempt, taken.undoing);
    let Some(handler) = jobs.handler(&taken.kind) else {
        return jobs.put_back(id, worker, attempt, config.backoff, false, "").await;
    };
    let progress = Progress::new();
    let run = Run {
        id,
        kind: taken.kind,
        actor: taken.actor,
        payload: taken.payload,
        attempt,
        mark: taken.mark,
        result: taken.result,
        progress: progress.clone(),
        worker,
    };
    let work = handler.clone();
    let mut task = tokio::spawn(async move { if undoing { work.undo(&run).await } else { work.run(&run).await } });
    let mut ticks = tokio::time::interval(config.tick);
    let ended = loop {
        tokio::select! {
            ended = &mut task => break ended,
            _ = ticks.tick() => match jobs.beat(id, worker, attempt, &progress.shown()).await {
                Ok(Some(false)) => if stop.is_cancelled() { progress.stop() },
                Ok(Some(true)) => progress.cancel(),
                Ok(None) => progress.lose(),
                Err(e) => tracing::warn!(job = %id, error = %e.chain(), "heartbeat not written"),
            },
        }
    };
    // the last word on progress, so that a failed job shows where it stood
    jobs.beat(id, worker, attempt, &progress.shown()).await?;
    let answer = ended.unwrap_or_else(|panic| Err(Error::internal(panic)));
    settle(jobs, config, worker, id, attempt, undoing, handler.as_ref(), answer).await
}

#[expect(clippy::too_many_arguments, reason = "one call; a struct would only repeat these names")]
async fn settle(
    jobs: &Jobs,
    config: &WorkerConfig,
    worker: Uuid,
    id: Uuid,
    attempt: i32,
    undoing: bool,
    handler: &dyn crate::Handler,
    answer: Result<Outcome>,
) -> Result<()> {
    let over = |state, outcome| async move { jobs.finish(id, worker, attempt, state, &outcome).await.map(drop) };
    let err = match answer {
        Ok(outcome) => return over(if undoing { State::Undone } else { State::Done }, outcome).await,
        Err(e) => e,
    };
    if err.code == CANCELLED_CODE {
        return over(State::Cancelled, Outcome::new("已取消，未保存任何改动。", serde_json::Value::Null)).await;
    }
    if err.code == STOPPING_CODE && handler.restartable() {
        return jobs.put_back(id, worker, attempt, Duration::ZERO, false, "服务重新启动后继续处理。").await;
    }
    let may_pass = matches!(err.kind, Kind::Unavailable | Kind::Busy) && err.code != STOPPING_CODE;
    if may_pass && attempt < handler.max_attempts() {
        let wait = config.backoff * 2u32.pow(attempt.clamp(1, 10) as u32 - 1);
        return jobs.put_back(id, worker, attempt, wait, true, &err.sentence).await;
    }
    tracing::warn!(job = %id, error = %err.chain(), "job failed");
    let facts = serde_json::json!({ "code": err.code, "problems": err.problems, "extra": err.extra });
    // a failed undo leaves the job done, as it was, with its result and the reason
    if undoing {
        return over(State::Done, Outcome::new(format!("撤销没有完成：{}", err.sentence), serde_json::Value::Null)).await;
    }
    over(State::Failed, Outcome::new(err.sentence, facts)).await
}
