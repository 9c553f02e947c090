//! The tables `app.login_guard`, `app.login_event` and `app.ip_block`. Must not know when a lock is due: the rules say it.

use crate::guard::rules::{GuardLimits, GuardRow, Standing};
use crate::store::{Pool, Tx, begin, commit, db};
use base::Result;
use chrono::{DateTime, Duration, Utc};
use sqlx::Row;
use uuid::Uuid;

/// Counts an attempt before it is looked at; where the name stands.
pub(crate) async fn begin_attempt(pool: &Pool, key: &[u8], limits: &GuardLimits, now: DateTime<Utc>) -> Result<Standing> {
    change(pool, key, now, |g| g.begin_attempt(limits, now)).await
}

/// Where a name stands, without an attempt.
pub(crate) async fn standing(pool: &Pool, key: &[u8], now: DateTime<Utc>) -> Result<Standing> {
    let found = standings(pool, &[key.to_vec()], now).await?;
    Ok(found.into_iter().next().map_or(Standing::Open(0), |(_, s, _)| s))
}

/// The attempt was wrong.
pub(crate) async fn failed(
    pool: &Pool,
    key: &[u8],
    limits: &GuardLimits,
    attempt: u32,
    from_ips: i64,
    now: DateTime<Utc>,
) -> Result<Standing> {
    change(pool, key, now, |g| g.failed(limits, attempt, from_ips, now)).await
}

pub(crate) async fn passed(pool: &Pool, key: &[u8], now: DateTime<Utc>) -> Result<()> {
    change(pool, key, now, GuardRow::passed).await
}

async fn change<T>(pool: &Pool, key: &[u8], now: DateTime<Utc>, decide: impl FnOnce(&mut GuardRow) -> T) -> Result<T> {
    let mut tx = begin(pool).await?;
    sqlx::query("insert into app.login_guard (login_key, updated_at) values ($1, $2) on conflict do nothing")
        .bind(key)
        .bind(now)
        .execute(&mut *tx)
        .await
        .map_err(db)?;
    let row = sqlx::query("select * from app.login_guard where login_key = $1 for update")
        .bind(key)
        .fetch_one(&mut *tx)
        .await
        .map_err(db)?;
    let mut guard = read(&row);
    let before = guard.clone();
    let answer = decide(&mut guard);
    if guard != before {
        sqlx::query(
            "update app.login_guard set fail_count = $2, first_fail_at = $3, locked_until = $4, lock_day = $5, lock_count = $6, \
               admin_only = $7, lock_reason = $8, updated_at = $9 where login_key = $1",
        )
        .bind(key)
        .bind(i32::try_from(guard.fail_count).unwrap_or(i32::MAX))
        .bind(guard.first_fail_at)
        .bind(guard.locked_until)
        .bind(guard.lock_day)
        .bind(i32::try_from(guard.lock_count).unwrap_or(i32::MAX))
        .bind(guard.admin_only)
        .bind(&guard.lock_reason)
        .bind(now)
        .execute(&mut *tx)
        .await
        .map_err(db)?;
    }
    commit(tx).await?;
    Ok(answer)
}

fn read(r: &sqlx::postgres::PgRow) -> GuardRow {
    let count = |c: &str| u32::try_from(r.get::<i32, _>(c)).unwrap_or(0);
    GuardRow {
        fail_count: count("fail_count"),
        first_fail_at: r.get("first_fail_at"),
        locked_until: r.get("locked_until"),
        lock_day: r.get("lock_day"),
        lock_count: count("lock_count"),
        admin_only: r.get("admin_only"),
        lock_reason: r.get("lock_reason"),
    }
}

/// Where names stand, for lists of accounts.
pub(crate) async fn standings(pool: &Pool, keys: &[Vec<u8>], now: DateTime<Utc>) -> Result<Vec<(Vec<u8>, Standing, String)>> {
    let rows =
        sqlx::query("select * from app.login_guard where login_key = any($1)").bind(keys).fetch_all(pool).await.map_err(db)?;
    Ok(rows.iter().map(|r| (r.get("login_key"), read(r).standing(now), read(r).lock_reason)).collect())
}

/// Opens a name again, its locks of the day forgotten.
pub(crate) async fn reset(tx: &mut Tx, key: &[u8]) -> Result<()> {
    sqlx::query("delete from app.login_guard where login_key = $1").bind(key).execute(&mut **tx).await.map_err(db)?;
    Ok(())
}

