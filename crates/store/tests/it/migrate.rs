//! Migrations go forward once, in order, whole, and stay as they were.

use crate::fresh;
use include_dir::{Dir, include_dir};
use store::Migrations;

static FIRST: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/tests/migrations/first");
static CHANGED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/tests/migrations/changed");
static WRONG: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/tests/migrations/wrong");
static DEFERRED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/tests/migrations/deferred");
static BROKEN: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/tests/migrations/broken");
static NONE: Dir<'static> = Dir::new("", &[]);

fn of(rooms: &[(&'static str, &'static Dir<'static>)]) -> Migrations {
    Migrations::collect(rooms).unwrap()
}

#[tokio::test]
async fn each_file_runs_once_even_with_four_migrators() {
    let (_test, db) = fresh().await;
    let m = of(&[("store", &store::MIGRATIONS), ("room", &FIRST)]);
    assert_eq!(m.pending(db.pool()).await.unwrap(), ["20261101_0100__room__one.sql", "20261102_0100__room__two.sql"]);
    let (a, b, c, d) = tokio::join!(m.migrate(db.pool()), m.migrate(db.pool()), m.migrate(db.pool()), m.migrate(db.pool()));
    let ran: Vec<usize> = [a, b, c, d].into_iter().map(|r| r.unwrap().applied.len()).collect();
    assert_eq!(ran.iter().sum::<usize>(), 2, "{ran:?}");
    assert!(m.pending(db.pool()).await.unwrap().is_empty());
    let rows: i64 = sqlx::query_scalar("select count(*) from public.m").fetch_one(db.pool()).await.unwrap();
    assert_eq!(rows, 1);
}

#[tokio::test]
async fn a_changed_file_and_an_older_program_are_refused() {
    let (_test, db) = fresh().await;
    of(&[("room", &FIRST)]).migrate(db.pool()).await.unwrap();
    let changed = of(&[("room", &CHANGED)]);
    let e = changed.migrate(db.pool()).await.unwrap_err();
    assert_eq!(e.code, "store.migration_changed");
    assert!(e.sentence.contains("20261101_0100__room__one.sql"));
    assert_eq!(changed.pending(db.pool()).await.unwrap_err().code, "store.migration_changed");
    assert_eq!(of(&[("room", &NONE)]).migrate(db.pool()).await.unwrap_err().code, "store.database_newer");
    // a room that this program does not have at all is none of its business
    of(&[("other", &NONE)]).migrate(db.pool()).await.unwrap();
}

#[tokio::test]
async fn a_broken_file_leaves_nothing_behind() {
    let (_test, db) = fresh().await;
    let e = of(&[("broken", &BROKEN)]).migrate(db.pool()).await.unwrap_err();
    assert_eq!(e.code, "store.migration_failed");
    assert!(e.sentence.contains("20261104_0100__broken__half.sql") && e.sentence.contains("nowhere"), "{}", e.sentence);
    let half: bool = sqlx::query_scalar("select to_regclass('public.half') is not null").fetch_one(db.pool()).await.unwrap();
    assert!(!half);
}

#[tokio::test]
async fn deferred_files_wait_for_their_turn_and_mend_a_broken_index() {
    let (_test, db) = fresh().await;
    let m = of(&[("room", &FIRST), ("other", &DEFERRED)]);
    assert_eq!(m.migrate(db.pool()).await.unwrap().applied.len(), 2);
    assert_eq!(m.pending(db.pool()).await.unwrap(), ["20261103_0100__other__index.deferred.sql"]);
    // what an interrupted concurrent build leaves behind
    sqlx::raw_sql(
        "create index m_id on public.m (id); update pg_index set indisvalid = false where indexrelid = 'public.m_id'::regclass",
    )
    .execute(db.pool())
    .await
    .unwrap();
    assert_eq!(m.migrate_deferred(db.pool()).await.unwrap().applied.len(), 1);
    let good: i64 = sqlx::query_scalar("select count(*) from pg_index where indisvalid and indrelid = 'public.m'::regclass")
        .fetch_one(db.pool())
        .await
        .unwrap();
    assert_eq!(good, 2);
    assert!(m.pending(db.pool()).await.unwrap().is_empty());
}

#[test]
fn ill_named_files_are_refused() {
    assert_eq!(Migrations::collect(&[("room", &WRONG)]).err().unwrap().code, "store.migration_name");
    assert_eq!(Migrations::collect(&[("another", &FIRST)]).err().unwrap().code, "store.migration_name");
    assert_ne!(of(&[("room", &FIRST)]).checksum(), of(&[("room", &CHANGED)]).checksum());
}
