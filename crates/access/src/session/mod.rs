//! Sessions after the sign-in: recognised, kept alive, locked, opened, ended. Must not know passwords' rules.

pub(crate) mod cache;
pub mod rules;
pub(crate) mod store;

use crate::log::EventKind;
use crate::model::{AccountStatus, Locked, Me, Origin, PostView, Session, SessionState, SessionView};
use crate::roles::roles;
use crate::session::rules::{EndReason, EndpointClass, Liveness, NewAddress, SessionMoments, liveness};
use crate::session::store::Loaded;
use crate::{Access, account};
use base::{Actor, Error, Result, Secret};
use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use sm3::{Digest, Sm3};
use std::net::IpAddr;
use uuid::Uuid;

/// Use is written down at most this often.
const SEEN_STEP: Duration = Duration::seconds(20);

pub(crate) fn token_hash(token: &str) -> Vec<u8> {
    Sm3::digest(token.as_bytes()).to_vec()
}

/// Follows from the token, so that it need not be kept; does not reveal it.
pub(crate) fn csrf_of(token: &str) -> String {
    hex::encode(&Sm3::digest(format!("csrf|{token}").as_bytes())[..16])
}

fn ended(why: EndReason) -> Error {
    Error::unauthenticated("access.session_ended", why.sentence()).with("reason", why.name())
}

fn class_of(l: &Loaded) -> EndpointClass {
    EndpointClass::of(l.channel, roles().get(&l.post.role).is_some_and(|r| r.administrative))
}

fn moments(l: &Loaded) -> SessionMoments {
    SessionMoments { last_seen_at: l.last_seen_at, absolute_expire_at: l.absolute_expire_at, locked: l.locked }
}

/// Why a session of this account and post may not go on, whatever its own moments say.
fn revoked(l: &Loaded, now: DateTime<Utc>) -> Option<EndReason> {
    let today = crate::clock::local_day(now);
    if l.status != AccountStatus::Normal || l.valid_to.is_some_and(|d| d < today) {
        Some(EndReason::Disabled)
    } else if l.post_ended || !l.post.valid_on(today) {
        Some(EndReason::PostChanged)
    } else {
        None
    }
}

fn view(token: &str, l: &Loaded, live: Liveness, now: DateTime<Utc>, ip: IpAddr) -> Session {
    let must_bind = !l.factor_bound
        && !l.training
        && l.channel == crate::Channel::Pc
        && roles().get(&l.post.role).is_some_and(|r| r.needs_second_factor(l.post.region.level()));
    let locked = match (live, l.locked) {
        (Liveness::Locked, Locked::No) => Locked::Idle,
        (_, locked) => locked,
    };
    let state = if live == Liveness::Locked {
        SessionState::Locked
    } else if l.must_change || l.weak_flag || l.pwd_expire_at <= now {
        SessionState::MustChangePassword
    } else if must_bind {
        SessionState::MustBindSecondFactor
    } else {
        SessionState::Active
    };
    Session {
        id: l.id,
        actor: Actor {
            user_id: l.user_id,
            name: l.name.clone(),
            post_id: l.post.id,
            role: l.post.role.clone(),
            region: l.post.region.clone(),
            session_id: Some(l.id),
            ip: Some(ip.to_string()),
            trace_id: None,
        },
        csrf: csrf_of(token),
        state,
        locked,
        channel: l.channel,
        created_at: l.created_at,
        last_seen_at: l.last_seen_at,
        absolute_expire_at: l.absolute_expire_at,
        factor_at: l.factor_at,
    }
}

