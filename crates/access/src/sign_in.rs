//! Signing in: guard, password, account, address, second factor, session, in this order, so that nobody learns which of
//! name and password was wrong, nor whether a name exists. Must not know how a session lives on.

use crate::account::store::{AccountRow, PostRow};
use crate::clock::local;
use crate::guard::rules::{Standing, delay, flood};
use crate::guard::store::LoginEvent;
use crate::log::{EventKind, EventResult};
use crate::model::{AccountStatus, Channel, LastLogin, Origin, SignInRequest, SignedIn};
use crate::roles::roles;
use crate::session::rules::EndpointClass;
use crate::session::{store::NewSession, token_hash};
use crate::{Access, account, guard, session};
use base::{Actor, Error, Result, Secret};
use base64::Engine;
use chrono::{DateTime, Utc};
use serde_json::json;
use sm3::{Digest, Sm3};
use uuid::Uuid;

/// Longest parts kept of what a stranger sends.
const UA_LENGTH: usize = 200;
const PASSWORD_LENGTH: usize = 1024;

/// One attempt: who is tried, from where, when.
struct Attempt<'a> {
    key: Vec<u8>,
    channel: Channel,
    ip: String,
    ua: String,
    trace_id: Option<&'a str>,
    now: DateTime<Utc>,
    /// What the person showed first, as kept in the events.
    first: &'static str,
}

pub(crate) fn login_key(login_name: &str) -> Vec<u8> {
    Sm3::digest(format!("login|{login_name}").as_bytes())[..16].to_vec()
}

pub(crate) fn normal_login(text: &str) -> String {
    text.trim().to_lowercase()
}

fn wrong() -> Error {
    Error::unauthenticated("access.wrong_login", "账号或口令错误，请核对后重试。")
}

/// The refusal of a name that may not be tried now.
fn closed(standing: &Standing) -> Option<Error> {
    match standing {
        Standing::Open(_) => None,
        Standing::LockedUntil(until) => {
            let at = local(*until).format("%H:%M");
            Some(
                Error::busy(
                    "access.locked",
                    format!("口令连续输错次数过多，账号已锁定，请于 {at} 后再试，或联系本级管理员解锁。"),
                )
                .with("locked_until", until.to_rfc3339()),
            )
        }
        Standing::AdminOnly => {
            Some(Error::forbidden("access.locked_for_admin", "账号当日再次锁定，须由县级以上管理员解锁，请联系本级管理员。"))
        }
    }
}

impl Access {
    /// Signs in. Whatever is refused is refused no faster than `answer_floor`.
    pub async fn sign_in(&self, request: &SignInRequest, channel: Channel, origin: &Origin) -> Result<SignedIn> {
        let floor = tokio::time::Instant::now() + self.config().answer_floor;
        let answer = self.try_sign_in(request, channel, origin).await;
        if answer.is_err() {
            tokio::time::sleep_until(floor).await;
        }
        answer
    }

    pub(crate) async fn try_sign_in(&self, request: &SignInRequest, channel: Channel, origin: &Origin) -> Result<SignedIn> {
        let login_name = normal_login(&request.login_name);
        let a = Attempt {
            first: BY_PASSWORD,
            key: login_key(&login_name),
            channel,
            ip: origin.ip.to_canonical().to_string(),
            ua: origin.ua.chars().take(UA_LENGTH).collect(),
            trace_id: origin.trace_id.as_deref(),
            now: self.now(),
        };
        self.check_block(&a).await?;
        let account = account::store::by_login(self.pool(), &login_name).await?;
        let standing = guard::store::begin_attempt(self.pool(), &a.key, &self.config().limits, a.now).await?;
        let Standing::Open(number) = standing else {
            self.event(&a, account.as_ref(), "LOCKED", None, None).await?;
            return Err(closed(&standing).unwrap_or_else(wrong));
        };
        let sensible = request.password.len() <= PASSWORD_LENGTH;
        let password = if sensible { request.password.as_str() } else { "" };
        let right = self.hasher().verify(password, account.as_ref().map(|u| u.pwd_hash.as_str())).await?;
        match account {
            Some(account) if right => {
                guard::store::passed(self.pool(), &a.key, a.now).await?;
                self.admit(&a, account, &request.password, request.code.as_deref(), origin).await
            }
            other => {
                let result = if other.is_some() { "BAD_PWD" } else { "NO_USER" };
                Err(self.refuse(&a, other.as_ref(), number, result, wrong()).await?)
            }
        }
    }

    async fn check_block(&self, a: &Attempt<'_>) -> Result<()> {
        let Some(until) = guard::store::blocked_until(self.pool(), &a.ip, a.now).await? else { return Ok(()) };
        self.event(a, None, "LOCKED", None, None).await?;
        let at = local(until).format("%H:%M");
        let sentence = format!("此网络地址登录失败次数过多，请于 {at} 后再试，或联系管理员。");
        Err(Error::busy("access.address_blocked", sentence).with("locked_until", until.to_rfc3339()))
    }

