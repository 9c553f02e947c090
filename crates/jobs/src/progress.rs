//! Progress of a running job: set from anywhere (also blocking threads), written to the database by the worker's ticker.
//! Must not know SQL.

use base::{Error, Result};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

const GOING: u8 = 0;
const CANCELLED: u8 = 1;
const STOPPING: u8 = 2;
const LOST: u8 = 3;

/// Code of the error a handler returns when its owner cancelled it.
pub(crate) const CANCELLED_CODE: &str = "jobs.cancelled";
/// Code of the error a handler returns when the server is stopping.
pub(crate) const STOPPING_CODE: &str = "jobs.stopping";

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shown {
    pub pct: i16,
    pub step: String,
    pub eta_seconds: Option<i32>,
}

struct Inner {
    began: Instant,
    now: Mutex<(f64, String)>,
    stop: AtomicU8,
}

/// Handle given to a handler; cheap to clone.
#[derive(Clone)]
pub struct Progress(Arc<Inner>);

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

impl Progress {
    /// A handle that nobody writes down; workers make their own, callers outside a worker (tests, commands) use this.
    pub fn new() -> Self {
        Self(Arc::new(Inner { began: Instant::now(), now: Mutex::new((0.0, String::new())), stop: AtomicU8::new(GOING) }))
    }

    /// Sets percent (0–100) and the step in the user's words. Costs a lock only; the worker writes it twice a second.
    pub fn set(&self, pct: f64, step: &str) {
        let mut now = self.0.now.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        now.0 = pct.clamp(0.0, 100.0);
        if now.1 != step {
            now.1 = step.to_owned();
        }
    }

    /// Sets the percent inside a stretch of the bar: `done` of `total` between `from` and `to` percent.
    pub fn part(&self, from: f64, to: f64, done: u64, total: u64, step: &str) {
        let share = if total == 0 { 1.0 } else { (done as f64 / total as f64).min(1.0) };
        self.set(from + (to - from) * share, step);
    }

    /// Fails once the owner cancelled the job, the server is stopping, or another worker took the job over.
    pub fn check_cancelled(&self) -> Result<()> {
        match self.0.stop.load(Ordering::Relaxed) {
            GOING => Ok(()),
            CANCELLED => Err(Error::refused(CANCELLED_CODE, "任务已取消。")),
            STOPPING => Err(Error::unavailable(STOPPING_CODE, "服务正在停止，任务将在重新启动后继续。")),
            _ => Err(Error::conflict("jobs.lost", "任务已由另一处理进程接手，本次处理已放弃，数据未改动。")),
        }
    }

    /// What the screen shows now; the remaining time is a straight line through what was done so far.
    pub(crate) fn shown(&self) -> Shown {
        let now = self.0.now.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let spent = self.0.began.elapsed().as_secs_f64();
        let eta = (now.0 >= 2.0 && now.0 < 100.0 && spent > 2.0).then(|| (spent * (100.0 - now.0) / now.0).ceil().min(864_000.0));
        Shown { pct: now.0.floor() as i16, step: now.1.clone(), eta_seconds: eta.map(|s| s as i32) }
    }
    pub(crate) fn cancel(&self) {
        self.0.stop.store(CANCELLED, Ordering::Relaxed);
    }
    pub(crate) fn stop(&self) {
        self.0.stop.store(STOPPING, Ordering::Relaxed);
    }
    pub(crate) fn lose(&self) {
        self.0.stop.store(LOST, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_bar_is_filled_in_proportion() {
        let p = Progress::new();
        p.part(20.0, 60.0, 1, 4, "校验");
        assert_eq!(p.shown(), Shown { pct: 30, step: "校验".into(), eta_seconds: None });
        p.part(20.0, 60.0, 9, 4, "校验");
        assert_eq!(p.shown().pct, 60);
    }

    #[test]
    fn each_way_of_stopping_has_its_own_code() {
        let p = Progress::new();
        assert!(p.check_cancelled().is_ok());
        p.cancel();
        assert_eq!(p.check_cancelled().unwrap_err().code, CANCELLED_CODE);
        p.stop();
        assert_eq!(p.check_cancelled().unwrap_err().code, STOPPING_CODE);
        p.lose();
        assert_eq!(p.check_cancelled().unwrap_err().code, "jobs.lost");
    }
}
