//! Security events on their way into the audit trail: facts and reasons are kept here, the chained line refers to them.
//! Must not know what an event means.

pub(crate) mod store;

use crate::Access;
use crate::log::{EventKind, EventResult, SecurityEvent, SecurityLog};
use crate::store::Pool;
use async_trait::async_trait;
use audit::{Action, Audit, Event, Line, ObjectId};
use base::{Actor, Result};
use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

/// The [`SecurityLog`] of a running system: writes the event and its line; answers after both are durable.
pub struct Trail {
    pool: Pool,
    audit: Audit,
}

impl Trail {
    pub fn new(pool: Pool, audit: Audit) -> Self {
        Self { pool, audit }
    }
}

#[async_trait]
impl SecurityLog for Trail {
    async fn record(&self, event: SecurityEvent) -> Result<()> {
        let id = Uuid::now_v7();
        store::insert(&self.pool, id, &event).await?;
        if event.alert {
            tracing::warn!(event = %id, action = event.action, code = event.code, "security alert");
        }
        self.audit.write(line(id, event)).await.map(drop)
    }
}

/// An event as a line of the trail.
fn line(id: Uuid, e: SecurityEvent) -> Line {
    let mut actor = e.actor.unwrap_or_else(nobody);
    actor.ip = e.ip.map(|ip| ip.to_string()).or(actor.ip);
    actor.trace_id = e.trace_id.or(actor.trace_id);
    let line = Line::of(&actor, event_of(e.kind), action_of(e.action), "user_account")
        .api(format!("access/{}", e.action))
        .auth_ref(ObjectId::from(id));
    let line = match e.user_id {
        Some(user) => line.object(user).rows(1),
        None => line,
    };
    match e.result {
        EventResult::Ok => line,
        EventResult::Failed => line.failed(e.code),
        EventResult::Denied => line.denied(e.code),
    }
}

/// Whoever is not signed in.
fn nobody() -> Actor {
    Actor { name: "未登录".into(), role: "NOBODY".into(), ..Actor::system("") }
}

fn event_of(kind: EventKind) -> Event {
    match kind {
        EventKind::Login => Event::Login,
        EventKind::Logout => Event::Logout,
        EventKind::Account => Event::Account,
        EventKind::Perm => Event::Perm,
        EventKind::Policy => Event::Policy,
        EventKind::Unmask => Event::Unmask,
        EventKind::Security => Event::Security,
    }
}

fn action_of(action: &str) -> Action {
    match action.split('_').next() {
        Some("create" | "add" | "bind" | "bootstrap") => Action::Create,
        Some("remove" | "end") => Action::Delete,
        Some("disable" | "lock" | "block") => Action::Disable,
        Some("enable" | "unlock") => Action::Enable,
        Some("update" | "set" | "reset" | "change" | "renew" | "review") => Action::Update,
        Some("sign") if action == "sign_request" => Action::Sign,
        _ => Action::Execute,
    }
}

/// An event in the list of security events.
#[derive(Clone, Debug, Serialize)]
pub struct SecurityEventView {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub kind: String,
    pub action: String,
    pub result: String,
    pub code: String,
    pub actor_id: Option<Uuid>,
    pub user_id: Option<Uuid>,
    pub ip: Option<String>,
    pub detail: serde_json::Value,
    pub alert: bool,
}

impl Access {
    /// Security events, newest first; `before` is the last one of the page before. For the security and the audit administrator.
    pub async fn security_events(
        &self,
        actor: &Actor,
        user: Option<Uuid>,
        only_alerts: bool,
        before: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<SecurityEventView>> {
        self.require_role(actor, &["SEC_ADMIN", "AUDIT_ADMIN"])?;
        store::list(self.pool(), user, only_alerts, before, limit.clamp(1, 200)).await
    }
}
