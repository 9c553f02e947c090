//! Which rows a transaction reaches: those of its range, and where the description says so those set in the regions above,
//! to be read and not to be written. Must not know what is asked of the rows.

use crate::{Records, Row, gone};
use base::{Error, Result, Scope};
use meta::Dataset;
use serde_json::Value as Json;
use sqlx::{Postgres, QueryBuilder, Row as _};
use std::collections::HashMap;
use store::{DbResult, ScopedTx};
use uuid::Uuid;

impl Records {
    /// As [`Records::get`], for somebody who is to add to the row: one that is set above is refused.
    pub async fn get_to_write(&self, tx: &mut ScopedTx, d: &Dataset, id: Uuid) -> Result<Row> {
        let row = self.get(tx, d, id).await?;
        match row.get("region_code").and_then(Json::as_str) {
            Some(region) if row.contains_key("_above") => Err(self.set_above(d, region)),
            _ => Ok(row),
        }
    }

    /// Why a row cannot be written: it is set above and may be read here, or it is not there.
    pub(crate) async fn not_to_write(&self, tx: &mut ScopedTx, d: &Dataset, id: Uuid) -> Result<Error> {
        match self.fetch(tx, d, id).await? {
            Some(row) if d.read_below => Ok(self.set_above(d, row.try_get("region_code").db()?)),
            _ => Ok(gone(d)),
        }
    }

    pub(crate) fn set_above(&self, d: &Dataset, region: &str) -> Error {
        let place = self.regions.name(region).unwrap_or_else(|| "上级".into());
        let text = format!("这条“{}”由{place}设置，您可以查看，不能修改；如需调整请联系上级。", d.title);
        Error::forbidden("record.set_above", text)
    }
}

/// Says of rows that are set above, that they are read here and not changed.
pub(crate) fn mark_above(scope: &Scope, items: &mut [Row]) {
    for row in items {
        let code = row.get("region_code").and_then(Json::as_str).unwrap_or_default();
        if !(scope.lo.as_str() <= code && code < scope.hi.as_str()) {
            row.insert("_above".into(), true.into());
        }
    }
}

/// Regions above the scope whose rows of this dataset are read from below; none unless the description says so.
pub(crate) fn reach(d: &Dataset, scope: &Scope) -> Vec<String> {
    if d.read_below { scope.above().into_iter().map(String::from).collect() } else { vec![] }
}

/// The first lock: rows inside the range, and those set in the regions `above`.
pub(crate) fn push_range(qb: &mut QueryBuilder<Postgres>, range: &Scope, above: Vec<String>) {
    qb.push("(t.region_code >= ").push_bind(range.lo.clone()).push(" and t.region_code < ").push_bind(range.hi.clone());
    if !above.is_empty() {
        qb.push(" or t.region_code = any(").push_bind(above).push(")");
    }
    qb.push(")");
}

/// Regions of those rows that exist inside the transaction's scope, or are set above it for those below to read.
pub(crate) async fn regions_of(tx: &mut ScopedTx, d: &Dataset, ids: Vec<Uuid>) -> Result<HashMap<Uuid, String>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut qb = QueryBuilder::new(format!("select t.id, t.region_code from {} t where t.id = any(", d.table()));
    qb.push_bind(ids).push(") and not t.deleted and ");
    push_range(&mut qb, tx.scope(), reach(d, tx.scope()));
    let rows = qb.build().fetch_all(tx.conn()).await.db()?;
    rows.iter().map(|r| Ok((r.try_get("id").db()?, r.try_get("region_code").db()?))).collect()
}

/// Whether a row exists inside the transaction's scope, or is set above it for those below to read.
pub async fn row_exists(tx: &mut ScopedTx, d: &Dataset, id: Uuid) -> Result<bool> {
    Ok(!regions_of(tx, d, vec![id]).await?.is_empty())
}
