//! Who is acting, in which post, over which regions. An argument of everything that reads business rows.

use crate::region::{Level, RegionCode, Scope};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A person acting in one post (one role in one region), or the system itself on a named errand.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Actor {
    pub user_id: Uuid,
    /// Name as shown in histories and watermarks.
    pub name: String,
    pub post_id: Uuid,
    /// Role code: `R01`…`R17`, `SYS_ADMIN`, `SEC_ADMIN`, `AUDIT_ADMIN`, … or `SYSTEM`.
    pub role: String,
    /// The region acted in; rows outside it do not exist for this actor.
    pub region: RegionCode,
    pub session_id: Option<Uuid>,
    /// Address the request came from, for the audit line.
    pub ip: Option<String>,
    /// Follows one request through logs and audit.
    pub trace_id: Option<String>,
}

impl Actor {
    pub fn scope(&self) -> Scope {
        self.region.scope()
    }
    pub fn level(&self) -> Level {
        self.region.level()
    }
    /// The system on an errand of its own (a schedule, a sync, a job without a person): sees the whole province.
    pub fn system(errand: &str) -> Actor {
        Actor {
            user_id: Uuid::nil(),
            name: format!("系统·{errand}"),
            post_id: Uuid::nil(),
            role: "SYSTEM".into(),
            region: RegionCode::parse("36").expect("36 is a region code"),
            session_id: None,
            ip: None,
            trace_id: None,
        }
    }
    pub fn is_system(&self) -> bool {
        self.role == "SYSTEM"
    }
}
