//! All rules of a view over a part of the lake, as bits: each condition is asked once, of the rows that have its columns; what lies
//! beside a row, or is folded over others, is found by its place. Nothing is joined, and ids are read of rows that were caught
//! only. Must not decide what a rule says.

use super::Found;
use super::view::{self, BASE, FOLDS, OF, Seen, hook, inside};
use crate::engine::plan_error;
use crate::store::File;
use crate::table::{Asks, BATCH_ROWS, Looked, NONE, NOWHERE, Places, Read, Ready, Rows, Side, Table, Tree, find, simple};
use base::{Error, Result, Scope};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array, UInt32Array, new_empty_array};
use datafusion::arrow::array::{DynComparator, make_comparator};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::{SortOptions, cast, take};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool};
use datafusion::functions_aggregate::array_agg::array_agg_udaf;
use datafusion::functions_aggregate::count::count_udaf;
use datafusion::functions_aggregate::min_max::{max_udaf, min_udaf};
use datafusion::functions_aggregate::sum::sum_udaf;
use datafusion::logical_expr::{EmitTo, Expr, GroupsAccumulator, col};
use datafusion::physical_expr::GroupsAccumulatorAdapter;
use datafusion::physical_expr::aggregate::{AggregateExprBuilder, AggregateFunctionExpr};
use datafusion::physical_expr::expressions::Column as PhysicalColumn;
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use futures::future::try_join_all;
use meta::view::{Aggregate, Fold};
use meta::{Dataset, rule};
use parquet::arrow::arrow_reader::RowSelection;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use tokio::sync::OnceCell;
use uuid::Uuid;

/// A view with its rules, ready to be put to parts of the lake.
pub(super) struct Pass {
    places: Arc<Places>,
    memory: Arc<dyn MemoryPool>,
    tables: Vec<Held>,
    /// The row itself, and what is put beside it.
    links: Vec<Link>,
    folds: Vec<Over>,
    wide: Ready,
    sources: Vec<Source>,
    /// Which rows the view is about.
    keep: Tree<Leaf>,
    /// With the place of each rule.
    rules: Vec<(usize, Tree<Leaf>)>,
    /// How many rules there are, and how many hits of one are named.
    many: usize,
    cap: usize,
}

/// Rows of a dataset: those of the part, or of everywhere where they need not lie in it.
struct Held {
    rows: Arc<Rows>,
    everywhere: Option<(Vec<File>, OnceCell<Arc<Looked>>)>,
}

/// A condition of a rule.
enum Leaf {
    /// On rows of a link alone.
    Of { link: usize, condition: usize },
    /// On a row with what is beside it.
    Wide(usize),
}

/// The newest of those rows that hang on ours.
struct Link {
    table: usize,
    /// None: the row itself.
    hang: Option<Hang>,
    only: Tree<usize>,
    latest: Vec<usize>,
}

/// Rows whose `theirs` equals `mine` of a link.
#[derive(Clone, PartialEq, Eq)]
struct Hang {
    link: usize,
    mine: String,
    theirs: String,
}

/// Folds over the same rows.
struct Over {
    name: String,
    table: usize,
    hang: Hang,
    only: Tree<usize>,
    how: How,
}

enum How {
    Count,
    Of { value: usize, of: DataType, by: Arc<AggregateFunctionExpr> },
}

/// Where a column of the wide conditions comes from.
enum Source {
    Of { link: usize, value: usize },
    Fold(usize),
}

fn lost() -> Error {
    Error::internal("a pass over the lake came out in another form")
}

/// Puts a pass together.
pub(super) struct New<'a> {
    asked: view::Asked<'a>,
    session: &'a SessionContext,
    seen: &'a Seen,
    tables: Vec<(String, bool, Table)>,
    links: Vec<Link>,
    names: HashMap<String, usize>,
    folds: Vec<(Over, DataType)>,
    wide: Asks,
    sources: Vec<Source>,
    rules: Vec<(usize, Tree<Leaf>)>,
}

