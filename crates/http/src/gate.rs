//! Who is calling: the session behind the cookie, its state, and the token against forged requests. A handler that takes
//! [`Who`] cannot be called without a session, and what it yields is what a transaction needs.

use crate::App;
use crate::problem::{Problem, TraceId};
use access::{Session, SessionState};
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, Method, header};
use base::{Actor, Error};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

pub(crate) const COOKIE: &str = "ganong_session";

/// Signed in and active.
pub struct Who {
    pub actor: Actor,
    pub session: Session,
}
/// Signed in, whatever the session still waits for (a password change, a second factor, an unlock).
pub struct WhoAnyState {
    pub session: Session,
    pub token: String,
}
/// Where the request comes from.
pub struct Origin(pub access::Origin);

pub(crate) fn cookie(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .find_map(|c| c.trim().strip_prefix(COOKIE)?.strip_prefix('=').map(str::to_owned))
}

/// The caller's address: the peer's, or what a trusted proxy says.
pub(crate) fn address(app: &App, headers: &HeaderMap, ext: &Extensions) -> IpAddr {
    let peer = ext.get::<ConnectInfo<SocketAddr>>().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |c| c.0.ip());
    if !app.config.trusted_proxies.contains(&peer) {
        return peer;
    }
    headers
        .get("x-forwarded-for")
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.rsplit(',').next()?.trim().parse().ok())
        .unwrap_or(peer)
}

impl FromRequestParts<App> for Origin {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Ok(Origin(access::Origin {
            ip: address(app, &parts.headers, &parts.extensions),
            ua: parts
                .headers
                .get(header::USER_AGENT)
                .and_then(|v| v.to_str().ok())
                .unwrap_or_default()
                .chars()
                .take(200)
                .collect(),
            trace_id: parts.extensions.get::<TraceId>().map(|t| t.0.clone()),
        }))
    }
}

impl FromRequestParts<App> for WhoAnyState {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let token = cookie(&parts.headers).ok_or_else(|| Error::unauthenticated("access.no_session", "请先登录。"))?;
        let origin = Origin::from_request_parts(parts, app).await?.0;
        let session = {
            let mut s = app.access.authenticate(&token, origin.ip).await?;
            s.actor.trace_id = origin.trace_id;
            s
        };
        if !matches!(parts.method, Method::GET | Method::HEAD) {
            let sent = parts.headers.get("x-csrf-token").map(|v| v.as_bytes()).unwrap_or_default();
            if !bool::from(subtle::ConstantTimeEq::ct_eq(sent, session.csrf.as_bytes())) {
                return Err(Error::forbidden("http.csrf", "页面已过期，请刷新后重试。").into());
            }
        }
        Ok(WhoAnyState { session, token })
    }
}

impl FromRequestParts<App> for Who {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let WhoAnyState { session, .. } = WhoAnyState::from_request_parts(parts, app).await?;
        let wait = match session.state {
            SessionState::Active => return Ok(Who { actor: session.actor.clone(), session }),
            SessionState::Locked => Error::forbidden("access.session_locked", "屏幕已锁定，请输入口令解锁。"),
            SessionState::MustChangePassword => {
                Error::forbidden("access.must_change_password", "首次登录或口令到期，请先修改口令。")
            }
            SessionState::MustBindSecondFactor => {
                Error::forbidden("access.must_bind_second_factor", "本岗位须绑定动态口令后才能使用，请先绑定。")
            }
        };
        Err(wait.into())
    }
}
