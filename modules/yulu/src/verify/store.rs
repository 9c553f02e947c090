//! Look-ups of one verification. Must not decide.

use crate::term::Term;
use ::store::{DbResult, ScopedTx};
use base::{RegionCode, Result};
use chrono::NaiveDate;
use sqlx::Row as _;
use uuid::Uuid;

/// How many files hang on a field of a row.
pub(crate) async fn attached(tx: &mut ScopedTx, dataset: &str, row: Uuid, field: &str) -> Result<i64> {
    sqlx::query_scalar("select app.attachment_count($1, $2, $3)")
        .bind(dataset)
        .bind(row)
        .bind(field)
        .fetch_one(tx.conn())
        .await
        .db()
}

/// Whether somebody with this number is a present member of the household.
pub(super) async fn of_household(tx: &mut ScopedTx, household: Uuid, token: &[u8]) -> Result<bool> {
    sqlx::query_scalar(
        "select exists (select from reg.member where household_id = $1 and id_no_token = $2 and not deleted and member_status = '01')",
    )
    .bind(household)
    .bind(token)
    .fetch_one(tx.conn())
    .await
    .db()
}

/// The standard of a county, else of the province; of the term, else of the year (domain 03 §1.4 yl_standard).
pub(super) async fn standard(tx: &mut ScopedTx, region: &RegionCode, term: &Term, stage: &str) -> Result<Option<i64>> {
    sqlx::query_scalar(
        "select amount_per_term from yulu.standard \
          where not deleted and school_year = $1 and (term = $2 or term is null) and (edu_stage = $3 or edu_stage is null) \
            and valid_from <= $4 and (valid_to is null or valid_to >= $4) \
            and region_code in (rpad(left($5, 6), 12, '0'), rpad(left($5, 4), 12, '0'), rpad(left($5, 2), 12, '0')) \
          order by edu_stage nulls last, region_code desc, term nulls last limit 1",
    )
    .bind(term.school_year)
    .bind(&term.term)
    .bind(stage)
    .bind(term.base_date)
    .bind(region.as_str())
    .fetch_optional(tx.conn())
    .await
    .db()
}

/// The states of the document a student is listed in, and of his money.
pub(super) async fn led_by(tx: &mut ScopedTx, verify: Uuid) -> Result<(Option<String>, Option<String>)> {
    let row = sqlx::query(
        "select (select d.state from yulu.approval_doc d where d.id = v.approval_doc_id and not d.deleted) as doc, \
                (select s.pay_status from yulu.subsidy s where s.verify_id = v.id and not s.deleted) as pay \
           from yulu.verify v where v.id = $1",
    )
    .bind(verify)
    .fetch_one(tx.conn())
    .await
    .db()?;
    Ok((row.try_get("doc").db()?, row.try_get("pay").db()?))
}

/// A notice that hangs and that nobody objected to.
pub(super) struct Hanging {
    pub id: Uuid,
    pub region: String,
    pub from: NaiveDate,
}

/// Notices of terms that are not over.
pub(super) async fn hanging(tx: &mut ScopedTx) -> Result<Vec<Hanging>> {
    let rows = sqlx::query(
        "select id, region_code, publicity_from from yulu.verify \
          where state = '40' and not deleted and publicity_from is not null and coalesce(objection, '') = '' order by region_code, id",
    )
    .fetch_all(tx.conn())
    .await
    .db()?;
    let one = |r: sqlx::postgres::PgRow| {
        Ok(Hanging { id: r.try_get("id").db()?, region: r.try_get("region_code").db()?, from: r.try_get("publicity_from").db()? })
    };
    rows.into_iter().map(one).collect()
}
