//! How many plain values a person may see a day, and at which hours (domain/06 §4.4). Must not know the values.

use crate::log::EventKind;
use crate::model::Session;
use crate::{Access, store};
use base::{Error, Result};
use chrono::{Duration, Timelike};
use serde_json::json;

/// Limits of domain/06 §4.4.
#[derive(Clone, Debug)]
pub struct UnmaskLimits {
    pub per_day: i32,
    /// Hours of China's time, from inclusive, to exclusive.
    pub from_hour: u32,
    pub to_hour: u32,
    /// The second factor must have been verified so recently.
    pub factor_age: Duration,
}

impl Default for UnmaskLimits {
    fn default() -> Self {
        Self { per_day: 50, from_hour: 7, to_hour: 22, factor_age: Duration::minutes(15) }
    }
}

impl Access {
    /// Takes `count` from today's quota, or refuses; how many are left. Asks for the second factor where one is bound.
    pub async fn take_unmask(&self, session: &Session, count: u32) -> Result<u32> {
        let limits = &self.config().unmask;
        let now = self.now();
        let local = crate::clock::local(now);
        if !(limits.from_hour..limits.to_hour).contains(&local.hour()) {
            let hours = format!("{}:00–{}:00", limits.from_hour, limits.to_hour);
            return Err(Error::refused(
                "access.unmask_hours",
                format!("明文信息只能在 {hours} 查看，紧急情况请联系安全管理员。"),
            ));
        }
        let bound = crate::account::store::by_id(self.pool(), session.actor.user_id)
            .await?
            .is_some_and(|u| u.totp_secret_cipher.is_some());
        if bound && session.factor_at.is_none_or(|at| now - at > limits.factor_age) {
            return Err(
                Error::forbidden("access.factor_stale", "查看明文前请再输入一次动态码。").with("second_factor", json!(["totp"]))
            );
        }
        let count = i32::try_from(count).unwrap_or(i32::MAX);
        let used = store::take_quota(self.pool(), session.actor.user_id, local.date_naive(), count, limits.per_day).await?;
        let Some(used) = used else {
            self.refused(EventKind::Unmask, "take_unmask", &session.actor, None, "access.unmask_quota", json!({"count": count}))
                .await?;
            let sentence = format!("今日查看明文已达上限（{} 条），确需查看请走审批。", limits.per_day);
            return Err(Error::busy("access.unmask_quota", sentence));
        };
        Ok(u32::try_from(limits.per_day - used).unwrap_or(0))
    }
}
