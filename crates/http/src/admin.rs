//! Accounts, posts, addresses, the permission matrix and the audit trail, for the three kinds of administrators.

use crate::app::App;
use crate::gate::Who;
use crate::problem::Reply;
use crate::session::post_shown;
use audit::{Action, Event, Line};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use base::{Error, RegionCode, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/access/users", get(list_users).post(create_user))
        .route("/access/users/{id}", get(one_user).patch(update_user))
        .route("/access/users/{id}/{verb}", post(act_on_user))
        .route("/access/users/{id}/posts", post(add_post))
        .route("/access/users/{id}/posts/{post}", delete(remove_post))
        .route("/access/roles", get(list_roles))
        .route("/access/permissions", get(permissions))
        .route("/access/ip-rules", get(list_ip_rules).post(create_ip_rule))
        .route("/access/ip-rules/{id}", delete(end_ip_rule))
        .route("/audit/lines", get(list_lines))
        .route("/audit/verify", post(verify))
}

#[derive(Deserialize)]
struct Find {
    #[serde(default)]
    q: String,
    after: Option<String>,
}
async fn list_users(State(app): State<App>, who: Who, Query(f): Query<Find>) -> Reply<Json<Value>> {
    let found = app.access.users(&who.actor, &f.q, f.after.as_deref(), 50).await?;
    let next = if found.len() == 50 { found.last().map(|u| u.login_name.clone()) } else { None };
    let items: Vec<Value> = found.iter().map(|u| shown(&app, u)).collect();
    Ok(Json(json!({"items": items, "next": next})))
}

async fn one_user(State(app): State<App>, who: Who, Path(id): Path<Uuid>) -> Reply<Json<Value>> {
    Ok(Json(shown(&app, &app.access.user(&who.actor, id).await?)))
}

/// An account as the pages draw it: its posts with the names of their regions.
fn shown(app: &App, u: &access::UserView) -> Value {
    let mut out = json!(u);
    out["posts"] = u.posts.iter().map(|p| post_shown(app, p)).collect();
    out
}

async fn create_user(State(app): State<App>, who: Who, Json(new): Json<access::NewUser>) -> Reply<(StatusCode, Json<Value>)> {
    let made = app.access.create_user(&who.actor, &new).await?;
    Ok((StatusCode::CREATED, Json(once(&made))))
}

/// The first password is shown once to the administrator and never again.
fn once(made: &access::Created) -> Value {
    json!({"id": made.user_id, "login_name": made.login_name, "initial_password": made.initial_password.expose(), "initial_until": made.initial_until})
}

async fn update_user(
    State(app): State<App>,
    who: Who,
    Path(id): Path<Uuid>,
    Json(p): Json<access::UserPatch>,
) -> Reply<StatusCode> {
    app.access.update_user(&who.actor, id, &p).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, Default)]
struct Reason {
    #[serde(default)]
    reason: String,
}
async fn act_on_user(
    State(app): State<App>,
    who: Who,
    Path((id, verb)): Path<(Uuid, String)>,
    body: Option<Json<Reason>>,
) -> Reply<Json<Value>> {
    let reason = body.map(|b| b.0.reason).unwrap_or_default();
    let out = match verb.as_str() {
        "reset-password" => once(&app.access.reset_password(&who.actor, id).await?),
        "enable" => once(&app.access.enable_user(&who.actor, id, &reason).await?),
        "unlock" => {
            app.access.unlock_user(&who.actor, id, &reason).await?;
            json!({})
        }
        "disable" => json!(app.access.disable_user(&who.actor, id, &reason).await?),
        "totp-disable" => {
            app.access.totp_disable(&who.actor, id, &reason).await?;
            json!({})
        }
        "wechat-unbind" => {
            app.access.wechat_unbind_of(&who.actor, id, &reason).await?;
            json!({})
        }
        _ => return Err(Error::not_found("http.no_such_path", "没有这个地址，请从菜单重新进入。").into()),
    };
    Ok(Json(out))
}

