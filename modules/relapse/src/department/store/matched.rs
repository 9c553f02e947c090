//! Who the rows of a batch are about: number and name; the number as it was probably meant; what a person said of the same line
//! before; and for the others whom a person should look at (domain 05 §12.4.1). Must not decide.

use crate::department::read::{DUPLICATE, Meant};
use crate::department::who::{self, Found, Line, Lines};
use ::store::{DbResult, ScopedTx};
use base::{Result, Scope};
use chrono::NaiveDate;
use matching::Person;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// How the rows fared.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::department) struct Counts {
    pub rows: i64,
    pub matched: i64,
    pub unmatched: i64,
    pub rejected: i64,
    /// Waiting for a person.
    pub asked: i64,
    /// Of the matched: by a number that was put right.
    pub repaired: i64,
}

/// Finds equal rows, then the person of each row inside the transaction's regions.
pub(in crate::department) async fn matched(tx: &mut ScopedTx, meant: &[Meant]) -> Result<Counts> {
    let range = tx.scope().clone();
    sqlx::query(
        "update dept_row r set reject = $1, reject_at = 'id_no' from ( \
           select row_no, row_number() over (partition by token, day, amount_fen, serial, vals order by row_no) as n \
             from dept_row where reject is null) x \
         where x.row_no = r.row_no and x.n > 1",
    )
    .bind(DUPLICATE)
    .execute(tx.conn())
    .await
    .db()?;
    sqlx::raw_sql("create index on dept_row (row_no); create index on dept_row (token); analyze dept_row")
        .execute(tx.conn())
        .await
        .db()?;
    tables(tx).await?;
    // K1, K3, K4. Who stands in two households (moved, married) is taken where he is in the family, and there the newest entry
    sqlx::query(
        "insert into dept_match \
         select distinct on (r.row_no) r.row_no, m.id, m.household_id, m.region_code, m.member_status = '01', \
                case when r.id_kind = 'resident15' then '03' when r.id_kind in ('disability20', 'disability22') then '04' else '01' end, \
                case when r.id_kind in ('resident15', 'disability20', 'disability22') then 0.99 else 1 end \
           from dept_row r join reg.member m on m.id_no_token = r.token and m.name = r.name \
          where r.reject is null and not m.deleted and m.region_code >= $1 and m.region_code < $2 \
          order by r.row_no, (m.member_status = '01') desc, m.updated_at desc, m.id",
    )
    .bind(&range.lo)
    .bind(&range.hi)
    .execute(tx.conn())
    .await
    .db()?;
    remembered(tx, &range).await?;
    let mut lines = holders(tx, &range).await?;
    meant_for(tx, meant, &range, &mut lines).await?;
    link(tx, &who::links(&mut lines)).await?;
    neighbours(tx, &range, &mut lines).await?;
    let refused = refused(tx, &lines).await?;
    ask(tx, &who::asks(&lines, &refused)).await?;
    // a number that was put right, or that a person looks at, is no reason to refuse the row
    sqlx::raw_sql(
        "update dept_row r set reject = null, reject_at = null from dept_match x where x.row_no = r.row_no and r.number_only; \
         update dept_row r set reject = null, reject_at = null from dept_asked x where x.row_no = r.row_no and r.number_only",
    )
    .execute(tx.conn())
    .await
    .db()?;
    counts(tx).await
}

/// The temporary tables of the answer: who a row is about, and who may be meant by a row that waits.
pub(in crate::department) async fn tables(tx: &mut ScopedTx) -> Result<()> {
    sqlx::raw_sql(
        "create temp table dept_match (row_no integer primary key, person_id uuid, household_id uuid, village text collate \"C\", \
           in_family boolean, method text, sure numeric) on commit drop; \
         create temp table dept_ask (row_no integer, person_id uuid, household_id uuid, village text collate \"C\", method text, \
           name_alike text, why text, sure numeric, primary key (row_no, person_id)) on commit drop; \
         create temp table dept_asked (row_no integer primary key, region text collate \"C\", method text, why text, sure numeric) on commit drop",
    )
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}

