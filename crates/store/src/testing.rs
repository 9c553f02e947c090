//! For tests only: one PostgreSQL for all test processes of this account, and databases cloned from templates.
//! Must not know what the templates hold.
//!
//! The first test process starts the cluster (no fsync); each process holds a shared lock on `users.lock` while it
//! lives; a detached watchdog stops the cluster and removes it when nobody has held that lock for two minutes.
//! With `GANONG_TEST_DATABASE_URL` (a superuser's address) that server is used instead.

use crate::Migrations;
use crate::embedded::cluster::{self, Cluster};
use crate::embedded::conf::Purpose;
use crate::embedded::leftover;
use crate::error::DbResult;
use base::{Error, Result};
use sha2::{Digest, Sha256};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::str::FromStr;
use tokio::sync::OnceCell;

/// Seconds without users after which the watchdog stops the cluster.
const IDLE: &str = "120";

/// `$1` folder, `$2` seconds. Holds watchdog.lock while it lives, so that there is one.
const WATCHDOG: &str = r#"
cd "$1" || exit 0
exec 9>watchdog.lock; flock -n 9 || exit 0
idle=0
while sleep 2; do
  if flock -n users.lock true; then idle=$((idle + 2)); else idle=0; fi
  [ "$idle" -ge "$2" ] || continue
  exec 8>start.lock; flock 8
  if flock -n users.lock true; then
    pid=$(head -n 1 pg/postmaster.pid) && kill -INT "$pid"
    n=0; while [ -e pg/postmaster.pid ] && [ "$n" -lt 150 ]; do sleep 0.2; n=$((n + 1)); done
    [ -e pg/postmaster.pid ] || rm -rf pg
    exit 0
  fi
  exec 8>&-; idle=0
done
"#;

/// A database of one test; dropped with this value.
pub struct TestDb {
    name: String,
    url: String,
}

impl TestDb {
    /// Address for [`crate::Db::connect`].
    pub fn url(&self) -> &str {
        &self.url
    }
    /// A pool of a few connections to it.
    pub async fn db(&self) -> Result<crate::Db> {
        crate::Db::connect(&self.url, 5).await
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        let name = std::mem::take(&mut self.name);
        // a thread with a runtime of its own: the test's runtime may be the one that is waiting here
        let dropped = std::thread::spawn(move || -> Result<()> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut admin = admin().await?;
                run(&mut admin, format!("drop database if exists \"{name}\" with (force)")).await?;
                admin.close().await.db()
            })
        });
        if let Ok(Err(e)) = dropped.join() {
            tracing::warn!(error = %e.chain(), "a test database was not dropped");
        }
    }
}

/// A new database with these migrations, cloned from a template that the first caller builds.
pub async fn database(migrations: &Migrations) -> Result<TestDb> {
    create_from_template("empty", &migrations.checksum(), async |url| {
        let db = crate::Db::connect(&url, 2).await?;
        migrations.migrate(db.pool()).await?;
        migrations.migrate_deferred(db.pool()).await?;
        db.close().await;
        Ok(())
    })
    .await
}

/// A new database cloned from the template `name` of this checksum. Where that template is missing, `build` fills it
/// first (it gets the address of an empty database); other processes that want the same one wait meanwhile.
pub async fn create_from_template<F>(name: &str, checksum: &str, build: F) -> Result<TestDb>
where
    F: AsyncFnOnce(String) -> Result<()>,
{
    let template = template_name(name, checksum);
    let mut admin = admin().await?;
    let key = i64::from_be_bytes(Sha256::digest(&template)[..8].try_into().expect("a digest has 32 bytes"));
    if !exists(&mut admin, &template).await? {
        sqlx::query("select pg_advisory_lock($1)").bind(key).execute(&mut admin).await.db()?;
        // somebody may have been faster
        if !exists(&mut admin, &template).await? {
            let new = format!("{template}_new");
            run(&mut admin, format!("drop database if exists \"{new}\" with (force)")).await?;
            run(&mut admin, format!("create database \"{new}\" template template0")).await?;
            build(url(&new).await?).await?;
            // renaming and cloning want a database without connections
            run(&mut admin, format!("alter database \"{new}\" allow_connections false")).await?;
            sqlx::query("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1")
                .bind(&new)
                .execute(&mut admin)
                .await
                .db()?;
            run(&mut admin, format!("alter database \"{new}\" rename to \"{template}\"")).await?;
        }
        sqlx::query("select pg_advisory_unlock($1)").bind(key).execute(&mut admin).await.db()?;
    }
    let clone = format!("t_{}", uuid::Uuid::now_v7().simple());
    // without fsync copying files is faster than writing them to the log (75 against 125 ms)
    run(&mut admin, format!("create database \"{clone}\" template \"{template}\" strategy file_copy")).await?;
    admin.close().await.db()?;
    Ok(TestDb { url: url(&clone).await?, name: clone })
}

