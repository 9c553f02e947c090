//! Decisions of a flow: who may lead a row on, what has to be said with it, and when a step is due. No IO and no clock.

use crate::OPINION_MAX;
use base::{Actor, Error, FieldProblem, Result};
use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveTime, TimeZone, Utc, Weekday};
use meta::condition::is_filled;
use meta::flow::Limit;
use meta::{Dataset, Flow, Transition};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Days that are not as the plain week has them: true for a working day.
pub type Exceptions = BTreeMap<NaiveDate, bool>;

/// China has one time zone.
fn zone() -> FixedOffset {
    FixedOffset::east_opt(8 * 3600).expect("UTC+8 is a valid offset")
}

/// The local day of a moment.
pub fn day_of(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&zone()).date_naive()
}

pub fn is_working(day: NaiveDate, exceptions: &Exceptions) -> bool {
    exceptions.get(&day).copied().unwrap_or(!matches!(day.weekday(), Weekday::Sat | Weekday::Sun))
}

/// The last second of the last day: the day on which a step begins is not counted (民法典 第二百零一条).
pub fn due(start: DateTime<Utc>, days: u32, working: bool, exceptions: &Exceptions) -> DateTime<Utc> {
    let mut day = day_of(start);
    let mut left = days;
    while left > 0 {
        day = day + Days::new(1);
        if !working || is_working(day, exceptions) {
            left -= 1;
        }
    }
    let end = day.and_time(NaiveTime::from_hms_opt(23, 59, 59).expect("23:59:59 is a time"));
    zone().from_local_datetime(&end).single().expect("an offset without summer time has every moment once").with_timezone(&Utc)
}

/// Working days from a day to another: the first is not counted, the last is.
pub fn working_days(from: NaiveDate, to: NaiveDate, exceptions: &Exceptions) -> usize {
    from.iter_days().skip(1).take_while(|d| *d <= to).filter(|d| is_working(*d, exceptions)).count()
}

/// How far ahead a calendar has to be known to count so many working days: two weeks of holidays and every weekend.
pub fn horizon(start: DateTime<Utc>, days: u32) -> (NaiveDate, NaiveDate) {
    let from = day_of(start);
    (from, from + Days::new(u64::from(days) * 2 + 30))
}

/// The parameter key and the described number of days for this row: by the value of a field where the limit says so, with
/// the key then being `param_value`.
pub fn limit_of(limit: &Limit, row: &Map<String, Json>) -> (String, u32) {
    let by = limit.by.as_ref().and_then(|by| {
        let value = row.get(&by.field).and_then(Json::as_str)?;
        by.days.get(value).map(|days| (format!("{}_{value}", limit.param), *days))
    });
    by.unwrap_or_else(|| (limit.param.clone(), limit.days))
}

/// What holds in a region: its own value, else that of the nearest region above it.
pub fn nearest(set: &BTreeMap<String, i64>, region: &str) -> Option<i64> {
    [12, 9, 6, 4, 2].iter().find_map(|digits| set.get(&format!("{:0<12}", region.get(..*digits)?)).copied())
}

/// Whether a transition leaves this state; `*` stands for every state that is not closed.
pub fn leaves(flow: &Flow, t: &Transition, state: &str) -> bool {
    t.from.iter().any(|f| f == state || (f == "*" && flow.states.get(state).is_some_and(|s| !s.closed)))
}

/// Transitions open to this actor in a state.
pub fn open<'a>(flow: &'a Flow, state: &'a str, actor: &'a Actor) -> impl Iterator<Item = &'a Transition> {
    flow.transitions.iter().filter(move |t| leaves(flow, t, state) && t.allows(&actor.role, actor.level()))
}

/// May this actor take this step? `last` is who led the row into its present state.
pub fn may_act(flow: &Flow, t: &Transition, state: &str, state_label: &str, actor: &Actor, last: Option<Uuid>) -> Result<()> {
    if !t.allows(&actor.role, actor.level()) {
        return Err(Error::forbidden(
            "flow.not_allowed",
            format!("您当前的岗位不能办理“{}”，请切换到有权办理的岗位，或联系本级管理员。", t.label),
        ));
    }
    if !leaves(flow, t, state) {
        return Err(Error::conflict(
            "flow.wrong_state",
            format!("这条记录现在是“{state_label}”，不能“{}”。可能已由他人办理，请刷新后查看。", t.label),
        )
        .with("state", state));
    }
    if t.not_by_last && !actor.is_system() && last == Some(actor.user_id) {
        return Err(Error::refused(
            "flow.same_person",
            format!("上一步由您本人办理，“{}”应由另一人办理（发起与审核不得同一账号）。", t.label),
        ));
    }
    Ok(())
}

