//! A clue as such, whatever line it comes by: where it begins, how it ended, what a verification of it starts from.
//! Must not contain SQL.

pub(crate) mod guards;
mod http;
pub(crate) mod intake;
mod rules;
pub(crate) mod store;

pub(crate) use http::routes;

use self::rules::Way;
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
            // without a place the row is refused anyway
            let Ok(village) = RegionCode::parse(text(new, "region_code")) else { return Ok(vec![]) };
            if text(new, "clue_no").is_empty() {
                let month = base::Month::of(flow::rules::day_of(Utc::now())).number();
                let no = Serials::of("relapse.clue", "clue_no").next(tx, &numbering::clue_prefix(month, &village)).await?;
                new.insert("clue_no".into(), no.into());
            }
            let (mut open, mut monitored) = (None, false);
            if let Ok(h) = Uuid::parse_str(text(new, "household_id")) {
                (open, monitored) = (store::open_of(tx, h).await?, store::open_case(tx, h).await?.is_some());
            }
            let way = Way::of(text(new, "line"), tx.actor().level(), open.is_some(), monitored);
            let (state, level, result) = way.entry();
            new.insert("state".into(), state.into());
            new.insert("dispatch_level_now".into(), level.into());
            if result.is_some() {
                new.insert("result".into(), json!(result));
                new.insert("dup_of".into(), json!(open.filter(|_| way == Way::Joined)));
                new.insert("finished_at".into(), Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true).into());
            }
            return Ok(vec![]);
        };
        let (was, is) = (text(old, "state"), text(new, "state").to_owned());
        if was == is || rules::is_closed(was) == rules::is_closed(&is) {
            return Ok(vec![]);
        }
        if !rules::is_closed(&is) {
            // open again: what was decided before does not stand
            for f in ["finished_at", "used_days", "on_time", "result", "decide_doc_no"] {
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
        begin(records, tx, "relapse.clue", id, text(new, "state")).await?;
        let household = Uuid::parse_str(text(new, "household_id")).unwrap_or_default();
        match text(new, "result") {
            "09" => join(records, tx, new).await,
            "05" => follow(records, tx, household).await,
            _ => Ok(()),
        }
    }
}

/// What a joined clue says is added to the open one: as a reason of it, and its risks.
async fn join(records: &Records, tx: &mut ScopedTx, new: &Row) -> Result<()> {
    let Ok(open) = Uuid::parse_str(text(new, "dup_of")) else { return Ok(()) };
    let (clues, triggers) = (records.dataset("relapse.clue")?.clone(), records.dataset("relapse.clue_trigger")?.clone());
    let line = records.catalog.codes("C19").map_or_else(String::new, |l| l.label(text(new, "line")).to_owned());
    let short = |t: &str, n: usize| t.chars().take(n).collect::<String>();
    let reason = json!({
        "clue_id": open, "indicator": short(&format!("{line}：{}", text(new, "trigger_text")), 60), "value": short(text(new, "clue_no"), 60),
        "threshold": "合并核查", "data_time": Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
    });
    let engine = record::Provenance { trusted: true, ..record::Provenance::default() };
    records.create(tx, &triggers, &reason.as_object().cloned().unwrap_or_default(), &engine).await?;
    let row = records.get_plain(tx, &clues, open).await?;
    let mut risks: Vec<Json> = row.get("risk_hint").and_then(Json::as_array).cloned().unwrap_or_default();
    let known = risks.len();
    for r in new.get("risk_hint").and_then(Json::as_array).into_iter().flatten() {
        if !risks.contains(r) {
            risks.push(r.clone());
        }
    }
    if risks.len() > known {
        let mut more = Row::new();
        more.insert("risk_hint".into(), Json::Array(risks));
        records.patch(tx, &clues, open, None, &more, &engine).await?;
    }
    Ok(())
}

/// A monitored household's case is looked at again within days.
async fn follow(records: &Records, tx: &mut ScopedTx, household: Uuid) -> Result<()> {
    let Some(case) = store::open_case(tx, household).await? else { return Ok(()) };
    let d = records.dataset("relapse.monitor_case")?.clone();
    let row = records.get_plain(tx, &d, case).await?;
    let today = flow::rules::day_of(Utc::now());
    let days = Numbers::of(&RegionCode::parse(text(&row, "region_code"))?, today).get(tx, "follow_days").await?;
    let due = (today + chrono::Days::new(u64::try_from(days).unwrap_or(5))).to_string();
    if text(&row, "review_due").is_empty() || text(&row, "review_due") > due.as_str() {
        let mut next = Row::new();
        next.insert("review_due".into(), due.into());
        let engine = record::Provenance { trusted: true, ..record::Provenance::default() };
        records.patch(tx, &d, case, None, &next, &engine).await?;
    }
    Ok(())
}

/// The first step of a row that was entered singly, in the flow of its dataset.
pub(crate) async fn begin(records: &Records, tx: &mut ScopedTx, flow: &str, id: Uuid, state: &str) -> Result<()> {
    let policy = Arc::new(Policy);
    let flows = Flows::new(records.clone(), Guards::default()).with_calendar(policy.clone()).with_params(policy);
    flows.start_in(tx, flow, id, state).await.map(|_| ())
}
