//! The receipt number and the words of each state of an application. Must not do I/O.

use chrono::NaiveDate;

/// Letters and digits that are not mistaken for each other on a screenshot or over the telephone.
const LETTERS: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";

/// `SB` + day + eight letters, e.g. `SB20261126K7MWX2PA`: 31^8 numbers a day, so that none is guessed.
pub(super) fn receipt(day: NaiveDate, random: [u8; 16]) -> String {
    let tail: String = random.iter().take(8).map(|b| LETTERS[usize::from(*b) % LETTERS.len()] as char).collect();
    format!("SB{}{tail}", day.format("%Y%m%d"))
}

/// Whether a text can be a receipt number at all.
pub(super) fn is_receipt(text: &str) -> bool {
    text.len() == 18 && text.starts_with("SB") && text.bytes().skip(2).all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
}

/// Where an application stands, as told to its household: title and what happens next. `clue` is the state of the clue it
/// has become or was joined to (C37), `case` that of the case made of it (C24).
pub(super) fn told(accepted: bool, clue: Option<&str>, case: Option<&str>) -> (&'static str, &'static str) {
    match (clue, case) {
        (_, Some("20")) => {
            ("监测中，正在核实风险消除", "您家仍是监测对象，村里正在评议和公示风险是否已经消除，有不同意见请及时反映。")
        }
        (_, Some("30")) => ("风险已消除", "经评议、公示和县级审定，您家的返贫致贫风险已经消除；再遇到困难可以再次申报。"),
        (_, Some("40" | "50")) => ("已不再监测", "您家已不再列入监测，原因请咨询村委会；再遇到困难可以再次申报。"),
        (Some("79"), _) => ("已纳入监测", "您家已纳入防返贫监测，村干部会上门落实帮扶措施。"),
        (Some("80"), _) => ("不予纳入", "经核实暂不符合纳入条件，村干部会上门说明原因；有异议可向乡镇提出重新核查。"),
        (Some("81"), _) => ("重新核查中", "您提出的异议已受理，乡镇正在重新核查。"),
        (Some("90"), _) => ("已办结", "这次申报已并入其他申报或已关闭，详情请咨询村委会。"),
        (Some("21"), _) => ("正在核对信息", "您填写的村或户信息还要核对，工作人员可能与您联系。"),
        (Some("30"), _) => ("待入户核查", "村干部会在几个工作日内上门核查，请保持电话畅通。"),
        (Some("31"), _) => ("补充核查中", "还有情况需要补充，村干部可能再次上门或来电。"),
        (Some("40"), _) => ("核查已完成", "入户核查已完成，乡镇正在复核。"),
        (Some("50"), _) => ("核对家庭经济状况", "正在核对家庭经济状况，全家人需要在授权书上签字。"),
        (Some("60"), _) => ("待村级评议", "村里将召开评议会，结果会公示。"),
        (Some("61"), _) => ("公示中", "评议结果正在村里公示，公示不少于 5 日。"),
        (Some("62"), _) => ("公示异议复核中", "公示期间有不同意见，乡镇正在核实，核实后重新评议。"),
        (Some("70"), _) => ("乡镇审核中", "公示已结束，乡镇正在审核。"),
        (Some("71" | "72"), _) => ("县级审定中", "县里正在审定，结果会及时告知您。"),
        _ if accepted => ("已受理", "乡镇已受理，正在安排入户核查。"),
        _ => ("待受理", "乡镇会在 2 个工作日内受理。"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_says_its_day_and_is_recognised() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 26).unwrap();
        let r = receipt(day, [0, 30, 31, 255, 7, 8, 9, 10, 1, 1, 1, 1, 1, 1, 1, 1]);
        assert_eq!(r, "SB202611262Z299ABC");
        assert!(is_receipt(&r));
        for bad in ["", "SB2026", "sb202611262Z299ABC", "SB202611262Z299AB;", "XX202611262Z299ABC"] {
            assert!(!is_receipt(bad), "{bad}");
        }
    }

    #[test]
    fn every_state_has_words() {
        assert_eq!(told(false, None, None).0, "待受理");
        assert_eq!(told(false, Some("20"), None).0, "待受理", "nobody took it on yet");
        assert_eq!(told(true, None, None).0, "已受理");
        let states = ["30", "31", "40", "50", "60", "61", "62", "70", "71", "79", "80", "81", "90", "21"];
        let said: std::collections::BTreeSet<&str> = states.iter().map(|s| told(true, Some(s), None).0).collect();
        assert_eq!(said.len(), states.len(), "each state its own words");
        assert!(!said.contains("已受理"));
        for (case, word) in [("10", "已纳入"), ("20", "消除"), ("30", "已消除"), ("50", "不再"), ("60", "已纳入")] {
            assert!(told(true, Some("79"), Some(case)).0.contains(word), "{case}");
        }
    }
}
