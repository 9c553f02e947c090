//! A cell to a field's wire form and back: full-width digits, both forms of month, yes and no in all spellings, code or
//! label or alias, serial dates, money in yuan. Source: domain 01 §7.3. Must not know rows or tables.

use crate::out::{OutCell, OutKind};
use crate::read::{Cell, CellValue};
use crate::text::half_width;
use base::FieldProblem;
use chrono::{Datelike, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime};
use meta::value::printable;
use meta::{Catalog, CodeList, Field, Kind};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value as Json;

type Read<T> = Result<T, FieldProblem>;

/// Excel keeps 15 digits of a number; a longer one has lost its end.
const EXACT: f64 = 1e15;

fn problem(f: &Field, code: &str, text: String) -> FieldProblem {
    FieldProblem::new(&f.name, code, text)
}

/// Reads a cell into the wire form of the field (`meta::value::read` then holds it against the description).
/// A `ref` comes back as the key text that stands in the cell, a `region` as its digits or its name: the caller looks both up.
pub fn to_json(catalog: &Catalog, f: &Field, cell: &Cell) -> Read<Json> {
    if cell.is_empty() {
        return Ok(Json::Null);
    }
    if let CellValue::Error(e) = &cell.value {
        return Err(problem(f, "sheet.error_cell", format!("“{}”的单元格是公式错误 {e}，请改成实际的值。", f.label)));
    }
    let plain = || half_width(&cell.show()).trim().to_owned();
    Ok(match f.kind {
        Kind::Text | Kind::LongText | Kind::Name => cell.show().into(),
        Kind::IdCard | Kind::Bank | Kind::Phone => digits_text(f, cell)?.into(),
        Kind::Int => whole(f, cell)?.into(),
        Kind::Year => {
            let t = plain();
            let t = t.trim_end_matches("年度").trim_end_matches('年');
            match (&cell.value, t.parse::<i64>()) {
                (CellValue::Date(d), _) => d.year().into(),
                (_, Ok(y)) => y.into(),
                _ => return Err(problem(f, "sheet.year", format!("“{}”应为四位年份，如 2026。", f.label))),
            }
        }
        Kind::Month => month(f, cell)?.into(),
        Kind::Decimal => decimal(f, cell)?.normalize().to_string().into(),
        Kind::Money => {
            let fen = decimal(f, cell)? * Decimal::ONE_HUNDRED;
            if !fen.fract().is_zero() && !cell.formula {
                return Err(problem(f, "sheet.money", format!("“{}”以元为单位，最多两位小数。", f.label)));
            }
            fen.round().to_i64().ok_or_else(|| problem(f, "sheet.money", format!("“{}”的金额过大，请核对。", f.label)))?.into()
        }
        Kind::Bool => yes_no(&plain()).ok_or_else(|| problem(f, "sheet.bool", format!("“{}”请填“是”或“否”。", f.label)))?.into(),
        Kind::Date => date(f, cell)?.format("%Y-%m-%d").to_string().into(),
        Kind::Moment => moment(f, cell)?.into(),
        Kind::Code => code(catalog, f, &plain())?.into(),
        Kind::Codes => codes(catalog, f, &plain())?.into(),
        Kind::Ref | Kind::Region => plain().into(),
        Kind::Attachment => Json::Null,
    })
}

fn digits_text(f: &Field, cell: &Cell) -> Read<String> {
    if matches!(cell.value, CellValue::Number(n) if n.abs() >= EXACT) {
        return Err(problem(
            f,
            "sheet.digits_lost",
            format!("“{}”被 Excel 存成了数字，末几位已经丢失。请把该列设为“文本”格式后重新填写。", f.label),
        ));
    }
    let t: String = half_width(&cell.show()).chars().filter(|c| !c.is_whitespace() && *c != '\u{200b}').collect();
    Ok(match f.kind {
        Kind::IdCard => t.to_ascii_uppercase(),
        Kind::Bank => t.replace('-', ""),
        _ => t,
    })
}

