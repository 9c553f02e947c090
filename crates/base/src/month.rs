//! Calendar months as YYYYMM. Source: domain 01 §7.3 (both written forms). Must not read the clock.

use crate::error::{Error, Result};
use crate::text::half_width;
use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Serialize};

/// One month of one year; on the wire and in tables the integer YYYYMM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i32", into = "i32")]
pub struct Month(i32);

fn refused() -> Error {
    Error::invalid("base.month", "月份应为 202511 或 2025年11月 的样式，请改正。")
}

impl Month {
    /// From YYYYMM; years 1900–2199.
    pub fn from_number(n: i32) -> Result<Month> {
        if (1900..2200).contains(&(n / 100)) && (1..=12).contains(&(n % 100)) { Ok(Month(n)) } else { Err(refused()) }
    }
    /// Reads `202511`, `2025年11月`, `2025-11`, `2025/11`, `2025.11`, full-width digits too.
    pub fn parse(text: &str) -> Result<Month> {
        let t = half_width(text);
        let whole = |t: &str| if t.bytes().all(|b| b.is_ascii_digit()) { t.parse::<i32>().ok() } else { None };
        let n = if t.len() == 6 && t.is_ascii() && !t.contains(['-', '/', '.']) {
            whole(&t)
        } else {
            let (y, m) = match t.strip_suffix('月') {
                Some(t) => t.split_once('年'),
                None => t.split_once(['-', '/', '.']),
            }
            .ok_or_else(refused)?;
            let fits = y.len() == 4 && (1..=2).contains(&m.len());
            whole(y).zip(whole(m)).filter(|_| fits).map(|(y, m)| if m > 12 { 0 } else { y * 100 + m })
        };
        Month::from_number(n.unwrap_or(0))
    }
    /// The month a day lies in.
    pub fn of(day: NaiveDate) -> Month {
        Month(day.year() * 100 + day.month() as i32)
    }
    /// YYYYMM.
    pub fn number(self) -> i32 {
        self.0
    }
    pub fn year(self) -> i32 {
        self.0 / 100
    }
    pub fn month(self) -> u32 {
        (self.0 % 100).unsigned_abs()
    }
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.year(), self.month(), 1).expect("a month has a first day")
    }
    pub fn last_day(self) -> NaiveDate {
        (self.first_day() + Months::new(1)).pred_opt().expect("a month of years up to 2199 has a last day")
    }
    /// So many months later, or earlier when negative; stays within the years allowed.
    pub fn plus(self, months: i32) -> Result<Month> {
        let n = self.year() * 12 + self.month() as i32 - 1 + months;
        Month::from_number(n.div_euclid(12) * 100 + n.rem_euclid(12) + 1)
    }
    /// How many months from `self` to `other`.
    pub fn until(self, other: Month) -> i32 {
        (other.year() - self.year()) * 12 + other.month() as i32 - self.month() as i32
    }
}

impl TryFrom<i32> for Month {
    type Error = Error;
    fn try_from(n: i32) -> Result<Month> {
        Month::from_number(n)
    }
}
impl From<Month> for i32 {
    fn from(m: Month) -> i32 {
        m.0
    }
}
/// `2025年11月`; with `{:#}` the compact `202511`.
impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if f.alternate() { write!(f, "{}", self.0) } else { write!(f, "{}年{}月", self.year(), self.month()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_written_forms_are_one_month() {
        for t in ["202511", "2025年11月", "2025-11", "２０２５１１", " 2025/11 "] {
            assert_eq!(Month::parse(t).unwrap().number(), 202511, "{t}");
        }
        assert_eq!(Month::parse("2025年1月").unwrap().number(), 202501);
        for t in ["", "202513", "202500", "2025", "20251", "2025年", "2025年13月", "25-11", "2025-111", "20-2511", "2025-+1"] {
            assert_eq!(Month::parse(t).unwrap_err().code, "base.month", "{t}");
        }
    }

    #[test]
    fn ends_of_months_are_known() {
        let m = Month::parse("202402").unwrap();
        assert_eq!(m.last_day().day(), 29);
        assert_eq!(m.plus(-2).unwrap().number(), 202312);
        assert_eq!((m.to_string(), format!("{m:#}")), ("2024年2月".to_owned(), "202402".to_owned()));
    }

    proptest! {
        #[test]
        fn forms_are_read_back_and_months_add_up(n in 0i32..3000, by in -500i32..500) {
            let m = Month::from_number((1900 + n / 12).min(2100) * 100 + n % 12 + 1).unwrap();
            prop_assert_eq!(Month::parse(&m.to_string()).unwrap(), m);
            prop_assert_eq!(Month::parse(&format!("{m:#}")).unwrap(), m);
            if let Ok(other) = m.plus(by) {
                prop_assert_eq!(m.until(other), by);
            }
        }
        #[test]
        fn any_text_is_read_without_panic(text in "\\PC{0,12}") {
            let _ = Month::parse(&text);
        }
    }
}
