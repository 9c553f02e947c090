//! A city with a few thousand households, the files of this week and of next week, and people to hand them in and decide.

use base::Level;
use exchange::Exchange;
use files::NewFile;
use jobs::{Progress, State};
use registry::region::Regions;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;
use synth::{LoadOpts, Opts, Province, Week};
use testkit::{Person, World};

pub struct Sync {
    pub w: World,
    pub x: Exchange,
    /// Hands in; decides.
    pub data: Person,
    pub chief: Person,
    pub dir: tempfile::TempDir,
    stop: tokio_util::sync::CancellationToken,
}

impl Drop for Sync {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Sync {
    /// The register as this week's files say it; `this` and `next` hold the files.
    pub async fn new(households: u64) -> Sync {
        Sync::over(Level::City, households).await
    }

    /// The same with households spread over the city or the province of the world's village.
    pub async fn over(level: Level, households: u64) -> Sync {
        let w = World::new().await;
        let regions = Regions::load(w.app.db.pool()).await.unwrap();
        let scope = w.village.ancestor(level).scope();
        let opts = Opts { scope, ..Opts::new(households, 7, record::today()) };
        let many = Opts { poverty_share: 0.6, monitored_share: 0.2, ..opts.clone() };
        let province = Province::new(&regions, if level == Level::City { many } else { opts });
        let load = LoadOpts { assisted_only: level == Level::City, ..LoadOpts::default() };
        synth::run_demo(w.app.db.pool(), w.app.records.vault.clone(), &province, &load, |_, _| {}).await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        synth::write_national(&dir.path().join("this"), &province, Week::This).unwrap();
        synth::write_national(&dir.path().join("next"), &province, Week::Next).unwrap();
        let top = w.village.ancestor(Level::Province);
        let (data, chief) = (w.actor("R04", &top).await, w.actor("R02", &top).await);
        let stop = tokio_util::sync::CancellationToken::new();
        let (jobs, token) = (w.app.jobs.clone(), stop.clone());
        let config = jobs::WorkerConfig { poll: Duration::from_millis(100), ..jobs::WorkerConfig::default() };
        tokio::spawn(async move { jobs::Worker::new(jobs, config).run(token).await });
        let x = registry::sync::exchange(&w.app);
        Sync { w, x, data, chief, dir, stop }
    }

    pub fn files(&self, week: &str) -> Vec<PathBuf> {
        xlsx_in(&self.dir.path().join(week))
    }

    /// Hands files in and waits for the comparison.
    pub async fn hand_in(&self, paths: &[PathBuf]) -> (String, Value) {
        let mut saved = Vec::new();
        for p in paths {
            let copy = tempfile::NamedTempFile::new().unwrap();
            std::fs::copy(p, copy.path()).unwrap();
            let name = p.file_name().unwrap().to_string_lossy().into_owned();
            saved.push(self.x.files.save_made(&self.data.actor, NewFile::import(&self.data.actor, &name), copy).await.unwrap());
        }
        let (no, job) = self.x.receive(&self.data.actor, "national", &saved, "1").await.unwrap();
        let done = self.wait(&self.data, job.id).await;
        (no, done)
    }

    pub async fn wait(&self, who: &Person, job: uuid::Uuid) -> Value {
        for _ in 0..1200 {
            let j = self.x.jobs.get(&who.actor, job).await.unwrap();
            if j.state.is_over() {
                return json!(j);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the job does not end");
    }

    pub async fn detail(&self, no: &str) -> Value {
        let a = self.w.send(Some(&self.chief), "GET", &format!("/registry/sync/batches/{no}"), None).await;
        assert_eq!(a.status, 200, "{}", a.text);
        a.body
    }

    /// Approves over HTTP and waits until the batch is applied.
    pub async fn approve(&self, no: &str) -> Value {
        let body = json!({"opinion": "差异已核对"});
        let a = self.w.send(Some(&self.chief), "POST", &format!("/registry/sync/batches/{no}/approve"), Some(&body)).await;
        assert_eq!(a.status, 202, "{}", a.text);
        let done = self.wait(&self.chief, a.body["id"].as_str().unwrap().parse().unwrap()).await;
        assert_eq!(done["state"], json!(State::Done), "{done}");
        done
    }

    /// This week's files taken, so that next week's differ by what was planted only.
    pub async fn first_week(&self) -> String {
        let (no, done) = self.hand_in(&self.files("this")).await;
        assert_eq!(done["state"], "done", "{done}");
        self.approve(&no).await;
        no
    }

    /// Differences of a batch: (dataset, verb, key, fields).
    pub async fn differences(&self, no: &str) -> BTreeSet<(String, String, String, Vec<String>)> {
        let mut tx = self.w.app.db.begin(&self.chief.actor).await.unwrap();
        sqlx::query_as("select dataset, verb, key, fields from app.sync_difference where batch_no = $1")
            .bind(no)
            .fetch_all(tx.conn())
            .await
            .unwrap()
            .into_iter()
            .collect()
    }

    /// Everything that rows say, without the columns that only count writes.
    pub async fn picture(&self, columns_left_out: &[&str]) -> Vec<String> {
        let mut tx = self.w.app.db.begin(&self.chief.actor).await.unwrap();
        let mut out = Vec::new();
        for table in
            ["reg.household", "reg.member", "reg.living_year", "reg.income_period", "relapse.monitor_case", "reg.income_item"]
        {
            let mut less = String::from(
                "to_jsonb(t) - 'row_version' - 'updated_at' - 'updated_by' - 'sync_batch_no' - 'national_updated_at'",
            );
            for c in columns_left_out.iter().chain(&["id_no_cipher", "head_id_no_cipher", "bank_account_cipher"]) {
                less.push_str(&format!(" - '{c}'"));
            }
            let sql = format!("select '{table} ' || ({less})::text from {table} t where not deleted order by id");
            let rows: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(tx.conn()).await.unwrap();
            out.extend(rows);
        }
        out
    }

    pub async fn scalar(&self, sql: &str) -> i64 {
        let mut tx = self.w.app.db.begin(&self.chief.actor).await.unwrap();
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned())).fetch_one(tx.conn()).await.unwrap()
    }

    /// Rows that a statement wrote.
    pub async fn execute(&self, sql: &str) -> u64 {
        let mut tx = self.w.app.db.begin(&self.chief.actor).await.unwrap();
        let n = sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).execute(tx.conn()).await.unwrap().rows_affected();
        tx.commit().await.unwrap();
        n
    }

    /// What was told about rows of files: (code, message).
    pub async fn problems(&self, no: &str) -> Vec<(String, String)> {
        let lines = self.x.problems(&self.chief.actor, no, 0, 500).await.unwrap();
        lines.into_iter().map(|p| (p.code, format!("{} {}{} {}", p.file, p.column, p.row, p.message))).collect()
    }

    pub fn quiet() -> Progress {
        Progress::new()
    }
}

pub fn xlsx_in(dir: &Path) -> Vec<PathBuf> {
    let mut out: Vec<PathBuf> = std::fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "xlsx"))
        .collect();
    out.sort();
    out
}
