//! The generic endpoints of every dataset. Each asks policy, opens a transaction in the actor's scope, calls the record
//! engine and leaves an audit line.

use crate::app::App;
use crate::gate::Who;
use crate::once::Sent;
use crate::problem::Reply;
use audit::{Action, Event, Line, ObjectId};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use base::{Actor, Error, FieldProblem, Result};
use meta::{Dataset, Verb};
use record::{ListQuery, Provenance, Row};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

type Pairs = Query<Vec<(String, String)>>;
type Place = Path<(String, String)>;
type RowPlace = Path<(String, String, Uuid)>;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/{module}/{dataset}", get(list_rows).post(create_row))
        .route("/{module}/{dataset}/export", post(export_rows))
        .route("/{module}/{dataset}/template", get(crate::upload::template))
        .route("/{module}/{dataset}/{id}", get(get_row).patch(patch_row).delete(delete_row))
        .route("/{module}/{dataset}/{id}/history", get(row_history))
        .route("/{module}/{dataset}/{id}/unmask", post(unmask_row))
        .route("/{module}/{dataset}/{id}/attachments", get(row_attachments))
        .route("/search", post(search).get(search_names))
}

/// The dataset named in the path, if this role may do the verb to it.
pub(crate) fn allowed(app: &App, actor: &Actor, module: &str, dataset: &str, verb: Verb) -> Result<Arc<Dataset>> {
    let d = app.records.dataset(&format!("{module}.{dataset}"))?.clone();
    app.records.allow(actor, &d, verb)?;
    Ok(d)
}

async fn list_rows(State(app): State<App>, who: Who, Path((m, n)): Place, Query(pairs): Pairs) -> Reply<Json<Value>> {
    let d = allowed(&app, &who.actor, &m, &n, Verb::Read)?;
    let q = ListQuery::read(&app.catalog, &d, &pairs)?;
    let mut tx = app.db.begin(&who.actor).await?;
    let page = app.records.list(&mut tx, &d, &q).await?;
    tx.rollback().await?;
    let rows = page.items.len() as i64;
    app.audit.write(line(&who.actor, Event::DataRead, Action::Read, &d.id, None).rows(rows)).await?;
    Ok(Json(serde_json::to_value(page)?))
}

async fn create_row(
    State(app): State<App>,
    who: Who,
    Path((m, n)): Place,
    sent: Sent,
    Json(mut input): Json<Row>,
) -> Reply<(StatusCode, Json<Row>)> {
    let d = allowed(&app, &who.actor, &m, &n, Verb::Create)?;
    let once = sent.once(&app, &format!("create {}", d.id), &input);
    let mut warnings = sent.older(&d, &mut input);
    let mut tx = app.db.begin(&who.actor).await?;
    if let Some(row) = again(&app, &mut tx, &d, once.as_ref()).await? {
        tx.rollback().await?;
        seen_again(&app, &who.actor, &d, &row).await?;
        return Ok((StatusCode::CREATED, Json(row)));
    }
    let saved = app.records.create(&mut tx, &d, &input, &Provenance::default()).await?;
    if let Some(f) = app.catalog.flow_of(&d.id) {
        app.flows.ensure_started(&mut tx, &f.id, saved.id).await?;
    }
    warnings.extend(saved.warnings);
    let row = finish(&app, &mut tx, &d, saved.id, warnings).await?;
    if let Some(o) = &once {
        o.end(&mut tx, saved.id).await?;
    }
    tx.commit().await?;
    app.audit.write(line(&who.actor, Event::DataWrite, Action::Create, &d.id, Some(saved.id)).fields(input.keys())).await?;
    Ok((StatusCode::CREATED, Json(row)))
}

async fn get_row(State(app): State<App>, who: Who, Path((m, n, id)): RowPlace) -> Reply<Json<Row>> {
    let d = allowed(&app, &who.actor, &m, &n, Verb::Read)?;
    let mut tx = app.db.begin(&who.actor).await?;
    let row = app.records.get(&mut tx, &d, id).await?;
    tx.rollback().await?;
    app.audit.write(line(&who.actor, Event::DataRead, Action::Read, &d.id, Some(id)).rows(1)).await?;
    Ok(Json(row))
}

