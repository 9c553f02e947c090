//! The tables `app.user_account` and `app.post`: every statement about them. Must not know who may change them.

use crate::model::{AccountStatus, TimeWindow};
use crate::store::{Pool, Tx, db, unique};
use base::{Error, RegionCode, Result};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

const ACCOUNT: &str = "id, login_name, name, id_card_cipher, phone_cipher, org, region_code, account_type, status, valid_from, valid_to, \
    pwd_hash, pwd_history, pwd_changed_at, pwd_expire_at, initial_until, must_change, weak_flag, totp_secret_cipher, \
    totp_pending_cipher, cardinality(recovery_codes) as codes_left, factor_fail_count, factor_locked_until, \
    time_window, last_login_at, last_login_ip, last_login_ua, last_review_at, row_version, wx_openid_hash is not null as wx_bound";

/// An account as stored.
#[derive(Clone)]
pub(crate) struct AccountRow {
    pub id: Uuid,
    pub login_name: String,
    pub name: String,
    pub id_card_cipher: Option<String>,
    pub phone_cipher: Option<String>,
    pub org: String,
    pub region: RegionCode,
    pub account_type: String,
    pub status: AccountStatus,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub pwd_hash: String,
    pub pwd_history: Vec<String>,
    pub pwd_changed_at: DateTime<Utc>,
    pub pwd_expire_at: DateTime<Utc>,
    pub initial_until: Option<DateTime<Utc>>,
    pub must_change: bool,
    pub weak_flag: bool,
    pub totp_secret_cipher: Option<String>,
    pub totp_pending_cipher: Option<String>,
    pub codes_left: i32,
    pub factor_locked_until: Option<DateTime<Utc>>,
    pub time_window: Option<TimeWindow>,
    pub last_login_at: Option<DateTime<Utc>>,
    pub last_login_ip: Option<String>,
    pub last_login_ua: Option<String>,
    pub last_review_at: DateTime<Utc>,
    pub row_version: i32,
    pub wx_bound: bool,
}

fn account(r: &PgRow) -> Result<AccountRow> {
    let window: Option<serde_json::Value> = r.get("time_window");
    Ok(AccountRow {
        id: r.get("id"),
        login_name: r.get("login_name"),
        name: r.get("name"),
        id_card_cipher: r.get("id_card_cipher"),
        phone_cipher: r.get("phone_cipher"),
        org: r.get("org"),
        region: RegionCode::parse(r.get("region_code"))?,
        account_type: r.get("account_type"),
        status: AccountStatus::parse(r.get("status")),
        valid_from: r.get("valid_from"),
        valid_to: r.get("valid_to"),
        pwd_hash: r.get("pwd_hash"),
        pwd_history: r.get("pwd_history"),
        pwd_changed_at: r.get("pwd_changed_at"),
        pwd_expire_at: r.get("pwd_expire_at"),
        initial_until: r.get("initial_until"),
        must_change: r.get("must_change"),
        weak_flag: r.get("weak_flag"),
        totp_secret_cipher: r.get("totp_secret_cipher"),
        totp_pending_cipher: r.get("totp_pending_cipher"),
        codes_left: r.get("codes_left"),
        factor_locked_until: r.get("factor_locked_until"),
        time_window: window.map(serde_json::from_value).transpose()?,
        last_login_at: r.get("last_login_at"),
        last_login_ip: r.get("last_login_ip"),
        last_login_ua: r.get("last_login_ua"),
        last_review_at: r.get("last_review_at"),
        row_version: r.get("row_version"),
        wx_bound: r.get("wx_bound"),
    })
}

pub(crate) async fn by_login(pool: &Pool, login_name: &str) -> Result<Option<AccountRow>> {
    let row = sqlx::query(AssertSqlSafe(format!("select {ACCOUNT} from app.user_account where login_name = $1")))
        .bind(login_name)
        .fetch_optional(pool)
        .await
        .map_err(db)?;
    row.as_ref().map(account).transpose()
}

pub(crate) async fn by_id(pool: &Pool, id: Uuid) -> Result<Option<AccountRow>> {
    let row = sqlx::query(AssertSqlSafe(format!("select {ACCOUNT} from app.user_account where id = $1")))
        .bind(id)
        .fetch_optional(pool)
        .await
        .map_err(db)?;
    row.as_ref().map(account).transpose()
}

