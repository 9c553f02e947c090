//! Statistics: the measures of a report by the regions below the one asked for, with totals and the way to the records.
//! Must not know what is counted: measures are read from `meta::Report`. Who counts is behind [`Count`]; here PostgreSQL does.

mod export;
pub mod rules;
mod store;

pub use export::to_xlsx;
pub use rules::{ColumnHead, Figures, ReportTable, TableRow};
pub use store::Postgres;

use ::store::ScopedTx;
use async_trait::async_trait;
use base::month::Month;
use base::{Actor, Error, RegionCode, Result, Scope};
use chrono::Utc;
use meta::report::{Aggregate, Measure};
use meta::{Catalog, Dataset, Report};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The regions of today, given by the registry.
pub trait Regions: Send + Sync {
    /// Short name, or none for a code that does not exist (any more).
    fn name(&self, code: &str) -> Option<String>;
    /// Codes directly below, in the order of the official list.
    fn below(&self, code: &RegionCode) -> Vec<RegionCode>;
}

/// What is to be counted over one dataset.
pub struct Plan<'a> {
    pub dataset: &'a Dataset,
    /// Count, sum and distinct; never a ratio.
    pub measures: Vec<&'a Measure>,
    pub range: Scope,
    /// Leading digits of the region code to group by.
    pub digits: usize,
    pub period: Month,
}

/// Counts by region: PostgreSQL inside a transaction, or a columnar copy. The answers must be equal.
#[async_trait]
pub trait Count: Send + Sync {
    async fn count(&self, tx: &mut ScopedTx, plan: &Plan<'_>) -> Result<Figures>;
}

/// One report in the list.
#[derive(Clone, Debug, Serialize)]
pub struct ReportName {
    pub id: String,
    pub title: String,
}

/// Which ledger with which filters shows the records behind a figure.
#[derive(Clone, Debug, Serialize)]
pub struct Drill {
    pub dataset: String,
    pub query: BTreeMap<String, String>,
}

/// The engine. Cheap to clone.
#[derive(Clone)]
pub struct Reports {
    catalog: Arc<Catalog>,
    regions: Arc<dyn Regions>,
    count: Arc<dyn Count>,
}

impl Reports {
    pub fn new(catalog: Arc<Catalog>, regions: Arc<dyn Regions>) -> Reports {
        Reports { catalog, regions, count: Arc::new(Postgres) }
    }
    /// Counts elsewhere.
    #[must_use]
    pub fn with_count(self, count: Arc<dyn Count>) -> Reports {
        Reports { count, ..self }
    }

    /// Reports this actor may read.
    pub fn list(&self, actor: &Actor) -> Vec<ReportName> {
        let mine = self.catalog.reports().filter(|r| allowed(r, actor));
        mine.map(|r| ReportName { id: r.id.clone(), title: r.title.clone() }).collect()
    }

    fn find(&self, actor: &Actor, id: &str) -> Result<&Arc<Report>> {
        let r = self
            .catalog
            .report(id)
            .ok_or_else(|| Error::not_found("report.not_found", "没有这张统计表，请从“统计报表”重新进入。"))?;
        if allowed(r, actor) {
            return Ok(r);
        }
        Err(Error::forbidden("report.not_allowed", format!("您当前的岗位不能查看“{}”，如确需查看请联系本级管理员。", r.title)))
    }

    /// The figures of a report for a region (the actor's own when none is asked for) and a month (this one when none).
    pub async fn run(
        &self,
        tx: &mut ScopedTx,
        id: &str,
        region: Option<&RegionCode>,
        period: Option<Month>,
    ) -> Result<ReportTable> {
        let actor = tx.actor().clone();
        let report = self.find(&actor, id)?.clone();
        let region = self.region(tx, &actor, region)?;
        let now = Utc::now();
        let period = period.unwrap_or_else(|| rules::month_of(now));
        let mut by_dataset: BTreeMap<&str, Vec<&Measure>> = BTreeMap::new();
        for m in report.measures.iter().filter(|m| m.aggregate != Aggregate::Ratio) {
            by_dataset.entry(m.dataset.as_deref().unwrap_or_default()).or_default().push(m);
        }
        let digits = region.level().below().unwrap_or_else(|| region.level()).digits();
        let mut figures = Figures::default();
        for (dataset, measures) in by_dataset {
            let dataset = self.catalog.dataset(dataset).ok_or_else(|| Error::internal(format!("no dataset {dataset}")))?;
            figures.join(self.count.count(tx, &Plan { dataset, measures, range: region.scope(), digits, period }).await?);
        }
        let listed = if region.level().below().is_some() { self.regions.below(&region) } else { vec![region.clone()] };
        Ok(rules::table(&report, &region, period, now, listed, &figures, |c| self.regions.name(c)))
    }

    /// The way to the records behind one figure.
    pub fn drill(&self, actor: &Actor, id: &str, region: &RegionCode, key: &str, period: Option<Month>) -> Result<Drill> {
        let report = self.find(actor, id)?;
        let none = || Error::not_found("report.no_drill", "这一列是计算得出的，没有可以打开的明细。");
        let m = report.measures.iter().find(|m| m.key == key).ok_or_else(none)?;
        let dataset = m.dataset.clone().ok_or_else(none)?;
        let period = period.unwrap_or_else(|| rules::month_of(Utc::now())).number().to_string();
        let mut query: BTreeMap<String, String> =
            m.drill.iter().map(|(f, v)| (f.clone(), v.replace(":period", &period))).collect();
        query.insert("region".into(), region.as_str().into());
        Ok(Drill { dataset, query })
    }

    fn region(&self, tx: &ScopedTx, actor: &Actor, asked: Option<&RegionCode>) -> Result<RegionCode> {
        let region = asked.unwrap_or(&actor.region).clone();
        if region.scope().meet(tx.scope()).as_ref() == Some(&region.scope()) {
            return Ok(region);
        }
        Err(Error::not_found("report.region_outside", "所选区划不在您的辖区内，请在辖区内选择。"))
    }
}

fn allowed(r: &Report, actor: &Actor) -> bool {
    actor.is_system() || r.roles.contains(&actor.role)
}
