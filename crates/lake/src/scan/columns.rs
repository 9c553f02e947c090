//! The functions that rules call most, over whole columns: the same answers as [`meta::rule::functions`] gives cell by cell, without
//! a cell for each row. What is not here goes cell by cell. Must not decide what a function answers.

use chrono::{Datelike, NaiveDate};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int32Array, StringArray, StringViewArray};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Date32Type, Float64Type, Int32Type};
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::ColumnarValue;
use datafusion::logical_expr::ColumnarValue::{Array as Column, Scalar};
use meta::rule::functions::{age, head, month, months_apart, pattern};
use regex::Regex;
use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

/// The answers to one call; none where the function or its arguments are not for this.
pub(super) fn answer(name: &str, args: &[ColumnarValue], rows: usize, of: &DataType) -> Option<Result<ArrayRef>> {
    let done = match (name, args) {
        ("has" | "has_only", [Column(list), wanted @ ..]) if is_list(list) => {
            lists(list, &words(wanted)?, name == "has_only").map(array)
        }
        ("size", [Column(list)]) if is_list(list) => sizes(list).map(array),
        ("matches", [Column(texts), pattern @ Scalar(_)]) => matching(texts, word(pattern)?).map(array),
        ("empty", [Column(a)]) => Ok(array(empty(a)?)),
        ("starts_with", [Column(a), x @ Scalar(_)]) => told(a, word(x)?, |t, x| t.starts_with(x)),
        ("ends_with", [Column(a), x @ Scalar(_)]) => told(a, word(x)?, |t, x| t.ends_with(x)),
        ("has_text", [Column(a), x @ Scalar(_)]) => told(a, word(x)?, |t, x| t.contains(x)),
        ("length", [Column(a)]) if is_text(a) => view(a).map(|a| array(each(&a, |t| t.chars().count() as f64))),
        ("left", [Column(a), n]) if is_text(a) => {
            let n = whole(n)?;
            view(a).map(|a| array(a.iter().map(|t| Some(first(t?, n))).collect::<StringViewArray>()))
        }
        ("age_at", [b, at]) => {
            let (b, at) = (days(b, rows)?, days(at, rows)?);
            let answer = |n| age(b.at(n)?, at.at(n)?);
            Ok(array((0..rows).map(answer).collect::<Float64Array>()))
        }
        ("month_of", [Column(d)]) if d.data_type() == &DataType::Date32 => {
            Ok(array(each_day(d).map(|d| d.map(month)).collect::<Int32Array>()))
        }
        ("year_of", [Column(d)]) if d.data_type() == &DataType::Date32 => {
            Ok(array(each_day(d).map(|d| d.map(|d| f64::from(d.year()))).collect::<Float64Array>()))
        }
        ("year_of", [Column(m)]) if m.data_type().is_numeric() => {
            numbers(m).map(|m| array(m.as_primitive::<Float64Type>().unary::<_, Float64Type>(|m| (m / 100.0).floor())))
        }
        ("months_between", [x, y]) => months(x, y, rows)?,
        _ => return None,
    };
    Some(done.and_then(|a| if a.data_type() == of { Ok(a) } else { Ok(cast(&a, of)?) }))
}

fn array<A: Array + 'static>(a: A) -> ArrayRef {
    Arc::new(a)
}
fn is_list(a: &ArrayRef) -> bool {
    matches!(a.data_type(), DataType::List(_))
}
fn is_text(a: &ArrayRef) -> bool {
    matches!(a.data_type(), DataType::Utf8 | DataType::Utf8View)
}
/// Texts without a copy of them.
fn view(a: &ArrayRef) -> Result<StringViewArray> {
    Ok(cast(a, &DataType::Utf8View)?.as_string_view().clone())
}
fn numbers(a: &ArrayRef) -> Result<ArrayRef> {
    Ok(cast(a, &DataType::Float64)?)
}
fn word(a: &ColumnarValue) -> Option<&str> {
    match a {
        Scalar(s) => s.try_as_str().flatten(),
        Column(_) => None,
    }
}
fn words(all: &[ColumnarValue]) -> Option<Vec<&str>> {
    all.iter().map(word).collect()
}
fn whole(a: &ColumnarValue) -> Option<usize> {
    match a {
        Scalar(s) => match s.cast_to(&DataType::Float64).ok()? {
            datafusion::common::ScalarValue::Float64(Some(n)) => Some(n as usize),
            _ => None,
        },
        Column(_) => None,
    }
}
fn first(t: &str, n: usize) -> &str {
    t.char_indices().nth(n).map_or(t, |(end, _)| &t[..end])
}
fn each(a: &StringViewArray, f: impl Fn(&str) -> f64) -> Float64Array {
    a.iter().map(|t| t.map(&f)).collect()
}
fn told(a: &ArrayRef, x: &str, f: impl Fn(&str, &str) -> bool) -> Result<ArrayRef> {
    Ok(array(view(a)?.iter().map(|t| t.map(|t| f(t, x))).collect::<BooleanArray>()))
}

/// Days of a column, or the same for every row.
enum Days {
    One(Option<NaiveDate>),
    Each(ArrayRef),
}
impl Days {
    fn at(&self, n: usize) -> Option<NaiveDate> {
        match self {
            Days::One(d) => *d,
            Days::Each(a) if a.is_null(n) => None,
            Days::Each(a) => NaiveDate::from_epoch_days(a.as_primitive::<Date32Type>().value(n)),
        }
    }
}
fn days(a: &ColumnarValue, rows: usize) -> Option<Days> {
    match a {
        Column(a) if a.data_type() == &DataType::Date32 && a.len() == rows => Some(Days::Each(a.clone())),
        Scalar(datafusion::common::ScalarValue::Date32(d)) => Some(Days::One(d.and_then(NaiveDate::from_epoch_days))),
        _ => None,
    }
}
fn each_day(a: &ArrayRef) -> impl Iterator<Item = Option<NaiveDate>> {
    a.as_primitive::<Date32Type>().iter().map(|d| NaiveDate::from_epoch_days(d?))
}

