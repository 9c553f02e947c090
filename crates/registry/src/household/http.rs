//! 一户一档: everything known of one household on one page, with a timeline (domain 01 §6.7).

use audit::{Action, Event, Line};
use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use http::{App, Reply, Who};
use meta::{Kind, Verb};
use record::{ListQuery, Row};
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/household/{id}/profile", get(profile))
}

/// Tabs are the datasets that hang on a household (by parent or by a reference), so that a new dataset appears by itself.
async fn profile(State(app): State<App>, who: Who, Path(id): Path<Uuid>) -> Reply<Json<Value>> {
    let d = app.records.dataset("registry.household")?.clone();
    app.records.allow(&who.actor, &d, Verb::Read)?;
    let mut tx = app.db.begin(&who.actor).await?;
    let household = app.records.get(&mut tx, &d, id).await?;
    let mut tabs = Vec::new();
    let mut timeline = Vec::new();
    let mut rows_read = 1;
    for t in app.catalog.datasets().filter(|t| app.records.may(&who.actor, t, Verb::Read)) {
        let Some(link) = t.fields.values().find(|f| f.kind == Kind::Ref && f.dataset.as_deref() == Some("registry.household"))
        else {
            continue;
        };
        let query = ListQuery::read(&app.catalog, t, &[(link.name.clone(), id.to_string()), ("limit".into(), "200".into())])?;
        let items = app.records.list(&mut tx, t, &query).await?.items;
        rows_read += items.len() as i64;
        timeline.extend(items.iter().map(|r| event(&t.id, &t.title, t.title_field.as_deref(), r)));
        tabs.push(json!({"dataset": t.id, "title": t.title, "items": items}));
    }
    for h in app.records.history(&mut tx, &d, id, None, 50).await? {
        let fields: Vec<&str> = h.changes.iter().map(|c| c.label.as_str()).collect();
        timeline.push(
            json!({"at": h.at, "kind": "change", "title": "户信息变更", "text": fields.join("、"), "actor_name": h.actor_name}),
        );
    }
    tx.rollback().await?;
    timeline.sort_by(|a, b| b["at"].as_str().cmp(&a["at"].as_str()));
    app.audit.write(Line::of(&who.actor, Event::DataRead, Action::Read, "registry.household").object(id).rows(rows_read)).await?;
    Ok(Json(json!({"household": household, "tabs": tabs, "timeline": timeline})))
}

fn event(dataset: &str, title: &str, name: Option<&str>, r: &Row) -> Value {
    // a reference is named by its title, never by its number
    let text = name.and_then(|n| r.get(&format!("{n}__title")).or_else(|| r.get(n))).cloned().unwrap_or(Value::Null);
    json!({"at": r.get("updated_at"), "kind": dataset, "title": title, "text": text, "actor_name": Value::Null, "id": r.get("id")})
}
