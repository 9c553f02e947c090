//! What waits for an actor: rows of all flows in states whose roles include theirs, inside their regions, the earliest due
//! first. Must not contain SQL; rows come through the record engine, hence masked as everywhere.
//!
//! A dataset with a flow wants an index on (state field, region_code) where not deleted, for the counts, and one on
//! (region_code, due field); the lists of one office are short enough to be sorted.

use crate::{Flows, store};
use ::store::ScopedTx;
use base::{RegionCode, Result};
use chrono::{DateTime, Utc};
use meta::{Dataset, Flow, Value};
use record::query::{Filter, MAX_LIMIT, Op};
use record::{ListQuery, Row};
use serde::Serialize;
use serde_json::Value as Json;
use std::sync::Arc;
use uuid::Uuid;

/// What part of the list is asked for.
#[derive(Clone, Debug, Default)]
pub struct TodoQuery {
    /// Only this dataset.
    pub dataset: Option<String>,
    /// Only these states.
    pub states: Vec<String>,
    /// Narrows the actor's regions.
    pub region: Option<RegionCode>,
    /// Only what is late.
    pub overdue: bool,
    /// 0 for the usual 50.
    pub limit: i64,
    /// [`Todo::next`] of the page before.
    pub after: Option<(Json, Uuid)>,
}

#[derive(Clone, Debug, Serialize)]
pub struct TodoItem {
    pub dataset: String,
    pub id: Uuid,
    pub title: String,
    /// What it is about: the fields the flow names, in order, those that are filled in.
    pub says: Vec<String>,
    pub state: String,
    pub state_label: String,
    /// What is to be done, in words.
    pub task: String,
    pub region_code: String,
    pub region_name: String,
    pub due_at: Option<DateTime<Utc>>,
    pub overdue: bool,
}

#[derive(Clone, Debug, Serialize)]
pub struct StateCount {
    pub dataset: String,
    pub state: String,
    pub label: String,
    pub count: i64,
    pub overdue: i64,
}

#[derive(Clone, Debug, Serialize)]
pub struct Todo {
    pub items: Vec<TodoItem>,
    /// Of everything the query covers, whatever the page.
    pub counts: Vec<StateCount>,
    /// Due moment and row of the last item; the next page begins behind it.
    pub next: Option<(Json, Uuid)>,
}

impl Flows {
    /// The to-do list of the transaction's actor.
    pub async fn todo(&self, tx: &mut ScopedTx, q: &TodoQuery) -> Result<Todo> {
        let limit = if q.limit <= 0 { 50 } else { q.limit.min(MAX_LIMIT) };
        let range = q.region.as_ref().map_or(Some(tx.scope().clone()), |r| r.scope().meet(tx.scope()));
        let mut out = Todo { items: vec![], counts: vec![], next: None };
        let Some(range) = range else { return Ok(out) };
        let role = tx.actor().role.clone();
        let flows: Vec<Arc<Flow>> = self.records.catalog.flows().cloned().collect();
        let mut found: Vec<(Option<DateTime<Utc>>, Uuid, TodoItem)> = Vec::new();
        for flow in flows.iter().filter(|f| q.dataset.as_ref().is_none_or(|d| *d == f.dataset)) {
            let Some(due_field) = &flow.due_field else { continue };
            let states = states_of(flow, &role, &q.states);
            if states.is_empty() {
                continue;
            }
            let d = self.records.dataset(&flow.dataset)?.clone();
            for c in store::counts(tx, &d, flow, &states, &range).await? {
                let label = self.state_label(flow, &c.state);
                out.counts.push(StateCount { dataset: d.id.clone(), state: c.state, label, count: c.count, overdue: c.overdue });
            }
            let page = self.records.list(tx, &d, &query(flow, due_field, &states, q, limit)).await?;
            found.extend(page.items.iter().filter_map(|r| self.item(flow, &d, due_field, r)).map(|i| (i.due_at, i.id, i)));
        }
        // as each list came: by due moment, what has none last, then by row
        found.sort_by_key(|(due, id, _)| (due.is_none(), *due, *id));
        let more = found.len() as i64 > limit;
        found.truncate(limit as usize);
        out.next = found.last().filter(|_| more).map(|(due, id, _)| (serde_json::json!(due.map(|d| d.to_rfc3339())), *id));
        out.items = found.into_iter().map(|(_, _, i)| i).collect();
        Ok(out)
    }

    fn item(&self, flow: &Flow, d: &Dataset, due_field: &str, row: &Row) -> Option<TodoItem> {
        let text = |n: &str| row.get(n).and_then(Json::as_str).unwrap_or_default().to_owned();
        let state = text(&flow.field);
        let due_at = DateTime::parse_from_rfc3339(&text(due_field)).ok().map(|m| m.with_timezone(&Utc));
        Some(TodoItem {
            dataset: d.id.clone(),
            id: Uuid::parse_str(&text("id")).ok()?,
            title: d.title_field.as_deref().map(text).unwrap_or_default(),
            says: flow.says.iter().map(|n| self.said(d, row, n)).filter(|t| !t.is_empty()).collect(),
            state_label: self.state_label(flow, &state),
            task: flow.states.get(&state).map(|s| s.task.clone()).unwrap_or_default(),
            state,
            region_code: text("region_code"),
            region_name: text("region_name"),
            overdue: due_at.is_some_and(|due| due < Utc::now()),
            due_at,
        })
    }
}

impl Flows {
    /// A value in words: the title of a reference, the label of a code, else the text.
    fn said(&self, d: &Dataset, row: &Row, field: &str) -> String {
        let value = row.get(&format!("{field}__title")).or_else(|| row.get(field)).and_then(Json::as_str).unwrap_or_default();
        match d.field(field).and_then(|f| f.codes.as_deref()).and_then(|l| self.records.catalog.codes(l)) {
            Some(list) if !value.is_empty() => list.label(value).to_owned(),
            _ => value.to_owned(),
        }
    }
}

/// States that wait for this role, narrowed by what is asked for.
fn states_of(flow: &Flow, role: &str, wanted: &[String]) -> Vec<String> {
    let waits = |s: &meta::State| !s.closed && s.roles.iter().any(|r| r == role);
    flow.states.iter().filter(|(n, s)| waits(s) && (wanted.is_empty() || wanted.contains(n))).map(|(n, _)| n.clone()).collect()
}

fn query(flow: &Flow, due_field: &str, states: &[String], q: &TodoQuery, limit: i64) -> ListQuery {
    let texts = states.iter().map(|s| Value::Text(s.clone())).collect();
    let mut filters = vec![Filter { field: flow.field.clone(), op: Op::In, values: texts }];
    if q.overdue {
        filters.push(Filter { field: due_field.to_owned(), op: Op::Max, values: vec![Value::Moment(Utc::now())] });
    }
    // one more than a page, so that the merged list knows whether there is another
    ListQuery {
        filters,
        region: q.region.clone(),
        sort: Some((due_field.to_owned(), false)),
        limit: limit + 1,
        after: q.after.clone(),
        ..ListQuery::default()
    }
}
