//! Days: ages, school years, months between, and strict reading of dates as people and sheets write them.
//! Must not read the clock: the day of reckoning is always an argument.

use crate::error::{Error, Result};
use crate::text::half_width;
use chrono::{Datelike, Days, Months, NaiveDate};

/// Completed years on `day` (周岁, the day itself counted); negative before birth. Born on 29 February: 1 March in other years.
pub fn age_on(birth: NaiveDate, day: NaiveDate) -> i32 {
    day.year() - birth.year() - i32::from((day.month(), day.day()) < (birth.month(), birth.day()))
}

/// First day (1 September) of the school year that `day` lies in.
pub fn school_year_start(day: NaiveDate) -> NaiveDate {
    let year = if day.month() >= 9 { day.year() } else { day.year() - 1 };
    NaiveDate::from_ymd_opt(year, 9, 1).unwrap_or(day)
}

/// Age by which schooling is judged: completed years on 1 September of the school year of `day`.
pub fn school_age_on(birth: NaiveDate, day: NaiveDate) -> i32 {
    age_on(birth, school_year_start(day))
}

/// Completed months from `from` to `to`, negative when `to` is earlier. 31 January to 28 February is one month.
pub fn months_between(from: NaiveDate, to: NaiveDate) -> i32 {
    if to < from {
        return -months_between(to, from);
    }
    let raw = (to.year() - from.year()) * 12 + to.month() as i32 - from.month() as i32;
    let reached = from.checked_add_months(Months::new(raw.unsigned_abs())).is_some_and(|d| d <= to);
    raw - i32::from(!reached)
}

fn refused() -> Error {
    Error::invalid("base.date", "日期应为实际存在的日子，请按 2026-01-31 的样式填写。")
}

/// Reads `2026-01-31`, `2026/1/31`, `2026.1.31`, `2026年1月31日`, `20260131`, full-width digits, and any of these followed by a
/// time of day (which is dropped). A day that does not exist is refused.
pub fn parse(text: &str) -> Result<NaiveDate> {
    let t = half_width(text);
    let day = match t.split_once(['T', ' ']) {
        Some((day, time)) if is_time(time.trim()) => day,
        Some(_) => return Err(refused()),
        None => t.as_str(),
    };
    let parts: Vec<&str> = if day.len() == 8 && day.bytes().all(|b| b.is_ascii_digit()) {
        vec![&day[..4], &day[4..6], &day[6..]]
    } else if let Some(day) = day.strip_suffix('日') {
        day.split(['年', '月']).collect()
    } else {
        let mark = day.chars().find(|c| matches!(c, '-' | '/' | '.')).ok_or_else(refused)?;
        day.split(mark).collect()
    };
    let [y, m, d] = parts.as_slice() else { return Err(refused()) };
    let number = |t: &str, len: std::ops::RangeInclusive<usize>| {
        (len.contains(&t.len()) && t.bytes().all(|b| b.is_ascii_digit())).then(|| t.parse::<u32>().ok()).flatten()
    };
    let (y, m, d) = (number(y, 4..=4), number(m, 1..=2), number(d, 1..=2));
    let (Some(y), Some(m), Some(d)) = (y, m, d) else { return Err(refused()) };
    let day = i32::try_from(y).ok().and_then(|y| NaiveDate::from_ymd_opt(y, m, d));
    day.filter(|d| d.year() >= 1800).ok_or_else(refused)
}

/// `0:00`, `00:00:00`, with fractions and zone as exporters write them.
fn is_time(text: &str) -> bool {
    let t = text.trim_end_matches('Z');
    let t = t.split_once('+').map_or(t, |(t, _)| t);
    ["%H:%M", "%H:%M:%S", "%H:%M:%S%.f"].iter().any(|f| chrono::NaiveTime::parse_from_str(t, f).is_ok())
}

/// The day of an Excel serial number (1900 system, with its missing 29 February 1900); none outside 1900-03-01…9999.
pub fn from_serial(serial: f64) -> Option<NaiveDate> {
    if !(61.0..2_958_466.0).contains(&serial) {
        return None;
    }
    NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_days(Days::new(serial as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    #[test]
    fn dates_are_read_in_their_usual_spellings() {
        for t in [
            "2026-01-31",
            "2026/1/31",
            "2026.1.31",
            "2026年1月31日",
            "20260131",
            "２０２６－０１－３１",
            " 2026-01-31 ",
            "2026-01-31 00:00:00",
            "2026-01-31T08:30:00Z",
            "2026/1/31 8:05",
        ] {
            assert_eq!(parse(t).ok(), Some(day(2026, 1, 31)), "{t}");
        }
        for t in [
            "2026-02-30",
            "2026-13-01",
            "2026-00-10",
            "2026-1",
            "26-01-31",
            "2026-01/31",
            "2026-01-31 abc",
            "",
            "今天",
            "2026-02-29",
            "20260230",
            "0001-01-01",
            "2026-+1-31",
            "2026年1月31",
            "31/01/2026",
        ] {
            assert_eq!(parse(t).map_err(|e| e.code).err().as_deref(), Some("base.date"), "{t}");
        }
        assert_eq!(parse("2024-02-29").ok(), Some(day(2024, 2, 29)));
        assert_eq!(from_serial(46053.0), Some(day(2026, 1, 31)));
        assert_eq!(from_serial(60.0), None);
    }

    #[test]
    fn ages_turn_on_the_birthday() {
        let b = day(2010, 9, 1);
        assert_eq!((age_on(b, day(2026, 8, 31)), age_on(b, day(2026, 9, 1))), (15, 16));
        assert_eq!((age_on(day(2004, 2, 29), day(2026, 2, 28)), age_on(day(2004, 2, 29), day(2026, 3, 1))), (21, 22));
        assert_eq!(school_year_start(day(2026, 8, 31)), day(2025, 9, 1));
        assert_eq!(school_year_start(day(2026, 9, 1)), day(2026, 9, 1));
        assert_eq!((school_age_on(b, day(2026, 8, 31)), school_age_on(b, day(2026, 11, 24))), (15, 16));
    }

    #[test]
    fn months_are_counted_when_they_are_full() {
        for (a, b, n) in [
            (day(2026, 1, 31), day(2026, 2, 28), 1),
            (day(2026, 1, 15), day(2026, 2, 14), 0),
            (day(2026, 1, 15), day(2026, 2, 15), 1),
            (day(2025, 11, 24), day(2026, 11, 24), 12),
            (day(2026, 2, 15), day(2026, 1, 15), -1),
        ] {
            assert_eq!(months_between(a, b), n, "{a} {b}");
        }
    }

    proptest! {
        #[test]
        fn every_day_is_read_back(n in 0u64..90_000, pattern in 0usize..5) {
            let d = day(1850, 1, 1) + Days::new(n);
            let f = ["%Y-%m-%d", "%Y/%-m/%-d", "%Y.%m.%d", "%Y年%-m月%-d日", "%Y%m%d"][pattern];
            prop_assert_eq!(parse(&d.format(f).to_string()).ok(), Some(d));
        }
        #[test]
        fn twelve_months_are_a_year(n in 0u64..60_000, more in 0u64..40_000) {
            let a = day(1900, 1, 1) + Days::new(n);
            let b = a + Days::new(more);
            if (a.month(), a.day()) != (2, 29) {
                prop_assert_eq!(months_between(a, b) / 12, age_on(a, b));
            }
        }
        #[test]
        fn any_text_is_read_without_panic(text in "\\PC{0,24}") {
            let _ = parse(&text);
        }
    }
}
