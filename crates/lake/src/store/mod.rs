//! The record of what the lake holds, the marks of what changed, and the rows to copy. Must not know files' contents.

mod keep;
mod view;
pub use keep::*;
pub use view::{View, view};

use crate::items::Item;
use crate::shape::{Column, Shape};
use ::store::{Db, DbResult};
use base::{Actor, Error, Result};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::StreamExt;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, Row};
use std::collections::{BTreeMap, BTreeSet};

/// A part that is to be copied anew.
#[derive(Clone, Debug, PartialEq)]
pub struct Todo {
    pub id: i64,
    /// Id of what is copied.
    pub item: String,
    /// Six digits, or empty when everything changed.
    pub county: String,
    pub since: DateTime<Utc>,
}

/// One file of a copy.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    pub county: String,
    /// Below the root of the lake.
    pub path: String,
    pub bytes: u64,
    pub rows: u64,
}

/// One moment of one dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    pub publication: i64,
    pub dataset: String,
    pub at: DateTime<Utc>,
    pub shape_id: i64,
    pub digest: String,
    pub folder: String,
    pub columns: Vec<Column>,
    pub files: Vec<File>,
}

/// Which moment to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Now,
    /// The last publication that was there at this moment.
    At(DateTime<Utc>),
    /// A month-end that was kept, YYYYMM.
    MonthEnd(i32),
}

/// What a publication says.
pub struct News<'a> {
    pub dataset: &'a str,
    pub shape_id: i64,
    pub version: i64,
    /// The publication the copy stands on; none for the first.
    pub base: Option<i64>,
    /// Parts that were copied anew; `None`: all of them.
    pub counties: Option<&'a BTreeSet<String>>,
    pub files: &'a [File],
    /// (county, milliseconds, rows).
    pub parts: &'a [(String, i64, i64)],
    /// Lines that end with it.
    pub todo: &'a [i64],
}

/// Nobody else copies this dataset while this lives.
pub struct Lock(PgConnection);

impl Lock {
    /// None when another process has it.
    pub async fn take(pool: &PgPool, dataset: &str) -> Result<Option<Lock>> {
        let mut conn = pool.acquire().await.db()?.detach();
        let got: bool = sqlx::query_scalar("select pg_try_advisory_lock(hashtext('ganong.lake'), hashtext($1))")
            .bind(dataset)
            .fetch_one(&mut conn)
            .await
            .db()?;
        Ok(got.then_some(Lock(conn)))
    }
    pub async fn release(self) {
        // closing ends the lock; a connection that is lost has ended it already
        let _ = self.0.close().await;
    }
}

/// The shape of a dataset, noted when it is new: (id, folder).
pub async fn shape(pool: &PgPool, shape: &Shape) -> Result<(i64, String)> {
    let folder = format!("{}/{}", shape.dataset, shape.digest());
    sqlx::query("insert into app.lake_shape (dataset, digest, folder, columns) values ($1, $2, $3, $4) on conflict do nothing")
        .bind(&shape.dataset)
        .bind(shape.digest())
        .bind(&folder)
        .bind(Json(&shape.columns))
        .execute(pool)
        .await
        .db()?;
    let row = sqlx::query("select id, folder from app.lake_shape where dataset = $1 and digest = $2")
        .bind(&shape.dataset)
        .bind(shape.digest())
        .fetch_one(pool)
        .await
        .db()?;
    Ok((row.try_get(0).db()?, row.try_get(1).db()?))
}

/// The publication of a dataset at a moment, without its files: (id, moment).
pub async fn publication(pool: &PgPool, dataset: &str, when: When) -> Result<Option<(i64, DateTime<Utc>)>> {
    let (at, month) = match when {
        When::Now => (None, None),
        When::At(at) => (Some(at), None),
        When::MonthEnd(month) => (None, Some(month)),
    };
    let row = sqlx::query(
        "select id, at from app.lake_publication where dataset = $1 and ($2::timestamptz is null or at <= $2) \
         and ($3::integer is null or month_end = $3) order by id desc limit 1",
    )
    .bind(dataset)
    .bind(at)
    .bind(month)
    .fetch_optional(pool)
    .await
    .db()?;
    row.map(|r| Ok((r.try_get(0).db()?, r.try_get(1).db()?))).transpose()
}

