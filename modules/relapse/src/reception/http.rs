//! The signed interface for programs of departments, and the handing out of a key's secret. A request is signed with HMAC-SM3 over
//! its method, path, time, a number used once and the digest of its body; there is no session. Must not contain SQL.

use super::rules::{self, Channel, Standing};
use super::store::{self, Delivery, Key};
use super::{Parcel, Reception, lines, receipt, system};
use crate::params::Numbers;
use ::http::{App, Origin, Reply, Who};
use audit::{Action, Event, Line};
use axum::body::Body;
use axum::extract::{OriginalUri, Path, Query, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::routing::{get, post};
use axum::{Json, Router};
use base::{Actor, Error, Month, Result};
use chrono::Utc;
use files::NewFile;
use futures::StreamExt as _;
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::{BufReader, Seek as _, Write as _};
use uuid::Uuid;

/// The door that takes bodies as large as a file.
pub(crate) const DOOR: &str = "/relapse/interface/deliver";
/// Seconds that clocks may differ by where no parameter says otherwise are in `params.toml` (`interface_window_seconds`).
const WINDOW: &str = "interface_window_seconds";
const MOST: u64 = 200 * 1024 * 1024;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route(DOOR, post(deliver))
        .route("/relapse/interface/receipt", get(fetch))
        .route("/relapse/dept_key/{id}/secret", post(secret))
}

fn reception(app: &App) -> Reception {
    Reception { records: app.records.clone(), files: app.files.clone(), jobs: app.jobs.clone(), db: app.db.clone() }
}

/// SM3 of nothing: the digest of a request without a body.
fn empty() -> String {
    hex::encode(secure::hash::sm3(b""))
}

struct Signed<'a> {
    method: &'a Method,
    uri: &'a axum::http::Uri,
    headers: &'a HeaderMap,
}

impl Signed<'_> {
    fn text(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().trim()
    }

    /// The digest of the body that was signed.
    fn digest(&self) -> String {
        match (self.text("x-ganong-digest"), self.method) {
            ("", &Method::GET) => empty(),
            (d, _) => d.to_ascii_lowercase(),
        }
    }

    /// The key the request is signed with; the number used once is spent.
    async fn key(&self, app: &App) -> Result<Key> {
        let refused = |text: &str| Error::unauthenticated("relapse.bad_signature", text);
        let (timestamp, nonce) = (self.text("x-ganong-timestamp"), self.text("x-ganong-nonce"));
        let Ok(at) = timestamp.parse::<i64>() else {
            return Err(refused("请求头 X-Ganong-Timestamp 应为 1970 年以来的秒数。"));
        };
        if !rules::is_nonce(nonce) {
            return Err(refused("请求头 X-Ganong-Nonce 应为 16 至 64 位字母或数字，每次请求不同。"));
        }
        let mut tx = app.db.begin(&system()).await?;
        let window = Numbers::of(&system().region, record::today()).get(&mut tx, WINDOW).await?;
        let known = store::key(&mut tx, self.text("x-ganong-key"), record::today()).await?;
        let wrong = || refused("密钥编号或签名不对，或密钥已停用、到期。请核对签名原文和密钥后重试。");
        let Some(key) = known else { return Err(wrong()) };
        let path = self.uri.path_and_query().map_or("/", |p| p.as_str());
        let plain = app.records.vault.open(&key.cipher, &secure::place("relapse.dept_key", "secret", &key.id))?.into_inner();
        let bytes = hex::decode(&plain).map_err(Error::internal)?;
        let want = rules::sign(&bytes, &rules::canonical(self.method.as_str(), path, timestamp, nonce, &self.digest()));
        if !rules::same(&want, &self.text("x-ganong-signature").to_ascii_lowercase()) {
            return Err(wrong());
        }
        if !rules::fresh(at, Utc::now().timestamp(), window) {
            let text = format!("请求时间与服务器相差超过 {window} 秒，请校准时钟后重试。");
            return Err(Error::unauthenticated("relapse.clock", text));
        }
        let first = store::use_nonce(&mut tx, key.id, nonce, 2 * window + 60).await?;
        tx.commit().await?;
        if !first {
            return Err(Error::unauthenticated("relapse.replayed", "这个请求已经收到过，请换一个 X-Ganong-Nonce 重新签名。"));
        }
        Ok(key)
    }
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    item: String,
    #[serde(default)]
    batch: String,
    #[serde(default)]
    period: String,
    /// Name of the file, with its ending; not for JSON lines.
    #[serde(default)]
    name: String,
}

/// Takes a body whole, to a file on this machine, with its digest.
async fn body_to_file(body: Body) -> Result<(tempfile::NamedTempFile, String)> {
    let mut made = tempfile::NamedTempFile::new()?;
    let mut hasher = secure::hash::Sm3Hasher::new();
    let mut pieces = body.into_data_stream();
    let mut size = 0u64;
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|e| Error::invalid("http.upload", "上传中断，请重新报送。").because(e))?;
        size += piece.len() as u64;
        if size > MOST {
            return Err(Error::invalid("http.too_large", "文件超过 200 MB，请拆分成几批后报送。"));
        }
        hasher.update(&piece);
        made.write_all(&piece)?;
    }
    made.flush()?;
    made.rewind()?;
    Ok((made, hasher.finish_hex()))
}

