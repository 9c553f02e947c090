//! Checks of toilets (domain 02 A2.5): which renovation one belongs to; an item that is not up to standard becomes a problem.
//! Must not contain SQL.

use crate::{id, problem, renovate, text};
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{FieldProblem, Result};
use meta::Dataset;
use record::{Hook, Records, Row};
use serde_json::json;

/// The problem that a failed item stands for (PROBLEM_ITEM of domain 02 A3).
pub(crate) fn problem_of(item: &str) -> &'static str {
    match item {
        "C01" => "31",
        "C02" => "2D",
        "C03" | "C07" => "26",
        "C04" => "2B",
        "C05" | "C06" => "15",
        "C08" | "C09" => "2C",
        "C10" => "14",
        "C11" => "13",
        "C12" => "12",
        "C13" => "16",
        "C14" => "29",
        "C15" => "25",
        "C16" => "22",
        "C17" => "32",
        "C18" => "2A",
        "C19" | "C20" => "47",
        "C21" => "48",
        "C22" | "C23" => "51",
        "C24" => "41",
        _ => "9",
    }
}

/// Items any of which, failed, means that the whole check is failed.
pub(crate) const DECISIVE: [&str; 4] = ["C08", "C11", "C12", "C17"];

/// Checks that belong to a renovation: what is covered, and the acceptance.
const OF_RENOVATION: [&str; 3] = ["1", "2", "3"];

/// A check of what is covered, or an acceptance, belongs to the renovation that is under way.
pub(crate) struct CheckOf;
#[async_trait]
impl Hook for CheckOf {
    async fn before_save(
        &self,
        _: &Records,
        tx: &mut ScopedTx,
        _: &Dataset,
        _: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        let Some(toilet) = id(new, "toilet_id").filter(|_| OF_RENOVATION.contains(&text(new, "check_type"))) else {
            return Ok(vec![]);
        };
        match id(new, "renovation_id") {
            Some(r) if !renovate::is_of(tx, r, toilet).await? => {
                Ok(vec![FieldProblem::new("renovation_id", "toilet.other_toilet", "这条改造记录不是本户厕的，请重新选择。")])
            }
            Some(_) => Ok(vec![]),
            None => match renovate::under_way(tx, toilet).await? {
                Some(r) => {
                    new.insert("renovation_id".into(), json!(r));
                    Ok(vec![])
                }
                None => {
                    let text = "本户厕没有正在办理的改造，隐蔽工程查验和竣工验收须先登记改造并开工。";
                    Ok(vec![FieldProblem::new("check_type", "toilet.no_renovation", text)])
                }
            },
        }
    }
}

/// A failed item registers a problem, once.
pub(crate) struct CheckFound;
#[async_trait]
impl Hook for CheckFound {
    async fn after_save(&self, records: &Records, tx: &mut ScopedTx, _: &Dataset, old: Option<&Row>, new: &Row) -> Result<()> {
        let failed = |r: &Row| text(r, "item_result") == "0";
        if !failed(new) || old.is_some_and(failed) {
            return Ok(());
        }
        let check = records.dataset("toilet.check")?.clone();
        let Some(of) = id(new, "check_id") else { return Ok(()) };
        let row = records.get_plain(tx, &check, of).await?;
        let day: chrono::NaiveDate = text(&row, "check_date").parse().unwrap_or_else(|_| record::today());
        let (Some(toilet), item) = (id(&row, "toilet_id"), text(new, "item_code")) else { return Ok(()) };
        let label = records.catalog.codes("TOILET_CHECK_ITEM").map_or(item, |l| l.label(item)).to_owned();
        let found = problem::Found {
            toilet,
            renovation: id(&row, "renovation_id"),
            region: text(&row, "region_code"),
            source: if ["5", "6", "7"].contains(&text(&row, "check_type")) { "5" } else { "3" },
            day,
            finder: text(&row, "checkers"),
            item: problem_of(item),
            severity: if DECISIVE.contains(&item) { "2" } else { "1" },
            text: format!("检查项“{label}”不合格：{}", text(new, "item_note")),
        };
        problem::register(records, tx, &found).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_stands_for_a_problem_of_the_list() {
        let list = include_str!("../meta/codes/problem_item.toml");
        for n in 1..=24 {
            let code = problem_of(&format!("C{n:02}"));
            assert!(code != "9" && list.contains(&format!("code = \"{code}\"")), "C{n:02} → {code}");
        }
    }
}
