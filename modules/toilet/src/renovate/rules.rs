//! Notices, acceptors and samples of renovations (domain 02 A4.2). Pure.

use chrono::NaiveDate;

/// What a notice still lacks, in words.
pub fn publicity_lacks(start: Option<NaiveDate>, today: NaiveDate, days: i64) -> Option<String> {
    let Some(start) = start else { return Some("还没有填写公示日期。".into()) };
    let over = start + chrono::Days::new(u64::try_from(days).unwrap_or(0));
    (today < over).then(|| format!("公示不少于 {days} 日，{start} 开始的公示到 {over} 期满。"))
}

/// Whether a notice from one day to another is too short or not over yet.
pub fn notice_short(start: NaiveDate, end: NaiveDate, today: NaiveDate, days: i64) -> bool {
    (end - start).num_days() < days || end > today
}

/// People in a text that separates them by 、 or a comma.
pub fn people(text: &str) -> usize {
    text.split(['、', '，', ',', '；', ' ']).filter(|p| !p.trim().is_empty()).count()
}

/// Whether so many looked at are at least this share of those passed.
pub fn sampled_enough(passed: i64, sampled: i64, pct: i64) -> bool {
    sampled * 100 >= passed * pct
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_hangs_its_days() {
        let day = |s: &str| s.parse::<NaiveDate>().unwrap();
        assert!(publicity_lacks(Some(day("2026-11-01")), day("2026-11-11"), 10).is_none());
        assert!(publicity_lacks(Some(day("2026-11-01")), day("2026-11-10"), 10).is_some());
        assert!(publicity_lacks(None, day("2026-11-10"), 10).is_some());
        assert!(!notice_short(day("2026-11-01"), day("2026-11-11"), day("2026-11-11"), 10));
        assert!(notice_short(day("2026-11-01"), day("2026-11-10"), day("2026-11-20"), 10), "a day too few");
        assert!(notice_short(day("2026-11-01"), day("2026-11-12"), day("2026-11-11"), 10), "not over");
    }

    #[test]
    fn people_are_counted_and_a_tenth_is_a_tenth() {
        assert_eq!(people("张某、李某，王某"), 3);
        assert_eq!(people(" "), 0);
        assert!(sampled_enough(10, 1, 10) && !sampled_enough(11, 1, 10) && sampled_enough(1, 1, 10));
        assert!(!sampled_enough(1, 0, 10), "the first one is looked at");
    }
}
