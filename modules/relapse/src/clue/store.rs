//! Look-ups about one clue, inside the transaction's regions. Must not decide.

use ::store::{DbResult, ScopedTx};
use base::Result;
use chrono::{DateTime, Utc};
use sqlx::Row as _;
use uuid::Uuid;

/// When a clue first reached the townships.
pub(super) async fn dispatched_at(tx: &mut ScopedTx, clue: Uuid) -> Result<Option<DateTime<Utc>>> {
    sqlx::query_scalar("select min(at) from app.flow_step where row_id = $1 and to_state in ('20', '30')")
        .bind(clue)
        .fetch_one(tx.conn())
        .await
        .db()
}

/// The newest verification of a clue.
pub(super) async fn form_of(tx: &mut ScopedTx, clue: Uuid) -> Result<Option<Uuid>> {
    sqlx::query_scalar(
        "select id from relapse.verify_form where clue_id = $1 and not deleted order by updated_at desc, id desc limit 1",
    )
    .bind(clue)
    .fetch_optional(tx.conn())
    .await
    .db()
}

/// Name and relation (C06) of the head of a household, where one is registered.
pub(super) async fn head(tx: &mut ScopedTx, household: Uuid) -> Result<Option<String>> {
    let row = sqlx::query("select head_name from reg.household where id = $1 and not deleted")
        .bind(household)
        .fetch_optional(tx.conn())
        .await
        .db()?;
    row.map(|r| r.try_get("head_name").db()).transpose().map(Option::flatten)
}

/// The open clue of a household that new ones join: the oldest.
pub(crate) async fn open_of(tx: &mut ScopedTx, household: Uuid) -> Result<Option<Uuid>> {
    sqlx::query_scalar(
        "select id from relapse.clue where household_id = $1 and not deleted and state not in ('10', '79', '80', '90') \
          order by created_at, id limit 1",
    )
    .bind(household)
    .fetch_optional(tx.conn())
    .await
    .db()
}

/// The open case of a household.
pub(crate) async fn open_case(tx: &mut ScopedTx, household: Uuid) -> Result<Option<Uuid>> {
    sqlx::query_scalar(
        "select id from relapse.monitor_case where household_id = $1 and not deleted and state in ('10', '20') order by id limit 1",
    )
    .bind(household)
    .fetch_optional(tx.conn())
    .await
    .db()
}

/// Person and household of an identity number, where the person is in the family.
pub(crate) async fn person_of(tx: &mut ScopedTx, token: &[u8]) -> Result<Option<(Uuid, Uuid)>> {
    let row = sqlx::query(
        "select id, household_id from reg.member where id_no_token = $1 and not deleted \
          order by (member_status = '01') desc, updated_at desc, id limit 1",
    )
    .bind(token)
    .fetch_optional(tx.conn())
    .await
    .db()?;
    row.map(|r| Ok((r.try_get("id").db()?, r.try_get("household_id").db()?))).transpose()
}

/// Clues a township (9 digits) passed this month, and those of them it sampled.
pub(crate) async fn sampled(tx: &mut ScopedTx, town: &str) -> Result<(i64, i64)> {
    let row = sqlx::query(
        "select count(distinct c.id) as passed, count(distinct c.id) filter (where c.sampled) as sampled \
           from app.flow_step s join relapse.clue c on c.id = s.row_id \
          where s.dataset = 'relapse.clue' and s.transition = 'approve' and s.region_code >= $1 || '000' and s.region_code <= $1 || '999' \
            and s.at >= date_trunc('month', now() at time zone 'Asia/Shanghai') at time zone 'Asia/Shanghai'",
    )
    .bind(town)
    .fetch_one(tx.conn())
    .await
    .db()?;
    Ok((row.try_get("passed").db()?, row.try_get("sampled").db()?))
}

/// Reports that became a clue and nobody accepted yet.
pub(crate) async fn unaccepted(tx: &mut ScopedTx, clue: Uuid) -> Result<Vec<Uuid>> {
    sqlx::query_scalar("select id from relapse.self_apply where clue_id = $1 and not deleted and accepted_at is null order by id")
        .bind(clue)
        .fetch_all(tx.conn())
        .await
        .db()
}

/// How often a clue was sent back by one of these steps.
pub(crate) async fn returns(tx: &mut ScopedTx, clue: Uuid, steps: &[&str]) -> Result<i64> {
    sqlx::query_scalar("select count(*) from app.flow_step where row_id = $1 and transition = any($2)")
        .bind(clue)
        .bind(steps)
        .fetch_one(tx.conn())
        .await
        .db()
}
