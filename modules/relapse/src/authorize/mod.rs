//! 承诺授权书: number, validity, and everybody who has to sign (domain 01 §2.15). Must not contain SQL.

pub(crate) mod store;

use crate::numbering;
use crate::params::Numbers;
use crate::store::Serials;
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{FieldProblem, RegionCode, Result};
use chrono::{Months, NaiveDate};
use meta::Dataset;
use record::{Hook, Provenance, Records, Row};
use serde_json::{Value as Json, json};
use uuid::Uuid;

/// The wording in use: truthful statement, range of queries, liability, consent to the notice.
const TEMPLATE: &str = "2026-01";

fn text<'a>(row: &'a Row, field: &str) -> &'a str {
    row.get(field).and_then(Json::as_str).unwrap_or_default()
}

/// Gives a new authorization its number and its last day, and lists everybody it has to cover: members of the family and
/// those who owe them support. Who did not sign is taken off the list by the village.
pub(crate) struct AuthorizationValid;
#[async_trait]
impl Hook for AuthorizationValid {
    async fn before_save(
        &self,
        _: &Records,
        tx: &mut ScopedTx,
        _: &Dataset,
        old: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        let region = RegionCode::parse(text(new, "region_code"))
            .or_else(|_| RegionCode::parse(old.map_or("", |o| text(o, "region_code"))));
        let (Ok(region), Ok(signed)) = (region, text(new, "signed_on").parse::<NaiveDate>()) else { return Ok(vec![]) };
        if text(new, "auth_no").is_empty() {
            let prefix = numbering::auth_prefix(chrono::Datelike::year(&signed), &region);
            new.insert("auth_no".into(), Serials::of("relapse.authorization", "auth_no").short().next(tx, &prefix).await?.into());
            new.insert("template_version".into(), TEMPLATE.into());
        }
        let months = Numbers::of(&region, signed).get(tx, "auth_valid_months").await?;
        let last = signed.checked_add_months(Months::new(u32::try_from(months).unwrap_or(12)));
        new.insert("valid_to".into(), json!(last.map(|d| d.to_string())));
        Ok(vec![])
    }

    async fn after_save(&self, records: &Records, tx: &mut ScopedTx, _: &Dataset, old: Option<&Row>, new: &Row) -> Result<()> {
        let (None, Ok(id), Ok(household)) = (old, Uuid::parse_str(text(new, "id")), Uuid::parse_str(text(new, "household_id")))
        else {
            return Ok(());
        };
        let (members, obligors) = (records.dataset("registry.member")?.clone(), records.dataset("registry.obligor")?.clone());
        let people = records.dataset("relapse.authorization_person")?.clone();
        let mut rows = Vec::new();
        for m in store::members(tx, household).await? {
            let m = records.get_plain(tx, &members, m).await?;
            rows.push(json!({ "person_id": m["id"], "name": m["name"], "id_no": m["id_no"], "relation": m["relation"], "is_obligor": false }));
        }
        for o in store::obligors(tx, household).await? {
            let o = records.get_plain(tx, &obligors, o).await?;
            rows.push(
                json!({ "obligor_id": o["id"], "name": o["name"], "id_no": o["id_no"], "relation": "99", "is_obligor": true }),
            );
            if o["spouse_id_no"].is_string() {
                rows.push(json!({ "obligor_id": o["id"], "name": o["spouse_name"], "id_no": o["spouse_id_no"], "relation": "99", "is_obligor": true }));
            }
        }
        let mut seen = std::collections::BTreeSet::new();
        for mut row in rows.into_iter().filter_map(|r| r.as_object().cloned()) {
            // without a number nobody can be looked up; the village completes the register first
            if !row["id_no"].is_string() || !seen.insert(row["id_no"].to_string()) {
                continue;
            }
            row.insert("auth_id".into(), json!(id));
            row.insert("signed_on".into(), new.get("signed_on").cloned().unwrap_or(Json::Null));
            records.create(tx, &people, &row, &Provenance { trusted: true, ..Provenance::default() }).await?;
        }
        Ok(())
    }
}
