//! The one source of "now": rules and stores take moments as arguments. Must not know what they are used for.

use chrono::{DateTime, Duration, FixedOffset, NaiveDate, Utc};
use std::sync::Mutex;

/// Tells the time.
pub trait Clock: Send + Sync {
    fn now(&self) -> DateTime<Utc>;
}

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// A clock that stands still until it is moved; for tests.
pub struct ManualClock(Mutex<DateTime<Utc>>);

impl ManualClock {
    pub fn at(moment: DateTime<Utc>) -> Self {
        Self(Mutex::new(moment))
    }
    pub fn forward(&self, by: Duration) {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) += by;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// China's one zone, without summer time.
pub(crate) fn local(at: DateTime<Utc>) -> DateTime<FixedOffset> {
    at.with_timezone(&FixedOffset::east_opt(8 * 3600).expect("eight hours is an offset"))
}

/// The day by which "the same day" and dates of validity are meant.
pub(crate) fn local_day(at: DateTime<Utc>) -> NaiveDate {
    local(at).date_naive()
}
