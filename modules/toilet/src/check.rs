//! An item of a check that is not up to standard becomes a problem of the toilet (domain 02 A2.5). Must not contain SQL.

use crate::{engine, id, text};
use ::store::ScopedTx;
use async_trait::async_trait;
use base::Result;
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
        let item = text(new, "item_code");
        let label = records.catalog.codes("TOILET_CHECK_ITEM").map_or(item, |l| l.label(item)).to_owned();
        let unusable = DECISIVE.contains(&item);
        let deadline = registry::policy::Policy.working_day_after(tx, day, 15).await?;
        let problem = json!({
            "toilet_id": text(&row, "toilet_id"), "find_source": if text(&row, "check_type") == "4" { "3" } else { "5" },
            "find_date": day, "finder": text(&row, "checkers"), "problem_item": [problem_of(item)], "usable": "2",
            "problem_desc": format!("检查项“{label}”不合格：{}", text(new, "item_note")),
            "severity": if unusable { "2" } else { "1" }, "rectify_class": "1", "rectify_measure": ["1"],
            "duty_unit": "待乡镇确认", "duty_person": "待乡镇确认", "duty_phone": "待乡镇确认", "deadline": deadline,
        });
        let d = records.dataset("toilet.problem")?.clone();
        let mut fields = problem.as_object().cloned().unwrap_or_default();
        // the township fills in who is to answer for it
        fields.remove("duty_phone");
        records.create(tx, &d, &fields, &engine()).await.map(drop)
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