/// The last publication of each dataset: (id, digest of its shape).
pub async fn latest(pool: &PgPool, datasets: &[String]) -> Result<BTreeMap<String, (i64, String)>> {
    let rows = sqlx::query(
        "select d, p.id, s.digest from unnest($1::text[]) d cross join lateral \
         (select id, shape_id from app.lake_publication where dataset = d order by id desc limit 1) p \
         join app.lake_shape s on s.id = p.shape_id",
    )
    .bind(datasets)
    .fetch_all(pool)
    .await
    .db()?;
    rows.iter().map(|r| Ok((r.try_get(0).db()?, (r.try_get(1).db()?, r.try_get(2).db()?)))).collect()
}

/// A publication with its columns and files.
pub async fn moment(pool: &PgPool, publication: i64) -> Result<Moment> {
    let row = sqlx::query(
        "select p.dataset, p.at, s.id, s.digest, s.folder, s.columns from app.lake_publication p \
         join app.lake_shape s on s.id = p.shape_id where p.id = $1",
    )
    .bind(publication)
    .fetch_one(pool)
    .await
    .db()?;
    let files = sqlx::query(
        "select county, path, bytes, rows from app.lake_file where dataset = $1 and added <= $2 \
         and (removed is null or removed > $2) order by county, path",
    )
    .bind(row.try_get::<String, _>(0).db()?)
    .bind(publication)
    .fetch_all(pool)
    .await
    .db()?;
    let Json(columns) = row.try_get::<Json<Vec<Column>>, _>(5).db()?;
    Ok(Moment {
        publication,
        dataset: row.try_get(0).db()?,
        at: row.try_get(1).db()?,
        shape_id: row.try_get(2).db()?,
        digest: row.try_get(3).db()?,
        folder: row.try_get(4).db()?,
        columns,
        files: files.iter().map(file).collect::<Result<_>>()?,
    })
}

fn file(r: &sqlx::postgres::PgRow) -> Result<File> {
    Ok(File {
        county: r.try_get(0).db()?,
        path: r.try_get(1).db()?,
        bytes: r.try_get::<i64, _>(2).db()? as u64,
        rows: r.try_get::<i64, _>(3).db()? as u64,
    })
}

/// Deals the marks of changes out to what is made of the changed tables, and drops those of tables that nothing is made of.
/// Whatever is copied after it has these changes in it.
pub async fn deal_out(pool: &PgPool, items: &[Item]) -> Result<()> {
    let pairs = items.iter().flat_map(|i| i.sources.iter().map(move |s| (i.id.clone(), s.clone())));
    let (ids, sources): (Vec<String>, Vec<String>) = pairs.unzip();
    sqlx::query(
        "with gone as (delete from app.change_mark returning source, county, at) \
         insert into app.lake_todo (dataset, county, since) select i.item, g.county, min(g.at) \
         from gone g join unnest($1::text[], $2::text[]) i(item, source) on i.source = g.source group by i.item, g.county",
    )
    .bind(ids)
    .bind(sources)
    .execute(pool)
    .await
    .db()
    .map(drop)
}

/// Everything that is to be copied anew.
pub async fn todo(pool: &PgPool, item: Option<&str>) -> Result<Vec<Todo>> {
    let rows =
        sqlx::query("select id, dataset, county, since from app.lake_todo where $1::text is null or dataset = $1 order by id");
    let one = |r: &sqlx::postgres::PgRow| -> Result<Todo> {
        Ok(Todo { id: r.try_get(0).db()?, item: r.try_get(1).db()?, county: r.try_get(2).db()?, since: r.try_get(3).db()? })
    };
    rows.bind(item).fetch_all(pool).await.db()?.iter().map(one).collect()
}

/// The oldest change inside a range of region codes that is not in the copy yet.
pub async fn since(conn: &mut PgConnection, item: &Item, lo: &str, hi: &str) -> Result<Option<DateTime<Utc>>> {
    sqlx::query_scalar("select app.lake_since($1, $2, $3, $4)")
        .bind(&item.id)
        .bind(&item.sources)
        .bind(lo)
        .bind(hi)
        .fetch_one(conn)
        .await
        .db()
}

/// When parts were copied and how long it took: (dataset, county) → (moment, milliseconds).
pub async fn parts(pool: &PgPool) -> Result<BTreeMap<(String, String), (DateTime<Utc>, i64)>> {
    let rows = sqlx::query("select dataset, county, copied_at, took_ms from app.lake_part").fetch_all(pool).await.db()?;
    rows.iter().map(|r| Ok(((r.try_get(0).db()?, r.try_get(1).db()?), (r.try_get(2).db()?, r.try_get(3).db()?)))).collect()
}

/// The database's own clock.
pub async fn now(pool: &PgPool) -> Result<DateTime<Utc>> {
    sqlx::query_scalar("select now()").fetch_one(pool).await.db()
}

