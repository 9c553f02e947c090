//! What the front ends draw from: datasets, code lists, readiness.

use crate::app::App;
use crate::gate::Who;
use crate::problem::Reply;
use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use base::Error;
use meta::{Dataset, Need, Verb};
use serde_json::{Value, json};

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/meta/datasets", get(list_datasets))
        .route("/meta/datasets/{id}", get(get_dataset))
        .route("/meta/codes/{id}", get(get_codes))
        .route("/openapi.json", get(get_openapi))
}

/// Ready when the database answers.
pub(crate) async fn ready(State(app): State<App>) -> Reply<Json<Value>> {
    app.db.ping().await?;
    Ok(Json(json!({"ready": true, "version": app.config.version})))
}

async fn list_datasets(State(app): State<App>, who: Who) -> Json<Value> {
    let items: Vec<Value> = app
        .catalog
        .datasets()
        .filter(|d| app.records.may(&who.actor, d, Verb::Read))
        .map(|d| json!({"id": d.id, "title": d.title, "module": d.module(), "region": d.region, "verbs": verbs(&app, &who, d)}))
        .collect();
    Json(json!({"items": items}))
}

fn verbs(app: &App, who: &Who, d: &Dataset) -> Vec<&'static str> {
    Verb::ALL.into_iter().filter(|v| app.records.may(&who.actor, d, *v)).map(Verb::name).collect()
}

async fn get_dataset(State(app): State<App>, who: Who, Path(id): Path<String>) -> Reply<Json<Value>> {
    let d = app.records.dataset(&id)?.clone();
    app.records.allow(&who.actor, &d, Verb::Read)?;
    let may_unmask = app.records.may(&who.actor, &d, Verb::Unmask);
    let sight = app.records.sight.of(&who.actor);
    let unmaskable: Vec<&str> =
        d.fields.values().filter(|f| may_unmask && !sight.is_plain(f) && !sight.is_hidden(f)).map(|f| f.name.as_str()).collect();
    let children: Vec<Value> = app
        .catalog
        .children_of(&id)
        .filter(|c| app.records.may(&who.actor, c, Verb::Read))
        .map(|c| json!({"dataset": c.id, "title": c.title, "field": c.parent.as_ref().map(|p| &p.field)}))
        .collect();
    Ok(Json(json!({
        "id": d.id, "title": d.title, "module": d.module(), "region": d.region, "title_field": d.title_field,
        "parent": d.parent, "children": children, "hash": d.hash, "searchable": d.searchable,
        "fields": d.fields.values().map(|f| field(&d, f)).collect::<Vec<_>>(),
        "verbs": verbs(&app, &who, &d), "unmaskable": unmaskable,
        "flow": app.catalog.flow_of(&id).map(|f| json!({"id": f.id, "title": f.title, "field": f.field, "due_field": f.due_field, "states": f.states, "transitions": f.transitions.iter().map(|t| json!({"name": t.name, "label": t.label, "from": t.from, "to": t.to, "needs_opinion": t.needs_opinion, "batch": t.batch, "returns": t.returns, "fields": t.fields, "evidence": t.evidence, "mine": t.allows(&who.actor.role, who.actor.level())})).collect::<Vec<_>>()})),
    })))
}

/// A field as the form draws it.
fn field(d: &Dataset, f: &meta::Field) -> Value {
    let need = |n: &Need| match n {
        Need::Always(b) => json!(b),
        Need::When(w) => json!(w.when),
    };
    json!({
        "name": f.name, "label": f.label, "kind": f.kind, "help": f.help, "unit": f.unit, "group": f.group,
        "required": need(&f.required), "shown": f.shown, "readonly": if f.is_derived() { json!(true) } else { need(&f.readonly) },
        "max": f.max, "min_len": f.min_len, "range": f.range, "scale": f.scale, "pattern": f.pattern, "codes": f.codes,
        "dataset": f.dataset, "level": f.level, "sensitivity": f.sensitivity, "derived": f.is_derived(), "default": f.default,
        "in": f.places, "synced": f.synced, "under": f.under, "classes": d.fields.values().any(|x| x.under.as_ref() == Some(&f.name)),
    })
}

async fn get_codes(State(app): State<App>, _who: Who, Path(id): Path<String>) -> Reply<Json<Value>> {
    let list = app.catalog.codes(&id).ok_or_else(|| Error::not_found("http.no_codes", "没有这个代码表。"))?;
    let items: Vec<Value> = list
        .items
        .iter()
        .map(|i| json!({"code": i.code, "label": i.label, "parent": i.parent, "disabled": i.disabled}))
        .collect();
    Ok(Json(json!({"id": list.id, "title": list.title, "items": items})))
}

async fn get_openapi(State(app): State<App>, _who: Who) -> Json<Value> {
    Json(crate::openapi::document(&app.catalog))
}

/// The names of the acting regions for headers; codes without a name show as they are.
pub(crate) fn region_name(app: &App, code: &str) -> String {
    app.records.regions.name(code).unwrap_or_else(|| code.to_owned())
}
