//! A PostgreSQL of our own in the data folder, for machines without `DATABASE_URL`: made, started, watched, stopped.
//! Must not know what is stored in it.
//!
//! Layout of the data folder: `pg/` the cluster, `pg-socket/` its socket, `pg-start.log` what the server said while
//! starting, `ganong.lock` held while a process of ours owns the folder. No TCP port is opened.

pub(crate) mod account;
pub(crate) mod cluster;
pub(crate) mod conf;
pub(crate) mod leftover;
pub(crate) mod programs;

use crate::error::DbResult;
use base::{Error, Result};
use cluster::Cluster;
use conf::Purpose;
use rustix::process::{Pid, Signal, kill_process};
use sqlx::{Connection, PgConnection};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

type Say = Arc<dyn Fn(&str) + Send + Sync>;

/// A running cluster. [`Embedded::stop`] stops it; so does dropping the handle, which waits for the server to end.
/// When this process is killed the server gets a fast shutdown from the kernel where `setpriv` of util-linux is
/// installed; otherwise it runs on, and the next start ends it.
pub struct Embedded {
    url: String,
    watch: Arc<Watch>,
    thread: Option<JoinHandle<()>>,
    /// Held as long as the folder is ours.
    _lock: File,
}

/// What the thread that watches the server shares with the handle.
#[derive(Default)]
struct Watch {
    stopping: Mutex<bool>,
    wake: Condvar,
    /// Process id of a server that takes connections, otherwise 0.
    serving: AtomicU32,
    restarts: AtomicU32,
}

