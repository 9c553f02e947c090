//! The appender, anchors and listing over `app.audit_line` and `app.audit_anchor`. The only file here with SQL.

use crate::anchor::{Anchor, AnchorFile};
use crate::chain::{self, GENESIS};
use crate::line::Line;
use base::{Error, Result};
use chrono::{DateTime, SubsecRound, Utc};
use secure::{MacKey, Vault};
use serde::Serialize;
use sqlx::postgres::PgRow;
use sqlx::{PgPool, Postgres, QueryBuilder, Row};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

/// Advisory lock of the head of the chain.
const LOCK: i64 = 0x6761_6e6f_6e67_0001;
/// 24 columns a line: well below the 65,535 parameters of one statement.
const BATCH: usize = 500;
const ANCHOR_LINES: i64 = 10_000;
const ANCHOR_EVERY: Duration = Duration::from_secs(600);

/// A line as it stands in the trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    pub seq: i64,
    pub ts: DateTime<Utc>,
    pub event_type: String,
    pub action: String,
    pub actor_id: Uuid,
    pub actor_name: String,
    pub role: String,
    pub region: String,
    pub session_id: Option<Uuid>,
    pub trace_id: Option<String>,
    pub ip: Option<String>,
    pub channel: Option<String>,
    pub object_type: String,
    pub object_id: Option<String>,
    pub object_region: Option<String>,
    pub fields: Vec<String>,
    pub row_count: i64,
    pub api: Option<String>,
    pub result: String,
    pub error_code: Option<String>,
    pub auth_ref: Option<String>,
    #[serde(skip)]
    pub prev_hash: Vec<u8>,
    #[serde(skip)]
    pub hash: Vec<u8>,
    #[serde(skip)]
    pub mac: Vec<u8>,
}

impl<'r> sqlx::FromRow<'r, PgRow> for Entry {
    fn from_row(row: &'r PgRow) -> sqlx::Result<Entry> {
        Ok(Entry {
            seq: row.try_get("seq")?,
            ts: row.try_get("ts")?,
            event_type: row.try_get("event_type")?,
            action: row.try_get("action")?,
            actor_id: row.try_get("actor_id")?,
            actor_name: row.try_get("actor_name")?,
            role: row.try_get("role")?,
            region: row.try_get("region")?,
            session_id: row.try_get("session_id")?,
            trace_id: row.try_get("trace_id")?,
            ip: row.try_get("ip")?,
            channel: row.try_get("channel")?,
            object_type: row.try_get("object_type")?,
            object_id: row.try_get("object_id")?,
            object_region: row.try_get("object_region")?,
            fields: row.try_get("fields")?,
            row_count: row.try_get("row_count")?,
            api: row.try_get("api")?,
            result: row.try_get("result")?,
            error_code: row.try_get("error_code")?,
            auth_ref: row.try_get("auth_ref")?,
            prev_hash: row.try_get("prev_hash")?,
            hash: row.try_get("hash")?,
            mac: row.try_get("mac")?,
        })
    }
}

/// Which lines to list. Newest first.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub from: Option<DateTime<Utc>>,
    /// Exclusive.
    pub to: Option<DateTime<Utc>>,
    pub actor_id: Option<Uuid>,
    pub event_type: Option<String>,
    pub object_type: Option<String>,
    pub object_id: Option<String>,
    /// `ok`, `failed` or `denied`.
    pub result: Option<String>,
    /// Only lines whose actor acted inside.
    pub scope: Option<base::Scope>,
    /// `next` of the page before.
    pub after: Option<i64>,
    /// 50 when zero, at most 500.
    pub limit: i64,
}

/// One page; `next` asks for the following one.
#[derive(Clone, Debug, Serialize)]
pub struct Page {
    pub items: Vec<Entry>,
    pub next: Option<i64>,
}

struct Waiting {
    line: Line,
    done: oneshot::Sender<std::result::Result<i64, String>>,
}

