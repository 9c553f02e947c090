//! The watched folder: `<root>/<sender's folder>/[item/]file`. What is settled is taken once and moves to `taken/<receipt number>/`,
//! what cannot be taken to `refused/<receipt number>/`, and the receipt is written beside it. Must not contain SQL.

use super::rules::{self, Channel, Standing};
use super::store::{self, Delivery, Sender};
use super::{Parcel, Reception, is_theirs, lines, receipt, system};
use crate::department::items::{self, Item};
use async_trait::async_trait;
use base::{Error, Result};
use exchange::settled::{Found, SETTLED, ending, settled};
use files::NewFile;
use jobs::{Handler, Outcome, Run};
use serde_json::{Value as Json, json};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::time::Duration;
use uuid::Uuid;

/// Kind of these jobs.
pub const KIND: &str = "relapse.reception_folder";
/// When the folder is looked at.
pub const CRON: &str = "*/2 * * * *";

const TAKEN: &str = "taken";
const REFUSED: &str = "refused";
/// No folder can have this name.
const NOBODY: &str = "/";
/// Endings of files that another program is still writing.
const GROWING: [&str; 4] = ["part", "tmp", "filepart", "crdownload"];

pub(super) struct Folder(pub Reception);

/// A file, the folder of its sender, and the folder in between, if any.
struct Lying {
    path: PathBuf,
    folder: PathBuf,
    sub: Option<String>,
}

#[async_trait]
impl Handler for Folder {
    async fn run(&self, run: &Run) -> Result<Outcome> {
        let root = PathBuf::from(run.payload["folder"].as_str().unwrap_or_default());
        let age = run.payload["settled_seconds"].as_u64().map_or(SETTLED, Duration::from_secs);
        let ended = self.0.settle(None).await?.len();
        let (mut taken, mut refused, mut waiting) = (0, 0, 0);
        let (found, still) = tokio::task::spawn_blocking(move || look(&root, age)).await.map_err(Error::internal)??;
        waiting += still;
        for f in found {
            match self.0.of_folder(&f).await? {
                true => taken += 1,
                false => refused += 1,
            }
            run.progress.check_cancelled()?;
        }
        let facts = json!({ "taken": taken, "refused": refused, "waiting": waiting, "receipts": ended });
        Ok(Outcome::new(format!("文件夹接收 {taken} 个文件，退回 {refused} 个，等待写完 {waiting} 个，回执 {ended} 份。"), facts))
    }
}

/// Settled files of all senders, and how many are still growing.
fn look(root: &Path, age: Duration) -> Result<(Vec<Lying>, usize)> {
    let (mut out, mut growing) = (Vec::new(), 0);
    let mut add = |files: Vec<Found>, folder: &Path, sub: Option<&str>| {
        for f in files {
            if !f.settled || GROWING.contains(&ending(&f.path).as_str()) {
                growing += 1;
                continue;
            }
            out.push(Lying { path: f.path, folder: folder.to_path_buf(), sub: sub.map(str::to_owned) });
        }
    };
    // what lies here is nobody's
    add(settled(root, age)?, root, Some(NOBODY));
    for folder in folders(root)? {
        add(settled(&folder, age)?, &folder, None);
        for sub in folders(&folder)? {
            add(settled(&sub, age)?, &folder, Some(&name(&sub)));
        }
    }
    Ok((out, growing))
}

/// Folders of a folder, no links, not those that files were moved to.
fn folders(of: &Path) -> Result<Vec<PathBuf>> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(of)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() && name != TAKEN && name != REFUSED && !name.starts_with('.') {
            out.push(entry.path());
        }
    }
    out.sort();
    Ok(out)
}

