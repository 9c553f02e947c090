//! Signed heads of the chain in a file outside the database, so that a cut or rolled back database is noticed.
//! Must not know the lines themselves.

use base::{Error, Result};
use chrono::{DateTime, SubsecRound, Utc};
use secure::Vault;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Number and hash of the last line at a moment, signed with SM2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    pub seq: i64,
    /// Hexadecimal.
    pub hash: String,
    pub at: DateTime<Utc>,
    /// Hexadecimal.
    pub signature: String,
}

impl Anchor {
    pub(crate) fn sign(vault: &dyn Vault, seq: i64, hash: &[u8]) -> Result<Anchor> {
        let mut a = Anchor { seq, hash: hex::encode(hash), at: Utc::now().trunc_subsecs(3), signature: String::new() };
        a.signature = hex::encode(vault.sign(a.message().as_bytes())?);
        Ok(a)
    }
    fn message(&self) -> String {
        format!("audit_anchor/v1|{}|{}|{}", self.seq, self.hash, self.at.timestamp_millis())
    }
    pub(crate) fn signed_by(&self, vault: &dyn Vault) -> bool {
        hex::decode(&self.signature).is_ok_and(|s| vault.verify(self.message().as_bytes(), &s))
    }
}

/// The two files beside the database: `audit-anchors.jsonl` (grows) and `audit-head.json` (the newest head).
pub(crate) struct AnchorFile {
    anchors: PathBuf,
    head: PathBuf,
}

impl AnchorFile {
    pub(crate) fn new(folder: &Path) -> Result<AnchorFile> {
        std::fs::create_dir_all(folder)?;
        Ok(AnchorFile { anchors: folder.join("audit-anchors.jsonl"), head: folder.join("audit-head.json") })
    }
    pub(crate) fn append(&self, a: &Anchor) -> Result<()> {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(&self.anchors)?;
        file.write_all(format!("{}\n", serde_json::to_string(a)?).as_bytes())?;
        Ok(file.sync_all()?)
    }
    /// All anchors of the file; an unreadable line is an error, for nobody but us writes it.
    pub(crate) fn all(&self) -> Result<Vec<Anchor>> {
        let text = read(&self.anchors)?;
        text.lines()
            .map(|l| {
                serde_json::from_str(l).map_err(|e| {
                    Error::unavailable("audit.anchor_file", "审计锚点文件已损坏，请从备份恢复 audit-anchors.jsonl 后重新校验。")
                        .because(e)
                })
            })
            .collect()
    }
    pub(crate) fn head(&self) -> Result<Option<(i64, Vec<u8>)>> {
        let text = read(&self.head)?;
        let head: Option<(i64, String)> = if text.is_empty() { None } else { serde_json::from_str(&text).ok() };
        Ok(head.and_then(|(seq, hash)| Some((seq, hex::decode(hash).ok()?))))
    }
    /// Not synced to disk: a head older than the database is harmless, and it is never newer.
    pub(crate) fn set_head(&self, seq: i64, hash: &[u8]) -> Result<()> {
        let beside = self.head.with_extension(format!("{}.tmp", std::process::id()));
        std::fs::write(&beside, serde_json::to_string(&(seq, hex::encode(hash)))?)?;
        Ok(std::fs::rename(beside, &self.head)?)
    }
}

fn read(path: &Path) -> Result<String> {
    match std::fs::read_to_string(path) {
        Ok(t) => Ok(t),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(e) => Err(e.into()),
    }
}
