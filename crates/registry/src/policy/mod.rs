//! What the province and the counties set for everybody below: parameters, working days, monitoring lines (domain 01 §2.20).
//! Must not know who asks; engines and modules ask through the traits of `flow`.

mod store;

use ::store::ScopedTx;
use async_trait::async_trait;
use base::{RegionCode, Result};
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// Parameters and calendar as they stand in the tables of the register.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policy;

#[async_trait]
impl flow::Params for Policy {
    async fn whole(&self, tx: &mut ScopedTx, key: &str, region: &RegionCode, on: NaiveDate) -> Result<Option<i64>> {
        let value = store::param(tx, key, region, on).await?;
        let whole = value.as_deref().map(str::trim).and_then(|v| v.parse::<i64>().ok());
        if value.is_some() && whole.is_none() {
            tracing::warn!(key, "parameter is not a whole number and is not used");
        }
        Ok(whole)
    }
    async fn all(&self, tx: &mut ScopedTx, key: &str, on: NaiveDate) -> Result<BTreeMap<String, i64>> {
        let all = store::params(tx, key, on).await?;
        Ok(all.into_iter().filter_map(|(region, v)| Some((region, v.trim().parse::<i64>().ok()?))).collect())
    }
}

#[async_trait]
impl flow::Calendar for Policy {
    async fn exceptions(&self, tx: &mut ScopedTx, from: NaiveDate, to: NaiveDate) -> Result<flow::rules::Exceptions> {
        store::workdays(tx, from, to).await
    }
}

impl Policy {
    /// The n-th working day after a day, by the work calendar.
    pub async fn working_day_after(self, tx: &mut ScopedTx, from: NaiveDate, days: u32) -> Result<NaiveDate> {
        let far = from + chrono::Days::new(u64::from(days) * 3 + 30);
        let exceptions = flow::Calendar::exceptions(&self, tx, from, far).await?;
        let mut left = days;
        let mut day = from;
        while left > 0 {
            day = day + chrono::Days::new(1);
            left -= u32::from(flow::rules::is_working(day, &exceptions));
        }
        Ok(day)
    }

    /// The monitoring line of a year in fen: the county's own, else the city's, else the province's.
    pub async fn monitor_line_fen(self, tx: &mut ScopedTx, region: &RegionCode, year: i32) -> Result<Option<i64>> {
        store::monitor_line(tx, region, year).await
    }
    /// Its state by list LINE_STATE, `00` being 未核定.
    pub async fn monitor_line_state(self, tx: &mut ScopedTx, region: &RegionCode, year: i32) -> Result<Option<String>> {
        store::monitor_line_state(tx, region, year).await
    }
}
