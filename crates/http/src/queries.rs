//! The query over any field: what may be asked, the page it finds, queries kept and shared, the export of what one finds.
//! Conditions travel in bodies, never in addresses: they may hold a number of a person.

use crate::app::App;
use crate::gate::Who;
use crate::problem::Reply;
use crate::records::line;
use audit::{Action, Event};
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, patch, post};
use axum::{Json, Router};
use base::{Error, RegionCode};
use meta::Verb;
use record::ListQuery;
use record::search::{NewQuery, Node, SavedQueries, SavedQuery};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/queries", get(list).post(keep))
        .route("/queries/fields/{dataset}", get(fields))
        .route("/queries/run", post(run))
        .route("/queries/{id}", patch(change).delete(forget))
        .route("/queries/{id}/export", post(export))
}

async fn fields(State(app): State<App>, who: Who, Path(id): Path<String>) -> Reply<Json<Value>> {
    let d = app.records.dataset(&id)?.clone();
    app.records.allow(&who.actor, &d, Verb::Read)?;
    Ok(Json(json!({"items": app.records.offer(&who.actor, &d)})))
}

#[derive(Deserialize)]
struct Run {
    dataset: String,
    r#where: Value,
    region: Option<RegionCode>,
    #[serde(default)]
    sort: String,
    #[serde(default)]
    after: String,
    limit: Option<i64>,
    #[serde(default)]
    count: bool,
}

async fn run(State(app): State<App>, who: Who, ask: Result<Json<Run>, JsonRejection>) -> Reply<Json<Value>> {
    let Json(ask) = ask.map_err(unreadable)?;
    let d = app.records.dataset(&ask.dataset)?.clone();
    app.records.allow(&who.actor, &d, Verb::Read)?;
    let mut pairs = vec![("count".to_owned(), ask.count.to_string()), ("after".to_owned(), ask.after)];
    pairs.extend(ask.region.map(|r| ("region".to_owned(), r.as_str().to_owned())));
    pairs.extend(ask.limit.map(|n| ("limit".to_owned(), n.to_string())));
    pairs.extend((!ask.sort.is_empty()).then_some(("sort".to_owned(), ask.sort)));
    let q = ListQuery::read(&app.catalog, &d, &pairs)?;
    let node = Node::read(&ask.r#where)?;
    let mut tx = app.db.begin(&who.actor).await?;
    let page = app.records.search(&mut tx, &d, &node, q).await?;
    tx.rollback().await?;
    let asked: Vec<&str> = node.tests().iter().map(|(_, t)| t.field.as_str()).collect();
    let rows = page.items.len() as i64;
    app.audit.write(line(&who.actor, Event::DataRead, Action::Read, &d.id, None).rows(rows).fields(asked)).await?;
    Ok(Json(serde_json::to_value(page)?))
}

/// Conditions that cannot even be read: broken, too deep for any reader, too large.
fn unreadable(e: JsonRejection) -> Error {
    let text = "查询条件的格式不正确、层数过多或过长，不能读取，请在高级查询页面重新设置。";
    Error::invalid("record.search_form", text).because(e)
}

#[derive(Deserialize)]
struct Of {
    #[serde(default)]
    dataset: String,
}

async fn list(State(app): State<App>, who: Who, Query(of): Query<Of>) -> Reply<Json<Value>> {
    let mut tx = app.db.begin(&who.actor).await?;
    let mut items = app.records.queries(&mut tx, &of.dataset).await?;
    tx.rollback().await?;
    items.retain(|q| app.catalog.dataset(&q.dataset).is_some_and(|d| app.records.may(&who.actor, d, Verb::Read)));
    Ok(Json(json!({"items": items})))
}

async fn put(app: &App, who: &Who, id: Option<Uuid>, new: &NewQuery) -> Reply<SavedQuery> {
    if new.persons.len() > 50 {
        return Err(Error::invalid("http.too_many_persons", "一个查询最多单独共享给 50 人，更多的人请按区划和层级共享。").into());
    }
    let people = app.access.people(&who.actor, &new.persons).await?;
    let people: Vec<_> = people.into_iter().map(|(id, login, _)| (id, login)).collect();
    let mut tx = app.db.begin(&who.actor).await?;
    let kept = app.records.keep_query(&mut tx, id, new, &people).await?;
    tx.commit().await?;
    let action = if id.is_some() { Action::Update } else { Action::Create };
    app.audit.write(line(&who.actor, Event::DataWrite, action, "saved_query", Some(kept.id))).await?;
    Ok(kept)
}

async fn keep(State(app): State<App>, who: Who, new: Result<Json<NewQuery>, JsonRejection>) -> Reply<(StatusCode, Json<Value>)> {
    let Json(new) = new.map_err(unreadable)?;
    Ok((StatusCode::CREATED, Json(json!(put(&app, &who, None, &new).await?))))
}

async fn change(State(app): State<App>, who: Who, Path(id): Path<Uuid>, Json(new): Json<NewQuery>) -> Reply<Json<Value>> {
    Ok(Json(json!(put(&app, &who, Some(id), &new).await?)))
}

async fn forget(State(app): State<App>, who: Who, Path(id): Path<Uuid>) -> Reply<StatusCode> {
    let mut tx = app.db.begin(&who.actor).await?;
    app.records.forget_query(&mut tx, id).await?;
    tx.commit().await?;
    app.audit.write(line(&who.actor, Event::DataWrite, Action::Delete, "saved_query", Some(id))).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct Export {
    region: Option<RegionCode>,
    #[serde(default)]
    columns: Vec<String>,
}

/// What a kept query finds, as a workbook.
async fn export(
    State(app): State<App>,
    who: Who,
    Path(id): Path<Uuid>,
    Json(ask): Json<Export>,
) -> Reply<(StatusCode, Json<Value>)> {
    let mut tx = app.db.begin(&who.actor).await?;
    let mine = app.records.query(&mut tx, id).await?;
    tx.rollback().await?;
    let d = app.records.dataset(&mine.dataset)?.clone();
    app.records.allow(&who.actor, &d, Verb::Export)?;
    if let Some(c) = ask.columns.iter().find(|c| d.field(c).is_none()) {
        let text = format!("“{}”没有字段“{}”。", d.title, meta::value::printable(c));
        return Err(Error::invalid("http.no_column", text).into());
    }
    let mut pairs = vec![("within".to_owned(), SavedQueries::within(id))];
    pairs.extend(ask.region.map(|r| ("region".to_owned(), r.as_str().to_owned())));
    let payload = sheet::export::payload(&d.id, &pairs, &ask.columns);
    let job = app.jobs.enqueue(&who.actor, "sheet.export", &format!("导出 {}（高级查询）", d.title), payload).await?;
    app.audit.write(line(&who.actor, Event::Export, Action::Download, &d.id, None).fields(&ask.columns)).await?;
    Ok((StatusCode::ACCEPTED, Json(json!(app.jobs.get(&who.actor, job).await?))))
}
