//! A department's batch from the file to the townships' lists: reading, matching, rule, score, clues, approval, dispatch, and
//! the first to-do list that shows one. No peer does this; the aim is an absolute one (docs/performance.md).

use super::{Ground, Options, Sample, Side, measure, say, store};
use anyhow::{Context, Result, anyhow};
use async_trait::async_trait;
use base::{Actor, Level, RegionCode};
use files::NewFile;
use serde_json::{Value as Json, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

pub(super) async fn run(o: &Options) -> Result<Json> {
    let rows = u32::try_from(o.rows.unwrap_or(1_000_000))?;
    // half of the people of the file are in the register, as in a county with a town
    let households = o.households.unwrap_or(u64::from(rows) / 5);
    let ground = Arc::new(Ground::open(o, households).await?);
    let file = o.folder().join(format!("hospital-{households}-{}-{rows}", o.seed));
    let regions = registry::region::Regions::load(ground.app.db.pool()).await.map_err(|e| anyhow!(e.chain()))?;
    let path = match first_file(&file) {
        Some(p) => p,
        None => {
            say(&format!("writing a batch of {rows} rows …"));
            let province = synth::Province::new(&regions, o.province(households)?);
            let (dir, n) = (file.clone(), rows);
            tokio::task::spawn_blocking(move || synth::write_hospital(&dir, &province, n)).await??;
            first_file(&file).context("no batch was written")?
        }
    };
    let size = json!({ "rows": rows, "households": households });
    let ours = Ours { ground: ground.clone(), path, rows };
    let line = measure("dispatch", o, size, vec![Box::new(ours)], vec![]).await;
    Arc::into_inner(ground).context("the ground is still in use")?.close().await?;
    line
}

fn first_file(dir: &std::path::Path) -> Option<PathBuf> {
    std::fs::read_dir(dir).ok()?.filter_map(|e| Some(e.ok()?.path())).find(|p| p.extension().is_some_and(|x| x == "xlsx"))
}

struct Ours {
    ground: Arc<Ground>,
    path: PathBuf,
    rows: u32,
}

#[async_trait]
impl Side for Ours {
    fn name(&self) -> String {
        "ganong relapse.department_batch and relapse.dispatch".into()
    }

    /// What the run before left: a batch is not taken twice, and its clues would take the new ones in.
    async fn prepare(&mut self) -> Result<()> {
        store::forget_batches(&self.ground.app.db).await.map_err(|e| anyhow!(e.chain()))
    }

    async fn run(&mut self) -> Result<Sample> {
        let g = &self.ground;
        let (data, boss) = (Ground::actor("R13", "36")?, Ground::actor("R03", "36")?);
        let begun = Instant::now();
        let bytes = std::fs::read(&self.path)?;
        let stream = futures::stream::iter([Ok::<_, std::io::Error>(bytes::Bytes::from(bytes))]);
        let file =
            g.app.files.save(&data, NewFile::import(&data, "住院结算.xlsx"), stream).await.map_err(|e| anyhow!(e.chain()))?;
        let upload = begun.elapsed().as_secs_f64();
        let (received, receipt) =
            g.job(&data, "relapse.department_batch", json!({ "file_id": file.id, "item": "31", "period": null })).await?;
        let payload = json!({ "dispatch_batch_id": receipt["dispatch_batch_id"], "opinion": "同意派发" });
        let (sent, done) = g.job(&boss, "relapse.dispatch", payload).await?;
        let begun = Instant::now();
        let seen = first_list(g).await?;
        let list = begun.elapsed().as_secs_f64();
        anyhow::ensure!(seen > 0, "no township sees a clue");
        let seconds = upload + received.seconds + sent.seconds + list;
        let number = |j: &Json| j.as_f64().unwrap_or(0.0);
        Ok(Sample {
            seconds,
            peak: received.peak.max(sent.peak),
            more: vec![
                ("rows_per_s", f64::from(self.rows) / seconds),
                ("upload_s", upload),
                ("receive_s", received.seconds),
                ("dispatch_s", sent.seconds),
                ("list_ms", list * 1000.0),
                ("matched", number(&receipt["matched"])),
                ("clues", number(&done["done"])),
            ],
        })
    }
}

/// The to-do list of the township with a clue: how many are counted.
async fn first_list(g: &Ground) -> Result<i64> {
    let chain = |e: base::Error| anyhow!(e.chain());
    let county = Ground::actor("R06", "36")?;
    let mut tx = g.app.db.begin(&county).await.map_err(chain)?;
    let d = g.app.records.dataset("relapse.clue").map_err(chain)?.clone();
    let q = record::ListQuery::read(&g.app.catalog, &d, &[("limit".into(), "1".into()), ("state".into(), "20".into())])
        .map_err(chain)?;
    let page = g.app.records.list(&mut tx, &d, &q).await.map_err(chain)?;
    tx.rollback().await.map_err(chain)?;
    let region = page.items.first().and_then(|r| r.get("region_code")).and_then(Json::as_str).context("no clue")?;
    let town = RegionCode::parse(region).map_err(chain)?.ancestor(Level::Town);
    let officer = Actor { region: town, ..Ground::actor("R08", "36")? };
    let mut tx = g.app.db.begin(&officer).await.map_err(chain)?;
    let todo = g.app.flows.todo(&mut tx, &flow::TodoQuery::default()).await.map_err(chain)?;
    tx.rollback().await.map_err(chain)?;
    Ok(todo.counts.iter().map(|c| c.count).sum())
}