/// The opinion as it is kept: trimmed, at most [`OPINION_MAX`] characters, there when the step asks for one.
pub fn opinion<'a>(t: &Transition, text: &'a str) -> Result<&'a str> {
    let text = text.trim();
    let refuse = |code: &'static str, sentence: String| {
        Err(Error::refused(code, sentence.clone()).with_problems(vec![FieldProblem::new("opinion", code, sentence)]))
    };
    let n = text.chars().count();
    if n > OPINION_MAX {
        return refuse("flow.opinion_long", format!("意见最多 {OPINION_MAX} 字，现有 {n} 字，请精简。"));
    }
    if t.needs_opinion && text.is_empty() {
        return refuse("flow.opinion_needed", format!("请填写“{}”的意见。", t.label));
    }
    Ok(text)
}

/// Only what the step asks for may be filled in with it, and what it needs must be there: given now or before.
pub fn asked(t: &Transition, d: &Dataset, given: &Map<String, Json>, row: &Map<String, Json>) -> Vec<FieldProblem> {
    let label = |n: &str| d.field(n).map_or_else(|| n.to_owned(), |f| f.label.clone());
    let mut out: Vec<FieldProblem> = given
        .keys()
        .filter(|n| !t.asked_fields().any(|(a, _)| a == n.as_str()))
        .map(|n| {
            FieldProblem::new(
                n,
                "flow.not_asked",
                format!("“{}”时不能填写“{}”，请刷新页面后重试。", t.label, meta::value::printable(&label(n))),
            )
        })
        .collect();
    for (n, _) in t.asked_fields().filter(|(_, required)| *required) {
        if !given.get(n).or_else(|| row.get(n)).is_some_and(is_filled) {
            out.push(FieldProblem::new(n, "flow.field_needed", format!("“{}”时请填写“{}”。", t.label, label(n))));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::RegionCode;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
    }
    fn ended(start: &str, days: u32, working: bool, ex: &[(&str, bool)]) -> String {
        let ex = ex.iter().map(|(d, w)| (d.parse().unwrap(), *w)).collect();
        due(at(start), days, working, &ex).with_timezone(&zone()).to_rfc3339()
    }

    #[test]
    fn working_days_skip_weekends_and_holidays_and_count_shifted_saturdays() {
        // 2026-11-27 is a Friday
        for (start, days, working, ex, want) in [
            ("2026-11-24T09:00:00+08:00", 1, true, vec![], "2026-11-25T23:59:59+08:00"),
            ("2026-11-27T09:00:00+08:00", 1, true, vec![], "2026-11-30T23:59:59+08:00"),
            ("2026-11-27T09:00:00+08:00", 5, true, vec![], "2026-12-04T23:59:59+08:00"),
            ("2026-11-28T09:00:00+08:00", 1, true, vec![], "2026-11-30T23:59:59+08:00"),
            ("2026-11-27T09:00:00+08:00", 5, false, vec![], "2026-12-02T23:59:59+08:00"),
            ("2026-11-27T09:00:00+08:00", 0, true, vec![], "2026-11-27T23:59:59+08:00"),
            // a holiday on Monday, and a Saturday worked instead
            ("2026-11-27T09:00:00+08:00", 1, true, vec![("2026-11-30", false)], "2026-12-01T23:59:59+08:00"),
            ("2026-11-27T09:00:00+08:00", 1, true, vec![("2026-11-28", true)], "2026-11-28T23:59:59+08:00"),
            // National Day week of 2026: 1–7 October off
            (
                "2026-09-30T17:00:00+08:00",
                1,
                true,
                vec![
                    ("2026-10-01", false),
                    ("2026-10-02", false),
                    ("2026-10-05", false),
                    ("2026-10-06", false),
                    ("2026-10-07", false),
                ],
                "2026-10-08T23:59:59+08:00",
            ),
        ] {
            assert_eq!(ended(start, days, working, &ex), want, "{start} {days}");
        }
    }

    #[test]
    fn working_days_between_two_days_leave_out_the_first() {
        let day = |t: &str| t.parse::<NaiveDate>().unwrap();
        let holiday = Exceptions::from([(day("2026-11-30"), false)]);
        assert_eq!(working_days(day("2026-11-27"), day("2026-12-02"), &Exceptions::new()), 3);
        assert_eq!(working_days(day("2026-11-27"), day("2026-12-02"), &holiday), 2);
        assert_eq!(working_days(day("2026-11-27"), day("2026-11-27"), &holiday), 0);
        assert_eq!(working_days(day("2026-11-27"), day("2026-11-20"), &holiday), 0);
    }

    #[test]
    fn the_day_is_the_local_one() {
        // 16:30 UTC on the 24th is already the 25th in China
        assert_eq!(ended("2026-11-24T16:30:00Z", 1, true, &[]), "2026-11-26T23:59:59+08:00");
    }

    #[test]
    fn the_horizon_reaches_beyond_the_longest_holiday() {
        let (from, to) = horizon(at("2026-11-24T00:00:00Z"), 10);
        assert!((to - from).num_days() >= 50);
    }

    fn flow() -> Flow {
        toml::from_str(
            r#"
            id = "t.leave"
            title = "请假"
            dataset = "t.leave"
            field = "state"
            due_field = "due_at"
            initial = "10"
            [states.10]
            roles = ["A"]
            limit = { param = "t.days", days = 3, by = { field = "grade", days = { high = 1 } } }
            [states.20]
            [states.90]
            closed = true
            [[transition]]
            name = "submit"
            label = "提交"
            from = ["10"]
            to = "20"
            roles = ["A"]
            levels = ["village"]
            fields = ["days!", "note"]
            [[transition]]
            name = "approve"
            label = "批准"
            from = ["20"]
            to = "90"
            roles = ["A", "B"]
            not_by_last = true
            needs_opinion = true
            [[transition]]
            name = "withdraw"
            label = "撤回"
            from = ["*"]
            to = "10"
            roles = ["A"]
            "#,
        )
        .unwrap()
    }
    fn actor(role: &str, region: &str) -> Actor {
        Actor { role: role.into(), region: RegionCode::parse(region).unwrap(), user_id: Uuid::from_u128(7), ..Actor::system("x") }
    }
    fn code(t: &str, state: &str, who: &Actor, last: Option<Uuid>) -> String {
        let f = flow();
        match may_act(&f, f.transition(t).unwrap(), state, state, who, last) {
            Ok(()) => "ok".into(),
            Err(e) => e.code.into_owned(),
        }
    }

    #[test]
    fn role_level_state_and_person_decide_who_may_act() {
        let village = "360121100201";
        for (t, state, role, region, last, want) in [
            ("submit", "10", "A", village, None, "ok"),
            ("submit", "10", "B", village, None, "flow.not_allowed"),
            ("submit", "10", "A", "360121", None, "flow.not_allowed"),
            ("submit", "20", "A", village, None, "flow.wrong_state"),
            ("approve", "20", "B", "360121", Some(Uuid::from_u128(8)), "ok"),
            ("approve", "20", "B", "360121", Some(Uuid::from_u128(7)), "flow.same_person"),
            ("submit", "10", "SYSTEM", "36", None, "ok"),
            ("approve", "20", "SYSTEM", "36", Some(Uuid::from_u128(7)), "ok"),
            ("withdraw", "20", "A", village, None, "ok"),
            ("withdraw", "90", "A", village, None, "flow.wrong_state"),
        ] {
            assert_eq!(code(t, state, &actor(role, region), last), want, "{t} from {state} by {role} at {region}");
        }
        let f = flow();
        let who = actor("A", village);
        let names: Vec<&str> = open(&f, "20", &who).map(|t| t.name.as_str()).collect();
        assert_eq!(names, ["approve", "withdraw"]);
    }

    #[test]
    fn opinions_are_counted_in_characters() {
        let f = flow();
        let approve = f.transition("approve").unwrap();
        assert_eq!(opinion(approve, "  ").unwrap_err().code, "flow.opinion_needed");
        assert_eq!(opinion(approve, &"同".repeat(400)).unwrap().chars().count(), 400);
        assert_eq!(opinion(approve, &"同".repeat(401)).unwrap_err().code, "flow.opinion_long");
        assert_eq!(opinion(f.transition("submit").unwrap(), " 好 ").unwrap(), "好");
    }

    #[test]
    fn a_limit_follows_a_field_and_names_its_parameter() {
        let f = flow();
        let limit = f.states["10"].limit.as_ref().unwrap();
        let row = |g: &str| Map::from_iter([("grade".to_owned(), Json::from(g))]);
        assert_eq!(limit_of(limit, &row("high")), ("t.days_high".into(), 1));
        assert_eq!(limit_of(limit, &row("low")), ("t.days".into(), 3));
        assert_eq!(limit_of(limit, &Map::new()), ("t.days".into(), 3));
    }

    #[test]
    fn the_nearest_region_above_decides() {
        let set = BTreeMap::from([("360000000000".to_owned(), 5), ("360121000000".to_owned(), 3)]);
        assert_eq!(nearest(&set, "360121100201"), Some(3));
        assert_eq!(nearest(&set, "360122100201"), Some(5));
        assert_eq!(nearest(&BTreeMap::new(), "360122100201"), None);
    }

    #[test]
    fn only_asked_fields_are_taken_and_needed_ones_insisted_on() {
        let f = flow();
        let submit = f.transition("submit").unwrap();
        let d: Dataset = toml::from_str(
            r#"
            id = "t.leave"
            title = "请假"
            region = "village"
            [fields]
            days = { label = "天数", kind = "int" }
            note = { label = "说明", kind = "text" }
            "#,
        )
        .unwrap();
        let row = |v: Json| v.as_object().cloned().unwrap();
        let codes = |given: Json, before: Json| -> Vec<String> {
            asked(submit, &d, &row(given), &row(before)).into_iter().map(|p| format!("{}:{}", p.field, p.code)).collect()
        };
        use serde_json::json;
        assert!(codes(json!({"days": 2}), json!({})).is_empty());
        assert!(codes(json!({"note": "x"}), json!({"days": 2})).is_empty());
        assert_eq!(codes(json!({}), json!({})), ["days:flow.field_needed"]);
        assert_eq!(codes(json!({"days": null}), json!({"days": 2})), ["days:flow.field_needed"]);
        assert_eq!(codes(json!({"days": 2, "state": "90"}), json!({})), ["state:flow.not_asked"]);
    }
}
