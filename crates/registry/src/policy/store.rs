//! The three look-ups of policy. Must not decide.

use ::store::{DbResult, ScopedTx};
use base::{RegionCode, Result};
use chrono::NaiveDate;
use sqlx::Row as _;
use std::collections::BTreeMap;

pub(super) async fn param(tx: &mut ScopedTx, key: &str, region: &RegionCode, on: NaiveDate) -> Result<Option<String>> {
    sqlx::query_scalar("select reg.param_value($1, $2, $3)")
        .bind(key)
        .bind(region.as_str())
        .bind(on)
        .fetch_one(tx.conn())
        .await
        .db()
}

pub(super) async fn workdays(tx: &mut ScopedTx, from: NaiveDate, to: NaiveDate) -> Result<BTreeMap<NaiveDate, bool>> {
    let rows = sqlx::query("select day, is_workday from reg.workdays_between($1, $2)")
        .bind(from)
        .bind(to)
        .fetch_all(tx.conn())
        .await
        .db()?;
    rows.iter().map(|r| Ok((r.try_get("day").db()?, r.try_get("is_workday").db()?))).collect()
}

pub(super) async fn monitor_line(tx: &mut ScopedTx, region: &RegionCode, year: i32) -> Result<Option<i64>> {
    sqlx::query_scalar("select reg.monitor_line_fen($1, $2)").bind(region.as_str()).bind(year).fetch_one(tx.conn()).await.db()
}
