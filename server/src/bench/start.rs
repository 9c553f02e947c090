//! From the start of the program to its first answer on an existing database, and its memory when nobody asks anything.

use super::{Ground, Options, Sample, Side, measure, memory};
use anyhow::{Context, Result, ensure};
use async_trait::async_trait;
use serde_json::{Value as Json, json};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

/// How long nothing is asked before the memory is read.
const REST: Duration = Duration::from_secs(3);

pub(super) async fn run(o: &Options) -> Result<Json> {
    let households = o.households.unwrap_or(20_000);
    let ground = Ground::open(o, households).await?;
    let data = ground.data.clone();
    ground.close().await?;
    measure("start", o, json!({ "households": households }), vec![Box::new(Ours { data })], vec![]).await
}

struct Ours {
    data: PathBuf,
}

#[async_trait]
impl Side for Ours {
    fn name(&self) -> String {
        "ganong serve".into()
    }

    async fn run(&mut self) -> Result<Sample> {
        let begun = Instant::now();
        let server = Server::start(&self.data, &[]).await?;
        let seconds = begun.elapsed().as_secs_f64();
        tokio::time::sleep(REST).await;
        let pid = server.child.id().context("the server has ended")?;
        let mb = |b: Option<u64>| b.map_or(f64::NAN, |b| b as f64 / 1e6);
        let idle = vec![("idle_mb", mb(memory::resident(pid))), ("idle_with_database_mb", mb(memory::of_tree(pid)))];
        let peak = memory::peak_of(pid);
        let begun = Instant::now();
        server.stop().await?;
        let mut more = idle;
        more.push(("stop_s", begun.elapsed().as_secs_f64()));
        Ok(Sample { seconds, peak, more })
    }
}

/// This program as a server of its own, on a free port of this machine.
pub(super) struct Server {
    pub child: Child,
}

impl Server {
    /// Starts it and waits for its first answer.
    pub async fn start(data: &std::path::Path, more: &[&str]) -> Result<Server> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let listen = format!("127.0.0.1:{port}");
        let mut child = Command::new(std::env::current_exe()?)
            .args(["serve", "--listen", &listen, "--data"])
            .arg(data)
            .args(more)
            .env("GANONG_LOG", "warn")
            .env_remove("DATABASE_URL")
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()?;
        let given_up = Instant::now() + Duration::from_secs(600);
        loop {
            if first_answer(port).await.is_ok() {
                return Ok(Server { child });
            }
            if let Some(status) = child.try_wait()? {
                anyhow::bail!("the server ended with {status}");
            }
            ensure!(Instant::now() < given_up, "the server does not answer");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Asks it to end, and waits.
    pub async fn stop(mut self) -> Result<()> {
        let pid = self.child.id().context("the server has ended")?;
        let status = Command::new("kill").arg(pid.to_string()).status().await?;
        ensure!(status.success(), "the server cannot be stopped");
        self.child.wait().await?;
        Ok(())
    }
}

/// A request without a session is answered with 401; that passes limits, gate and database.
async fn first_answer(port: u16) -> Result<()> {
    let mut s = tokio::net::TcpStream::connect(("127.0.0.1", port)).await?;
    s.write_all(b"GET /api/v1/session HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
    let mut answer = Vec::new();
    s.read_to_end(&mut answer).await?;
    ensure!(answer.starts_with(b"HTTP/1.1 "), "no answer");
    Ok(())
}