#[derive(Deserialize)]
struct NewPost {
    role: String,
    region_code: RegionCode,
    #[serde(default)]
    valid_to: Option<chrono::NaiveDate>,
}
async fn add_post(
    State(app): State<App>,
    who: Who,
    Path(id): Path<Uuid>,
    Json(p): Json<NewPost>,
) -> Reply<(StatusCode, Json<Value>)> {
    let post = app.access.add_post(&who.actor, id, &p.role, &p.region_code, p.valid_to).await?;
    Ok((StatusCode::CREATED, Json(json!({"id": post}))))
}
async fn remove_post(State(app): State<App>, who: Who, Path((id, post)): Path<(Uuid, Uuid)>) -> Reply<StatusCode> {
    app.access.remove_post(&who.actor, id, post).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn list_roles(_who: Who) -> Json<Value> {
    let items: Vec<Value> =
        access::roles().all().map(|r| json!({"code": r.code, "title": r.title, "levels": r.levels})).collect();
    Json(json!({"items": items}))
}

/// Role × dataset × verb, for people who answer for permissions.
async fn permissions(State(app): State<App>, who: Who) -> Reply<Json<Value>> {
    needs(&who, &["SYS_ADMIN", "SEC_ADMIN", "AUDIT_ADMIN", "R01"])?;
    let rows: Vec<Value> =
        app.catalog.policy().into_iter().map(|((d, v), r)| json!({"dataset": d, "verb": v, "roles": r})).collect();
    Ok(Json(json!({"items": rows})))
}

async fn list_ip_rules(State(app): State<App>, who: Who) -> Reply<Json<Value>> {
    Ok(Json(json!({"items": app.access.ip_rules(&who.actor).await?})))
}
async fn create_ip_rule(
    State(app): State<App>,
    who: Who,
    Json(r): Json<access::IpRuleInput>,
) -> Reply<(StatusCode, Json<Value>)> {
    Ok((StatusCode::CREATED, Json(json!({"id": app.access.create_ip_rule(&who.actor, &r).await?}))))
}
async fn end_ip_rule(State(app): State<App>, who: Who, Path(id): Path<Uuid>) -> Reply<StatusCode> {
    app.access.end_ip_rule(&who.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn needs(who: &Who, roles: &[&str]) -> Result<()> {
    if roles.contains(&who.actor.role.as_str()) {
        return Ok(());
    }
    Err(Error::forbidden("access.not_permitted", "您当前岗位没有此项权限；如工作需要，请联系本级管理员调整岗位。"))
}

#[derive(Deserialize)]
struct LinesAsked {
    event_type: Option<String>,
    actor: Option<Uuid>,
    object_type: Option<String>,
    from: Option<chrono::DateTime<chrono::Utc>>,
    to: Option<chrono::DateTime<chrono::Utc>>,
    after: Option<i64>,
}
async fn list_lines(State(app): State<App>, who: Who, Query(q): Query<LinesAsked>) -> Reply<Json<Value>> {
    needs(&who, &["AUDIT_ADMIN"])?;
    let filter = audit::Filter {
        event_type: q.event_type,
        actor_id: q.actor,
        object_type: q.object_type,
        from: q.from,
        to: q.to,
        after: q.after,
        ..audit::Filter::default()
    };
    let page = app.audit.list(&filter).await?;
    app.audit.write(Line::of(&who.actor, Event::AuditView, Action::Read, "app.audit_line").rows(page.items.len() as i64)).await?;
    Ok(Json(json!(page)))
}

async fn verify(State(app): State<App>, who: Who) -> Reply<Json<Value>> {
    needs(&who, &["AUDIT_ADMIN"])?;
    let v = app.audit.verify(None, None).await?;
    app.audit.write(Line::of(&who.actor, Event::AuditView, Action::Execute, "app.audit_line").rows(v.checked as i64)).await?;
    Ok(Json(json!(v)))
}
