//! Batches, their files, figures and problems. Must not know shadow tables.

use crate::read::Problem;
use crate::rules::Tally;
use crate::{Batch, BatchFile, CountLine, FieldCount, ProblemLine};
use ::store::{Db, DbResult, ScopedTx};
use base::{Actor, Error, Result, Scope};
use chrono::NaiveDate;
use serde_json::Value as Json;
use sqlx::{PgConnection, Row as _, postgres::PgRow};
use uuid::Uuid;

const COLUMNS: &str = "no, package, state, channel, asof, created_at, created_by, created_by_name, job_id, rows_in, rows_bad, message, \
    staged, decided_at, decided_by, decided_by_name, opinion, applied_at, rolled_back_at, rolled_back_by_name";

fn batch(r: &PgRow) -> Batch {
    Batch {
        no: r.get("no"),
        package: r.get("package"),
        state: r.get("state"),
        channel: r.get("channel"),
        asof: r.get("asof"),
        created_at: r.get("created_at"),
        created_by: r.get("created_by"),
        created_by_name: r.get("created_by_name"),
        job_id: r.get("job_id"),
        rows: r.get("rows_in"),
        bad: r.get("rows_bad"),
        message: r.get("message"),
        staged: r.get("staged"),
        decided_at: r.get("decided_at"),
        decided_by: r.get("decided_by"),
        decided_by_name: r.get("decided_by_name"),
        opinion: r.get("opinion"),
        applied_at: r.get("applied_at"),
        rolled_back_at: r.get("rolled_back_at"),
        rolled_back_by_name: r.get("rolled_back_by_name"),
        added: 0,
        changed: 0,
        gone: 0,
        held: 0,
    }
}

/// Makes a batch with the next number of its week; the files are listed with it.
pub(crate) async fn create(
    conn: &mut PgConnection,
    actor: &Actor,
    package: &str,
    prefix: &str,
    channel: &str,
    files: &[(Uuid, String, i64, Vec<u8>)],
) -> Result<String> {
    // two uploads at once wait for each other here
    sqlx::query("select pg_advisory_xact_lock(hashtext('sync_batch'))").execute(&mut *conn).await.db()?;
    let open: Option<String> = sqlx::query_scalar(
        "select no from app.sync_batch where package = $1 and state in ('approved', 'applying', 'rolling_back') limit 1",
    )
    .bind(package)
    .fetch_optional(&mut *conn)
    .await
    .db()?;
    if let Some(no) = open {
        return Err(Error::conflict("exchange.busy", format!("批次 {no} 正在入库或回退，请等它完成后再上传。")));
    }
    let last: i64 = sqlx::query_scalar(
        "select coalesce(max(substr(no, length($1) + 1)::integer), 0)::bigint from app.sync_batch where starts_with(no, $1)",
    )
    .bind(prefix)
    .fetch_one(&mut *conn)
    .await
    .db()?;
    let no = format!("{prefix}{:02}", last + 1);
    sqlx::query("insert into app.sync_batch (no, package, channel, created_by, created_by_name) values ($1, $2, $3, $4, $5)")
        .bind(&no)
        .bind(package)
        .bind(channel)
        .bind(actor.user_id)
        .bind(&actor.name)
        .execute(&mut *conn)
        .await
        .db()?;
    for (i, (id, name, size, sm3)) in files.iter().enumerate() {
        sqlx::query("insert into app.sync_file (batch_no, position, file_id, name, size, sm3) values ($1, $2, $3, $4, $5, $6)")
            .bind(&no)
            .bind(i as i32 + 1)
            .bind(id)
            .bind(name)
            .bind(size)
            .bind(hex::encode(sm3))
            .execute(&mut *conn)
            .await
            .db()?;
    }
    Ok(no)
}

pub(crate) async fn set_job(conn: &mut PgConnection, no: &str, job: Uuid) -> Result<()> {
    sqlx::query("update app.sync_batch set job_id = $2 where no = $1").bind(no).bind(job).execute(conn).await.map(drop).db()
}

