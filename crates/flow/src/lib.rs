//! States of a row and who may lead it from one to another: transitions, deadlines in working days, to-do lists, steps taken.
//! Must not know HTTP, nor what a state means: states, roles, limits and asked fields are read from `meta::Flow`, decisions
//! that need more are guards, consequences are effects, both named by the description and registered by a module.

mod act;
pub mod docs;
mod many;
pub mod rules;
mod store;
mod todo;
mod view;

pub use act::{Ask, Done, Failure, ManyDone};
pub use docs::transitions_markdown;
pub use store::StepLine;
pub use todo::{StateCount, Todo, TodoItem, TodoQuery};
pub use view::{AskedField, Available, FlowView};

use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Error, RegionCode, Result};
use chrono::NaiveDate;
use include_dir::{Dir, include_dir};
use meta::{Catalog, Dataset, Flow, Transition};
use record::{Records, Row};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// Migrations of this room.
pub static MIGRATIONS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/migrations");

/// Longest opinion, in Unicode characters (domain 01 §2.18).
pub const OPINION_MAX: usize = 400;
/// Most rows of one [`Flows::act_many`]; more goes through a job.
pub const MANY_MAX: usize = 1000;

/// Days that differ from the plain week of Monday to Friday.
#[async_trait]
pub trait Calendar: Send + Sync {
    /// Entries between two days, both included: true for a working day.
    async fn exceptions(&self, tx: &mut ScopedTx, from: NaiveDate, to: NaiveDate) -> Result<rules::Exceptions>;
}

/// Numbers that a region or a year may set otherwise than the description.
#[async_trait]
pub trait Params: Send + Sync {
    /// The value of `key` valid on a day: the nearest region from `region` upward wins. None where nobody set one.
    async fn whole(&self, tx: &mut ScopedTx, key: &str, region: &RegionCode, on: NaiveDate) -> Result<Option<i64>>;
    /// Every value of `key` valid on a day, by the region it was set for; what [`Params::whole`] chooses from.
    async fn all(&self, tx: &mut ScopedTx, key: &str, on: NaiveDate) -> Result<BTreeMap<String, i64>>;
}

/// No holidays, no overrides.
struct Plain;
#[async_trait]
impl Calendar for Plain {
    async fn exceptions(&self, _: &mut ScopedTx, _: NaiveDate, _: NaiveDate) -> Result<rules::Exceptions> {
        Ok(BTreeMap::new())
    }
}
#[async_trait]
impl Params for Plain {
    async fn whole(&self, _: &mut ScopedTx, _: &str, _: &RegionCode, _: NaiveDate) -> Result<Option<i64>> {
        Ok(None)
    }
    async fn all(&self, _: &mut ScopedTx, _: &str, _: NaiveDate) -> Result<BTreeMap<String, i64>> {
        Ok(BTreeMap::new())
    }
}

/// One step as guards and effects see it.
pub struct Step<'a> {
    pub flows: &'a Flows,
    pub flow: &'a Flow,
    pub transition: &'a Transition,
    pub dataset: &'a Dataset,
    pub id: Uuid,
    /// The row with plain values: as it was for a guard, as it is for an effect. Never sent out.
    pub row: &'a Row,
    pub opinion: &'a str,
    /// What was filled in with the step.
    pub fields: &'a Row,
}

impl Step<'_> {
    pub fn records(&self) -> &Records {
        &self.flows.records
    }
    /// A reference of the row.
    pub fn reference(&self, field: &str) -> Option<Uuid> {
        self.row.get(field)?.as_str().and_then(|s| Uuid::parse_str(s).ok())
    }
    pub fn text(&self, field: &str) -> &str {
        self.row.get(field).and_then(serde_json::Value::as_str).unwrap_or_default()
    }
}

/// Asked before a step, in its transaction: refuses with an error that says what is missing.
#[async_trait]
pub trait Guard: Send + Sync {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()>;
}

