//! Five-level statistics over all rows of two datasets. Ours answers after one county has changed since the last screen, which
//! is what happens all day; the first screen after a start and a repeated one are told beside it. DuckDB counts the same files
//! anew each time, PostgreSQL the records.

use super::lakes::{DATASETS, LEVELS, Shore, period, province, said};
use super::{DUCKDB, Options, Python, Sample, Script, Side, measure, memory};
use anyhow::{Context, Result};
use async_trait::async_trait;
use base::{Actor, Level};
use lake::{LakeCount, When};
use report::{Count, Group, Plan, Postgres, Source};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Instant;

pub(super) async fn run(o: &Options) -> Result<Json> {
    let shore = Arc::new(Shore::open(o, o.households.unwrap_or(100_000)).await?);
    let size = json!({ "households": shore.households, "rows": shore.rows, "loaded": shore.loaded });
    let ours = Ours { shore: shore.clone(), counter: counter(&shore) };
    let mut sides: Vec<Box<dyn Side>> = vec![Box::new(ours)];
    let mut absent = Vec::new();
    if o.peers {
        match Python::with(o, "duckdb", &[DUCKDB]).await {
            Ok(python) => {
                let file = o.folder().join("stats-question.json");
                std::fs::write(&file, shore.question().await?)?;
                let args = [file.display().to_string()];
                sides.push(Box::new(Script::python(
                    "DuckDB 2.0.1, same files",
                    &python,
                    include_str!("peers/duckdb_stats.py"),
                    &args,
                )));
            }
            Err(e) => absent.push(format!("DuckDB: {e:#}")),
        }
        match shore.loaded {
            true => sides.push(Box::new(Records { shore: shore.clone() })),
            false => absent.push("PostgreSQL: a province of this size is made past it".into()),
        }
    }
    let line = measure("stats", o, size, sides, absent).await;
    Arc::into_inner(shore).context("the lake is still in use")?.close().await?;
    line
}

fn counter(shore: &Shore) -> LakeCount {
    LakeCount::new(shore.lake.clone(), Arc::new(Postgres), Level::County)
}

struct Ours {
    shore: Arc<Shore>,
    counter: LakeCount,
}

#[async_trait]
impl Side for Ours {
    fn name(&self) -> String {
        "ganong, one county changed since the last screen".into()
    }

    async fn prepare(&mut self) -> Result<()> {
        // what was counted of the largest county is forgotten, as if its files had been replaced
        self.shore.levels(&self.counter).await?;
        let m = self.shore.lake.moment(DATASETS[0], When::Now).await.map_err(said)?.context("no publication")?;
        let largest = m.files.iter().max_by_key(|f| f.rows).map(|f| f.county.clone()).unwrap_or_default();
        self.counter.forget(&largest);
        Ok(())
    }

    async fn run(&mut self) -> Result<Sample> {
        memory::reset_own();
        let begun = Instant::now();
        let changed = self.shore.levels(&self.counter).await?;
        let seconds = begun.elapsed().as_secs_f64();
        let begun = Instant::now();
        let again = self.shore.levels(&self.counter).await?;
        let repeat = begun.elapsed().as_secs_f64() * 1000.0;
        let begun = Instant::now();
        let cold = self.shore.levels(&counter(&self.shore)).await?;
        let first = begun.elapsed().as_secs_f64();
        anyhow::ensure!(changed == again && again == cold, "the figures differ");
        Ok(Sample { seconds, peak: memory::own_peak(), more: vec![("first_screen_s", first), ("repeated_ms", repeat)] })
    }
}

struct Records {
    shore: Arc<Shore>,
}

#[async_trait]
impl Side for Records {
    fn name(&self) -> String {
        "PostgreSQL, same rows".into()
    }

    async fn run(&mut self) -> Result<Sample> {
        let range = province()?;
        let begun = Instant::now();
        for id in DATASETS {
            let (d, measures) = (self.shore.dataset(id)?, self.shore.measures(id)?);
            for digits in LEVELS {
                let plan = Plan {
                    source: Source::Dataset(&d),
                    measures: measures.iter().collect(),
                    range: range.clone(),
                    group: Group::Region { digits },
                    period: period()?,
                };
                let mut tx = self.shore.ground.app.db.begin(&Actor::system("bench")).await.map_err(said)?;
                Postgres.count(&mut tx, &plan).await.map_err(said)?;
            }
        }
        Ok(Sample { seconds: begun.elapsed().as_secs_f64(), peak: None, more: vec![] })
    }
}
