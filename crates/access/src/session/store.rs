//! The table `app.session`: every statement about it. Must not know when a session is over: the rules say it.

use crate::account::store::{POST, PostRow, post};
use crate::model::{AccountStatus, Channel, Locked, SessionView};
use crate::session::rules::EndReason;
use crate::store::{Pool, Tx, db};
use base::Result;
use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

/// A session with what of its account and post decides about it.
#[derive(Clone)]
pub(crate) struct Loaded {
    pub id: Uuid,
    pub user_id: Uuid,
    pub name: String,
    pub status: AccountStatus,
    pub valid_to: Option<chrono::NaiveDate>,
    pub must_change: bool,
    pub weak_flag: bool,
    pub pwd_expire_at: DateTime<Utc>,
    pub factor_bound: bool,
    /// A training account (ACCT_TYPE 5).
    pub training: bool,
    pub post: PostRow,
    pub post_ended: bool,
    pub channel: Channel,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    pub absolute_expire_at: DateTime<Utc>,
    pub factor_at: Option<DateTime<Utc>>,
    pub locked: Locked,
    pub ip: String,
    pub end_reason: Option<String>,
}

pub(crate) async fn load(pool: &Pool, token_hash: &[u8]) -> Result<Option<Loaded>> {
    let row = sqlx::query(AssertSqlSafe(format!(
        "select s.id, s.user_id, u.name, u.status, u.valid_to as account_to, u.must_change, u.weak_flag, u.pwd_expire_at, \
           u.totp_secret_cipher is not null as bound, u.account_type = '5' as training, {POST}, p.ended_at is not null as post_ended, s.channel, s.created_at, \
           s.last_seen_at, s.absolute_expire_at, s.factor_at, s.locked, s.ip, s.end_reason \
         from app.session s join app.user_account u on u.id = s.user_id join app.post p on p.id = s.post_id where s.token_hash = $1"
    )))
    .bind(token_hash)
    .fetch_optional(pool)
    .await
    .map_err(db)?;
    row.map(|r| {
        Ok(Loaded {
            id: r.get("id"),
            user_id: r.get("user_id"),
            name: r.get("name"),
            status: AccountStatus::parse(r.get("status")),
            valid_to: r.get("account_to"),
            must_change: r.get("must_change"),
            weak_flag: r.get("weak_flag"),
            pwd_expire_at: r.get("pwd_expire_at"),
            factor_bound: r.get("bound"),
            training: r.get("training"),
            post: post(&r)?,
            post_ended: r.get("post_ended"),
            channel: Channel::parse(r.get("channel")),
            created_at: r.get("created_at"),
            last_seen_at: r.get("last_seen_at"),
            absolute_expire_at: r.get("absolute_expire_at"),
            factor_at: r.get("factor_at"),
            locked: Locked::parse(r.get("locked")),
            ip: r.get("ip"),
            end_reason: r.get("end_reason"),
        })
    })
    .transpose()
}

/// A session to be made.
pub(crate) struct NewSession<'a> {
    pub id: Uuid,
    pub token_hash: &'a [u8],
    pub user_id: Uuid,
    pub post_id: Uuid,
    pub channel: Channel,
    pub now: DateTime<Utc>,
    pub absolute_expire_at: DateTime<Utc>,
    pub factor_at: Option<DateTime<Utc>>,
    pub ip: &'a str,
    pub ua: &'a str,
}

pub(crate) async fn insert(tx: &mut Tx, s: NewSession<'_>) -> Result<()> {
    sqlx::query(
        "insert into app.session (id, token_hash, user_id, post_id, channel, created_at, last_seen_at, absolute_expire_at, factor_at, ip, ua) \
         values ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $10)",
    )
    .bind(s.id)
    .bind(s.token_hash)
    .bind(s.user_id)
    .bind(s.post_id)
    .bind(s.channel.name())
    .bind(s.now)
    .bind(s.absolute_expire_at)
    .bind(s.factor_at)
    .bind(s.ip)
    .bind(s.ua)
    .execute(&mut **tx)
    .await
    .map_err(db)?;
    Ok(())
}

/// Ends the sessions of one channel; how many were still within their time.
pub(crate) async fn end_channel(tx: &mut Tx, user: Uuid, channel: Channel, now: DateTime<Utc>) -> Result<u64> {
    // the account is held, so that two sign-ins of one moment leave one session
    sqlx::query("select 1 from app.user_account where id = $1 for update").bind(user).execute(&mut **tx).await.map_err(db)?;
    let done = sqlx::query(
        "update app.session set ended_at = $3, end_reason = $4 where user_id = $1 and channel = $2 and ended_at is null and absolute_expire_at > $3",
    )
    .bind(user)
    .bind(channel.name())
    .bind(now)
    .bind(EndReason::Kick.name())
    .execute(&mut **tx)
    .await
    .map_err(db)?;
    Ok(done.rows_affected())
}

