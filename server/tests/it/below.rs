//! Rows that are set at one level and read by everybody below it; each lock alone, and nobody below writes them.

use crate::walk::{datasets, maker, path, row};
use base::{Actor, Kind, Level, RegionCode};
use meta::{Dataset, Verb};
use record::{ListQuery, Provenance, Row};
use serde_json::json;
use sqlx::AssertSqlSafe;
use std::sync::Arc;
use testkit::World;
use uuid::Uuid;

fn named(all: &[Arc<Dataset>], f: impl Fn(&Dataset) -> bool) -> Vec<Arc<Dataset>> {
    let some: Vec<_> = all.iter().filter(|d| d.region < Level::Village && f(d)).cloned().collect();
    assert!(!some.is_empty(), "the walk has something to walk over");
    some
}

fn somebody(region: &RegionCode) -> Actor {
    Actor { user_id: Uuid::now_v7(), role: "R08".into(), region: region.clone(), ..Actor::system("测试") }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_set_above_is_read_below_and_written_by_nobody_there() {
    let w = World::new().await;
    for d in named(&datasets(&w), |d| d.read_below) {
        let id = row(&w, &d).await;
        let (at, one) = (path(&d), format!("{}/{id}", path(&d)));
        let mut asked = 0;
        for (role, level) in [("R10", Level::Village), ("R08", Level::Town), ("R06", Level::County), ("R05", Level::City)] {
            if level <= d.region || !w.app.catalog.roles_for(&d.id, Verb::Read).contains(role) {
                continue;
            }
            asked += 1;
            let who = w.actor(role, &w.village.ancestor(level)).await;
            let list = w.send(Some(&who), "GET", &at, None).await;
            let items = list.body["items"].as_array().cloned().unwrap_or_default();
            let mine = items.iter().find(|r| r["id"] == json!(id)).unwrap_or_else(|| panic!("{} {role}: {}", d.id, list.text));
            assert_eq!(mine["_above"], true, "{} {role}: {}", d.id, list.text);
            // who asks for one region means the rows set there
            let there = w.send(Some(&who), "GET", &format!("{at}?region={}", who.actor.region), None).await;
            assert_eq!(there.body["items"], json!([]), "{} {role}: {}", d.id, there.text);
            let got = w.send(Some(&who), "GET", &one, None).await;
            assert_eq!((got.status.as_u16(), &got.body["_above"]), (200, &json!(true)), "{} {role}: {}", d.id, got.text);
            let history = w.send(Some(&who), "GET", &format!("{one}/history"), None).await;
            let lines = usize::from(d.history == meta::dataset::History::Versions);
            assert_eq!(history.body["items"].as_array().map(Vec::len), Some(lines), "{} {role}: {}", d.id, history.text);
            for (verb, method, path) in
                [(Verb::Update, "PATCH", one.clone()), (Verb::Delete, "DELETE", format!("{one}?row_version=1"))]
            {
                let may = w.app.catalog.roles_for(&d.id, verb).contains(role);
                let code = if may { "record.set_above" } else { "record.not_allowed" };
                let done = w.send(Some(&who), method, &path, Some(&json!({"row_version": 1}))).await;
                assert_eq!((done.status.as_u16(), done.code()), (403, code), "{} {role}: {}", d.id, done.text);
            }
        }
        assert!(asked > 0, "{}: read by nobody below, so it need not be read_below", d.id);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_lock_alone_lets_read_what_is_set_above_and_nothing_else() {
    let w = World::new().await;
    let other = somebody(&w.neighbour);
    let village = somebody(&w.village);
    for d in named(&datasets(&w), |_| true) {
        let id = row(&w, &d).await;
        // rows of the county are not those of its neighbour's villages; rows of the province are above both
        let seen = d.read_below;
        let theirs = seen && d.region < Level::County;
        let count = format!("select count(*) from {} where id = $1", d.table());
        for (who, sees) in [(&village, seen), (&other, theirs)] {
            let place = format!("{} as {}", d.id, who.region);

            // the second lock alone: no condition in the statement
            let mut tx = w.app.db.begin(who).await.unwrap();
            let n: i64 = sqlx::query_scalar(AssertSqlSafe(count.clone())).bind(id).fetch_one(tx.conn()).await.unwrap();
            assert_eq!(n == 1, sees, "{place}");
            for statement in ["update {t} set updated_at = now()", "delete from {t}", "update {t} set region_code = region_code"]
            {
                let sql = statement.replace("{t}", &d.table());
                let done = sqlx::query(AssertSqlSafe(sql)).execute(tx.conn()).await.unwrap().rows_affected();
                assert_eq!(done, 0, "{place}: {statement}");
            }
            let log = "select count(*) from app.row_change where row_id = $1";
            let lines: i64 = sqlx::query_scalar(log).bind(id).fetch_one(tx.conn()).await.unwrap();
            assert_eq!(lines > 0, sees && d.history == meta::dataset::History::Versions, "{place}");
            tx.rollback().await.unwrap();
            let mut tx = w.app.db.begin(who).await.unwrap();
            let sql = format!("insert into {} (id, region_code) values ($1, $2)", d.table());
            let made =
                sqlx::query(AssertSqlSafe(sql)).bind(Uuid::now_v7()).bind(w.place_of(&d).as_str()).execute(tx.conn()).await;
            assert!(made.is_err_and(|e| e.to_string().contains("row-level security")), "{place}");
            tx.rollback().await.unwrap();

            // the first lock alone: under the owner whom row-level security does not hold
            let mut tx = w.app.db.begin(who).await.unwrap();
            sqlx::raw_sql("reset role").execute(tx.conn()).await.unwrap();
            let n: i64 = sqlx::query_scalar(AssertSqlSafe(count.clone())).bind(id).fetch_one(tx.conn()).await.unwrap();
            assert_eq!(n, 1, "{place}: the owner sees the row");
            let r = &w.app.records;
            let items = r.list(&mut tx, &d, &ListQuery::default()).await.unwrap().items;
            assert_eq!(items.iter().any(|i| i["id"] == json!(id)), sees, "{place}");
            assert_eq!(r.get(&mut tx, &d, id).await.is_ok(), sees, "{place}");
            assert_eq!(r.history(&mut tx, &d, id, None, 10).await.is_ok(), sees, "{place}");
            assert_eq!(record::row_exists(&mut tx, &d, id).await.unwrap(), sees, "{place}");
            let from = Provenance::default();
            let kind = if sees { Kind::Forbidden } else { Kind::NotFound };
            assert_eq!(r.patch(&mut tx, &d, id, None, &Row::new(), &from).await.unwrap_err().kind, kind, "{place}");
            assert_eq!(r.delete(&mut tx, &d, id, None, &from).await.unwrap_err().kind, kind, "{place}");
            assert!(r.get_to_write(&mut tx, &d, id).await.is_err(), "{place}");
            tx.rollback().await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_child_cannot_be_hung_on_a_row_that_is_set_above() {
    let w = World::new().await;
    let all = datasets(&w);
    for d in all.iter().filter(|d| d.read_below && d.parent.is_some()) {
        let input = maker(&w).input(d).await.unwrap_or_else(|e| panic!("{}: {} {:?}", d.id, e.chain(), e.problems));
        let mut tx = w.app.db.begin(&somebody(&w.village)).await.unwrap();
        let made = w.app.records.create(&mut tx, d, &input, &Provenance::default()).await;
        assert_eq!(made.unwrap_err().code, "record.set_above", "{}", d.id);
        tx.rollback().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_are_open_below_exactly_where_the_description_says_so() {
    let w = World::new().await;
    let pool = w.app.db.pool();
    let said: Vec<(String, String)> = {
        let mut v: Vec<_> = w.app.catalog.datasets().filter(|d| d.read_below).map(|d| (d.table(), d.id.clone())).collect();
        v.sort();
        v
    };
    let open: Vec<String> = sqlx::query_scalar(
        "select schemaname || '.' || tablename from pg_policies where policyname = 'below' and schemaname <> 'app' order by 1",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    assert_eq!(open, said.iter().map(|(t, _)| t.clone()).collect::<Vec<_>>());
    let mut ids: Vec<String> = sqlx::query_scalar("select dataset from app.read_below").fetch_all(pool).await.unwrap();
    ids.sort();
    let mut of_said: Vec<String> = said.into_iter().map(|(_, id)| id).collect();
    of_said.sort();
    assert_eq!(ids, of_said);
}

/// Every described table is under row-level security, its owner too, with the one policy for its scope.
pub async fn protected(w: World) {
    for d in w.app.catalog.datasets() {
        let held: bool = sqlx::query_scalar(
            "select c.relrowsecurity and c.relforcerowsecurity and exists (select from pg_policy p where p.polrelid = c.oid \
             and p.polname = 'scope' and p.polcmd = '*') and not exists (select from pg_policy p where p.polrelid = c.oid \
             and p.polpermissive and p.polname not in ('scope', 'below')) from pg_class c where c.oid = $1::regclass",
        )
        .bind(d.table())
        .fetch_one(w.app.db.pool())
        .await
        .unwrap();
        assert!(held, "{}: app.protect is missing in its migration", d.id);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_described_table_is_protected() {
    protected(World::new().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn descriptions_and_tables_agree_column_by_column() {
    let w = World::new().await;
    let mut wrong = vec![];
    for d in w.app.catalog.datasets() {
        let have = store::schema::columns(w.app.db.pool(), &d.table()).await.unwrap();
        let wanted = d.fields.values().flat_map(meta::ddl::columns_of);
        for (column, ty) in wanted {
            let ty = ty.split(" collate ").next().unwrap_or_default().replace(", ", ",");
            match have.get(&column).map(|t| t.replace("timestamp with time zone", "timestamptz")) {
                None => wrong.push(format!("{}.{column} is missing", d.table())),
                Some(t) if t != ty => wrong.push(format!("{}.{column} is {t}, described as {ty}", d.table())),
                Some(_) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_schema_that_is_checked_in_is_that_of_a_fresh_run() {
    let w = World::new().await;
    let fresh = store::schema::text(w.app.db.pool()).await.unwrap();
    let there = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/generated/schema.sql")).unwrap_or_default();
    assert!(there == fresh, "docs/generated/schema.sql is stale: run `cargo xtask codegen` and read the difference");
}
