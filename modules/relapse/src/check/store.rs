//! Look-ups of economic checks. Must not decide.

use ::store::{DbResult, ScopedTx};
use base::Result;
use chrono::NaiveDate;
use sqlx::Row as _;
use uuid::Uuid;

/// People of a check whom its authorization does not cover.
pub(super) async fn unauthorized(tx: &mut ScopedTx, check: Uuid, auth: Uuid) -> Result<Vec<String>> {
    sqlx::query_scalar(
        "select p.name from relapse.economic_check_person p where p.check_id = $1 and not p.deleted \
            and not exists (select from relapse.authorization_person a where a.auth_id = $2 and not a.deleted and a.id_no_token = p.id_no_token) \
          order by p.name limit 10",
    )
    .bind(check)
    .bind(auth)
    .fetch_all(tx.conn())
    .await
    .db()
}

pub(super) async fn people(tx: &mut ScopedTx, check: Uuid) -> Result<i64> {
    sqlx::query_scalar("select count(*) from relapse.economic_check_person where check_id = $1 and not deleted")
        .bind(check)
        .fetch_one(tx.conn())
        .await
        .db()
}

pub(super) async fn open_objections(tx: &mut ScopedTx, check: Uuid) -> Result<i64> {
    sqlx::query_scalar(
        "select count(*) from relapse.economic_check_objection where check_id = $1 and not deleted and handled_on is null",
    )
    .bind(check)
    .fetch_one(tx.conn())
    .await
    .db()
}

/// The signed people of an authorization, in order.
pub(super) async fn signed(tx: &mut ScopedTx, auth: Uuid) -> Result<Vec<Uuid>> {
    sqlx::query_scalar("select id from relapse.authorization_person where auth_id = $1 and not deleted order by id")
        .bind(auth)
        .fetch_all(tx.conn())
        .await
        .db()
}

/// The newest check of a household that was not revoked: its state and the last day of its report.
pub(crate) async fn newest(tx: &mut ScopedTx, household: Uuid) -> Result<Option<(String, Option<NaiveDate>)>> {
    let row = sqlx::query(
        "select state, valid_to from relapse.economic_check where household_id = $1 and not deleted and state <> '90' \
          order by created_at desc, id desc limit 1",
    )
    .bind(household)
    .fetch_optional(tx.conn())
    .await
    .db()?;
    row.map(|r| Ok((r.try_get("state").db()?, r.try_get("valid_to").db()?))).transpose()
}
