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
/// has become.
pub(super) fn told(accepted: bool, clue: Option<&str>) -> (&'static str, &'static str) {
    match (accepted, clue) {
        (_, Some("79")) => ("已纳入监测", "您家已纳入防返贫监测，村干部会上门落实帮扶措施。"),
        (_, Some("80")) => ("不予纳入", "经核实暂不符合纳入条件，村干部会上门说明原因；有异议可向乡镇提出重新核查。"),
        (_, Some("90")) => ("已办结", "这次申报已并入其他申报或已关闭，详情请咨询村委会。"),
        (_, Some("60" | "61" | "62")) => ("村级评议公示中", "村里正在评议和公示，结果会及时告知您。"),
        (_, Some("70" | "71" | "72")) => ("乡镇和县审核中", "正在审核，结果会及时告知您。"),
        (_, Some("40" | "50")) => ("核实中", "入户核查已完成，正在核对家庭经济状况。"),
        (_, Some(_)) => ("待入户核查", "村干部会在几个工作日内上门核查，请保持电话畅通。"),
        (true, None) => ("已受理", "乡镇已受理，正在安排入户核查。"),
        (false, None) => ("待受理", "乡镇会在 2 个工作日内受理。"),
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
        assert_eq!(told(false, None).0, "待受理");
        assert_eq!(told(true, None).0, "已受理");
        assert_eq!(told(true, Some("30")).0, "待入户核查");
        assert_eq!(told(true, Some("79")).0, "已纳入监测");
    }
}
