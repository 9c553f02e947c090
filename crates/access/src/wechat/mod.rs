//! A mini-program's user bound to an account: bound by password and second factor, recognised afterwards, taken off again
//! (domain/06 §7.1 wx_openid_hash, §7.4). Must not know how an openid is come by, nor how a message is sent.
//!
//! The telephone alone lets nobody in: it stands for the name of the account, beside it comes the code of the authenticator where
//! one is bound, else the password (domain/06 §7.4: 口令+设备绑定).

pub(crate) mod store;

use crate::log::EventKind;
use crate::model::{Channel, Origin, Session, SignInRequest, SignedIn};
use crate::roles::roles;
use crate::session::{self, rules::EndReason};
use crate::{Access, account};
use base::{Actor, Error, Result, Secret};
use chrono::{DateTime, Duration, Utc};
use secure::{MacKey, place};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

/// What comes beside the telephone.
#[derive(Deserialize, Default)]
pub struct Beside {
    #[serde(default)]
    pub password: Option<String>,
    #[serde(default)]
    pub code: Option<String>,
}

/// Somebody who agreed to messages, with the posts that are theirs at the moment.
pub struct Listener {
    pub user: Uuid,
    pub openid: Secret<String>,
    pub actors: Vec<Actor>,
    pub told_at: Option<DateTime<Utc>>,
    pub told_count: i64,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    Delivered,
    /// It may have arrived; the consent is spent and nothing is sent again.
    Unknown,
    /// The platform says that no consent is left; nothing more is sent until a new one.
    NotWanted,
    /// It certainly did not go out: consent and count stand as before.
    NotSent,
}

/// A message that is written down as going out; its end is told by [`Access::wechat_settle`].
pub struct Claim {
    going: store::Going,
    before_count: i64,
}

/// After so long a message whose end nobody told is one of which nobody knows.
const LOST_AFTER: Duration = Duration::minutes(10);

impl Access {
    fn openid_hash(&self, openid: &Secret<String>) -> Vec<u8> {
        self.vault().mac(MacKey::Access, format!("openid|{}", openid.expose()).as_bytes()).to_vec()
    }

    /// Binds a mini-program's user to the account of a session. Errors: `access.wrong_password`, `access.second_factor_needed`,
    /// `access.wrong_code`, `access.factor_before_wechat`, `access.not_by_wechat`, `access.wechat_taken`.
    pub async fn wechat_bind(&self, s: &Session, openid: &Secret<String>, beside: &Beside, origin: &Origin) -> Result<()> {
        let user = s.actor.user_id;
        let account = account::store::by_id(self.pool(), user).await?.ok_or_else(crate::no_such_user)?;
        let posts = self.valid_posts(user, self.now()).await?;
        crate::sign_in::not_by_telephone(&posts)?;
        let password = beside.password.as_deref().unwrap_or_default();
        self.verify_own_password(&account, password, origin, s.channel).await?;
        if account.totp_secret_cipher.is_some() {
            self.check_factor(&account, beside.code.as_deref()).await?;
        } else if !self.is_training(&account) {
            let strict = |p: &crate::account::store::PostRow| {
                roles().get(&p.role).is_some_and(|r| r.needs_second_factor(p.region.level()))
            };
            if posts.iter().any(strict) {
                let sentence = "这个岗位须先绑定动态码，再绑定微信。请在电脑上登录，到“账号安全”中绑定动态码。";
                return Err(Error::refused("access.factor_before_wechat", sentence));
            }
        }
        let cipher = self.vault().seal(openid.expose(), &place("user_account", "wx_openid", &user))?;
        let mut tx = crate::store::begin(self.pool()).await?;
        store::bind(&mut tx, user, &self.openid_hash(openid), &cipher, self.now()).await?;
        self.note(EventKind::Security, "bind_wechat", Some(&s.actor), Some(user), json!({})).await?;
        self.commit_and_forget(tx, user).await
    }

    /// Takes the binding off one's own account; nothing happens where there is none.
    pub async fn wechat_unbind(&self, s: &Session) -> Result<()> {
        self.take_wechat_off(&s.actor, s.actor.user_id, "本人解除").await
    }

    /// Takes the binding of a lost telephone off an account below the administrator and ends what it is signed in to.
    /// Errors: `access.reason`, `access.wechat_not_bound_there`, those of administering an account.
    pub async fn wechat_unbind_of(&self, actor: &Actor, user: Uuid, reason: &str) -> Result<()> {
        let (account, _) = self.administered(actor, user).await?;
        crate::need_reason(reason)?;
        if !account.wx_bound {
            return Err(Error::refused("access.wechat_not_bound_there", "该账号没有绑定微信，不需要解除。"));
        }
        self.take_wechat_off(actor, user, reason).await
    }

    async fn take_wechat_off(&self, actor: &Actor, user: Uuid, reason: &str) -> Result<()> {
        let mut tx = crate::store::begin(self.pool()).await?;
        if store::unbind(&mut tx, user).await? {
            if actor.user_id != user {
                // the telephone may be in other hands, with its sessions open
                session::store::end_all(&mut tx, user, None, EndReason::Disabled, self.now()).await?;
            }
            self.note(EventKind::Security, "unbind_wechat", Some(actor), Some(user), json!({"reason": reason})).await?;
        }
        self.commit_and_forget(tx, user).await
    }

