//! Flows: the states of a dataset and who may lead a row from one to another. Data only; the flow engine acts on it.

use base::Level;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    pub id: String,
    pub title: String,
    pub dataset: String,
    #[serde(default)]
    pub source: String,
    /// Field that holds the state; its code list names the states.
    pub field: String,
    /// Field that holds the moment the present step is due, where the dataset has one.
    #[serde(default)]
    pub due_field: Option<String>,
    pub initial: String,
    /// Other states a row may begin in.
    #[serde(default)]
    pub begins: Vec<String>,
    /// Fields that say on a to-do list what the row is about, beside its title.
    #[serde(default)]
    pub says: Vec<String>,
    pub states: IndexMap<String, State>,
    #[serde(default, rename = "transition")]
    pub transitions: Vec<Transition>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Nothing is to be done any more.
    #[serde(default)]
    pub closed: bool,
    /// Roles whose to-do list shows rows in this state.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Name of the parameter with the number of days, so that a county or year can differ.
    #[serde(default)]
    pub limit: Option<Limit>,
    /// What to do, in words, on the to-do list.
    #[serde(default)]
    pub task: String,
}

/// A time limit of a step.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Key in the parameter table; the number is its default. With `by`, the key is `param_value`.
    pub param: String,
    pub days: u32,
    /// Working days (calendar table) or calendar days.
    #[serde(default = "yes")]
    pub working: bool,
    /// By the value of a field: a shorter or longer limit (for example by grade).
    #[serde(default)]
    pub by: Option<LimitBy>,
}
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitBy {
    pub field: String,
    pub days: IndexMap<String, u32>,
}
fn yes() -> bool {
    true
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transition {
    pub name: String,
    pub label: String,
    pub from: Vec<String>,
    /// `=`: the row stays where it is, its due moment too.
    pub to: String,
    /// Roles that may; empty means the system only.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Levels of the acting region; empty means any.
    #[serde(default)]
    pub levels: Vec<Level>,
    #[serde(default)]
    pub needs_opinion: bool,
    /// Fields of the row that are filled in with the transition; those with `!` behind are required.
    #[serde(default)]
    pub fields: Vec<String>,
    /// Values written with the transition, whoever takes it.
    #[serde(default)]
    pub set: IndexMap<String, serde_json::Value>,
    /// Refuses the person who led the row into its present state (发起与审核不得同一账号).
    #[serde(default)]
    pub not_by_last: bool,
    /// What has to be attached or on hand, in words; the guard holds it.
    #[serde(default)]
    pub evidence: Vec<String>,
    /// Rust decision asked before; named in the module.
    #[serde(default)]
    pub guard: Option<String>,
    /// Rust effect in the same transaction; named in the module.
    #[serde(default)]
    pub effect: Option<String>,
    /// May be done for many rows at once.
    #[serde(default)]
    pub batch: bool,
    /// A step back: shown apart and counted.
    #[serde(default)]
    pub returns: bool,
}

impl Flow {
    pub fn transition(&self, name: &str) -> Option<&Transition> {
        self.transitions.iter().find(|t| t.name == name)
    }
    /// Transitions open to a role acting at a level in a state.
    pub fn open_to<'a>(&'a self, state: &'a str, role: &'a str, level: Level) -> impl Iterator<Item = &'a Transition> {
        self.transitions.iter().filter(move |t| t.from.iter().any(|f| f == state) && t.allows(role, level))
    }
}

impl Transition {
    pub fn allows(&self, role: &str, level: Level) -> bool {
        (role == "SYSTEM" || self.roles.iter().any(|r| r == role))
            && (self.levels.is_empty() || self.levels.contains(&level) || role == "SYSTEM")
    }
    /// (field, required)
    pub fn asked_fields(&self) -> impl Iterator<Item = (&str, bool)> {
        self.fields.iter().map(|f| f.strip_suffix('!').map_or((f.as_str(), false), |n| (n, true)))
    }
}
