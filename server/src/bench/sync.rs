//! The weekly delivery as a whole: the national workbooks of all assisted residents are read into shadow tables, compared field
//! by field, and the week's differences written with their change log. `--rows` says how many residents.

use super::{Ground, Options, Sample, Side, measure, memory, say};
use anyhow::{Result, anyhow, ensure};
use async_trait::async_trait;
use base::Actor;
use exchange::Exchange;
use files::NewFile;
use jobs::Progress;
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};

use std::time::Instant;

/// Members of a household, about, in the synthetic province.
const MEMBERS: f64 = 3.3;

pub(super) async fn run(o: &Options) -> Result<Json> {
    let residents = o.rows.unwrap_or(300_000);
    let households = o.households.unwrap_or((residents as f64 / MEMBERS) as u64);
    // everybody is assisted, so that the delivery has everybody
    let opts = synth::Opts { poverty_share: 1.0, ..o.province(households)? };
    let ground = Ground::open_as(o, "assisted", opts.clone()).await?;
    let files = ground.data.join("national");
    if !files.join("next").is_dir() {
        say("writing the workbooks of two weeks …");
        let regions = registry::region::Regions::load(ground.app.db.pool()).await.map_err(|e| anyhow!(e.chain()))?;
        let province = synth::Province::new(&regions, opts);
        synth::write_national(&files.join("this"), &province, synth::Week::This)?;
        synth::write_national(&files.join("next"), &province, synth::Week::Next)?;
    }
    let x = registry::sync::exchange(&ground.app);
    let (data, chief) = (Ground::actor("R04", "36")?, Ground::actor("R02", "36")?);
    let mut ours = Ours { x, data, chief, files: files.join("next"), applied: None, rows: 0 };
    let marker = files.join("first-week-taken");
    if !marker.is_file() {
        say("taking the first week …");
        ours.deliver(&files.join("this")).await?;
        ours.applied = None;
        std::fs::write(&marker, "")?;
    }
    let size = json!({ "households": households, "residents": residents });
    let line = measure("sync", o, size, vec![Box::new(ours)], vec![]).await;
    ground.close().await?;
    line
}

struct Ours {
    x: Exchange,
    data: Actor,
    chief: Actor,
    files: PathBuf,
    /// Batch of the last run, to be taken back before the next.
    applied: Option<String>,
    rows: u64,
}

impl Ours {
    async fn deliver(&mut self, folder: &Path) -> Result<Sample> {
        let said = |e: base::Error| anyhow!(e.chain());
        let mut saved = Vec::new();
        let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)?.map(|e| e.map(|e| e.path())).collect::<std::io::Result<_>>()?;
        paths.sort();
        for p in paths.iter().filter(|p| p.extension().is_some_and(|e| e == "xlsx")) {
            let copy = tempfile::NamedTempFile::new()?;
            std::fs::copy(p, copy.path())?;
            let name = p.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            saved.push(self.x.files.save_made(&self.data, NewFile::import(&self.data, &name), copy).await.map_err(said)?);
        }
        let (no, job) = self.x.receive(&self.data, "national", &saved, "1").await.map_err(said)?;
        memory::reset_own();
        let begun = Instant::now();
        let mut seen = String::new();
        let read = loop {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            let j = self.x.jobs.get(&self.data, job.id).await.map_err(said)?;
            if j.step.chars().take(5).ne(seen.chars().take(5)) {
                say(&format!("{:>7.1} s {}", begun.elapsed().as_secs_f64(), j.step));
                seen = j.step.clone();
            }
            if j.state.is_over() {
                ensure!(j.state == jobs::State::Done, "{}", j.message);
                break j.result.unwrap_or_default();
            }
        };
        let read_s = begun.elapsed().as_secs_f64();
        self.rows = read["rows"].as_u64().unwrap_or(0);
        say(&format!("{read}"));
        let job = self.x.approve(&self.chief, &no, "基准测试").await.map_err(said)?;
        loop {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            let j = self.x.jobs.get(&self.chief, job.id).await.map_err(said)?;
            if j.state.is_over() {
                ensure!(j.state == jobs::State::Done, "{}", j.message);
                break;
            }
        }
        let seconds = begun.elapsed().as_secs_f64();
        self.applied = Some(no);
        let n = |k: &str| read[k].as_f64().unwrap_or(0.0);
        Ok(Sample {
            seconds,
            peak: memory::own_peak(),
            more: vec![
                ("read_and_compare_s", read_s),
                ("apply_s", seconds - read_s),
                ("rows_read", n("rows")),
                ("differences", n("added") + n("changed") + n("gone")),
            ],
        })
    }
}

#[async_trait]
impl Side for Ours {
    fn name(&self) -> String {
        "ganong exchange".into()
    }
    async fn prepare(&mut self) -> Result<()> {
        let Some(no) = self.applied.take() else { return Ok(()) };
        let said = |e: base::Error| anyhow!(e.chain());
        self.x.take_back(&self.chief, &no, &Progress::new(), None).await.map_err(said)?;
        Ok(())
    }
    async fn run(&mut self) -> Result<Sample> {
        let folder = self.files.clone();
        self.deliver(&folder).await
    }
}
