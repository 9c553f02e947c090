//! Migrations: the .sql files of all rooms merged by name, applied forward only, each in one transaction, frozen by checksum.
//! Must not know what the files do.

use crate::error::{DbResult, db_error};
use crate::statements::split;
use base::{Error, Kind, Result};
use include_dir::Dir;
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, Row};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Key of the lock that lets one migrator work at a time (the letters "ganong").
const LOCK: i64 = 0x6761_6e6f_6e67;

struct File {
    name: &'static str,
    sql: &'static str,
    checksum: String,
    deferred: bool,
}

/// The migrations of a program, in order of their file names `YYYYMMDD_HHMM__room__what.sql`.
/// Files ending `.deferred.sql` run outside a transaction, statement by statement (`create index concurrently`).
pub struct Migrations {
    files: Vec<File>,
    rooms: BTreeSet<&'static str>,
}

/// What a run did: names of the files applied now.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Migrated {
    pub applied: Vec<String>,
}

fn malformed(fact: String) -> Error {
    Error::new(Kind::Internal, "store.migration_name", fact)
}

/// `20261101_0000__room__what.sql` of this room.
fn well_named(name: &str, room: &str) -> bool {
    let stem = name.strip_suffix(".sql").map(|s| s.strip_suffix(".deferred").unwrap_or(s)).unwrap_or_default();
    let parts: Vec<&str> = stem.splitn(3, "__").collect();
    let [moment, owner, what] = parts.as_slice() else { return false };
    let m = moment.as_bytes();
    let stamp = m.len() == 13 && m.iter().enumerate().all(|(i, c)| if i == 8 { *c == b'_' } else { c.is_ascii_digit() });
    stamp && *owner == room && !what.is_empty() && what.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

impl Migrations {
    /// Merges the `migrations` folders of rooms.
    pub fn collect(rooms: &[(&'static str, &'static Dir<'static>)]) -> Result<Migrations> {
        let mut files: BTreeMap<&'static str, File> = BTreeMap::new();
        for (room, dir) in rooms {
            for f in dir.files() {
                let name = f.path().file_name().and_then(|n| n.to_str()).unwrap_or_default();
                if !name.ends_with(".sql") {
                    continue;
                }
                if !well_named(name, room) {
                    return Err(malformed(format!("迁移文件名应为 YYYYMMDD_HHMM__{room}__说明.sql，而不是 {name}，请改名。")));
                }
                let sql =
                    f.contents_utf8().ok_or_else(|| malformed(format!("迁移文件 {name} 不是 UTF-8 编码，请转换后重试。")))?;
                let file =
                    File { name, sql, checksum: hex::encode(Sha256::digest(sql)), deferred: name.ends_with(".deferred.sql") };
                if files.insert(name, file).is_some() {
                    return Err(malformed(format!("迁移文件名 {name} 重复，请改名。")));
                }
            }
        }
        Ok(Migrations { files: files.into_values().collect(), rooms: rooms.iter().map(|(r, _)| *r).collect() })
    }

    /// One checksum over all files: names a template database made by them.
    pub fn checksum(&self) -> String {
        let mut all = Sha256::new();
        for f in &self.files {
            all.update(f.name);
            all.update(&f.checksum);
        }
        hex::encode(all.finalize())
    }

    /// Names of files not applied yet, deferred ones included; refuses a database that this program does not fit.
    pub async fn pending(&self, pool: &PgPool) -> Result<Vec<&'static str>> {
        let mut conn = pool.acquire().await.db()?;
        let applied = applied(&mut conn).await?;
        self.check(&applied)?;
        Ok(self.files.iter().filter(|f| !applied.contains_key(f.name)).map(|f| f.name).collect())
    }

    /// Applies what is missing, except deferred files. Run it before serving.
    pub async fn migrate(&self, pool: &PgPool) -> Result<Migrated> {
        self.run(pool, false).await
    }

    /// Applies the deferred files that are missing; the server may serve meanwhile.
    pub async fn migrate_deferred(&self, pool: &PgPool) -> Result<Migrated> {
        self.run(pool, true).await
    }

    async fn run(&self, pool: &PgPool, deferred: bool) -> Result<Migrated> {
        // a connection of its own: the lock and its settings go with it
        let mut conn = pool.acquire().await.db()?.detach();
        sqlx::query("set lock_timeout = 0").execute(&mut conn).await.db()?;
        // asked for again and again rather than waited for: a waiting query would hold back concurrent index builds
        while !sqlx::query_scalar::<_, bool>("select pg_try_advisory_lock($1)").bind(LOCK).fetch_one(&mut conn).await.db()? {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        let done = self.run_locked(&mut conn, deferred).await;
        // closing ends the lock too
        conn.close().await.db()?;
        done
    }

    async fn run_locked(&self, conn: &mut PgConnection, deferred: bool) -> Result<Migrated> {
        let known = applied(conn).await?;
        self.check(&known)?;
        if known.is_empty() {
            sqlx::raw_sql(
                "create schema if not exists app; \
                 create table if not exists app.migration (name text primary key, checksum text not null, \
                   applied_at timestamptz not null default now(), took_ms bigint not null)",
            )
            .execute(&mut *conn)
            .await
            .db()?;
        }
        let mut out = Migrated::default();
        for f in self.files.iter().filter(|f| f.deferred == deferred && !known.contains_key(f.name)) {
            tracing::info!(file = f.name, "applying migration");
            let started = std::time::Instant::now();
            if deferred { apply_deferred(conn, f, started).await } else { apply(conn, f, started).await }
                .map_err(|e| refused(f.name, e))?;
            tracing::info!(file = f.name, ms = started.elapsed().as_millis() as u64, "migration applied");
            out.applied.push(f.name.to_owned());
        }
        Ok(out)
    }

    /// Applied files must still read as they did, and files of our rooms must be known here.
    fn check(&self, applied: &HashMap<String, String>) -> Result<()> {
        let here: HashMap<&str, &File> = self.files.iter().map(|f| (f.name, f)).collect();
        for (name, checksum) in applied {
            let room = name.split("__").nth(1).unwrap_or_default();
            match here.get(name.as_str()) {
                Some(f) if f.checksum != *checksum => {
                    return Err(Error::new(
                        Kind::Internal,
                        "store.migration_changed",
                        format!("迁移文件 {name} 在执行之后被改动过。已执行的迁移不得修改，请恢复原文件，另写一个新的迁移。"),
                    ));
                }
                None if self.rooms.contains(room) => {
                    return Err(Error::new(
                        Kind::Internal,
                        "store.database_newer",
                        format!("数据库已执行过本程序没有的迁移 {name}，说明数据库比程序新。请使用新版本的程序启动。"),
                    ));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn refused(name: &str, e: sqlx::Error) -> Error {
    // what PostgreSQL says of a definition holds no personal data; its DETAIL might, and is left out
    let said = e.as_database_error().map(|d| d.message().to_owned()).unwrap_or_else(|| "数据库连接中断".to_owned());
    let made = db_error(e);
    Error::new(
        made.kind,
        "store.migration_failed",
        format!("迁移 {name} 执行失败：{said}。数据库保持该迁移之前的状态，请处理后重试。"),
    )
    .because(made)
}

async fn applied(conn: &mut PgConnection) -> Result<HashMap<String, String>> {
    let there: bool = sqlx::query_scalar("select to_regclass('app.migration') is not null").fetch_one(&mut *conn).await.db()?;
    if !there {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query("select name, checksum from app.migration").fetch_all(conn).await.db()?;
    Ok(rows.iter().map(|r| (r.get("name"), r.get("checksum"))).collect())
}

async fn note(conn: &mut PgConnection, f: &File, started: std::time::Instant) -> Result<(), sqlx::Error> {
    sqlx::query("insert into app.migration (name, checksum, took_ms) values ($1, $2, $3)")
        .bind(f.name)
        .bind(&f.checksum)
        .bind(started.elapsed().as_millis() as i64)
        .execute(conn)
        .await
        .map(|_| ())
}

async fn apply(conn: &mut PgConnection, f: &File, started: std::time::Instant) -> Result<(), sqlx::Error> {
    let mut tx = conn.begin().await?;
    sqlx::raw_sql(AssertSqlSafe(f.sql)).execute(&mut *tx).await?;
    note(&mut tx, f, started).await?;
    tx.commit().await
}

/// An interrupted concurrent build leaves an invalid index that `if not exists` would take for a good one: those go first.
async fn apply_deferred(conn: &mut PgConnection, f: &File, started: std::time::Instant) -> Result<(), sqlx::Error> {
    let invalid: Vec<String> = sqlx::query_scalar(
        "select indexrelid::regclass::text from pg_index join pg_class c on c.oid = indexrelid \
                            where not indisvalid and strpos($1, c.relname) > 0",
    )
    .bind(f.sql)
    .fetch_all(&mut *conn)
    .await?;
    for index in invalid {
        sqlx::raw_sql(AssertSqlSafe(format!("drop index concurrently if exists {index}"))).execute(&mut *conn).await?;
    }
    for statement in split(f.sql) {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *conn).await?;
    }
    note(conn, f, started).await
}
