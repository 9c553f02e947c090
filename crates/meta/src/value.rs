//! A typed field value, and its reading from JSON. What cannot be read is a problem with a sentence, never a panic.

use crate::catalog::Catalog;
use crate::dataset::Field;
use crate::kind::Kind;
use base::{FieldProblem, RegionCode};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde_json::Value as Json;
use std::str::FromStr;
use uuid::Uuid;

/// One value of one field.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Text(String),
    /// int, month (YYYYMM) and year.
    Int(i32),
    /// money: fen.
    Fen(i64),
    Decimal(Decimal),
    Bool(bool),
    Date(NaiveDate),
    Moment(DateTime<Utc>),
    List(Vec<String>),
    Id(Uuid),
}

impl Value {
    pub fn is_null(&self) -> bool {
        match self {
            Value::Null => true,
            Value::Text(s) => s.is_empty(),
            Value::List(l) => l.is_empty(),
            _ => false,
        }
    }
    /// Wire form, see the HTTP contract: money as integer fen, decimals as text, dates as ISO text.
    pub fn to_json(&self) -> Json {
        match self {
            Value::Null => Json::Null,
            Value::Text(s) => s.clone().into(),
            Value::Int(n) => (*n).into(),
            Value::Fen(n) => (*n).into(),
            Value::Decimal(d) => d.to_string().into(),
            Value::Bool(b) => (*b).into(),
            Value::Date(d) => d.format("%Y-%m-%d").to_string().into(),
            Value::Moment(m) => m.to_rfc3339_opts(chrono::SecondsFormat::Millis, true).into(),
            Value::List(l) => l.clone().into(),
            Value::Id(u) => u.to_string().into(),
        }
    }
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(s) => Some(s),
            _ => None,
        }
    }
}

fn problem(f: &Field, code: &str, text: String) -> FieldProblem {
    FieldProblem::new(&f.name, code, text)
}

/// Reads the wire form of a field and holds it against the description (kind, length, range, pattern, code list).
/// An identity or bank number comes back as plain text; enciphering it is the record engine's work.
pub fn read(catalog: &Catalog, f: &Field, json: &Json) -> Result<Value, FieldProblem> {
    let label = &f.label;
    let bad = |want: &str| problem(f, "meta.kind", format!("“{label}”应为{want}，请改正。"));
    let text = || -> Option<String> {
        match json {
            Json::String(s) => Some(s.trim().to_owned()),
            Json::Number(n) => Some(n.to_string()),
            _ => None,
        }
    };
    if json.is_null() || json.as_str().is_some_and(|s| s.trim().is_empty()) {
        return Ok(Value::Null);
    }
    let value = match f.kind {
        Kind::Text | Kind::LongText | Kind::Name | Kind::Phone | Kind::IdCard | Kind::Bank => {
            Value::Text(clean_text(f, json.as_str().ok_or_else(|| bad("文字"))?)?)
        }
        Kind::Int => Value::Int(text().and_then(|t| t.parse().ok()).ok_or_else(|| bad("整数"))?),
        Kind::Year => {
            let y: i32 = text().and_then(|t| t.parse().ok()).ok_or_else(|| bad("四位年份"))?;
            if !(1900..=2100).contains(&y) {
                return Err(bad("1900—2100 之间的四位年份"));
            }
            Value::Int(y)
        }
        Kind::Month => {
            let m: i32 = text().map(|t| t.replace('-', "")).and_then(|t| t.parse().ok()).ok_or_else(|| bad("年月，如 202511"))?;
            if !(190_001..=210_012).contains(&m) || !(1..=12).contains(&(m % 100)) {
                return Err(bad("年月，如 202511"));
            }
            Value::Int(m)
        }
        Kind::Decimal => {
            let d = text().and_then(|t| Decimal::from_str(&t).ok()).ok_or_else(|| bad("数字"))?;
            if d.normalize().scale() > f.scale {
                return Err(problem(f, "meta.scale", format!("“{label}”最多 {} 位小数。", f.scale)));
            }
            Value::Decimal(d)
        }
        Kind::Money => Value::Fen(json.as_i64().or_else(|| text()?.parse().ok()).ok_or_else(|| bad("金额（分，整数）"))?),
        Kind::Bool => Value::Bool(json.as_bool().ok_or_else(|| bad("是或否"))?),
        Kind::Date => {
            let t = text().ok_or_else(|| bad("日期"))?;
            let d = NaiveDate::parse_from_str(&t, "%Y-%m-%d")
                .map_err(|_| problem(f, "meta.date", format!("“{label}”不是存在的日期，请按 2026-01-31 的样式填写。")))?;
            if !(1850..=2200).contains(&d.year()) {
                return Err(problem(f, "meta.date", format!("“{label}”的年份超出 1850—2200，请改正。")));
            }
            Value::Date(d)
        }
        Kind::Moment => Value::Moment(
            text().and_then(|t| DateTime::parse_from_rfc3339(&t).ok()).ok_or_else(|| bad("带时区的时间"))?.with_timezone(&Utc),
        ),
        Kind::Code => {
            let t = text().ok_or_else(|| bad("选项"))?;
            known_code(catalog, f, &t)?;
            Value::Text(t)
        }
        Kind::Codes => {
            let list = json.as_array().ok_or_else(|| bad("若干选项"))?;
            let mut out: Vec<String> = Vec::with_capacity(list.len());
            for item in list {
                let t = item.as_str().ok_or_else(|| bad("若干选项"))?;
                known_code(catalog, f, t)?;
                if !out.iter().any(|x| x == t) {
                    out.push(t.to_owned());
                }
            }
            Value::List(out)
        }
        Kind::Ref => Value::Id(text().and_then(|t| Uuid::parse_str(&t).ok()).ok_or_else(|| bad("已有的记录"))?),
        Kind::Region => Value::Text(
            text()
                .and_then(|t| RegionCode::parse(&t).ok())
                .filter(|_| text().is_some_and(|t| t.len() == 12))
                .ok_or_else(|| bad("区划"))?
                .into(),
        ),
        Kind::Attachment => {
            return Err(problem(f, "meta.attachment", format!("“{label}”请用上传附件的按钮添加。")));
        }
    };
    in_range(f, &value)?;
    Ok(value)
}

