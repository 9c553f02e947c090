//! Conditions over whole counties as bits, one for each row of a table in the order of its files. Each condition on a field is asked
//! of its column alone, of a code once for each of its values; rows that refer to others are carried to them by their place, so that
//! nothing is joined and no id is read. Only for rows that lie where those they hang on lie. Must not decide who may ask what.

use super::{Next, plan};
use crate::engine::{Engine, plan_error};
use crate::scan::{Seen, inside};
use crate::shape::Shape;
use crate::snapshot::{read_schema, touches};
use crate::store::File;
use crate::table::{Looked, Places, Read, Rows, Side, Table, Tree};
use base::{Error, Result, Scope};
use chrono::NaiveDate;
use datafusion::arrow::array::BooleanArray;
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::logical_expr::col;
use datafusion::prelude::SessionContext;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use meta::Dataset;
use parquet::arrow::arrow_reader::RowSelection;
use record::search::{Ask, Checked};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio_util::task::AbortOnDropHandle;

/// A question, ready to be put to counties.
pub(super) struct Asked {
    places: Arc<Places>,
    /// The rows that are asked for, and those that are looked for beside them.
    levels: Vec<Level>,
    counties: Vec<String>,
    threads: usize,
}

/// Rows of one dataset with the conditions on them.
struct Level {
    rows: Arc<Rows>,
    tree: Tree<Leaf>,
}

enum Leaf {
    /// By place of the condition.
    Test(usize),
    /// There are at least so many of those rows (0: none).
    Rows(Hang, i64),
}

/// Rows of a level that refer to ours by `via`, or (`forward`) that ours refers to.
struct Hang {
    level: usize,
    via: String,
    forward: bool,
}

impl Asked {
    /// None where the lake does not hold what is asked.
    pub(super) fn new(engine: &Engine, places: &Arc<Places>, seen: &Seen, ask: &Ask<'_>, range: &Scope) -> Result<Option<Asked>> {
        let mut new = New { session: engine.session_of(1), seen, today: ask.today, levels: Vec::new() };
        if new.level(ask.dataset, ask.conditions, Some(range))?.is_none() {
            return Ok(None);
        }
        let levels = new.levels.into_iter().collect::<Option<Vec<_>>>().ok_or_else(lost)?;
        let of_range = |f: &&File| touches(&f.county, &range.lo, &range.hi);
        let counties: BTreeSet<String> =
            levels.first().ok_or_else(lost)?.rows.moment.files.iter().filter(of_range).map(|f| f.county.clone()).collect();
        let threads = engine.bounds().threads.max(1);
        Ok(Some(Asked { places: places.clone(), levels, counties: counties.into_iter().collect(), threads }))
    }

    /// How many rows fit, and the first `limit` and one more behind a place. Counties lie in the order of their regions: where nobody
    /// asks how many there are, what follows a full page is not looked at.
    pub(super) async fn find(self, limit: usize, after: Option<(String, uuid::Uuid)>, count: bool) -> Result<Next> {
        let me = Arc::new(self);
        let asked = me.clone();
        let each = me.counties.clone().into_iter().map(move |county| {
            let bits = AbortOnDropHandle::new(tokio::spawn(asked.fitting(0, county.clone())));
            async move { Ok::<_, Error>((county, bits.await.map_err(Error::internal)??)) }.boxed()
        });
        let mut each = std::pin::pin!(futures::stream::iter(each).buffered(me.threads));
        let mut all = Next::new(limit + 1, after.clone());
        while let Some(one) = each.next().await {
            let (county, bits) = one?;
            let found = all.found + bits.count_set_bits() as u64;
            let is_behind = after.as_ref().is_none_or(|(region, _)| *region < crate::shape::county_range(&county).1);
            if all.first.len() <= limit && is_behind {
                me.name(&county, &bits, &mut all).await?;
                if all.first.len() > limit && !count {
                    break;
                }
            }
            all.found = found;
        }
        Ok(all)
    }

