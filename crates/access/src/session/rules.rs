//! How long a session lives (domain/06 §7.5). Pure.

use crate::model::{Channel, Locked};
use chrono::{DateTime, Duration, Utc};

/// Which column of the table of §7.5 holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointClass {
    Business,
    Administrative,
    Mini,
}

impl EndpointClass {
    pub fn of(channel: Channel, administrative_role: bool) -> Self {
        match (channel, administrative_role) {
            (_, true) => EndpointClass::Administrative,
            (Channel::Mini, _) => EndpointClass::Mini,
            (Channel::Pc, _) => EndpointClass::Business,
        }
    }
    pub fn times(self) -> SessionTimes {
        match self {
            EndpointClass::Business => SessionTimes {
                idle_lock: Some(Duration::minutes(15)),
                idle_end: Duration::minutes(30),
                absolute: Duration::hours(12),
            },
            EndpointClass::Administrative => SessionTimes {
                idle_lock: Some(Duration::minutes(10)),
                idle_end: Duration::minutes(15),
                absolute: Duration::hours(8),
            },
            // the phone locks itself when it goes to the background and tells us; silence alone means nothing there
            EndpointClass::Mini => SessionTimes { idle_lock: None, idle_end: Duration::days(7), absolute: Duration::days(30) },
        }
    }
    pub fn on_new_address(self, has_second_factor: bool) -> NewAddress {
        match self {
            EndpointClass::Administrative => NewAddress::End,
            EndpointClass::Business if has_second_factor => NewAddress::Lock,
            EndpointClass::Business | EndpointClass::Mini => NewAddress::Follow,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionTimes {
    pub idle_lock: Option<Duration>,
    pub idle_end: Duration,
    pub absolute: Duration,
}

/// What a change of address does to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewAddress {
    End,
    /// The second factor is asked again.
    Lock,
    Follow,
}

/// Why a session ended (END_REASON of A03).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    Logout,
    Idle,
    Absolute,
    Kick,
    Disabled,
    PwdChanged,
    IpChanged,
    PostChanged,
}

impl EndReason {
    pub const ALL: [EndReason; 8] = [
        EndReason::Logout,
        EndReason::Idle,
        EndReason::Absolute,
        EndReason::Kick,
        EndReason::Disabled,
        EndReason::PwdChanged,
        EndReason::IpChanged,
        EndReason::PostChanged,
    ];
    pub fn name(self) -> &'static str {
        match self {
            EndReason::Logout => "LOGOUT",
            EndReason::Idle => "IDLE",
            EndReason::Absolute => "ABSOLUTE",
            EndReason::Kick => "KICK",
            EndReason::Disabled => "DISABLED",
            EndReason::PwdChanged => "PWD_CHANGED",
            EndReason::IpChanged => "IP_CHANGED",
            EndReason::PostChanged => "POST_CHANGED",
        }
    }
    pub fn sentence(self) -> &'static str {
        match self {
            EndReason::Logout => "您已退出登录，请重新登录。",
            EndReason::Idle => "长时间没有操作，登录已失效，请重新登录。",
            EndReason::Absolute => "本次登录已达到最长时限，请重新登录。",
            EndReason::Kick => "您的账号已在其他地方登录，本处登录已结束；如非本人操作，请立即修改口令并联系管理员。",
            EndReason::Disabled => "账号状态已变更，登录已结束，请联系管理员。",
            EndReason::PwdChanged => "口令已修改，请用新口令重新登录。",
            EndReason::IpChanged => "网络地址发生变化，登录已失效，请重新登录。",
            EndReason::PostChanged => "您的岗位已调整，请重新登录。",
        }
    }
}

/// The moments of one session that decide about it.
#[derive(Clone, Copy, Debug)]
pub struct SessionMoments {
    pub last_seen_at: DateTime<Utc>,
    pub absolute_expire_at: DateTime<Utc>,
    pub locked: Locked,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Liveness {
    Live,
    Locked,
    Ended(EndReason),
}

/// Whether a session lives, waits for its password, or is over.
pub fn liveness(times: SessionTimes, s: SessionMoments, now: DateTime<Utc>) -> Liveness {
    let idle = now - s.last_seen_at;
    if now >= s.absolute_expire_at {
        Liveness::Ended(EndReason::Absolute)
    } else if idle >= times.idle_end {
        Liveness::Ended(EndReason::Idle)
    } else if s.locked != Locked::No || times.idle_lock.is_some_and(|l| idle >= l) {
        Liveness::Locked
    } else {
        Liveness::Live
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_locks_and_ends_at_its_own_times() {
        use crate::model::Locked as L;
        use EndpointClass::*;
        use Liveness::{Ended, Live};
        let start = DateTime::parse_from_rfc3339("2026-03-02T01:00:00Z").unwrap().to_utc();
        for (class, idle_minutes, age_minutes, locked, want) in [
            (Business, 14, 14, L::No, Live),
            (Business, 15, 15, L::No, Liveness::Locked),
            (Business, 3, 15, L::User, Liveness::Locked),
            (Business, 30, 30, L::No, Ended(EndReason::Idle)),
            (Business, 30, 30, L::User, Ended(EndReason::Idle)),
            (Business, 1, 12 * 60, L::No, Ended(EndReason::Absolute)),
            (Administrative, 9, 9, L::No, Live),
            (Administrative, 10, 10, L::No, Liveness::Locked),
            (Administrative, 15, 15, L::No, Ended(EndReason::Idle)),
            (Administrative, 1, 8 * 60, L::No, Ended(EndReason::Absolute)),
            (Mini, 60 * 24 * 6, 60 * 24 * 6, L::No, Live),
            (Mini, 60 * 24 * 7, 60 * 24 * 7, L::No, Ended(EndReason::Idle)),
            (Mini, 1, 60 * 24 * 30, L::No, Ended(EndReason::Absolute)),
        ] {
            let now = start + Duration::minutes(age_minutes);
            let s = SessionMoments {
                last_seen_at: now - Duration::minutes(idle_minutes),
                absolute_expire_at: start + class.times().absolute,
                locked,
            };
            assert_eq!(liveness(class.times(), s, now), want, "{class:?} {idle_minutes} {age_minutes}");
        }
    }

    #[test]
    fn a_new_address_ends_administrators_and_asks_others_for_their_second_factor() {
        assert_eq!(EndpointClass::Administrative.on_new_address(true), NewAddress::End);
        assert_eq!(EndpointClass::Business.on_new_address(true), NewAddress::Lock);
        assert_eq!(EndpointClass::Business.on_new_address(false), NewAddress::Follow);
        assert_eq!(EndpointClass::Mini.on_new_address(true), NewAddress::Follow);
        assert_eq!(EndpointClass::of(Channel::Pc, true), EndpointClass::Administrative);
        assert_eq!(EndpointClass::of(Channel::Mini, true), EndpointClass::Administrative);
    }
}
