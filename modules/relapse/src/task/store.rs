//! Households of tasks and which queries became tasks. Must not decide who may make one.

use ::store::{DbResult, ScopedTx};
use base::Result;
use chrono::NaiveDate;
use uuid::Uuid;

/// Takes a query for a pack; the name of the pack it has become already, or none.
pub(super) async fn claim(tx: &mut ScopedTx, query: Uuid, name: &str) -> Result<Option<String>> {
    let by = tx.actor().user_id;
    let taken = sqlx::query("insert into relapse.task_pack (query_id, name, made_by) values ($1, $2, $3) on conflict do nothing")
        .bind(query)
        .bind(name)
        .bind(by)
        .execute(tx.conn())
        .await
        .db()?;
    if taken.rows_affected() == 1 {
        return Ok(None);
    }
    made(tx, query).await
}

pub(super) async fn made(tx: &mut ScopedTx, query: Uuid) -> Result<Option<String>> {
    sqlx::query_scalar("select name from relapse.task_pack where query_id = $1").bind(query).fetch_optional(tx.conn()).await.db()
}

/// Households of a task, as many as are not in it yet.
pub(super) async fn targets(
    tx: &mut ScopedTx,
    task: Uuid,
    work: &str,
    due: NaiveDate,
    households: &[Uuid],
    regions: &[String],
) -> Result<u64> {
    let by = tx.actor().user_id;
    let done = sqlx::query(
        "insert into relapse.patrol_target (id, region_code, created_by, updated_by, task_id, household_id, work, due) \
         select gen_random_uuid(), r, $6, $6, $1, h, $2, $3 from unnest($4::uuid[], $5::text[]) x(h, r) \
         on conflict (task_id, household_id) where not deleted do nothing",
    )
    .bind(task)
    .bind(work)
    .bind(due)
    .bind(households)
    .bind(regions)
    .bind(by)
    .execute(tx.conn())
    .await
    .db()?;
    Ok(done.rows_affected())
}

pub(super) async fn count(tx: &mut ScopedTx, task: Uuid) -> Result<()> {
    sqlx::query("select relapse.count_targets($1)").bind(task).execute(tx.conn()).await.db().map(drop)
}

/// Ends a household's open parts of this work: those of one task, or of all when the work was not for one.
pub(super) async fn done(tx: &mut ScopedTx, household: Uuid, work: &str, task: Option<Uuid>, on: NaiveDate) -> Result<()> {
    let by = tx.actor().user_id;
    let tasks: Vec<Uuid> = sqlx::query_scalar(
        "update relapse.patrol_target set state = '02', done_on = $4, updated_by = $5, updated_at = now(), row_version = row_version + 1 \
         where household_id = $1 and work = $2 and ($3::uuid is null or task_id = $3) and state = '01' and not deleted \
         returning task_id",
    )
    .bind(household)
    .bind(work)
    .bind(task)
    .bind(on)
    .bind(by)
    .fetch_all(tx.conn())
    .await
    .db()?;
    for task in tasks {
        count(tx, task).await?;
    }
    Ok(())
}
