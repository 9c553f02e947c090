//! Import and export as jobs against a real PostgreSQL: everything or nothing, scope, keys, undo, a worker killed in the middle.

#[path = "../../../jobs/tests/it/pg.rs"]
mod pg;

use crate::CATALOG;
use crate::importing::Map;
use base::{Actor, RegionCode};
use files::{FileRow, Files, NewFile};
use jobs::{Job, Jobs, State, Worker, WorkerConfig};
use record::{Hooks, Records, RegionNames};
use serde_json::{Value as Json, json};
use sheet::export::{EXPORT, Exporter};
use sheet::import::{IMPORT, Importer, payload};
use sheet::{Book, Cell};
use sqlx::Row;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use store::{Db, Migrations};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

struct Names;
impl RegionNames for Names {
    fn name(&self, code: &str) -> Option<String> {
        Some(if code.starts_with("360121") { "某某县" } else { "别处" }.into())
    }
    fn is_valid(&self, _: &str) -> bool {
        true
    }
}

pub(crate) fn officer(region: &str) -> Actor {
    Actor {
        user_id: Uuid::now_v7(),
        name: "李干部".into(),
        role: "R08".into(),
        region: RegionCode::parse(region).unwrap(),
        ..Actor::system("x")
    }
}

pub(crate) struct World {
    pub(crate) db: Db,
    pub(crate) jobs: Jobs,
    pub(crate) files: Files,
    pub(crate) records: Records,
    pub(crate) me: Actor,
    pub(crate) stop: CancellationToken,
    pub(crate) folder: Arc<tempfile::TempDir>,
}

fn open(db: Db, folder: Arc<tempfile::TempDir>, me: Actor) -> World {
    let path: &Path = folder.path();
    let files = Files::local(db.pool().clone(), &path.join("files")).unwrap();
    let records = Records {
        catalog: CATALOG.clone(),
        vault: Arc::new(secure::SoftVault::open(&path.join("keys.json")).unwrap()),
        regions: Arc::new(Names),
        hooks: Arc::new(Hooks::default()),
        sight: Arc::default(),
    };
    let jobs = Jobs::new(db.pool().clone());
    jobs.handle(
        IMPORT,
        Arc::new(Importer { records: records.clone(), files: files.clone(), db: db.clone(), places: Arc::new(Map) }),
    );
    jobs.handle(EXPORT, Arc::new(Exporter { records: records.clone(), files: files.clone(), db: db.clone(), data_marks: None }));
    World { db, jobs, files, records, me, stop: CancellationToken::new(), folder }
}

pub(crate) async fn empty() -> (String, World) {
    let url = pg::database(&[]).await;
    let db = Db::connect(&url, 8).await.unwrap();
    let rooms = [("store", &store::MIGRATIONS), ("jobs", &jobs::MIGRATIONS), ("files", &files::MIGRATIONS)];
    Migrations::collect(&rooms).unwrap().migrate(db.pool()).await.unwrap();
    let table = meta::ddl::create_table(CATALOG.dataset("box.thing").unwrap());
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("create schema box; {table}"))).execute(db.pool()).await.unwrap();
    (url, open(db, Arc::new(tempfile::tempdir().unwrap()), officer("360121")))
}

fn quick() -> WorkerConfig {
    WorkerConfig {
        tick: Duration::from_millis(30),
        lease: Duration::from_millis(700),
        poll: Duration::from_millis(50),
        ..WorkerConfig::default()
    }
}

