//! Every function that is answered over whole columns is held against the same function asked cell by cell.

use super::*;
use crate::scan::function::by_cells;
use chrono::DateTime;
use datafusion::arrow::array::{Date32Array, Int64Array, ListBuilder, StringBuilder};
use datafusion::arrow::datatypes::Field;
use datafusion::common::ScalarValue;
use meta::rule::functions::{Now, find};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

const ROWS: usize = 500;
const TEXTS: [&str; 9] = ["", "张三", "·", "360121100200", "360000000000", "01", "一二三四五六七八九十一二三", "3601", "a"];

fn made<T>(r: &mut StdRng, one: impl Fn(&mut StdRng) -> T) -> Vec<Option<T>> {
    (0..ROWS).map(|_| (r.random_range(0..5) > 0).then(|| one(r))).collect()
}

#[test]
fn whole_columns_are_answered_like_their_cells() {
    let mut r = StdRng::seed_from_u64(36);
    let r = &mut r;
    let any = |r: &mut StdRng| TEXTS[r.random_range(0..TEXTS.len())];
    let texts = made(r, any);
    let narrow: ArrayRef = Arc::new(StringArray::from(texts.clone()));
    let wide: ArrayRef = Arc::new(StringViewArray::from(texts));
    // before the common era, leap days and beyond what a date can be are among them
    let mut dates = made(r, |r| r.random_range(-800_000..60_000));
    dates[0] = Some(i32::MAX);
    dates[1] = Some(19_782);
    let (born, at): (ArrayRef, ArrayRef) =
        (Arc::new(Date32Array::from(dates)), Arc::new(Date32Array::from(made(r, |r| r.random_range(0..30_000)))));
    let months: ArrayRef = Arc::new(Int32Array::from(made(r, |r| r.random_range(0..210_000))));
    let later: ArrayRef = Arc::new(Int64Array::from(made(r, |r| r.random_range(190_000..210_000))));
    let mut lists = ListBuilder::new(StringBuilder::new());
    for row in 0..ROWS {
        for _ in 0..r.random_range(0..4) {
            lists.values().append_value(any(r));
        }
        lists.append(row % 7 != 0);
    }
    let lists: ArrayRef = Arc::new(lists.finish());
    let c = |a: &ArrayRef| Column(a.clone());
    let t = |t: &str| Scalar(ScalarValue::Utf8View(Some(t.into())));
    let today = Scalar(ScalarValue::Date32(Some(20_784)));
    let (yes, number, month) = (DataType::Boolean, DataType::Float64, DataType::Int32);
    let mut calls: Vec<(&str, Vec<ColumnarValue>, &DataType)> = vec![
        ("age_at", vec![c(&born), today.clone()], &number),
        ("age_at", vec![c(&born), c(&at)], &number),
        ("age_at", vec![today, c(&born)], &number),
        ("age_at", vec![c(&at), Scalar(ScalarValue::Date32(None))], &number),
        ("month_of", vec![c(&born)], &month),
        ("year_of", vec![c(&born)], &number),
        ("year_of", vec![c(&months)], &number),
        ("months_between", vec![c(&months), c(&later)], &number),
        ("months_between", vec![c(&months), Scalar(ScalarValue::Int32(Some(202_611)))], &number),
    ];
    // as they are read: each code once
    let code = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let coded = cast(&lists, &DataType::List(Arc::new(Field::new("element", code, true)))).unwrap();
    for a in [&lists, &coded] {
        calls.push(("empty", vec![c(a)], &yes));
        calls.push(("size", vec![c(a)], &number));
        calls.push(("has", vec![c(a), t("01"), t("a")], &yes));
        calls.push(("has", vec![c(a), t("01")], &yes));
        calls.push(("has_only", vec![c(a), t("01"), t("a")], &yes));
    }
    for a in [&narrow, &wide] {
        calls.push(("empty", vec![c(a)], &yes));
        calls.push(("length", vec![c(a)], &number));
        calls.push(("left", vec![c(a), Scalar(ScalarValue::Float64(Some(6.0)))], &DataType::Utf8View));
        calls.push(("matches", vec![c(a), t("^[一-龥·]{2,20}$")], &yes));
        for (name, x) in [("starts_with", "36"), ("ends_with", "0000000000"), ("has_text", "三")] {
            calls.push((name, vec![c(a), t(x)], &yes));
        }
    }
    let now = Now { today: NaiveDate::from_ymd_opt(2026, 11, 27).unwrap(), moment: DateTime::UNIX_EPOCH };
    for (name, args, of) in calls {
        let whole = answer(name, &args, ROWS, of).unwrap_or_else(|| panic!("{name} goes cell by cell")).unwrap();
        let cells = by_cells(find(name).unwrap(), now, &args, ROWS, of).unwrap();
        assert_eq!(&whole, &cells, "{name}");
        assert!(whole.null_count() < ROWS || args.len() == 2 && matches!(args[1], Scalar(ScalarValue::Date32(None))), "{name}");
    }
}

#[test]
fn a_pattern_that_cannot_be_read_is_a_fault_and_a_text_beyond_its_head_is_not_looked_at() {
    let long = format!("{}b", "字".repeat(10_000));
    let a: ArrayRef = Arc::new(StringArray::from(vec![Some(long.as_str()), Some("b")]));
    let found = matching(&a, "b$").unwrap();
    assert_eq!(found, BooleanArray::from(vec![false, true]));
    assert!(matching(&a, "(b").is_err());
    assert!(matching(&a, "(b").is_err(), "the second time too");
}
