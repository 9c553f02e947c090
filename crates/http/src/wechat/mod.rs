//! The mini-program's sign-in by the platform's code, the binding of a telephone to an account, consents to messages. Must not
//! know how the platform is spoken to.

mod job;
mod rules;

pub use job::{REMIND, Reminder};

use crate::app::App;
use crate::gate::{Origin, Who};
use crate::problem::Reply;
use crate::session::enter;
use access::{Beside, Session};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::post;
use axum::{Json, Router};
use base::{Error, Result};
use serde::Deserialize;
use serde_json::{Value, json};

/// The platform, and the template that people subscribe to.
#[derive(Clone, Debug)]
pub struct Platform {
    pub client: ::wechat::Client,
    /// Template of the reminder; none: no messages.
    pub template: Option<String>,
    /// Its fields: how many wait, how many are overdue, a day, a sentence.
    pub fields: [String; 4],
    /// Page that a message opens.
    pub page: String,
    /// Hours of Beijing in which people are told, from and to.
    pub hours: (u32, u32),
}

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/wechat/session", post(sign_in))
        .route("/me/wechat", post(bind).delete(unbind))
        .route("/me/wechat/consent", post(consent))
}

fn platform(app: &App) -> Result<&Platform> {
    app.wechat.as_ref().ok_or_else(|| Error::unavailable("wechat.not_configured", "本系统没有接入微信，请用账号和口令登录。"))
}

/// For `GET /me`: whether the platform is there, the binding, the template to ask consent for.
pub(crate) async fn standing(app: &App, s: &Session) -> Result<Value> {
    let Some(p) = &app.wechat else { return Ok(json!({"available": false, "bound": false})) };
    let bound = app.access.wechat_standing(s.actor.user_id).await?;
    Ok(json!({
        "available": true, "bound": bound.is_some(), "bound_at": bound.map(|b| b.0), "consents": bound.map_or(0, |b| b.1), "template": p.template,
    }))
}

#[derive(Deserialize)]
struct Shown {
    js_code: String,
    #[serde(flatten)]
    beside: Beside,
}

async fn sign_in(State(app): State<App>, Origin(origin): Origin, Json(s): Json<Shown>) -> Reply<Response> {
    let openid = platform(&app)?.client.openid(&s.js_code).await?;
    let done = app.access.wechat_sign_in(&openid, &s.beside, &origin).await?;
    enter(&app, done).await
}

async fn bind(State(app): State<App>, Origin(origin): Origin, who: Who, Json(s): Json<Shown>) -> Reply<Json<Value>> {
    let openid = platform(&app)?.client.openid(&s.js_code).await?;
    app.access.wechat_bind(&who.session, &openid, &s.beside, &origin).await?;
    Ok(Json(standing(&app, &who.session).await?))
}

async fn unbind(State(app): State<App>, who: Who) -> Reply<StatusCode> {
    app.access.wechat_unbind(&who.session).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn consent(State(app): State<App>, who: Who) -> Reply<Json<Value>> {
    platform(&app)?;
    app.access.wechat_consent(&who.session).await?;
    Ok(Json(standing(&app, &who.session).await?))
}
