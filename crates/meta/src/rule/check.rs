//! Kinds of values: what may be compared, added and handed to which function; codes that are in no list are refused.

use super::functions::{Arg, Function, Returns};
use super::{Arith, Column, Columns, Compare, Expr, Fault, Node, Ty};

pub(super) fn check(n: &mut Node, columns: &Columns, bad: &mut Vec<Fault>) {
    let at = n.at;
    let mut say = |text: String| bad.push(Fault::new(at, text));
    n.ty = match &mut n.expr {
        Expr::Column(name) => match columns.get(name) {
            Some(c) => c.ty,
            None => {
                say(unknown(name, columns));
                Ty::Null
            }
        },
        Expr::Param(name) => {
            if !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
                say("参数名只能用小写字母、数字和下划线。".into());
            }
            Ty::Num
        }
        Expr::Number(_) => Ty::Num,
        Expr::Text(_) => Ty::Text,
        Expr::Bool(_) => Ty::Bool,
        Expr::Date(_) => Ty::Date,
        Expr::Null => Ty::Null,
        Expr::Not(a) => {
            truth(a, columns, bad);
            Ty::Bool
        }
        Expr::All(l) | Expr::Any(l) => {
            for a in l {
                truth(a, columns, bad);
            }
            Ty::Bool
        }
        Expr::Compare(op, a, b) => {
            check(a, columns, bad);
            check(b, columns, bad);
            comparable(a, b, matches!(op, Compare::Eq | Compare::Ne), columns, bad);
            Ty::Bool
        }
        Expr::Arith(op, a, b) => {
            check(a, columns, bad);
            check(b, columns, bad);
            arith(*op, a.ty, b.ty).unwrap_or_else(|| {
                let (x, y) = (a.ty.label(), b.ty.label());
                bad.push(Fault::new(at, format!("{x}与{y}不能这样运算{}", hint(a.ty, b.ty))));
                Ty::Num
            })
        }
        Expr::Negative(a) => {
            check(a, columns, bad);
            if !matches!(a.ty, Ty::Num | Ty::Money | Ty::Null) {
                bad.push(Fault::new(a.at, format!("负号后面应为数字，现在是{}。", a.ty.label())));
            }
            a.ty
        }
        Expr::IsNull(a, _) => {
            check(a, columns, bad);
            Ty::Bool
        }
        Expr::IsBool { of, .. } => {
            truth(of, columns, bad);
            Ty::Bool
        }
        Expr::In(a, items, _) => {
            check(a, columns, bad);
            for i in items {
                check(i, columns, bad);
                comparable(a, i, true, columns, bad);
            }
            Ty::Bool
        }
        Expr::Case(whens, other) => {
            let mut ty = Ty::Null;
            for (w, t) in whens.iter_mut() {
                truth(w, columns, bad);
                check(t, columns, bad);
            }
            if let Some(o) = other {
                check(o, columns, bad);
            }
            for t in whens.iter().map(|(_, t)| t).chain(other.as_deref()) {
                if ty == Ty::Null {
                    ty = t.ty;
                } else if t.ty != Ty::Null && t.ty != ty {
                    bad.push(Fault::new(
                        t.at,
                        format!("case 各分支应得出同一类值，前面是{}，这里是{}。", ty.label(), t.ty.label()),
                    ));
                }
            }
            ty
        }
        Expr::Call(f, args) => {
            for a in args.iter_mut() {
                check(a, columns, bad);
            }
            call(f, args, at, columns, bad)
        }
    };
}

fn unknown(name: &str, columns: &Columns) -> String {
    let name = crate::value::printable(name);
    // the nearest by common beginning, for slips of the pen
    let near = columns.0.values().map(|c| (common(&c.name, &name), c)).max_by_key(|(n, _)| *n).filter(|(n, _)| *n >= 3);
    match near {
        Some((_, c)) => format!("没有字段“{name}”，是不是“{}”（{}）？", c.name, c.label),
        None => format!("没有字段“{name}”，请从字段列表中选用。"),
    }
}
fn common(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count()
}

fn truth(n: &mut Node, columns: &Columns, bad: &mut Vec<Fault>) {
    check(n, columns, bad);
    if !matches!(n.ty, Ty::Bool | Ty::Null) {
        bad.push(Fault::new(n.at, format!("这里应是能判断“是”或“否”的条件，现在是{}。", n.ty.label())));
    }
}

fn hint(a: Ty, b: Ty) -> &'static str {
    match (a, b) {
        (Ty::Money, Ty::Num) | (Ty::Num, Ty::Money) => "；金额请与 yuan(数字) 比较或相加减。",
        (Ty::Date, Ty::Text) | (Ty::Text, Ty::Date) => "；日期请写成 date '2026-01-31'。",
        (Ty::List, Ty::Text) | (Ty::Text, Ty::List) => "；多选字段请用 has(字段, '代码')。",
        (Ty::Moment, Ty::Date) | (Ty::Date, Ty::Moment) => "；时间请先用 day_of(…) 取日期。",
        (Ty::Date, _) | (_, Ty::Date) => "；日期加减请用 add_days、add_months、days_between。",
        (Ty::Month, _) | (_, Ty::Month) => "；年月请用 months_between、year_of、month_of。",
        _ => "。",
    }
}

