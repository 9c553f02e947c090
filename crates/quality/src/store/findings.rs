//! Findings, runs and counts: reading what is known, writing what a look settled.

use crate::rules::{self, Known};
use ::store::{DbResult, ScopedTx};
use base::{RegionCode, Result, Scope};
use chrono::NaiveDate;
use meta::Grade;
use serde_json::{Value as Json, json};
use sqlx::{AssertSqlSafe, Row as _};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A finding to be written.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub rule_id: String,
    pub rule_version: i32,
    pub title: String,
    pub severity: Grade,
    pub view: String,
    pub subject_id: Uuid,
    pub file_id: Option<Uuid>,
    /// The same, where the description of findings refers to such records.
    pub record_id: Option<Uuid>,
    pub person_ref: Option<Uuid>,
    pub region: String,
    pub name: String,
    pub at: String,
    pub message: String,
    pub values: String,
}

/// What a look decided.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub run: Option<Uuid>,
    pub create: Vec<Finding>,
    pub touch: Vec<Uuid>,
    pub reopen: Vec<(Uuid, Finding)>,
    pub close: Vec<Uuid>,
}

/// How many findings went which way.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settled {
    pub created: u64,
    pub reopened: u64,
    pub closed: u64,
    pub dispatched: u64,
}

impl Settled {
    pub(crate) fn add(&mut self, other: &Settled) {
        self.created += other.created;
        self.reopened += other.reopened;
        self.closed += other.closed;
        self.dispatched += other.dispatched;
    }
}

/// Findings of a view in a range (or on one file), by rule and subject.
pub(crate) async fn known(
    tx: &mut ScopedTx,
    view: &str,
    range: &Scope,
    file: Option<Uuid>,
) -> Result<BTreeMap<(String, Uuid), (Uuid, Known)>> {
    let rows = sqlx::query(
        "select id, rule_id, subject_id, state, exempt_until, coalesce(found_values, '') as found_values from quality.finding \
          where view_id = $1 and region_code >= $2 and region_code < $3 and ($4::uuid is null or file_id = $4) and not deleted",
    )
    .bind(view)
    .bind(&range.lo)
    .bind(&range.hi)
    .bind(file)
    .fetch_all(tx.conn())
    .await
    .db()?;
    rows.iter()
        .map(|r| {
            let k = Known {
                state: r.try_get("state").db()?,
                exempt_until: r.try_get("exempt_until").db()?,
                values: r.try_get("found_values").db()?,
            };
            Ok(((r.try_get("rule_id").db()?, r.try_get("subject_id").db()?), (r.try_get("id").db()?, k)))
        })
        .collect()
}

/// Writes a plan: new findings, those seen again, those that returned, those verified.
pub(crate) async fn settle(tx: &mut ScopedTx, plan: &Plan) -> Result<Settled> {
    for chunk in plan.create.chunks(2000) {
        let rows: Vec<Json> = chunk
            .iter()
            .map(|f| {
                json!({
                    "id": Uuid::now_v7(), "region_code": f.region, "rule_id": f.rule_id, "rule_version": f.rule_version,
                    "title": f.title, "severity": f.severity.code(), "view_id": f.view, "subject_id": f.subject_id,
                    "file_id": f.file_id, "record_id": f.record_id, "person_ref": f.person_ref, "subject_name": f.name, "at_field": f.at, "message": clip(&f.message),
                    "found_values": clip(&f.values),
                })
            })
            .collect();
        sqlx::query(
            "insert into quality.finding (id, region_code, source, rule_id, rule_version, title, severity, view_id, subject_id, \
               file_id, record_id, person_ref, subject_name, at_field, message, found_values, found_at, last_seen, last_run, state, times) \
             select id, region_code, '05', rule_id, rule_version, title, severity, view_id, subject_id, file_id, record_id, person_ref, subject_name, \
               at_field, message, found_values, now(), now(), $2, '01', 1 \
             from jsonb_to_recordset($1) as r(id uuid, region_code text, rule_id text, rule_version integer, title text, \
               severity text, view_id text, subject_id uuid, file_id uuid, record_id uuid, person_ref uuid, subject_name text, at_field text, message text, \
               found_values text)",
        )
        .bind(Json::Array(rows))
        .bind(plan.run)
        .execute(tx.conn())
        .await
        .db()?;
    }
    if !plan.touch.is_empty() {
        // seen by a run counts as a week; seen by a save does not
        sqlx::query(
            "update quality.finding set last_seen = now(), times = times + case when $2::uuid is null then 0 else 1 end, \
               last_run = coalesce($2, last_run) where id = any($1)",
        )
        .bind(&plan.touch)
        .bind(plan.run)
        .execute(tx.conn())
        .await
        .db()?;
    }
    for (id, f) in &plan.reopen {
        sqlx::query(
            "update quality.finding set state = '02', last_seen = now(), last_run = coalesce($2, last_run), times = times + 1, \
               reopened = reopened + 1, message = $3, found_values = $4, rule_version = $5, severity = $6, closed_at = null, \
               exempt_until = null, row_version = row_version + 1, updated_at = now() where id = $1",
        )
        .bind(id)
        .bind(plan.run)
        .bind(clip(&f.message))
        .bind(clip(&f.values))
        .bind(f.rule_version)
        .bind(f.severity.code())
        .execute(tx.conn())
        .await
        .db()?;
    }
    if !plan.close.is_empty() {
        sqlx::query(
            "update quality.finding set state = '05', closed_at = now(), due_at = null, row_version = row_version + 1, \
               updated_at = now() where id = any($1)",
        )
        .bind(&plan.close)
        .execute(tx.conn())
        .await
        .db()?;
    }
    Ok(Settled {
        created: plan.create.len() as u64,
        reopened: plan.reopen.len() as u64,
        closed: plan.close.len() as u64,
        dispatched: 0,
    })
}

