//! A compiled rule as SQL of PostgreSQL. Text only: nothing is executed here.
//!
//! Numbers are double precision throughout, division is null at zero, long chains become balanced trees, every function
//! called is total: no row makes the statement fail.

use super::{Arith, Columns, Compare, Compiled, Expr, Node, Ty};
use std::collections::BTreeMap;

/// Values of parameters, by name.
pub type Params = BTreeMap<String, f64>;

/// Where the numbers of a rule come from.
#[derive(Clone, Copy)]
enum Numbers<'a> {
    Values(&'a Params),
    /// Columns of that name of a row the statement joins, double precision.
    Row(&'a str),
}

/// The condition, never null: unknown is false.
pub fn condition(c: &Compiled, columns: &Columns, params: &Params) -> String {
    format!("coalesce({}, false)", Writer { columns, numbers: Numbers::Values(params) }.node(&c.root))
}

/// The expression itself.
pub fn value(c: &Compiled, columns: &Columns, params: &Params) -> String {
    Writer { columns, numbers: Numbers::Values(params) }.node(&c.root)
}

/// The condition with the numbers of a row, so that one statement asks each line by the numbers of its own place: parameter `n` is
/// the column `n` of the alias `row`.
pub fn condition_by(c: &Compiled, columns: &Columns, row: &str) -> String {
    format!("coalesce({}, false)", Writer { columns, numbers: Numbers::Row(row) }.node(&c.root))
}

/// The expression itself with the numbers of a row.
pub fn value_by(c: &Compiled, columns: &Columns, row: &str) -> String {
    Writer { columns, numbers: Numbers::Row(row) }.node(&c.root)
}

struct Writer<'a> {
    columns: &'a Columns,
    numbers: Numbers<'a>,
}

/// A text as a literal.
pub fn quoted(text: &str) -> String {
    let body = text.replace('\'', "''");
    // a backslash means itself only in plain literals, and these are plain under standard_conforming_strings
    format!("'{body}'")
}

impl Writer<'_> {
    fn node(&self, n: &Node) -> String {
        match &n.expr {
            Expr::Column(name) => match self.columns.get(name) {
                Some(c) if matches!(c.ty, Ty::Num | Ty::Money) => format!("{}::float8", c.sql),
                Some(c) => c.sql.clone(),
                None => "null".into(),
            },
            Expr::Param(name) => match self.numbers {
                Numbers::Values(params) => params.get(name).map_or("null::float8".into(), |v| format!("{v}::float8")),
                Numbers::Row(row) => format!("{row}.{name}"),
            },
            Expr::Number(x) => format!("{x}::float8"),
            Expr::Text(t) => format!("{}::text", quoted(t)),
            Expr::Bool(b) => b.to_string(),
            Expr::Date(d) => format!("date '{d}'"),
            Expr::Null => "null".into(),
            Expr::Not(a) => format!("(not {})", self.node(a)),
            Expr::All(l) => self.chain(l, " and "),
            Expr::Any(l) => self.chain(l, " or "),
            Expr::Compare(op, a, b) => self.compare(*op, a, b),
            Expr::Arith(op, a, b) => {
                let (x, y) = (self.node(a), self.node(b));
                match op {
                    Arith::Add => format!("({x} + {y})"),
                    Arith::Sub => format!("({x} - {y})"),
                    Arith::Mul => format!("({x} * {y})"),
                    Arith::Div => format!("({x} / nullif({y}, 0))"),
                }
            }
            Expr::Negative(a) => format!("(- {})", self.node(a)),
            Expr::IsNull(a, no) => format!("({} is {}null)", self.node(a), if *no { "not " } else { "" }),
            Expr::IsBool { of, truth, negated } => {
                format!("({} is {}{truth})", self.node(of), if *negated { "not " } else { "" })
            }
            Expr::In(a, items, no) => {
                let month = a.ty == Ty::Month;
                let all: Vec<String> = items.iter().map(|i| if month { self.month(i) } else { self.node(i) }).collect();
                format!("({} {}in ({}))", self.node(a), if *no { "not " } else { "" }, all.join(", "))
            }
            Expr::Case(whens, other) => {
                let mut out = "(case".to_owned();
                for (w, t) in whens {
                    out.push_str(&format!(" when {} then {}", self.node(w), self.node(t)));
                }
                if let Some(o) = other {
                    out.push_str(&format!(" else {}", self.node(o)));
                }
                out + " end)"
            }
            Expr::Call(f, args) => self.call(f.name, args),
        }
    }

    /// Long chains as balanced trees: the server's parser recurses by depth.
    fn chain(&self, l: &[Node], word: &str) -> String {
        match l {
            [one] => self.node(one),
            _ if l.len() <= 16 => format!("({})", l.iter().map(|n| self.node(n)).collect::<Vec<_>>().join(word)),
            _ => {
                let (a, b) = l.split_at(l.len() / 2);
                format!("({}{word}{})", self.chain(a, word), self.chain(b, word))
            }
        }
    }

    /// A month, also where it was written as a number.
    fn month(&self, n: &Node) -> String {
        match n.expr {
            Expr::Number(x) => format!("{x}"),
            _ => self.node(n),
        }
    }

    fn compare(&self, op: Compare, a: &Node, b: &Node) -> String {
        let sign = match op {
            Compare::Eq => "=",
            Compare::Ne => "<>",
            Compare::Lt => "<",
            Compare::Le => "<=",
            Compare::Gt => ">",
            Compare::Ge => ">=",
        };
        let months = a.ty == Ty::Month || b.ty == Ty::Month;
        let side = |n: &Node| if months { self.month(n) } else { self.node(n) };
        format!("({} {sign} {})", side(a), side(b))
    }

    fn call(&self, name: &str, args: &[Node]) -> String {
        let list: Vec<String> = args.iter().map(|a| self.node(a)).collect();
        let arg = |i: usize| list.get(i).map_or("null", String::as_str);
        let first = args.first().map_or(Ty::Null, |a| a.ty);
        match name {
            // the server has these under the same name and meaning
            "coalesce" | "least" | "greatest" => format!("{name}({})", list.join(", ")),
            "abs" | "floor" => format!("{name}({})", arg(0)),
            "left" | "right" => format!("{name}({}, ({})::integer)", arg(0), arg(1)),
            "starts_with" => format!("starts_with({}, {})", arg(0), arg(1)),
            "empty" => match first {
                Ty::Text => format!("(coalesce({}, '') = '')", arg(0)),
                Ty::List => format!("(coalesce(cardinality({}), 0) = 0)", arg(0)),
                _ => format!("({} is null)", arg(0)),
            },
            "matches" => match args.get(1).map(|a| &a.expr) {
                Some(Expr::Text(p)) => format!("(left({}, 10000) ~ {})", arg(0), quoted(&p.replace("\\d", "[0-9]"))),
                _ => "null".into(),
            },
            "has" => format!("({} && array[{}]::text[])", arg(0), list[1..].join(", ")),
            "has_only" => format!("(cardinality({0}) > 0 and {0} <@ array[{1}]::text[])", arg(0), list[1..].join(", ")),
            "count_true" => format!("rule.count_true(array[{}])", list.join(", ")),
            "months_between" => format!("rule.months_between({}, {})", self.month(&args[0]), self.month(&args[1])),
            "first_day" | "year_of" | "month_no" if first == Ty::Month => format!("rule.{name}({})", self.month(&args[0])),
            _ => format!("rule.{name}({})", list.join(", ")),
        }
    }
}
