//! When guessing is stopped (domain/06 §7.3). Pure. A name that does not exist is treated exactly like one that does.

use chrono::{DateTime, Duration, NaiveDate, Utc};

/// Numbers of domain/06 §7.3.
#[derive(Clone, Debug)]
pub struct GuardLimits {
    pub account_fails: u32,
    pub account_window: Duration,
    pub account_lock: Duration,
    /// The so many-th lock of one day needs an administrator.
    pub admin_lock_at: u32,
    pub ip_fails: i64,
    pub ip_accounts: i64,
    pub ip_window: Duration,
    pub ip_lock: Duration,
    /// Addresses from which one account failed inside `account_window`.
    pub account_ips: i64,
    pub factor_fails: i32,
    /// First delay, from the third attempt on; doubles each time.
    pub delay_unit: std::time::Duration,
    pub delay_max: std::time::Duration,
}

impl Default for GuardLimits {
    fn default() -> Self {
        Self {
            account_fails: 5,
            account_window: Duration::minutes(15),
            account_lock: Duration::minutes(30),
            admin_lock_at: 2,
            ip_fails: 20,
            ip_accounts: 10,
            ip_window: Duration::minutes(10),
            ip_lock: Duration::hours(1),
            account_ips: 5,
            factor_fails: 5,
            delay_unit: std::time::Duration::from_secs(1),
            delay_max: std::time::Duration::from_secs(8),
        }
    }
}

/// The counters of one name that is tried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GuardRow {
    pub fail_count: u32,
    pub first_fail_at: Option<DateTime<Utc>>,
    pub locked_until: Option<DateTime<Utc>>,
    pub lock_day: Option<NaiveDate>,
    pub lock_count: u32,
    pub admin_only: bool,
    pub lock_reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// May try; the attempt of this number in the window.
    Open(u32),
    LockedUntil(DateTime<Utc>),
    /// Only an administrator can open it.
    AdminOnly,
}

impl GuardRow {
    /// Counts an attempt before it is looked at, so that attempts made at the same moment cannot share one count.
    pub fn begin_attempt(&mut self, limits: &GuardLimits, now: DateTime<Utc>) -> Standing {
        match self.standing(now) {
            Standing::Open(_) => {}
            closed => return closed,
        }
        if self.first_fail_at.is_none_or(|t| now - t >= limits.account_window) {
            self.fail_count = 0;
            self.first_fail_at = Some(now);
        }
        if self.fail_count >= limits.account_fails {
            // others are being looked at this very moment; whichever way they end, this one waits
            return Standing::LockedUntil(now + Duration::minutes(1));
        }
        self.fail_count += 1;
        Standing::Open(self.fail_count)
    }

    pub fn standing(&self, now: DateTime<Utc>) -> Standing {
        match (self.admin_only, self.locked_until) {
            (true, _) => Standing::AdminOnly,
            (_, Some(until)) if until > now => Standing::LockedUntil(until),
            _ => Standing::Open(self.fail_count),
        }
    }

    /// The attempt was wrong: locks at the limit, or at once when the account is tried from everywhere.
    pub fn failed(&mut self, limits: &GuardLimits, attempt: u32, from_ips: i64, now: DateTime<Utc>) -> Standing {
        let spread = from_ips >= limits.account_ips;
        if attempt < limits.account_fails && !spread {
            return self.standing(now);
        }
        self.lock(limits, if spread { "多个网络地址连续输错口令" } else { "连续输错口令" }, now);
        self.standing(now)
    }

    fn lock(&mut self, limits: &GuardLimits, reason: &str, now: DateTime<Utc>) {
        let today = crate::clock::local_day(now);
        self.lock_count = if self.lock_day == Some(today) { self.lock_count + 1 } else { 1 };
        self.lock_day = Some(today);
        self.locked_until = Some(now + limits.account_lock);
        self.admin_only = self.lock_count >= limits.admin_lock_at;
        self.lock_reason = reason.to_owned();
        self.fail_count = 0;
        self.first_fail_at = None;
    }

    /// The attempt was right. Locks of the day stay counted.
    pub fn passed(&mut self) {
        self.fail_count = 0;
        self.first_fail_at = None;
        self.locked_until = None;
    }
}

/// How long the answer to the attempt of this number is held back.
pub fn delay(limits: &GuardLimits, attempt: u32) -> std::time::Duration {
    match attempt.checked_sub(3) {
        None => std::time::Duration::ZERO,
        Some(n) => limits.delay_unit.saturating_mul(1 << n.min(10)).min(limits.delay_max),
    }
}

