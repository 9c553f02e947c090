//! Elimination of risk and the states of a case: the seven conditions, what the county's decision writes, how a case ends
//! (domain 01 §2.19, §4.3, §4.4). Must not contain SQL.

mod rules;
pub(crate) mod store;

use crate::params::Numbers;
use crate::store::attached;
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Error, FieldProblem, Month, RegionCode, Result};
use chrono::{Datelike, Months, Utc};
use flow::{Ask, Effect, Guard, Step};
use meta::Dataset;
use record::{Hook, Provenance, Records, Row};
use registry::policy::Policy;
use serde_json::{Value as Json, json};
use uuid::Uuid;

fn text<'a>(row: &'a Row, field: &str) -> &'a str {
    row.get(field).and_then(Json::as_str).unwrap_or_default()
}
fn yes(row: &Row, field: &str) -> bool {
    row.get(field).and_then(Json::as_bool).unwrap_or(false)
}
fn engine() -> Provenance {
    Provenance { trusted: true, ..Provenance::default() }
}

/// The household of the case and the income it lives on now; the way of a new application begins.
pub(crate) struct EliminationBegun;
#[async_trait]
impl Hook for EliminationBegun {
    async fn before_save(
        &self,
        _: &Records,
        tx: &mut ScopedTx,
        _: &Dataset,
        old: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        let Ok(case) = Uuid::parse_str(text(new, "case_id")) else { return Ok(vec![]) };
        let Some(facts) = store::case(tx, case).await? else { return Ok(vec![]) };
        if old.is_none() && store::of_case(tx, case, &["10", "20", "21", "30", "40"]).await?.is_some() {
            let message = "这份监测档案已有办理中的消除申请，请继续办理原来的申请。";
            return Ok(vec![FieldProblem::new("case_id", "relapse.elimination_open", message)]);
        }
        new.insert("household_id".into(), json!(facts.household));
        let income = Uuid::parse_str(text(new, "after_income_id")).ok();
        let pc = match income {
            Some(i) => store::ref_pc(tx, i, facts.household).await?,
            None => None,
        };
        new.insert("after_ref_pc".into(), json!(pc));
        Ok(vec![])
    }

    async fn after_save(&self, records: &Records, tx: &mut ScopedTx, _: &Dataset, old: Option<&Row>, new: &Row) -> Result<()> {
        match (old, Uuid::parse_str(text(new, "id"))) {
            (None, Ok(id)) => crate::clue::begin(records, tx, "relapse.elimination", id, "10").await,
            _ => Ok(()),
        }
    }
}

/// All seven conditions at once, so that nobody has to come back seven times.
pub(crate) struct EliminationConditions;
#[async_trait]
impl Guard for EliminationConditions {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let gone = || Error::not_found("relapse.no_case", "没有找到监测档案，请刷新后重试。");
        let case = store::case(tx, step.reference("case_id").unwrap_or_default()).await?.ok_or_else(gone)?;
        let region = RegionCode::parse(&case.region)?;
        let today = flow::rules::day_of(Utc::now());
        let numbers = Numbers::of(&region, today);
        let label = |code: &String| {
            let list = step.records().catalog.codes("C21");
            list.map_or_else(|| code.clone(), |l| l.label(code).to_owned())
        };
        let solved = store::solved(tx, step.id, case.household).await?;
        let income = step.reference("after_income_id");
        let security = step.reference("after_security_id");
        let facts = rules::Facts {
            way: step.text("way").to_owned(),
            identified: case.identified.unwrap_or(today),
            today,
            no_labor: case.no_labor,
            risks: case.risks.iter().map(label).collect(),
            explained: solved.iter().map(|(r, _)| label(r)).collect(),
            measured: solved.iter().filter(|(_, m)| *m).map(|(r, _)| label(r)).collect(),
            ref_pc_fen: match income {
                Some(i) => store::ref_pc(tx, i, case.household).await?,
                None => None,
            },
            line_fen: Policy.monitor_line_fen(tx, &region, today.year()).await?,
            stable_months: step.row.get("income_stable_months").and_then(Json::as_i64).unwrap_or(0),
            expense_solved: yes(step.row, "expense_solved"),
            insecure: match security {
                Some(s) => store::insecure(tx, s, case.household).await?,
                None => None,
            },
            no_new_risk: yes(step.row, "no_new_risk"),
            evidence: attached(tx, "relapse.elimination", step.id, "evidence").await? > 0,
            least_months: numbers.get(tx, "eliminate_months").await?,
            least_stable: numbers.get(tx, "eliminate_stable_months").await?,
        };
        let unmet = rules::unmet(&facts);
        if unmet.is_empty() {
            return Ok(());
        }
        Err(Error::refused("relapse.not_to_eliminate", format!("还不能消除风险：{}。", unmet.join("；"))))
    }
}

