//! Words of this room that cross its border, the wire types among them. No decisions.

use base::{Actor, RegionCode, Secret};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use uuid::Uuid;

/// What one signs in with. One session of each at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Pc,
    Mini,
}

impl Channel {
    pub fn name(self) -> &'static str {
        match self {
            Channel::Pc => "pc",
            Channel::Mini => "mini",
        }
    }
    pub(crate) fn parse(s: &str) -> Self {
        if s == "mini" { Channel::Mini } else { Channel::Pc }
    }
}

/// Why a session waits for its password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Locked {
    No,
    User,
    Idle,
    /// The address changed: the second factor is asked too.
    Address,
}

impl Locked {
    pub fn name(self) -> &'static str {
        match self {
            Locked::No => "",
            Locked::User => "user",
            Locked::Idle => "idle",
            Locked::Address => "address",
        }
    }
    pub(crate) fn parse(s: &str) -> Self {
        [Locked::User, Locked::Idle, Locked::Address].into_iter().find(|l| l.name() == s).unwrap_or(Locked::No)
    }
}

/// Where a request comes from; the address is the one a trusted proxy vouches for.
#[derive(Clone, Debug)]
pub struct Origin {
    pub ip: IpAddr,
    pub ua: String,
    pub trace_id: Option<String>,
}

/// Body of a sign-in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInRequest {
    pub login_name: String,
    pub password: String,
    /// Six digits of the authenticator, or a recovery code; asked for by `access.second_factor_needed`.
    #[serde(default)]
    pub code: Option<String>,
}

/// The sign-in before this one, shown first (domain/06 §7.1).
#[derive(Clone, Debug, Serialize)]
pub struct LastLogin {
    pub at: DateTime<Utc>,
    pub ip: String,
    pub ua: String,
    /// Wrong passwords since then.
    pub failures_since: i64,
}

/// A sign-in that worked.
#[derive(Debug)]
pub struct SignedIn {
    /// Goes into a cookie (HttpOnly, Secure, SameSite=Strict) or the phone's store; never logged.
    pub token: Secret<String>,
    pub session: Session,
    pub must_change_password: bool,
    pub second_factor_must_bind: bool,
    pub last_login: Option<LastLogin>,
    /// Another session of this channel was ended by this sign-in.
    pub ended_other: bool,
    /// Days until the password expires, when it is time to say so.
    pub password_expires_in_days: Option<i64>,
}

/// What a session may do at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionState {
    Active,
    Locked,
    MustChangePassword,
    MustBindSecondFactor,
}

/// A request's session.
#[derive(Clone, Debug)]
pub struct Session {
    pub id: Uuid,
    pub actor: Actor,
    pub csrf: String,
    pub state: SessionState,
    pub locked: Locked,
    pub channel: Channel,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    pub absolute_expire_at: DateTime<Utc>,
    /// When the second factor was last verified; sensitive operations ask for at most 15 minutes.
    pub factor_at: Option<DateTime<Utc>>,
}

/// One of a person's sessions, for the list of places signed in.
#[derive(Clone, Debug, Serialize)]
pub struct SessionView {
    pub id: Uuid,
    pub channel: Channel,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    pub ip: String,
    pub ua: String,
}

/// A post as shown and chosen from.
#[derive(Clone, Debug, Serialize)]
pub struct PostView {
    pub id: Uuid,
    pub role: String,
    pub title: String,
    pub region_code: RegionCode,
    pub valid_to: Option<NaiveDate>,
    pub is_default: bool,
}

/// Who is signed in, for the header and the settings page.
#[derive(Clone, Debug, Serialize)]
pub struct Me {
    pub user_id: Uuid,
    pub login_name: String,
    pub name: String,
    pub org: String,
    pub state: SessionState,
    pub locked: Locked,
    pub post: PostView,
    pub posts: Vec<PostView>,
    pub second_factor_bound: bool,
    pub recovery_codes_left: usize,
    pub password_expire_at: DateTime<Utc>,
    pub last_login_at: Option<DateTime<Utc>>,
    pub last_login_ip: Option<String>,
}

/// ACCT_STATUS of domain/06 §7.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    Pending,
    Normal,
    Locked,
    Disabled,
    Cancelled,
    Dormant,
}

impl AccountStatus {
    const CODES: [(AccountStatus, &'static str); 6] = [
        (AccountStatus::Pending, "0"),
        (AccountStatus::Normal, "1"),
        (AccountStatus::Locked, "2"),
        (AccountStatus::Disabled, "3"),
        (AccountStatus::Cancelled, "4"),
        (AccountStatus::Dormant, "5"),
    ];
    pub fn code(self) -> &'static str {
        Self::CODES.iter().find(|(s, _)| *s == self).map_or("3", |(_, c)| c)
    }
    pub(crate) fn parse(code: &str) -> Self {
        Self::CODES.iter().find(|(_, c)| *c == code).map_or(AccountStatus::Disabled, |(s, _)| *s)
    }
}

/// Days (1 = Monday … 7) and hours in which an account may sign in (domain/06 §7.1 time_window).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeWindow {
    pub days: Vec<u32>,
    /// Minutes after midnight; `to` before `from` runs over midnight.
    pub from: u32,
    pub to: u32,
}

impl TimeWindow {
    pub fn open_at(&self, at: DateTime<Utc>) -> bool {
        use chrono::{Datelike, Timelike};
        let local = crate::clock::local(at);
        let minute = local.hour() * 60 + local.minute();
        let on = |day: u32| self.days.contains(&day);
        let today = local.weekday().number_from_monday();
        if self.from <= self.to {
            on(today) && (self.from..self.to).contains(&minute)
        } else {
            let yesterday = if today == 1 { 7 } else { today - 1 };
            (on(today) && minute >= self.from) || (on(yesterday) && minute < self.to)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_shift_runs_over_midnight() {
        let night = TimeWindow { days: vec![1], from: 20 * 60, to: 8 * 60 };
        let day = TimeWindow { days: vec![1, 2, 3, 4, 5], from: 8 * 60, to: 18 * 60 };
        // 2026-03-02 is a Monday; moments are in China's time
        for (at, in_night, in_day) in [
            ("2026-03-02T09:00:00+08:00", false, true),
            ("2026-03-02T18:00:00+08:00", false, false),
            ("2026-03-02T21:00:00+08:00", true, false),
            ("2026-03-03T07:59:00+08:00", true, false),
            ("2026-03-03T08:00:00+08:00", false, true),
            ("2026-03-03T21:00:00+08:00", false, false),
            ("2026-03-07T10:00:00+08:00", false, false),
        ] {
            let at_utc = DateTime::parse_from_rfc3339(at).unwrap().to_utc();
            assert_eq!((night.open_at(at_utc), day.open_at(at_utc)), (in_night, in_day), "{at}");
        }
    }
}
