//! What happens in the village: the meeting that votes, the notice that hangs, the objections (domain 01 §2.17). Must not
//! contain SQL.

pub(crate) mod job;
mod rules;
pub(crate) mod store;

use crate::numbering;
use crate::params::Numbers;
use crate::store::{Serials, attached};
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Error, FieldProblem, RegionCode, Result};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use flow::{Guard, Step};
use meta::Dataset;
use record::{Hook, Records, Row};
use serde_json::{Value as Json, json};
use uuid::Uuid;

fn text<'a>(row: &'a Row, field: &str) -> &'a str {
    row.get(field).and_then(Json::as_str).unwrap_or_default()
}
fn number(row: &Row, field: &str) -> i64 {
    row.get(field).and_then(Json::as_i64).unwrap_or(0)
}
fn id(row: &Row, field: &str) -> Option<Uuid> {
    Uuid::parse_str(text(row, field)).ok()
}
async fn publicity_days(tx: &mut ScopedTx, region: &str) -> Result<i64> {
    Numbers::of(&RegionCode::parse(region)?, flow::rules::day_of(Utc::now())).get(tx, "publicity_days").await
}

/// The number of a meeting.
pub(crate) struct MeetingNumbered;
#[async_trait]
impl Hook for MeetingNumbered {
    async fn before_save(
        &self,
        _: &Records,
        tx: &mut ScopedTx,
        _: &Dataset,
        old: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        if let (None, Ok(village)) = (old, RegionCode::parse(text(new, "region_code"))) {
            let prefix = numbering::meeting_prefix(flow::rules::day_of(Utc::now()).year(), &village);
            new.insert(
                "meeting_no".into(),
                Serials::of("relapse.review_meeting", "meeting_no").short().next(tx, &prefix).await?.into(),
            );
        }
        Ok(vec![])
    }
}

/// Votes add up to those who were there (票数合计=实到).
pub(crate) struct MeetingVotes;
#[async_trait]
impl Hook for MeetingVotes {
    async fn before_save(
        &self,
        _: &Records,
        tx: &mut ScopedTx,
        _: &Dataset,
        _: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        let Some(attend) = (match id(new, "meeting_id") {
            Some(m) => store::attendance(tx, m).await?,
            None => None,
        }) else {
            return Ok(vec![]);
        };
        let (agree, against, abstain, avoided) =
            (number(new, "agree"), number(new, "against"), number(new, "abstain"), number(new, "avoided"));
        if rules::votes_fit(i64::from(attend), agree, against, abstain, avoided) {
            return Ok(vec![]);
        }
        let said = agree + against + abstain + avoided;
        let message = format!("同意、反对、弃权票数与回避人数之和是 {said}，应等于会议实到 {attend} 人。");
        Ok(vec![FieldProblem::new("agree", "relapse.votes_wrong", message)])
    }
}

/// A notice without a text gets the usual one.
pub(crate) struct PublicityText;
#[async_trait]
impl Hook for PublicityText {
    async fn before_save(
        &self,
        records: &Records,
        tx: &mut ScopedTx,
        _: &Dataset,
        old: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        let region = old.map_or_else(|| text(new, "region_code"), |o| text(o, "region_code")).to_owned();
        let day = |f: &str| text(new, f).parse::<NaiveDate>().ok();
        let (Some(start), Some(end), false) = (day("start_date"), day("end_date"), region.is_empty()) else { return Ok(vec![]) };
        let days = publicity_days(tx, &region).await?;
        if (end - start).num_days() < days && text(new, "kind") != "03" {
            let message = format!(
                "公示不少于 {days} 日，{start} 开始的公示最早到 {} 结束。",
                start + chrono::Days::new(u64::try_from(days).unwrap_or(0))
            );
            return Ok(vec![FieldProblem::new("end_date", "relapse.publicity_short", message)]);
        }
        if text(new, "body").trim().is_empty() {
            let village = records.regions.name(&region).unwrap_or_default();
            new.insert("body".into(), rules::notice_text(&village, text(new, "kind"), start, end, days).into());
        }
        Ok(vec![])
    }
}

/// Only the head's name and the number of people of a household are posted, taken from the register.
pub(crate) struct PublicityCaseFilled;
#[async_trait]
impl Hook for PublicityCaseFilled {
    async fn before_save(
        &self,
        _: &Records,
        tx: &mut ScopedTx,
        _: &Dataset,
        _: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        if let Some(h) = id(new, "household_id")
            && let Some((head, people)) = store::family(tx, h).await?
        {
            new.insert("head_name".into(), json!(head));
            new.insert("population".into(), json!(people));
        }
        Ok(vec![])
    }

