//! Base figures of a village: counted once a year and locked, they are what rates are divided by (domain 02 A2.9).

mod store;

use crate::params::numbers;
use crate::{text, whole, yes};
use ::store::{Db, ScopedTx};
use async_trait::async_trait;
use base::{Actor, FieldProblem, Result};
use chrono::Datelike;
use jobs::{Handler, Outcome, Run};
use meta::Dataset;
use record::{Hook, Records, Row};
use serde_json::json;

/// Kind of the yearly job.
pub const LOCK: &str = "toilet.lock_year";
/// First of April: the counties have had a quarter for the year before.
pub const LOCK_CRON: &str = "0 4 1 4 *";

/// The denominator, and nothing changes once the year is locked.
pub(crate) struct VillageCounted;
#[async_trait]
impl Hook for VillageCounted {
    async fn before_save(
        &self,
        _: &Records,
        tx: &mut ScopedTx,
        _: &Dataset,
        old: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        if let Some(o) = old.filter(|o| yes(o, "locked")) {
            let text = format!("{} 年度底数已锁定，不能修改；确需更正的由市级解除锁定。", whole(o, "data_year"));
            return Ok(vec![FieldProblem::new("data_year", "toilet.year_locked", text)]);
        }
        new.insert("should_count".into(), json!(whole(new, "resident_households")));
        let blank = text(new, "confirmed_by").trim().is_empty();
        let mut problems = Vec::new();
        if blank {
            problems.push(FieldProblem::new("confirmed_by", "toilet.not_confirmed", "请填写村书记确认。"));
        }
        let region = old.map_or_else(|| text(new, "region_code"), |o| text(o, "region_code")).to_owned();
        let (year, total) = (whole(new, "data_year"), whole(new, "total_households"));
        if let Some(class) = store::class_of(tx, &region, year).await? {
            new.insert("region_class".into(), json!(class));
        }
        let last = store::households_of(tx, &region, year - 1).await?;
        let pct = numbers(&region)?.get(tx, "toilet_village_change_pct").await?;
        if let Some(last) = last.filter(|l| (total - l).abs() * 100 > l * pct)
            && text(new, "change_reason").trim().is_empty()
        {
            let text = format!("户籍总户数上年 {last} 户，本年 {total} 户，变动超过 {pct}%，请填写变动说明。");
            problems.push(FieldProblem::new("change_reason", "toilet.change_unexplained", text));
        }
        Ok(problems)
    }
}

/// Locks the base figures of the years before this one.
pub struct Lock {
    pub db: Db,
}

#[async_trait]
impl Handler for Lock {
    async fn run(&self, _: &Run) -> Result<Outcome> {
        let mut tx = self.db.begin(&Actor::system("年度锁定")).await?;
        let year = record::today().year();
        let n = store::lock(&mut tx, year).await?;
        tx.commit().await?;
        Ok(Outcome::new(format!("已锁定 {n} 个村的底数。"), json!({ "locked": n })))
    }
    fn restartable(&self) -> bool {
        true
    }
}
