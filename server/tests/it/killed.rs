//! What was acknowledged is there: the real program is killed with its database, and the database alone, while four people
//! write a thousand rows over HTTP; every row whose saving was answered is found afterwards.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const WRITES: usize = 1000;

struct Server {
    process: Child,
    address: String,
}

/// Starts the program and waits for its address; its own cluster keeps fsync on.
fn start(data: &Path) -> Server {
    let mut process = Command::new(env!("CARGO_BIN_EXE_ganong"))
        .args(["serve", "--demo", "--households", "200", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .env_remove("DATABASE_URL")
        .env("GANONG_LOG", "info")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut said = vec![];
    let address = loop {
        let Some(line) = lines.next() else { panic!("the program ended before it said its address:\n{}", said.join("\n")) };
        let line = line.unwrap();
        said.push(line.clone());
        if let Some((_, rest)) = line.split_once("已就绪：http://") {
            break rest.trim_end_matches('/').to_owned();
        }
    };
    // what it says later must not fill the pipe
    std::thread::spawn(move || lines.for_each(drop));
    Server { process, address }
}

fn kill(pid: i32) {
    rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), rustix::process::Signal::KILL).unwrap();
}

/// The process that owns the cluster of this folder.
fn postmaster(data: &Path) -> i32 {
    std::fs::read_to_string(data.join("pg/postmaster.pid")).unwrap().lines().next().unwrap().trim().parse().unwrap()
}

/// One request on a connection of its own: `head` is the request line and below it further headers. None when nobody answered.
async fn send(address: &str, head: &str, body: &str) -> Option<(u16, String, String)> {
    let (line, own) = head.split_once('\n').unwrap_or((head, ""));
    let own: String = own.lines().map(|l| format!("{l}\r\n")).collect();
    let text = format!(
        "{line} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\n{own}content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let talk = async {
        let mut s = tokio::net::TcpStream::connect(address).await.ok()?;
        s.write_all(text.as_bytes()).await.ok()?;
        let mut answer = Vec::new();
        s.read_to_end(&mut answer).await.ok()?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some((status, head.to_owned(), body.to_owned()))
    };
    tokio::time::timeout(Duration::from_secs(20), talk).await.ok()?
}

/// JSON of a body, whether it came in chunks or not.
fn read(body: &str) -> Option<Value> {
    let (from, to) = (body.find('{')?, body.rfind('}')?);
    let inside = &body[from..=to];
    serde_json::from_str(inside).ok().or_else(|| {
        // chunk sizes stand on lines of their own
        let joined: String = inside.split("\r\n").step_by(2).collect();
        serde_json::from_str(&joined).ok()
    })
}

#[derive(Clone)]
struct Session {
    headers: String,
}

async fn sign_in(address: &str, data: &Path) -> Option<Session> {
    let password = std::fs::read_to_string(data.join("demo-password.txt")).ok()?;
    let ask = json!({"login_name": "cunji", "password": password.trim()}).to_string();
    let (status, head, body) = send(address, "POST /api/v1/session", &ask).await?;
    if status != 200 {
        return None;
    }
    let cookie =
        head.lines().find_map(|l| l.split_once("set-cookie: ").map(|(_, c)| c.split(';').next().unwrap_or(c).to_owned()))?;
    let csrf = read(&body)?["csrf"].as_str()?.to_owned();
    Some(Session { headers: format!("cookie: {cookie}\nx-csrf-token: {csrf}") })
}

