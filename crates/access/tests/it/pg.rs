//! A private PostgreSQL for one test binary: a fresh cluster in a temporary folder, a Unix socket, a database per test.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

struct Cluster {
    dir: PathBuf,
}

/// Ids of the unprivileged account `postgres`, when we are root and have to become it.
fn account() -> Option<(u32, u32)> {
    let root = std::fs::metadata("/proc/self").map(|m| std::os::unix::fs::MetadataExt::uid(&m)).unwrap_or(1) == 0;
    let passwd = std::fs::read_to_string("/etc/passwd").ok()?;
    let line = passwd.lines().find(|l| l.starts_with("postgres:"))?;
    let mut parts = line.split(':').skip(2);
    let ids = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    root.then_some(ids)
}

fn binary(name: &str) -> PathBuf {
    (15..30)
        .rev()
        .map(|v| Path::new("/usr/lib/postgresql").join(v.to_string()).join("bin").join(name))
        .find(|p| p.exists())
        .unwrap_or_else(|| PathBuf::from(name))
}

fn command(name: &str) -> Command {
    let mut c = Command::new(binary(name));
    if let Some((uid, gid)) = account() {
        c.uid(uid).gid(gid);
    }
    c.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    c
}

#[expect(clippy::zombie_processes, reason = "both processes live as long as the test binary; the second one ends the first")]
fn cluster() -> &'static Cluster {
    static ONE: OnceLock<Cluster> = OnceLock::new();
    ONE.get_or_init(|| {
        let dir = tempfile::Builder::new().prefix("ganong-pg-").tempdir().unwrap().keep();
        if let Some((uid, gid)) = account() {
            std::os::unix::fs::chown(&dir, Some(uid), Some(gid)).unwrap();
        }
        let data = dir.join("data");
        let made = command("initdb")
            .arg("-D")
            .arg(&data)
            .args(["-U", "ganong", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"])
            .status()
            .unwrap();
        assert!(made.success(), "initdb failed");
        let server = command("postgres")
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(&dir)
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200"])
            .spawn()
            .unwrap();
        // the cluster goes when the test binary goes, however it goes
        Command::new("sh")
            .arg("-c")
            .arg(format!(
                "while kill -0 {} 2>/dev/null; do sleep 0.5; done; kill -QUIT {}; sleep 1; rm -rf '{}'",
                std::process::id(),
                server.id(),
                dir.display()
            ))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        Cluster { dir }
    })
}

/// A new empty database with the given migrations; the connection address.
pub async fn database(migrations: &[&include_dir::Dir<'static>]) -> String {
    let url = |db: &str| format!("postgres://ganong@localhost/{db}?host={}", cluster().dir.display());
    let admin = loop {
        match sqlx::PgPool::connect(&url("postgres")).await {
            Ok(pool) => break pool,
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
        }
    };
    let name = format!("t{}", uuid::Uuid::now_v7().simple());
    sqlx::query(sqlx::AssertSqlSafe(format!("create database {name}"))).execute(&admin).await.unwrap();
    let pool = sqlx::PgPool::connect(&url(&name)).await.unwrap();
    for dir in migrations {
        let mut files: Vec<_> = dir.files().collect();
        files.sort_by_key(|f| f.path());
        for f in files {
            sqlx::raw_sql(f.contents_utf8().unwrap()).execute(&pool).await.unwrap();
        }
    }
    url(&name)
}
