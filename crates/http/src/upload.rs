//! What people send as files: attachments of a row, workbooks to import, templates to fill in.

use crate::app::App;
use crate::gate::Who;
use crate::once::Sent;
use crate::problem::Reply;
use crate::records::{allowed, line};
use audit::{Action, Event};
use axum::body::Body;
use axum::extract::{Multipart, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base::{Actor, Error, RegionCode, Result};
use files::{FileRow, NewFile};
use meta::{Kind, Verb};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/{module}/{dataset}/import", post(import_rows))
        .route("/{module}/{dataset}/{id}/attachments", post(attach))
}

/// Streams the one file of a form into the store; the other fields come back as text.
pub async fn take_file(
    app: &App,
    actor: &Actor,
    mut form: Multipart,
    make: impl Fn(&str, &BTreeMap<String, String>) -> Result<NewFile>,
) -> Result<(FileRow, BTreeMap<String, String>)> {
    let broken = |e: axum::extract::multipart::MultipartError| {
        if e.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return Error::invalid("http.too_large", "文件超过 200 MB，请拆分成几个文件后再上传。").because(e);
        }
        Error::invalid("http.upload", "上传中断或格式有误，请重新选择文件上传。").because(e)
    };
    let mut texts = BTreeMap::new();
    let mut saved: Option<FileRow> = None;
    while let Some(part) = form.next_field().await.map_err(broken)? {
        let name = part.name().unwrap_or_default().to_owned();
        match part.file_name().map(str::to_owned) {
            Some(_) if saved.is_some() => {
                if let Some(first) = saved {
                    app.files.delete(actor, first.id).await?;
                }
                return Err(Error::invalid("http.two_files", "一次只能上传一个文件，请只选择一个后重新上传。"));
            }
            Some(file_name) => {
                let new = make(&file_name, &texts)?;
                saved = Some(app.files.save(actor, new, part).await?);
            }
            None => {
                texts.insert(name, part.text().await.map_err(broken)?);
            }
        }
    }
    let saved = saved.ok_or_else(|| Error::invalid("http.no_file", "没有收到文件，请选择文件后再上传。"))?;
    Ok((saved, texts))
}

async fn import_rows(
    State(app): State<App>,
    who: Who,
    Path((m, n)): Path<(String, String)>,
    form: Multipart,
) -> Reply<(StatusCode, Json<Value>)> {
    let d = allowed(&app, &who.actor, &m, &n, Verb::Import)?;
    let (file, texts) = take_file(&app, &who.actor, form, |name, _| Ok(NewFile::import(&who.actor, name))).await?;
    let payload = sheet::import::payload(&d.id, file.id, texts.get("sheet").map(String::as_str));
    let id = app.jobs.enqueue(&who.actor, "sheet.import", &format!("导入 {}", d.title), payload).await?;
    app.audit.write(line(&who.actor, Event::Import, Action::Create, &d.id, Some(file.id))).await?;
    Ok((StatusCode::ACCEPTED, Json(json!(app.jobs.get(&who.actor, id).await?))))
}

async fn attach(
    State(app): State<App>,
    who: Who,
    Path((m, n, id)): Path<(String, String, Uuid)>,
    sent: Sent,
    form: Multipart,
) -> Reply<(StatusCode, Json<Value>)> {
    let d = allowed(&app, &who.actor, &m, &n, Verb::Update)?;
    let mut tx = app.db.begin(&who.actor).await?;
    let row = app.records.get_to_write(&mut tx, &d, id).await?;
    tx.rollback().await?;
    let region = RegionCode::parse(row.get("region_code").and_then(Value::as_str).unwrap_or_default())?;
    let (file, _) = take_file(&app, &who.actor, form, |name, texts| {
        let field = texts.get("field").map(String::as_str).unwrap_or_default();
        let known = d.field(field).filter(|f| f.kind == Kind::Attachment);
        let f = known.ok_or_else(|| Error::invalid("http.attachment_field", "请先选择要添加附件的栏目，再选择文件。"))?;
        Ok(NewFile::attachment(&d.id, id, &f.name, &region, name).once(sent.key))
    })
    .await?;
    app.audit.write(line(&who.actor, Event::File, Action::Create, &d.id, Some(id))).await?;
    Ok((StatusCode::CREATED, Json(json!(file))))
}

/// A workbook with the columns, drop-downs and notes of the dataset.
pub(crate) async fn template(State(app): State<App>, who: Who, Path((m, n)): Path<(String, String)>) -> Reply<Response> {
    let d = allowed(&app, &who.actor, &m, &n, Verb::Import)?;
    let catalog = app.catalog.clone();
    let title = d.title.clone();
    let bytes = tokio::task::spawn_blocking(move || -> Result<Vec<u8>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("template.xlsx");
        sheet::template::write(&d.title, &sheet::columns::template(&catalog, &d), &path)?;
        Ok(std::fs::read(path)?)
    })
    .await
    .map_err(Error::internal)??;
    let name: String = format!("{title}导入模板.xlsx").bytes().map(|b| format!("%{b:02X}")).collect();
    let headers = [
        (header::CONTENT_TYPE, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename*=UTF-8''{name}")),
    ];
    Ok((headers, Body::from(bytes)).into_response())
}