pub(crate) struct Inner {
    pub(crate) pool: PgPool,
    pub(crate) vault: Arc<dyn Vault>,
    pub(crate) files: AnchorFile,
}

/// The trail. Cheap to clone; the appender ends when the last clone goes.
#[derive(Clone)]
pub struct Audit {
    pub(crate) inner: Arc<Inner>,
    queue: mpsc::Sender<Waiting>,
}

/// An error of PostgreSQL as ours.
pub(crate) fn db(e: sqlx::Error) -> Error {
    Error::unavailable("audit.unavailable", "审计服务暂不可用，操作未完成。请稍后重试，反复出现请联系管理员。").because(e)
}

impl Audit {
    /// Starts the appender. `folder` holds the anchor files and should be backed up apart from the database.
    pub async fn start(pool: PgPool, vault: Arc<dyn Vault>, folder: &Path) -> Result<Audit> {
        let inner = Arc::new(Inner { pool, vault, files: AnchorFile::new(folder)? });
        let (queue, waiting) = mpsc::channel(4 * BATCH);
        let anchored: i64 =
            sqlx::query_scalar("select coalesce(max(seq), 0) from app.audit_anchor").fetch_one(&inner.pool).await.map_err(db)?;
        let head = inner.files.head()?;
        tokio::spawn(Appender { inner: inner.clone(), head, anchored }.run(waiting));
        Ok(Audit { inner, queue })
    }

    /// Writes one line and answers with its number after the durable commit.
    pub async fn write(&self, line: Line) -> Result<i64> {
        let (done, answer) = oneshot::channel();
        let gone = || Error::unavailable("audit.unavailable", "审计服务暂不可用，操作未完成。请稍后重试，反复出现请联系管理员。");
        self.queue.send(Waiting { line, done }).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?.map_err(|why| gone().because(why))
    }

    /// Anchors the head now, in the table and in the file. None when there is no line yet.
    pub async fn anchor(&self) -> Result<Option<Anchor>> {
        self.inner.anchor().await
    }

    /// Lines newest first, by keyset.
    pub async fn list(&self, f: &Filter) -> Result<Page> {
        let limit = if f.limit <= 0 { 50 } else { f.limit.min(500) };
        let mut q = QueryBuilder::<Postgres>::new("select * from app.audit_line where true");
        let texts = [
            (" and event_type = ", &f.event_type),
            (" and object_type = ", &f.object_type),
            (" and object_id = ", &f.object_id),
            (" and result = ", &f.result),
        ];
        for (sql, value) in texts {
            if let Some(v) = value {
                q.push(sql).push_bind(v);
            }
        }
        if let Some(v) = f.from {
            q.push(" and ts >= ").push_bind(v);
        }
        if let Some(v) = f.to {
            q.push(" and ts < ").push_bind(v);
        }
        if let Some(v) = f.actor_id {
            q.push(" and actor_id = ").push_bind(v);
        }
        if let Some(s) = &f.scope {
            q.push(" and region >= ").push_bind(&s.lo).push(" and region < ").push_bind(&s.hi);
        }
        if let Some(v) = f.after {
            q.push(" and seq < ").push_bind(v);
        }
        q.push(" order by seq desc limit ").push_bind(limit + 1);
        let mut items: Vec<Entry> = q.build_query_as().fetch_all(&self.inner.pool).await.map_err(db)?;
        let more = items.len() as i64 > limit;
        items.truncate(usize::try_from(limit).unwrap_or_default());
        let next = if more { items.last().map(|e| e.seq) } else { None };
        Ok(Page { items, next })
    }
}

