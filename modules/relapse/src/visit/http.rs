//! What a telephone takes along before it loses the signal: for each clue, everything known of the household. Each row is read
//! through the record engine, as this actor may see it.

use super::store;
use ::http::{App, Reply, Who};
use ::store::ScopedTx;
use audit::{Action, Event, Line};
use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use base::{Error, Result};
use meta::{Kind, Verb};
use record::{ListQuery, Row};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// Packs of one request; a telephone asks again for more.
const MOST: usize = 20;

/// Rows of the register that a visit is filled in from, by how they hang on the household.
const KNOWN: [&str; 5] =
    ["registry.member", "registry.income_period", "registry.security_check", "registry.obligor", "registry.living_year"];

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/relapse/visit/packs", post(packs))
}

#[derive(Deserialize)]
struct Wanted {
    clues: Vec<Uuid>,
}

async fn packs(State(app): State<App>, who: Who, Json(w): Json<Wanted>) -> Reply<Json<Value>> {
    if w.clues.is_empty() || w.clues.len() > MOST {
        return Err(Error::invalid("relapse.packs", format!("每次可下载 1 到 {MOST} 个任务包，请分批下载。")).into());
    }
    let clues = app.records.dataset("relapse.clue")?.clone();
    app.records.allow(&who.actor, &clues, Verb::Read)?;
    let mut tx = app.db.begin(&who.actor).await?;
    let mut items = Vec::new();
    let mut rows = 0;
    for id in &w.clues {
        // one that has left these regions meanwhile is left out, and the telephone drops it
        let clue = match app.records.get(&mut tx, &clues, *id).await {
            Ok(c) => c,
            Err(e) if e.kind == base::Kind::NotFound => continue,
            Err(e) => return Err(e.into()),
        };
        let (pack, n) = pack(&app, &who, &mut tx, *id, clue).await?;
        rows += n;
        items.push(pack);
    }
    tx.rollback().await?;
    let verifiers = app.access.colleagues(&who.actor).await?;
    app.audit.write(Line::of(&who.actor, Event::DataRead, Action::Read, "relapse.clue").rows(rows)).await?;
    Ok(Json(json!({"items": items, "verifiers": verifiers})))
}

async fn pack(app: &App, who: &Who, tx: &mut ScopedTx, id: Uuid, clue: Row) -> Result<(Value, i64)> {
    let mut known = Row::new();
    let mut rows = 1;
    let household = clue.get("household_id").and_then(Value::as_str).and_then(|t| Uuid::parse_str(t).ok());
    let mut house = Value::Null;
    if let Some(h) = household {
        let d = app.records.dataset("registry.household")?.clone();
        if app.records.may(&who.actor, &d, Verb::Read) {
            house = json!(app.records.get(tx, &d, h).await?);
            rows += 1;
        }
        for name in KNOWN {
            let list = hanging(app, who, tx, name, "registry.household", h).await?;
            rows += list.len() as i64;
            known.insert(name.into(), json!(list));
        }
        // the latest period only: what a household earned is asked once a year
        let periods: Vec<Row> =
            known.get("registry.income_period").cloned().map(serde_json::from_value).transpose()?.unwrap_or_default();
        let latest = periods.iter().max_by_key(|p| p.get("period_end").and_then(Value::as_str).map(str::to_owned));
        let latest = latest.and_then(|p| p.get("id")).and_then(Value::as_str).and_then(|t| Uuid::parse_str(t).ok());
        if let Some(p) = latest {
            let list = hanging(app, who, tx, "registry.income_item", "registry.income_period", p).await?;
            rows += list.len() as i64;
            known.insert("registry.income_item".into(), json!(list));
        }
    }
    let mut form = Value::Null;
    let mut children = Row::new();
    if let Some(f) = store::form_of(tx, id).await? {
        let d = app.records.dataset("relapse.verify_form")?.clone();
        if app.records.may(&who.actor, &d, Verb::Read) {
            form = json!(app.records.get(tx, &d, f).await?);
            rows += 1;
            let below: Vec<String> = app.catalog.children_of(&d.id).map(|c| c.id.clone()).collect();
            for c in below {
                let list = hanging(app, who, tx, &c, &d.id, f).await?;
                rows += list.len() as i64;
                children.insert(c, json!(list));
            }
            let files = app.files.list(&who.actor, &d.id, f, None).await?;
            children.insert("files".into(), json!(files));
        }
    }
    Ok((json!({"clue": clue, "household": house, "known": known, "form": form, "children": children}), rows))
}

/// Rows of a dataset that refer to one row of another, as this actor sees them; none where the role may not read them.
async fn hanging(app: &App, who: &Who, tx: &mut ScopedTx, name: &str, on: &str, id: Uuid) -> Result<Vec<Row>> {
    let d = app.records.dataset(name)?.clone();
    if !app.records.may(&who.actor, &d, Verb::Read) {
        return Ok(vec![]);
    }
    let Some(link) = d.fields.values().find(|f| f.kind == Kind::Ref && f.dataset.as_deref() == Some(on)) else {
        return Ok(vec![]);
    };
    let q = ListQuery::read(&app.catalog, &d, &[(link.name.clone(), id.to_string()), ("limit".into(), "200".into())])?;
    Ok(app.records.list(tx, &d, &q).await?.items)
}
