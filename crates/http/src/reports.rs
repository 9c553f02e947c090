//! Statistics: the list, a table of five levels, the way to the records behind a figure, the workbook as a job; bulletins over them.

use crate::app::App;
use crate::gate::Who;
use crate::problem::Reply;
use crate::records::line;
use async_trait::async_trait;
use audit::{Action, Event};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use base::month::Month;
use base::{Actor, Error, RegionCode, Result};
use files::{Files, NewFile};
use jobs::{Handler, Outcome, Run};
use report::{Compare, Reports};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/reports", get(list))
        .route("/reports/{id}", get(show))
        .route("/reports/{id}/export", post(export))
        .route("/reports/{id}/drill", get(drill))
        .route("/bulletins", get(bulletins))
        .route("/bulletins/{id}", get(compose))
        .route("/bulletins/{id}/export", post(export_bulletin))
}

#[derive(Deserialize, Serialize)]
struct Ask {
    region: Option<RegionCode>,
    /// `2026-11` or `202611`.
    period: Option<String>,
    /// Key of a dimension, for rows other than regions.
    by: Option<String>,
    /// Key of a dimension of which one value is looked at.
    only: Option<String>,
    #[serde(default)]
    only_value: String,
    /// `month` or `year`.
    compare: Option<Compare>,
    #[serde(default)]
    key: String,
    /// The row whose records are asked for, where rows are of the dimension `by`.
    #[serde(default)]
    value: String,
}

impl Ask {
    fn ask(&self) -> Result<report::Ask> {
        let period = self.period.as_deref().filter(|p| !p.is_empty());
        Ok(report::Ask {
            region: self.region.clone(),
            period: period.map(|p| Month::parse(&p.replace('-', ""))).transpose()?,
            by: self.by.clone(),
            only: self.only.clone().map(|key| (key, self.only_value.clone())),
            compare: self.compare,
        })
    }
}

async fn list(State(app): State<App>, who: Who) -> Json<Value> {
    Json(json!({"items": app.reports.list(&who.actor)}))
}

async fn show(State(app): State<App>, who: Who, Path(id): Path<String>, Query(ask): Query<Ask>) -> Reply<Json<Value>> {
    let mut tx = app.db.begin(&who.actor).await?;
    let table = app.reports.run(&mut tx, &id, &ask.ask()?).await?;
    tx.rollback().await?;
    app.audit.write(line(&who.actor, Event::Report, Action::Read, &id, None).rows(table.rows.len() as i64)).await?;
    Ok(Json(json!(table)))
}

async fn drill(State(app): State<App>, who: Who, Path(id): Path<String>, Query(ask): Query<Ask>) -> Reply<Json<Value>> {
    Ok(Json(json!(app.reports.drill(&who.actor, &id, &ask.key, &ask.ask()?, &ask.value)?)))
}

async fn export(
    State(app): State<App>,
    who: Who,
    Path(id): Path<String>,
    Json(ask): Json<Ask>,
) -> Reply<(StatusCode, Json<Value>)> {
    let known = app.reports.list(&who.actor).into_iter().find(|r| r.id == id);
    let report = known.ok_or_else(|| Error::not_found("report.not_found", "没有这张统计表，请从“统计报表”重新进入。"))?;
    ask.ask()?;
    let payload = json!({"report": id, "ask": ask});
    let job = app.jobs.enqueue(&who.actor, EXPORT, &format!("导出 {}", report.title), payload).await?;
    app.audit.write(line(&who.actor, Event::Export, Action::Download, &id, None)).await?;
    Ok((StatusCode::ACCEPTED, Json(json!(app.jobs.get(&who.actor, job).await?))))
}

async fn bulletins(State(app): State<App>, who: Who) -> Json<Value> {
    Json(json!({"items": app.reports.bulletins(&who.actor)}))
}

async fn compose(State(app): State<App>, who: Who, Path(id): Path<String>, Query(ask): Query<Ask>) -> Reply<Json<Value>> {
    let ask = ask.ask()?;
    let mut tx = app.db.begin(&who.actor).await?;
    let made = app.reports.compose(&mut tx, &id, ask.region.as_ref(), ask.period).await?;
    tx.rollback().await?;
    app.audit.write(line(&who.actor, Event::Report, Action::Read, &id, None)).await?;
    Ok(Json(json!(made)))
}

