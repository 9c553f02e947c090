//! SQL of the desk: lines that wait, their candidates, and what was decided on. Must not decide.

use super::rules::{Held, Person};
use crate::department::supplement::Lot;
use ::store::{DbResult, ScopedTx};
use base::Result;
use chrono::{DateTime, NaiveDate, Utc};
use record::{Target, object};
use serde::Deserialize;
use serde_json::Value as Json;
use sqlx::Row as _;
use uuid::Uuid;

/// Which lines are looked at; what is left out is not asked.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Filter {
    pub batch: Option<Uuid>,
    pub item: Option<Uuid>,
    pub dept: Option<String>,
    /// Code of twelve digits.
    pub county: Option<String>,
    #[serde(default)]
    pub deferred: Option<bool>,
    /// The line after which the page begins.
    pub after: Option<Uuid>,
    pub limit: Option<i64>,
}

const OF: &str = "from relapse.dept_record r join relapse.dept_dataset i on i.id = r.dataset_id \
    where not r.deleted and ($1::uuid is null or r.batch_id = $1) and ($2::uuid is null or r.dataset_id = $2) \
      and ($3::text is null or i.dept = $3) and ($4::text is null or r.region_code = $4)";

/// Lines that wait by batch, item, department and county, and how many were decided on.
pub(super) async fn summary(tx: &mut ScopedTx, f: &Filter) -> Result<Json> {
    let sql = format!(
        "with r as (select r.batch_id, r.sync_batch_no, r.dataset_id, i.item_no, i.name, i.dept, r.region_code, r.match_state, \
                           coalesce(r.deferred, false) as deferred, r.decided_at {OF} and r.match_state in ('06', '07', '04') \
                              and (r.match_state = '06' or r.decided_at is not null)), \
         w as (select * from r where match_state = '06'), \
         c as (select count(*) filter (where match_state = '06' and not deferred) as waiting, count(*) filter (where match_state = '06' and deferred) as deferred, \
                      count(*) filter (where match_state = '04') as confirmed, count(*) filter (where match_state = '07') as denied from r) \
         select jsonb_build_object('waiting', c.waiting, 'deferred', c.deferred, 'confirmed', c.confirmed, 'denied', c.denied, \
           'batches', (select coalesce(jsonb_agg(x order by x.batch_no), '[]') from (select batch_id as id, min(sync_batch_no) as batch_no, min(name) as item, count(*) as lines \
                         from w group by 1 order by 4 desc limit 200) x), \
           'items', (select coalesce(jsonb_agg(x order by x.item_no), '[]') from (select dataset_id as id, min(item_no) as item_no, min(name) as name, count(*) as lines from w group by 1) x), \
           'depts', (select coalesce(jsonb_agg(x order by x.dept), '[]') from (select dept, count(*) as lines from w group by 1) x), \
           'counties', (select coalesce(jsonb_agg(x order by x.region_code), '[]') from (select region_code, count(*) as lines from w group by 1) x)) from c"
    );
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(f.batch)
        .bind(f.item)
        .bind(&f.dept)
        .bind(&f.county)
        .fetch_one(tx.conn())
        .await
        .db()
}

/// A line of the list: nothing of who it is about but the ids.
pub(super) struct Listed {
    pub id: Uuid,
    pub candidates: i64,
    pub batch_no: String,
    pub item: String,
    pub dept: String,
}

