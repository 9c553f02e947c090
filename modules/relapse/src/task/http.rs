//! Endpoints: how many households and villages a pack would have, and the pack once it was confirmed.

use super::job::{KIND, allow, list, made_already};
use super::rules::{self, Ask};
use super::store;
use audit::{Action, Event, Line};
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use base::RegionCode;
use http::{App, Reply, Who};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/relapse/task_pack", post(make)).route("/relapse/task_pack/preview", post(preview))
}

#[derive(Deserialize)]
struct Look {
    query: Uuid,
    region: RegionCode,
}

/// How many households, villages and counties there are, for whoever confirms it.
async fn preview(State(app): State<App>, who: Who, Json(look): Json<Look>) -> Reply<Json<Value>> {
    allow(&app.records, &who.actor)?;
    let d = app.records.dataset("registry.household")?.clone();
    let q = list(&app.records, look.query, &look.region)?;
    let mut tx = app.db.begin(&who.actor).await?;
    let made = store::made(&mut tx, look.query).await?;
    let spread = app.records.spread(&mut tx, &d, &q).await?;
    tx.rollback().await?;
    app.audit.write(Line::of(&who.actor, Event::DataRead, Action::Read, &d.id).rows(spread.rows)).await?;
    Ok(Json(json!({"households": spread.rows, "villages": spread.villages, "counties": spread.counties, "made": made})))
}

async fn make(State(app): State<App>, who: Who, Json(ask): Json<Ask>) -> Reply<(StatusCode, Json<Value>)> {
    allow(&app.records, &who.actor)?;
    rules::check(&ask, record::today())?;
    let d = app.records.dataset("registry.household")?.clone();
    let q = list(&app.records, ask.query, &ask.region)?;
    let mut tx = app.db.begin(&who.actor).await?;
    if let Some(name) = store::made(&mut tx, ask.query).await? {
        return Err(made_already(&name).into());
    }
    rules::still(ask.count, app.records.count_all(&mut tx, &d, &q).await?)?;
    tx.rollback().await?;
    let title = format!("下达任务：{}", ask.name.trim());
    let job = app.jobs.enqueue(&who.actor, KIND, &title, serde_json::to_value(&ask)?).await?;
    app.audit.write(Line::of(&who.actor, Event::DataWrite, Action::Create, "relapse.patrol_task").rows(ask.count)).await?;
    Ok((StatusCode::ACCEPTED, Json(json!(app.jobs.get(&who.actor, job).await?))))
}
