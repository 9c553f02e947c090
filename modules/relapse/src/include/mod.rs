//! Verification and inclusion: what a step of a clue needs, and the monitored object that the county's decision makes.
//! Must not contain SQL.

mod rules;
pub(crate) mod store;

use crate::numbering;
use crate::store::Serials;
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Error, FieldProblem, Month, RegionCode, Result};
use chrono::{Datelike, Months, Utc};
use flow::{Effect, Guard, Step};
use meta::Dataset;
use record::{Hook, Provenance, Records, Row};
use registry::policy::Policy;
use serde_json::{Value as Json, json};
use uuid::Uuid;

/// 提交核查 wants a verification form of this clue; after a return, one written or corrected since (domain 01 §2.14, §4.2).
pub(crate) struct VerifyFormGiven;
#[async_trait]
impl Guard for VerifyFormGiven {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let returned = step.text("state") == "31";
        if store::form_given(tx, step.id, returned).await? {
            // verifiers, photographs, signatures and particulars hang on it
            return crate::visit::complete(tx, step.id, &RegionCode::parse(step.text("region_code"))?).await;
        }
        Err(Error::refused(
            "relapse.no_verify_form",
            if returned {
                "退回以后还没有补充核查表，请按退回意见修改入户核查表后再提交。"
            } else {
                "还没有入户核查表，请先填写入户核查表再提交。"
            },
        ))
    }
}

/// 不纳入 names a reason other than inclusion.
fn refusal_named(step: &Step<'_>) -> Result<()> {
    let result = step.fields.get("result").and_then(Json::as_str).unwrap_or_default();
    if result != "01" {
        return Ok(());
    }
    let text = "处置结论不能是“纳入监测”，请选择不纳入的结论。";
    Err(Error::refused("relapse.result_of_refusal", text).with_problems(vec![FieldProblem::new(
        "result",
        "relapse.result_of_refusal",
        text,
    )]))
}
pub(crate) struct Refusal;
#[async_trait]
impl Guard for Refusal {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        refusal_named(step)?;
        reasons_given(tx, step).await
    }
}

/// A household that is not included is not included for a reason of list C75: ticked on the verification form, or given with the step.
pub(crate) async fn reasons_given(tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
    let result = step.fields.get("result").or_else(|| step.row.get("result")).and_then(Json::as_str).unwrap_or_default();
    if !matches!(result, "02" | "03" | "04" | "08") {
        return Ok(());
    }
    let given = |r: &Row| r.get("refuse_reasons").and_then(Json::as_array).is_some_and(|l| !l.is_empty());
    if given(step.fields) || given(step.row) || store::form_reasons(tx, step.id).await? {
        return Ok(());
    }
    let text = "入户核查表没有勾选不纳入原因，请在这里勾选不纳入原因（可多选）后再办理。";
    Err(Error::refused("relapse.refusal_unreasoned", text).with_problems(vec![FieldProblem::new(
        "refuse_reasons",
        "relapse.refusal_unreasoned",
        text,
    )]))
}

/// 高风险不纳入须县复核 (domain 01 §4.2, 80).
pub(crate) struct TownMayRefuse;
#[async_trait]
impl Guard for TownMayRefuse {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        town_may_refuse(step)?;
        reasons_given(tx, step).await
    }
}
pub(crate) fn town_may_refuse(step: &Step<'_>) -> Result<()> {
    refusal_named(step)?;
    if step.text("level") == "1" {
        return Err(Error::refused("relapse.high_risk_refused", "高风险线索不纳入须由县级审定，请继续办理，由县里作出结论。"));
    }
    Ok(())
}

/// A household has at most one open case (domain 01 §2.9 同户同时仅 1 条未消除).
pub(crate) async fn not_monitored(tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
    let household = household_of(step)?;
    if store::lock_household(tx, household).await?.ok_or_else(outside)? {
        return Err(Error::conflict(
            "relapse.already_monitored",
            "该户已是监测对象，不能重复纳入，请将线索退回，按并入跟踪关闭。",
        ));
    }
    Ok(())
}

