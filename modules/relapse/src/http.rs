//! Endpoints beside the generic ones: a department hands in a batch, the province approves a dispatch. Both are jobs.

use crate::{department, dispatch};
use audit::{Action, Event, Line};
use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use base::{Error, Level};
use files::NewFile;
use http::{App, Reply, Who, take_file};
use meta::Verb;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/relapse/dept_batch/receive", post(receive))
        .route("/relapse/dispatch_batch/{id}/approve", post(approve))
        .merge(crate::reception::routes())
        .merge(crate::clue::routes())
        .merge(crate::model::routes())
        .merge(crate::visit::http::routes())
        .merge(crate::scan::http::routes())
        .merge(crate::selfreport::http::routes())
        .merge(crate::task::http::routes())
        .merge(crate::steward::http::routes())
}

/// A department's file: `item` is its number in the catalogue (domain 01 §6.1), `period` (202611 or 2026-11) the month, this one
/// when it is not sent.
async fn receive(State(app): State<App>, who: Who, form: Multipart) -> Reply<(StatusCode, Json<Value>)> {
    let d = app.records.dataset("relapse.dept_batch")?.clone();
    app.records.allow(&who.actor, &d, Verb::Import)?;
    let (file, texts) = take_file(&app, &who.actor, form, |name, _| Ok(NewFile::import(&who.actor, name))).await?;
    let item = department::find(texts.get("item").map_or("", |t| t.trim()))?;
    let period = texts.get("period").filter(|t| !t.trim().is_empty()).map(|t| base::Month::parse(t)).transpose()?;
    let payload = department::payload(file.id, &item.no, period.map(base::Month::number));
    let id = app.jobs.enqueue(&who.actor, department::KIND, &format!("接收{}数据", item.name), payload).await?;
    app.audit.write(Line::of(&who.actor, Event::Import, Action::Create, "relapse.dept_batch").object(file.id)).await?;
    Ok((StatusCode::ACCEPTED, Json(json!(app.jobs.get(&who.actor, id).await?))))
}

#[derive(Deserialize)]
struct Approval {
    #[serde(default)]
    opinion: String,
}

/// The province approves a proposed batch: every clue of it goes to the townships.
async fn approve(
    State(app): State<App>,
    who: Who,
    Path(id): Path<Uuid>,
    Json(a): Json<Approval>,
) -> Reply<(StatusCode, Json<Value>)> {
    let d = app.records.dataset("relapse.dispatch_batch")?.clone();
    app.records.allow(&who.actor, &d, Verb::Read)?;
    let flow = app.catalog.flow("relapse.clue").and_then(|f| f.transition("dispatch"));
    // a county dispatches its own clues one by one or from the list; a batch is of the province
    if who.actor.level() != Level::Province || !flow.is_some_and(|t| t.allows(&who.actor.role, who.actor.level())) {
        return Err(
            Error::forbidden("relapse.may_not_dispatch", "派发批次由省级业务岗或模型审批岗审批，请切换岗位后再办理。").into()
        );
    }
    let mut tx = app.db.begin(&who.actor).await?;
    app.records.get(&mut tx, &d, id).await?;
    tx.rollback().await?;
    let job = app.jobs.enqueue(&who.actor, dispatch::KIND, "审批并派发线索", dispatch::payload(id, &a.opinion)).await?;
    app.audit.write(Line::of(&who.actor, Event::DataWrite, Action::Approve, "relapse.dispatch_batch").object(id)).await?;
    Ok((StatusCode::ACCEPTED, Json(json!(app.jobs.get(&who.actor, job).await?))))
}