    /// Signs in whom the platform named, over the channel of the mini-program. Errors: `access.wechat_unknown` (bind first),
    /// `access.password_needed` or `access.second_factor_needed` (send it too), and those of [`Access::sign_in`].
    pub async fn wechat_sign_in(&self, openid: &Secret<String>, beside: &Beside, origin: &Origin) -> Result<SignedIn> {
        let floor = tokio::time::Instant::now() + self.config().answer_floor;
        let answer = self.try_wechat(openid, beside, origin).await;
        if answer.is_err() {
            tokio::time::sleep_until(floor).await;
        }
        answer
    }

    async fn try_wechat(&self, openid: &Secret<String>, beside: &Beside, origin: &Origin) -> Result<SignedIn> {
        let found = store::by_openid(self.pool(), &self.openid_hash(openid)).await?;
        let account = match found {
            Some(id) => account::store::by_id(self.pool(), id).await?,
            None => None,
        };
        let Some(account) = account else {
            let sentence = "这个微信还没有绑定账号。请先用账号和口令登录，再到“我的”里绑定微信。";
            return Err(Error::unauthenticated("access.wechat_unknown", sentence));
        };
        if account.totp_secret_cipher.is_some() {
            return self.admit_recognised(account, beside.code.as_deref(), origin).await;
        }
        let Some(password) = beside.password.clone().filter(|p| !p.is_empty()) else {
            return Err(Error::unauthenticated("access.password_needed", "已识别您的微信，请输入口令。"));
        };
        let request = SignInRequest { login_name: account.login_name, password, code: None };
        self.try_sign_in(&request, Channel::Mini, origin).await
    }

    /// When the account was bound and how many messages are agreed to; none where it is not bound.
    pub async fn wechat_standing(&self, user: Uuid) -> Result<Option<(DateTime<Utc>, i32)>> {
        store::standing(self.pool(), user).await
    }

    /// One more message is agreed to. Errors: `access.wechat_not_bound`.
    pub async fn wechat_consent(&self, s: &Session) -> Result<()> {
        if store::consent(self.pool(), s.actor.user_id).await? {
            return Ok(());
        }
        Err(Error::refused("access.wechat_not_bound", "您的账号还没有绑定微信，请先绑定，再订阅提醒。"))
    }

    /// Everybody who agreed to messages and whose account is open and inside its dates today.
    pub async fn wechat_listening(&self) -> Result<Vec<Uuid>> {
        let now = self.now();
        let lost = store::forget_going(self.pool(), now - LOST_AFTER).await?;
        if lost > 0 {
            tracing::warn!(lost, "reminders whose end is unknown");
        }
        store::listening(self.pool(), crate::clock::local_day(now)).await
    }

    /// One of them with the posts of today; none when that ended meanwhile.
    pub async fn wechat_listener(&self, user: Uuid) -> Result<Option<Listener>> {
        let now = self.now();
        let Some(l) = store::listener(self.pool(), user, crate::clock::local_day(now)).await? else { return Ok(None) };
        let actor = |p: crate::account::store::PostRow| Actor {
            user_id: l.id,
            name: l.name.clone(),
            post_id: p.id,
            role: p.role,
            region: p.region,
            session_id: None,
            ip: None,
            trace_id: None,
        };
        Ok(Some(Listener {
            user: l.id,
            openid: self.vault().open(&l.cipher, &place("user_account", "wx_openid", &l.id))?,
            actors: self.valid_posts(l.id, now).await?.into_iter().map(actor).collect(),
            told_at: l.told_at,
            told_count: l.told_count,
        }))
    }

    /// Writes down, before it goes out, that a message of `count` goes out, and takes its consent: whatever happens afterwards, it is
    /// not sent a second time. None where somebody else was faster, or the person does not listen any more.
    pub async fn wechat_claim(&self, l: &Listener, count: i64) -> Result<Option<Claim>> {
        let at = self.now();
        let going = store::Going { user: l.user, count, at, before: l.told_at };
        let ours = store::claim(self.pool(), &going, crate::clock::local_day(at)).await?;
        Ok(ours.then_some(Claim { going, before_count: l.told_count }))
    }

    /// The end of a message that was claimed.
    pub async fn wechat_settle(&self, c: &Claim, told: Told) -> Result<()> {
        let outcome = |name, consents| store::settle(self.pool(), &c.going, name, consents);
        match told {
            Told::Delivered => outcome("delivered", None).await,
            Told::Unknown => outcome("unknown", None).await,
            Told::NotWanted => outcome("not_wanted", Some(0)).await,
            Told::NotSent => store::give_back(self.pool(), &c.going, c.before_count).await,
        }
    }

    /// Less waits than was told; what comes afterwards is news again.
    pub async fn wechat_fewer(&self, user: Uuid, count: i64) -> Result<()> {
        store::fewer(self.pool(), user, count).await
    }
}