fn clip(text: &str) -> String {
    text.chars().take(2000).collect()
}

/// Sends what is new to those who correct it, each with its day: that of its rule where it has its own (`own`: rules, their days), else
/// errors sooner than the rest.
pub(crate) async fn dispatch(
    tx: &mut ScopedTx,
    county: &RegionCode,
    today: NaiveDate,
    days: (i32, i32),
    own: &(Vec<String>, Vec<i32>),
) -> Result<u64> {
    let scope = county.scope();
    let done = sqlx::query(
        "update quality.finding set state = $1, dispatched_at = now(), row_version = row_version + 1, updated_at = now(), \
           due_at = ($2::date + coalesce((select o.days from unnest($8::text[], $9::integer[]) o (rule, days) where o.rule = rule_id), \
             case when severity = 'E' then $6 else $7 end) + 1)::timestamp at time zone 'Asia/Shanghai' \
          where state = $3 and region_code >= $4 and region_code < $5 and not deleted",
    )
    .bind(rules::DISPATCHED)
    .bind(today)
    .bind(rules::NEW)
    .bind(scope.lo)
    .bind(scope.hi)
    .bind(days.0)
    .bind(days.1)
    .bind(&own.0)
    .bind(&own.1)
    .execute(tx.conn())
    .await
    .db()?;
    Ok(done.rows_affected())
}

/// Counties that have rows in any of these tables.
pub(crate) async fn counties(tx: &mut ScopedTx, tables: &BTreeSet<String>, scope: &Scope) -> Result<Vec<RegionCode>> {
    let mut found = BTreeSet::new();
    for t in tables {
        let sql =
            format!("select distinct left(region_code, 6) from {t} where region_code >= $1 and region_code < $2 and not deleted");
        let rows: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(sql)).bind(&scope.lo).bind(&scope.hi).fetch_all(tx.conn()).await.db()?;
        found.extend(rows);
    }
    found.iter().map(|six| RegionCode::parse(&format!("{six:0<12}"))).collect()
}

pub(crate) async fn open_run(tx: &mut ScopedTx, region: &RegionCode, job: Uuid) -> Result<Uuid> {
    let id = Uuid::now_v7();
    sqlx::query(
        "insert into quality.run (id, region_code, source, run_no, started, state, job_id) \
         values ($1, $2, '05', to_char(now() at time zone 'Asia/Shanghai', 'YYYYMMDDHH24MISS') || '-' || right($1::text, 8), now(), '01', $3)",
    )
    .bind(id)
    .bind(region.as_str())
    .bind(job)
    .execute(tx.conn())
    .await
    .db()?;
    Ok(id)
}

/// `counts`: rows, hits, errors, suspects, hints.
pub(crate) async fn close_run(tx: &mut ScopedTx, id: Uuid, counts: [u64; 5], s: &Settled, note: &str) -> Result<()> {
    let n = |x: u64| i64::try_from(x).unwrap_or(i64::MAX).min(i64::from(i32::MAX)) as i32;
    sqlx::query(
        "update quality.run set ended = now(), state = '02', checked = $2, found = $3, error_count = $4, suspect_count = $5, \
           hint_count = $6, found_new = $7, reopened = $8, closed = $9, note = nullif($10, '') where id = $1",
    )
    .bind(id)
    .bind(n(counts[0]))
    .bind(n(counts[1]))
    .bind(n(counts[2]))
    .bind(n(counts[3]))
    .bind(n(counts[4]))
    .bind(n(s.created))
    .bind(n(s.reopened))
    .bind(n(s.closed))
    .bind(clip(note))
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}

