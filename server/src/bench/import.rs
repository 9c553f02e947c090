//! Import of a workbook with faults: from the file to checked rows in the database and a marked workbook, as the job that people
//! start, beside openpyxl + pandera, which checks the same columns and marks the same cells (no database: in its favour).

use super::{Ground, Options, Python, Sample, Script, Side, measure, say};
use anyhow::{Context, Result, anyhow};
use async_trait::async_trait;
use base::Actor;
use files::NewFile;
use meta::{Dataset, Field, Kind, Need};
use record::{ListQuery, Row};
use serde_json::{Value as Json, json};
use sheet::{Column, OutCell, OutKind, Writer};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const DATASET: &str = "registry.member";
const COLUMNS: usize = 40;
/// One row in so many has one bad cell: 2 % of the rows. With 2 % of all cells more than half of the rows would be refused, and
/// an import gives such a file up as the wrong one.
const BAD_EVERY: u64 = 50;
/// Fields that would make a new row the same person in the national system, or a second head of a household.
const LEFT_OUT: [&str; 1] = ["national_person_code"];

pub(super) async fn run(o: &Options) -> Result<Json> {
    let rows = o.rows.unwrap_or(100_000);
    let households = o.households.unwrap_or(rows.div_ceil(2).max(500));
    // planted errors would be refused beside the bad cells that are meant
    let opts = synth::Opts { errors: 0.0, ..o.province(households)? };
    let ground = Arc::new(Ground::open_as(o, "clean", opts).await?);
    let file = o.folder().join(format!("import-{rows}.xlsx"));
    let made = make(&ground, &file, rows).await?;
    let mut sides: Vec<Box<dyn Side>> =
        vec![Box::new(Ours { ground: ground.clone(), actor: Ground::actor("R06", "36")?, file: file.clone(), upload: None })];
    let mut absent = Vec::new();
    if o.peers {
        match Python::with(o, "pandera", &["openpyxl==3.1.5", "pandas==2.3.3", "pandera==0.26.1"]).await {
            Ok(python) => {
                let schema = o.folder().join("import-schema.json");
                std::fs::write(&schema, serde_json::to_vec(&schema_of(&ground)?)?)?;
                let out = o.folder().join("import-marked.xlsx");
                let args = [&file, &schema, &out].map(|p| p.display().to_string());
                let script = include_str!("peers/pandera_in.py");
                sides.push(Box::new(Script::python("openpyxl 3.1.5 + pandera 0.26.1", &python, script, &args)));
            }
            Err(e) => absent.push(format!("pandera: {e:#}")),
        }
    }
    let size = json!({ "rows": made, "columns": COLUMNS, "bad_rows_percent": 100.0 / BAD_EVERY as f64, "dataset": DATASET });
    let line = measure("import", o, size, sides, absent).await;
    Arc::into_inner(ground).context("the ground is still in use")?.close().await?;
    line
}

/// The columns of the file: the parent first, then what every new row needs, then others.
fn fields(d: &Dataset) -> Vec<&Field> {
    let all: Vec<&Field> = sheet::columns::taken(d).filter(|f| !LEFT_OUT.contains(&f.name.as_str())).collect();
    // a check wants one beside the others
    let needed = |f: &&&Field| {
        f.required != Need::Always(false) || ["work_region", "work_place", "work_months"].contains(&f.name.as_str())
    };
    let mut out: Vec<&Field> = all.iter().filter(needed).copied().collect();
    out.extend(all.iter().filter(|f| !needed(f)).copied());
    out.truncate(COLUMNS);
    out
}

/// Writes the file once: members as they are, said again under fresh numbers, over and over until there are enough; every 50th
/// row has one cell that cannot be.
async fn make(ground: &Ground, to: &Path, rows: u64) -> Result<u64> {
    if to.exists() {
        return Ok(rows);
    }
    say(&format!("making a workbook of {rows} rows …"));
    let app = &ground.app;
    let d = app.records.dataset(DATASET).map_err(|e| anyhow!(e.chain()))?.clone();
    let parent = app.records.dataset("registry.household").map_err(|e| anyhow!(e.chain()))?.clone();
    let fields = fields(&d);
    let columns = fields.iter().map(|f| Column::new(sheet::cell::out_label(f), OutKind::Text)).collect();
    let mut out = Writer::new(&d.title, columns, None).map_err(|e| anyhow!(e.chain()))?;
    let system = Actor::system("bench");
    let mut tx = app.db.begin(&system).await.map_err(|e| anyhow!(e.chain()))?;
    let numbers = numbers(ground, &mut tx, &parent).await?;
    let mut fresh = Fresh::default();
    let mut q = ListQuery { limit: record::query::MAX_LIMIT, ..ListQuery::default() };
    let mut written = 0;
    while written < rows {
        let page = app.records.list(&mut tx, &d, &q).await.map_err(|e| anyhow!(e.chain()))?;
        anyhow::ensure!(!page.items.is_empty(), "the province has no members");
        for mut row in page.items {
            if written >= rows {
                break;
            }
            fresh.renumber(&mut row)?;
            let mut cells: Vec<OutCell> = fields.iter().map(|f| cell(ground, f, &row, &numbers)).collect();
            if written % BAD_EVERY == 7 {
                let at = fields.iter().position(|f| f.name == "birth_date").unwrap_or(0);
                cells[at] = OutCell::Text("2026-02-30".into());
            }
            out.row(&mut cells).map_err(|e| anyhow!(e.chain()))?;
            written += 1;
        }
        q.after = match page.next {
            Some(next) => ListQuery::read(&app.catalog, &d, &[("after".into(), next)]).map_err(|e| anyhow!(e.chain()))?.after,
            None => None,
        };
    }
    out.finish(to).map_err(|e| anyhow!(e.chain()))?;
    Ok(written)
}

