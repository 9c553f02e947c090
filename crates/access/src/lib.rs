//! Who may come in, and what their role may do: accounts, posts, sign-in, second factor, sessions, address rules, policy.
//! Source: domain/06 §1.3, §7; domain/01 §6.10. Must not know business rows, HTTP, or how keys and the audit trail are kept.
//!
//! ```text
//! let log    = Arc::new(Trail::new(pool.clone(), audit));                              // or any SecurityLog
//! let access = Access::new(pool, vault, log, AccessConfig::default())?;
//! let boss   = access.bootstrap("sysadmin", "系统管理员", "SYS_ADMIN", &nets).await?;    // first start only
//! let signed = access.sign_in(&request, Channel::Pc, &origin).await?;                  // token → cookie
//! let s      = access.authenticate(&token, ip).await?;                                 // every request
//! match s.state { Active | Locked | MustChangePassword | MustBindSecondFactor => … }
//! access.touch(&s); lock(&s); unlock(&token, &password, code, &origin); sign_out(&s); switch_post(&token, &s, post, &origin)
//! access.me(&s); change_password(&s, &old, &new, &origin); sessions_of(&actor, user); end_session(&actor, id)
//! access.totp_start(&s, code); totp_confirm(&s, first, second); verify_second_factor(&s, code);
//!        renew_recovery_codes(&s, code); totp_disable(&actor, user, reason); take_unmask(&s, count)
//! access.wechat_bind(&s, &openid, &beside, &origin); wechat_sign_in(&openid, &beside, &origin); wechat_unbind(&s);
//!        wechat_unbind_of(&actor, user, reason); wechat_consent(&s); wechat_listeners()
//! access.create_user(&actor, &new); create_users; update_user; add_post; remove_post; reset_password; unlock_user;
//!        disable_user → Stopped::{Done, Asked}; sign_request; enable_user; users; review_list; review_confirm; sweep()
//! access.create_ip_rule; replace_ip_rule; end_ip_rule; ip_rules; password_policy; set_password_policy; security_events
//! let policy = Policy::from_modules(&files)?;  policy.may(role, "relapse.case", "read"); permissions_of; matrix_markdown
//! ```
//!
//! Errors that ask for more: `access.second_factor_needed` (send `code` too), `access.session_ended` (extra `reason`),
//! `access.locked`, `access.address_blocked` (extra `locked_until`), `access.factor_stale`.

mod account;
mod address;
mod clock;
mod factor;
mod guard;
mod log;
mod model;
mod password;
mod policy;
mod roles;
mod session;
mod sign_in;
mod start;
mod store;
mod trail;
mod unmask;
mod wechat;

pub use account::two_person::{Signature, Stopped};
pub use account::{Colleague, Created, NewUser, UserPatch, UserView};
pub use address::IpRuleView;
pub use address::rules::{IpRuleInput, RuleScope, address_allowed, parse_net};
pub use clock::{Clock, ManualClock, SystemClock};
pub use factor::TotpStart;
pub use guard::rules::GuardLimits;
pub use log::{EventKind, EventResult, SecurityEvent, SecurityLog};
pub use model::{
    AccountStatus, Channel, LastLogin, Locked, Me, Origin, PostView, Session, SessionState, SessionView, SignInRequest, SignedIn,
    TimeWindow,
};
pub use password::hash::HashCost;
pub use password::rules::{PasswordOwner, PasswordPolicy, check_password};
pub use policy::{Policy, PolicyTable};
pub use roles::{Role, Roles, roles};
pub use session::rules::{EndReason, EndpointClass, SessionTimes};
pub use start::{Access, AccessConfig};
pub use trail::{SecurityEventView, Trail};
pub use unmask::UnmaskLimits;
pub use wechat::{Beside, Claim, Listener, Told};

/// The tables of this room, in schema `app`.
pub static MIGRATIONS: include_dir::Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/migrations");

pub(crate) fn no_such_user() -> base::Error {
    base::Error::not_found("access.no_such_user", "没有找到该账号，请核对后重试。")
}

/// Administrators say why (domain/06 §7.3).
pub(crate) fn need_reason(reason: &str) -> base::Result<()> {
    if reason.trim().chars().count() >= 2 {
        return Ok(());
    }
    Err(base::Error::refused("access.reason", "请填写理由。"))
}
