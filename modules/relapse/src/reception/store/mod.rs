//! SQL of reception: who may deliver, what was delivered, keys and what they were used for, the tables of the 前置库. Must not decide.

pub(super) mod due;

use super::rules::{Channel, Standing};
use ::store::{DbResult, ScopedTx};
use base::{Actor, RegionCode, Result};
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value as Json;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;

/// A department that may deliver.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    pub id: Uuid,
    pub name: String,
    pub items: String,
    pub region: RegionCode,
}

impl Sender {
    /// Who its batches are received for: a department's data clerk of its region.
    pub fn actor(&self) -> Actor {
        Actor {
            user_id: self.id,
            name: format!("报送·{}", self.name),
            role: "R13".into(),
            region: self.region.clone(),
            ..Actor::system("报送")
        }
    }
}

const SENDER: &str =
    "select s.id, s.name, s.items, s.region_code from relapse.dept_sender s where s.state = '02' and not s.deleted";

fn sender(r: &PgRow) -> Result<Sender> {
    let region: String = r.try_get("region_code").db()?;
    Ok(Sender {
        id: r.try_get("id").db()?,
        name: r.try_get("name").db()?,
        items: r.try_get("items").db()?,
        region: RegionCode::parse(&region)?,
    })
}

async fn one_sender(tx: &mut ScopedTx, more: &'static str, value: &str) -> Result<Option<Sender>> {
    let row =
        sqlx::query(sqlx::AssertSqlSafe(format!("{SENDER} and {more}"))).bind(value).fetch_optional(tx.conn()).await.db()?;
    row.as_ref().map(sender).transpose()
}
/// The sender whose folder this is.
pub(super) async fn of_folder(tx: &mut ScopedTx, folder: &str) -> Result<Option<Sender>> {
    one_sender(tx, "s.folder = $1", folder).await
}
/// The sender whose account of the database this is.
pub(super) async fn of_role(tx: &mut ScopedTx, role: &str) -> Result<Option<Sender>> {
    one_sender(tx, "s.db_role = $1", role).await
}
/// The sender of a delivery.
pub(super) async fn of_id(tx: &mut ScopedTx, id: Uuid) -> Result<Option<Sender>> {
    one_sender(tx, "s.id::text = $1", &id.to_string()).await
}

/// A key that signs, with its enciphered secret.
pub(super) struct Key {
    pub id: Uuid,
    pub cipher: String,
    pub sender: Sender,
}

/// An issued key in force today, of a sender that is let in.
pub(super) async fn key(tx: &mut ScopedTx, key_no: &str, today: NaiveDate) -> Result<Option<Key>> {
    let row = sqlx::query(
        "select k.id as key_id, k.secret_cipher, s.id, s.name, s.items, s.region_code from relapse.dept_key k join relapse.dept_sender s on s.id = k.sender_id \
          where k.key_no = $1 and k.state = '02' and not k.deleted and k.secret_cipher is not null \
            and k.valid_from <= $2 and k.valid_to >= $2 and s.state = '02' and not s.deleted",
    )
    .bind(key_no)
    .bind(today)
    .fetch_optional(tx.conn())
    .await
    .db()?;
    row.map(|r| Ok(Key { id: r.try_get("key_id").db()?, cipher: r.try_get("secret_cipher").db()?, sender: sender(&r)? }))
        .transpose()
}

/// Notes a number used once; false where it was used before. Older ones than `keep_seconds` are forgotten.
pub(super) async fn use_nonce(tx: &mut ScopedTx, key: Uuid, nonce: &str, keep_seconds: i64) -> Result<bool> {
    sqlx::query("delete from relapse.dept_nonce where at < now() - make_interval(secs => $1)")
        .bind(keep_seconds as f64)
        .execute(tx.conn())
        .await
        .db()?;
    let done = sqlx::query("insert into relapse.dept_nonce (key_id, nonce) values ($1, $2) on conflict do nothing")
        .bind(key)
        .bind(nonce)
        .execute(tx.conn())
        .await
        .db()?;
    sqlx::query("update relapse.dept_key set used_at = now() where id = $1").bind(key).execute(tx.conn()).await.db()?;
    Ok(done.rows_affected() == 1)
}

