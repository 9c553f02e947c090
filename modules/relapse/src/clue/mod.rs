//! A clue as such, whatever line it comes by: where it begins, how it ended, what a verification of it starts from.
//! Must not contain SQL.

mod http;
mod rules;
pub(crate) mod store;

pub(crate) use http::routes;

use crate::numbering;
use crate::params::Numbers;
use crate::store::Serials;
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{FieldProblem, RegionCode, Result};
use chrono::Utc;
use flow::{Calendar as _, Flows, Guards};
use meta::Dataset;
use record::{Hook, Records, Row};
use registry::policy::Policy;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use uuid::Uuid;

fn text<'a>(row: &'a Row, field: &str) -> &'a str {
    row.get(field).and_then(Json::as_str).unwrap_or_default()
}

/// A clue entered singly gets its number and is put at the beginning of its way; a clue that ends keeps when, after how many
/// days and whether within the time limit of the whole way (domain 01 §4.1 总时限, §8 T04).
pub(crate) struct ClueWay;
#[async_trait]
impl Hook for ClueWay {
    async fn before_save(
        &self,
        _: &Records,
        tx: &mut ScopedTx,
        _: &Dataset,
        old: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        let Some(old) = old else {
            if text(new, "clue_no").is_empty() {
                let village = RegionCode::parse(text(new, "region_code"))?;
                let month = base::Month::of(flow::rules::day_of(Utc::now())).number();
                let no = Serials::of("relapse.clue", "clue_no").next(tx, &numbering::clue_prefix(month, &village)).await?;
                new.insert("clue_no".into(), no.into());
            }
            let (state, level) = rules::beginning(tx.actor().level());
            new.insert("state".into(), state.into());
            new.insert("dispatch_level_now".into(), level.into());
            return Ok(vec![]);
        };
        let (was, is) = (text(old, "state"), text(new, "state").to_owned());
        if was == is || rules::is_closed(was) == rules::is_closed(&is) {
            return Ok(vec![]);
        }
        if !rules::is_closed(&is) {
            for f in ["finished_at", "used_days", "on_time"] {
                new.insert(f.into(), Json::Null);
            }
            return Ok(vec![]);
        }
        let now = Utc::now();
        new.insert("finished_at".into(), now.to_rfc3339_opts(chrono::SecondsFormat::Millis, true).into());
        let Ok(id) = Uuid::parse_str(text(old, "id")) else { return Ok(vec![]) };
        if let Some(begun) = store::dispatched_at(tx, id).await? {
            let numbers = Numbers::of(&RegionCode::parse(text(old, "region_code"))?, flow::rules::day_of(begun));
            // 高风险按工作日，其余按自然日
            let urgent = text(new, "level") == "1";
            let days = numbers.get(tx, if urgent { "identify_urgent_days" } else { "identify_total_days" }).await?;
            let days = u32::try_from(days).unwrap_or(0);
            let (from, until) = flow::rules::horizon(begun, days);
            let exceptions = Policy.exceptions(tx, from, until).await?;
            let due = flow::rules::due(begun, days, urgent, &exceptions);
            new.insert("used_days".into(), rules::used_days(begun, now).into());
            new.insert("on_time".into(), json!(now <= due));
        }
        Ok(vec![])
    }

    async fn after_save(&self, records: &Records, tx: &mut ScopedTx, _: &Dataset, old: Option<&Row>, new: &Row) -> Result<()> {
        let (None, Ok(id)) = (old, Uuid::parse_str(text(new, "id"))) else { return Ok(()) };
        begin(records, tx, id, text(new, "state")).await
    }
}

/// The first step of a clue entered singly.
async fn begin(records: &Records, tx: &mut ScopedTx, id: Uuid, state: &str) -> Result<()> {
    let policy = Arc::new(Policy);
    let flows = Flows::new(records.clone(), Guards::default()).with_calendar(policy.clone()).with_params(policy);
    flows.start_in(tx, "relapse.clue", id, state).await.map(|_| ())
}
