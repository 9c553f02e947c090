//! Statistics: measures over datasets, counted by region at five levels.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    pub id: String,
    pub title: String,
    #[serde(default)]
    pub source: String,
    /// What is counted and when, in words (口径).
    #[serde(default)]
    pub definition: String,
    /// Roles that may read it.
    pub roles: Vec<String>,
    #[serde(rename = "measure")]
    pub measures: Vec<Measure>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregate {
    /// Rows that satisfy `where`.
    Count,
    /// Sum of `field` over rows that satisfy `where`.
    Sum,
    /// Distinct values of `field`.
    Distinct,
    /// `numerator` ÷ `denominator`, both keys of this report; null when the denominator is 0.
    Ratio,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    pub key: String,
    pub label: String,
    /// Merged header above the column.
    #[serde(default)]
    pub group: String,
    #[serde(default)]
    pub unit: String,
    #[serde(default)]
    pub definition: String,
    pub aggregate: Aggregate,
    #[serde(default)]
    pub dataset: Option<String>,
    #[serde(default)]
    pub field: Option<String>,
    /// SQL condition on the dataset's own columns; `:period` is the month YYYYMM asked for.
    #[serde(default)]
    pub r#where: Option<String>,
    #[serde(default)]
    pub numerator: Option<String>,
    #[serde(default)]
    pub denominator: Option<String>,
    /// Filters of the ledger that shows the records behind the figure.
    #[serde(default)]
    pub drill: IndexMap<String, String>,
}