impl World {
    pub(crate) fn work(&self) {
        let (worker, stop) = (Worker::new(self.jobs.clone(), quick()), self.stop.clone());
        tokio::spawn(async move { worker.run(stop).await });
    }
    pub(crate) async fn upload(&self, name: &str, bytes: &[u8]) -> FileRow {
        let part: Result<bytes::Bytes, std::io::Error> = Ok(bytes::Bytes::copy_from_slice(bytes));
        self.files.save(&self.me, NewFile::import(&self.me, name), futures::stream::iter([part])).await.unwrap()
    }
    pub(crate) async fn import(&self, text: &str) -> Job {
        self.import_bytes("名单.csv", text.as_bytes()).await
    }
    /// An export of everything the actor sees, as bytes.
    pub(crate) async fn export(&self) -> Vec<u8> {
        let id = self.jobs.enqueue(&self.me, EXPORT, "导出", sheet::export::payload("box.thing", &[], &[])).await.unwrap();
        let out = self.end(id).await;
        assert_eq!(out.state, State::Done, "{}", out.message);
        let link = out.result.as_ref().unwrap()["file"].as_str().unwrap().to_owned();
        let (_, copy) = self.files.open_copy(&self.me, Uuid::parse_str(link.rsplit('/').next().unwrap()).unwrap()).await.unwrap();
        std::fs::read(copy.path()).unwrap()
    }
    pub(crate) async fn import_bytes(&self, name: &str, bytes: &[u8]) -> Job {
        let file = self.upload(name, bytes).await;
        let id = self.jobs.enqueue(&self.me, IMPORT, "导入", payload("box.thing", file.id, None)).await.unwrap();
        self.end(id).await
    }
    pub(crate) async fn end(&self, id: Uuid) -> Job {
        for _ in 0..1500 {
            let job = self.jobs.get(&self.me, id).await.unwrap();
            if job.state.is_over() {
                return job;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("never ended: {:?}", self.jobs.get(&self.me, id).await);
    }
    pub(crate) async fn undo(&self, id: Uuid) -> Job {
        self.jobs.undo(&self.me, id).await.unwrap();
        self.end(id).await
    }
    /// Living rows as (thing_no, kind_code, count).
    pub(crate) async fn rows(&self) -> Vec<(String, String, Option<i32>)> {
        let rows = sqlx::query("select thing_no, kind_code, count from box.thing where not deleted order by thing_no")
            .fetch_all(self.db.pool())
            .await
            .unwrap();
        rows.iter().map(|r| (r.get(0), r.get(1), r.get(2))).collect()
    }
    pub(crate) async fn read(&self, job: &Job, sheet: &str) -> Vec<Vec<String>> {
        let link = job.result.as_ref().unwrap()["download"].as_str().unwrap().to_owned();
        let id = Uuid::parse_str(link.rsplit('/').next().unwrap()).unwrap();
        let (_, copy) = self.files.open_copy(&self.me, id).await.unwrap();
        let mut out = Vec::new();
        Book::open(copy.path())
            .unwrap()
            .rows(sheet, |r| {
                out.push(r.cells.iter().map(Cell::show).collect());
                Ok(true)
            })
            .unwrap();
        out
    }
}

fn row(no: &str, kind: &str, count: i32) -> (String, String, Option<i32>) {
    (no.into(), kind.into(), Some(count))
}

const FIRST: &str = "编号,类别,数量,区划代码,证件号码\nA1,一般,1,360121100201,360122196811031234\nA2,普通,2,360121100201,\nA3,其他,三,360121100201,\nA1,一般,9,360121100201,\n,一般,9,360121100201,\n";

#[tokio::test]
async fn good_rows_are_taken_bad_ones_come_back_and_the_batch_is_undone() {
    let (_, w) = empty().await;
    w.work();
    let first = w.import(FIRST).await;
    assert_eq!(first.state, State::Done, "{}", first.message);
    let r = first.result.clone().unwrap();
    assert_eq!([&r["rows"], &r["created"], &r["changed"], &r["bad"]], [&json!(5), &json!(2), &json!(0), &json!(3)]);
    assert_eq!(w.rows().await, [row("A1", "01", 1), row("A2", "01", 2)]);
    let said: Vec<(u64, &str)> =
        r["problems"].as_array().unwrap().iter().map(|p| (p["row"].as_u64().unwrap(), p["column"].as_str().unwrap())).collect();
    assert_eq!(said, [(4, "C"), (5, "A"), (6, "A")]);
    assert!(r["problems"][1]["message"].as_str().unwrap().contains("第 2 行重复"));
    assert_eq!(w.read(&first, "数据").await.len(), 6);
    assert!(!r.to_string().contains("360122196811031234"));

    let second = w.import("编号,数量,类别\nA1,1,\nA2,5,\nA4,7,一般\n").await;
    let r2 = second.result.clone().unwrap();
    assert_eq!(
        [&r2["skipped"], &r2["changed"], &r2["bad"]],
        [&json!(1), &json!(1), &json!(1)],
        "A1 as it was, A2 changed, A4 has no place: {r2}"
    );
    assert_eq!(w.rows().await, [row("A1", "01", 1), row("A2", "01", 5)]);

    sqlx::query("update box.thing set count = 8, row_version = row_version + 1 where thing_no = 'A1'")
        .execute(w.db.pool())
        .await
        .unwrap();
    let undone = w.undo(second.id).await;
    assert_eq!((undone.state, w.rows().await), (State::Undone, vec![row("A1", "01", 8), row("A2", "01", 2)]));
    let undone = w.undo(first.id).await;
    let u = &undone.result.as_ref().unwrap()["undone"];
    assert_eq!((&u["deleted"], &u["kept"]), (&json!(0), &json!(2)), "both were changed since: {undone:?}");
    assert!(undone.message.contains("人工核对"));
}

#[tokio::test]
async fn a_refusal_of_the_engine_costs_one_row_not_its_neighbours() {
    let (_, w) = empty().await;
    w.work();
    let job =
        w.import("编号,类别,区划代码,保管人\nB1,一般,360121100201,甲\nB2,一般,360121100201,坏\nB3,一般,360121100201,乙\n").await;
    let r = job.result.unwrap();
    assert_eq!(
        (w.rows().await.len(), &r["bad"], &r["problems"][0]["column"], &r["problems"][0]["row"]),
        (2, &json!(1), &json!("D"), &json!(3))
    );
}

#[tokio::test]
async fn another_county_is_neither_seen_nor_written() {
    let (_, mut w) = empty().await;
    w.work();
    w.import(FIRST).await;
    w.me = officer("360122");
    let job = w.import("编号,类别,数量,区划代码\nA1,其他,66,360121100201\nA2,其他,66,360122100201\n").await;
    let r = job.result.clone().unwrap();
    assert_eq!((&r["taken"], &r["bad"]), (&json!(0), &json!(2)), "{r}");
    assert!(r["problems"][0]["message"].as_str().unwrap().contains("不在您的辖区"));
    assert_eq!(w.rows().await, [row("A1", "01", 1), row("A2", "01", 2)]);
    w.me.role = "R99".into();
    assert_eq!(w.import(FIRST).await.result.unwrap()["code"], "record.not_allowed");
}

#[tokio::test]
async fn an_export_comes_back_through_the_import_unchanged_and_masked_values_do_no_harm() {
    let (_, w) = empty().await;
    w.work();
    w.import(FIRST).await;
    let id = w.jobs.enqueue(&w.me, EXPORT, "导出", sheet::export::payload("box.thing", &[], &[])).await.unwrap();
    let out = w.end(id).await;
    assert_eq!(out.state, State::Done, "{}", out.message);
    let rows = w.read(&out, "物件").await;
    assert!(rows[1][0].contains("某某县") && rows[1][0].contains(out.result.as_ref().unwrap()["export_no"].as_str().unwrap()));
    let all = rows.concat().join("|");
    assert!(all.contains("360122********1234") && !all.contains("19681103"), "{all}");
    let back = w.import_bytes("导出.xlsx", &w.export().await).await.result.unwrap();
    assert_eq!(
        [&back["rows"], &back["skipped"], &back["bad"], &back["masked"]],
        [&json!(2), &json!(2), &json!(0), &json!(1)],
        "{back}"
    );
    let mut tx = w.db.begin(&Actor::system("检查")).await.unwrap();
    let d = CATALOG.dataset("box.thing").unwrap();
    let id: Uuid = sqlx::query_scalar("select id from box.thing where thing_no = 'A1'").fetch_one(w.db.pool()).await.unwrap();
    let plain = w.records.get_plain(&mut tx, d, id).await.unwrap();
    assert_eq!(plain["id_no"], json!("360122196811031234"), "the stored number was not overwritten by stars");
}

/// Not a test by itself: the body of the process that the next test kills.
#[tokio::test]
async fn child_worker() {
    let (Ok(url), Ok(folder)) = (std::env::var("SHEET_CHILD_URL"), std::env::var("SHEET_CHILD_FOLDER")) else { return };
    let db = Db::connect(&url, 8).await.unwrap();
    let jobs = Jobs::new(db.pool().clone());
    let files = Files::local(db.pool().clone(), &Path::new(&folder).join("files")).unwrap();
    let vault = Arc::new(secure::SoftVault::open(&Path::new(&folder).join("keys.json")).unwrap());
    let records = Records {
        catalog: CATALOG.clone(),
        vault,
        regions: Arc::new(Names),
        hooks: Arc::new(Hooks::default()),
        sight: Arc::default(),
    };
    jobs.handle(IMPORT, Arc::new(Importer { records, files, db, places: Arc::new(Map) }));
    Worker::new(jobs, quick()).run(CancellationToken::new()).await.unwrap();
}

#[tokio::test]
async fn a_server_killed_in_the_middle_leaves_nothing_half_and_the_next_one_does_it_once() {
    let (url, w) = empty().await;
    let mut text = String::from("编号,类别,数量,区划代码\n");
    for i in 0..6000 {
        text.push_str(&format!("K{i:05},一般,{},360121100201\n", i % 100));
    }
    let file = w.upload("大.csv", text.as_bytes()).await;
    let id = w.jobs.enqueue(&w.me, IMPORT, "导入", payload("box.thing", file.id, None)).await.unwrap();
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "pipeline::child_worker"])
        .env("SHEET_CHILD_URL", &url)
        .env("SHEET_CHILD_FOLDER", w.folder.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut seen = 0;
    while seen < 8 {
        seen = w.jobs.get(&w.me, id).await.unwrap().progress;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(w.rows().await.is_empty(), "nothing is half applied");
    w.work();
    let done = w.end(id).await;
    assert_eq!((done.state, done.attempts, w.rows().await.len()), (State::Done, 2, 6000), "{}", done.message);
    let lines: i64 = sqlx::query_scalar("select count(*) from app.row_change").fetch_one(w.db.pool()).await.unwrap();
    assert_eq!(lines, 6000, "applied once");
    let mark: Json = sqlx::query_scalar("select mark from app.job where id = $1").bind(id).fetch_one(w.db.pool()).await.unwrap();
    assert_eq!(mark["imported"]["created"], json!(6000));
    // as if it had been killed between its commit and its last word: the next attempt only repeats what was done
    sqlx::query("update app.job set state = 'queued', attempts = 1, result = null where id = $1")
        .bind(id)
        .execute(w.db.pool())
        .await
        .unwrap();
    let again = w.end(id).await;
    assert_eq!((again.state, w.rows().await.len(), &again.result.unwrap()["created"]), (State::Done, 6000, &json!(6000)));
}

#[tokio::test]
async fn a_cancelled_import_leaves_nothing() {
    let (_, w) = empty().await;
    let mut text = String::from("编号,类别,区划代码\n");
    for i in 0..20_000 {
        text.push_str(&format!("C{i:05},一般,360121100201\n"));
    }
    let file = w.upload("大.csv", text.as_bytes()).await;
    let id = w.jobs.enqueue(&w.me, IMPORT, "导入", payload("box.thing", file.id, None)).await.unwrap();
    w.work();
    while w.jobs.get(&w.me, id).await.unwrap().progress < 5 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    w.jobs.cancel(&w.me, id).await.unwrap();
    assert_eq!((w.end(id).await.state, w.rows().await.len()), (State::Cancelled, 0));
}