async fn counts(tx: &mut ScopedTx) -> Result<Counts> {
    let row = sqlx::query(
        "select (select count(*) from dept_row) as n, (select count(*) from dept_match) as matched, \
                (select count(*) from dept_match where method in ('06', '07', '08')) as repaired, \
                (select count(*) from dept_asked) as asked, (select count(*) from dept_row where reject is not null) as rejected",
    )
    .fetch_one(tx.conn())
    .await
    .db()?;
    let n = |key: &str| row.try_get::<i64, _>(key).db();
    let (rows, matched, rejected, asked) = (n("n")?, n("matched")?, n("rejected")?, n("asked")?);
    Ok(Counts { rows, matched, rejected, asked, unmatched: rows - matched - rejected - asked, repaired: n("repaired")? })
}

/// Lines of the same number and name that a person linked before.
async fn remembered(tx: &mut ScopedTx, range: &Scope) -> Result<()> {
    sqlx::query(
        "insert into dept_match \
         select distinct on (r.row_no) r.row_no, m.id, m.household_id, m.region_code, m.member_status = '01', '11', d.match_score \
           from dept_row r left join dept_match x on x.row_no = r.row_no \
           join relapse.dept_record d on d.raw_id_no_token = r.token and d.raw_name = r.name and d.match_state = '04' and not d.deleted \
           join reg.member m on m.id = d.person_id and not m.deleted \
          where x.row_no is null and (r.reject is null or r.number_only) and m.region_code >= $1 and m.region_code < $2 \
          order by r.row_no, d.decided_at desc nulls last, d.id",
    )
    .bind(&range.lo)
    .bind(&range.hi)
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}

fn person(r: &PgRow) -> Result<Person> {
    Ok(Person {
        id: r.try_get("id").db()?,
        name: r.try_get::<Option<String>, _>("name").db()?.unwrap_or_default(),
        birth: r.try_get("birth_date").db()?,
        place: r.try_get("region_code").db()?,
    })
}

/// The line of a row, as the row says it.
fn line<'a>(lines: &'a mut Lines, r: &PgRow) -> Result<&'a mut Line> {
    let line = lines.entry(r.try_get("row_no").db()?).or_default();
    line.name = r.try_get::<Option<String>, _>("said").db()?.unwrap_or_default();
    line.birth = r.try_get("birth").db()?;
    line.village = r.try_get::<Option<String>, _>("village").db()?.unwrap_or_default();
    Ok(line)
}

/// Rows whose number is somebody's whose name is written otherwise (K2).
async fn holders(tx: &mut ScopedTx, range: &Scope) -> Result<Lines> {
    let rows = sqlx::query(
        "select r.row_no, r.name as said, r.birth, r.village, m.id, m.name, m.birth_date, m.region_code \
           from dept_row r left join dept_match x on x.row_no = r.row_no join reg.member m on m.id_no_token = r.token \
          where r.reject is null and x.row_no is null and not m.deleted and m.region_code >= $1 and m.region_code < $2 \
          order by r.row_no, (m.member_status = '01') desc, m.updated_at desc, m.id",
    )
    .bind(&range.lo)
    .bind(&range.hi)
    .fetch_all(tx.conn())
    .await
    .db()?;
    let mut lines = Lines::new();
    for r in &rows {
        let p = person(r)?;
        line(&mut lines, r)?.add(None, p);
    }
    Ok(lines)
}

/// Adds the holders of the numbers that wrong ones were probably meant to be.
async fn meant_for(tx: &mut ScopedTx, meant: &[Meant], range: &Scope, lines: &mut Lines) -> Result<()> {
    let tokens: Vec<Vec<u8>> = meant.iter().flat_map(|m| m.tokens.iter().map(|(t, _)| t.to_vec())).collect();
    if tokens.is_empty() {
        return Ok(());
    }
    let found = sqlx::query(
        "select id_no_token, id, name, birth_date, region_code from reg.member \
          where id_no_token = any($1) and not deleted and region_code >= $2 and region_code < $3",
    )
    .bind(&tokens)
    .bind(&range.lo)
    .bind(&range.hi)
    .fetch_all(tx.conn())
    .await
    .db()?;
    let settled: Vec<i32> =
        sqlx::query_scalar("select row_no from dept_match where method = '11'").fetch_all(tx.conn()).await.db()?;
    let settled: BTreeSet<i32> = settled.into_iter().collect();
    let mut people: BTreeMap<Vec<u8>, Vec<Person>> = BTreeMap::new();
    for r in &found {
        people.entry(r.try_get("id_no_token").db()?).or_default().push(person(r)?);
    }
    for m in meant.iter().filter(|m| !settled.contains(&m.row_no)) {
        for (token, slip) in &m.tokens {
            for p in people.get(token.as_slice()).into_iter().flatten() {
                let line = lines.entry(m.row_no).or_default();
                line.name.clone_from(&m.name);
                line.village = m.village.clone().unwrap_or_default();
                line.add(Some(*slip), p.clone());
            }
        }
    }
    Ok(())
}

