//! `POST /relapse/print`: a printed form of chosen households as a job.

use super::job::{Households, KIND};
use ::http::{App, Reply, Who};
use audit::{Action, Event, Line};
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use report::printing::Asked;
use serde_json::{Value, json};

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/relapse/print", post(print))
}

async fn print(State(app): State<App>, who: Who, Json(asked): Json<Asked>) -> Reply<(StatusCode, Json<Value>)> {
    let title = asked.check(&app.records, &Households, &who.actor)?;
    let job = app.jobs.enqueue(&who.actor, KIND, &format!("打印 {title}"), json!(asked)).await?;
    app.audit.write(Line::of(&who.actor, Event::Export, Action::Download, "relapse.print")).await?;
    Ok((StatusCode::ACCEPTED, Json(json!(app.jobs.get(&who.actor, job).await?))))
}