fn whole(f: &Field, cell: &Cell) -> Read<i64> {
    let d = decimal(f, cell)?;
    if !d.fract().is_zero() {
        return Err(problem(f, "sheet.int", format!("“{}”应为整数，不能有小数。", f.label)));
    }
    d.to_i64().ok_or_else(|| problem(f, "sheet.int", format!("“{}”的数字过大，请核对。", f.label)))
}

fn decimal(f: &Field, cell: &Cell) -> Read<Decimal> {
    let bad = || problem(f, "sheet.number", format!("“{}”应为数字，请去掉文字和单位。", f.label));
    match &cell.value {
        // the shortest text that reads back as the same number, without the noise of binary fractions
        CellValue::Number(n) => {
            let d = Decimal::from_str_exact(&n.to_string()).or_else(|_| Decimal::try_from(*n)).map_err(|_| bad())?;
            // what a formula computed is rounded to what the field keeps
            let dp = if cell.formula { if f.kind == Kind::Money { 2 } else { f.scale } } else { 8 };
            Ok(if f.kind == Kind::Int && cell.formula { d.round_dp(6) } else { d.round_dp(dp) })
        }
        CellValue::Date(_) | CellValue::Bool(_) => Err(bad()),
        _ => {
            let t: String =
                half_width(&cell.show()).chars().filter(|c| !c.is_whitespace() && !matches!(c, ',' | '¥' | '￥')).collect();
            let t = if f.unit.is_empty() { t.as_str() } else { t.strip_suffix(&f.unit).unwrap_or(&t) };
            let t = if f.kind == Kind::Money { t.strip_suffix('元').unwrap_or(t) } else { t };
            Decimal::from_str_exact(t).or_else(|_| Decimal::from_scientific(t)).map_err(|_| bad())
        }
    }
}

/// 是 √ 有 1 … are yes; 否 × 无 0 … are no.
pub(crate) fn yes_no(t: &str) -> Option<bool> {
    match t.to_ascii_lowercase().as_str() {
        "是" | "√" | "✓" | "✔" | "☑" | "有" | "对" | "1" | "y" | "yes" | "t" | "true" => Some(true),
        "否" | "×" | "✗" | "✘" | "x" | "无" | "没有" | "错" | "0" | "n" | "no" | "f" | "false" => Some(false),
        _ => None,
    }
}

/// The day of an Excel serial number (days since 1899-12-30).
fn serial(n: f64) -> Option<NaiveDate> {
    let days = (1.0..=110_000.0).contains(&n).then_some(n.floor() as u64)?;
    NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_days(Days::new(days))
}

/// Year, month, day as far as they are written: `2026-1-31`, `2026/01`, `2026年1月31日`, `20260131`, `202601`.
fn ymd(t: &str) -> Option<(i32, u32, Option<u32>)> {
    let t = half_width(t);
    let day_part = t.split([' ', 'T']).next().unwrap_or_default();
    let parts: Vec<&str> = day_part.split(['-', '/', '.', '年', '月', '日', '号']).filter(|p| !p.is_empty()).collect();
    let n = |s: &str| s.parse::<u32>().ok();
    match parts.as_slice() {
        [one] if one.len() == 8 => Some((one[..4].parse().ok()?, n(&one[4..6])?, Some(n(&one[6..])?))),
        [one] if one.len() == 6 => Some((one[..4].parse().ok()?, n(&one[4..])?, None)),
        [y, m] if y.len() == 4 => Some((y.parse().ok()?, n(m)?, None)),
        [y, m, d] if y.len() == 4 => Some((y.parse().ok()?, n(m)?, Some(n(d)?))),
        _ => None,
    }
}

fn is_ascii_or_marks(t: &str) -> bool {
    t.chars().all(|c| c.is_ascii() || "年月日号".contains(c))
}

