//! Who works for the lake: `ganong lake-executor` works on parts of plans, `ganong lake-scheduler` knows which executors live, a
//! program that serves asks it. Executors report themselves; one that is silent for a few seconds, or is of another version, is not
//! told of. Must not know plans.

use ::lake::Lake;
use ::lake::cluster::{WORD, same};
use anyhow::{Context, anyhow};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

/// How often an executor reports itself, and a program asks.
const EVERY: Duration = Duration::from_millis(500);
/// After so much silence an executor is not told of any more.
const SILENCE: Duration = Duration::from_secs(3);
/// A word that is shorter is guessed.
const LEAST: usize = 16;

/// The word that executors, scheduler and program of one cluster share. Not shown.
#[derive(Clone)]
pub struct Word(Arc<str>);

impl std::fmt::Debug for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Word")
    }
}

impl std::str::FromStr for Word {
    type Err = String;
    fn from_str(text: &str) -> Result<Word, String> {
        match text.trim() {
            w if w.len() < LEAST => Err(format!("计算节点口令至少 {LEAST} 个字符，各节点、调度和服务程序须一致")),
            w => Ok(Word(w.into())),
        }
    }
}

/// Where the scheduler is and the word, as a process of the cluster must know them.
fn known(o: &crate::lake::LakeOptions) -> anyhow::Result<(Url, &str)> {
    let at = o.scheduler.clone().context("请用 --lake-scheduler 给出调度地址，例如 http://10.0.0.5:7400")?;
    Ok((at, word(o)?))
}

fn word(o: &crate::lake::LakeOptions) -> anyhow::Result<&str> {
    o.word.as_ref().map(|w| &*w.0).context("请用环境变量 GANONG_LAKE_WORD 给出计算节点口令")
}

#[derive(clap::Args, Clone, Debug)]
pub struct Scheduler {
    #[arg(long, default_value = "127.0.0.1:7400")]
    pub listen: SocketAddr,
}

#[derive(clap::Args, Clone, Debug)]
pub struct Executor {
    #[arg(long, default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Address by which others reach this executor; the address it listens at when left out
    #[arg(long)]
    pub address: Option<Url>,
}

/// An executor as it reports itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Member {
    address: String,
    version: String,
}

#[derive(Clone)]
struct Living {
    word: Arc<str>,
    known: Arc<Mutex<BTreeMap<String, (String, Instant)>>>,
}

impl Living {
    fn may(&self, headers: &HeaderMap) -> bool {
        same(headers.get(WORD).map(|v| v.as_bytes()), &self.word)
    }
}

#[derive(Deserialize)]
struct Of {
    version: String,
}

async fn told(State(l): State<Living>, headers: HeaderMap, Query(of): Query<Of>) -> Result<Json<Vec<String>>, StatusCode> {
    if !l.may(&headers) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    let mut known = l.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    known.retain(|_, (_, at)| at.elapsed() < SILENCE);
    Ok(Json(known.iter().filter(|(_, (v, _))| *v == of.version).map(|(u, _)| u.clone()).collect()))
}

async fn reported(State(l): State<Living>, headers: HeaderMap, Json(m): Json<Member>) -> StatusCode {
    if !l.may(&headers) {
        return StatusCode::UNAUTHORIZED;
    }
    let mut known = l.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if known.insert(m.address.clone(), (m.version.clone(), Instant::now())).is_none() {
        tracing::info!(address = %m.address, version = m.version, "an executor has come");
    }
    StatusCode::NO_CONTENT
}

/// Knows which executors live, until `stop`.
pub async fn scheduler(o: &Scheduler, lake: &crate::lake::LakeOptions, stop: CancellationToken) -> anyhow::Result<()> {
    let living = Living { word: word(lake)?.into(), known: Arc::default() };
    let app = Router::new().route("/executors", get(told).post(reported)).with_state(living);
    let listener = TcpListener::bind(o.listen).await.with_context(|| format!("地址 {} 不能使用", o.listen))?;
    tracing::info!("数据湖调度已就绪：http://{}", listener.local_addr()?);
    axum::serve(listener, app).with_graceful_shutdown(stop.cancelled_owned()).await?;
    Ok(())
}

