//! SQL of the medical batch: staging by COPY, matching in one query, the hits, the receipt's records. Must not decide.

use super::read::{DUPLICATE, Staged};
use super::rules::{Standing, Stay};
use ::store::{DbResult, ScopedTx};
use base::{Error, RegionCode, Result};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::Row as _;
use std::fmt::Write as _;
use uuid::Uuid;

/// The temporary tables of one batch; they go with the transaction.
pub(super) async fn stage(tx: &mut ScopedTx) -> Result<()> {
    sqlx::raw_sql(
        "create temp table medical_row (id uuid, row_no integer, name text, cipher text, token bytea, id_ok boolean, id_kind text, \
           place text, data_day date, day_in date, own_fen bigint, helped_fen bigint, serial text, reject text) on commit drop",
    )
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}

/// Adds rows to the staging table.
pub(super) async fn copy(tx: &mut ScopedTx, rows: &[Staged]) -> Result<()> {
    let mut text = String::with_capacity(rows.len() * 300);
    for r in rows {
        let _ = write!(text, "{}\t{}\t", r.id, r.row_no);
        push(&mut text, Some(&r.name));
        push(&mut text, r.cipher.as_deref());
        match r.token {
            // two backslashes: COPY reads one of them
            Some(t) => {
                text.push_str("\\\\x");
                for b in t {
                    let _ = write!(text, "{b:02x}");
                }
                text.push('\t');
            }
            None => push(&mut text, None),
        }
        push(&mut text, r.id_ok.map(|ok| if ok { "t" } else { "f" }));
        push(&mut text, r.id_kind);
        push(&mut text, Some(&r.place));
        push(&mut text, r.data_day.map(|d| d.to_string()).as_deref());
        push(&mut text, r.day_in.map(|d| d.to_string()).as_deref());
        push(&mut text, r.own_fen.map(|f| f.to_string()).as_deref());
        let _ = write!(text, "{}\t", r.helped_fen);
        push(&mut text, Some(&r.serial));
        push(&mut text, r.reject.map(|x| x.sentence()));
        text.pop();
        text.push('\n');
    }
    let mut into = tx.conn().copy_in_raw("copy medical_row from stdin").await.db()?;
    into.send(text.as_bytes()).await.db()?;
    into.finish().await.db()?;
    Ok(())
}

fn push(out: &mut String, value: Option<&str>) {
    match value {
        None => out.push_str("\\N"),
        Some(v) => {
            for c in v.chars() {
                match c {
                    '\\' => out.push_str("\\\\"),
                    '\t' => out.push_str("\\t"),
                    '\n' => out.push_str("\\n"),
                    '\r' => out.push_str("\\r"),
                    c => out.push(c),
                }
            }
        }
    }
    out.push('\t');
}

/// How the rows fared.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub rows: i64,
    pub matched: i64,
    pub unmatched: i64,
    pub rejected: i64,
}

/// Finds equal rows, then the person of each row by the token of the number, inside the transaction's regions.
pub(super) async fn matched(tx: &mut ScopedTx) -> Result<Counts> {
    let range = tx.scope().clone();
    sqlx::query(
        "update medical_row r set reject = $1 from ( \
           select row_no, row_number() over (partition by token, day_in, own_fen, serial order by row_no) as n \
             from medical_row where reject is null) x \
         where x.row_no = r.row_no and x.n > 1",
    )
    .bind(DUPLICATE)
    .execute(tx.conn())
    .await
    .db()?;
    sqlx::raw_sql(
        "create index on medical_row (row_no); create index on medical_row (token); analyze medical_row; \
         create temp table medical_match (row_no integer primary key, person_id uuid, household_id uuid, village text, in_family boolean) \
           on commit drop",
    )
    .execute(tx.conn())
    .await
    .db()?;
    // who stands in two households (moved, married) is taken where he is in the family, and there the newest entry
    sqlx::query(
        "insert into medical_match \
         select distinct on (r.row_no) r.row_no, m.id, m.household_id, m.region_code, m.member_status = '01' \
           from medical_row r join reg.member m on m.id_no_token = r.token \
          where r.reject is null and not m.deleted and m.region_code >= $1 and m.region_code < $2 \
          order by r.row_no, (m.member_status = '01') desc, m.updated_at desc, m.id",
    )
    .bind(range.lo)
    .bind(range.hi)
    .execute(tx.conn())
    .await
    .db()?;
    let row = sqlx::query(
        "select (select count(*) from medical_row) as n, (select count(*) from medical_match) as matched, \
                (select count(*) from medical_row where reject is not null) as rejected",
    )
    .fetch_one(tx.conn())
    .await
    .db()?;
    let (rows, matched, rejected): (i64, i64, i64) =
        (row.try_get("n").db()?, row.try_get("matched").db()?, row.try_get("rejected").db()?);
    Ok(Counts { rows, matched, rejected, unmatched: rows - matched - rejected })
}

