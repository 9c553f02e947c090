//! Rows of another county do not exist: through the API, and under each of the two locks alone.

use crate::walk::{datasets, has_neighbours, path, row, stranger};
use base::RegionCode;
use meta::Verb;
use record::ListQuery;
use serde_json::json;
use sqlx::AssertSqlSafe;
use testkit::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_neighbour_county_finds_nothing() {
    let w = World::new().await;
    let mut unread = vec![];
    for d in datasets(&w).into_iter().filter(has_neighbours) {
        let id = row(&w, &d).await;
        let Some(who) = stranger(&w, &d).await else {
            unread.push(d.id.clone());
            continue;
        };
        let (at, one) = (path(&d), format!("{}/{id}", path(&d)));
        let list = w.send(Some(&who), "GET", &at, None).await;
        assert_eq!((list.status.as_u16(), &list.body["items"]), (200, &json!([])), "{}: {}", d.id, list.text);
        let asked = w.send(Some(&who), "GET", &format!("{at}?region={}", w.village), None).await;
        assert_eq!(asked.body["items"], json!([]), "{}: {}", d.id, asked.text);
        for p in [&one, &format!("{one}/history"), &format!("{one}/attachments")] {
            assert_eq!(w.send(Some(&who), "GET", p, None).await.status, 404, "{} {p}", d.id);
        }
        let may = |v: Verb| w.app.catalog.roles_for(&d.id, v).contains(who.actor.role.as_str());
        let patched = w.send(Some(&who), "PATCH", &one, Some(&json!({"row_version": 1}))).await;
        assert_eq!(patched.status.as_u16(), if may(Verb::Update) { 404 } else { 403 }, "{}: {}", d.id, patched.text);
        let removed = w.send(Some(&who), "DELETE", &format!("{one}?row_version=1"), None).await;
        assert_eq!(removed.status.as_u16(), if may(Verb::Delete) { 404 } else { 403 }, "{}: {}", d.id, removed.text);
    }
    assert_eq!(unread, ["relapse.ai_session", "relapse.ai_session_cite", "relapse.dept_key"], "no county reads these");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_lock_holds_alone() {
    each_lock(World::new().await).await;
}

/// The walk itself, so that it can be shown to fail.
pub async fn each_lock(w: World) {
    for d in datasets(&w).into_iter().filter(has_neighbours) {
        let id = row(&w, &d).await;
        let who = crate::walk::officer(&w.neighbour);
        let all = format!("select count(*) from {}", d.table());
        let home = base::Actor { region: w.place_of(&d), ..who.clone() };

        // the second: no condition in the statement, row-level security in the database
        for (actor, some) in [(&who, false), (&home, true)] {
            let mut tx = w.app.db.begin(actor).await.unwrap();
            let n: i64 = sqlx::query_scalar(AssertSqlSafe(all.clone())).fetch_one(tx.conn()).await.unwrap();
            assert_eq!(n > 0, some, "{} as {}", d.id, actor.region);
            let hit = format!("update {} set updated_at = now()", d.table());
            let done = sqlx::query(AssertSqlSafe(hit)).execute(tx.conn()).await.unwrap().rows_affected();
            assert_eq!(done > 0, some, "{} as {}", d.id, actor.region);
            tx.rollback().await.unwrap();
        }

        // the first: the engine's own conditions, under the owner whom row-level security does not hold
        let mut tx = w.app.db.begin(&who).await.unwrap();
        sqlx::raw_sql("reset role").execute(tx.conn()).await.unwrap();
        let n: i64 = sqlx::query_scalar(AssertSqlSafe(all)).fetch_one(tx.conn()).await.unwrap();
        assert!(n > 0, "{}: the owner sees the row", d.id);
        let r = &w.app.records;
        assert!(r.list(&mut tx, &d, &ListQuery::default()).await.unwrap().items.is_empty(), "{}", d.id);
        assert_eq!(r.get(&mut tx, &d, id).await.unwrap_err().kind, base::Kind::NotFound, "{}", d.id);
        let from = record::Provenance::default();
        let patched = r.patch(&mut tx, &d, id, Some(1), &record::Row::new(), &from).await;
        assert_eq!(patched.unwrap_err().kind, base::Kind::NotFound, "{}", d.id);
        assert_eq!(r.delete(&mut tx, &d, id, Some(1), &from).await.unwrap_err().kind, base::Kind::NotFound, "{}", d.id);
        assert_eq!(r.history(&mut tx, &d, id, None, 10).await.unwrap_err().kind, base::Kind::NotFound, "{}", d.id);
        assert!(!record::row_exists(&mut tx, &d, id).await.unwrap(), "{}", d.id);
        tx.rollback().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_made_outside_ones_regions() {
    let w = World::new().await;
    let d = w.app.catalog.dataset("registry.household").unwrap().clone();
    let who = w.actor("R06", &w.village.ancestor(base::Level::County)).await;
    let mut input = crate::walk::maker(&w).input(&d).await.unwrap();
    let elsewhere: &RegionCode = &w.neighbour;
    input.insert("region_code".into(), json!(elsewhere.as_str()));
    let made = w.send(Some(&who), "POST", &path(&d), Some(&input.into())).await;
    assert_eq!((made.status.as_u16(), made.code()), (404, "record.region_outside"), "{}", made.text);
    // a child of a household elsewhere: the parent does not exist
    let member = w.app.catalog.dataset("registry.member").unwrap().clone();
    let input = crate::walk::maker(&w).input(&member).await.unwrap();
    let stranger = stranger(&w, &member).await.unwrap();
    let made = w.send(Some(&stranger), "POST", &path(&member), Some(&input.into())).await;
    assert_eq!(made.status, 404, "{}", made.text);
}
