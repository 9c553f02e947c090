//! How long a report holds (domain 01 §2.16). No IO and no clock.

use chrono::{Months, NaiveDate};

/// The last day of a report.
pub fn valid_to(reported: NaiveDate, months: i64) -> Option<NaiveDate> {
    reported.checked_add_months(Months::new(u32::try_from(months).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_holds_for_months_of_the_calendar() {
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        assert_eq!(valid_to(day(2026, 11, 30), 3), Some(day(2027, 2, 28)));
        assert_eq!(valid_to(day(2026, 11, 26), -1), None);
    }
}
