//! What the later steps of a clue need: authorization and check, sampling by the township, the county's decision, refusal told
//! to the household, and what follows from a return (domain 01 §4.1, §4.2). Must not contain SQL.

use crate::clue::{rules, store};
use crate::include;
use crate::params::Numbers;
use crate::{authorize, check};
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Error, RegionCode, Result};
use chrono::{Days, SecondsFormat, Utc};
use flow::{Effect, Guard, Step};
use record::{Provenance, Row};
use serde_json::{Value as Json, json};

fn engine() -> Provenance {
    Provenance { trusted: true, ..Provenance::default() }
}
fn green(step: &Step<'_>) -> bool {
    step.row.get("green_channel").and_then(Json::as_bool).unwrap_or(false)
}
async fn number(tx: &mut ScopedTx, step: &Step<'_>, key: &str) -> Result<i64> {
    Numbers::of(&RegionCode::parse(step.text("region_code"))?, flow::rules::day_of(Utc::now())).get(tx, key).await
}

/// 授权齐全，核对已委托: everybody signed, and the check is on its way or done. A household on the green channel goes on
/// without and completes it afterwards.
pub(crate) struct Authorized;
#[async_trait]
impl Guard for Authorized {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        if green(step) {
            return Ok(());
        }
        let household = include::household_of(step)?;
        let refuse = |code: &'static str, text: String| Err(Error::refused(code, text));
        let Some(auth) = authorize::store::valid(tx, household, flow::rules::day_of(Utc::now())).await? else {
            return refuse("relapse.no_authorization", "该户还没有有效的承诺授权书，请先登记授权书并上传签署件。".into());
        };
        let missing = authorize::store::uncovered(tx, household, auth).await?;
        if !missing.is_empty() {
            return refuse(
                "relapse.not_all_signed",
                format!("授权书还缺 {} 的签署，全部家庭成员和法定义务人都要授权。", missing.join("、")),
            );
        }
        if crate::store::attached(tx, "relapse.authorization", auth, "scan_files").await? == 0 {
            return refuse("relapse.no_scan", "授权书还没有上传签署件，请先在附件中上传。".into());
        }
        match check::store::newest(tx, household).await? {
            Some((state, _)) if !matches!(state.as_str(), "10" | "20" | "41" | "80") => Ok(()),
            _ => {
                refuse("relapse.check_not_entrusted", "还没有委托经济状况核对，请先发起委托并签章，核对可与公示同时进行。".into())
            }
        }
    }
}

/// 乡镇审核 looks closer at no fewer than a tenth of what it passes (抽查≥10%).
pub(crate) struct TownSampled;
#[async_trait]
impl Guard for TownSampled {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let least = number(tx, step, "town_sample_pct").await?;
        let (passed, sampled) = store::sampled(tx, &step.text("region_code")[..9]).await?;
        let this = step.fields.get("sampled").and_then(Json::as_bool).unwrap_or(false);
        if rules::sampled_enough(passed, sampled, this, least) {
            return Ok(());
        }
        Err(Error::refused(
            "relapse.too_few_sampled",
            format!(
                "本月已审核 {passed} 件、抽查 {sampled} 件，抽查比例不足 {least}%。请对这一件抽查核实后，选择“已抽查”再审核。"
            ),
        ))
    }
}

/// 审定纳入: not monitored already, and the report of the check confirmed and still valid, but for the green channel.
pub(crate) struct CountyMayInclude;
#[async_trait]
impl Guard for CountyMayInclude {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        include::not_monitored(tx, step).await?;
        if green(step) || number(tx, step, "check_before_decision").await? == 0 {
            return Ok(());
        }
        let household = include::household_of(step)?;
        let today = flow::rules::day_of(Utc::now());
        match check::store::newest(tx, household).await? {
            Some((state, until)) if state == "70" && until.is_none_or(|u| u >= today) => Ok(()),
            Some((state, _)) if state == "70" => {
                Err(Error::refused("relapse.check_expired", "经济状况核对报告已过期，请退回乡镇重新委托核对。"))
            }
            _ => Err(Error::refused(
                "relapse.check_not_confirmed",
                "经济状况核对还没有出报告或乡镇没有确认，请待核对完成后再审定。",
            )),
        }
    }
}

