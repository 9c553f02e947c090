//! Numbers of clues and cases: the prefix before the serial (domain 01 §2.9, §2.13). Must not know who asks.

use base::RegionCode;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_says_kind_place_and_time() {
        let v = RegionCode::parse("360121100201").unwrap();
        let p = clue_prefix(202_611, &v);
        assert_eq!(p, "XS202611360121");
        assert_eq!(case_prefix(2026, &v), "JC3601212026");
        assert_eq!(auth_prefix(2026, &v), "SQ3601211002012026");
        assert_eq!(check_prefix(2026, &v), "HD3601211002026");
        assert_eq!(meeting_prefix(2026, &v), "PY3601211002012026");
    }
}
