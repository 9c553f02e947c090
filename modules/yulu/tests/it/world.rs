//! A county with a few students, actors of all levels, and the engines as the server puts them together.

use base::{Actor, RegionCode};
use files::{Files, NewFile};
use flow::{Ask, Done, Flows, Guards};
use jobs::{Job, Jobs, Worker, WorkerConfig};
use meta::Catalog;
use record::{Hooks, Provenance, Records, Row};
use registry::region::Regions;
use secure::TokenKind;
use serde_json::Value as Json;
use std::sync::Arc;
use std::time::Duration;
use store::testing::TestDb;
use store::{Db, Migrations};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use yulu::{TermJob, Work};

pub struct World {
    pub db: Db,
    pub flows: Flows,
    pub jobs: Jobs,
    pub files: Files,
    pub regions: Arc<registry::Names>,
    pub village: RegionCode,
    stop: CancellationToken,
    _folder: tempfile::TempDir,
    _test: TestDb,
}

pub fn actor(role: &str, region: &RegionCode) -> Actor {
    Actor { user_id: Uuid::now_v7(), name: format!("{role}某"), role: role.into(), region: region.clone(), ..Actor::system("x") }
}

pub fn object(j: Json) -> Row {
    j.as_object().cloned().unwrap()
}

pub async fn world() -> World {
    let modules = [registry::module(), yulu::module()];
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
    let test = store::testing::create_from_template("yulu", &migrations.checksum(), async |url| {
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
    assert_eq!(hooks.unmatched(&catalog), Vec::<String>::new());
    let directory = Arc::new(Regions::load(db.pool()).await.unwrap());
    let below = |c: &str| directory.children(c)[0].code.clone();
    let village = RegionCode::parse(&below(&below("360121000000"))).unwrap();
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
    for work in [Work::Compare, Work::Graduates] {
        jobs.handle(work.kind(), Arc::new(TermJob { db: db.clone(), flows: flows.clone(), work }));
    }
    let stop = CancellationToken::new();
    let quick = WorkerConfig { tick: Duration::from_millis(30), poll: Duration::from_millis(50), ..WorkerConfig::default() };
    let (worker, ending) = (Worker::new(jobs.clone(), quick), stop.clone());
    tokio::spawn(async move { worker.run(ending).await });
    World { db, flows, jobs, files, regions, village, stop, _folder: folder, _test: test }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A correct identity number of somebody born on 1 May of a year, with a prefix that is assigned to no place.
pub fn number(year: i32, serial: u32) -> String {
    let first = format!("999901{year}0501{serial:03}");
    format!("{first}{}", base::idcard::check_digit(&first).unwrap())
}

impl World {
    pub fn records(&self) -> &Records {
        self.flows.records()
    }

    /// A poor household with a parent and a student of that year of birth; the student's id.
    pub async fn student(&self, serial: u32, name: &str, born: i32, status: Option<&str>) -> Uuid {
        let household = Uuid::now_v7();
        sqlx::query(
            "insert into reg.household (id, region_code, household_no, head_name, hukou_count, income_pop, household_status, household_type) \
             values ($1, $2, $3, '家长', 2, 2, '01', '02')",
        )
        .bind(household)
        .bind(self.village.as_str())
        .bind(format!("{}{serial:06}", self.village.as_str()))
        .execute(self.db.pool())
        .await
        .unwrap();
        self.member(household, "家长", &number(1978, serial), "1978-05-01", "01", None).await;
        self.member(household, name, &number(born, serial), &format!("{born}-05-01"), "03", status).await
    }

    async fn member(&self, household: Uuid, name: &str, id_no: &str, born: &str, relation: &str, status: Option<&str>) -> Uuid {
        let id = Uuid::now_v7();
        let vault = &self.records().vault;
        sqlx::query(
            "insert into reg.member (id, region_code, household_id, name, id_no_token, id_no_cipher, id_no_ok, birth_date, relation, \
               member_status, labor_skill, student_status) values ($1, $2, $3, $4, $5, $6, true, $7::date, $8, '01', '05', $9)",
        )
        .bind(id)
        .bind(self.village.as_str())
        .bind(household)
        .bind(name)
        .bind(vault.token(TokenKind::IdCard, id_no).to_vec())
        .bind(vault.seal(id_no, &secure::place("reg.member", "id_no", &id)).unwrap())
        .bind(born.parse::<chrono::NaiveDate>().unwrap())
        .bind(relation)
        .bind(status)
        .execute(self.db.pool())
        .await
        .unwrap();
        id
    }

    pub async fn create(&self, by: &Actor, dataset: &str, row: Json) -> Uuid {
        let mut tx = self.db.begin(by).await.unwrap();
        let d = self.records().dataset(dataset).unwrap().clone();
        let saved = self.records().create(&mut tx, &d, &object(row), &Provenance::default()).await;
        let saved = saved.unwrap_or_else(|e| panic!("{dataset}: {} {:?}", e.chain(), e.problems));
        if let Some(flow) = &d.flow {
            self.flows.ensure_started(&mut tx, flow, saved.id).await.unwrap();
        }
        tx.commit().await.unwrap();
        saved.id
    }

    pub async fn patch(&self, by: &Actor, dataset: &str, id: Uuid, row: Json) -> base::Result<()> {
        let mut tx = self.db.begin(by).await?;
        let d = self.records().dataset(dataset)?.clone();
        self.records().patch(&mut tx, &d, id, None, &object(row), &Provenance::default()).await?;
        tx.commit().await?;
        Ok(())
    }

    pub async fn step(&self, by: &Actor, flow: &str, id: Uuid, ask: &Ask<'_>) -> base::Result<Done> {
        let mut tx = self.db.begin(by).await?;
        let done = self.flows.act(&mut tx, flow, id, ask).await?;
        tx.commit().await?;
        Ok(done)
    }

    pub async fn led(&self, by: &Actor, flow: &str, id: Uuid, ask: &Ask<'_>) -> String {
        self.step(by, flow, id, ask).await.unwrap_or_else(|e| panic!("{}: {} {:?}", ask.transition, e.chain(), e.problems)).state
    }

    /// The province's work on a term, to its end.
    pub async fn term(&self, by: &Actor, work: Work, term: Uuid) -> Job {
        let id = self.jobs.enqueue(by, work.kind(), "学期", yulu::term_payload(term)).await.unwrap();
        loop {
            let job = self.jobs.get(by, id).await.unwrap();
            if job.state.is_over() {
                return job;
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    pub async fn refused(&self, by: &Actor, flow: &str, id: Uuid, ask: &Ask<'_>) -> base::Error {
        self.step(by, flow, id, ask).await.expect_err("should be refused")
    }

    pub async fn attach(&self, by: &Actor, dataset: &str, id: Uuid, field: &str, region: &RegionCode) {
        let place = NewFile::attachment(dataset, id, field, region, "a.pdf");
        self.files.save_made(by, place, tempfile::NamedTempFile::new().unwrap()).await.unwrap();
    }

    pub async fn id(&self, sql: &'static str, of: Uuid) -> Uuid {
        sqlx::query_scalar(sql).bind(of).fetch_one(self.db.pool()).await.unwrap()
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(self.db.pool()).await.unwrap()
    }

    pub async fn row(&self, by: &Actor, dataset: &str, id: Uuid) -> Row {
        let mut tx = self.db.begin(by).await.unwrap();
        let d = self.records().dataset(dataset).unwrap().clone();
        self.records().get_plain(&mut tx, &d, id).await.unwrap()
    }
}
