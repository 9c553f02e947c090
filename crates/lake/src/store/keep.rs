//! What is kept and let go in the record of publications, and the sums of the records. Must not touch files.

use crate::shape::Shape;
use ::store::{Db, DbResult};
use base::{Actor, Result};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::{AssertSqlSafe, PgPool, Row};
use std::collections::BTreeMap;

/// Marks the last publication of each dataset before `end` as the end of a month, where that is not done yet.
pub async fn keep_month_end(pool: &PgPool, month: i32, end: DateTime<Utc>) -> Result<u64> {
    let sql = "update app.lake_publication p set month_end = $1 from \
       (select dataset, max(id) as id from app.lake_publication where at < $2 group by dataset) last \
       where p.id = last.id and p.month_end is null \
       and not exists (select from app.lake_publication k where k.dataset = last.dataset and k.month_end = $1)";
    Ok(sqlx::query(sql).bind(month).bind(end).execute(pool).await.db()?.rows_affected())
}

/// Lets publications go: older than two days all but the last of each day, older than `days` all; never a month-end, never
/// the last one.
pub async fn thin(pool: &PgPool, days: i32) -> Result<u64> {
    let sql = "delete from app.lake_publication p where p.month_end is null and p.at < now() - interval '2 days' \
       and exists (select from app.lake_publication n where n.dataset = p.dataset and n.id > p.id \
         and (p.at < now() - make_interval(days => $1) \
           or (n.at at time zone 'Asia/Shanghai')::date = (p.at at time zone 'Asia/Shanghai')::date))";
    Ok(sqlx::query(sql).bind(days).execute(pool).await.db()?.rows_affected())
}

/// Files that no publication names any more.
pub async fn unnamed_files(pool: &PgPool) -> Result<Vec<(i64, String)>> {
    let rows = sqlx::query(
        "select id, path from app.lake_file f where removed is not null and not exists \
         (select from app.lake_publication p where p.dataset = f.dataset and p.id >= f.added and p.id < f.removed)",
    );
    rows.fetch_all(pool).await.db()?.iter().map(|r| Ok((r.try_get(0).db()?, r.try_get(1).db()?))).collect()
}

pub async fn forget_file(pool: &PgPool, id: i64) -> Result<()> {
    sqlx::query("delete from app.lake_file where id = $1").bind(id).execute(pool).await.db().map(|_| ())
}

pub async fn all_paths(pool: &PgPool) -> Result<Vec<String>> {
    sqlx::query_scalar("select path from app.lake_file").fetch_all(pool).await.db()
}

/// Figures over the rows that count, by county.
pub async fn sums(db: &Db, shape: &Shape, asked: impl Iterator<Item = &str>) -> Result<BTreeMap<String, Vec<Decimal>>> {
    let list: Vec<String> = asked.map(|a| format!("({a})::numeric")).collect();
    // an array: a table may have more columns than a row of an answer
    let sql = format!(
        "select left(region_code, 6), array[{}] from {} where true{} group by left(region_code, 6)",
        list.join(", "),
        shape.table,
        shape.counts(),
    );
    let mut tx = db.begin(&Actor::system("数据湖")).await?;
    let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(tx.conn()).await.db()?;
    tx.rollback().await?;
    rows.iter().map(|r| Ok((r.try_get(0).db()?, r.try_get(1).db()?))).collect()
}