impl Access {
    /// Recognises a token. A locked session is recognised too; the caller looks at the state.
    pub async fn authenticate(&self, token: &str, ip: IpAddr) -> Result<Session> {
        let (ip, now) = (ip.to_canonical(), self.now());
        let mut l = self.loaded(token, now).await?;
        if ip.to_string() != l.ip && l.locked != Locked::Address {
            match class_of(&l).on_new_address(l.factor_bound) {
                NewAddress::Follow => {}
                NewAddress::End => {
                    self.finish(l.id, EndReason::IpChanged, now).await?;
                    return Err(ended(EndReason::IpChanged));
                }
                NewAddress::Lock => {
                    store::lock(self.pool(), l.id, Locked::Address).await?;
                    self.cache().forget_session(l.id);
                    l.locked = Locked::Address;
                }
            }
        }
        match liveness(class_of(&l).times(), moments(&l), now) {
            Liveness::Ended(why) => {
                self.finish(l.id, why, now).await?;
                Err(ended(why))
            }
            live => Ok(view(token, &l, live, now, ip)),
        }
    }

    /// The session behind a token, from memory or the database, unless it is over or revoked.
    async fn loaded(&self, token: &str, now: DateTime<Utc>) -> Result<Loaded> {
        let hash = token_hash(token);
        let l = match self.cache().get(&hash, now) {
            Some(l) => l,
            None => {
                let era = self.cache().era();
                let l = store::load(self.pool(), &hash)
                    .await?
                    .ok_or_else(|| Error::unauthenticated("access.not_signed_in", "您还没有登录或登录已失效，请登录。"))?;
                if let Some(why) = &l.end_reason {
                    return Err(ended(EndReason::ALL.into_iter().find(|r| r.name() == why).unwrap_or(EndReason::Logout)));
                }
                self.check_post(&l.post).await?;
                if l.training && !self.config().training {
                    let sentence = "这是培训账号的登录，只能在演示系统中使用；请使用正式账号登录。";
                    return Err(Error::unauthenticated("access.training_session", sentence));
                }
                let l = Loaded { training: l.training && self.config().training, ..l };
                self.cache().put(&hash, &l, era, now);
                l
            }
        };
        if let Some(why) = revoked(&l, now) {
            self.finish(l.id, why, now).await?;
            return Err(ended(why));
        }
        Ok(l)
    }

    async fn finish(&self, id: Uuid, why: EndReason, now: DateTime<Utc>) -> Result<()> {
        store::end(self.pool(), id, why, now).await?;
        self.cache().forget_session(id);
        Ok(())
    }

    /// Notes that the person used the session (not for polling); a locked one stays locked.
    pub async fn touch(&self, session: &Session) -> Result<()> {
        let now = self.now();
        if session.state == SessionState::Locked || now - session.last_seen_at < SEEN_STEP {
            return Ok(());
        }
        self.cache().seen(session.id, now);
        store::seen(self.pool(), session.id, now).await
    }

    /// Locks the screen.
    pub async fn lock(&self, session: &Session) -> Result<()> {
        store::lock(self.pool(), session.id, Locked::User).await?;
        self.cache().forget_session(session.id);
        Ok(())
    }

    /// Opens a locked session with the password; with the second factor too when the address changed.
    pub async fn unlock(&self, token: &str, password: &Secret<String>, code: Option<&str>, origin: &Origin) -> Result<Session> {
        let now = self.now();
        let l = self.loaded(token, now).await?;
        if let Liveness::Ended(why) = liveness(class_of(&l).times(), moments(&l), now) {
            self.finish(l.id, why, now).await?;
            return Err(ended(why));
        }
        let account = account::store::by_id(self.pool(), l.user_id).await?.ok_or_else(crate::no_such_user)?;
        self.verify_own_password(&account, password.expose(), origin, l.channel).await?;
        let factor_at = if l.locked == Locked::Address && l.factor_bound {
            self.check_factor(&account, code).await?;
            Some(now)
        } else {
            None
        };
        self.check_address(&account, &l.post, l.channel, origin.ip).await?;
        store::unlock(self.pool(), l.id, &origin.ip.to_canonical().to_string(), factor_at, now).await?;
        self.cache().forget_session(l.id);
        self.authenticate(token, origin.ip).await
    }

    /// Ends the session.
    pub async fn sign_out(&self, session: &Session) -> Result<()> {
        self.note(EventKind::Logout, "sign_out", Some(&session.actor), Some(session.actor.user_id), json!({})).await?;
        self.finish(session.id, EndReason::Logout, self.now()).await
    }

