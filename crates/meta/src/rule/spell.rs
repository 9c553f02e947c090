//! A condition spelled in one way whatever way it was typed in, so that two can be told to mean the same, or the opposite. It looks at
//! the form only: `a > 1` and `a >= 2` stay different.

use super::{Arith, Compare, Expr, Node};

impl Node {
    /// The condition without regard to spaces, brackets, the order of alternatives, or on which side a value stands.
    pub fn spell(&self) -> String {
        let all = |l: &[Node], how: fn(&Node) -> String| l.iter().map(how).collect::<Vec<_>>();
        match &self.expr {
            Expr::Column(c) => c.clone(),
            Expr::Param(p) => format!("param('{p}')"),
            Expr::Number(n) => n.to_string(),
            Expr::Text(t) => format!("{t:?}"),
            Expr::Bool(b) => b.to_string(),
            Expr::Date(d) => format!("date '{d}'"),
            Expr::Null => "null".into(),
            Expr::Not(a) => a.opposite(),
            Expr::All(l) => chain(all(l, Node::spell), "and"),
            Expr::Any(l) => chain(all(l, Node::spell), "or"),
            Expr::Compare(c, a, b) => compare(*c, a, b),
            Expr::Arith(op, a, b) => {
                let (a, b) = (a.spell(), b.spell());
                match op {
                    Arith::Add | Arith::Mul if b < a => format!("({b} {op:?} {a})"),
                    _ => format!("({a} {op:?} {b})"),
                }
            }
            Expr::Negative(a) => format!("-{}", a.spell()),
            Expr::IsNull(a, negated) => format!("{} is {}null", a.spell(), if *negated { "not " } else { "" }),
            Expr::IsBool { of, truth, negated } => {
                format!("{} is {}{truth}", of.spell(), if *negated { "not " } else { "" })
            }
            Expr::In(a, l, negated) => {
                let mut list = all(l, Node::spell);
                list.sort();
                format!("{} {}in ({})", a.spell(), if *negated { "not " } else { "" }, list.join(", "))
            }
            Expr::Case(l, e) => {
                let arms: Vec<String> = l.iter().map(|(w, t)| format!("when {} then {}", w.spell(), t.spell())).collect();
                let last = e.as_ref().map(|e| format!(" else {}", e.spell())).unwrap_or_default();
                format!("case {}{last} end", arms.join(" "))
            }
            Expr::Call(f, args) => format!("{}({})", f.name, all(args, Node::spell).join(", ")),
        }
    }

    /// What is caught exactly where this is not (an empty value is caught by neither).
    pub fn opposite(&self) -> String {
        let all = |l: &[Node]| l.iter().map(Node::opposite).collect::<Vec<_>>();
        match &self.expr {
            Expr::Not(a) => a.spell(),
            Expr::All(l) => chain(all(l), "or"),
            Expr::Any(l) => chain(all(l), "and"),
            Expr::Bool(b) => (!b).to_string(),
            Expr::Compare(c, a, b) => {
                let c = match c {
                    Compare::Eq => Compare::Ne,
                    Compare::Ne => Compare::Eq,
                    Compare::Lt => Compare::Ge,
                    Compare::Ge => Compare::Lt,
                    Compare::Gt => Compare::Le,
                    Compare::Le => Compare::Gt,
                };
                compare(c, a, b)
            }
            Expr::IsNull(a, negated) => format!("{} is {}null", a.spell(), if *negated { "" } else { "not " }),
            Expr::IsBool { of, truth, negated } => {
                format!("{} is {}{truth}", of.spell(), if *negated { "" } else { "not " })
            }
            Expr::In(a, l, negated) => {
                let mut list: Vec<String> = l.iter().map(Node::spell).collect();
                list.sort();
                format!("{} {}in ({})", a.spell(), if *negated { "" } else { "not " }, list.join(", "))
            }
            _ => format!("not {}", self.spell()),
        }
    }
}

fn chain(mut parts: Vec<String>, word: &str) -> String {
    parts.sort();
    parts.dedup();
    match parts.len() {
        1 => parts.remove(0),
        _ => format!("({})", parts.join(&format!(" {word} "))),
    }
}

/// The smaller spelling stands left.
fn compare(c: Compare, a: &Node, b: &Node) -> String {
    let (a, b) = (a.spell(), b.spell());
    let turned = match c {
        Compare::Lt => Compare::Gt,
        Compare::Gt => Compare::Lt,
        Compare::Le => Compare::Ge,
        Compare::Ge => Compare::Le,
        same => same,
    };
    if b < a { format!("{b} {turned:?} {a}") } else { format!("{a} {c:?} {b}") }
}

#[cfg(test)]
mod tests {
    use crate::rule::parse::parse;

    fn spell(t: &str) -> String {
        parse(t).unwrap().spell()
    }
    fn opposite(t: &str) -> String {
        parse(t).unwrap().opposite()
    }

    #[test]
    fn ways_of_typing_do_not_matter() {
        for (a, b) in [
            ("a > 1 and b = 'x'", "( b='x' )  and (1 < a)"),
            ("a in (3, 1)", "a in (1,3)"),
            ("not (a = 1 or b is null)", "b is not null and a <> 1"),
            ("not not a = 1", "1 = a"),
            ("a + b > 2", "2 < b + a"),
        ] {
            assert_eq!(spell(a), spell(b), "{a} | {b}");
        }
        for (a, b) in
            [("a > 1", "a >= 1"), ("a - b > 2", "b - a > 2"), ("a = 'x'", "a = 'y'"), ("f = 1 or g = 1", "f = 1 and g = 1")]
        {
            assert_ne!(spell(a), spell(b), "{a} | {b}");
        }
    }

    #[test]
    fn the_opposite_is_known_by_its_form() {
        for (a, b) in [
            ("a > 1", "a <= 1"),
            ("a is null", "a is not null"),
            ("a in (1, 2)", "a not in (2, 1)"),
            ("a = 1 and b > 2", "b <= 2 or a <> 1"),
        ] {
            assert_eq!(opposite(a), spell(b), "{a} | {b}");
            assert_eq!(opposite(b), spell(a), "{b} | {a}");
        }
    }
}
