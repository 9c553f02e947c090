//! From checked conditions to a plan: comparisons become expressions, rows that must or must not be there become joins. What is
//! empty is unknown, as in SQL, and an unknown row is not found. Must not run.

use crate::engine::plan_error;
use crate::scan::{Seen, binary, function_of_rules, inside};
use crate::shape::{Column, Shape, Type};
use crate::snapshot::SnapshotTable;
use base::{Result, Scope};
use chrono::{Days, NaiveDate, NaiveTime, TimeZone, Utc};
use datafusion::arrow::datatypes::{DataType, Date32Type};
use datafusion::common::{JoinType, ScalarValue};
use datafusion::functions::core::expr_fn::coalesce;
use datafusion::functions::string::expr_fn::{contains, starts_with};
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::{Expr, Operator, col, in_list, lit, not};
use datafusion::prelude::{DataFrame, SessionContext};
use meta::rule::functions::Now;
use meta::{Dataset, Field, Kind, Value};
use record::search::{Ask, Checked, Op};
use std::collections::BTreeSet;

/// Where rows have to be looked for: what lies before the page was counted with the first one.
pub(super) fn range(ask: &Ask<'_>) -> Scope {
    let mut range = ask.range.clone();
    if let (Some((region, _)), false) = (&ask.after, ask.count)
        && *region > range.lo
    {
        range.lo.clone_from(region);
    }
    range
}

/// Whether all rows that are asked about lie where the row itself lies: each county can then be asked by itself.
pub(super) fn is_local(d: &Dataset, c: &Checked) -> bool {
    match c {
        Checked::All(l) | Checked::Any(l) => l.iter().all(|c| is_local(d, c)),
        Checked::Rows { dataset, via, forward, inner, .. } => lies_beside(d, dataset, via, *forward) && is_local(dataset, inner),
        Checked::Test { .. } => true,
    }
}

/// A child lies where its parent lies.
fn lies_beside(d: &Dataset, other: &Dataset, via: &str, forward: bool) -> bool {
    let (child, parent) = if forward { (d, other) } else { (other, d) };
    child.parent.as_ref().is_some_and(|p| p.field == via && p.dataset == parent.id)
}

/// Ids and region codes of the rows of a range that fit; none where the lake does not hold what is asked.
pub(super) fn frame(session: &SessionContext, seen: &Seen, ask: &Ask<'_>, range: &Scope) -> Result<Option<DataFrame>> {
    let mut all = All { session, seen, scope: &ask.scope, today: ask.today, levels: 0, joins: 0 };
    let level = all.level(ask.dataset, ask.conditions, &["id", "region_code"], range)?;
    let Some(level) = level else { return Ok(None) };
    let table = all.table(ask.dataset, range, &[])?;
    let df = level.over(table)?;
    let wanted = ["id", "region_code"].map(|n| col(level.name(n)).alias(n));
    df.select(wanted).map(Some).map_err(plan_error)
}

struct All<'a> {
    session: &'a SessionContext,
    seen: &'a Seen,
    scope: &'a Scope,
    today: NaiveDate,
    levels: usize,
    joins: usize,
}

/// Rows of one dataset with the conditions on them.
struct Level {
    number: usize,
    shape: Shape,
    needs: BTreeSet<String>,
    /// Conditions on the rows alone, before anything is joined.
    first: Vec<Expr>,
    joins: Vec<Join>,
    /// Conditions that look at what was joined.
    last: Vec<Expr>,
}

struct Join {
    rows: DataFrame,
    how: JoinType,
    ours: String,
    theirs: String,
}

impl Level {
    fn name(&self, column: &str) -> String {
        format!("t{}__{column}", self.number)
    }
    fn take(&mut self, column: &str) -> Option<(Expr, Type)> {
        let of = self.shape.columns.iter().find(|c: &&Column| c.name == column)?.of;
        self.needs.insert(column.to_owned());
        Some((col(self.name(column)), of))
    }
    /// The column by which other rows hang on these.
    fn key(&mut self, via: &str, forward: bool) -> Option<String> {
        let name = if forward { via } else { "id" };
        self.take(name)?;
        Some(self.name(name))
    }
    /// The rows of a table that fit, with the columns that were taken under names of their own.
    fn over(&self, table: DataFrame) -> Result<DataFrame> {
        let named: Vec<Expr> = self.needs.iter().map(|n| col(n).alias(self.name(n))).collect();
        let mut df = table.select(named).map_err(plan_error)?;
        for e in &self.first {
            df = df.filter(e.clone()).map_err(plan_error)?;
        }
        for j in &self.joins {
            df = df.join(j.rows.clone(), j.how, &[&j.ours], &[&j.theirs], None).map_err(plan_error)?;
        }
        for e in &self.last {
            df = df.filter(e.clone()).map_err(plan_error)?;
        }
        Ok(df)
    }
}

