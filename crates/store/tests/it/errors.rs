//! What PostgreSQL refuses comes out as the kind a caller can act on, with names but without values.

use crate::{fresh, sql};
use base::Kind;
use std::time::Duration;
use store::{Db, DbResult};

#[tokio::test]
async fn each_refusal_has_its_kind_and_code() {
    let (_test, db) = fresh().await;
    sql(
        &db,
        "create schema t; create table t.a (id int primary key, name varchar(3) not null check (name <> 'bad')); \
              create table t.b (a_id int constraint b_to_a references t.a (id)); insert into t.a values (1, 'x')",
    )
    .await;
    for (statement, kind, code, constraint) in [
        ("insert into t.a values (1, 'y')", Kind::Conflict, "store.duplicate", Some("a_pkey")),
        ("insert into t.b values (7)", Kind::Refused, "store.reference", Some("b_to_a")),
        ("insert into t.a values (2, 'bad')", Kind::Refused, "store.check", Some("a_name_check")),
        ("insert into t.a values (2, null)", Kind::Refused, "store.required", None),
        ("insert into t.a values (2, 'abcd')", Kind::Refused, "store.too_long", None),
        ("insert into t.a values (99999999999, 'a')", Kind::Refused, "store.out_of_range", None),
        ("do $$ begin raise exception 'x' using errcode = '40001'; end $$", Kind::Busy, "store.contended", None),
        ("do $$ begin raise exception 'x' using errcode = '40P01'; end $$", Kind::Busy, "store.contended", None),
        ("do $$ begin raise exception 'x' using errcode = '53300'; end $$", Kind::Unavailable, "store.pool_exhausted", None),
        ("do $$ begin raise exception 'x' using errcode = '57P03'; end $$", Kind::Unavailable, "store.unavailable", None),
        ("select * from t.nowhere", Kind::Internal, "base.internal", None),
    ] {
        let e = sqlx::raw_sql(statement).execute(db.pool()).await.db().unwrap_err();
        assert_eq!((e.kind, e.code.as_ref()), (kind, code), "{statement}");
        assert_eq!(e.extra.get("constraint").and_then(|v| v.as_str()), constraint, "{statement}");
        assert!(!e.sentence.is_empty() && e.source.is_some(), "{statement}");
    }
    let e = sqlx::query("select 1 where false").fetch_one(db.pool()).await.db().unwrap_err();
    assert_eq!((e.kind, e.code.as_ref()), (Kind::NotFound, "store.not_found"));
}

#[tokio::test]
async fn waiting_too_long_says_try_again() {
    let (_test, db) = fresh().await;
    sql(&db, "create table public.a (id int primary key); insert into public.a values (1)").await;
    let mut first = db.owner_tx().await.unwrap();
    sqlx::query("select * from a for update").fetch_all(&mut *first).await.unwrap();
    let mut second = db.owner_tx().await.unwrap();
    let e = sqlx::query("select * from a for update nowait").fetch_all(&mut *second).await.db().unwrap_err();
    assert_eq!((e.kind, e.code.as_ref()), (Kind::Busy, "store.contended"));
    assert!(e.sentence.contains("请重试"));
    let mut third = db.owner_tx().await.unwrap();
    sqlx::raw_sql("set local statement_timeout = 30").execute(&mut *third).await.unwrap();
    let e = sqlx::query("select pg_sleep(5)").execute(&mut *third).await.db().unwrap_err();
    assert_eq!((e.kind, e.code.as_ref()), (Kind::Busy, "store.cancelled"));
}

#[tokio::test]
async fn an_absent_server_and_a_bad_address_are_told_apart() {
    let e = Db::connect("postgres://a:geheim@127.0.0.1:1/x", 1).await.unwrap_err();
    assert_eq!((e.kind, e.code.as_ref()), (Kind::Unavailable, "store.unavailable"));
    let e = Db::connect("nonsense geheim", 1).await.unwrap_err();
    assert_eq!(e.code, "store.bad_url");
    assert!(!e.chain().contains("geheim"));
}

#[tokio::test]
async fn an_exhausted_pool_is_unavailable_not_hanging() {
    let (test, _db) = fresh().await;
    let pool = sqlx::postgres::PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_millis(100))
        .connect(test.url())
        .await
        .unwrap();
    let db = Db::from_pool(pool);
    let _held = db.owner_tx().await.unwrap();
    let e = db.begin(&base::Actor::system("测试")).await.unwrap_err();
    assert_eq!((e.kind, e.code.as_ref()), (Kind::Unavailable, "store.pool_exhausted"));
}