async fn export_bulletin(
    State(app): State<App>,
    who: Who,
    Path(id): Path<String>,
    Json(ask): Json<Ask>,
) -> Reply<(StatusCode, Json<Value>)> {
    let known = app.reports.bulletins(&who.actor).into_iter().find(|b| b.id == id);
    let sentence = "没有这种通报，请从“通报与分析报告”重新进入。";
    let bulletin = known.ok_or_else(|| Error::not_found("report.no_bulletin", sentence))?;
    ask.ask()?;
    let payload = json!({"bulletin": id, "ask": ask});
    let job = app.jobs.enqueue(&who.actor, BULLETIN, &format!("编制 {}", bulletin.title), payload).await?;
    app.audit.write(line(&who.actor, Event::Export, Action::Download, &id, None)).await?;
    Ok((StatusCode::ACCEPTED, Json(json!(app.jobs.get(&who.actor, job).await?))))
}

/// Kind of the job that writes a bulletin as a Word document.
pub const BULLETIN: &str = "report.bulletin";

/// The work behind [`BULLETIN`].
pub struct BulletinExport(pub ReportExport);

#[async_trait]
impl Handler for BulletinExport {
    async fn run(&self, run: &Run) -> Result<Outcome> {
        let id = run.payload["bulletin"].as_str().unwrap_or_default().to_owned();
        let ask: Ask = serde_json::from_value(run.payload["ask"].clone())?;
        let ask = ask.ask()?;
        run.progress.set(10.0, "统计");
        let mut tx = self.0.db.begin(&run.actor).await?;
        let made = self.0.reports.compose(&mut tx, &id, ask.region.as_ref(), ask.period).await?;
        tx.rollback().await?;
        run.progress.set(80.0, "写入文档");
        let (mark, title) = (mark(&run.actor, &made.region_name)?, made.title.clone());
        let number = mark.number.clone();
        let file = tokio::task::spawn_blocking(move || -> Result<tempfile::NamedTempFile> {
            let file = tempfile::Builder::new().suffix(".docx").tempfile()?;
            report::bulletin::to_docx(&made, &mark, file.path())?;
            Ok(file)
        })
        .await
        .map_err(Error::internal)??;
        let new = NewFile::job_result(&run.actor, &format!("{title}-{number}.docx"));
        let file = self.0.files.save_made(&run.actor, new, file).await?;
        Ok(Outcome::new(
            "通报已编制，可在结果中下载。",
            json!({"download": format!("/api/v1/files/{}", file.id), "export_no": number}),
        ))
    }
    fn restartable(&self) -> bool {
        true
    }
}

/// Kind of the job that writes a report's workbook.
pub const EXPORT: &str = "report.export";

/// The work behind [`EXPORT`].
#[derive(Clone)]
pub struct ReportExport {
    pub db: store::Db,
    pub reports: Reports,
    pub files: Files,
}

#[async_trait]
impl Handler for ReportExport {
    async fn run(&self, run: &Run) -> Result<Outcome> {
        let id = run.payload["report"].as_str().unwrap_or_default().to_owned();
        let ask: Ask = serde_json::from_value(run.payload["ask"].clone())?;
        run.progress.set(10.0, "统计");
        let mut tx = self.db.begin(&run.actor).await?;
        let table = self.reports.run(&mut tx, &id, &ask.ask()?).await?;
        tx.rollback().await?;
        run.progress.set(70.0, "写入工作簿");
        let (mark, title) = (mark(&run.actor, &table.region_name)?, table.title.clone());
        let number = mark.number.clone();
        let made = tokio::task::spawn_blocking(move || -> Result<tempfile::NamedTempFile> {
            let file = tempfile::Builder::new().suffix(".xlsx").tempfile()?;
            report::to_xlsx(&table, Some(mark), file.path())?;
            Ok(file)
        })
        .await
        .map_err(Error::internal)??;
        let file =
            self.files.save_made(&run.actor, NewFile::job_result(&run.actor, &format!("{title}-{number}.xlsx")), made).await?;
        Ok(Outcome::new(
            "统计表已导出，可在结果中下载。",
            json!({"download": format!("/api/v1/files/{}", file.id), "export_no": number}),
        ))
    }
    fn restartable(&self) -> bool {
        true
    }
}

/// The visible mark of what leaves the system, with a number of its own.
fn mark(actor: &Actor, unit: &str) -> Result<sheet::out::Mark> {
    let now = chrono::Utc::now();
    Ok(sheet::out::Mark {
        unit: unit.to_owned(),
        account: actor.name.clone(),
        time: report::rules::local_text(now),
        number: secure::mark::export_no(now.date_naive())?,
    })
}
