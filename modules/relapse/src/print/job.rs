//! Reads together what the pages of households ask for. Must not lay out.

use super::rules::{GRID, Household, check_page, income_page};
use ::store::ScopedTx;
use async_trait::async_trait;
use base::Result;
use chrono::Datelike;
use record::Row;
use report::document::{Page, Paper};
use report::printing::{Gather, Printed, Sheet, Texts, ids, text};
use serde_json::Value as Json;
use std::collections::HashMap;
use uuid::Uuid;

/// Kind of these jobs.
pub const KIND: &str = "relapse.print";

/// 信息对照表 (`check`) and 收入信息采集表 (`income`) of households.
pub struct Households;

#[async_trait]
impl Printed for Households {
    fn dataset(&self) -> &'static str {
        "registry.household"
    }
    fn order(&self) -> &'static str {
        "household_no"
    }
    fn sheet(&self, form: &str) -> Option<Sheet> {
        let (title, paper, row_height) = match form {
            "check" => ("信息对照表", Paper::A3Landscape, 520),
            "income" => ("收入信息采集表", Paper::A3Portrait, 420),
            _ => return None,
        };
        Some(Sheet { title, paper, grid: GRID, size: 16, row_height })
    }
    async fn pages(&self, from: &Gather<'_>, tx: &mut ScopedTx, form: &str, rows: &[Row], first: usize) -> Result<Vec<Page>> {
        let items = from.records.catalog.codes("INCOME_ITEM").cloned();
        let label = |code: &str| items.as_ref().map_or_else(|| code.to_owned(), |l| l.label(code).to_owned());
        let year = record::today().year();
        let households = gather(from, tx, rows).await?;
        let page = |(i, h): (usize, &Household)| {
            if form == "check" { check_page(first + i, year, h) } else { income_page(first + i, h, label) }
        };
        Ok(households.iter().enumerate().map(page).collect())
    }
}

/// Everything the forms ask for of some households, in their order.
async fn gather(from: &Gather<'_>, tx: &mut ScopedTx, rows: &[Row]) -> Result<Vec<Household>> {
    let all = ids(rows);
    let members = from.those(tx, "registry.member", "household_id", &all).await?;
    let living = from.those(tx, "registry.living_year", "household_id", &all).await?;
    let incomes = from.those(tx, "registry.income_period", "household_id", &all).await?;
    let security = from.those(tx, "registry.security_check", "household_id", &all).await?;
    let cases = from.those(tx, "relapse.monitor_case", "household_id", &all).await?;
    let measures = from.those(tx, "relapse.measure", "household_id", &all).await?;
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
    let items = from.those(tx, "registry.income_item", "period_id", &periods).await?;
    let mut out = Vec::with_capacity(rows.len());
    for r in rows {
        let id = text(r, "id");
        let texts = |dataset: &str, row: Option<&Row>| row.map(|r| from.texts(dataset, r)).unwrap_or_default();
        let income = yearly.get(&id);
        let mut people: Vec<&Row> = members.get(&id).into_iter().flatten().filter(|m| text(m, "member_status") == "01").collect();
        people.sort_by_key(|m| (text(m, "relation"), text(m, "birth_date")));
        let names: HashMap<String, String> =
            members.get(&id).into_iter().flatten().map(|m| (text(m, "id"), text(m, "name"))).collect();
        let item = |i: &Row| {
            let mut t: Texts = from.texts("registry.income_item", i);
            t.insert("item_code_raw".into(), text(i, "item_code"));
            t.insert("person".into(), names.get(&text(i, "person_id")).cloned().unwrap_or_default());
            t
        };
        out.push(Household {
            place: from.place(r)?,
            house: texts("registry.household", Some(r)),
            members: people.into_iter().map(|m| from.texts("registry.member", m)).collect(),
            living: texts("registry.living_year", newest(living.get(&id), "year").as_ref()),
            income: texts("registry.income_period", income),
            items: income.and_then(|i| items.get(&text(i, "id"))).into_iter().flatten().map(item).collect(),
            security: texts("registry.security_check", newest(security.get(&id), "check_date").as_ref()),
            case: texts("relapse.monitor_case", newest(cases.get(&id), "identify_ym").as_ref()),
            measures: measures.get(&id).into_iter().flatten().map(|m| from.texts("relapse.measure", m)).collect(),
        });
    }
    Ok(out)
}

fn number(r: &Row, name: &str) -> i64 {
    r.get(name).and_then(Json::as_i64).unwrap_or_default()
}
