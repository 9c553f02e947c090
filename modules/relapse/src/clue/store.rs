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