/// Reasons and how often each; then the rows themselves for the marked file.
pub(super) async fn rejects(tx: &mut ScopedTx) -> Result<Vec<(String, i64)>> {
    let rows =
        sqlx::query("select reject, count(*) as n from medical_row where reject is not null group by 1 order by 2 desc, 1")
            .fetch_all(tx.conn())
            .await
            .db()?;
    rows.iter().map(|r| Ok((r.try_get("reject").db()?, r.try_get("n").db()?))).collect()
}
pub(super) async fn rejected_rows(tx: &mut ScopedTx, most: i64) -> Result<Vec<(i32, String)>> {
    let rows = sqlx::query("select row_no, reject from medical_row where reject is not null order by row_no limit $1")
        .bind(most)
        .fetch_all(tx.conn())
        .await
        .db()?;
    rows.iter().map(|r| Ok((r.try_get("row_no").db()?, r.try_get("reject").db()?))).collect()
}

/// One row over the lowest threshold, with what the register says of the household.
pub(super) struct Candidate {
    pub record_id: Uuid,
    pub row_no: i32,
    pub name: String,
    pub cipher: String,
    pub place: String,
    pub data_day: Option<NaiveDate>,
    pub stay: Stay,
    pub person_id: Uuid,
    pub household_id: Uuid,
    pub village: RegionCode,
    pub standing: Standing,
    /// A clue of the household that is still open: it takes this one in, whatever its rule or line.
    pub open_clue: Option<Uuid>,
    /// The highest amount of a refusal of the same rule that is still cooling down.
    pub cooling_fen: Option<i64>,
}

/// Rows at or over `least_fen` of living members of households in order, by household and row.
pub(super) async fn candidates(tx: &mut ScopedTx, rule: Uuid, least_fen: i64, cooldown_days: i64) -> Result<Vec<Candidate>> {
    let range = tx.scope().clone();
    let rows = sqlx::query(
        "with hit as ( \
           select r.*, x.person_id, x.household_id, h.region_code as village, h.household_type = '02' as poverty, \
                  coalesce(h.is_monitored, false) and h.risk_state is distinct from '1' as monitored, h.risk_state is not distinct from '1' as eliminated, \
                  coalesce(h.whole_no_labor, false) as no_labor \
             from medical_match x join medical_row r using (row_no) join reg.household h on h.id = x.household_id \
            where r.own_fen >= $1 and x.in_family and not h.deleted and h.household_status = '01' \
              and h.region_code >= $4 and h.region_code < $5), \
         family as ( \
           select m.household_id, bool_or(coalesce(m.dibao_status, '00') <> '00' or coalesce(m.tekun_status, '00') <> '00') as assisted \
             from reg.member m where m.household_id in (select household_id from hit) and not m.deleted and m.member_status = '01' \
            group by 1) \
         select hit.*, coalesce(family.assisted, false) as assisted, \
                (select c.id from relapse.clue c where c.household_id = hit.household_id and not c.deleted \
                    and c.state not in ('79', '80', '90') order by c.created_at limit 1) as open_clue, \
                (select (max(t.value::numeric) * 100)::bigint from relapse.clue c join relapse.clue_trigger t on t.clue_id = c.id \
                  where c.household_id = hit.household_id and c.rule_id = $2 and not c.deleted and not t.deleted and c.state = '80' \
                    and c.updated_at > now() - make_interval(days => $3)) as cooling_fen \
           from hit left join family using (household_id) order by hit.household_id, hit.row_no",
    )
    .bind(least_fen)
    .bind(rule)
    .bind(i32::try_from(cooldown_days).unwrap_or(i32::MAX))
    .bind(range.lo)
    .bind(range.hi)
    .fetch_all(tx.conn())
    .await
    .db()?;
    rows.iter()
        .map(|r| {
            let day_in: Option<NaiveDate> = r.try_get("day_in").db()?;
            let village: String = r.try_get("village").db()?;
            Ok(Candidate {
                record_id: r.try_get("id").db()?,
                row_no: r.try_get("row_no").db()?,
                name: r.try_get("name").db()?,
                cipher: r
                    .try_get::<Option<String>, _>("cipher")
                    .db()?
                    .ok_or_else(|| Error::internal("a matched row has no number"))?,
                place: r.try_get("place").db()?,
                data_day: r.try_get("data_day").db()?,
                stay: Stay {
                    day_in: day_in.ok_or_else(|| Error::internal("a matched row has no day"))?,
                    own_fen: r.try_get("own_fen").db()?,
                    helped_fen: r.try_get("helped_fen").db()?,
                },
                person_id: r.try_get("person_id").db()?,
                household_id: r.try_get("household_id").db()?,
                village: RegionCode::parse(&village)?,
                standing: Standing {
                    poverty: r.try_get::<Option<bool>, _>("poverty").db()?.unwrap_or(false),
                    monitored: r.try_get("monitored").db()?,
                    assisted: r.try_get("assisted").db()?,
                    eliminated: r.try_get("eliminated").db()?,
                    no_labor: r.try_get("no_labor").db()?,
                },
                open_clue: r.try_get("open_clue").db()?,
                cooling_fen: r.try_get("cooling_fen").db()?,
            })
        })
        .collect()
}