    /// Goes on in another of one's posts.
    pub async fn switch_post(&self, token: &str, session: &Session, post_id: Uuid, origin: &Origin) -> Result<Session> {
        let now = self.now();
        let posts = self.valid_posts(session.actor.user_id, now).await?;
        let post = posts
            .into_iter()
            .find(|p| p.id == post_id)
            .ok_or_else(|| Error::not_found("access.no_such_post", "没有这个岗位或岗位已到期，请刷新后重新选择。"))?;
        let account = account::store::by_id(self.pool(), session.actor.user_id).await?.ok_or_else(crate::no_such_user)?;
        self.check_address(&account, &post, session.channel, origin.ip).await?;
        let administrative = roles().get(&post.role).is_some_and(|r| r.administrative);
        let class = EndpointClass::of(session.channel, administrative);
        if administrative && session.factor_at.is_none() && account.totp_secret_cipher.is_some() {
            return Err(Error::unauthenticated("access.second_factor_needed", "请先完成二次验证，再切换到管理岗位。"));
        }
        let detail = json!({"from": session.actor.post_id, "to": post.id});
        self.note(EventKind::Login, "switch_post", Some(&session.actor), Some(account.id), detail).await?;
        store::set_post(self.pool(), session.id, post.id, session.created_at + class.times().absolute).await?;
        self.cache().forget_session(session.id);
        self.authenticate(token, origin.ip).await
    }

    /// Verifies the second factor once more, before a sensitive operation.
    pub async fn verify_second_factor(&self, session: &Session, code: &str) -> Result<()> {
        let account = account::store::by_id(self.pool(), session.actor.user_id).await?.ok_or_else(crate::no_such_user)?;
        self.check_factor(&account, Some(code)).await?;
        store::set_factor_at(self.pool(), session.id, self.now()).await?;
        self.cache().forget_session(session.id);
        self.note(EventKind::Security, "verify_second_factor", Some(&session.actor), Some(account.id), json!({})).await
    }

    /// The places where an account is signed in: one's own, or one that the actor administers.
    pub async fn sessions_of(&self, actor: &Actor, user: Uuid) -> Result<Vec<SessionView>> {
        if actor.user_id != user {
            self.administered(actor, user).await?;
        }
        store::of_user(self.pool(), user, self.now()).await
    }

    /// Ends a session: one's own, or of an account that the actor administers.
    pub async fn end_session(&self, actor: &Actor, id: Uuid) -> Result<()> {
        let gone = || Error::not_found("access.no_such_session", "该登录已经结束。");
        let user = store::owner(self.pool(), id).await?.ok_or_else(gone)?;
        if actor.user_id != user {
            self.administered(actor, user).await.map_err(|_| gone())?;
        }
        self.note(EventKind::Security, "end_session", Some(actor), Some(user), json!({"session": id})).await?;
        self.finish(id, EndReason::Kick, self.now()).await
    }

    /// Who is signed in.
    pub async fn me(&self, session: &Session) -> Result<Me> {
        let account = account::store::by_id(self.pool(), session.actor.user_id).await?.ok_or_else(crate::no_such_user)?;
        let posts: Vec<PostView> = self.valid_posts(account.id, self.now()).await?.iter().map(account::post_view).collect();
        let post = posts.iter().find(|p| p.id == session.actor.post_id).cloned().ok_or_else(|| ended(EndReason::PostChanged))?;
        Ok(Me {
            user_id: account.id,
            login_name: account.login_name,
            name: account.name,
            org: account.org,
            state: session.state,
            locked: session.locked,
            post,
            posts,
            second_factor_bound: account.totp_secret_cipher.is_some(),
            recovery_codes_left: usize::try_from(account.codes_left).unwrap_or(0),
            password_expire_at: account.pwd_expire_at,
            last_login_at: account.last_login_at,
            last_login_ip: account.last_login_ip,
        })
    }
}
