//! What the benchmarks over the lake share: a province in the lake, filled from the records where it is small enough to be
//! loaded, past them where it is not; the described measures; DuckDB's words for the same question.

use super::{Ground, Options, say};
use crate::assemble::{Settings, open_lake};
use anyhow::{Result, anyhow};
use base::month::Month;
use base::{RegionCode, Scope};
use lake::fill::Fill;
use lake::refresh::Parts;
use lake::{Lake, LakeCount, When};
use meta::Dataset;
use meta::report::Measure;
use report::{Figures, Group, Plan, Source};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Households up to which the province is loaded into PostgreSQL and copied from there.
pub(super) const LOADED: u64 = 300_000;
/// What is counted.
pub(super) const DATASETS: [&str; 2] = ["registry.household", "registry.member"];
const REPORT: &str = "registry.overview";
/// Digits of the five levels.
pub(super) const LEVELS: [usize; 5] = [2, 4, 6, 9, 12];

/// A ground with a lake.
pub(super) struct Shore {
    pub ground: Ground,
    pub lake: Lake,
    pub households: u64,
    pub rows: u64,
    /// The records hold the same rows.
    pub loaded: bool,
}

impl Shore {
    pub async fn open(o: &Options, households: u64) -> Result<Shore> {
        Shore::with(o, households, &DATASETS.map(str::to_owned)).await
    }

    /// The same with these datasets in the lake.
    pub async fn with(o: &Options, households: u64, datasets: &[String]) -> Result<Shore> {
        let loaded = households <= LOADED;
        let ground = match loaded {
            true => Ground::open(o, households).await?,
            false => Ground::open_empty(o, &format!("lake-{households}")).await?,
        };
        let lake = open_lake(&ground.app.db, ground.app.catalog.clone(), &Settings::new(&ground.data))?;
        let mut missing = Vec::new();
        for id in datasets {
            if lake.moment(id, When::Now).await.map_err(said)?.is_none() {
                missing.push(lake.catalog.dataset(id).ok_or_else(|| anyhow!("no dataset {id}"))?.clone());
            }
        }
        if !missing.is_empty() {
            say(&format!("{} datasets: into the lake …", missing.len()));
        }
        if !loaded && !missing.is_empty() {
            fill(o, &ground, &lake, &missing, households).await?;
            missing.clear();
        }
        for d in missing {
            let item = lake.item(&d.id).await.map_err(said)?.ok_or_else(|| anyhow!("{} is not for the lake", d.id))?;
            lake.refresh(&item, &Parts::All, &|| Ok(())).await.map_err(said)?;
        }
        let mut rows = 0;
        for id in datasets {
            let m = lake.moment(id, When::Now).await.map_err(said)?.ok_or_else(|| anyhow!("{id} is not in the lake"))?;
            rows += m.files.iter().map(|f| f.rows).sum::<u64>();
        }
        Ok(Shore { ground, lake, households, rows, loaded })
    }

    pub fn dataset(&self, id: &str) -> Result<Arc<Dataset>> {
        Ok(self.lake.catalog.dataset(id).ok_or_else(|| anyhow!("no dataset {id}"))?.clone())
    }

    /// The described measures over one dataset that are counted.
    pub fn measures(&self, dataset: &str) -> Result<Vec<Measure>> {
        let report = self.lake.catalog.report(REPORT).ok_or_else(|| anyhow!("no report {REPORT}"))?;
        let mine = report.measures.iter().filter(|m| m.dataset.as_deref() == Some(dataset) && !m.aggregate.is_derived());
        Ok(mine.cloned().collect())
    }

    /// All levels of all measures, from the lake.
    pub async fn levels(&self, counter: &LakeCount) -> Result<Vec<Figures>> {
        let range = province()?;
        let mut out = Vec::new();
        for id in DATASETS {
            let (d, measures) = (self.dataset(id)?, self.measures(id)?);
            let m = self.lake.moment(id, When::Now).await.map_err(said)?.ok_or_else(|| anyhow!("{id} is not in the lake"))?;
            for digits in LEVELS {
                let plan = Plan {
                    source: Source::Dataset(&d),
                    measures: measures.iter().collect(),
                    range: range.clone(),
                    group: Group::Region { digits },
                    period: period()?,
                };
                out.push(counter.figures(&m, &plan, &range).await.map_err(said)?.ok_or_else(|| anyhow!("not for the lake"))?);
            }
        }
        Ok(out)
    }

