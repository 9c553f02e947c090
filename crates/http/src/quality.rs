//! Rules and findings: what the editor offers, a rule checked, tried, submitted, released, rolled back, switched; a scan as a
//! job; the overview by region. Must not know a rule.

use crate::app::App;
use crate::gate::Who;
use crate::problem::Reply;
use crate::records::line;
use ::quality::edit::{Checked, Draft, Tried};
use audit::{Action, Event};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use base::{Actor, Error, RegionCode, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/quality/vocabulary", get(vocabulary))
        .route("/quality/overview", get(overview))
        .route("/quality/scan", post(scan))
        .route("/quality/rules", get(list).post(submit))
        .route("/quality/rules/check", post(check))
        .route("/quality/rules/try", post(try_on))
        .route("/quality/rules/{id}/versions", get(versions))
        .route("/quality/rules/{id}/roll_back", post(roll_back))
        .route("/quality/rules/{id}/switch", post(switch))
        .route("/quality/editions/{id}/release", post(release))
}

/// Holds the role against a group of `module.toml`.
pub(crate) fn allow(app: &App, actor: &Actor, group: &str, what: &str) -> Result<()> {
    let names = [format!("@{group}")];
    let may = app.catalog.module("quality").is_some_and(|m| m.spell(&names).contains(&actor.role.as_str()));
    if may || actor.is_system() {
        return Ok(());
    }
    Err(Error::forbidden("quality.not_allowed", format!("您当前的岗位不能{what}，如确需办理请联系本级管理员。")))
}

async fn vocabulary(State(app): State<App>, who: Who) -> Reply<Json<Value>> {
    allow(&app, &who.actor, "rule_readers", "查看质量规则")?;
    Ok(Json(app.quality.vocabulary()))
}

async fn list(State(app): State<App>, who: Who) -> Reply<Json<Value>> {
    allow(&app, &who.actor, "rule_readers", "查看质量规则")?;
    let mut tx = app.db.begin(&who.actor).await?;
    let all = app.quality.list(&mut tx).await?;
    tx.rollback().await?;
    Ok(Json(all))
}

#[derive(Deserialize)]
struct Typed {
    view: String,
    expr: String,
}

async fn check(State(app): State<App>, who: Who, Json(t): Json<Typed>) -> Reply<Json<Checked>> {
    allow(&app, &who.actor, "rule_readers", "查看质量规则")?;
    Ok(Json(app.quality.check(&t.view, &t.expr)?))
}

#[derive(Deserialize)]
struct Trial {
    rule: Draft,
    region: RegionCode,
}

async fn try_on(State(app): State<App>, who: Who, Json(t): Json<Trial>) -> Reply<Json<Tried>> {
    allow(&app, &who.actor, "rule_writers", "试跑质量规则")?;
    let mut tx = app.db.begin(&who.actor).await?;
    let tried = app.quality.try_on(&mut tx, &t.rule, &t.region).await?;
    tx.rollback().await?;
    let read = line(&who.actor, Event::Report, Action::Read, "quality.rule_edition", None).rows(tried.sample.len() as i64);
    app.audit.write(read).await?;
    Ok(Json(tried))
}

async fn submit(State(app): State<App>, who: Who, Json(d): Json<Draft>) -> Reply<(StatusCode, Json<Value>)> {
    allow(&app, &who.actor, "rule_writers", "编写质量规则")?;
    let mut tx = app.db.begin(&who.actor).await?;
    let made = app.quality.submit(&mut tx, &d).await?;
    tx.commit().await?;
    let id = made["id"].as_str().and_then(|s| Uuid::parse_str(s).ok());
    app.audit.write(line(&who.actor, Event::DataWrite, Action::Create, "quality.rule_edition", id)).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

async fn release(State(app): State<App>, who: Who, Path(id): Path<Uuid>) -> Reply<Json<Value>> {
    allow(&app, &who.actor, "rule_releasers", "发布质量规则")?;
    let mut tx = app.db.begin(&who.actor).await?;
    let done = app.quality.release(&mut tx, id).await?;
    tx.commit().await?;
    app.audit.write(line(&who.actor, Event::DataWrite, Action::Approve, "quality.rule_edition", Some(id))).await?;
    Ok(Json(done))
}

async fn roll_back(State(app): State<App>, who: Who, Path(id): Path<String>) -> Reply<Json<Value>> {
    allow(&app, &who.actor, "rule_releasers", "回退质量规则")?;
    let mut tx = app.db.begin(&who.actor).await?;
    let done = app.quality.roll_back(&mut tx, &id).await?;
    tx.commit().await?;
    app.audit.write(line(&who.actor, Event::DataWrite, Action::Update, "quality.rule_edition", None)).await?;
    Ok(Json(done))
}

async fn versions(State(app): State<App>, who: Who, Path(id): Path<String>) -> Reply<Json<Value>> {
    allow(&app, &who.actor, "rule_readers", "查看质量规则")?;
    let mut tx = app.db.begin(&who.actor).await?;
    let items = app.quality.versions(&mut tx, &id).await?;
    tx.rollback().await?;
    Ok(Json(json!({"items": items})))
}

#[derive(Deserialize)]
struct Switch {
    county: RegionCode,
    on: bool,
    #[serde(default)]
    reason: String,
}

async fn switch(State(app): State<App>, who: Who, Path(id): Path<String>, Json(s): Json<Switch>) -> Reply<Json<Value>> {
    allow(&app, &who.actor, "rule_writers", "开关质量规则")?;
    let mut tx = app.db.begin(&who.actor).await?;
    app.quality.switch(&mut tx, &id, &s.county, s.on, &s.reason).await?;
    tx.commit().await?;
    app.audit.write(line(&who.actor, Event::DataWrite, Action::Update, "quality.rule_switch", None)).await?;
    Ok(Json(json!({"rule_id": id, "county": s.county, "on": s.on})))
}

#[derive(Deserialize)]
struct Place {
    region: Option<RegionCode>,
}

async fn scan(State(app): State<App>, who: Who, Json(p): Json<Place>) -> Reply<(StatusCode, Json<Value>)> {
    allow(&app, &who.actor, "scanners", "发起质量检查")?;
    let region = p.region.unwrap_or_else(|| who.actor.region.clone());
    if !who.actor.region.contains(&region) {
        return Err(Error::forbidden("quality.scope", "所选区划不在您的管辖范围内，请重新选择。").into());
    }
    let payload = ::quality::job::payload(&region, false);
    let id = app.jobs.enqueue(&who.actor, ::quality::job::KIND, "数据质量检查", payload).await?;
    app.audit.write(line(&who.actor, Event::DataWrite, Action::Create, "quality.run", Some(id))).await?;
    Ok((StatusCode::ACCEPTED, Json(json!(app.jobs.get(&who.actor, id).await?))))
}

async fn overview(State(app): State<App>, who: Who, Query(p): Query<Place>) -> Reply<Json<Value>> {
    let d = app.records.dataset("quality.finding")?.clone();
    app.records.allow(&who.actor, &d, meta::Verb::Read)?;
    let region = p.region.unwrap_or_else(|| who.actor.region.clone());
    let mut tx = app.db.begin(&who.actor).await?;
    let mut seen = app.quality.overview(&mut tx, &region).await?;
    tx.rollback().await?;
    // the screen shows names
    for item in seen["items"].as_array_mut().into_iter().flatten() {
        let name = item["region_code"].as_str().and_then(|c| app.records.regions.name(c));
        item["region_name"] = json!(name);
    }
    app.audit.write(line(&who.actor, Event::Report, Action::Read, "quality.finding", None)).await?;
    Ok(Json(seen))
}
