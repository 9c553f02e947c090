//! The unprivileged account PostgreSQL runs under: this one, or another one when we are root (PostgreSQL refuses root).

use base::{Error, Result};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// Accounts tried, in this order, when we are root and no cluster exists yet.
const TRIED: [&str; 3] = ["postgres", "ganong", "nobody"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub name: String,
    pub uid: u32,
    pub gid: u32,
    /// We are root and have to become it.
    change: bool,
}

impl Account {
    /// The account for the cluster in `pgdata`: its owner where the cluster exists.
    pub(crate) fn choose(pgdata: &Path, exists: bool) -> Result<Account> {
        let me = rustix::process::geteuid().as_raw();
        let owner = std::fs::metadata(pgdata).ok().filter(|_| exists).map(|m| m.uid());
        let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        match (me, owner) {
            (0, Some(0)) => Err(Error::unavailable(
                "store.pg_owner",
                format!(
                    "目录 {0} 属于 root，PostgreSQL 不能以 root 运行。请执行：chown -R postgres:postgres '{0}'",
                    pgdata.display()
                ),
            )),
            (0, Some(owner)) => by_uid(&passwd, owner, true).ok_or_else(|| {
                Error::unavailable(
                    "store.pg_owner",
                    format!(
                        "目录 {0} 属于本机没有的账号（编号 {owner}）。请执行：chown -R postgres:postgres '{0}'",
                        pgdata.display()
                    ),
                )
            }),
            (0, None) => TRIED
                .iter()
                .find_map(|name| accounts(&passwd).find(|a| a.name == *name))
                .map(|a| Account { change: true, ..a })
                .ok_or_else(|| {
                    Error::unavailable(
                        "store.pg_account",
                        "当前以 root 运行，需要一个普通账号来运行 PostgreSQL。请执行：useradd --system postgres，然后重试。",
                    )
                }),
            (me, Some(owner)) if me != owner => Err(Error::unavailable(
                "store.pg_owner",
                format!(
                    "目录 {} 属于另一账号（编号 {owner}），当前账号编号为 {me}。请改用该账号启动，或由管理员用 chown 改正归属。",
                    pgdata.display()
                ),
            )),
            (me, _) => Ok(by_uid(&passwd, me, false).unwrap_or_else(|| Account {
                name: String::from_utf8_lossy(&Command::new("id").arg("-un").output().map(|o| o.stdout).unwrap_or_default())
                    .trim()
                    .to_owned(),
                uid: me,
                gid: rustix::process::getegid().as_raw(),
                change: false,
            })),
        }
    }

    /// A command that runs as this account, without our groups and without settings meant for other PostgreSQL clients.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut c = Command::new(program);
        if self.change {
            // setting the uid as root also clears the supplementary groups
            c.uid(self.uid).gid(self.gid);
        }
        for (key, _) in std::env::vars_os().filter(|(k, _)| k.to_string_lossy().starts_with("PG")) {
            c.env_remove(key);
        }
        c.current_dir("/").env("LC_ALL", "C.UTF-8").stdin(std::process::Stdio::null());
        c
    }

    /// Gives a file or folder to the account.
    pub(crate) fn give(&self, path: &Path) -> Result<()> {
        if self.change {
            chown(path, Some(self.uid), Some(self.gid))?;
        }
        Ok(())
    }

    /// Refuses a folder the account cannot reach because a folder above it is closed.
    pub(crate) fn check_reach(&self, dir: &Path) -> Result<()> {
        let reached = self
            .command(Path::new("/bin/sh"))
            .args(["-c", "cd \"$1\"", "sh"])
            .arg(dir)
            .stderr(std::process::Stdio::null())
            .status()?;
        if reached.success() {
            return Ok(());
        }
        Err(Error::unavailable(
            "store.pg_reach",
            format!(
                "账号 {} 进不去目录 {}，因为它的某个上级目录不允许其他账号进入。请把数据目录放到 /var/lib/ganong 之类的位置，\
                 或对上级目录执行 chmod o+x。",
                self.name,
                dir.display()
            ),
        ))
    }
}

/// Name of the account we run as ourselves.
pub(crate) fn own_name() -> String {
    let me = rustix::process::geteuid().as_raw();
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    by_uid(&passwd, me, false).map_or_else(|| "root".to_owned(), |a| a.name)
}

fn accounts(passwd: &str) -> impl Iterator<Item = Account> + '_ {
    passwd.lines().filter_map(|l| {
        let mut parts = l.split(':');
        let name = parts.next()?.to_owned();
        let (uid, gid) = (parts.nth(1)?.parse().ok()?, parts.next()?.parse().ok()?);
        Some(Account { name, uid, gid, change: false })
    })
}

fn by_uid(passwd: &str, uid: u32, change: bool) -> Option<Account> {
    accounts(passwd).find(|a| a.uid == uid).map(|a| Account { change, ..a })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_read_from_passwd() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\npostgres:x:101:104:PostgreSQL,,,:/var/lib/postgresql:/bin/bash\nbroken\n";
        let a = by_uid(passwd, 101, true).unwrap();
        assert_eq!((a.name.as_str(), a.gid, a.change), ("postgres", 104, true));
        assert_eq!(by_uid(passwd, 7, true), None);
    }
}
