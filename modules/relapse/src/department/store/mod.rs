//! SQL of a department's batch: staging by COPY, matching in one query, sums, hits, the receipt's records. Must not decide.

pub(in crate::department) mod facts;
pub(in crate::department) mod lines;
mod matched;
pub(in crate::department) mod quality;
mod stage;

pub(crate) use lines::{Asked, Candidate, Hit, Which, candidates, counties, numbers};
pub(in crate::department) use lines::{Keep, Kept, keep_hits, keep_lines};
pub(in crate::department) use matched::{Counts, matched, not_new, restage, villages};
pub(in crate::department) use stage::{copy, stage};

use ::store::{DbResult, ScopedTx};
use base::{RegionCode, Result};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

/// Reasons and how often each; then the rows themselves for the marked file.
pub(in crate::department) async fn rejects(tx: &mut ScopedTx) -> Result<Vec<(String, i64)>> {
    let rows = sqlx::query("select reject, count(*) as n from dept_row where reject is not null group by 1 order by 2 desc, 1")
        .fetch_all(tx.conn())
        .await
        .db()?;
    rows.iter().map(|r| Ok((r.try_get("reject").db()?, r.try_get("n").db()?))).collect()
}
pub(in crate::department) async fn rejected_rows(tx: &mut ScopedTx, most: i64) -> Result<Vec<(i32, String, String)>> {
    let rows = sqlx::query("select row_no, reject, reject_at from dept_row where reject is not null order by row_no limit $1")
        .bind(most)
        .fetch_all(tx.conn())
        .await
        .db()?;
    rows.iter().map(|r| Ok((r.try_get("row_no").db()?, r.try_get("reject").db()?, r.try_get("reject_at").db()?))).collect()
}

/// Keeps the amounts of an item's matched lines, so that they add up over months; equal ones are kept once.
pub(in crate::department) async fn keep_amounts(tx: &mut ScopedTx, item: &str, day: NaiveDate) -> Result<u64> {
    let done = sqlx::query(
        "insert into relapse.dept_amount (region_code, person_id, household_id, item_no, day, amount, serial) \
         select x.village, x.person_id, x.household_id, $1, coalesce(r.day, $2), r.amount_fen, r.serial \
           from dept_match x join dept_row r using (row_no) where r.amount_fen is not null on conflict do nothing",
    )
    .bind(item)
    .bind(day)
    .execute(tx.conn())
    .await
    .db()?;
    Ok(done.rows_affected())
}

/// Remembers who was on a delivery that lists everybody.
pub(in crate::department) async fn keep_seen(tx: &mut ScopedTx, item: &str, day: NaiveDate) -> Result<u64> {
    let done = sqlx::query(
        "insert into relapse.dept_seen (region_code, person_id, item_no, first_on) \
         select distinct on (person_id) village, person_id, $1, $2 from dept_match on conflict do nothing",
    )
    .bind(item)
    .bind(day)
    .execute(tx.conn())
    .await
    .db()?;
    Ok(done.rows_affected())
}