pub(crate) fn household_of(step: &Step<'_>) -> Result<Uuid> {
    step.reference("household_id")
        .ok_or_else(|| Error::refused("relapse.no_household", "线索没有对应的农户，请退回上级核实后重新派发。"))
}
fn outside() -> Error {
    Error::not_found("relapse.household_gone", "没有找到线索对应的农户，可能已迁出本辖区，请退回上级改派。")
}

/// The verification names the risk but not what it needs beside it.
fn unsaid(risk: &str) -> Error {
    Error::refused(
        "relapse.risk_unsaid",
        if risk == "04" {
            "风险含“因自然灾害”，入户核查表没有填写灾害子项，请退回乡镇补充后再审定。"
        } else {
            "风险含“其他”，入户核查表没有填写风险说明，请退回乡镇补充后再审定。"
        },
    )
}

fn no_line(year: i32) -> Error {
    Error::refused(
        "relapse.no_monitor_line",
        format!("还没有 {year} 年的监测范围，不能审定纳入。请省级或县级业务岗先在“监测范围”中录入（未核定的也要录入并注明）。"),
    )
}

fn engine() -> Provenance {
    Provenance { trusted: true, ..Provenance::default() }
}
fn text<'a>(row: &'a Row, field: &str) -> &'a str {
    row.get(field).and_then(Json::as_str).unwrap_or_default()
}
fn yes(row: &Row, field: &str) -> bool {
    row.get(field).and_then(Json::as_bool).unwrap_or(false)
}

/// 审定纳入: the case with the line of the year as it stands today, and the household marked (domain 01 §2.9, §4.2, 79).
pub(crate) struct Include;
#[async_trait]
impl Effect for Include {
    async fn follow(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let records = step.records();
        let household_id = household_of(step)?;
        let households = records.dataset("registry.household")?.clone();
        let household = records.get_plain(tx, &households, household_id).await?;
        let village = RegionCode::parse(text(&household, "region_code"))?;
        let form = store::form(tx, step.id).await?;
        let facts = store::facts(tx, household_id).await?;
        let today = flow::rules::day_of(Utc::now());
        let line = Policy.monitor_line_fen(tx, &village, today.year()).await?.ok_or_else(|| no_line(today.year()))?;
        let line_state = Policy.monitor_line_state(tx, &village, today.year()).await?;
        let was_poverty = text(&household, "household_type") == "02";
        let no_labor = yes(&household, "whole_no_labor");
        let income = form.as_ref().and_then(|f| f.income_id).or(facts.income_id);
        let security = form.as_ref().and_then(|f| f.security_id).or(facts.security_id);
        let hinted: Vec<String> =
            step.row["risk_hint"].as_array().into_iter().flatten().filter_map(|j| j.as_str().map(str::to_owned)).collect();
        let risks = form.as_ref().map(|f| f.risks.clone()).filter(|r| !r.is_empty()).unwrap_or(hinted);
        let case_no =
            Serials::of("relapse.monitor_case", "case_no").next(tx, &numbering::case_prefix(today.year(), &village)).await?;
        let mut case = Row::new();
        let mut put = |k: &str, v: Json| {
            case.insert(k.to_owned(), v);
        };
        put("region_code", village.as_str().into());
        put("case_no", case_no.clone().into());
        put("household_id", json!(household_id));
        put("monitor_type", rules::monitor_type(was_poverty, facts.ref_pc_fen, line).into());
        put("was_poverty", was_poverty.into());
        put("whole_no_labor_bottom", (no_labor && facts.assisted).into());
        put("clue_id", json!(step.id));
        put("source_line", step.text("line").into());
        put("identify_ym", Month::of(today).number().into());
        put("identify_date", today.to_string().into());
        for (i, risk) in risks.iter().take(5).enumerate() {
            put(&format!("risk{}", i + 1), risk.as_str().into());
        }
        if risks.iter().any(|r| r == "99") {
            let said = form.as_ref().and_then(|f| f.risk_other_note.clone());
            put("risk_other_note", said.ok_or_else(|| unsaid("99"))?.into());
        }
        if risks.iter().any(|r| r == "04") {
            let said = form.as_ref().and_then(|f| f.disaster_kind.clone());
            put("disaster_kind", said.ok_or_else(|| unsaid("04"))?.into());
        }
        put("identify_income_id", json!(income));
        put("identify_security_id", json!(security));
        put("line_year", today.year().into());
        put("line_value", line.into());
        put("line_state", json!(line_state));
        put("collector", store::verified_by(tx, step.id).await?.chars().take(20).collect::<String>().into());
        put("dev_measure_state", rules::dev_measure_state(no_labor).into());
        put("county_doc_no", step.row.get("decide_doc_no").cloned().unwrap_or(Json::Null));
        put("county_doc_date", today.to_string().into());
        put("state", "10".into());
        put("eliminated", false.into());
        put("review_due", json!(today.checked_add_months(Months::new(3)).map(|d| d.to_string())));
        let cases = records.dataset("relapse.monitor_case")?.clone();
        let case = records.create(tx, &cases, &case, &engine()).await?;
        // the village finds its plan to be drafted, with the days it has (§4.1 审定后 10 日内制定帮扶计划)
        crate::help::draft(records, tx, case.id, today).await?;
        // an earlier case whose risk was eliminated is replaced (§4.3 30→60)
        for earlier in crate::eliminate::store::eliminated_cases(tx, household_id).await? {
            step.flows.act(tx, "relapse.monitor_case", earlier, &flow::Ask::new("again")).await?;
        }
        let mut mark = Row::new();
        mark.insert("is_monitored".into(), true.into());
        mark.insert("current_monitor_id".into(), case_no.into());
        mark.insert("risk_state".into(), "0".into());
        records.patch(tx, &households, household_id, None, &mark, &engine()).await?;
        Ok(())
    }
}