fn clean_text(f: &Field, raw: &str) -> Result<String, FieldProblem> {
    let t = if f.kind == Kind::LongText { raw.trim_end() } else { raw.trim() };
    let label = &f.label;
    if t.chars().any(|c| c.is_control() && !(f.kind == Kind::LongText && matches!(c, '\n' | '\r' | '\t'))) {
        return Err(problem(f, "meta.control", format!("“{label}”含有不可见的控制字符，请删除后重填。")));
    }
    let n = t.chars().count();
    let max = f.max.unwrap_or(if f.kind == Kind::LongText { 4000 } else { 200 });
    if n > max {
        return Err(problem(f, "meta.max", format!("“{label}”最多 {max} 个字，现有 {n} 个。")));
    }
    if let Some(min) = f.min_len
        && n < min
    {
        return Err(problem(f, "meta.min_len", format!("“{label}”至少 {min} 个字，现有 {n} 个。")));
    }
    if let Some(re) = &f.pattern
        && !pattern(re).is_some_and(|re| re.is_match(t))
    {
        let how = if f.help.is_empty() { String::new() } else { format!("（{}）", f.help) };
        return Err(problem(f, "meta.pattern", format!("“{label}”的格式不对{how}，请改正。")));
    }
    Ok(t.to_owned())
}

/// Patterns of descriptions, compiled once; the lint has refused those that do not compile.
pub(crate) fn pattern(text: &str) -> Option<regex::Regex> {
    use std::collections::HashMap;
    use std::sync::{LazyLock, RwLock};
    static SEEN: LazyLock<RwLock<HashMap<String, regex::Regex>>> = LazyLock::new(RwLock::default);
    if let Some(re) = SEEN.read().ok()?.get(text) {
        return Some(re.clone());
    }
    let re = regex::RegexBuilder::new(text).size_limit(1 << 20).build().ok()?;
    SEEN.write().ok()?.insert(text.to_owned(), re.clone());
    Some(re)
}

fn known_code(catalog: &Catalog, f: &Field, code: &str) -> Result<(), FieldProblem> {
    let list = f.codes.as_deref().and_then(|id| catalog.codes(id));
    match list.and_then(|l| l.get(code)) {
        Some(_) => Ok(()),
        None => Err(problem(f, "meta.code", format!("“{}”没有代码为“{}”的选项，请从列表中选择。", f.label, printable(code)))),
    }
}

/// A short, harmless form of what the user typed, for a sentence.
pub fn printable(text: &str) -> String {
    let mut s: String = text.chars().filter(|c| !c.is_control()).take(20).collect();
    if text.chars().count() > 20 {
        s.push('…');
    }
    s
}

fn in_range(f: &Field, v: &Value) -> Result<(), FieldProblem> {
    let (lo, hi) = f.bounds();
    let n = match v {
        Value::Int(n) => f64::from(*n),
        // range of money is given in yuan, as people read it
        Value::Fen(n) => *n as f64 / 100.0,
        Value::Decimal(d) => d.to_string().parse().unwrap_or(0.0),
        _ => return Ok(()),
    };
    let show = |x: f64| {
        if x.fract() == 0.0 { format!("{x:.0}") } else { x.to_string() }
    };
    if lo.is_some_and(|lo| n < lo) || hi.is_some_and(|hi| n > hi) {
        let text = match (lo, hi) {
            (Some(a), Some(b)) => format!("“{}”应在 {} 到 {} 之间。", f.label, show(a), show(b)),
            (Some(a), None) => format!("“{}”不能小于 {}。", f.label, show(a)),
            (_, Some(b)) => format!("“{}”不能大于 {}。", f.label, show(b)),
            _ => String::new(),
        };
        return Err(problem(f, "meta.range", text));
    }
    Ok(())
}
