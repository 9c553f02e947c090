//! The look-ups of policy: rows set above are read under the scope of whoever asks. Must not decide.

use ::store::{DbResult, ScopedTx};
use base::{RegionCode, Result};
use chrono::NaiveDate;
use sqlx::Row as _;
use std::collections::BTreeMap;

/// A region and all above it.
fn chain(region: &RegionCode) -> Vec<String> {
    let above = region.scope().above().into_iter();
    above.chain([region.clone()]).map(String::from).collect()
}

pub(super) async fn param(tx: &mut ScopedTx, key: &str, region: &RegionCode, on: NaiveDate) -> Result<Option<String>> {
    sqlx::query_scalar(
        "select value from reg.policy_param
          where key = $1 and not deleted and valid_from <= $3 and (valid_to is null or valid_to >= $3) and region_code = any($2)
          order by region_code desc, valid_from desc limit 1",
    )
    .bind(key)
    .bind(chain(region))
    .bind(on)
    .fetch_optional(tx.conn())
    .await
    .db()
    .map(Option::flatten)
}

pub(super) async fn workdays(tx: &mut ScopedTx, from: NaiveDate, to: NaiveDate) -> Result<BTreeMap<NaiveDate, bool>> {
    let around = RegionCode::parse(&tx.scope().lo)?;
    let rows = sqlx::query(
        "select date, is_workday from reg.work_calendar where date between $1 and $2 and not deleted and region_code = any($3)",
    )
    .bind(from)
    .bind(to)
    .bind(chain(&around))
    .fetch_all(tx.conn())
    .await
    .db()?;
    rows.iter().map(|r| Ok((r.try_get("date").db()?, r.try_get("is_workday").db()?))).collect()
}

pub(super) async fn monitor_line(tx: &mut ScopedTx, region: &RegionCode, year: i32) -> Result<Option<i64>> {
    sqlx::query_scalar(
        "select amount from reg.monitor_line
          where year = $2 and not deleted and amount is not null and state is distinct from '02' and region_code = any($1)
          order by region_code desc, valid_from desc limit 1",
    )
    .bind(chain(&region.ancestor(base::Level::County)))
    .bind(year)
    .fetch_optional(tx.conn())
    .await
    .db()
}

/// Every value of a parameter on a day that this transaction reads, by region.
pub(super) async fn params(tx: &mut ScopedTx, key: &str, on: NaiveDate) -> Result<Vec<(String, String)>> {
    let rows = sqlx::query(
        "select distinct on (region_code) region_code, value from reg.policy_param
          where key = $1 and not deleted and valid_from <= $2 and (valid_to is null or valid_to >= $2) and value is not null
          order by region_code, valid_from desc",
    )
    .bind(key)
    .bind(on)
    .fetch_all(tx.conn())
    .await
    .db()?;
    rows.iter().map(|r| Ok((r.try_get("region_code").db()?, r.try_get("value").db()?))).collect()
}

/// The state of the line that holds, by list LINE_STATE.
pub(super) async fn monitor_line_state(tx: &mut ScopedTx, region: &RegionCode, year: i32) -> Result<Option<String>> {
    sqlx::query_scalar(
        "select coalesce(state, '00') from reg.monitor_line
          where year = $2 and not deleted and amount is not null and state is distinct from '02' and region_code = any($1)
          order by region_code desc, valid_from desc limit 1",
    )
    .bind(chain(&region.ancestor(base::Level::County)))
    .bind(year)
    .fetch_optional(tx.conn())
    .await
    .db()
}