impl Watch {
    /// Sleeps; true when the server is to stop.
    fn rest(&self, time: Duration) -> bool {
        let guard = self.stopping.lock().unwrap_or_else(PoisonError::into_inner);
        *self.wake.wait_timeout_while(guard, time, |s| !*s).unwrap_or_else(PoisonError::into_inner).0
    }
    fn is_stopping(&self) -> bool {
        *self.stopping.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Embedded {
    /// Starts the cluster in `<data_dir>/pg`, making it first where there is none; its steps go to the log.
    pub async fn start(data_dir: &Path) -> Result<Embedded> {
        Self::start_with(data_dir, |step| tracing::info!("{step}")).await
    }

    /// As [`Embedded::start`]; `say` gets a Chinese sentence at each long step.
    pub async fn start_with(data_dir: &Path, say: impl Fn(&str) + Send + Sync + 'static) -> Result<Embedded> {
        let (say, data_dir): (Say, PathBuf) = (Arc::new(say), data_dir.to_owned());
        let started = Instant::now();
        let said = say.clone();
        let starting = tokio::task::spawn_blocking(move || Self::launch(&data_dir, &said)).await.map_err(Error::internal)?;
        let (this, socket_dir) = starting?;
        make_database(&socket_dir).await?;
        say(&format!("数据库已启动，用时 {:.1} 秒。", started.elapsed().as_secs_f64()));
        Ok(this)
    }

    fn launch(data_dir: &Path, say: &Say) -> Result<(Embedded, PathBuf)> {
        let data = open_folder(data_dir)?;
        let lock = lock(&data)?;
        let cluster = Cluster::prepare(&data, Purpose::Serving, &**say)?;
        say("正在启动数据库……");
        let socket_dir = cluster.socket_dir.clone();
        let watch = Arc::new(Watch::default());
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::Builder::new().name("ganong-pg".into()).spawn({
            let (watch, say) = (watch.clone(), say.clone());
            move || keep(&cluster, &watch, &say, &tell)
        })?;
        let this = Embedded { url: cluster::url(&socket_dir, "ganong"), watch, thread: Some(thread), _lock: lock };
        told.recv().map_err(Error::internal)??;
        Ok((this, socket_dir))
    }

    /// Address of the database `ganong`, for [`crate::Db::connect`].
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether the server process lives and takes connections at this moment.
    pub fn is_alive(&self) -> bool {
        self.watch.serving.load(SeqCst) != 0
    }

    /// How many times the server was started again after it had died.
    pub fn restarts(&self) -> u32 {
        self.watch.restarts.load(SeqCst)
    }

    /// Process id of the server, while it lives.
    pub fn pid(&self) -> Option<u32> {
        Some(self.watch.serving.load(SeqCst)).filter(|p| *p != 0)
    }

    /// Stops the server: open transactions are rolled back, everything committed is on the disk.
    pub async fn stop(mut self) -> Result<()> {
        tokio::task::spawn_blocking(move || self.end()).await.map_err(Error::internal)
    }

    fn end(&mut self) {
        *self.watch.stopping.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.watch.wake.notify_all();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread watching PostgreSQL panicked");
        }
    }

    /// Address of the cluster that another process of ours runs in this folder, for commands beside a running server.
    pub fn running_url(data_dir: &Path) -> Option<String> {
        let data = data_dir.canonicalize().ok()?;
        let file = File::open(data.join("ganong.lock")).ok()?;
        let held = matches!(file.try_lock(), Err(TryLockError::WouldBlock));
        held.then(|| cluster::url(&cluster::socket_dir(&data), "ganong"))
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.end();
    }
}

/// Makes the data folder if missing; root lets the server's account pass through it but not look into it.
fn open_folder(data_dir: &Path) -> Result<PathBuf> {
    let mode = if rustix::process::geteuid().is_root() { 0o711 } else { 0o700 };
    std::fs::DirBuilder::new().recursive(true).mode(mode).create(data_dir).and_then(|()| data_dir.canonicalize()).map_err(|e| {
        Error::unavailable("store.data_dir", format!("数据目录 {} 无法创建或打开，请检查路径和权限。", data_dir.display()))
            .because(e)
    })
}

fn lock(data: &Path) -> Result<File> {
    let path = data.join("ganong.lock");
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(|e| {
        Error::unavailable("store.data_dir", format!("无法写入数据目录 {}，请检查权限或改用其所属账号启动。", data.display()))
            .because(e)
    })?;
    // somebody may be looking for an instant whether it is held
    let mut tried = file.try_lock();
    for _ in 0..5 {
        if tried.is_err() {
            std::thread::sleep(Duration::from_millis(100));
            tried = file.try_lock();
        }
    }
    match tried {
        Ok(()) => {
            file.set_len(0)?;
            file.write_all(std::process::id().to_string().as_bytes())?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            let _ = file.read_to_string(&mut pid);
            Err(Error::unavailable(
                "store.data_in_use",
                format!(
                    "数据目录 {} 正被另一个 ganong 进程（进程号 {}）使用，请先停止它，或用 --data 指定别的目录。",
                    data.display(),
                    pid.trim()
                ),
            ))
        }
        Err(TryLockError::Error(e)) => Err(e.into()),
    }
}

async fn make_database(socket_dir: &Path) -> Result<()> {
    let mut conn = PgConnection::connect(&cluster::url(socket_dir, "postgres")).await.db()?;
    let there: bool =
        sqlx::query_scalar("select exists (select from pg_database where datname = 'ganong')").fetch_one(&mut conn).await.db()?;
    if !there {
        sqlx::query("create database ganong").execute(&mut conn).await.db()?;
    }
    conn.close().await.db()
}

/// Life of the watching thread: starts the server, starts it again whenever it dies, stops it at the end. The server is
/// this thread's child, so that the kernel tells it of our end.
fn keep(cluster: &Cluster, watch: &Watch, say: &Say, tell: &std::sync::mpsc::Sender<Result<()>>) {
    let go_on = || !watch.is_stopping();
    let start = || -> Result<Child> {
        let mut child = cluster.spawn(true)?;
        match cluster.wait_ready(&mut child, &**say, &go_on) {
            Ok(()) => {
                watch.serving.store(child.id(), SeqCst);
                Ok(child)
            }
            Err(e) => {
                finish(cluster, &mut child);
                Err(e)
            }
        }
    };
    let mut child = match start() {
        Ok(child) => child,
        Err(e) => {
            let _ = tell.send(Err(e));
            return;
        }
    };
    let _ = tell.send(Ok(()));
    while !watch.rest(Duration::from_millis(100)) {
        if matches!(child.try_wait(), Ok(None)) {
            continue;
        }
        watch.serving.store(0, SeqCst);
        tracing::error!("PostgreSQL has died; starting it again");
        say("数据库进程意外退出，正在重新启动……");
        let mut wait = Duration::from_millis(200);
        child = loop {
            match leftover::clear(&cluster.pgdata, &**say).and_then(|()| start()) {
                Ok(child) => break child,
                Err(e) => tracing::error!(error = %e.chain(), "PostgreSQL does not start"),
            }
            if watch.rest(wait) {
                return;
            }
            wait = (wait * 2).min(Duration::from_secs(30));
        };
        watch.restarts.fetch_add(1, SeqCst);
        say("数据库已重新启动。");
    }
    watch.serving.store(0, SeqCst);
    finish(cluster, &mut child);
    cluster.tidy();
}

/// Fast shutdown, then harder means; in the end nothing of the server is left.
fn finish(cluster: &Cluster, child: &mut Child) {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    for (signal, seconds) in [(Signal::INT, 90), (Signal::QUIT, 10), (Signal::KILL, 10)] {
        let until = Instant::now() + Duration::from_secs(seconds);
        if let (Some(pid), Ok(None)) = (pid, child.try_wait()) {
            let _ = kill_process(pid, signal);
        }
        while Instant::now() < until {
            if !matches!(child.try_wait(), Ok(None)) {
                if let Err(e) = leftover::clear(&cluster.pgdata, &|_| ()) {
                    tracing::error!(error = %e.chain(), "processes of PostgreSQL are left");
                }
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        tracing::warn!(?signal, "PostgreSQL did not stop in time");
    }
}
