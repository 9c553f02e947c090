//! Executors as processes of their own: what they answer is what this process answers; killed at any moment they never make a wrong
//! figure or a question that does not end; whoever does not know the word is not worked for.

use crate::lake::Shore;
use ::lake::{Bounds, Lake, LakeCount, LakeQuery};
use base::{Actor, Level, RegionCode};
use rand::RngExt as _;
use record::search::Node;
use record::{ListQuery, Records};
use report::{Figures, Group, Plan, Postgres, Source};
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

const SHARED: &str = "the-word-of-the-tests-0001";
const DEADLINE: Duration = Duration::from_secs(20);

/// A process that ends with the test.
struct Process {
    child: Child,
    address: String,
    /// Parts of plans that it was asked for.
    parts: Arc<AtomicUsize>,
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn start(args: &[&str], place: &str, data: &std::path::Path, scheduler: Option<&str>, word: &str) -> Process {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ganong"));
    command.args(args).args(["--listen", "127.0.0.1:0"]).env_remove("DATABASE_URL").env("GANONG_LOG", "info,lake=debug");
    command.env("GANONG_LAKE", place).env("GANONG_DATA", data).env("GANONG_LAKE_WORD", word);
    if let Some(at) = scheduler {
        command.env("GANONG_LAKE_SCHEDULER", at);
    }
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let address = loop {
        let line = lines.next().expect("the process says its address").unwrap();
        if let Some((_, rest)) = line.split_once("已就绪：") {
            break rest.trim_end_matches('/').to_owned();
        }
    };
    let parts = Arc::new(AtomicUsize::new(0));
    let count = parts.clone();
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            count.fetch_add(usize::from(line.contains("asked for a part")), Ordering::Relaxed);
        }
    });
    Process { child, address, parts }
}

/// A province in a lake, a second process's view of the same lake with executors, and their scheduler.
struct Harbour {
    shore: Shore,
    shared: Lake,
    scheduler: Process,
    executors: Vec<Process>,
    place: String,
    folder: tempfile::TempDir,
    stop: CancellationToken,
}

impl Harbour {
    async fn new(executors: usize) -> Harbour {
        // why something was worked out here
        tracing_subscriber::fmt().with_env_filter("lake=warn").with_test_writer().try_init().ok();
        let shore = Shore::new().await;
        let folder = tempfile::tempdir().unwrap();
        let mut settings = ganong::assemble::Settings::new(folder.path());
        settings.lake.place = shore.place();
        // small files are shared out, too
        settings.lake.bounds = Bounds { spread: 1, deadline: DEADLINE, ..Bounds::default() };
        let shared = ganong::assemble::open_lake(&shore.w.app.db, shore.w.app.catalog.clone(), &settings).unwrap();
        let place = shore.place();
        let scheduler = start(&["lake-scheduler"], &place, folder.path(), None, SHARED);
        let stop = CancellationToken::new();
        let options = ganong::lake::LakeOptions {
            scheduler: Some(scheduler.address.parse().unwrap()),
            word: Some(SHARED.parse().unwrap()),
            ..Default::default()
        };
        tokio::spawn(ganong::cluster::watch(shared.clone(), &options, stop.clone()).unwrap());
        let mut h = Harbour { shore, shared, scheduler, executors: vec![], place, folder, stop };
        for _ in 0..executors {
            h.come();
        }
        h.wait(executors).await;
        h
    }

    fn come(&mut self) {
        let data = self.folder.path().join("executor");
        self.executors.push(start(&["lake-executor"], &self.place, &data, Some(&self.scheduler.address), SHARED));
    }