impl All<'_> {
    /// Rows of a dataset inside a range, and those set in the regions `above`.
    fn table(&self, d: &Dataset, range: &Scope, above: &[String]) -> Result<DataFrame> {
        let lost = || base::Error::internal("a query looks at what was not looked up");
        let m = self.seen.moments.get(&d.id).ok_or_else(lost)?;
        let table = match above.is_empty() {
            true => SnapshotTable::new(m, &range.lo, &range.hi),
            false => SnapshotTable::of(m, m.files.clone()),
        };
        let whole = above.is_empty() && table.is_inside(&range.lo, &range.hi);
        let df = self.session.read_table(std::sync::Arc::new(table)).map_err(plan_error)?;
        if whole {
            return Ok(df);
        }
        let mut inside = inside(range);
        if !above.is_empty() {
            inside = inside.or(in_list(col("region_code"), above.iter().map(|r| text(r)).collect(), false));
        }
        df.filter(inside).map_err(plan_error)
    }

    /// `range`: where the rows lie.
    fn level(&mut self, d: &Dataset, c: &Checked, keep: &[&str], range: &Scope) -> Result<Option<Level>> {
        let mut level = Level {
            number: self.levels,
            shape: Shape::of(d),
            needs: BTreeSet::new(),
            first: vec![],
            joins: vec![],
            last: vec![],
        };
        self.levels += 1;
        for k in keep {
            if level.take(k).is_none() {
                return Ok(None);
            }
        }
        let mut parts = Vec::new();
        flatten(c, &mut parts);
        for part in parts {
            // rows that must or must not be there need no column of their own
            if let Checked::Rows { via, forward, least: least @ (0 | 1), .. } = part {
                let Some((rows, theirs)) = self.keys(d, range, part, false)? else { return Ok(None) };
                let Some(ours) = level.key(via, *forward) else { return Ok(None) };
                let how = if *least == 0 { JoinType::LeftAnti } else { JoinType::LeftSemi };
                level.joins.push(Join { rows, how, ours, theirs });
                continue;
            }
            let before = level.joins.len();
            let Some(e) = self.expr(&mut level, part, d, range)? else { return Ok(None) };
            match level.joins.len() == before {
                true => level.first.push(e),
                false => level.last.push(e),
            }
        }
        Ok(Some(level))
    }

    /// The keys by which rows of another dataset hang on ours, those that fit only: with how many there are for each, or as
    /// they come.
    fn keys(&mut self, of: &Dataset, range: &Scope, rows: &Checked, counted: bool) -> Result<Option<(DataFrame, String)>> {
        let Checked::Rows { dataset: d, via, forward, inner, .. } = rows else { return Ok(None) };
        let key = if *forward { "id" } else { via };
        let beside = lies_beside(of, d, via, *forward);
        let range = if beside { range } else { self.scope };
        let Some(level) = self.level(d, inner, &[key], range)? else { return Ok(None) };
        let above: Vec<String> =
            if d.read_below && !beside { self.scope.above().into_iter().map(String::from).collect() } else { vec![] };
        let table = self.table(d, range, &above)?;
        let df = level.over(table)?;
        self.joins += 1;
        let name = format!("k{}", self.joins);
        let key = col(level.name(key)).alias(&name);
        let df = match counted {
            true => df.aggregate(vec![key], vec![count(lit(1i64)).alias(format!("n{}", self.joins))]),
            false => df.select(vec![key]),
        };
        Ok(Some((df.map_err(plan_error)?, name)))
    }

    fn expr(&mut self, level: &mut Level, c: &Checked, d: &Dataset, range: &Scope) -> Result<Option<Expr>> {
        Ok(match c {
            Checked::All(l) | Checked::Any(l) => {
                let op = if matches!(c, Checked::All(_)) { Operator::And } else { Operator::Or };
                let mut out = None;
                for one in l {
                    let Some(e) = self.expr(level, one, d, range)? else { return Ok(None) };
                    out = Some(match out {
                        None => e,
                        Some(o) => binary(o, op, e),
                    });
                }
                Some(out.unwrap_or_else(|| lit(op == Operator::And)))
            }
            Checked::Rows { via, forward, least, .. } => {
                let Some((rows, theirs)) = self.keys(d, range, c, true)? else { return Ok(None) };
                let many = format!("n{}", self.joins);
                let Some(ours) = level.key(via, *forward) else { return Ok(None) };
                level.joins.push(Join { rows, how: JoinType::Left, ours, theirs });
                let many = coalesce(vec![col(many), lit(0i64)]);
                Some(if *least == 0 { many.eq(lit(0i64)) } else { many.gt_eq(lit(*least)) })
            }
            Checked::Test { field, op, values } => test(&mut |name| level.take(name), field, *op, values, self.today),
        })
    }
}

/// Parts that must all be true.
fn flatten<'a>(c: &'a Checked, out: &mut Vec<&'a Checked>) {
    match c {
        Checked::All(l) => l.iter().for_each(|c| flatten(c, out)),
        other => out.push(other),
    }
}

