//! Endpoints for households, without a session: the form, the application, its standing. Counted by address; an application
//! is written by the system into the village it names, and nothing of the register is told to anybody.

use super::{rules, store};
use crate::params::Numbers;
use ::http::{App, Origin, Reply, Sent};
use audit::{Action, Event, Line};
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use base::{Actor, Error, FieldProblem, RegionCode, Result};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use record::{Provenance, Row};
use serde::Deserialize;
use serde_json::{Value, json};
use std::num::NonZeroU32;
use std::sync::OnceLock;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/relapse/self-report/form", get(form))
        .route("/relapse/self-report", post(apply))
        .route("/relapse/self-report/status", post(status))
}

const DATASET: &str = "relapse.self_apply";
/// What a household is asked; few on purpose.
const ASKED: [&str; 8] = [
    "applicant_name",
    "applicant_id_no",
    "applicant_phone",
    "head_name",
    "relation",
    "apply_region",
    "risk_types",
    "difficulty_text",
];
const PROMISED: [&str; 2] = ["promise_checked", "authorize_checked"];

/// Requests an hour from one address, for applying and asking each. A village hall has one address for many people.
const PER_HOUR: u32 = 30;

fn within_limit(kind: &str, origin: &Origin) -> Result<()> {
    static LIMIT: OnceLock<DefaultKeyedRateLimiter<String>> = OnceLock::new();
    let n = NonZeroU32::new(PER_HOUR).unwrap_or(NonZeroU32::MIN);
    let limit = LIMIT.get_or_init(|| RateLimiter::keyed(Quota::per_hour(n)));
    limit.check_key(&format!("{kind} {}", origin.0.ip)).map_err(|_| {
        Error::busy("relapse.self_report_busy", "这个网络今天提交得太多，请稍后再试，也可以到村委会现场申报。")
            .with("retry_after", 120)
    })
}

fn system(origin: &Origin) -> Actor {
    Actor { ip: Some(origin.0.ip.to_string()), trace_id: origin.0.trace_id.clone(), ..Actor::system("自主申报") }
}

/// The questions with their code lists, so that the page needs nothing else.
async fn form(State(app): State<App>) -> Reply<Json<Value>> {
    let d = app.records.dataset(DATASET)?.clone();
    let fields: Vec<Value> = ASKED
        .iter()
        .filter_map(|n| d.field(n))
        .map(|f| json!({"name": f.name, "label": f.label, "kind": f.kind, "help": f.help, "max": f.max, "codes": f.codes, "required": true, "in": ["form"]}))
        .collect();
    let mut codes = Row::new();
    for list in ASKED.iter().filter_map(|n| d.field(n)?.codes.as_deref()).filter_map(|c| app.catalog.codes(c)) {
        let items: Vec<Value> =
            list.items.iter().filter(|i| !i.disabled).map(|i| json!({"code": i.code, "label": i.label})).collect();
        codes.insert(list.id.clone(), json!(items));
    }
    let note =
        "家庭因病、因灾、因意外或收入减少遇到困难的，可在这里申报，乡镇会在 2 个工作日内受理。请如实填写，留下能打通的电话。";
    Ok(Json(json!({"fields": fields, "codes": codes, "note": note})))
}

async fn apply(State(app): State<App>, origin: Origin, sent: Sent, Json(input): Json<Row>) -> Reply<(StatusCode, Json<Value>)> {
    within_limit("apply", &origin)?;
    let d = app.records.dataset(DATASET)?.clone();
    let actor = system(&origin);
    let mut row: Row = input
        .iter()
        .filter(|(k, _)| ASKED.contains(&k.as_str()) || PROMISED.contains(&k.as_str()))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    let village = row.get("apply_region").and_then(Value::as_str).unwrap_or_default().to_owned();
    if RegionCode::parse(&village)
        .ok()
        .is_none_or(|r| r.level() != base::Level::Village || !app.records.regions.is_valid(&village))
    {
        let p = FieldProblem::new("apply_region", "relapse.self_report_village", "请选择到所在的村。");
        return Err(Error::refused("relapse.self_report_village", "请选择到所在的村。").with_problems(vec![p]).into());
    }
    row.insert("region_code".into(), village.as_str().into());
    row.insert("channel".into(), "02".into());
    let once = sent.key.map(|k| app.records.once(k, "self report", &row));
    let mut tx = app.db.begin(&actor).await?;
    if let Some(o) = &once
        && let Some(id) = o.begin(&mut tx).await?
    {
        let receipt = store::receipt_of(&mut tx, id).await?;
        tx.rollback().await?;
        return Ok((StatusCode::CREATED, Json(json!({"receipt": receipt}))));
    }
    let today = record::today();
    if let Some(number) = row.get("applicant_id_no").and_then(Value::as_str) {
        let token = app.records.vault.token(secure::TokenKind::IdCard, number);
        let most = Numbers::of(&RegionCode::parse(&village)?, today).get(&mut tx, "self_report_per_person").await?;
        if store::recent(&mut tx, &token).await? >= most {
            return Err(Error::refused(
                "relapse.self_report_often",
                "近期已收到您的申报，请用原来的受理编号查询进度；有新的困难请联系村委会。",
            )
            .into());
        }
    }
    let receipt = rules::receipt(today, secure::random()?);
    row.insert("receipt_no".into(), receipt.clone().into());
    // the receipt is the system's; what the household wrote is held against the description all the same
    let saved = app.records.create(&mut tx, &d, &row, &Provenance { trusted: true, ..Provenance::default() }).await?;
    if let Some(o) = &once {
        o.end(&mut tx, saved.id).await?;
    }
    if let Some(f) = app.catalog.flow_of(&d.id) {
        app.flows.start(&mut tx, &f.id, saved.id).await?;
    }
    tx.commit().await?;
    app.audit.write(Line::of(&actor, Event::DataWrite, Action::Create, DATASET).object(saved.id).fields(ASKED)).await?;
    Ok((StatusCode::CREATED, Json(json!({"receipt": receipt}))))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    receipt: String,
    #[serde(default)]
    phone: String,
}

/// The standing of an application: receipt and telephone must belong together; anything else is not found.
async fn status(State(app): State<App>, origin: Origin, Json(a): Json<Asked>) -> Reply<Json<Value>> {
    within_limit("status", &origin)?;
    let unknown = || Error::not_found("relapse.no_receipt", "没有查到，请核对受理编号和申报时填写的手机号。");
    let receipt = a.receipt.trim().to_uppercase();
    if !rules::is_receipt(&receipt) {
        return Err(unknown().into());
    }
    let actor = system(&origin);
    let mut tx = app.db.begin(&actor).await?;
    let found = store::standing(&mut tx, &receipt).await?;
    tx.rollback().await?;
    let phone = base::phone::normalise_mobile(&a.phone);
    let s =
        found.filter(|s| s.phone.as_deref().is_some_and(|p| base::phone::normalise_mobile(p) == phone)).ok_or_else(unknown)?;
    let (state, text) = rules::told(s.accepted, s.clue_state.as_deref(), s.case_state.as_deref());
    app.audit.write(Line::of(&actor, Event::DataRead, Action::Read, DATASET).object(s.id).rows(1)).await?;
    Ok(Json(json!({"receipt": receipt, "state": state, "text": text, "at": s.at})))
}