fn name(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

fn digest(path: &Path) -> Result<String> {
    let mut hasher = secure::hash::Sm3Hasher::new();
    std::io::copy(&mut std::fs::File::open(path)?, &mut hasher)?;
    Ok(hasher.finish_hex())
}

impl Reception {
    /// Takes one file; false where it was given back.
    async fn of_folder(&self, f: &Lying) -> Result<bool> {
        let (file_name, at) = (name(&f.path), f.path.clone());
        let Ok(hash) = tokio::task::spawn_blocking(move || digest(&at)).await.map_err(Error::internal)? else {
            // gone or not readable at this moment: the next look sees
            tracing::warn!("a file of the reception folder could not be read");
            return Ok(false);
        };
        let mut tx = self.db.begin(&system()).await?;
        let sender = match f.sub.as_deref() {
            Some(NOBODY) => None,
            _ => store::of_folder(&mut tx, &name(&f.folder)).await?,
        };
        tx.rollback().await?;
        // of one name and one content: what was noted before the server stopped is found again
        let sender_no = format!("{}-{}", file_name.chars().take(100).collect::<String>(), &hash[..8]);
        let tried = match &sender {
            Some(s) => self.of_sender(f, s, &file_name, &sender_no, &hash).await,
            None => Err(Error::refused("relapse.no_sender", "这个文件夹没有登记报送单位或单位已停用，请联系省级管理员。")),
        };
        match tried {
            Ok(d) => {
                let (to, d) = self.move_away(f, TAKEN, d).await?;
                // ended meanwhile, or found again after a stop
                if d.standing != Standing::Processing {
                    self.beside(&to, &d, None).await?;
                }
                Ok(true)
            }
            Err(e) if is_theirs(&e) => {
                let d = self.refuse(Channel::Folder, sender.as_ref(), &sender_no, &hash, &e).await?;
                let (to, d) = self.move_away(f, REFUSED, d).await?;
                self.beside(&to, &d, None).await?;
                Ok(false)
            }
            Err(e) => Err(e),
        }
    }

    async fn of_sender(&self, f: &Lying, sender: &Sender, file_name: &str, sender_no: &str, hash: &str) -> Result<Delivery> {
        let all = items::all()?;
        let item = f.sub.as_deref().and_then(|s| rules::item_of_name(s, all)).or_else(|| rules::item_of_name(file_name, all));
        let item = item.ok_or_else(|| {
            let text = "从文件夹名和文件名看不出是哪一项数据，请以数据目录的序号或名称开头，如 31_住院结算_202611.xlsx。";
            Error::invalid("relapse.unknown_item", text)
        })?;
        let item: &'static Item = Reception::item(sender, &item.no)?;
        let (from, by_line) = (f.path.clone(), ["jsonl", "ndjson"].contains(&ending(&f.path).as_str()));
        let made = tokio::task::spawn_blocking(move || -> Result<tempfile::NamedTempFile> {
            let copy = tempfile::NamedTempFile::new()?;
            if by_line {
                let out = std::io::BufWriter::new(copy.as_file());
                lines::sheet_of(item, || Ok(BufReader::new(std::fs::File::open(&from)?)), out)?;
            } else {
                std::fs::copy(&from, copy.path())?;
            }
            Ok(copy)
        })
        .await
        .map_err(Error::internal)??;
        let kept = if by_line { format!("{file_name}.csv") } else { file_name.to_owned() };
        let parcel = Parcel {
            channel: Channel::Folder,
            sender,
            item,
            sender_no,
            period: rules::month_of_name(file_name).map(base::Month::number),
            hash,
            by_line,
            front: None,
        };
        Ok(self.take(&parcel, NewFile::import(&sender.actor(), &kept), made).await?.0)
    }

    /// Moves a file to `taken/<receipt>/` or `refused/<receipt>/` of its sender's folder.
    async fn move_away(&self, f: &Lying, kind: &str, d: Delivery) -> Result<(PathBuf, Delivery)> {
        let to = f.folder.join(kind).join(&d.delivery_no);
        tokio::fs::create_dir_all(&to).await?;
        tokio::fs::rename(&f.path, to.join(name(&f.path))).await?;
        let mut tx = self.db.begin(&system()).await?;
        let now = store::set_place(&mut tx, d.id, &to.to_string_lossy()).await?;
        tx.commit().await?;
        Ok((to, now.unwrap_or(d)))
    }

    /// The receipt, for programs and for people, and the marked file where lines were refused.
    async fn beside(&self, to: &Path, d: &Delivery, marked: Option<Uuid>) -> Result<()> {
        let receipt = receipt(d);
        tokio::fs::write(to.join("receipt.json"), serde_json::to_vec_pretty(&receipt)?).await?;
        tokio::fs::write(to.join("回执.txt"), rules::told(&receipt)).await?;
        if let Some(file) = marked {
            let (_, copy) = self.files.open_copy(&system(), file).await?;
            tokio::fs::copy(copy.path(), to.join("差错标注.xlsx")).await?;
        }
        Ok(())
    }

    /// The receipt of a delivery that just ended. A file that the job could not read moves to the refused ones. A folder that is
    /// gone does not hold up the others: the receipt stands in the system.
    pub(super) async fn beside_file(&self, d: &Delivery, result: &Json) -> Result<()> {
        // not moved yet: the next look does, and writes the receipt
        let Some(place) = d.place.as_deref().map(PathBuf::from) else { return Ok(()) };
        let marked = result["marked_file"].as_str().and_then(|l| l.rsplit('/').next()).and_then(|id| Uuid::parse_str(id).ok());
        let done = async {
            let mut at = place.clone();
            if d.standing == Standing::Refused
                && let Some(folder) = place.parent().and_then(Path::parent)
            {
                at = folder.join(REFUSED).join(&d.delivery_no);
                tokio::fs::create_dir_all(folder.join(REFUSED)).await?;
                tokio::fs::rename(&place, &at).await?;
            }
            self.beside(&at, d, marked).await
        };
        if let Err(e) = done.await {
            tracing::warn!(delivery = %d.delivery_no, error = %e.chain(), "a receipt could not be written beside its file");
        }
        Ok(())
    }
}
