//! What one line says. It has no place for values of personal data: field names, ids, counts and codes only.

use base::{Actor, Error, RegionCode, Result};
use uuid::Uuid;

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($variant:ident $code:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $(#[doc = concat!("`", $code, "`")] $variant),* }
        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),*];
            /// The code stored.
            pub fn code(self) -> &'static str {
                match self { $($name::$variant => $code),* }
            }
        }
    };
}

codes!(/// `AUDIT_TYPE` of domain 06 §8.1.
Event {
    Login "LOGIN", Logout "LOGOUT", Account "ACCOUNT", Perm "PERM", Policy "POLICY", DataRead "DATA_READ",
    DataWrite "DATA_WRITE", Unmask "UNMASK", Export "EXPORT", Import "IMPORT", Share "SHARE", ApiCall "API_CALL",
    Print "PRINT", File "FILE", Report "REPORT", Backup "BACKUP", Restore "RESTORE", Key "KEY", Job "JOB",
    Config "CONFIG", Security "SECURITY", Ticket "TICKET", AuditView "AUDIT_VIEW", DbDdl "DB_DDL", DbDml "DB_DML", Os "OS",
});
codes!(/// `AUDIT_ACTION` of domain 06 §8.1.
Action {
    Create "C", Read "R", Update "U", Delete "D", Approve "APPROVE", Reject "REJECT", Sign "SIGN",
    Dispatch "DISPATCH", Download "DOWNLOAD", Copy "COPY", ScreenshotHint "SCREENSHOT_HINT", Enable "ENABLE",
    Disable "DISABLE", Execute "EXECUTE",
});
codes!(/// How it ended.
Outcome { Ok "ok", Failed "failed", Denied "denied" });

/// Id of the object of a line: a row id, or a code that cannot be a person's number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectId(pub(crate) String);

impl From<Uuid> for ObjectId {
    fn from(id: Uuid) -> Self {
        Self(id.to_string())
    }
}

impl ObjectId {
    /// A batch number, role code, job name…: up to 64 letters, digits and `._:/-`, not a person's number.
    pub fn code(text: &str) -> Result<ObjectId> {
        let shape = (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b':' | b'/' | b'-'));
        let clean = secure::mask::mask(secure::mask::MaskKind::Text, secure::Scene::Log, text).as_deref() == Some(text);
        let number = base::idcard::parse(text, chrono::NaiveDate::MAX).person().is_some();
        if shape && clean && !number {
            return Ok(ObjectId(text.to_owned()));
        }
        Err(Error::invalid("audit.object_id", "审计客体标识只能是记录编号或代码，不能是证件号、电话等个人标识。"))
    }
}

/// One line to be written.
#[derive(Clone, Debug)]
pub struct Line {
    pub(crate) event: Event,
    pub(crate) action: Action,
    pub(crate) actor_id: Uuid,
    pub(crate) actor_name: String,
    pub(crate) role: String,
    pub(crate) region: RegionCode,
    pub(crate) session_id: Option<Uuid>,
    pub(crate) trace_id: Option<String>,
    pub(crate) ip: Option<String>,
    pub(crate) channel: Option<&'static str>,
    pub(crate) object_type: String,
    pub(crate) object_id: Option<ObjectId>,
    pub(crate) object_region: Option<RegionCode>,
    pub(crate) fields: Vec<String>,
    pub(crate) row_count: i64,
    pub(crate) api: Option<String>,
    pub(crate) outcome: Outcome,
    pub(crate) error_code: Option<String>,
    pub(crate) auth_ref: Option<ObjectId>,
}

impl Line {
    /// A line that went well, about `object_type` (a dataset id, `session`, `user`, `job`…).
    pub fn of(actor: &Actor, event: Event, action: Action, object_type: impl Into<String>) -> Line {
        Line {
            event,
            action,
            actor_id: actor.user_id,
            actor_name: actor.name.clone(),
            role: actor.role.clone(),
            region: actor.region.clone(),
            session_id: actor.session_id,
            trace_id: actor.trace_id.clone(),
            ip: actor.ip.clone(),
            channel: None,
            object_type: object_type.into(),
            object_id: None,
            object_region: None,
            fields: Vec::new(),
            row_count: 0,
            api: None,
            outcome: Outcome::Ok,
            error_code: None,
            auth_ref: None,
        }
    }
    pub fn object(mut self, id: impl Into<ObjectId>) -> Line {
        self.object_id = Some(id.into());
        self
    }
    pub fn object_region(mut self, region: &RegionCode) -> Line {
        self.object_region = Some(region.clone());
        self
    }
    /// Names of the fields concerned, never their values; sensitive fields that were read out must be named.
    pub fn fields<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Line {
        self.fields = names.into_iter().map(Into::into).collect();
        self
    }
    pub fn rows(mut self, count: i64) -> Line {
        self.row_count = count;
        self
    }
    /// Method and route pattern (`POST /api/v1/{module}/{dataset}`), never the path as called.
    pub fn api(mut self, route: impl Into<String>) -> Line {
        self.api = Some(route.into());
        self
    }
    /// `console`, `mini`, `api`…
    pub fn channel(mut self, channel: &'static str) -> Line {
        self.channel = Some(channel);
        self
    }
    /// Number of the approval that allowed it.
    pub fn auth_ref(mut self, number: ObjectId) -> Line {
        self.auth_ref = Some(number);
        self
    }
    pub fn failed(mut self, code: impl Into<String>) -> Line {
        (self.outcome, self.error_code) = (Outcome::Failed, Some(code.into()));
        self
    }
    pub fn denied(mut self, code: impl Into<String>) -> Line {
        (self.outcome, self.error_code) = (Outcome::Denied, Some(code.into()));
        self
    }
    /// Failed, or denied when the error says so.
    pub fn error(self, e: &Error) -> Line {
        match e.kind {
            base::Kind::Forbidden | base::Kind::Unauthenticated | base::Kind::Busy => self.denied(e.code.clone()),
            _ => self.failed(e.code.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_a_person_is_no_object_id() {
        for good in ["R01", "k2", "SYNC-20261124-0001", "registry.member", "DC20261124-ABCDEFGH0"] {
            assert!(ObjectId::code(good).is_ok(), "{good}");
        }
        for bad in ["11010519491231002X", "110105194912310021", "110105491231002", "13812345678", "4111111111111111", "张三", ""]
        {
            assert_eq!(ObjectId::code(bad).unwrap_err().code, "audit.object_id", "{bad}");
        }
    }
}