/// Sums over twelve months for everybody in this batch, and of the three newest months of 门诊慢特病.
pub(in crate::department) async fn sums(tx: &mut ScopedTx, item: &str, keeps: bool, today: NaiveDate) -> Result<()> {
    let from = today.checked_sub_months(chrono::Months::new(12)).unwrap_or(today);
    let kept = if keeps { "relapse.dept_amount" } else { "(select * from relapse.dept_amount where false)" };
    // the three newest whole or begun months
    let first =
        chrono::Datelike::with_day(&today, 1).unwrap_or(today).checked_sub_months(chrono::Months::new(2)).unwrap_or(today);
    let sql = format!(
        "create temp table dept_sum on commit drop as \
         with p as (select distinct person_id, household_id from dept_match), \
         a as (select d.person_id, sum(d.amount) filter (where d.item_no in ('31', '32')) as medical_12m, \
                 sum(d.amount) filter (where d.item_no = $1) as amount_12m, count(*) filter (where d.item_no = $1) as times_12m \
                 from {kept} d where d.person_id in (select person_id from p) and d.day > $2 group by 1), \
         f as (select d.household_id, sum(d.amount) as family_medical_12m from {kept} d \
                where d.household_id in (select household_id from p) and d.item_no in ('31', '32') and d.day > $2 group by 1), \
         m as (select person_id, array_agg(total order by m) as month_sums from ( \
                 select d.person_id, date_trunc('month', d.day) as m, sum(d.amount)::bigint as total from {kept} d \
                  where d.item_no = '32' and d.day >= $3 and d.person_id in (select person_id from p) group by 1, 2) x \
               group by 1), \
         n as (select household_id, count(distinct person_id) as family_rows from dept_match group by 1) \
         select p.person_id, a.medical_12m::bigint, a.amount_12m::bigint, a.times_12m::integer, f.family_medical_12m::bigint, \
                m.month_sums, n.family_rows::integer, \
                exists (select from relapse.dept_seen e where e.item_no = $1) \
                  and not exists (select from relapse.dept_seen e where e.item_no = $1 and e.person_id = p.person_id) as is_new \
           from p left join a using (person_id) left join f using (household_id) left join m using (person_id) join n using (household_id)"
    );
    // a statement that makes a table takes no parameters: they are numbers and days made here
    let sql = sql
        .replace("$1", &format!("'{}'", item.replace('\'', "''")))
        .replace("$2", &format!("date '{from}'"))
        .replace("$3", &format!("date '{first}'"));
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(tx.conn()).await.db()?;
    sqlx::raw_sql("create index on dept_sum (person_id); analyze dept_sum").execute(tx.conn()).await.db()?;
    Ok(())
}

/// What kept rows say of the batch they came with.
pub(in crate::department) struct Origin<'a> {
    pub batch: Uuid,
    pub batch_no: &'a str,
    pub dataset: Uuid,
    pub region: &'a RegionCode,
    pub today: NaiveDate,
}

/// Keeps the rows somebody has to look at again: hits as evidence, those a person decides on with their candidates and what they
/// say, unmatched for the pool, rejected for the department. The whole delivery stays as the file.
pub(in crate::department) async fn keep_records(tx: &mut ScopedTx, from: &Origin<'_>, hits: &[i32]) -> Result<u64> {
    let by = tx.actor().user_id;
    let done = sqlx::query(
        "insert into relapse.dept_record (id, region_code, source, created_by, updated_by, sync_batch_no, batch_id, dataset_id, row_no, raw_name, raw_id_no_cipher, \
           raw_id_no_token, raw_id_no_ok, raw_id_no_kind, raw_region, source_serial, data_time, match_state, match_method, match_score, ask_reason, \
           household_id, person_id, reject_reason) \
         select r.id, coalesce(a.region, $2), '03', $3, $3, $5, $1, $6, r.row_no, nullif(r.name, ''), r.cipher, r.token, r.id_ok, r.id_kind, \
                nullif(r.place, ''), nullif(left(r.serial, 64), ''), r.data_day::timestamp at time zone 'Asia/Shanghai', \
                case when r.reject is not null then '05' when x.method in ('06', '07', '08') then '02' when x.method = '11' then '04' \
                     when x.row_no is not null then '01' when a.row_no is not null then '06' else '03' end, \
                coalesce(x.method, a.method), coalesce(x.sure, a.sure), a.why, x.household_id, x.person_id, r.reject \
           from dept_row r left join dept_match x using (row_no) left join dept_asked a using (row_no) \
          where r.reject is not null or x.row_no is null or r.row_no = any($4)",
    )
    .bind(from.batch)
    .bind(from.region.as_str())
    .bind(by)
    .bind(hits)
    .bind(from.batch_no)
    .bind(from.dataset)
    .execute(tx.conn())
    .await
    .db()?;
    let asked = sqlx::query(
        "insert into relapse.dept_candidate (id, region_code, source, created_by, updated_by, sync_batch_no, record_id, person_id, household_id, \
           method, name_alike, confidence) \
         select gen_random_uuid(), d.region_code, '03', $2, $2, $3, d.id, k.person_id, k.household_id, k.method, k.name_alike, k.sure \
           from dept_ask k join dept_row r using (row_no) join relapse.dept_record d on d.id = r.id where d.batch_id = $1",
    )
    .bind(from.batch)
    .bind(by)
    .bind(from.batch_no)
    .execute(tx.conn())
    .await
    .db()?;
    if asked.rows_affected() > 0 {
        sqlx::query(
            "insert into relapse.dept_held (record_id, region_code, batch_id, kept_on, data_day, day, amount_fen, relief_fen, serial, vals) \
             select d.id, d.region_code, $1, $2, r.data_day, r.day, r.amount_fen, r.relief_fen, r.serial, r.vals \
               from dept_asked a join dept_row r using (row_no) join relapse.dept_record d on d.id = r.id where d.batch_id = $1",
        )
        .bind(from.batch)
        .bind(from.today)
        .execute(tx.conn())
        .await
        .db()?;
    }
    Ok(done.rows_affected())
}

