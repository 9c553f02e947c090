//! Coming in, going out, locking, one's posts, password, second factor and sessions.

use crate::app::App;
use crate::describe::region_name;
use crate::gate::{COOKIE, Origin, Who, WhoAnyState};
use crate::problem::Reply;
use access::{Channel, LastLogin, Session, SignInRequest};
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use base::{RegionCode, Result, Secret};
use meta::Verb;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/session", post(sign_in).delete(sign_out))
        .route("/me", get(me))
        .route("/me/post", post(switch_post))
        .route("/me/password", post(change_password))
        .route("/me/lock", post(lock))
        .route("/me/unlock", post(unlock))
        .route("/me/totp/start", post(totp_start))
        .route("/me/totp/confirm", post(totp_confirm))
        .route("/me/sessions", get(sessions))
        .route("/me/sessions/{id}", delete(end_session))
}

fn cookie(app: &App, token: &str, seconds: i64) -> HeaderValue {
    let secure = if app.config.secure_cookie { "; Secure" } else { "" };
    let text = format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

async fn sign_in(State(app): State<App>, Origin(origin): Origin, Json(ask): Json<SignInRequest>) -> Reply<Response> {
    let done = app.access.sign_in(&ask, Channel::Pc, &origin).await?;
    enter(&app, done).await
}

/// The answer to a sign-in, whichever way it was: the cookie and who it is.
pub(crate) async fn enter(app: &App, done: access::SignedIn) -> Reply<Response> {
    let mut me = who_am_i(app, &done.session, done.last_login.as_ref()).await?;
    me["ended_other"] = done.ended_other.into();
    me["password_expires_in_days"] = json!(done.password_expires_in_days);
    let seconds = (done.session.absolute_expire_at - chrono::Utc::now()).num_seconds().max(0);
    Ok(([(header::SET_COOKIE, cookie(app, done.token.expose(), seconds))], Json(me)).into_response())
}

async fn sign_out(State(app): State<App>, who: WhoAnyState) -> Reply<Response> {
    app.access.sign_out(&who.session).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie(&app, "", 0))]).into_response())
}

async fn me(State(app): State<App>, who: WhoAnyState) -> Reply<Json<Value>> {
    Ok(Json(who_am_i(&app, &who.session, None).await?))
}

/// Everything the console's frame is drawn from: the person, the post acted in, permissions and menu.
async fn who_am_i(app: &App, s: &Session, last: Option<&LastLogin>) -> Result<Value> {
    let me = app.access.me(s).await?;
    let post = |p: &access::PostView| post_shown(app, p);
    let mut permissions = serde_json::Map::new();
    for d in app.catalog.datasets() {
        let verbs: Vec<&str> = Verb::ALL.into_iter().filter(|v| app.records.may(&s.actor, d, *v)).map(Verb::name).collect();
        if !verbs.is_empty() {
            permissions.insert(d.id.clone(), json!(verbs));
        }
    }
    let mut menu: Vec<&meta::Menu> = app.catalog.modules().flat_map(|m| &m.menus).filter(|m| menu_open(app, s, m)).collect();
    menu.sort_by_key(|m| m.order);
    let last_login = match last {
        Some(l) => json!({"at": l.at, "ip": l.ip}),
        None => me.last_login_at.map_or(Value::Null, |at| json!({"at": at, "ip": me.last_login_ip})),
    };
    let role = access::roles().get(&me.post.role);
    Ok(json!({
        "user": {"id": me.user_id, "login_name": me.login_name, "name": me.name, "org": me.org},
        "csrf": s.csrf, "state": me.state, "locked": me.locked,
        "post": post(&me.post), "posts": me.posts.iter().map(post).collect::<Vec<_>>(),
        "second_factor": {"bound": me.second_factor_bound, "required": role.is_some_and(|r| r.needs_second_factor(me.post.region_code.level())), "recovery_codes_left": me.recovery_codes_left},
        "wechat": crate::wechat::standing(app, s).await?,
        "last_login": last_login, "idle_lock_seconds": role.map_or(900, access::Role::idle_lock_seconds),
        "permissions": permissions, "menu": menu, "version": app.config.version,
    }))
}

