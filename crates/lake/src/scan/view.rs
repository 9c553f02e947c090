//! A described view in expressions: the columns of its rows, of those put beside them and of what is folded over others, and only
//! those that the asked rules look at. What is looked up by a function of the database is not here. Must not run.

use super::expr::{self, Row, With};
use crate::Lake;
use crate::engine::plan_error;
use crate::shape::{Shape, Type};
use crate::snapshot::SnapshotTable;
use crate::store::{File, Moment};
use base::{Error, Result, Scope};
use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::{Expr, cast, col, lit};
use datafusion::prelude::{DataFrame, SessionContext};
use meta::rule::{self, Columns};
use meta::view::{Aggregate, Fold, Join, View};
use meta::{Catalog, Dataset};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// What stands between the name of a row and that of its column.
pub(super) const OF: &str = "__";
/// The name under which folds stand.
pub(super) const FOLDS: &str = "n";
/// The row itself.
pub(super) const BASE: &str = "b";

/// Columns of one dataset, under an alias.
struct Rows<'a> {
    d: &'a Dataset,
    shape: Shape,
    /// `b__`, or nothing where the rows are looked at by themselves.
    prefix: String,
}

impl<'a> Rows<'a> {
    fn alone(d: &'a Dataset) -> Rows<'a> {
        Rows { d, shape: Shape::of(d), prefix: String::new() }
    }
    fn take(&self, name: &str) -> Option<Expr> {
        let c = self.shape.columns.iter().find(|c| c.name == name)?;
        Some(col(format!("{}{}", self.prefix, c.name)))
    }
}

impl Row for Rows<'_> {
    fn column(&mut self, name: &str) -> Option<Expr> {
        let enciphered = |suffix: &str| {
            let field = name.strip_suffix(suffix)?;
            self.d.field(field).filter(|f| f.kind.is_enciphered()).map(|_| format!("{field}_key"))
        };
        if let Some(key) = enciphered("_filled") {
            return self.take(&key).map(Expr::is_not_null);
        }
        if let Some(key) = enciphered("_token") {
            return self.take(&key);
        }
        // a telephone's check is under a name that no field has
        let is_fact = self.shape.columns.iter().any(|c| c.name == name && c.of == Type::Key);
        if is_fact { None } else { self.take(name) }
    }
    fn phone_ok(&mut self, name: &str) -> Option<Expr> {
        self.d.field(name).filter(|f| f.kind == meta::Kind::Phone)?;
        self.take(&format!("{name}_ok"))
    }
}

/// A view whose rules are asked.
pub(super) struct Asked<'a> {
    catalog: &'a Catalog,
    pub view: &'a View,
    columns: &'a Columns,
    with: With<'a>,
    /// The row itself and the joined ones.
    rows: BTreeMap<String, Rows<'a>>,
    made: HashMap<String, Option<Expr>>,
}

/// A column by which rows hang on others: the name of ours, and its column.
pub(super) fn hook(mine: &str) -> (&str, &str) {
    mine.split_once('.').unwrap_or((BASE, mine))
}

fn lost() -> Error {
    Error::internal("a view of rules does not fit its description")
}