/// Identity numbers that nobody has: an address code of no place, and the running number of a birthday and sex.
#[derive(Default)]
struct Fresh(BTreeMap<(String, bool), u32>);

impl Fresh {
    /// The row of a person of the same birthday and sex who is new.
    fn renumber(&mut self, row: &mut Row) -> Result<()> {
        let birth = row.get("birth_date").and_then(Json::as_str).context("a member has a birthday")?.to_owned();
        let male = row.get("gender").and_then(Json::as_str) == Some("1");
        let n = self.0.entry((birth.clone(), male)).or_default();
        *n += 1;
        let (prefix, order) = (synth::ident::STRANGER_PREFIX + *n / 500 % 10, *n % 500 * 2 + u32::from(male));
        let number = synth::ident::resident_number(prefix, birth.parse()?, order);
        // the certificate of a disability begins with the number
        if let Some(kind) = row.get("disability_cert_no").and_then(Json::as_str).and_then(|c| c.get(18..)) {
            row.insert("disability_cert_no".into(), Json::from(format!("{number}{kind}")));
        }
        row.insert("id_no".into(), Json::from(number));
        row.insert("id_type".into(), Json::from("01"));
        Ok(())
    }
}

async fn numbers(ground: &Ground, tx: &mut store::ScopedTx, parent: &Dataset) -> Result<BTreeMap<String, String>> {
    let mut out = BTreeMap::new();
    let take = |page: Vec<Row>| {
        for r in page {
            if let (Some(id), Some(no)) = (r.get("id").and_then(Json::as_str), r.get("household_no").and_then(Json::as_str)) {
                out.insert(id.to_owned(), no.to_owned());
            }
        }
        Ok(())
    };
    ground.app.records.each_page(tx, parent, &ListQuery::default(), take).await.map_err(|e| anyhow!(e.chain()))?;
    Ok(out)
}

fn cell(ground: &Ground, f: &Field, row: &Row, numbers: &BTreeMap<String, String>) -> OutCell {
    let value = row.get(&f.name).cloned().unwrap_or_default();
    match (f.kind, value.as_str()) {
        (Kind::Ref, Some(id)) => numbers.get(id).map_or(OutCell::Empty, |n| OutCell::Text(n.clone())),
        // a head that is said again would be a second one
        _ if f.name == "relation" && value == "01" => OutCell::Text("其他".into()),
        _ => sheet::from_json(&ground.app.catalog, f, &value),
    }
}

/// What the peer checks: the same columns with their kinds, choices, lengths and ranges.
fn schema_of(ground: &Ground) -> Result<Json> {
    let d = ground.app.records.dataset(DATASET).map_err(|e| anyhow!(e.chain()))?;
    let one = |f: &&Field| {
        let options: Vec<&str> =
            f.codes.as_deref().and_then(|c| ground.app.catalog.codes(c)).map(|l| l.labels().collect()).unwrap_or_default();
        json!({ "label": sheet::cell::out_label(f), "kind": f.kind.name(), "required": f.required == Need::Always(true),
            "options": options, "max": f.max, "pattern": f.pattern, "range": [f.bounds().0, f.bounds().1] })
    };
    Ok(Json::Array(fields(d).iter().map(one).collect()))
}

struct Ours {
    ground: Arc<Ground>,
    actor: Actor,
    file: PathBuf,
    upload: Option<uuid::Uuid>,
}

#[async_trait]
impl Side for Ours {
    fn name(&self) -> String {
        "ganong import job".into()
    }

    /// The upload is before the measured time, as the peer's file lies on the disk too. People whom the run before took would
    /// be refused as already there.
    async fn prepare(&mut self) -> Result<()> {
        super::store::forget_imported(&self.ground.app.db).await.map_err(|e| anyhow!(e.chain()))?;
        let copy = tempfile::Builder::new().suffix(".xlsx").tempfile()?;
        std::fs::copy(&self.file, copy.path())?;
        let new = NewFile::job_result(&self.actor, "导入.xlsx");
        let kept = self.ground.app.files.save_made(&self.actor, new, copy).await.map_err(|e| anyhow!(e.chain()))?;
        self.upload = Some(kept.id);
        Ok(())
    }

    async fn run(&mut self) -> Result<Sample> {
        let file = self.upload.context("nothing was prepared")?;
        let payload = sheet::import::payload(DATASET, file, None);
        let (mut sample, result) = self.ground.job(&self.actor, sheet::import::IMPORT, payload).await?;
        let n = |k: &str| result[k].as_f64().unwrap_or(0.0);
        let meant = (n("rows") / BAD_EVERY as f64).ceil() + 1.0;
        anyhow::ensure!(n("bad") <= meant, "more rows are refused than were made bad: {}", result["problems"]);
        sample.more = vec![("rows_per_s", n("rows") / sample.seconds), ("taken", n("taken")), ("bad", n("bad"))];
        Ok(sample)
    }
}
