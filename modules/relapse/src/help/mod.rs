//! Help of a monitored household: the plan held against its risks, the measures that follow from it, what they need to count
//! as implemented (domain 01 §2.10, §4.1). Must not contain SQL.

mod rules;
mod store;

use crate::store::attached;
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Error, FieldProblem, Result};
use chrono::{NaiveDate, SecondsFormat, Utc};
use flow::{Ask, Effect, Guard, Step};
use meta::Dataset;
use record::{Hook, Provenance, Records, Row};
use serde_json::{Value as Json, json};
use uuid::Uuid;

fn text<'a>(row: &'a Row, field: &str) -> &'a str {
    row.get(field).and_then(Json::as_str).unwrap_or_default()
}
fn engine() -> Provenance {
    Provenance { trusted: true, ..Provenance::default() }
}

/// The plan a village drafts for a new case.
pub(crate) async fn draft(records: &Records, tx: &mut ScopedTx, case: Uuid, today: NaiveDate) -> Result<()> {
    let plans = records.dataset("relapse.help_plan")?.clone();
    let mut plan = Row::new();
    plan.insert("case_id".into(), json!(case));
    plan.insert("plan_date".into(), today.to_string().into());
    records.create(tx, &plans, &plan, &engine()).await.map(drop)
}

/// The version of a new plan; one of a case is on its way at a time.
pub(crate) struct PlanBegun;
#[async_trait]
impl Hook for PlanBegun {
    async fn before_save(
        &self,
        _: &Records,
        tx: &mut ScopedTx,
        _: &Dataset,
        old: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        let (None, Ok(case)) = (old, Uuid::parse_str(text(new, "case_id"))) else { return Ok(vec![]) };
        let (last, open) = store::versions(tx, case).await?;
        if open {
            let message = "这份监测档案已有草拟或审核中的帮扶计划，请在原计划上修改。";
            return Ok(vec![FieldProblem::new("case_id", "relapse.plan_open", message)]);
        }
        new.insert("version".into(), (last + 1).into());
        Ok(vec![])
    }

    async fn after_save(&self, records: &Records, tx: &mut ScopedTx, _: &Dataset, old: Option<&Row>, new: &Row) -> Result<()> {
        match (old, Uuid::parse_str(text(new, "id"))) {
            (None, Ok(id)) => crate::clue::begin(records, tx, "relapse.help_plan", id, "01").await,
            _ => Ok(()),
        }
    }
}

/// Every risk has a measure that fits it, the household signed (§2.10 每个 risk 至少 1 行; §3.4).
pub(crate) struct PlanComplete;
#[async_trait]
impl Guard for PlanComplete {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let gone = || Error::not_found("relapse.no_plan", "没有找到这份帮扶计划，请刷新后重试。");
        let mut plan = store::plan(tx, step.id).await?.ok_or_else(gone)?;
        if let Some(day) = step.fields.get("plan_date").and_then(Json::as_str).and_then(|t| t.parse().ok()) {
            plan.planned = Some(day);
        }
        let named = |list: &str, code: &str| {
            step.records().catalog.codes(list).map_or_else(|| code.to_owned(), |l| l.label(code).to_owned())
        };
        let lacking = rules::lacking(&plan, |r| named("C21", r), |c| named("C26", c));
        if lacking.is_empty() {
            return Ok(());
        }
        Err(Error::refused("relapse.plan_incomplete", format!("帮扶计划还不完整：{}。", lacking.join("；"))))
    }
}

/// A plan is replaced by the approval of a later version, not by hand.
pub(crate) struct PlanReplaced;
#[async_trait]
impl Guard for PlanReplaced {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        if store::replaced(tx, step.id).await? {
            return Ok(());
        }
        Err(Error::refused("relapse.plan_not_replaced", "新版本的帮扶计划审核通过时自动替代旧版本，请先新建并审核新版本。"))
    }
}

/// Who approved it and when; the earlier version is replaced; each line becomes a measure to be carried out.
pub(crate) struct PlanApproved;
#[async_trait]
impl Effect for PlanApproved {
    async fn follow(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let records = step.records();
        let now = Utc::now();
        let mut stamp = Row::new();
        stamp.insert("approve_by".into(), json!(tx.actor().user_id));
        stamp.insert("approve_at".into(), json!(now.to_rfc3339_opts(SecondsFormat::Millis, true)));
        records.patch(tx, step.dataset, step.id, None, &stamp, &engine()).await?;
        for earlier in store::earlier(tx, step.id).await? {
            step.flows.act(tx, "relapse.help_plan", earlier, &Ask::new("replace")).await?;
        }
        let Some(case) = step.reference("case_id") else { return Ok(()) };
        let Some(household) = store::household(tx, case).await? else { return Ok(()) };
        let (lines, measures) =
            (records.dataset("relapse.help_plan_target")?.clone(), records.dataset("relapse.measure")?.clone());
        let today = flow::rules::day_of(now).to_string();
        for line in store::uncarried(tx, step.id).await? {
            let t = records.get_plain(tx, &lines, line).await?;
            let mut m = Row::new();
            m.insert("region_code".into(), step.row.get("region_code").cloned().unwrap_or(Json::Null));
            m.insert("case_id".into(), json!(case));
            m.insert("household_id".into(), json!(household));
            m.insert("plan_id".into(), json!(step.id));
            m.insert("state".into(), "01".into());
            for f in ["category", "item", "person_id", "resp_unit", "resp_person"] {
                m.insert(f.into(), t.get(f).cloned().unwrap_or(Json::Null));
            }
            m.insert("other_note".into(), text(&t, "measure_text").chars().take(100).collect::<String>().into());
            // a line that is late already is begun today and has no end yet
            let due = t.get("due_date").filter(|_| text(&t, "due_date") >= today.as_str()).cloned();
            m.insert("start_date".into(), today.as_str().into());
            m.insert("end_date".into(), due.unwrap_or(Json::Null));
            records.create(tx, &measures, &m, &engine()).await?;
        }
        Ok(())
    }
}

/// A measure begins in the state its dates tell, unless its plan says so.
pub(crate) struct MeasureBegun;
#[async_trait]
impl Hook for MeasureBegun {
    async fn before_save(
        &self,
        _: &Records,
        _: &mut ScopedTx,
        _: &Dataset,
        old: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        if old.is_none() && text(new, "state").is_empty() {
            let day = |f: &str| text(new, f).parse::<NaiveDate>().ok();
            let state = rules::begins(day("start_date"), day("landed_date"), flow::rules::day_of(Utc::now()));
            new.insert("state".into(), state.into());
        }
        Ok(vec![])
    }

    async fn after_save(&self, records: &Records, tx: &mut ScopedTx, _: &Dataset, old: Option<&Row>, new: &Row) -> Result<()> {
        match (old, Uuid::parse_str(text(new, "id"))) {
            (None, Ok(id)) => crate::clue::begin(records, tx, "relapse.measure", id, text(new, "state")).await,
            _ => Ok(()),
        }
    }
}

/// 已落实 wants its paper (§2.10 evidence).
pub(crate) struct MeasureEvidence;
#[async_trait]
impl Guard for MeasureEvidence {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        match attached(tx, "relapse.measure", step.id, "evidence").await? {
            0 => Err(Error::refused("relapse.measure_no_evidence", "还没有上传佐证，请先上传到户凭证、照片等再登记已落实。")),
            _ => Ok(()),
        }
    }
}