/// Counties in which a table has rows.
pub async fn counties(db: &Db, table: &str) -> Result<BTreeSet<String>> {
    let mut tx = db.begin(&Actor::system("数据湖")).await?;
    // a jump from county to county over the index of regions, not a walk over all rows
    let sql = format!(
        "with recursive c(n) as (select left(min(region_code), 6) from {table} union all \
         select (select left(min(region_code), 6) from {table} where region_code >= lpad((c.n::integer + 1)::text, 6, '0') || '000000') \
         from c where c.n is not null) select n from c where n is not null"
    );
    let found: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(tx.conn()).await.db()?;
    tx.rollback().await?;
    Ok(found.into_iter().collect())
}

/// Streams the rows of one county to `take`, in the binary form of COPY.
pub async fn copy_out<F, Fut>(db: &Db, query: &str, mut take: F) -> Result<()>
where
    F: FnMut(Bytes) -> Fut,
    Fut: Future<Output = Result<()>>,
{
    let mut tx = db.begin(&Actor::system("数据湖")).await?;
    {
        let statement = format!("copy ({query}) to stdout (format binary)");
        let mut stream = tx.conn().copy_out_raw(&statement).await.db()?;
        while let Some(piece) = stream.next().await {
            take(piece.db()?).await?;
        }
    }
    tx.rollback().await
}

/// Makes a copy current: publication, files, parts and the end of the marks in one transaction. Refused when somebody else
/// published meanwhile: what was copied may be older than what is there.
pub async fn publish(pool: &PgPool, n: &News<'_>) -> Result<i64> {
    let mut tx = pool.begin().await.db()?;
    sqlx::query("select pg_advisory_xact_lock(hashtext('ganong.lake.publish'), hashtext($1))")
        .bind(n.dataset)
        .execute(&mut *tx)
        .await
        .db()?;
    let last: Option<i64> = sqlx::query_scalar("select max(id) from app.lake_publication where dataset = $1")
        .bind(n.dataset)
        .fetch_one(&mut *tx)
        .await
        .db()?;
    if last != n.base {
        return Err(Error::busy("lake.overtaken", "另一进程刚刚更新了这份数据，本次结果已放弃，将自动重试。"));
    }
    let id: i64 = sqlx::query_scalar(
        "insert into app.lake_publication (dataset, shape_id, version, at) values ($1, $2, $3, clock_timestamp()) returning id",
    )
    .bind(n.dataset)
    .bind(n.shape_id)
    .bind(n.version)
    .fetch_one(&mut *tx)
    .await
    .db()?;
    let replaced: Option<Vec<String>> = n.counties.map(|c| c.iter().cloned().collect());
    sqlx::query(
        "update app.lake_file set removed = $2 where dataset = $1 and removed is null and ($3::text[] is null or county = any($3))",
    )
    .bind(n.dataset)
    .bind(id)
    .bind(&replaced)
    .execute(&mut *tx)
    .await
    .db()?;
    let column = |f: fn(&File) -> String| n.files.iter().map(f).collect::<Vec<String>>();
    let number = |f: fn(&File) -> u64| n.files.iter().map(|x| f(x) as i64).collect::<Vec<i64>>();
    sqlx::query(
        "insert into app.lake_file (dataset, shape_id, county, path, bytes, rows, added) \
         select $1, $2, c, p, b, r, $3 from unnest($4::text[], $5::text[], $6::bigint[], $7::bigint[]) f(c, p, b, r)",
    )
    .bind(n.dataset)
    .bind(n.shape_id)
    .bind(id)
    .bind(column(|f| f.county.clone()))
    .bind(column(|f| f.path.clone()))
    .bind(number(|f| f.bytes))
    .bind(number(|f| f.rows))
    .execute(&mut *tx)
    .await
    .db()?;
    sqlx::query(
        "insert into app.lake_part (dataset, county, copied_at, took_ms, rows) \
         select $1, c, now(), t, r from unnest($2::text[], $3::bigint[], $4::bigint[]) p(c, t, r) \
         on conflict (dataset, county) do update set copied_at = excluded.copied_at, took_ms = excluded.took_ms, rows = excluded.rows",
    )
    .bind(n.dataset)
    .bind(n.parts.iter().map(|p| p.0.clone()).collect::<Vec<_>>())
    .bind(n.parts.iter().map(|p| p.1).collect::<Vec<_>>())
    .bind(n.parts.iter().map(|p| p.2).collect::<Vec<_>>())
    .execute(&mut *tx)
    .await
    .db()?;
    sqlx::query("delete from app.lake_todo where id = any($1)").bind(n.todo).execute(&mut *tx).await.db()?;
    tx.commit().await.db()?;
    Ok(id)
}