impl Audit {
    /// Lines from `from` on, in order, for the check.
    pub(crate) async fn lines(&self, from: i64, limit: i64) -> Result<Vec<Entry>> {
        sqlx::query_as("select * from app.audit_line where seq >= $1 order by seq limit $2")
            .bind(from)
            .bind(limit)
            .fetch_all(&self.inner.pool)
            .await
            .map_err(db)
    }
    /// Anchors of the table; they catch what happened on a machine whose anchor file is not here.
    pub(crate) async fn anchors(&self) -> Result<Vec<Anchor>> {
        let read = |r: PgRow| {
            Ok(Anchor {
                seq: r.try_get("seq")?,
                hash: hex::encode(r.try_get::<Vec<u8>, _>("hash")?),
                at: r.try_get("at")?,
                signature: hex::encode(r.try_get::<Vec<u8>, _>("signature")?),
            })
        };
        sqlx::query("select seq, hash, at, signature from app.audit_anchor order by seq")
            .try_map(read)
            .fetch_all(&self.inner.pool)
            .await
            .map_err(db)
    }
    pub(crate) async fn lowest(&self) -> Result<Option<i64>> {
        sqlx::query_scalar("select min(seq) from app.audit_line").fetch_one(&self.inner.pool).await.map_err(db)
    }
}

impl Inner {
    async fn anchor(&self) -> Result<Option<Anchor>> {
        let head: Option<(i64, Vec<u8>)> = sqlx::query_as("select seq, hash from app.audit_line order by seq desc limit 1")
            .fetch_optional(&self.pool)
            .await
            .map_err(db)?;
        let Some((seq, hash)) = head else { return Ok(None) };
        let anchor = Anchor::sign(self.vault.as_ref(), seq, &hash)?;
        // the file first: it must never know less than the database
        self.files.append(&anchor)?;
        sqlx::query("insert into app.audit_anchor (seq, hash, at, signature) values ($1, $2, $3, $4) on conflict do nothing")
            .bind(seq)
            .bind(&hash)
            .bind(anchor.at)
            .bind(hex::decode(&anchor.signature).map_err(Error::internal)?)
            .execute(&self.pool)
            .await
            .map_err(db)?;
        Ok(Some(anchor))
    }
}

struct Appender {
    inner: Arc<Inner>,
    /// Newest head this process knows, also in the head file.
    head: Option<(i64, Vec<u8>)>,
    anchored: i64,
}

