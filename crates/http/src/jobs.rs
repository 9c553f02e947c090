//! A person's long work: list, look, cancel, undo. Files are fetched here too.

use crate::app::App;
use crate::gate::Who;
use crate::problem::Reply;
use crate::records::line;
use audit::{Action, Event};
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/jobs", get(list_jobs))
        .route("/jobs/{id}", get(get_job))
        .route("/jobs/{id}/cancel", post(cancel_job))
        .route("/jobs/{id}/undo", post(undo_job))
        .route("/files/{id}", get(open_file).delete(delete_file))
}

#[derive(Deserialize)]
struct After {
    after: Option<Uuid>,
}

async fn list_jobs(State(app): State<App>, who: Who, Query(a): Query<After>) -> Reply<Json<Value>> {
    Ok(Json(json!(app.jobs.list(&who.actor, a.after, 30).await?)))
}
async fn get_job(State(app): State<App>, who: Who, Path(id): Path<Uuid>) -> Reply<Json<Value>> {
    Ok(Json(json!(app.jobs.get(&who.actor, id).await?)))
}
async fn cancel_job(State(app): State<App>, who: Who, Path(id): Path<Uuid>) -> Reply<Json<Value>> {
    let job = app.jobs.cancel(&who.actor, id).await?;
    app.audit.write(line(&who.actor, Event::Job, Action::Disable, "app.job", Some(id))).await?;
    Ok(Json(json!(job)))
}
async fn undo_job(State(app): State<App>, who: Who, Path(id): Path<Uuid>) -> Reply<Json<Value>> {
    let job = app.jobs.undo(&who.actor, id).await?;
    app.audit.write(line(&who.actor, Event::Job, Action::Delete, "app.job", Some(id))).await?;
    Ok(Json(json!(job)))
}

async fn open_file(State(app): State<App>, who: Who, Path(id): Path<Uuid>) -> Reply<Response> {
    let (file, stream) = app.files.open(&who.actor, id).await?;
    app.audit.write(line(&who.actor, Event::File, Action::Download, "app.file", Some(id)).rows(1)).await?;
    let name: String = file
        .name
        .bytes()
        .map(|b| if b.is_ascii_alphanumeric() || b".-_".contains(&b) { (b as char).to_string() } else { format!("%{b:02X}") })
        .collect();
    let headers = [
        (header::CONTENT_TYPE, file.mime.clone()),
        (header::CONTENT_LENGTH, file.size.to_string()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename*=UTF-8''{name}")),
    ];
    Ok((headers, Body::from_stream(stream)).into_response())
}

async fn delete_file(State(app): State<App>, who: Who, Path(id): Path<Uuid>) -> Reply<StatusCode> {
    let file = app.files.get(&who.actor, id).await?;
    if let Some(dataset) = file.dataset.as_deref().and_then(|d| app.catalog.dataset(d)) {
        app.records.allow(&who.actor, dataset, meta::Verb::Update)?;
    }
    app.files.delete(&who.actor, id).await?;
    app.audit.write(line(&who.actor, Event::File, Action::Delete, "app.file", Some(id))).await?;
    Ok(StatusCode::NO_CONTENT)
}