fn months(x: &ColumnarValue, y: &ColumnarValue, rows: usize) -> Option<Result<ArrayRef>> {
    let number = |a: &ColumnarValue| -> Option<Result<ArrayRef>> {
        match a {
            Column(a) if a.data_type().is_numeric() => Some(numbers(a)),
            Scalar(s) if s.data_type().is_numeric() => Some(s.to_array_of_size(rows).and_then(|a| numbers(&a))),
            _ => None,
        }
    };
    let (x, y) = (number(x)?, number(y)?);
    Some(x.and_then(|x| {
        let y = y?;
        let (x, y) = (x.as_primitive::<Float64Type>(), y.as_primitive::<Float64Type>());
        Ok(array(x.iter().zip(y).map(|(x, y)| Some(months_apart(x?, y?))).collect::<Float64Array>()))
    }))
}

/// Whether texts and lists say nothing.
fn empty(a: &ArrayRef) -> Option<BooleanArray> {
    let says = |filled: &dyn Fn(usize) -> bool| BooleanBuffer::collect_bool(a.len(), |n| a.is_null(n) || !filled(n));
    let says = match a.data_type() {
        DataType::Utf8View => {
            let views = a.as_string_view().views();
            // the low half of a view is the length
            says(&|n| views[n] as u32 != 0)
        }
        DataType::Utf8 => {
            let offsets = a.as_string::<i32>().value_offsets();
            says(&|n| offsets[n] != offsets[n + 1])
        }
        DataType::List(_) => {
            let offsets = a.as_list::<i32>().value_offsets();
            says(&|n| offsets[n] != offsets[n + 1])
        }
        _ => return None,
    };
    Some(BooleanArray::new(says, None))
}

fn sizes(list: &ArrayRef) -> Result<Float64Array> {
    let list = list.as_list::<i32>();
    let sizes: Vec<f64> = list.value_offsets().windows(2).map(|at| f64::from(at[1] - at[0])).collect();
    Ok(Float64Array::new(sizes.into(), list.nulls().cloned()))
}

/// `has` and `has_only` without a copy of each code; no code of a list is empty.
fn lists(list: &ArrayRef, wanted: &[&str], only: bool) -> Result<BooleanArray> {
    let list = list.as_list::<i32>();
    let offsets = list.value_offsets();
    // a part of a longer list of lists looks at its own items only
    let (first, last) = (offsets[0] as usize, offsets[list.len()] as usize);
    let items = list.values().slice(first, last - first);
    let is_wanted = match items.as_dictionary_opt::<Int32Type>() {
        Some(coded) => {
            let fits: Vec<bool> = among(coded.values(), wanted)?.iter().collect();
            let keys = coded.keys();
            BooleanBuffer::collect_bool(keys.len(), |n| keys.is_valid(n) && fits.get(keys.values()[n] as usize) == Some(&true))
        }
        None => among(&items, wanted)?,
    };
    let of_row = |row: usize| {
        let mut at = offsets[row] as usize - first..offsets[row + 1] as usize - first;
        if only { !at.is_empty() && at.all(|i| is_wanted.value(i)) } else { at.any(|i| is_wanted.value(i)) }
    };
    Ok(BooleanArray::new(BooleanBuffer::collect_bool(list.len(), of_row), list.nulls().cloned()))
}

/// Which codes are among these.
fn among(codes: &ArrayRef, wanted: &[&str]) -> Result<BooleanBuffer> {
    let codes = cast(codes, &DataType::Utf8)?;
    let codes = codes.as_string::<i32>();
    Ok(match wanted.iter().map(|w| two(w)).collect::<Option<Vec<_>>>() {
        // nearly all codes are of two letters, which are compared at once
        Some(wanted) => collect(codes, |t| two(t).is_some_and(|t| wanted.contains(&t))),
        None => collect(codes, |t| wanted.contains(&t)),
    })
}

fn two(code: &str) -> Option<[u8; 2]> {
    code.as_bytes().try_into().ok()
}

/// Which texts are there and fit.
fn collect(texts: &StringArray, fits: impl Fn(&str) -> bool) -> BooleanBuffer {
    BooleanBuffer::collect_bool(texts.len(), |n| texts.is_valid(n) && fits(texts.value(n)))
}

/// Patterns that a thread has read: a pass asks the same few of every batch.
const PATTERNS: usize = 256;
thread_local! {
    static READ: RefCell<HashMap<String, Regex>> = RefCell::new(HashMap::new());
}

fn matching(texts: &ArrayRef, p: &str) -> Result<BooleanArray> {
    let texts = view(texts)?;
    READ.with_borrow_mut(|read| {
        if !read.contains_key(p) && read.len() >= PATTERNS {
            read.clear();
        }
        let re = match read.entry(p.to_owned()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(pattern(p).map_err(DataFusionError::Plan)?),
        };
        let one = |n| texts.is_valid(n) && re.is_match(head(texts.value(n)));
        Ok(BooleanArray::new(BooleanBuffer::collect_bool(texts.len(), one), texts.nulls().cloned()))
    })
}

#[cfg(test)]
mod tests;
