//! 经济状况核对委托: entrusted by the township, everybody in it authorized, stamped with its moments (domain 01 §2.16, §4.5).
//! Must not contain SQL.

mod rules;
pub(crate) mod store;

use crate::params::Numbers;
use crate::store::{Serials, attached};
use crate::{authorize, numbering};
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Error, FieldProblem, Level, RegionCode, Result};
use chrono::{Datelike, SecondsFormat, Utc};
use flow::{Calendar as _, Effect, Guard, Step};
use meta::Dataset;
use record::{Hook, Provenance, Records, Row};
use registry::policy::Policy;
use serde_json::{Value as Json, json};
use uuid::Uuid;

fn text<'a>(row: &'a Row, field: &str) -> &'a str {
    row.get(field).and_then(Json::as_str).unwrap_or_default()
}
fn engine() -> Provenance {
    Provenance { trusted: true, ..Provenance::default() }
}

/// Number and unit of a new check; its people are those who signed the authorization.
pub(crate) struct CheckGiven;
#[async_trait]
impl Hook for CheckGiven {
    async fn before_save(
        &self,
        _: &Records,
        tx: &mut ScopedTx,
        _: &Dataset,
        old: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        if let (None, Ok(village)) = (old, RegionCode::parse(text(new, "region_code"))) {
            let year = flow::rules::day_of(Utc::now()).year();
            let no = Serials::of("relapse.economic_check", "check_no")
                .short()
                .next(tx, &numbering::check_prefix(year, &village))
                .await?;
            new.insert("check_no".into(), no.into());
            new.insert("entrust_region".into(), village.ancestor(Level::Town).as_str().into());
        }
        Ok(vec![])
    }

    async fn after_save(&self, records: &Records, tx: &mut ScopedTx, _: &Dataset, old: Option<&Row>, new: &Row) -> Result<()> {
        let (None, Ok(id), Ok(auth)) = (old, Uuid::parse_str(text(new, "id")), Uuid::parse_str(text(new, "auth_id"))) else {
            return Ok(());
        };
        let (from, to) =
            (records.dataset("relapse.authorization_person")?.clone(), records.dataset("relapse.economic_check_person")?.clone());
        for person in store::signed(tx, auth).await? {
            let p = records.get_plain(tx, &from, person).await?;
            let mut row = Row::new();
            row.insert("check_id".into(), json!(id));
            for f in ["name", "id_no", "relation", "is_obligor"] {
                row.insert(f.into(), p.get(f).cloned().unwrap_or(Json::Null));
            }
            records.create(tx, &to, &row, &engine()).await?;
        }
        crate::clue::begin(records, tx, "relapse.economic_check", id, "10").await
    }
}

/// Without a valid authorization of everybody nothing is entrusted (§4.5 授权不全不可提交; §5.9 Q225).
pub(crate) struct CheckAuthorized;
#[async_trait]
impl Guard for CheckAuthorized {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let refuse = |text: String| Err(Error::refused("relapse.check_unauthorized", text));
        let household = step.reference("household_id").unwrap_or_default();
        let today = flow::rules::day_of(Utc::now());
        let auth = step.reference("auth_id");
        if authorize::store::valid(tx, household, today).await?.is_none_or(|v| Some(v) != auth) {
            return refuse("授权书已过期、已撤回或不属于该户，请重新取得授权后再提交。".into());
        }
        let auth = auth.unwrap_or_default();
        if store::people(tx, step.id).await? == 0 {
            return refuse("委托中没有被核对人，请先登记被核对人。".into());
        }
        let missing = store::unauthorized(tx, step.id, auth).await?;
        if !missing.is_empty() {
            return refuse(format!("{} 没有签署授权书，不能核对。请补签或从被核对人中删去。", missing.join("、")));
        }
        Ok(())
    }
}

macro_rules! attachment_guard {
    ($name:ident, $dataset:literal, $field:literal, $code:literal, $text:literal) => {
        #[doc = concat!("Wants the attachment ", $field, ".")]
        pub(crate) struct $name;
        #[async_trait]
        impl Guard for $name {
            async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
                match attached(tx, $dataset, step.id, $field).await? {
                    0 => Err(Error::refused($code, $text)),
                    _ => Ok(()),
                }
            }
        }
    };
}
attachment_guard!(
    CheckSigned,
    "relapse.economic_check",
    "entrust_file",
    "relapse.check_unsigned",
    "还没有上传签章的委托书，请先在附件中上传再签章委托。"
);
attachment_guard!(
    CheckReported,
    "relapse.economic_check",
    "report_file",
    "relapse.check_no_report",
    "还没有上传核对报告，请先在附件中上传。"
);

/// An objection has to be written down before the check is looked at again.
pub(crate) struct CheckObjected;
#[async_trait]
impl Guard for CheckObjected {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        match store::open_objections(tx, step.id).await? {
            0 => Err(Error::refused("relapse.check_no_objection", "还没有登记农户的异议，请先在“核对异议”中登记。")),
            _ => Ok(()),
        }
    }
}

/// When it was entrusted, accepted, reported, and until when the report holds.
pub(crate) struct CheckStamped;
#[async_trait]
impl Effect for CheckStamped {
    async fn follow(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let now = Utc::now();
        let stamp = json!(now.to_rfc3339_opts(SecondsFormat::Millis, true));
        let mut row = Row::new();
        match step.transition.name.as_str() {
            "sign" => row.insert("submit_at".into(), stamp),
            "accept" => row.insert("accept_at".into(), stamp),
            _ => {
                let today = flow::rules::day_of(now);
                let months =
                    Numbers::of(&RegionCode::parse(step.text("region_code"))?, today).get(tx, "check_valid_months").await?;
                if let Ok(sent) = chrono::DateTime::parse_from_rfc3339(step.text("submit_at")) {
                    let sent = flow::rules::day_of(sent.with_timezone(&Utc));
                    let exceptions = Policy.exceptions(tx, sent, today).await?;
                    row.insert("used_days".into(), json!(flow::rules::working_days(sent, today, &exceptions)));
                }
                row.insert("valid_to".into(), json!(rules::valid_to(today, months).map(|d| d.to_string())));
                row.insert("report_at".into(), stamp)
            }
        };
        let d = step.records().dataset("relapse.economic_check")?.clone();
        step.records().patch(tx, &d, step.id, None, &row, &engine()).await.map(|_| ())
    }
}
