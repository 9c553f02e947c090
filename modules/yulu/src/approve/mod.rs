//! The county's document of approval: its list equals its totals, or it is not taken. Must not contain SQL.

pub(crate) mod rules;
mod store;

use crate::{engine, id_of, text, verify, whole};
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Error, FieldProblem, Result};
use chrono::Utc;
use flow::{Ask, Effect, Guard, Step};
use meta::Dataset;
use record::{Hook, Records, Row};
use serde_json::json;

/// What was uploaded stands still until the document is returned.
pub(crate) struct DocumentLocked;
#[async_trait]
impl Hook for DocumentLocked {
    async fn before_save(
        &self,
        _: &Records,
        _: &mut ScopedTx,
        _: &Dataset,
        old: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        let Some(old) = old else { return Ok(vec![]) };
        let changed = rules::held(text(old, "state")).iter().find(|f| old.get(**f) != new.get(**f));
        let message = "批复文件已上传，名单和合计已锁定。确有错误的，请省、市退回后更正。";
        Ok(changed.map(|f| FieldProblem::new(*f, "yulu.document_locked", message)).into_iter().collect())
    }
}

/// A student is listed in a document of the own county and term that is still open.
pub(crate) struct SameCounty;
#[async_trait]
impl Guard for SameCounty {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let gone = || Error::not_found("yulu.no_document", "没有找到批复文件，请刷新后重试。");
        let id = id_of(step.fields, "approval_doc_id").or_else(|| step.reference("approval_doc_id")).ok_or_else(gone)?;
        let docs = step.records().dataset("yulu.approval_doc")?.clone();
        let doc = step.records().get_plain(tx, &docs, id).await?;
        let county = |row: &Row| text(row, "region_code").get(..6).map(str::to_owned);
        let open = matches!(text(&doc, "state"), "10" | "80");
        if county(&doc) == county(step.row) && text(&doc, "batch_id") == step.text("batch_id") && open {
            return Ok(());
        }
        Err(Error::refused("yulu.other_document", "只能列入本县、本学期还没有上传的批复文件，请重新选择。"))
    }
}

/// People and money of the list equal the document, in all and by stage (domain 03 §1.6 YL-24).
pub(crate) struct TotalsMatch;
#[async_trait]
impl Guard for TotalsMatch {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let list = store::list(tx, step.id).await?;
        let have = rules::totals(&list);
        let said = rules::Totals {
            mid: (whole(step.row, "stage_people_mid"), whole(step.row, "stage_amount_mid")),
            high: (whole(step.row, "stage_people_high"), whole(step.row, "stage_amount_high")),
        };
        let total = (whole(step.row, "approve_people"), whole(step.row, "approve_amount"));
        let mut unmet = rules::differences(&said, total, &have);
        if verify::store::attached(tx, "yulu.approval_doc", step.id, "files").await? == 0 {
            unmet.push("没有上传盖章的批复文件".into());
        }
        if unmet.is_empty() {
            return Ok(());
        }
        Err(Error::refused("yulu.totals_differ", format!("批复文件与名单不一致：{}。请核对文件或名单。", unmet.join("；"))))
    }
}

/// The list is locked: every student of it is approved, and his money waits to be paid.
pub(crate) struct Approved;
#[async_trait]
impl Effect for Approved {
    async fn follow(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let list = store::list(tx, step.id).await?;
        let have = rules::totals(&list);
        let mut own = Row::new();
        own.insert("upload_by".into(), json!(tx.actor().user_id));
        own.insert("upload_at".into(), json!(Utc::now().to_rfc3339()));
        own.insert("list_people".into(), json!(have.mid.0 + have.high.0));
        own.insert("list_amount".into(), json!(have.mid.1 + have.high.1));
        step.records().patch(tx, step.dataset, step.id, None, &own, &engine()).await?;
        for s in list {
            step.flows.act(tx, "yulu.verify", s.verify, &Ask::new("approved").led()).await?;
        }
        Ok(())
    }
}

/// What was paid is not given back by returning a paper.
pub(crate) struct NothingPaid;
#[async_trait]
impl Guard for NothingPaid {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let paid = store::paid(tx, step.id).await?;
        if paid == 0 {
            return Ok(());
        }
        Err(Error::refused(
            "yulu.paid_already",
            format!("名单中已有 {paid} 人登记了发放结果，不能退回批复文件。请用更正单或追回办理。"),
        ))
    }
}

/// The students of a returned document wait for approval again.
pub(crate) struct Unapproved;
#[async_trait]
impl Effect for Unapproved {
    async fn follow(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        for id in store::approved(tx, step.id).await? {
            step.flows.act(tx, "yulu.verify", id, &Ask::new("unapproved").led()).await?;
        }
        Ok(())
    }
}
