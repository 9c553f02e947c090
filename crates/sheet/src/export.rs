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
use files::{Files, NewFile};
use jobs::{Handler, Outcome, Progress, Run};
use meta::{Catalog, Dataset, Field, Kind, Place, Verb};
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

/// The work behind [`EXPORT`].
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
    async fn pages(
        &self,
        run: &Run,
        d: &Dataset,
        q: ListQuery,
        fields: &[&Field],
        out: &tokio::sync::mpsc::Sender<Vec<Vec<OutCell>>>,
    ) -> Result<u64> {
        let mut tx = self.db.begin(&run.actor).await?;
        let first = self.records.list(&mut tx, d, &ListQuery { limit: 1, count: true, ..q.clone() }).await?;
        let total = first.count.unwrap_or(0).max(0) as u64;
        let mut q = ListQuery { limit: PAGE, count: false, after: None, ..q };
        let mut done = 0u64;
        loop {
            run.progress.check_cancelled()?;
            let mut page = self.records.list(&mut tx, d, &q).await?;
            self.write_refs(&mut tx, fields, &mut page.items).await?;
            done += page.items.len() as u64;
            let rows = page.items.iter().map(|r| cells(&self.records.catalog, d, fields, r)).collect();
            if out.send(rows).await.is_err() {
                // the writer has failed; its error is the one that counts
                return Ok(done);
            }
            run.progress.part(1.0, 90.0, done, total.max(done), &format!("导出，已 {done} 行"));
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
        let asked: Vec<String> = serde_json::from_value(run.payload["columns"].clone()).unwrap_or_default();
        let q = ListQuery::read(&self.records.catalog, &d, &pairs)?;
        let fields = fields(&d, &asked);
        let now = Utc::now();
        let number = secure::mark::export_no(now.date_naive())?;
        let unit = self.records.regions.name(run.actor.region.as_str()).unwrap_or_else(|| run.actor.region.to_string());
        let mark = Mark { unit, account: run.actor.name.clone(), time: beijing(now), number: number.clone() };
        let data_mark = self.data_marks.as_ref().and_then(|make| make(&number, &run.actor));

        let (sender, pages) = tokio::sync::mpsc::channel(2);
        let (title, shown, progress) = (d.title.clone(), columns(&fields), run.progress.clone());
        let writing = tokio::task::spawn_blocking(move || write(&title, shown, mark, data_mark, pages, &progress));
        let read = self.pages(run, &d, q, &fields, &sender).await;
        drop(sender);
        let file = writing.await.map_err(Error::internal)?;
        let rows = read?;
        run.progress.set(98.0, "保存文件");
        let name = format!("{}-{number}.xlsx", d.title);
        let kept = self.files.save_made(&run.actor, NewFile::job_result(&run.actor, &name), file?).await?;
        let link = format!("/api/v1/files/{}", kept.id);
        let result =
            json!({ "dataset": d.id, "rows": rows, "export_no": number, "file": link, "download": link, "size": kept.size });
        Ok(Outcome::new(format!("已导出 {rows} 行，导出编号 {number}。"), result))
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