    /// The same question for DuckDB: a line of JSON with the files and the expressions.
    pub async fn question(&self) -> Result<String> {
        let mut tables = Vec::new();
        for id in DATASETS {
            let m = self.lake.moment(id, When::Now).await.map_err(said)?.ok_or_else(|| anyhow!("{id} is not in the lake"))?;
            let root = self.ground.data.join("lake");
            let files: Vec<String> = m.files.iter().map(|f| root.join(&f.path).display().to_string()).collect();
            let measures = self.measures(id)?;
            let asks =
                lake::plan::asks(&measures.iter().collect::<Vec<_>>(), period()?).ok_or_else(|| anyhow!("not for the lake"))?;
            tables.push(serde_json::json!({ "files": files, "asks": asks.iter().map(|a| a.sql.clone()).collect::<Vec<_>>() }));
        }
        Ok(serde_json::json!({ "tables": tables, "levels": LEVELS }).to_string())
    }

    pub async fn close(self) -> Result<()> {
        drop(self.lake);
        self.ground.close().await
    }
}

pub(super) fn said(e: base::Error) -> anyhow::Error {
    anyhow!(e.chain())
}
pub(super) fn province() -> Result<Scope> {
    Ok(RegionCode::parse("36").map_err(said)?.scope())
}
pub(super) fn period() -> Result<Month> {
    Month::from_number(202_601).map_err(said)
}

/// Past PostgreSQL: the rows that a load would have made, straight into the files that a refresh would have made of them.
async fn fill(o: &Options, ground: &Ground, lake: &Lake, all: &[Arc<Dataset>], households: u64) -> Result<()> {
    let regions = registry::region::Regions::load(ground.app.db.pool()).await.map_err(said)?;
    let province = synth::Province::new(&regions, o.province(households)?);
    let load = synth::LoadOpts { assisted_only: true, ..synth::LoadOpts::default() };
    let villages = province.places.len();
    let threads = std::thread::available_parallelism().map_or(2, usize::from).clamp(1, 8);
    let mut running = Vec::new();
    for n in 0..threads {
        let (db, vault, lake, all) = (ground.app.db.clone(), ground.app.records.vault.clone(), lake.clone(), all.to_vec());
        let (province, load) = (province.clone(), load.clone());
        let range = villages * n / threads..villages * (n + 1) / threads;
        let handle = tokio::runtime::Handle::current();
        // reading lines and writing files keeps a core busy
        running.push(tokio::task::spawn_blocking(move || {
            handle.block_on(async {
                let tables: Vec<String> = all.iter().map(|d| d.table()).collect();
                let mut fills: BTreeMap<String, Fill> = BTreeMap::new();
                synth::each_row(db.pool(), vault, &province, &load, &tables, range, async |table, columns, lines| {
                    if !fills.contains_key(table) {
                        let d = all.iter().find(|d| d.table() == table).ok_or_else(|| anyhow!("{table} was not asked for"))?;
                        fills.insert(table.to_owned(), Fill::start(&lake, d, columns).await.map_err(said)?);
                    }
                    match fills.get_mut(table) {
                        Some(f) => f.take(&lines).await.map_err(said),
                        None => Ok(()),
                    }
                })
                .await?;
                anyhow::Ok(fills)
            })
        }));
    }
    let mut fills: BTreeMap<String, Fill> = BTreeMap::new();
    for one in running {
        for (table, f) in one.await?? {
            match fills.get_mut(&table) {
                Some(all) => all.join(f).await.map_err(said)?,
                None => {
                    fills.insert(table, f);
                }
            }
        }
    }
    for d in all {
        let fill = match fills.remove(&d.table()) {
            Some(f) => f,
            // the province has no such row
            None => Fill::start(lake, d, &["region_code".to_owned()]).await.map_err(said)?,
        };
        let rows = fill.finish().await.map_err(said)?;
        say(&format!("{}: {rows} rows", d.id));
    }
    Ok(())
}
