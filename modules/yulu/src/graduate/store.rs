//! Look-ups of graduates. Must not decide.

use ::store::{DbResult, ScopedTx};
use base::Result;
use record::Row as Values;
use sqlx::Row as _;
use uuid::Uuid;

/// Terms and fen somebody was paid.
pub(super) async fn received(tx: &mut ScopedTx, person: Uuid) -> Result<(i64, i64)> {
    let row = sqlx::query(
        "select count(distinct batch_id) as terms, coalesce(sum(actual_amount), 0)::bigint as fen from yulu.subsidy \
          where person_id = $1 and not deleted and pay_status = '2'",
    )
    .bind(person)
    .fetch_one(tx.conn())
    .await
    .db()?;
    Ok((row.try_get("terms").db()?, row.try_get("fen").db()?))
}

/// The name of the county of a village.
pub(super) async fn county_name(tx: &mut ScopedTx, region: &str) -> Result<Option<String>> {
    sqlx::query_scalar("select name from reg.region where code = rpad(left($1, 6), 12, '0')")
        .bind(region)
        .fetch_optional(tx.conn())
        .await
        .db()
}

/// People whom a roll of the term names as graduated (6) or whose expected month is over, who have no row of that year.
pub(crate) async fn leavers(tx: &mut ScopedTx, term: Uuid) -> Result<Vec<Values>> {
    let rows: Vec<serde_json::Value> = sqlx::query_scalar(
        "select jsonb_strip_nulls(jsonb_build_object('region_code', m.region_code, 'person_id', m.id, 'grad_year', r.ym / 100, \
           'grad_ym', r.ym, 'school_name', r.school_name, 'edu_stage', r.school_type, 'major_name', r.major_name, \
           'study_years', r.study_years::text, 'dest', '8')) \
           from (select distinct on (person_id) *, coalesce(grad_ym, expect_grad_ym) as ym from yulu.roll \
                  where batch_id = $1 and not deleted and person_id is not null \
                    and (roll_status = '6' or roll_status in ('1', '2') \
                         and expect_grad_ym <= extract(year from now())::int * 100 + extract(month from now())::int) \
                  order by person_id, grad_ym desc nulls last) r \
           join reg.member m on m.id = r.person_id and not m.deleted \
          where r.ym is not null and not exists (select from yulu.graduate g where g.person_id = m.id and g.grad_year = r.ym / 100 and not g.deleted)",
    )
    .bind(term)
    .fetch_all(tx.conn())
    .await
    .db()?;
    Ok(rows.into_iter().filter_map(|j| if let serde_json::Value::Object(o) = j { Some(o) } else { None }).collect())
}
