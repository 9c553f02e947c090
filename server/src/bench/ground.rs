//! What benchmarks stand on: the engines put together over a synthetic province that is made once and used again.

use super::{Options, Sample, memory, say};
use crate::assemble::{Settings, assemble};
use anyhow::{Result, anyhow, bail};
use base::{Actor, RegionCode};
use serde_json::Value as Json;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use store::embedded::Embedded;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// An assembled system over its own database, with a worker.
pub struct Ground {
    pub app: http::App,
    pub data: PathBuf,
    embedded: Embedded,
    stop: CancellationToken,
    worker: tokio::task::JoinHandle<base::Result<()>>,
}

impl Ground {
    /// Opens `bench/province-<households>`; an empty one is filled first.
    pub async fn open(o: &Options, households: u64) -> Result<Ground> {
        Self::open_with(o, households, |_| ()).await
    }

    /// As [`Ground::open`], with settings changed before anything is put together.
    pub async fn open_with(o: &Options, households: u64, tune: impl FnOnce(&mut Settings) + Send) -> Result<Ground> {
        Self::put_together(o, "province", o.province(households)?, tune).await
    }

    /// As [`Ground::open`] for a province of other shares, under a name of its own.
    pub async fn open_as(o: &Options, name: &str, opts: synth::Opts) -> Result<Ground> {
        Self::put_together(o, name, opts, |_| ()).await
    }

    /// A system without a province, for benchmarks that make their rows elsewhere.
    pub async fn open_empty(o: &Options, name: &str) -> Result<Ground> {
        Self::put_together(o, name, o.province(0)?, |_| ()).await
    }

    async fn put_together(o: &Options, name: &str, opts: synth::Opts, tune: impl FnOnce(&mut Settings) + Send) -> Result<Ground> {
        let households = opts.households;
        let data = o.folder().join(format!("{name}-{households}-{}", o.seed));
        std::fs::create_dir_all(&data)?;
        let embedded = Embedded::start_with(&data, say).await.map_err(|e| anyhow!(e.chain()))?;
        let db = store::Db::connect(embedded.url(), 16).await.map_err(|e| anyhow!(e.chain()))?;
        let migrations = crate::migrations().map_err(|e| anyhow!(e.chain()))?;
        migrations.migrate(db.pool()).await.map_err(|e| anyhow!(e.chain()))?;
        migrations.migrate_deferred(db.pool()).await.map_err(|e| anyhow!(e.chain()))?;
        let mut settings = Settings::new(&data);
        tune(&mut settings);
        let app = assemble(db, &settings).await?;
        if households > 0 && app.db.is_empty("reg.household").await.map_err(|e| anyhow!(e.chain()))? {
            say(&format!("making a province of {households} households …"));
            let regions = registry::region::Regions::load(app.db.pool()).await.map_err(|e| anyhow!(e.chain()))?;
            let province = synth::Province::new(&regions, opts);
            let load = synth::LoadOpts { assisted_only: true, ..synth::LoadOpts::default() };
            let done = synth::run_demo(app.db.pool(), app.records.vault.clone(), &province, &load, |_, _| ()).await?;
            say(&format!("{} households in {:.1} s", done.households, done.seconds));
        }
        let stop = CancellationToken::new();
        let worker = tokio::spawn({
            let (jobs, stop) = (app.jobs.clone(), stop.clone());
            async move { jobs::Worker::new(jobs, jobs::WorkerConfig::default()).run(stop).await }
        });
        Ok(Ground { app, data, embedded, stop, worker })
    }

    /// Address of its database.
    pub fn url(&self) -> &str {
        self.embedded.url()
    }

    /// A person in a role, for a region written as its code. Acts like one who signed in; no account is needed.
    pub fn actor(role: &str, region: &str) -> Result<Actor> {
        let region = RegionCode::parse(region).map_err(|e| anyhow!(e.chain()))?;
        let name = "基准测试".into();
        Ok(Actor { user_id: Uuid::now_v7(), name, role: role.into(), region, ..Actor::system("bench") })
    }

    /// Queues a job, waits for its end and measures it; its result comes back. A job that fails is an error.
    pub async fn job(&self, actor: &Actor, kind: &str, payload: Json) -> Result<(Sample, Json)> {
        memory::reset_own();
        let begun = Instant::now();
        let id = self.app.jobs.enqueue(actor, kind, kind, payload).await.map_err(|e| anyhow!(e.chain()))?;
        loop {
            tokio::time::sleep(Duration::from_millis(10)).await;
            let job = self.app.jobs.get(actor, id).await.map_err(|e| anyhow!(e.chain()))?;
            match job.state {
                jobs::State::Done => {
                    let seconds = begun.elapsed().as_secs_f64();
                    return Ok((Sample { seconds, peak: memory::own_peak(), more: vec![] }, job.result.unwrap_or_default()));
                }
                s if s.is_over() => bail!("{kind}: {}", job.message),
                _ => {}
            }
        }
    }

    /// Ends worker and database.
    pub async fn close(self) -> Result<()> {
        self.stop.cancel();
        self.worker.await?.map_err(|e| anyhow!(e.chain()))?;
        self.app.db.close().await;
        self.embedded.stop().await.map_err(|e| anyhow!(e.chain()))
    }
}
