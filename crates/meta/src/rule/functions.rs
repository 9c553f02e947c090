//! The functions rules may call: one list, one meaning. [`Function::run`] is the definition; PostgreSQL has the same under
//! the schema `rule` (migration of the store) and an engine of columns wraps `run`. Every function is total: what cannot be
//! answered is empty, so that no row stops a scan.

use super::Ty;
use chrono::{DateTime, Datelike, Days, Duration, Months, NaiveDate, Utc};
use serde::Serialize;

/// A value as functions see it; amounts (fen) and months (YYYYMM) are numbers.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Null,
    Bool(bool),
    Num(f64),
    Text(String),
    Date(NaiveDate),
    Moment(DateTime<Utc>),
    List(Vec<String>),
}

/// The day and moment a scan reckons with.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    pub today: NaiveDate,
    pub moment: DateTime<Utc>,
}

/// What an argument may be.
#[derive(Clone, Copy, Debug)]
pub enum Arg {
    Any,
    Of(&'static [Ty]),
    /// Like the first one.
    Same,
    /// A regular expression written out.
    Pattern,
    /// A whole number written out.
    Count,
    /// A code of the list of the first argument.
    Code,
}

#[derive(Clone, Copy, Debug)]
pub enum Returns {
    Is(Ty),
    /// What the first filled argument is.
    First,
}

/// One function.
pub struct Function {
    pub name: &'static str,
    pub args: &'static [Arg],
    /// The last argument may be repeated.
    pub repeats: bool,
    pub returns: Returns,
    /// How it is written, and what it means.
    pub example: &'static str,
    pub help: &'static str,
    pub run: fn(&[Cell], Now) -> Cell,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Function {
    pub fn usage(&self) -> String {
        format!("{}——{}。", self.example, self.help)
    }
}

/// A function as the editor shows it.
#[derive(Debug, Serialize)]
pub struct Shown {
    pub name: &'static str,
    pub example: &'static str,
    pub help: &'static str,
}

pub fn shown() -> Vec<Shown> {
    ALL.iter().map(|f| Shown { name: f.name, example: f.example, help: f.help }).collect()
}

pub fn find(name: &str) -> Option<&'static Function> {
    ALL.iter().find(|f| f.name == name)
}

const TEXT: Arg = Arg::Of(&[Ty::Text]);
const NUM: Arg = Arg::Of(&[Ty::Num]);
const MONEY: Arg = Arg::Of(&[Ty::Money]);
const DATE: Arg = Arg::Of(&[Ty::Date]);
const MOMENT: Arg = Arg::Of(&[Ty::Moment]);
const MONTH: Arg = Arg::Of(&[Ty::Month]);
const DAYS: Arg = Arg::Of(&[Ty::Date, Ty::Month]);
const LIST: Arg = Arg::Of(&[Ty::List]);
const BOOL: Arg = Arg::Of(&[Ty::Bool]);
const AMOUNT: Arg = Arg::Of(&[Ty::Num, Ty::Money]);

const fn of(
    name: &'static str,
    args: &'static [Arg],
    returns: Ty,
    example: &'static str,
    help: &'static str,
    run: fn(&[Cell], Now) -> Cell,
) -> Function {
    Function { name, args, repeats: false, returns: Returns::Is(returns), example, help, run }
}
const fn many(mut f: Function) -> Function {
    f.repeats = true;
    f
}
const fn first(mut f: Function) -> Function {
    f.returns = Returns::First;
    f
}

/// The list.
pub static ALL: [Function; 35] = [
    of("today", &[], Ty::Date, "today()", "判断当日（跑批时为统计日）", |_, now| Cell::Date(now.today)),
    of("in_future", &[MOMENT], Ty::Bool, "in_future(时间)", "比现在晚 5 分钟以上", |a, now| match a {
        [Cell::Moment(m)] => Cell::Bool(*m > now.moment + Duration::minutes(5)),
        _ => Cell::Null,
    }),
    of("day_of", &[MOMENT], Ty::Date, "day_of(时间)", "时间所在的日期（北京时间）", |a, _| match a {
        [Cell::Moment(m)] => Cell::Date((*m + Duration::hours(8)).date_naive()),
        _ => Cell::Null,
    }),
    of("month_of", &[DATE], Ty::Month, "month_of(日期)", "日期所在的年月", |a, _| match a {
        [Cell::Date(d)] => Cell::Num(f64::from(month(*d))),
        _ => Cell::Null,
    }),
    of("year_of", &[DAYS], Ty::Num, "year_of(日期或年月)", "年份", |a, _| match a {
        [Cell::Date(d)] => Cell::Num(f64::from(d.year())),
        [Cell::Num(m)] => Cell::Num((m / 100.0).floor()),
        _ => Cell::Null,
    }),
    of("month_no", &[DAYS], Ty::Num, "month_no(日期或年月)", "几月", |a, _| match a {
        [Cell::Date(d)] => Cell::Num(f64::from(d.month())),
        [Cell::Num(m)] => Cell::Num(m.rem_euclid(100.0)),
        _ => Cell::Null,
    }),
    of("first_day", &[MONTH], Ty::Date, "first_day(年月)", "当月第一天", |a, _| match a {
        [Cell::Num(m)] => day((m / 100.0).floor(), m.rem_euclid(100.0), 1.0),
        _ => Cell::Null,
    }),
    of(
        "make_day",
        &[NUM, NUM, NUM],
        Ty::Date,
        "make_day(年, 月, 日)",
        "由年月日得出日期，不存在的日期为空",
        |a, _| match a {
            [Cell::Num(y), Cell::Num(m), Cell::Num(d)] => day(*y, *m, *d),
            _ => Cell::Null,
        },
    ),
    of("age_at", &[DATE, DATE], Ty::Num, "age_at(出生日期, 日期)", "到该日的周岁", |a, _| match a {
        [Cell::Date(b), Cell::Date(at)] => age(*b, *at).map_or(Cell::Null, Cell::Num),
        _ => Cell::Null,
    }),
    of("days_between", &[DATE, DATE], Ty::Num, "days_between(从, 到)", "相差天数", |a, _| match a {
        [Cell::Date(x), Cell::Date(y)] => Cell::Num((*y - *x).num_days() as f64),
        _ => Cell::Null,
    }),
    of("months_between", &[MONTH, MONTH], Ty::Num, "months_between(从, 到)", "两个年月相差的月数", |a, _| match a {
        [Cell::Num(x), Cell::Num(y)] => Cell::Num(months_apart(*x, *y)),
        _ => Cell::Null,
    }),
    of("school_day", &[DATE], Ty::Date, "school_day(日期)", "该日所在学年的 9 月 1 日", |a, _| match a {
        [Cell::Date(d)] => day(f64::from(if d.month() >= 9 { d.year() } else { d.year() - 1 }), 9.0, 1.0),
        _ => Cell::Null,
    }),
    of("add_days", &[DATE, NUM], Ty::Date, "add_days(日期, 天数)", "若干天之后（负数为之前）", |a, _| match a {
        [Cell::Date(d), Cell::Num(n)] if n.abs() <= 100_000.0 => {
            let by = Days::new(n.abs().floor() as u64);
            let out = if *n < 0.0 { d.checked_sub_days(by) } else { d.checked_add_days(by) };
            out.map_or(Cell::Null, Cell::Date)
        }
        _ => Cell::Null,
    }),
    of("add_months", &[DATE, NUM], Ty::Date, "add_months(日期, 月数)", "若干月之后（负数为之前）", |a, _| match a
    {
        [Cell::Date(d), Cell::Num(n)] if n.abs() <= 3_000.0 => {
            let by = Months::new(n.abs().floor() as u32);
            let out = if *n < 0.0 { d.checked_sub_months(by) } else { d.checked_add_months(by) };
            out.map_or(Cell::Null, Cell::Date)
        }
        _ => Cell::Null,
    }),
    of("yuan", &[NUM], Ty::Money, "yuan(数字)", "以元计的金额", |a, _| num(a, |x| x * 100.0)),
    of("to_yuan", &[MONEY], Ty::Num, "to_yuan(金额)", "金额换成以元计的数字", |a, _| num(a, |x| x / 100.0)),
    first(of("abs", &[AMOUNT], Ty::Num, "abs(数字或金额)", "绝对值", |a, _| num(a, f64::abs))),
    of("floor", &[NUM], Ty::Num, "floor(数字)", "舍去小数", |a, _| num(a, f64::floor)),
    first(many(of("least", &[AMOUNT, Arg::Same], Ty::Num, "least(a, b, …)", "最小的一个，空的不计", |a, _| {
        fold(a, f64::min)
    }))),
    first(many(of(
        "greatest",
        &[AMOUNT, Arg::Same],
        Ty::Num,
        "greatest(a, b, …)",
        "最大的一个，空的不计",
        |a, _| fold(a, f64::max),
    ))),
    first(many(of("coalesce", &[Arg::Any, Arg::Same], Ty::Null, "coalesce(a, b, …)", "第一个不空的值", |a, _| {
        a.iter().find(|c| **c != Cell::Null).cloned().unwrap_or(Cell::Null)
    }))),
    of("empty", &[Arg::Any], Ty::Bool, "empty(字段)", "没有填写（空值、空文字、没有选项）", |a, _| match a {
        [Cell::Null] => Cell::Bool(true),
        [Cell::Text(t)] => Cell::Bool(t.is_empty()),
        [Cell::List(l)] => Cell::Bool(l.is_empty()),
        _ => Cell::Bool(false),
    }),
    many(of("count_true", &[BOOL, BOOL], Ty::Num, "count_true(条件, 条件, …)", "成立的条件个数", |a, _| {
        Cell::Num(a.iter().filter(|c| **c == Cell::Bool(true)).count() as f64)
    })),
    of("length", &[TEXT], Ty::Num, "length(文字)", "字数", |a, _| match a {
        [Cell::Text(t)] => Cell::Num(t.chars().count() as f64),
        _ => Cell::Null,
    }),
    of("left", &[TEXT, Arg::Count], Ty::Text, "left(文字, 字数)", "开头若干字", |a, _| match a {
        [Cell::Text(t), Cell::Num(n)] => Cell::Text(t.chars().take(*n as usize).collect()),
        _ => Cell::Null,
    }),
    of("right", &[TEXT, Arg::Count], Ty::Text, "right(文字, 字数)", "末尾若干字", |a, _| match a {
        [Cell::Text(t), Cell::Num(n)] => {
            let skip = t.chars().count().saturating_sub(*n as usize);
            Cell::Text(t.chars().skip(skip).collect())
        }
        _ => Cell::Null,
    }),
    of("starts_with", &[TEXT, TEXT], Ty::Bool, "starts_with(文字, '开头')", "以此开头", |a, _| {
        texts(a, |t, x| t.starts_with(x))
    }),
    of("ends_with", &[TEXT, TEXT], Ty::Bool, "ends_with(文字, '结尾')", "以此结尾", |a, _| {
        texts(a, |t, x| t.ends_with(x))
    }),
    of("has_text", &[TEXT, TEXT], Ty::Bool, "has_text(文字, '其中')", "含有这些字", |a, _| {
        texts(a, |t, x| t.contains(x))
    }),
    of(
        "matches",
        &[TEXT, Arg::Pattern],
        Ty::Bool,
        "matches(文字, '正则')",
        "前 10000 个字符合正则表达式",
        |a, _| texts(a, |t, p| pattern(p).is_ok_and(|re| re.is_match(head(t)))),
    ),
    of("phone_ok", &[TEXT], Ty::Bool, "phone_ok(电话)", "是 11 位手机号", |a, _| match a {
        [Cell::Text(t)] => Cell::Bool(base::phone::is_mobile(t)),
        _ => Cell::Null,
    }),
    many(of("has", &[LIST, Arg::Code], Ty::Bool, "has(多选, '代码', …)", "选了其中任意一项", |a, _| match a {
        [Cell::List(l), want @ ..] => Cell::Bool(want.iter().any(|w| matches!(w, Cell::Text(t) if l.contains(t)))),
        _ => Cell::Null,
    })),
    many(of("has_only", &[LIST, Arg::Code], Ty::Bool, "has_only(多选, '代码', …)", "选了，且都在其中", |a, _| {
        match a {
            [Cell::List(l), want @ ..] => {
                Cell::Bool(!l.is_empty() && l.iter().all(|x| want.iter().any(|w| matches!(w, Cell::Text(t) if t == x))))
            }
            _ => Cell::Null,
        }
    })),
    of("size", &[LIST], Ty::Num, "size(多选)", "选了几项", |a, _| match a {
        [Cell::List(l)] => Cell::Num(l.len() as f64),
        _ => Cell::Null,
    }),
    of("repeats", &[LIST], Ty::Bool, "repeats(多选)", "同一项出现两次", |a, _| match a {
        [Cell::List(l)] => Cell::Bool(l.iter().enumerate().any(|(i, x)| l[..i].contains(x))),
        _ => Cell::Null,
    }),
];

/// YYYYMM of a day.
pub fn month(d: NaiveDate) -> i32 {
    d.year() * 100 + d.month() as i32
}
/// Whole years on a day; none before the birth.
pub fn age(birth: NaiveDate, at: NaiveDate) -> Option<f64> {
    at.years_since(birth).map(f64::from)
}
/// Months from one YYYYMM to another.
pub fn months_apart(from: f64, to: f64) -> f64 {
    index(to) - index(from)
}
/// The beginning of a text that `matches` looks at.
pub fn head(text: &str) -> &str {
    const MOST: usize = 10_000;
    // a text of so many bytes has no more characters
    if text.len() <= MOST {
        return text;
    }
    text.char_indices().nth(MOST).map_or(text, |(end, _)| &text[..end])
}

fn day(y: f64, m: f64, d: f64) -> Cell {
    let ok = (1.0..=9999.0).contains(&y) && (1.0..=12.0).contains(&m) && (1.0..=31.0).contains(&d);
    let made = if ok { NaiveDate::from_ymd_opt(y as i32, m as u32, d as u32) } else { None };
    made.map_or(Cell::Null, Cell::Date)
}
fn index(month: f64) -> f64 {
    (month / 100.0).floor() * 12.0 + month.rem_euclid(100.0)
}
fn num(a: &[Cell], f: impl Fn(f64) -> f64) -> Cell {
    match a {
        [Cell::Num(x)] => Cell::Num(f(*x)),
        _ => Cell::Null,
    }
}
fn fold(a: &[Cell], f: impl Fn(f64, f64) -> f64) -> Cell {
    let nums = a.iter().filter_map(|c| match c {
        Cell::Num(x) => Some(*x),
        _ => None,
    });
    nums.reduce(f).map_or(Cell::Null, Cell::Num)
}
fn texts(a: &[Cell], f: impl Fn(&str, &str) -> bool) -> Cell {
    match a {
        [Cell::Text(t), Cell::Text(x)] => Cell::Bool(f(t, x)),
        _ => Cell::Null,
    }
}

/// A pattern that means the same everywhere and cannot explode: no references back, no looking around, no classes by
/// letter but `\d`, no counted repetition of a repetition.
pub fn pattern(text: &str) -> Result<regex::Regex, String> {
    if text.chars().count() > 200 {
        return Err("正则表达式最多 200 个字。".into());
    }
    let (mut chars, mut counted, mut open) = (text.chars().peekable(), 0, false);
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('d') => {}
                Some(x) if x.is_ascii_punctuation() => {}
                _ => return Err("正则表达式的反斜杠后面只能是 d 或标点。".into()),
            },
            '(' if chars.peek() == Some(&'?') => return Err("正则表达式不能用 (?…) 写法。".into()),
            '[' => open = true,
            ']' => open = false,
            ':' if open && chars.peek() == Some(&']') => return Err("正则表达式不能用 [:…:] 写法，请写出范围，如 [0-9]。".into()),
            '{' if !open => {
                counted += 1;
                let inside: String = chars.by_ref().take_while(|c| *c != '}').collect();
                let small = inside.split(',').all(|n| n.is_empty() || n.parse::<u32>().is_ok_and(|n| n <= 100));
                if !small || counted > 4 {
                    return Err("正则表达式的重复次数最多 100，最多用 4 处。".into());
                }
            }
            _ => {}
        }
    }
    let nested = regex::Regex::new(r"[*+}]\)[*+{]").is_ok_and(|re| re.is_match(text));
    if nested {
        return Err("正则表达式不能把重复的内容再整体重复。".into());
    }
    regex::RegexBuilder::new(&text.replace("\\d", "[0-9]"))
        .size_limit(1 << 20)
        .build()
        .map_err(|_| "正则表达式写法有误，请检查括号和方括号是否成对。".into())
}