impl<'a> Asked<'a> {
    pub fn new(catalog: &'a Catalog, view: &'a View, columns: &'a Columns, with: With<'a>) -> Result<Asked<'a>> {
        let mut rows = BTreeMap::new();
        let all = std::iter::once((BASE, &view.dataset)).chain(view.join.iter().map(|(a, j)| (a.as_str(), &j.dataset)));
        for (alias, id) in all {
            let alone = Rows::alone(dataset(catalog, id)?);
            rows.insert(alias.to_owned(), Rows { prefix: format!("{alias}{OF}"), ..alone });
        }
        Ok(Asked { catalog, view, columns, with, rows, made: HashMap::new() })
    }

    /// A rule over the columns of the view; none where the lake has not all of them.
    pub fn rule(&mut self, of: &rule::Compiled) -> Option<Expr> {
        let with = self.with;
        expr::of(&of.root, self, with)
    }

    fn make(&mut self, name: &str) -> Option<Expr> {
        let view = self.view;
        let base = || view.own.iter().map(String::as_str).chain(["id", "region_code", "source"]);
        if base().any(|o| o == name) {
            return self.rows.get_mut(BASE)?.column(name);
        }
        if let Some((alias, from)) = joined(view, name) {
            return self.rows.get_mut(alias)?.column(from);
        }
        if let Some(l) = view.list.get(name) {
            let of = l.of.iter().map(|c| self.column(c)).collect::<Option<Vec<_>>>()?;
            return Some(super::function::call(super::function::LIST_OF, super::function::codes(), self.with.now, of));
        }
        if let Some(a) = view.aggregate.get(name) {
            // whether it can be folded is known now
            self.folded(a)?;
            let value = col(format!("{FOLDS}{OF}{name}"));
            return Some(match a.fold {
                Fold::Count | Fold::Distinct => datafusion::functions::core::expr_fn::coalesce(vec![value, lit(0i64)]),
                _ => value,
            });
        }
        let c = view.computed.get(name)?;
        let of = rule::compile_value(&c.value, self.columns).ok()?;
        let with = self.with;
        expr::of(&of.root, self, with)
    }

    /// Which rows are folded, and what of each, over the columns of their own dataset.
    pub fn folded(&self, a: &Aggregate) -> Option<(Option<Expr>, Option<Expr>)> {
        let mut rows = Rows::alone(dataset(self.catalog, &a.over).ok()?);
        let inner = columns_of(self.catalog, rows.d);
        let filter = match &a.filter {
            Some(w) => Some(expr::of(&rule::compile(w, &inner).ok()?.root, &mut rows, self.with)?),
            None => None,
        };
        let of = match &a.of {
            Some(t) => {
                let of = expr::of(&rule::compile_value(t, &inner).ok()?.root, &mut rows, self.with)?;
                Some(match a.fold {
                    Fold::Sum => cast(of, DataType::Float64),
                    Fold::Codes => cast(of, DataType::Utf8),
                    _ => of,
                })
            }
            None => None,
        };
        (of.is_some() == (a.fold != Fold::Count)).then_some((filter, of))
    }

    /// Which rows the view is about.
    pub fn keep(&mut self) -> Result<Option<Expr>> {
        let Some(k) = &self.view.keep else { return Ok(None) };
        let c = rule::compile(k, &columns_of(self.catalog, self.dataset(&self.view.dataset)?)).map_err(|_| lost())?;
        let base = self.rows.get_mut(BASE).ok_or_else(lost)?;
        expr::of(&c.root, base, self.with).map(Some).ok_or_else(lost)
    }

    /// Which rows are joined, over the columns of their own dataset.
    pub fn only(&self, j: &Join) -> Result<Option<Expr>> {
        let Some(w) = &j.filter else { return Ok(None) };
        let mut rows = Rows::alone(self.dataset(&j.dataset)?);
        let c = rule::compile(w, &columns_of(self.catalog, rows.d)).map_err(|_| lost())?;
        expr::of(&c.root, &mut rows, self.with).map(Some).ok_or_else(lost)
    }

    pub fn dataset(&self, id: &str) -> Result<&'a Dataset> {
        dataset(self.catalog, id)
    }

    /// Whether joined rows lie in the row's own region for certain: a child lies where its parent lies.
    pub fn is_beside(&self, alias: &str) -> bool {
        alias == BASE || self.view.join.get(alias).is_some_and(|j| self.lies_beside(&j.dataset, &j.theirs, &j.mine))
    }

    /// The same of any rows that hang on ours.
    pub fn lies_beside(&self, theirs: &str, by: &str, mine: &str) -> bool {
        let (alias, name) = hook(mine);
        let ours = self.rows.get(alias).filter(|_| self.is_beside(alias)).and_then(|r| names(r.d, name));
        ours.is_some() && ours == self.catalog.dataset(theirs).and_then(|d| names(d, by))
    }
}

/// The dataset of the row that a column names, if that row lies in the same region for certain: itself or its parent; or the region.
fn names<'d>(d: &'d Dataset, column: &str) -> Option<&'d str> {
    match column {
        "id" => Some(&d.id),
        "region_code" => Some("region"),
        _ => d.parent.as_ref().filter(|p| p.field == column).map(|p| p.dataset.as_str()),
    }
}

