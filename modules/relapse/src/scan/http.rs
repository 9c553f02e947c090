//! The endpoint that reads a card. The picture is held in memory for the length of the request.

use super::store;
use ::http::{App, Reply, Who};
use audit::{Action, Event, Line};
use axum::extract::{Multipart, State};
use axum::routing::post;
use axum::{Json, Router};
use base::{Actor, Error, Result};
use meta::Verb;
use ocr::{Reading, Side};
use record::{Provenance, Row};
use serde_json::{Value, json};

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/relapse/scan/idcard", post(scan))
}

async fn scan(State(app): State<App>, who: Who, form: Multipart) -> Reply<Json<Value>> {
    let log = app.records.dataset("relapse.ocr_log")?.clone();
    app.records.allow(&who.actor, &log, Verb::Create)?;
    let (side, picture) = take(form).await?;
    let got = ocr::read(picture, side).await?;
    let existing = match got.get("id_no").filter(|_| got.number_ok) {
        Some(number) => known(&app, &who.actor, &number.value).await?,
        None => None,
    };
    note(&app, &who, &got).await?;
    let mut fields = Row::new();
    for f in &got.fields {
        fields.insert(f.name.to_owned(), json!({"value": f.value, "confidence": f.confidence}));
    }
    Ok(Json(json!({
        "side": got.side, "fields": fields, "number_ok": got.number_ok, "birth_date": got.birth_date, "gender": got.gender,
        "existing": existing,
    })))
}

async fn take(mut form: Multipart) -> Result<(Side, Vec<u8>)> {
    let broken = |e: axum::extract::multipart::MultipartError| {
        Error::invalid("relapse.scan_upload", "照片没有传完整，请重新拍照；照片过大的请用普通清晰度。").because(e)
    };
    let (mut side, mut picture) = (Side::Front, None);
    while let Some(part) = form.next_field().await.map_err(broken)? {
        if part.file_name().is_some() {
            picture = Some(part.bytes().await.map_err(broken)?.to_vec());
        } else if part.text().await.map_err(broken)? == "back" {
            side = Side::Back;
        }
    }
    let picture = picture.ok_or_else(|| Error::invalid("relapse.scan_no_picture", "没有收到照片，请拍照后再识别。"))?;
    Ok((side, picture))
}

/// Says where somebody with this number is registered: the household inside one's regions, elsewhere only that there is one.
async fn known(app: &App, actor: &Actor, number: &str) -> Result<Option<String>> {
    let token = app.records.vault.token(secure::TokenKind::IdCard, number);
    let mut tx = app.db.begin(actor).await?;
    let here = store::lives_with(&mut tx, &token).await?;
    tx.rollback().await?;
    if let Some(head) = here {
        return Ok(Some(format!("这个证件号码已登记在户主“{head}”的户里，请核对是否重复。")));
    }
    let mut tx = app.db.begin(&Actor::system("查重")).await?;
    let elsewhere = store::lives_with(&mut tx, &token).await?;
    tx.rollback().await?;
    Ok(elsewhere.map(|_| "这个证件号码已在其他辖区登记，请核实后再登记。".to_owned()))
}

/// Who, when, which fields and how sure; no value of the card.
async fn note(app: &App, who: &Who, got: &Reading) -> Result<()> {
    let (log, field) = (app.records.dataset("relapse.ocr_log")?.clone(), app.records.dataset("relapse.ocr_field")?.clone());
    let engine = Provenance { trusted: true, ..Provenance::default() };
    let mut row = Row::new();
    for (k, v) in [
        ("region_code", json!(who.actor.region.as_str())),
        ("user_id", json!(who.actor.user_id)),
        ("at", json!(chrono::Utc::now().to_rfc3339())),
        ("image_kept", json!(false)),
        ("purpose", json!("入户核查登记成员")),
    ] {
        row.insert(k.into(), v);
    }
    if who.actor.level() != base::Level::Village {
        // the log lies in villages; of others the trail keeps the line
        app.audit.write(Line::of(&who.actor, Event::DataRead, Action::Read, "relapse.ocr_log").rows(1)).await?;
        return Ok(());
    }
    let mut tx = app.db.begin(&who.actor).await?;
    let id = app.records.create(&mut tx, &log, &row, &engine).await?.id;
    for f in &got.fields {
        let mut row = Row::new();
        row.insert("log_id".into(), json!(id));
        row.insert("field_name".into(), f.name.into());
        row.insert("confidence".into(), json!(format!("{:.4}", f.confidence)));
        app.records.create(&mut tx, &field, &row, &engine).await?;
    }
    tx.commit().await?;
    app.audit.write(Line::of(&who.actor, Event::DataRead, Action::Read, "relapse.ocr_log").object(id).rows(1)).await?;
    Ok(())
}
