//! Endpoints of the weekly delivery: list, upload, detail, rows behind a figure, report, decision, application, roll-back.
//! Who may what stands in the description of the package; rows are narrowed to the reader's regions and masked.

use super::{PACKAGE, exchange};
use ::http::{App, Reply, Who};
use audit::{Action, Event, Line};
use axum::body::Body;
use axum::extract::{Multipart, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base::{Actor, Error, RegionCode, Result};
use exchange::{Asked, Batch};
use files::NewFile;
use meta::PackageRoles;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

const BATCH: &str = "registry.sync_batch";

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/registry/sync/batches", get(list).post(upload))
        .route("/registry/sync/batches/{no}", get(detail))
        .route("/registry/sync/batches/{no}/rows", get(rows))
        .route("/registry/sync/batches/{no}/problems", get(problems))
        .route("/registry/sync/batches/{no}/report", get(report))
        .route("/registry/sync/batches/{no}/approve", post(approve))
        .route("/registry/sync/batches/{no}/refuse", post(refuse))
        .route("/registry/sync/batches/{no}/apply", post(apply))
        .route("/registry/sync/batches/{no}/reread", post(reread))
        .route("/registry/sync/batches/{no}/rollback", post(rollback))
}

/// What the role of the actor may do.
fn may(app: &App, actor: &Actor, list: impl Fn(&PackageRoles) -> &Vec<String>) -> Result<bool> {
    Ok(list(&exchange(app).package(PACKAGE)?.roles).contains(&actor.role))
}

fn allow(app: &App, actor: &Actor, what: &str, list: impl Fn(&PackageRoles) -> &Vec<String>) -> Result<()> {
    if may(app, actor, list)? {
        return Ok(());
    }
    Err(Error::forbidden("registry.sync_not_allowed", format!("您的岗位不能{what}，请切换岗位或联系省级管理员。")))
}

fn line(actor: &Actor, event: Event, action: Action, no: &str) -> Result<Line> {
    Ok(Line::of(actor, event, action, BATCH).object(audit::ObjectId::code(no)?))
}

#[derive(Deserialize)]
struct Page {
    before: Option<String>,
}

async fn list(State(app): State<App>, who: Who, Query(page): Query<Page>) -> Reply<Json<Value>> {
    allow(&app, &who.actor, "查看数据同步", |r| &r.read)?;
    let items = exchange(&app).list(&who.actor, PACKAGE, page.before.as_deref()).await?;
    let next = (items.len() == 50).then(|| items.last().map(|b| b.no.clone())).flatten();
    app.audit.write(Line::of(&who.actor, Event::DataRead, Action::Read, BATCH).rows(items.len() as i64)).await?;
    Ok(Json(json!({ "items": items, "next": next, "can": { "upload": may(&app, &who.actor, |r| &r.upload)? } })))
}

/// Several files of one form, or one archive.
async fn upload(State(app): State<App>, who: Who, mut form: Multipart) -> Reply<(StatusCode, Json<Value>)> {
    allow(&app, &who.actor, "上传全国系统导出", |r| &r.upload)?;
    let broken = |e: axum::extract::multipart::MultipartError| {
        Error::invalid("http.upload", "上传中断或格式有误，请重新选择文件上传。").because(e)
    };
    let mut saved = Vec::new();
    while let Some(part) = form.next_field().await.map_err(broken)? {
        let Some(name) = part.file_name().map(str::to_owned) else { continue };
        if saved.len() == 500 {
            return Err(Error::invalid("registry.sync_many_files", "一次最多上传 500 个文件，请压成一个 zip 后上传。").into());
        }
        saved.push(app.files.save(&who.actor, NewFile::import(&who.actor, &name), part).await?);
    }
    let (no, job) = exchange(&app).receive(&who.actor, PACKAGE, &saved, "1").await?;
    app.audit.write(line(&who.actor, Event::Import, Action::Create, &no)?.rows(saved.len() as i64)).await?;
    Ok((StatusCode::ACCEPTED, Json(json!(job))))
}

