//! Decisions about a verification. No clock, no IO.

use chrono::NaiveDate;

/// Fields that stand still once the row left the village, by state.
pub(crate) fn held(state: &str) -> &'static [&'static str] {
    const VILLAGE: &[&str] = &[
        "verify_result",
        "ineligible_reason",
        "school_name",
        "edu_stage",
        "study_form",
        "grade",
        "payee_name",
        "payee_id_no",
        "payee_rel",
        "bank_account",
    ];
    if matches!(state, "" | "10" | "20") { &[] } else { VILLAGE }
}

/// What a village gave.
pub(crate) struct Given<'a> {
    pub result: &'a str,
    pub reason: &'a str,
    pub method: bool,
    pub school: bool,
    pub roll_source: &'a str,
    pub applied: bool,
    pub proofs: i64,
    pub waivers: i64,
}

/// What is missing, in words (domain 03 §1.4 yl_verify, YL-16).
pub(crate) fn unmet(g: &Given<'_>) -> Vec<String> {
    let mut out: Vec<&str> = vec![];
    if g.result.is_empty() {
        out.push("没有填写核实结果");
    }
    if !g.method {
        out.push("没有填写核实方式");
    }
    if g.result == "1" && !g.school {
        out.push("没有填写就读学校和教育层次");
    }
    if g.result == "1" && (g.applied || matches!(g.roll_source, "4" | "6")) && g.proofs == 0 {
        out.push("省外学籍和补录的学生要上传学籍或在校证明");
    }
    if g.result == "2" && g.reason == "10" && g.waivers == 0 {
        out.push("自愿放弃要上传放弃声明");
    }
    out.into_iter().map(str::to_owned).collect()
}

/// Why a notice has not hung long enough.
pub(crate) fn publicity(from: Option<NaiveDate>, to: Option<NaiveDate>, today: NaiveDate, least: i64) -> Option<String> {
    let (Some(from), Some(to)) = (from, to) else { return Some("没有填写公示起止日期".into()) };
    let days = (to - from).num_days();
    if days < least {
        return Some(format!("公示 {days} 日，应不少于 {least} 日"));
    }
    (to > today).then(|| "公示期还没有满".into())
}

/// Why a student may not be passed.
pub(crate) fn ineligible(result: &str, stage: &str, form: &str, roll: &str) -> Vec<String> {
    let mut out: Vec<&str> = vec![];
    if result != "1" {
        out.push("核实结果不是“符合条件”");
    }
    if !crate::roll::rules::is_vocational(stage) {
        out.push("教育层次不在资助范围，只资助中、高等职业教育");
    }
    if form == "2" {
        out.push("非全日制不享受");
    }
    if matches!(roll, "4" | "6" | "7" | "8" | "9") {
        out.push("学籍已退学、毕业、结业、开除或注销");
    }
    out.into_iter().map(str::to_owned).collect()
}

/// Whether the document's and the money's states ask for this step. `doc` is the state of the listed document (YL_DOC_STATE),
/// `pay` that of the money (YL_PAY_STATUS).
pub(crate) fn follows(transition: &str, doc: Option<&str>, pay: Option<&str>) -> bool {
    match transition {
        "approved" => doc == Some("20"),
        "unapproved" => doc == Some("80"),
        "paid" => pay == Some("2"),
        "failed" => pay == Some("3"),
        "corrected" => pay == Some("1"),
        "given_up" => pay == Some("5"),
        "reclaimed" => pay == Some("4"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given() -> Given<'static> {
        Given { result: "1", reason: "", method: true, school: true, roll_source: "1", applied: false, proofs: 0, waivers: 0 }
    }

    #[test]
    fn a_student_without_a_roll_of_this_province_brings_a_proof() {
        assert!(unmet(&given()).is_empty());
        assert_eq!(unmet(&Given { roll_source: "4", ..given() }).len(), 1);
        assert!(unmet(&Given { roll_source: "4", proofs: 1, ..given() }).is_empty());
        assert_eq!(unmet(&Given { result: "2", reason: "10", ..given() }).len(), 1);
        assert_eq!(unmet(&Given { result: "", method: false, ..given() }).len(), 2);
    }

    #[test]
    fn a_notice_hangs_its_days_to_the_end() {
        let d = |n: u32| NaiveDate::from_ymd_opt(2026, 11, n);
        let today = d(20).unwrap();
        assert!(publicity(d(1), d(8), today, 7).is_none());
        assert!(publicity(d(1), d(7), today, 7).is_some());
        assert!(publicity(d(15), d(22), today, 7).is_some(), "it still hangs");
        assert!(publicity(None, d(8), today, 7).is_some());
    }

    #[test]
    fn only_full_time_vocational_students_with_a_living_roll_are_passed() {
        assert!(ineligible("1", "11", "1", "1").is_empty());
        assert!(ineligible("1", "21", "1", "2").is_empty());
        for (result, stage, form, roll) in
            [("2", "11", "1", "1"), ("1", "90", "1", "1"), ("1", "91", "1", "1"), ("1", "11", "2", "1"), ("1", "11", "1", "4")]
        {
            assert_eq!(ineligible(result, stage, form, roll).len(), 1);
        }
    }

    #[test]
    fn steps_that_follow_are_not_taken_by_hand() {
        assert!(
            follows("approved", Some("20"), None) && !follows("approved", Some("10"), None) && !follows("approved", None, None)
        );
        assert!(follows("failed", Some("20"), Some("3")) && !follows("paid", Some("20"), Some("3")));
    }
}
