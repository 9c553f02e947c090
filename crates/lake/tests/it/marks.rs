//! A change leaves a mark in its own transaction, whoever wrote the statement.

use super::World;
use base::Actor;

async fn marked(w: &World) -> Vec<String> {
    let of = sqlx::query_scalar("select county from app.change_mark where source = 'box.thing' order by 1");
    of.fetch_all(w.db.pool()).await.unwrap()
}

const ROW: &str = "insert into box.thing (id, region_code) values ('00000000-0000-0000-0000-00000000000";

#[tokio::test]
async fn every_statement_marks_the_counties_it_touched_and_a_rollback_none() {
    let w = World::new().await;
    w.sql(&format!("{ROW}1', '360121100001'), ('00000000-0000-0000-0000-000000000002', '360122100001')")).await;
    assert_eq!(marked(&w).await, ["360121", "360122"]);
    w.sql("delete from app.change_mark").await;
    // moved: both places changed
    w.sql("update box.thing set region_code = '360222100001' where region_code = '360121100001'").await;
    assert_eq!(marked(&w).await, ["360121", "360222"]);
    w.sql("delete from app.change_mark").await;
    w.sql("update box.thing set heads = 1 where false").await;
    w.sql(&format!("begin; {ROW}3', '360121100001'); rollback")).await;
    assert!(marked(&w).await.is_empty());
    // many statements of one transaction are one mark
    w.sql(&format!("begin; {ROW}4', '360121100001'); {ROW}5', '360121100002'); update box.thing set heads = 2 where region_code like '360121%'; commit")).await;
    assert_eq!(marked(&w).await, ["360121"]);
    w.sql("delete from app.change_mark; delete from box.thing where region_code = '360222100001'").await;
    assert_eq!(marked(&w).await, ["360222"]);
    w.sql("delete from app.change_mark; truncate box.thing").await;
    assert_eq!(marked(&w).await, [""]);
}

#[tokio::test]
async fn the_role_of_requests_marks_too_and_cannot_read_or_remove_marks() {
    let w = World::new().await;
    let mut tx = w.db.begin(&Actor::system("试验")).await.unwrap();
    sqlx::query("insert into box.thing (id, region_code) values (gen_random_uuid(), '360121100001')")
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(marked(&w).await, ["360121"]);
    for forbidden in ["select count(*) from app.change_mark", "delete from app.change_mark"] {
        let mut tx = w.db.begin(&Actor::system("试验")).await.unwrap();
        assert!(sqlx::query(forbidden).execute(tx.conn()).await.is_err(), "{forbidden}");
    }
    let mut tx = w.db.begin(&Actor::system("试验")).await.unwrap();
    let item = w.item().await;
    let oldest = async |tx: &mut store::ScopedTx, lo: &str, hi: &str| {
        lake::store::since(tx.conn(), &item, lo, hi).await.unwrap().is_some()
    };
    assert!(oldest(&mut tx, "360121000000", "360122000000").await);
    assert!(oldest(&mut tx, "360000000000", "370000000000").await);
    assert!(!oldest(&mut tx, "360122000000", "360123000000").await);
}

#[tokio::test]
async fn two_writers_of_one_county_do_not_wait_for_each_other() {
    let w = World::new().await;
    let mut one = w.db.begin(&Actor::system("试验")).await.unwrap();
    let mut other = w.db.begin(&Actor::system("试验")).await.unwrap();
    for tx in [&mut one, &mut other] {
        let insert = sqlx::query("insert into box.thing (id, region_code) values (gen_random_uuid(), '360121100001')");
        let done = tokio::time::timeout(std::time::Duration::from_secs(5), insert.execute(tx.conn())).await;
        done.expect("no writer waits").unwrap();
    }
    one.commit().await.unwrap();
    other.commit().await.unwrap();
    assert_eq!(marked(&w).await, ["360121", "360121"]);
}
