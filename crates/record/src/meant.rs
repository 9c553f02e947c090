//! Rows of a dataset that other rows mean or that mean them, fetched together, for what shows several datasets at once; and
//! plain values on request.

use crate::store::{read_field, select_columns};
use crate::{Records, Row, gone};
use base::{Error, Result};
use meta::{Dataset, Kind};
use sqlx::QueryBuilder;
use store::{DbResult, ScopedTx};
use uuid::Uuid;

impl Records {
    /// Plain values of some masked fields; the caller has asked for the reason and writes the audit line.
    pub async fn unmask(&self, tx: &mut ScopedTx, d: &Dataset, id: Uuid, fields: &[String]) -> Result<Row> {
        let row = self.fetch(tx, d, id).await?.ok_or_else(|| gone(d))?;
        let mut out = Row::new();
        for n in fields {
            let f = d.field(n).ok_or_else(|| {
                Error::invalid("record.no_field", format!("“{}”没有字段“{}”。", d.title, meta::value::printable(n)))
            })?;
            if self.sight.of(tx.actor()).is_hidden(f) {
                return Err(Error::forbidden("record.hidden", format!("“{}”不在您这一级查看的范围内。", f.label)));
            }
            out.insert(n.clone(), read_field(self.vault.as_ref(), d, f, &row)?.to_json());
        }
        Ok(out)
    }

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
        qb.push_bind(ids.to_vec())
            .push(") and t.region_code >= ")
            .push_bind(range.lo)
            .push(" and t.region_code < ")
            .push_bind(range.hi);
        qb.push(" and not t.deleted order by t.updated_at, t.id");
        let rows = qb.build().fetch_all(tx.conn()).await.db()?;
        let mut items = rows.iter().map(|r| self.wire(d, sight, r)).collect::<Result<Vec<_>>>()?;
        self.add_titles(tx, d, &mut items).await?;
        Ok(items)
    }
}