    /// Admits somebody whom a bound telephone names. The code of the authenticator comes beside it in place of the password, under
    /// the same guard: a locked name is refused, a wrong code is counted before it is looked at and locks as a wrong password does.
    pub(crate) async fn admit_recognised(&self, account: AccountRow, code: Option<&str>, origin: &Origin) -> Result<SignedIn> {
        let a = Attempt {
            first: BY_WECHAT,
            key: login_key(&account.login_name),
            channel: Channel::Mini,
            ip: origin.ip.to_canonical().to_string(),
            ua: origin.ua.chars().take(UA_LENGTH).collect(),
            trace_id: origin.trace_id.as_deref(),
            now: self.now(),
        };
        self.check_block(&a).await?;
        // asking which code is wanted is no guess: it is refused where the name is locked, but not counted
        self.open_for(&a, &account, guard::store::standing(self.pool(), &a.key, a.now).await?).await?;
        let (post, posts) = self.may_enter(&a, &account, origin).await?;
        let code = code.filter(|c| !c.trim().is_empty());
        if let Err(error) = self.check_factor(&account, None).await {
            let asks = error.code == "access.second_factor_needed";
            if !asks {
                return self.denied(&a, &account, "BAD_TOTP", error).await;
            }
            if code.is_none() {
                return Err(error);
            }
        }
        let standing = guard::store::begin_attempt(self.pool(), &a.key, &self.config().limits, a.now).await?;
        let number = self.open_for(&a, &account, standing).await?;
        if let Err(error) = self.check_factor(&account, code).await {
            let wrong = ["access.wrong_code", "access.factor_locked"].contains(&error.code.as_ref());
            return Err(if wrong { self.refuse(&a, Some(&account), number, "BAD_TOTP", error).await? } else { error });
        }
        guard::store::passed(self.pool(), &a.key, a.now).await?;
        self.open_session(&a, account, &post, &posts, None, Some("TOTP")).await
    }

    /// The number of an attempt where the name is open.
    async fn open_for(&self, a: &Attempt<'_>, account: &AccountRow, standing: Standing) -> Result<u32> {
        if let Standing::Open(number) = standing {
            return Ok(number);
        }
        self.event(a, Some(account), "LOCKED", None, None).await?;
        Err(closed(&standing).unwrap_or_else(wrong))
    }

    /// Verifies the password of somebody signed in, under the same guard.
    pub(crate) async fn verify_own_password(
        &self,
        account: &AccountRow,
        password: &str,
        origin: &Origin,
        channel: Channel,
    ) -> Result<()> {
        let a = Attempt {
            first: BY_PASSWORD,
            key: login_key(&account.login_name),
            channel,
            ip: origin.ip.to_canonical().to_string(),
            ua: origin.ua.chars().take(UA_LENGTH).collect(),
            trace_id: origin.trace_id.as_deref(),
            now: self.now(),
        };
        let standing = guard::store::begin_attempt(self.pool(), &a.key, &self.config().limits, a.now).await?;
        let Standing::Open(number) = standing else {
            return Err(closed(&standing).unwrap_or_else(wrong));
        };
        if self.hasher().verify(password, Some(&account.pwd_hash)).await? {
            return guard::store::passed(self.pool(), &a.key, a.now).await;
        }
        let refusal = self.refuse(&a, Some(account), number, "BAD_PWD", wrong()).await?;
        Err(if refusal.code == "access.wrong_login" {
            Error::refused("access.wrong_password", "口令错误，请核对后重试。")
        } else {
            refusal
        })
    }

    /// Counts what was wrong for the name and the address, holds the answer back, and words it: `error`, or that it locked.
    async fn refuse(
        &self,
        a: &Attempt<'_>,
        account: Option<&AccountRow>,
        number: u32,
        result: &str,
        error: Error,
    ) -> Result<Error> {
        let limits = &self.config().limits;
        self.event(a, account, result, None, None).await?;
        let from_ips = guard::store::failing_ips(self.pool(), &a.key, a.now - limits.account_window).await?;
        let standing = guard::store::failed(self.pool(), &a.key, limits, number, from_ips, a.now).await?;
        let user = account.map(|u| u.id);
        let log = |action, code: &str, alert| {
            self.record(
                EventKind::Login,
                action,
                EventResult::Failed,
                code.to_owned(),
                None,
                user,
                Some((a.ip.parse().ok(), a.trace_id.map(str::to_owned))),
                json!({"channel": a.channel.name(), "from_addresses": from_ips}),
                alert,
            )
        };
        let (fails, names) = guard::store::failures_from(self.pool(), &a.ip, a.now - limits.ip_window).await?;
        if let Some(why) = flood(limits, fails, names) {
            guard::store::block(self.pool(), &a.ip, a.now + limits.ip_lock, why.name()).await?;
            log("block_address", why.name(), true).await?;
        }
        let refusal = closed(&standing);
        log("sign_in", &error.code, false).await?;
        if refusal.is_some() {
            log("lock_account", "access.locked", from_ips >= limits.account_ips).await?;
        }
        tokio::time::sleep(delay(limits, number)).await;
        Ok(refusal.unwrap_or(error))
    }

