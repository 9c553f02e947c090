//! Endpoints of the page 匹配待核: what waits, one line beside its candidates, and what somebody says of it. Rows of the register are
//! read through the record engine, as this actor may see them.

use super::rules::{self, Verdict};
use super::store::{self, Filter, Listed};
use ::http::{App, Reply, Who};
use ::store::ScopedTx;
use audit::{Action, Event, Line};
use axum::extract::{Path, Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use base::{Error, Result};
use chrono::Utc;
use meta::Verb;
use record::{Provenance, Row};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

const RECORD: &str = "relapse.dept_record";
/// Lines of a page.
const PAGE: i64 = 100;

/// What is held against each other: a field of the line, the same of a member.
const MEMBER: [&str; 7] = ["name", "id_no", "gender", "birth_date", "relation", "member_status", "region_code"];
const HOUSEHOLD: [&str; 6] =
    ["household_no", "head_name", "household_type", "hukou_count", "natural_village_code", "is_monitored"];

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/relapse/steward", get(summary))
        .route("/relapse/steward/lines", get(lines))
        .route("/relapse/steward/lines/{id}", get(line))
        .route("/relapse/steward/lines/{id}/decide", post(decide))
        .route("/relapse/steward/lines/{id}/undo", post(undo))
        .route("/relapse/steward/nobody", post(nobody))
}

/// Looking is for who reads candidates, members and households; deciding for who may change a candidate.
fn allow(app: &App, who: &Who, verb: Verb) -> Result<()> {
    app.records.allow(&who.actor, app.records.dataset("relapse.dept_candidate")?, verb)?;
    for d in [RECORD, "registry.member", "registry.household"] {
        app.records.allow(&who.actor, app.records.dataset(d)?, Verb::Read)?;
    }
    Ok(())
}

fn name_places(app: &App, items: &mut Value, field: &str) {
    for i in items.as_array_mut().into_iter().flatten() {
        let name = i[field].as_str().and_then(|c| app.records.regions.name(c));
        i["region_name"] = json!(name);
    }
}

async fn summary(State(app): State<App>, who: Who, Query(f): Query<Filter>) -> Reply<Json<Value>> {
    allow(&app, &who, Verb::Read)?;
    let mut tx = app.db.begin(&who.actor).await?;
    let mut out = store::summary(&mut tx, &f).await?;
    tx.rollback().await?;
    name_places(&app, &mut out["counties"], "region_code");
    Ok(Json(out))
}

/// The lines as this actor may read them, with what stands beside them.
async fn shown(app: &App, tx: &mut ScopedTx, list: &[Listed]) -> Result<Vec<Value>> {
    let d = app.records.dataset(RECORD)?.clone();
    let ids: Vec<Uuid> = list.iter().map(|l| l.id).collect();
    let rows = app.records.by_ids(tx, &d, &ids).await?;
    let by_id: BTreeMap<&str, &Row> = rows.iter().filter_map(|r| Some((r.get("id")?.as_str()?, r))).collect();
    let mut out = Vec::new();
    for l in list {
        let Some(row) = by_id.get(l.id.to_string().as_str()) else { continue };
        let of = |k: &str| row.get(k).cloned().unwrap_or(Value::Null);
        let region = of("region_code");
        out.push(json!({
            "id": l.id, "row_version": of("row_version"), "row_no": of("row_no"), "name": of("raw_name"), "id_no": of("raw_id_no"), "place": of("raw_region"),
            "region_code": region, "region_name": region.as_str().and_then(|c| app.records.regions.name(c)), "method": of("match_method"),
            "confidence": of("match_score"), "reason": of("ask_reason"), "deferred": of("deferred"), "note": of("decide_note"),
            "batch_no": l.batch_no, "item": l.item, "dept": l.dept, "candidates": l.candidates,
        }));
    }
    Ok(out)
}