async fn detail(State(app): State<App>, who: Who, Path(no): Path<String>) -> Reply<Json<Value>> {
    allow(&app, &who.actor, "查看数据同步", |r| &r.read)?;
    let x = exchange(&app);
    let b = x.find(&no).await?;
    let counts = x.counts(&who.actor, &no).await?;
    let name = |code: &str| x.ground.name(code);
    let mut counties: BTreeMap<&str, Vec<&exchange::CountLine>> = BTreeMap::new();
    for c in &counts {
        counties.entry(&c.region_code).or_default().push(c);
    }
    let (mut shown, mut held) = (Vec::new(), Vec::new());
    for (code, lines) in &counties {
        let sum = |f: fn(&exchange::CountLine) -> i64| lines.iter().map(|c| f(c)).sum::<i64>();
        let why: Vec<&str> = lines.iter().filter_map(|c| c.hold_reason.as_deref()).collect();
        let reason = (!why.is_empty()).then(|| why.join("；"));
        if let Some(r) = &reason {
            held.push(json!({"region_code": code, "region_name": name(code), "reason": r}));
        }
        shown.push(json!({"region_code": code, "region_name": name(code), "added": sum(|c| c.added), "changed": sum(|c| c.changed),
            "removed": sum(|c| c.gone), "problems": sum(|c| c.problems), "held": i32::from(reason.is_some()), "hold_reason": reason,
            "applied": lines.iter().any(|c| c.applied_at.is_some()), "rolled_back": lines.iter().any(|c| c.rolled_back_at.is_some()),
            "kept": sum(|c| c.kept)}));
    }
    let mut datasets: Vec<Value> = Vec::new();
    for d in app.catalog.feeds().filter(|f| f.package == PACKAGE) {
        let sum = |f: &dyn Fn(&exchange::CountLine) -> i64| counts.iter().filter(|c| c.dataset == d.id).map(f).sum::<i64>();
        let rows = sum(&|c| c.rows);
        if rows == 0 && sum(&|c| c.gone) == 0 {
            continue;
        }
        datasets.push(json!({"dataset": d.id, "title": x.title(&d.id)?, "rows": rows, "present": sum(&|c| c.present), "added": sum(&|c| c.added),
            "changed": sum(&|c| c.changed), "gone": sum(&|c| c.gone), "problems": sum(&|c| c.problems), "kept": sum(&|c| c.kept)}));
    }
    let see_rows = may(&app, &who.actor, |r| &r.rows)?;
    let fields = if see_rows { x.fields(&who.actor, &no).await? } else { vec![] };
    let mut differences = Vec::new();
    for f in fields {
        let d = app.records.dataset(&f.dataset)?;
        let label = d.field(&f.field).map_or(if f.field == "region_code" { "区划" } else { &f.field }, |x| &x.label);
        differences.push(json!({"dataset": f.dataset, "title": d.title, "field": f.field, "label": label, "count": f.count}));
    }
    let decide = may(&app, &who.actor, |r| &r.decide)?;
    let mine = b.created_by == who.actor.user_id;
    let open = matches!(b.state.as_str(), "waiting" | "held");
    let can = json!({
        "approve": decide && open && !mine,
        "refuse": decide && open,
        "apply": decide && b.state == "approved" && !b.message.is_empty(),
        "rollback": decide && (b.state == "applied" || (b.state == "approved" && !b.message.is_empty())),
        "reread": mine && (open || b.state == "failed"),
        "rows": see_rows,
    });
    let why_not = (decide && open && mine).then_some("上传和审定不能是同一个人，请由另一位有权限的人员审定。");
    app.audit.write(line(&who.actor, Event::DataRead, Action::Read, &no)?).await?;
    Ok(Json(json!({"batch": b, "files": x.files_of(&no).await?, "counties": shown, "held": held, "datasets": datasets,
        "differences": differences, "can": can, "why_not": why_not})))
}

#[derive(Deserialize)]
struct RowsAsk {
    dataset: String,
    verb: Option<String>,
    field: Option<String>,
    region: Option<String>,
    after: Option<Uuid>,
    limit: Option<i64>,
}

async fn rows(State(app): State<App>, who: Who, Path(no): Path<String>, Query(ask): Query<RowsAsk>) -> Reply<Json<Value>> {
    allow(&app, &who.actor, "查看差异明细", |r| &r.rows)?;
    let region = ask.region.as_deref().filter(|t| !t.is_empty()).map(RegionCode::parse).transpose()?;
    if let Some(v) = ask.verb.as_deref()
        && !["new", "changed", "gone"].contains(&v)
    {
        return Err(Error::invalid("registry.sync_verb", "差异的种类只有新增、变更、减少，请从页面上选择。").into());
    }
    let asked = Asked {
        dataset: ask.dataset,
        verb: ask.verb,
        field: ask.field,
        region,
        after: ask.after,
        limit: ask.limit.unwrap_or(50),
    };
    let page = exchange(&app).rows(&who.actor, &no, &asked).await?;
    app.audit.write(line(&who.actor, Event::DataRead, Action::Read, &no)?.rows(page.items.len() as i64)).await?;
    Ok(Json(json!(page)))
}

#[derive(Deserialize)]
struct ProblemsAsk {
    after: Option<i64>,
    limit: Option<i64>,
}