/// A post as the pages draw it.
pub(crate) fn post_shown(app: &App, p: &access::PostView) -> Value {
    json!({"id": p.id, "role": p.role, "role_title": p.title, "region_code": p.region_code, "region_name": region_name(app, p.region_code.as_str()),
           "level": RegionCode::level(&p.region_code).number(), "valid_to": p.valid_to})
}

fn menu_open(app: &App, s: &Session, m: &meta::Menu) -> bool {
    let by_dataset =
        m.dataset.as_deref().and_then(|d| app.catalog.dataset(d)).is_none_or(|d| app.records.may(&s.actor, d, Verb::Read));
    let module = app.catalog.modules().find(|x| x.menus.iter().any(|y| std::ptr::eq(y, m)));
    let by_role = m.roles.is_empty() || module.is_some_and(|x| x.spell(&m.roles).contains(&s.actor.role.as_str()));
    by_dataset && by_role
}

#[derive(Deserialize)]
struct PostChoice {
    post_id: Uuid,
}
async fn switch_post(
    State(app): State<App>,
    Origin(origin): Origin,
    who: WhoAnyState,
    Json(p): Json<PostChoice>,
) -> Reply<Json<Value>> {
    let session = app.access.switch_post(&who.token, &who.session, p.post_id, &origin).await?;
    Ok(Json(who_am_i(&app, &session, None).await?))
}

#[derive(Deserialize)]
struct Passwords {
    old: String,
    new: String,
}
async fn change_password(
    State(app): State<App>,
    Origin(origin): Origin,
    who: WhoAnyState,
    Json(p): Json<Passwords>,
) -> Reply<Json<Value>> {
    app.access.change_password(&who.session, &Secret::new(p.old), &Secret::new(p.new), &origin).await?;
    let session = app.access.authenticate(&who.token, origin.ip).await?;
    Ok(Json(who_am_i(&app, &session, None).await?))
}

async fn lock(State(app): State<App>, who: WhoAnyState) -> Reply<StatusCode> {
    app.access.lock(&who.session).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct Unlock {
    password: String,
    #[serde(default)]
    code: Option<String>,
}
async fn unlock(State(app): State<App>, Origin(origin): Origin, who: WhoAnyState, Json(u): Json<Unlock>) -> Reply<Json<Value>> {
    let session = app.access.unlock(&who.token, &Secret::new(u.password), u.code.as_deref(), &origin).await?;
    Ok(Json(who_am_i(&app, &session, None).await?))
}

#[derive(Deserialize, Default)]
struct TotpAsk {
    #[serde(default)]
    code: Option<String>,
}
async fn totp_start(State(app): State<App>, who: WhoAnyState, ask: Option<Json<TotpAsk>>) -> Reply<Json<Value>> {
    let ask = ask.map(|j| j.0).unwrap_or_default();
    let start = app.access.totp_start(&who.session, ask.code.as_deref()).await?;
    Ok(Json(json!({"secret": start.secret_base32.expose(), "uri": start.otpauth_url.expose(), "qr_svg": start.qr_svg.expose()})))
}

#[derive(Deserialize)]
struct TwoCodes {
    code1: String,
    code2: String,
}
async fn totp_confirm(State(app): State<App>, who: WhoAnyState, Json(c): Json<TwoCodes>) -> Reply<Json<Value>> {
    let codes = app.access.totp_confirm(&who.session, &c.code1, &c.code2).await?;
    Ok(Json(json!({"recovery_codes": codes.expose()})))
}

async fn sessions(State(app): State<App>, who: Who) -> Reply<Json<Value>> {
    let list = app.access.sessions_of(&who.actor, who.actor.user_id).await?;
    let items: Vec<Value> = list
        .iter()
        .map(|s| json!({"id": s.id, "current": s.id == who.session.id, "ip": s.ip, "ua": s.ua, "channel": s.channel, "created_at": s.created_at, "last_seen_at": s.last_seen_at}))
        .collect();
    Ok(Json(json!({"items": items})))
}

async fn end_session(State(app): State<App>, who: Who, Path(id): Path<Uuid>) -> Reply<StatusCode> {
    app.access.end_session(&who.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
