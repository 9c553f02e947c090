//! Every statement of the flow engine: the locked row, the steps, the counts of a to-do list. Must not decide anything.

use ::store::{DbResult, ScopedTx};
use base::{Result, Scope};
use chrono::{DateTime, Utc};
use meta::{Dataset, Flow};
use serde::Serialize;
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

/// What the engine itself needs of a row.
pub(crate) struct Standing {
    pub state: Option<String>,
    pub region: String,
    pub due_at: Option<DateTime<Utc>>,
    pub row_version: i32,
}

/// One step that was taken.
#[derive(Clone, Debug, Serialize)]
pub struct StepLine {
    pub at: DateTime<Utc>,
    pub actor_name: String,
    pub transition: String,
    /// Label of the transition, filled in from the description.
    pub action: String,
    pub from: Option<String>,
    pub to: String,
    pub from_label: Option<String>,
    pub to_label: String,
    pub opinion: String,
    pub returned: bool,
    pub due_at: Option<DateTime<Utc>>,
    pub overdue: bool,
}

/// A step about to be written.
pub(crate) struct NewStep<'a> {
    pub dataset: &'a str,
    pub row_id: Uuid,
    pub region: &'a str,
    pub from: Option<&'a str>,
    pub to: &'a str,
    pub transition: &'a str,
    pub returned: bool,
    pub at: DateTime<Utc>,
    pub opinion: &'a str,
    pub due_at: Option<DateTime<Utc>>,
}

/// Rows of one state in a range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Count {
    pub state: String,
    pub count: i64,
    pub overdue: i64,
}

/// The row where it stands, inside the transaction's scope; `lock` holds it until the end of the transaction.
pub(crate) async fn standing(tx: &mut ScopedTx, d: &Dataset, flow: &Flow, id: Uuid, lock: bool) -> Result<Option<Standing>> {
    let range = tx.scope().clone();
    let due = flow.due_field.as_deref().unwrap_or("null::timestamptz");
    let row = sqlx::query(AssertSqlSafe(format!(
        "select {} as state, region_code, {due} as due_at, row_version from {} \
         where id = $1 and not deleted and region_code >= $2 and region_code < $3{}",
        flow.field,
        d.table(),
        if lock { " for update" } else { "" }
    )))
    .bind(id)
    .bind(range.lo)
    .bind(range.hi)
    .fetch_optional(tx.conn())
    .await
    .db()?;
    row.map(|r| {
        Ok(Standing {
            state: r.try_get("state").db()?,
            region: r.try_get("region_code").db()?,
            due_at: r.try_get("due_at").db()?,
            row_version: r.try_get("row_version").db()?,
        })
    })
    .transpose()
}

/// Who took the last step of a row.
pub(crate) async fn last_actor(tx: &mut ScopedTx, id: Uuid) -> Result<Option<Uuid>> {
    sqlx::query_scalar("select actor_id from app.flow_step where row_id = $1 order by id desc limit 1")
        .bind(id)
        .fetch_optional(tx.conn())
        .await
        .db()
}

