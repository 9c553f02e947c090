//! The region picker: children of a region, search by name, pinyin or code, one region with its path.

use super::{Found, Region};
use crate::names::directory;
use axum::extract::{Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use base::Error;
use http::{App, Reply, Who};
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/regions", get(list)).route("/regions/{code}", get(one)).route("/public/regions", get(public))
}

#[derive(Deserialize)]
struct Ask {
    parent: Option<String>,
    q: Option<String>,
    limit: Option<usize>,
}

/// Regions are public; what is offered starts at one's own region, because rows elsewhere do not exist for the person.
async fn list(State(_): State<App>, who: Who, Query(ask): Query<Ask>) -> Reply<Json<Value>> {
    let dir = directory()?;
    if let Some(q) = ask.q.as_deref().filter(|q| !q.trim().is_empty()) {
        let found: Vec<Value> = dir.search(q, &who.actor.scope(), ask.limit.unwrap_or(20).min(100)).iter().map(found).collect();
        return Ok(Json(json!({"items": found})));
    }
    let items: Vec<Value> = match ask.parent.as_deref().filter(|p| !p.is_empty()) {
        Some(p) => dir.children(p).iter().map(|r| wire(r, dir.has_children(&r.code))).collect(),
        None => dir.get(who.actor.region.as_str()).iter().map(|r| wire(r, dir.has_children(&r.code))).collect(),
    };
    Ok(Json(json!({"items": items})))
}

/// Children of a region, for pages that ask for no account: names and codes of regions are published.
async fn public(State(_): State<App>, Query(ask): Query<Ask>) -> Reply<Json<Value>> {
    let dir = directory()?;
    let parent = ask.parent.as_deref().filter(|p| !p.is_empty()).unwrap_or("360000000000");
    let items: Vec<Value> = dir.children(parent).iter().map(|r| wire(r, dir.has_children(&r.code))).collect();
    Ok(Json(json!({"items": items})))
}

async fn one(State(_): State<App>, _who: Who, Path(code): Path<String>) -> Reply<Json<Value>> {
    let dir = directory()?;
    let r = dir.get(&code).ok_or_else(|| Error::not_found("registry.no_region", "没有这个区划代码，请从区划选择器中选取。"))?;
    let mut out = wire(&r, dir.has_children(&code));
    out["path"] = dir.path(&code).iter().map(|p| json!({"code": p.code, "name": p.name})).collect();
    Ok(Json(out))
}

fn found(f: &Found) -> Value {
    wire(&f.region, f.has_children)
}
fn wire(r: &Region, has_children: bool) -> Value {
    json!({"code": r.code, "name": r.name, "full_name": r.full_name, "level": r.level, "kind": r.region_kind.code(), "has_children": has_children, "valid": r.is_current()})
}
