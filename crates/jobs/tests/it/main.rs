//! The queue against a real PostgreSQL: taking, progress, cancel, undo, retries, schedules, and a worker killed with -9.

mod pg;

use async_trait::async_trait;
use base::{Actor, Error, RegionCode, Result};
use jobs::{Handler, Job, Jobs, Outcome, Run, State, Worker, WorkerConfig};
use serde_json::json;
use sqlx::PgPool;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

fn person(name: &str) -> Actor {
    Actor {
        user_id: Uuid::now_v7(),
        name: name.into(),
        role: "R08".into(),
        region: RegionCode::parse("360121").unwrap(),
        ..Actor::system("x")
    }
}

fn quick() -> WorkerConfig {
    WorkerConfig {
        tick: Duration::from_millis(30),
        lease: Duration::from_millis(600),
        poll: Duration::from_millis(50),
        grace: Duration::from_secs(2),
        backoff: Duration::from_millis(20),
        concurrency: 4,
    }
}

type Work = fn(&Run, u32) -> Result<Outcome>;

/// A handler that counts its calls and loops a closure until it answers something other than "again".
struct Doing {
    calls: AtomicU32,
    work: Work,
    restartable: bool,
}
impl Doing {
    fn new(work: Work) -> Arc<Self> {
        Arc::new(Self { calls: AtomicU32::new(0), work, restartable: true })
    }
}
#[async_trait]
impl Handler for Doing {
    async fn run(&self, run: &Run) -> Result<Outcome> {
        let n = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        loop {
            run.progress.check_cancelled()?;
            match (self.work)(run, n) {
                Err(e) if e.code == "again" => tokio::time::sleep(Duration::from_millis(10)).await,
                other => return other,
            }
        }
    }
    async fn undo(&self, run: &Run) -> Result<Outcome> {
        Ok(Outcome::new("已撤销", json!({"was": run.result})))
    }
    fn undoable(&self) -> bool {
        true
    }
    fn restartable(&self) -> bool {
        self.restartable
    }
}

fn again() -> Result<Outcome> {
    Err(Error::busy("again", ""))
}

struct World {
    jobs: Jobs,
    url: String,
    stop: CancellationToken,
    worker: Option<tokio::task::JoinHandle<Result<()>>>,
}

async fn world(kinds: &[(&str, Arc<Doing>)]) -> World {
    let url = pg::database(&[&jobs::MIGRATIONS]).await;
    let jobs = Jobs::new(PgPool::connect(&url).await.unwrap());
    for (kind, h) in kinds {
        jobs.handle(kind, h.clone());
    }
    World { jobs, url, stop: CancellationToken::new(), worker: None }
}

