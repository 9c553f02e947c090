//! `GET /toilet/map?region=`: villages of a county or town, or the toilets of a village.

use super::rules::place;
use super::store::{self, MOST};
use crate::house::DATASET;
use ::http::{App, Reply, Who};
use audit::{Action, Event, Line};
use axum::extract::{Query, State};
use axum::routing::get;
use axum::{Json, Router};
use base::{Error, Level, RegionCode};
use meta::Verb;
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/toilet/map", get(map))
}

#[derive(Deserialize)]
struct Ask {
    region: String,
}

async fn map(State(app): State<App>, who: Who, Query(ask): Query<Ask>) -> Reply<Json<Value>> {
    let d = app.records.dataset(DATASET)?.clone();
    app.records.allow(&who.actor, &d, Verb::Read)?;
    let region = RegionCode::parse(&ask.region)?;
    if region.level() < Level::County {
        return Err(Error::invalid("toilet.map_too_wide", "一张图从县开始画到村和户，请先选择一个县。").into());
    }
    let mut tx = app.db.begin(&who.actor).await?;
    let range = region.scope();
    if range.meet(tx.scope()).as_ref() != Some(&range) {
        return Err(Error::not_found("toilet.map_outside", "所选区划不在您的辖区内，请在辖区内选择。").into());
    }
    // who sees the name of a head of household plainly may learn where the house stands
    let exact = d.fields.get("head_name").is_some_and(|f| app.records.sight.of(&who.actor).is_plain(f));
    if region.level() == Level::Village {
        let mut spots = store::spots(&mut tx, region.as_str()).await?;
        tx.rollback().await?;
        let line = Line::of(&who.actor, Event::DataRead, Action::Read, DATASET).object_region(&region);
        let line = line.fields(["longitude", "latitude"]).rows(i64::try_from(spots.len()).unwrap_or(0));
        app.audit.write(line.api("GET /api/v1/toilet/map")).await?;
        for s in &mut spots {
            (s.longitude, s.latitude) = (place(s.longitude, exact), place(s.latitude, exact));
        }
        let more = i64::try_from(spots.len()).unwrap_or(0) >= MOST;
        return Ok(Json(json!({ "region": region.as_str(), "exact": exact, "more": more, "villages": [], "toilets": spots })));
    }
    let mut villages = store::villages(&mut tx, &range).await?;
    tx.rollback().await?;
    for v in &mut villages {
        v.name = app.records.regions.name(&v.code).unwrap_or_else(|| v.code.clone());
        // the middle of a village with one house would be that house
        (v.longitude, v.latitude) = (v.longitude.map(|x| place(x, false)), v.latitude.map(|x| place(x, false)));
    }
    Ok(Json(json!({ "region": region.as_str(), "exact": exact, "more": false, "villages": villages, "toilets": [] })))
}