async fn lines(State(app): State<App>, who: Who, Query(f): Query<Filter>) -> Reply<Json<Value>> {
    allow(&app, &who, Verb::Read)?;
    let limit = f.limit.unwrap_or(PAGE).clamp(1, PAGE);
    let mut tx = app.db.begin(&who.actor).await?;
    let list = store::lines(&mut tx, &f, limit).await?;
    let items = shown(&app, &mut tx, &list).await?;
    tx.rollback().await?;
    let whole = i64::try_from(list.len()).is_ok_and(|n| n == limit);
    let next = list.last().filter(|_| whole).map(|l| l.id);
    app.audit.write(Line::of(&who.actor, Event::DataRead, Action::Read, RECORD).rows(list.len() as i64)).await?;
    Ok(Json(json!({ "items": items, "next": next })))
}

fn gone() -> Error {
    Error::not_found("relapse.no_line", "没有找到这一行，可能已被删除，或不在您的辖区内。")
}

fn part(row: Option<&Row>, fields: &[&str]) -> Value {
    let pick = |r: &Row| -> Row {
        let titled = fields.iter().map(|f| format!("{f}__title"));
        let all = fields.iter().map(|f| (*f).to_owned()).chain(titled).chain(["id".to_owned()]);
        all.filter_map(|k| Some((k.clone(), r.get(&k)?.clone()))).collect()
    };
    row.map_or(Value::Null, |r| Value::Object(pick(r)))
}

/// One line with everybody it may be about, field by field.
async fn line(State(app): State<App>, who: Who, Path(id): Path<Uuid>) -> Reply<Json<Value>> {
    allow(&app, &who, Verb::Read)?;
    let mut tx = app.db.begin(&who.actor).await?;
    let record = app.records.get(&mut tx, app.records.dataset(RECORD)?, id).await?;
    let all = store::candidates(&mut tx, id).await?;
    let (members, households) =
        (app.records.dataset("registry.member")?.clone(), app.records.dataset("registry.household")?.clone());
    let people = app.records.by_ids(&mut tx, &members, &all.iter().map(|c| c.0).collect::<Vec<_>>()).await?;
    let homes = app.records.by_ids(&mut tx, &households, &all.iter().map(|c| c.1).collect::<Vec<_>>()).await?;
    let plain = app.records.get_plain(&mut tx, app.records.dataset(RECORD)?, id).await?;
    let written = plain.get("raw_id_no").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut candidates = Vec::new();
    for (person, household, method, alike, confidence) in &all {
        let of = |list: &[Row], id: &Uuid| list.iter().find(|r| r.get("id") == Some(&json!(id))).cloned();
        let (member, home) = (of(&people, person), of(&homes, household));
        let region = member.as_ref().and_then(|m| m.get("region_code")?.as_str()).and_then(|c| app.records.regions.name(c));
        let full = app.records.get_plain(&mut tx, &members, *person).await?;
        let number = full.get("id_no").and_then(Value::as_str).unwrap_or_default();
        candidates.push(json!({
            "person": person, "method": method, "alike": alike, "confidence": confidence, "region_name": region,
            "member": part(member.as_ref(), &MEMBER), "household": part(home.as_ref(), &HOUSEHOLD),
            // where the numbers differ, not what stands there
            "number_differs": rules::differs(&written, number),
        }));
    }
    tx.rollback().await?;
    let birth = rules::birth_said(&written, record::today()).map_or(Value::Null, |d| json!(d.to_string()));
    // as the birth of a member is shown to this actor
    let birth = match members.field("birth_date") {
        Some(f) => app.records.sight.of(&who.actor).show(f, birth).0,
        None => Value::Null,
    };
    app.audit.write(Line::of(&who.actor, Event::DataRead, Action::Read, RECORD).object(id).rows(1 + all.len() as i64)).await?;
    Ok(Json(json!({ "line": record, "birth": birth, "candidates": candidates })))
}

#[derive(Deserialize)]
struct Decision {
    verdict: Verdict,
    #[serde(default)]
    person: Option<Uuid>,
    row_version: i32,
    #[serde(default)]
    note: String,
}

fn desk() -> Provenance {
    Provenance { trusted: true, ..Provenance::default() }
}

