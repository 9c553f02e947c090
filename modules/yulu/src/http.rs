//! Routes of this module beside the generic ones: what the province does to a whole term is a job.

use crate::term::job::{self, Work};
use crate::{term, text};
use ::http::{App, Reply, Who};
use audit::{Action, Event, Line};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use meta::Verb;
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/yulu/term_batch/{id}/compare", post(compare)).route("/yulu/term_batch/{id}/graduates", post(graduates))
}

async fn compare(State(app): State<App>, who: Who, Path(id): Path<Uuid>) -> Reply<(StatusCode, Json<Value>)> {
    begun(&app, &who, id, Work::Compare).await
}

async fn graduates(State(app): State<App>, who: Who, Path(id): Path<Uuid>) -> Reply<(StatusCode, Json<Value>)> {
    begun(&app, &who, id, Work::Graduates).await
}

/// Refuses at once what the job would refuse, so that nobody waits for it.
async fn begun(app: &App, who: &Who, id: Uuid, work: Work) -> Reply<(StatusCode, Json<Value>)> {
    let d = app.records.dataset(term::DATASET)?.clone();
    app.records.allow(&who.actor, &d, Verb::Update)?;
    let mut tx = app.db.begin(&who.actor).await?;
    let row = app.records.get_to_write(&mut tx, &d, id).await?;
    tx.rollback().await?;
    if let Some(why) = work.refusal(text(&row, "state")) {
        return Err(why.into());
    }
    let job = app.jobs.enqueue(&who.actor, work.kind(), &work.title(text(&row, "name")), job::payload(id)).await?;
    app.audit.write(Line::of(&who.actor, Event::Job, Action::Create, term::DATASET).object(id)).await?;
    Ok((StatusCode::ACCEPTED, Json(json!(app.jobs.get(&who.actor, job).await?))))
}