impl<'a> New<'a> {
    pub fn over(asked: view::Asked<'a>, session: &'a SessionContext, seen: &'a Seen) -> Result<New<'a>> {
        let d = asked.dataset(&asked.view.dataset)?;
        let wide = Asks::new(session, vec![]);
        let (tables, links, names) = (vec![], vec![], HashMap::new());
        let mut new = New { asked, session, seen, tables, links, names, folds: vec![], wide, sources: vec![], rules: vec![] };
        let table = new.table(d, true)?;
        new.links.push(Link { table, hang: None, only: Tree::All(vec![]), latest: vec![] });
        new.names.insert(BASE.into(), 0);
        Ok(new)
    }

    /// Takes a rule in; false where the lake does not hold what it looks at.
    pub fn rule(&mut self, place: usize, of: &rule::Compiled) -> Result<bool> {
        let Some(e) = self.asked.rule(of) else { return Ok(false) };
        let tree = self.tree(e)?;
        self.rules.push((place, tree));
        Ok(true)
    }

    pub fn ready(mut self, places: &Arc<Places>, range: &Scope, many: usize, cap: usize) -> Result<Pass> {
        let mut keep = match self.asked.keep()? {
            Some(e) => vec![self.tree(e)?],
            None => vec![],
        };
        let base = &mut self.tables.first_mut().ok_or_else(lost)?.2;
        if !crate::SnapshotTable::new(&base.moment, &range.lo, &range.hi).is_inside(&range.lo, &range.hi) {
            let condition = base.asks.condition(inside(range))?;
            keep.push(Tree::Leaf(Leaf::Of { link: 0, condition }));
        }
        let mut tables = Vec::new();
        for (id, beside, table) in self.tables {
            let everywhere = match beside {
                true => None,
                false => Some((self.seen.everywhere(self.asked.dataset(&id)?)?.0, OnceCell::new())),
            };
            tables.push(Held { rows: Arc::new(table.ready()?), everywhere });
        }
        Ok(Pass {
            places: places.clone(),
            memory: self.session.runtime_env().memory_pool.clone(),
            tables,
            links: self.links,
            folds: self.folds.into_iter().map(|(over, _)| over).collect(),
            wide: self.wide.ready()?,
            sources: self.sources,
            keep: Tree::All(keep),
            rules: self.rules,
            many,
            cap,
        })
    }

    fn table(&mut self, d: &Dataset, beside: bool) -> Result<usize> {
        if let Some(known) = self.tables.iter().position(|(id, b, _)| *id == d.id && *b == beside) {
            return Ok(known);
        }
        let moment = self.seen.moments.get(&d.id).ok_or_else(lost)?;
        self.tables.push((d.id.clone(), beside, Table::new(self.session, moment, d)));
        Ok(self.tables.len() - 1)
    }

    fn of_table(&mut self, n: usize) -> Result<&mut Table> {
        self.tables.get_mut(n).map(|t| &mut t.2).ok_or_else(lost)
    }

    /// Which rows of a table are looked at for those of a link, or a fold.
    fn only(&mut self, d: &Dataset, table: usize, e: Option<Expr>) -> Result<Tree<usize>> {
        let (seen, everywhere) = (self.seen, self.tables.get(table).is_some_and(|t| !t.1));
        let asks = &mut self.of_table(table)?.asks;
        let mut all = Vec::new();
        if let Some(e) = e {
            let e = simple(e.clone(), &asks.schema(&e)?)?;
            all.push(Tree::cut(e, &mut |e| asks.condition(e).map(Tree::Leaf))?);
        }
        if everywhere && let Some(range) = seen.everywhere(d)?.1 {
            all.push(Tree::Leaf(asks.condition(inside(range))?));
        }
        Ok(Tree::All(all))
    }

    fn link(&mut self, alias: &str) -> Result<usize> {
        if let Some(known) = self.names.get(alias) {
            return Ok(*known);
        }
        let j = self.asked.view.join.get(alias).ok_or_else(lost)?;
        let (ours, mine) = hook(&j.mine);
        let hang = Hang { link: self.link(ours)?, mine: mine.to_owned(), theirs: j.theirs.clone() };
        let d = self.asked.dataset(&j.dataset)?;
        let table = self.table(d, self.asked.is_beside(alias))?;
        let only = self.asked.only(j)?;
        let only = self.only(d, table, only)?;
        let asks = &mut self.of_table(table)?.asks;
        let latest = j.latest.iter().map(|l| asks.value(col(l)).map(|(place, _)| place)).collect::<Result<Vec<_>>>()?;
        self.links.push(Link { table, hang: Some(hang), only, latest });
        self.names.insert(alias.to_owned(), self.links.len() - 1);
        Ok(self.links.len() - 1)
    }

    fn fold(&mut self, name: &str) -> Result<(usize, DataType)> {
        if let Some((n, (_, of))) = self.folds.iter().enumerate().find(|(_, (over, _))| over.name == name) {
            return Ok((n, of.clone()));
        }
        let a: &Aggregate = self.asked.view.aggregate.get(name).ok_or_else(lost)?;
        let (ours, mine) = hook(&a.mine);
        let hang = Hang { link: self.link(ours)?, mine: mine.to_owned(), theirs: a.theirs.clone() };
        let d = self.asked.dataset(&a.over)?;
        let table = self.table(d, self.asked.lies_beside(&a.over, &a.theirs, &a.mine))?;
        let (filter, value) = self.asked.folded(a).ok_or_else(lost)?;
        let only = self.only(d, table, filter)?;
        let (how, of) = match value {
            None => (How::Count, DataType::Int64),
            Some(e) => {
                let (value, of) = self.of_table(table)?.asks.value(e)?;
                let by = Arc::new(folding(a.fold, &of)?);
                let folded = by.field().data_type().clone();
                (How::Of { value, of, by }, folded)
            }
        };
        self.folds.push((Over { name: name.to_owned(), table, hang, only, how }, of.clone()));
        Ok((self.folds.len() - 1, of))
    }

    /// The type of a column of the view.
    fn of_type(&mut self, name: &str) -> Result<DataType> {
        match split(name)? {
            (FOLDS, name) => Ok(self.fold(name)?.1),
            (alias, name) => {
                let link = self.link(alias)?;
                let table = self.links.get(link).ok_or_else(lost)?.table;
                self.of_table(table)?.asks.field(name).map(|f| f.data_type().clone())
            }
        }
    }

    fn tree(&mut self, e: Expr) -> Result<Tree<Leaf>> {
        let names: BTreeSet<String> = e.column_refs().into_iter().map(|c| c.name.clone()).collect();
        let each = names.into_iter().map(|n| Ok(Field::new(&n, self.of_type(&n)?, true)));
        let schema = Schema::new(each.collect::<Result<Vec<_>>>()?);
        let e = simple(e, &Arc::new(DFSchema::try_from(schema).map_err(plan_error)?))?;
        Tree::cut(e, &mut |e| self.leaf(e).map(Tree::Leaf))
    }

    fn leaf(&mut self, e: Expr) -> Result<Leaf> {
        let names: BTreeSet<String> = e.column_refs().into_iter().map(|c| c.name.clone()).collect();
        let aliases = names.iter().map(|n| split(n).map(|(alias, _)| alias)).collect::<Result<BTreeSet<_>>>()?;
        let alone = match aliases.iter().collect::<Vec<_>>().as_slice() {
            [] => Some(BASE),
            [one] if **one != FOLDS => Some(**one),
            _ => None,
        };
        if let Some(alias) = alone {
            let link = self.link(alias)?;
            let table = self.links.get(link).ok_or_else(lost)?.table;
            let bare = |e: Expr| match e {
                Expr::Column(c) => match split(&c.name) {
                    Ok((_, name)) => Ok(Transformed::yes(Expr::Column(Column::from_name(name)))),
                    Err(_) => Ok(Transformed::no(Expr::Column(c))),
                },
                e => Ok(Transformed::no(e)),
            };
            let e = e.transform(bare).map_err(plan_error)?.data;
            let condition = self.of_table(table)?.asks.condition(e)?;
            return Ok(Leaf::Of { link, condition });
        }
        for name in &names {
            if self.wide.has(name) {
                continue;
            }
            let (source, field) = match split(name)? {
                (FOLDS, of) => {
                    let (n, of) = self.fold(of)?;
                    (Source::Fold(n), Field::new(name, of, true))
                }
                (alias, of) => {
                    let link = self.link(alias)?;
                    let table = self.links.get(link).ok_or_else(lost)?.table;
                    let asks = &mut self.of_table(table)?.asks;
                    let field = asks.field(of)?.as_ref().clone().with_name(name);
                    (Source::Of { link, value: asks.value(col(of))?.0 }, field)
                }
            };
            self.wide.add(field);
            self.sources.push(source);
        }
        self.wide.condition(e).map(Leaf::Wide)
    }
}

/// The row and the column that a name of a view means.
fn split(name: &str) -> Result<(&str, &str)> {
    name.split_once(OF).ok_or_else(lost)
}

/// How values of a type are folded.
fn folding(fold: Fold, of: &DataType) -> Result<AggregateFunctionExpr> {
    let by = match fold {
        Fold::Sum => sum_udaf(),
        Fold::Min => min_udaf(),
        Fold::Max => max_udaf(),
        Fold::Distinct | Fold::Count => count_udaf(),
        Fold::Codes => array_agg_udaf(),
    };
    let schema = Arc::new(Schema::new(vec![Field::new("of", of.clone(), true)]));
    let new = AggregateExprBuilder::new(by, vec![Arc::new(PhysicalColumn::new("of", 0))]).schema(schema).alias("of");
    let new = if matches!(fold, Fold::Distinct | Fold::Codes) { new.distinct() } else { new };
    new.build().map_err(plan_error)
}

/// Where rows meet: each row of the part has a group, each of theirs too.
struct Met {
    /// None: each row is its own.
    ours: Option<Vec<u32>>,
    theirs: Option<Arc<[u32]>>,
    groups: usize,
}

impl Met {
    fn of_ours(&self, row: u32) -> u32 {
        at(self.ours.as_deref(), row)
    }
    fn of_theirs(&self, row: u32) -> u32 {
        at(self.theirs.as_deref(), row)
    }
}

/// The place of a row; where there is no row, there is no place.
fn at(places: Option<&[u32]>, row: u32) -> u32 {
    match places {
        None => row,
        Some(all) => all.get(row as usize).copied().unwrap_or(NOWHERE),
    }
}

/// What was made of a part while it is looked at.
struct Part<'a> {
    pass: &'a Pass,
    files: Vec<Vec<File>>,
    looked: Vec<Arc<Looked>>,
    /// By link: for each row of the part the place of the one that is beside it. None: itself.
    at: Vec<Option<Vec<u32>>>,
    read: Read,
}

