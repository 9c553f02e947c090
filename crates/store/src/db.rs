//! The pool and transactions bound to an actor's regions. Must not know what the tables are about.

use crate::error::DbResult;
use base::{Actor, Error, Result, Scope};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, Postgres};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, PgPool, Transaction};
use std::str::FromStr;
use std::time::Duration;

/// The door to one database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    pool: PgPool,
}

impl Db {
    /// Opens a pool after one connection has shown that the address is right.
    /// Later a server that restarts is waited for up to ten seconds.
    /// `url`: `postgres://user:password@host:port/database`, or the address of an embedded cluster.
    pub async fn connect(url: &str, max_connections: u32) -> Result<Db> {
        let options = PgConnectOptions::from_str(url).map_err(|_| {
            // the cause is left out: it may quote the address with its password
            Error::invalid(
                "store.bad_url",
                "数据库地址不正确，请按 postgres://用户名:密码@主机:端口/数据库名 填写 DATABASE_URL。",
            )
        })?;
        let options = options.application_name("ganong").options([
            ("lock_timeout", "30s"),
            ("idle_in_transaction_session_timeout", "15min"),
            ("jit", "off"),
        ]);
        // the pool keeps trying while a server restarts; at the start a wrong address is told at once
        options.connect().await.db()?.close().await.db()?;
        let pool = PgPoolOptions::new()
            .max_connections(max_connections.max(1))
            .acquire_timeout(Duration::from_secs(10))
            .idle_timeout(Duration::from_secs(300))
            // one round trip more, and no request meets a connection that died with its server
            .test_before_acquire(true)
            .connect_lazy_with(options);
        Ok(Db { pool })
    }

    /// Wraps a pool that exists already.
    pub fn from_pool(pool: PgPool) -> Db {
        Db { pool }
    }

    /// The pool itself, under the owner's rights: no scope, and row-level security does not hold a superuser back.
    /// For migrations and system tables only.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// A transaction that sees the actor's regions and nothing else.
    pub async fn begin(&self, actor: &Actor) -> Result<ScopedTx> {
        self.scoped(actor, actor.scope()).await
    }

    /// A transaction narrowed to a part of the actor's regions; a wider range is refused.
    pub async fn begin_with_scope(&self, actor: &Actor, scope: Scope) -> Result<ScopedTx> {
        let own = actor.scope();
        if scope.lo < own.lo || own.hi < scope.hi || scope.lo >= scope.hi {
            return Err(Error::forbidden("store.scope_too_wide", "所选区划超出您的管辖范围，请在本级范围内选择。"));
        }
        self.scoped(actor, scope).await
    }

    async fn scoped(&self, actor: &Actor, scope: Scope) -> Result<ScopedTx> {
        let enter = enter(actor, &scope)?;
        let mut tx = self.pool.begin().await.db()?;
        // one simple query: role and settings travel together
        sqlx::raw_sql(AssertSqlSafe(enter)).execute(&mut *tx).await.db()?;
        Ok(ScopedTx { tx, actor: actor.clone(), scope })
    }

    /// A transaction under the owner's rights, for system tables that belong to no region (users, sessions, jobs, files).
    /// Business rows are reached by [`Db::begin`] only: on an external server whose account is no superuser, protected
    /// tables look empty here.
    pub async fn owner_tx(&self) -> Result<Transaction<'static, Postgres>> {
        self.pool.begin().await.db()
    }

    /// Whether the server answers; for the ready check.
    pub async fn ping(&self) -> Result<()> {
        sqlx::query("select 1").execute(&self.pool).await.db().map(|_| ())
    }

    /// Whether a table has no row at all, under the owner's rights: asked before a demonstration is loaded.
    pub async fn is_empty(&self, table: &'static str) -> Result<bool> {
        sqlx::query_scalar(AssertSqlSafe(format!("select not exists (select from {table})"))).fetch_one(&self.pool).await.db()
    }

    /// Waits for open transactions to end and closes all connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// The statement that makes an open transaction the actor's.
fn enter(actor: &Actor, scope: &Scope) -> Result<String> {
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let plain = actor.role.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !digits(&scope.lo) || !digits(&scope.hi) || !plain {
        return Err(Error::internal("role or scope of the actor is malformed"));
    }
    Ok(format!(
        "set local role ganong_app; select set_config('ganong.scope_lo', '{}', true), set_config('ganong.scope_hi', '{}', true), \
         set_config('ganong.user_id', '{}', true), set_config('ganong.role', '{}', true)",
        scope.lo, scope.hi, actor.user_id, actor.role
    ))
}

/// A transaction of one actor under the role of requests; dropped without [`ScopedTx::commit`] it is rolled back.
#[derive(Debug)]
pub struct ScopedTx {
    tx: Transaction<'static, Postgres>,
    actor: Actor,
    scope: Scope,
}

impl ScopedTx {
    /// Where statements are run: `sqlx::query(…).execute(tx.conn())`.
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }
    pub fn actor(&self) -> &Actor {
        &self.actor
    }
    /// The range of region codes this transaction sees; queries name it too (the first lock).
    pub fn scope(&self) -> &Scope {
        &self.scope
    }
    pub async fn commit(self) -> Result<()> {
        self.tx.commit().await.db()
    }
    pub async fn rollback(self) -> Result<()> {
        self.tx.rollback().await.db()
    }
}
