//! A term: its name, its end; the jobs that compare its rolls and list its graduates. Must not contain SQL.

pub(crate) mod job;
mod store;
pub(crate) use store::Term;

use crate::{id_of, text, whole};
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Error, FieldProblem, Result};
use flow::{Guard, Step};
use meta::Dataset;
use record::{Hook, Records, Row};
use serde_json::json;

/// The dataset of terms.
pub(crate) const DATASET: &str = "yulu.term_batch";

/// The name of a term.
pub(crate) struct TermNamed;
#[async_trait]
impl Hook for TermNamed {
    async fn before_save(
        &self,
        _: &Records,
        _: &mut ScopedTx,
        _: &Dataset,
        _: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        let year = whole(new, "school_year");
        let term = if text(new, "term") == "1" { "春季" } else { "秋季" };
        new.insert("name".into(), json!(format!("{year}–{}学年{term}学期", year + 1)));
        Ok(vec![])
    }
}

/// A term ends when nobody waits in it any more.
pub(crate) struct TermDone;
#[async_trait]
impl Guard for TermDone {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let open = store::open(tx, step.id).await?;
        if open == 0 {
            return Ok(());
        }
        Err(Error::refused("yulu.term_open", format!("还有 {open} 名学生没有办结，请先督促各地办完。")))
    }
}

/// The day the objects of a term are reckoned by.
pub(crate) async fn base_of(tx: &mut ScopedTx, row: &Row) -> Result<Term> {
    let gone = || Error::not_found("yulu.no_term", "没有找到学期批次，请刷新后重试。");
    store::term(tx, id_of(row, "batch_id").unwrap_or_default()).await?.ok_or_else(gone)
}
