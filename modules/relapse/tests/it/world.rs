//! Two counties with a few families, actors of all levels, and the engines as the server puts them together.

use base::{Actor, RegionCode};
use files::{FileRow, Files, NewFile};
use flow::{Flows, Guards};
use jobs::{Job, Jobs, Worker, WorkerConfig};
use meta::Catalog;
use record::{Hooks, Records, Row};
use registry::region::Regions;
use secure::TokenKind;
use serde_json::Value as Json;
use sheet::{Column, OutCell, OutKind, Writer};
use std::sync::Arc;
use std::time::Duration;
use store::testing::TestDb;
use store::{Db, Migrations};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub struct World {
    pub db: Db,
    pub flows: Flows,
    pub jobs: Jobs,
    pub files: Files,
    pub regions: Arc<registry::Names>,
    /// A village of 360121 with its town, and one of the county beside it.
    pub village: RegionCode,
    pub elsewhere: RegionCode,
    stop: CancellationToken,
    _folder: tempfile::TempDir,
    pub test: TestDb,
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

pub fn actor(role: &str, region: &RegionCode) -> Actor {
    Actor { user_id: Uuid::now_v7(), name: format!("{role}某"), role: role.into(), region: region.clone(), ..Actor::system("x") }
}

pub fn province() -> RegionCode {
    RegionCode::parse("36").unwrap()
}

pub async fn world() -> World {
    let modules = [registry::module(), relapse::module()];
    let mut rooms: Vec<(&'static str, &'static include_dir::Dir<'static>)> = vec![
        ("store", &store::MIGRATIONS),
        ("jobs", &jobs::MIGRATIONS),
        ("files", &files::MIGRATIONS),
        ("flow", &flow::MIGRATIONS),
        ("record", &record::MIGRATIONS),
        ("report", &report::MIGRATIONS),
        ("quality", &quality::MIGRATIONS),
    ];
    rooms.extend(modules.iter().map(|m| (m.id, m.migrations)));
    let migrations = Migrations::collect(&rooms).unwrap();
    let test = store::testing::create_from_template("relapse", &migrations.checksum(), async |url| {
        let db = Db::connect(&url, 2).await?;
        migrations.migrate(db.pool()).await?;
        registry::region::seed(db.pool()).await?;
        db.close().await;
        Ok(())
    })
    .await
    .unwrap();
    let db = test.db().await.unwrap();
    let all: Vec<meta::Descriptions> = modules.iter().map(|m| m.descriptions).chain([quality::DESCRIPTIONS]).collect();
    let catalog = Catalog::load(&all).unwrap();
    let (mut hooks, mut guards) = (Hooks::default(), Guards::default());
    for m in &modules {
        (m.hooks)(&mut hooks);
        (m.flow)(&mut guards);
    }
    guards.effect("quality.corrected", Arc::new(quality::Corrected));
    guards.effect("quality.dispatched", Arc::new(quality::Dispatched));
    assert_eq!(guards.unmatched(&catalog), Vec::<String>::new());
    let directory = Arc::new(Regions::load(db.pool()).await.unwrap());
    let village = |county: &str| -> RegionCode {
        let below = |c: &str| directory.children(c)[0].code.clone();
        RegionCode::parse(&below(&below(county))).unwrap()
    };
    let (here, there) = (village("360121000000"), village("360123000000"));
    let regions = Arc::new(registry::Names::new(directory.clone()));
    let folder = tempfile::tempdir().unwrap();
    let records = Records {
        catalog,
        vault: Arc::new(secure::SoftVault::open(&folder.path().join("keys.json")).unwrap()),
        regions: regions.clone(),
        hooks: Arc::new(hooks),
        sight: Arc::default(),
    };
    let policy = Arc::new(registry::policy::Policy);
    let flows = Flows::new(records, guards).with_calendar(policy.clone()).with_params(policy);
    let files = Files::local(db.pool().clone(), &folder.path().join("files")).unwrap();
    let jobs = Jobs::new(db.pool().clone());
    for (kind, handler) in relapse::handlers(&flows, &files, &db) {
        jobs.handle(kind, handler);
    }
    let (kind, handler) = relapse::internal::handler(&flows, &files, &jobs, &db);
    jobs.handle(kind, handler);
    for (kind, handler) in relapse::reception::handlers(flows.records(), &files, &jobs, &db) {
        jobs.handle(kind, handler);
    }
    let stop = CancellationToken::new();
    let quick = WorkerConfig {
        tick: Duration::from_millis(30),
        lease: Duration::from_millis(700),
        poll: Duration::from_millis(50),
        ..WorkerConfig::default()
    };
    let (worker, ending) = (Worker::new(jobs.clone(), quick), stop.clone());
    tokio::spawn(async move { worker.run(ending).await });
    World { db, flows, jobs, files, regions, village: here, elsewhere: there, stop, _folder: folder, test }
}

/// A correct identity number from its first 17 digits.
pub fn number(serial: u32) -> String {
    let first = format!("99990119700101{serial:03}");
    format!("{first}{}", base::idcard::check_digit(&first).unwrap())
}

impl World {
    pub fn records(&self) -> &Records {
        self.flows.records()
    }

    /// A household with one member; the columns are what a test needs beside the usual ones.
    pub async fn family(&self, village: &RegionCode, serial: u32, name: &str, extra: &[(&str, &str)]) -> Uuid {
        let (household, member) = (Uuid::now_v7(), Uuid::now_v7());
        let (names, values): (Vec<&str>, Vec<&str>) = extra.iter().copied().unzip();
        let also = |list: &[&str]| list.iter().map(|x| format!(", {x}")).collect::<String>();
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "insert into reg.household (id, region_code, household_no, head_name, hukou_count, income_pop, household_status{}) \
             values ($1, $2, $3, $4, 1, 1, '01'{})",
            also(&names),
            also(&values)
        )))
        .bind(household)
        .bind(village.as_str())
        .bind(format!("{}{serial:06}", village.as_str()))
        .bind(name)
        .execute(self.db.pool())
        .await
        .unwrap();
        let token = self.records().vault.token(TokenKind::IdCard, &number(serial)).to_vec();
        sqlx::query(
            "insert into reg.member (id, region_code, household_id, name, id_no_token, id_no_cipher, relation, member_status, labor_skill) \
             values ($1, $2, $3, $4, $5, $6, '01', '01', '01')",
        )
        .bind(member)
        .bind(village.as_str())
        .bind(household)
        .bind(name)
        .bind(token)
        .bind(self.records().vault.seal(&number(serial), &secure::place("reg.member", "id_no", &member)).unwrap())
        .execute(self.db.pool())
        .await
        .unwrap();
        household
    }

    /// Item 31 with one row a stay: name, number, day in, burden in yuan.
    pub async fn deliver(&self, by: &Actor, rows: &[(&str, String, &str, &str)]) -> FileRow {
        let heads = [
            "姓名",
            "证件号码",
            "县(市、区)",
            "乡(镇)",
            "行政村",
            "数据时间",
            "数据来源流水号",
            "入院日期",
            "出院日期",
            "总费用(元)",
            "政策范围内个人负担(元)",
        ];
        let columns = heads.iter().map(|h| Column::new(*h, OutKind::Text)).collect();
        let mut out = Writer::new("住院结算", columns, None).unwrap();
        for (i, (name, id, day, own)) in rows.iter().enumerate() {
            let serial = format!("L{i}");
            let cells = [*name, id, "某县", "某乡", "某村", "2026-10-01", serial.as_str(), *day, *day, *own, *own];
            out.row(&mut cells.map(OutCell::from)).unwrap();
        }
        let path = self._folder.path().join(format!("{}.xlsx", Uuid::now_v7()));
        out.finish(&path).unwrap();
        let bytes: Result<bytes::Bytes, std::io::Error> = Ok(std::fs::read(&path).unwrap().into());
        self.files.save(by, NewFile::import(by, "住院结算.xlsx"), futures::stream::iter([bytes])).await.unwrap()
    }

    pub async fn receive(&self, by: &Actor, file: &FileRow) -> Job {
        let payload = serde_json::json!({ "file_id": file.id, "item": "31", "period": 202_610 });
        let id = self.jobs.enqueue(by, "relapse.department_batch", "接收", payload).await.unwrap();
        self.end(by, id).await
    }
    pub async fn approve(&self, by: &Actor, dispatch: &Json) -> Job {
        let payload = serde_json::json!({ "dispatch_batch_id": dispatch, "opinion": "同意" });
        let id = self.jobs.enqueue(by, "relapse.dispatch", "派发", payload).await.unwrap();
        self.end(by, id).await
    }
    pub async fn end(&self, by: &Actor, id: Uuid) -> Job {
        for _ in 0..600 {
            let job = self.jobs.get(by, id).await.unwrap();
            if job.state.is_over() {
                return job;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the job does not end");
    }
    /// The monitoring line of this year.
    pub async fn line(&self, region: &str, fen: i64, state: &str) {
        sqlx::query(
            "insert into reg.monitor_line (id, region_code, year, amount, valid_from, state) \
             values (gen_random_uuid(), $1, extract(year from now() + interval '8 hours')::integer, $2, date '2020-01-01', $3)",
        )
        .bind(region)
        .bind(fen)
        .bind(state)
        .execute(self.db.pool())
        .await
        .unwrap();
    }
    pub async fn no_line(&self) {
        sqlx::query("delete from reg.monitor_line").execute(self.db.pool()).await.unwrap();
    }
    /// Puts everything a row went through so many days further into the past.
    pub async fn pass(&self, id: Uuid, days: i32) {
        sqlx::query("update app.flow_step set at = at - make_interval(days => $2) where row_id = $1")
            .bind(id)
            .bind(days)
            .execute(self.db.pool())
            .await
            .unwrap();
    }
    /// A number of the version in force, past the desk.
    pub async fn number(&self, key: &str, region: &str, from: &str, value: i64) {
        let mut tx = self.db.pool().begin().await.unwrap();
        sqlx::raw_sql("set local session_replication_role = replica").execute(&mut *tx).await.unwrap();
        sqlx::query(
            "insert into relapse.model_value (version_id, key, region_code, valid_from, value) \
             select id, $1, $2, $3::date, $4 from relapse.model_version where state = '03' \
                 on conflict (version_id, key, region_code, valid_from) do update set value = excluded.value",
        )
        .bind(key)
        .bind(region)
        .bind(from)
        .bind(value)
        .execute(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }

    pub fn regions_below(&self, region: &RegionCode) -> usize {
        report::Regions::below(self.regions.as_ref(), region).len()
    }
    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(self.db.pool()).await.unwrap()
    }
    pub async fn row(&self, by: &Actor, dataset: &str, id: Uuid) -> base::Result<Row> {
        let mut tx = self.db.begin(by).await?;
        let d = self.records().dataset(dataset)?.clone();
        self.records().get_plain(&mut tx, &d, id).await
    }
}

impl World {
    /// Gives a verification form what it needs before it may be handed in: two verifiers, three photographs, two signatures.
    pub async fn complete(&self, by: &Actor, form: Uuid) {
        let mut tx = self.db.begin(by).await.unwrap();
        let verifiers = self.records().dataset("relapse.verify_verifier").unwrap().clone();
        for name in ["张三", "李四"] {
            let row = serde_json::json!({"form_id": form, "user_id": Uuid::now_v7(), "name": name});
            let row = row.as_object().unwrap().clone();
            self.records().create(&mut tx, &verifiers, &row, &record::Provenance::default()).await.unwrap();
        }
        let forms = self.records().dataset("relapse.verify_form").unwrap().clone();
        let none = serde_json::json!({"no_obligor": true}).as_object().unwrap().clone();
        self.records().patch(&mut tx, &forms, form, None, &none, &record::Provenance::default()).await.unwrap();
        tx.commit().await.unwrap();
        for (field, n) in [("photos", 3), ("householder_sign", 1), ("verifier_sign", 1)] {
            for i in 0..n {
                let place = NewFile::attachment("relapse.verify_form", form, field, &self.village, &format!("{i}.pdf"));
                let made = tempfile::NamedTempFile::new().unwrap();
                self.files.save_made(by, place, made).await.unwrap();
            }
        }
    }
}
