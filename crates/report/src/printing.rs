//! Printed forms as jobs: rows chosen by hand or by the filters of a list, a page each, one file as Word or Excel. What stands
//! on a page is a module's ([`Printed`]); every value is read through `record`, masked as the actor may see it.

use crate::document::{Form, Page, Paper, to_docx, to_xlsx};
use ::store::{Db, ScopedTx};
use async_trait::async_trait;
use base::{Actor, Error, Level, RegionCode, Result};
use files::{Files, NewFile};
use jobs::{Handler, Outcome, Run};
use meta::{Dataset, Verb};
use record::{ListQuery, Records, Row};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use uuid::Uuid;

/// Rows read together.
const TOGETHER: usize = 60;
/// Most pages of one file: a large village.
pub const MOST: usize = 1000;

/// Fields of a row as people read them.
pub type Texts = BTreeMap<String, String>;

/// The paper a form is printed on.
#[derive(Clone, Copy, Debug)]
pub struct Sheet {
    pub title: &'static str,
    pub paper: Paper,
    /// Columns of the grid.
    pub grid: usize,
    /// Size of the letters in half points.
    pub size: usize,
    /// Most height of a row in twips.
    pub row_height: u32,
}

/// The forms of one dataset.
#[async_trait]
pub trait Printed: Send + Sync {
    /// Whose rows have a page each; who may export them may print them.
    fn dataset(&self) -> &'static str;
    /// Field by which pages are in order.
    fn order(&self) -> &'static str;
    /// None: there is no form of this name.
    fn sheet(&self, form: &str) -> Option<Sheet>;
    /// Pages of some rows, in their order; `first` is the number of the first page.
    async fn pages(&self, from: &Gather<'_>, tx: &mut ScopedTx, form: &str, rows: &[Row], first: usize) -> Result<Vec<Page>>;
}

/// What is asked for, as it comes over HTTP and lies in the job.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Asked {
    #[serde(default)]
    pub form: String,
    /// `docx` or `xlsx`.
    pub format: String,
    #[serde(default)]
    pub ids: Vec<Uuid>,
    /// Filters of the list, when no ids are given.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
}

impl Asked {
    /// Whether this actor may print this; the title of the form.
    ///
    /// Errors: not allowed to export; no such form or format; too many ids; filters that the list does not know.
    pub fn check(&self, records: &Records, printed: &dyn Printed, actor: &Actor) -> Result<&'static str> {
        let d = records.dataset(printed.dataset())?.clone();
        records.allow(actor, &d, Verb::Export)?;
        let Some(sheet) = printed.sheet(&self.form) else {
            return Err(Error::invalid("report.print_form", "没有这种表，请重新选择要打印的表。"));
        };
        if !matches!(self.format.as_str(), "docx" | "xlsx") {
            return Err(Error::invalid("report.print_format", "请选择文件格式：Word 或 Excel。"));
        }
        if self.ids.len() > MOST {
            return Err(Error::refused("report.print_too_many", format!("一个文件最多 {MOST} 页，请分批打印。")));
        }
        ListQuery::read(&records.catalog, &d, &self.pairs())?;
        Ok(sheet.title)
    }
    fn pairs(&self) -> Vec<(String, String)> {
        self.query.iter().map(|(k, v)| (k.clone(), v.clone())).collect()
    }
}

/// Reads what a page asks for beside its row.
pub struct Gather<'a> {
    pub records: &'a Records,
}

impl Gather<'_> {
    /// Rows by the row they refer to; none of a dataset that this actor may not read.
    pub async fn those(&self, tx: &mut ScopedTx, dataset: &str, field: &str, ids: &[Uuid]) -> Result<HashMap<String, Vec<Row>>> {
        let d = self.records.dataset(dataset)?.clone();
        let mut out: HashMap<String, Vec<Row>> = HashMap::new();
        if self.records.may(tx.actor(), &d, Verb::Read) {
            for r in self.records.referring(tx, &d, field, ids).await? {
                out.entry(text(&r, field)).or_default().push(r);
            }
        }
        Ok(out)
    }
    /// The fields of a row as people read them.
    pub fn texts(&self, dataset: &str, r: &Row) -> Texts {
        let Some(d) = self.records.catalog.dataset(dataset) else { return Texts::new() };
        d.fields.values().map(|f| (f.name.clone(), crate::ledger::words(&self.records.catalog, f, r))).collect()
    }
    /// 县, 乡(镇), 村 of a row.
    pub fn place(&self, r: &Row) -> Result<[String; 3]> {
        let code = RegionCode::parse(&text(r, "region_code"))?;
        let name = |l: Level| self.records.regions.name(code.ancestor(l).as_str()).unwrap_or_default();
        Ok([name(Level::County), name(Level::Town), name(Level::Village)])
    }
}

