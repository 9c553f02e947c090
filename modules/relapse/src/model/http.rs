//! Endpoints of the page 模型与参数: versions and their numbers, a draft changed with a live check, its replay as a job, what outcomes
//! say of rules. Steps (submit, release, go back) are those of the flow.

use super::job::REPLAY;
use super::rules::{self, Month, Value};
use super::store::{self, By, Over};
use crate::params::Numbers;
use ::http::{App, Reply, Who};
use audit::{Action, Event, Line};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use base::{Error, FieldProblem, RegionCode, Result};
use meta::Verb;
use serde::Deserialize;
use serde_json::{Value as Any, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Changes of a replay that are shown one by one.
const SHOWN: i64 = 300;
/// Numbers of one version.
const MOST: usize = 20_000;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/relapse/model", get(all))
        .route("/relapse/model/check", post(check))
        .route("/relapse/model/outcomes", get(outcomes))
        .route("/relapse/model/{id}", get(one))
        .route("/relapse/model/{id}/values", put(change))
        .route("/relapse/model/{id}/replay", post(replay))
}

fn allow(app: &App, who: &Who, verb: Verb) -> Result<()> {
    let d = app.records.dataset("relapse.model_version")?.clone();
    app.records.allow(&who.actor, &d, verb)
}

/// Versions, the numbers a version has with their rules, and parameters of the register that do not count.
async fn all(State(app): State<App>, who: Who) -> Reply<Json<Any>> {
    allow(&app, &who, Verb::Read)?;
    let mut tx = app.db.begin(&who.actor).await?;
    let versions = store::versions(&mut tx).await?;
    let base = store::in_force(&mut tx).await?;
    let known = rules::known()?;
    let keys: Vec<String> = known.keys().cloned().collect();
    let outside = store::outside(&mut tx, base.id, &keys, record::today()).await?;
    tx.rollback().await?;
    let named: BTreeMap<&str, &str> = rules::all_rules()?.values().map(|r| (r.id.as_str(), r.title.as_str())).collect();
    Ok(Json(json!({
        "in_force": base.id, "versions": versions, "known": known.values().collect::<Vec<_>>(), "rules": named, "outside": outside,
        "not_yet": crate::department::items::not_yet()?.iter().map(|n| json!({"ids": n.ids, "reason": n.reason})).collect::<Vec<_>>(),
    })))
}

async fn one(State(app): State<App>, who: Who, Path(id): Path<Uuid>) -> Reply<Json<Any>> {
    allow(&app, &who, Verb::Read)?;
    let mut tx = app.db.begin(&who.actor).await?;
    let set = store::set(&mut tx, id).await?;
    let base = store::in_force(&mut tx).await?;
    let stamp = store::stamp(&mut tx, id).await?;
    let mut replayed = store::replay_shown(&mut tx, id, SHOWN).await?;
    tx.rollback().await?;
    if let Some(r) = &mut replayed {
        r["current"] = json!(r["stamp"] == json!(stamp));
        name_places(&app, &mut r["counties"]);
        name_places(&app, &mut r["changes"]);
    }
    let values: Vec<&Value> = set.values().collect();
    Ok(Json(json!({
        "id": id, "version": set.version, "values": values, "base_values": base.values().collect::<Vec<_>>(),
        "base_version": base.version, "stamp": stamp, "replay": replayed,
    })))
}

fn name_places(app: &App, items: &mut Any) {
    for i in items.as_array_mut().into_iter().flatten() {
        let name = i["region_code"].as_str().and_then(|c| app.records.regions.name(c));
        i["region_name"] = json!(name);
    }
}

#[derive(Deserialize)]
struct Draft {
    values: Vec<Value>,
    /// The stamp of the numbers that were changed: somebody else may have changed them since.
    #[serde(default)]
    stamp: Option<String>,
}