fn template_name(name: &str, checksum: &str) -> String {
    let plain: String = name.chars().filter(|c| c.is_ascii_alphanumeric()).take(24).collect();
    format!("tpl_{plain}_{}", &hex::encode(Sha256::digest(format!("{name}\n{checksum}")))[..16])
}

async fn run(conn: &mut PgConnection, sql: String) -> Result<()> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(conn).await.db().map(|_| ())
}

async fn exists(conn: &mut PgConnection, database: &str) -> Result<bool> {
    sqlx::query_scalar("select exists (select from pg_database where datname = $1)").bind(database).fetch_one(conn).await.db()
}

async fn admin() -> Result<PgConnection> {
    PgConnection::connect(&url("postgres").await?).await.db()
}

async fn url(database: &str) -> Result<String> {
    if let Ok(given) = std::env::var("GANONG_TEST_DATABASE_URL") {
        let options = PgConnectOptions::from_str(&given).map_err(Error::internal)?;
        return Ok(sqlx::ConnectOptions::to_url_lossy(&options.database(database)).to_string());
    }
    /// Folder of the socket and the lock that says we are here.
    static ATTACHED: OnceCell<(PathBuf, File)> = OnceCell::const_new();
    let (socket_dir, _) =
        ATTACHED.get_or_try_init(|| async { tokio::task::spawn_blocking(attach).await.map_err(Error::internal)? }).await?;
    Ok(cluster::url(socket_dir, database))
}

fn open(dir: &Path, name: &str) -> Result<File> {
    Ok(OpenOptions::new().read(true).write(true).create(true).truncate(false).open(dir.join(name))?)
}

/// Finds the cluster of this account or starts it; the lock handed back keeps it up.
fn attach() -> Result<(PathBuf, File)> {
    let me = rustix::process::geteuid();
    let dir = std::env::temp_dir().join(format!("ganong-test-pg-{}", me.as_raw()));
    std::fs::DirBuilder::new().recursive(true).mode(if me.is_root() { 0o711 } else { 0o700 }).create(&dir)?;
    if std::fs::symlink_metadata(&dir).is_ok_and(|m| !m.is_dir() || m.uid() != me.as_raw()) {
        return Err(Error::internal(format!("{} belongs to somebody else", dir.display())));
    }
    let dir = dir.canonicalize()?;
    let start = open(&dir, "start.lock")?;
    start.lock()?;
    let users = open(&dir, "users.lock")?;
    users.lock_shared()?;
    let pgdata = dir.join("pg");
    let serving = leftover::noted(&pgdata)
        .filter(|p| leftover::processes(&pgdata).contains(p))
        .is_some_and(|p| leftover::is_ready(&pgdata, p.as_raw_nonzero().get().unsigned_abs()));
    if !serving {
        // without fsync a cluster that was not stopped properly is worth nothing
        let quiet = |_: &str| ();
        if pgdata.exists() {
            leftover::clear(&pgdata, &quiet)?;
            std::fs::remove_dir_all(&pgdata)?;
        }
        let cluster = Cluster::prepare(&dir, Purpose::Testing, &quiet)?;
        let mut child = cluster.spawn(false)?;
        cluster.wait_ready(&mut child, &quiet, &|| true)?;
    }
    watch(&dir)?;
    Ok((cluster::socket_dir(&dir), users))
}

/// Starts the watchdog unless one is at work (then the new one ends at once).
fn watch(dir: &Path) -> Result<()> {
    Command::new("/bin/sh")
        .args(["-c", WATCHDOG, "ganong-test-watchdog"])
        .arg(dir)
        .arg(IDLE)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()?;
    Ok(())
}
