//! The job that reads the households together and writes the file. Must not lay out.

use super::rules::{GRID, Household, Texts, check_page, income_page};
use ::store::{Db, ScopedTx};
use async_trait::async_trait;
use base::{Error, Level, RegionCode, Result};
use chrono::Datelike;
use files::{Files, NewFile};
use jobs::{Handler, Outcome, Run};
use meta::{Dataset, Verb};
use record::{ListQuery, Records, Row};
use report::document::{Form, Page, Paper, to_docx, to_xlsx};
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// Kind of these jobs.
pub const KIND: &str = "relapse.print";
/// Households read together.
const TOGETHER: usize = 60;
/// Most households of one file: a large village.
pub(super) const MOST: usize = 1000;

/// The work behind [`KIND`]. Payload: `form` (`check` or `income`), `format` (`docx` or `xlsx`), `ids` or the `query` of a list.
pub struct Printer {
    pub records: Records,
    pub files: Files,
    pub db: Db,
}

impl Printer {
    async fn chosen(&self, tx: &mut ScopedTx, d: &Dataset, payload: &Json) -> Result<Vec<Row>> {
        let ids: Vec<Uuid> = serde_json::from_value(payload["ids"].clone()).unwrap_or_default();
        if !ids.is_empty() {
            let mut rows = self.records.by_ids(tx, d, &ids).await?;
            rows.sort_by_key(|r| text(r, "household_no"));
            return Ok(rows);
        }
        let pairs: Vec<(String, String)> = serde_json::from_value(payload["query"].clone()).unwrap_or_default();
        let mut q = ListQuery { limit: 500, ..ListQuery::read(&self.records.catalog, d, &pairs)? };
        let mut rows = Vec::new();
        loop {
            let page = self.records.list(tx, d, &q).await?;
            rows.extend(page.items);
            if rows.len() > MOST {
                return Err(Error::refused(
                    "relapse.print_too_many",
                    format!("一个文件最多 {MOST} 户，所选范围超过了这个数，请按村或再加条件分批打印。"),
                ));
            }
            let Some(cursor) = page.next else { return Ok(rows) };
            q.after = ListQuery::read(&self.records.catalog, d, &[("after".to_owned(), cursor)])?.after;
        }
    }

    /// Everything the forms ask for of some households, in their order.
    async fn gather(&self, tx: &mut ScopedTx, rows: &[Row]) -> Result<Vec<Household>> {
        let ids: Vec<Uuid> = rows.iter().filter_map(|r| Uuid::parse_str(r.get("id")?.as_str()?).ok()).collect();
        let members = self.those(tx, "registry.member", "household_id", &ids).await?;
        let living = self.those(tx, "registry.living_year", "household_id", &ids).await?;
        let incomes = self.those(tx, "registry.income_period", "household_id", &ids).await?;
        let security = self.those(tx, "registry.security_check", "household_id", &ids).await?;
        let cases = self.those(tx, "relapse.monitor_case", "household_id", &ids).await?;
        let measures = self.those(tx, "relapse.measure", "household_id", &ids).await?;
        let newest = |rows: Option<&Vec<Row>>, by: &str| -> Option<Row> {
            rows.into_iter().flatten().max_by_key(|r| (number(r, by), text(r, by))).cloned()
        };
        let yearly: HashMap<String, Row> = incomes
            .iter()
            .filter_map(|(of, l)| {
                let years: Vec<Row> = l.iter().filter(|r| text(r, "period_kind") == "01").cloned().collect();
                Some((of.clone(), newest(Some(&years), "year")?))
            })
            .collect();
        let periods: Vec<Uuid> = yearly.values().filter_map(|r| Uuid::parse_str(r.get("id")?.as_str()?).ok()).collect();
        let items = self.those(tx, "registry.income_item", "period_id", &periods).await?;
        let mut out = Vec::with_capacity(rows.len());
        for r in rows {
            let id = text(r, "id");
            let code = RegionCode::parse(&text(r, "region_code"))?;
            let name = |l: Level| self.records.regions.name(code.ancestor(l).as_str()).unwrap_or_default();
            let texts = |dataset: &str, row: Option<&Row>| row.map(|r| self.texts(dataset, r)).unwrap_or_default();
            let income = yearly.get(&id);
            let mut people: Vec<&Row> =
                members.get(&id).into_iter().flatten().filter(|m| text(m, "member_status") == "01").collect();
            people.sort_by_key(|m| (text(m, "relation"), text(m, "birth_date")));
            let names: HashMap<String, String> =
                members.get(&id).into_iter().flatten().map(|m| (text(m, "id"), text(m, "name"))).collect();
            let item = |i: &Row| {
                let mut t = self.texts("registry.income_item", i);
                t.insert("item_code_raw".into(), text(i, "item_code"));
                t.insert("person".into(), names.get(&text(i, "person_id")).cloned().unwrap_or_default());
                t
            };
            out.push(Household {
                place: [name(Level::County), name(Level::Town), name(Level::Village)],
                house: texts("registry.household", Some(r)),
                members: people.into_iter().map(|m| self.texts("registry.member", m)).collect(),
                living: texts("registry.living_year", newest(living.get(&id), "year").as_ref()),
                income: texts("registry.income_period", income),
                items: income.and_then(|i| items.get(&text(i, "id"))).into_iter().flatten().map(item).collect(),
                security: texts("registry.security_check", newest(security.get(&id), "check_date").as_ref()),
                case: texts("relapse.monitor_case", newest(cases.get(&id), "identify_ym").as_ref()),
                measures: measures.get(&id).into_iter().flatten().map(|m| self.texts("relapse.measure", m)).collect(),
            });
        }
        Ok(out)
    }

