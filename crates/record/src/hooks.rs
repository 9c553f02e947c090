//! Named moments at which a module may decide or act. A description names the function; a missing or unused name stops the start.

use crate::{ListQuery, Records, Row};
use async_trait::async_trait;
use base::{Error, FieldProblem, Result};
use meta::{Catalog, Dataset};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::ScopedTx;
use uuid::Uuid;

/// What a hook may do. Both moments lie inside the writing transaction.
#[async_trait]
pub trait Hook: Send + Sync {
    /// Before the row is written: `new` is the whole row to be (wire form, plain values); it may fill derived fields and
    /// report problems.
    async fn before_save(
        &self,
        _records: &Records,
        _tx: &mut ScopedTx,
        _d: &Dataset,
        _old: Option<&Row>,
        _new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        Ok(Vec::new())
    }
    /// After rows were written together, before anything follows from them: which of them may not stand, and why. For what can
    /// only be seen beside other rows; one look-up for all of them.
    async fn unsound(
        &self,
        _records: &Records,
        _tx: &mut ScopedTx,
        _d: &Dataset,
        _rows: &[Stored<'_>],
    ) -> Result<Vec<(Uuid, Error)>> {
        Ok(Vec::new())
    }
    /// After the row was written: for what follows from it in other rows.
    async fn after_save(
        &self,
        _records: &Records,
        _tx: &mut ScopedTx,
        _d: &Dataset,
        _old: Option<&Row>,
        _new: &Row,
    ) -> Result<()> {
        Ok(())
    }
    /// After many rows were written by one statement, without [`Hook::before_save`] and [`Hook::after_save`]: for what
    /// follows from them. They are the rows of `d` with this `sync_batch_no` inside the scope.
    async fn after_batch(
        &self,
        _records: &Records,
        _tx: &mut ScopedTx,
        _d: &Dataset,
        _batch_no: &str,
        _scope: &base::Scope,
    ) -> Result<()> {
        Ok(())
    }
    /// After the row was marked as deleted: for what follows from it in other rows.
    async fn after_delete(&self, _records: &Records, _tx: &mut ScopedTx, _d: &Dataset, _old: &Row) -> Result<()> {
        Ok(())
    }
}

/// A row as it was written, in wire form with plain values and its `region_code`.
pub struct Stored<'a> {
    pub id: Uuid,
    /// What it was before; none when it is new.
    pub old: Option<&'a Row>,
    pub new: &'a Row,
}

/// Somebody who is told of every saved or deleted row of any dataset, inside the writing transaction.
#[async_trait]
pub trait Watch: Send + Sync {
    /// `rows` are as they are now, in wire form with plain values, with `id` and `region_code`; those of one write together.
    async fn saved(&self, tx: &mut ScopedTx, d: &Dataset, rows: &[Row]) -> Result<()>;
}

/// Pushes a condition on the rows `t` of a list.
pub type Condition = Box<dyn Fn(&mut sqlx::QueryBuilder<sqlx::Postgres>) + Send + Sync>;

/// Narrows a list to rows that another engine names: those behind a figure, those of a saved query. The list asks for it
/// with `within=<name>:<text>`, so that paging, columns, batches and exports are the list's own.
#[async_trait]
pub trait Narrow: Send + Sync {
    /// The condition, and in words what is narrowed to.
    async fn narrow(&self, records: &Records, tx: &mut ScopedTx, d: &Dataset, text: &str) -> Result<(Condition, String)>;
}

/// Hooks by the name a description uses; narrowers by the name a list uses; who watches all rows; who answers wide queries.
#[derive(Default, Clone)]
pub struct Hooks(
    BTreeMap<String, Arc<dyn Hook>>,
    BTreeMap<String, Arc<dyn Narrow>>,
    Option<Arc<dyn Watch>>,
    Option<Arc<dyn crate::search::Wide>>,
);

impl Hooks {
    pub fn add(&mut self, name: &str, hook: Arc<dyn Hook>) {
        self.0.insert(name.to_owned(), hook);
    }
    pub fn add_narrow(&mut self, name: &str, narrow: Arc<dyn Narrow>) {
        self.1.insert(name.to_owned(), narrow);
    }
    pub fn narrow(&self, name: &str) -> Option<&Arc<dyn Narrow>> {
        self.1.get(name)
    }
    pub fn answer_wide(&mut self, wide: Arc<dyn crate::search::Wide>) {
        self.3 = Some(wide);
    }
    pub(crate) fn wide(&self) -> Option<&Arc<dyn crate::search::Wide>> {
        self.3.as_ref()
    }
    pub fn watch(&mut self, watch: Arc<dyn Watch>) {
        self.2 = Some(watch);
    }
    pub(crate) async fn tell(&self, tx: &mut ScopedTx, d: &Dataset, rows: &[Row]) -> Result<()> {
        match &self.2 {
            Some(w) => w.saved(tx, d, rows).await,
            None => Ok(()),
        }
    }
    /// The hooks of a dataset, in the order of its description.
    pub fn of<'a>(&'a self, d: &'a Dataset) -> impl Iterator<Item = &'a Arc<dyn Hook>> {
        d.hooks.values().filter_map(|n| self.0.get(n))
    }
    /// Names that a description uses and nobody registered, and names registered that nobody uses.
    pub fn unmatched(&self, catalog: &Catalog) -> Vec<String> {
        let used: std::collections::BTreeSet<&str> =
            catalog.datasets().flat_map(|d| d.hooks.values().map(String::as_str)).collect();
        let missing = used
            .iter()
            .filter(|n| !self.0.contains_key(**n))
            .map(|n| format!("hook {n} is named by a dataset but not registered"));
        let unused = self
            .0
            .keys()
            .filter(|n| !used.contains(n.as_str()))
            .map(|n| format!("hook {n} is registered but no dataset names it"));
        missing.chain(unused).collect()
    }
}

impl Records {
    /// What `within` of a query narrows the list to.
    pub(crate) async fn narrowed(&self, tx: &mut ScopedTx, d: &Dataset, q: &ListQuery) -> Result<Option<(Condition, String)>> {
        let Some(text) = &q.within else { return Ok(None) };
        let (name, rest) = text.split_once(':').unwrap_or((text, ""));
        let unknown = || Error::invalid("record.within", "链接中的范围已失效，请从统计表或已存查询重新进入。");
        let narrow = self.hooks.narrow(name).ok_or_else(unknown)?.clone();
        Ok(Some(narrow.narrow(self, tx, d, rest).await?))
    }
}