/// Accounts whose own region lies in a range, by region and name; optionally only those last reviewed before a moment.
pub(crate) async fn in_range(
    pool: &Pool,
    lo: &str,
    hi: &str,
    reviewed_before: Option<DateTime<Utc>>,
    find: &str,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<AccountRow>> {
    let rows = sqlx::query(AssertSqlSafe(format!(
        "select {ACCOUNT} from app.user_account where region_code >= $1 and region_code < $2 \
           and ($3::timestamptz is null or (last_review_at < $3 and status not in ('3', '4'))) and ($4 = '' or position($4 in login_name) > 0 or position($4 in name) > 0) \
           and ($5::text is null or login_name > $5) order by login_name limit $6"
    )))
    .bind(lo)
    .bind(hi)
    .bind(reviewed_before)
    .bind(find)
    .bind(after)
    .bind(limit)
    .fetch_all(pool)
    .await
    .map_err(db)?;
    rows.iter().map(account).collect()
}

/// What is written when an account is opened.
pub(crate) struct NewAccount<'a> {
    pub id: Uuid,
    pub login_name: &'a str,
    pub name: &'a str,
    pub id_card: Option<(String, Vec<u8>)>,
    pub phone: Option<(String, Vec<u8>)>,
    pub org: &'a str,
    pub region: &'a RegionCode,
    pub account_type: &'a str,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub pwd_hash: &'a str,
    pub pwd_expire_at: DateTime<Utc>,
    pub initial_until: DateTime<Utc>,
    pub apply_doc: &'a str,
    pub approved_by: &'a str,
    pub by: Uuid,
    pub now: DateTime<Utc>,
}

pub(crate) async fn insert(tx: &mut Tx, n: NewAccount<'_>) -> Result<()> {
    let (id_cipher, id_token) = n.id_card.unzip();
    let (phone_cipher, phone_token) = n.phone.unzip();
    sqlx::query(
        "insert into app.user_account (id, login_name, name, id_card_cipher, id_card_token, phone_cipher, phone_token, org, \
           region_code, account_type, valid_from, valid_to, pwd_hash, pwd_changed_at, pwd_expire_at, initial_until, \
           apply_doc, approved_by, last_review_at, created_by, created_at, updated_by, updated_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $18, $14, $15, $16, $17, $18, $19, $18, $19, $18)",
    )
    .bind(n.id)
    .bind(n.login_name)
    .bind(n.name)
    .bind(id_cipher)
    .bind(id_token)
    .bind(phone_cipher)
    .bind(phone_token)
    .bind(n.org)
    .bind(n.region.as_str())
    .bind(n.account_type)
    .bind(n.valid_from)
    .bind(n.valid_to)
    .bind(n.pwd_hash)
    .bind(n.pwd_expire_at)
    .bind(n.initial_until)
    .bind(n.apply_doc)
    .bind(n.approved_by)
    .bind(n.now)
    .bind(n.by)
    .execute(&mut **tx)
    .await
    .map_err(|e| unique(e, "user_account_login_name_key", login_taken))
    .map(drop)
    .map_err(identity_taken)
}

fn login_taken() -> Error {
    Error::conflict("access.login_taken", "登录名已被使用（停用的登录名也不能再用），请换一个。")
}

/// One person, one account: the token of the identity number is unique.
fn identity_taken(e: Error) -> Error {
    let broken = e.source.as_ref().and_then(|s| s.downcast_ref::<sqlx::Error>()).and_then(|e| e.as_database_error());
    match broken.and_then(|d| d.constraint()) {
        Some("user_account_id_card_token_key") => {
            Error::conflict("access.person_has_account", "该身份证号已有账号，一人只能有一个账号；请在原账号上增加岗位。")
        }
        _ => e,
    }
}

/// The highest number already given under a prefix of generated login names.
pub(crate) async fn last_number(tx: &mut Tx, prefix: &str) -> Result<i64> {
    // one at a time for one prefix, so that two openings do not get the same name
    sqlx::query("select pg_advisory_xact_lock(hashtext($1))").bind(prefix).execute(&mut **tx).await.map_err(db)?;
    sqlx::query_scalar(
        "select coalesce(max(substr(login_name, length($1) + 1)::bigint), 0) from app.user_account \
         where login_name like $1 || '%' and substr(login_name, length($1) + 1) ~ '^[0-9]{1,9}$'",
    )
    .bind(prefix)
    .fetch_one(&mut **tx)
    .await
    .map_err(db)
}