async fn signed_in(address: &str, data: &Path) -> Session {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(s) = sign_in(address, data).await {
            return s;
        }
        assert!(Instant::now() < end, "nobody can sign in");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

/// Where the writers write at the moment, and as whom.
type Now = Arc<Mutex<(String, Session)>>;

async fn writer(
    now: Now,
    region: String,
    acknowledged: Arc<Mutex<BTreeSet<String>>>,
    count: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
) {
    while !stop.load(Ordering::Relaxed) && count.load(Ordering::Relaxed) < WRITES {
        let (address, session) = now.lock().unwrap().clone();
        let body = json!({"region_code": region, "module": "测试", "kind": "01", "title": "写入", "content": "断电前写下的一条"})
            .to_string();
        match send(&address, &format!("POST /api/v1/relapse/feedback\n{}", session.headers), &body).await {
            Some((201, _, body)) => {
                let id = read(&body).and_then(|v| v["id"].as_str().map(str::to_owned)).expect("a saved row has an id");
                acknowledged.lock().unwrap().insert(id);
                count.fetch_add(1, Ordering::Relaxed);
            }
            // refused for now, or nobody there: nothing was promised
            Some((429 | 500..=599 | 401, ..)) | None => tokio::time::sleep(Duration::from_millis(100)).await,
            Some((status, _, body)) => panic!("{status}: {body}"),
        }
    }
}

async fn until(count: &AtomicUsize, n: usize) {
    let end = Instant::now() + Duration::from_secs(240);
    while count.load(Ordering::Relaxed) < n {
        assert!(Instant::now() < end, "{} of {n} writes", count.load(Ordering::Relaxed));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_acknowledged_writes_outlive_kill_9_of_the_database_and_of_the_server() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o711)).unwrap();
    let data: PathBuf = folder.path().join("data");
    let mut server = start(&data);
    let conf = std::fs::read_to_string(data.join("pg/ganong.conf")).unwrap();
    assert!(!conf.contains("fsync") && !conf.contains("synchronous_commit = off"), "commits reach the disk: {conf}");
    let session = signed_in(&server.address, &data).await;
    let (_, _, me) = send(&server.address, &format!("GET /api/v1/me\n{}", session.headers), "").await.unwrap();
    let me = read(&me).unwrap();
    let region = me["post"]["region_code"].as_str().unwrap_or_else(|| panic!("{me}")).to_owned();

    let now: Now = Arc::new(Mutex::new((server.address.clone(), session)));
    let acknowledged = Arc::new(Mutex::new(BTreeSet::new()));
    let (count, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let writers: Vec<_> = (0..4)
        .map(|_| tokio::spawn(writer(now.clone(), region.clone(), acknowledged.clone(), count.clone(), stop.clone())))
        .collect();

    // the database alone, twice: the program starts it again
    for at in [200, 400] {
        until(&count, at).await;
        kill(postmaster(&data));
    }
    // the server alone: its database is left an orphan, and the next start takes it over
    until(&count, 600).await;
    server.process.kill().unwrap();
    server.process.wait().unwrap();
    server = start(&data);
    *now.lock().unwrap() = (server.address.clone(), signed_in(&server.address, &data).await);
    // both at once, at the very end
    until(&count, WRITES).await;
    kill(postmaster(&data));
    server.process.kill().unwrap();
    server.process.wait().unwrap();
    stop.store(true, Ordering::Relaxed);
    for w in writers {
        w.await.unwrap();
    }

    server = start(&data);
    let session = signed_in(&server.address, &data).await;
    let mut there = BTreeSet::new();
    let mut after = String::new();
    loop {
        let ask = format!("GET /api/v1/relapse/feedback?limit=200&after={after}\n{}", session.headers);
        let (status, _, body) = send(&server.address, &ask, "").await.unwrap();
        assert_eq!(status, 200, "{body}");
        let page = read(&body).expect("a page");
        there.extend(page["items"].as_array().unwrap().iter().filter_map(|r| r["id"].as_str().map(str::to_owned)));
        match page["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => break,
        }
    }
    let acknowledged = acknowledged.lock().unwrap().clone();
    assert!(acknowledged.len() >= WRITES, "{}", acknowledged.len());
    let lost: Vec<_> = acknowledged.difference(&there).collect();
    assert!(lost.is_empty(), "{} of {} acknowledged rows are lost", lost.len(), acknowledged.len());

    // a clean end, so that nothing is left running
    let pid = i32::try_from(server.process.id()).unwrap();
    rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), rustix::process::Signal::TERM).unwrap();
    server.process.wait().unwrap();
    let trail =
        Command::new(env!("CARGO_BIN_EXE_ganong")).args(["admin", "audit", "verify", "--data"]).arg(&data).output().unwrap();
    assert!(trail.status.success(), "the trail holds: {}", String::from_utf8_lossy(&trail.stdout));
}
