//! The home visit (入户核查): how far from the house it was recorded, what a form needs before it is handed in, and what
//! a telephone takes along. Must not contain SQL.

pub(crate) mod http;
mod rules;
mod store;

use crate::params::Numbers;
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Error, FieldProblem, RegionCode, Result};
use meta::Dataset;
use record::{Hook, Records, Row};
use serde_json::{Value as Json, json};
use uuid::Uuid;

/// Distance between the place of the visit and the household's coordinates, both degrees; empty where one of them is missing.
pub(crate) struct VerifyDistance;
#[async_trait]
impl Hook for VerifyDistance {
    async fn before_save(
        &self,
        _: &Records,
        tx: &mut ScopedTx,
        _: &Dataset,
        old: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        let unchanged = old.is_some_and(|o| ["lon", "lat", "household_id"].iter().all(|f| o.get(*f) == new.get(*f)));
        if unchanged {
            return Ok(vec![]);
        }
        let degrees = |f: &str| match new.get(f) {
            Some(Json::String(s)) => s.parse::<f64>().ok(),
            Some(Json::Number(n)) => n.as_f64(),
            _ => None,
        };
        let here = degrees("lon").zip(degrees("lat"));
        let household = new.get("household_id").and_then(Json::as_str).and_then(|t| Uuid::parse_str(t).ok());
        let house = match household {
            Some(h) if here.is_some() => store::place_of(tx, h).await?,
            _ => None,
        };
        let metres = here.zip(house).map(|(a, b)| rules::distance_m(a, b));
        new.insert("distance_m".into(), json!(metres));
        Ok(vec![])
    }
}

/// Refuses a form that lacks verifiers, photographs, signatures or particulars, naming each (domain 01 §2.14).
pub(crate) async fn complete(tx: &mut ScopedTx, clue: Uuid, village: &RegionCode) -> Result<()> {
    let Some(held) = store::held(tx, clue).await? else { return Ok(()) };
    let today = flow::rules::day_of(chrono::Utc::now());
    let numbers = Numbers::of(village, today);
    let least = rules::Least {
        verifiers: numbers.get(tx, "verify_verifiers_min").await?,
        photos: numbers.get(tx, "verify_photos_min").await?,
    };
    let problems = rules::lacking(&held, least);
    if problems.is_empty() {
        return Ok(());
    }
    let text = problems.iter().map(|p| p.message.as_str()).collect::<Vec<_>>().join("");
    Err(Error::refused("relapse.form_incomplete", format!("入户核查表还不完整：{text}")).with_problems(problems))
}
