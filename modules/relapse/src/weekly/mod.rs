//! What follows from cases that the weekly delivery wrote: their state, and whether a household is watched (domain 01 §2.3, §2.9).
//! Must not contain SQL.

pub(crate) mod store;

use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Result, Scope};
use meta::Dataset;
use record::{Hook, Records};

/// Named by the cases' description.
pub(crate) struct CaseBatch;
#[async_trait]
impl Hook for CaseBatch {
    async fn after_batch(&self, _: &Records, tx: &mut ScopedTx, _: &Dataset, no: &str, scope: &Scope) -> Result<()> {
        store::case_facts(tx, no, scope).await?;
        store::household_facts(tx, no, scope).await
    }
}
