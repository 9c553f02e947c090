//! What a verification starts from: the facts the system has, so that nobody types them again.

use crate::clue::store;
use crate::include::store::facts;
use audit::{Action, Event, Line};
use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use base::Error;
use chrono::{SecondsFormat, Utc};
use http::{App, Reply, Who};
use meta::Verb;
use record::{ListQuery, Row};
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/relapse/clue/{id}/verify_draft", get(verify_draft))
}

/// `values` go into a new verification form; `known` is what stands in the register, masked as everywhere; `form_id` is the
/// form that is there already and is to be corrected instead.
async fn verify_draft(State(app): State<App>, who: Who, Path(id): Path<Uuid>) -> Reply<Json<Value>> {
    let (clues, forms) = (app.records.dataset("relapse.clue")?.clone(), app.records.dataset("relapse.verify_form")?.clone());
    app.records.allow(&who.actor, &clues, Verb::Read)?;
    app.records.allow(&who.actor, &forms, Verb::Create)?;
    let mut tx = app.db.begin(&who.actor).await?;
    let clue = app.records.get(&mut tx, &clues, id).await?;
    let household = clue.get("household_id").and_then(Value::as_str).and_then(|s| Uuid::parse_str(s).ok());
    let mut values = Row::new();
    let mut known = Row::new();
    values.insert("clue_id".into(), json!(id));
    values.insert("verify_at".into(), Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true).into());
    let mut rows = 1;
    if let Some(h) = household {
        let f = facts(&mut tx, h).await?;
        values.insert("household_id".into(), json!(h));
        values.insert("met_person".into(), json!(store::head(&mut tx, h).await?));
        values.insert("met_relation".into(), "01".into());
        values.insert("members_ok".into(), true.into());
        values.insert("labor_count".into(), f.labour.into());
        values.insert("income_id".into(), json!(f.income_id));
        values.insert("security_id".into(), json!(f.security_id));
        for (dataset, key, field) in [
            ("registry.household", "household", "id"),
            ("registry.member", "members", "household_id"),
            ("registry.obligor", "obligors", "household_id"),
        ] {
            let d = app.records.dataset(dataset)?.clone();
            if !app.records.may(&who.actor, &d, Verb::Read) {
                continue;
            }
            if field == "id" {
                known.insert(key.into(), json!(app.records.get(&mut tx, &d, h).await?));
                rows += 1;
                continue;
            }
            let q = ListQuery::read(&app.catalog, &d, &[(field.to_owned(), h.to_string()), ("limit".into(), "50".into())])?;
            let items = app.records.list(&mut tx, &d, &q).await?.items;
            rows += items.len() as i64;
            known.insert(key.into(), json!(items));
        }
        for (dataset, key, row) in
            [("registry.income_period", "income", f.income_id), ("registry.security_check", "security", f.security_id)]
        {
            let d = app.records.dataset(dataset)?.clone();
            if let Some(row) = row.filter(|_| app.records.may(&who.actor, &d, Verb::Read)) {
                known.insert(key.into(), json!(app.records.get(&mut tx, &d, row).await?));
                rows += 1;
            }
        }
    }
    let triggers = app.records.dataset("relapse.clue_trigger")?.clone();
    let q = ListQuery::read(&app.catalog, &triggers, &[("clue_id".into(), id.to_string()), ("limit".into(), "50".into())])?;
    known.insert("triggers".into(), json!(app.records.list(&mut tx, &triggers, &q).await?.items));
    known.insert("clue".into(), json!(clue));
    let form = store::form_of(&mut tx, id).await?;
    tx.rollback().await?;
    let closed = clue.get("state").and_then(Value::as_str).is_none_or(|s| !matches!(s, "30" | "31"));
    if closed && form.is_none() {
        return Err(Error::refused("relapse.not_to_verify", "这条线索现在不在核查环节，请在待办中打开需要核查的线索。").into());
    }
    app.audit.write(Line::of(&who.actor, Event::DataRead, Action::Read, "relapse.clue").object(id).rows(rows)).await?;
    Ok(Json(json!({ "region_code": clue.get("region_code"), "form_id": form, "values": values, "known": known })))
}
