//! One row of a county is changed; until the statistics of the province show it: mark, copy of the county, commit, publication,
//! figures. There is no peer. In a province too large to be loaded the largest county alone has records; the others lie in the lake.

use super::lakes::{DATASETS, Shore, said};
use super::{Options, Sample, Side, measure, memory, say};
use anyhow::{Context, Result, ensure};
use async_trait::async_trait;
use base::{Level, RegionCode};
use lake::refresh::Parts;
use lake::{LakeCount, When};
use report::Postgres;
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

pub(super) async fn run(o: &Options) -> Result<Json> {
    let shore = Arc::new(Shore::open(o, o.households.unwrap_or(100_000)).await?);
    let m = shore.lake.moment(DATASETS[0], When::Now).await.map_err(said)?.context("no publication")?;
    let mut counties: BTreeMap<&str, u64> = BTreeMap::new();
    m.files.iter().for_each(|f| *counties.entry(&f.county).or_default() += f.rows);
    let (county, rows) = counties.into_iter().max_by_key(|(_, rows)| *rows).context("an empty lake")?;
    if !shore.loaded {
        load(o, &shore, county, rows).await?;
    }
    let size = json!({ "households": shore.households, "rows": shore.rows, "county_households": rows });
    let counter = LakeCount::new(shore.lake.clone(), Arc::new(Postgres), Level::County);
    shore.levels(&counter).await?;
    let ours = Ours { shore: shore.clone(), counter, county: county.to_owned(), on: false };
    let line = measure("refresh", o, size, vec![Box::new(ours)], vec![]).await;
    Arc::into_inner(shore).context("the lake is still in use")?.close().await?;
    line
}

/// Gives one county records, as many as the lake has of it, and copies them there once.
async fn load(o: &Options, shore: &Shore, county: &str, households: u64) -> Result<()> {
    let db = &shore.ground.app.db;
    if !db.is_empty("reg.household").await.map_err(said)? {
        return Ok(());
    }
    say(&format!("loading a county of {households} households …"));
    let regions = registry::region::Regions::load(db.pool()).await.map_err(said)?;
    let scope = RegionCode::parse(county).map_err(said)?.scope();
    let opts = synth::Opts { scope, ..o.province(households)? };
    let load = synth::LoadOpts { assisted_only: true, ..synth::LoadOpts::default() };
    let province = synth::Province::new(&regions, opts);
    synth::run_demo(db.pool(), shore.ground.app.records.vault.clone(), &province, &load, |_, _| ()).await?;
    let some = Parts::Some(BTreeSet::from([county.to_owned()]));
    for item in shore.lake.items().await.map_err(said)?.iter() {
        if shore.lake.moment(&item.id, When::Now).await.map_err(said)?.is_some() {
            shore.lake.refresh(item, &some, &|| Ok(())).await.map_err(said)?;
        }
    }
    Ok(())
}

struct Ours {
    shore: Arc<Shore>,
    counter: LakeCount,
    county: String,
    on: bool,
}

impl Ours {
    async fn total(&self) -> Result<Decimal> {
        let all = self.shore.levels(&self.counter).await?;
        Ok(all[0].total.values().copied().sum())
    }
}

#[async_trait]
impl Side for Ours {
    fn name(&self) -> String {
        "ganong, one row of the largest county changed".into()
    }

    async fn run(&mut self) -> Result<Sample> {
        memory::reset_own();
        let before = self.total().await?;
        let begun = Instant::now();
        self.on = !self.on;
        super::store::touch(&self.shore.ground.app.db, &self.county, self.on).await.map_err(said)?;
        let some = Parts::Some(BTreeSet::from([self.county.clone()]));
        let item = self.shore.lake.item(DATASETS[0]).await.map_err(said)?.context("no dataset")?;
        self.shore.lake.refresh(&item, &some, &|| Ok(())).await.map_err(said)?.context("nothing was copied")?;
        ensure!(self.total().await? != before, "the figures do not show the change");
        Ok(Sample { seconds: begun.elapsed().as_secs_f64(), peak: memory::own_peak(), more: vec![] })
    }
}
