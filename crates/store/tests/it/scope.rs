//! A transaction sees its actor's regions and nothing else; the index on the region carries the policy.

use crate::{fresh, person, sql};
use base::{Actor, Kind, Scope};
use sqlx::Row;
use store::{Db, DbResult, ScopedTx};

const TABLE: &str = "create schema t; create table t.plot (id uuid primary key default gen_random_uuid(), \
    region_code text collate \"C\" not null, name text); create index on t.plot (region_code, id); \
    insert into t.plot (region_code, name) values ('360121100201', 'ours'), ('360121100202', 'ours too'), ('360122100201', 'theirs'); \
    select app.protect('t.plot')";

async fn count(tx: &mut ScopedTx) -> i64 {
    sqlx::query_scalar("select count(*) from t.plot").fetch_one(tx.conn()).await.unwrap()
}

async fn seen(db: &Db, actor: &Actor) -> i64 {
    count(&mut db.begin(actor).await.unwrap()).await
}

#[tokio::test]
async fn each_actor_sees_their_own_regions_only() {
    let (_test, db) = fresh().await;
    sql(&db, TABLE).await;
    for (region, rows) in [("36", 3), ("3601", 3), ("360121", 2), ("360121100202", 1), ("360122", 1), ("3602", 0)] {
        assert_eq!(seen(&db, &person(region)).await, rows, "{region}");
    }
    assert_eq!(seen(&db, &Actor::system("测试")).await, 3);
}

#[tokio::test]
async fn without_a_scope_the_role_of_requests_sees_nothing() {
    let (_test, db) = fresh().await;
    sql(&db, TABLE).await;
    let bare = async || {
        let mut tx = db.owner_tx().await.unwrap();
        sqlx::raw_sql("set local role ganong_app").execute(&mut *tx).await.unwrap();
        sqlx::query_scalar::<_, i64>("select count(*) from t.plot").fetch_one(&mut *tx).await.unwrap()
    };
    assert_eq!(bare().await, 0);
    // nor on connections that had one in an earlier transaction
    for _ in 0..6 {
        assert_eq!(seen(&db, &person("36")).await, 3);
        assert_eq!(bare().await, 0);
    }
}

#[tokio::test]
async fn a_neighbours_row_can_be_neither_changed_nor_made() {
    let (_test, db) = fresh().await;
    sql(&db, TABLE).await;
    let mut tx = db.begin(&person("360121")).await.unwrap();
    let touched = sqlx::query("update t.plot set name = 'x' where name = 'theirs'").execute(tx.conn()).await.unwrap();
    assert_eq!(touched.rows_affected(), 0);
    assert_eq!(sqlx::query("delete from t.plot").execute(tx.conn()).await.unwrap().rows_affected(), 2);
    tx.rollback().await.unwrap();
    for statement in
        ["insert into t.plot (region_code) values ('360122100201')", "update t.plot set region_code = '360122100201'"]
    {
        let mut tx = db.begin(&person("360121")).await.unwrap();
        let e = sqlx::query(statement).execute(tx.conn()).await.db().unwrap_err();
        assert_eq!((e.kind, e.code.as_ref()), (Kind::Forbidden, "store.out_of_scope"), "{statement}");
    }
    assert_eq!(seen(&db, &person("36")).await, 3);
}

#[tokio::test]
async fn commit_keeps_and_dropping_does_not() {
    let (_test, db) = fresh().await;
    sql(&db, TABLE).await;
    let actor = person("360121");
    let add = async |tx: &mut ScopedTx| {
        sqlx::query("insert into t.plot (region_code) values ('360121100203')").execute(tx.conn()).await.unwrap();
    };
    let mut tx = db.begin(&actor).await.unwrap();
    add(&mut tx).await;
    drop(tx);
    let mut tx = db.begin(&actor).await.unwrap();
    add(&mut tx).await;
    tx.rollback().await.unwrap();
    assert_eq!(seen(&db, &actor).await, 2);
    let mut tx = db.begin(&actor).await.unwrap();
    add(&mut tx).await;
    assert_eq!((tx.actor().user_id, tx.scope().lo.as_str()), (actor.user_id, "360121000000"));
    tx.commit().await.unwrap();
    assert_eq!(seen(&db, &actor).await, 3);
}

