//! What a decision on a line says and when it may be made. No IO and no clock.

use base::{Error, Result};
use chrono::{DateTime, NaiveDate, Utc};
use record::{Row, object};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

/// Lines of one request.
pub(super) const MOST: usize = 500;
const NOTE: usize = 200;

/// What somebody says of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    /// It is about this person.
    Same,
    /// It is about nobody who was offered.
    Nobody,
    /// Not now.
    Later,
}

/// A line as it stands, held.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub id: Uuid,
    pub region: String,
    pub row_version: i32,
    /// MATCH_STATE.
    pub state: String,
    pub decided_by: Option<Uuid>,
    pub decided_at: Option<DateTime<Utc>>,
    /// Whether nothing was made of the decision yet.
    pub open: bool,
    /// Who changed it last.
    pub by: String,
    /// What it said before, by field.
    pub old: Row,
}

/// Whom a line is linked to.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub person: Uuid,
    pub household: Uuid,
    pub confidence: f64,
}

/// Whether two numbers are those of different people. Of empty ones nothing is known.
pub(super) fn differs(written: &str, registered: &str) -> Option<bool> {
    let (a, b) = (base::idcard::look_up_form(written), base::idcard::look_up_form(registered));
    (!a.is_empty() && !b.is_empty()).then(|| a != b)
}

/// The birth that a number says, also where its check digit is wrong.
pub(super) fn birth_said(number: &str, today: NaiveDate) -> Option<NaiveDate> {
    base::idcard::parse(number, today).birth.filter(|b| *b <= today)
}