/// Keeps the secret of a key that was just issued.
pub(super) async fn keep_secret(tx: &mut ScopedTx, key: Uuid, cipher: &str) -> Result<()> {
    sqlx::query("update relapse.dept_key set secret_cipher = $2 where id = $1")
        .bind(key)
        .bind(cipher)
        .execute(tx.conn())
        .await
        .db()?;
    Ok(())
}
/// Lets the other keys of a sender end on a day, those that would have lasted longer.
pub(super) async fn end_others(tx: &mut ScopedTx, key: Uuid, sender: Uuid, last: NaiveDate) -> Result<Vec<Uuid>> {
    sqlx::query_scalar(
        "select id from relapse.dept_key where sender_id = $2 and id <> $1 and state = '02' and not deleted and valid_to > $3 for update",
    )
    .bind(key)
    .bind(sender)
    .bind(last)
    .fetch_all(tx.conn())
    .await
    .db()
}
/// The secret of an issued key that nobody took yet, where this person applied for it; it is marked as taken.
pub(super) async fn take_secret(tx: &mut ScopedTx, key: Uuid, by: Uuid) -> Result<Option<(String, String)>> {
    sqlx::query_as(
        "update relapse.dept_key set taken_at = now(), updated_at = now() where id = $1 and state = '02' and not deleted and taken_at is null \
            and secret_cipher is not null and created_by = $2 returning key_no, secret_cipher",
    )
    .bind(key)
    .bind(by)
    .fetch_optional(tx.conn())
    .await
    .db()
}
/// Whether another sender uses this folder or account.
pub(super) async fn taken_names(tx: &mut ScopedTx, id: Option<Uuid>, folder: &str, role: &str) -> Result<(bool, bool)> {
    sqlx::query_as(
        "select coalesce(bool_or(folder = $2), false), coalesce(bool_or(db_role = $3), false) from relapse.dept_sender \
          where not deleted and state <> '04' and ($1::uuid is null or id <> $1)",
    )
    .bind(id)
    .bind(folder)
    .bind(role)
    .fetch_one(tx.conn())
    .await
    .db()
}

/// A delivery as reception works on it.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    pub id: Uuid,
    pub delivery_no: String,
    pub sender: Option<Uuid>,
    pub channel: Option<Channel>,
    pub sender_no: String,
    pub item: Option<String>,
    pub period: Option<i32>,
    pub hash: String,
    pub by_line: bool,
    pub job: Option<Uuid>,
    pub file: Option<Uuid>,
    pub place: Option<String>,
    pub front: Option<Uuid>,
    pub standing: Standing,
    pub message: String,
    pub report: Option<Json>,
    pub received_at: DateTime<Utc>,
}

const DELIVERY: &str = "select d.id, d.delivery_no, d.sender_id, d.channel, d.sender_no, i.item_no, d.period, d.content_hash, d.by_line, d.job_id, d.file_id, \
   d.place, d.front_batch, d.state, d.message, d.report, d.received_at from relapse.dept_delivery d left join relapse.dept_dataset i on i.id = d.dataset_id \
   where not d.deleted";

fn delivery(r: &PgRow) -> Result<Delivery> {
    let (channel, state): (String, String) = (r.try_get("channel").db()?, r.try_get("state").db()?);
    Ok(Delivery {
        id: r.try_get("id").db()?,
        delivery_no: r.try_get("delivery_no").db()?,
        sender: r.try_get("sender_id").db()?,
        channel: Channel::of(&channel),
        sender_no: r.try_get("sender_no").db()?,
        item: r.try_get("item_no").db()?,
        period: r.try_get("period").db()?,
        hash: r.try_get::<Option<String>, _>("content_hash").db()?.unwrap_or_default(),
        by_line: r.try_get("by_line").db()?,
        job: r.try_get("job_id").db()?,
        file: r.try_get("file_id").db()?,
        place: r.try_get("place").db()?,
        front: r.try_get("front_batch").db()?,
        standing: Standing::of(&state),
        message: r.try_get::<Option<String>, _>("message").db()?.unwrap_or_default(),
        report: r.try_get("report").db()?,
        received_at: r.try_get("received_at").db()?,
    })
}

