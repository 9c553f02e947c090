//! What cadres do all day over HTTP: read one record, page a list, save a change; with session, policy, scope, masks, checks,
//! change log and audit line on our side. The peer, a Node server over the same tables, has none of these: in its favour.

use super::{Ground, Node, Options, Sample, Side, measure, say};
use anyhow::{Context, Result, anyhow, ensure};
use async_trait::async_trait;
use base::RegionCode;
use serde_json::{Value as Json, json};
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};

const CLIENTS: usize = 64;
/// Requests of one client in a run: of ten, six read a record, three page a list, one saves.
const EACH: usize = 50;
const PAGE: usize = 20;
const DATASET: &str = "registry.member";
/// A text field that depends on no other.
const FIELD: &str = "work_industry";
/// Where the peer listens.
const PEER_PORT: u16 = 18129;

pub(super) async fn run(o: &Options) -> Result<Json> {
    let households = o.households.unwrap_or(20_000);
    let ground = Ground::open_with(o, households, |s| {
        // everybody comes from one machine, over plain HTTP
        s.access.training = true;
        s.http.secure_cookie = false;
        s.http.sign_ins_per_minute = 1000;
        s.http.requests_per_minute = u32::MAX;
    })
    .await?;
    let (mut sides, mut absent): (Vec<Box<dyn Side>>, Vec<String>) = (Vec::new(), Vec::new());
    let ours = Ours::start(&ground, o, households).await?;
    let rows = Arc::new(ours.rows().await?);
    ensure!(rows.len() >= CLIENTS, "too few records in the county: {}", rows.len());
    let fields = fields(&ground)?;
    sides.push(Box::new(Ours { rows: rows.clone(), ..ours }));
    if o.peers {
        match PostGraphile::start(o, ground.url(), rows.clone(), fields).await {
            Ok(p) => sides.push(Box::new(p)),
            Err(e) => absent.push(format!("PostGraphile: {e:#}")),
        }
    }
    let size =
        json!({ "households": households, "clients": CLIENTS, "requests": CLIENTS * EACH, "page": PAGE, "dataset": DATASET });
    let line = measure("ledger", o, size, sides, absent).await;
    ground.close().await?;
    line
}

/// Columns that both sides can send: not the enciphered ones.
fn fields(ground: &Ground) -> Result<Vec<String>> {
    let d = ground.app.records.dataset(DATASET).map_err(|e| anyhow!(e.chain()))?;
    let plain = |f: &&meta::Field| f.kind != meta::Kind::Attachment && !f.kind.is_enciphered();
    Ok(d.fields.values().filter(plain).map(|f| f.name.clone()).filter(|n| !n.contains(|c: char| c.is_ascii_digit())).collect())
}

/// One request of a client, and whether it was served.
#[async_trait]
trait Speaker: Send + Sync + 'static {
    async fn get(&self, id: &str) -> Result<()>;
    async fn list(&self, turn: usize) -> Result<()>;
    async fn save(&self, id: &str, text: &str) -> Result<()>;
}

/// All clients at once; requests a second and times of one request.
async fn crowd(speaker: Arc<dyn Speaker>, rows: Arc<Vec<String>>) -> Result<Sample> {
    let begun = Instant::now();
    let share = rows.len() / CLIENTS;
    let mut clients = tokio::task::JoinSet::new();
    for client in 0..CLIENTS {
        let (speaker, rows) = (speaker.clone(), rows.clone());
        clients.spawn(async move {
            let mut times = Vec::with_capacity(EACH);
            let mut failed = 0usize;
            for turn in 0..EACH {
                // each client has records of its own, so that nobody is overtaken
                let id = &rows[client * share + turn % share];
                let at = Instant::now();
                let done = match turn % 10 {
                    9 => speaker.save(id, &format!("行业{turn}")).await,
                    2 | 5 | 8 => speaker.list(turn).await,
                    _ => speaker.get(id).await,
                };
                times.push(at.elapsed().as_secs_f64() * 1000.0);
                failed += usize::from(done.is_err());
            }
            (times, failed)
        });
    }
    let (mut times, mut failed) = (Vec::new(), 0);
    while let Some(done) = clients.join_next().await {
        let (t, f) = done?;
        times.extend(t);
        failed += f;
    }
    let seconds = begun.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    let at = |q: f64| times[((times.len() - 1) as f64 * q) as usize];
    let more = vec![
        ("requests_per_s", times.len() as f64 / seconds),
        ("p50_ms", at(0.5)),
        ("p99_ms", at(0.99)),
        ("refused_percent", 100.0 * failed as f64 / times.len() as f64),
    ];
    Ok(Sample { seconds, peak: super::memory::own_peak(), more })
}