    /// The notice names the meeting it goes back to.
    async fn after_save(&self, records: &Records, tx: &mut ScopedTx, _: &Dataset, _: Option<&Row>, new: &Row) -> Result<()> {
        let about = [("clue_id", id(new, "clue_id")), ("elimination_id", id(new, "elimination_id"))];
        let (Some((column, Some(row))), Some(notice)) = (about.into_iter().find(|(_, i)| i.is_some()), id(new, "publicity_id"))
        else {
            return Ok(());
        };
        let Some(said) = store::said(tx, column, row, None).await? else { return Ok(()) };
        let d = records.dataset("relapse.publicity")?.clone();
        let mut named = Row::new();
        named.insert("meeting_id".into(), json!(said.meeting));
        let engine = record::Provenance { trusted: true, ..record::Provenance::default() };
        records.patch(tx, &d, notice, None, &named, &engine).await.map(drop)
    }
}

async fn anew(tx: &mut ScopedTx, column: &'static str, row: Uuid) -> Result<Option<DateTime<Utc>>> {
    if column == "clue_id" { store::anew(tx, row).await } else { Ok(None) }
}

/// The newest meeting agreed to this matter, and its papers are there.
async fn agreed(tx: &mut ScopedTx, column: &'static str, row: Uuid) -> Result<store::Said> {
    let refuse = |text: &str| Err(Error::refused("relapse.no_meeting", text.to_owned()));
    let since = anew(tx, column, row).await?;
    let Some(said) = store::said(tx, column, row, since).await? else {
        return refuse(if since.is_some() {
            "退回或异议以后还没有重新评议，请重新召开村级评议，并在“评议事项”中选择这条记录。"
        } else {
            "还没有村级评议记录，请先登记村级评议，并在“评议事项”中选择这条记录。"
        });
    };
    if said.result != "01" {
        return refuse("最近一次村级评议没有同意，不能进入公示。需要补充核实的，请补充后重新评议。");
    }
    for (field, name) in [("minutes", "会议纪要"), ("sign_sheet", "签到表"), ("photos", "会议照片")] {
        if attached(tx, "relapse.review_meeting", said.meeting, field).await? == 0 {
            return refuse(&format!("村级评议缺少{name}，请先在评议的附件中上传。"));
        }
    }
    Ok(said)
}

/// 评议通过，开始公示: an agreeing meeting and a notice that hangs since.
pub(crate) struct MeetingAgreed;
#[async_trait]
impl Guard for MeetingAgreed {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let said = agreed(tx, "clue_id", step.id).await?;
        let refuse = |text: String| Err(Error::refused("relapse.no_publicity", text));
        let since = store::anew(tx, step.id).await?;
        let Some((_, n)) = store::notice(tx, "clue_id", step.id, since).await? else {
            return refuse("还没有公示，请先登记公示，并在“公示户”中加入该户。".into());
        };
        if n.start < said.day {
            return refuse(format!("公示开始于 {}，早于 {} 的村级评议，请核对日期。", n.start, said.day));
        }
        if n.photos_start == 0 {
            return refuse("公示缺少开始照片，请先在公示的附件中上传。".into());
        }
        Ok(())
    }
}

/// 公示期满: long enough, photographed at both ends, without an open objection.
pub(crate) struct PublicityOver;
#[async_trait]
impl Guard for PublicityOver {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        over(tx, "clue_id", step).await
    }
}

pub(crate) async fn over(tx: &mut ScopedTx, column: &'static str, step: &Step<'_>) -> Result<()> {
    let days = publicity_days(tx, step.text("region_code")).await?;
    let refuse = |text: String| Err(Error::refused("relapse.publicity_short", text));
    let since = anew(tx, column, step.id).await?;
    let Some((_, n)) = store::notice(tx, column, step.id, since).await? else {
        return refuse("还没有公示，请先登记公示，并在“公示户”中加入该户。".into());
    };
    match rules::notice_lacks(&n, flow::rules::day_of(Utc::now()), days) {
        Some(text) => refuse(text),
        None => Ok(()),
    }
}

/// Meeting and notice of an elimination, both complete.
pub(crate) struct EliminationPublicised;
#[async_trait]
impl Guard for EliminationPublicised {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        agreed(tx, "elimination_id", step.id).await?;
        over(tx, "elimination_id", step).await
    }
}

/// An objection is written down before the township looks into it, and answered before the village goes on.
pub(crate) struct ObjectionGiven;
#[async_trait]
impl Guard for ObjectionGiven {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        match store::notice(tx, "clue_id", step.id, None).await? {
            Some((_, n)) if n.open_objections > 0 => Ok(()),
            _ => Err(Error::refused("relapse.no_objection", "还没有登记公示异议，请先在公示的“公示异议”中登记。")),
        }
    }
}
pub(crate) struct ObjectionAnswered;
#[async_trait]
impl Guard for ObjectionAnswered {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        match store::notice(tx, "clue_id", step.id, None).await? {
            Some((_, n)) if n.open_objections > 0 => Err(Error::refused(
                "relapse.objection_open",
                format!("还有 {} 条公示异议没有填写处理情况和结论，请先处理。", n.open_objections),
            )),
            _ => Ok(()),
        }
    }
}