/// Holds the numbers of one sender and way until the transaction ends, so that a number is taken once.
pub(super) async fn hold(tx: &mut ScopedTx, sender: Option<Uuid>, channel: Channel) -> Result<()> {
    let key = format!("dept_delivery {} {}", sender.unwrap_or_default(), channel.code());
    sqlx::query("select pg_advisory_xact_lock(hashtextextended($1, 0))").bind(key).execute(tx.conn()).await.db()?;
    Ok(())
}
/// What a sender delivered under a number of its own.
pub(super) async fn known(
    tx: &mut ScopedTx,
    sender: Option<Uuid>,
    channel: Channel,
    sender_no: &str,
) -> Result<Option<Delivery>> {
    let sql = format!("{DELIVERY} and d.sender_id is not distinct from $1 and d.channel = $2 and d.sender_no = $3");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(sender)
        .bind(channel.code())
        .bind(sender_no)
        .fetch_optional(tx.conn())
        .await
        .db()?;
    row.as_ref().map(delivery).transpose()
}
/// Deliveries whose receipt is not written yet, oldest first; one of them only when its id is given.
pub(super) async fn unsettled(tx: &mut ScopedTx, only: Option<Uuid>) -> Result<Vec<Delivery>> {
    let sql = format!("{DELIVERY} and d.state = '01' and ($1::uuid is null or d.id = $1) order by d.received_at limit 500");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(only).fetch_all(tx.conn()).await.db()?;
    rows.iter().map(delivery).collect()
}
/// Gives the number of a refused delivery free, so that what was put right may come under it again.
pub(super) async fn free(tx: &mut ScopedTx, id: Uuid) -> Result<()> {
    sqlx::query(
        "update relapse.dept_delivery set sender_no = sender_no || '（' || delivery_no || '）' where id = $1 and state = '03'",
    )
    .bind(id)
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}
/// What reception keeps beside the described fields.
pub(super) struct Kept<'a> {
    pub hash: &'a str,
    pub by_line: bool,
    pub file: Option<Uuid>,
    pub place: Option<&'a str>,
    pub front: Option<Uuid>,
}
pub(super) async fn keep(tx: &mut ScopedTx, id: Uuid, k: &Kept<'_>) -> Result<()> {
    sqlx::query("update relapse.dept_delivery set content_hash = $2, by_line = $3, file_id = $4, place = $5, front_batch = $6 where id = $1")
        .bind(id)
        .bind(k.hash)
        .bind(k.by_line)
        .bind(k.file)
        .bind(k.place)
        .bind(k.front)
        .execute(tx.conn())
        .await
        .db()?;
    Ok(())
}
/// The job that works on a delivery.
pub(super) async fn set_job(tx: &mut ScopedTx, id: Uuid, job: Uuid) -> Result<bool> {
    let done = sqlx::query("update relapse.dept_delivery set job_id = $2 where id = $1 and job_id is null")
        .bind(id)
        .bind(job)
        .execute(tx.conn())
        .await
        .db()?;
    Ok(done.rows_affected() == 1)
}
/// How a delivery ended; none where somebody wrote it before, else where its file lies by now.
pub(super) async fn settle(tx: &mut ScopedTx, d: &Delivery, batch: Option<Uuid>) -> Result<Option<Option<String>>> {
    sqlx::query_scalar(
        "update relapse.dept_delivery set state = $2, message = $3, report = $4, batch_id = $5, updated_at = now(), row_version = row_version + 1 \
          where id = $1 and state = '01' returning place",
    )
    .bind(d.id)
    .bind(d.standing.code())
    .bind(d.message.chars().take(400).collect::<String>())
    .bind(&d.report)
    .bind(batch)
    .fetch_optional(tx.conn())
    .await
    .db()
}
/// Notes where the file lies; the delivery as it stands now.
pub(super) async fn set_place(tx: &mut ScopedTx, id: Uuid, place: &str) -> Result<Option<Delivery>> {
    sqlx::query("update relapse.dept_delivery set place = $2 where id = $1")
        .bind(id)
        .bind(place)
        .execute(tx.conn())
        .await
        .db()?;
    let row =
        sqlx::query(sqlx::AssertSqlSafe(format!("{DELIVERY} and d.id = $1"))).bind(id).fetch_optional(tx.conn()).await.db()?;
    row.as_ref().map(delivery).transpose()
}

