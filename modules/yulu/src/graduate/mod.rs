//! Graduates: who they are, what they got, where they work. Must not contain SQL.

mod rules;
pub(crate) mod store;

use crate::{id_of, text};
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Error, FieldProblem, Result};
use flow::{Guard, Step};
use meta::Dataset;
use record::{Hook, Records, Row};
use serde_json::{Value as Json, json};

/// The person, what the scheme paid, and the place of work by the list.
pub(crate) struct GraduateFilled;
#[async_trait]
impl Hook for GraduateFilled {
    async fn before_save(
        &self,
        records: &Records,
        tx: &mut ScopedTx,
        _: &Dataset,
        old: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        let Some(person) = id_of(new, "person_id") else { return Ok(vec![]) };
        if old.is_none() {
            let members = records.dataset("registry.member")?.clone();
            let member = records.get_plain(tx, &members, person).await?;
            for f in ["name", "id_no", "household_id"] {
                new.insert(f.into(), member.get(f).cloned().unwrap_or(Json::Null));
            }
            let households = records.dataset("registry.household")?.clone();
            let household = records.get_plain(tx, &households, id_of(&member, "household_id").unwrap_or_default()).await?;
            new.insert("household_type".into(), household.get("household_type").cloned().unwrap_or(Json::Null));
        }
        let (terms, fen) = store::received(tx, person).await?;
        new.insert("got_yl".into(), json!(terms > 0));
        new.insert("yl_terms".into(), json!(terms));
        new.insert("yl_total".into(), json!(fen));
        let county = store::county_name(tx, text(new, "region_code")).await?;
        let area = rules::work_area(text(new, "work_province"), text(new, "work_county"), county.as_deref());
        new.insert("work_area".into(), json!(area));
        Ok(vec![])
    }
}

/// What a village hands in says where the graduate is and how that is known (domain 03 §1.6 YL-29).
pub(crate) struct GraduateWhole;
#[async_trait]
impl Guard for GraduateWhole {
    async fn check(&self, _: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let missing = |f: &&(&str, &str)| step.row.get(f.0).is_none_or(Json::is_null);
        let asked = rules::asked(step.text("dest"));
        let names: Vec<&str> = asked.iter().filter(missing).map(|f| f.1).collect();
        if step.text("dest") == "8" {
            return Err(Error::refused("yulu.graduate_unknown", "毕业去向还是“待核实”，请核实后再提交。"));
        }
        if names.is_empty() {
            return Ok(());
        }
        Err(Error::refused("yulu.graduate_not_whole", format!("还没有填写：{}。", names.join("、"))))
    }
}
