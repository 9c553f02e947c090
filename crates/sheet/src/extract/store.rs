//! The tables of templates and their runs. Must not decide who may do what.

use ::store::DbResult;
use base::Result;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgPool, Row};
use uuid::Uuid;

/// A template as its owner sees it.
#[derive(Clone, Debug, Serialize)]
pub struct Template {
    pub id: Uuid,
    pub name: String,
    pub dataset: String,
    pub query_id: Uuid,
    pub region_code: String,
    pub columns: Vec<String>,
    pub strict: bool,
    pub cron: String,
    pub keep_days: i32,
    pub valid_to: Option<NaiveDate>,
    /// `on`, `off`, or `stopped` with a reason.
    pub state: String,
    pub stopped_why: String,
    #[serde(skip)]
    pub owner_id: Uuid,
    #[serde(skip)]
    pub owner_post: Uuid,
    pub owner_name: String,
    /// When it is next due.
    pub next_at: Option<DateTime<Utc>>,
}

/// One run of a template.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    pub id: Uuid,
    pub scheduled: bool,
    pub begun_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    /// `running`, `done`, `failed`.
    pub state: String,
    pub rows: Option<i64>,
    pub message: String,
    pub file_id: Option<Uuid>,
    pub export_no: Option<String>,
    pub expires_at: Option<DateTime<Utc>>,
    pub expired: bool,
}

const COLUMNS: &str = "t.id, t.name, t.dataset, t.query_id, t.region_code, t.columns, t.strict, t.cron, t.keep_days, t.valid_to, \
     t.state, t.stopped_why, t.owner_id, t.owner_post, t.owner_name, s.next_at";
const FROM: &str = "app.extract_template t left join app.schedule s on s.name = 'sheet.extract.' || t.id and s.enabled";

fn template(r: &PgRow) -> Result<Template> {
    Ok(Template {
        id: r.try_get("id").db()?,
        name: r.try_get("name").db()?,
        dataset: r.try_get("dataset").db()?,
        query_id: r.try_get("query_id").db()?,
        region_code: r.try_get("region_code").db()?,
        columns: r.try_get("columns").db()?,
        strict: r.try_get("strict").db()?,
        cron: r.try_get("cron").db()?,
        keep_days: r.try_get("keep_days").db()?,
        valid_to: r.try_get("valid_to").db()?,
        state: r.try_get("state").db()?,
        stopped_why: r.try_get("stopped_why").db()?,
        owner_id: r.try_get("owner_id").db()?,
        owner_post: r.try_get("owner_post").db()?,
        owner_name: r.try_get("owner_name").db()?,
        next_at: r.try_get("next_at").db()?,
    })
}

pub(super) async fn list(pool: &PgPool, owner: Uuid) -> Result<Vec<Template>> {
    let sql = format!("select {COLUMNS} from {FROM} where t.owner_id = $1 order by t.id desc limit 200");
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(owner).fetch_all(pool).await.db()?;
    rows.iter().map(template).collect()
}

pub(super) async fn get(pool: &PgPool, id: Uuid) -> Result<Option<Template>> {
    let sql = format!("select {COLUMNS} from {FROM} where t.id = $1");
    sqlx::query(AssertSqlSafe(sql)).bind(id).fetch_optional(pool).await.db()?.as_ref().map(template).transpose()
}

pub(super) async fn put(pool: &PgPool, t: &Template) -> Result<()> {
    sqlx::query(
        "insert into app.extract_template (id, name, dataset, query_id, region_code, columns, strict, cron, keep_days, valid_to, \
           state, stopped_why, owner_id, owner_post, owner_name) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
         on conflict (id) do update set name = excluded.name, dataset = excluded.dataset, query_id = excluded.query_id, \
           region_code = excluded.region_code, columns = excluded.columns, strict = excluded.strict, cron = excluded.cron, \
           keep_days = excluded.keep_days, valid_to = excluded.valid_to, state = excluded.state, stopped_why = excluded.stopped_why, \
           owner_post = excluded.owner_post, owner_name = excluded.owner_name, updated_at = now()",
    )
    .bind(t.id)
    .bind(&t.name)
    .bind(&t.dataset)
    .bind(t.query_id)
    .bind(&t.region_code)
    .bind(&t.columns)
    .bind(t.strict)
    .bind(&t.cron)
    .bind(t.keep_days)
    .bind(t.valid_to)
    .bind(&t.state)
    .bind(&t.stopped_why)
    .bind(t.owner_id)
    .bind(t.owner_post)
    .bind(&t.owner_name)
    .execute(pool)
    .await
    .db()
    .map(drop)
}