/// A batch; none without it.
pub(crate) async fn get(conn: &mut PgConnection, no: &str) -> Result<Option<Batch>> {
    let sql = format!("select {COLUMNS} from app.sync_batch where no = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(no).fetch_optional(conn).await.db()?;
    Ok(row.as_ref().map(batch))
}

/// Newest first, figures of what the actor sees.
pub(crate) async fn list(tx: &mut ScopedTx, package: &str, before: Option<&str>, limit: i64) -> Result<Vec<Batch>> {
    let scope = tx.scope().clone();
    let sql = format!(
        "select {COLUMNS}, f.* from app.sync_batch b left join lateral (select coalesce(sum(added), 0)::bigint as added, \
           coalesce(sum(changed), 0)::bigint as changed, coalesce(sum(gone), 0)::bigint as gone, \
           count(distinct c.region_code) filter (where c.hold_reason is not null) as held from app.sync_count c \
           where c.batch_no = b.no and c.region_code >= $3 and c.region_code < $4) f on true \
         where b.package = $1 and ($2::text is null or b.no < $2) order by b.created_at desc, b.no desc limit $5"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(package)
        .bind(before)
        .bind(scope.lo)
        .bind(scope.hi)
        .bind(limit)
        .fetch_all(tx.conn())
        .await
        .db()?;
    Ok(rows
        .iter()
        .map(|r| Batch { added: r.get("added"), changed: r.get("changed"), gone: r.get("gone"), held: r.get("held"), ..batch(r) })
        .collect())
}

/// Moves a batch from one of some states to another; false when it was in none of them.
pub(crate) async fn step(conn: &mut PgConnection, no: &str, from: &[&str], to: &str, message: &str) -> Result<bool> {
    let from: Vec<String> = from.iter().map(|s| (*s).to_owned()).collect();
    sqlx::query("update app.sync_batch set state = $3, message = $4 where no = $1 and state = any($2)")
        .bind(no)
        .bind(from)
        .bind(to)
        .bind(message)
        .execute(conn)
        .await
        .db()
        .map(|d| d.rows_affected() == 1)
}

/// A person's decision, with its words.
pub(crate) async fn decide(conn: &mut PgConnection, no: &str, to: &str, actor: &Actor, opinion: &str) -> Result<bool> {
    sqlx::query(
        "update app.sync_batch set state = $2, decided_at = now(), decided_by = $3, decided_by_name = $4, opinion = $5 \
         where no = $1 and state in ('waiting', 'held')",
    )
    .bind(no)
    .bind(to)
    .bind(actor.user_id)
    .bind(&actor.name)
    .bind(opinion)
    .execute(conn)
    .await
    .db()
    .map(|d| d.rows_affected() == 1)
}

/// Whether an earlier batch than this one may still change what this one was compared with, or a later one was applied.
pub(crate) async fn newer_applied(conn: &mut PgConnection, no: &str) -> Result<Option<String>> {
    sqlx::query_scalar(
        "select o.no from app.sync_batch o join app.sync_batch b on b.no = $1 and o.package = b.package \
         where o.no <> b.no and o.applied_at is not null and o.applied_at > b.created_at and o.state <> 'rolled_back' order by o.applied_at desc limit 1",
    )
    .bind(no)
    .fetch_optional(conn)
    .await
    .db()
}

pub(crate) async fn files(conn: &mut PgConnection, no: &str) -> Result<Vec<BatchFile>> {
    let rows = sqlx::query("select position, file_id, name, kind, size, rows_in, rows_bad, unknown from app.sync_file where batch_no = $1 order by position")
        .bind(no)
        .fetch_all(conn)
        .await
        .db()?;
    Ok(rows
        .iter()
        .map(|r| BatchFile {
            position: r.get("position"),
            file_id: r.get("file_id"),
            name: r.get("name"),
            kind: r.get("kind"),
            size: r.get("size"),
            rows: r.get("rows_in"),
            problems: r.get("rows_bad"),
            unknown: r.get("unknown"),
        })
        .collect())
}

/// The files as they were found inside archives, with what was read of each; the uploads keep their numbers.
pub(crate) async fn found(tx: &mut ScopedTx, no: &str, lines: &[BatchFile]) -> Result<()> {
    sqlx::query("delete from app.sync_file where batch_no = $1").bind(no).execute(tx.conn()).await.db()?;
    for f in lines {
        sqlx::query(
            "insert into app.sync_file (batch_no, position, file_id, name, kind, size, rows_in, rows_bad, unknown) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(no)
        .bind(f.position)
        .bind(f.file_id)
        .bind(&f.name)
        .bind(&f.kind)
        .bind(f.size)
        .bind(f.rows)
        .bind(f.problems)
        .bind(&f.unknown)
        .execute(tx.conn())
        .await
        .db()?;
    }
    Ok(())
}

/// Forgets what an earlier reading of the batch left.
pub(crate) async fn clear(tx: &mut ScopedTx, no: &str) -> Result<()> {
    for table in ["app.sync_count", "app.sync_difference", "app.sync_problem"] {
        sqlx::query(sqlx::AssertSqlSafe(format!("delete from {table} where batch_no = $1")))
            .bind(no)
            .execute(tx.conn())
            .await
            .db()?;
    }
    Ok(())
}

pub(crate) async fn problems(tx: &mut ScopedTx, no: &str, home: &str, list: &[(i32, Problem)]) -> Result<()> {
    let text = |f: &dyn Fn(&Problem) -> String| list.iter().map(|(_, p)| f(p)).collect::<Vec<_>>();
    sqlx::query(
        "insert into app.sync_problem (batch_no, dataset, region_code, position, row_number, col, label, code, message) \
         select $1, * from unnest($2::text[], $3::text[], $4::integer[], $5::integer[], $6::text[], $7::text[], $8::text[], $9::text[])",
    )
    .bind(no)
    .bind(text(&|p| p.dataset.clone()))
    .bind(text(&|p| p.region.clone().unwrap_or_else(|| home.to_owned())))
    .bind(list.iter().map(|(n, _)| *n).collect::<Vec<_>>())
    .bind(list.iter().map(|(_, p)| p.row as i32).collect::<Vec<_>>())
    .bind(text(&|p| p.column.clone()))
    .bind(text(&|p| p.label.clone()))
    .bind(text(&|p| p.code.clone()))
    .bind(text(&|p| p.message.clone()))
    .execute(tx.conn())
    .await
    .map(drop)
    .db()
}

pub(crate) async fn count(
    tx: &mut ScopedTx,
    no: &str,
    dataset: &str,
    county: &str,
    t: &Tally,
    weighed: bool,
    why: Option<&str>,
) -> Result<()> {
    sqlx::query(
        "insert into app.sync_count (batch_no, dataset, region_code, rows_in, present, added, changed, gone, weighed, hold_reason, conflicts) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, (select count(*) from app.sync_problem p where p.batch_no = $1 and p.dataset = $2 \
           and left(p.region_code, 6) = left($3, 6)))",
    )
    .bind(no)
    .bind(dataset)
    .bind(county)
    .bind(t.rows)
    .bind(t.present)
    .bind(t.added)
    .bind(t.changed)
    .bind(t.gone)
    .bind(weighed)
    .bind(why)
    .execute(tx.conn())
    .await
    .map(drop)
    .db()
}

pub(crate) async fn count_problems(tx: &mut ScopedTx, no: &str) -> Result<i64> {
    sqlx::query_scalar("select count(*) from app.sync_problem where batch_no = $1").bind(no).fetch_one(tx.conn()).await.db()
}

/// What a reading leaves in its batch.
pub(crate) struct Ended<'a> {
    pub state: &'a str,
    pub asof: Option<NaiveDate>,
    pub rows: i64,
    pub bad: i64,
    pub staged: Json,
    pub message: String,
}

/// Ends the reading; false when the batch is not being read.
pub(crate) async fn read(tx: &mut ScopedTx, no: &str, e: &Ended<'_>) -> Result<bool> {
    sqlx::query(
        "update app.sync_batch set state = $2, asof = $3, rows_in = $4, rows_bad = $5, staged = $6, message = $7 where no = $1 and state = 'reading'",
    )
    .bind(no)
    .bind(e.state)
    .bind(e.asof)
    .bind(e.rows)
    .bind(e.bad)
    .bind(&e.staged)
    .bind(&e.message)
    .execute(tx.conn())
    .await
    .db()
    .map(|d| d.rows_affected() == 1)
}

/// Counties of a batch that are not applied yet (or, `applied`, that are and were not taken back), by 12 digits.
pub(crate) async fn counties(tx: &mut ScopedTx, no: &str, applied: bool) -> Result<Vec<String>> {
    let cond = if applied {
        "applied_at is not null and rolled_back_at is null"
    } else {
        "applied_at is null and added + changed + gone > 0"
    };
    sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "select distinct region_code from app.sync_count where batch_no = $1 and {cond} order by 1"
    )))
    .bind(no)
    .fetch_all(tx.conn())
    .await
    .db()
}