/// The reason, where one is needed or given.
pub(super) fn note(verdict: Verdict, text: &str) -> Result<Option<String>> {
    let text = text.trim();
    if text.chars().count() > NOTE {
        return Err(Error::invalid("relapse.note_long", format!("说明不能超过 {NOTE} 字，请缩短后再提交。")));
    }
    if text.is_empty() && verdict == Verdict::Later {
        return Err(Error::invalid("relapse.no_reason", "暂缓须写明原因，例如“待村里核实是否更名”。"));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

fn word(state: &str) -> &'static str {
    match state {
        "04" => "确认为台账中的一人",
        "07" => "不在册",
        _ => "不再待核",
    }
}

/// Whether a line may be decided on by somebody who looked at `version`.
pub(super) fn may_decide(line: &Held, version: i32) -> Result<()> {
    let by = if line.by.is_empty() { "其他人" } else { line.by.as_str() };
    if line.state != "06" {
        let when = line.decided_at.map(|t| format!("于 {} ", report::rules::local_text(t))).unwrap_or_default();
        let text =
            format!("这一行已由{by}{when}核定为“{}”，不用再核；看法不同的，请与核定人联系，由其撤销后重核。", word(&line.state));
        return Err(Error::conflict("relapse.decided_already", text));
    }
    if line.row_version != version {
        let text = format!("这一行刚由{by}改动过（例如暂缓），请看最新的内容后再核定。");
        return Err(Error::conflict("relapse.line_changed", text));
    }
    Ok(())
}

/// Whether a decision may be taken back by `actor`.
pub(super) fn may_undo(line: &Held, actor: Uuid) -> Result<()> {
    if !matches!(line.state.as_str(), "04" | "07") || line.decided_at.is_none() {
        return Err(Error::conflict("relapse.nothing_to_undo", "这一行没有可以撤销的核定，请刷新后查看。"));
    }
    if line.decided_by != Some(actor) {
        return Err(Error::forbidden(
            "relapse.not_your_decision",
            format!("这一行由{}核定，只能由其本人撤销，请与其联系。", line.by),
        ));
    }
    if !line.open {
        let text = "核定后的比对已经完成，不能撤销。认错了人的，请在生成的线索中按“信息有误”办结，并告知省级更正。";
        return Err(Error::conflict("relapse.used_already", text));
    }
    Ok(())
}

/// What is written for a verdict.
pub(super) fn values(verdict: Verdict, person: Option<&Person>, note: Option<&str>, by: Uuid, at: DateTime<Utc>) -> Row {
    let mut out = object(json!({ "decided_by": by, "decided_at": at.to_rfc3339(), "decide_note": note }));
    match (verdict, person) {
        (Verdict::Same, Some(p)) => out.extend(object(json!({
            "match_state": "04", "match_method": "10", "match_score": format!("{:.4}", p.confidence),
            "person_id": p.person, "household_id": p.household, "deferred": false,
        }))),
        (Verdict::Later, _) => drop(out.insert("deferred".into(), json!(true))),
        (Verdict::Same | Verdict::Nobody, _) => out.extend(object(json!({ "match_state": "07", "deferred": false }))),
    }
    out
}

/// What is written when a decision is taken back: the line as the batch left it, by its likeliest candidate.
pub(super) fn undone(method: &str, confidence: f64) -> Row {
    object(json!({
        "match_state": "06", "match_method": method, "match_score": format!("{confidence:.4}"), "person_id": null, "household_id": null,
        "decided_by": null, "decided_at": null, "decide_note": null, "deferred": false,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(state: &str) -> Held {
        let decided = state != "06";
        Held {
            id: Uuid::nil(),
            region: "360121000000".into(),
            row_version: 3,
            state: state.into(),
            decided_by: decided.then(|| Uuid::from_u128(7)),
            decided_at: decided.then(|| "2026-11-27T02:30:00Z".parse().unwrap()),
            open: true,
            by: "王某".into(),
            old: Row::new(),
        }
    }

    #[test]
    fn a_line_is_decided_once_by_who_saw_it_as_it_is() {
        assert!(may_decide(&held("06"), 3).is_ok());
        let e = may_decide(&held("06"), 2).unwrap_err();
        assert_eq!(e.code, "relapse.line_changed");
        let e = may_decide(&held("04"), 3).unwrap_err();
        assert_eq!(e.code, "relapse.decided_already");
        assert!(e.sentence.contains("王某于 2026-11-27 10:30 核定为“确认为台账中的一人”"), "{}", e.sentence);
    }

    #[test]
    fn only_who_decided_takes_it_back_and_only_while_nothing_was_made_of_it() {
        let me = Uuid::from_u128(7);
        assert!(may_undo(&held("07"), me).is_ok());
        assert_eq!(may_undo(&held("07"), Uuid::from_u128(8)).unwrap_err().code, "relapse.not_your_decision");
        assert_eq!(may_undo(&held("06"), me).unwrap_err().code, "relapse.nothing_to_undo");
        assert_eq!(may_undo(&Held { open: false, ..held("04") }, me).unwrap_err().code, "relapse.used_already");
        // linked by the batch as somebody had decided before: nobody decided on this line
        assert_eq!(may_undo(&Held { decided_at: None, ..held("04") }, me).unwrap_err().code, "relapse.nothing_to_undo");
    }

    #[test]
    fn numbers_are_held_against_each_other_as_people_have_them() {
        assert_eq!(differs("999901197001010017", "999901197001010017"), Some(false));
        assert_eq!(differs("99990119700101001743", "999901197001010017"), Some(false));
        assert_eq!(differs("999901197001010017", "999901197001010018"), Some(true));
        assert_eq!(differs("", "999901197001010018"), None);
        let today = "2026-11-27".parse().unwrap();
        assert_eq!(birth_said("999901197001010000", today), "1970-01-01".parse().ok());
        assert_eq!(birth_said("x", today), None);
    }

    #[test]
    fn to_put_a_line_off_needs_a_reason() {
        assert_eq!(note(Verdict::Later, " ").unwrap_err().code, "relapse.no_reason");
        assert_eq!(note(Verdict::Nobody, " ").unwrap(), None);
        assert_eq!(note(Verdict::Later, " 待核实 ").unwrap().as_deref(), Some("待核实"));
        assert_eq!(note(Verdict::Same, &"长".repeat(201)).unwrap_err().code, "relapse.note_long");
    }

    #[test]
    fn a_verdict_says_who_it_was_and_leaves_the_rest() {
        let at = "2026-11-27T02:30:00Z".parse().unwrap();
        let p = Person { person: Uuid::from_u128(1), household: Uuid::from_u128(2), confidence: 0.75 };
        let same = values(Verdict::Same, Some(&p), None, Uuid::from_u128(7), at);
        assert_eq!(
            (&same["match_state"], &same["match_method"], &same["match_score"]),
            (&json!("04"), &json!("10"), &json!("0.7500"))
        );
        let none = values(Verdict::Nobody, None, Some("外出户"), Uuid::from_u128(7), at);
        assert_eq!((&none["match_state"], none.get("person_id")), (&json!("07"), None));
        let later = values(Verdict::Later, None, Some("待核实"), Uuid::from_u128(7), at);
        assert_eq!((&later["deferred"], later.get("match_state")), (&json!(true), None));
        let back = undone("05", 0.75);
        assert_eq!((&back["match_state"], &back["person_id"]), (&json!("06"), &serde_json::Value::Null));
    }
}
