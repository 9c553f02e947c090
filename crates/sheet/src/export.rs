//! Export of any dataset's list as a job: what the actor sees on screen (scope, filters, masks), streamed page by page into
//! xlsx with the visible mark and an export number. Must not know a business word.

use crate::cell::{from_json, out_kind, out_label};
use crate::columns::{REGION, ref_key};
use crate::import::store::keys_of;
use crate::out::{Column, DataMark, Mark, OutCell, OutKind, Writer};
use crate::row_key::{LABEL, RowKey};
use async_trait::async_trait;
use base::{Actor, Error, Result};
use chrono::{FixedOffset, Utc};
use files::{FileRow, Files, NewFile};
use jobs::{Handler, Outcome, Progress, Run};
use meta::{Catalog, Dataset, Field, Kind, Place, Sensitivity, Verb};
use record::{ListQuery, Records, Row};
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::sync::Arc;
use store::ScopedTx;
use uuid::Uuid;

/// Kind of these jobs.
pub const EXPORT: &str = "sheet.export";
/// Rows fetched together.
const PAGE: i64 = 1000;

/// Payload of an export: the list's query pairs and the fields wanted (none: all that lists and sheets show).
pub fn payload(dataset: &str, query: &[(String, String)], columns: &[String]) -> Json {
    json!({ "dataset": dataset, "query": query, "columns": columns })
}

/// Makes the traceable mark of one export: (export number, actor) → mark.
pub type DataMarks = Arc<dyn Fn(&str, &Actor) -> Option<Box<dyn DataMark>> + Send + Sync>;

/// What is to be written.
pub struct Wanted {
    pub dataset: Arc<Dataset>,
    pub query: ListQuery,
    /// None: all that lists and sheets show.
    pub columns: Vec<String>,
    /// Personal facts are masked even where the actor sees them.
    pub strict: bool,
    /// Name of the file, without its number.
    pub title: String,
}

/// What was written.
pub struct Made {
    pub rows: u64,
    pub number: String,
    pub file: FileRow,
}

impl Made {
    /// The facts of the job.
    pub fn result(&self, d: &Dataset) -> Json {
        let link = format!("/api/v1/files/{}", self.file.id);
        json!({
            "dataset": d.id, "rows": self.rows, "export_no": self.number, "file": link, "download": link, "size": self.file.size,
        })
    }
}

/// The work behind [`EXPORT`].
#[derive(Clone)]
pub struct Exporter {
    pub records: Records,
    pub files: Files,
    pub db: store::Db,
    /// None: no traceable mark in the data, only the visible one.
    pub data_marks: Option<DataMarks>,
}

/// The fields of an export, in the description's order.
fn fields<'a>(d: &'a Dataset, asked: &[String]) -> Vec<&'a Field> {
    d.fields
        .values()
        .filter(|f| f.kind != Kind::Attachment)
        .filter(|f| {
            if asked.is_empty() {
                f.is_in(Place::Sheet) || f.is_in(Place::Ledger) || d.parent.as_ref().is_some_and(|p| p.field == f.name)
            } else {
                asked.contains(&f.name)
            }
        })
        .collect()
}

fn columns(fields: &[&Field]) -> Vec<Column> {
    let mut out = vec![
        Column { width: Some(15.0), ..Column::new("区划代码", OutKind::Text) },
        Column { width: Some(18.0), ..Column::new("区划名称", OutKind::Text) },
    ];
    out.extend(fields.iter().map(|f| Column::new(out_label(f), out_kind(f))));
    out.push(Column { width: Some(14.0), ..Column::new(LABEL, OutKind::Text) });
    out
}

impl Exporter {
    /// Writes what somebody sees of a list into a file of theirs.
    pub async fn make(&self, actor: &Actor, progress: &Progress, want: Wanted) -> Result<Made> {
        let d = want.dataset;
        let fields = fields(&d, &want.columns);
        let now = Utc::now();
        let number = secure::mark::export_no(now.date_naive())?;
        let unit = self.records.regions.name(actor.region.as_str()).unwrap_or_else(|| actor.region.to_string());
        let mark = Mark { unit, account: actor.name.clone(), time: beijing(now), number: number.clone() };
        let data_mark = self.data_marks.as_ref().and_then(|make| make(&number, actor));

        let (sender, pages) = tokio::sync::mpsc::channel(2);
        let (title, shown, told) = (want.title.clone(), columns(&fields), progress.clone());
        let writing = tokio::task::spawn_blocking(move || write(&title, shown, mark, data_mark, pages, &told));
        let read = self.pages(actor, progress, &d, want.query, &fields, want.strict, &sender).await;
        drop(sender);
        let file = writing.await.map_err(Error::internal)?;
        let rows = read?;
        progress.set(98.0, "保存文件");
        let name = format!("{}-{number}.xlsx", want.title);
        let file = self.files.save_made(actor, NewFile::job_result(actor, &name), file?).await?;
        Ok(Made { rows, number, file })
    }