fn text(t: &str) -> Expr {
    lit(ScalarValue::Utf8View(Some(t.to_owned())))
}

/// One comparison over the column that `take` gives for the field; none where the lake does not hold the field as it is asked for.
pub(super) fn test(
    take: &mut dyn FnMut(&str) -> Option<(Expr, Type)>,
    f: &Field,
    op: Op,
    values: &[Value],
    today: NaiveDate,
) -> Option<Expr> {
    // a number of a person is in the lake as a key that is shorter than its token
    if f.kind.is_enciphered() || matches!(f.kind, Kind::Phone | Kind::LongText) {
        return None;
    }
    let (c, of) = take(&f.name)?;
    let now = Now { today, moment: Utc::now() };
    let call = |name, args| coalesce(vec![function_of_rules(name, DataType::Boolean, now, args), lit(false)]);
    let list = || -> Vec<String> {
        let each = values.iter().flat_map(|v| match v {
            Value::List(l) => l.clone(),
            v => v.as_text().map(str::to_owned).into_iter().collect(),
        });
        each.collect()
    };
    let first = values.first();
    let days = |v: &Value| match v {
        Value::Int(n) => today.checked_sub_days(Days::new(u64::try_from(*n).unwrap_or(0))),
        _ => None,
    };
    Some(match op {
        Op::Empty | Op::Filled => {
            let empty = match of {
                // an empty list of codes is nothing, too
                Type::List => call("empty", vec![c]),
                _ => c.is_null(),
            };
            if op == Op::Empty { empty } else { not(empty) }
        }
        Op::In | Op::NotIn => {
            let is_in = match of {
                Type::List => call("has", [c].into_iter().chain(list().iter().map(|l| text(l))).collect()),
                _ => coalesce(vec![in_list(c, list().iter().map(|l| text(l)).collect(), false), lit(false)]),
            };
            if op == Op::NotIn { not(is_in) } else { is_in }
        }
        Op::Begins => starts_with(c, text(first?.as_text()?)),
        Op::Contains => contains(c, text(first?.as_text()?)),
        Op::DaysAgo => until(c, of, days(first?)?)?,
        Op::WithinDays => from(c, of, days(first?)?)?,
        Op::Is if of == Type::Moment => {
            let day = day_of(first?)?;
            from(c.clone(), of, day)?.and(until(c, of, day)?)
        }
        Op::Is => c.eq(literal(first?)?),
        Op::AtLeast => at_least(c, of, first?)?,
        Op::AtMost => at_most(c, of, first?)?,
        Op::Between => at_least(c.clone(), of, first?)?.and(at_most(c, of, values.get(1)?)?),
    })
}

fn at_least(c: Expr, of: Type, v: &Value) -> Option<Expr> {
    if of == Type::Moment { from(c, of, day_of(v)?) } else { Some(c.gt_eq(literal(v)?)) }
}
fn at_most(c: Expr, of: Type, v: &Value) -> Option<Expr> {
    if of == Type::Moment { until(c, of, day_of(v)?) } else { Some(c.lt_eq(literal(v)?)) }
}

/// The day in China of a moment that was asked for.
fn day_of(v: &Value) -> Option<NaiveDate> {
    match v {
        Value::Moment(m) => Some((*m + chrono::Duration::hours(8)).date_naive()),
        _ => None,
    }
}

/// From this day on; a moment is compared by its day in China.
fn from(c: Expr, of: Type, day: NaiveDate) -> Option<Expr> {
    Some(c.gt_eq(start(of, day)?))
}
/// Until this day, the day included.
fn until(c: Expr, of: Type, day: NaiveDate) -> Option<Expr> {
    Some(c.lt(start(of, day.succ_opt()?)?))
}
fn start(of: Type, day: NaiveDate) -> Option<Expr> {
    Some(match of {
        Type::Date => lit(ScalarValue::Date32(Some(Date32Type::from_naive_date(day)))),
        Type::Moment => {
            let at = Utc.from_utc_datetime(&day.and_time(NaiveTime::MIN)) - chrono::Duration::hours(8);
            lit(ScalarValue::TimestampMicrosecond(Some(at.timestamp_micros()), Some("UTC".into())))
        }
        _ => return None,
    })
}

fn literal(v: &Value) -> Option<Expr> {
    Some(match v {
        Value::Text(t) => text(t),
        Value::Int(n) => lit(*n),
        Value::Fen(n) => lit(*n),
        Value::Decimal(n) => {
            let scale = i8::try_from(n.scale()).ok()?;
            // twenty digits: compared with a column of eighteen, nothing overflows
            (n.mantissa().unsigned_abs() < 10u128.pow(20)).then(|| lit(ScalarValue::Decimal128(Some(n.mantissa()), 20, scale)))?
        }
        Value::Bool(b) => lit(*b),
        Value::Date(d) => lit(ScalarValue::Date32(Some(Date32Type::from_naive_date(*d)))),
        _ => return None,
    })
}
