//! Statistics: the list, a table of five levels, the way to the records behind a figure, the workbook as a job.

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
use report::Reports;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/reports", get(list))
        .route("/reports/{id}", get(show))
        .route("/reports/{id}/export", post(export))
        .route("/reports/{id}/drill", get(drill))
}

#[derive(Deserialize, Serialize)]
struct Ask {
    region: Option<RegionCode>,
    /// `2026-11` or `202611`.
    period: Option<String>,
    #[serde(default)]
    key: String,
}

impl Ask {
    fn month(&self) -> Result<Option<Month>> {
        self.period.as_deref().filter(|p| !p.is_empty()).map(|p| Month::parse(&p.replace('-', ""))).transpose()
    }
}

async fn list(State(app): State<App>, who: Who) -> Json<Value> {
    Json(json!({"items": app.reports.list(&who.actor)}))
}

async fn show(State(app): State<App>, who: Who, Path(id): Path<String>, Query(ask): Query<Ask>) -> Reply<Json<Value>> {
    let mut tx = app.db.begin(&who.actor).await?;
    let table = app.reports.run(&mut tx, &id, ask.region.as_ref(), ask.month()?).await?;
    tx.rollback().await?;
    app.audit.write(line(&who.actor, Event::Report, Action::Read, &id, None).rows(table.rows.len() as i64)).await?;
    Ok(Json(json!(table)))
}

async fn drill(State(app): State<App>, who: Who, Path(id): Path<String>, Query(ask): Query<Ask>) -> Reply<Json<Value>> {
    let region = ask.region.clone().unwrap_or_else(|| who.actor.region.clone());
    Ok(Json(json!(app.reports.drill(&who.actor, &id, &region, &ask.key, ask.month()?)?)))
}

async fn export(
    State(app): State<App>,
    who: Who,
    Path(id): Path<String>,
    Json(ask): Json<Ask>,
) -> Reply<(StatusCode, Json<Value>)> {
    let known = app.reports.list(&who.actor).into_iter().find(|r| r.id == id);
    let report = known.ok_or_else(|| Error::not_found("report.not_found", "没有这张统计表，请从“统计报表”重新进入。"))?;
    ask.month()?;
    let payload = json!({"report": id, "ask": ask});
    let job = app.jobs.enqueue(&who.actor, EXPORT, &format!("导出 {}", report.title), payload).await?;
    app.audit.write(line(&who.actor, Event::Export, Action::Download, &id, None)).await?;
    Ok((StatusCode::ACCEPTED, Json(json!(app.jobs.get(&who.actor, job).await?))))
}

/// Kind of the job that writes a report's workbook.
pub const EXPORT: &str = "report.export";

/// The work behind [`EXPORT`].
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
        let table = self.reports.run(&mut tx, &id, ask.region.as_ref(), ask.month()?).await?;
        tx.rollback().await?;
        run.progress.set(70.0, "写入工作簿");
        let (mark, title) = (mark(&run.actor, run.id), table.title.clone());
        let made = tokio::task::spawn_blocking(move || -> Result<tempfile::NamedTempFile> {
            let file = tempfile::Builder::new().suffix(".xlsx").tempfile()?;
            report::to_xlsx(&table, Some(mark), file.path())?;
            Ok(file)
        })
        .await
        .map_err(Error::internal)??;
        let file = self.files.save_made(&run.actor, NewFile::job_result(&run.actor, &format!("{title}.xlsx")), made).await?;
        Ok(Outcome::new("统计表已导出，可在结果中下载。", json!({"download": format!("/api/v1/files/{}", file.id)})))
    }
    fn restartable(&self) -> bool {
        true
    }
}

fn mark(actor: &Actor, job: Uuid) -> sheet::out::Mark {
    let now = chrono::Utc::now() + chrono::Duration::hours(8);
    sheet::out::Mark {
        unit: actor.region.to_string(),
        account: actor.name.clone(),
        time: now.format("%Y-%m-%d %H:%M").to_string(),
        number: job.simple().to_string()[..12].to_uppercase(),
    }
}
