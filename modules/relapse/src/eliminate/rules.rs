//! The seven conditions of an elimination (domain 01 §4.4). No IO and no clock.

use chrono::{Months, NaiveDate};

/// What is known when somebody applies.
#[derive(Clone, Debug)]
pub struct Facts {
    /// C25: 01 by help, 02 by nature.
    pub way: String,
    pub identified: NaiveDate,
    pub today: NaiveDate,
    /// 整户无劳动力.
    pub no_labor: bool,
    /// Risks of the case, in words.
    pub risks: Vec<String>,
    /// Risks for which an explanation is given.
    pub explained: Vec<String>,
    /// Risks for which an implemented measure is named.
    pub measured: Vec<String>,
    pub ref_pc_fen: Option<i64>,
    pub line_fen: Option<i64>,
    pub stable_months: i64,
    pub expense_solved: bool,
    /// Any of the four: education, housing, medical care, water; none when nobody looked.
    pub insecure: Option<bool>,
    pub no_new_risk: bool,
    /// A paper of a natural elimination.
    pub evidence: bool,
    /// Months that must have passed, and months of stable income.
    pub least_months: i64,
    pub least_stable: i64,
}

/// Every condition that does not hold, in words.
pub fn unmet(f: &Facts) -> Vec<String> {
    let mut out = Vec::new();
    let lacking = |have: &[String]| f.risks.iter().filter(|r| !have.contains(r)).cloned().collect::<Vec<_>>().join("、");
    if f.way == "02" {
        if !f.evidence {
            out.push("自然消除须上传佐证（死亡、婚迁、整户迁出等材料）".into());
        }
        return out;
    }
    if f.no_labor {
        out.push("整户无劳动力的暂不标注风险消除，落实兜底保障后持续监测".into());
    }
    let due = f.identified.checked_add_months(Months::new(u32::try_from(f.least_months).unwrap_or(6)));
    if due.is_none_or(|d| f.today < d) {
        out.push(format!("识别满 {} 个月后才能申请（{} 识别）", f.least_months, f.identified));
    }
    let unexplained = lacking(&f.explained);
    if !unexplained.is_empty() {
        out.push(format!("“{unexplained}”没有填写已解决的依据"));
    }
    let unmeasured = lacking(&f.measured);
    if !unmeasured.is_empty() {
        out.push(format!("“{unmeasured}”没有对应的已落实帮扶措施"));
    }
    match (f.ref_pc_fen, f.line_fen) {
        (Some(pc), Some(line)) if pc > line => {}
        (Some(pc), Some(line)) => out.push(format!(
            "消除后人均参考收入 {} 元，没有高于当年监测范围 {} 元",
            base::money::to_grouped_text(pc),
            base::money::to_grouped_text(line)
        )),
        (None, _) => out.push("没有消除后的收入信息".into()),
        (_, None) => out.push("当年监测范围没有录入".into()),
    }
    if f.stable_months < f.least_stable {
        out.push(format!("收入稳定不足 {} 个月", f.least_stable));
    }
    if !f.expense_solved {
        out.push("大额刚性支出没有解决".into());
    }
    match f.insecure {
        Some(false) => {}
        Some(true) => out.push("三保障或饮水安全还有问题".into()),
        None => out.push("没有消除后的三保障和饮水安全核查".into()),
    }
    if !f.no_new_risk {
        out.push("有新增风险".into());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Facts {
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        Facts {
            way: "01".into(),
            identified: day(2026, 5, 26),
            today: day(2026, 11, 26),
            no_labor: false,
            risks: vec!["因病".into()],
            explained: vec!["因病".into()],
            measured: vec!["因病".into()],
            ref_pc_fen: Some(940_001),
            line_fen: Some(940_000),
            stable_months: 6,
            expense_solved: true,
            insecure: Some(false),
            no_new_risk: true,
            evidence: false,
            least_months: 6,
            least_stable: 6,
        }
    }

    #[test]
    fn each_condition_alone_holds_an_elimination_up() {
        assert_eq!(unmet(&good()), Vec::<String>::new());
        let day = |d| NaiveDate::from_ymd_opt(2026, 11, d).unwrap();
        for (f, word) in [
            (Facts { no_labor: true, ..good() }, "无劳动力"),
            (Facts { today: day(25), ..good() }, "满 6 个月"),
            (Facts { explained: vec![], ..good() }, "依据"),
            (Facts { measured: vec![], ..good() }, "帮扶措施"),
            (Facts { ref_pc_fen: Some(940_000), ..good() }, "没有高于"),
            (Facts { ref_pc_fen: None, ..good() }, "收入信息"),
            (Facts { line_fen: None, ..good() }, "监测范围"),
            (Facts { stable_months: 5, ..good() }, "稳定"),
            (Facts { expense_solved: false, ..good() }, "刚性支出"),
            (Facts { insecure: Some(true), ..good() }, "三保障"),
            (Facts { insecure: None, ..good() }, "三保障"),
            (Facts { no_new_risk: false, ..good() }, "新增风险"),
        ] {
            let said = unmet(&f);
            assert!(said.len() == 1 && said[0].contains(word), "{word}: {said:?}");
        }
    }

    #[test]
    fn a_natural_elimination_wants_its_paper_only() {
        let natural = Facts { way: "02".into(), today: good().identified, ref_pc_fen: None, ..good() };
        assert_eq!(unmet(&natural).len(), 1);
        assert_eq!(unmet(&Facts { evidence: true, ..natural }), Vec::<String>::new());
    }
}