impl World {
    fn start(&mut self) {
        let worker = Worker::new(self.jobs.clone(), quick());
        let stop = self.stop.clone();
        self.worker = Some(tokio::spawn(async move { worker.run(stop).await }));
    }
    async fn until(&self, actor: &Actor, id: Uuid, what: impl Fn(&Job) -> bool) -> Job {
        for _ in 0..500 {
            let job = self.jobs.get(actor, id).await.unwrap();
            if what(&job) {
                return job;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("never came: {:?}", self.jobs.get(actor, id).await);
    }
}

#[tokio::test]
async fn a_job_runs_shows_its_progress_and_keeps_its_result() {
    let slow = Doing::new(|run, _| {
        run.progress.set(40.0, "读取");
        if run.payload["go"] == json!(true) { Ok(Outcome::new("完成 3 行", json!({"rows": 3}))) } else { again() }
    });
    let mut w = world(&[("t.slow", slow)]).await;
    w.start();
    let me = person("甲");
    let id = w.jobs.enqueue(&me, "t.slow", "导入", json!({"go": false})).await.unwrap();
    let seen = w.until(&me, id, |j| j.progress == 40).await;
    assert_eq!((seen.state, seen.step.as_str(), seen.can_cancel, seen.can_undo), (State::Running, "读取", true, false));
    let id2 = w.jobs.enqueue(&me, "t.slow", "导入", json!({"go": true})).await.unwrap();
    let done = w.until(&me, id2, |j| j.state.is_over()).await;
    assert_eq!((done.state, done.progress, done.message.as_str()), (State::Done, 100, "完成 3 行"));
    assert_eq!(done.result, Some(json!({"rows": 3})));
    assert!(done.can_undo && !done.can_cancel && done.finished_at.is_some());
}

#[tokio::test]
async fn only_the_owner_and_the_system_see_a_job() {
    let w = world(&[]).await;
    let (me, other) = (person("甲"), person("乙"));
    let mut ids = Vec::new();
    for i in 0..5 {
        ids.push(w.jobs.enqueue(&me, "t.x", &format!("第{i}个"), json!({})).await.unwrap());
    }
    assert_eq!(w.jobs.get(&other, ids[0]).await.unwrap_err().code, "jobs.not_found");
    assert_eq!(w.jobs.cancel(&other, ids[0]).await.unwrap_err().code, "jobs.not_found");
    assert_eq!(w.jobs.undo(&other, ids[0]).await.unwrap_err().code, "jobs.not_found");
    assert!(w.jobs.list(&other, None, 10).await.unwrap().items.is_empty());
    assert_eq!(w.jobs.list(&Actor::system("检查"), None, 10).await.unwrap().items.len(), 5);
    let first = w.jobs.list(&me, None, 3).await.unwrap();
    let second = w.jobs.list(&me, first.next, 3).await.unwrap();
    let seen: Vec<Uuid> = first.items.iter().chain(&second.items).map(|j| j.id).collect();
    ids.reverse();
    assert_eq!(seen, ids, "newest first, each once");
    assert_eq!(second.next, None);
}

#[tokio::test]
async fn a_waiting_job_is_cancelled_at_once_and_a_running_one_at_its_next_look() {
    let mut w = world(&[("t.endless", Doing::new(|_, _| again()))]).await;
    let me = person("甲");
    let waiting = w.jobs.enqueue(&me, "t.endless", "等", json!({})).await.unwrap();
    assert_eq!(w.jobs.cancel(&me, waiting).await.unwrap().state, State::Cancelled);
    w.start();
    let running = w.jobs.enqueue(&me, "t.endless", "跑", json!({})).await.unwrap();
    w.until(&me, running, |j| j.state == State::Running).await;
    assert!(!w.jobs.cancel(&me, running).await.unwrap().can_cancel);
    assert_eq!(w.until(&me, running, |j| j.state.is_over()).await.state, State::Cancelled);
    assert_eq!(w.jobs.cancel(&me, running).await.unwrap_err().code, "jobs.not_cancellable");
}

#[tokio::test]
async fn a_finished_job_is_undone_once() {
    let mut w = world(&[("t.ok", Doing::new(|_, _| Ok(Outcome::new("好", json!({"n": 1})))))]).await;
    w.start();
    let me = person("甲");
    let id = w.jobs.enqueue(&me, "t.ok", "做", json!({})).await.unwrap();
    w.until(&me, id, |j| j.state == State::Done).await;
    w.jobs.undo(&me, id).await.unwrap();
    let undone = w.until(&me, id, |j| j.state == State::Undone).await;
    assert_eq!(undone.result, Some(json!({"was": {"n": 1}})));
    assert_eq!(w.jobs.undo(&me, id).await.unwrap_err().code, "jobs.not_undoable");
}

#[tokio::test]
async fn what_is_unavailable_is_tried_again_and_what_is_refused_is_not() {
    let shaky = Doing::new(|_, n| {
        if n < 3 {
            Err(Error::unavailable("t.down", "对方系统暂时不可用"))
        } else {
            Ok(Outcome::new("终于", json!({"n": n})))
        }
    });
    let bad = Doing::new(|_, _| Err(Error::refused("t.bad", "文件不对，请换一个")));
    let boom = Doing::new(|_, _| panic!("boom"));
    let mut w = world(&[("t.shaky", shaky), ("t.bad", bad.clone()), ("t.boom", boom)]).await;
    w.start();
    let me = person("甲");
    let a = w.jobs.enqueue(&me, "t.shaky", "a", json!({})).await.unwrap();
    let b = w.jobs.enqueue(&me, "t.bad", "b", json!({})).await.unwrap();
    let c = w.jobs.enqueue(&me, "t.boom", "c", json!({})).await.unwrap();
    let a = w.until(&me, a, |j| j.state.is_over()).await;
    assert_eq!((a.state, a.attempts), (State::Done, 3));
    let b = w.until(&me, b, |j| j.state.is_over()).await;
    assert_eq!((b.state, b.message.as_str(), bad.calls.load(Ordering::SeqCst)), (State::Failed, "文件不对，请换一个", 1));
    assert_eq!(b.result.unwrap()["code"], "t.bad");
    let c = w.until(&me, c, |j| j.state.is_over()).await;
    assert!(c.state == State::Failed && c.message.contains("系统内部出错"));
}

#[tokio::test]
async fn two_workers_never_take_one_job_twice() {
    let count = Doing::new(|_, _| Ok(Outcome::default()));
    let mut w = world(&[("t.count", count.clone())]).await;
    let me = person("甲");
    for i in 0..60 {
        w.jobs.enqueue(&me, "t.count", &i.to_string(), json!({})).await.unwrap();
    }
    w.start();
    w.start();
    for _ in 0..200 {
        if w.jobs.list(&me, None, 100).await.unwrap().items.iter().all(|j| j.state == State::Done) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let jobs = w.jobs.list(&me, None, 100).await.unwrap().items;
    assert!(jobs.iter().all(|j| j.state == State::Done && j.attempts == 1));
    assert_eq!(count.calls.load(Ordering::SeqCst), 60);
}

#[tokio::test]
async fn a_job_enqueued_in_a_transaction_that_rolls_back_never_was() {
    let w = world(&[]).await;
    let me = person("甲");
    let mut tx = w.jobs.pool().begin().await.unwrap();
    let id = w.jobs.enqueue_in(&mut tx, &me, "t.x", "x", json!({})).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(w.jobs.get(&me, id).await.unwrap_err().code, "jobs.not_found");
}

#[tokio::test]
async fn a_due_schedule_makes_one_job_and_moves_on() {
    let w = world(&[]).await;
    w.jobs.schedule("weekly", "30 2 * * 1", "t.sync", "每周同步", json!({})).await.unwrap();
    let now = chrono::Utc::now();
    assert_eq!(w.jobs.enqueue_due(now).await.unwrap(), 0);
    let later = now + chrono::Duration::days(15);
    assert_eq!(w.jobs.enqueue_due(later).await.unwrap(), 1, "two missed weeks make one job");
    assert_eq!(w.jobs.enqueue_due(later).await.unwrap(), 0);
    let items = w.jobs.list(&Actor::system("检查"), None, 10).await.unwrap().items;
    assert_eq!((items.len(), items[0].title.as_str()), (1, "每周同步"));
}

#[tokio::test]
async fn a_stopping_server_leaves_the_job_waiting_and_the_next_one_does_it() {
    let mut w = world(&[("t.again", Doing::new(|_, n| if n == 1 { again() } else { Ok(Outcome::new("好", json!({}))) }))]).await;
    w.start();
    let me = person("甲");
    let id = w.jobs.enqueue(&me, "t.again", "x", json!({})).await.unwrap();
    w.until(&me, id, |j| j.state == State::Running).await;
    w.stop.cancel();
    w.worker.take().unwrap().await.unwrap().unwrap();
    assert_eq!(w.jobs.get(&me, id).await.unwrap().state, State::Queued);
    w.stop = CancellationToken::new();
    w.start();
    let done = w.until(&me, id, |j| j.state.is_over()).await;
    assert_eq!((done.state, done.attempts), (State::Done, 1), "stopping used up no attempt");
}

#[tokio::test]
async fn a_mark_commits_with_the_rows_or_not_at_all_and_never_for_a_lost_attempt() {
    let url = pg::database(&[&jobs::MIGRATIONS]).await;
    let pool = PgPool::connect(&url).await.unwrap();
    sqlx::query("create table effect (n int)").execute(&pool).await.unwrap();
    struct Marking(PgPool);
    #[async_trait]
    impl Handler for Marking {
        async fn run(&self, run: &Run) -> Result<Outcome> {
            let mut tx = self.0.begin().await.unwrap();
            sqlx::query("insert into effect values (1)").execute(&mut *tx).await.unwrap();
            // somebody else takes the job over meanwhile
            sqlx::query("update app.job set attempts = attempts + 1 where $1 and id = $2")
                .bind(run.payload["steal"] == json!(true))
                .bind(run.id)
                .execute(&self.0)
                .await
                .unwrap();
            run.mark(&mut tx, &json!({"batch": "B1"})).await?;
            tx.commit().await.unwrap();
            Ok(Outcome::default())
        }
    }
    let jobs = Jobs::new(pool.clone());
    jobs.handle("t.mark", Arc::new(Marking(pool.clone())));
    let mut w = World { jobs, url, stop: CancellationToken::new(), worker: None };
    w.start();
    let me = person("甲");
    let good = w.jobs.enqueue(&me, "t.mark", "x", json!({})).await.unwrap();
    w.until(&me, good, |j| j.state == State::Done).await;
    let lost = w.jobs.enqueue(&me, "t.mark", "x", json!({"steal": true})).await.unwrap();
    w.until(&me, lost, |j| j.state == State::Failed).await;
    let rows: i64 = sqlx::query_scalar("select count(*) from effect").fetch_one(&pool).await.unwrap();
    assert_eq!(rows, 1);
    let mark: serde_json::Value =
        sqlx::query_scalar("select mark from app.job where id = $1").bind(good).fetch_one(&pool).await.unwrap();
    assert_eq!(mark, json!({"batch": "B1"}));
}

/// Not a test by itself: the body of the process that the next test kills.
#[tokio::test]
async fn child_worker() {
    let Ok(url) = std::env::var("JOBS_CHILD_URL") else { return };
    let jobs = Jobs::new(PgPool::connect(&url).await.unwrap());
    jobs.handle("t.can", Doing::new(|_, _| again())).handle("t.cannot", Doing::new(|_, _| again()));
    Worker::new(jobs, quick()).run(CancellationToken::new()).await.unwrap();
}

#[tokio::test]
async fn a_job_of_a_worker_killed_with_9_is_run_again_or_failed_with_a_sentence() {
    let once_more =
        |restartable| Arc::new(Doing { calls: AtomicU32::new(0), work: |_, _| Ok(Outcome::new("好", json!({}))), restartable });
    let mut w = world(&[("t.can", once_more(true)), ("t.cannot", once_more(false))]).await;
    let me = person("甲");
    let can = w.jobs.enqueue(&me, "t.can", "可重来", json!({})).await.unwrap();
    let cannot = w.jobs.enqueue(&me, "t.cannot", "不可重来", json!({})).await.unwrap();
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_worker"])
        .env("JOBS_CHILD_URL", &w.url)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    w.until(&me, can, |j| j.state == State::Running).await;
    w.until(&me, cannot, |j| j.state == State::Running).await;
    child.kill().unwrap();
    child.wait().unwrap();
    w.start();
    let can = w.until(&me, can, |j| j.state.is_over()).await;
    assert_eq!((can.state, can.attempts), (State::Done, 2));
    let cannot = w.until(&me, cannot, |j| j.state.is_over()).await;
    assert_eq!(cannot.state, State::Failed);
    assert!(cannot.message.contains("重新提交"), "{}", cannot.message);
}