async fn faults(app: &App, tx: &mut ::store::ScopedTx, values: &[Value]) -> Result<Vec<rules::Fault>> {
    let today = record::today();
    let floor = Numbers::of(&RegionCode::parse("36")?, today).get(tx, "replay_floor_pct").await?;
    let base = store::in_force(tx).await?;
    rules::check(values, &base, today, floor, &|r| app.records.regions.name(r).is_some())
}

/// What is wrong with numbers as they are typed; nothing is kept.
async fn check(State(app): State<App>, who: Who, Json(d): Json<Draft>) -> Reply<Json<Any>> {
    allow(&app, &who, Verb::Create)?;
    too_many(&d)?;
    let mut tx = app.db.begin(&who.actor).await?;
    let all = faults(&app, &mut tx, &d.values).await?;
    tx.rollback().await?;
    Ok(Json(json!({ "ok": all.iter().all(|f| f.severity != "error"), "faults": all })))
}

fn too_many(d: &Draft) -> Result<()> {
    if d.values.len() > MOST {
        return Err(Error::invalid("relapse.model_too_many", format!("一个版本最多 {MOST} 个参数值，请减少分县的值。")));
    }
    Ok(())
}

/// Changes the numbers of a draft.
async fn change(State(app): State<App>, who: Who, Path(id): Path<Uuid>, Json(d): Json<Draft>) -> Reply<Json<Any>> {
    allow(&app, &who, Verb::Create)?;
    too_many(&d)?;
    let mut tx = app.db.begin(&who.actor).await?;
    let (state, _) = store::held(&mut tx, id).await?;
    if state != "01" {
        return Err(Error::conflict("relapse.model_settled", "只有草稿可以修改；已提交或发布的版本请另起草新版本。").into());
    }
    if d.stamp.is_some() && d.stamp != Some(store::stamp(&mut tx, id).await?) {
        return Err(Error::conflict("relapse.model_changed", "这个草稿已被他人修改，请刷新后重新修改。").into());
    }
    let all = faults(&app, &mut tx, &d.values).await?;
    let wrong: Vec<FieldProblem> = all
        .iter()
        .filter(|f| f.severity == "error")
        .map(|f| FieldProblem::new(&f.key, "relapse.model_value", f.text.clone()))
        .collect();
    if !wrong.is_empty() {
        return Err(Error::invalid("relapse.model_wrong", "参数填写有误，请按提示改正后再保存。").with_problems(wrong).into());
    }
    store::set_values(&mut tx, id, &d.values).await?;
    let stamp = store::stamp(&mut tx, id).await?;
    tx.commit().await?;
    let line = Line::of(&who.actor, Event::DataWrite, Action::Update, "relapse.model_version").object(id);
    app.audit.write(line.rows(d.values.len() as i64)).await?;
    Ok(Json(json!({ "stamp": stamp, "faults": all })))
}

/// Replays a version against the one in force.
async fn replay(State(app): State<App>, who: Who, Path(id): Path<Uuid>) -> Reply<(StatusCode, Json<Any>)> {
    allow(&app, &who, Verb::Create)?;
    let mut tx = app.db.begin(&who.actor).await?;
    let set = store::set(&mut tx, id).await?;
    tx.rollback().await?;
    let title = format!("回放模型第 {} 版", set.version);
    let job = app.jobs.enqueue(&who.actor, REPLAY, &title, json!({ "version_id": id })).await?;
    app.audit.write(Line::of(&who.actor, Event::DataWrite, Action::Create, "relapse.model_replay").object(id)).await?;
    Ok((StatusCode::ACCEPTED, Json(json!(app.jobs.get(&who.actor, job).await?))))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    by: String,
    from: Option<String>,
    to: Option<String>,
    region: Option<RegionCode>,
}

