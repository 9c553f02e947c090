//! Server processes of a cluster found through /proc, and putting an end to them. Must not start anything.

use base::{Error, Result};
use rustix::process::{Pid, Signal, kill_process};
use std::path::Path;
use std::time::{Duration, Instant};

/// Processes of PostgreSQL whose working folder is the cluster: its server and the server's children.
pub(crate) fn processes(pgdata: &Path) -> Vec<Pid> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|n| n.parse().ok()).and_then(Pid::from_raw) else { continue };
        // a process that has ended but was not waited for has no working folder
        let here = std::fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd == pgdata);
        if here && std::fs::read_to_string(entry.path().join("comm")).is_ok_and(|c| c.starts_with("postgres")) {
            out.push(pid);
        }
    }
    out
}

/// The server's process id as `postmaster.pid` has it.
pub(crate) fn noted(pgdata: &Path) -> Option<Pid> {
    let text = std::fs::read_to_string(pgdata.join("postmaster.pid")).ok()?;
    Pid::from_raw(text.lines().next()?.trim().parse().ok()?)
}

/// Whether the server says in `postmaster.pid` (line 8) that it takes connections.
pub(crate) fn is_ready(pgdata: &Path, pid: u32) -> bool {
    let text = std::fs::read_to_string(pgdata.join("postmaster.pid")).unwrap_or_default();
    let mut lines = text.lines();
    lines.next().is_some_and(|l| l.trim() == pid.to_string()) && lines.nth(6).is_some_and(|l| l.trim() == "ready")
}

fn wait_gone(pgdata: &Path, most: Duration) -> bool {
    let until = Instant::now() + most;
    loop {
        if processes(pgdata).is_empty() {
            return true;
        }
        if Instant::now() > until {
            return false;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Ends whatever still runs on the cluster, gently first, and removes a stale `postmaster.pid`.
/// The caller holds the lock of the data folder, so nobody of ours is working there.
pub(crate) fn clear(pgdata: &Path, say: &dyn Fn(&str)) -> Result<()> {
    let left = processes(pgdata);
    if !left.is_empty() {
        say("发现上次没有正常停止的数据库进程，正在停止……");
        let server = noted(pgdata).filter(|p| left.contains(p));
        // without a server its children are to go at once; with one a fast shutdown keeps everything
        let steps = match server {
            Some(pid) => vec![(vec![pid], Signal::INT, 60), (left.clone(), Signal::QUIT, 10), (left, Signal::KILL, 10)],
            None => vec![(left.clone(), Signal::QUIT, 10), (left, Signal::KILL, 10)],
        };
        let gone = steps.into_iter().any(|(pids, signal, seconds)| {
            for pid in pids {
                let _ = kill_process(pid, signal);
            }
            wait_gone(pgdata, Duration::from_secs(seconds))
        });
        if !gone {
            return Err(Error::unavailable(
                "store.pg_leftover",
                format!("目录 {} 中的数据库进程无法停止，请由管理员结束这些 postgres 进程后重试。", pgdata.display()),
            ));
        }
    }
    // its process number may meanwhile be somebody else's, or of a dead process that nobody has waited for, which would keep
    // the new server from starting; the socket has a lock of its own beside it
    let socket = super::cluster::socket_dir(pgdata.parent().unwrap_or(pgdata));
    for stale in [pgdata.join("postmaster.pid"), socket.join(".s.PGSQL.5432.lock"), socket.join(".s.PGSQL.5432")] {
        match std::fs::remove_file(&stale) {
            Ok(()) => tracing::info!(file = %stale.display(), "removed what a killed server left"),
            Err(e) if matches!(e.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {}
            Err(e) => return Err(e.into()),
        }
    }
    Ok(())
}
