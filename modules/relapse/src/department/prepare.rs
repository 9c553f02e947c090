//! The rules of an item made ready to be asked, and the numbers of every county laid beside the lines. Must not contain SQL.

use super::ask;
use super::items::{self, Item};
use super::judge::{Active, Local};
use super::store::{self, Asked};
use crate::model::rules::{Set, columns};
use ::store::ScopedTx;
use base::Result;
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// The published rules of an item.
pub(crate) struct Prepared {
    pub active: Vec<Active>,
    pub columns: meta::rule::Columns,
    pub asked: Asked,
    /// Words of the line that rules read.
    pub words: Vec<String>,
}

impl Prepared {
    pub async fn of(tx: &mut ScopedTx, item: &'static Item) -> Result<Prepared> {
        let rules = items::rules_of(item)?;
        let published = store::published(tx, &rules.iter().map(|r| r.id.as_str()).collect::<Vec<_>>()).await?;
        let mut active = Vec::new();
        for rule in rules {
            let Some((_, id, version)) = published.iter().find(|(no, ..)| *no == rule.id) else { continue };
            active.push(Active { rule, id: *id, version: *version });
        }
        let columns = ask::columns(item);
        let mut sql = Vec::new();
        for (i, a) in active.iter().enumerate() {
            sql.push(ask::rule(item, a.rule, i, &columns)?.sql);
        }
        let mut shown: BTreeMap<String, String> = BTreeMap::new();
        for name in active.iter().flat_map(|a| meta::ruleset::placeholders(&a.rule.tell)) {
            if let Some(c) = columns.get(name) {
                shown.insert(name.to_owned(), c.sql.clone());
            }
        }
        let (_, words) = ask::spoken_of(item, &active.iter().map(|a| a.rule).collect::<Vec<_>>())?;
        let asked = Asked { rules: sql, shown: shown.into_iter().collect(), near: ask::near_now(item)? };
        Ok(Prepared { active, columns, asked, words })
    }

    /// Lays the numbers of a version beside the lines; what scores the households of each county.
    pub async fn lay(&self, tx: &mut ScopedTx, set: &Set, counties: &[String], on: NaiveDate) -> Result<BTreeMap<String, Local>> {
        lay(tx, "dept_number", set, counties, on, 100).await?;
        Ok(counties.iter().map(|c| (c.clone(), set.local(c, on, &self.active))).collect())
    }
}

/// The numbers of a version at so many percent, as a table of that name.
pub(crate) async fn lay(
    tx: &mut ScopedTx,
    table: &'static str,
    set: &Set,
    counties: &[String],
    on: NaiveDate,
    percent: i64,
) -> Result<()> {
    let mut rows = BTreeMap::new();
    for c in counties {
        rows.insert(c.clone(), set.row(c, on, percent)?);
    }
    store::numbers(tx, table, &columns()?, &rows).await
}