fn comparable(a: &Node, b: &Node, equality: bool, columns: &Columns, bad: &mut Vec<Fault>) {
    let pair = (a.ty, b.ty);
    let zero = |n: &Node| matches!(n.expr, Expr::Number(0.0));
    let month = |n: &Node| matches!(n.expr, Expr::Number(x) if (190_001.0..=210_012.0).contains(&x));
    let fits = match pair {
        (Ty::Null, _) | (_, Ty::Null) => true,
        (Ty::List, _) | (_, Ty::List) => false,
        (Ty::Token, Ty::Token) | (Ty::Bool, Ty::Bool) => equality,
        (Ty::Token, _) | (_, Ty::Token) => false,
        (Ty::Money, Ty::Num) => zero(b),
        (Ty::Num, Ty::Money) => zero(a),
        (Ty::Month, Ty::Num) => month(b),
        (Ty::Num, Ty::Month) => month(a),
        (x, y) => x == y,
    };
    if matches!((&a.expr, &b.expr), (Expr::Null, _) | (_, Expr::Null)) {
        bad.push(Fault::new(b.at, "与 null 比较永远得不出“是”，判断空值请用 is null 或 empty(…)。"));
    } else if !fits {
        bad.push(Fault::new(b.at, format!("{}与{}不能这样比较{}", a.ty.label(), b.ty.label(), hint(a.ty, b.ty))));
    }
    for (column, text) in [(a, b), (b, a)] {
        if let (Some(c), Expr::Text(code)) = (column_of(column, columns), &text.expr) {
            known(c, code, text, bad);
        }
    }
}

fn column_of<'c>(n: &Node, columns: &'c Columns) -> Option<&'c Column> {
    match &n.expr {
        Expr::Column(name) => columns.get(name),
        // coalesce(code, '00') is still a code
        Expr::Call(f, args) if f.name == "coalesce" => args.first().and_then(|a| column_of(a, columns)),
        _ => None,
    }
}

fn known(c: &Column, code: &str, at: &Node, bad: &mut Vec<Fault>) {
    if let Some(list) = &c.codes
        && list.get(code).is_none()
    {
        bad.push(Fault::new(at.at, format!("“{}”没有代码“{}”，见代码表 {}。", c.label, crate::value::printable(code), list.id)));
    }
}

fn arith(op: Arith, a: Ty, b: Ty) -> Option<Ty> {
    Some(match (op, a, b) {
        (_, Ty::Null, x) | (_, x, Ty::Null) if matches!(x, Ty::Num | Ty::Money | Ty::Null) => x,
        (_, Ty::Num, Ty::Num) => Ty::Num,
        (Arith::Add | Arith::Sub, Ty::Money, Ty::Money) => Ty::Money,
        (Arith::Mul, Ty::Money, Ty::Num) | (Arith::Mul, Ty::Num, Ty::Money) | (Arith::Div, Ty::Money, Ty::Num) => Ty::Money,
        (Arith::Div, Ty::Money, Ty::Money) => Ty::Num,
        _ => return None,
    })
}

fn call(f: &'static Function, args: &[Node], at: super::Pos, columns: &Columns, bad: &mut Vec<Fault>) -> Ty {
    let usage = || format!("用法：{}", f.usage());
    let enough = args.len() >= f.args.len() && (f.repeats || args.len() == f.args.len());
    if !enough {
        bad.push(Fault::new(at, format!("{} 的参数个数不对。{}", f.name, usage())));
    } else {
        for (i, a) in args.iter().enumerate() {
            let want = f.args.get(i).or(f.args.last()).copied().unwrap_or(Arg::Any);
            match want {
                Arg::Of(types) if a.ty != Ty::Null && !types.contains(&a.ty) => {
                    bad.push(Fault::new(a.at, format!("{} 的第 {} 个参数不能是{}。{}", f.name, i + 1, a.ty.label(), usage())));
                }
                Arg::Pattern => match &a.expr {
                    Expr::Text(p) => {
                        if let Err(text) = super::functions::pattern(p) {
                            bad.push(Fault::new(a.at, text));
                        }
                    }
                    _ => bad.push(Fault::new(a.at, format!("正则表达式要直接写在引号里。{}", usage()))),
                },
                Arg::Count => match a.expr {
                    Expr::Number(x) if x.fract() == 0.0 && (0.0..=1000.0).contains(&x) => {}
                    _ => bad.push(Fault::new(a.at, format!("这里要直接写 0 到 1000 的整数。{}", usage()))),
                },
                Arg::Code => match &a.expr {
                    Expr::Text(code) => {
                        if let Some(c) = args.first().and_then(|first| column_of(first, columns)) {
                            known(c, code, a, bad);
                        }
                    }
                    _ if a.ty == Ty::Text => {}
                    _ => bad.push(Fault::new(a.at, format!("这里应为代码。{}", usage()))),
                },
                Arg::Same if i > 0 && a.ty != Ty::Null && args[0].ty != Ty::Null && a.ty != args[0].ty => {
                    let zero = args[0].ty == Ty::Money && matches!(a.expr, Expr::Number(0.0));
                    if !zero {
                        bad.push(Fault::new(
                            a.at,
                            format!("{} 的各个参数应是同一类值，前面是{}，这里是{}。", f.name, args[0].ty.label(), a.ty.label()),
                        ));
                    }
                }
                _ => {}
            }
        }
    }
    match f.returns {
        Returns::Is(ty) => ty,
        Returns::First => args.iter().map(|a| a.ty).find(|t| *t != Ty::Null).unwrap_or(Ty::Null),
    }
}