/// Works on parts of plans, until `stop`. The files of the lake are read from where the settings say.
pub async fn executor(o: &Executor, lake: &crate::lake::LakeOptions, data: &Path, stop: CancellationToken) -> anyhow::Result<()> {
    let mut settings = crate::assemble::LakeSettings::new(data);
    lake.apply(&mut settings);
    let (scheduler, word) = known(lake)?;
    let listener = TcpListener::bind(o.listen).await.with_context(|| format!("地址 {} 不能使用", o.listen))?;
    let address = match &o.address {
        Some(a) => a.clone(),
        None => Url::parse(&format!("http://{}", listener.local_addr()?))?,
    };
    tracing::info!("数据湖计算节点已就绪：{address}");
    let me = Member { address: address.into(), version: env!("CARGO_PKG_VERSION").to_owned() };
    let to = scheduler.join("executors")?;
    let said = word.to_owned();
    let report = async move {
        let client = client()?;
        let mut well = true;
        loop {
            let sent = client.post(to.clone()).header(WORD, &said).json(&me).send().await;
            let now = sent.as_ref().is_ok_and(|r| r.status().is_success());
            if now != well {
                match now {
                    true => tracing::info!("已重新报到"),
                    false => tracing::warn!("不能向调度报到，请检查 --scheduler 地址和口令；将继续重试"),
                }
                well = now;
            }
            tokio::time::sleep(EVERY).await;
        }
        #[expect(unreachable_code, reason = "gives the block its type")]
        anyhow::Ok(())
    };
    // a folder of its own: the program that serves sweeps its own one at start
    let spill = data.join(format!("lake-spill-{}", std::process::id()));
    tokio::select! {
        done = ::lake::cluster::execute(listener, &settings.place, &spill, settings.bounds, word, stop) => {
            std::fs::remove_dir_all(&spill).ok();
            done.map_err(|e| anyhow!("{}", e.chain()))
        }
        e = report => e,
    }
}

fn client() -> anyhow::Result<reqwest::Client> {
    Ok(reqwest::Client::builder().timeout(Duration::from_secs(3)).no_proxy().build()?)
}

/// Those that take a connection: one that died a moment ago is still told of.
async fn reached(told: Vec<Url>) -> Vec<Url> {
    let each = told.into_iter().map(|url| async move {
        let address = url.socket_addrs(|| None).ok()?;
        let met = tokio::time::timeout(EVERY, tokio::net::TcpStream::connect(address.as_slice())).await;
        matches!(met, Ok(Ok(_))).then_some(url)
    });
    futures::future::join_all(each).await.into_iter().flatten().collect()
}

/// Keeps the lake told of the executors that live, until `stop`. While the scheduler does not answer nobody is told of. Refuses at
/// once what the command line leaves out.
pub fn watch(
    lake: Lake,
    options: &crate::lake::LakeOptions,
    stop: CancellationToken,
) -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    let (scheduler, word) = known(options)?;
    let word = word.to_owned();
    lake.engine.cluster().meet(Vec::new(), &word).map_err(|e| anyhow!(e.sentence))?;
    let mut at = scheduler.join("executors")?;
    at.query_pairs_mut().append_pair("version", env!("CARGO_PKG_VERSION"));
    let client = client()?;
    Ok(async move {
        loop {
            let told: Vec<String> = match client.get(at.clone()).header(WORD, &word).send().await {
                Ok(r) if r.status().is_success() => r.json().await.unwrap_or_default(),
                _ => Vec::new(),
            };
            let living = reached(told.iter().filter_map(|u| Url::parse(u).ok()).collect()).await;
            let (before, now) = (lake.engine.cluster().size(), living.len());
            if let Err(e) = lake.engine.cluster().meet(living, &word) {
                tracing::warn!(error = %e.chain(), "executors");
            }
            if before != now {
                tracing::info!("数据湖计算节点：{now} 个");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    })
}
