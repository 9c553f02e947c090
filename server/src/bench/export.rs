//! Export of a dataset's rows to xlsx with masks and marks, as the job that people start, beside two Python writers that get
//! the same cells from a text file (no database, no masks: in their favour).

use super::{Ground, Options, Python, Sample, Script, Side, measure, say};
use anyhow::{Context, Result, anyhow};
use async_trait::async_trait;
use base::Actor;
use serde_json::{Value as Json, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const DATASET: &str = "registry.member";
/// Columns besides the two of the region.
const COLUMNS: usize = 38;

pub(super) async fn run(o: &Options) -> Result<Json> {
    let rows = o.rows.unwrap_or(100_000);
    let households = o.households.unwrap_or(rows.div_ceil(3));
    let ground = Arc::new(Ground::open(o, households).await?);
    let actor = Ground::actor("R02", "36")?;
    let columns = columns(&ground)?;
    let mut ours = Ours { ground: ground.clone(), actor, columns, rows: 0 };
    let (file, made) = ours.cells(o).await?;
    let mut sides: Vec<Box<dyn Side>> = vec![Box::new(ours)];
    let mut absent = Vec::new();
    if o.peers {
        let peers = [
            ("XlsxWriter constant_memory", "xlsxwriter", "XlsxWriter==3.2.5", include_str!("peers/xlsxwriter_out.py")),
            ("openpyxl write-only", "openpyxl", "openpyxl==3.1.5", include_str!("peers/openpyxl_out.py")),
        ];
        for (title, name, package, script) in peers {
            match Python::with(o, name, &[package]).await {
                Ok(python) => {
                    let out = o.folder().join(format!("{name}.xlsx"));
                    let args = [file.display().to_string(), out.display().to_string()];
                    sides.push(Box::new(Script::python(&format!("{title} ({package})"), &python, script, &args)));
                }
                Err(e) => absent.push(format!("{title}: {e:#}")),
            }
        }
    }
    let size = json!({ "rows": made, "columns": COLUMNS + 2, "dataset": DATASET });
    let line = measure("export", o, size, sides, absent).await;
    Arc::into_inner(ground).context("the ground is still in use")?.close().await?;
    line
}

/// The first fields of the dataset, numbers and masked ones among them.
fn columns(ground: &Ground) -> Result<Vec<String>> {
    let d = ground.app.records.dataset(DATASET).map_err(|e| anyhow!(e.chain()))?;
    let all = d.fields.values().filter(|f| f.kind != meta::Kind::Attachment).map(|f| f.name.clone());
    Ok(all.take(COLUMNS).collect())
}

struct Ours {
    ground: Arc<Ground>,
    actor: Actor,
    columns: Vec<String>,
    rows: u64,
}

impl Ours {
    async fn export(&self) -> Result<(Sample, Json)> {
        let payload = sheet::export::payload(DATASET, &[], &self.columns);
        self.ground.job(&self.actor, sheet::export::EXPORT, payload).await
    }

    /// The rows of one export as a text file, for the peers; and how many there are.
    async fn cells(&mut self, o: &Options) -> Result<(PathBuf, u64)> {
        say("one export, whose cells the peers will write …");
        let (_, result) = self.export().await?;
        self.rows = result["rows"].as_u64().unwrap_or(0);
        let id = result["file"].as_str().and_then(|f| f.rsplit('/').next()).context("no file")?;
        let (_, copy) = self.ground.app.files.open_copy(&self.actor, id.parse()?).await.map_err(|e| anyhow!(e.chain()))?;
        let to = o.folder().join("export-cells.tsv");
        let (from, out) = (copy.path().to_owned(), to.clone());
        tokio::task::spawn_blocking(move || write_cells(&from, &out)).await??;
        Ok((to, self.rows))
    }
}

/// One line a row, cells split by tabs; a number begins with `=`.
fn write_cells(from: &Path, to: &Path) -> Result<()> {
    let mut book = sheet::Book::open(from).map_err(|e| anyhow!(e.chain()))?;
    let name = book.sheets().first().cloned().unwrap_or_default();
    let mut out = std::io::BufWriter::new(std::fs::File::create(to)?);
    let done = book.rows(&name, |row| {
        // title, mark and header stand above
        if row.number > 3 {
            let cells: Vec<String> = row
                .cells
                .iter()
                .map(|c| match &c.value {
                    sheet::CellValue::Number(n) => format!("={n}"),
                    _ => c.show().replace(['\t', '\n'], " "),
                })
                .collect();
            writeln!(out, "{}", cells.join("\t"))?;
        }
        Ok(true)
    });
    done.map_err(|e| anyhow!(e.chain()))?;
    out.flush()?;
    Ok(())
}

#[async_trait]
impl Side for Ours {
    fn name(&self) -> String {
        "ganong export job".into()
    }

    async fn run(&mut self) -> Result<Sample> {
        let (mut sample, _) = self.export().await?;
        sample.more = vec![("rows_per_s", self.rows as f64 / sample.seconds)];
        Ok(sample)
    }
}