pub(super) async fn stop(pool: &PgPool, id: Uuid, why: &str) -> Result<()> {
    sqlx::query("update app.extract_template set state = 'stopped', stopped_why = $2, updated_at = now() where id = $1")
        .bind(id)
        .bind(why)
        .execute(pool)
        .await
        .db()
        .map(drop)
}

pub(super) async fn remove(pool: &PgPool, id: Uuid) -> Result<()> {
    // the files of its runs still expire: they are dated before the list of runs goes
    sqlx::query("update app.extract_run set expires_at = coalesce(expires_at, now()) where template_id = $1")
        .bind(id)
        .execute(pool)
        .await
        .db()?;
    sqlx::query("update app.extract_template set state = 'off', owner_id = '00000000-0000-0000-0000-000000000000' where id = $1")
        .bind(id)
        .execute(pool)
        .await
        .db()
        .map(drop)
}

pub(super) async fn begin(pool: &PgPool, template: Uuid, scheduled: bool) -> Result<Uuid> {
    let id = Uuid::now_v7();
    sqlx::query("insert into app.extract_run (id, template_id, scheduled) values ($1, $2, $3)")
        .bind(id)
        .bind(template)
        .bind(scheduled)
        .execute(pool)
        .await
        .db()?;
    Ok(id)
}

pub(super) async fn of_job(pool: &PgPool, run: Uuid, job: Uuid) -> Result<()> {
    sqlx::query("update app.extract_run set job_id = $2 where id = $1").bind(run).bind(job).execute(pool).await.db().map(drop)
}

/// What a run gave.
pub(super) struct Given<'a> {
    pub rows: i64,
    pub file: Uuid,
    pub export_no: &'a str,
    pub keep_days: i32,
    pub message: &'a str,
}

pub(super) async fn done(pool: &PgPool, run: Uuid, g: &Given<'_>) -> Result<DateTime<Utc>> {
    sqlx::query_scalar(
        "update app.extract_run set state = 'done', ended_at = now(), rows = $2, file_id = $3, export_no = $4, message = $6, \
           expires_at = now() + make_interval(days => $5) where id = $1 returning expires_at",
    )
    .bind(run)
    .bind(g.rows)
    .bind(g.file)
    .bind(g.export_no)
    .bind(g.keep_days)
    .bind(g.message)
    .fetch_one(pool)
    .await
    .db()
}

pub(super) async fn failed(pool: &PgPool, run: Uuid, message: &str) -> Result<()> {
    sqlx::query("update app.extract_run set state = 'failed', ended_at = now(), message = $2 where id = $1")
        .bind(run)
        .bind(message)
        .execute(pool)
        .await
        .db()
        .map(drop)
}

/// The last hundred runs. A run whose job ended without a word (cancelled, or its worker died) has failed.
pub(super) async fn runs(pool: &PgPool, template: Uuid) -> Result<Vec<Run>> {
    let rows = sqlx::query(
        "select r.id, r.scheduled, r.begun_at, coalesce(r.ended_at, j.finished_at) as ended_at, \
           case when r.state = 'running' and j.state in ('failed', 'cancelled') then 'failed' else r.state end as state, \
           r.rows, case when r.state = 'running' then coalesce(j.message, '') else r.message end as message, \
           r.file_id, r.export_no, r.expires_at, r.expired \
         from app.extract_run r left join app.job j on j.id = r.job_id where r.template_id = $1 order by r.id desc limit 100",
    );
    let rows = rows.bind(template).fetch_all(pool).await.db()?;
    let one = |r: &PgRow| -> Result<Run> {
        Ok(Run {
            id: r.try_get("id").db()?,
            scheduled: r.try_get("scheduled").db()?,
            begun_at: r.try_get("begun_at").db()?,
            ended_at: r.try_get("ended_at").db()?,
            state: r.try_get("state").db()?,
            rows: r.try_get("rows").db()?,
            message: r.try_get("message").db()?,
            file_id: r.try_get("file_id").db()?,
            export_no: r.try_get("export_no").db()?,
            expires_at: r.try_get("expires_at").db()?,
            expired: r.try_get("expired").db()?,
        })
    };
    rows.iter().map(one).collect()
}

/// Files whose time is over by `now`: run and file.
pub(super) async fn over(pool: &PgPool, now: DateTime<Utc>) -> Result<Vec<(Uuid, Uuid)>> {
    let rows = sqlx::query(
        "select id, file_id from app.extract_run where expires_at <= $1 and file_id is not null and not expired limit 1000",
    );
    let rows = rows.bind(now).fetch_all(pool).await.db()?;
    rows.iter().map(|r| Ok((r.try_get(0).db()?, r.try_get(1).db()?))).collect()
}

pub(super) async fn expired(pool: &PgPool, run: Uuid) -> Result<()> {
    sqlx::query("update app.extract_run set expired = true where id = $1").bind(run).execute(pool).await.db().map(drop)
}
