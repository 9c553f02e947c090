//! Form conditions: small trees, evaluated alike here and in TypeScript (cases in `contracts/conditions.json`).

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// When a field is shown, needed or read-only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Condition {
    All { all: Vec<Condition> },
    Any { any: Vec<Condition> },
    Not { not: Box<Condition> },
    In { field: String, r#in: Vec<Json> },
    Eq { field: String, eq: Json },
    Filled { field: String, filled: bool },
    Ge { field: String, ge: f64 },
    Le { field: String, le: f64 },
}

impl Condition {
    /// Fields the condition looks at.
    pub fn fields(&self) -> Vec<&str> {
        match self {
            Condition::All { all: list } | Condition::Any { any: list } => list.iter().flat_map(Condition::fields).collect(),
            Condition::Not { not } => not.fields(),
            Condition::In { field, .. }
            | Condition::Eq { field, .. }
            | Condition::Filled { field, .. }
            | Condition::Ge { field, .. }
            | Condition::Le { field, .. } => vec![field],
        }
    }

    /// Whether it holds for a row in wire form. A list field holds `in`/`eq` when any of its codes does; an absent number
    /// is neither ≥ nor ≤ anything.
    pub fn holds(&self, row: &serde_json::Map<String, Json>) -> bool {
        let get = |f: &str| row.get(f).unwrap_or(&Json::Null);
        let same = |have: &Json, want: &Json| match have {
            Json::Array(list) => list.contains(want),
            other => other == want,
        };
        match self {
            Condition::All { all } => all.iter().all(|c| c.holds(row)),
            Condition::Any { any } => any.iter().any(|c| c.holds(row)),
            Condition::Not { not } => !not.holds(row),
            Condition::In { field, r#in } => r#in.iter().any(|w| same(get(field), w)),
            Condition::Eq { field, eq } => same(get(field), eq),
            Condition::Filled { field, filled } => is_filled(get(field)) == *filled,
            Condition::Ge { field, ge } => number(get(field)).is_some_and(|n| n >= *ge),
            Condition::Le { field, le } => number(get(field)).is_some_and(|n| n <= *le),
        }
    }
}

/// A value counts as filled when it is neither null nor an empty text or list.
pub fn is_filled(v: &Json) -> bool {
    match v {
        Json::Null => false,
        Json::String(s) => !s.trim().is_empty(),
        Json::Array(a) => !a.is_empty(),
        _ => true,
    }
}

fn number(v: &Json) -> Option<f64> {
    match v {
        Json::Number(n) => n.as_f64(),
        Json::String(s) => s.trim().parse().ok(),
        _ => None,
    }
}