impl Appender {
    async fn run(mut self, mut waiting: mpsc::Receiver<Waiting>) {
        let mut clock = tokio::time::interval(ANCHOR_EVERY);
        clock.tick().await;
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            tokio::select! {
                n = waiting.recv_many(&mut batch, BATCH) => {
                    if n == 0 {
                        break;
                    }
                    let lines: Vec<Line> = batch.iter().map(|w| w.line.clone()).collect();
                    let written = self.append(lines).await;
                    for (i, w) in batch.drain(..).enumerate() {
                        // a writer that no longer waits is no concern of the others
                        let _ = w.done.send(written.as_ref().map(|first| first + i as i64).map_err(Error::chain));
                    }
                    if written.is_ok_and(|first| first + n as i64 - 1 - self.anchored >= ANCHOR_LINES) {
                        self.anchor().await;
                    }
                }
                _ = clock.tick() => self.anchor().await,
            }
        }
        self.anchor().await;
    }

    async fn anchor(&mut self) {
        if self.head.as_ref().is_none_or(|(seq, _)| *seq <= self.anchored) {
            return;
        }
        match self.inner.anchor().await {
            Ok(a) => self.anchored = a.map_or(self.anchored, |a| a.seq),
            Err(e) => tracing::error!(error = %e.chain(), "the audit trail could not be anchored"),
        }
    }

    /// Chains the lines to the head in one transaction; the answer is the number of the first.
    async fn append(&mut self, lines: Vec<Line>) -> Result<i64> {
        let mut tx = self.inner.pool.begin().await.map_err(db)?;
        sqlx::query("select pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *tx).await.map_err(db)?;
        let last: Option<(i64, DateTime<Utc>, Vec<u8>)> =
            sqlx::query_as("select seq, ts, hash from app.audit_line order by seq desc limit 1")
                .fetch_optional(&mut *tx)
                .await
                .map_err(db)?;
        self.keep_evidence(last.as_ref().map(|(seq, _, hash)| (*seq, hash)))?;
        let (mut seq, floor, mut prev) = last.unwrap_or((0, DateTime::UNIX_EPOCH, GENESIS.to_vec()));
        let first = seq + 1;
        // monotonous even when the machine's clock is set back
        let ts = Utc::now().trunc_subsecs(3).max(floor);
        let mut entries = Vec::with_capacity(lines.len());
        for line in lines {
            seq += 1;
            let entry = self.chained(line, seq, ts, prev);
            prev = entry.hash.clone();
            entries.push(entry);
        }
        insert(&entries).build().execute(&mut *tx).await.map_err(db)?;
        tx.commit().await.map_err(db)?;
        self.head = Some((seq, prev.clone()));
        if let Err(e) = self.inner.files.set_head(seq, &prev) {
            tracing::error!(error = %e.chain(), "the head of the audit trail could not be noted");
        }
        Ok(first)
    }

    fn chained(&self, l: Line, seq: i64, ts: DateTime<Utc>, prev_hash: Vec<u8>) -> Entry {
        let mut e = Entry {
            seq,
            ts,
            event_type: l.event.code().into(),
            action: l.action.code().into(),
            actor_id: l.actor_id,
            actor_name: l.actor_name,
            role: l.role,
            region: l.region.into(),
            session_id: l.session_id,
            trace_id: l.trace_id,
            ip: l.ip,
            channel: l.channel.map(Into::into),
            object_type: l.object_type,
            object_id: l.object_id.map(|o| o.0),
            object_region: l.object_region.map(Into::into),
            fields: l.fields,
            row_count: l.row_count,
            api: l.api,
            result: l.outcome.code().into(),
            error_code: l.error_code,
            auth_ref: l.auth_ref.map(|o| o.0),
            prev_hash,
            hash: Vec::new(),
            mac: Vec::new(),
        };
        let hash = chain::hash(&e, seq);
        e.mac = self.inner.vault.mac(MacKey::Audit, &hash).to_vec();
        e.hash = hash.to_vec();
        e
    }

    /// When the database ends before the head we know, or ends otherwise, the known head goes to the anchor file before it is
    /// forgotten. Writing goes on: work must not stop, and the check will tell.
    fn keep_evidence(&self, last: Option<(i64, &Vec<u8>)>) -> Result<()> {
        let Some((seq, hash)) = &self.head else { return Ok(()) };
        let fits = last.is_some_and(|(s, h)| s > *seq || (s == *seq && h == hash));
        if !fits {
            tracing::error!(known = seq, found = last.map(|(s, _)| s), "the audit trail was cut or rolled back");
            self.inner.files.append(&Anchor::sign(self.inner.vault.as_ref(), *seq, hash)?)?;
        }
        Ok(())
    }
}

fn insert(entries: &[Entry]) -> QueryBuilder<Postgres> {
    let mut q = QueryBuilder::new(
        "insert into app.audit_line (seq, ts, event_type, action, actor_id, actor_name, role, region, session_id, trace_id, ip, \
         channel, object_type, object_id, object_region, fields, row_count, api, result, error_code, auth_ref, prev_hash, hash, \
         mac) ",
    );
    q.push_values(entries, |mut b, e| {
        b.push_bind(e.seq).push_bind(e.ts).push_bind(e.event_type.clone()).push_bind(e.action.clone());
        b.push_bind(e.actor_id).push_bind(e.actor_name.clone()).push_bind(e.role.clone()).push_bind(e.region.clone());
        b.push_bind(e.session_id).push_bind(e.trace_id.clone()).push_bind(e.ip.clone()).push_bind(e.channel.clone());
        b.push_bind(e.object_type.clone()).push_bind(e.object_id.clone()).push_bind(e.object_region.clone());
        b.push_bind(e.fields.clone()).push_bind(e.row_count).push_bind(e.api.clone()).push_bind(e.result.clone());
        b.push_bind(e.error_code.clone()).push_bind(e.auth_ref.clone()).push_bind(e.prev_hash.clone());
        b.push_bind(e.hash.clone()).push_bind(e.mac.clone());
    });
    q
}
