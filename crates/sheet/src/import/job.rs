//! The import as a job: one transaction for the whole file. It commits together with its mark in the job, so a server killed
//! at any moment leaves either nothing or everything, and a second attempt knows which. Must not know a business word.

use super::candidate::{Candidate, Places, Reader};
use super::take::{Taker, Totals};
use super::undo;
use crate::columns::wants;
use crate::marked::{self, Fault};
use crate::read::{Book, Header};
use async_trait::async_trait;
use base::{Actor, Error, Result};
use files::{Files, NewFile};
use jobs::{Handler, Outcome, Progress, Run};
use meta::{Dataset, Verb};
use record::Records;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use uuid::Uuid;

/// Rows checked and written together.
const CHUNK: usize = 400;
/// Faults shown with the job; all of them are in the workbook.
const SHOWN: usize = 200;

/// Kind of these jobs.
pub const IMPORT: &str = "sheet.import";

/// Payload of an import: ids and choices only.
pub fn payload(dataset: &str, file_id: Uuid, sheet: Option<&str>) -> Json {
    json!({ "dataset": dataset, "file_id": file_id, "sheet": sheet })
}

/// The work behind [`IMPORT`].
pub struct Importer {
    pub records: Records,
    pub files: Files,
    pub db: ::store::Db,
    pub places: Arc<dyn Places>,
}

struct Asked {
    dataset: Arc<Dataset>,
    file: Uuid,
    sheet: Option<String>,
}

impl Importer {
    fn asked(&self, run: &Run) -> Result<Asked> {
        let text = |k: &str| run.payload[k].as_str().map(str::to_owned);
        let dataset = self.records.dataset(&text("dataset").unwrap_or_default())?.clone();
        self.records.allow(&run.actor, &dataset, Verb::Import)?;
        let file = text("file_id")
            .and_then(|s| Uuid::parse_str(&s).ok())
            .ok_or_else(|| Error::invalid("sheet.no_file", "任务中没有文件，请重新上传。"))?;
        Ok(Asked { dataset, file, sheet: text("sheet").filter(|s| !s.is_empty()) })
    }

    /// Reads the file on a thread of its own and takes its rows as they come; answers with what happened, uncommitted.
    async fn take(
        &self,
        run: &Run,
        d: &Arc<Dataset>,
        path: &Path,
        header: &Arc<Header>,
        tx: &mut ::store::ScopedTx,
        batch_no: &str,
    ) -> Result<(Totals, BTreeMap<u64, Vec<Fault>>)> {
        let catalog = self.records.catalog.clone();
        let (sender, mut chunks) = tokio::sync::mpsc::channel::<Vec<Candidate>>(2);
        let reading = tokio::task::spawn_blocking({
            let (catalog, d, header, actor, places) =
                (catalog.clone(), d.clone(), header.clone(), run.actor.clone(), self.places.clone());
            let (path, progress) = (path.to_path_buf(), run.progress.clone());
            move || read_all(&path, &header, &Reader::new(&catalog, &d, &header, &actor, places.as_ref()), &progress, &sender)
        });
        let reader = Reader::new(&catalog, d, header, &run.actor, self.places.as_ref());
        let may = |v| self.records.may(&run.actor, d, v);
        let mut taker = Taker::new(&self.records, d, &reader, batch_no, may(Verb::Create), may(Verb::Update));
        while let Some(chunk) = chunks.recv().await {
            run.progress.check_cancelled()?;
            taker.chunk(tx, chunk).await?;
        }
        reading.await.map_err(Error::internal)??;
        Ok((taker.totals, taker.faults))
    }

    /// The file with its faults, kept as a result of the job; none when there are no faults.
    async fn give_back(
        &self,
        run: &Run,
        path: &Path,
        header: &Arc<Header>,
        totals: &Totals,
        faults: BTreeMap<u64, Vec<Fault>>,
        name: &str,
    ) -> Result<Option<Uuid>> {
        if faults.is_empty() {
            return Ok(None);
        }
        let out = tempfile::Builder::new().suffix(".xlsx").tempfile()?;
        let (path, to, header, t, progress) =
            (path.to_path_buf(), out.path().to_path_buf(), header.clone(), totals.clone(), run.progress.clone());
        tokio::task::spawn_blocking(move || -> Result<()> {
            let lines = [
                ("读取行数", t.rows),
                ("新增", t.created),
                ("修改", t.changed),
                ("无变化", t.unchanged),
                ("有问题未导入", t.bad),
            ];
            let looking = |n| {
                progress.part(75.0, 95.0, n, t.rows, "生成标注问题的文件");
                progress.check_cancelled()
            };
            marked::write(&mut Book::open(&path)?, &header, &faults, &lines, &to, looking)
        })
        .await
        .map_err(Error::internal)??;
        let stem = name.rsplit_once('.').map_or(name, |(s, _)| s);
        let file =
            self.files.save_made(&run.actor, NewFile::job_result(&run.actor, &format!("{stem}-问题标注.xlsx")), out).await?;
        Ok(Some(file.id))
    }
}

