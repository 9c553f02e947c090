//! Queries over any field as plans: the conditions that `record::search` compiles to SQL for one village become the same questions
//! over the files of a county, a city or the province. What is found is counted and the next rows are named; the records show
//! them. None where the lake does not hold what is asked. Must not decide who may ask what.

mod bits;
mod plan;

use crate::scan::Seen;
use crate::snapshot::touches;
use crate::{Lake, count, engine, store};
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Error, Kind, Level, Result};
use bits::Asked;
use chrono::Utc;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::prelude::DataFrame;
use record::search::{Ask, Checked, Found, Wide};
use std::collections::{BTreeSet, BinaryHeap};
use std::sync::Arc;
use uuid::Uuid;

/// Answers queries from a level upward.
#[derive(Clone)]
pub struct LakeQuery {
    lake: Lake,
    from: Level,
    exact_below: u64,
    /// Plans at once; each uses all threads of the engine.
    turns: Arc<tokio::sync::Semaphore>,
}

impl LakeQuery {
    pub fn new(lake: Lake, from: Level) -> LakeQuery {
        LakeQuery { lake, from, exact_below: count::EXACT_BELOW, turns: Arc::new(tokio::sync::Semaphore::new(2)) }
    }

    /// Rows of a range below which waiting changes send a query to the records.
    #[must_use]
    pub fn with_exact_below(self, rows: u64) -> LakeQuery {
        LakeQuery { exact_below: rows, ..self }
    }

    async fn over_the_lake(&self, tx: &mut ScopedTx, ask: &Ask<'_>) -> Result<Option<Found>> {
        let mut all = BTreeSet::from([ask.dataset.id.clone()]);
        datasets(ask.conditions, &mut all);
        // changes are looked for before the publications: one published in between is not called missing
        let now = Utc::now();
        let mut since = None;
        for id in &all {
            let Some(item) = self.lake.item(id).await? else { return Ok(None) };
            let first = store::since(tx.conn(), &item, &ask.scope.lo, &ask.scope.hi).await?;
            since = [since, first].into_iter().flatten().min();
        }
        let Some(seen) = Seen::of(&self.lake, &all, &ask.scope).await? else { return Ok(None) };
        let Some(m) = seen.moments.get(&ask.dataset.id) else { return Ok(None) };
        let inside = m.files.iter().filter(|f| touches(&f.county, &ask.range.lo, &ask.range.hi));
        if since.is_some() && inside.map(|f| f.rows).sum::<u64>() < self.exact_below {
            return Ok(None);
        }
        let _turn = self.turns.acquire().await.map_err(Error::internal)?;
        let (limit, after, range) = (ask.limit, ask.after.clone(), plan::range(ask));
        let lake = &self.lake.engine;
        let found = match plan::is_local(ask.dataset, ask.conditions) && lake.is_alone() {
            true => match Asked::new(lake, &self.lake.places, &seen, ask, &range)? {
                Some(asked) => lake.run(asked.find(limit, after, ask.count)).await.map(Some),
                None => Ok(None),
            },
            // whether the lake holds what is asked does not depend on who works it out
            false => {
                let work = |session| {
                    let (df, after) = (plan::frame(&session, &seen, ask, &range), after.clone());
                    async move {
                        match df? {
                            Some(df) => first_rows(df, limit, after).await.map(Some),
                            None => Ok(None),
                        }
                    }
                };
                lake.ask(work).await
            }
        };
        let Some(all) = found? else { return Ok(None) };
        let found = i64::try_from(all.found).map_err(Error::internal)?;
        let mut rows = all.first.into_sorted_vec();
        let more = rows.len() > limit;
        rows.truncate(limit);
        Ok(Some(Found { count: ask.count.then_some(found), rows, more, asof: since.unwrap_or(now) }))
    }
}

#[async_trait]
impl Wide for LakeQuery {
    async fn find(&self, tx: &mut ScopedTx, ask: &Ask<'_>) -> Result<Option<Found>> {
        if !count::covers(&ask.range, self.from) {
            return Ok(None);
        }
        match self.over_the_lake(tx, ask).await {
            Err(e) if e.kind == Kind::Unavailable || e.code == "lake.cannot_plan" || e.code == "lake.memory" => {
                tracing::warn!(error = %e.chain(), "a query was put to the records instead of the lake");
                Ok(None)
            }
            other => other,
        }
    }
}

/// Counts what a plan finds, and keeps the first rows behind a place.
async fn first_rows(df: DataFrame, limit: usize, after: Option<(String, Uuid)>) -> Result<Next> {
    let new = || Next::new(limit + 1, after.clone());
    let mut all = new();
    let take = |next: &mut Next, b: &RecordBatch| next.take(b.column(0), b.column(1));
    engine::read(df, new, take).await?.into_iter().for_each(|n| all.join(n));
    Ok(all)
}

/// The datasets that conditions look at.
fn datasets(c: &Checked, out: &mut BTreeSet<String>) {
    match c {
        Checked::All(l) | Checked::Any(l) => l.iter().for_each(|c| datasets(c, out)),
        Checked::Rows { dataset, inner, .. } => {
            out.insert(dataset.id.clone());
            datasets(inner, out);
        }
        Checked::Test { .. } => {}
    }
}

/// How many rows were found, and the first ones behind a place, in the order of region code and id.
struct Next {
    found: u64,
    most: usize,
    after: Option<(String, Uuid)>,
    first: BinaryHeap<(String, Uuid)>,
}

impl Next {
    fn new(most: usize, after: Option<(String, Uuid)>) -> Next {
        Next { found: 0, most, after, first: BinaryHeap::new() }
    }

    fn take(&mut self, ids: &ArrayRef, regions: &ArrayRef) -> Result<()> {
        let lost = || Error::internal("a query over the lake came out in another form");
        let ids = ids.as_binary_view_opt().ok_or_else(lost)?;
        let regions = regions.as_string_view_opt().ok_or_else(lost)?;
        self.found += ids.len() as u64;
        for row in 0..ids.len() {
            let region = regions.value(row);
            if self.first.len() >= self.most && self.first.peek().is_some_and(|last| last.0.as_str() < region) {
                continue;
            }
            let id = Uuid::from_slice(ids.value(row)).map_err(Error::internal)?;
            self.put((region.to_owned(), id));
        }
        Ok(())
    }

    fn put(&mut self, row: (String, Uuid)) {
        if self.after.as_ref().is_some_and(|a| row <= *a) {
            return;
        }
        self.first.push(row);
        if self.first.len() > self.most {
            self.first.pop();
        }
    }

    fn join(&mut self, other: Next) {
        self.found += other.found;
        other.first.into_iter().for_each(|row| self.put(row));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rows_behind_a_place_are_named_whichever_reader_found_them() {
        let id = Uuid::from_u128;
        let rows: Vec<(String, Uuid)> = (0..40u128).map(|n| (format!("36012110{:04}", n % 7), id(n))).collect();
        let mut sorted = rows.clone();
        sorted.sort();
        for after in [None, Some(sorted[11].clone())] {
            let mut all = Next::new(5, after.clone());
            for chunk in rows.chunks(9) {
                let mut one = Next::new(5, after.clone());
                chunk.iter().for_each(|r| one.put(r.clone()));
                all.join(one);
            }
            let from = after.map_or(0, |_| 12);
            assert_eq!(all.first.into_sorted_vec(), sorted[from..from + 5]);
        }
    }
}
