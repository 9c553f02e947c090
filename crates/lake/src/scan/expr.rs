//! A compiled rule as an expression of plans. Numbers are double precision, division is empty at zero, chains are balanced or a
//! list, so that no text, however long, goes deep. None: the lake does not hold what the rule looks at, and the records are asked.

use super::function;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::functions::core::expr_fn::{coalesce, greatest, least};
use datafusion::functions::math::expr_fn::{abs, floor};
use datafusion::logical_expr::{BinaryExpr, Case, Expr as Plan, Operator, cast, lit, when};
use datafusion::logical_expr::{in_list, not};
use meta::rule::functions::{Now, Returns};
use meta::rule::postgres::Params;
use meta::rule::{Arith, Compare, Expr, Node, Ty};

/// Where columns come from.
pub(super) trait Row {
    fn column(&mut self, name: &str) -> Option<Plan>;
    /// Whether a telephone, which the lake does not hold, can be one; empty where there is none.
    fn phone_ok(&mut self, name: &str) -> Option<Plan>;
}

/// Numbers and day of a pass.
#[derive(Clone, Copy)]
pub(super) struct With<'a> {
    pub params: &'a Params,
    pub now: Now,
}

/// Nodes beyond which planning takes longer than asking the records.
const MOST_NODES: usize = 3_000;

pub(super) fn of(root: &Node, row: &mut dyn Row, with: With<'_>) -> Option<Plan> {
    let mut writer = Writer { row, with, nodes: 0 };
    writer.node(root)
}

struct Writer<'a, 'b> {
    row: &'a mut dyn Row,
    with: With<'b>,
    nodes: usize,
}

fn text(t: &str) -> Plan {
    lit(ScalarValue::Utf8View(Some(t.to_owned())))
}
fn number(x: Option<f64>) -> Plan {
    lit(ScalarValue::Float64(x))
}

impl Writer<'_, '_> {
    fn all(&mut self, l: &[Node]) -> Option<Vec<Plan>> {
        l.iter().map(|n| self.node(n)).collect()
    }

