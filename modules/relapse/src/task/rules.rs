//! What a pack of tasks must say, and which work ends which part of it. No IO and no clock.

use base::{Error, FieldProblem, Result};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// 走访排查 and 入户核查.
const WORKS: [(&str, &str); 2] = [("01", "relapse.patrol"), ("02", "relapse.verify_form")];

/// The work that a saved row of a dataset is.
pub(super) fn work_of(dataset: &str) -> Option<&'static str> {
    WORKS.iter().find(|w| w.1 == dataset).map(|w| w.0)
}

/// What somebody confirmed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Ask {
    /// A kept query over households.
    pub query: Uuid,
    pub region: base::RegionCode,
    /// Households that were shown when it was confirmed.
    pub count: i64,
    pub name: String,
    /// PATROL_WORK.
    pub work: String,
    /// C71.
    pub focus_groups: Vec<String>,
    pub scope_note: String,
    pub start_date: NaiveDate,
    pub end_date: NaiveDate,
}

/// Holds what was asked against what a task may be.
pub(super) fn check(ask: &Ask, today: NaiveDate) -> Result<()> {
    let mut bad = Vec::new();
    let mut say = |field: &'static str, text: &str| bad.push(FieldProblem::new(field, "relapse.task_pack", text.to_owned()));
    if !(1..=60).contains(&ask.name.trim().chars().count()) {
        say("name", "请填写任务名称，不超过 60 字。");
    }
    if !WORKS.iter().any(|w| w.0 == ask.work) {
        say("work", "请选择任务类型：走访排查或入户核查。");
    }
    if ask.focus_groups.is_empty() {
        say("focus_groups", "请选择重点人群。");
    }
    if !(1..=200).contains(&ask.scope_note.trim().chars().count()) {
        say("scope_note", "请填写排查范围，不超过 200 字。");
    }
    if ask.end_date < ask.start_date {
        say("end_date", "结束日期不能早于开始日期。");
    } else if ask.end_date < today {
        say("end_date", "结束日期不能早于今天。");
    }
    match bad.first().map(|p: &FieldProblem| p.message.clone()) {
        None => Ok(()),
        Some(first) => Err(Error::invalid("relapse.task_pack", first).with_problems(bad)),
    }
}

/// The count that was confirmed must still be true.
pub(super) fn still(confirmed: i64, now: i64) -> Result<()> {
    if now == 0 {
        return Err(Error::refused("relapse.pack_empty", "没有符合条件的户，不能转任务，请调整条件。"));
    }
    if confirmed != now {
        let text = format!("符合条件的户数已由 {confirmed} 变为 {now}，没有转任务，请重新核对后确认。");
        return Err(Error::conflict("relapse.pack_count", text));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pack_says_what_when_and_who() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 27).unwrap();
        let good: Ask = serde_json::from_value(serde_json::json!({
            "query": Uuid::nil(), "region": "360121000000", "count": 3, "name": "冬季排查", "work": "01", "focus_groups": ["01"],
            "scope_note": "一般农户", "start_date": "2026-12-01", "end_date": "2026-12-31",
        }))
        .unwrap();
        assert!(check(&good, today).is_ok());
        let bad = Ask { name: " ".into(), work: "03".into(), focus_groups: vec![], scope_note: String::new(), ..good.clone() };
        let bad = Ask { end_date: today, ..bad };
        let fields: Vec<String> = check(&bad, today).unwrap_err().problems.iter().map(|p| p.field.to_string()).collect();
        assert_eq!(fields, ["name", "work", "focus_groups", "scope_note", "end_date"]);
    }

    #[test]
    fn another_count_needs_another_confirmation() {
        assert!(still(3, 3).is_ok());
        assert_eq!(still(3, 4).unwrap_err().code, "relapse.pack_count");
        assert_eq!(still(0, 0).unwrap_err().code, "relapse.pack_empty");
        assert_eq!(work_of("relapse.verify_form"), Some("02"));
        assert_eq!(work_of("relapse.visit"), None);
    }
}
