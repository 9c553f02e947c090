//! One cluster on the disk: its folders, made once by initdb; its settings, written at each start; its server process.

use super::account::{Account, own_name};
use super::conf::{Machine, Purpose, hba, ident, settings};
use super::leftover;
use super::programs::Programs;
use base::{Error, Result};
use sha2::{Digest, Sha256};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest path of the socket folder; with the name of the socket the system allows 107 bytes.
const LONGEST: usize = 90;

pub(crate) struct Cluster {
    programs: Programs,
    account: Account,
    pub pgdata: PathBuf,
    pub socket_dir: PathBuf,
    start_log: PathBuf,
}

/// Where the socket of a data folder lies: inside it, or under the folder for temporary files when its path is too long.
pub(crate) fn socket_dir(data: &Path) -> PathBuf {
    let inside = data.join("pg-socket");
    if inside.as_os_str().len() <= LONGEST {
        return inside;
    }
    let hash = hex::encode(&Sha256::digest(data.as_os_str().as_bytes())[..8]);
    std::env::temp_dir().join(format!("ganong-{hash}"))
}

/// The address of a database of the cluster behind a socket folder.
pub(crate) fn url(socket_dir: &Path, database: &str) -> String {
    let mut host = String::new();
    for b in socket_dir.as_os_str().as_bytes() {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => host.push(char::from(*b)),
            _ => host.push_str(&format!("%{b:02X}")),
        }
    }
    format!("postgres://ganong@localhost:5432/{database}?host={host}&sslmode=disable")
}

impl Cluster {
    /// Makes everything ready for a start: finds programs and account, ends left-over processes, makes the cluster if
    /// there is none, writes the settings. `data` is absolute and exists; the caller holds its lock.
    pub(crate) fn prepare(data: &Path, purpose: Purpose, say: &dyn Fn(&str)) -> Result<Cluster> {
        let pgdata = data.join("pg");
        let existing = existing_major(&pgdata)?;
        let programs = Programs::choose(existing)?;
        let account = Account::choose(&pgdata, existing.is_some())?;
        let cluster = Cluster { programs, account, socket_dir: socket_dir(data), start_log: data.join("pg-start.log"), pgdata };
        if existing.is_none() {
            cluster.init(data, purpose, say)?;
        }
        cluster.account.check_reach(&cluster.pgdata)?;
        leftover::clear(&cluster.pgdata, say)?;
        cluster.make_socket_dir()?;
        cluster.write_settings(purpose)?;
        Ok(cluster)
    }

    /// `initdb` beside the final place, then a rename: a half-made cluster is never taken for a whole one.
    fn init(&self, data: &Path, purpose: Purpose, say: &dyn Fn(&str)) -> Result<()> {
        say(&format!("正在创建数据库（PostgreSQL {}，只在首次启动时进行，约需几秒到几十秒）……", self.programs.major));
        let new = data.join("pg.new");
        if new.exists() {
            std::fs::remove_dir_all(&new)?;
        }
        std::fs::DirBuilder::new().mode(0o700).create(&new)?;
        self.account.give(&new)?;
        self.account.check_reach(&new)?;
        let mut initdb = self.account.command(&self.programs.bin.join("initdb"));
        initdb.arg("--pgdata").arg(&new).args([
            "--username=ganong",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--data-checksums",
            "--auth-local=peer",
            "--auth-host=reject",
        ]);
        if purpose == Purpose::Testing {
            initdb.arg("--no-sync");
        }
        let out = initdb.output()?;
        if !out.status.success() {
            let said = String::from_utf8_lossy(&out.stderr).trim().to_owned();
            return Err(Error::unavailable(
                "store.pg_init",
                format!("创建数据库失败：{said}。请检查磁盘空间和目录 {} 的权限后重试。", data.display()),
            ));
        }
        let conf = new.join("postgresql.conf");
        let text = std::fs::read_to_string(&conf)?;
        self.write(&conf, &format!("{text}\ninclude = 'ganong.conf'\n"))?;
        if self.pgdata.exists() {
            // an empty folder, as `existing_major` has seen
            std::fs::remove_dir(&self.pgdata)?;
        }
        std::fs::rename(&new, &self.pgdata)?;
        std::fs::File::open(data)?.sync_all()?;
        Ok(())
    }

