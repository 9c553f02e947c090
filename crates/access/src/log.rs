//! The seam to the audit trail: every security event passes here. Must not know how the trail is kept.

use async_trait::async_trait;
use base::{Actor, Result};
use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use std::net::IpAddr;
use uuid::Uuid;

/// AUDIT_TYPE of domain/06 §8.1, as far as this room has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    Login,
    Logout,
    Account,
    Perm,
    Policy,
    Unmask,
    Security,
}

impl EventKind {
    pub fn name(self) -> &'static str {
        match self {
            EventKind::Login => "LOGIN",
            EventKind::Logout => "LOGOUT",
            EventKind::Account => "ACCOUNT",
            EventKind::Perm => "PERM",
            EventKind::Policy => "POLICY",
            EventKind::Unmask => "UNMASK",
            EventKind::Security => "SECURITY",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventResult {
    Ok,
    Failed,
    Denied,
}

/// One thing that happened to accounts, posts, sessions or rules. Holds ids and codes, never a password, code or number of a person.
#[derive(Clone, Debug)]
pub struct SecurityEvent {
    pub at: DateTime<Utc>,
    pub kind: EventKind,
    /// What was done: `sign_in`, `add_post`, `reset_password` …
    pub action: &'static str,
    pub result: EventResult,
    /// Code of the refusal, or the result of a sign-in.
    pub code: String,
    /// Who did it; none before anybody is signed in.
    pub actor: Option<Actor>,
    /// The account concerned.
    pub user_id: Option<Uuid>,
    pub ip: Option<IpAddr>,
    pub trace_id: Option<String>,
    /// Reason and facts.
    pub detail: Json,
    /// Somebody should be woken.
    pub alert: bool,
}

/// Takes security events. A failure refuses the operation (domain/06 DJ-11: no write without its audit line).
#[async_trait]
pub trait SecurityLog: Send + Sync {
    async fn record(&self, event: SecurityEvent) -> Result<()>;
}
