//! The cluster of our own survives what happens to machines: stops, kills, strange folders.

use rustix::process::{Pid, Signal, kill_process};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use store::{Db, Embedded};

/// Folder that the killed owner works in.
const OWNER: &str = "STORE_TEST_OWNER_DATA";

fn kill(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(i32::try_from(pid).unwrap()).unwrap(), signal).unwrap();
}

async fn until(what: &str, mut true_at_last: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !true_at_last().await {
        assert!(Instant::now() < end, "{what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn add(db: &Db) {
    sqlx::raw_sql("create table if not exists kept (at timestamptz default now()); insert into kept default values")
        .execute(db.pool())
        .await
        .unwrap();
}

async fn kept(db: &Db) -> i64 {
    sqlx::query_scalar("select count(*) from kept").fetch_one(db.pool()).await.unwrap()
}

/// A folder that a server's account can reach.
fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::os::unix::fs::PermissionsExt::from_mode(0o711)).unwrap();
    dir
}

#[tokio::test(flavor = "multi_thread")]
async fn it_stops_and_starts_again_and_has_one_owner() {
    let dir = folder();
    // deep enough that the socket has to lie elsewhere, and with characters that want quoting
    let data = dir.path().join("某县 o'neil, 的数据").join("x".repeat(60));
    let said = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let listener = said.clone();
    let first = Embedded::start_with(&data, move |step| listener.lock().unwrap().push(step.to_owned())).await.unwrap();
    assert!(said.lock().unwrap()[0].starts_with("正在创建数据库"), "{said:?}");
    let db = Db::connect(first.url(), 3).await.unwrap();
    add(&db).await;
    let settings: Vec<String> = sqlx::query_scalar(
        "select name || '=' || setting from pg_settings where name in ('data_checksums', 'fsync', 'listen_addresses', \
         'server_encoding', 'lc_collate', 'jit', 'wal_level', 'synchronous_commit', 'log_parameter_max_length_on_error') order by 1",
    )
    .fetch_all(db.pool())
    .await
    .unwrap();
    assert_eq!(
        settings.join(" "),
        "data_checksums=on fsync=on jit=off lc_collate=C.UTF-8 listen_addresses= log_parameter_max_length_on_error=0 \
         server_encoding=UTF8 synchronous_commit=on wal_level=replica"
    );

    let e = Embedded::start(&data).await.err().unwrap();
    assert_eq!(e.code, "store.data_in_use");
    assert!(e.sentence.contains(&format!("进程号 {}", std::process::id())), "{}", e.sentence);
    assert_eq!(Embedded::running_url(&data).as_deref(), Some(first.url()));

    let pid = first.pid().unwrap();
    // stopped with a connection open
    first.stop().await.unwrap();
    assert!(!Path::new(&format!("/proc/{pid}")).exists());
    assert_eq!(Embedded::running_url(&data), None);

    // a machine that lost power leaves a process number that is somebody else's now
    let stale = data.join("pg/postmaster.pid");
    std::fs::write(&stale, format!("{}\n{}\n", std::process::id(), data.join("pg").display())).unwrap();
    let second = Embedded::start(&data).await.unwrap();
    assert!(second.is_alive());
    let db = Db::connect(second.url(), 3).await.unwrap();
    assert_eq!(kept(&db).await, 1);
    let pid = second.pid().unwrap();
    drop(second);
    assert!(!Path::new(&format!("/proc/{pid}")).exists(), "dropping the handle stops the server");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_is_started_again() {
    let dir = folder();
    let cluster = Embedded::start(dir.path()).await.unwrap();
    let db = Db::connect(cluster.url(), 3).await.unwrap();
    add(&db).await;
    for n in 1..=2 {
        let pid = cluster.pid().unwrap();
        kill(pid, Signal::KILL);
        until("the server comes back", async || cluster.restarts() == n && cluster.is_alive()).await;
        assert_ne!(cluster.pid(), Some(pid));
        // the pool notices by itself
        until("the pool comes back", async || db.ping().await.is_ok()).await;
        assert_eq!(kept(&db).await, 1);
    }
    // a killed child makes the server end all its children and recover by itself
    let backend: i32 = sqlx::query_scalar("select pg_backend_pid()").fetch_one(db.pool()).await.unwrap();
    kill(backend.unsigned_abs(), Signal::KILL);
    let process = std::path::PathBuf::from(format!("/proc/{backend}"));
    until("the child is gone", async || !process.exists()).await;
    until("the pool comes back", async || sqlx::query("select count(*) from kept").execute(db.pool()).await.is_ok()).await;
    assert_eq!(cluster.restarts(), 2);
    cluster.stop().await.unwrap();
}

/// Not a test of its own: the process that the next test kills.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by a_killed_owner_leaves_its_data_safe"]
async fn owner() {
    let Some(data) = std::env::var_os(OWNER) else { return };
    let cluster = Embedded::start(Path::new(&data)).await.unwrap();
    let db = Db::connect(cluster.url(), 3).await.unwrap();
    loop {
        add(&db).await;
        std::fs::write(Path::new(&data).join("count"), kept(&db).await.to_string()).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_owner_leaves_its_data_safe() {
    let dir = folder();
    let mut owner = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "embedded::owner", "--ignored"])
        .env(OWNER, dir.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let count = || std::fs::read_to_string(dir.path().join("count")).ok().and_then(|t| t.parse::<i64>().ok()).unwrap_or(0);
    until("the owner works", async || count() >= 20).await;
    owner.kill().unwrap();
    owner.wait().unwrap();
    // at once, while the old server may still be stopping
    let cluster = Embedded::start(dir.path()).await.unwrap();
    let db = Db::connect(cluster.url(), 3).await.unwrap();
    let (told, now) = (count(), kept(&db).await);
    assert!(now >= told, "{told} were answered as kept, {now} are there");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn strange_folders_are_refused_with_a_sentence() {
    let root = rustix::process::geteuid().is_root();
    for (version, file, code, word) in [
        (
            Some("15\n"),
            "base",
            if root { "store.pg_owner" } else { "store.pg_start" },
            if root { "chown" } else { "没有启动成功" },
        ),
        (Some("13\n"), "base", "store.pg_version", "PostgreSQL 13"),
        (Some("garbage"), "base", "store.pg_version", "PG_VERSION"),
        (None, "holiday.jpg", "store.pg_foreign", "不是空的"),
    ] {
        let dir = folder();
        let pg = dir.path().join("pg");
        std::fs::create_dir(&pg).unwrap();
        std::fs::write(pg.join(file), "").unwrap();
        if let Some(version) = version {
            std::fs::write(pg.join("PG_VERSION"), version).unwrap();
        }
        let e = Embedded::start(dir.path()).await.err().unwrap();
        assert_eq!(e.code, code);
        assert!(e.sentence.contains(word), "{}", e.sentence);
    }
    let dir = folder();
    let file = dir.path().join("f");
    std::fs::write(&file, "").unwrap();
    assert_eq!(Embedded::start(&file).await.err().unwrap().code, "store.data_dir");
}