/// Outcomes by rule, department, county or version, over months; by rule with what the last three whole months suggest.
async fn outcomes(State(app): State<App>, who: Who, Query(a): Query<Asked>) -> Reply<Json<Any>> {
    allow(&app, &who, Verb::Read)?;
    let by = match a.by.as_str() {
        "" | "rule" => By::Rule,
        "dept" => By::Dept,
        "county" => By::County,
        "version" => By::Version,
        _ => return Err(Error::invalid("relapse.outcomes_by", "请选择按规则、部门、县或模型版本看。").into()),
    };
    let this = base::Month::of(record::today());
    let month = |t: &Option<String>| t.as_deref().filter(|t| !t.trim().is_empty()).map(base::Month::parse).transpose();
    let to = month(&a.to)?.unwrap_or(this);
    let from = match month(&a.from)? {
        Some(m) => m,
        None => to.plus(-11)?,
    };
    if from > to {
        return Err(Error::invalid("relapse.outcomes_months", "开始月份不能晚于结束月份。").into());
    }
    let region = a.region.unwrap_or_else(|| who.actor.region.clone());
    let mut tx = app.db.begin(&who.actor).await?;
    let range = region
        .scope()
        .meet(tx.scope())
        .ok_or_else(|| Error::forbidden("relapse.outcomes_scope", "所选区划不在您的管辖范围内，请重新选择。"))?;
    let mut items = store::outcomes(&mut tx, by, &Over { from: from.number(), to: to.number(), range: &range }).await?;
    let names: BTreeMap<String, (String, String)> =
        store::rule_names(&mut tx).await?.into_iter().map(|(id, no, name)| (id.to_string(), (no, name))).collect();
    let mut suggested: BTreeMap<String, Vec<Month>> = BTreeMap::new();
    if by == By::Rule && who.actor.level() == base::Level::Province {
        let last = [this.plus(-3)?, this.plus(-2)?, this.plus(-1)?];
        let over = Over { from: last[0].number(), to: last[2].number(), range: &range };
        for line in store::outcomes(&mut tx, By::RuleMonth, &over).await? {
            let Some((rule, month)) = line["key"].as_str().and_then(|k| k.split_once(' ')) else { continue };
            let n = |k: &str| line[k].as_i64().unwrap_or(0);
            let months = suggested
                .entry(rule.to_owned())
                .or_insert_with(|| last.iter().map(|m| Month { month: m.number(), ..Month::default() }).collect());
            if let Some(m) = months.iter_mut().find(|m| m.month.to_string() == month) {
                (m.finished, m.included, m.missed) = (n("finished"), n("included"), n("missed"));
            }
        }
    }
    tx.rollback().await?;
    let depts = app.catalog.codes("C36");
    for i in &mut items {
        let key = i["key"].as_str().unwrap_or_default().to_owned();
        let n = |k: &str| i[k].as_i64().unwrap_or(0);
        let pct = |a: i64, b: i64| (b > 0).then(|| (a as f64 * 1000.0 / b as f64).round() / 10.0);
        let shares = json!({
            "precision_pct": pct(n("included"), n("finished")), "wrong_pct": pct(n("wrong"), n("finished")),
            "repeated_pct": pct(n("repeated"), n("arrived")), "missed_pct": pct(n("missed"), n("included") + n("missed")),
        });
        for (k, v) in shares.as_object().into_iter().flatten() {
            i[k] = v.clone();
        }
        i["label"] = match by {
            By::Rule | By::RuleMonth => names.get(&key).map_or(json!(key), |(no, name)| json!(format!("{no} {name}"))),
            By::Dept => json!(depts.map_or(key.as_str(), |l| l.label(&key))),
            By::County => json!(app.records.regions.name(&key).unwrap_or_else(|| key.clone())),
            By::Version => json!(format!("第 {key} 版")),
        };
        if let Some((kind, text)) = suggested.get(&key).and_then(|m| rules::suggestion(m)) {
            i["suggestion"] = json!({ "kind": kind, "text": text, "months": suggested[&key] });
        }
    }
    app.audit.write(Line::of(&who.actor, Event::Report, Action::Read, "relapse.model_version")).await?;
    Ok(Json(json!({ "from": from.number(), "to": to.number(), "region_code": region, "items": items })))
}
