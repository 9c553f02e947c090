//! Printed ledgers: the list by policy, a page on screen, the workbook as a job.

use crate::app::App;
use crate::gate::Who;
use crate::problem::Reply;
use crate::records::line;
use audit::{Action, Event};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use meta::Verb;
use report::ledger::{LEDGER, payload};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/ledgers", get(list)).route("/ledgers/{id}", get(page)).route("/ledgers/{id}/export", post(export))
}

async fn list(State(app): State<App>, who: Who) -> Json<Value> {
    Json(json!({"items": app.ledgers.list(&who.actor)}))
}

async fn page(
    State(app): State<App>,
    who: Who,
    Path(id): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Reply<Json<Value>> {
    let (ledger, d) = app.ledgers.find(&who.actor, &id, Verb::Read)?;
    let q = app.ledgers.query(&ledger, &d, &pairs)?;
    let mut tx = app.db.begin(&who.actor).await?;
    let page = app.ledgers.page(&mut tx, &ledger, &d, &q).await?;
    tx.rollback().await?;
    app.audit.write(line(&who.actor, Event::DataRead, Action::Read, &id, None).rows(page.rows.len() as i64)).await?;
    let mut body = json!(page);
    body["title"] = json!(ledger.title);
    body["dataset"] = json!(ledger.dataset);
    body["missing"] = json!(ledger.missing);
    body["may_export"] = json!(app.records.may(&who.actor, &d, Verb::Export));
    Ok(Json(body))
}

#[derive(Deserialize)]
struct Export {
    #[serde(default)]
    query: BTreeMap<String, String>,
}

async fn export(
    State(app): State<App>,
    who: Who,
    Path(id): Path<String>,
    Json(ask): Json<Export>,
) -> Reply<(StatusCode, Json<Value>)> {
    let (ledger, d) = app.ledgers.find(&who.actor, &id, Verb::Export)?;
    let pairs: Vec<(String, String)> = ask.query.into_iter().collect();
    app.ledgers.query(&ledger, &d, &pairs)?;
    let job = app.jobs.enqueue(&who.actor, LEDGER, &format!("导出 {}", ledger.title), payload(&id, &pairs)).await?;
    app.audit.write(line(&who.actor, Event::Export, Action::Download, &id, None)).await?;
    Ok((StatusCode::ACCEPTED, Json(json!(app.jobs.get(&who.actor, job).await?))))
}