async fn decide(State(app): State<App>, who: Who, Path(id): Path<Uuid>, Json(d): Json<Decision>) -> Reply<Json<Value>> {
    allow(&app, &who, Verb::Update)?;
    let note = rules::note(d.verdict, &d.note)?;
    let records = app.records.dataset(RECORD)?.clone();
    let mut tx = app.db.begin(&who.actor).await?;
    let held = store::hold(&mut tx, &[id]).await?.pop().ok_or_else(gone)?;
    rules::may_decide(&held, d.row_version)?;
    let person = match (d.verdict, d.person) {
        (Verdict::Same, None) => return Err(Error::invalid("relapse.no_person", "请先选定是候选人中的哪一位，再确认。").into()),
        (Verdict::Same, Some(p)) => Some(store::candidate(&mut tx, id, p).await?.ok_or_else(|| {
            Error::refused("relapse.not_a_candidate", "选定的人不是这一行的候选人，或已不在台账中，请刷新后重新选择。")
        })?),
        _ => None,
    };
    let values = rules::values(d.verdict, person.as_ref(), note.as_deref(), who.actor.user_id, Utc::now());
    app.records.set_many(&mut tx, &records, &[store::target(&held)], &values, &desk()).await?;
    let row = app.records.get(&mut tx, &records, id).await?;
    tx.commit().await?;
    app.audit.write(Line::of(&who.actor, Event::DataWrite, Action::Update, RECORD).object(id)).await?;
    Ok(Json(Value::Object(row)))
}

async fn undo(State(app): State<App>, who: Who, Path(id): Path<Uuid>) -> Reply<Json<Value>> {
    allow(&app, &who, Verb::Update)?;
    let records = app.records.dataset(RECORD)?.clone();
    let mut tx = app.db.begin(&who.actor).await?;
    let held = store::hold(&mut tx, &[id]).await?.pop().ok_or_else(gone)?;
    rules::may_undo(&held, who.actor.user_id)?;
    let (method, confidence) = store::best(&mut tx, id).await?.ok_or_else(gone)?;
    let values = rules::undone(&method, confidence);
    app.records.set_many(&mut tx, &records, &[store::target(&held)], &values, &desk()).await?;
    let row = app.records.get(&mut tx, &records, id).await?;
    tx.commit().await?;
    app.audit.write(Line::of(&who.actor, Event::DataWrite, Action::Update, RECORD).object(id)).await?;
    Ok(Json(Value::Object(row)))
}

#[derive(Deserialize)]
struct Seen {
    id: Uuid,
    row_version: i32,
}

#[derive(Deserialize)]
struct Many {
    lines: Vec<Seen>,
    #[serde(default)]
    note: String,
}

/// Nobody of the register, of every line chosen; those somebody else was quicker with are told and left.
async fn nobody(State(app): State<App>, who: Who, Json(m): Json<Many>) -> Reply<Json<Value>> {
    allow(&app, &who, Verb::Update)?;
    if m.lines.is_empty() || m.lines.len() > rules::MOST {
        return Err(Error::invalid("relapse.lines", format!("每次可核定 1 到 {} 行，请分批选择。", rules::MOST)).into());
    }
    let note = rules::note(Verdict::Nobody, &m.note)?;
    let records = app.records.dataset(RECORD)?.clone();
    let seen: BTreeMap<Uuid, i32> = m.lines.iter().map(|l| (l.id, l.row_version)).collect();
    let mut tx = app.db.begin(&who.actor).await?;
    let held = store::hold(&mut tx, &seen.keys().copied().collect::<Vec<_>>()).await?;
    let mut left: Vec<Value> = Vec::new();
    let mut targets = Vec::new();
    for (id, version) in &seen {
        let may = match held.iter().find(|h| h.id == *id) {
            Some(h) => rules::may_decide(h, *version).map(|()| store::target(h)),
            None => Err(gone()),
        };
        match may {
            Ok(t) => targets.push(t),
            Err(e) => left.push(json!({ "id": id, "code": e.code, "reason": e.sentence })),
        }
    }
    let values = rules::values(Verdict::Nobody, None, note.as_deref(), who.actor.user_id, Utc::now());
    app.records.set_many(&mut tx, &records, &targets, &values, &desk()).await?;
    tx.commit().await?;
    app.audit.write(Line::of(&who.actor, Event::DataWrite, Action::Update, RECORD).rows(targets.len() as i64)).await?;
    Ok(Json(json!({ "done": targets.iter().map(|t| t.id).collect::<Vec<_>>(), "left": left })))
}
