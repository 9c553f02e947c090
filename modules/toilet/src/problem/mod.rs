//! Problems of toilets and their rectification (domain 02 A2.3, A2.4, A4.3). Must not contain SQL.

mod rules;
mod store;

use crate::params::numbers;
use crate::{codes, engine, house, id, text};
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Error, FieldProblem, Result};
use chrono::NaiveDate;
use flow::{Effect, Flows, Guard, Guards, Step};
use meta::Dataset;
use record::{Hook, Records, Row, Serials, attached};
use registry::policy::Policy;
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

pub(crate) use store::open_of_renovation;

const DATASET: &str = "toilet.problem";
const ROUND: &str = "toilet.rectification";

/// What a check or an acceptance found.
pub(crate) struct Found<'a> {
    pub toilet: Uuid,
    pub renovation: Option<Uuid>,
    pub region: &'a str,
    /// FIND_SOURCE.
    pub source: &'a str,
    pub day: NaiveDate,
    pub finder: &'a str,
    /// PROBLEM_ITEM.
    pub item: &'a str,
    pub severity: &'a str,
    pub text: String,
}

/// Registers what was found, to be put right at once by who keeps the toilet, else by who surveyed it; the township may name
/// another when it confirms (A4.3). The same item of the same toilet is not registered while it is open.
pub(crate) async fn register(records: &Records, tx: &mut ScopedTx, found: &Found<'_>) -> Result<()> {
    if store::open_item(tx, found.toilet, found.item).await? {
        return Ok(());
    }
    let days = numbers(found.region)?.get(tx, "toilet_rectify_immediate_days").await?;
    let deadline = Policy.working_day_after(tx, found.day, u32::try_from(days).unwrap_or(0)).await?;
    let toilet = records.get_plain(tx, &records.dataset(house::DATASET)?.clone(), found.toilet).await?;
    let first = |a: &str, b: &str| [a, b].map(|f| text(&toilet, f).to_owned()).into_iter().find(|t| !t.is_empty());
    let row = json!({
        "toilet_id": found.toilet, "renovation_id": found.renovation, "find_source": found.source, "find_date": found.day,
        "finder": found.finder, "problem_item": [found.item], "usable": "2", "problem_desc": found.text, "severity": found.severity,
        "rectify_class": "1", "rectify_measure": ["1"], "duty_unit": "村民委员会",
        "duty_person": first("responsible_person", "surveyor"), "duty_phone": first("responsible_phone", "surveyor_phone"),
        "deadline": deadline,
    });
    let d = records.dataset(DATASET)?.clone();
    let made = records.create(tx, &d, row.as_object().unwrap_or(&Row::new()), &engine()).await?;
    flows(records).ensure_started(tx, DATASET, made.id).await
}

/// Flows as an engine needs them to begin one: no guard is asked.
fn flows(records: &Records) -> Flows {
    let policy = Arc::new(Policy);
    Flows::new(records.clone(), Guards::default()).with_calendar(policy.clone()).with_params(policy)
}

/// Number, the limit of what is put right at once, and whether a closed problem has come back.
pub(crate) struct ProblemNumbered;
#[async_trait]
impl Hook for ProblemNumbered {
    async fn before_save(
        &self,
        _: &Records,
        tx: &mut ScopedTx,
        _: &Dataset,
        old: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        let (Some(toilet), region) = (id(new, "toilet_id"), text(new, "region_code").to_owned()) else { return Ok(vec![]) };
        if old.is_none()
            && let Some(no) = store::number_of(tx, toilet).await?
        {
            let number = Serials::of("toilet.problem", "problem_no").with_digits(2).next(tx, &format!("{no}P")).await?;
            new.insert("problem_no".into(), number.into());
        }
        let day = |f: &str| text(new, f).parse::<NaiveDate>().ok();
        let (found, deadline) = (day("find_date"), day("deadline"));
        let mut problems = Vec::new();
        if let (Some(found), Some(deadline), "1", 12) = (found, deadline, text(new, "rectify_class"), region.len()) {
            let days = numbers(&region)?.get(tx, "toilet_rectify_immediate_days").await?;
            let last = Policy.working_day_after(tx, found, u32::try_from(days).unwrap_or(0)).await?;
            if deadline > last {
                let text = format!("立行立改类须在发现后 {days} 个工作日内完成，最迟 {last}，请改整改时限或整改类别。");
                problems.push(FieldProblem::new("deadline", "toilet.immediate_too_late", text));
            }
        }
        if let (None, Some(found), 12) = (old, found, region.len()) {
            let months = numbers(&region)?.get(tx, "toilet_relapse_months").await?;
            let closed = store::closed(tx, toilet).await?;
            let again = rules::relapsed(&closed, &codes(new, "problem_item"), found, u32::try_from(months).unwrap_or(12));
            if let Some(c) = again {
                new.insert("reopened_from".into(), json!(c.id));
            }
        }
        Ok(problems)
    }
}

