//! The columns of `app.user_account` about the second factor. Must not know what a code is.

use crate::store::{Pool, Tx, db};
use base::Result;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Marks a step as used; false when it, or a later one, was used before.
pub(crate) async fn use_step(pool: &Pool, user: Uuid, step: i64) -> Result<bool> {
    let done = sqlx::query(
        "update app.user_account set totp_last_step = $2, factor_fail_count = 0 \
         where id = $1 and (totp_last_step is null or totp_last_step < $2)",
    )
    .bind(user)
    .bind(step)
    .execute(pool)
    .await
    .map_err(db)?;
    Ok(done.rows_affected() == 1)
}

/// Uses up a recovery code; false when there is none like it.
pub(crate) async fn use_recovery_code(pool: &Pool, user: Uuid, hash: &[u8]) -> Result<bool> {
    let done = sqlx::query(
        "update app.user_account set recovery_codes = array_remove(recovery_codes, $2), factor_fail_count = 0 \
         where id = $1 and $2 = any(recovery_codes)",
    )
    .bind(user)
    .bind(hash)
    .execute(pool)
    .await
    .map_err(db)?;
    Ok(done.rows_affected() == 1)
}

/// Counts a wrong code; at the limit locks the factor. The moment until which it is locked, if it is.
pub(crate) async fn failed(pool: &Pool, user: Uuid, limit: i32, until: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
    sqlx::query_scalar(
        "update app.user_account set \
           factor_locked_until = case when factor_fail_count + 1 >= $2 then $3 else factor_locked_until end, \
           factor_fail_count = case when factor_fail_count + 1 >= $2 then 0 else factor_fail_count + 1 end \
         where id = $1 returning case when factor_fail_count = 0 then factor_locked_until end",
    )
    .bind(user)
    .bind(limit)
    .bind(until)
    .fetch_one(pool)
    .await
    .map_err(db)
}

pub(crate) async fn set_pending(pool: &Pool, user: Uuid, cipher: &str) -> Result<()> {
    sqlx::query("update app.user_account set totp_pending_cipher = $2 where id = $1")
        .bind(user)
        .bind(cipher)
        .execute(pool)
        .await
        .map_err(db)?;
    Ok(())
}

/// The pending secret becomes the secret.
pub(crate) async fn bind(tx: &mut Tx, user: Uuid, cipher: &str, step: i64, codes: &[Vec<u8>], now: DateTime<Utc>) -> Result<()> {
    sqlx::query(
        "update app.user_account set totp_secret_cipher = $2, totp_pending_cipher = null, totp_bound_at = $5, totp_last_step = $3, \
           recovery_codes = $4, factor_fail_count = 0, factor_locked_until = null where id = $1",
    )
    .bind(user)
    .bind(cipher)
    .bind(step)
    .bind(codes)
    .bind(now)
    .execute(&mut **tx)
    .await
    .map_err(db)?;
    Ok(())
}

pub(crate) async fn set_codes(pool: &Pool, user: Uuid, codes: &[Vec<u8>]) -> Result<()> {
    sqlx::query("update app.user_account set recovery_codes = $2 where id = $1")
        .bind(user)
        .bind(codes)
        .execute(pool)
        .await
        .map_err(db)?;
    Ok(())
}

pub(crate) async fn unbind(tx: &mut Tx, user: Uuid) -> Result<()> {
    sqlx::query(
        "update app.user_account set totp_secret_cipher = null, totp_pending_cipher = null, totp_bound_at = null, \
           recovery_codes = '{}', factor_fail_count = 0, factor_locked_until = null where id = $1",
    )
    .bind(user)
    .execute(&mut **tx)
    .await
    .map_err(db)?;
    Ok(())
}
