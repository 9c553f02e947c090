//! Statistics: the measures of a report by the regions below the one asked for, or by another dimension, with totals, the
//! way to the records, comparison with an earlier month and snapshots at the end of a month.
//! Must not know what is counted: measures are read from `meta::Report`. Who counts is behind [`Count`]; here PostgreSQL does.

mod behind;
pub mod bulletin;
pub mod document;
mod export;
pub mod ledger;
pub mod printing;
pub mod rules;
mod snapshot;
mod store;

pub use behind::Behind;
pub use export::to_xlsx;
pub use rules::{ColumnHead, Figures, ReportTable, TableRow};
pub use snapshot::{SNAPSHOT, Snapshots};
pub use store::Postgres;

use ::store::ScopedTx;
use async_trait::async_trait;
use base::month::Month;
use base::{Actor, Error, RegionCode, Result, Scope};
use chrono::{DateTime, Utc};
use include_dir::{Dir, include_dir};
use meta::report::{Dimension, Measure};
use meta::{Catalog, Dataset, Report};
use rules::Counted;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The table of snapshots.
pub static MIGRATIONS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/migrations");

/// The regions of today, given by the registry.
pub trait Regions: Send + Sync {
    /// Short name, or none for a code that does not exist (any more).
    fn name(&self, code: &str) -> Option<String>;
    /// Codes directly below, in the order of the official list.
    fn below(&self, code: &RegionCode) -> Vec<RegionCode>;
}

/// What is counted over: the rows of a dataset, or a view of the database that a migration made (it lies under row-level
/// security as its tables do, and has a column `region_code`).
#[derive(Clone, Copy)]
pub enum Source<'a> {
    Dataset(&'a Dataset),
    View(&'a str),
}

/// What the rows of the answer are.
#[derive(Clone, Copy)]
pub enum Group<'a> {
    /// So many leading digits of the region code.
    Region { digits: usize },
    /// Values of a column of the source, as text; none is the empty text.
    Column(&'a str),
}

/// What is to be counted over one source.
pub struct Plan<'a> {
    pub source: Source<'a>,
    /// Never derived ones (ratios, growth, differences).
    pub measures: Vec<&'a Measure>,
    pub range: Scope,
    pub group: Group<'a>,
    pub period: Month,
}

/// Counts by region or column: PostgreSQL inside a transaction, or a columnar copy. The answers must be equal.
#[async_trait]
pub trait Count: Send + Sync {
    async fn count(&self, tx: &mut ScopedTx, plan: &Plan<'_>) -> Result<Figures>;
}

/// One report in the list.
#[derive(Clone, Debug, Serialize)]
pub struct ReportName {
    pub id: String,
    pub title: String,
    pub definition: String,
    /// How many figures a row has.
    pub columns: usize,
}

/// Which ledger with which filters shows the records behind a figure.
#[derive(Clone, Debug, Serialize)]
pub struct Drill {
    pub dataset: String,
    pub query: BTreeMap<String, String>,
}

/// Which earlier month stands beside the one asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    /// The month before (环比).
    Month,
    /// The same month of the year before (同比).
    Year,
}

/// What is asked of a report.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// The actor's own when none.
    pub region: Option<RegionCode>,
    /// This month when none.
    pub period: Option<Month>,
    /// Key of a dimension; regions when none.
    pub by: Option<String>,
    /// Only rows of one value of a dimension: key and value.
    pub only: Option<(String, String)>,
    pub compare: Option<Compare>,
}

