//! Looking back: what a checker found beside what the system says (domain 02 A4.4). Must not contain SQL.

use crate::{codes, engine, text, yes};
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Error, Result};
use flow::{Effect, Guard, Step};
use record::Row;
use serde_json::json;

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
