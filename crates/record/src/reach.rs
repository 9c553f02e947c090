//! Which rows a transaction reaches: those of its range, and where the description says so those set in the regions above,
//! to be read and not to be written. Must not know what is asked of the rows.

use crate::{Records, Row, gone};
use base::{Error, Result, Scope};
use meta::Dataset;
use serde_json::Value as Json;
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row as _};
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

    /// A row to be written, locked. One that is set above may be read here and not changed.
    pub(crate) async fn fetch_to_write(&self, tx: &mut ScopedTx, d: &Dataset, id: Uuid) -> Result<PgRow> {
        if let Some(row) = self.fetch(tx, d, id, true).await? {
            return Ok(row);
        }
        match self.fetch(tx, d, id, false).await? {
            Some(row) if d.read_below => Err(self.set_above(d, row.try_get("region_code").db()?)),
            _ => Err(gone(d)),
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

/// Whether a row exists inside the transaction's scope, or is set above it for those below to read.
pub async fn row_exists(tx: &mut ScopedTx, d: &Dataset, id: Uuid) -> Result<bool> {
    let mut qb = QueryBuilder::new(format!("select 1 from {} t where t.id = ", d.table()));
    qb.push_bind(id).push(" and not t.deleted and ");
    push_range(&mut qb, tx.scope(), reach(d, tx.scope()));
    Ok(qb.build().fetch_optional(tx.conn()).await.db()?.is_some())
}
