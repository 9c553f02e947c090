//! All rules of a view in one pass over the lake, and the same seam for a scan: [`LakeScan`] evaluates here what the lake holds, has
//! the records tell about each row that was caught, and leaves to them what looks at values that never leave them, at look-ups over
//! the province, or at counties whose changes are still on their way. Must not know a business word.

mod columns;
mod expr;
mod function;
mod pass;
mod view;

pub(crate) use expr::binary;
pub(crate) use function::call as function_of_rules;
#[cfg(feature = "cluster")]
pub(crate) use function::everywhere;
pub(crate) use view::inside;
pub use view::{Seen, datasets};

use crate::refresh::Parts;
use crate::shape::county_range;
use crate::snapshot::touches;
use crate::store::File;
use crate::{Lake, count, store};
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Error, Kind, Level, Result, Scope};
use chrono::NaiveDate;
use expr::With;
use meta::rule::Columns;
use meta::rule::functions::Now;
use meta::rule::postgres::Params;
use meta::{Rule, View};
use quality::{Hit, Pass, Passed, Scan};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// How long one view of one range may take.
const DEADLINE: Duration = Duration::from_secs(1800);

type Joined = std::result::Result<Result<Found>, tokio::task::JoinError>;

/// What is to be looked at.
pub struct Look<'a> {
    pub view: &'a View,
    pub columns: &'a Columns,
    pub rules: &'a [Arc<Rule>],
    pub range: &'a Scope,
    pub params: &'a Params,
    pub today: NaiveDate,
    /// Hits of one rule that are named at most; counts go on.
    pub cap: usize,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    pub rows: u64,
    /// By place of the rule.
    pub counts: Vec<u64>,
    /// Hits by county (six digits) and place of the rule.
    pub by_county: BTreeMap<String, Vec<u64>>,
    /// Rows that were caught, with the places of the rules.
    pub hits: BTreeMap<Uuid, Vec<usize>>,
    /// Places of rules that are not for the lake.
    pub left: Vec<usize>,
}

impl Lake {
    /// All rules in one pass. A rule that looks at what the lake does not hold, or cannot be planned, is left; the others go on.
    pub async fn scan(&self, seen: &Seen, look: &Look<'_>) -> Result<Found> {
        let mut wanted: Vec<usize> = (0..look.rules.len()).collect();
        let mut left = Vec::new();
        loop {
            match self.attempt(seen, look, &wanted, &mut left).await {
                Ok(mut found) => {
                    left.sort_unstable();
                    found.left = left;
                    return Ok(found);
                }
                // no sentence, no memory and no disk becomes better by trying again
                Err(e) if e.kind != Kind::Internal && e.code != "lake.cannot_plan" => return Err(e),
                Err(e) if wanted.len() <= 1 => {
                    tracing::warn!(error = %e.chain(), view = look.view.id, "a rule is left to the records");
                    left.append(&mut wanted);
                }
                Err(_) => {
                    let mut good = Vec::new();
                    for one in std::mem::take(&mut wanted) {
                        match self.attempt(seen, look, &[one], &mut Vec::new()).await {
                            Ok(_) => good.push(one),
                            Err(_) => left.push(one),
                        }
                    }
                    wanted = good;
                }
            }
        }
    }

