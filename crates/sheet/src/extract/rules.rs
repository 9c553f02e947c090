//! What a template may say, and which refusals end it. No IO and no clock.

use super::NewTemplate;
use base::{Error, FieldProblem, Kind};
use chrono::{DateTime, NaiveDate, Utc};
use meta::Dataset;

/// Days until a file goes (domain 05 §12.3: 72 hours).
pub const KEEP_DAYS: i32 = 3;
/// A schedule may be due once an hour at most: each run is a file.
const LEAST_SECONDS: i64 = 3600;

pub(super) fn problem(field: &str, text: &str) -> FieldProblem {
    FieldProblem::new(field.to_owned(), "sheet.template", text.to_owned())
}

/// Everything that is wrong with what somebody wants to take out, but for what only the records know.
pub(super) fn problems(new: &NewTemplate, today: NaiveDate) -> Vec<FieldProblem> {
    let mut bad = Vec::new();
    if !(1..=60).contains(&new.name.trim().chars().count()) {
        bad.push(problem("name", "请填写模板名称，不超过 60 字。"));
    }
    if new.keep_days.is_some_and(|n| !(1..=90).contains(&n)) {
        bad.push(problem("keep_days", "文件保留天数应为 1 到 90 天。"));
    }
    if new.valid_to.is_some_and(|d| d < today) {
        bad.push(problem("valid_to", "有效期不能早于今天。"));
    }
    let cron = new.cron.trim();
    if !cron.is_empty() {
        let start = today.and_time(chrono::NaiveTime::MIN).and_utc();
        match too_often(cron, start) {
            Err(e) => bad.push(problem("cron", &e.sentence)),
            Ok(true) => bad.push(problem("cron", "提取时间过密，最多每小时一次，请改为每天、每周或每月。")),
            Ok(false) => {}
        }
    }
    bad
}

/// Whether two of the next moments of a cron text lie closer than an hour.
fn too_often(cron: &str, from: DateTime<Utc>) -> Result<bool, Error> {
    let mut last = jobs::next_after(cron, from)?;
    for _ in 0..48 {
        let next = jobs::next_after(cron, last)?;
        if (next - last).num_seconds() < LEAST_SECONDS {
            return Ok(true);
        }
        last = next;
    }
    Ok(false)
}

pub(super) fn unknown_columns(d: &Dataset, columns: &[String]) -> Vec<FieldProblem> {
    let unknown = columns.iter().filter(|c| d.field(c).is_none());
    unknown
        .map(|c| problem("columns", &format!("“{}”没有字段“{}”，请重新选择导出列。", d.title, meta::value::printable(c))))
        .collect()
}

/// Why a template stops for good: the owner may no longer ask for this, or what it asks for is no longer there. None: another run
/// may do better.
pub(super) fn stops(e: &Error) -> Option<String> {
    let lost = matches!(e.kind, Kind::Forbidden | Kind::NotFound | Kind::Unauthenticated | Kind::Invalid | Kind::Refused);
    lost.then(|| format!("模板已停用：{}改正后可重新启用。", e.sentence))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(name: &str, cron: &str) -> NewTemplate {
        serde_json::from_value(serde_json::json!({"name": name, "query_id": uuid::Uuid::nil(), "cron": cron})).unwrap()
    }

    #[test]
    fn a_template_says_when_and_not_too_often() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 27).unwrap();
        for (cron, says) in [
            ("", ""),
            ("30 2 * * *", ""),
            ("0 8 1 * *", ""),
            ("0 * * * *", ""),
            ("*/5 * * * *", "过密"),
            ("0,30 8 * * *", "过密"),
            ("每天", "五段"),
        ] {
            let bad = problems(&new("低保户", cron), today);
            match says {
                "" => assert!(bad.is_empty(), "{cron}: {bad:?}"),
                says => assert!(bad.len() == 1 && bad[0].message.contains(says), "{cron}: {bad:?}"),
            }
        }
        let worst = NewTemplate { keep_days: Some(0), valid_to: today.pred_opt(), ..new(" ", "") };
        assert_eq!(
            problems(&worst, today).iter().map(|p| p.field.as_str()).collect::<Vec<_>>(),
            ["name", "keep_days", "valid_to"]
        );
    }

    #[test]
    fn lost_rights_stop_a_template_and_a_full_disk_does_not() {
        let lost = stops(&Error::forbidden("record.not_allowed", "您当前的岗位不能导出“农户”。"));
        assert_eq!(lost.as_deref(), Some("模板已停用：您当前的岗位不能导出“农户”。改正后可重新启用。"));
        assert!(stops(&Error::not_found("record.no_query", "没有这个已存查询。")).is_some());
        assert!(stops(&Error::unavailable("files.store", "文件存储暂时不可用。")).is_none());
        assert!(stops(&Error::internal("x")).is_none());
    }
}