impl Row for Asked<'_> {
    fn column(&mut self, name: &str) -> Option<Expr> {
        if let Some(known) = self.made.get(name) {
            return known.clone();
        }
        let made = self.make(name);
        self.made.insert(name.to_owned(), made.clone());
        made
    }
    fn phone_ok(&mut self, name: &str) -> Option<Expr> {
        if self.view.own.iter().any(|o| o == name) {
            return self.rows.get_mut(BASE)?.phone_ok(name);
        }
        let (alias, from) = joined(self.view, name)?;
        self.rows.get_mut(alias)?.phone_ok(from)
    }
}

/// The join that a column is taken from, and its name there.
fn joined<'v>(view: &'v View, name: &str) -> Option<(&'v str, &'v str)> {
    view.join.iter().find_map(|(alias, j)| {
        let mut taken = j.take.iter().map(|t| t.split_once(" as ").unwrap_or((t, t)));
        taken.find(|(_, to)| *to == name).map(|(from, _)| (alias.as_str(), from))
    })
}

fn dataset<'a>(catalog: &'a Catalog, id: &str) -> Result<&'a Dataset> {
    catalog.dataset(id).map(Arc::as_ref).ok_or_else(|| Error::internal(format!("no dataset {id}")))
}

fn columns_of(catalog: &Catalog, d: &Dataset) -> Columns {
    let mut all = Columns::of_dataset(d, &|l| catalog.codes(l).cloned());
    all.add(rule::plain("id", "编号", meta::Kind::Ref, meta::Sensitivity::Plain));
    all
}

/// That a row lies in a range.
pub(crate) fn inside(range: &Scope) -> Expr {
    let text = |t: &str| lit(datafusion::common::ScalarValue::Utf8View(Some(t.to_owned())));
    let region = || col("region_code");
    region().gt_eq(text(&range.lo)).and(region().lt(text(&range.hi)))
}

/// The datasets that a view reads.
pub fn datasets(view: &View) -> BTreeSet<String> {
    let joined = view.join.values().map(|j| j.dataset.clone());
    let over = view.aggregate.values().map(|a| a.over.clone());
    std::iter::once(view.dataset.clone()).chain(joined).chain(over).collect()
}

/// What somebody may see of the lake at one moment.
pub struct Seen {
    pub moments: HashMap<String, Arc<Moment>>,
    pub scope: Scope,
}

impl Seen {
    /// The newest publications of these datasets; none where one was never copied as it is described now.
    pub async fn of(lake: &Lake, datasets: &BTreeSet<String>, scope: &Scope) -> Result<Option<Seen>> {
        let mut moments = HashMap::new();
        for id in datasets {
            let (Some(m), Some(item)) = (lake.moment(id, crate::When::Now).await?, lake.item(id).await?) else { return Ok(None) };
            if m.digest != item.shape.digest() {
                return Ok(None);
            }
            moments.insert(id.clone(), m);
        }
        Ok(Some(Seen { moments, scope: scope.clone() }))
    }

    /// The files that hold rows of a dataset that somebody may see, and where rows have to lie, if that has to be looked at: what
    /// row-level security would show.
    pub(super) fn everywhere(&self, d: &Dataset) -> Result<(Vec<File>, Option<&Scope>)> {
        let m = self.moments.get(&d.id).ok_or_else(|| Error::internal(format!("{} was not looked up", d.id)))?;
        if d.read_below {
            return Ok((m.files.clone(), None));
        }
        let table = SnapshotTable::new(m, &self.scope.lo, &self.scope.hi);
        let whole = table.is_inside(&self.scope.lo, &self.scope.hi);
        Ok((table.into_files(), (!whole).then_some(&self.scope)))
    }

    /// The rows of a dataset inside the scope.
    pub(crate) fn table(&self, session: &SessionContext, d: &Dataset) -> Result<DataFrame> {
        let m = self.moments.get(&d.id).ok_or_else(|| Error::internal(format!("{} was not looked up", d.id)))?;
        let (files, range) = self.everywhere(d)?;
        let df = session.read_table(Arc::new(SnapshotTable::of(m, files))).map_err(plan_error)?;
        match range {
            None => Ok(df),
            Some(range) => df.filter(inside(range)).map_err(plan_error),
        }
    }
}
