//! `POST /toilet/print`: the collection form of chosen toilets as a job.

use super::{Collection, KIND};
use ::http::{App, Reply, Who};
use audit::{Action, Event, Line};
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use report::printing::Asked;
use serde_json::{Value, json};

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/toilet/print", post(print))
}

async fn print(State(app): State<App>, who: Who, Json(asked): Json<Asked>) -> Reply<(StatusCode, Json<Value>)> {
    let title = asked.check(&app.records, &Collection, &who.actor)?;
    let job = app.jobs.enqueue(&who.actor, KIND, &format!("打印 {title}"), json!(asked)).await?;
    app.audit.write(Line::of(&who.actor, Event::Export, Action::Download, "toilet.print")).await?;
    Ok((StatusCode::ACCEPTED, Json(json!(app.jobs.get(&who.actor, job).await?))))
}