/// Marks a county; false when another process had done it.
pub(crate) async fn mark_county(tx: &mut ScopedTx, no: &str, county: &str, column: &str) -> Result<bool> {
    let column = if column == "applied_at" { "applied_at" } else { "rolled_back_at" };
    sqlx::query(sqlx::AssertSqlSafe(format!(
        "update app.sync_count set {column} = now() where batch_no = $1 and region_code = $2 and {column} is null"
    )))
    .bind(no)
    .bind(county)
    .execute(tx.conn())
    .await
    .db()
    .map(|d| d.rows_affected() > 0)
}

pub(crate) async fn keep(tx: &mut ScopedTx, no: &str, dataset: &str, county: &str, kept: i64) -> Result<()> {
    sqlx::query("update app.sync_count set kept = $4 where batch_no = $1 and dataset = $2 and region_code = $3")
        .bind(no)
        .bind(dataset)
        .bind(county)
        .bind(kept)
        .execute(tx.conn())
        .await
        .map(drop)
        .db()
}

pub(crate) async fn finish(tx: &mut ScopedTx, no: &str, to: &str) -> Result<()> {
    let set = if to == "applied" { "applied_at = now()" } else { "rolled_back_at = now(), rolled_back_by_name = $3" };
    let name = tx.actor().name.clone();
    sqlx::query(sqlx::AssertSqlSafe(format!(
        "update app.sync_batch set state = $2, message = '', {set} where no = $1 and ($3::text is not null)"
    )))
    .bind(no)
    .bind(to)
    .bind(name)
    .execute(tx.conn())
    .await
    .map(drop)
    .db()
}

