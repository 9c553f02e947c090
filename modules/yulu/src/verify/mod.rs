//! Verification of one student in one term: what is fixed when the row is made, what a village must have given, when the
//! notice has hung long enough, whom the county may pass. Must not contain SQL.

pub(crate) mod notice;
pub(crate) mod rules;
pub(crate) mod store;

use crate::{day, engine, id_of, params, term, text};
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Error, FieldProblem, RegionCode, Result};
use flow::{Effect, Guard, Step};
use meta::Dataset;
use record::{Hook, Records, Row};
use serde_json::{Value as Json, json};

/// A row made by hand (补录) takes its person from the register.
pub(crate) struct VerifySnapshot;
#[async_trait]
impl Hook for VerifySnapshot {
    async fn before_save(
        &self,
        records: &Records,
        tx: &mut ScopedTx,
        _: &Dataset,
        old: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        if let Some(old) = old {
            if ["batch_id", "person_id"].iter().any(|f| old.get(*f) != new.get(*f)) {
                return Ok(vec![FieldProblem::new("person_id", "yulu.person_fixed", FIXED)]);
            }
            // after the village handed in, its own fields stand still until the row comes back
            let held = rules::held(text(old, "state"));
            let changed = held.iter().find(|f| old.get(**f) != new.get(**f));
            return Ok(changed.map(|f| FieldProblem::new(*f, "yulu.locked", LOCKED)).into_iter().collect());
        }
        let Some(person) = id_of(new, "person_id") else { return Ok(vec![]) };
        let d = records.dataset("registry.member")?.clone();
        let member = records.get_plain(tx, &d, person).await?;
        let households = records.dataset("registry.household")?.clone();
        let household = id_of(&member, "household_id").unwrap_or_default();
        let h = records.get_plain(tx, &households, household).await?;
        for f in ["name", "id_no", "gender", "birth_date", "student_status", "household_id"] {
            new.insert(f.into(), member.get(f).cloned().unwrap_or(Json::Null));
        }
        for f in ["household_no", "head_name", "household_type", "risk_state"] {
            new.insert(f.into(), h.get(f).cloned().unwrap_or(Json::Null));
        }
        new.insert("apply_flag".into(), json!(true));
        if new.get("roll_source").is_none_or(Json::is_null) {
            new.insert("roll_source".into(), json!("6"));
        }
        Ok(vec![])
    }
}
const FIXED: &str = "核实记录的学期和学生不能更换：其他信息都是按这名学生固化的。选错了人的，请另行补录。";
const LOCKED: &str = "这条核实记录已提交审核，不能直接修改。请由审核人退回后再改，县审以后请填更正单。";

fn sentence(unmet: &[String]) -> String {
    format!("还不能办理：{}。", unmet.join("；"))
}

/// What the village hands in is whole.
pub(crate) struct VerifyWhole;
#[async_trait]
impl Guard for VerifyWhole {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let proofs = store::attached(tx, "yulu.verify", step.id, "proofs").await?;
        let waivers = store::attached(tx, "yulu.verify", step.id, "disclaimer").await?;
        let payee = match step.text("payee_rel") {
            "6" => true,
            _ => {
                let number = step.text("payee_id_no");
                let token = step.records().vault.token(secure::TokenKind::IdCard, number);
                number.is_empty()
                    || store::of_household(tx, step.reference("household_id").unwrap_or_default(), &token[..]).await?
            }
        };
        let mut unmet = rules::unmet(&rules::Given {
            result: step.text("verify_result"),
            reason: step.text("ineligible_reason"),
            method: !step.text("verify_method").is_empty(),
            school: !step.text("school_name").is_empty() && !step.text("edu_stage").is_empty(),
            roll_source: step.text("roll_source"),
            applied: step.row.get("apply_flag").and_then(Json::as_bool).unwrap_or(false),
            proofs,
            waivers,
        });
        if !payee {
            unmet.push("领款人不是本户成员，请核对证件号码，或把关系选为监护人".into());
        }
        if unmet.is_empty() {
            return Ok(());
        }
        Err(Error::refused("yulu.verify_not_whole", sentence(&unmet)))
    }
}

/// The notice hung as many days as the county asks for.
pub(crate) struct PublicityOver;
#[async_trait]
impl Guard for PublicityOver {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let today = record::today();
        let least = params::numbers(step.text("region_code"), today)?.get(tx, "yl_publicity_days").await?;
        let from = day(step.row, "publicity_from");
        let to = day(step.fields, "publicity_to").or_else(|| day(step.row, "publicity_to"));
        match rules::publicity(from, to, today, least) {
            None => Ok(()),
            Some(why) => Err(Error::refused("yulu.publicity_short", sentence(&[why]))),
        }
    }
}

/// Only whom the rules allow is passed (domain 03 §1.1, YL-08 to YL-11).
pub(crate) struct Eligible;
#[async_trait]
impl Guard for Eligible {
    async fn check(&self, _: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let unmet = rules::ineligible(
            step.text("verify_result"),
            step.text("edu_stage"),
            step.text("study_form"),
            step.text("roll_status"),
        );
        if unmet.is_empty() {
            return Ok(());
        }
        Err(Error::refused("yulu.not_eligible", sentence(&unmet)))
    }
}

/// 不享受 needs that result.
pub(crate) struct NotEligible;
#[async_trait]
impl Guard for NotEligible {
    async fn check(&self, _: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        if step.text("verify_result") == "2" {
            return Ok(());
        }
        Err(Error::refused("yulu.not_refused", "核实结果不是“不符合条件”，不能确认不享受。请先退回乡镇更正核实结果。"))
    }
}

/// What the student is due in this term.
pub(crate) struct StandardSet;
#[async_trait]
impl Effect for StandardSet {
    async fn follow(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let term = term::base_of(tx, step.row).await?;
        let region = RegionCode::parse(step.text("region_code"))?;
        let set = store::standard(tx, &region, &term, step.text("edu_stage")).await?;
        let fen = match set {
            Some(fen) => fen,
            None => params::numbers(step.text("region_code"), term.base_date)?.get(tx, "yl_default_fen").await?,
        };
        let mut own = Row::new();
        own.insert("standard_amount".into(), json!(fen));
        step.records().patch(tx, step.dataset, step.id, None, &own, &engine()).await.map(|_| ())
    }
}

/// A correction rests on a paper, and on a decision that was made.
pub(crate) struct CorrectionProved;
#[async_trait]
impl Guard for CorrectionProved {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        if store::attached(tx, "yulu.correction", step.id, "proofs").await? > 0 {
            return Ok(());
        }
        Err(Error::refused("yulu.correction_unproved", "请先上传更正依据，再同意更正。"))
    }
}

/// Steps of a verification that follow from the document or the money are taken by them, not by hand.
pub(crate) struct Follows;
#[async_trait]
impl Guard for Follows {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let (doc, pay) = store::led_by(tx, step.id).await?;
        if rules::follows(&step.transition.name, doc.as_deref(), pay.as_deref()) {
            return Ok(());
        }
        Err(Error::refused("yulu.follows", "这一步由批复文件或补助发放带动，请在相应的批复文件或补助明细中办理。"))
    }
}
