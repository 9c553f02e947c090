//! The columns of `app.user_account` about the mini-program's platform. Must not know how an openid is come by.

use crate::store::{Pool, Tx, db, unique};
use base::{Error, Result};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

/// An account that agreed to messages.
pub(crate) struct Listening {
    pub id: Uuid,
    pub name: String,
    pub cipher: String,
    pub told_at: Option<DateTime<Utc>>,
    pub told_count: i64,
}

pub(crate) async fn by_openid(pool: &Pool, hash: &[u8]) -> Result<Option<Uuid>> {
    sqlx::query_scalar("select id from app.user_account where wx_openid_hash = $1")
        .bind(hash)
        .fetch_optional(pool)
        .await
        .map_err(db)
}

/// Puts an openid on an account in place of another; one that stands on another account is refused.
pub(crate) async fn bind(tx: &mut Tx, user: Uuid, hash: &[u8], cipher: &str, now: DateTime<Utc>) -> Result<()> {
    sqlx::query(
        "update app.user_account set wx_openid_hash = $2, wx_openid_cipher = $3, wx_bound_at = $4, wx_consents = 0, wx_told_at = null, \
           wx_told_count = 0, wx_outcome = null, wx_tried_at = null where id = $1",
    )
    .bind(user)
    .bind(hash)
    .bind(cipher)
    .bind(now)
    .execute(&mut **tx)
    .await
    .map_err(|e| {
        unique(e, "user_account_wx_openid_hash_key", || {
            Error::conflict("access.wechat_taken", "这个微信已绑定另一个账号，请先用那个账号解除绑定，或联系本级管理员。")
        })
    })?;
    Ok(())
}

/// Whether there was something to take off.
pub(crate) async fn unbind(tx: &mut Tx, user: Uuid) -> Result<bool> {
    let done = sqlx::query(
        "update app.user_account set wx_openid_hash = null, wx_openid_cipher = null, wx_bound_at = null, wx_consents = 0, wx_outcome = null \
         where id = $1 and wx_openid_hash is not null",
    )
    .bind(user)
    .execute(&mut **tx)
    .await
    .map_err(db)?;
    Ok(done.rows_affected() == 1)
}

/// When it was bound, and how many messages are agreed to.
pub(crate) async fn standing(pool: &Pool, user: Uuid) -> Result<Option<(DateTime<Utc>, i32)>> {
    let row = sqlx::query("select wx_bound_at, wx_consents from app.user_account where id = $1 and wx_bound_at is not null")
        .bind(user)
        .fetch_optional(pool)
        .await
        .map_err(db)?;
    Ok(row.map(|r| (r.get("wx_bound_at"), r.get("wx_consents"))))
}

pub(crate) async fn consent(pool: &Pool, user: Uuid) -> Result<bool> {
    let done = sqlx::query(
        "update app.user_account set wx_consents = least(wx_consents + 1, 100) where id = $1 and wx_openid_hash is not null",
    )
    .bind(user)
    .execute(pool)
    .await
    .map_err(db)?;
    Ok(done.rows_affected() == 1)
}

/// Who may be told on day `$1`: agreed to a message, account open and inside its dates.
const LISTENS: &str = "wx_openid_cipher is not null and wx_consents > 0 and status = '1' and valid_from <= $1 and \
    (valid_to is null or valid_to >= $1)";

/// Everybody who listens on a day; those first who were not tried longest, so that a run cut short is fair.
pub(crate) async fn listening(pool: &Pool, today: NaiveDate) -> Result<Vec<Uuid>> {
    sqlx::query_scalar(AssertSqlSafe(format!(
        "select id from app.user_account where {LISTENS} order by wx_tried_at nulls first, id"
    )))
    .bind(today)
    .fetch_all(pool)
    .await
    .map_err(db)
}

pub(crate) async fn listener(pool: &Pool, user: Uuid, today: NaiveDate) -> Result<Option<Listening>> {
    let row = sqlx::query(AssertSqlSafe(format!(
        "select id, name, wx_openid_cipher, wx_told_at, wx_told_count from app.user_account where id = $2 and {LISTENS}"
    )))
    .bind(today)
    .bind(user)
    .fetch_optional(pool)
    .await
    .map_err(db)?;
    Ok(row.map(|r| Listening {
        id: r.get("id"),
        name: r.get("name"),
        cipher: r.get("wx_openid_cipher"),
        told_at: r.get("wx_told_at"),
        told_count: r.get("wx_told_count"),
    }))
}

/// A message about to go out: what is written before it, and what stood there.
pub(crate) struct Going {
    pub user: Uuid,
    pub count: i64,
    pub at: DateTime<Utc>,
    pub before: Option<DateTime<Utc>>,
}

/// Takes a consent and writes down that a message is going out. False where somebody else was told, unbound or stopped meanwhile.
pub(crate) async fn claim(pool: &Pool, g: &Going, today: NaiveDate) -> Result<bool> {
    let done = sqlx::query(AssertSqlSafe(format!(
        "update app.user_account set wx_told_at = $3, wx_told_count = $4, wx_consents = wx_consents - 1, wx_tried_at = $3, \
           wx_outcome = 'sending' where id = $2 and wx_told_at is not distinct from $5 and {LISTENS}"
    )))
    .bind(today)
    .bind(g.user)
    .bind(g.at)
    .bind(g.count)
    .bind(g.before)
    .execute(pool)
    .await
    .map_err(db)?;
    Ok(done.rows_affected() == 1)
}

/// What became of a message that was claimed; `consents` puts another number in place of what is left.
pub(crate) async fn settle(pool: &Pool, g: &Going, outcome: &str, consents: Option<i32>) -> Result<()> {
    sqlx::query(
        "update app.user_account set wx_outcome = $3, wx_consents = coalesce($4, wx_consents) where id = $1 and wx_told_at = $2 \
           and wx_outcome = 'sending'",
    )
    .bind(g.user)
    .bind(g.at)
    .bind(outcome)
    .bind(consents)
    .execute(pool)
    .await
    .map_err(db)?;
    Ok(())
}

/// The message certainly did not go out: the consent and what was told before stand again. Only the attempt is remembered.
pub(crate) async fn give_back(pool: &Pool, g: &Going, told_count: i64) -> Result<()> {
    sqlx::query(
        "update app.user_account set wx_told_at = $3, wx_told_count = $4, wx_consents = least(wx_consents + 1, 100), \
           wx_outcome = 'not_sent' where id = $1 and wx_told_at = $2 and wx_outcome = 'sending'",
    )
    .bind(g.user)
    .bind(g.at)
    .bind(g.before)
    .bind(told_count)
    .execute(pool)
    .await
    .map_err(db)?;
    Ok(())
}

/// Messages that were going out when the program ended: nobody knows of them. How many there were.
pub(crate) async fn forget_going(pool: &Pool, before: DateTime<Utc>) -> Result<u64> {
    let done =
        sqlx::query("update app.user_account set wx_outcome = 'unknown' where wx_outcome = 'sending' and wx_tried_at < $1")
            .bind(before)
            .execute(pool)
            .await
            .map_err(db)?;
    Ok(done.rows_affected())
}

/// Only the count is remembered: less waits than was told.
pub(crate) async fn fewer(pool: &Pool, user: Uuid, count: i64) -> Result<()> {
    sqlx::query("update app.user_account set wx_told_count = $2 where id = $1 and wx_told_count > $2")
        .bind(user)
        .bind(count)
        .execute(pool)
        .await
        .map_err(db)?;
    Ok(())
}
