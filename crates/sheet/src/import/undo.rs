//! Takes an import back: rows it made are deleted, rows it changed get their old values, both only when nobody changed them
//! since; the others are reported. One transaction. Must not know files.

use super::store;
use ::store::ScopedTx;
use base::{Error, Kind, Result};
use meta::Dataset;
use record::Records;
use serde_json::{Map, Value as Json, json};

const CHUNK: i64 = 500;

/// What became of the batch.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub(crate) struct Undone {
    pub deleted: u64,
    pub restored: u64,
    /// Changed by somebody since, no longer there, or needed by other rows.
    pub kept: u64,
}

pub(crate) async fn undo(
    records: &Records,
    tx: &mut ScopedTx,
    d: &Dataset,
    batch_no: &str,
    undo_no: &str,
    mut looking: impl FnMut(u64) -> Result<()>,
) -> Result<Undone> {
    if d.history == meta::dataset::History::None {
        return Err(Error::refused("sheet.no_history", format!("“{}”不保留修改历史，不能撤销导入。", d.title)));
    }
    let mut out = Undone::default();
    let mut before = i64::MAX;
    loop {
        looking(out.deleted + out.restored + out.kept)?;
        let changes = store::changes_of(tx, &d.id, batch_no, before, CHUNK).await?;
        let Some(last) = changes.last() else { return Ok(out) };
        before = last.line;
        let now = store::by_ids(tx, d, changes.iter().map(|c| c.row_id).collect()).await?;
        for c in &changes {
            if now.get(&c.row_id).map(|f| f.row_version) != Some(c.row_version) {
                out.kept += 1;
                continue;
            }
            let at = (c.row_id, c.row_version);
            store::savepoint(tx).await?;
            let made = c.verb == "create";
            let done = if made {
                super::write::delete(records, tx, d, at, undo_no).await
            } else {
                super::write::restore(records, tx, d, at, &old_values(records, d, c)?, undo_no).await
            };
            match done {
                Ok(()) => {
                    store::keep(tx).await?;
                    if made { out.deleted += 1 } else { out.restored += 1 }
                }
                // something hangs on the row by now, or the old values are refused today
                Err(e) if matches!(e.kind, Kind::Refused | Kind::Conflict | Kind::NotFound | Kind::Forbidden) => {
                    store::back(tx).await?;
                    out.kept += 1;
                }
                Err(e) => return Err(e),
            }
        }
    }
}

/// The old values in wire form, ciphers opened.
fn old_values(records: &Records, d: &Dataset, c: &store::Change) -> Result<Map<String, Json>> {
    let mut out = Map::new();
    let Some(changes) = c.changes.as_object() else { return Ok(out) };
    for f in d.fields.values() {
        let Some(old) = changes.get(&f.name).map(|x| x.get("old").cloned().unwrap_or(Json::Null)) else { continue };
        let value = match (f.kind.is_enciphered(), old.as_str()) {
            (true, Some(cipher)) => {
                let plain = records.vault.open(cipher, &secure::place(&d.table(), &f.name, &c.row_id))?;
                json!(plain.into_inner())
            }
            _ => old,
        };
        out.insert(f.name.clone(), value);
    }
    Ok(out)
}
