//! Numbers and times of problems (domain 02 A2.3, A4.3). Pure.

use chrono::{Months, NaiveDate};

/// A closed problem of the same toilet.
#[derive(Clone, Debug)]
pub struct Closed {
    pub id: uuid::Uuid,
    pub items: Vec<String>,
    pub on: NaiveDate,
}

/// The closed problem that has come back: a shared item, registered again within so many months of the closing.
pub fn relapsed<'a>(closed: &'a [Closed], items: &[String], found: NaiveDate, months: u32) -> Option<&'a Closed> {
    let within = |c: &&Closed| c.on.checked_add_months(Months::new(months)).is_some_and(|end| found <= end) && found >= c.on;
    closed.iter().filter(|c| c.items.iter().any(|i| items.contains(i))).filter(within).max_by_key(|c| c.on)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_item_within_a_year_has_come_back() {
        let day = |s: &str| s.parse::<NaiveDate>().unwrap();
        let items = |l: &[&str]| l.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        let closed = [Closed { id: uuid::Uuid::nil(), items: items(&["13", "44"]), on: day("2025-11-20") }];
        assert!(relapsed(&closed, &items(&["44"]), day("2026-11-20"), 12).is_some());
        assert!(relapsed(&closed, &items(&["44"]), day("2026-11-21"), 12).is_none(), "a day later it is a new one");
        assert!(relapsed(&closed, &items(&["15"]), day("2026-01-01"), 12).is_none());
        assert!(relapsed(&closed, &items(&["13"]), day("2025-11-01"), 12).is_none(), "before it was closed");
    }
}