async fn patch_row(
    State(app): State<App>,
    who: Who,
    Path((m, n, id)): RowPlace,
    sent: Sent,
    Json(mut input): Json<Row>,
) -> Reply<Json<Row>> {
    let d = allowed(&app, &who.actor, &m, &n, Verb::Update)?;
    let once = sent.once(&app, &format!("patch {} {id}", d.id), &input);
    let version = take_version(&mut input)?;
    let mut warnings = sent.older(&d, &mut input);
    let mut tx = app.db.begin(&who.actor).await?;
    if let Some(row) = again(&app, &mut tx, &d, once.as_ref()).await? {
        tx.rollback().await?;
        seen_again(&app, &who.actor, &d, &row).await?;
        return Ok(Json(row));
    }
    let saved = app.records.patch(&mut tx, &d, id, Some(version), &input, &Provenance::default()).await?;
    warnings.extend(saved.warnings);
    let row = finish(&app, &mut tx, &d, id, warnings).await?;
    if let Some(o) = &once {
        o.end(&mut tx, id).await?;
    }
    tx.commit().await?;
    app.audit.write(line(&who.actor, Event::DataWrite, Action::Update, &d.id, Some(id)).fields(input.keys())).await?;
    Ok(Json(row))
}

/// The row of a write that was done before, as it stands now; none when this is the first time.
pub(crate) async fn again(app: &App, tx: &mut store::ScopedTx, d: &Dataset, once: Option<&record::Once>) -> Result<Option<Row>> {
    let Some(once) = once else { return Ok(None) };
    let Some(id) = once.begin(tx).await? else { return Ok(None) };
    let mut row = app.records.get(tx, d, id).await?;
    row.insert("_again".into(), json!(true));
    Ok(Some(row))
}

/// The line of such an answer. After the transaction has ended: whoever repeats a write must not hold two connections.
pub(crate) async fn seen_again(app: &App, actor: &Actor, d: &Dataset, row: &Row) -> Result<()> {
    let id = row.get("id").and_then(Value::as_str).and_then(|t| Uuid::parse_str(t).ok());
    app.audit.write(line(actor, Event::DataRead, Action::Read, &d.id, id).rows(1)).await?;
    Ok(())
}

pub(crate) fn take_version(input: &mut Row) -> Result<i32> {
    let v = input.remove("row_version").as_ref().and_then(Value::as_i64).and_then(|n| i32::try_from(n).ok());
    v.ok_or_else(|| {
        let p = FieldProblem::new("row_version", "http.row_version", "缺少版本号，请刷新页面后重试。");
        Error::invalid("http.row_version", "缺少版本号，请刷新页面后重试。").with_problems(vec![p])
    })
}

async fn finish(app: &App, tx: &mut store::ScopedTx, d: &Dataset, id: Uuid, warnings: Vec<FieldProblem>) -> Result<Row> {
    let mut row = app.records.get(tx, d, id).await?;
    if !warnings.is_empty() {
        row.insert("_warnings".into(), json!(warnings));
    }
    Ok(row)
}

#[derive(Deserialize)]
struct Version {
    row_version: Option<i32>,
}

