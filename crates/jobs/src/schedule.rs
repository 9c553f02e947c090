//! When a schedule is next due: cron text (five fields) in Beijing time. Must not know SQL or the clock.

use base::{Error, Result};
use chrono::{DateTime, FixedOffset, Utc};

const BEIJING: i32 = 8 * 3600;

/// The first moment after `after` that the cron text names, read in Beijing time (no daylight saving).
pub fn next_after(cron: &str, after: DateTime<Utc>) -> Result<DateTime<Utc>> {
    let refuse = || Error::invalid("jobs.cron", "计划时间应为“分 时 日 月 周”五段，例如“30 2 * * 1”表示每周一 2:30。");
    let beijing = FixedOffset::east_opt(BEIJING).ok_or_else(refuse)?;
    let parsed: croner::Cron = cron.parse().map_err(|e| refuse().because(e))?;
    let next = parsed.find_next_occurrence(&after.with_timezone(&beijing), false).map_err(|e| refuse().because(e))?;
    Ok(next.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_beijing() {
        let at = |s: &str| s.parse::<DateTime<Utc>>().unwrap();
        for (cron, after, next) in [
            ("30 2 * * 1", "2026-11-24T00:00:00Z", "2026-11-29T18:30:00Z"),
            ("0 0 1 * *", "2026-11-24T00:00:00Z", "2026-11-30T16:00:00Z"),
            ("*/5 * * * *", "2026-11-24T00:00:00Z", "2026-11-24T00:05:00Z"),
        ] {
            assert_eq!(next_after(cron, at(after)).unwrap(), at(next), "{cron}");
        }
    }

    #[test]
    fn nonsense_is_refused_with_an_example() {
        for bad in ["", "每天", "99 * * * *"] {
            assert_eq!(next_after(bad, Utc::now()).unwrap_err().code, "jobs.cron", "{bad}");
        }
    }
}
