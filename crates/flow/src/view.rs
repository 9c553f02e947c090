//! Where one row stands, what this actor may do with it, and how it came there: what a detail page shows. Must not contain SQL.

use crate::{Flows, StepLine, rules, store};
use ::store::ScopedTx;
use base::{Actor, Result};
use chrono::{DateTime, Utc};
use meta::Flow;
use record::Row;
use serde::Serialize;
use uuid::Uuid;

/// A step the actor may take now.
#[derive(Clone, Debug, Serialize)]
pub struct Available {
    pub name: String,
    pub label: String,
    pub needs_opinion: bool,
    pub returns: bool,
    pub batch: bool,
    pub fields: Vec<AskedField>,
    /// What has to be attached or on hand, in words.
    pub evidence: Vec<String>,
}
#[derive(Clone, Debug, Serialize)]
pub struct AskedField {
    pub name: String,
    pub required: bool,
}

/// `GET …/flow` of the HTTP contract.
#[derive(Clone, Debug, Serialize)]
pub struct FlowView {
    pub flow: String,
    pub title: String,
    pub state: String,
    pub label: String,
    /// What is to be done now, in words.
    pub task: String,
    pub closed: bool,
    pub due_at: Option<DateTime<Utc>>,
    pub overdue: bool,
    pub available: Vec<Available>,
    pub steps: Vec<StepLine>,
}

impl Flows {
    /// The steps open to this actor from where the row stands (`row` in wire form).
    pub fn open_for(&self, actor: &Actor, flow: &Flow, row: &Row) -> Vec<Available> {
        let state = row.get(&flow.field).and_then(serde_json::Value::as_str).unwrap_or_default();
        open(flow, state, actor)
    }

    /// Everything about one row's way.
    pub async fn view(&self, tx: &mut ScopedTx, flow: &str, id: Uuid) -> Result<FlowView> {
        let (flow, d) = self.find(flow)?;
        let at = store::standing(tx, &d, &flow, id, false).await?;
        let actor = tx.actor().clone();
        let (state, due_at, mut available) = match at {
            Some(at) => {
                let state = at.state.unwrap_or_default();
                let available = open(&flow, &state, &actor);
                (state, at.due_at, available)
            }
            // a row that is set above: its way is read here and led there
            None => {
                let row = self.records.get_plain(tx, &d, id).await?;
                let text = |f: &str| row.get(f).and_then(serde_json::Value::as_str);
                let due = flow.due_field.as_deref().and_then(text).and_then(|t| t.parse().ok());
                (text(&flow.field).unwrap_or_default().to_owned(), due, vec![])
            }
        };
        let last = store::last_actor(tx, id).await?;
        // a step that would be refused for the person is not offered
        available.retain(|a| {
            let own = !actor.is_system() && last == Some(actor.user_id);
            !(own && flow.transition(&a.name).is_some_and(|t| t.not_by_last))
        });
        let (task, closed) = flow.states.get(&state).map(|s| (s.task.clone(), s.closed)).unwrap_or_default();
        Ok(FlowView {
            flow: flow.id.clone(),
            title: flow.title.clone(),
            label: self.state_label(&flow, &state),
            state,
            task,
            closed,
            overdue: !closed && due_at.is_some_and(|due: DateTime<Utc>| due < Utc::now()),
            due_at,
            available,
            steps: self.label(&flow, store::steps(tx, id).await?),
        })
    }

    /// The steps a row has taken, oldest first.
    pub async fn steps(&self, tx: &mut ScopedTx, flow: &str, id: Uuid) -> Result<Vec<StepLine>> {
        let (flow, _) = self.find(flow)?;
        Ok(self.label(&flow, store::steps(tx, id).await?))
    }

    fn label(&self, flow: &Flow, mut steps: Vec<StepLine>) -> Vec<StepLine> {
        for s in &mut steps {
            s.action = match s.from {
                None => "开始".into(),
                Some(_) => flow.transition(&s.transition).map_or_else(|| s.transition.clone(), |t| t.label.clone()),
            };
            s.from_label = s.from.as_ref().map(|f| self.state_label(flow, f));
            s.to_label = self.state_label(flow, &s.to);
        }
        steps
    }
}

fn open(flow: &Flow, state: &str, actor: &Actor) -> Vec<Available> {
    rules::open(flow, state, actor)
        .map(|t| Available {
            name: t.name.clone(),
            label: t.label.clone(),
            needs_opinion: t.needs_opinion,
            returns: t.returns,
            batch: t.batch,
            evidence: t.evidence.clone(),
            fields: t.asked_fields().map(|(n, required)| AskedField { name: n.to_owned(), required }).collect(),
        })
        .collect()
}
