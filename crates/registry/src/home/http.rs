//! The first screen: cards of what lies in one's regions (domain 01 §6.6 各模块汇总展示).

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use http::{App, Reply, Who};
use meta::Verb;
use record::ListQuery;
use serde_json::{Value, json};

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/home", get(home))
}

/// A card: dataset, title, unit, the ledger's filters behind the figure.
type Card = (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str)]);

const CARDS: [Card; 5] = [
    ("registry.household", "辖区农户", "户", &[("household_status", "01")]),
    ("registry.member", "在册人口", "人", &[("member_status", "01")]),
    ("registry.household", "脱贫户", "户", &[("household_status", "01"), ("household_type", "02")]),
    ("registry.household", "监测对象（未消除）", "户", &[("is_monitored", "true"), ("risk_state", "0")]),
    ("registry.household", "监测对象（已消除）", "户", &[("risk_state", "1")]),
];

/// Late matters shown on the first screen.
const OVERDUE: i64 = 8;

async fn home(State(app): State<App>, who: Who) -> Reply<Json<Value>> {
    let mut tx = app.db.begin(&who.actor).await?;
    let mut cards = Vec::new();
    for (dataset, label, unit, filters) in CARDS {
        let d = app.records.dataset(dataset)?.clone();
        if !app.records.may(&who.actor, &d, Verb::Read) {
            continue;
        }
        let mut pairs: Vec<(String, String)> = filters.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        pairs.push(("limit".into(), "1".into()));
        let query = ListQuery::read(&app.catalog, &d, &pairs)?;
        let n = app.records.count_all(&mut tx, &d, &query).await?;
        let shown: Vec<String> = filters.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let to = format!("/{}/{}?{}", d.module(), d.name(), shown.join("&"));
        cards.push(json!({"key": format!("{dataset}:{label}"), "label": label, "value": n, "unit": unit, "to": to}));
    }
    let late = flow::TodoQuery { overdue: true, limit: OVERDUE, ..flow::TodoQuery::default() };
    let overdue = app.flows.todo(&mut tx, &late).await?.items;
    tx.rollback().await?;
    Ok(Json(json!({"cards": cards, "overdue": overdue, "asof": chrono::Utc::now()})))
}
