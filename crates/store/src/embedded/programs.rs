//! Finds PostgreSQL's programs on the machine. Must not start a server.

use base::{Error, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Oldest major version that is accepted.
pub(crate) const OLDEST: u32 = 15;

/// A folder with `postgres` and `initdb` of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Programs {
    pub bin: PathBuf,
    pub major: u32,
}

impl Programs {
    /// The programs for a cluster of this major version, or the newest ones for a new cluster.
    pub(crate) fn choose(existing: Option<u32>) -> Result<Programs> {
        pick(found(), existing)
    }
}

fn pick(mut found: Vec<Programs>, existing: Option<u32>) -> Result<Programs> {
    found.sort_by_key(|p| std::cmp::Reverse(p.major));
    let newest = found.first().map(|p| p.major);
    match (existing, newest) {
        (Some(major), _) if found.iter().any(|p| p.major == major) => {
            found.into_iter().find(|p| p.major == major).ok_or_else(|| missing(Some(major)))
        }
        (Some(major), Some(here)) => Err(Error::unavailable(
            "store.pg_version",
            format!(
                "数据目录属于 PostgreSQL {major}，而本机只有 PostgreSQL {here}。请安装相同版本：apt-get install -y postgresql-{major}，\
                 或先用 pg_upgrade 升级数据。(The data folder belongs to PostgreSQL {major}, this machine has {here}.)"
            ),
        )),
        (existing, None) => Err(missing(existing)),
        (None, Some(_)) => Ok(found.swap_remove(0)),
    }
}

fn missing(major: Option<u32>) -> Error {
    let package = major.map_or_else(|| "postgresql".to_owned(), |m| format!("postgresql-{m}"));
    Error::unavailable(
        "store.pg_missing",
        format!(
            "没有找到 PostgreSQL {OLDEST} 以上版本的程序。请安装：apt-get update && apt-get install -y {package}，或用环境变量 DATABASE_URL \
             指定已有的数据库。(PostgreSQL ≥ {OLDEST} was not found: install it with the line above, or set DATABASE_URL.)"
        ),
    )
}

fn found() -> Vec<Programs> {
    let mut dirs: Vec<PathBuf> = std::env::var_os("PATH").map(|p| std::env::split_paths(&p).collect()).unwrap_or_default();
    for (parent, tail) in [("/usr/lib/postgresql", "bin"), ("/usr/local/pgsql", ""), ("/opt/postgresql", "bin")] {
        dirs.extend(std::fs::read_dir(parent).into_iter().flatten().flatten().map(|e| e.path().join(tail)));
    }
    // packages of the PostgreSQL project for Red Hat and its relatives (openEuler, Kylin, Anolis)
    dirs.extend(
        std::fs::read_dir("/usr")
            .into_iter()
            .flatten()
            .flatten()
            .filter(|e| e.file_name().to_string_lossy().starts_with("pgsql-"))
            .map(|e| e.path().join("bin")),
    );
    if let Ok(out) = Command::new("pg_config").arg("--bindir").output() {
        dirs.push(PathBuf::from(String::from_utf8_lossy(&out.stdout).trim()));
    }
    dirs.sort();
    dirs.dedup();
    dirs.into_iter().filter_map(|bin| Some(Programs { major: major_of(&bin)?, bin })).filter(|p| p.major >= OLDEST).collect()
}

fn major_of(bin: &Path) -> Option<u32> {
    if !bin.is_absolute() || !bin.join("initdb").is_file() || !bin.join("postgres").is_file() {
        return None;
    }
    let out = Command::new(bin.join("postgres")).arg("--version").output().ok()?;
    major_in(&String::from_utf8_lossy(&out.stdout))
}

/// `postgres (PostgreSQL) 15.18 (Debian …)` → 15.
fn major_in(version: &str) -> Option<u32> {
    let after = version.split_once("(PostgreSQL)")?.1.trim_start();
    after.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p(major: u32) -> Programs {
        Programs { bin: PathBuf::from(format!("/usr/lib/postgresql/{major}/bin")), major }
    }

    #[test]
    fn the_newest_wins_unless_the_folder_says_otherwise() {
        assert_eq!(pick(vec![p(15), p(17), p(16)], None).unwrap().major, 17);
        assert_eq!(pick(vec![p(15), p(17), p(16)], Some(16)).unwrap().major, 16);
        let e = pick(vec![p(15)], Some(13)).unwrap_err();
        assert_eq!(e.code, "store.pg_version");
        assert!(e.sentence.contains("postgresql-13"), "{}", e.sentence);
        let e = pick(vec![], None).unwrap_err();
        assert_eq!(e.code, "store.pg_missing");
        assert!(e.sentence.contains("apt-get install -y postgresql，"), "{}", e.sentence);
    }

    #[test]
    fn versions_are_read_from_what_the_program_says() {
        assert_eq!(major_in("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major_in("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major_in("postgres (Something) 9"), None);
    }
}