/// A text of a row; empty when there is none.
pub fn text(r: &Row, name: &str) -> String {
    r.get(name).and_then(Json::as_str).unwrap_or_default().to_owned()
}

/// The ids of rows.
pub fn ids(rows: &[Row]) -> Vec<Uuid> {
    rows.iter().filter_map(|r| Uuid::parse_str(r.get("id")?.as_str()?).ok()).collect()
}

/// The work of such a job; the payload is an [`Asked`].
pub struct Printing<P> {
    pub printed: P,
    pub records: Records,
    pub files: Files,
    pub db: Db,
}

impl<P: Printed> Printing<P> {
    async fn chosen(&self, tx: &mut ScopedTx, d: &Dataset, asked: &Asked) -> Result<Vec<Row>> {
        if !asked.ids.is_empty() {
            let mut rows = self.records.by_ids(tx, d, &asked.ids).await?;
            rows.sort_by_key(|r| text(r, self.printed.order()));
            return Ok(rows);
        }
        let mut q = ListQuery { limit: 500, ..ListQuery::read(&self.records.catalog, d, &asked.pairs())? };
        let mut rows = Vec::new();
        loop {
            let page = self.records.list(tx, d, &q).await?;
            rows.extend(page.items);
            if rows.len() > MOST {
                return Err(Error::refused(
                    "report.print_too_many",
                    format!("一个文件最多 {MOST} 页，所选范围超过了这个数，请按村或再加条件分批打印。"),
                ));
            }
            let Some(cursor) = page.next else { return Ok(rows) };
            q.after = ListQuery::read(&self.records.catalog, d, &[("after".to_owned(), cursor)])?.after;
        }
    }
}

#[async_trait]
impl<P: Printed> Handler for Printing<P> {
    async fn run(&self, run: &Run) -> Result<Outcome> {
        let asked: Asked = serde_json::from_value(run.payload.clone()).map_err(Error::internal)?;
        let title = asked.check(&self.records, &self.printed, &run.actor)?;
        let d: Arc<Dataset> = self.records.dataset(self.printed.dataset())?.clone();
        let excel = asked.format == "xlsx";
        let mut tx = self.db.begin(&run.actor).await?;
        let rows = self.chosen(&mut tx, &d, &asked).await?;
        if rows.is_empty() {
            return Err(Error::refused("report.print_nobody", "所选范围内没有可打印的记录，请重新选择。"));
        }
        let from = Gather { records: &self.records };
        let mut pages: Vec<Page> = Vec::with_capacity(rows.len());
        for chunk in rows.chunks(TOGETHER) {
            run.progress.check_cancelled()?;
            let first = pages.len() + 1;
            pages.extend(self.printed.pages(&from, &mut tx, &asked.form, chunk, first).await?);
            run.progress.part(1.0, 80.0, pages.len() as u64, rows.len() as u64, &format!("已排 {} 页", pages.len()));
        }
        tx.rollback().await?;
        let count = pages.len();
        let mark = crate::ledger::visible_mark(&self.records, &run.actor)?;
        let Some(sheet) = self.printed.sheet(&asked.form) else {
            return Err(Error::invalid("report.print_form", "没有这种表，请重新选择要打印的表。"));
        };
        let Sheet { paper, grid, size, row_height, .. } = sheet;
        let form = Form { title: title.into(), paper, grid, size, row_height, pages };
        let number = mark.number.clone();
        run.progress.set(85.0, "写入文件");
        let made = tokio::task::spawn_blocking(move || -> Result<tempfile::NamedTempFile> {
            let file = tempfile::Builder::new().suffix(if excel { ".xlsx" } else { ".docx" }).tempfile()?;
            if excel {
                to_xlsx(&form, &mark, file.path())?
            } else {
                to_docx(&form, &mark, file.path())?
            }
            Ok(file)
        })
        .await
        .map_err(Error::internal)??;
        let name = format!("{title}-{count}页-{number}.{}", if excel { "xlsx" } else { "docx" });
        let kept = self.files.save_made(&run.actor, NewFile::job_result(&run.actor, &name), made).await?;
        let link = format!("/api/v1/files/{}", kept.id);
        Ok(Outcome::new(
            format!("{title}已生成，共 {count} 页，编号 {number}。"),
            json!({"download": link, "rows": count, "export_no": number}),
        ))
    }
    fn restartable(&self) -> bool {
        true
    }
}