fn date(f: &Field, cell: &Cell) -> Read<NaiveDate> {
    let form = || problem(f, "sheet.date", format!("“{}”应为日期，请按 2026-01-31 的样式填写。", f.label));
    match &cell.value {
        CellValue::Date(d) => Ok(d.date()),
        CellValue::Number(n) if *n < 110_000.0 => serial(*n).ok_or_else(form),
        _ => {
            let t = half_width(&cell.show());
            if !is_ascii_or_marks(&t) {
                return Err(form());
            }
            let (y, m, d) = ymd(&t).ok_or_else(form)?;
            let day = d.ok_or_else(|| {
                problem(f, "sheet.date", format!("“{}”只有年月，缺少日，请按 2026-01-31 的样式填写。", f.label))
            })?;
            NaiveDate::from_ymd_opt(y, m, day).ok_or_else(|| {
                problem(f, "sheet.date", format!("“{}”的 {} 不是存在的日期，请核对后改正。", f.label, printable(&t)))
            })
        }
    }
}

fn month(f: &Field, cell: &Cell) -> Read<i32> {
    let bad = || problem(f, "sheet.month", format!("“{}”应为年月，请按 202511 或 2025年11月 的样式填写。", f.label));
    let (y, m) = match &cell.value {
        CellValue::Date(d) => (d.year(), d.month()),
        CellValue::Number(n) if *n < 110_000.0 => serial(*n).map(|d| (d.year(), d.month())).ok_or_else(bad)?,
        _ => {
            let t = half_width(&cell.show());
            ymd(&t).filter(|_| is_ascii_or_marks(&t)).map(|(y, m, _)| (y, m)).ok_or_else(bad)?
        }
    };
    if (1..=12).contains(&m) { Ok(y * 100 + m as i32) } else { Err(bad()) }
}

fn moment(f: &Field, cell: &Cell) -> Read<String> {
    let at = match &cell.value {
        CellValue::Date(d) => *d,
        CellValue::Number(n) if *n < 110_000.0 => {
            let day = date(f, cell)?;
            let seconds = (n.fract() * 86_400.0).round() as u32;
            day.and_time(NaiveTime::from_num_seconds_from_midnight_opt(seconds.min(86_399), 0).unwrap_or_default())
        }
        _ => {
            let t = half_width(&cell.show());
            if let Ok(exact) = chrono::DateTime::parse_from_rfc3339(&t) {
                return Ok(exact.to_rfc3339());
            }
            let day = date(f, cell)?;
            let clock = t.split([' ', 'T']).nth(1).unwrap_or_default();
            let time = ["%H:%M:%S", "%H:%M:%S%.f", "%H:%M"].iter().find_map(|p| NaiveTime::parse_from_str(clock, p).ok());
            match (clock.is_empty(), time) {
                (true, _) => day.and_time(NaiveTime::MIN),
                (false, Some(time)) => day.and_time(time),
                _ => {
                    return Err(problem(f, "sheet.moment", format!("“{}”应为时间，请按 2026-01-31 08:30 的样式填写。", f.label)));
                }
            }
        }
    };
    Ok(format!("{}+08:00", at.format("%Y-%m-%dT%H:%M:%S")))
}

fn list<'a>(catalog: &'a Catalog, f: &Field) -> Option<&'a CodeList> {
    f.codes.as_deref().and_then(|id| catalog.codes(id)).map(std::sync::Arc::as_ref)
}

fn find(list: &CodeList, t: &str) -> Option<String> {
    // `1` for `01`: Excel drops the zero of a code typed into a number cell; `01 一般农户`: code and label together
    let padded = (t.len() < 4 && t.bytes().all(|b| b.is_ascii_digit())).then(|| (2..=4).map(|n| format!("{t:0>n$}")));
    list.find(t)
        .or_else(|| padded.into_iter().flatten().find_map(|p| list.get(&p)))
        .or_else(|| {
            t.split_once([' ', '-', '.', ':']).and_then(|(code, label)| list.get(code.trim()).filter(|i| i.label == label.trim()))
        })
        .map(|i| i.code.clone())
}