impl Pass {
    /// What the rules catch in the files of a range.
    pub async fn part(self: Arc<Self>, range: Scope) -> Result<Found> {
        let mut files = Vec::new();
        for t in &self.tables {
            files.push(match &t.everywhere {
                Some((all, _)) => all.clone(),
                None => t.rows.files(&range),
            });
        }
        let me = &self;
        let each = self.tables.iter().zip(&files).map(|(t, files)| async move {
            let look = || async { t.rows.look(&me.places, files).await.map(Arc::new) };
            match &t.everywhere {
                Some((_, known)) => known.get_or_try_init(look).await.cloned(),
                None => look().await,
            }
        });
        let looked = try_join_all(each).await?;
        let held = MemoryConsumer::new("rules").register(&self.memory);
        held.try_grow(looked.iter().map(|l| l.bytes()).sum()).map_err(plan_error)?;
        let mut part = Part { pass: &self, files, looked, at: Vec::new(), read: Read::default() };
        for link in &self.links {
            let at = match &link.hang {
                None => None,
                Some(hang) => Some(part.beside(link, hang).await?),
            };
            part.at.push(at);
        }
        let (mut met, mut folds) = (Vec::<(usize, Hang, Met)>::new(), Vec::new());
        for over in &self.folds {
            let known = met.iter().position(|(table, hang, _)| *table == over.table && *hang == over.hang);
            let n = match known {
                Some(n) => n,
                None => {
                    met.push((over.table, over.hang.clone(), part.meet(over.table, &over.hang).await?));
                    met.len() - 1
                }
            };
            folds.push(part.folded(over, &met[n].2)?);
        }
        let wide = part.wide(&folds)?;
        let mut found = Found { counts: vec![0; self.many], ..Found::default() };
        let named = part.count(&wide, &mut found)?;
        part.name(named, &mut found).await?;
        Ok(found)
    }
}