/// What has come back begins as such; the toilet's derived facts follow its problems.
pub(crate) struct ProblemFollows;
#[async_trait]
impl Hook for ProblemFollows {
    async fn after_save(&self, records: &Records, tx: &mut ScopedTx, _: &Dataset, old: Option<&Row>, new: &Row) -> Result<()> {
        let Some(toilet) = id(new, "toilet_id") else { return Ok(()) };
        if let (None, Some(_), Some(me)) = (old, id(new, "reopened_from"), id(new, "id")) {
            flows(records).start_in(tx, DATASET, me, "80").await?;
            if let Some(before) = id(new, "reopened_from") {
                came_back(records, tx, before).await?;
            }
        }
        let same = |f: &str| old.is_some_and(|o| o.get(f) == new.get(f));
        if same("problem_item") && same("status") {
            return Ok(());
        }
        house::refresh(records, tx, toilet).await
    }
}

/// Which round it is.
pub(crate) struct RectificationRound;
#[async_trait]
impl Hook for RectificationRound {
    async fn before_save(
        &self,
        _: &Records,
        tx: &mut ScopedTx,
        _: &Dataset,
        old: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        if let (None, Some(problem)) = (old, id(new, "problem_id")) {
            new.insert("round_no".into(), json!(store::rounds(tx, problem).await? + 1));
        }
        Ok(vec![])
    }
}

/// 不需整改、无法整改 only: everything else is put right.
pub(crate) struct ExemptClass;
#[async_trait]
impl Guard for ExemptClass {
    async fn check(&self, _: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        if ["4", "5"].contains(&step.text("rectify_class")) {
            return Ok(());
        }
        let text = "只有整改类别为“不需整改”或“无法整改”的问题可以提请县认定，请先改整改类别，或按期整改。";
        Err(Error::refused("toilet.not_exempt", text))
    }
}

/// A round with the village's own check passed, the household content, and photographs of afterwards.
pub(crate) struct Rectified;
#[async_trait]
impl Guard for Rectified {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let refuse = |text: String| Err(Error::refused("toilet.not_rectified", text));
        let Some(round) = store::last_round(tx, step.id).await? else {
            return refuse("还没有整改过程记录，请先登记整改。".into());
        };
        if round.village_result.as_deref() != Some("1") {
            return refuse("村级自验没有通过，请整改后登记新的整改过程。".into());
        }
        if round.householder_confirm.as_deref() == Some("2") {
            return refuse("农户对整改结果不满意，请继续整改并登记新的整改过程。".into());
        }
        let funded = codes(step.row, "rectify_measure").iter().any(|m| ["1", "3", "4"].contains(&m.as_str()));
        if funded && round.actual_fund.is_none() {
            return refuse("维修、重建、改换模式的整改须填写实际投入。".into());
        }
        let least = numbers(step.text("region_code"))?.get(tx, "toilet_after_photos_min").await?;
        let photos = attached(tx, ROUND, round.id, "after_photos").await?;
        if photos < least {
            return refuse(format!("整改后照片有 {photos} 张，不少于 {least} 张，请与整改前同角度补拍上传。"));
        }
        Ok(())
    }
}

/// Writes what was said of the last round beside it.
async fn said(tx: &mut ScopedTx, step: &Step<'_>, who: &str, passed: bool) -> Result<()> {
    let Some(round) = store::last_round(tx, step.id).await? else { return Ok(()) };
    let d = step.records().dataset(ROUND)?.clone();
    let row = Row::from_iter([
        (format!("{who}_result"), if passed { "1" } else { "0" }.into()),
        (format!("{who}_date"), record::today().to_string().into()),
        (format!("{who}_opinion"), step.opinion.into()),
    ]);
    step.records().patch(tx, &d, round.id, None, &row, &engine()).await.map(drop)
}

/// Who said something of the last round; a step back is a refusal.
pub(crate) enum Said {
    Town,
    County,
}
#[async_trait]
impl Effect for Said {
    async fn follow(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let who = match self {
            Said::Town => "town",
            Said::County => "county",
        };
        said(tx, step, who, !step.transition.returns).await?;
        refresh(tx, step).await
    }
}

async fn refresh(tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
    match step.reference("toilet_id") {
        Some(toilet) => house::refresh(step.records(), tx, toilet).await,
        None => Ok(()),
    }
}

/// Closed, exempted or mistaken: the day is written, the toilet's facts follow.
pub(crate) struct ProblemOver;
#[async_trait]
impl Effect for ProblemOver {
    async fn follow(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        if step.transition.name == "close" {
            said(tx, step, "county", true).await?;
            let d = step.records().dataset(DATASET)?.clone();
            let row = Row::from_iter([("solved_date".to_owned(), record::today().to_string().into())]);
            step.records().patch(tx, &d, step.id, None, &row, &engine()).await?;
        }
        refresh(tx, step).await
    }
}

/// The last round of a problem did not last (A2.4 是否反弹).
async fn came_back(records: &Records, tx: &mut ScopedTx, problem: Uuid) -> Result<()> {
    let Some(round) = store::last_round(tx, problem).await? else { return Ok(()) };
    let d = records.dataset(ROUND)?.clone();
    let row = Row::from_iter([("relapse".to_owned(), true.into())]);
    records.patch(tx, &d, round.id, None, &row, &engine()).await.map(drop)
}

/// A closed problem is open again.
pub(crate) struct ProblemAgain;
#[async_trait]
impl Effect for ProblemAgain {
    async fn follow(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let d = step.records().dataset(DATASET)?.clone();
        let row = Row::from_iter([("solved_date".to_owned(), serde_json::Value::Null)]);
        step.records().patch(tx, &d, step.id, None, &row, &engine()).await?;
        came_back(step.records(), tx, step.id).await?;
        refresh(tx, step).await
    }
}
