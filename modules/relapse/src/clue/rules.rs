//! How long a clue took and whether that was in time (domain 01 §4.1, §8 T04). No IO and no clock.

use base::Level;
use chrono::{DateTime, Utc};

/// States in which nothing is to be done any more.
pub fn is_closed(state: &str) -> bool {
    matches!(state, "79" | "80" | "90")
}

/// Where a clue entered singly begins: the province's waits for dispatch, anybody else's lies before the township.
pub fn beginning(by: Level) -> (&'static str, &'static str) {
    if by == Level::Province { ("10", "1") } else { ("20", "4") }
}

/// Calendar days from the day of dispatch to the day it ended; the first day is not counted.
pub fn used_days(begun: DateTime<Utc>, ended: DateTime<Utc>) -> i64 {
    (flow::rules::day_of(ended) - flow::rules::day_of(begun)).num_days().max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_local_and_the_first_is_not_counted() {
        let at = |t: &str| DateTime::parse_from_rfc3339(t).unwrap().with_timezone(&Utc);
        for (a, b, want) in [
            ("2026-11-01T08:00:00+08:00", "2026-11-01T18:00:00+08:00", 0),
            ("2026-11-01T23:00:00+08:00", "2026-11-02T01:00:00+08:00", 1),
            ("2026-11-01T16:30:00Z", "2026-11-16T00:00:00+08:00", 14),
        ] {
            assert_eq!(used_days(at(a), at(b)), want, "{a} {b}");
        }
        assert_eq!(beginning(Level::Province), ("10", "1"));
        assert_eq!(beginning(Level::County), ("20", "4"));
    }
}