/// A meeting that said no: the township may refuse in its place.
pub(crate) struct MeetingRefused;
#[async_trait]
impl Guard for MeetingRefused {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        include::town_may_refuse(step)?;
        include::reasons_given(tx, step).await?;
        match crate::village::store::said(tx, "clue_id", step.id, None).await? {
            Some(s) if s.result == "02" => Ok(()),
            _ => Err(Error::refused("relapse.meeting_did_not_refuse", "村级评议没有“不同意”的记录，请按评议结果办理。")),
        }
    }
}

/// 受理: whoever reported it is told who took it on and when.
pub(crate) struct Accepted;
#[async_trait]
impl Effect for Accepted {
    async fn follow(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let d = step.records().dataset("relapse.self_apply")?.clone();
        for id in store::unaccepted(tx, step.id).await? {
            let mut row = Row::new();
            row.insert("accepted_by".into(), json!(tx.actor().user_id));
            row.insert("accepted_at".into(), Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true).into());
            row.insert("accept_note".into(), if step.opinion.is_empty() { "受理" } else { step.opinion }.into());
            step.records().patch(tx, &d, id, None, &row, &engine()).await?;
        }
        Ok(())
    }
}

/// 复核通过 is written on the form too.
pub(crate) struct FormPassed;
#[async_trait]
impl Effect for FormPassed {
    async fn follow(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        audited(tx, step, "1", Json::Null).await
    }
}
async fn audited(tx: &mut ScopedTx, step: &Step<'_>, state: &str, reason: Json) -> Result<()> {
    let Some(form) = store::form_of(tx, step.id).await? else { return Ok(()) };
    let d = step.records().dataset("relapse.verify_form")?.clone();
    let mut row = Row::new();
    row.insert("audit_state".into(), state.into());
    row.insert("return_reason".into(), reason);
    step.records().patch(tx, &d, form, None, &row, &engine()).await.map(|_| ())
}

/// A return: the reason stands on the form, and from the second one on the county hears of it (规则④).
pub(crate) struct Returned;
#[async_trait]
impl Effect for Returned {
    async fn follow(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        if step.transition.to == "31" {
            audited(tx, step, "2", step.opinion.into()).await?;
        }
        // the county's word where it goes back to, and what a village takes back itself, are no returns of their own
        let name = step.transition.effect.as_deref();
        let returns: Vec<&str> =
            step.flow.transitions.iter().filter(|t| t.effect.as_deref() == name).map(|t| t.name.as_str()).collect();
        let times = store::returns(tx, step.id, &returns).await?;
        if times < number(tx, step, "returns_copied").await? {
            return Ok(());
        }
        let due = flow::rules::day_of(Utc::now()) + Days::new(3);
        let row = json!({
            "region_code": step.text("region_code"), "target_dataset": "relapse.clue", "target_id": step.id,
            "target_title": format!("退回 {times} 次：线索 {}", step.text("clue_no")), "kind": "04",
            "demand": format!("线索已被退回 {times} 次，抄送县级。最近一次意见：{}", step.opinion.chars().take(300).collect::<String>()),
            "due": due.to_string(), "state": "01", "issued_at": Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true),
        });
        let d = step.records().dataset("relapse.supervise")?.clone();
        let row = row.as_object().cloned().unwrap_or_default();
        step.records().create(tx, &d, &row, &engine()).await.map(|_| ())
    }
}

/// 绿色通道: help first, procedure within fifteen days (§4.1).
pub(crate) struct GreenChannel;
#[async_trait]
impl Effect for GreenChannel {
    async fn follow(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let days = number(tx, step, "green_days").await?;
        let due = flow::rules::day_of(Utc::now()) + Days::new(u64::try_from(days).unwrap_or(15));
        let mut row = Row::new();
        row.insert("green_due".into(), due.to_string().into());
        step.records().patch(tx, step.dataset, step.id, None, &row, &engine()).await.map(|_| ())
    }
}
