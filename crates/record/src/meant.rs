//! Rows of a dataset that other rows mean or that mean them, fetched together: for what shows several datasets at once.

use crate::store::select_columns;
use crate::{Records, Row};
use base::Result;
use meta::{Dataset, Kind};
use sqlx::QueryBuilder;
use store::{DbResult, ScopedTx};
use uuid::Uuid;

impl Records {
    /// The rows with these ids inside the transaction's scope, as this actor may read them.
    pub async fn by_ids(&self, tx: &mut ScopedTx, d: &Dataset, ids: &[Uuid]) -> Result<Vec<Row>> {
        self.any_of(tx, d, "id", ids).await
    }

    /// The rows whose reference `field` means one of these, oldest change first.
    pub async fn referring(&self, tx: &mut ScopedTx, d: &Dataset, field: &str, ids: &[Uuid]) -> Result<Vec<Row>> {
        match d.field(field).filter(|f| f.kind == Kind::Ref) {
            Some(f) => self.any_of(tx, d, &f.name, ids).await,
            None => Ok(Vec::new()),
        }
    }

    async fn any_of(&self, tx: &mut ScopedTx, d: &Dataset, column: &str, ids: &[Uuid]) -> Result<Vec<Row>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let range = tx.scope().clone();
        let sight = self.sight.of(tx.actor());
        let mut qb = QueryBuilder::new(format!("select {} from {} t where t.{column} = any(", select_columns(d), d.table()));
        qb.push_bind(ids.to_vec()).push(") and t.region_code >= ").push_bind(range.lo).push(" and t.region_code < ").push_bind(range.hi);
        qb.push(" and not t.deleted order by t.updated_at, t.id");
        let rows = qb.build().fetch_all(tx.conn()).await.db()?;
        let mut items = rows.iter().map(|r| self.wire(d, sight, r)).collect::<Result<Vec<_>>>()?;
        self.add_titles(tx, d, &mut items).await?;
        Ok(items)
    }
}