    /// May this account come in, from here, in a post of its own? The post to begin with, and all of them.
    async fn may_enter(&self, a: &Attempt<'_>, account: &AccountRow, origin: &Origin) -> Result<(PostRow, Vec<PostRow>)> {
        if let Err((result, error)) = standing_of(account, a.now) {
            return self.denied(a, account, result, error).await;
        }
        if account.account_type == TRAINING && !self.config().training {
            let sentence = "这是培训账号，只能在演示系统中使用；请使用本级管理员为您开通的账号。";
            let error = Error::forbidden("access.training_account", sentence);
            return self.denied(a, account, "DISABLED", error).await;
        }
        let posts = self.valid_posts(account.id, a.now).await?;
        let Some(post) = posts.first().cloned() else {
            let error = Error::forbidden("access.no_post", "您的账号没有有效的岗位，请联系本级管理员分配。");
            return self.denied(a, account, "DISABLED", error).await;
        };
        if a.channel == Channel::Mini
            && let Err(error) = not_by_telephone(&posts)
        {
            return self.denied(a, account, "DISABLED", error).await;
        }
        if !self.is_training(account)
            && let Err(error) = self.check_address(account, &post, a.channel, origin.ip).await
        {
            return self.denied(a, account, "IP_DENIED", error).await;
        }
        Ok((post, posts))
    }

    /// The password was right: the account, the place and the second factor follow.
    async fn admit(
        &self,
        a: &Attempt<'_>,
        account: AccountRow,
        password: &str,
        code: Option<&str>,
        origin: &Origin,
    ) -> Result<SignedIn> {
        let (post, posts) = self.may_enter(a, &account, origin).await?;
        let mut factor = None;
        if account.totp_secret_cipher.is_some() {
            if let Err(error) = self.check_factor(&account, code).await {
                if error.code == "access.second_factor_needed" {
                    return Err(error);
                }
                return self.denied(a, &account, "BAD_TOTP", error).await;
            }
            factor = Some("TOTP");
        }
        self.open_session(a, account, &post, &posts, Some(password), factor).await
    }