/// Changes what an administrator may change; false when somebody else was faster.
#[expect(clippy::too_many_arguments, reason = "one column each")]
pub(crate) async fn update(
    tx: &mut Tx,
    id: Uuid,
    row_version: i32,
    name: &str,
    phone: Option<(String, Vec<u8>)>,
    org: &str,
    valid_to: Option<NaiveDate>,
    window: Option<&TimeWindow>,
    by: Uuid,
    now: DateTime<Utc>,
) -> Result<bool> {
    let (cipher, token) = phone.unzip();
    let done = sqlx::query(
        "update app.user_account set name = $3, phone_cipher = $4, phone_token = $5, org = $6, valid_to = $7, time_window = $8, \
           updated_by = $9, updated_at = $10, row_version = row_version + 1 where id = $1 and row_version = $2",
    )
    .bind(id)
    .bind(row_version)
    .bind(name)
    .bind(cipher)
    .bind(token)
    .bind(org)
    .bind(valid_to)
    .bind(window.map(serde_json::to_value).transpose()?)
    .bind(by)
    .bind(now)
    .execute(&mut **tx)
    .await
    .map_err(db)?;
    Ok(done.rows_affected() == 1)
}

pub(crate) async fn set_status(
    tx: &mut Tx,
    id: Uuid,
    status: AccountStatus,
    reason: &str,
    by: Uuid,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "update app.user_account set status = $2, status_reason = $3, updated_by = $4, updated_at = $5, \
           row_version = row_version + 1 where id = $1",
    )
    .bind(id)
    .bind(status.code())
    .bind(reason)
    .bind(by)
    .bind(now)
    .execute(&mut **tx)
    .await
    .map_err(db)?;
    Ok(())
}

/// Sets a hash and what follows from it; `initial_until` marks a first password that must be changed.
pub(crate) async fn set_password(
    tx: &mut Tx,
    id: Uuid,
    hash: &str,
    history: &[String],
    now: DateTime<Utc>,
    expire_at: DateTime<Utc>,
    initial_until: Option<DateTime<Utc>>,
) -> Result<()> {
    sqlx::query(
        "update app.user_account set pwd_hash = $2, pwd_history = $3, pwd_changed_at = $4, pwd_expire_at = $5, initial_until = $6, \
           must_change = $6 is not null, weak_flag = false, row_version = row_version + 1 where id = $1",
    )
    .bind(id)
    .bind(hash)
    .bind(history)
    .bind(now)
    .bind(expire_at)
    .bind(initial_until)
    .execute(&mut **tx)
    .await
    .map_err(db)?;
    Ok(())
}

/// What a sign-in leaves on the account. `rehash`: the same password under today's cost.
pub(crate) async fn signed_in(
    tx: &mut Tx,
    id: Uuid,
    ip: &str,
    ua: &str,
    weak: bool,
    rehash: Option<&str>,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "update app.user_account set last_login_at = $2, last_login_ip = $3, last_login_ua = $4, weak_flag = $5, \
           pwd_hash = coalesce($6, pwd_hash), status = case status when '0' then '1' else status end, factor_fail_count = 0 where id = $1",
    )
    .bind(id)
    .bind(now)
    .bind(ip)
    .bind(ua)
    .bind(weak)
    .bind(rehash)
    .execute(&mut **tx)
    .await
    .map_err(db)?;
    Ok(())
}

/// A post as stored.
#[derive(Clone)]
pub(crate) struct PostRow {
    pub id: Uuid,
    pub user_id: Uuid,
    pub role: String,
    pub region: RegionCode,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub is_default: bool,
    pub row_mac: Vec<u8>,
}

impl PostRow {
    /// The text the mac is made over.
    pub(crate) fn canonical(&self) -> String {
        let to = self.valid_to.map(|d| d.to_string()).unwrap_or_default();
        format!("{}|{}|{}|{}|{}|{to}", self.id, self.user_id, self.role, self.region, self.valid_from)
    }
    pub(crate) fn valid_on(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|to| day <= to)
    }
}

pub(crate) fn post(r: &PgRow) -> Result<PostRow> {
    Ok(PostRow {
        id: r.get("post_id"),
        user_id: r.get("post_user_id"),
        role: r.get("role"),
        region: RegionCode::parse(r.get("post_region"))?,
        valid_from: r.get("post_from"),
        valid_to: r.get("post_to"),
        is_default: r.get("is_default"),
        row_mac: r.get("row_mac"),
    })
}

