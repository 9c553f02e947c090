//! One row of a county is changed; until the statistics of the province show it: mark, copy of the county, commit, publication,
//! figures. There is no peer.

use super::lakes::{DATASETS, LOADED, Shore, said};
use super::{Options, Sample, Side, measure, memory};
use anyhow::{Context, Result, ensure};
use async_trait::async_trait;
use base::Level;
use lake::{LakeCount, When};
use report::Postgres;
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

pub(super) async fn run(o: &Options) -> Result<Json> {
    let households = o.households.unwrap_or(100_000);
    ensure!(households <= LOADED, "a county can only be refreshed from records: at most {LOADED} households here");
    let shore = Arc::new(Shore::open(o, households).await?);
    let m = shore.lake.moment(DATASETS[0], When::Now).await.map_err(said)?.context("no publication")?;
    let largest = m.files.iter().max_by_key(|f| f.rows).context("an empty lake")?.clone();
    let size = json!({ "households": shore.households, "rows": shore.rows, "county_households": largest.rows });
    let counter = LakeCount::new(shore.lake.clone(), Arc::new(Postgres), Level::County);
    shore.levels(&counter).await?;
    let ours = Ours { shore: shore.clone(), counter, county: largest.county, on: false };
    let line = measure("refresh", o, size, vec![Box::new(ours)], vec![]).await;
    Arc::into_inner(shore).context("the lake is still in use")?.close().await?;
    line
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
        let some = lake::refresh::Parts::Some(BTreeSet::from([self.county.clone()]));
        let item = self.shore.lake.item(DATASETS[0]).await.map_err(said)?.context("no dataset")?;
        self.shore.lake.refresh(&item, &some, &|| Ok(())).await.map_err(said)?.context("nothing was copied")?;
        ensure!(self.total().await? != before, "the figures do not show the change");
        Ok(Sample { seconds: begun.elapsed().as_secs_f64(), peak: memory::own_peak(), more: vec![] })
    }
}