pub(crate) async fn counts(tx: &mut ScopedTx, no: &str) -> Result<Vec<CountLine>> {
    let scope = tx.scope().clone();
    let rows = sqlx::query(
        "select dataset, region_code, rows_in, present, added, changed, gone, conflicts, weighed, hold_reason, applied_at, rolled_back_at, kept \
         from app.sync_count where batch_no = $1 and region_code >= $2 and region_code < $3 order by region_code, dataset",
    )
    .bind(no)
    .bind(scope.lo)
    .bind(scope.hi)
    .fetch_all(tx.conn())
    .await
    .db()?;
    Ok(rows
        .iter()
        .map(|r| CountLine {
            dataset: r.get("dataset"),
            region_code: r.get("region_code"),
            rows: r.get("rows_in"),
            present: r.get("present"),
            added: r.get("added"),
            changed: r.get("changed"),
            gone: r.get("gone"),
            problems: r.get("conflicts"),
            weighed: r.get("weighed"),
            hold_reason: r.get("hold_reason"),
            applied_at: r.get("applied_at"),
            rolled_back_at: r.get("rolled_back_at"),
            kept: r.get("kept"),
        })
        .collect())
}

pub(crate) async fn fields(tx: &mut ScopedTx, no: &str, within: &Scope) -> Result<Vec<FieldCount>> {
    let rows = sqlx::query(
        "select d.dataset, x.field, count(*) as n from app.sync_difference d cross join unnest(d.fields) as x(field) \
         where d.batch_no = $1 and d.region_code >= $2 and d.region_code < $3 group by 1, 2 order by 3 desc, 1, 2",
    )
    .bind(no)
    .bind(&within.lo)
    .bind(&within.hi)
    .fetch_all(tx.conn())
    .await
    .db()?;
    Ok(rows.iter().map(|r| FieldCount { dataset: r.get("dataset"), field: r.get("field"), count: r.get("n") }).collect())
}

pub(crate) async fn problem_lines(tx: &mut ScopedTx, no: &str, after: i64, limit: i64) -> Result<Vec<ProblemLine>> {
    let scope = tx.scope().clone();
    let rows = sqlx::query(
        "select p.id, p.dataset, p.region_code, p.row_number, p.col, p.label, p.code, p.message, f.name as file \
         from app.sync_problem p join app.sync_file f on f.batch_no = p.batch_no and f.position = p.position \
         where p.batch_no = $1 and p.id > $2 and p.region_code >= $3 and p.region_code < $4 order by p.id limit $5",
    )
    .bind(no)
    .bind(after)
    .bind(scope.lo)
    .bind(scope.hi)
    .bind(limit)
    .fetch_all(tx.conn())
    .await
    .db()?;
    Ok(rows
        .iter()
        .map(|r| ProblemLine {
            id: r.get("id"),
            file: r.get("file"),
            dataset: r.get("dataset"),
            region_code: r.get("region_code"),
            row: r.get("row_number"),
            column: r.get("col"),
            label: r.get("label"),
            code: r.get("code"),
            message: r.get("message"),
        })
        .collect())
}

/// Notes a failed job outside its transaction.
pub(crate) async fn fail(db: &Db, no: &str, from: &[&str], to: &str, sentence: &str) -> Result<()> {
    let mut tx = db.owner_tx().await?;
    step(&mut tx, no, from, to, sentence).await?;
    tx.commit().await.db()
}
