//! A dataset: one table, its fields one line each, its checks. Read from `meta/datasets/*.toml`.

use crate::condition::Condition;
use crate::kind::{Kind, Sensitivity};
use base::Level;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// `true` or a condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Need {
    Always(bool),
    When(When),
}
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    pub when: Condition,
}
impl Need {
    /// Whatever the rest of the row says.
    pub fn always(&self) -> bool {
        matches!(self, Need::Always(true))
    }
    pub fn holds(&self, row: &serde_json::Map<String, serde_json::Value>) -> bool {
        match self {
            Need::Always(b) => *b,
            Need::When(w) => w.when.holds(row),
        }
    }
}
impl Default for Need {
    fn default() -> Self {
        Need::Always(false)
    }
}

/// Where a field appears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    Form,
    Ledger,
    Filter,
    Sort,
    Sheet,
    Stat,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    #[serde(skip_deserializing)]
    pub name: String,
    pub label: String,
    pub kind: Kind,
    #[serde(default)]
    pub help: String,
    #[serde(default)]
    pub unit: String,
    #[serde(default)]
    pub group: String,
    #[serde(default)]
    pub required: Need,
    #[serde(default)]
    pub shown: Option<Condition>,
    #[serde(default)]
    pub readonly: Need,
    #[serde(default)]
    pub max: Option<usize>,
    #[serde(default)]
    pub min_len: Option<usize>,
    /// Inclusive bounds of numbers; an empty text is no bound.
    #[serde(default)]
    pub range: Option<[serde_json::Value; 2]>,
    #[serde(default = "two")]
    pub scale: u32,
    #[serde(default)]
    pub pattern: Option<String>,
    #[serde(default)]
    pub codes: Option<String>,
    /// The field of the same list that chooses the class; this one chooses among the items of that class.
    #[serde(default)]
    pub under: Option<String>,
    #[serde(default)]
    pub dataset: Option<String>,
    #[serde(default)]
    pub level: Option<Level>,
    #[serde(default)]
    pub sensitivity: Sensitivity,
    /// The lowest level at which the value may be read; below it is hidden.
    #[serde(default)]
    pub seen_from: Option<Level>,
    /// Said in words when engines or hooks write it and no form does.
    #[serde(default)]
    pub derived: Option<String>,
    #[serde(default)]
    pub default: Option<serde_json::Value>,
    #[serde(default = "usual_places", rename = "in")]
    pub places: Vec<Place>,
    #[serde(skip_deserializing)]
    pub synced: bool,
}
fn two() -> u32 {
    2
}
fn usual_places() -> Vec<Place> {
    vec![Place::Form, Place::Sheet]
}

impl Field {
    pub fn is_in(&self, place: Place) -> bool {
        self.places.contains(&place)
    }
    pub fn is_derived(&self) -> bool {
        self.derived.is_some()
    }
    /// Bounds as numbers, none where the TOML left an empty text.
    pub fn bounds(&self) -> (Option<f64>, Option<f64>) {
        let num = |v: &serde_json::Value| v.as_f64();
        self.range.as_ref().map_or((None, None), |[lo, hi]| (num(lo), num(hi)))
    }
    /// Column that is compared in filters: the token for enciphered kinds.
    pub fn filter_column(&self) -> String {
        if self.kind.is_enciphered() { format!("{}_token", self.name) } else { self.name.clone() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Refuses the save.
    Error,
    Suspect,
    Hint,
}

/// A rule about one record: true when the record is wrong.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    pub id: String,
    pub r#where: String,
    pub tell: String,
    #[serde(default)]
    pub at: String,
    #[serde(default = "error")]
    pub severity: Severity,
    #[serde(default)]
    pub source: String,
    /// What PostgreSQL evaluates, never null; made from `where` when the descriptions are read.
    #[serde(skip)]
    pub sql: String,
}
fn error() -> Severity {
    Severity::Error
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parent {
    pub dataset: String,
    pub field: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum History {
    #[default]
    Versions,
    None,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dataset {
    pub id: String,
    pub title: String,
    #[serde(default)]
    pub source: String,
    #[serde(default)]
    pub note: String,
    /// The lowest level rows live at.
    pub region: Level,
    /// Rows are set at one level and read by everybody below it (rules, parameters, calendars); writing stays within the scope.
    #[serde(default)]
    pub read_below: bool,
    /// Rows may lie at any level, where who writes them is; `region` is the lowest.
    #[serde(default)]
    pub any_level: bool,
    #[serde(default)]
    pub history: History,
    #[serde(default)]
    pub parent: Option<Parent>,
    #[serde(default)]
    pub title_field: Option<String>,
    #[serde(default)]
    pub unique: Vec<Vec<String>>,
    #[serde(default)]
    pub searchable: Vec<String>,
    #[serde(default)]
    pub synced: Vec<String>,
    #[serde(default)]
    pub flow: Option<String>,
    pub fields: IndexMap<String, Field>,
    #[serde(default, rename = "check")]
    pub checks: Vec<Check>,
    #[serde(default)]
    pub hooks: IndexMap<String, String>,
    /// PostgreSQL schema, from the module file.
    #[serde(skip_deserializing)]
    pub schema: String,
    /// Digest of the description; the phone sends it with each form.
    #[serde(skip_deserializing)]
    pub hash: String,
}

/// Columns every business table has.
pub const COMMON: [(&str, &str); 11] = [
    ("id", "uuid"),
    ("region_code", "text"),
    ("source", "text"),
    ("created_by", "uuid"),
    ("created_at", "timestamptz"),
    ("updated_by", "uuid"),
    ("updated_at", "timestamptz"),
    ("row_version", "integer"),
    ("deleted", "boolean"),
    ("sync_batch_no", "text"),
    ("national_updated_at", "timestamptz"),
];

impl Dataset {
    pub fn module(&self) -> &str {
        self.id.split('.').next().unwrap_or_default()
    }
    pub fn name(&self) -> &str {
        self.id.split('.').nth(1).unwrap_or_default()
    }
    /// `schema.table`, safe to put into SQL: descriptions are linted to `[a-z0-9_]`.
    pub fn table(&self) -> String {
        format!("{}.{}", self.schema, self.name())
    }
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.get(name)
    }
    pub fn filterable(&self) -> impl Iterator<Item = &Field> {
        self.fields.values().filter(|f| f.is_in(Place::Filter))
    }
    pub fn in_place(&self, place: Place) -> impl Iterator<Item = &Field> {
        self.fields.values().filter(move |f| f.is_in(place))
    }
    pub(crate) fn settle(&mut self, schema: &str, hash: String) {
        self.schema = schema.to_owned();
        self.hash = hash;
        let mut group = String::new();
        for (name, f) in &mut self.fields {
            f.name = name.clone();
            if f.group.is_empty() {
                f.group = group.clone()
            } else {
                group = f.group.clone()
            }
            f.synced = self.synced.iter().any(|s| s == name);
        }
    }
}
