//! The door to this room's tables in schema `app`: transactions and the parameter table. Must not know what a parameter means.

use base::{Error, Result};
use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use sqlx::{PgPool, Postgres, Row, Transaction};
use uuid::Uuid;

pub(crate) type Tx = Transaction<'static, Postgres>;
pub(crate) type Pool = PgPool;

/// A database error is our own fault, except where a caller looks for a broken constraint first.
pub(crate) fn db(e: sqlx::Error) -> Error {
    Error::internal(e)
}

/// Turns a broken unique constraint into a sentence.
pub(crate) fn unique(e: sqlx::Error, constraint: &str, refusal: impl FnOnce() -> Error) -> Error {
    match e.as_database_error().and_then(|d| d.constraint()) {
        Some(c) if c == constraint => refusal(),
        _ => db(e),
    }
}

pub(crate) async fn begin(pool: &Pool) -> Result<Tx> {
    pool.begin().await.map_err(db)
}

pub(crate) async fn commit(tx: Tx) -> Result<()> {
    tx.commit().await.map_err(db)
}

pub(crate) async fn parameter(pool: &Pool, name: &str) -> Result<Option<Json>> {
    sqlx::query_scalar("select value from app.access_parameter where name = $1").bind(name).fetch_optional(pool).await.map_err(db)
}

pub(crate) async fn set_parameter(pool: &Pool, name: &str, value: &Json, by: Uuid, now: DateTime<Utc>) -> Result<()> {
    sqlx::query(
        "insert into app.access_parameter (name, value, updated_by, updated_at) values ($1, $2, $3, $4) \
         on conflict (name) do update set value = excluded.value, updated_by = excluded.updated_by, updated_at = excluded.updated_at",
    )
    .bind(name)
    .bind(value)
    .bind(by)
    .bind(now)
    .execute(pool)
    .await
    .map_err(db)?;
    Ok(())
}

/// Adds to a day's count unless it would pass `limit`; how much is used afterwards, or none when refused.
pub(crate) async fn take_quota(pool: &Pool, user: Uuid, day: chrono::NaiveDate, count: i32, limit: i32) -> Result<Option<i32>> {
    let row = sqlx::query(
        "insert into app.unmask_quota as q (user_id, day, used) select $1, $2, $3 where $3 <= $4 \
         on conflict (user_id, day) do update set used = q.used + excluded.used where q.used + excluded.used <= $4 returning used",
    )
    .bind(user)
    .bind(day)
    .bind(count)
    .bind(limit)
    .fetch_optional(pool)
    .await
    .map_err(db)?;
    Ok(row.map(|r| r.get("used")))
}
