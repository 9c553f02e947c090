//! The three writes of an import, as calls of the record engine. Must not know files.

use ::store::ScopedTx;
use base::{RegionCode, Result};
use meta::Dataset;
use record::{Provenance, Records};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

fn by(batch_no: &str, trusted: bool) -> Provenance {
    Provenance { batch_no: Some(batch_no.to_owned()), trusted, ..Provenance::default() }
}

pub(crate) async fn create(
    records: &Records,
    tx: &mut ScopedTx,
    d: &Dataset,
    region: &RegionCode,
    values: &Map<String, Json>,
    batch_no: &str,
) -> Result<()> {
    let mut input = values.clone();
    input.insert("region_code".into(), region.as_str().into());
    records.create(tx, d, &input, &by(batch_no, false)).await.map(drop)
}

/// True when the row was changed by it.
pub(crate) async fn update(
    records: &Records,
    tx: &mut ScopedTx,
    d: &Dataset,
    (id, version): (Uuid, i32),
    values: &Map<String, Json>,
    batch_no: &str,
) -> Result<bool> {
    let saved = records.patch(tx, d, id, Some(version), values, &by(batch_no, false)).await?;
    Ok(saved.row_version != version)
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