/// The case follows its application: applied for, eliminated, or watched on.
pub(crate) struct EliminationFollows;
#[async_trait]
impl Effect for EliminationFollows {
    async fn follow(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let Some(case) = step.reference("case_id") else { return Ok(()) };
        let today = flow::rules::day_of(Utc::now());
        let lead = match step.transition.name.as_str() {
            "submit" => Ask::new("apply"),
            "eliminate" => {
                let field = |f: &str| step.row.get(f).cloned().unwrap_or(Json::Null);
                Ask::new("eliminate")
                    .field("eliminate_way", field("way"))
                    .field("eliminate_ym", Month::of(today).number())
                    .field("eliminate_income_id", field("after_income_id"))
                    .field("eliminate_security_id", field("after_security_id"))
            }
            // withdrawn before it was handed in: the case was never led anywhere
            "withdraw" if store::of_case(tx, case, &["90"]).await? == Some(step.id) && !self.applied(tx, step, case).await? => {
                return Ok(());
            }
            _ => Ask::new("resume"),
        };
        step.flows.act(tx, "relapse.monitor_case", case, &lead).await?;
        if step.transition.name != "eliminate" {
            return Ok(());
        }
        let records = step.records();
        let mut own = Row::new();
        own.insert("eliminate_ym".into(), Month::of(today).number().into());
        records.patch(tx, step.dataset, step.id, None, &own, &engine()).await?;
        let cases = records.dataset("relapse.monitor_case")?.clone();
        let mut next = Row::new();
        next.insert("review_due".into(), json!(today.checked_add_months(Months::new(6)).map(|d| d.to_string())));
        records.patch(tx, &cases, case, None, &next, &engine()).await?;
        let households = records.dataset("registry.household")?.clone();
        let mut mark = Row::new();
        mark.insert("risk_state".into(), "1".into());
        let household = step.reference("household_id").unwrap_or_default();
        records.patch(tx, &households, household, None, &mark, &engine()).await.map(|_| ())
    }
}
impl EliminationFollows {
    async fn applied(&self, tx: &mut ScopedTx, step: &Step<'_>, case: Uuid) -> Result<bool> {
        let cases = step.records().dataset("relapse.monitor_case")?.clone();
        let row = step.records().get_plain(tx, &cases, case).await?;
        Ok(text(&row, "state") == "20")
    }
}

/// Steps of a case that follow from another decision are taken by it, not by hand.
pub(crate) struct CaseFollows;
#[async_trait]
impl Guard for CaseFollows {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let holds = match step.transition.name.as_str() {
            "apply" => store::of_case(tx, step.id, &["20"]).await?.is_some(),
            "eliminate" => store::of_case(tx, step.id, &["50"]).await?.is_some(),
            "again" => store::newer_case(tx, step.id).await?,
            _ => store::of_case(tx, step.id, &["20", "21", "30", "40"]).await?.is_none(),
        };
        if holds {
            return Ok(());
        }
        Err(Error::refused("relapse.case_follows", "这一步由风险消除申请或再次识别带动，请在相应的申请或线索中办理。"))
    }
}

/// 整户自然减少 only when nobody is left.
pub(crate) struct CaseWholeGone;
#[async_trait]
impl Guard for CaseWholeGone {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let left = store::present(tx, step.reference("household_id").unwrap_or_default()).await?;
        if left == 0 {
            return Ok(());
        }
        Err(Error::refused(
            "relapse.household_not_gone",
            format!("该户还有 {left} 名在册成员，不是整户自然减少。请先办理人口减少，或按风险消除办理。"),
        ))
    }
}

/// The household is no longer a monitored object.
pub(crate) struct CaseLeft;
#[async_trait]
impl Effect for CaseLeft {
    async fn follow(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let Some(household) = step.reference("household_id") else { return Ok(()) };
        let households = step.records().dataset("registry.household")?.clone();
        let mut mark = Row::new();
        mark.insert("is_monitored".into(), false.into());
        mark.insert("current_monitor_id".into(), Json::Null);
        mark.insert("risk_state".into(), Json::Null);
        step.records().patch(tx, &households, household, None, &mark, &engine()).await.map(|_| ())
    }
}
