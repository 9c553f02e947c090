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

/// The number after `last` under a prefix.
pub fn next(prefix: &str, last: Option<&str>) -> Result<String> {
    let serial = last.and_then(|l| l.strip_prefix(prefix)).and_then(|s| s.parse::<u32>().ok()).unwrap_or(0) + 1;
    if serial > 999_999 {
        return Err(Error::refused("relapse.numbers_used_up", "该县本期编号已用完，请联系省级管理员。"));
    }
    Ok(format!("{prefix}{serial:06}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_each_other_within_their_prefix() {
        let v = RegionCode::parse("360121100201").unwrap();
        let p = clue_prefix(202_611, &v);
        assert_eq!(p, "XS202611360121");
        assert_eq!(next(&p, None).unwrap(), "XS202611360121000001");
        assert_eq!(next(&p, Some("XS202611360121000099")).unwrap(), "XS202611360121000100");
        assert_eq!(next(&case_prefix(2026, &v), Some("XS202611360121000099")).unwrap(), "JC3601212026000001");
        assert_eq!(next(&p, Some("XS202611360121999999")).unwrap_err().code, "relapse.numbers_used_up");
    }
}
