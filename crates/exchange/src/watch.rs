//! A folder that a delivery is put into, looked at on schedule: archives and sheets in it become a batch and move to `taken`.
//! Must not know who puts them there.

use crate::Exchange;
use crate::settled::{SETTLED, ending, settled};
use async_trait::async_trait;
use base::Result;
use files::NewFile;
use jobs::{Handler, Outcome, Run};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub const WATCH: &str = "exchange.watch";

pub(crate) struct Watch(pub Exchange);

#[async_trait]
impl Handler for Watch {
    async fn run(&self, run: &Run) -> Result<Outcome> {
        let text = |k: &str| run.payload[k].as_str().unwrap_or_default().to_owned();
        let (folder, package) = (PathBuf::from(text("folder")), text("package"));
        let age = run.payload["settled_seconds"].as_u64().map_or(SETTLED, Duration::from_secs);
        let found = tokio::task::spawn_blocking({
            let folder = folder.clone();
            move || look(&folder, age)
        })
        .await
        .map_err(base::Error::internal)??;
        if found.is_empty() {
            return Ok(Outcome::new("同步文件夹中没有新的文件。", json!({ "files": 0 })));
        }
        let mut saved = Vec::new();
        for path in &found {
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            let copy = tempfile::NamedTempFile::new()?;
            tokio::fs::copy(path, copy.path()).await?;
            saved.push(self.0.files.save_made(&run.actor, NewFile::import(&run.actor, &name), copy).await?);
        }
        let (no, _) = self.0.receive(&run.actor, &package, &saved, "2").await?;
        let taken = folder.join("taken").join(&no);
        tokio::fs::create_dir_all(&taken).await?;
        for path in &found {
            if let Some(name) = path.file_name() {
                tokio::fs::rename(path, taken.join(name)).await?;
            }
        }
        Ok(Outcome::new(format!("已接收 {} 个文件，批次 {no}。", found.len()), json!({ "batch_no": no, "files": found.len() })))
    }
}

/// Settled files of the kinds that a delivery is made of; none while any of them is still growing.
fn look(folder: &Path, age: Duration) -> Result<Vec<PathBuf>> {
    let mut found = settled(folder, age)?;
    found.retain(|f| ["zip", "xlsx", "xls", "ods", "csv"].contains(&ending(&f.path).as_str()));
    match found.iter().all(|f| f.settled) {
        true => Ok(found.into_iter().map(|f| f.path).collect()),
        false => Ok(vec![]),
    }
}