/// What the system knows already is filled into a new verification form: household, time, labour, latest income and
/// security check. A person may change all of it.
pub(crate) struct VerifyPrefill;
#[async_trait]
impl Hook for VerifyPrefill {
    async fn before_save(
        &self,
        _: &Records,
        tx: &mut ScopedTx,
        _: &Dataset,
        old: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        let clue = Uuid::parse_str(text(new, "clue_id")).ok();
        let (Some(clue), None) = (clue, old) else { return Ok(vec![]) };
        let named = Uuid::parse_str(text(new, "household_id")).ok();
        let Some(of_clue) = store::household_of_clue(tx, clue).await? else {
            let message = "没有找到这条线索，请从待办中打开线索再填写。";
            return Ok(vec![FieldProblem::new("clue_id", "relapse.no_clue", message)]);
        };
        let household = match (of_clue, named) {
            (Some(of_clue), Some(named)) if of_clue != named => {
                let message = "核查的户与线索的户不一致，请核对。";
                return Ok(vec![FieldProblem::new("household_id", "relapse.other_household", message)]);
            }
            (Some(known), _) | (None, Some(known)) => known,
            (None, None) => {
                let message = "线索没有匹配到农户，请选择实际核查的户。";
                return Ok(vec![FieldProblem::new("household_id", "relapse.household_unnamed", message)]);
            }
        };
        let facts = store::facts(tx, household).await?;
        let mut fill = |field: &str, value: Json| {
            if new.get(field).is_none_or(Json::is_null) {
                new.insert(field.to_owned(), value);
            }
        };
        fill("household_id", json!(household));
        fill("verify_at", Utc::now().to_rfc3339().into());
        fill("labor_count", facts.labour.into());
        fill("income_id", json!(facts.income_id));
        fill("security_id", json!(facts.security_id));
        Ok(vec![])
    }

    /// A clue nobody was matched to learns its household from the verification.
    async fn after_save(&self, records: &Records, tx: &mut ScopedTx, _: &Dataset, _: Option<&Row>, new: &Row) -> Result<()> {
        let id = |f: &str| Uuid::parse_str(text(new, f)).ok();
        let (Some(clue), Some(household)) = (id("clue_id"), id("household_id")) else { return Ok(()) };
        if store::household_of_clue(tx, clue).await? == Some(None) {
            let d = records.dataset("relapse.clue")?.clone();
            let mut found = Row::new();
            found.insert("household_id".into(), json!(household));
            records.patch(tx, &d, clue, None, &found, &engine()).await?;
        }
        Ok(())
    }
}