#[derive(Clone)]
struct Us {
    client: reqwest::Client,
    address: String,
    csrf: String,
    region: String,
}

impl Us {
    async fn ask(&self, path: &str) -> Result<Json> {
        let answer = self.client.get(format!("{}/{path}", self.address)).send().await?;
        ensure!(answer.status().is_success(), "{}", answer.status());
        Ok(answer.json().await?)
    }
}

#[async_trait]
impl Speaker for Us {
    async fn get(&self, id: &str) -> Result<()> {
        self.ask(&format!("registry/member/{id}")).await.map(drop)
    }
    async fn list(&self, turn: usize) -> Result<()> {
        let sort = ["name", "birth_date", "region_code"][turn % 3];
        self.ask(&format!("registry/member?limit={PAGE}&region={}&sort={sort}", self.region)).await.map(drop)
    }
    async fn save(&self, id: &str, text: &str) -> Result<()> {
        let row = self.ask(&format!("registry/member/{id}")).await?;
        let body = json!({ FIELD: text, "row_version": row["row_version"] });
        let ask = self.client.patch(format!("{}/registry/member/{id}", self.address)).header("x-csrf-token", &self.csrf);
        let answer = ask.json(&body).send().await?;
        ensure!(answer.status().is_success(), "{}", answer.status());
        answer.bytes().await?;
        Ok(())
    }
}

struct Ours {
    us: Us,
    rows: Arc<Vec<String>>,
}

impl Ours {
    /// The router on a port of this machine, and a county officer signed in.
    async fn start(ground: &Ground, o: &Options, households: u64) -> Result<Ours> {
        let regions = registry::region::Regions::load(ground.app.db.pool()).await.map_err(|e| anyhow!(e.chain()))?;
        let province = synth::Province::new(&regions, o.province(households)?);
        let village = province.places.first().context("no village")?.code.clone();
        let village = RegionCode::parse(&village).map_err(|e| anyhow!(e.chain()))?;
        let (password, _) = crate::accounts::open(&ground.app, &ground.data, &village, &village).await?;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}/api/v1", listener.local_addr()?);
        let web = crate::serve::router(&ground.app).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, web).await });
        let client = reqwest::Client::builder().cookie_store(true).pool_max_idle_per_host(CLIENTS).build()?;
        let me = json!({ "login_name": "xianji", "password": password });
        let answer = client.post(format!("{address}/session")).json(&me).send().await?;
        ensure!(answer.status().is_success(), "signing in: {}", answer.text().await?);
        let csrf = answer.json::<Json>().await?["csrf"].as_str().unwrap_or_default().to_owned();
        let us = Us { client, address, csrf, region: village.as_str().to_owned() };
        Ok(Ours { us, rows: Arc::default() })
    }

    /// Records that may be saved as they are: planted faults would be refused.
    async fn rows(&self) -> Result<Vec<String>> {
        let mut out = Vec::new();
        let mut after = String::new();
        while out.len() < CLIENTS * 5 {
            let page = self.us.ask(&format!("registry/member?limit=500&after={after}")).await?;
            for id in page["items"].as_array().into_iter().flatten().filter_map(|r| r["id"].as_str()) {
                if out.len() < CLIENTS * 5 && self.us.save(id, "农业").await.is_ok() {
                    out.push(id.to_owned());
                }
            }
            match page["next"].as_str() {
                Some(n) => after = n.to_owned(),
                None => break,
            }
        }
        say(&format!("{} records of a county", out.len()));
        Ok(out)
    }
}

