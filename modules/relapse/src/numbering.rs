//! Numbers of clues and cases: prefix and a serial of six digits (domain 01 §2.9, §2.13). Must not know who asks.

use base::{Error, RegionCode, Result};

/// XS + year and month + county.
pub fn clue_prefix(month: i32, village: &RegionCode) -> String {
    format!("XS{month:06}{}", &village.as_str()[..6])
}

/// JC + county + year.
pub fn case_prefix(year: i32, village: &RegionCode) -> String {
    format!("JC{}{year:04}", &village.as_str()[..6])
}

/// SQ + village + year.
pub fn auth_prefix(year: i32, village: &RegionCode) -> String {
    format!("SQ{}{year:04}", village.as_str())
}
/// HD + township + year.
pub fn check_prefix(year: i32, village: &RegionCode) -> String {
    format!("HD{}{year:04}", &village.as_str()[..9])
}
/// PY + village + year.
pub fn meeting_prefix(year: i32, village: &RegionCode) -> String {
    format!("PY{}{year:04}", village.as_str())
}

/// YJ + year and month + county (of a city or the province its own six digits).
pub fn feedback_prefix(year: i32, month: u32, place: &RegionCode) -> String {
    format!("YJ{year:04}{month:02}{}", &place.as_str()[..6])
}

/// The number after `last` under a prefix, with so many digits.
pub fn next(prefix: &str, last: Option<&str>, digits: usize) -> Result<String> {
    let serial = last.and_then(|l| l.strip_prefix(prefix)).and_then(|s| s.parse::<u32>().ok()).unwrap_or(0) + 1;
    if serial.to_string().len() > digits {
        return Err(Error::refused("relapse.numbers_used_up", "本期编号已用完，请联系省级管理员。"));
    }
    Ok(format!("{prefix}{serial:0digits$}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_each_other_within_their_prefix() {
        let v = RegionCode::parse("360121100201").unwrap();
        let p = clue_prefix(202_611, &v);
        assert_eq!(p, "XS202611360121");
        assert_eq!(next(&p, None, 6).unwrap(), "XS202611360121000001");
        assert_eq!(next(&p, Some("XS202611360121000099"), 6).unwrap(), "XS202611360121000100");
        assert_eq!(next(&case_prefix(2026, &v), Some("XS202611360121000099"), 6).unwrap(), "JC3601212026000001");
        assert_eq!(next(&auth_prefix(2026, &v), None, 4).unwrap(), "SQ36012110020120260001");
        assert_eq!(next(&check_prefix(2026, &v), Some("HD36012110020260009"), 4).unwrap(), "HD36012110020260010");
        assert_eq!(next(&p, Some("XS202611360121999999"), 6).unwrap_err().code, "relapse.numbers_used_up");
    }
}