    async fn attempt(&self, seen: &Seen, look: &Look<'_>, wanted: &[usize], left: &mut Vec<usize>) -> Result<Found> {
        let now = Now { today: look.today, moment: chrono::Utc::now() };
        let asked = view::Asked::new(&self.catalog, look.view, look.columns, With { params: look.params, now })?;
        let session = self.engine.session_of(1);
        let mut new = pass::New::over(asked, &session, seen)?;
        for place in wanted.iter().filter(|p| !left.contains(p)).copied().collect::<Vec<_>>() {
            let Some(rule) = look.rules.get(place) else { continue };
            let taken = new.rule(place, &rule.compiled).unwrap_or_else(|e| {
                tracing::warn!(error = %e.chain(), view = look.view.id, "a rule is left to the records");
                false
            });
            if !taken {
                left.push(place);
            }
        }
        let bounds = self.engine.bounds();
        let parts = parts(seen.moments.get(&look.view.dataset).map_or(&[], |m| &m.files), look.range, bounds.part);
        let pass = Arc::new(new.ready(&self.places, look.range, look.rules.len(), look.cap)?);
        let mut all = Found { counts: vec![0; look.rules.len()], ..Found::default() };
        let mut running = tokio::task::JoinSet::new();
        for part in parts {
            let (engine, pass) = (self.engine.clone(), pass.clone());
            running.spawn(async move { engine.run_for(DEADLINE, pass.part(part)).await });
            while running.len() >= bounds.threads.max(1) {
                all.add(running.join_next().await, look.cap)?;
            }
        }
        while !running.is_empty() {
            all.add(running.join_next().await, look.cap)?;
        }
        Ok(all)
    }
}

/// A range cut between counties into parts of about so many rows: what hangs on a row is put beside it part by part, so that the
/// memory of a pass does not grow with the province, and no row has to be carried from one thread to another.
pub(crate) fn parts(files: &[File], range: &Scope, part: u64) -> Vec<Scope> {
    let mut counties: BTreeMap<&str, u64> = BTreeMap::new();
    for f in files.iter().filter(|f| touches(&f.county, &range.lo, &range.hi)) {
        *counties.entry(&f.county).or_default() += f.rows;
    }
    let mut out: Vec<Scope> = Vec::new();
    let mut rows = 0;
    for (county, more) in counties {
        let (first, past) = county_range(county);
        let past = past.min(range.hi.clone());
        match out.last_mut() {
            Some(last) if rows + more <= part => last.hi = past,
            _ => {
                rows = 0;
                out.push(Scope { lo: first.max(range.lo.clone()), hi: past });
            }
        }
        rows += more;
    }
    out
}

impl Found {
    /// A part that has been read; none where nothing ran.
    fn add(&mut self, part: Option<Joined>, cap: usize) -> Result<()> {
        if let Some(one) = part {
            self.join(one.map_err(Error::internal)??);
            self.cut(cap);
        }
        Ok(())
    }

    fn join(&mut self, other: Found) {
        self.rows += other.rows;
        for (a, b) in self.counts.iter_mut().zip(&other.counts) {
            *a += b;
        }
        for (county, counts) in other.by_county {
            match self.by_county.get_mut(&county) {
                Some(c) => c.iter_mut().zip(counts).for_each(|(a, b)| *a += b),
                None => {
                    self.by_county.insert(county, counts);
                }
            }
        }
        for (id, places) in other.hits {
            self.hits.entry(id).or_default().extend(places);
        }
    }

    /// The smallest ids are named, so that the same rows give the same list.
    fn cut(&mut self, cap: usize) {
        let mut named = vec![0usize; self.counts.len()];
        for places in self.hits.values_mut() {
            places.sort_unstable();
            places.dedup();
            places.retain(|p| {
                named[*p] += 1;
                named[*p] <= cap
            });
        }
        self.hits.retain(|_, places| !places.is_empty());
    }
}

/// Evaluates rules over the lake from a level upward, over the records below it and wherever the lake cannot vouch for itself.
#[derive(Clone)]
pub struct LakeScan {
    lake: Lake,
    record: quality::Postgres,
    from: Level,
}

impl LakeScan {
    pub fn new(lake: Lake, from: Level) -> LakeScan {
        LakeScan { lake, record: quality::Postgres, from }
    }