#[async_trait]
impl Side for Ours {
    fn name(&self) -> String {
        "ganong HTTP".into()
    }
    async fn run(&mut self) -> Result<Sample> {
        super::memory::reset_own();
        crowd(Arc::new(self.us.clone()), self.rows.clone()).await
    }
}

/// PostGraphile 4: GraphQL over the tables themselves.
struct PostGraphile {
    speaker: Arc<Graph>,
    rows: Arc<Vec<String>>,
    server: Child,
}

struct Graph {
    client: reqwest::Client,
    columns: String,
}

impl Graph {
    async fn ask(&self, query: String) -> Result<()> {
        let url = format!("http://127.0.0.1:{PEER_PORT}/graphql");
        let answer = self.client.post(url).json(&json!({ "query": query })).send().await?;
        let body: Json = answer.json().await?;
        ensure!(body.get("errors").is_none(), "{}", body["errors"]);
        Ok(())
    }
}

#[async_trait]
impl Speaker for Graph {
    async fn get(&self, id: &str) -> Result<()> {
        self.ask(format!("{{memberById(id:\"{id}\"){{{}}}}}", self.columns)).await
    }
    async fn list(&self, turn: usize) -> Result<()> {
        let sort = ["NAME_ASC", "BIRTH_DATE_ASC", "REGION_CODE_ASC"][turn % 3];
        self.ask(format!("{{allMembers(first:{PAGE},orderBy:{sort},condition:{{deleted:false}}){{nodes{{{}}}}}}}", self.columns))
            .await
    }
    async fn save(&self, id: &str, text: &str) -> Result<()> {
        self.get(id).await?;
        let patch = format!("{{id:\"{id}\",memberPatch:{{workIndustry:\"{text}\"}}}}");
        self.ask(format!("mutation{{updateMemberById(input:{patch}){{member{{{}}}}}}}", self.columns)).await
    }
}

impl PostGraphile {
    async fn start(o: &Options, url: &str, rows: Arc<Vec<String>>, fields: Vec<String>) -> Result<PostGraphile> {
        let node = Node::with(o, "postgraphile", &["postgraphile@4.14.1"]).await?;
        let server = Command::new(node.folder.join("node_modules/.bin/postgraphile"))
            .args(["--connection", url, "--schema", "reg", "--disable-query-log", "--max-pool-size", "16", "--port"])
            .arg(PEER_PORT.to_string())
            .env("NODE_ENV", "production")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let columns: Vec<String> = fields.iter().map(|f| camel(f)).collect();
        let columns = format!("id regionCode rowVersion {}", columns.join(" "));
        let speaker = Arc::new(Graph { client: reqwest::Client::builder().pool_max_idle_per_host(CLIENTS).build()?, columns });
        let mut last = Ok(());
        for _ in 0..60 {
            tokio::time::sleep(Duration::from_millis(500)).await;
            last = speaker.get(&rows[0]).await;
            if last.is_ok() {
                return Ok(PostGraphile { speaker, rows, server });
            }
        }
        last.context("it does not answer")?;
        anyhow::bail!("it does not answer")
    }
}

/// `work_region` → `workRegion`.
fn camel(name: &str) -> String {
    let mut out = String::new();
    for (i, part) in name.split('_').enumerate() {
        let mut letters = part.chars();
        match letters.next() {
            Some(first) if i > 0 => out.extend(first.to_uppercase()),
            Some(first) => out.push(first),
            None => {}
        }
        out.push_str(letters.as_str());
    }
    out
}

#[async_trait]
impl Side for PostGraphile {
    fn name(&self) -> String {
        "PostGraphile 4.14.1 (no audit, masks, checks, history)".into()
    }
    async fn run(&mut self) -> Result<Sample> {
        let sample = crowd(self.speaker.clone(), self.rows.clone()).await?;
        let peak = self.server.id().and_then(super::memory::peak_of);
        Ok(Sample { peak, ..sample })
    }
}