/// Links rows. A number as it is written says by its kind which step it was.
async fn link(tx: &mut ScopedTx, links: &[Found]) -> Result<()> {
    let of = |f: fn(&Found) -> String| links.iter().map(f).collect::<Vec<_>>();
    sqlx::query(
        "insert into dept_match select x.row_no, m.id, m.household_id, m.region_code, m.member_status = '01', \
           case when x.method <> '01' then x.method when r.id_kind = 'resident15' then '03' \
                when r.id_kind in ('disability20', 'disability22') then '04' else '01' end, x.sure::numeric \
           from unnest($1::integer[], $2::uuid[], $3::text[], $4::float8[]) x (row_no, person, method, sure) \
           join reg.member m on m.id = x.person join dept_row r on r.row_no = x.row_no",
    )
    .bind(links.iter().map(|f| f.row_no).collect::<Vec<_>>())
    .bind(links.iter().map(|f| f.person).collect::<Vec<_>>())
    .bind(of(|f| f.method.to_owned()))
    .bind(links.iter().map(|f| f.sure).collect::<Vec<_>>())
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}

/// Adds the people of the village with the birth of the line, or with its name where it gives no birth (K5). A line without any
/// number goes back to its sender instead.
async fn neighbours(tx: &mut ScopedTx, range: &Scope, lines: &mut Lines) -> Result<()> {
    let rows = sqlx::query(
        "with o as (select r.row_no, r.name, r.birth, r.village from dept_row r left join dept_match x on x.row_no = r.row_no \
                     where x.row_no is null and r.village is not null and r.cipher is not null and (r.reject is null or r.number_only)) \
         select o.row_no, o.name as said, o.birth, o.village, m.id, m.name, m.birth_date, m.region_code \
           from o join reg.member m on m.region_code = o.village and m.birth_date = o.birth \
          where not m.deleted and m.member_status = '01' and m.region_code >= $1 and m.region_code < $2 \
         union all \
         select o.row_no, o.name, o.birth, o.village, m.id, m.name, m.birth_date, m.region_code \
           from o join reg.member m on m.region_code = o.village and m.name = o.name \
          where o.birth is null and not m.deleted and m.member_status = '01' and m.region_code >= $1 and m.region_code < $2 \
          order by 1",
    )
    .bind(&range.lo)
    .bind(&range.hi)
    .fetch_all(tx.conn())
    .await
    .db()?;
    for r in &rows {
        let p = person(r)?;
        line(lines, r)?.near.push(p);
    }
    Ok(())
}