    fn node(&mut self, n: &Node) -> Option<Plan> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return None;
        }
        Some(match &n.expr {
            Expr::Column(name) => {
                let c = self.row.column(name)?;
                if matches!(n.ty, Ty::Num | Ty::Money) { cast(c, DataType::Float64) } else { c }
            }
            Expr::Param(name) => number(self.with.params.get(name).copied()),
            Expr::Number(x) => number(Some(*x)),
            Expr::Text(t) => text(t),
            Expr::Bool(b) => lit(*b),
            Expr::Date(d) => lit(ScalarValue::Date32(Some(day(*d)))),
            Expr::Null => lit(ScalarValue::Null),
            Expr::Not(a) => not(self.node(a)?),
            Expr::All(l) => balanced(self.all(l)?, Operator::And),
            Expr::Any(l) => self.any(l)?,
            Expr::Compare(op, a, b) => {
                let months = a.ty == Ty::Month || b.ty == Ty::Month;
                let (x, y) = if months { (self.month(a)?, self.month(b)?) } else { (self.node(a)?, self.node(b)?) };
                let op = match op {
                    Compare::Eq => Operator::Eq,
                    Compare::Ne => Operator::NotEq,
                    Compare::Lt => Operator::Lt,
                    Compare::Le => Operator::LtEq,
                    Compare::Gt => Operator::Gt,
                    Compare::Ge => Operator::GtEq,
                };
                binary(x, op, y)
            }
            Expr::Arith(op, a, b) => {
                let (x, y) = (self.node(a)?, self.node(b)?);
                match op {
                    Arith::Add => binary(x, Operator::Plus, y),
                    Arith::Sub => binary(x, Operator::Minus, y),
                    Arith::Mul => binary(x, Operator::Multiply, y),
                    Arith::Div => {
                        let y = when(binary(y.clone(), Operator::Eq, number(Some(0.0))), number(None)).otherwise(y).ok()?;
                        binary(x, Operator::Divide, y)
                    }
                }
            }
            Expr::Negative(a) => Plan::Negative(Box::new(self.node(a)?)),
            Expr::IsNull(a, no) => {
                let of = match &a.expr {
                    Expr::Column(name) => self.row.phone_ok(name),
                    _ => None,
                };
                let of = match of {
                    Some(phone) => phone,
                    None => self.node(a)?,
                };
                if *no { of.is_not_null() } else { of.is_null() }
            }
            Expr::IsBool { of, truth, negated } => {
                let x = self.node(of)?;
                match (truth, negated) {
                    (true, false) => x.is_true(),
                    (true, true) => x.is_not_true(),
                    (false, false) => x.is_false(),
                    (false, true) => x.is_not_false(),
                }
            }
            Expr::In(a, items, no) => {
                let month = a.ty == Ty::Month;
                let list = items.iter().map(|i| if month { self.month(i) } else { self.node(i) }).collect::<Option<Vec<_>>>()?;
                in_list(self.node(a)?, list, *no)
            }
            Expr::Case(whens, other) => {
                let mut list = Vec::new();
                for (w, t) in whens {
                    list.push((Box::new(self.node(w)?), Box::new(self.node(t)?)));
                }
                let other = match other {
                    Some(o) => Some(Box::new(self.node(o)?)),
                    None => None,
                };
                Plan::Case(Case::new(None, list, other))
            }
            Expr::Call(f, args) => self.call(f, args)?,
        })
    }

    /// `a = 1 or a = 2 or …` is a list, whatever its length.
    fn any(&mut self, l: &[Node]) -> Option<Plan> {
        let said = |n: &Node| match &n.expr {
            Expr::Compare(Compare::Eq, a, b) => match (&a.expr, &b.expr) {
                (Expr::Column(name), Expr::Text(_) | Expr::Number(_)) => Some(name.clone()),
                _ => None,
            },
            _ => None,
        };
        let first = l.first().and_then(said);
        if l.len() <= 8 || first.is_none() || l.iter().any(|n| said(n) != first) {
            return self.all(l).map(|l| balanced(l, Operator::Or));
        }
        let (mut of, mut list) = (None, Vec::with_capacity(l.len()));
        for n in l {
            if let Expr::Compare(_, a, b) = &n.expr {
                if of.is_none() {
                    of = Some((self.node(a)?, a.ty == Ty::Month));
                }
                list.push(match &b.expr {
                    Expr::Text(t) => text(t),
                    Expr::Number(x) if a.ty == Ty::Month => lit(*x as i32),
                    Expr::Number(x) => number(Some(*x)),
                    _ => return None,
                });
            }
        }
        list.dedup();
        of.map(|(of, _)| in_list(of, list, false))
    }

    /// A month, also where it was written as a number.
    fn month(&mut self, n: &Node) -> Option<Plan> {
        match n.expr {
            Expr::Number(x) => Some(lit(x as i32)),
            _ => self.node(n),
        }
    }

    fn call(&mut self, f: &'static meta::rule::functions::Function, args: &[Node]) -> Option<Plan> {
        if let ("phone_ok", [Node { expr: Expr::Column(name), .. }]) = (f.name, args) {
            return self.row.phone_ok(name);
        }
        if f.name == "today" {
            return Some(lit(ScalarValue::Date32(Some(day(self.with.now.today)))));
        }
        // months may be written as numbers
        let months = args.iter().any(|a| a.ty == Ty::Month);
        let list = args.iter().map(|a| if months { self.month(a) } else { self.node(a) }).collect::<Option<Vec<_>>>()?;
        let first = list.first().cloned()?;
        Some(match f.name {
            "coalesce" => coalesce(list),
            "least" => least(list),
            "greatest" => greatest(list),
            "abs" => abs(first),
            "floor" => floor(first),
            "yuan" => binary(first, Operator::Multiply, number(Some(100.0))),
            "to_yuan" => binary(first, Operator::Divide, number(Some(100.0))),
            "empty" if !matches!(args[0].ty, Ty::Text | Ty::List) => first.is_null(),
            "count_true" => {
                let one = |c: Plan| when(c, number(Some(1.0))).otherwise(number(Some(0.0))).ok();
                balanced(list.into_iter().map(one).collect::<Option<Vec<_>>>()?, Operator::Plus)
            }
            _ => {
                let returns = match f.returns {
                    Returns::Is(ty) => arrow(ty)?,
                    Returns::First => return None,
                };
                function::call(f.name, returns, self.with.now, list)
            }
        })
    }
}

fn arrow(ty: Ty) -> Option<DataType> {
    Some(match ty {
        Ty::Bool => DataType::Boolean,
        Ty::Num | Ty::Money => DataType::Float64,
        Ty::Text => DataType::Utf8View,
        Ty::Date => DataType::Date32,
        Ty::Month => DataType::Int32,
        Ty::List => function::codes(),
        _ => return None,
    })
}

fn day(d: chrono::NaiveDate) -> i32 {
    datafusion::arrow::datatypes::Date32Type::from_naive_date(d)
}

pub(crate) fn binary(a: Plan, op: Operator, b: Plan) -> Plan {
    Plan::BinaryExpr(BinaryExpr::new(Box::new(a), op, Box::new(b)))
}

/// A long chain as a low tree.
fn balanced(mut l: Vec<Plan>, op: Operator) -> Plan {
    while l.len() > 1 {
        let mut next = Vec::with_capacity(l.len().div_ceil(2));
        let mut it = l.into_iter();
        while let Some(a) = it.next() {
            next.push(match it.next() {
                Some(b) => binary(a, op, b),
                None => a,
            });
        }
        l = next;
    }
    l.pop().unwrap_or_else(|| lit(true))
}