    async fn open_session(
        &self,
        a: &Attempt<'_>,
        account: AccountRow,
        post: &PostRow,
        posts: &[PostRow],
        password: Option<&str>,
        factor: Option<&str>,
    ) -> Result<SignedIn> {
        let held = || posts.iter().filter_map(|p| roles().get(&p.role).map(|r| (r, p)));
        let administrative = held().any(|(r, _)| r.administrative);
        let policy = self.password_policy().await?;
        // the plain text is at hand only now: looked at again, because lists grow (domain/06 §7.2)
        let weak = match password {
            Some(p) => !self.password_problems(&policy, &account, administrative, p)?.is_empty(),
            None => account.weak_flag,
        };
        let rehash = match password {
            Some(p) if self.hasher().is_dated(&account.pwd_hash) => Some(self.hasher().hash(p).await?),
            _ => None,
        };
        let last_login = match account.last_login_at {
            None => None,
            Some(at) => Some(LastLogin {
                at,
                ip: account.last_login_ip.clone().unwrap_or_default(),
                ua: account.last_login_ua.clone().unwrap_or_default(),
                failures_since: guard::store::failures_since(self.pool(), account.id, at).await?,
            }),
        };
        let class = EndpointClass::of(a.channel, roles().get(&post.role).is_some_and(|r| r.administrative));
        let mut bytes = [0u8; 32];
        rand::fill(&mut bytes);
        let token = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
        let id = Uuid::now_v7();
        let mut tx = crate::store::begin(self.pool()).await?;
        let ended = session::store::end_channel(&mut tx, account.id, a.channel, a.now).await?;
        session::store::insert(
            &mut tx,
            NewSession {
                id,
                token_hash: &token_hash(&token),
                user_id: account.id,
                post_id: post.id,
                channel: a.channel,
                now: a.now,
                absolute_expire_at: a.now + class.times().absolute,
                factor_at: factor.map(|_| a.now),
                ip: &a.ip,
                ua: &a.ua,
            },
        )
        .await?;
        account::store::signed_in(&mut tx, account.id, &a.ip, &a.ua, weak, rehash.as_deref(), a.now).await?;
        let ip = a.ip.parse().ok();
        let actor = Actor {
            user_id: account.id,
            name: account.name.clone(),
            post_id: post.id,
            role: post.role.clone(),
            region: post.region.clone(),
            session_id: Some(id),
            ip: Some(a.ip.clone()),
            trace_id: a.trace_id.map(str::to_owned),
        };
        let detail = json!({"channel": a.channel.name(), "session": id, "ended_other": ended > 0});
        self.note(EventKind::Login, "sign_in", Some(&actor), Some(account.id), detail).await?;
        self.commit_and_forget(tx, account.id).await?;
        self.event(a, Some(&account), "OK", factor, Some(id)).await?;
        let session = self.authenticate(&token, ip.unwrap_or(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED))).await?;
        let days = (account.pwd_expire_at - a.now).num_days();
        Ok(SignedIn {
            must_change_password: account.must_change || weak || account.pwd_expire_at <= a.now,
            second_factor_must_bind: account.totp_secret_cipher.is_none()
                && !self.is_training(&account)
                && held().any(|(r, p)| r.needs_second_factor(p.region.level())),
            token: Secret::new(token),
            session,
            last_login,
            ended_other: ended > 0,
            password_expires_in_days: (days <= policy.remind_days).then_some(days.max(0)),
        })
    }

    async fn denied<T>(&self, a: &Attempt<'_>, account: &AccountRow, result: &str, error: Error) -> Result<T> {
        self.event(a, Some(account), result, None, None).await?;
        let origin = Some((a.ip.parse().ok(), a.trace_id.map(str::to_owned)));
        self.record(
            EventKind::Login,
            "sign_in",
            EventResult::Denied,
            result.to_owned(),
            None,
            Some(account.id),
            origin,
            json!({}),
            false,
        )
        .await?;
        Err(error)
    }

    async fn event(
        &self,
        a: &Attempt<'_>,
        account: Option<&AccountRow>,
        result: &str,
        factor2: Option<&str>,
        session_id: Option<Uuid>,
    ) -> Result<()> {
        guard::store::insert_event(
            self.pool(),
            LoginEvent {
                at: a.now,
                login_key: &a.key,
                login_name: account.map(|u| u.login_name.as_str()),
                user_id: account.map(|u| u.id),
                channel: a.channel.name(),
                result,
                factor1: a.first,
                factor2,
                ip: &a.ip,
                ua: &a.ua,
                session_id,
                trace_id: a.trace_id,
            },
        )
        .await
    }
}

/// First factors as kept in `app.login_event.factor1`.
const BY_PASSWORD: &str = "口令";
const BY_WECHAT: &str = "微信绑定";

/// Whoever administers the system does not come in by telephone, where both factors may lie on one device (domain/06 §7.4: 三员 are
/// held to a key of their own).
pub(crate) fn not_by_telephone(posts: &[PostRow]) -> Result<()> {
    if posts.iter().any(|p| roles().get(&p.role).is_some_and(|r| r.administrative)) {
        let sentence = "系统、安全、审计等管理岗位不能使用微信登录，请在电脑上用账号、口令和动态码登录。";
        return Err(Error::forbidden("access.not_by_wechat", sentence));
    }
    Ok(())
}

/// ACCT_TYPE of accounts for training.
const TRAINING: &str = "5";

/// Whether the account itself may sign in at this moment; otherwise the LOGIN_RESULT and the sentence.
fn standing_of(account: &AccountRow, now: DateTime<Utc>) -> std::result::Result<(), (&'static str, Error)> {
    let today = crate::clock::local_day(now);
    match account.status {
        AccountStatus::Pending | AccountStatus::Normal => {}
        AccountStatus::Dormant => {
            let sentence = "账号因长期未登录或未通过半年复核已停用，请联系本级管理员核实后恢复。";
            return Err(("DISABLED", Error::forbidden("access.dormant", sentence)));
        }
        AccountStatus::Locked | AccountStatus::Disabled | AccountStatus::Cancelled => {
            return Err(("DISABLED", Error::forbidden("access.disabled", "账号已停用，请联系本级管理员。")));
        }
    }
    if today < account.valid_from || account.valid_to.is_some_and(|to| to < today) {
        return Err(("EXPIRED", Error::forbidden("access.expired", "账号不在有效期内，请联系本级管理员办理续期。")));
    }
    if account.time_window.as_ref().is_some_and(|w| !w.open_at(now)) {
        return Err((
            "TIME_DENIED",
            Error::forbidden("access.not_at_this_time", "现在不在账号允许的登录时段内，请在规定时段登录。"),
        ));
    }
    if account.must_change && account.initial_until.is_some_and(|until| until <= now) {
        let sentence = "初始口令已超过有效时间，请联系本级管理员重新发放。";
        return Err(("PWD_EXPIRED", Error::forbidden("access.initial_password_expired", sentence)));
    }
    Ok(())
}