/// Waiting lines, those put off last, in the order they came.
pub(super) async fn lines(tx: &mut ScopedTx, f: &Filter, limit: i64) -> Result<Vec<Listed>> {
    let sql = format!(
        "select r.id, coalesce(r.sync_batch_no, '') as batch_no, i.name as item, i.dept, \
                (select count(*) from relapse.dept_candidate c where c.record_id = r.id and not c.deleted) as candidates {OF} \
            and r.match_state = '06' and ($5::boolean is null or coalesce(r.deferred, false) = $5) \
            and ($6::uuid is null or (coalesce(r.deferred, false), r.id) > (select coalesce(a.deferred, false), a.id from relapse.dept_record a where a.id = $6)) \
          order by coalesce(r.deferred, false), r.id limit $7"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(f.batch)
        .bind(f.item)
        .bind(&f.dept)
        .bind(&f.county)
        .bind(f.deferred)
        .bind(f.after)
        .bind(limit)
        .fetch_all(tx.conn())
        .await
        .db()?;
    rows.iter()
        .map(|r| {
            Ok(Listed {
                id: r.try_get("id").db()?,
                candidates: r.try_get("candidates").db()?,
                batch_no: r.try_get("batch_no").db()?,
                item: r.try_get("item").db()?,
                dept: r.try_get::<Option<String>, _>("dept").db()?.unwrap_or_default(),
            })
        })
        .collect()
}

/// Candidates of a line, the likeliest first: person, household, method, likeness of the name, confidence.
pub(super) async fn candidates(tx: &mut ScopedTx, record: Uuid) -> Result<Vec<(Uuid, Uuid, String, String, f64)>> {
    sqlx::query_as(
        "select c.person_id, m.household_id, c.method, c.name_alike, c.confidence::float8 from relapse.dept_candidate c \
           join reg.member m on m.id = c.person_id and not m.deleted \
          where c.record_id = $1 and not c.deleted order by c.confidence desc, c.person_id",
    )
    .bind(record)
    .fetch_all(tx.conn())
    .await
    .db()
}

/// Somebody who was offered for a line and is still in the register.
pub(super) async fn candidate(tx: &mut ScopedTx, record: Uuid, person: Uuid) -> Result<Option<Person>> {
    let all = candidates(tx, record).await?;
    let one = all.into_iter().find(|c| c.0 == person);
    Ok(one.map(|(person, household, .., confidence)| Person { person, household, confidence }))
}

/// The likeliest candidate of a line as the batch found it: method and confidence.
pub(super) async fn best(tx: &mut ScopedTx, record: Uuid) -> Result<Option<(String, f64)>> {
    sqlx::query_as(
        "select method, confidence::float8 from relapse.dept_candidate where record_id = $1 and not deleted order by confidence desc, person_id limit 1",
    )
    .bind(record)
    .fetch_optional(tx.conn())
    .await
    .db()
}

/// Lines of these ids, locked in the order of their ids; those outside the regions are not there. Who changed them and what is kept
/// of them is asked once they are locked: somebody else may have held them until then.
pub(super) async fn hold(tx: &mut ScopedTx, ids: &[Uuid]) -> Result<Vec<Held>> {
    let rows = sqlx::query(
        "select r.id, r.region_code, r.row_version, r.match_state, r.decided_by, r.decided_at, \
                jsonb_build_object('match_state', r.match_state, 'match_method', r.match_method, 'match_score', r.match_score, 'person_id', r.person_id, \
                  'household_id', r.household_id, 'deferred', r.deferred, 'decided_by', r.decided_by, 'decided_at', r.decided_at, 'decide_note', r.decide_note) as old \
           from relapse.dept_record r where r.id = any($1) and not r.deleted order by r.id for update of r",
    )
    .bind(ids)
    .fetch_all(tx.conn())
    .await
    .db()?;
    let beside: Vec<(Uuid, bool, String)> = sqlx::query_as(
        "select n.id, exists (select from relapse.dept_held h where h.record_id = n.id), \
                coalesce((select x.actor_name from app.row_change x where x.row_id = n.id order by x.id desc limit 1), '') from unnest($1::uuid[]) n (id)",
    )
    .bind(ids)
    .fetch_all(tx.conn())
    .await
    .db()?;
    rows.iter()
        .map(|r| {
            let id: Uuid = r.try_get("id").db()?;
            let (_, open, by) = beside.iter().find(|b| b.0 == id).cloned().unwrap_or_default();
            Ok(Held {
                id,
                region: r.try_get("region_code").db()?,
                row_version: r.try_get("row_version").db()?,
                state: r.try_get("match_state").db()?,
                decided_by: r.try_get("decided_by").db()?,
                decided_at: r.try_get("decided_at").db()?,
                open,
                by,
                old: object(r.try_get::<Json, _>("old").db()?),
            })
        })
        .collect()
}

/// A line as it is written.
pub(super) fn target(h: &Held) -> Target {
    Target { id: h.id, region: h.region.clone(), row_version: h.row_version, own: record::Row::new(), old: h.old.clone() }
}

/// Batches with lines decided on before the moment.
pub(super) async fn ready(tx: &mut ScopedTx, before: DateTime<Utc>) -> Result<Vec<Lot>> {
    let rows = sqlx::query(
        "select b.id, b.batch_no, b.region_code, b.dept, b.dataset_id, i.item_no, b.period, min(h.kept_on) as received \
           from relapse.dept_held h join relapse.dept_record r on r.id = h.record_id \
           join relapse.dept_batch b on b.id = h.batch_id join relapse.dept_dataset i on i.id = b.dataset_id \
          where r.match_state in ('04', '07') and r.decided_at <= $1 group by b.id, i.item_no order by b.received_at, b.id",
    )
    .bind(before)
    .fetch_all(tx.conn())
    .await
    .db()?;
    rows.iter()
        .map(|r| {
            Ok(Lot {
                batch: r.try_get("id").db()?,
                batch_no: r.try_get("batch_no").db()?,
                region: r.try_get("region_code").db()?,
                dept: r.try_get("dept").db()?,
                dataset: r.try_get("dataset_id").db()?,
                item: r.try_get("item_no").db()?,
                period: r.try_get("period").db()?,
                received: r.try_get("received").db()?,
            })
        })
        .collect()
}

/// Removes what was kept of lines decided on before the moment: it was made use of, or nobody is meant.
pub(super) async fn clear(tx: &mut ScopedTx, batch: Uuid, before: DateTime<Utc>) -> Result<u64> {
    let done = sqlx::query(
        "with used as (select r.id from relapse.dept_record r join relapse.dept_held h on h.record_id = r.id \
                        where h.batch_id = $1 and r.match_state in ('04', '07') and r.decided_at <= $2 for update of r) \
         delete from relapse.dept_held h using used where used.id = h.record_id",
    )
    .bind(batch)
    .bind(before)
    .execute(tx.conn())
    .await
    .db()?;
    Ok(done.rows_affected())
}

/// Lines of a batch that were confirmed, and those of nobody.
pub(super) async fn decided(tx: &mut ScopedTx, batch: Uuid) -> Result<(i64, i64)> {
    sqlx::query_as(
        "select count(*) filter (where match_state = '04' and decided_at is not null), count(*) filter (where match_state = '07') \
           from relapse.dept_record where batch_id = $1 and not deleted and match_state in ('04', '07')",
    )
    .bind(batch)
    .fetch_one(tx.conn())
    .await
    .db()
}

/// Removes what was kept of lines nobody decided on since the day; they stay as they are, and are linked only from then on.
pub(super) async fn forget(tx: &mut ScopedTx, before: Option<NaiveDate>) -> Result<u64> {
    let done = sqlx::query("delete from relapse.dept_held where kept_on < $1").bind(before).execute(tx.conn()).await.db()?;
    Ok(done.rows_affected())
}