fn code(catalog: &Catalog, f: &Field, t: &str) -> Read<String> {
    let Some(list) = list(catalog, f) else { return Ok(t.to_owned()) };
    find(list, t).ok_or_else(|| no_such_option(f, list, t))
}

fn codes(catalog: &Catalog, f: &Field, t: &str) -> Read<Vec<String>> {
    let Some(list) = list(catalog, f) else { return Ok(vec![t.to_owned()]) };
    if let Some(one) = find(list, t) {
        return Ok(vec![one]);
    }
    let mut out: Vec<String> = Vec::new();
    for part in t.split(['、', ',', '，', ';', '；', '|', '/', '\n']).map(str::trim).filter(|p| !p.is_empty()) {
        let c = find(list, part).ok_or_else(|| no_such_option(f, list, part))?;
        if !out.contains(&c) {
            out.push(c);
        }
    }
    Ok(out)
}

fn no_such_option(f: &Field, list: &CodeList, t: &str) -> FieldProblem {
    let near: Vec<&str> = list.labels().take(8).collect();
    let more = if list.labels().count() > near.len() { "等" } else { "" };
    problem(f, "sheet.code", format!("“{}”没有选项“{}”，应为：{}{more}。", f.label, printable(t), near.join("、")))
}

/// How a field's column is shown.
pub fn out_kind(f: &Field) -> OutKind {
    match f.kind {
        Kind::Int | Kind::Year | Kind::Month => OutKind::Int,
        Kind::Decimal => OutKind::Decimal(f.scale.min(8) as u8),
        Kind::Money => OutKind::Decimal(2),
        Kind::Date => OutKind::Date,
        Kind::Moment => OutKind::Moment,
        _ => OutKind::Text,
    }
}

/// The column's name: money says its unit.
pub fn out_label(f: &Field) -> String {
    match f.kind {
        Kind::Money if !f.label.contains('元') => format!("{}（元）", f.label),
        _ => f.label.clone(),
    }
}

/// The wire form as a cell. Masked values are texts and stay as they are.
pub fn from_json(catalog: &Catalog, f: &Field, json: &Json) -> OutCell {
    let text = || match json {
        Json::String(s) => OutCell::Text(s.clone()),
        Json::Number(n) => OutCell::Text(n.to_string()),
        _ => OutCell::Empty,
    };
    if json.is_null() {
        return OutCell::Empty;
    }
    match f.kind {
        Kind::Int | Kind::Year | Kind::Month => json.as_i64().map_or_else(text, OutCell::Int),
        Kind::Money => json.as_i64().map_or_else(text, |fen| OutCell::Number(fen as f64 / 100.0)),
        Kind::Decimal => json.as_str().and_then(|s| s.parse().ok()).or_else(|| json.as_f64()).map_or_else(text, OutCell::Number),
        Kind::Bool => json.as_bool().map_or_else(text, |b| (if b { "是" } else { "否" }).into()),
        Kind::Date => json.as_str().and_then(|s| s.parse().ok()).map_or_else(text, OutCell::Date),
        Kind::Moment => json.as_str().and_then(beijing).map_or_else(text, OutCell::Moment),
        Kind::Code => match (list(catalog, f), json.as_str()) {
            (Some(l), Some(c)) => OutCell::Text(l.label(c).to_owned()),
            _ => text(),
        },
        Kind::Codes => match (list(catalog, f), json.as_array()) {
            (Some(l), Some(items)) => {
                let labels: Vec<&str> = items.iter().filter_map(Json::as_str).map(|c| l.label(c)).collect();
                OutCell::Text(labels.join("、"))
            }
            _ => text(),
        },
        _ => text(),
    }
}

fn beijing(s: &str) -> Option<NaiveDateTime> {
    let at = chrono::DateTime::parse_from_rfc3339(s).ok()?;
    Some(at.with_timezone(&FixedOffset::east_opt(8 * 3600)?).naive_local())
}