/// Keeps the rows somebody has to look at again: hits as evidence, unmatched for the pool, rejected for the department. The
/// whole delivery stays as the file.
pub(super) async fn keep_records(tx: &mut ScopedTx, batch: Uuid, region: &RegionCode, hits: &[i32]) -> Result<u64> {
    let by = tx.actor().user_id;
    let done = sqlx::query(
        "insert into relapse.dept_record (id, region_code, source, created_by, updated_by, batch_id, row_no, raw_name, raw_id_no_cipher, \
           raw_id_no_token, raw_id_no_ok, raw_id_no_kind, raw_region, data_time, match_state, household_id, person_id, reject_reason) \
         select r.id, $2, '03', $3, $3, $1, r.row_no, nullif(r.name, ''), r.cipher, r.token, r.id_ok, r.id_kind, nullif(r.place, ''), \
                r.data_day::timestamp at time zone 'Asia/Shanghai', \
                case when r.reject is not null then '05' when x.row_no is null then '03' else '01' end, \
                x.household_id, x.person_id, r.reject \
           from medical_row r left join medical_match x using (row_no) \
          where r.reject is not null or x.row_no is null or r.row_no = any($4)",
    )
    .bind(batch)
    .bind(region.as_str())
    .bind(by)
    .bind(hits)
    .execute(tx.conn())
    .await
    .db()?;
    Ok(done.rows_affected())
}

/// A batch that took the same file before: its number and when.
pub(super) async fn same_file(tx: &mut ScopedTx, hash: &str) -> Result<Option<(String, DateTime<Utc>)>> {
    let row = sqlx::query("select batch_no, received_at from relapse.dept_batch where file_hash = $1 and not deleted limit 1")
        .bind(hash)
        .fetch_optional(tx.conn())
        .await
        .db()?;
    row.map(|r| Ok((r.try_get("batch_no").db()?, r.try_get("received_at").db()?))).transpose()
}

/// The item of the catalogue and the published version of a rule.
pub(super) async fn item_and_rule(tx: &mut ScopedTx, item: &str, rule: &str) -> Result<Option<(Uuid, Uuid, i32)>> {
    let row = sqlx::query(
        "select d.id as item, r.id as rule, r.version from relapse.dept_dataset d, relapse.warn_rule r \
          where d.item_no = $1 and not d.deleted and d.enabled and r.rule_id = $2 and not r.deleted and r.enabled and r.state = '03' \
          order by r.version desc limit 1",
    )
    .bind(item)
    .bind(rule)
    .fetch_optional(tx.conn())
    .await
    .db()?;
    row.map(|r| Ok((r.try_get("item").db()?, r.try_get("rule").db()?, r.try_get("version").db()?))).transpose()
}

/// Clues of a dispatch by county and grade.
pub(super) async fn by_county(tx: &mut ScopedTx, dispatch: Uuid) -> Result<Vec<(String, String, i64)>> {
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
