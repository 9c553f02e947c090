//! How long a clue took and whether that was in time (domain 01 §4.1, §8 T04). No IO and no clock.

use base::Level;
use chrono::{DateTime, Utc};

/// States in which nothing is to be done any more.
pub fn is_closed(state: &str) -> bool {
    matches!(state, "79" | "80" | "90")
}

/// Where a clue that came singly goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Waits for the province's dispatch.
    Proposed,
    /// Waits for the county's dispatch.
    ProposedByCounty,
    /// Lies before the township.
    Received,
    /// Joined to the household's open clue (规则① 同一户多条线索合并核查).
    Joined,
    /// The household is monitored: its case follows it up (规则② 转跟踪).
    Followed,
}

impl Way {
    /// A department's clue waits at the level that entered it (10 待派发(省/县)); reports and finds lie before the township at
    /// once.
    pub fn of(line: &str, by: Level, open: bool, monitored: bool) -> Way {
        match (monitored, open, line, by) {
            (true, ..) => Way::Followed,
            (_, true, ..) => Way::Joined,
            (.., "01", Level::Province) => Way::Proposed,
            (.., "01", Level::County) => Way::ProposedByCounty,
            _ => Way::Received,
        }
    }
    /// State, level at which it lies, and result where it ends at once.
    pub fn entry(self) -> (&'static str, &'static str, Option<&'static str>) {
        match self {
            Way::Proposed => ("10", "1", None),
            Way::ProposedByCounty => ("10", "3", None),
            Way::Received => ("20", "4", None),
            Way::Joined => ("90", "4", Some("09")),
            Way::Followed => ("90", "5", Some("05")),
        }
    }
}

/// Whether the township still samples enough with this one: percent of what it passed this month.
pub fn sampled_enough(passed: i64, sampled: i64, this: bool, least_pct: i64) -> bool {
    (sampled + i64::from(this)) * 100 >= least_pct * (passed + 1)
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
    }

    #[test]
    fn a_clue_joins_follows_waits_or_lies_before_the_township() {
        for (line, by, open, monitored, want) in [
            ("01", Level::Province, false, false, Way::Proposed),
            ("01", Level::County, false, false, Way::ProposedByCounty),
            ("01", Level::Town, false, false, Way::Received),
            ("01", Level::County, true, false, Way::Joined),
            ("02", Level::Province, false, false, Way::Received),
            ("04", Level::County, false, false, Way::Received),
            ("03", Level::Village, true, false, Way::Joined),
            ("03", Level::Village, true, true, Way::Followed),
        ] {
            assert_eq!(Way::of(line, by, open, monitored), want, "{line} {by:?}");
        }
    }

    #[test]
    fn a_tenth_is_sampled_from_the_first_one_on() {
        for (passed, sampled, this, want) in
            [(0, 0, false, false), (0, 0, true, true), (9, 1, false, true), (10, 1, false, false), (10, 1, true, true)]
        {
            assert_eq!(sampled_enough(passed, sampled, this, 10), want, "{passed} {sampled} {this}");
        }
        assert!(sampled_enough(5, 0, false, 0));
    }
}