#[tokio::test]
async fn a_narrower_scope_is_given_and_a_wider_one_refused() {
    let (_test, db) = fresh().await;
    sql(&db, TABLE).await;
    let actor = person("360121");
    let scope = |lo: &str, hi: &str| Scope { lo: lo.into(), hi: hi.into() };
    let mut tx = db.begin_with_scope(&actor, scope("360121100201", "360121100202")).await.unwrap();
    assert_eq!(count(&mut tx).await, 1);
    for wide in
        [scope("360000000000", "370000000000"), scope("360121000000", "360123000000"), scope("360121000000", "360121000000")]
    {
        assert_eq!(db.begin_with_scope(&actor, wide).await.unwrap_err().code, "store.scope_too_wide");
    }
    let mut odd = person("360121");
    odd.role = "R08', true); reset role; --".into();
    assert_eq!(db.begin(&odd).await.unwrap_err().kind, Kind::Internal);
}

#[tokio::test]
async fn the_transaction_knows_who_acts_and_is_no_superuser() {
    let (_test, db) = fresh().await;
    let actor = person("360121");
    let mut tx = db.begin(&actor).await.unwrap();
    let row = sqlx::query(
        "select current_user::text u, current_setting('ganong.user_id') i, current_setting('ganong.role') r, \
                             (select rolsuper or rolbypassrls from pg_roles where rolname = current_user) strong",
    )
    .fetch_one(tx.conn())
    .await
    .unwrap();
    assert_eq!(row.get::<String, _>("u"), "ganong_app");
    assert_eq!((row.get::<String, _>("i"), row.get::<String, _>("r")), (actor.user_id.to_string(), "R08".into()));
    assert!(!row.get::<bool, _>("strong"));
}

#[tokio::test]
async fn the_log_of_changes_is_only_added_to() {
    let (_test, db) = fresh().await;
    let actor = person("360121");
    let mut tx = db.begin(&actor).await.unwrap();
    sqlx::query(
        "insert into app.row_change (dataset, row_id, region_code, row_version, verb, actor_id, actor_name, changes) \
                 values ('t.plot', $1, '360121100201', 1, 'create', $1, '某人', '{}')",
    )
    .bind(actor.user_id)
    .execute(tx.conn())
    .await
    .unwrap();
    tx.commit().await.unwrap();
    for statement in ["update app.row_change set verb = 'x'", "delete from app.row_change", "truncate app.row_change"] {
        let mut tx = db.begin(&actor).await.unwrap();
        let e = sqlx::query(statement).execute(tx.conn()).await.db().unwrap_err();
        assert_eq!(e.kind, Kind::Forbidden, "{statement}");
    }
    let mut tx = db.begin(&person("360122")).await.unwrap();
    let others: i64 = sqlx::query_scalar("select count(*) from app.row_change").fetch_one(tx.conn()).await.unwrap();
    assert_eq!(others, 0);
}

#[tokio::test]
async fn the_policy_is_answered_by_the_index() {
    let (_test, db) = fresh().await;
    sql(&db, TABLE).await;
    sql(
        &db,
        "insert into t.plot (region_code) select '36' || lpad((i % 100)::text, 4, '0') || lpad((i / 100)::text, 6, '0') \
              from generate_series(1, 200000) i; analyze t.plot",
    )
    .await;
    let mut tx = db.begin(&person("360042")).await.unwrap();
    let plan: Vec<String> =
        sqlx::query_scalar("explain select * from t.plot order by region_code, id limit 50").fetch_all(tx.conn()).await.unwrap();
    let plan = plan.join("\n");
    assert!(
        plan.contains("Index Scan using plot_region_code_id_idx") && plan.contains("Index Cond: ((region_code >= "),
        "{plan}"
    );
    assert!(!plan.contains("Filter") && !plan.contains("app.scope_lo"), "the function is inlined: {plan}");
    // what was prepared for one actor serves the next one's regions
    drop(tx);
    assert_eq!(seen(&db, &person("360043")).await, 2000);
    assert_eq!(seen(&db, &person("360044")).await, 2000);
}
