//! Who the rows of a batch are about: by the token of the number, else by the number as it was probably meant.

use crate::department::read::{DUPLICATE, Meant};
use ::store::{DbResult, ScopedTx};
use base::Result;
use chrono::NaiveDate;
use sqlx::Row as _;
use std::collections::BTreeMap;
use uuid::Uuid;

/// How the rows fared.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::department) struct Counts {
    pub rows: i64,
    pub matched: i64,
    pub unmatched: i64,
    pub rejected: i64,
    /// Of the matched: by a number that was put right.
    pub repaired: i64,
}

/// Finds equal rows, then the person of each row by the token of the number, inside the transaction's regions.
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
    sqlx::raw_sql(
        "create index on dept_row (row_no); create index on dept_row (token); analyze dept_row; \
         create temp table dept_match (row_no integer primary key, person_id uuid, household_id uuid, village text, in_family boolean, \
           sure numeric) on commit drop",
    )
    .execute(tx.conn())
    .await
    .db()?;
    // who stands in two households (moved, married) is taken where he is in the family, and there the newest entry
    sqlx::query(
        "insert into dept_match \
         select distinct on (r.row_no) r.row_no, m.id, m.household_id, m.region_code, m.member_status = '01' \
           from dept_row r join reg.member m on m.id_no_token = r.token \
          where r.reject is null and not m.deleted and m.region_code >= $1 and m.region_code < $2 \
          order by r.row_no, (m.member_status = '01') desc, m.updated_at desc, m.id",
    )
    .bind(&range.lo)
    .bind(&range.hi)
    .execute(tx.conn())
    .await
    .db()?;
    let repaired = repair(tx, meant, &range).await?;
    let row = sqlx::query(
        "select (select count(*) from dept_row) as n, (select count(*) from dept_match) as matched, \
                (select count(*) from dept_row where reject is not null) as rejected",
    )
    .fetch_one(tx.conn())
    .await
    .db()?;
    let (rows, matched, rejected): (i64, i64, i64) =
        (row.try_get("n").db()?, row.try_get("matched").db()?, row.try_get("rejected").db()?);
    Ok(Counts { rows, matched, rejected, unmatched: rows - matched - rejected, repaired })
}

/// Rows whose number holds again once one slip is undone, and then is that of somebody of the same name: they are taken.
async fn repair(tx: &mut ScopedTx, meant: &[Meant], range: &base::Scope) -> Result<i64> {
    let tokens: Vec<Vec<u8>> = meant.iter().flat_map(|m| m.tokens.iter().map(|(t, _)| t.to_vec())).collect();
    if tokens.is_empty() {
        return Ok(0);
    }
    type Holder = (Vec<u8>, Uuid, Option<String>, Option<NaiveDate>, String);
    let found: Vec<Holder> = sqlx::query_as(
        "select id_no_token, id, name, birth_date, region_code from reg.member \
          where id_no_token = any($1) and not deleted and region_code >= $2 and region_code < $3",
    )
    .bind(&tokens)
    .bind(&range.lo)
    .bind(&range.hi)
    .fetch_all(tx.conn())
    .await
    .db()?;
    let mut people: BTreeMap<Vec<u8>, Vec<matching::Person>> = BTreeMap::new();
    for (token, id, name, birth, place) in found {
        people.entry(token).or_default().push(matching::Person { id, name: name.unwrap_or_default(), birth, place });
    }
    let (mut rows, mut ids, mut sure) = (Vec::new(), Vec::new(), Vec::new());
    for m in meant {
        let answers: Vec<(matching::Query, matching::Person)> = m
            .tokens
            .iter()
            .flat_map(|(token, slip)| people.get(token.as_slice()).into_iter().flatten().map(move |p| (slip, p)))
            .map(|(slip, p)| (matching::Query { number: String::new(), slip: Some(*slip) }, p.clone()))
            .collect();
        let claim = matching::Claim { name: &m.name, ..matching::Claim::default() };
        if let matching::Outcome::Link(c) = matching::decide(&claim, &answers, &[]) {
            rows.push(m.row_no);
            ids.push(c.person);
            sure.push(c.confidence);
        }
    }
    sqlx::query(
        "insert into dept_match select x.row_no, m.id, m.household_id, m.region_code, m.member_status = '01', x.sure::numeric \
           from unnest($1::integer[], $2::uuid[], $3::float8[]) x (row_no, person, sure) join reg.member m on m.id = x.person \
           join dept_row r on r.row_no = x.row_no and r.reject_at = 'id_no'",
    )
    .bind(&rows)
    .bind(&ids)
    .bind(&sure)
    .execute(tx.conn())
    .await
    .db()?;
    let done = sqlx::query("update dept_row r set reject = null, reject_at = null from dept_match x where x.row_no = r.row_no and x.sure is not null")
        .execute(tx.conn())
        .await
        .db()?;
    Ok(i64::try_from(done.rows_affected()).unwrap_or(0))
}
