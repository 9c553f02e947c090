//! What lies in a watched folder: which files nobody writes to any more. Must not know what becomes of them.

use base::{Error, Result};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Files younger than this may still be written to.
pub const SETTLED: Duration = Duration::from_secs(60);

/// A file of a watched folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub path: PathBuf,
    /// Nobody wrote to it for the time asked; a growing file waits for the next look.
    pub settled: bool,
}

/// The plain files of a folder in the order of their names: no folders, no links (which could lead out of it), nothing hidden.
///
/// Errors: `exchange.no_folder` where the folder is missing or may not be read.
pub fn settled(folder: &Path, age: Duration) -> Result<Vec<Found>> {
    let missing =
        |e: std::io::Error| Error::invalid("exchange.no_folder", "同步文件夹不存在或不能读取，请检查服务器上的设置。").because(e);
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(missing)? {
        let entry = entry?;
        let meta = match entry.metadata() {
            Ok(m) => m,
            // taken away between two looks
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
            Err(e) => return Err(e.into()),
        };
        if !meta.is_file() || entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        let settled = meta.modified()?.elapsed().unwrap_or_default() >= age;
        out.push(Found { path: entry.path(), settled });
    }
    out.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(out)
}

/// The ending of a name, in small letters.
pub fn ending(path: &Path) -> String {
    path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_folders_and_hidden_files_are_left_and_a_growing_file_waits() {
        let dir = tempfile::tempdir().unwrap();
        let at = |n: &str| dir.path().join(n);
        std::fs::write(at("b.csv"), "x").unwrap();
        std::fs::write(at("a.XLSX"), "x").unwrap();
        std::fs::write(at(".c.csv"), "x").unwrap();
        std::fs::create_dir(at("d.csv")).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", at("e.csv")).unwrap();
        let names = |age| -> Vec<(String, bool)> {
            let name = |f: &Found| f.path.file_name().unwrap().to_string_lossy().into_owned();
            settled(dir.path(), age).unwrap().iter().map(|f| (name(f), f.settled)).collect()
        };
        assert_eq!(names(Duration::ZERO), [("a.XLSX".to_owned(), true), ("b.csv".to_owned(), true)]);
        assert_eq!(names(SETTLED), [("a.XLSX".to_owned(), false), ("b.csv".to_owned(), false)]);
        assert_eq!(ending(&at("a.XLSX")), "xlsx");
        assert!(settled(&at("none"), SETTLED).is_err());
    }
}
