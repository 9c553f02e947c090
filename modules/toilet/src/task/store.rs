//! Sums of tasks. Must not decide.

use base::Result;
use store::{DbResult, ScopedTx};
use uuid::Uuid;

/// 新建、改建提升、问题整改、公厕.
pub(crate) type Plans = [i64; 4];

/// Plans of a task and the sum of those below it; the row in hand is left out.
pub(crate) async fn below(tx: &mut ScopedTx, parent: Uuid, but: Option<Uuid>) -> Result<(Plans, i64)> {
    let (a, b, c, d, n): (i64, i64, i64, i64, i64) = sqlx::query_as(
        "select coalesce(sum(plan_new), 0)::bigint, coalesce(sum(plan_upgrade), 0)::bigint, coalesce(sum(plan_problem), 0)::bigint, \
           coalesce(sum(plan_public), 0)::bigint, count(*) from toilet.task \
         where parent_id = $1 and not deleted and state <> '90' and id is distinct from $2",
    )
    .bind(parent)
    .bind(but)
    .fetch_one(tx.conn())
    .await
    .db()?;
    Ok(([a, b, c, d], n))
}

/// A task that others are parts of.
pub(crate) struct Above {
    pub plans: Plans,
    pub year: i64,
    pub region: String,
}
pub(crate) async fn above(tx: &mut ScopedTx, task: Uuid) -> Result<Option<Above>> {
    let row: Option<(i32, i32, i32, i32, i32, String)> = sqlx::query_as(
        "select plan_new, plan_upgrade, plan_problem, plan_public, task_year, region_code from toilet.task where id = $1 and not deleted",
    )
    .bind(task)
    .fetch_optional(tx.conn())
    .await
    .db()?;
    Ok(row.map(|(a, b, c, d, year, region)| Above { plans: [a, b, c, d].map(i64::from), year: i64::from(year), region }))
}

/// An issued task and what stands beside it as done.
pub(crate) struct Issued {
    pub id: Uuid,
    pub region: String,
    pub year: i32,
    pub done: [i64; 4],
}
/// Issued tasks of a year and later.
pub(crate) async fn issued(tx: &mut ScopedTx, from: i32) -> Result<Vec<Issued>> {
    let rows: Vec<(Uuid, String, i32, i32, i32, i32, i32)> = sqlx::query_as(
        "select id, region_code, task_year, coalesce(done_new, 0), coalesce(done_upgrade, 0), coalesce(accepted, 0), coalesce(fixed, 0) \
           from toilet.task where state = '20' and task_year >= $1 and not deleted order by region_code, id",
    )
    .bind(from)
    .fetch_all(tx.conn())
    .await
    .db()?;
    Ok(rows
        .into_iter()
        .map(|(id, region, year, a, b, c, d)| Issued { id, region, year, done: [a, b, c, d].map(i64::from) })
        .collect())
}

/// Public toilets built or rebuilt in a year inside a region and in use.
pub(crate) async fn public_done(tx: &mut ScopedTx, region: &str, digits: usize, year: i32) -> Result<i64> {
    sqlx::query_scalar(
        "select count(*) from toilet.public_toilet where region_code >= rpad(left($1, $2), 12, '0') \
           and region_code <= rpad(left($1, $2), 12, '9') and (build_year = $3 or renov_year = $3) and use_status = '1' and not deleted",
    )
    .bind(region)
    .bind(i32::try_from(digits).unwrap_or(2))
    .bind(year)
    .fetch_one(tx.conn())
    .await
    .db()
}

/// What was done of a year inside a region: 新建、改建提升 finished; accepted; problems closed.
pub(crate) async fn done(tx: &mut ScopedTx, region: &str, digits: usize, year: i32) -> Result<[i64; 4]> {
    let row: (i64, i64, i64, i64) = sqlx::query_as(
        "with r as (select * from toilet.renovation where region_code >= rpad(left($1, $2), 12, '0') \
             and region_code <= rpad(left($1, $2), 12, '9') and renov_year = $3 and state <> '90' and not deleted), \
         p as (select * from toilet.problem where region_code >= rpad(left($1, $2), 12, '0') \
             and region_code <= rpad(left($1, $2), 12, '9') and not deleted and status = '70' and extract(year from solved_date) = $3) \
         select (select count(*) from r where finish_date is not null and renov_nature = '1'), \
           (select count(*) from r where finish_date is not null and renov_nature <> '1'), \
           (select count(*) from r where accept_result in ('1', '2')), (select count(*) from p)",
    )
    .bind(region)
    .bind(i32::try_from(digits).unwrap_or(2))
    .bind(year)
    .fetch_one(tx.conn())
    .await
    .db()?;
    Ok([row.0, row.1, row.2, row.3])
}