/// One attempt to sign in, as kept.
pub(crate) struct LoginEvent<'a> {
    pub at: DateTime<Utc>,
    pub login_key: &'a [u8],
    /// Only of an account that exists.
    pub login_name: Option<&'a str>,
    pub user_id: Option<Uuid>,
    pub channel: &'a str,
    pub result: &'a str,
    pub factor1: &'a str,
    pub factor2: Option<&'a str>,
    pub ip: &'a str,
    pub ua: &'a str,
    pub session_id: Option<Uuid>,
    pub trace_id: Option<&'a str>,
}

pub(crate) async fn insert_event(pool: &Pool, e: LoginEvent<'_>) -> Result<()> {
    sqlx::query(
        "insert into app.login_event (id, at, login_key, login_name, user_id, channel, result, factor1, factor2, ip, ua, session_id, trace_id) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(Uuid::now_v7())
    .bind(e.at)
    .bind(e.login_key)
    .bind(e.login_name)
    .bind(e.user_id)
    .bind(e.channel)
    .bind(e.result)
    .bind(e.factor1)
    .bind(e.factor2)
    .bind(e.ip)
    .bind(e.ua)
    .bind(e.session_id)
    .bind(e.trace_id)
    .execute(pool)
    .await
    .map_err(db)?;
    Ok(())
}

/// Wrong passwords of one account since a moment.
pub(crate) async fn failures_since(pool: &Pool, user: Uuid, since: DateTime<Utc>) -> Result<i64> {
    sqlx::query_scalar("select count(*) from app.login_event where user_id = $1 and at > $2 and result = 'BAD_PWD'")
        .bind(user)
        .bind(since)
        .fetch_one(pool)
        .await
        .map_err(db)
}

/// Addresses from which one name failed since a moment.
pub(crate) async fn failing_ips(pool: &Pool, key: &[u8], since: DateTime<Utc>) -> Result<i64> {
    sqlx::query_scalar(
        "select count(distinct ip) from app.login_event where login_key = $1 and at > $2 and result in ('BAD_PWD', 'NO_USER', 'BAD_TOTP')",
    )
    .bind(key)
    .bind(since)
    .fetch_one(pool)
    .await
    .map_err(db)
}

/// Failures from one address since a moment: how many, and of how many names.
pub(crate) async fn failures_from(pool: &Pool, ip: &str, since: DateTime<Utc>) -> Result<(i64, i64)> {
    let row = sqlx::query(
        "select count(*) as fails, count(distinct login_key) as names from app.login_event \
         where ip = $1 and at > $2 and result in ('BAD_PWD', 'NO_USER', 'BAD_TOTP')",
    )
    .bind(ip)
    .bind(since)
    .fetch_one(pool)
    .await
    .map_err(db)?;
    Ok((row.get("fails"), row.get("names")))
}

pub(crate) async fn block(pool: &Pool, ip: &str, until: DateTime<Utc>, reason: &str) -> Result<()> {
    sqlx::query(
        "insert into app.ip_block (ip, until, reason) values ($1, $2, $3) \
         on conflict (ip) do update set until = excluded.until, reason = excluded.reason",
    )
    .bind(ip)
    .bind(until)
    .bind(reason)
    .execute(pool)
    .await
    .map_err(db)?;
    Ok(())
}

pub(crate) async fn blocked_until(pool: &Pool, ip: &str, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
    sqlx::query_scalar("select until from app.ip_block where ip = $1 and until > $2")
        .bind(ip)
        .bind(now)
        .fetch_optional(pool)
        .await
        .map_err(db)
}

/// Forgets blocks that are over and names nobody has tried for two days (locks for an administrator stay).
pub(crate) async fn sweep(pool: &Pool, now: DateTime<Utc>) -> Result<()> {
    sqlx::query("delete from app.ip_block where until < $1").bind(now).execute(pool).await.map_err(db)?;
    sqlx::query(
        "delete from app.login_guard g where g.updated_at < $1 and (not g.admin_only or not exists \
           (select 1 from app.login_event e where e.login_key = g.login_key and e.user_id is not null))",
    )
    .bind(now - Duration::days(2))
    .execute(pool)
    .await
    .map_err(db)?;
    Ok(())
}