/// Ends all sessions of a person, except perhaps one.
pub(crate) async fn end_all(tx: &mut Tx, user: Uuid, keep: Option<Uuid>, why: EndReason, now: DateTime<Utc>) -> Result<()> {
    sqlx::query(
        "update app.session set ended_at = $4, end_reason = $3 where user_id = $1 and ended_at is null and ($2::uuid is null or id <> $2)",
    )
    .bind(user)
    .bind(keep)
    .bind(why.name())
    .bind(now)
    .execute(&mut **tx)
    .await
    .map_err(db)?;
    Ok(())
}

/// Ends the sessions that act in a post.
pub(crate) async fn end_of_post(tx: &mut Tx, post: Uuid, now: DateTime<Utc>) -> Result<()> {
    sqlx::query("update app.session set ended_at = $2, end_reason = $3 where post_id = $1 and ended_at is null")
        .bind(post)
        .bind(now)
        .bind(EndReason::PostChanged.name())
        .execute(&mut **tx)
        .await
        .map_err(db)?;
    Ok(())
}

/// Ends one session; whose it was, or none when it was over already.
pub(crate) async fn end(pool: &Pool, id: Uuid, why: EndReason, now: DateTime<Utc>) -> Result<Option<Uuid>> {
    sqlx::query_scalar(
        "update app.session set ended_at = $2, end_reason = $3 where id = $1 and ended_at is null returning user_id",
    )
    .bind(id)
    .bind(now)
    .bind(why.name())
    .fetch_optional(pool)
    .await
    .map_err(db)
}

pub(crate) async fn owner(pool: &Pool, id: Uuid) -> Result<Option<Uuid>> {
    sqlx::query_scalar("select user_id from app.session where id = $1 and ended_at is null")
        .bind(id)
        .fetch_optional(pool)
        .await
        .map_err(db)
}

pub(crate) async fn seen(pool: &Pool, id: Uuid, at: DateTime<Utc>) -> Result<()> {
    sqlx::query("update app.session set last_seen_at = greatest(last_seen_at, $2) where id = $1 and ended_at is null")
        .bind(id)
        .bind(at)
        .execute(pool)
        .await
        .map_err(db)?;
    Ok(())
}

pub(crate) async fn lock(pool: &Pool, id: Uuid, why: Locked) -> Result<()> {
    sqlx::query("update app.session set locked = $2 where id = $1 and ended_at is null and locked <> 'address'")
        .bind(id)
        .bind(why.name())
        .execute(pool)
        .await
        .map_err(db)?;
    Ok(())
}

/// Opens a locked session at an address.
pub(crate) async fn unlock(pool: &Pool, id: Uuid, ip: &str, factor_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<()> {
    sqlx::query(
        "update app.session set locked = '', last_seen_at = $4, ip = $2, factor_at = coalesce($3, factor_at) where id = $1 and ended_at is null",
    )
    .bind(id)
    .bind(ip)
    .bind(factor_at)
    .bind(now)
    .execute(pool)
    .await
    .map_err(db)?;
    Ok(())
}

pub(crate) async fn set_factor_at(pool: &Pool, id: Uuid, at: DateTime<Utc>) -> Result<()> {
    sqlx::query("update app.session set factor_at = $2 where id = $1").bind(id).bind(at).execute(pool).await.map_err(db)?;
    Ok(())
}

pub(crate) async fn set_post(pool: &Pool, id: Uuid, post: Uuid, absolute: DateTime<Utc>) -> Result<()> {
    sqlx::query("update app.session set post_id = $2, absolute_expire_at = least(absolute_expire_at, $3) where id = $1 and ended_at is null")
        .bind(id)
        .bind(post)
        .bind(absolute)
        .execute(pool)
        .await
        .map_err(db)?;
    Ok(())
}

pub(crate) async fn of_user(pool: &Pool, user: Uuid, now: DateTime<Utc>) -> Result<Vec<SessionView>> {
    let rows = sqlx::query(
        "select id, channel, created_at, last_seen_at, ip, ua from app.session \
         where user_id = $1 and ended_at is null and absolute_expire_at > $2 order by last_seen_at desc",
    )
    .bind(user)
    .bind(now)
    .fetch_all(pool)
    .await
    .map_err(db)?;
    Ok(rows
        .iter()
        .map(|r| SessionView {
            id: r.get("id"),
            channel: Channel::parse(r.get("channel")),
            created_at: r.get("created_at"),
            last_seen_at: r.get("last_seen_at"),
            ip: r.get("ip"),
            ua: r.get("ua"),
        })
        .collect())
}