    /// Ids and regions of the rows of a county that fit.
    async fn name(&self, county: &str, bits: &BooleanBuffer, into: &mut Next) -> Result<()> {
        let level = self.levels.first().ok_or_else(lost)?;
        let schema = read_schema(&level.rows.moment.columns);
        let at = |name: &str| schema.index_of(name).map_err(Error::internal);
        let columns = [at("id")?, at("region_code")?];
        let mut at = 0;
        for file in level.files(county) {
            let rows = usize::try_from(file.rows).map_err(Error::internal)?;
            let these = BooleanArray::new(bits.slice(at, rows), None);
            at += rows;
            if these.true_count() == 0 {
                continue;
            }
            let only = RowSelection::from_filters(&[these]);
            let mut batches = self.places.read(&file, schema.clone(), &columns, Some(only)).await?;
            while let Some(b) = batches.next().await {
                let b = b.map_err(|e| plan_error(e.into()))?;
                let by_name = |n: &str| b.column_by_name(n).ok_or_else(lost);
                into.take(by_name("id")?, by_name("region_code")?)?;
            }
        }
        Ok(())
    }

    /// The rows of a county that fit a level.
    fn fitting(self: &Arc<Self>, n: usize, county: String) -> BoxFuture<'static, Result<BooleanBuffer>> {
        let me = self.clone();
        async move {
            let level = me.levels.get(n).ok_or_else(lost)?;
            let (rows, places, files) = (level.rows.clone(), me.places.clone(), level.files(&county));
            let looked = AbortOnDropHandle::new(tokio::spawn(async move { rows.look(&places, &files).await }));
            let (mut leaves, mut carried) = (Vec::new(), BTreeMap::new());
            level.tree.leaves(&mut leaves);
            for leaf in leaves {
                if let Leaf::Rows(hang, _) = leaf {
                    let bits = me.fitting(hang.level, county.clone()).await?;
                    carried.insert(hang.level, me.carried(level, hang, &county, &bits).await?);
                }
            }
            let looked = looked.await.map_err(Error::internal)??;
            level.tree.bits(looked.rows, &mut |leaf| leaf.bits(&looked, &carried))
        }
        .boxed()
    }

    /// How often rows of a level below that fit hang on each of ours.
    async fn carried(&self, ours: &Level, hang: &Hang, county: &str, bits: &BooleanBuffer) -> Result<Vec<u32>> {
        let theirs = self.levels.get(hang.level).ok_or_else(lost)?;
        if hang.forward {
            let places = self.places.of(&ours.side(county, &hang.via)?, &theirs.side(county, "id")?, &Read::default()).await?;
            let fits = |place: u32| (place as usize) < bits.len() && bits.value(place as usize);
            return Ok(places.iter().map(|place| u32::from(fits(*place))).collect());
        }
        let mut many = vec![0u32; ours.files(county).iter().map(|f| f.rows as usize).sum()];
        let places = self.places.of(&theirs.side(county, &hang.via)?, &ours.side(county, "id")?, &Read::default()).await?;
        for child in bits.set_indices() {
            if let Some(n) = places.get(child).and_then(|p| many.get_mut(*p as usize)) {
                *n += 1;
            }
        }
        Ok(many)
    }
}

impl Level {
    fn files(&self, county: &str) -> Vec<File> {
        self.rows.moment.files.iter().filter(|f| f.county == county).cloned().collect()
    }
    fn side(&self, county: &str, name: &str) -> Result<Side> {
        self.rows.side(self.files(county), name)
    }
}

impl Leaf {
    fn bits(&self, looked: &Looked, carried: &BTreeMap<usize, Vec<u32>>) -> Result<BooleanBuffer> {
        match self {
            Leaf::Test(n) => looked.bits.get(*n).cloned().ok_or_else(lost),
            Leaf::Rows(hang, least) => {
                let many = carried.get(&hang.level).filter(|many| many.len() == looked.rows).ok_or_else(lost)?;
                let least = u32::try_from(*least).unwrap_or(u32::MAX);
                Ok(BooleanBuffer::collect_bool(looked.rows, |n| if least == 0 { many[n] == 0 } else { many[n] >= least }))
            }
        }
    }
}

