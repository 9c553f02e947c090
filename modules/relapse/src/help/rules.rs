//! What a help plan has to hold, and where a measure begins (domain 01 §2.10, §3.4). No IO and no clock.

use chrono::NaiveDate;

/// Classes of measures (C26) that fit a risk (C21): the matrix behind §3.4. Empty where it names none.
pub fn fitting(risk: &str) -> &'static [&'static str] {
    match risk {
        "01" => &["05", "11"],
        "02" => &["06", "07", "11"],
        "03" => &["08", "11"],
        "09" => &["09", "12"],
        "10" => &["10"],
        "11" => &["06"],
        _ => &[],
    }
}

/// One line of a plan.
#[derive(Clone, Debug)]
pub struct Target {
    pub risk: String,
    pub category: String,
    pub due: Option<NaiveDate>,
}

/// What is known of a plan when it is handed in.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Risks of the case (C21).
    pub risks: Vec<String>,
    pub targets: Vec<Target>,
    pub planned: Option<NaiveDate>,
    pub signed: bool,
    /// The case is still watched.
    pub open: bool,
}

/// Everything a plan lacks, in words; `label` and `class` name a risk and a class.
pub fn lacking(p: &Plan, label: impl Fn(&str) -> String, class: impl Fn(&str) -> String) -> Vec<String> {
    let mut out = Vec::new();
    if !p.open {
        out.push("监测档案已消除、撤销或终止，不再制定帮扶计划".to_owned());
    }
    for risk in &p.risks {
        let lines: Vec<&Target> = p.targets.iter().filter(|t| &t.risk == risk).collect();
        let fit = fitting(risk);
        if lines.is_empty() {
            out.push(format!("风险“{}”还没有措施，请在“帮扶计划目标”中至少登记一条", label(risk)));
        } else if !fit.is_empty() && !lines.iter().any(|t| fit.contains(&t.category.as_str())) {
            let names = fit.iter().map(|c| class(c)).collect::<Vec<_>>().join("、");
            out.push(format!("风险“{}”的措施与风险不对应，至少要有一条属于：{names}", label(risk)));
        }
    }
    if let Some(day) = p.planned
        && p.targets.iter().any(|t| t.due.is_some_and(|d| d < day))
    {
        out.push(format!("有措施的完成时限早于制定日期 {day}"));
    }
    if !p.signed {
        out.push("没有户签字，请上传农户签字的帮扶计划".into());
    }
    out
}

/// The state (C28) a measure begins in by its dates: implemented, carried out, planned.
pub fn begins(start: Option<NaiveDate>, landed: Option<NaiveDate>, today: NaiveDate) -> &'static str {
    match (start, landed) {
        (_, Some(_)) => "03",
        (Some(s), None) if s <= today => "02",
        _ => "01",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, d).unwrap()
    }
    fn line(risk: &str, category: &str) -> Target {
        Target { risk: risk.into(), category: category.into(), due: Some(day(30)) }
    }
    fn good() -> Plan {
        Plan {
            risks: vec!["01".into(), "06".into()],
            targets: vec![line("01", "05"), line("06", "01")],
            planned: Some(day(26)),
            signed: true,
            open: true,
        }
    }
    fn said(p: &Plan) -> Vec<String> {
        lacking(p, str::to_owned, str::to_owned)
    }

    #[test]
    fn each_thing_a_plan_lacks_is_named() {
        assert_eq!(said(&good()), Vec::<String>::new());
        for (p, word) in [
            (Plan { targets: vec![line("01", "05")], ..good() }, "还没有措施"),
            (Plan { targets: vec![line("01", "01"), line("06", "01")], ..good() }, "不对应"),
            (Plan { planned: NaiveDate::from_ymd_opt(2026, 12, 1), ..good() }, "早于制定日期"),
            (Plan { signed: false, ..good() }, "户签字"),
            (Plan { open: false, ..good() }, "不再制定"),
        ] {
            let said = said(&p);
            assert!(said.len() == 1 && said[0].contains(word), "{word}: {said:?}");
        }
    }

    #[test]
    fn a_fitting_line_among_others_is_enough() {
        let p = Plan { targets: vec![line("01", "01"), line("01", "11"), line("06", "02")], ..good() };
        assert_eq!(said(&p), Vec::<String>::new());
    }

    #[test]
    fn a_measure_begins_where_its_dates_say() {
        assert_eq!(begins(Some(day(27)), None, day(26)), "01");
        assert_eq!(begins(Some(day(26)), None, day(26)), "02");
        assert_eq!(begins(Some(day(20)), Some(day(25)), day(26)), "03");
        assert_eq!(begins(None, None, day(26)), "01");
    }
}
