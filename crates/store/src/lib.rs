//! The only door to PostgreSQL: embedded cluster, pool, ScopedTx, migrations. Knows no business word.
//!
//! | What | How |
//! | --- | --- |
//! | open a database | [`Db::connect`]`(url, max_connections)` |
//! | read and write business rows | [`Db::begin`]`(&actor)` → [`ScopedTx`]: `.conn()`, `.actor()`, `.scope()`, `.commit()`, `.rollback()`; drop rolls back |
//! | the same, narrower | [`Db::begin_with_scope`]`(&actor, scope)` |
//! | system tables (users, sessions, jobs, files) | [`Db::owner_tx`], [`Db::pool`] |
//! | errors | `.db()?` ([`DbResult`]) or [`db_error`] |
//! | migrations | [`Migrations::collect`]`(&[("room", &room::MIGRATIONS), …])?` then `.migrate(&pool)`, `.migrate_deferred(&pool)`, `.pending(&pool)` |
//! | a PostgreSQL of our own | [`Embedded::start`]`(data_dir)` → `.url()`, `.is_alive()`, `.restarts()`, `.stop()`; [`Embedded::running_url`] beside a running server |
//! | databases for tests | [`testing::database`]`(&migrations)`, [`testing::create_from_template`]`(name, checksum, build)` → [`testing::TestDb`] |
//!
//! Give [`MIGRATIONS`] of this crate first. A migration that makes a business table ends with `select app.protect('schema.table')`.

mod db;
pub mod embedded;
mod error;
mod migrate;
pub mod schema;
mod statements;
pub mod testing;

pub use db::{Db, ScopedTx};
pub use embedded::Embedded;
pub use error::{DbResult, db_error};
pub use migrate::{Migrated, Migrations};

/// Schema `app`: the role of requests, scope, protection of tables, the log of changes.
pub static MIGRATIONS: include_dir::Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/migrations");
