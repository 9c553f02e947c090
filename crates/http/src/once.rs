//! What a telephone without signal sends along: the key of a write that it may repeat, and the description that its form was
//! drawn from. Must not know which dataset.

use crate::app::App;
use crate::problem::Problem;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use base::{Error, FieldProblem};
use meta::Dataset;
use record::{Once, Row};
use uuid::Uuid;

/// `Idempotency-Key` (a UUID made by the sender) and `X-Description` (hash of the description the form was drawn from).
#[derive(Clone, Debug, Default)]
pub struct Sent {
    /// None from a sender that does not repeat its writes.
    pub key: Option<Uuid>,
    description: Option<String>,
}

impl Sent {
    fn read(headers: &HeaderMap) -> Result<Sent, Error> {
        let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).map(str::trim).filter(|t| !t.is_empty());
        let key = text("idempotency-key")
            .map(Uuid::parse_str)
            .transpose()
            .map_err(|_| Error::invalid("http.bad_key", "提交编号（Idempotency-Key）应是 UUID，请升级客户端后重新提交。"))?;
        Ok(Sent { key, description: text("x-description").map(str::to_owned) })
    }

    /// The write, where it may be repeated.
    pub(crate) fn once(&self, app: &App, asked: &str, body: &Row) -> Option<Once> {
        self.key.map(|k| app.records.once(k, asked, body))
    }

    /// A form drawn from an older description may hold fields that are gone or have become derived: they are left out, and
    /// the sender is told which. A form of today with such a field is refused as ever.
    pub(crate) fn older(&self, d: &Dataset, input: &mut Row) -> Vec<FieldProblem> {
        if self.description.as_ref().is_none_or(|h| *h == d.hash) {
            return vec![];
        }
        let system = |n: &str| matches!(n, "id" | "region_code" | "row_version" | "source");
        let gone: Vec<String> = input
            .keys()
            .filter(|n| !system(n) && d.field(n).is_none_or(|f| f.is_derived() || f.readonly == meta::Need::Always(true)))
            .cloned()
            .collect();
        gone.iter()
            .map(|n| {
                input.shift_remove(n);
                let label = d.field(n).map_or(n.as_str(), |f| f.label.as_str()).to_owned();
                FieldProblem::new(n, "http.field_gone", format!("表单已更新，“{label}”不再需要填写，这一项没有保存。"))
            })
            .collect()
    }
}

impl FromRequestParts<App> for Sent {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        Ok(Sent::read(&parts.headers)?)
    }
}
