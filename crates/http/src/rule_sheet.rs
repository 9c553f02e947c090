//! Rules as a sheet: the rules that count as a workbook, a workbook held against them, several editions submitted or released at once.
//! Must not know a rule.

use crate::app::App;
use crate::gate::Who;
use crate::problem::Reply;
use crate::quality::allow;
use crate::records::line;
use ::quality::edit::Draft;
use ::quality::sheets::{Comparison, Line};
use audit::{Action, Event};
use axum::extract::{Multipart, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base::{Error, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use sheet::{Book, Column, Header, OutCell, OutKind, Want, Writer};
use std::io::Write;
use std::path::Path;

/// Largest sheet of rules, in bytes.
const MOST: usize = 5 << 20;

/// Key, heading, other spellings, whether a sheet must have it, width.
const COLUMNS: [(&str, &str, &[&str], bool, f64); 10] = [
    ("rule_id", "规则号", &["规则编号", "编号"], true, 12.0),
    ("view", "对象", &["评估对象", "实体"], true, 18.0),
    ("title", "名称", &["规则名称", "规则"], true, 34.0),
    ("severity", "级别", &["严重级别"], true, 8.0),
    ("scope", "适用范围", &["范围"], false, 14.0),
    ("expr", "条件", &["条件表达式", "表达式"], true, 70.0),
    ("tell", "提示语", &["提示"], true, 50.0),
    ("at", "改正字段", &["字段"], true, 18.0),
    ("src", "公开规则号", &["国家规则号", "原规则号"], false, 16.0),
    ("basis", "出处", &["依据"], false, 30.0),
];

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/quality/rules/sheet", get(download).post(compare))
        .route("/quality/rules/batch", post(submit))
        .route("/quality/rules/release", post(release))
}

async fn download(State(app): State<App>, who: Who) -> Reply<Response> {
    allow(&app, &who.actor, "rule_readers", "查看质量规则")?;
    let mut tx = app.db.begin(&who.actor).await?;
    let all = app.quality.list(&mut tx).await?;
    tx.rollback().await?;
    let words = app.quality.vocabulary();
    let views = words["views"].as_array().cloned().unwrap_or_default();
    let name_of = |id: &str| {
        let v = views.iter().find(|v| v["id"] == *id);
        v.and_then(|v| v["title"].as_str()).unwrap_or(id).to_owned()
    };
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let grade = |v: &Value| match v.as_str() {
        Some("E") => "错误",
        Some("S") => "疑似",
        _ => "提示",
    };
    let rules: Vec<[String; 10]> = all["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|r| {
            COLUMNS.map(|(key, ..)| match key {
                "view" => name_of(r["view"].as_str().unwrap_or_default()),
                "severity" => grade(&r["severity"]).to_owned(),
                "basis" => text(&r["source"]),
                key => text(&r[key]),
            })
        })
        .collect();
    let rows = rules.len() as i64;
    let bytes = tokio::task::spawn_blocking(move || -> Result<Vec<u8>> {
        let columns = COLUMNS.map(|(_, label, _, _, width)| Column { width: Some(width), ..Column::new(label, OutKind::Text) });
        let mut out = Writer::new("质量规则", columns.to_vec(), None)?;
        for r in rules {
            out.row(&mut r.map(OutCell::Text))?;
        }
        let file = tempfile::Builder::new().suffix(".xlsx").tempfile()?;
        out.finish(file.path())?;
        Ok(std::fs::read(file.path())?)
    })
    .await
    .map_err(Error::internal)??;
    app.audit.write(line(&who.actor, Event::Export, Action::Download, "quality.rule_edition", None).rows(rows)).await?;
    let name = "%E8%B4%A8%E9%87%8F%E8%A7%84%E5%88%99.xlsx";
    let heads = [
        (header::CONTENT_TYPE, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename*=UTF-8''{name}")),
    ];
    Ok((heads, bytes).into_response())
}

async fn compare(State(app): State<App>, who: Who, mut form: Multipart) -> Reply<Json<Comparison>> {
    allow(&app, &who.actor, "rule_writers", "编写质量规则")?;
    let broken = |e: axum::extract::multipart::MultipartError| {
        Error::invalid("http.upload", "上传中断或格式有误，请重新选择文件上传。").because(e)
    };
    let mut file: Option<(String, Vec<u8>)> = None;
    while let Some(part) = form.next_field().await.map_err(broken)? {
        let Some(name) = part.file_name().map(str::to_owned) else { continue };
        let bytes = part.bytes().await.map_err(broken)?;
        if bytes.len() > MOST {
            return Err(Error::invalid("quality.sheet_large", "规则表超过 5 MB，请删去无关的工作表和图片后再上传。").into());
        }
        file = Some((name, bytes.to_vec()));
    }
    let (name, bytes) = file.ok_or_else(|| Error::invalid("http.no_file", "没有收到文件，请选择规则表后上传。"))?;
    let lines = tokio::task::spawn_blocking(move || read(&name, &bytes)).await.map_err(Error::internal)??;
    let mut tx = app.db.begin(&who.actor).await?;
    let all = app.quality.compare_sheet(&mut tx, lines).await?;
    tx.rollback().await?;
    app.audit
        .write(line(&who.actor, Event::Import, Action::Read, "quality.rule_edition", None).rows(all.rows.len() as i64))
        .await?;
    Ok(Json(all))
}

fn read(name: &str, bytes: &[u8]) -> Result<Vec<Line>> {
    let suffix = Path::new(name).extension().and_then(|e| e.to_str()).map_or_else(|| ".xlsx".to_owned(), |e| format!(".{e}"));
    let mut file = tempfile::Builder::new().suffix(&suffix).tempfile()?;
    file.write_all(bytes)?;
    let mut book = Book::open(file.path())?;
    let wants: Vec<Want> = COLUMNS
        .iter()
        .map(|(key, label, others, required, _)| others.iter().fold(Want::new(*key, *label, *required), |w, o| w.or(*o)))
        .collect();
    let header = Header::find(&mut book, None, &wants)?;
    let mut lines = Vec::new();
    book.rows(&header.sheet, |row| {
        if row.number > header.row && !row.is_empty() {
            let text = |key: &str| {
                let cell = header.column(key).and_then(|c| row.get(c));
                cell.map(|c| c.show().trim().to_owned()).unwrap_or_default()
            };
            lines.push(Line {
                row: row.number,
                rule_id: text("rule_id"),
                view: text("view"),
                title: text("title"),
                severity: text("severity"),
                scope: text("scope"),
                expr: text("expr"),
                tell: text("tell"),
                at: text("at"),
                src: text("src"),
                basis: text("basis"),
            });
        }
        Ok(true)
    })?;
    Ok(lines)
}

#[derive(Deserialize)]
struct Drafts {
    rules: Vec<Draft>,
}

async fn submit(State(app): State<App>, who: Who, Json(d): Json<Drafts>) -> Reply<(StatusCode, Json<Value>)> {
    allow(&app, &who.actor, "rule_writers", "编写质量规则")?;
    let mut tx = app.db.begin(&who.actor).await?;
    let made = app.quality.submit_all(&mut tx, &d.rules).await?;
    tx.commit().await?;
    let written = line(&who.actor, Event::DataWrite, Action::Create, "quality.rule_edition", None).rows(made.len() as i64);
    app.audit.write(written).await?;
    Ok((StatusCode::CREATED, Json(json!({ "items": made }))))
}

#[derive(Deserialize)]
struct Chosen {
    rules: Vec<String>,
}

async fn release(State(app): State<App>, who: Who, Json(c): Json<Chosen>) -> Reply<Json<Value>> {
    allow(&app, &who.actor, "rule_releasers", "发布质量规则")?;
    let mut tx = app.db.begin(&who.actor).await?;
    let done = app.quality.release_all(&mut tx, &c.rules).await?;
    tx.commit().await?;
    let written = line(&who.actor, Event::DataWrite, Action::Approve, "quality.rule_edition", None).rows(done.len() as i64);
    app.audit.write(written).await?;
    Ok(Json(json!({ "items": done })))
}
