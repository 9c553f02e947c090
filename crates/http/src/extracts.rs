//! 数据提取: one's own templates, their runs, and a run by hand. What a template may ask is decided by `sheet::extract`.

use crate::app::App;
use crate::gate::Who;
use crate::problem::Reply;
use crate::records::line;
use audit::{Action, Event};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, patch, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use sheet::extract::{Extracts, NewTemplate, Template};
use uuid::Uuid;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/extracts", get(list).post(keep))
        .route("/extracts/{id}", patch(change).delete(forget))
        .route("/extracts/{id}/runs", get(runs))
        .route("/extracts/{id}/export", post(run_now))
}

fn extracts(app: &App) -> Extracts {
    Extracts { db: app.db.clone(), records: app.records.clone(), jobs: app.jobs.clone() }
}

async fn list(State(app): State<App>, who: Who) -> Reply<Json<Value>> {
    Ok(Json(json!({"items": extracts(&app).list(&who.actor).await?})))
}

async fn put(app: &App, who: &Who, id: Option<Uuid>, new: &NewTemplate) -> Reply<Template> {
    let kept = extracts(app).keep(&who.actor, id, new).await?;
    let action = if id.is_some() { Action::Update } else { Action::Create };
    app.audit.write(line(&who.actor, Event::DataWrite, action, "extract_template", Some(kept.id)).fields(&new.columns)).await?;
    Ok(kept)
}

async fn keep(State(app): State<App>, who: Who, Json(new): Json<NewTemplate>) -> Reply<(StatusCode, Json<Value>)> {
    Ok((StatusCode::CREATED, Json(json!(put(&app, &who, None, &new).await?))))
}

async fn change(State(app): State<App>, who: Who, Path(id): Path<Uuid>, Json(new): Json<NewTemplate>) -> Reply<Json<Value>> {
    Ok(Json(json!(put(&app, &who, Some(id), &new).await?)))
}

async fn forget(State(app): State<App>, who: Who, Path(id): Path<Uuid>) -> Reply<StatusCode> {
    extracts(&app).forget(&who.actor, id).await?;
    app.audit.write(line(&who.actor, Event::DataWrite, Action::Delete, "extract_template", Some(id))).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn runs(State(app): State<App>, who: Who, Path(id): Path<Uuid>) -> Reply<Json<Value>> {
    Ok(Json(json!({"items": extracts(&app).runs(&who.actor, id).await?})))
}

async fn run_now(State(app): State<App>, who: Who, Path(id): Path<Uuid>) -> Reply<(StatusCode, Json<Value>)> {
    let (job, d) = extracts(&app).run_now(&who.actor, id).await?;
    app.audit.write(line(&who.actor, Event::Export, Action::Download, &d.id, Some(id))).await?;
    Ok((StatusCode::ACCEPTED, Json(json!(app.jobs.get(&who.actor, job).await?))))
}
