//! Steps of flows, singly and for many rows, and the list of what waits for one's role.

use crate::app::App;
use crate::gate::Who;
use crate::once::Sent;
use crate::problem::Reply;
use crate::records::{again, allowed, line, seen_again};
use audit::{Action, Event};
use axum::extract::{Path, Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use base::{Error, RegionCode, Result};
use flow::{Ask, TodoQuery};
use meta::{Dataset, Flow, Verb};
use record::Row;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/{module}/{dataset}/{id}/transitions/{name}", post(act))
        .route("/{module}/{dataset}/transitions/{name}", post(act_many))
        .route("/{module}/{dataset}/{id}/flow", get(view))
        .route("/todo", get(todo))
}

/// Whoever may read a row may be asked to act on it; the flow says which role leads which step.
fn flow_of(app: &App, who: &Who, module: &str, dataset: &str) -> Result<(Arc<Dataset>, Arc<Flow>)> {
    let d = allowed(app, &who.actor, module, dataset, Verb::Read)?;
    let f = app
        .catalog
        .flow_of(&d.id)
        .cloned()
        .ok_or_else(|| Error::not_found("http.no_flow", format!("“{}”没有办理流程。", d.title)))?;
    Ok((d, f))
}

/// Row version, opinion and filled-in fields of a step.
fn read(body: &mut Row) -> (Option<i32>, String) {
    let version = body.remove("row_version").as_ref().and_then(Value::as_i64).and_then(|n| i32::try_from(n).ok());
    let opinion = body.remove("opinion").as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
    (version, opinion)
}

async fn act(
    State(app): State<App>,
    who: Who,
    Path((m, n, id, name)): Path<(String, String, Uuid, String)>,
    sent: Sent,
    Json(mut body): Json<Row>,
) -> Reply<Json<Row>> {
    let (d, f) = flow_of(&app, &who, &m, &n)?;
    let once = sent.once(&app, &format!("step {} {id} {name}", d.id), &body);
    let (row_version, opinion) = read(&mut body);
    let mut tx = app.db.begin(&who.actor).await?;
    if let Some(row) = again(&app, &mut tx, &d, once.as_ref()).await? {
        tx.rollback().await?;
        seen_again(&app, &who.actor, &d, &row).await?;
        return Ok(Json(row));
    }
    let fields: Vec<String> = body.keys().cloned().collect();
    let ask = Ask { row_version, fields: body, ..Ask::new(&name).opinion(&opinion) };
    app.flows.act(&mut tx, &f.id, id, &ask).await?;
    // the step may have led the row out of what this actor reads; then there is nothing to show
    let row = app.records.get(&mut tx, &d, id).await?;
    if let Some(o) = &once {
        o.end(&mut tx, id).await?;
    }
    tx.commit().await?;
    app.audit
        .write(
            line(&who.actor, Event::DataWrite, Action::Approve, &d.id, Some(id))
                .fields(&fields)
                .api(format!("transition {name}")),
        )
        .await?;
    Ok(Json(row))
}

async fn act_many(
    State(app): State<App>,
    who: Who,
    Path((m, n, name)): Path<(String, String, String)>,
    Json(mut body): Json<Row>,
) -> Reply<Json<Value>> {
    let (d, f) = flow_of(&app, &who, &m, &n)?;
    let ids: Vec<Uuid> = body.remove("ids").map(serde_json::from_value).transpose()?.unwrap_or_default();
    let (_, opinion) = read(&mut body);
    let mut tx = app.db.begin(&who.actor).await?;
    let ask = Ask { fields: body, ..Ask::new(&name).opinion(&opinion) };
    let done = app.flows.act_many(&mut tx, &f.id, &ids, &ask).await?;
    tx.commit().await?;
    let rows = i64::try_from(done.done).unwrap_or(i64::MAX);
    app.audit
        .write(line(&who.actor, Event::DataWrite, Action::Approve, &d.id, None).rows(rows).api(format!("transition {name}")))
        .await?;
    Ok(Json(json!(done)))
}

async fn view(State(app): State<App>, who: Who, Path((m, n, id)): Path<(String, String, Uuid)>) -> Reply<Json<Value>> {
    let (d, f) = flow_of(&app, &who, &m, &n)?;
    let mut tx = app.db.begin(&who.actor).await?;
    let view = app.flows.view(&mut tx, &f.id, id).await?;
    tx.rollback().await?;
    app.audit.write(line(&who.actor, Event::DataRead, Action::Read, &d.id, Some(id)).rows(1)).await?;
    Ok(Json(json!(view)))
}

#[derive(Deserialize)]
struct TodoAsk {
    dataset: Option<String>,
    state: Option<String>,
    region: Option<RegionCode>,
    #[serde(default)]
    overdue: bool,
    after: Option<String>,
}

async fn todo(State(app): State<App>, who: Who, Query(a): Query<TodoAsk>) -> Reply<Json<Value>> {
    let after = a.after.as_deref().filter(|t| !t.is_empty()).map(serde_json::from_str).transpose()?;
    let q = TodoQuery {
        dataset: a.dataset,
        states: a.state.into_iter().collect(),
        region: a.region,
        overdue: a.overdue,
        limit: 50,
        after,
    };
    let mut tx = app.db.begin(&who.actor).await?;
    let t = app.flows.todo(&mut tx, &q).await?;
    tx.rollback().await?;
    app.audit.write(line(&who.actor, Event::DataRead, Action::Read, "todo", None).rows(t.items.len() as i64)).await?;
    let next = t.next.as_ref().map(serde_json::to_string).transpose()?;
    Ok(Json(json!({"items": t.items, "counts": t.counts, "next": next})))
}