impl Part<'_> {
    fn looked(&self, table: usize) -> Result<&Arc<Looked>> {
        self.looked.get(table).ok_or_else(lost)
    }
    fn rows(&self) -> Result<usize> {
        Ok(self.looked(0)?.rows)
    }
    fn link(&self, n: usize) -> Result<(&Link, Option<&[u32]>)> {
        Ok((self.pass.links.get(n).ok_or_else(lost)?, self.at.get(n).ok_or_else(lost)?.as_deref()))
    }

    /// The rows of the part by number.
    fn each(&self) -> Result<std::ops::Range<u32>> {
        Ok(0..u32::try_from(self.rows()?).map_err(Error::internal)?)
    }

    fn side(&self, table: usize, name: &str) -> Result<Side> {
        let held = self.pass.tables.get(table).ok_or_else(lost)?;
        held.rows.side(self.files.get(table).cloned().unwrap_or_default(), name)
    }

    /// Where rows of a table meet those of the part, by what these have of a link.
    async fn meet(&self, table: usize, hang: &Hang) -> Result<Met> {
        let (link, link_at) = self.link(hang.link)?;
        let (places, read) = (&self.pass.places, &self.read);
        let ours = |name: &str| self.side(link.table, name);
        let theirs = |name: &str| self.side(table, name);
        let is_everywhere = |n: usize| self.pass.tables.get(n).is_some_and(|t| t.everywhere.is_some());
        if is_everywhere(table) || is_everywhere(link.table) {
            // rows of everywhere are many: what is asked for are the values of the part
            let values = places.ids(&ours(&hang.mine)?, read).await?;
            let values = self.each()?.map(|row| values.get(at(link_at, row) as usize).copied().unwrap_or(NONE));
            let values: Vec<u128> = values.collect();
            let by = places.ids(&theirs(&hang.theirs)?, read).await?;
            let groups = values.len();
            return Ok(Met {
                ours: Some(find(&values, &values, false).to_vec()),
                theirs: Some(find(&by, &values, false)),
                groups,
            });
        }
        let (our_rows, their_rows) = (self.looked(link.table)?.rows, self.looked(table)?.rows);
        let (of_link, theirs, groups) = match (hang.mine.as_str(), hang.theirs.as_str()) {
            ("id", by) => (None, Some(places.of(&theirs(by)?, &ours("id")?, read).await?), our_rows),
            (mine, "id") => (Some(places.of(&ours(mine)?, &theirs("id")?, read).await?), None, their_rows),
            // one of our rows with the same value stands for all of them
            (mine, by) => {
                let same = places.of(&ours(mine)?, &ours(mine)?, read).await?;
                (Some(same), Some(places.of(&theirs(by)?, &ours(mine)?, read).await?), our_rows)
            }
        };
        let ours = match (&of_link, link_at) {
            (None, None) => None,
            (of_link, link_at) => Some(self.each()?.map(|row| at(of_link.as_deref(), at(link_at, row))).collect()),
        };
        Ok(Met { ours, theirs, groups })
    }

    /// For each row of the part the newest of those that hang on it.
    async fn beside(&self, link: &Link, hang: &Hang) -> Result<Vec<u32>> {
        let met = self.meet(link.table, hang).await?;
        let looked = self.looked(link.table)?;
        let only = link.only.bits(looked.rows, &mut |n| looked.bits.get(*n).cloned().ok_or_else(lost))?;
        let newer = |values: &[ArrayRef]| {
            let newest_first = SortOptions { descending: true, nulls_first: false };
            values.iter().map(|v| make_comparator(v, v, newest_first)).collect::<std::result::Result<Vec<DynComparator>, _>>()
        };
        let values = link.latest.iter().map(|n| looked.values.get(*n).cloned().ok_or_else(lost)).collect::<Result<Vec<_>>>()?;
        let mut by = newer(&values).map_err(|e| plan_error(e.into()))?;
        let best = loop {
            let mut best = vec![NOWHERE; met.groups];
            let mut tie = false;
            for row in only.set_indices() {
                let Some(first) = best.get_mut(met.of_theirs(row as u32) as usize) else { continue };
                if *first == NOWHERE {
                    *first = row as u32;
                    continue;
                }
                match by.iter().map(|c| c(row, *first as usize)).find(|o| o.is_ne()) {
                    Some(Ordering::Less) => *first = row as u32,
                    Some(_) => {}
                    None => tie = true,
                }
            }
            if !tie || link.latest.is_empty() || by.len() > values.len() {
                break best;
            }
            // which of them is the newest is left to their ids
            let ids = self.pass.places.values(&self.side(link.table, "id")?).await?;
            by.extend(newer(&[ids]).map_err(|e| plan_error(e.into()))?);
        };
        Ok(self.each()?.map(|row| at(Some(&best), met.of_ours(row))).collect())
    }

    /// A fold for each row of the part.
    fn folded(&self, over: &Over, met: &Met) -> Result<ArrayRef> {
        let looked = self.looked(over.table)?;
        let only = over.only.bits(looked.rows, &mut |n| looked.bits.get(*n).cloned().ok_or_else(lost))?;
        let by_group: ArrayRef = match &over.how {
            How::Count => {
                let mut counts = vec![0i64; met.groups];
                for row in only.set_indices() {
                    if let Some(n) = counts.get_mut(met.of_theirs(row as u32) as usize) {
                        *n += 1;
                    }
                }
                Arc::new(Int64Array::from(counts))
            }
            How::Of { value, of, by } => {
                let group = |row: usize| Some(met.of_theirs(row as u32) as usize).filter(|g| *g < met.groups);
                let groups: Vec<usize> = (0..looked.rows).map(|row| group(row).unwrap_or_default()).collect();
                // given with a filter, a group without a row is known to have none
                let belongs = BooleanBuffer::collect_bool(looked.rows, |row| only.value(row) && group(row).is_some());
                let belongs = BooleanArray::new(belongs, None);
                let values = looked.values.get(*value).ok_or_else(lost)?;
                let values = cast(values, of).map_err(|e| plan_error(e.into()))?;
                let folded = || {
                    if met.groups == 0 {
                        return Ok(new_empty_array(by.field().data_type()));
                    }
                    let mut all: Box<dyn GroupsAccumulator> = match by.groups_accumulator_supported() {
                        true => by.create_groups_accumulator()?,
                        false => {
                            let by = by.clone();
                            Box::new(GroupsAccumulatorAdapter::new(move || by.create_accumulator()))
                        }
                    };
                    all.update_batch(&[values], &groups, Some(&belongs), met.groups)?;
                    all.evaluate(EmitTo::All)
                };
                folded().map_err(plan_error)?
            }
        };
        if met.ours.is_none() {
            return Ok(by_group);
        }
        let groups: UInt32Array = self.each()?.map(|row| Some(met.of_ours(row)).filter(|g| *g != NOWHERE)).collect();
        take(&by_group, &groups, None).map_err(|e| plan_error(e.into()))
    }

    /// Conditions on a row with what is beside it, some rows at a time.
    fn wide(&self, folds: &[ArrayRef]) -> Result<Vec<BooleanBuffer>> {
        let rows = self.rows()?;
        let mut bits = vec![Vec::new(); self.pass.wide.many()];
        let mut first = 0;
        while first < rows && !bits.is_empty() {
            let some = BATCH_ROWS.min(rows - first);
            let of = |source: &Source| {
                let (link, value) = match source {
                    Source::Fold(n) => return Ok(Some(folds.get(*n).ok_or_else(lost)?.slice(first, some))),
                    Source::Of { link, value } => (self.link(*link)?, *value),
                };
                let values = self.looked(link.0.table)?.values.get(value).ok_or_else(lost)?;
                Ok(Some(match link.1 {
                    None => values.slice(first, some),
                    Some(at) => {
                        let places: UInt32Array = at
                            .get(first..first + some)
                            .ok_or_else(lost)?
                            .iter()
                            .map(|p| Some(*p).filter(|p| *p != NOWHERE))
                            .collect();
                        take(values, &places, None).map_err(|e| plan_error(e.into()))?
                    }
                }))
            };
            let columns = self.pass.sources.iter().map(of).collect::<Result<Vec<_>>>()?;
            let answers = self.pass.wide.answer(some, columns)?;
            bits.iter_mut().zip(answers.bits).for_each(|(all, one)| all.push(one));
            first += some;
        }
        Ok(bits.iter().map(|pieces| crate::table::joined(pieces)).collect())
    }

    fn bits(
        &self,
        leaf: &Leaf,
        wide: &[BooleanBuffer],
        known: &mut HashMap<(usize, usize), BooleanBuffer>,
    ) -> Result<BooleanBuffer> {
        let (n, condition) = match leaf {
            Leaf::Wide(n) => return wide.get(*n).cloned().ok_or_else(lost),
            Leaf::Of { link, condition } => (*link, *condition),
        };
        if let Some(bits) = known.get(&(n, condition)) {
            return Ok(bits.clone());
        }
        let (link, at) = self.link(n)?;
        let bits = self.looked(link.table)?.bits.get(condition).ok_or_else(lost)?;
        let Some(at) = at else { return Ok(bits.clone()) };
        let nothing = self.pass.tables.get(link.table).and_then(|t| t.rows.ready.nothing.get(condition)).ok_or_else(lost)?;
        let of = |row: usize| match at[row] {
            NOWHERE => *nothing,
            place => bits.value(place as usize),
        };
        let bits = BooleanBuffer::collect_bool(at.len(), of);
        known.insert((n, condition), bits.clone());
        Ok(bits)
    }

    /// Counts what the rules catch; answers the rows that are to be named, with the places of their rules.
    fn count(&self, wide: &[BooleanBuffer], found: &mut Found) -> Result<BTreeMap<usize, Vec<usize>>> {
        let rows = self.rows()?;
        let mut known = HashMap::new();
        let keep = self.pass.keep.bits(rows, &mut |leaf| self.bits(leaf, wide, &mut known))?;
        found.rows = keep.count_set_bits() as u64;
        let mut named: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (place, tree) in &self.pass.rules {
            let bits = tree.bits(rows, &mut |leaf| self.bits(leaf, wide, &mut known))?;
            let bits = &bits & &keep;
            if bits.count_set_bits() == 0 {
                continue;
            }
            let mut first = 0;
            for file in self.files.first().ok_or_else(lost)? {
                let many = bits.slice(first, file.rows as usize).count_set_bits() as u64;
                first += file.rows as usize;
                if many > 0 {
                    found.counts[*place] += many;
                    found.by_county.entry(file.county.clone()).or_insert_with(|| vec![0; self.pass.many])[*place] += many;
                }
            }
            for row in bits.set_indices().take(self.pass.cap) {
                named.entry(row).or_default().push(*place);
            }
        }
        Ok(named)
    }

    /// Reads the ids of these rows.
    async fn name(&self, named: BTreeMap<usize, Vec<usize>>, found: &mut Found) -> Result<()> {
        let held = self.pass.tables.first().ok_or_else(lost)?;
        let (mut first, mut rest) = (0, named);
        for file in self.files.first().ok_or_else(lost)? {
            let past = first + file.rows as usize;
            let later = rest.split_off(&past);
            let here = std::mem::replace(&mut rest, later);
            if !here.is_empty() {
                let only =
                    RowSelection::from_consecutive_ranges(here.keys().map(|row| row - first..row - first + 1), past - first);
                let side = held.rows.side(vec![file.clone()], "id")?;
                let mut batches = self.pass.places.read(file, side.schema, &[side.column], Some(only)).await?;
                let mut each = here.into_values();
                while let Some(b) = batches.next().await {
                    let b = b.map_err(|e| plan_error(e.into()))?;
                    for id in b.column(0).as_binary_view_opt().ok_or_else(lost)?.iter() {
                        let id = Uuid::from_slice(id.ok_or_else(lost)?).map_err(Error::internal)?;
                        found.hits.insert(id, each.next().ok_or_else(lost)?);
                    }
                }
                if each.next().is_some() {
                    return Err(lost());
                }
            }
            first = past;
        }
        Ok(())
    }
}
