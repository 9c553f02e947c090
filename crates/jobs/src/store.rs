//! The tables `app.job` and `app.schedule`: every statement about them is here. Must not know what a job does.

use crate::db;
use crate::job::{Handler, Job, JobPage, Outcome, State};
use crate::progress::Shown;
use crate::schedule::next_after;
use base::{Actor, Error, Result};
use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool, Row};
use std::collections::HashMap;
use std::sync::{Arc, RwLock};
use std::time::Duration;
use uuid::Uuid;

const COLUMNS: &str = "id, kind, title, state, undoing, progress, step, eta_seconds, message, result, cancel_asked, \
                       attempts, created_at, finished_at";

/// The queue: handlers by kind and the door to the tables. Cheap to clone.
#[derive(Clone)]
pub struct Jobs {
    pool: PgPool,
    handlers: Arc<RwLock<HashMap<String, Arc<dyn Handler>>>>,
}

/// A job taken by a worker.
pub(crate) struct Taken {
    pub id: Uuid,
    pub kind: String,
    pub actor: Actor,
    pub payload: Json,
    pub attempt: i32,
    pub mark: Option<Json>,
    pub result: Option<Json>,
    pub undoing: bool,
}

impl Jobs {
    pub fn new(pool: PgPool) -> Self {
        Self { pool, handlers: Arc::default() }
    }
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }
    /// Registers the work behind a kind; the last one wins.
    pub fn handle(&self, kind: &str, handler: Arc<dyn Handler>) -> &Self {
        self.handlers.write().unwrap_or_else(std::sync::PoisonError::into_inner).insert(kind.to_owned(), handler);
        self
    }
    pub(crate) fn handler(&self, kind: &str) -> Option<Arc<dyn Handler>> {
        self.handlers.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(kind).cloned()
    }
    pub(crate) fn kinds(&self) -> Vec<String> {
        self.handlers.read().unwrap_or_else(std::sync::PoisonError::into_inner).keys().cloned().collect()
    }

    /// Puts a job into the queue. `payload` holds ids and choices, never personal data.
    pub async fn enqueue(&self, actor: &Actor, kind: &str, title: &str, payload: Json) -> Result<Uuid> {
        let mut conn = self.pool.acquire().await.map_err(db)?;
        self.enqueue_in(&mut conn, actor, kind, title, payload).await
    }

    /// As [`Jobs::enqueue`], in the caller's transaction: the job exists only if that commits.
    pub async fn enqueue_in(
        &self,
        conn: &mut PgConnection,
        actor: &Actor,
        kind: &str,
        title: &str,
        payload: Json,
    ) -> Result<Uuid> {
        let id = Uuid::now_v7();
        sqlx::query(
            "insert into app.job (id, kind, title, owner_user_id, owner_post_id, actor, region_code, payload) \
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(id)
        .bind(kind)
        .bind(title)
        .bind(actor.user_id)
        .bind(actor.post_id)
        .bind(serde_json::to_value(actor)?)
        .bind(actor.region.as_str())
        .bind(payload)
        .execute(conn)
        .await
        .map_err(db)?;
        Ok(id)
    }

    /// One job of this actor's (the system sees all); others' do not exist for them.
    pub async fn get(&self, actor: &Actor, id: Uuid) -> Result<Job> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!(
            "select {COLUMNS} from app.job where id = $1 and ($2 or owner_user_id = $3)"
        )))
        .bind(id)
        .bind(actor.is_system())
        .bind(actor.user_id)
        .fetch_optional(&self.pool)
        .await
        .map_err(db)?;
        row.map(|r| self.job(&r)).ok_or_else(no_such_job)
    }

    /// This actor's jobs, newest first; `after` is the `next` of the page before.
    pub async fn list(&self, actor: &Actor, after: Option<Uuid>, limit: i64) -> Result<JobPage> {
        let limit = limit.clamp(1, 200);
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "select {COLUMNS} from app.job where ($1 or owner_user_id = $2) and ($3::uuid is null or id < $3) order by id desc limit $4"
        )))
        .bind(actor.is_system())
        .bind(actor.user_id)
        .bind(after)
        .bind(limit + 1)
        .fetch_all(&self.pool)
        .await
        .map_err(db)?;
        let mut items: Vec<Job> = rows.iter().map(|r| self.job(r)).collect();
        let more = items.len() as i64 > limit;
        items.truncate(limit as usize);
        let next = if more { items.last().map(|j| j.id) } else { None };
        Ok(JobPage { items, next })
    }

    /// Asks for an end: a waiting job ends at once, a running one at its next look.
    pub async fn cancel(&self, actor: &Actor, id: Uuid) -> Result<Job> {
        let job = self.get(actor, id).await?;
        if !job.can_cancel {
            return Err(Error::conflict("jobs.not_cancellable", "任务已结束或正在撤销，不能取消。"));
        }
        sqlx::query(
            "update app.job set cancel_asked = true, \
               state = case state when 'queued' then 'cancelled' else state end, \
               finished_at = case state when 'queued' then now() else finished_at end, \
               message = case state when 'queued' then '已取消，未开始处理。' else '正在取消……' end \
             where id = $1 and state in ('queued', 'running') and not undoing",
        )
        .bind(id)
        .execute(&self.pool)
        .await
        .map_err(db)?;
        self.get(actor, id).await
    }

    /// Puts a finished job back into the queue to have its effects taken back.
    pub async fn undo(&self, actor: &Actor, id: Uuid) -> Result<Job> {
        let job = self.get(actor, id).await?;
        if !job.can_undo {
            return Err(Error::refused("jobs.not_undoable", "只有已完成且支持撤销的任务才能撤销。"));
        }
        sqlx::query(
            "update app.job set state = 'queued', undoing = true, progress = 0, step = '等待撤销', eta_seconds = null, \
               attempts = 0, cancel_asked = false, run_after = now(), finished_at = null where id = $1 and state = 'done'",
        )
        .bind(id)
        .execute(&self.pool)
        .await
        .map_err(db)?;
        self.get(actor, id).await
    }

    /// Declares a schedule; an existing one keeps being switched on or off and keeps its due moment unless the cron text changed.
    pub async fn schedule(&self, name: &str, cron: &str, kind: &str, title: &str, payload: Json) -> Result<()> {
        let next = next_after(cron, Utc::now())?;
        sqlx::query(
            "insert into app.schedule (name, kind, title, payload, cron, next_at) values ($1, $2, $3, $4, $5, $6) \
             on conflict (name) do update set kind = excluded.kind, title = excluded.title, payload = excluded.payload, \
               cron = excluded.cron, \
               next_at = case when schedule.cron = excluded.cron then schedule.next_at else excluded.next_at end",
        )
        .bind(name)
        .bind(kind)
        .bind(title)
        .bind(payload)
        .bind(cron)
        .bind(next)
        .execute(&self.pool)
        .await
        .map_err(db)?;
        Ok(())
    }

    /// Takes a schedule away; jobs that it enqueued go on.
    pub async fn unschedule(&self, name: &str) -> Result<()> {
        sqlx::query("delete from app.schedule where name = $1").bind(name).execute(&self.pool).await.map_err(db)?;
        Ok(())
    }

    /// Enqueues what is due by `now`; each due schedule once, however many moments were missed. Safe with several workers.
    pub async fn enqueue_due(&self, now: DateTime<Utc>) -> Result<u32> {
        let mut tx = self.pool.begin().await.map_err(db)?;
        let due = sqlx::query(
            "select name, kind, title, payload, cron from app.schedule where enabled and next_at <= $1 for update skip locked",
        )
        .bind(now)
        .fetch_all(&mut *tx)
        .await
        .map_err(db)?;
        for row in &due {
            let (name, title): (String, String) = (row.get("name"), row.get("title"));
            let kind: String = row.get("kind");
            let id = self.enqueue_in(&mut tx, &Actor::system(&title), &kind, &title, row.get("payload")).await?;
            sqlx::query("update app.schedule set next_at = $2, last_job_id = $3 where name = $1")
                .bind(&name)
                .bind(next_after(row.get("cron"), now)?)
                .bind(id)
                .execute(&mut *tx)
                .await
                .map_err(db)?;
        }
        tx.commit().await.map_err(db)?;
        Ok(due.len() as u32)
    }

    /// Takes the next waiting job of the kinds known here.
    pub(crate) async fn take(&self, worker: Uuid) -> Result<Option<Taken>> {
        let row = sqlx::query(
            "update app.job set state = 'running', worker = $1, attempts = attempts + 1, heartbeat_at = now(), \
               started_at = coalesce(started_at, now()), eta_seconds = null \
             where id = (select id from app.job where state = 'queued' and run_after <= now() and kind = any($2) \
                         order by run_after, id for update skip locked limit 1) \
             returning id, kind, actor, payload, attempts, mark, result, undoing",
        )
        .bind(worker)
        .bind(self.kinds())
        .fetch_optional(&self.pool)
        .await
        .map_err(db)?;
        row.map(|r| {
            Ok(Taken {
                id: r.get("id"),
                kind: r.get("kind"),
                actor: serde_json::from_value(r.get("actor"))?,
                payload: r.get("payload"),
                attempt: r.get("attempts"),
                mark: r.get("mark"),
                result: r.get("result"),
                undoing: r.get("undoing"),
            })
        })
        .transpose()
    }

    /// Writes progress and heartbeat. None: the job is no longer this attempt's. Some(true): its owner asks for an end.
    pub(crate) async fn beat(&self, id: Uuid, worker: Uuid, attempt: i32, shown: &Shown) -> Result<Option<bool>> {
        let row = sqlx::query(
            "update app.job set heartbeat_at = now(), progress = $4, step = $5, eta_seconds = $6 \
             where id = $1 and worker = $2 and attempts = $3 and state = 'running' returning cancel_asked",
        )
        .bind(id)
        .bind(worker)
        .bind(attempt)
        .bind(shown.pct)
        .bind(&shown.step)
        .bind(shown.eta_seconds)
        .fetch_optional(&self.pool)
        .await
        .map_err(db)?;
        Ok(row.map(|r| r.get("cancel_asked")))
    }

    /// Ends an attempt; false when the job was meanwhile somebody else's.
    pub(crate) async fn finish(&self, id: Uuid, worker: Uuid, attempt: i32, state: State, outcome: &Outcome) -> Result<bool> {
        let done = sqlx::query(
            "update app.job set state = $4, message = $5, result = coalesce($6, result), undoing = false, eta_seconds = null, \
               progress = case when $4 in ('done', 'undone') then 100 else progress end, finished_at = now() \
             where id = $1 and worker = $2 and attempts = $3 and state = 'running'",
        )
        .bind(id)
        .bind(worker)
        .bind(attempt)
        .bind(state.as_str())
        .bind(&outcome.message)
        .bind((!outcome.result.is_null()).then_some(&outcome.result))
        .execute(&self.pool)
        .await
        .map_err(db)?;
        Ok(done.rows_affected() == 1)
    }

    /// Puts an attempt back to wait; `counted` says whether it used up one of its attempts.
    pub(crate) async fn put_back(
        &self,
        id: Uuid,
        worker: Uuid,
        attempt: i32,
        wait: Duration,
        counted: bool,
        message: &str,
    ) -> Result<()> {
        sqlx::query(
            "update app.job set state = 'queued', run_after = now() + make_interval(secs => $4), message = $5, \
               attempts = attempts - case when $6 then 0 else 1 end \
             where id = $1 and worker = $2 and attempts = $3 and state = 'running'",
        )
        .bind(id)
        .bind(worker)
        .bind(attempt)
        .bind(wait.as_secs_f64())
        .bind(message)
        .bind(counted)
        .execute(&self.pool)
        .await
        .map_err(db)?;
        Ok(())
    }

    /// Jobs whose worker has been silent for `lease`: run again where the handler allows it, otherwise failed with a sentence.
    pub(crate) async fn rescue(&self, lease: Duration) -> Result<u32> {
        let mut tx = self.pool.begin().await.map_err(db)?;
        let silent = sqlx::query(
            "select id, kind, attempts, undoing from app.job where state = 'running' and kind = any($2) \
               and heartbeat_at < now() - make_interval(secs => $1) for update skip locked",
        )
        .bind(lease.as_secs_f64())
        .bind(self.kinds())
        .fetch_all(&mut *tx)
        .await
        .map_err(db)?;
        for row in &silent {
            let kind: String = row.get("kind");
            let again = self.handler(&kind).is_some_and(|h| h.restartable() && row.get::<i32, _>("attempts") < h.max_attempts());
            let undoing: bool = row.get("undoing");
            let (state, message) = match (again, undoing) {
                (true, _) => (State::Queued, "处理曾因服务中断停止，正在重新处理。"),
                (false, true) => (State::Done, "撤销因服务中断没有完成，请再次撤销。"),
                (false, false) => (State::Failed, "处理因服务中断没有完成，请重新提交；如再次失败请联系管理员。"),
            };
            sqlx::query(
                "update app.job set state = $2, message = $3, worker = null, run_after = now(), eta_seconds = null, \
                   undoing = undoing and $4, finished_at = case when $4 then null else now() end where id = $1",
            )
            .bind(row.get::<Uuid, _>("id"))
            .bind(state.as_str())
            .bind(message)
            .bind(again)
            .execute(&mut *tx)
            .await
            .map_err(db)?;
        }
        tx.commit().await.map_err(db)?;
        Ok(silent.len() as u32)
    }

    fn job(&self, r: &PgRow) -> Job {
        let kind: String = r.get("kind");
        let state = State::parse(r.get("state"));
        let undoing: bool = r.get("undoing");
        let can_undo = state == State::Done && self.handler(&kind).is_some_and(|h| h.undoable());
        Job {
            id: r.get("id"),
            title: r.get("title"),
            state,
            progress: r.get("progress"),
            step: r.get("step"),
            eta_seconds: r.get("eta_seconds"),
            message: r.get("message"),
            result: r.get("result"),
            created_at: r.get("created_at"),
            finished_at: r.get("finished_at"),
            can_cancel: !state.is_over() && !undoing && !r.get::<bool, _>("cancel_asked"),
            can_undo,
            attempts: r.get("attempts"),
            kind,
        }
    }
}

pub(crate) async fn mark(conn: &mut PgConnection, id: Uuid, worker: Uuid, attempt: i32, mark: &Json) -> Result<bool> {
    sqlx::query_scalar("select app.job_mark($1, $2, $3, $4)")
        .bind(id)
        .bind(worker)
        .bind(attempt)
        .bind(mark)
        .fetch_one(conn)
        .await
        .map_err(db)
}

fn no_such_job() -> Error {
    Error::not_found("jobs.not_found", "没有找到该任务，可能已被清理，请在“我的任务”中查看。")
}
