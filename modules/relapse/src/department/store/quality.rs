//! SQL of the report on a batch, over the staged rows, and what is kept of items asked about together. Must not decide.

use crate::department::quality::{Fault, Measured};
use ::store::{DbResult, ScopedTx};
use base::{RegionCode, Result};
use chrono::NaiveDate;
use sqlx::Row as _;
use uuid::Uuid;

/// Faults by kind, column (its key) and reason, the most frequent first; a row with several empty cells counts in each column.
pub(in crate::department) async fn faults(tx: &mut ScopedTx, duplicate: &str) -> Result<Vec<Fault>> {
    let rows = sqlx::query(
        "select kind, key, reason, max(n) as rows, array_agg(row_no order by row_no) filter (where n <= 20) as first from ( \
           select u.*, row_number() over (partition by kind, key, reason order by row_no) as n from ( \
             select '01' as kind, k as key, null::text as reason, r.row_no from dept_row r, unnest(string_to_array(r.missing, ',')) k \
             union all \
             select case when r.reject = $1 then '03' else '02' end, r.reject_at, r.reject, r.row_no from dept_row r \
              where r.reject is not null and not (r.reject_at = any (string_to_array(coalesce(r.missing, ''), ','))) \
             union all \
             select case when a.row_no is null then '04' else '05' end, 'id_no', null, r.row_no \
               from dept_row r left join dept_match x using (row_no) left join dept_asked a using (row_no) \
              where r.reject is null and x.row_no is null) u) v \
          group by 1, 2, 3 order by 1, 4 desc, 2, 3",
    )
    .bind(duplicate)
    .fetch_all(tx.conn())
    .await
    .db()?;
    rows.iter()
        .map(|r| {
            Ok(Fault {
                kind: r.try_get("kind").db()?,
                column: r.try_get("key").db()?,
                reason: r.try_get("reason").db()?,
                rows: r.try_get("rows").db()?,
                first: r.try_get("first").db()?,
            })
        })
        .collect()
}

/// Numbers that hold, the newest day, and how the last four batches of the item from this region were matched.
pub(in crate::department) async fn measured(tx: &mut ScopedTx, dataset: Uuid, region: &RegionCode) -> Result<Measured> {
    let row = sqlx::query(
        "select (select count(*) from dept_row where id_ok) as id_ok, (select count(distinct token) from dept_row) as people, \
                (select count(distinct token) from dept_row join dept_match using (row_no)) as known, \
                (select max(coalesce(data_day, day)) from dept_row where reject is null) as newest, \
                (select case when count(*) = 4 then avg(p) end from ( \
                   select b.matched * 100.0 / b.rows as p from relapse.dept_batch b \
                    where b.dataset_id = $1 and b.region_code = $2 and b.rows > 0 and b.supplements is null and not b.deleted order by b.received_at desc limit 4) l)::float8 as mean",
    )
    .bind(dataset)
    .bind(region.as_str())
    .fetch_one(tx.conn())
    .await
    .db()?;
    Ok(Measured {
        id_ok: row.try_get("id_ok").db()?,
        people: row.try_get("people").db()?,
        known: row.try_get("known").db()?,
        newest: row.try_get("newest").db()?,
        mean_match_pct: row.try_get("mean").db()?,
    })
}

/// Keeps what happened to matched people; a later line may say that it ended.
pub(in crate::department) async fn keep_events(tx: &mut ScopedTx, item: &str, today: NaiveDate) -> Result<u64> {
    let done = sqlx::query(
        "insert into relapse.dept_event (region_code, household_id, person_id, item_no, day, until) \
         select distinct on (x.person_id, coalesce(r.day, $2)) x.village, x.household_id, x.person_id, $1, coalesce(r.day, $2), (r.vals->>'until')::date \
           from dept_match x join dept_row r using (row_no) order by x.person_id, coalesce(r.day, $2), r.vals->>'until' nulls last \
         on conflict (person_id, item_no, day) do update set until = excluded.until, household_id = excluded.household_id, region_code = excluded.region_code",
    )
    .bind(item)
    .bind(today)
    .execute(tx.conn())
    .await
    .db()?;
    Ok(done.rows_affected())
}