    /// The files to read, with everything in them that was committed; none when changes are still on their way.
    async fn seen(&self, tx: &mut ScopedTx, ask: &Pass<'_>) -> Result<Option<Seen>> {
        let all = datasets(ask.view);
        for again in [false, true] {
            let mut waiting = Vec::new();
            for id in &all {
                let Some(item) = self.lake.item(id).await? else { return Ok(None) };
                let (lo, hi) = (tx.scope().lo.clone(), tx.scope().hi.clone());
                if store::since(tx.conn(), &item, &lo, &hi).await?.is_some() {
                    waiting.push(item);
                }
            }
            if waiting.is_empty() {
                let scope = tx.scope().clone();
                return Seen::of(&self.lake, &all, &scope).await;
            }
            if again {
                break;
            }
            // copied now rather than looked at where it is slow
            for item in waiting {
                store::deal_out(self.lake.db.pool(), &self.lake.items().await?).await?;
                let todo = store::todo(self.lake.db.pool(), Some(&item.id)).await?;
                let counties = todo.into_iter().map(|t| t.county).filter(|c| !c.is_empty()).collect();
                self.lake.refresh(&item, &Parts::Some(counties), &|| Ok(())).await?;
            }
        }
        Ok(None)
    }

    async fn over_the_lake(&self, tx: &mut ScopedTx, ask: &Pass<'_>) -> Result<Option<Found>> {
        let Some(seen) = self.seen(tx, ask).await? else { return Ok(None) };
        let look = Look {
            view: ask.view,
            columns: ask.columns,
            rules: ask.rules,
            range: &ask.range,
            params: ask.params,
            today: ask.today,
            cap: ask.cap,
        };
        self.lake.scan(&seen, &look).await.map(Some)
    }
}

#[async_trait]
impl Scan for LakeScan {
    async fn pass(&self, tx: &mut ScopedTx, ask: &Pass<'_>, take: &mut (dyn FnMut(Hit) + Send)) -> Result<Passed> {
        if ask.file.is_some() || ask.rules.is_empty() || !count::covers(&ask.range, self.from) {
            return self.record.pass(tx, ask, take).await;
        }
        let found = match self.over_the_lake(tx, ask).await {
            Ok(Some(f)) => f,
            Ok(None) => return self.record.pass(tx, ask, take).await,
            Err(e) => {
                tracing::warn!(error = %e.chain(), view = ask.view.id, "scanned over the records instead of the lake");
                return self.record.pass(tx, ask, take).await;
            }
        };
        let mut out = Passed { rows: found.rows, counts: found.counts, failed: vec![] };
        self.record.tell(tx, ask, found.hits, take).await?;
        if !found.left.is_empty() {
            let rules: Vec<Arc<Rule>> = found.left.iter().map(|p| ask.rules[*p].clone()).collect();
            let rest = Pass { rules: &rules, range: ask.range.clone(), ..*ask };
            let left = &found.left;
            let mut whole = |mut h: Hit| {
                h.rules.iter_mut().for_each(|p| *p = left[*p]);
                take(h);
            };
            let passed = self.record.pass(tx, &rest, &mut whole).await?;
            for (n, place) in left.iter().enumerate() {
                out.counts[*place] = passed.counts.get(n).copied().unwrap_or_default();
            }
            out.failed.extend(passed.failed.into_iter().map(|(n, why)| (left[n], why)));
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_cut_between_counties_and_lose_no_region() {
        let file = |county: &str, rows| File { county: county.into(), path: format!("{county}.parquet"), bytes: 1, rows };
        let files = [
            file("360102", 60),
            file("360121", 30),
            file("360121", 20),
            file("360400", 1),
            file("361129", 500),
            file("360000", 2),
        ];
        let scope = |lo: &str, hi: &str| Scope { lo: lo.into(), hi: hi.into() };
        let whole = scope("360000000000", "370000000000");
        let of = |range: &Scope, part| parts(&files, range, part).into_iter().map(|s| (s.lo, s.hi)).collect::<Vec<_>>();
        let pair = |lo: &str, hi: &str| (lo.to_owned(), hi.to_owned());
        assert_eq!(of(&whole, 1000), [pair("360000000000", "361130000000")]);
        assert_eq!(
            of(&whole, 100),
            [pair("360000000000", "360103000000"), pair("360121000000", "360401000000"), pair("361129000000", "361130000000")]
        );
        assert_eq!(of(&scope("360121100000", "360121101000"), 1), [pair("360121100000", "360121101000")]);
        assert!(of(&scope("360700000000", "360800000000"), 1).is_empty());
    }
}