/// What follows from a step, in its transaction: the step and its consequence happen together or not at all.
#[async_trait]
pub trait Effect: Send + Sync {
    async fn follow(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()>;
}

/// Guards and effects by the name a description uses.
#[derive(Default, Clone)]
pub struct Guards {
    guards: BTreeMap<String, Arc<dyn Guard>>,
    effects: BTreeMap<String, Arc<dyn Effect>>,
}

impl Guards {
    pub fn guard(&mut self, name: &str, guard: Arc<dyn Guard>) -> &mut Self {
        self.guards.insert(name.to_owned(), guard);
        self
    }
    pub fn effect(&mut self, name: &str, effect: Arc<dyn Effect>) -> &mut Self {
        self.effects.insert(name.to_owned(), effect);
        self
    }
    /// Takes over what another module registered.
    pub fn merge(&mut self, other: Guards) {
        self.guards.extend(other.guards);
        self.effects.extend(other.effects);
    }
    /// One line for each name that a flow uses and nobody registered, or that is registered and no flow uses, and for each
    /// flow whose to-do list could not be put in order. Anything here stops the start.
    pub fn unmatched(&self, catalog: &Catalog) -> Vec<String> {
        let named = |pick: fn(&Transition) -> Option<&String>| -> BTreeSet<&str> {
            catalog.flows().flat_map(|f| f.transitions.iter().filter_map(pick)).map(String::as_str).collect()
        };
        let mut out = Vec::new();
        let guards = (named(|t| t.guard.as_ref()), self.guards.keys().map(String::as_str).collect::<BTreeSet<_>>(), "guard");
        let effects = (named(|t| t.effect.as_ref()), self.effects.keys().map(String::as_str).collect::<BTreeSet<_>>(), "effect");
        for (used, known, what) in [guards, effects] {
            out.extend(used.difference(&known).map(|n| format!("{what} {n} is named by a flow but not registered")));
            out.extend(known.difference(&used).map(|n| format!("{what} {n} is registered but no flow names it")));
        }
        for f in catalog.flows().filter(|f| f.due_field.is_none() && f.states.values().any(|s| !s.roles.is_empty())) {
            out.push(format!("flow {}: states have roles but no due_field orders their to-do list", f.id));
        }
        out
    }
}

/// The engine. Cheap to clone.
#[derive(Clone)]
pub struct Flows {
    pub(crate) records: Records,
    guards: Arc<Guards>,
    pub(crate) calendar: Arc<dyn Calendar>,
    pub(crate) params: Arc<dyn Params>,
}

impl Flows {
    /// Without a calendar and parameters of its own: Monday to Friday, limits as described.
    pub fn new(records: Records, guards: Guards) -> Flows {
        Flows { records, guards: Arc::new(guards), calendar: Arc::new(Plain), params: Arc::new(Plain) }
    }
    #[must_use]
    pub fn with_calendar(self, calendar: Arc<dyn Calendar>) -> Flows {
        Flows { calendar, ..self }
    }
    #[must_use]
    pub fn with_params(self, params: Arc<dyn Params>) -> Flows {
        Flows { params, ..self }
    }
    pub fn records(&self) -> &Records {
        &self.records
    }
    pub fn params(&self) -> &Arc<dyn Params> {
        &self.params
    }

    pub(crate) fn find(&self, flow: &str) -> Result<(Arc<Flow>, Arc<Dataset>)> {
        let flow = self.records.catalog.flow(flow).cloned().ok_or_else(no_flow)?;
        let dataset = self.records.dataset(&flow.dataset)?.clone();
        Ok((flow, dataset))
    }
    /// The label of a state: its code's label where the state field has a code list.
    pub fn state_label(&self, flow: &Flow, state: &str) -> String {
        docs::state_label(&self.records.catalog, flow, state)
    }
}

/// A row that stands above the actor's range and is read below it.
pub(crate) fn set_above() -> Error {
    Error::forbidden("flow.not_allowed", "这条记录由上级办理，您当前的岗位只能查看。")
}

pub(crate) fn no_flow() -> Error {
    Error::not_found("flow.no_flow", "这类数据没有办理流程，请从菜单重新进入。")
}
