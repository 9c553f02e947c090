//! `ganong bench <name>`: one benchmark of the whole program or of one of its rooms, beside its peers. One shape for all:
//! a warm-up, then runs in which ours and the peers' alternate; medians; one JSON line. A benchmark asserts nothing.
//!
//! A new benchmark is a file here and a line in [`run`]. It makes its [`Side`]s (ours first) and hands them to [`measure`].

mod dispatch;
mod export;
mod ground;
mod import;
mod lakes;
mod ledger;
mod matched;
mod memory;
mod model;
mod peer;
mod query;
mod refresh;
mod scan;
mod start;
mod stats;
mod store;
mod sync;

use anyhow::{Context, Result, bail};
use async_trait::async_trait;
use serde_json::{Map, Value as Json, json};
use std::path::PathBuf;

pub use ground::Ground;
pub use matched::{Judged, Register, Told, judge};
pub use peer::{Node, Python, Script};

/// Names that [`run`] knows, for the sentence about an unknown one.
const NAMES: &str = "start, ledger, import, export, dispatch, sync, stats, scan, match, query, refresh, model";

/// Peers that several benchmarks have.
const DUCKDB: &str = "duckdb==2.0.1";
const POLARS: &str = "polars==2.1.0";

/// What the command line said.
#[derive(Clone, Debug)]
pub struct Options {
    /// Databases, files and peers lie in `bench/` of this folder and are used again.
    pub data: PathBuf,
    /// Size of the synthetic province; none: what the benchmark finds useful.
    pub households: Option<u64>,
    /// Rows of a file; none: what the benchmark finds useful.
    pub rows: Option<u64>,
    pub seed: u64,
    /// Runs after the warm-up.
    pub runs: usize,
    /// Peers are installed and measured too.
    pub peers: bool,
}

impl Options {
    /// Where benchmarks keep what they made.
    pub fn folder(&self) -> PathBuf {
        self.data.join("bench")
    }

    /// What a province of so many households is made from. All of one folder are told on the day of the first, which is kept there: a
    /// database of one day and lists of departments of another are not about the same people.
    pub fn province(&self, households: u64) -> Result<synth::Opts> {
        let file = self.folder().join("day.txt");
        let day = match std::fs::read_to_string(&file) {
            Ok(text) => text.trim().parse().with_context(|| format!("a day in {}", file.display()))?,
            Err(_) => {
                let day = record::today();
                std::fs::write(&file, day.to_string())?;
                day
            }
        };
        Ok(synth::Opts::new(households, self.seed, day))
    }
}

/// Runs one benchmark; its JSON line.
pub async fn run(name: &str, o: &Options) -> Result<String> {
    std::fs::create_dir_all(o.folder())?;
    let line = match name {
        "start" => start::run(o).await?,
        "ledger" => ledger::run(o).await?,
        "import" => import::run(o).await?,
        "export" => export::run(o).await?,
        "dispatch" => dispatch::run(o).await?,
        "sync" => sync::run(o).await?,
        "stats" => stats::run(o).await?,
        "scan" => scan::run(o).await?,
        "match" => matched::run(o).await?,
        "query" => query::run(o).await?,
        "refresh" => refresh::run(o).await?,
        "model" => model::run(o).await?,
        other => bail!("there is no benchmark called {other}; there are: {NAMES}"),
    };
    Ok(line.to_string())
}

/// Progress, on the terminal of whoever runs the benchmark.
pub fn say(text: &str) {
    tracing::info!("{text}");
}

/// One run: its time, the highest resident memory of the process that did the work, and other figures worth a median.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    pub seconds: f64,
    /// Bytes.
    pub peak: Option<u64>,
    pub more: Vec<(&'static str, f64)>,
}

/// One of those who are compared. The first is ours.
#[async_trait]
pub trait Side: Send {
    /// Name and version.
    fn name(&self) -> String;
    /// Does the work once. What is prepared outside the measured time belongs into [`Side::prepare`].
    async fn run(&mut self) -> Result<Sample>;
    /// Before each run.
    async fn prepare(&mut self) -> Result<()> {
        Ok(())
    }
}