    /// Rows by the row they refer to; none of a dataset that this actor may not read.
    async fn those(&self, tx: &mut ScopedTx, dataset: &str, field: &str, ids: &[Uuid]) -> Result<HashMap<String, Vec<Row>>> {
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
    fn texts(&self, dataset: &str, r: &Row) -> Texts {
        let Some(d) = self.records.catalog.dataset(dataset) else { return Texts::new() };
        d.fields.values().map(|f| (f.name.clone(), report::ledger::words(&self.records.catalog, f, r))).collect()
    }
}

fn text(r: &Row, name: &str) -> String {
    r.get(name).and_then(Json::as_str).unwrap_or_default().to_owned()
}
fn number(r: &Row, name: &str) -> i64 {
    r.get(name).and_then(Json::as_i64).unwrap_or_default()
}

#[async_trait]
impl Handler for Printer {
    async fn run(&self, run: &Run) -> Result<Outcome> {
        let d: Arc<Dataset> = self.records.dataset("registry.household")?.clone();
        self.records.allow(&run.actor, &d, Verb::Export)?;
        let check = run.payload["form"].as_str() != Some("income");
        let excel = run.payload["format"].as_str() == Some("xlsx");
        let mut tx = self.db.begin(&run.actor).await?;
        let rows = self.chosen(&mut tx, &d, &run.payload).await?;
        if rows.is_empty() {
            return Err(Error::refused("relapse.print_nobody", "所选范围内没有农户，请重新选择。"));
        }
        let items = self.records.catalog.codes("INCOME_ITEM").cloned();
        let label = |code: &str| items.as_ref().map_or_else(|| code.to_owned(), |l| l.label(code).to_owned());
        let year = record::today().year();
        let mut pages: Vec<Page> = Vec::with_capacity(rows.len());
        for chunk in rows.chunks(TOGETHER) {
            run.progress.check_cancelled()?;
            for h in self.gather(&mut tx, chunk).await? {
                let n = pages.len() + 1;
                pages.push(if check { check_page(n, year, &h) } else { income_page(n, &h, label) });
            }
            run.progress.part(1.0, 80.0, pages.len() as u64, rows.len() as u64, &format!("已排 {} 户", pages.len()));
        }
        tx.rollback().await?;
        let count = pages.len();
        let mark = report::ledger::visible_mark(&self.records, &run.actor)?;
        let title = if check { "信息对照表" } else { "收入信息采集表" };
        let (paper, row_height) = if check { (Paper::A3Landscape, 330) } else { (Paper::A3Portrait, 262) };
        let form = Form { title: title.into(), paper, grid: GRID, size: 16, row_height, pages };
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
        let name = format!("{title}-{count}户-{number}.{}", if excel { "xlsx" } else { "docx" });
        let kept = self.files.save_made(&run.actor, NewFile::job_result(&run.actor, &name), made).await?;
        let link = format!("/api/v1/files/{}", kept.id);
        Ok(Outcome::new(
            format!("{title}已生成，共 {count} 户，每户一页，编号 {number}。"),
            json!({"download": link, "rows": count, "export_no": number}),
        ))
    }
    fn restartable(&self) -> bool {
        true
    }
}