/// A batch that took the same file before: its number and when.
pub(in crate::department) async fn same_file(tx: &mut ScopedTx, hash: &str) -> Result<Option<(String, DateTime<Utc>)>> {
    let row = sqlx::query("select batch_no, received_at from relapse.dept_batch where file_hash = $1 and not deleted limit 1")
        .bind(hash)
        .fetch_optional(tx.conn())
        .await
        .db()?;
    row.map(|r| Ok((r.try_get("batch_no").db()?, r.try_get("received_at").db()?))).transpose()
}

/// The item as the catalogue has it, where it is received.
pub(crate) async fn item_of(tx: &mut ScopedTx, no: &str) -> Result<Option<Uuid>> {
    sqlx::query_scalar("select id from relapse.dept_dataset where item_no = $1 and not deleted and enabled")
        .bind(no)
        .fetch_optional(tx.conn())
        .await
        .db()
}

/// Published rules: number, id, version.
pub(crate) async fn published(tx: &mut ScopedTx, rules: &[&str]) -> Result<Vec<(String, Uuid, i32)>> {
    sqlx::query_as(
        "select distinct on (rule_id) rule_id, id, version from relapse.warn_rule \
          where rule_id = any($1) and not deleted and enabled and state = '03' order by rule_id, version desc",
    )
    .bind(rules)
    .fetch_all(tx.conn())
    .await
    .db()
}

/// Values of the kept lines that are linked, as evidence beside them: `names` are the keys and what people call them.
pub(in crate::department) async fn keep_values(tx: &mut ScopedTx, names: &[(String, String)]) -> Result<u64> {
    let (keys, labels): (Vec<String>, Vec<String>) = names.iter().cloned().unzip();
    let by = tx.actor().user_id;
    let done = sqlx::query(
        "insert into relapse.dept_value (id, region_code, source, created_by, updated_by, record_id, field_name, value_text, value_number, value_date) \
         select gen_random_uuid(), d.region_code, '03', $3, $3, d.id, n.label, \
                case when n.key not in ('day', 'amount', 'relief') then r.vals->>n.key end, \
                case n.key when 'amount' then r.amount_fen / 100.0 when 'relief' then r.relief_fen / 100.0 end, case n.key when 'day' then r.day end \
           from dept_row r join dept_match x using (row_no) join relapse.dept_record d on d.id = r.id \
           cross join unnest($1::text[], $2::text[]) n (key, label) \
          where d.match_state in ('01', '02', '04') \
            and case n.key when 'day' then r.day is not null when 'amount' then r.amount_fen is not null \
                     when 'relief' then r.relief_fen > 0 else r.vals ? n.key end",
    )
    .bind(keys)
    .bind(labels)
    .bind(by)
    .execute(tx.conn())
    .await
    .db()?;
    Ok(done.rows_affected())
}

/// Clues of a dispatch by county and grade.
pub(in crate::department) async fn by_county(tx: &mut ScopedTx, dispatch: Uuid) -> Result<Vec<(String, String, i64)>> {
    let rows = sqlx::query(
        "select rpad(left(region_code, 6), 12, '0') as county, level, count(*) as n from relapse.clue \
          where batch_id = $1 and not deleted group by 1, 2 order by 1, 2",
    )
    .bind(dispatch)
    .fetch_all(tx.conn())
    .await
    .db()?;
    rows.iter().map(|r| Ok((r.try_get("county").db()?, r.try_get("level").db()?, r.try_get("n").db()?))).collect()
}