async fn deliver(
    State(app): State<App>,
    origin: Origin,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Query(said): Query<Said>,
    body: Body,
) -> Reply<(StatusCode, Json<Value>)> {
    let signed = Signed { method: &Method::POST, uri: &uri, headers: &headers };
    let key = authenticate(&app, &origin, &signed, "POST /api/v1/relapse/interface/deliver").await?;
    let actor = key.sender.actor();
    let (taken, fresh) = take(&app, &key, &signed, &said, body).await?;
    let line = Line::of(&actor, Event::Import, Action::Create, "relapse.dept_delivery").object(taken.id).channel("api");
    app.audit.write(line).await?;
    let taken = reception(&app).settle(Some(taken.id)).await?.into_iter().next().unwrap_or(taken);
    Ok((if fresh { StatusCode::ACCEPTED } else { StatusCode::OK }, Json(receipt(&taken))))
}

/// The key of a request; a refusal is written into the trail.
async fn authenticate(app: &App, origin: &Origin, signed: &Signed<'_>, api: &'static str) -> Result<Key> {
    match signed.key(app).await {
        Ok(key) => Ok(key),
        Err(e) => {
            let actor = Actor { ip: Some(origin.0.ip.to_string()), trace_id: origin.0.trace_id.clone(), ..system() };
            let line = Line::of(&actor, Event::ApiCall, Action::Execute, "relapse.dept_key").api(api).channel("api").error(&e);
            app.audit.write(line).await?;
            Err(e)
        }
    }
}

async fn take(app: &App, key: &Key, signed: &Signed<'_>, said: &Said, body: Body) -> Result<(Delivery, bool)> {
    if !rules::is_batch_no(&said.batch) {
        let text = "参数 batch（单位批次号）应为 1 至 60 位字母、数字、短横、下划线或点。";
        return Err(Error::invalid("relapse.batch_no", text));
    }
    let item = Reception::item(&key.sender, said.item.trim())?;
    let period = Some(said.period.trim()).filter(|p| !p.is_empty()).map(Month::parse).transpose()?.map(Month::number);
    let kind = signed.text(header::CONTENT_TYPE.as_str());
    let by_line = ["application/x-ndjson", "application/jsonl", "application/json"].iter().any(|k| kind.starts_with(k));
    if !by_line && said.name.trim().is_empty() {
        return Err(Error::invalid(
            "relapse.no_name",
            "参数 name 应为文件名，如 住院结算.xlsx；JSON 行请写 Content-Type: application/x-ndjson。",
        ));
    }
    let (mut made, hash) = body_to_file(body).await?;
    if hash != signed.digest() {
        return Err(Error::invalid("relapse.digest", "内容与请求头 X-Ganong-Digest（内容的 SM3）不符，请重新计算后报送。"));
    }
    let mut name = said.name.trim().to_owned();
    if by_line {
        name = format!("{}_{}.csv", item.no, said.batch);
        made = tokio::task::spawn_blocking(move || -> Result<tempfile::NamedTempFile> {
            let sheet = tempfile::NamedTempFile::new()?;
            lines::sheet_of(item, || Ok(BufReader::new(made.reopen()?)), std::io::BufWriter::new(sheet.as_file()))?;
            Ok(sheet)
        })
        .await
        .map_err(Error::internal)??;
    }
    let parcel = Parcel {
        channel: Channel::Signed,
        sender: &key.sender,
        item,
        sender_no: &said.batch,
        period,
        hash: &hash,
        by_line,
        front: None,
    };
    reception(app).take(&parcel, NewFile::import(&key.sender.actor(), &name), made).await
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    batch: String,
}

/// The receipt of a batch of this sender's.
async fn fetch(
    State(app): State<App>,
    origin: Origin,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Reply<Json<Value>> {
    let signed = Signed { method: &Method::GET, uri: &uri, headers: &headers };
    let key = authenticate(&app, &origin, &signed, "GET /api/v1/relapse/interface/receipt").await?;
    let mut d = delivered(&app, &key, &asked.batch).await?;
    if d.standing == Standing::Processing {
        reception(&app).settle(Some(d.id)).await?;
        d = delivered(&app, &key, &asked.batch).await?;
    }
    app.audit
        .write(Line::of(&key.sender.actor(), Event::ApiCall, Action::Read, "relapse.dept_delivery").object(d.id).channel("api"))
        .await?;
    Ok(Json(receipt(&d)))
}

async fn delivered(app: &App, key: &Key, batch: &str) -> Result<Delivery> {
    let mut tx = app.db.begin(&system()).await?;
    let found = store::known(&mut tx, Some(key.sender.id), Channel::Signed, batch).await?;
    tx.rollback().await?;
    found.ok_or_else(|| Error::not_found("relapse.no_delivery", "没有收到过这个批次号，请核对参数 batch。"))
}

/// Hands the secret of an issued key to the person who applied for it, once.
async fn secret(State(app): State<App>, who: Who, Path(id): Path<Uuid>) -> Reply<Json<Value>> {
    let d = app.records.dataset("relapse.dept_key")?.clone();
    app.records.allow(&who.actor, &d, meta::Verb::Create)?;
    let mut tx = app.db.begin(&who.actor).await?;
    app.records.get(&mut tx, &d, id).await?;
    let Some((key_no, cipher)) = store::take_secret(&mut tx, id, who.actor.user_id).await? else {
        let text = "密钥尚未批准、已经领取过，或不是您申请的。遗失或疑似泄露的请停用后重新申请。";
        return Err(Error::refused("relapse.no_secret", text).into());
    };
    let plain = app.records.vault.open(&cipher, &secure::place("relapse.dept_key", "secret", &id))?.into_inner();
    tx.commit().await?;
    app.audit.write(Line::of(&who.actor, Event::Key, Action::Read, "relapse.dept_key").object(id)).await?;
    Ok(Json(json!({ "key_no": key_no, "secret": plain })))
}
