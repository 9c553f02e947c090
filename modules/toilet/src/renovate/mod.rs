//! The way of a renovation from the household's application to the file (domain 02 A4.2). Must not contain SQL.

mod rules;
mod store;

use crate::check::DECISIVE;
use crate::params::numbers;
use crate::{engine, problem, text, whole};
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Error, Result};
use chrono::NaiveDate;
use flow::{Effect, Guard, Step};
use record::{Row, attached};

pub(crate) use store::{is_of, under_way};

const DATASET: &str = "toilet.renovation";

fn refuse<T>(code: &'static str, text: impl Into<String>) -> Result<T> {
    Err(Error::refused(code, text.into()))
}
/// A value filled in with the step, else the row's.
fn now<'a>(step: &'a Step<'_>, field: &str) -> &'a str {
    let given = text(step.fields, field);
    if given.is_empty() { step.text(field) } else { given }
}
fn day(step: &Step<'_>, field: &str) -> Option<NaiveDate> {
    now(step, field).parse().ok()
}

/// From 2021 the household's application or promise is on file.
pub(crate) struct Consented;
#[async_trait]
impl Guard for Consented {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        if whole(step.row, "renov_year") >= 2021 && attached(tx, DATASET, step.id, "consent_file").await? == 0 {
            return refuse("toilet.no_consent", "2021 年以后改厕须有农户申请书或承诺书，请先在附件中上传。");
        }
        Ok(())
    }
}

/// The notice hung long enough.
pub(crate) struct Publicised;
#[async_trait]
impl Guard for Publicised {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let days = numbers(step.text("region_code"))?.get(tx, "toilet_publicity_days").await?;
        match rules::publicity_lacks(day(step, "apply_publicity_date"), record::today(), days) {
            Some(text) => refuse("toilet.publicity_short", text),
            None => Ok(()),
        }
    }
}

/// Both looks at what will be covered, and the water test (A4.2 隐蔽工程两次查验).
pub(crate) struct HiddenChecked;
#[async_trait]
impl Guard for HiddenChecked {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        for (kind, name) in [("1", "挖坑后"), ("2", "盖板前")] {
            if !store::passed(tx, step.id, kind).await? {
                return refuse("toilet.hidden_not_checked", format!("还没有通过的“隐蔽-{name}”检查记录，请先登记检查。"));
            }
        }
        if text(step.fields, "water_test") != "1" {
            return refuse("toilet.leaks", "满水试验没有通过，不能进入竣工验收，请整改后重做试验。");
        }
        Ok(())
    }
}

/// Accepted by enough people, with a passed check in which no decisive item failed, and money that adds up.
pub(crate) struct Accepted;
#[async_trait]
impl Guard for Accepted {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        if !["1", "2"].contains(&now(step, "accept_result")) {
            return refuse("toilet.not_accepted", "验收合格须选“合格”或“整改后合格”；不合格的请办理“验收不合格”。");
        }
        let least = numbers(step.text("region_code"))?.get(tx, "toilet_acceptors_min").await?;
        let people = rules::people(now(step, "acceptors"));
        if (people as i64) < least {
            return refuse(
                "toilet.few_acceptors",
                format!("验收人有 {people} 人，不少于 {least} 人（村、乡镇、农户），请用顿号分隔填写。"),
            );
        }
        if let (Some(finish), Some(accept)) = (day(step, "finish_date"), day(step, "accept_date"))
            && accept < finish
        {
            return refuse("toilet.accepted_before_finish", format!("验收日期 {accept} 早于完工日期 {finish}，请核对。"));
        }
        if !store::passed(tx, step.id, "3").await? {
            return refuse("toilet.no_acceptance", "还没有通过的“竣工验收”检查记录，请先逐项登记检查。");
        }
        let failed = store::decisive(tx, step.id, &DECISIVE).await?;
        if !failed.is_empty() {
            return refuse("toilet.decisive_failed", format!("否决项 {} 不合格，验收不能通过。", failed.join("、")));
        }
        if attached(tx, DATASET, step.id, "accept_form").await? == 0 {
            return refuse("toilet.no_accept_form", "还没有上传验收单（一户一表），请先在附件中上传。");
        }
        Ok(())
    }
}

/// The county looks at no fewer than a tenth of what it passes (县抽验≥10%).
pub(crate) struct CountySampled;
#[async_trait]
impl Guard for CountySampled {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let region = step.text("region_code");
        let pct = numbers(region)?.get(tx, "toilet_sample_pct").await?;
        let mine =
            step.fields.get("sampled").or_else(|| step.row.get("sampled")).and_then(serde_json::Value::as_bool).unwrap_or(false);
        let (passed, sampled) = store::sampled(tx, region, whole(step.row, "renov_year"), step.id).await?;
        if rules::sampled_enough(passed + 1, sampled + i64::from(mine), pct) {
            return Ok(());
        }
        let text = format!("本县本年度已通过 {passed} 户，抽验 {sampled} 户，低于 {pct}%。请对本户抽验并勾选“县抽验”后再通过。");
        refuse("toilet.too_few_sampled", text)
    }
}

/// Nothing is paid before acceptance and the notice of the list (未验收不得兑付).
pub(crate) struct Payable;
#[async_trait]
impl Guard for Payable {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        if !["1", "2"].contains(&step.text("accept_result")) {
            return refuse("toilet.not_accepted", "该户尚未验收合格，不能兑付。");
        }
        let days = numbers(step.text("region_code"))?.get(tx, "toilet_publicity_days").await?;
        let (Some(start), Some(end)) = (day(step, "publicity_date"), day(step, "publicity_end")) else {
            return refuse("toilet.publicity_short", "请填写补助名单公示的开始和截止日期。");
        };
        if rules::notice_short(start, end, record::today(), days) {
            return refuse("toilet.publicity_short", format!("补助名单公示不少于 {days} 日且须期满，请核对公示起止日期。"));
        }
        Ok(())
    }
}

/// The main record says what the renovation made of it.
pub(crate) struct RenovationFollows;
#[async_trait]
impl Effect for RenovationFollows {
    async fn follow(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let Some(toilet) = step.reference("toilet_id") else { return Ok(()) };
        let d = step.records().dataset(crate::house::DATASET)?.clone();
        let row = Row::from_iter([("renovated".to_owned(), true.into()), ("has_toilet".to_owned(), true.into())]);
        step.records().patch(tx, &d, toilet, None, &row, &engine()).await.map(drop)
    }
}

/// A renovation that is not accepted or not passed leaves a problem behind (不合格→生成问题), unless the items of its check did.
pub(crate) struct FailedBecomesProblem;
#[async_trait]
impl Effect for FailedBecomesProblem {
    async fn follow(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let Some(toilet) = step.reference("toilet_id") else { return Ok(()) };
        if problem::open_of_renovation(tx, step.id).await? {
            return Ok(());
        }
        let (finder, source) = if step.transition.name == "fail" { ("乡镇验收", "3") } else { ("县抽验", "5") };
        let found = problem::Found {
            toilet,
            renovation: Some(step.id),
            region: step.text("region_code"),
            source,
            day: record::today(),
            finder,
            item: "9",
            severity: "2",
            text: format!("改厕{finder}不合格：{}", step.opinion),
        };
        problem::register(step.records(), tx, &found).await
    }
}
