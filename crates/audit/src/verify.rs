//! The check of the chain: the first bad line and what was done to it. SQL stays in `store.rs`; here are the decisions.

use crate::chain::{GENESIS, genuine};
use crate::store::{Audit, Entry};
use base::Result;
use serde::Serialize;
use std::collections::BTreeMap;

/// How far a displaced line is looked for.
const WINDOW: i64 = 2_000;
const CHUNK: i64 = 5_000;

/// Known hashes by number of line.
type Heads = BTreeMap<i64, Vec<Vec<u8>>>;

/// What was done to the trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Damage {
    /// The content, hash or code of a line does not fit.
    Changed,
    Removed,
    Inserted,
    Reordered,
    /// The trail ends before a head that is known outside the database.
    Truncated,
    /// The chain fits in itself but not with a signed anchor: written anew, or rolled back and written on.
    Rewritten,
    /// The signature of an anchor does not fit.
    AnchorForged,
}

/// The first bad line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bad {
    pub seq: i64,
    pub damage: Damage,
    /// For the auditor.
    pub sentence: String,
}

/// Result of a check.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    pub ok: bool,
    pub checked: i64,
    pub first_bad: Option<Bad>,
}

fn bad(seq: i64, damage: Damage) -> Bad {
    let what = match damage {
        Damage::Changed => "内容被改动",
        Damage::Removed => "被删除",
        Damage::Inserted => "是插入的假记录",
        Damage::Reordered => "的顺序被调换",
        Damage::Truncated => "起的记录被整段截去",
        Damage::Rewritten => "起与锚点不符，可能被整段重写或数据库被回滚",
        Damage::AnchorForged => "处的锚点签名不符，锚点被改动",
    };
    Bad { seq, damage, sentence: format!("第 {seq} 条审计记录{what}。请立即保全现场并按安全事件上报。") }
}

impl Audit {
    /// Checks lines `from..=to` (the whole trail when not given) with hashes, codes, links, and all known heads.
    pub async fn verify(&self, from: Option<i64>, to: Option<i64>) -> Result<Verdict> {
        let from = from.unwrap_or(1).max(1);
        let to = to.unwrap_or(i64::MAX);
        let mut checked = 0;
        let first_bad = match self.heads().await? {
            Err(forged) => Some(forged),
            Ok(heads) => self.walk(from, to, heads, &mut checked).await?,
        };
        Ok(Verdict { ok: first_bad.is_none(), checked, first_bad })
    }

    /// Heads known from the anchor files and the anchor table, by number. Anchors must bear our signature wherever they lie.
    async fn heads(&self) -> Result<std::result::Result<Heads, Bad>> {
        let mut heads = Heads::new();
        let mut anchors = self.anchors().await?;
        anchors.extend(self.inner.files.all()?);
        for a in anchors {
            match hex::decode(&a.hash) {
                Ok(hash) if a.signed_by(self.inner.vault.as_ref()) => heads.entry(a.seq).or_default().push(hash),
                _ => return Ok(Err(bad(a.seq, Damage::AnchorForged))),
            }
        }
        if let Some((seq, hash)) = self.inner.files.head()? {
            heads.entry(seq).or_default().push(hash);
        }
        Ok(Ok(heads))
    }

    async fn walk(&self, from: i64, to: i64, heads: Heads, checked: &mut i64) -> Result<Option<Bad>> {
        let vault = self.inner.vault.as_ref();
        let before = if from == 1 { None } else { self.lines(from - 1, 1).await?.pop() };
        if before.as_ref().is_some_and(|e| e.seq != from - 1) {
            return Ok(Some(bad(from - 1, Damage::Removed)));
        }
        let mut prev = if from == 1 { Some(GENESIS.to_vec()) } else { before.map(|e| e.hash) };
        if from == 1 && self.lowest().await?.is_some_and(|seq| seq < 1) {
            return Ok(Some(bad(1, Damage::Inserted)));
        }
        let (mut expected, mut anchored) = (from, from);
        loop {
            let chunk = self.lines(expected, CHUNK).await?;
            let Some(last) = chunk.last().map(|e| e.seq) else { break };
            for e in chunk.iter().filter(|e| e.seq <= to) {
                let fits = e.seq == expected && genuine(vault, e, e.seq) && prev.as_ref().is_none_or(|p| *p == e.prev_hash);
                if !fits {
                    return Ok(Some(bad(expected, self.damage(e, expected, prev.as_deref()).await?)));
                }
                if let Some(known) = heads.get(&e.seq) {
                    if known.iter().any(|k| *k != e.hash) {
                        return Ok(Some(bad(anchored, Damage::Rewritten)));
                    }
                    anchored = e.seq + 1;
                }
                *checked += 1;
                expected += 1;
                prev = Some(e.hash.clone());
            }
            if last >= to {
                break;
            }
        }
        let cut = expected <= to && heads.range(expected..).next().is_some();
        Ok(cut.then(|| bad(expected, Damage::Truncated)))
    }

    /// Line `e` stands where `expected` should stand and does not belong there: what happened?
    async fn damage(&self, e: &Entry, expected: i64, prev: Option<&[u8]>) -> Result<Damage> {
        let vault = self.inner.vault.as_ref();
        let near = self.lines((expected - WINDOW).max(1), 2 * WINDOW).await?;
        // the line that should stand here, wherever it stands now
        let elsewhere =
            near.iter().any(|o| o.seq != expected && prev.is_none_or(|p| p == o.prev_hash) && genuine(vault, o, expected));
        if e.seq > expected {
            return Ok(if elsewhere { Damage::Reordered } else { Damage::Removed });
        }
        let displaced = (expected - WINDOW..expected + WINDOW).any(|seq| seq != expected && seq >= 1 && genuine(vault, e, seq));
        Ok(match (displaced, elsewhere) {
            (true, true) => Damage::Reordered,
            (true, false) => Damage::Removed,
            (false, true) => Damage::Inserted,
            (false, false) => Damage::Changed,
        })
    }
}
