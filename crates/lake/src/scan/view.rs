//! A described view as a plan over the lake: the same joins, aggregates and reckoned columns that the draft for PostgreSQL has,
//! and only those that the asked rules look at. What is looked up by a function of the database is not here. Must not run.

use super::expr::{self, Row, With};
use crate::Lake;
use crate::engine::plan_error;
use crate::shape::{Shape, Type};
use crate::snapshot::SnapshotTable;
use crate::store::Moment;
use base::{Error, Result, Scope};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{JoinType, Result as DfResult};
use datafusion::functions_aggregate::expr_fn::{array_agg, count, count_distinct, max, min, sum};
use datafusion::functions_window::expr_fn::row_number;
use datafusion::logical_expr::{Expr, ExprFunctionExt, cast, col, lit, when};
use datafusion::prelude::{DataFrame, SessionContext};
use meta::rule::{self, Columns};
use meta::view::{Fold, View};
use meta::{Catalog, Dataset};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Columns of one dataset, under an alias.
struct Rows<'a> {
    d: &'a Dataset,
    shape: Shape,
    /// `b__`, or nothing inside of an aggregate.
    prefix: String,
    needs: BTreeSet<String>,
}

impl<'a> Rows<'a> {
    fn new(d: &'a Dataset, prefix: &str) -> Rows<'a> {
        Rows { d, shape: Shape::of(d), prefix: prefix.to_owned(), needs: BTreeSet::new() }
    }
    fn take(&mut self, name: &str) -> Option<Expr> {
        let c = self.shape.columns.iter().find(|c| c.name == name)?;
        self.needs.insert(c.name.clone());
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

/// A view with the rules that are asked of it.
pub(super) struct Asked<'a> {
    catalog: &'a Catalog,
    view: &'a View,
    columns: &'a Columns,
    with: With<'a>,
    /// The row itself (`b`) and the joined ones.
    rows: BTreeMap<String, Rows<'a>>,
    aggregates: BTreeSet<String>,
    made: HashMap<String, Option<Expr>>,
    /// Which rows the view is about.
    keep: Option<Expr>,
}

fn lost() -> Error {
    Error::internal("a view of rules does not fit its description")
}

/// Aggregates over the same rows are reckoned together: dataset, its column, ours.
type Over = (String, String, String);

impl<'a> Asked<'a> {
    pub fn new(catalog: &'a Catalog, view: &'a View, columns: &'a Columns, with: With<'a>) -> Result<Asked<'a>> {
        let mut rows = BTreeMap::new();
        let all = std::iter::once(("b", &view.dataset)).chain(view.join.iter().map(|(a, j)| (a.as_str(), &j.dataset)));
        for (alias, id) in all {
            rows.insert(alias.to_owned(), Rows::new(dataset(catalog, id)?, &format!("{alias}__")));
        }
        Ok(Asked { catalog, view, columns, with, rows, aggregates: BTreeSet::new(), made: HashMap::new(), keep: None })
    }

    /// A rule over the columns of the view; none where the lake has not all of them.
    pub fn rule(&mut self, of: &rule::Compiled) -> Option<Expr> {
        let with = self.with;
        let kept = (self.aggregates.clone(), self.rows.iter().map(|(a, r)| (a.clone(), r.needs.clone())).collect::<Vec<_>>());
        let made = expr::of(&of.root, self, with);
        if made.is_none() {
            // what was asked for in vain is not read; what was made in between is made again when it is asked for
            self.aggregates = kept.0;
            for (alias, needs) in kept.1 {
                if let Some(r) = self.rows.get_mut(&alias) {
                    r.needs = needs;
                }
            }
            self.made.clear();
        }
        made
    }

    fn make(&mut self, name: &str) -> Option<Expr> {
        let view = self.view;
        let base = || view.own.iter().map(String::as_str).chain(["id", "region_code", "source"]);
        if base().any(|o| o == name) {
            return self.rows.get_mut("b")?.column(name);
        }
        if let Some((alias, from)) = joined(view, name) {
            return self.rows.get_mut(alias)?.column(from);
        }
        if let Some(l) = view.list.get(name) {
            let of = l.of.iter().map(|c| self.column(c)).collect::<Option<Vec<_>>>()?;
            return Some(super::function::call(super::function::LIST_OF, super::function::codes(), self.with.now, of));
        }
        if let Some(a) = view.aggregate.get(name) {
            // held against its rows when the plan is made, but whether they can be is known now
            self.aggregate(name, &mut Rows::new(dataset(self.catalog, &a.over).ok()?, ""))?;
            self.mine(&a.mine)?;
            self.aggregates.insert(name.to_owned());
            let value = col(format!("n__{name}"));
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

    /// The column that a join or aggregate hangs on.
    fn mine(&mut self, text: &str) -> Option<Expr> {
        let (alias, name) = text.split_once('.').unwrap_or(("b", text));
        self.rows.get_mut(alias)?.take(name)
    }

    /// An aggregate over rows of its own dataset.
    fn aggregate(&self, name: &str, rows: &mut Rows<'_>) -> Option<Expr> {
        let a = self.view.aggregate.get(name)?;
        let inner = columns_of(self.catalog, rows.d);
        let filter = match &a.filter {
            Some(w) => Some(expr::of(&rule::compile(w, &inner).ok()?.root, rows, self.with)?),
            None => None,
        };
        let of = match &a.of {
            Some(t) => Some(expr::of(&rule::compile_value(t, &inner).ok()?.root, rows, self.with)?),
            None => None,
        };
        rows.take(&a.theirs)?;
        // what is filtered away is empty, and no aggregate counts the empty
        let only = |e: Expr| match &filter {
            Some(f) => when(f.clone(), e).end().ok(),
            None => Some(e),
        };
        Some(match (a.fold, of) {
            (Fold::Count, None) => count(only(lit(1i64))?),
            (Fold::Sum, Some(of)) => sum(only(cast(of, DataType::Float64))?),
            (Fold::Min, Some(of)) => min(only(of)?),
            (Fold::Max, Some(of)) => max(only(of)?),
            (Fold::Distinct, Some(of)) => count_distinct(only(of)?),
            (Fold::Codes, Some(of)) => {
                let of = cast(of, DataType::Utf8);
                match filter {
                    Some(f) => array_agg(of).distinct().filter(f).build().ok()?,
                    None => array_agg(of).distinct().build().ok()?,
                }
            }
            _ => return None,
        })
    }

    /// Notes what joins and the condition of the view look at, when all rules are in.
    pub fn ready(&mut self) -> Result<()> {
        let view = self.view;
        let with = self.with;
        if let Some(k) = &view.keep {
            let d = dataset(self.catalog, &view.dataset)?;
            let c = rule::compile(k, &columns_of(self.catalog, d)).map_err(|_| lost())?;
            let b = self.rows.get_mut("b").ok_or_else(lost)?;
            self.keep = Some(expr::of(&c.root, b, with).ok_or_else(lost)?);
        }
        for name in ["id", "region_code"] {
            self.mine(name).ok_or_else(lost)?;
        }
        // later joins hang on earlier ones
        for (alias, j) in view.join.iter().rev() {
            let r = self.rows.get_mut(alias).ok_or_else(lost)?;
            if r.needs.is_empty() {
                continue;
            }
            let inner = columns_of(self.catalog, r.d);
            r.prefix.clear();
            if let Some(w) = &j.filter {
                expr::of(&rule::compile(w, &inner).map_err(|_| lost())?.root, r, with).ok_or_else(lost)?;
            }
            for name in j.latest.iter().chain([&j.theirs, &"id".to_owned()]) {
                r.take(name).ok_or_else(lost)?;
            }
            self.mine(&j.mine).ok_or_else(lost)?;
        }
        Ok(())
    }

    /// Rows of a range with `id`, `region_code` and these expressions; what is not in the plan of any of them is not read. Rows that
    /// lie where the row itself lies are looked for inside the range only.
    pub fn frame(&mut self, session: &SessionContext, seen: &Seen, range: &Scope, rules: &[Expr]) -> Result<DataFrame> {
        let view = self.view;
        let beside = self.beside();
        let within = |is_beside: bool| is_beside.then_some(range);
        let b = self.rows.get("b").ok_or_else(lost)?;
        let mut df = seen.table(session, b.d, Some(range))?.select(b.needs.iter().map(|n| col(n).alias(format!("b__{n}"))));
        for (alias, j) in &view.join {
            let r = self.rows.get_mut(alias).ok_or_else(lost)?;
            if r.needs.is_empty() {
                continue;
            }
            let inner = columns_of(self.catalog, r.d);
            let mut right = seen
                .table(session, r.d, within(beside.contains(alias)))?
                .select_columns(&r.needs.iter().map(String::as_str).collect::<Vec<_>>());
            if let Some(w) = &j.filter {
                let c = rule::compile(w, &inner).map_err(|_| lost())?;
                let f = expr::of(&c.root, r, self.with).ok_or_else(lost)?;
                right = right.and_then(|r| r.filter(f));
            }
            if !j.latest.is_empty() {
                let order = j.latest.iter().map(String::as_str).chain(["id"]).map(|l| col(l).sort(false, false)).collect();
                let place = row_number().partition_by(vec![col(&j.theirs)]).order_by(order).build();
                right =
                    right.and_then(|r| r.window(vec![place?.alias("place")])).and_then(|r| r.filter(col("place").eq(lit(1u64))));
            }
            let named = r.needs.iter().map(|n| col(n).alias(format!("{alias}__{n}"))).collect::<Vec<_>>();
            let right = right.and_then(|r| r.select(named)).map_err(plan_error)?;
            let (ours, theirs) = (qualified(&j.mine), format!("{alias}__{}", j.theirs));
            df = beneath(df, right, &ours, &theirs);
        }
        let mut groups: BTreeMap<Over, Vec<String>> = BTreeMap::new();
        for name in &self.aggregates {
            let Some(a) = view.aggregate.get(name) else { continue };
            groups.entry((a.over.clone(), a.theirs.clone(), a.mine.clone())).or_default().push(name.clone());
        }
        for (n, ((over, theirs, mine), names)) in groups.into_iter().enumerate() {
            let mut rows = Rows::new(dataset(self.catalog, &over)?, "");
            let all = names.iter().map(|name| Some(self.aggregate(name, &mut rows)?.alias(format!("n__{name}"))));
            let all = all.collect::<Option<Vec<_>>>().ok_or_else(lost)?;
            let key = format!("g{n}__key");
            let is_beside = self.lies_beside(&beside, &over, &theirs, &mine);
            let right = seen
                .table(session, rows.d, within(is_beside))?
                .select_columns(&rows.needs.iter().map(String::as_str).collect::<Vec<_>>())
                .and_then(|r| r.aggregate(vec![col(&theirs).alias(&key)], all))
                .map_err(plan_error)?;
            df = beneath(df, right, &qualified(&mine), &key);
        }
        if let Some(k) = self.keep.clone() {
            df = df.and_then(|d| d.filter(k));
        }
        let named = rules.iter().enumerate().map(|(n, r)| r.clone().alias(format!("r{n}")));
        let wanted: Vec<Expr> =
            [col("b__id").alias("id"), col("b__region_code").alias("region_code")].into_iter().chain(named).collect();
        df.and_then(|d| d.select(wanted)).map_err(plan_error)
    }
}

/// Rows put beside ours where there are some. The narrow ones are the table that is looked into; ours, wide, go by.
fn beneath(ours: DfResult<DataFrame>, beside: DataFrame, mine: &str, theirs: &str) -> DfResult<DataFrame> {
    ours.and_then(|rows| beside.join(rows, JoinType::Right, &[theirs], &[mine], None))
}

impl Asked<'_> {
    /// Whether the rules asked so far look at rows of other datasets.
    pub fn joins(&self) -> bool {
        !self.aggregates.is_empty() || self.rows.iter().any(|(alias, r)| alias != "b" && !r.needs.is_empty())
    }

    /// The row itself and the joined ones whose region is the row's own: a child lies where its parent lies.
    fn beside(&self) -> BTreeSet<String> {
        let mut all = BTreeSet::from(["b".to_owned()]);
        for (alias, j) in &self.view.join {
            if self.lies_beside(&all, &j.dataset, &j.theirs, &j.mine) {
                all.insert(alias.clone());
            }
        }
        all
    }

    fn lies_beside(&self, known: &BTreeSet<String>, theirs: &str, by: &str, mine: &str) -> bool {
        let (alias, name) = mine.split_once('.').unwrap_or(("b", mine));
        let ours = self.rows.get(alias).filter(|_| known.contains(alias)).and_then(|r| names(r.d, name));
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
            return self.rows.get_mut("b")?.phone_ok(name);
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

fn qualified(mine: &str) -> String {
    let (alias, name) = mine.split_once('.').unwrap_or(("b", mine));
    format!("{alias}__{name}")
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

    /// The rows of a dataset inside the scope, and inside a range where one is given: what row-level security would show.
    pub(crate) fn table(&self, session: &SessionContext, d: &Dataset, range: Option<&Scope>) -> Result<DataFrame> {
        let m = self.moments.get(&d.id).ok_or_else(|| Error::internal(format!("{} was not looked up", d.id)))?;
        let everybodys = d.read_below && range.is_none();
        let range = range.unwrap_or(&self.scope);
        let table = match everybodys {
            true => SnapshotTable::of(m, m.files.clone()),
            false => SnapshotTable::new(m, &range.lo, &range.hi),
        };
        let whole = everybodys || table.is_inside(&range.lo, &range.hi);
        let df = session.read_table(Arc::new(table)).map_err(plan_error)?;
        if whole {
            return Ok(df);
        }
        df.filter(inside(range)).map_err(plan_error)
    }
}
