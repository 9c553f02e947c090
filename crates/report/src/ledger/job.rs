//! A ledger as a workbook with the merged headings of the form, page by page in constant memory.

use super::Ledgers;
use crate::rules::local_text;
use async_trait::async_trait;
use base::{Actor, Error, Result};
use chrono::Utc;
use files::{Files, NewFile};
use jobs::{Handler, Outcome, Run};
use meta::Verb;
use record::{ListQuery, Records};
use serde_json::{Value as Json, json};
use sheet::export::DataMarks;
use sheet::out::Mark;
use sheet::{OutCell, Writer};

/// Kind of these jobs.
pub const LEDGER: &str = "report.ledger";
/// Rows fetched together.
const PAGE: i64 = 500;

/// Payload: the ledger and the filters asked for.
pub fn payload(ledger: &str, query: &[(String, String)]) -> Json {
    json!({"ledger": ledger, "query": query})
}

/// The work behind [`LEDGER`].
pub struct LedgerExport {
    pub ledgers: Ledgers,
    pub files: Files,
    pub data_marks: Option<DataMarks>,
}

/// The visible mark of what this actor takes out, with a number of its own.
pub fn visible_mark(records: &Records, actor: &Actor) -> Result<Mark> {
    let now = Utc::now();
    let regions = &records.regions;
    Ok(Mark {
        unit: regions.name(actor.region.as_str()).unwrap_or_else(|| actor.region.to_string()),
        account: actor.name.clone(),
        time: local_text(now),
        number: secure::mark::export_no(now.date_naive())?,
    })
}

#[async_trait]
impl Handler for LedgerExport {
    async fn run(&self, run: &Run) -> Result<Outcome> {
        let l = &self.ledgers;
        let (ledger, d) = l.find(&run.actor, run.payload["ledger"].as_str().unwrap_or_default(), Verb::Export)?;
        let pairs: Vec<(String, String)> = serde_json::from_value(run.payload["query"].clone()).unwrap_or_default();
        let q = l.query(&ledger, &d, &pairs)?;
        let columns = l.columns(&ledger);
        let mark = visible_mark(&l.records, &run.actor)?;
        let number = mark.number.clone();
        let data_mark = self.data_marks.as_ref().and_then(|make| make(&number, &run.actor));
        let (title, heads) = (ledger.title.clone(), l.heads(&d, &columns));
        let (sender, mut pages) = tokio::sync::mpsc::channel::<Vec<Vec<OutCell>>>(2);
        let writing = tokio::task::spawn_blocking(move || -> Result<tempfile::NamedTempFile> {
            let mut w = Writer::new(&title, heads, Some(mark))?;
            if let Some(m) = data_mark {
                w = w.with_data_mark(m);
            }
            while let Some(page) = pages.blocking_recv() {
                for mut row in page {
                    w.row(&mut row)?;
                }
            }
            let out = tempfile::Builder::new().suffix(".xlsx").tempfile()?;
            w.finish(out.path())?;
            Ok(out)
        });
        let mut tx = l.db.begin(&run.actor).await?;
        let total = l.records.count_all(&mut tx, &d, &q).await?.max(0) as u64;
        let mut q = ListQuery { limit: PAGE, count: false, after: None, ..q };
        let mut done = 0usize;
        loop {
            run.progress.check_cancelled()?;
            let page = l.records.list(&mut tx, &d, &q).await?;
            let n = page.items.len();
            let cells = l.cells(&mut tx, &d, &columns, page.items, done).await?;
            done += n;
            if sender.send(cells).await.is_err() {
                // the writer has failed; its error is the one that counts
                break;
            }
            run.progress.part(1.0, 92.0, done as u64, total.max(done as u64), &format!("导出，已 {done} 行"));
            let Some(cursor) = page.next else { break };
            q.after = ListQuery::read(&l.records.catalog, &d, &[("after".to_owned(), cursor)])?.after;
        }
        drop(sender);
        let made = writing.await.map_err(Error::internal)??;
        run.progress.set(97.0, "保存文件");
        let name = format!("{}-{number}.xlsx", ledger.title);
        let kept = self.files.save_made(&run.actor, NewFile::job_result(&run.actor, &name), made).await?;
        let link = format!("/api/v1/files/{}", kept.id);
        let result = json!({"ledger": ledger.id, "rows": done, "export_no": number, "download": link});
        Ok(Outcome::new(format!("已导出 {done} 行，导出编号 {number}。"), result))
    }
    fn restartable(&self) -> bool {
        true
    }
}
