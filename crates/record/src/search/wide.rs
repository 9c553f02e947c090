//! Queries over wide ranges: a copy of the records names the rows that are found, the records show them. Who keeps the copy
//! stands behind [`Wide`]; where it has no answer, the records are asked. Must not know how the copy is kept.

use super::{ADHOC, Checked, Node};
use crate::query::make_cursor;
use crate::reach::{mark_above, push_range};
use crate::store::select_columns;
use crate::{ListQuery, Page, Records, Row};
use ::store::{DbResult, ScopedTx};
use async_trait::async_trait;
use base::{Result, Scope};
use chrono::{DateTime, NaiveDate, Utc};
use meta::Dataset;
use serde_json::Value as Json;
use sqlx::{QueryBuilder, Row as _};
use std::collections::HashMap;
use uuid::Uuid;

/// What is asked of a copy.
#[derive(Debug)]
pub struct Ask<'a> {
    pub dataset: &'a Dataset,
    pub conditions: &'a Checked,
    /// Where the rows lie that are looked for.
    pub range: Scope,
    /// Where rows may lie that refer to them: what row-level security would show.
    pub scope: Scope,
    /// The day in China, from which days are counted.
    pub today: NaiveDate,
    /// The last row that was shown: region code and id.
    pub after: Option<(String, Uuid)>,
    pub limit: usize,
    pub count: bool,
}

/// What a copy finds.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Without a cap; none when it was not asked for.
    pub count: Option<i64>,
    /// Region code and id of the next rows in the order of both, `limit` at most.
    pub rows: Vec<(String, Uuid)>,
    pub more: bool,
    /// Everything committed before this moment is counted.
    pub asof: DateTime<Utc>,
}

/// How a list lies over regions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    pub rows: i64,
    pub villages: i64,
    pub counties: i64,
}

/// Answers queries over a range that is wide enough. None: not for it, the records are asked.
#[async_trait]
pub trait Wide: Send + Sync {
    async fn find(&self, tx: &mut ScopedTx, ask: &Ask<'_>) -> Result<Option<Found>>;
}

impl Records {
    /// One page of what a query finds.
    pub async fn search(&self, tx: &mut ScopedTx, d: &Dataset, node: &Node, q: ListQuery) -> Result<Page> {
        if let Some(page) = self.search_wide(tx, d, node, &q).await? {
            return Ok(page);
        }
        let text = serde_json::to_string(node)?;
        self.list(tx, d, &ListQuery { within: Some(format!("{ADHOC}:{text}")), ..q }).await
    }

    /// What the copy finds; none where it is not asked or has no answer.
    pub async fn find_wide(&self, tx: &mut ScopedTx, d: &Dataset, node: &Node, q: &ListQuery) -> Result<Option<Found>> {
        let in_order = q.sort.as_ref().is_none_or(|(by, down)| by == "region_code" && !down);
        let (Some(wide), Some(range), true) = (self.hooks.wide(), q.range(tx.scope()), in_order) else { return Ok(None) };
        if d.read_below || !q.filters.is_empty() || q.q.is_some() || q.within.is_some() {
            return Ok(None);
        }
        let conditions = self.check(tx.actor(), d, node)?;
        let after = match &q.after {
            None => None,
            Some((Json::String(region), id)) => Some((region.clone(), *id)),
            Some(_) => return Ok(None),
        };
        let ask = Ask {
            dataset: d,
            conditions: &conditions,
            range,
            scope: tx.scope().clone(),
            today: crate::today(),
            after,
            limit: usize::try_from(q.limit).unwrap_or(0),
            count: q.count,
        };
        wide.clone().find(tx, &ask).await
    }

    /// How many rows a list has, without a cap, and over how many villages and counties they lie.
    pub async fn spread(&self, tx: &mut ScopedTx, d: &Dataset, q: &ListQuery) -> Result<Spread> {
        let Some(range) = q.range(tx.scope()) else { return Ok(Spread::default()) };
        let narrowed = self.narrowed(tx, d, q).await?;
        let mut qb = QueryBuilder::new(format!(
            "select count(*), count(distinct t.region_code), count(distinct left(t.region_code, 6)) from {} t where ",
            d.table()
        ));
        self.push_where(&mut qb, tx.scope(), d, q, &range, narrowed.as_ref());
        let row = qb.build().fetch_one(tx.conn()).await.db()?;
        Ok(Spread { rows: row.try_get(0).db()?, villages: row.try_get(1).db()?, counties: row.try_get(2).db()? })
    }

    async fn search_wide(&self, tx: &mut ScopedTx, d: &Dataset, node: &Node, q: &ListQuery) -> Result<Option<Page>> {
        let Some(found) = self.find_wide(tx, d, node, q).await? else { return Ok(None) };
        let items = self.these(tx, d, &found.rows).await?;
        let next = found.rows.last().filter(|_| found.more).map(|(region, id)| make_cursor(&region.as_str().into(), *id));
        Ok(Some(Page { items, next, count: found.count, count_exact: true, within: None, asof: Some(found.asof) }))
    }

    /// Rows as they are now, in this order; those that are gone meanwhile are left out.
    async fn these(&self, tx: &mut ScopedTx, d: &Dataset, rows: &[(String, Uuid)]) -> Result<Vec<Row>> {
        let sight = self.sight.of(tx.actor());
        let mut qb = QueryBuilder::new(format!("select {} from {} t where t.id = any(", select_columns(d), d.table()));
        qb.push_bind(rows.iter().map(|r| r.1).collect::<Vec<_>>()).push(") and not t.deleted and ");
        push_range(&mut qb, tx.scope(), vec![]);
        let found = qb.build().fetch_all(tx.conn()).await.db()?;
        let mut by_id = HashMap::new();
        for r in &found {
            let row = self.wire(d, sight, r)?;
            if let Some(id) = row.get("id").and_then(Json::as_str).and_then(|s| Uuid::parse_str(s).ok()) {
                by_id.insert(id, row);
            }
        }
        let mut items: Vec<Row> = rows.iter().filter_map(|(_, id)| by_id.remove(id)).collect();
        self.add_titles(tx, d, &mut items).await?;
        mark_above(tx.scope(), &mut items);
        Ok(items)
    }
}
