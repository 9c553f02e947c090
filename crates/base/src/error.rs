//! One error for the whole system: a kind a caller can act on, a stable code, a sentence that says what to do,
//! problems by field, and a private source that is logged once at the edge and never sent.

use serde::Serialize;
use std::borrow::Cow;

/// What the caller can do about it; decides the HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Kind {
    /// 400: the input is not of the form asked for.
    Invalid,
    /// 401: nobody is signed in, or the session has ended.
    Unauthenticated,
    /// 403: signed in, but the role may not do this.
    Forbidden,
    /// 404: no such thing, or none inside the actor's regions.
    NotFound,
    /// 409: somebody else changed it meanwhile.
    Conflict,
    /// 422: well-formed, but the rules of the field refuse it.
    Refused,
    /// 429: too many requests; try later.
    Busy,
    /// 503: a part of the system is not there at the moment.
    Unavailable,
    /// 500: our fault.
    Internal,
}

impl Kind {
    /// The HTTP status that carries this kind.
    pub fn status(self) -> u16 {
        match self {
            Kind::Invalid => 400,
            Kind::Unauthenticated => 401,
            Kind::Forbidden => 403,
            Kind::NotFound => 404,
            Kind::Conflict => 409,
            Kind::Refused => 422,
            Kind::Busy => 429,
            Kind::Unavailable => 503,
            Kind::Internal => 500,
        }
    }
}

/// One thing wrong with one field (or one cell): where, which rule, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct FieldProblem {
    /// Identifier of the field, or empty for the whole record.
    pub field: String,
    /// Stable code of the rule.
    pub code: String,
    /// Sentence in Chinese with the remedy. Never contains a sensitive value.
    pub message: String,
}

impl FieldProblem {
    pub fn new(field: impl Into<String>, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), code: code.into(), message: message.into() }
    }
}

/// The error of every room.
#[derive(Debug, thiserror::Error)]
#[error("{code}: {sentence}")]
pub struct Error {
    pub kind: Kind,
    /// `module.fact`, unique in the system and documented in `docs/generated/errors.md`.
    pub code: Cow<'static, str>,
    /// Chinese sentence for the user: what happened and what to do.
    pub sentence: String,
    pub problems: Vec<FieldProblem>,
    /// Facts the client may use (for example who changed the record and when). Never personal data.
    pub extra: serde_json::Map<String, serde_json::Value>,
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

macro_rules! kinds {
    ($($name:ident $kind:ident),*) => { $(
        #[doc = concat!("An error of kind [`Kind::", stringify!($kind), "`].")]
        pub fn $name(code: impl Into<Cow<'static, str>>, sentence: impl Into<String>) -> Self {
            Self::new(Kind::$kind, code, sentence)
        }
    )* };
}

impl Error {
    pub fn new(kind: Kind, code: impl Into<Cow<'static, str>>, sentence: impl Into<String>) -> Self {
        Self {
            kind,
            code: code.into(),
            sentence: sentence.into(),
            problems: Vec::new(),
            extra: serde_json::Map::new(),
            source: None,
        }
    }
    kinds!(invalid Invalid, unauthenticated Unauthenticated, forbidden Forbidden, not_found NotFound, conflict Conflict,
           refused Refused, busy Busy, unavailable Unavailable);

    /// Our own fault: the user reads one fixed sentence, the log gets the source.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(Kind::Internal, "base.internal", "系统内部出错，已记录。请稍后重试；反复出现请联系管理员并提供页面上的追踪号。")
            .because(source)
    }
    /// Attaches the private cause.
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
    /// Attaches field problems.
    pub fn with_problems(mut self, problems: Vec<FieldProblem>) -> Self {
        self.problems = problems;
        self
    }
    /// Attaches a fact the client may use.
    pub fn with(mut self, key: &str, value: impl Into<serde_json::Value>) -> Self {
        self.extra.insert(key.to_owned(), value.into());
        self
    }
    /// The whole chain of causes on one line, for the log.
    pub fn chain(&self) -> String {
        let mut out = self.to_string();
        let mut next = std::error::Error::source(self);
        while let Some(e) = next {
            out.push_str(" <- ");
            out.push_str(&e.to_string());
            next = e.source();
        }
        out
    }
}

impl From<std::io::Error> for Error {
    fn from(e: std::io::Error) -> Self {
        Self::internal(e)
    }
}
impl From<serde_json::Error> for Error {
    fn from(e: serde_json::Error) -> Self {
        Self::internal(e)
    }
}
