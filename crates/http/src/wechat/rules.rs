//! Whether somebody is told about waiting work now, and in which words.

use chrono::{DateTime, Duration, FixedOffset, Timelike, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What waits for one person over all their posts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    pub count: i64,
    pub overdue: i64,
    /// The nearest deadline still ahead or the latest missed.
    pub due: Option<DateTime<Utc>>,
}

/// Shortest time between two messages to one person: a message is a consent, and nobody reads one an hour.
const APART: Duration = Duration::hours(2);
/// What is overdue is recalled once a day though nothing new came.
const RECALL: Duration = Duration::hours(20);

fn beijing(at: DateTime<Utc>) -> DateTime<FixedOffset> {
    const EAST: FixedOffset = FixedOffset::east_opt(8 * 3600).expect("eight hours");
    at.with_timezone(&EAST)
}

/// More waits than was told, or something is overdue and a day has passed; in the hours of the day only.
pub fn tell(w: Waiting, told_at: Option<DateTime<Utc>>, told_count: i64, hours: (u32, u32), now: DateTime<Utc>) -> bool {
    let since = told_at.map(|at| now - at);
    let more = w.count > told_count && since.is_none_or(|s| s >= APART);
    let recall = w.overdue > 0 && since.is_none_or(|s| s >= RECALL);
    (hours.0..hours.1).contains(&beijing(now).hour()) && w.count > 0 && (more || recall)
}

/// The fields of the template: counts, a day and one sentence; nothing about any household.
pub fn words(fields: &[String; 4], w: Waiting) -> BTreeMap<String, String> {
    let due = w.due.map_or_else(|| "尽快办理".to_owned(), |d| beijing(d).format("%Y-%m-%d").to_string());
    let say = if w.overdue > 0 { "有待办已超期，请尽快办理" } else { "请打开小程序查看待办" };
    let texts = [w.count.to_string(), w.overdue.to_string(), due, say.to_owned()];
    fields.iter().cloned().zip(texts).collect()
}

/// What a run of reminders came to.
#[derive(Debug, Default)]
pub struct Tally {
    sent: u32,
    not_wanted: u32,
    unknown: u32,
    /// Failures by their code.
    failed: BTreeMap<String, u32>,
    /// People not looked at because the platform does not answer.
    pub left: usize,
    /// Attempts in a row to which the platform was silent or out of order.
    silent: u32,
}

/// So many silent attempts in a row end a run: each costs its person a consent or the run a time limit. The next run begins with
/// those who were not tried.
const GIVE_UP: u32 = 5;

impl Tally {
    pub fn sent(&mut self) {
        (self.sent, self.silent) = (self.sent + 1, 0);
    }
    pub fn not_wanted(&mut self) {
        (self.not_wanted, self.silent) = (self.not_wanted + 1, 0);
    }
    pub fn unknown(&mut self) {
        (self.unknown, self.silent) = (self.unknown + 1, self.silent + 1);
    }
    /// `everybodys`: the failure is the platform's or the configuration's, not this person's.
    pub fn failed(&mut self, code: &str, everybodys: bool) {
        *self.failed.entry(code.to_owned()).or_default() += 1;
        self.silent = if everybodys { self.silent + 1 } else { 0 };
    }
    pub fn hopeless(&self) -> bool {
        self.silent >= GIVE_UP
    }
    pub fn sentence(&self) -> String {
        let mut out = format!("已发送 {} 条待办提醒", self.sent);
        for (n, text) in [
            (self.not_wanted as usize, "人未同意或已用完次数"),
            (self.unknown as usize, "条结果不明（不再重发）"),
            (self.failed.values().map(|n| *n as usize).sum(), "人发送失败"),
            (self.left, "人因微信平台没有应答留待下次"),
        ] {
            if n > 0 {
                out += &format!("，{n} {text}");
            }
        }
        out + "。"
    }
    pub fn facts(&self) -> Value {
        json!({"sent": self.sent, "not_wanted": self.not_wanted, "unknown": self.unknown, "failed": self.failed, "left": self.left})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    #[test]
    fn people_are_told_of_news_by_day_and_of_what_is_late_once_a_day() {
        let w = |count, overdue| Waiting { count, overdue, due: None };
        let noon = "2026-11-26T12:00:00+08:00";
        for (w, told, told_count, now, want) in [
            (w(1, 0), None, 0, noon, true),
            (w(0, 0), None, 0, noon, false),
            (w(1, 0), None, 0, "2026-11-26T22:00:00+08:00", false),
            (w(1, 0), None, 0, "2026-11-26T07:59:00+08:00", false),
            (w(3, 0), Some("2026-11-26T11:00:00+08:00"), 2, noon, false),
            (w(3, 0), Some("2026-11-26T10:00:00+08:00"), 2, noon, true),
            (w(2, 0), Some("2026-11-24T10:00:00+08:00"), 2, noon, false),
            (w(2, 1), Some("2026-11-25T17:00:00+08:00"), 2, noon, false),
            (w(2, 1), Some("2026-11-25T16:00:00+08:00"), 2, noon, true),
        ] {
            assert_eq!(tell(w, told.map(at), told_count, (8, 20), at(now)), want, "{w:?} {told:?} {told_count} {now}");
        }
    }

    #[test]
    fn one_persons_failure_goes_on_and_a_silent_platform_ends_the_run() {
        let mut t = Tally::default();
        for _ in 0..20 {
            t.failed("secure.broken", false);
        }
        assert!(!t.hopeless(), "failures of single people never end a run");
        for _ in 0..4 {
            t.unknown();
        }
        assert!(!t.hopeless());
        t.sent();
        for _ in 0..4 {
            t.failed("wechat.unreachable", true);
        }
        assert!(!t.hopeless(), "the count began anew with the answer");
        t.unknown();
        assert!(t.hopeless());
        t.left = 7;
        assert_eq!(
            t.sentence(),
            "已发送 1 条待办提醒，5 条结果不明（不再重发），24 人发送失败，7 人因微信平台没有应答留待下次。"
        );
        assert_eq!(
            t.facts(),
            json!({"sent": 1, "not_wanted": 0, "unknown": 5, "failed": {"secure.broken": 20, "wechat.unreachable": 4}, "left": 7})
        );
    }

    #[test]
    fn a_message_says_counts_and_a_day() {
        let fields = ["number1", "number2", "date3", "thing4"].map(str::to_owned);
        let w = Waiting { count: 5, overdue: 1, due: Some(at("2026-11-27T16:30:00Z")) };
        let m = words(&fields, w);
        assert_eq!((m["number1"].as_str(), m["number2"].as_str(), m["date3"].as_str()), ("5", "1", "2026-11-28"));
        assert!(m.values().all(|v| v.chars().count() <= 20));
    }
}
