//! The money of one student and term: made by the approval, paid, returned by the bank, paid again, reclaimed.
//! Must not contain SQL.

mod rules;
mod store;

use crate::{day, engine, text, whole};
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Error, FieldProblem, Result};
use chrono::Utc;
use flow::{Ask, Effect, Guard, Step};
use meta::Dataset;
use record::{Hook, Records, Row};
use serde_json::{Value as Json, json};

/// Fields of the verification that are fixed in the payment, under the same names.
const FIXED: &[&str] = &[
    "region_code",
    "batch_id",
    "person_id",
    "approval_doc_id",
    "household_id",
    "name",
    "id_no",
    "household_type",
    "risk_state",
    "edu_stage",
    "school_name",
    "grade",
    "standard_amount",
    "payee_name",
    "payee_id_no",
    "payee_rel",
    "bank_name",
    "bank_account",
];

/// Whether the account has the shape of one, beside the account, which is sealed (domain 03 §1.6 YL-23).
pub(crate) struct AccountShaped;
#[async_trait]
impl Hook for AccountShaped {
    async fn before_save(
        &self,
        _: &Records,
        _: &mut ScopedTx,
        _: &Dataset,
        _: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        let shaped = new.get("bank_account").and_then(Json::as_str).map(rules::is_account);
        new.insert("bank_account_shaped".into(), json!(shaped));
        Ok(vec![])
    }
}

/// An approved student has money to come.
pub(crate) struct SubsidyMade;
#[async_trait]
impl Effect for SubsidyMade {
    async fn follow(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let mut row = Row::new();
        for f in FIXED {
            row.insert((*f).to_owned(), step.row.get(*f).cloned().unwrap_or(Json::Null));
        }
        row.insert("verify_id".into(), json!(step.id));
        row.insert("pay_status".into(), json!("1"));
        let subsidies = step.records().dataset("yulu.subsidy")?.clone();
        let saved = step.records().create(tx, &subsidies, &row, &engine()).await?;
        step.flows.ensure_started(tx, "yulu.subsidy", saved.id).await
    }
}

/// The money of a student whose document was returned is not to come.
pub(crate) struct SubsidyUndone;
#[async_trait]
impl Effect for SubsidyUndone {
    async fn follow(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let subsidies = step.records().dataset("yulu.subsidy")?.clone();
        for id in store::waiting(tx, step.id).await? {
            step.records().delete(tx, &subsidies, id, None, &engine()).await?;
        }
        Ok(())
    }
}

/// A payment lies after its document and not in the future; it does not exceed the standard of the term, so that no year does
/// (YL-06); what is less says why.
pub(crate) struct PaidRight;
#[async_trait]
impl Guard for PaidRight {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let given = |f: &str| step.fields.get(f).filter(|j| !j.is_null()).or_else(|| step.row.get(f)).cloned();
        let standard = whole(step.row, "standard_amount");
        let doc = step.reference("approval_doc_id").unwrap_or_default();
        let unmet = rules::unpayable(&rules::Payment {
            on: given("pay_date").as_ref().and_then(Json::as_str).and_then(|t| t.parse().ok()),
            today: flow::rules::day_of(Utc::now()),
            document: store::document_day(tx, doc).await?,
            standard,
            actual: given("actual_amount").and_then(|j| j.as_i64()).unwrap_or(standard),
            reason: given("diff_reason").as_ref().and_then(Json::as_str).is_some_and(|t| !t.trim().is_empty()),
        });
        if unmet.is_empty() {
            return Ok(());
        }
        Err(Error::refused("yulu.pay_wrong", format!("还不能登记发放：{}。", unmet.join("；"))))
    }
}

/// A payment that the bank gave back goes to another account, or to the same after its name was put right.
pub(crate) struct AccountChanged;
#[async_trait]
impl Guard for AccountChanged {
    async fn check(&self, _: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let fields = ["payee_name", "payee_id_no", "bank_name", "bank_account"];
        if fields.iter().any(|f| step.fields.get(*f).is_some_and(|new| Some(new) != step.row.get(*f))) {
            return Ok(());
        }
        Err(Error::refused("yulu.account_same", "领款信息没有改变，重发仍会退汇。请更正领款人、开户行或账号。"))
    }
}

/// No more is reclaimed than was paid.
pub(crate) struct ReclaimRight;
#[async_trait]
impl Guard for ReclaimRight {
    async fn check(&self, _: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let back = step.fields.get("recover_amount").and_then(Json::as_i64).unwrap_or_else(|| whole(step.row, "recover_amount"));
        if back > 0 && back <= whole(step.row, "actual_amount") {
            return Ok(());
        }
        Err(Error::refused("yulu.reclaim_wrong", "追回金额应大于零，且不超过实补金额，请改正。"))
    }
}

/// The verification goes where its money went.
pub(crate) struct PayFollows;
#[async_trait]
impl Effect for PayFollows {
    async fn follow(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let lead = match step.transition.name.as_str() {
            "pay" => "paid",
            "fail" => "failed",
            "correct" => "corrected",
            "give_up" => "given_up",
            _ => "reclaimed",
        };
        let mut own = Row::new();
        if lead == "paid" && step.row.get("actual_amount").is_none_or(Json::is_null) {
            own.insert("actual_amount".into(), json!(whole(step.row, "standard_amount")));
        }
        // a payment after one that failed is a re-payment
        if lead == "paid" && !text(step.row, "fail_reason").is_empty() {
            own.insert("reissue_date".into(), json!(day(step.row, "pay_date").map(|d| d.to_string())));
        }
        if !own.is_empty() {
            step.records().patch(tx, step.dataset, step.id, None, &own, &engine()).await?;
        }
        let verify = step.reference("verify_id").unwrap_or_default();
        step.flows.act(tx, "yulu.verify", verify, &Ask::new(lead).led()).await.map(|_| ())
    }
}
