//! The writes of an import and of its undoing, as calls of the record engine. Must not know files.

use ::store::ScopedTx;
use base::Result;
use meta::Dataset;
use record::{Change, Provenance, Records, Saved};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

fn by(batch_no: &str, trusted: bool) -> Provenance {
    Provenance { batch_no: Some(batch_no.to_owned()), trusted, ..Provenance::default() }
}

/// Writes the rows of a chunk together; each has its own outcome.
pub(crate) async fn many(
    records: &Records,
    tx: &mut ScopedTx,
    d: &Dataset,
    changes: Vec<Change>,
    batch_no: &str,
) -> Result<Vec<Result<Saved>>> {
    records.write_many(tx, d, changes, &by(batch_no, false)).await
}

/// Gives a row its old values back, also those that only engines write.
pub(crate) async fn restore(
    records: &Records,
    tx: &mut ScopedTx,
    d: &Dataset,
    (id, version): (Uuid, i32),
    values: &Map<String, Json>,
    batch_no: &str,
) -> Result<()> {
    records.patch(tx, d, id, Some(version), values, &by(batch_no, true)).await.map(drop)
}

pub(crate) async fn delete(
    records: &Records,
    tx: &mut ScopedTx,
    d: &Dataset,
    (id, version): (Uuid, i32),
    batch_no: &str,
) -> Result<()> {
    records.delete(tx, d, id, Some(version), &by(batch_no, false)).await
}
