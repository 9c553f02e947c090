//! Look-ups of people and rolls by the token of an identity number. Must not decide.

use ::store::{DbResult, ScopedTx};
use base::Result;
use chrono::NaiveDate;
use sqlx::Row as _;
use uuid::Uuid;

/// A person of the register.
#[derive(Clone)]
pub(super) struct Known {
    pub id: Uuid,
    pub household: Uuid,
    pub name: String,
}

/// Present members with this number.
pub(super) async fn by_number(tx: &mut ScopedTx, token: &[u8]) -> Result<Vec<Known>> {
    let rows = sqlx::query(
        "select id, household_id, coalesce(name, '') as name from reg.member \
          where id_no_token = $1 and not deleted and member_status = '01' order by id",
    )
    .bind(token)
    .fetch_all(tx.conn())
    .await
    .db()?;
    let known = |r: sqlx::postgres::PgRow| {
        Ok(Known { id: r.try_get("id").db()?, household: r.try_get("household_id").db()?, name: r.try_get("name").db()? })
    };
    rows.into_iter().map(known).collect()
}

/// Other rolls of the term with this number.
pub(super) async fn rolls_of(tx: &mut ScopedTx, batch: Uuid, token: &[u8], but: Option<Uuid>) -> Result<i64> {
    sqlx::query_scalar(
        "select count(*) from yulu.roll where batch_id = $1 and id_no_token = $2 and not deleted and id is distinct from $3",
    )
    .bind(batch)
    .bind(token)
    .bind(but)
    .fetch_one(tx.conn())
    .await
    .db()
}

/// How many rolls a term has.
pub(super) async fn count(tx: &mut ScopedTx, batch: Uuid) -> Result<i64> {
    sqlx::query_scalar("select count(*) from yulu.roll where batch_id = $1 and not deleted")
        .bind(batch)
        .fetch_one(tx.conn())
        .await
        .db()
}

/// A roll beside whom the register has under its number, and what was found before.
pub(super) struct Line {
    pub id: Uuid,
    pub region: String,
    pub row_version: i32,
    pub name: String,
    pub id_cipher: Option<String>,
    pub others: i64,
    pub known: Option<Known>,
    pub result: Option<String>,
    pub person: Option<Uuid>,
    pub household: Option<Uuid>,
}

/// The next rolls of a term after one, by id.
pub(super) async fn lines(tx: &mut ScopedTx, batch: Uuid, after: Uuid, most: i64) -> Result<Vec<Line>> {
    let rows = sqlx::query(
        "select r.id, r.region_code, r.row_version, coalesce(r.name, '') as name, r.id_no_cipher, r.match_result, r.person_id, r.household_id, \
                k.id as known, k.household_id as known_household, coalesce(k.name, '') as known_name, \
                (select count(*) from yulu.roll o where o.batch_id = $1 and o.id_no_token = r.id_no_token and o.id <> r.id and not o.deleted) as others \
           from yulu.roll r \
           left join lateral (select m.id, m.household_id, m.name from reg.member m \
                               where m.id_no_token = r.id_no_token and not m.deleted and m.member_status = '01' order by m.id limit 1) k on true \
          where r.batch_id = $1 and not r.deleted and r.id > $2 order by r.id limit $3 for update of r",
    )
    .bind(batch)
    .bind(after)
    .bind(most)
    .fetch_all(tx.conn())
    .await
    .db()?;
    let line = |r: sqlx::postgres::PgRow| {
        let (known, home): (Option<Uuid>, Option<Uuid>) = (r.try_get("known").db()?, r.try_get("known_household").db()?);
        let name: String = r.try_get("known_name").db()?;
        Ok(Line {
            id: r.try_get("id").db()?,
            region: r.try_get("region_code").db()?,
            row_version: r.try_get("row_version").db()?,
            name: r.try_get("name").db()?,
            id_cipher: r.try_get("id_no_cipher").db()?,
            others: r.try_get("others").db()?,
            known: known.zip(home).map(|(id, household)| Known { id, household, name }),
            result: r.try_get("match_result").db()?,
            person: r.try_get("person_id").db()?,
            household: r.try_get("household_id").db()?,
        })
    };
    rows.into_iter().map(line).collect()
}

/// Present members whose number in the register does not hold, with their day of birth: a roll cannot find them by the number.
pub(super) async fn misnumbered(tx: &mut ScopedTx) -> Result<Vec<(Known, NaiveDate)>> {
    let rows = sqlx::query(
        "select id, household_id, name, birth_date from reg.member \
          where not deleted and member_status = '01' and id_no_ok is not true and birth_date is not null and name is not null order by id",
    )
    .fetch_all(tx.conn())
    .await
    .db()?;
    let one = |r: sqlx::postgres::PgRow| {
        let known =
            Known { id: r.try_get("id").db()?, household: r.try_get("household_id").db()?, name: r.try_get("name").db()? };
        Ok((known, r.try_get("birth_date").db()?))
    };
    rows.into_iter().map(one).collect()
}