    #[expect(clippy::too_many_arguments, reason = "one call; a struct would only repeat these names")]
    async fn pages(
        &self,
        actor: &Actor,
        progress: &Progress,
        d: &Dataset,
        q: ListQuery,
        fields: &[&Field],
        strict: bool,
        out: &tokio::sync::mpsc::Sender<Vec<Vec<OutCell>>>,
    ) -> Result<u64> {
        let mut tx = self.db.begin(actor).await?;
        let first = self.records.list(&mut tx, d, &ListQuery { limit: 1, count: true, ..q.clone() }).await?;
        let total = first.count.unwrap_or(0).max(0) as u64;
        let mut q = ListQuery { limit: PAGE, count: false, after: None, ..q };
        let mut done = 0u64;
        loop {
            progress.check_cancelled()?;
            let mut page = self.records.list(&mut tx, d, &q).await?;
            self.write_refs(&mut tx, fields, &mut page.items).await?;
            if strict {
                page.items.iter_mut().for_each(|r| hide(fields, r));
            }
            done += page.items.len() as u64;
            let rows = page.items.iter().map(|r| cells(&self.records.catalog, d, fields, r)).collect();
            if out.send(rows).await.is_err() {
                // the writer has failed; its error is the one that counts
                return Ok(done);
            }
            progress.part(1.0, 90.0, done, total.max(done), &format!("导出，已 {done} 行"));
            let Some(cursor) = page.next else { return Ok(done) };
            q.after = ListQuery::read(&self.records.catalog, d, &[("after".to_owned(), cursor)])?.after;
        }
    }

    /// References are written as the key of the row they mean, so that the file can be imported again.
    async fn write_refs(&self, tx: &mut ScopedTx, fields: &[&Field], rows: &mut [Row]) -> Result<()> {
        for f in fields.iter().filter(|f| f.kind == Kind::Ref) {
            let Some((target, key)) = ref_key(&self.records.catalog, f) else { continue };
            let ids: Vec<Uuid> = rows.iter().filter_map(|r| Uuid::parse_str(r.get(&f.name)?.as_str()?).ok()).collect();
            let keys: HashMap<String, String> =
                if ids.is_empty() { HashMap::new() } else { keys_of(tx, target, key, ids).await? };
            for r in rows.iter_mut() {
                let key = r.get(&f.name).and_then(Json::as_str).and_then(|id| keys.get(id)).cloned();
                if let Some(k) = key {
                    r.insert(f.name.clone(), k.into());
                }
            }
        }
        Ok(())
    }
}

/// Masks personal facts that the row still shows plainly.
fn hide(fields: &[&Field], row: &mut Row) {
    let masked: Vec<String> =
        row.get("_masked").and_then(Json::as_array).into_iter().flatten().filter_map(|j| j.as_str().map(str::to_owned)).collect();
    let personal = |f: &&&Field| matches!(f.sensitivity, Sensitivity::Personal | Sensitivity::Health) && f.kind != Kind::Ref;
    for f in fields.iter().filter(personal).filter(|f| !masked.contains(&f.name)) {
        if let Some(v) = row.get_mut(&f.name).filter(|v| !v.is_null()) {
            *v = record::sight::mask(f, v);
        }
    }
}

fn cells(catalog: &Catalog, d: &Dataset, fields: &[&Field], row: &Row) -> Vec<OutCell> {
    let text = |k: &str| row.get(k).and_then(Json::as_str).map_or(OutCell::Empty, OutCell::from);
    let mut out = Vec::with_capacity(fields.len() + 3);
    out.push(text(REGION));
    out.push(text("region_name"));
    out.extend(fields.iter().map(|f| row.get(&f.name).map_or(OutCell::Empty, |v| from_json(catalog, f, v))));
    let id = row.get("id").and_then(Json::as_str).and_then(|s| Uuid::parse_str(s).ok());
    let version = row.get("row_version").and_then(Json::as_i64).and_then(|v| i32::try_from(v).ok());
    out.push(id.zip(version).map_or(OutCell::Empty, |(id, version)| OutCell::Text(RowKey { id, version }.text(d))));
    out
}

#[async_trait]
impl Handler for Exporter {
    async fn run(&self, run: &Run) -> Result<Outcome> {
        let d = self.records.dataset(run.payload["dataset"].as_str().unwrap_or_default())?.clone();
        self.records.allow(&run.actor, &d, Verb::Export)?;
        let pairs: Vec<(String, String)> = serde_json::from_value(run.payload["query"].clone()).unwrap_or_default();
        let columns: Vec<String> = serde_json::from_value(run.payload["columns"].clone()).unwrap_or_default();
        let query = ListQuery::read(&self.records.catalog, &d, &pairs)?;
        let want = Wanted { dataset: d.clone(), query, columns, strict: false, title: d.title.clone() };
        let made = self.make(&run.actor, &run.progress, want).await?;
        Ok(Outcome::new(format!("已导出 {} 行，导出编号 {}。", made.rows, made.number), made.result(&d)))
    }

    fn restartable(&self) -> bool {
        true
    }
}

/// Runs on a blocking thread until the pages end.
fn write(
    title: &str,
    columns: Vec<Column>,
    mark: Mark,
    data_mark: Option<Box<dyn DataMark>>,
    mut pages: tokio::sync::mpsc::Receiver<Vec<Vec<OutCell>>>,
    progress: &Progress,
) -> Result<tempfile::NamedTempFile> {
    let mut w = Writer::new(title, columns, Some(mark))?;
    if let Some(m) = data_mark {
        w = w.with_data_mark(m);
    }
    while let Some(page) = pages.blocking_recv() {
        for mut row in page {
            w.row(&mut row)?;
        }
    }
    progress.check_cancelled()?;
    progress.set(92.0, "压缩文件");
    let out = tempfile::Builder::new().suffix(".xlsx").tempfile()?;
    w.finish(out.path())?;
    Ok(out)
}

fn beijing(at: chrono::DateTime<Utc>) -> String {
    match FixedOffset::east_opt(8 * 3600) {
        Some(z) => at.with_timezone(&z).format("%Y-%m-%d %H:%M").to_string(),
        None => at.to_rfc3339(),
    }
}
