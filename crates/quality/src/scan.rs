//! One pass of all rules of a view over a range of regions: the seam between this room and whatever evaluates rules.

use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Result, Scope};
use chrono::NaiveDate;
use meta::rule::Columns;
use meta::rule::postgres::Params;
use meta::{Rule, View};
use std::sync::Arc;
use uuid::Uuid;

/// What is to be looked at.
pub struct Pass<'a> {
    pub view: &'a View,
    pub columns: &'a Columns,
    /// Rules of this view; a hit names them by place.
    pub rules: &'a [Arc<Rule>],
    pub range: Scope,
    pub params: &'a Params,
    /// The day of reckoning.
    pub today: NaiveDate,
    /// Hits of one rule handed over at most; counts go on.
    pub cap: usize,
    /// Only rows on the file of this record.
    pub file: Option<Uuid>,
}

/// A row that at least one rule caught.
#[derive(Clone, Debug)]
pub struct Hit {
    /// Places of the rules.
    pub rules: Vec<usize>,
    pub subject: Uuid,
    pub file: Option<Uuid>,
    pub region: String,
    /// Columns of the view by name.
    pub row: serde_json::Map<String, serde_json::Value>,
}

/// What a pass comes to.
#[derive(Clone, Debug, Default)]
pub struct Passed {
    /// Rows looked at.
    pub rows: u64,
    /// Hits by place of the rule, also beyond the cap.
    pub counts: Vec<u64>,
    /// Rules that could not be evaluated, each with the reason; the others were.
    pub failed: Vec<(usize, String)>,
}

impl Passed {
    /// Whether every hit of this rule was handed over.
    pub fn is_whole(&self, rule: usize, cap: usize) -> bool {
        self.counts.get(rule).is_some_and(|n| *n <= cap as u64) && !self.failed.iter().any(|(r, _)| *r == rule)
    }
}

/// Evaluates rules.
#[async_trait]
pub trait Scan: Send + Sync {
    /// All rules in one pass over what `tx` may see; each hit goes to `take`. A rule that fails is reported and stops nobody.
    async fn pass(&self, tx: &mut ScopedTx, ask: &Pass<'_>, take: &mut (dyn FnMut(Hit) + Send)) -> Result<Passed>;
}