    /// Until so many live.
    async fn wait(&self, many: usize) {
        let until = Instant::now() + Duration::from_secs(30);
        while self.shared.engine.cluster().size() != many {
            assert!(Instant::now() < until, "{} executors live, {many} should", self.shared.engine.cluster().size());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn province(&self) -> RegionCode {
        self.shore.county.ancestor(Level::Province)
    }

    /// Every report's measures of one source, as a screen asks for them.
    async fn figures(&self, lake: &Lake, some: Option<usize>) -> Vec<(String, Figures)> {
        let counter = LakeCount::new(lake.clone(), Arc::new(Postgres), Level::County);
        let period = base::month::Month::of(record::today());
        let mut out = vec![];
        for report in self.shore.w.app.catalog.reports() {
            let Some(first) = report.measures.iter().find(|m| !m.aggregate.is_derived()) else { continue };
            let measures = report.measures.iter().filter(|m| !m.aggregate.is_derived() && m.source() == first.source()).collect();
            let source = match &first.view {
                Some(v) => Source::View(v),
                None => Source::Dataset(self.shore.w.app.catalog.dataset(first.source()).unwrap()),
            };
            let range = self.province().scope();
            let plan = Plan { source, measures, range, group: Group::Region { digits: 9 }, period };
            let mut tx = self.shore.w.app.db.begin(&Actor::system("测试")).await.unwrap();
            let counted = report::Count::count(&counter, &mut tx, &plan).await;
            let mut f = counted.unwrap_or_else(|e| panic!("{}: {}", report.id, e.chain()));
            f.asof = None;
            out.push((report.id.clone(), f));
            if some.is_some_and(|n| out.len() >= n) {
                break;
            }
        }
        out
    }

    async fn found(&self, lake: &Lake, question: &serde_json::Value) -> (Option<i64>, Vec<String>) {
        let mut hooks = (*self.shore.w.app.records.hooks).clone();
        hooks.answer_wide(Arc::new(LakeQuery::new(lake.clone(), Level::County).with_exact_below(0)));
        let records = Records { hooks: Arc::new(hooks), ..self.shore.w.app.records.clone() };
        let node = Node::read(question).unwrap();
        // nothing is masked for the system
        let mut tx = self.shore.w.app.db.begin(&Actor::system("测试")).await.unwrap();
        let query = ListQuery { count: true, limit: 20, ..ListQuery::default() };
        let household = records.dataset("registry.household").unwrap().clone();
        let page = records.search(&mut tx, &household, &node, query).await.unwrap();
        (page.count, page.items.iter().map(|r| r["id"].to_string()).collect())
    }
}

impl Drop for Harbour {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn questions() -> Vec<serde_json::Value> {
    let test = |f: &str, op: &str, v: serde_json::Value| json!({ "field": f, "op": op, "values": v });
    let member =
        |least: i64, inner: serde_json::Value| json!({ "of": "registry.member", "least": least, "where": { "all": inner } });
    vec![
        json!({ "all": [test("hukou_count", "between", json!([2, 4])), test("household_status", "in", json!(["01"]))] }),
        json!({ "all": [test("hukou_count", "at_least", json!([2])), member(1, json!([test("health", "in", json!(["02", "03"]))]))] }),
        json!({ "all": [test("household_status", "in", json!(["01"])), member(0, json!([test("labor_skill", "in", json!(["01"]))]))] }),
        json!({ "all": [member(4, json!([test("member_status", "in", json!(["01"]))]))] }),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn executors_answer_what_this_process_answers() {
    let h = Harbour::new(2).await;
    let here = h.figures(&h.shore.lake, None).await;
    let there = h.figures(&h.shared, None).await;
    assert!(here.len() > 30, "{} reports", here.len());
    for (a, b) in here.iter().zip(&there) {
        assert_eq!(a, b);
    }
    for q in questions() {
        let (a, b) = (h.found(&h.shore.lake, &q).await, h.found(&h.shared, &q).await);
        assert_eq!(a, b, "{q}");
        assert!(a.0.is_some_and(|n| n > 0), "{q}: {a:?}");
    }
    let (answered, failed) = h.shared.engine.cluster().told();
    assert!(answered > 25 && failed == 0, "{answered} answered, {failed} not");
    for e in &h.executors {
        let parts = e.parts.load(Ordering::Relaxed);
        assert!(parts > 25, "an executor was asked for {parts} parts");
    }

    // an executor whose word is another is not told of, and nobody is worked for without the word
    let data = h.folder.path().join("stranger");
    let come = || start(&["lake-executor"], &h.place, &data, Some(&h.scheduler.address), "another-word-of-others-01");
    let strangers = [come(), come()];
    tokio::time::sleep(Duration::from_secs(2)).await;
    h.wait(2).await;
    let mut settings = ganong::assemble::Settings::new(&h.folder.path().join("other"));
    settings.lake.place = h.place.clone();
    settings.lake.bounds = Bounds { spread: 1, deadline: DEADLINE, ..Bounds::default() };
    let other = ganong::assemble::open_lake(&h.shore.w.app.db, h.shore.w.app.catalog.clone(), &settings).unwrap();
    other.engine.cluster().meet(strangers.iter().map(|s| s.address.parse().unwrap()).collect(), SHARED).unwrap();
    let q = &questions()[1];
    assert_eq!(h.found(&other, q).await, h.found(&h.shore.lake, q).await);
    assert_eq!(other.engine.cluster().told(), (0, 1), "strangers worked");
    assert!(strangers.iter().all(|s| s.parts.load(Ordering::Relaxed) == 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_executor_that_is_killed_makes_no_wrong_figure() {
    let mut h = Harbour::new(2).await;
    let right = h.figures(&h.shore.lake, Some(1)).await;
    let q = &questions()[1];
    let right_rows = h.found(&h.shore.lake, q).await;
    // how long a question takes while all live
    let began = Instant::now();
    assert_eq!(h.found(&h.shared, q).await, right_rows);
    let usual = began.elapsed();
    let mut late = 0;
    for round in 0..20 {
        let wait = usual.mul_f64(rand::rng().random_range(0.0..1.2));
        let mut victim = h.executors.remove(round % 2);
        let killer = std::thread::spawn(move || {
            std::thread::sleep(wait);
            victim.child.kill().unwrap();
            victim.child.wait().unwrap();
        });
        let began = Instant::now();
        let (rows, figures) = tokio::join!(h.found(&h.shared, q), h.figures(&h.shared, Some(1)));
        assert!(began.elapsed() < DEADLINE * 2, "round {round} took {:?}", began.elapsed());
        assert_eq!(rows, right_rows, "round {round}");
        assert_eq!(figures, right, "round {round}");
        late += usize::from(began.elapsed() > usual * 10);
        killer.join().unwrap();
        // the next question works at once, with one left, and with two again
        assert_eq!(h.found(&h.shared, q).await, right_rows, "after round {round}");
        h.wait(1).await;
        assert_eq!(h.found(&h.shared, q).await, right_rows, "one left after round {round}");
        h.come();
        h.wait(2).await;
        assert_eq!(h.found(&h.shared, q).await, right_rows, "two again after round {round}");
    }
    let (answered, failed) = h.shared.engine.cluster().told();
    assert!(failed > 0, "no kill was felt: {answered} answered");
    assert!(answered >= 40, "{answered} answered, {failed} worked out here");
    eprintln!("{answered} answered, {failed} worked out here, {late} late");
}