async fn problems(
    State(app): State<App>,
    who: Who,
    Path(no): Path<String>,
    Query(ask): Query<ProblemsAsk>,
) -> Reply<Json<Value>> {
    allow(&app, &who.actor, "查看问题行", |r| &r.rows)?;
    let x = exchange(&app);
    x.find(&no).await?;
    let limit = ask.limit.unwrap_or(100).clamp(1, 500);
    let found = x.problems(&who.actor, &no, ask.after.unwrap_or(0), limit).await?;
    let next = (found.len() as i64 == limit).then(|| found.last().map(|p| p.id)).flatten();
    let items: Vec<Value> = found
        .iter()
        .map(|p| {
            let mut v = json!(p);
            v["region_name"] = x.ground.name(&p.region_code).into();
            v
        })
        .collect();
    app.audit.write(line(&who.actor, Event::DataRead, Action::Read, &no)?.rows(items.len() as i64)).await?;
    Ok(Json(json!({ "items": items, "next": next })))
}

/// The report as a workbook.
async fn report(State(app): State<App>, who: Who, Path(no): Path<String>) -> Reply<Response> {
    allow(&app, &who.actor, "下载同步差异报告", |r| &r.rows)?;
    let x = exchange(&app);
    let now = chrono::Utc::now() + chrono::Duration::hours(8);
    let mark = sheet::Mark {
        unit: x.ground.name(who.actor.region.as_str()),
        account: who.actor.name.clone(),
        time: now.format("%Y-%m-%d %H:%M").to_string(),
        number: secure::mark::export_no(now.date_naive())?,
    };
    let file = tempfile::Builder::new().suffix(".xlsx").tempfile()?;
    x.report(&who.actor, &no, mark, file.path()).await?;
    let bytes = tokio::fs::read(file.path()).await?;
    app.audit.write(line(&who.actor, Event::Export, Action::Download, &no)?).await?;
    let name: String = format!("同步差异报告_{no}.xlsx").bytes().map(|b| format!("%{b:02X}")).collect();
    let headers = [
        (header::CONTENT_TYPE, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename*=UTF-8''{name}")),
    ];
    Ok((headers, Body::from(bytes)).into_response())
}

#[derive(Deserialize)]
struct Decision {
    #[serde(default)]
    opinion: String,
}

async fn approve(
    State(app): State<App>,
    who: Who,
    Path(no): Path<String>,
    Json(d): Json<Decision>,
) -> Reply<(StatusCode, Json<Value>)> {
    allow(&app, &who.actor, "审定同步批次", |r| &r.decide)?;
    let job = exchange(&app).approve(&who.actor, &no, &d.opinion).await?;
    app.audit.write(line(&who.actor, Event::DataWrite, Action::Approve, &no)?).await?;
    Ok((StatusCode::ACCEPTED, Json(json!(job))))
}

async fn refuse(State(app): State<App>, who: Who, Path(no): Path<String>, Json(d): Json<Decision>) -> Reply<Json<Batch>> {
    allow(&app, &who.actor, "退回同步批次", |r| &r.decide)?;
    let b = exchange(&app).refuse(&who.actor, &no, &d.opinion).await?;
    app.audit.write(line(&who.actor, Event::DataWrite, Action::Reject, &no)?).await?;
    Ok(Json(b))
}

async fn apply(State(app): State<App>, who: Who, Path(no): Path<String>) -> Reply<(StatusCode, Json<Value>)> {
    allow(&app, &who.actor, "继续入库", |r| &r.decide)?;
    let job = exchange(&app).apply(&who.actor, &no).await?;
    app.audit.write(line(&who.actor, Event::DataWrite, Action::Execute, &no)?).await?;
    Ok((StatusCode::ACCEPTED, Json(json!(job))))
}

async fn reread(State(app): State<App>, who: Who, Path(no): Path<String>) -> Reply<(StatusCode, Json<Value>)> {
    allow(&app, &who.actor, "重新比对", |r| &r.upload)?;
    let job = exchange(&app).read_again(&who.actor, &no).await?;
    app.audit.write(line(&who.actor, Event::Import, Action::Execute, &no)?).await?;
    Ok((StatusCode::ACCEPTED, Json(json!(job))))
}

async fn rollback(
    State(app): State<App>,
    who: Who,
    Path(no): Path<String>,
    Json(d): Json<Decision>,
) -> Reply<(StatusCode, Json<Value>)> {
    allow(&app, &who.actor, "回退同步批次", |r| &r.decide)?;
    let job = exchange(&app).roll_back(&who.actor, &no, &d.opinion).await?;
    app.audit.write(line(&who.actor, Event::DataWrite, Action::Disable, &no)?).await?;
    Ok((StatusCode::ACCEPTED, Json(json!(job))))
}