async fn delete_row(State(app): State<App>, who: Who, Path((m, n, id)): RowPlace, Query(v): Query<Version>) -> Reply<StatusCode> {
    let d = allowed(&app, &who.actor, &m, &n, Verb::Delete)?;
    let mut tx = app.db.begin(&who.actor).await?;
    app.records.delete(&mut tx, &d, id, v.row_version, &Provenance::default()).await?;
    tx.commit().await?;
    app.audit.write(line(&who.actor, Event::DataWrite, Action::Delete, &d.id, Some(id))).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct Before {
    before: Option<i32>,
}

async fn row_history(
    State(app): State<App>,
    who: Who,
    Path((m, n, id)): RowPlace,
    Query(b): Query<Before>,
) -> Reply<Json<Value>> {
    let d = allowed(&app, &who.actor, &m, &n, Verb::Read)?;
    let mut tx = app.db.begin(&who.actor).await?;
    let items = app.records.history(&mut tx, &d, id, b.before, 50).await?;
    tx.rollback().await?;
    let next = if items.len() == 50 { items.last().map(|i| i.row_version) } else { None };
    app.audit.write(line(&who.actor, Event::DataRead, Action::Read, &d.id, Some(id)).rows(items.len() as i64)).await?;
    Ok(Json(json!({"items": items, "next": next})))
}

#[derive(Deserialize)]
struct Unmask {
    fields: Vec<String>,
    reason_code: String,
    #[serde(default)]
    reason_text: String,
}

/// Plain values on request: a reason, a daily quota, an audit line; shown for a minute (domain 06 §4.4).
async fn unmask_row(State(app): State<App>, who: Who, Path((m, n, id)): RowPlace, Json(ask): Json<Unmask>) -> Reply<Json<Value>> {
    let d = allowed(&app, &who.actor, &m, &n, Verb::Unmask)?;
    if ask.reason_text.trim().chars().count() < 5 {
        let p = FieldProblem::new("reason_text", "http.reason", "请用至少 5 个字说明查看明文的事由。");
        return Err(Error::refused("http.reason", "查看明文须说明事由。").with_problems(vec![p]).into());
    }
    let asked = u32::try_from(ask.fields.len()).unwrap_or(u32::MAX).max(1);
    app.access.take_unmask(&who.session, asked).await?;
    let mut tx = app.db.begin(&who.actor).await?;
    let values = app.records.unmask(&mut tx, &d, id, &ask.fields).await?;
    tx.rollback().await?;
    let note = line(&who.actor, Event::Unmask, Action::Read, &d.id, Some(id)).fields(&ask.fields).rows(1);
    app.audit.write(note.auth_ref(ObjectId::code(&ask.reason_code)?)).await?;
    Ok(Json(json!({"values": values, "valid_seconds": 60})))
}

#[derive(Deserialize)]
struct FieldName {
    field: Option<String>,
}

async fn row_attachments(
    State(app): State<App>,
    who: Who,
    Path((m, n, id)): RowPlace,
    Query(q): Query<FieldName>,
) -> Reply<Json<Value>> {
    let d = allowed(&app, &who.actor, &m, &n, Verb::Read)?;
    let mut tx = app.db.begin(&who.actor).await?;
    app.records.get(&mut tx, &d, id).await?;
    tx.rollback().await?;
    let items = app.files.list(&who.actor, &d.id, id, q.field.as_deref()).await?;
    app.audit.write(line(&who.actor, Event::File, Action::Read, &d.id, Some(id)).rows(items.len() as i64)).await?;
    Ok(Json(json!({"items": items})))
}

#[derive(Deserialize)]
struct Export {
    #[serde(default)]
    query: std::collections::BTreeMap<String, Value>,
    #[serde(default)]
    columns: Vec<String>,
}

async fn export_rows(
    State(app): State<App>,
    who: Who,
    Path((m, n)): Place,
    Json(ask): Json<Export>,
) -> Reply<(StatusCode, Json<Value>)> {
    let d = allowed(&app, &who.actor, &m, &n, Verb::Export)?;
    let pairs: Vec<(String, String)> =
        ask.query.into_iter().map(|(k, v)| (k, v.as_str().map_or_else(|| v.to_string(), str::to_owned))).collect();
    ListQuery::read(&app.catalog, &d, &pairs)?;
    let payload = sheet::export::payload(&d.id, &pairs, &ask.columns);
    let id = app.jobs.enqueue(&who.actor, "sheet.export", &format!("导出 {}", d.title), payload).await?;
    app.audit.write(line(&who.actor, Event::Export, Action::Download, &d.id, None).fields(&ask.columns)).await?;
    Ok((StatusCode::ACCEPTED, Json(json!(app.jobs.get(&who.actor, id).await?))))
}

#[derive(Deserialize)]
struct Search {
    q: String,
}

/// Global search by name or number in the address; a whole identity number goes in the body of the POST form instead.
async fn search_names(State(app): State<App>, who: Who, Query(s): Query<Search>) -> Reply<Json<Value>> {
    find(&app, &who, &s.q).await
}
async fn search(State(app): State<App>, who: Who, Json(s): Json<Search>) -> Reply<Json<Value>> {
    find(&app, &who, &s.q).await
}

async fn find(app: &App, who: &Who, text: &str) -> Reply<Json<Value>> {
    let text = text.trim();
    let mut items = Vec::new();
    if text.chars().count() >= 2 {
        let mut tx = app.db.begin(&who.actor).await?;
        for d in app.catalog.datasets().filter(|d| !d.searchable.is_empty() && app.records.may(&who.actor, d, Verb::Read)) {
            let q = ListQuery { q: Some(text.to_owned()), limit: 8, ..ListQuery::default() };
            for r in app.records.list(&mut tx, d, &q).await?.items {
                let name = d.title_field.as_deref().and_then(|t| r.get(t)).cloned();
                items.push(json!({"dataset": d.id, "id": r.get("id"), "title": name, "sub": d.title, "region_name": r.get("region_name")}));
            }
        }
        tx.rollback().await?;
    }
    app.audit.write(line(&who.actor, Event::DataRead, Action::Read, "search", None).rows(items.len() as i64)).await?;
    Ok(Json(json!({"items": items})))
}

/// An audit line about rows of a dataset.
pub(crate) fn line(actor: &Actor, event: Event, action: Action, object: &str, id: Option<Uuid>) -> Line {
    let line = Line::of(actor, event, action, object);
    match id {
        Some(id) => line.object(id),
        None => line,
    }
}