/// How often one rule caught in one county in one run.
#[expect(clippy::too_many_arguments, reason = "one line of the table")]
pub(crate) async fn count(
    tx: &mut ScopedTx,
    run: Uuid,
    county: &RegionCode,
    rule: &str,
    grade: Grade,
    rows: u64,
    hits: u64,
    capped: bool,
) -> Result<()> {
    sqlx::query(
        "insert into quality.run_count (run_id, region_code, rule_id, severity, rows, hits, capped, started) \
           values ($1, $2, $3, $4, $5, $6, $7, now()) \
         on conflict (run_id, region_code, rule_id) do update set rows = excluded.rows, hits = excluded.hits, capped = excluded.capped",
    )
    .bind(run)
    .bind(county.as_str())
    .bind(rule)
    .bind(grade.code())
    .bind(i64::try_from(rows).unwrap_or(i64::MAX))
    .bind(i64::try_from(hits).unwrap_or(i64::MAX))
    .bind(capped)
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}

/// Writes who corrected a finding.
pub(crate) async fn corrected(tx: &mut ScopedTx, id: Uuid) -> Result<()> {
    let by = tx.actor().user_id;
    sqlx::query("update quality.finding set fixed_by = $2, fixed_at = now() where id = $1")
        .bind(id)
        .bind(by)
        .execute(tx.conn())
        .await
        .db()?;
    Ok(())
}

/// Gives a finding that was sent out the days of its rule.
pub(crate) async fn due_in(tx: &mut ScopedTx, id: Uuid, today: NaiveDate, days: i32) -> Result<()> {
    sqlx::query("update quality.finding set due_at = ($2::date + $3 + 1)::timestamp at time zone 'Asia/Shanghai' where id = $1")
        .bind(id)
        .bind(today)
        .bind(days)
        .execute(tx.conn())
        .await
        .db()?;
    Ok(())
}

/// Notes files to be looked at, in the order of their ids so that two writers do not wait for each other.
pub(crate) async fn note(tx: &mut ScopedTx, files: &BTreeMap<Uuid, String>) -> Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    let (ids, regions): (Vec<Uuid>, Vec<String>) = files.iter().map(|(id, r)| (*id, r.clone())).unzip();
    sqlx::query(
        "insert into quality.pending (file_id, region_code) select * from unnest($1::uuid[], $2::text[]) on conflict do nothing",
    )
    .bind(ids)
    .bind(regions)
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}

/// The oldest noted file, held until the transaction ends.
pub(crate) async fn take_noted(tx: &mut ScopedTx) -> Result<Option<(Uuid, String)>> {
    let row = sqlx::query(
        "delete from quality.pending where file_id = (select file_id from quality.pending order by at limit 1 for update skip locked) \
         returning file_id, region_code",
    )
    .fetch_optional(tx.conn())
    .await
    .db()?;
    row.map(|r| Ok((r.try_get("file_id").db()?, r.try_get("region_code").db()?))).transpose()
}

/// Findings by the next level down, severity and state; `digits` of the region code group them.
pub(crate) async fn overview(tx: &mut ScopedTx, range: &Scope, digits: i32) -> Result<Vec<Json>> {
    let rows: Vec<Json> = sqlx::query_scalar(
        "select to_jsonb(x) from (select rpad(left(region_code, $3), 12, '0') as region_code, rule_id, severity, \
           count(*) filter (where state in ('01', '02', '03', '04', '08')) as open, \
           count(*) filter (where state = '05') as closed, count(*) filter (where state in ('06', '07')) as exempt, \
           count(*) filter (where state in ('02', '03') and due_at < now()) as overdue, \
           count(distinct file_id) filter (where state in ('01', '02', '03', '04', '08')) as files \
         from quality.finding where region_code >= $1 and region_code < $2 and not deleted \
         group by 1, 2, 3 order by 1, 2) x",
    )
    .bind(&range.lo)
    .bind(&range.hi)
    .bind(digits)
    .fetch_all(tx.conn())
    .await
    .db()?;
    Ok(rows)
}

/// Hits of the last runs in a range, by run and severity.
pub(crate) async fn trend(tx: &mut ScopedTx, range: &Scope) -> Result<Vec<Json>> {
    let rows: Vec<Json> = sqlx::query_scalar(
        "select to_jsonb(x) from (select run_id, min(started) as started, severity, sum(hits)::bigint as hits \
           from quality.run_count where region_code >= $1 and region_code < $2 \
          group by run_id, severity order by 2 desc limit 60) x",
    )
    .bind(&range.lo)
    .bind(&range.hi)
    .fetch_all(tx.conn())
    .await
    .db()?;
    Ok(rows)
}
