//! The table `app.security_event`: every statement about it.

use crate::log::{EventResult, SecurityEvent};
use crate::store::{Pool, db};
use crate::trail::SecurityEventView;
use base::Result;
use sqlx::Row;
use uuid::Uuid;

pub(crate) fn result_name(r: EventResult) -> &'static str {
    match r {
        EventResult::Ok => "ok",
        EventResult::Failed => "failed",
        EventResult::Denied => "denied",
    }
}

pub(crate) async fn insert(pool: &Pool, id: Uuid, e: &SecurityEvent) -> Result<()> {
    sqlx::query(
        "insert into app.security_event (id, at, kind, action, result, code, actor_id, user_id, ip, trace_id, detail, alert) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(id)
    .bind(e.at)
    .bind(e.kind.name())
    .bind(e.action)
    .bind(result_name(e.result))
    .bind(&e.code)
    .bind(e.actor.as_ref().map(|a| a.user_id))
    .bind(e.user_id)
    .bind(e.ip.map(|ip| ip.to_string()))
    .bind(&e.trace_id)
    .bind(&e.detail)
    .bind(e.alert)
    .execute(pool)
    .await
    .map_err(db)?;
    Ok(())
}

pub(crate) async fn list(
    pool: &Pool,
    user: Option<Uuid>,
    only_alerts: bool,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<SecurityEventView>> {
    let rows = sqlx::query(
        "select * from app.security_event where ($1::uuid is null or user_id = $1) and (not $2 or alert) \
           and ($3::uuid is null or id < $3) order by id desc limit $4",
    )
    .bind(user)
    .bind(only_alerts)
    .bind(before)
    .bind(limit)
    .fetch_all(pool)
    .await
    .map_err(db)?;
    Ok(rows
        .iter()
        .map(|r| SecurityEventView {
            id: r.get("id"),
            at: r.get("at"),
            kind: r.get("kind"),
            action: r.get("action"),
            result: r.get("result"),
            code: r.get("code"),
            actor_id: r.get("actor_id"),
            user_id: r.get("user_id"),
            ip: r.get("ip"),
            detail: r.get("detail"),
            alert: r.get("alert"),
        })
        .collect())
}