/// A batch of the 前置库 that its sender has ended.
pub(super) struct FrontBatch {
    pub id: Uuid,
    pub role: String,
    pub item: String,
    pub batch_no: String,
    pub period: Option<i32>,
    pub lines: Option<i32>,
    pub counted: i64,
}
/// Ended batches nobody took, held for this transaction.
pub(super) async fn front_ended(tx: &mut ScopedTx) -> Result<Vec<FrontBatch>> {
    let rows = sqlx::query(
        "select b.id, b.sender::text as role, b.item, b.batch_no, b.period, b.lines, \
                (select count(*) from front.line l where l.batch_id = b.id) as counted \
           from front.batch b where b.ended_at is not null and b.taken_at is null order by b.ended_at limit 20 for update of b skip locked",
    )
    .fetch_all(tx.conn())
    .await
    .db()?;
    rows.iter()
        .map(|r| {
            Ok(FrontBatch {
                id: r.try_get("id").db()?,
                role: r.try_get("role").db()?,
                item: r.try_get("item").db()?,
                batch_no: r.try_get("batch_no").db()?,
                period: r.try_get("period").db()?,
                lines: r.try_get("lines").db()?,
                counted: r.try_get("counted").db()?,
            })
        })
        .collect()
}
/// Keys that lines of a batch use.
pub(super) async fn front_keys(tx: &mut ScopedTx, batch: Uuid) -> Result<Vec<String>> {
    sqlx::query_scalar("select distinct k from front.line l, jsonb_object_keys(l.vals) k where l.batch_id = $1 order by 1")
        .bind(batch)
        .fetch_all(tx.conn())
        .await
        .db()
}
/// Lines of a batch behind a number, in order, so many at most.
pub(super) async fn front_lines(tx: &mut ScopedTx, batch: Uuid, after: i32, most: i64) -> Result<Vec<(i32, Json)>> {
    sqlx::query_as("select line_no, vals from front.line where batch_id = $1 and line_no > $2 order by line_no limit $3")
        .bind(batch)
        .bind(after)
        .bind(most)
        .fetch_all(tx.conn())
        .await
        .db()
}
async fn front_taken(tx: &mut ScopedTx, batch: Uuid) -> Result<()> {
    sqlx::query("update front.batch set taken_at = coalesce(taken_at, now()) where id = $1")
        .bind(batch)
        .execute(tx.conn())
        .await
        .db()?;
    Ok(())
}
/// The receipt a department reads in its own table; lines that were accepted leave the table, the delivery is kept as a file.
pub(super) async fn front_receipt(
    tx: &mut ScopedTx,
    batch: Uuid,
    standing: Standing,
    message: &str,
    report: Option<&Json>,
) -> Result<()> {
    sqlx::query(
        "insert into front.receipt (batch_id, sender, batch_no, state, message, report) \
         select b.id, b.sender, b.batch_no, $2, $3, $4 from front.batch b where b.id = $1 \
         on conflict (batch_id) do update set state = excluded.state, message = excluded.message, report = excluded.report, at = now() \
          where excluded.state <> 'processing'",
    )
    .bind(batch)
    .bind(standing.word())
    .bind(message)
    .bind(report)
    .execute(tx.conn())
    .await
    .db()?;
    front_taken(tx, batch).await?;
    if standing == Standing::Accepted {
        sqlx::query("delete from front.line where batch_id = $1").bind(batch).execute(tx.conn()).await.db()?;
    }
    Ok(())
}
