//! All rules of a view over a part of the lake, as bits: each condition is asked once, of the rows that have its columns; what lies
//! beside a row, or is folded over others, is found by its place. Nothing is joined, and ids are read of rows that were caught
//! only. Must not decide what a rule says.

mod part;

use super::view::{self, BASE, FOLDS, OF, Seen, hook, inside};
use crate::engine::plan_error;
use crate::store::File;
use crate::table::{Asks, Looked, Places, Ready, Rows, Table, Tree, simple};
use base::{Error, Result, Scope};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema};
use datafusion::execution::memory_pool::MemoryPool;
use datafusion::functions_aggregate::array_agg::array_agg_udaf;
use datafusion::functions_aggregate::count::count_udaf;
use datafusion::functions_aggregate::min_max::{max_udaf, min_udaf};
use datafusion::functions_aggregate::sum::sum_udaf;
use datafusion::logical_expr::{Expr, col};
use datafusion::physical_expr::aggregate::{AggregateExprBuilder, AggregateFunctionExpr};
use datafusion::physical_expr::expressions::Column as PhysicalColumn;
use datafusion::prelude::SessionContext;
use meta::view::{Aggregate, Fold};
use meta::{Dataset, rule};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use tokio::sync::OnceCell;

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