/// Makes levels of conditions.
struct New<'a> {
    session: SessionContext,
    seen: &'a Seen,
    today: NaiveDate,
    levels: Vec<Option<Level>>,
}

impl New<'_> {
    /// `range`: where rows must lie, if that has to be looked at.
    fn level(&mut self, d: &Dataset, c: &Checked, range: Option<&Scope>) -> Result<Option<usize>> {
        let moment = self.seen.moments.get(&d.id).ok_or_else(|| Error::internal("a query looks at what was not looked up"))?;
        let moment = moment.clone();
        let place = self.levels.len();
        self.levels.push(None);
        let mut table = Table::new(&self.session, &moment, d);
        let Some(mut tree) = self.tree(&Shape::of(d), &mut table, c)? else { return Ok(None) };
        let outside = |r: &&Scope| !crate::snapshot::SnapshotTable::new(&moment, &r.lo, &r.hi).is_inside(&r.lo, &r.hi);
        if let Some(range) = range.filter(outside) {
            let lies = table.asks.condition(inside(range))?;
            tree = Tree::All(vec![tree, Tree::Leaf(Leaf::Test(lies))]);
        }
        if let Some(level) = self.levels.get_mut(place) {
            *level = Some(Level { rows: Arc::new(table.ready()?), tree });
        }
        Ok(Some(place))
    }

    fn tree(&mut self, shape: &Shape, table: &mut Table, c: &Checked) -> Result<Option<Tree<Leaf>>> {
        Ok(Some(match c {
            Checked::All(l) | Checked::Any(l) => {
                let mut each = Vec::with_capacity(l.len());
                for c in l {
                    let Some(t) = self.tree(shape, table, c)? else { return Ok(None) };
                    each.push(t);
                }
                if matches!(c, Checked::All(_)) { Tree::All(each) } else { Tree::Any(each) }
            }
            Checked::Rows { dataset, via, forward, least, inner } => {
                let Some(level) = self.level(dataset, inner, None)? else { return Ok(None) };
                Tree::Leaf(Leaf::Rows(Hang { level, via: via.clone(), forward: *forward }, *least))
            }
            Checked::Test { field, op, values } => {
                let mut take = |name: &str| shape.columns.iter().find(|c| c.name == name).map(|c| (col(name), c.of));
                let Some(e) = plan::test(&mut take, field, *op, values, self.today) else { return Ok(None) };
                Tree::Leaf(Leaf::Test(table.asks.condition(e)?))
            }
        }))
    }
}

fn lost() -> Error {
    Error::internal("a query over the lake came out in another form")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hangs_on_a_row_is_counted_and_none_is_an_answer() {
        let rows = |level, least| Tree::Leaf(Leaf::Rows(Hang { level, via: "v".into(), forward: false }, least));
        let test = |n| Tree::Leaf(Leaf::Test(n));
        let carried = BTreeMap::from([(1, vec![0, 1, 2, 3]), (2, vec![1, 0, 0, 0])]);
        let looked = Looked { rows: 4, bits: vec![BooleanBuffer::from(vec![true, true, false, true])], values: vec![] };
        let of = |t: Tree<Leaf>| t.bits(4, &mut |leaf| leaf.bits(&looked, &carried));
        let bits = |t: Tree<Leaf>| of(t).unwrap().iter().collect::<Vec<_>>();
        assert_eq!(bits(rows(1, 2)), [false, false, true, true]);
        assert_eq!(bits(Tree::All(vec![test(0), rows(1, 0)])), [true, false, false, false]);
        assert_eq!(bits(Tree::Any(vec![rows(2, 1), rows(1, 3)])), [true, false, false, true]);
        assert_eq!((bits(Tree::All(vec![])), bits(Tree::Any(vec![]))), (vec![true; 4], vec![false; 4]));
        assert!(of(rows(3, 1)).is_err(), "what was not carried is no zero");
    }
}