    fn make_socket_dir(&self) -> Result<()> {
        let dir = &self.socket_dir;
        match std::fs::DirBuilder::new().mode(0o700).create(dir) {
            Ok(()) => self.account.give(dir),
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
                // in a folder open to all somebody else could have put theirs here
                let m = std::fs::symlink_metadata(dir)?;
                if !m.is_dir() || m.uid() != self.account.uid || m.permissions().mode() & 0o077 != 0 {
                    return Err(Error::unavailable(
                        "store.pg_socket",
                        format!("目录 {} 不是由本系统创建或权限过宽，请由管理员删除该目录后重试。", dir.display()),
                    ));
                }
                Ok(())
            }
            Err(e) => Err(e.into()),
        }
    }

    fn write_settings(&self, purpose: Purpose) -> Result<()> {
        let p = &self.pgdata;
        self.write(&p.join("ganong.conf"), &settings(Machine::here(), purpose, p, &self.socket_dir))?;
        self.write(&p.join("ganong.hba"), hba())?;
        self.write(&p.join("ganong.ident"), &ident([&self.account.name, &own_name()]))
    }

    /// Replaces a file of the cluster in one step.
    fn write(&self, path: &Path, text: &str) -> Result<()> {
        let new = path.with_extension("new");
        std::fs::write(&new, text)?;
        std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o600))?;
        self.account.give(&new)?;
        std::fs::rename(&new, path)?;
        Ok(())
    }

    /// Starts the server. With `bound` it gets a fast shutdown from the kernel when the calling thread ends, however it ends.
    pub(crate) fn spawn(&self, bound: bool) -> Result<Child> {
        let postgres = self.programs.bin.join("postgres");
        let mut command = match setpriv().filter(|_| bound) {
            Some(setpriv) => {
                let mut c = self.account.command(&setpriv);
                c.args(["--pdeathsig", "INT", "--"]).arg(postgres);
                c
            }
            None => self.account.command(&postgres),
        };
        let log = std::fs::File::create(&self.start_log)?;
        // a group of its own: Ctrl-C at the terminal is for us, and we stop the server when we are done with it
        command.arg("-D").arg(&self.pgdata).process_group(0).stdout(log.try_clone()?).stderr(log);
        Ok(command.spawn()?)
    }

    /// Waits until the server takes connections; recovery after a crash may take its time. `go_on` false gives up.
    pub(crate) fn wait_ready(&self, child: &mut Child, say: &dyn Fn(&str), go_on: &dyn Fn() -> bool) -> Result<()> {
        let (started, mut told) = (Instant::now(), 0);
        while !leftover::is_ready(&self.pgdata, child.id()) {
            if child.try_wait()?.is_some() {
                return Err(Error::unavailable(
                    "store.pg_start",
                    format!("数据库没有启动成功：{}。请按提示处理后重试。", self.last_words()),
                ));
            }
            if !go_on() {
                return Err(Error::unavailable("store.closed", "系统正在停止，请稍后重试。"));
            }
            let seconds = started.elapsed().as_secs();
            if seconds / 10 > told {
                told = seconds / 10;
                say(&format!("数据库正在恢复上次未写完的数据，已用 {seconds} 秒，请等待……"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Removes a socket folder that lies outside the data folder; called when no server runs.
    pub(crate) fn tidy(&self) {
        if self.socket_dir.parent() != self.pgdata.parent()
            && let Err(e) = std::fs::remove_dir_all(&self.socket_dir)
        {
            tracing::debug!(error = %e, "the socket folder was not removed");
        }
    }

    /// The last lines the server wrote before it ended.
    fn last_words(&self) -> String {
        let newest = std::fs::read_dir(self.pgdata.join("log"))
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|e| Some((e.metadata().ok()?.modified().ok()?, e.path())))
            .max()
            .map(|(_, path)| path);
        let mut said: Vec<String> = Vec::new();
        for file in [Some(self.start_log.clone()), newest].into_iter().flatten() {
            let text = String::from_utf8_lossy(&std::fs::read(file).unwrap_or_default()).into_owned();
            let lines: Vec<&str> = text.lines().filter(|l| l.contains("FATAL") || l.contains("PANIC")).collect();
            said.extend(lines.iter().rev().take(2).rev().map(|l| (*l).to_owned()));
        }
        if said.is_empty() { format!("见 {}", self.start_log.display()) } else { said.join("；") }
    }
}

/// The major version of a cluster that exists; none for a missing or empty folder; a sentence for anything else.
fn existing_major(pgdata: &Path) -> Result<Option<u32>> {
    match std::fs::read_to_string(pgdata.join("PG_VERSION")) {
        Ok(text) => text.trim().parse().map(Some).map_err(|_| {
            Error::unavailable(
                "store.pg_version",
                format!("{} 中的 PG_VERSION 内容不正确，可能已损坏，请从备份恢复数据目录。", pgdata.display()),
            )
        }),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            if std::fs::read_dir(pgdata).is_ok_and(|mut d| d.next().is_some()) {
                return Err(Error::unavailable(
                    "store.pg_foreign",
                    format!(
                        "目录 {} 不是空的，也不是 PostgreSQL 数据目录，请换一个数据目录，或移走其中的文件。",
                        pgdata.display()
                    ),
                ));
            }
            Ok(None)
        }
        Err(e) => Err(e.into()),
    }
}

/// `setpriv` of util-linux, where it can bind a process to its parent's life.
fn setpriv() -> Option<PathBuf> {
    ["/usr/bin/setpriv", "/bin/setpriv", "/usr/local/bin/setpriv"].iter().map(PathBuf::from).filter(|p| p.exists()).find(|p| {
        Command::new(p)
            .arg("--help")
            .stderr(Stdio::null())
            .output()
            .is_ok_and(|o| String::from_utf8_lossy(&o.stdout).contains("--pdeathsig"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_folders_get_a_short_socket() {
        assert_eq!(socket_dir(Path::new("/var/lib/ganong")), Path::new("/var/lib/ganong/pg-socket"));
        let long = PathBuf::from(format!("/var/lib/{}", "很长".repeat(20)));
        let short = socket_dir(&long);
        assert!(short.as_os_str().len() < LONGEST, "{short:?}");
        assert_eq!(short, socket_dir(&long));
    }

    #[test]
    fn addresses_keep_odd_folders() {
        assert_eq!(
            url(Path::new("/数/a b&c"), "x"),
            "postgres://ganong@localhost:5432/x?host=/%E6%95%B0/a%20b%26c&sslmode=disable"
        );
    }
}