/// Why an address may not sign in for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flood {
    /// Too many failures from one address.
    BruteForce,
    /// Too many different accounts from one address.
    Stuffing,
}

impl Flood {
    pub fn name(self) -> &'static str {
        match self {
            Flood::BruteForce => "BRUTE_FORCE",
            Flood::Stuffing => "CREDENTIAL_STUFFING",
        }
    }
}

/// Looks at what failed from one address inside the window.
pub fn flood(limits: &GuardLimits, fails: i64, accounts: i64) -> Option<Flood> {
    if accounts >= limits.ip_accounts {
        Some(Flood::Stuffing)
    } else if fails >= limits.ip_fails {
        Some(Flood::BruteForce)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339("2026-03-02T01:00:00Z").unwrap().to_utc() + Duration::minutes(minute)
    }

    /// Fails `times` at one moment; where it stands after each.
    fn fail(row: &mut GuardRow, times: u32, now: DateTime<Utc>) -> Vec<Standing> {
        let limits = GuardLimits::default();
        (0..times)
            .map(|_| match row.begin_attempt(&limits, now) {
                Standing::Open(n) => row.failed(&limits, n, 1, now),
                closed => closed,
            })
            .collect()
    }

    #[test]
    fn five_failures_in_a_quarter_lock_for_half_an_hour() {
        let mut row = GuardRow::default();
        let seen = fail(&mut row, 6, at(0));
        assert_eq!(seen[..4], [Standing::Open(1), Standing::Open(2), Standing::Open(3), Standing::Open(4)]);
        assert_eq!(seen[4..], [Standing::LockedUntil(at(30)), Standing::LockedUntil(at(30))]);
        assert_eq!(row.standing(at(29)), Standing::LockedUntil(at(30)));
        assert_eq!(row.standing(at(30)), Standing::Open(0));
    }

    #[test]
    fn the_second_lock_of_a_day_waits_for_an_administrator_and_the_next_day_counts_anew() {
        let mut row = GuardRow::default();
        fail(&mut row, 5, at(0));
        fail(&mut row, 5, at(40));
        assert_eq!(row.standing(at(24 * 60)), Standing::AdminOnly);
        let mut row = GuardRow::default();
        fail(&mut row, 5, at(0));
        fail(&mut row, 5, at(24 * 60));
        assert_eq!(row.standing(at(24 * 60)), Standing::LockedUntil(at(24 * 60 + 30)));
    }

    #[test]
    fn failures_spread_over_more_than_a_quarter_do_not_add_up() {
        let mut row = GuardRow::default();
        fail(&mut row, 4, at(0));
        assert_eq!(fail(&mut row, 4, at(15)).last(), Some(&Standing::Open(4)));
        row.passed();
        assert_eq!(row.standing(at(16)), Standing::Open(0));
    }

    #[test]
    fn attempts_of_one_moment_do_not_share_a_count() {
        let (limits, mut row) = (GuardLimits::default(), GuardRow::default());
        let begun: Vec<_> = (0..7).map(|_| row.begin_attempt(&limits, at(0))).collect();
        assert_eq!(begun.iter().filter(|s| matches!(s, Standing::Open(_))).count(), 5);
    }

    #[test]
    fn one_account_from_five_addresses_is_locked_at_once() {
        let (limits, mut row) = (GuardLimits::default(), GuardRow::default());
        let Standing::Open(n) = row.begin_attempt(&limits, at(0)) else { panic!() };
        assert_eq!(row.failed(&limits, n, 4, at(0)), Standing::Open(1));
        assert!(matches!(row.failed(&limits, n, 5, at(0)), Standing::LockedUntil(_)));
    }

    #[test]
    fn floods_and_delays_follow_the_table() {
        let limits = GuardLimits::default();
        for (fails, accounts, want) in
            [(19, 9, None), (20, 1, Some(Flood::BruteForce)), (10, 10, Some(Flood::Stuffing)), (25, 12, Some(Flood::Stuffing))]
        {
            assert_eq!(flood(&limits, fails, accounts), want, "{fails} {accounts}");
        }
        let seconds: Vec<u64> = (1..=8).map(|n| delay(&limits, n).as_secs()).collect();
        assert_eq!(seconds, [0, 0, 1, 2, 4, 8, 8, 8]);
    }
}