/// Warm-up and runs of all sides in turn; the line with medians, extremes, peaks and the ratio of each peer to ours (above 1:
/// ours is faster). A peer that fails is left out with its reason; ours failing is an error.
pub async fn measure(name: &str, o: &Options, size: Json, mut sides: Vec<Box<dyn Side>>, absent: Vec<String>) -> Result<Json> {
    let mut taken: Vec<Vec<Sample>> = sides.iter().map(|_| Vec::new()).collect();
    let mut failed: Vec<Option<String>> = sides.iter().map(|_| None).collect();
    for round in 0..=o.runs {
        for (i, side) in sides.iter_mut().enumerate() {
            if failed[i].is_some() {
                continue;
            }
            side.prepare().await?;
            match side.run().await {
                Ok(s) => {
                    let what = if round == 0 { "warm-up".to_owned() } else { format!("run {round}/{}", o.runs) };
                    say(&format!("{name} {what}: {} {:.3} s", side.name(), s.seconds));
                    if round > 0 {
                        taken[i].push(s);
                    }
                }
                Err(e) if i > 0 => {
                    say(&format!("{} cannot be measured: {e:#}", side.name()));
                    failed[i] = Some(format!("{}: {e:#}", side.name()));
                }
                Err(e) => return Err(e),
            }
        }
    }
    let ours = figures(&sides[0].name(), &taken[0]);
    let median = |f: &Json| f["median_s"].as_f64().unwrap_or(f64::NAN);
    let peers: Vec<Json> = (1..sides.len())
        .filter(|i| failed[*i].is_none())
        .map(|i| {
            let mut f = figures(&sides[i].name(), &taken[i]);
            f["ratio"] = json!(round(median(&f) / median(&ours), 2));
            f
        })
        .collect();
    let missing: Vec<String> = absent.into_iter().chain(failed.into_iter().flatten()).collect();
    Ok(json!({
        "bench": name, "version": env!("CARGO_PKG_VERSION"), "cores": std::thread::available_parallelism().map_or(0, |n| n.get()),
        "size": size, "runs": o.runs, "ours": ours, "peers": peers, "not_measured": missing,
    }))
}

fn figures(name: &str, samples: &[Sample]) -> Json {
    let seconds: Vec<f64> = samples.iter().map(|s| s.seconds).collect();
    let mut out = Map::new();
    out.insert("name".into(), name.into());
    out.insert("median_s".into(), json!(round(median(&seconds), 4)));
    out.insert("min_s".into(), json!(round(seconds.iter().copied().fold(f64::INFINITY, f64::min), 4)));
    out.insert("max_s".into(), json!(round(seconds.iter().copied().fold(0.0, f64::max), 4)));
    if let Some(peak) = samples.iter().filter_map(|s| s.peak).max() {
        out.insert("peak_mb".into(), json!(round(peak as f64 / 1e6, 1)));
    }
    for (key, _) in samples.first().map(|s| s.more.as_slice()).unwrap_or_default() {
        let all: Vec<f64> = samples.iter().filter_map(|s| s.more.iter().find(|(k, _)| k == key)).map(|(_, v)| *v).collect();
        out.insert((*key).into(), json!(round(median(&all), 2)));
    }
    Json::Object(out)
}

fn median(of: &[f64]) -> f64 {
    let mut v = of.to_vec();
    v.sort_by(f64::total_cmp);
    match (v.len(), v.len() / 2) {
        (0, _) => f64::NAN,
        (n, half) if n % 2 == 0 => (v[half - 1] + v[half]) / 2.0,
        (_, half) => v[half],
    }
}

fn round(x: f64, places: i32) -> f64 {
    let p = 10f64.powi(places);
    (x * p).round() / p
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_medians_and_extremes() {
        let s = |seconds: f64, peak: u64| Sample { seconds, peak: Some(peak), more: vec![("rows_per_s", 1.0 / seconds)] };
        let f = figures("x", &[s(0.5, 10_000_000), s(0.1, 30_000_000), s(0.2, 20_000_000)]);
        assert_eq!((f["median_s"].as_f64(), f["min_s"].as_f64(), f["max_s"].as_f64()), (Some(0.2), Some(0.1), Some(0.5)));
        assert_eq!((f["peak_mb"].as_f64(), f["rows_per_s"].as_f64()), (Some(30.0), Some(5.0)));
        assert_eq!(median(&[1.0, 3.0]), 2.0);
    }
}