pub(crate) async fn add_step(tx: &mut ScopedTx, s: &NewStep<'_>) -> Result<()> {
    let actor = tx.actor().clone();
    sqlx::query(
        "insert into app.flow_step (dataset, row_id, region_code, from_state, to_state, transition, returned, \
           actor_id, actor_name, actor_role, at, opinion, due_at, overdue) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(s.dataset)
    .bind(s.row_id)
    .bind(s.region)
    .bind(s.from)
    .bind(s.to)
    .bind(s.transition)
    .bind(s.returned)
    .bind(actor.user_id)
    .bind(&actor.name)
    .bind(&actor.role)
    .bind(s.at)
    .bind(s.opinion)
    .bind(s.due_at)
    .bind(s.due_at.is_some_and(|due| due < s.at))
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}

/// Steps of a row, oldest first; labels are still to be filled in.
pub(crate) async fn steps(tx: &mut ScopedTx, id: Uuid) -> Result<Vec<StepLine>> {
    let rows = sqlx::query(
        "select at, actor_name, transition, from_state, to_state, opinion, returned, due_at, overdue \
         from app.flow_step where row_id = $1 order by id",
    )
    .bind(id)
    .fetch_all(tx.conn())
    .await
    .db()?;
    rows.iter()
        .map(|r| {
            Ok(StepLine {
                at: r.try_get("at").db()?,
                actor_name: r.try_get("actor_name").db()?,
                transition: r.try_get("transition").db()?,
                action: String::new(),
                from: r.try_get("from_state").db()?,
                to: r.try_get("to_state").db()?,
                from_label: None,
                to_label: String::new(),
                opinion: r.try_get("opinion").db()?,
                returned: r.try_get("returned").db()?,
                due_at: r.try_get("due_at").db()?,
                overdue: r.try_get("overdue").db()?,
            })
        })
        .collect()
}

/// How many rows stand in each of these states, and how many of them are late. Served by an index on (state field, region_code).
pub(crate) async fn counts(tx: &mut ScopedTx, d: &Dataset, flow: &Flow, states: &[String], range: &Scope) -> Result<Vec<Count>> {
    let late = flow.due_field.as_ref().map_or("false".to_owned(), |due| format!("{due} < now()"));
    let rows = sqlx::query(AssertSqlSafe(format!(
        "select {state} as state, count(*) as n, count(*) filter (where {late}) as late from {table} \
         where {state} = any($1) and region_code >= $2 and region_code < $3 and not deleted group by 1 order by 1",
        state = flow.field,
        table = d.table()
    )))
    .bind(states)
    .bind(&range.lo)
    .bind(&range.hi)
    .fetch_all(tx.conn())
    .await
    .db()?;
    rows.iter()
        .map(|r| Ok(Count { state: r.try_get("state").db()?, count: r.try_get("n").db()?, overdue: r.try_get("late").db()? }))
        .collect()
}

/// A savepoint of the engine's own; one at a time.
pub(crate) async fn mark(tx: &mut ScopedTx) -> Result<()> {
    sqlx::query("savepoint flow_row").execute(tx.conn()).await.db()?;
    Ok(())
}
/// Back to the savepoint; the transaction is usable again.
pub(crate) async fn back(tx: &mut ScopedTx) -> Result<()> {
    sqlx::query("rollback to savepoint flow_row").execute(tx.conn()).await.db()?;
    Ok(())
}
pub(crate) async fn keep(tx: &mut ScopedTx) -> Result<()> {
    sqlx::query("release savepoint flow_row").execute(tx.conn()).await.db()?;
    Ok(())
}

/// A row of many, as it stands and is held.
pub(crate) struct ManyStanding {
    pub id: Uuid,
    pub state: String,
    pub region: String,
    pub due_at: Option<DateTime<Utc>>,
    pub row_version: i32,
    /// The value the next limit goes by, where it goes by one.
    pub by: Option<String>,
    /// Who took the last step.
    pub last: Option<Uuid>,
}

/// The rows of `ids` inside the transaction's scope, held until its end, in the order of their regions.
pub(crate) async fn standing_many(
    tx: &mut ScopedTx,
    d: &Dataset,
    flow: &Flow,
    ids: &[Uuid],
    by: Option<&str>,
) -> Result<Vec<ManyStanding>> {
    let range = tx.scope().clone();
    let due = flow.due_field.as_deref().map_or_else(|| "null::timestamptz".to_owned(), |f| format!("t.{f}"));
    let by = by.map_or_else(|| "null::text".to_owned(), |f| format!("t.{f}::text"));
    let rows = sqlx::query(AssertSqlSafe(format!(
        "select t.id, coalesce(t.{state}, '') as state, t.region_code, {due} as due_at, t.row_version, {by} as by_value, \
                (select s.actor_id from app.flow_step s where s.row_id = t.id order by s.id desc limit 1) as last \
           from {table} t where t.id = any($1) and not t.deleted and t.region_code >= $2 and t.region_code < $3 \
          order by t.region_code, t.id for update of t",
        state = flow.field,
        table = d.table()
    )))
    .bind(ids)
    .bind(range.lo)
    .bind(range.hi)
    .fetch_all(tx.conn())
    .await
    .db()?;
    rows.iter()
        .map(|r| {
            Ok(ManyStanding {
                id: r.try_get("id").db()?,
                state: r.try_get("state").db()?,
                region: r.try_get("region_code").db()?,
                due_at: r.try_get("due_at").db()?,
                row_version: r.try_get("row_version").db()?,
                by: r.try_get("by_value").db()?,
                last: r.try_get("last").db()?,
            })
        })
        .collect()
}

/// The same step of many rows, one statement.
pub(crate) async fn add_steps(tx: &mut ScopedTx, step: &NewStep<'_>, rows: &[(Uuid, &str, Option<DateTime<Utc>>)]) -> Result<()> {
    let actor = tx.actor().clone();
    let ids: Vec<Uuid> = rows.iter().map(|r| r.0).collect();
    let regions: Vec<&str> = rows.iter().map(|r| r.1).collect();
    let dues: Vec<Option<DateTime<Utc>>> = rows.iter().map(|r| r.2).collect();
    sqlx::query(
        "insert into app.flow_step (dataset, row_id, region_code, from_state, to_state, transition, returned, \
           actor_id, actor_name, actor_role, at, opinion, due_at, overdue) \
         select $1, x.id, x.region, $2, $3, $4, $5, $6, $7, $8, $9, $10, x.due, coalesce(x.due < $9, false) \
           from unnest($11::uuid[], $12::text[], $13::timestamptz[]) as x(id, region, due)",
    )
    .bind(step.dataset)
    .bind(step.from)
    .bind(step.to)
    .bind(step.transition)
    .bind(step.returned)
    .bind(actor.user_id)
    .bind(&actor.name)
    .bind(&actor.role)
    .bind(step.at)
    .bind(step.opinion)
    .bind(ids)
    .bind(regions)
    .bind(dues)
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}