/// People whom somebody said not to be the person of the same number and name.
async fn refused(tx: &mut ScopedTx, lines: &Lines) -> Result<BTreeSet<(i32, Uuid)>> {
    let pairs: Vec<(i32, Uuid)> = sqlx::query_as(
        "select distinct r.row_no, c.person_id from unnest($1::integer[]) n (row_no) join dept_row r on r.row_no = n.row_no \
           join relapse.dept_record d on d.raw_id_no_token = r.token and d.raw_name = r.name and d.match_state = '07' and not d.deleted \
           join relapse.dept_candidate c on c.record_id = d.id and not c.deleted",
    )
    .bind(lines.keys().copied().collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await
    .db()?;
    Ok(pairs.into_iter().collect())
}

/// Keeps whom a person has to choose from. A row lies at the county of its candidates, at the sender's region where they are of several.
async fn ask(tx: &mut ScopedTx, asks: &[Found]) -> Result<()> {
    let of = |f: fn(&Found) -> &'static str| asks.iter().map(|a| f(a).to_owned()).collect::<Vec<_>>();
    sqlx::query(
        "insert into dept_ask select x.row_no, m.id, m.household_id, m.region_code, x.method, x.alike, x.why, x.sure::numeric \
           from unnest($1::integer[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::float8[]) x (row_no, person, method, alike, why, sure) \
           join reg.member m on m.id = x.person",
    )
    .bind(asks.iter().map(|f| f.row_no).collect::<Vec<_>>())
    .bind(asks.iter().map(|f| f.person).collect::<Vec<_>>())
    .bind(of(|f| f.method))
    .bind(of(|f| f.alike))
    .bind(of(|f| f.why))
    .bind(asks.iter().map(|f| f.sure).collect::<Vec<_>>())
    .execute(tx.conn())
    .await
    .db()?;
    sqlx::raw_sql(
        "insert into dept_asked \
         select row_no, case when count(distinct left(village, 6)) = 1 then rpad(left(min(village), 6), 12, '0') end, \
                (array_agg(method order by sure desc, person_id))[1], min(why), max(sure) from dept_ask group by row_no; \
         analyze dept_asked",
    )
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}

/// Villages of the transaction's regions with the names of county, town and village.
pub(in crate::department) async fn villages(tx: &mut ScopedTx) -> Result<Vec<(String, String, String, String)>> {
    let range = tx.scope().clone();
    sqlx::query_as(
        "select v.code, c.name, t.name, v.name from reg.region v join reg.region t on t.code = rpad(left(v.code, 9), 12, '0') \
           join reg.region c on c.code = rpad(left(v.code, 6), 12, '0') \
          where v.level = 5 and v.valid_to is null and v.code >= $1 and v.code < $2",
    )
    .bind(&range.lo)
    .bind(&range.hi)
    .fetch_all(tx.conn())
    .await
    .db()
}

/// The confirmed lines of a batch of before the moment, with their people, as a batch of their own: laid as a delivery is. They are
/// held until the transaction ends. How many.
pub(in crate::department) async fn restage(tx: &mut ScopedTx, batch: Uuid, before: chrono::DateTime<chrono::Utc>) -> Result<i64> {
    super::stage(tx).await?;
    tables(tx).await?;
    sqlx::query(
        "insert into dept_row (id, row_no, name, cipher, token, id_ok, id_kind, place, data_day, day, amount_fen, relief_fen, serial, vals) \
         select r.id, r.row_no, coalesce(r.raw_name, ''), r.raw_id_no_cipher, r.raw_id_no_token, r.raw_id_no_ok, r.raw_id_no_kind, \
                coalesce(r.raw_region, ''), h.data_day, h.day, h.amount_fen, h.relief_fen, h.serial, h.vals \
           from relapse.dept_record r join relapse.dept_held h on h.record_id = r.id \
          where h.batch_id = $1 and r.match_state = '04' and r.decided_at <= $2 and not r.deleted for update of r, h",
    )
    .bind(batch)
    .bind(before)
    .execute(tx.conn())
    .await
    .db()?;
    let done = sqlx::raw_sql(
        "insert into dept_match select q.row_no, m.id, m.household_id, m.region_code, m.member_status = '01', r.match_method, r.match_score \
           from dept_row q join relapse.dept_record r on r.id = q.id join reg.member m on m.id = r.person_id and not m.deleted",
    )
    .execute(tx.conn())
    .await
    .db()?;
    Ok(i64::try_from(done.rows_affected()).unwrap_or(0))
}

/// Nobody is new on a whole list that was the first, also when the line was confirmed later.
pub(in crate::department) async fn not_new(tx: &mut ScopedTx, item: &str, received: NaiveDate) -> Result<()> {
    sqlx::query(
        "update dept_sum set is_new = false \
          where is_new and not exists (select from relapse.dept_seen e where e.item_no = $1 and e.first_on < $2)",
    )
    .bind(item)
    .bind(received)
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}
