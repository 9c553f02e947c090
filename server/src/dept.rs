//! `ganong dept-send` and `ganong dept-receipt`: a department's side of the signed interface, to try it and to copy from.

use anyhow::{Context, anyhow, ensure};
use relapse::reception::rules::{canonical, sign};
use reqwest_tls::Method;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Whom it is sent to and with which key.
#[derive(clap::Args)]
pub struct Peer {
    /// Address of the system, as `https://host`
    #[arg(long)]
    url: String,
    /// Number of the key (密钥编号)
    #[arg(long)]
    key: String,
    /// File that holds the secret, 64 hexadecimal digits
    #[arg(long)]
    secret_file: PathBuf,
}

/// One batch.
#[derive(clap::Args)]
pub struct Send {
    #[command(flatten)]
    peer: Peer,
    /// Number of the item in the catalogue
    #[arg(long)]
    item: String,
    /// The sender's own number of the batch; the same number again is the same batch
    #[arg(long)]
    batch: String,
    /// Month of the data, YYYYMM; this month when left out
    #[arg(long)]
    period: Option<u32>,
    /// A sheet (.xlsx, .xls, .ods, .csv), or JSON lines (.jsonl)
    file: PathBuf,
    /// Wait for the receipt
    #[arg(long)]
    wait: bool,
}

/// The receipt of a batch.
#[derive(clap::Args)]
pub struct Receipt {
    #[command(flatten)]
    peer: Peer,
    #[arg(long)]
    batch: String,
}

/// Percent-encodes what is not a plain character of a query.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect()
}

fn read_secret(path: &Path) -> anyhow::Result<Vec<u8>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("密钥文件 {} 不能读取", path.display()))?;
    let secret = hex::decode(text.trim()).context("密钥文件应为 64 位十六进制数")?;
    ensure!(secret.len() == 32, "密钥文件应为 64 位十六进制数");
    Ok(secret)
}

impl Peer {
    /// Signs and sends one request; the answer as JSON, whatever its status.
    async fn call(&self, method: Method, path: &str, kind: &str, body: Vec<u8>) -> anyhow::Result<(u16, serde_json::Value)> {
        let secret = read_secret(&self.secret_file)?;
        let digest = hex::encode(secure::hash::sm3(&body));
        let timestamp = chrono::Utc::now().timestamp().to_string();
        let nonce = hex::encode(secure::random::<16>().map_err(|e| anyhow!(e.chain()))?);
        let signature = sign(&secret, &canonical(method.as_str(), path, &timestamp, &nonce, &digest));
        let url = format!("{}{path}", self.url.trim_end_matches('/'));
        let http = reqwest_tls::Client::builder().timeout(Duration::from_secs(300)).build()?;
        let answer = http
            .request(method, url)
            .header("content-type", kind)
            .header("x-ganong-key", &self.key)
            .header("x-ganong-timestamp", timestamp)
            .header("x-ganong-nonce", nonce)
            .header("x-ganong-digest", digest)
            .header("x-ganong-signature", signature)
            .body(body)
            .send()
            .await
            .map_err(|e| anyhow!("没有连上服务器：{}", e.without_url()))?;
        let status = answer.status().as_u16();
        Ok((status, answer.json().await.context("回答不是 JSON，请核对地址")?))
    }

    async fn receipt(&self, batch: &str) -> anyhow::Result<serde_json::Value> {
        let path = format!("/api/v1/relapse/interface/receipt?batch={}", encoded(batch));
        told(self.call(Method::GET, &path, "application/json", vec![]).await?)
    }
}

/// The answer where it is a receipt; the sentence of the refusal else.
fn told((status, answer): (u16, serde_json::Value)) -> anyhow::Result<serde_json::Value> {
    ensure!(status < 300, "{status} {}", answer["detail"].as_str().or(answer["title"].as_str()).unwrap_or("被拒绝"));
    Ok(answer)
}

/// Sends a batch; the receipt as it stands, or as it ends where that is waited for.
pub async fn send(o: Send) -> anyhow::Result<serde_json::Value> {
    let body = std::fs::read(&o.file).with_context(|| format!("文件 {} 不能读取", o.file.display()))?;
    let name = o.file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let lines = name.ends_with(".jsonl") || name.ends_with(".ndjson");
    let kind = if lines { "application/x-ndjson" } else { "application/octet-stream" };
    let mut path = format!("/api/v1/relapse/interface/deliver?item={}&batch={}", encoded(&o.item), encoded(&o.batch));
    if let Some(p) = o.period {
        path.push_str(&format!("&period={p}"));
    }
    if !lines {
        path.push_str(&format!("&name={}", encoded(&name)));
    }
    let mut receipt = told(o.peer.call(Method::POST, &path, kind, body).await?)?;
    while o.wait && receipt["state"] == "processing" {
        tokio::time::sleep(Duration::from_secs(1)).await;
        receipt = o.peer.receipt(&o.batch).await?;
    }
    Ok(receipt)
}

/// Asks for the receipt of a batch.
pub async fn receipt(o: Receipt) -> anyhow::Result<serde_json::Value> {
    o.peer.receipt(&o.batch).await
}