/// A dimension and its one value that is looked at.
#[derive(Clone, Copy)]
pub(crate) struct Only<'a> {
    pub dimension: &'a Dimension,
    pub value: &'a str,
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
        mine.map(|r| ReportName {
            id: r.id.clone(),
            title: r.title.clone(),
            definition: r.definition.clone(),
            columns: r.measures.len(),
        })
        .collect()
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

    /// The figures of a report.
    pub async fn run(&self, tx: &mut ScopedTx, id: &str, ask: &Ask) -> Result<ReportTable> {
        let actor = tx.actor().clone();
        let report = self.find(&actor, id)?.clone();
        let region = region(tx, &actor, ask.region.as_ref())?;
        let now = Utc::now();
        let this_month = rules::month_of(now);
        let period = ask.period.unwrap_or(this_month);
        if period > this_month {
            return Err(Error::invalid("report.future", "统计月份不能晚于本月。"));
        }
        let dimension = |key: &str| {
            report
                .dimension(key)
                .ok_or_else(|| Error::invalid("report.no_dimension", "这张统计表不能按所选内容分组，请在“行”中重新选择。"))
        };
        let by = ask.by.as_deref().filter(|b| !b.is_empty()).map(dimension).transpose()?;
        let only = match ask.only.as_ref().filter(|(key, _)| !key.is_empty()) {
            None => None,
            Some((key, value)) => Some(Only { dimension: dimension(key)?, value: rules::clean(value)? }),
        };
        let counted = self.figures(tx, &report, &region, period, (by, only), now).await?;
        let before = match ask.compare {
            None => None,
            Some(c) => {
                let earlier = period.plus(if c == Compare::Month { -1 } else { -12 })?;
                Some((earlier, self.figures(tx, &report, &region, earlier, (by, only), now).await?))
            }
        };
        let listed = match (by, region.level().below()) {
            (None, Some(_)) => self.regions.below(&region).iter().map(|r| r.as_str().to_owned()).collect(),
            (None, None) => vec![region.as_str().to_owned()],
            (Some(d), _) => self.values_of(d),
        };
        let about = rules::About { report: &report, region: &region, period, by };
        let table = rules::table(&about, listed, &counted, before.as_ref(), |c| self.name(by, c));
        let said = only.map(|o| rules::Slice {
            key: o.dimension.key.clone(),
            label: o.dimension.label.clone(),
            value: o.value.to_owned(),
            name: self.name(Some(o.dimension), o.value).unwrap_or_else(|| o.value.to_owned()),
        });
        Ok(ReportTable { only: said, ..table })
    }

    /// Rows a dimension always has: the items of its code list that are in use.
    fn values_of(&self, d: &Dimension) -> Vec<String> {
        let list = d.codes.as_deref().and_then(|l| self.catalog.codes(l));
        list.map(|l| l.items.iter().filter(|i| i.parent.is_none() && !i.disabled).map(|i| i.code.clone()).collect())
            .unwrap_or_default()
    }

    fn name(&self, by: Option<&Dimension>, value: &str) -> Option<String> {
        match by {
            None => self.regions.name(value),
            Some(_) if value.is_empty() => Some("未填写".to_owned()),
            Some(d) => match d.codes.as_deref().and_then(|l| self.catalog.codes(l)) {
                Some(list) => Some(list.label(value).to_owned()),
                None => Some(value.to_owned()),
            },
        }
    }

    /// Counts: from the snapshot of a month that is over where there is one, otherwise from the rows as they are now.
    async fn figures(
        &self,
        tx: &mut ScopedTx,
        report: &Report,
        region: &RegionCode,
        period: Month,
        (by, only): (Option<&Dimension>, Option<Only<'_>>),
        now: DateTime<Utc>,
    ) -> Result<Counted> {
        let over = period < rules::month_of(now);
        if by.is_none()
            && only.is_none()
            && over
            && let Some(kept) = store::snapshot(tx, report, region, period).await?
        {
            return Ok(kept);
        }
        let digits = region.level().below().unwrap_or_else(|| region.level()).digits();
        let group = by.map_or(Group::Region { digits }, |d| Group::Column(&d.column));
        // a month that is over is reckoned from dates; what has no date is not known any more
        let has = |d: Option<&Dimension>, m: &Measure| d.is_none_or(|d| d.of.iter().any(|s| s == m.source()));
        let wanted = report
            .measures
            .iter()
            .filter(|m| !m.aggregate.is_derived() && (!over || m.is_dated()) && has(by, m) && has(only.map(|o| o.dimension), m));
        let sliced: Vec<Measure> = wanted.map(|m| rules::sliced(m, only)).collect();
        let measures: Vec<&Measure> = sliced.iter().collect();
        let figures = self.count(tx, &measures, region.scope(), group, period).await?;
        let asof = figures.asof.unwrap_or(now);
        Ok(Counted { figures, known: measures.iter().map(|m| m.key.clone()).collect(), asof, kept: false })
    }

    pub(crate) async fn count(
        &self,
        tx: &mut ScopedTx,
        measures: &[&Measure],
        range: Scope,
        group: Group<'_>,
        period: Month,
    ) -> Result<Figures> {
        let mut by_source: BTreeMap<&str, Vec<&Measure>> = BTreeMap::new();
        for m in measures {
            by_source.entry(m.source()).or_default().push(m);
        }
        let mut figures = Figures::default();
        for (name, measures) in by_source {
            let source =
                source(&self.catalog, measures[0]).ok_or_else(|| Error::internal(format!("no dataset or view {name}")))?;
            figures.join(self.count.count(tx, &Plan { source, measures, range: range.clone(), group, period }).await?);
        }
        Ok(figures)
    }

    /// The way to the records behind one figure. `value` is the row when rows are of the dimension `by`.
    pub fn drill(&self, actor: &Actor, id: &str, key: &str, ask: &Ask, value: &str) -> Result<Drill> {
        let report = self.find(actor, id)?;
        let region = ask.region.as_ref().unwrap_or(&actor.region);
        let m = behind::counted(report, key)?;
        let rows = m.rows.as_ref().ok_or_else(behind::none)?;
        let period = ask.period.unwrap_or_else(|| rules::month_of(Utc::now()));
        let by = ask.by.as_deref().filter(|b| !b.is_empty()).map(|b| (b.to_owned(), value.to_owned()));
        let only = ask.only.clone().filter(|(key, _)| !key.is_empty());
        let (keys, values): (Vec<String>, Vec<String>) = only.into_iter().chain(by).unzip();
        let (keys, values) = (keys.join(behind::KEYS), values.join(behind::VALUES));
        let within = format!("report:{id}:{}:{region}:{}:{keys}:{values}", m.key, period.number());
        let query = BTreeMap::from([("within".to_owned(), within), ("region".to_owned(), region.as_str().to_owned())]);
        Ok(Drill { dataset: rows.dataset.clone(), query })
    }
}

/// The source of a measure, none when it does not exist.
pub(crate) fn source<'a>(catalog: &'a Catalog, m: &'a Measure) -> Option<Source<'a>> {
    match &m.view {
        Some(v) => Some(Source::View(v)),
        None => catalog.dataset(m.dataset.as_deref()?).map(|d| Source::Dataset(d)),
    }
}

fn region(tx: &ScopedTx, actor: &Actor, asked: Option<&RegionCode>) -> Result<RegionCode> {
    let region = asked.unwrap_or(&actor.region).clone();
    if region.scope().meet(tx.scope()).as_ref() == Some(&region.scope()) {
        return Ok(region);
    }
    Err(Error::not_found("report.region_outside", "所选区划不在您的辖区内，请在辖区内选择。"))
}

fn allowed(r: &Report, actor: &Actor) -> bool {
    actor.is_system() || r.roles.contains(&actor.role)
}