#[async_trait]
impl Handler for Importer {
    async fn run(&self, run: &Run) -> Result<Outcome> {
        // an earlier attempt committed and was killed before it could say so
        if let Some(done) = run.mark.as_ref().and_then(|m| m.get("imported")) {
            return Ok(Outcome::new(sentence(done), done.clone()));
        }
        let asked = self.asked(run)?;
        let d = &asked.dataset;
        run.progress.set(1.0, "打开文件");
        let (file, copy) = self.files.open_copy(&run.actor, asked.file).await?;
        let path: PathBuf = copy.path().to_path_buf();
        let header = Arc::new(
            tokio::task::spawn_blocking({
                let (path, d, sheet) = (path.clone(), d.clone(), asked.sheet.clone());
                move || Header::find(&mut Book::open(&path)?, sheet.as_deref(), &wants(&d))
            })
            .await
            .map_err(Error::internal)??,
        );
        let batch_no = batch_no(run.id);
        let mut tx = self.db.begin(&run.actor).await?;
        let (totals, faults) = self.take(run, d, &path, &header, &mut tx, &batch_no).await?;
        let shown: Vec<Json> = faults
            .values()
            .flatten()
            .take(SHOWN)
            .map(|f| json!({"row": f.row, "column": f.column, "label": f.label, "field": f.field, "message": f.message}))
            .collect();
        let marked_file = self.give_back(run, &path, &header, &totals, faults, &file.name).await?;
        let link = marked_file.map(|id| format!("/api/v1/files/{id}"));
        let result = json!({
            "dataset": d.id, "batch_no": batch_no, "rows": totals.rows, "taken": totals.taken(), "created": totals.created,
            "changed": totals.changed, "skipped": totals.unchanged, "bad": totals.bad, "formulas": totals.formulas, "masked": totals.masked,
            "unknown_columns": header.unknown(), "problems": shown, "marked_file": link, "download": link,
        });
        run.progress.set(97.0, "保存");
        run.progress.check_cancelled()?;
        run.mark(tx.conn(), &json!({ "imported": result })).await?;
        tx.commit().await?;
        Ok(Outcome::new(sentence(&result), result))
    }

    async fn undo(&self, run: &Run) -> Result<Outcome> {
        if let Some(done) = run.mark.as_ref().and_then(|m| m.get("undone")) {
            return Ok(Outcome::new(undone_sentence(done), done.clone()));
        }
        let asked = self.asked(run)?;
        let before = run.result.clone().unwrap_or_default();
        let batch_no =
            before["batch_no"].as_str().ok_or_else(|| Error::refused("sheet.no_batch", "没有找到本次导入的批号，不能撤销。"))?;
        let total = before["taken"].as_u64().unwrap_or(0);
        let mut tx = self.db.begin(&run.actor).await?;
        let looking = |n| {
            run.progress.part(0.0, 97.0, n, total, "撤销导入");
            run.progress.check_cancelled()
        };
        let undone =
            undo::undo(&self.records, &mut tx, &asked.dataset, batch_no, &format!("UNDO-{}", run.id.simple()), looking).await?;
        let mut result = before.clone();
        result["undone"] = serde_json::to_value(&undone)?;
        run.mark(tx.conn(), &json!({ "undone": result })).await?;
        tx.commit().await?;
        Ok(Outcome::new(undone_sentence(&result), result))
    }

    fn undoable(&self) -> bool {
        true
    }
    fn restartable(&self) -> bool {
        true
    }
}

/// Runs on a blocking thread until the rows end, the job is cancelled or the other side has stopped listening.
fn read_all(
    path: &Path,
    header: &Header,
    reader: &Reader<'_>,
    progress: &Progress,
    out: &tokio::sync::mpsc::Sender<Vec<Candidate>>,
) -> Result<()> {
    let mut book = Book::open(path)?;
    let expected = book.row_hint(&header.sheet)?.unwrap_or(0);
    let mut chunk = Vec::with_capacity(CHUNK);
    let mut read = 0;
    book.rows(&header.sheet, |row| {
        if row.number <= header.row {
            return Ok(true);
        }
        chunk.push(reader.read(&row));
        read += 1;
        if chunk.len() < CHUNK {
            return Ok(true);
        }
        progress.part(3.0, 75.0, read, expected.max(read), &format!("读取并校验，已 {read} 行"));
        progress.check_cancelled()?;
        Ok(out.blocking_send(std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK))).is_ok())
    })?;
    if !chunk.is_empty() {
        // nobody listens any more when the taking failed; its error is the one that counts
        out.blocking_send(chunk).ok();
    }
    if read == 0 {
        return Err(Error::invalid("sheet.no_rows", format!("第 {} 行表头下面没有数据，请填写后再上传。", header.row)));
    }
    Ok(())
}

fn sentence(r: &Json) -> String {
    let n = |k: &str| r[k].as_u64().unwrap_or(0);
    let mut s = format!("共读取 {} 行：新增 {}，修改 {}，无变化 {}", n("rows"), n("created"), n("changed"), n("skipped"));
    match n("bad") {
        0 => s.push_str("，没有问题。"),
        b => s.push_str(&format!("；{b} 行有问题未导入，请下载标注文件改正后再次上传。")),
    }
    s
}

fn undone_sentence(r: &Json) -> String {
    let n = |k: &str| r["undone"][k].as_u64().unwrap_or(0);
    let mut s = format!("已撤销：删除新增的 {} 条，恢复修改的 {} 条。", n("deleted"), n("restored"));
    if n("kept") > 0 {
        s.push_str(&format!("另有 {} 条在导入后又被修改或引用，保持现状，请人工核对。", n("kept")));
    }
    s
}

/// The batch number of an import job.
pub fn batch_no(job: Uuid) -> String {
    format!("IMP-{}", job.simple())
}

/// Whether the actor may import at all, for the caller that takes the upload.
pub fn allow(records: &Records, actor: &Actor, dataset: &str) -> Result<Arc<Dataset>> {
    let d = records.dataset(dataset)?.clone();
    records.allow(actor, &d, Verb::Import)?;
    Ok(d)
}
