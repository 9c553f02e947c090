//! Looking back: what a checker found beside what the system says (domain 02 A4.4). Must not contain SQL.

mod store;

use crate::params::numbers;
use crate::{codes, engine, id, text, yes};
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Error, FieldProblem, Result};
use flow::{Effect, Guard, Step};
use meta::Dataset;
use record::{Hook, Records, Row};
use serde_json::json;

/// The same toilet is not drawn again for some months (A4.4 不重复抽同户 12 个月).
pub(crate) struct SampleDrawn;
#[async_trait]
impl Hook for SampleDrawn {
    async fn before_save(
        &self,
        _: &Records,
        tx: &mut ScopedTx,
        _: &Dataset,
        old: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        let (None, Some(toilet)) = (old, id(new, "toilet_id")) else { return Ok(vec![]) };
        let months = numbers(text(new, "region_code"))?.get(tx, "toilet_sample_again_months").await?;
        let Some((no, on)) = store::last_drawn(tx, toilet).await? else { return Ok(vec![]) };
        let again = on + chrono::Months::new(u32::try_from(months).unwrap_or(12));
        if record::today() >= again {
            return Ok(vec![]);
        }
        let text = format!("该户厕 {on} 已在批次“{no}”抽取，{months} 个月内（{again} 前）不重复抽查，请改抽其他户。");
        Ok(vec![FieldProblem::new("toilet_id", "toilet.sampled_lately", text)])
    }
}

/// Items (TOILET_DIFF) in which a visit and the record differ. Pure.
pub(crate) fn differences(found: &Row, record: &Row) -> Vec<&'static str> {
    let mut out = Vec::new();
    let there = yes(record, "has_toilet");
    let kind = text(found, "found_type");
    if (kind != "30") != there {
        out.push("1");
    }
    for (item, mine, theirs) in
        [("2", "found_type", "toilet_type"), ("3", "found_use", "use_status"), ("4", "found_sewage", "sewage_dest")]
    {
        let mine = text(found, mine);
        if there && kind != "30" && !mine.is_empty() && mine != text(record, theirs) {
            out.push(item);
        }
    }
    if yes(found, "found_problem") != yes(record, "has_problem") {
        out.push("5");
    }
    out
}

async fn compared(tx: &mut ScopedTx, step: &Step<'_>) -> Result<Vec<&'static str>> {
    let mut found = step.row.clone();
    found.extend(step.fields.clone());
    let d = step.records().dataset(crate::house::DATASET)?.clone();
    let Some(toilet) = step.reference("toilet_id") else { return Ok(vec![]) };
    let record = step.records().get_plain(tx, &d, toilet).await?;
    Ok(differences(&found, &record))
}

pub(crate) struct SampleDiffers;
#[async_trait]
impl Guard for SampleDiffers {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        if compared(tx, step).await?.is_empty() {
            return Err(Error::refused("toilet.no_difference", "现场情况与系统登记一致，请办理“检查无差异”。"));
        }
        Ok(())
    }
}

pub(crate) struct SampleSame;
#[async_trait]
impl Guard for SampleSame {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let differ = compared(tx, step).await?;
        if differ.is_empty() {
            return Ok(());
        }
        let list = step.records().catalog.codes("TOILET_DIFF");
        let label = |c: &&str| list.map_or((*c).to_owned(), |l| l.label(c).to_owned());
        let names: Vec<String> = differ.iter().map(label).collect();
        Err(Error::refused("toilet.differs", format!("与系统登记不一致：{}，请办理“登记检查结果”。", names.join("、"))))
    }
}

/// What differs is written beside the result, for the county to correct.
pub(crate) struct SampleCompared;
#[async_trait]
impl Effect for SampleCompared {
    async fn follow(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let differ = compared(tx, step).await?;
        if codes(step.row, "differences") == differ {
            return Ok(());
        }
        let d = step.records().dataset("toilet.sample")?.clone();
        let row = Row::from_iter([("differences".to_owned(), json!(differ))]);
        step.records().patch(tx, &d, step.id, None, &row, &engine()).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_named() {
        let row = |v: serde_json::Value| v.as_object().cloned().unwrap();
        let record =
            row(json!({"has_toilet": true, "toilet_type": "01", "use_status": "1", "sewage_dest": "1", "has_problem": false}));
        let found =
            |kind: &str, used: &str, problem: bool| row(json!({"found_type": kind, "found_use": used, "found_problem": problem}));
        assert!(differences(&found("01", "1", false), &record).is_empty());
        assert_eq!(differences(&found("21", "3", true), &record), ["2", "3", "5"]);
        assert_eq!(differences(&found("30", "4", false), &record), ["1"], "nothing else is compared where there is none");
    }
}
