//! The main record of a toilet (domain 02 A2.1): its number, what follows from its facts, what a submission needs.
//! Must not contain SQL.

mod rules;
mod store;

use crate::{engine, id, text, yes};
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Error, FieldProblem, Result};
use flow::{Guard, Step};
use meta::Dataset;
use record::{Hook, Records, Row, Serials, attached};
use serde_json::json;
use uuid::Uuid;

pub(crate) const DATASET: &str = "toilet.house_toilet";

/// States in which a record stands as reviewed.
const KEPT: [&str; 2] = ["30", "60"];
/// What is changed only through a new review (A4.1 关键字段).
const KEY_FIELDS: [&str; 3] = ["head_name", "head_id_card", "toilet_type"];

/// Number, derived facts, and what the register knows of the household where the form says nothing.
pub(crate) struct HouseFacts;
#[async_trait]
impl Hook for HouseFacts {
    async fn before_save(
        &self,
        _: &Records,
        tx: &mut ScopedTx,
        _: &Dataset,
        old: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        let region = old.map_or_else(|| text(new, "region_code"), |o| text(o, "region_code")).to_owned();
        if text(new, "toilet_no").is_empty() && region.len() == 12 {
            let year = new.get("data_year").and_then(serde_json::Value::as_i64).unwrap_or(0).rem_euclid(100);
            let prefix = format!("{region}{year:02}");
            let number = Serials::of("toilet.house_toilet", "toilet_no").with_digits(5).next(tx, &prefix).await?;
            new.insert("toilet_no".into(), number.into());
        }
        if let Some((head, people, phone)) = match id(new, "household_id") {
            Some(h) => store::family(tx, h).await?,
            None => None,
        } {
            for (field, value) in [("head_name", json!(head)), ("family_size", json!(people)), ("phone", json!(phone))] {
                if new.get(field).is_none_or(serde_json::Value::is_null) && !value.is_null() {
                    new.insert(field.into(), value);
                }
            }
        }
        if let Some(o) = old {
            let state = text(o, "record_state");
            if KEPT.contains(&state) && KEY_FIELDS.iter().any(|f| o.get(*f) != new.get(*f)) {
                let text = "已审核户厕的户主姓名、身份证号和厕所类型不能直接修改，请先办理“变更登记”并写明原因。";
                return Ok(vec![FieldProblem::new("toilet_type", "toilet.amend_first", text)]);
            }
        }
        let (items, any) = match old.and_then(|o| id(o, "id")) {
            Some(toilet) => store::open_items(tx, toilet).await?,
            None => (vec![], false),
        };
        derive(new, &items, any);
        Ok(vec![])
    }
}

fn derive(row: &mut Row, open_items: &[String], any: bool) {
    let (kind, sewage) = (text(row, "toilet_type").to_owned(), text(row, "sewage_dest").to_owned());
    let t = rules::Toilet {
        has_toilet: yes(row, "has_toilet"),
        kind: &kind,
        wall: yes(row, "wall_ok"),
        roof: yes(row, "roof_ok"),
        door: yes(row, "door_ok"),
        sewage: &sewage,
        open_items,
    };
    let sanitary = rules::is_sanitary(&t, yes(row, "sanitary_claimed"));
    let harmless = rules::is_harmless(&t, sanitary);
    row.insert("is_sanitary".into(), sanitary.into());
    row.insert("is_harmless".into(), harmless.into());
    row.insert("has_problem".into(), any.into());
}

/// Reckons a toilet's derived facts anew after its problems changed.
pub(crate) async fn refresh(records: &Records, tx: &mut ScopedTx, toilet: Uuid) -> Result<()> {
    let d = records.dataset(DATASET)?.clone();
    let (_, any) = store::open_items(tx, toilet).await?;
    let row = Row::from_iter([("has_problem".to_owned(), any.into())]);
    records.patch(tx, &d, toilet, None, &row, &engine()).await.map(drop)
}

/// A submission shows the toilet: outside, inside and pit (A2.1 有厕必传前三张).
pub(crate) struct HouseComplete;
#[async_trait]
impl Guard for HouseComplete {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        if !yes(step.row, "has_toilet") {
            return Ok(());
        }
        let mut missing = Vec::new();
        for (field, name) in [("photo_outside", "厕屋外照片"), ("photo_inside", "厕屋内照片"), ("photo_septic", "化粪池照片")]
        {
            if attached(tx, DATASET, step.id, field).await? == 0 {
                missing.push(name);
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        Err(Error::refused("toilet.no_photos", format!("还缺{}，请先在附件中上传再提交。", missing.join("、"))))
    }
}