pub(crate) const POST: &str = "p.id as post_id, p.user_id as post_user_id, p.role, p.region_code as post_region, p.valid_from as post_from, \
    p.valid_to as post_to, p.is_default, p.row_mac";

/// The posts of an account that have not been taken away, the default one first.
pub(crate) async fn posts_of(pool: &Pool, user: Uuid) -> Result<Vec<PostRow>> {
    let rows = sqlx::query(AssertSqlSafe(format!(
        "select {POST} from app.post p where p.user_id = $1 and p.ended_at is null order by p.is_default desc, p.id"
    )))
    .bind(user)
    .fetch_all(pool)
    .await
    .map_err(db)?;
    rows.iter().map(post).collect()
}

/// The posts of several accounts.
pub(crate) async fn posts_of_many(pool: &Pool, users: &[Uuid]) -> Result<Vec<PostRow>> {
    let rows = sqlx::query(AssertSqlSafe(format!(
        "select {POST} from app.post p where p.user_id = any($1) and p.ended_at is null order by p.is_default desc, p.id"
    )))
    .bind(users)
    .fetch_all(pool)
    .await
    .map_err(db)?;
    rows.iter().map(post).collect()
}

/// As [`posts_of`], holding the account so that two changes of posts cannot pass each other.
pub(crate) async fn posts_for_change(tx: &mut Tx, user: Uuid) -> Result<Vec<PostRow>> {
    sqlx::query("select 1 from app.user_account where id = $1 for update").bind(user).execute(&mut **tx).await.map_err(db)?;
    let rows = sqlx::query(AssertSqlSafe(format!(
        "select {POST} from app.post p where p.user_id = $1 and p.ended_at is null order by p.is_default desc, p.id"
    )))
    .bind(user)
    .fetch_all(&mut **tx)
    .await
    .map_err(db)?;
    rows.iter().map(post).collect()
}

pub(crate) async fn insert_post(tx: &mut Tx, p: &PostRow, by: Uuid, now: DateTime<Utc>) -> Result<()> {
    sqlx::query(
        "insert into app.post (id, user_id, role, region_code, valid_from, valid_to, is_default, row_mac, created_by, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(p.id)
    .bind(p.user_id)
    .bind(&p.role)
    .bind(p.region.as_str())
    .bind(p.valid_from)
    .bind(p.valid_to)
    .bind(p.is_default)
    .bind(&p.row_mac)
    .bind(by)
    .bind(now)
    .execute(&mut **tx)
    .await
    .map_err(|e| unique(e, "post_once", || Error::conflict("access.post_exists", "该账号在此区划已有这个岗位。")))?;
    Ok(())
}

/// Takes a post away; the next one becomes the default when it was.
pub(crate) async fn end_post(tx: &mut Tx, post: &PostRow, by: Uuid, now: DateTime<Utc>) -> Result<()> {
    sqlx::query("update app.post set ended_at = $2, ended_by = $3, is_default = false where id = $1")
        .bind(post.id)
        .bind(now)
        .bind(by)
        .execute(&mut **tx)
        .await
        .map_err(db)?;
    if post.is_default {
        sqlx::query(
            "update app.post set is_default = true where id = (select id from app.post where user_id = $1 and ended_at is null order by id limit 1)",
        )
        .bind(post.user_id)
        .execute(&mut **tx)
        .await
        .map_err(db)?;
    }
    Ok(())
}

pub(crate) async fn all_posts(pool: &Pool) -> Result<Vec<PostRow>> {
    let rows = sqlx::query(AssertSqlSafe(format!("select {POST} from app.post p where p.ended_at is null")))
        .fetch_all(pool)
        .await
        .map_err(db)?;
    rows.iter().map(post).collect()
}

pub(crate) async fn anybody_holds(pool: &Pool, role: &str) -> Result<bool> {
    sqlx::query_scalar("select exists (select 1 from app.post where role = $1 and ended_at is null)")
        .bind(role)
        .fetch_one(pool)
        .await
        .map_err(db)
}

/// Accounts by whether they are for training: (training, others).
pub(crate) async fn training_and_others(pool: &Pool) -> Result<(i64, i64)> {
    let row = sqlx::query(
        "select count(*) filter (where account_type = '5') as training, count(*) filter (where account_type <> '5') as others \
           from app.user_account",
    )
    .fetch_one(pool)
    .await
    .map_err(db)?;
    Ok((row.get("training"), row.get("others")))
}
