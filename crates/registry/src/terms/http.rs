//! `GET /terms` and `GET /monitor-lines`: for everybody who is signed in.

use axum::extract::{Query, State};
use axum::routing::get;
use axum::{Json, Router};
use base::{Error, RegionCode};
use chrono::Datelike;
use http::{App, Reply, Who};
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/terms", get(terms)).route("/monitor-lines", get(lines))
}

#[derive(Deserialize)]
struct Year {
    year: Option<i32>,
}

async fn terms(State(app): State<App>, who: Who, Query(q): Query<Year>) -> Reply<Json<Value>> {
    let year = q.year.unwrap_or_else(|| record::today().year());
    let mut tx = app.db.begin(&who.actor).await?;
    let terms = super::store::terms(&mut tx, year).await?;
    tx.rollback().await?;
    Ok(Json(json!({"year": year, "terms": terms})))
}

#[derive(Deserialize)]
struct Of {
    region: Option<RegionCode>,
}

/// The line of each year that holds in a region: the county's own, else the city's, else the province's.
async fn lines(State(app): State<App>, who: Who, Query(q): Query<Of>) -> Reply<Json<Value>> {
    let region = q.region.unwrap_or_else(|| who.actor.region.clone());
    let mut tx = app.db.begin(&who.actor).await?;
    if !tx.scope().contains(&region) {
        return Err(Error::not_found("registry.region_outside", "所选区划不在您的辖区内。").into());
    }
    let mut items = super::store::lines(&mut tx, region.as_str()).await?;
    tx.rollback().await?;
    for i in &mut items {
        let name = i["region_code"].as_str().and_then(|c| app.records.regions.name(c));
        i["region_name"] = json!(name);
    }
    Ok(Json(json!({"items": items})))
}
