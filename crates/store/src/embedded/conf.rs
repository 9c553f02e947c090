//! The settings of the cluster, sized to the machine, as text of our own configuration files. Must not touch the disk.

use std::path::Path;

/// What the settings are sized to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Machine {
    pub memory_mb: u64,
    pub cpus: u64,
    /// Size of /dev/shm, small in many containers.
    pub shm_mb: u64,
}

impl Machine {
    pub(crate) fn here() -> Machine {
        // a machine that does not tell its memory is taken for a small one
        let memory = sysinfo::System::new().map_or(1 << 30, |mut s| {
            s.refresh_memory();
            s.total_memory().min(s.cgroup_limits().map_or(u64::MAX, |c| c.total_memory))
        });
        let shm_mb = rustix::fs::statvfs("/dev/shm").map_or(0, |f| (f.f_blocks * f.f_frsize) >> 20);
        let cpus = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
        Machine { memory_mb: (memory >> 20).max(512), cpus, shm_mb }
    }
}

/// What a cluster is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Data of people: every commit is on the disk before it is answered.
    Serving,
    /// Tests: nothing survives a crash, and nothing has to.
    Testing,
}

/// A text between single quotes as configuration files want it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// `ganong.conf`, included by `postgresql.conf`; `postgresql.auto.conf` (ALTER SYSTEM) is read later and wins.
pub(crate) fn settings(m: Machine, purpose: Purpose, pgdata: &Path, socket_dir: &Path) -> String {
    let mb = m.memory_mb;
    let shared = match mb {
        _ if purpose == Purpose::Testing => 256.min(mb / 8),
        0..4_000 => mb / 8,
        4_000..12_000 => mb / 5,
        _ => mb / 4,
    };
    // a list of folders separated by commas: the name stands in double quotes
    let socket = quoted(&format!("\"{}\"", socket_dir.display().to_string().replace('"', "\"\"")));
    // relative names would be looked for where the server was started
    let file = |name: &str| quoted(&pgdata.join(name).display().to_string());
    let mut lines = vec![
        ("listen_addresses", "''".to_owned()),
        ("port", "5432".into()),
        ("unix_socket_directories", socket),
        ("unix_socket_permissions", "0700".into()),
        ("hba_file", file("ganong.hba")),
        ("ident_file", file("ganong.ident")),
        ("max_connections", if purpose == Purpose::Testing { 600 } else { 200 }.to_string()),
        ("shared_buffers", format!("{}MB", shared.clamp(64, 8_192))),
        ("effective_cache_size", format!("{}MB", (mb / 2).max(256))),
        ("work_mem", format!("{}MB", (mb / 400).clamp(4, 64))),
        ("maintenance_work_mem", format!("{}MB", (mb / 16).clamp(64, 1_024))),
        ("max_wal_size", format!("{}MB", (mb / 3).clamp(1_024, 8_192))),
        ("wal_level", "replica".into()),
        ("wal_compression", "on".into()),
        ("checkpoint_timeout", "15min".into()),
        ("synchronous_commit", "on".into()),
        ("random_page_cost", "1.1".into()),
        ("effective_io_concurrency", "200".into()),
        ("jit", "off".into()),
        ("max_worker_processes", (m.cpus + 4).max(8).to_string()),
        ("max_parallel_workers", m.cpus.to_string()),
        ("max_parallel_workers_per_gather", (m.cpus / 2).clamp(0, 4).to_string()),
        ("autovacuum_vacuum_scale_factor", "0.05".into()),
        ("autovacuum_analyze_scale_factor", "0.02".into()),
        ("lc_messages", "'C'".into()),
        // statements and their values may hold personal data: neither goes to the server's log
        ("logging_collector", "on".into()),
        ("log_directory", "'log'".into()),
        ("log_filename", "'postgresql-%a.log'".into()),
        ("log_truncate_on_rotation", "on".into()),
        ("log_rotation_age", "1d".into()),
        ("log_rotation_size", "0".into()),
        ("log_line_prefix", "'%m [%p] %a '".into()),
        ("log_statement", "none".into()),
        ("log_error_verbosity", "terse".into()),
        ("log_min_error_statement", "panic".into()),
        ("log_parameter_max_length", "0".into()),
        ("log_parameter_max_length_on_error", "0".into()),
        ("log_lock_waits", "on".into()),
    ];
    if m.shm_mb < 512 {
        // parallel queries would not fit into a small /dev/shm
        lines.push(("dynamic_shared_memory_type", "mmap".into()));
    }
    if purpose == Purpose::Testing {
        for (key, value) in [
            ("max_wal_size", "1GB"),
            ("fsync", "off"),
            ("full_page_writes", "off"),
            ("synchronous_commit", "off"),
            ("autovacuum_naptime", "5min"),
        ] {
            lines.push((key, value.to_owned()));
        }
    }
    let mut out = String::from("# Written by ganong at each start; put changes of your own into ALTER SYSTEM.\n");
    for (key, value) in lines {
        out.push_str(&format!("{key} = {value}\n"));
    }
    out
}

/// `ganong.hba`: only the socket, only accounts of this machine named in `ganong.ident`.
pub(crate) fn hba() -> &'static str {
    "# Written by ganong at each start.\nlocal all all peer map=ganong\nlocal replication all peer map=ganong\n"
}

/// `ganong.ident`: the account of the server process and the account we run as are the database user `ganong`.
pub(crate) fn ident(accounts: [&str; 2]) -> String {
    let mut out = String::from("# Written by ganong at each start.\n");
    for name in accounts {
        out.push_str(&format!("ganong \"{name}\" ganong\n"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value<'a>(conf: &'a str, key: &str) -> &'a str {
        conf.lines().rev().find_map(|l| l.strip_prefix(key)?.strip_prefix(" = ")).unwrap()
    }

    #[test]
    fn sizes_follow_the_machine() {
        let conf =
            |mb, purpose| settings(Machine { memory_mb: mb, cpus: 2, shm_mb: 64_000 }, purpose, Path::new("/x"), Path::new("/x"));
        for (mb, shared, work) in
            [(1_000, "125MB", "4MB"), (8_000, "1600MB", "20MB"), (24_000, "6000MB", "60MB"), (512_000, "8192MB", "64MB")]
        {
            let c = conf(mb, Purpose::Serving);
            assert_eq!((value(&c, "shared_buffers"), value(&c, "work_mem")), (shared, work), "{mb}");
            assert!(!c.contains("fsync"), "a serving cluster keeps fsync on");
            assert_eq!(value(&c, "synchronous_commit"), "on");
        }
        let c = conf(24_000, Purpose::Testing);
        assert_eq!((value(&c, "shared_buffers"), value(&c, "fsync")), ("256MB", "off"));
    }

    #[test]
    fn odd_folders_are_quoted_and_small_shm_is_avoided() {
        let c =
            settings(Machine { memory_mb: 900, cpus: 1, shm_mb: 64 }, Purpose::Serving, Path::new("/x"), Path::new("/a'b,\"c"));
        assert_eq!(value(&c, "unix_socket_directories"), "'\"/a''b,\"\"c\"'");
        assert_eq!(value(&c, "dynamic_shared_memory_type"), "mmap");
    }
}
