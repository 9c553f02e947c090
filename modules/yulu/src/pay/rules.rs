//! Decisions about a payment. No clock, no IO.

use chrono::NaiveDate;

/// A payment to be registered; money in fen.
pub(super) struct Payment {
    pub on: Option<NaiveDate>,
    pub today: NaiveDate,
    pub document: Option<NaiveDate>,
    pub standard: i64,
    pub actual: i64,
    pub reason: bool,
}

/// Why it may not be registered (domain 03 §1.6 YL-05, YL-06, YL-27).
pub(super) fn unpayable(p: &Payment) -> Vec<&'static str> {
    let mut out = vec![];
    match p.on {
        None => out.push("没有填写发放日期"),
        Some(d) if d > p.today => out.push("发放日期不能晚于今天"),
        Some(d) if p.document.is_some_and(|doc| d < doc) => out.push("发放日期早于批复文件的成文日期"),
        Some(_) => {}
    }
    if p.actual > p.standard {
        out.push("实补金额超过标准");
    }
    if p.actual < p.standard && !p.reason {
        out.push("实补金额少于应补，请填写差额原因");
    }
    out
}

/// Digits only, 12 to 19 of them (domain 03 §1.6 YL-23). Passbooks do not follow the Luhn sum, so it is not asked for.
pub(super) fn is_account(text: &str) -> bool {
    let account = base::phone::normalise_bank(text);
    (12..=19).contains(&account.len()) && account.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_paid_after_the_document_and_by_the_standard() {
        let d = |n: u32| NaiveDate::from_ymd_opt(2026, 11, n);
        let p = |on: Option<NaiveDate>, actual, reason| {
            unpayable(&Payment { on, today: d(20).unwrap(), document: d(10), standard: 150_000, actual, reason }).len()
        };
        assert_eq!(p(d(12), 150_000, false), 0);
        assert_eq!(p(d(9), 150_000, false), 1);
        assert_eq!(p(d(21), 150_000, false), 1);
        assert_eq!(p(d(12), 150_001, true), 1);
        assert_eq!(p(d(12), 100_000, false), 1);
        assert_eq!(p(d(12), 100_000, true), 0);
        assert_eq!(p(None, 150_000, false), 1);
    }

    #[test]
    fn an_account_is_twelve_to_nineteen_digits() {
        assert!(is_account("6217000000000001") && is_account("6217 0000 0000") && is_account("6217-0000-0000-0000-123"));
        assert!(
            !is_account("62170000000")
                && !is_account("62170000000000000000")
                && !is_account("6217O00000000001")
                && !is_account("")
        );
    }
}
