//! `POST /relapse/print`: a printed form of chosen households as a job.

use super::job::{KIND, MOST};
use ::http::{App, Reply, Who};
use audit::{Action, Event, Line};
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use base::Error;
use meta::Verb;
use record::ListQuery;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/relapse/print", post(print))
}

#[derive(Deserialize)]
struct Ask {
    /// `check` 信息对照表, `income` 收入信息采集表.
    form: String,
    /// `docx` or `xlsx`.
    format: String,
    #[serde(default)]
    ids: Vec<Uuid>,
    /// Filters of the list of households, when no ids are given.
    #[serde(default)]
    query: BTreeMap<String, String>,
}

async fn print(State(app): State<App>, who: Who, Json(ask): Json<Ask>) -> Reply<(StatusCode, Json<Value>)> {
    let d = app.records.dataset("registry.household")?.clone();
    app.records.allow(&who.actor, &d, Verb::Export)?;
    let title = match ask.form.as_str() {
        "check" => "信息对照表",
        "income" => "收入信息采集表",
        _ => return Err(Error::invalid("relapse.print_form", "请选择要打印的表：信息对照表或收入信息采集表。").into()),
    };
    if !matches!(ask.format.as_str(), "docx" | "xlsx") {
        return Err(Error::invalid("relapse.print_format", "请选择文件格式：Word 或 Excel。").into());
    }
    if ask.ids.len() > MOST {
        return Err(Error::refused("relapse.print_too_many", format!("一个文件最多 {MOST} 户，请分批打印。")).into());
    }
    let pairs: Vec<(String, String)> = ask.query.into_iter().collect();
    ListQuery::read(&app.catalog, &d, &pairs)?;
    let payload = json!({"form": ask.form, "format": ask.format, "ids": ask.ids, "query": pairs});
    let job = app.jobs.enqueue(&who.actor, KIND, &format!("打印 {title}"), payload).await?;
    app.audit.write(Line::of(&who.actor, Event::Export, Action::Download, "relapse.print")).await?;
    Ok((StatusCode::ACCEPTED, Json(json!(app.jobs.get(&who.actor, job).await?))))
}
