//! Statements of the half-year review and of dormancy on `app.user_account`.

use crate::store::{Pool, Tx, db};
use base::Result;
use chrono::{DateTime, Utc};
use uuid::Uuid;

pub(crate) async fn confirm(tx: &mut Tx, users: &[Uuid], now: DateTime<Utc>) -> Result<()> {
    sqlx::query("update app.user_account set last_review_at = $2 where id = any($1)")
        .bind(users)
        .bind(now)
        .execute(&mut **tx)
        .await
        .map_err(db)?;
    Ok(())
}

/// Accounts nobody signed in to since `idle_before`, or not confirmed since `reviewed_before`. Auditors' accounts are
/// not among them: stopping those takes two persons.
pub(crate) async fn to_stop(
    pool: &Pool,
    idle_before: DateTime<Utc>,
    reviewed_before: DateTime<Utc>,
) -> Result<Vec<(Uuid, bool)>> {
    sqlx::query_as(
        "select id, coalesce(last_login_at, updated_at) < $1 as idle from app.user_account u where status in ('0', '1') \
           and account_type <> '4' and (coalesce(last_login_at, updated_at) < $1 or last_review_at < $2) \
           and not exists (select 1 from app.post p where p.user_id = u.id and p.role = 'AUDIT_ADMIN' and p.ended_at is null)",
    )
    .bind(idle_before)
    .bind(reviewed_before)
    .fetch_all(pool)
    .await
    .map_err(db)
}
