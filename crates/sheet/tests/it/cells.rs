//! Cells to values and back, over a table of what people really type.

use crate::CATALOG;
use chrono::NaiveDate;
use meta::Field;
use serde_json::{Value as Json, json};
use sheet::{Cell, CellValue, OutCell, from_json, to_json};

fn field(name: &str) -> &'static Field {
    let d = CATALOG.dataset("box.thing").unwrap();
    d.field(name).unwrap()
}
fn number(n: f64) -> Cell {
    Cell { value: CellValue::Number(n), formula: false }
}
fn day(y: i32, m: u32, d: u32) -> Cell {
    Cell { value: CellValue::Date(NaiveDate::from_ymd_opt(y, m, d).unwrap().and_hms_opt(8, 30, 0).unwrap()), formula: false }
}

#[test]
fn what_people_type_is_understood() {
    let cases: Vec<(&str, Cell, Json)> = vec![
        ("count", Cell::text("１２ 件"), json!(12)),
        ("count", number(3.0), json!(3)),
        ("count", Cell::text("1,000"), json!(1000)),
        ("weight", number(0.1 + 0.2), json!("0.3")),
        ("weight", Cell::text("3.50千克"), json!("3.5")),
        ("price", number(1234.56), json!(123456)),
        ("price", Cell::text("￥1,234.5元"), json!(123450)),
        ("price", Cell { value: CellValue::Number(10.0 / 3.0), formula: true }, json!(333)),
        ("good", Cell::text("√"), json!(true)),
        ("good", Cell::text(" 否 "), json!(false)),
        ("good", number(1.0), json!(true)),
        ("made_on", Cell::text("2026年1月31日"), json!("2026-01-31")),
        ("made_on", Cell::text("2026/1/5"), json!("2026-01-05")),
        ("made_on", Cell::text("２０２６．１．５"), json!("2026-01-05")),
        ("made_on", Cell::text("20260105"), json!("2026-01-05")),
        ("made_on", Cell::text("2026-01-05 00:00:00"), json!("2026-01-05")),
        ("made_on", number(46053.0), json!("2026-01-31")),
        ("made_on", number(20260105.0), json!("2026-01-05")),
        ("made_on", day(2026, 1, 31), json!("2026-01-31")),
        ("month", Cell::text("202511"), json!(202511)),
        ("month", Cell::text("2025年11月"), json!(202511)),
        ("month", number(202511.0), json!(202511)),
        ("month", Cell::text("2025-11-03"), json!(202511)),
        ("month", day(2025, 11, 1), json!(202511)),
        ("year", Cell::text("2026年"), json!(2026)),
        ("year", number(2026.0), json!(2026)),
        ("seen_at", Cell::text("2026-01-31 08:30"), json!("2026-01-31T08:30:00+08:00")),
        ("seen_at", day(2026, 1, 31), json!("2026-01-31T08:30:00+08:00")),
        ("kind_code", Cell::text("01"), json!("01")),
        ("kind_code", number(1.0), json!("01")),
        ("kind_code", Cell::text(" 普 通 "), json!("01")),
        ("kind_code", Cell::text("重点(甲类)"), json!("02")),
        ("kind_code", Cell::text("01 一般"), json!("01")),
        ("tags", Cell::text("一般、重点（甲类）；03"), json!(["01", "02", "03"])),
        ("tags", Cell::text("一般|一般"), json!(["01"])),
        ("id_no", Cell::text(" 36012219681103123x"), json!("36012219681103123X")),
        ("id_no", Cell::text("３６０１２２６８１１０３１２３"), json!("360122681103123")),
        ("phone", number(13812345678.0), json!("13812345678")),
        ("thing_no", number(12.0), json!("12")),
        ("thing_no", Cell::text("<b>'; drop table x --"), json!("<b>'; drop table x --")),
        ("keeper", Cell::text("  "), Json::Null),
        ("keeper", Cell::text("NaN"), Json::Null),
    ];
    for (name, cell, want) in cases {
        assert_eq!(to_json(&CATALOG, field(name), &cell).unwrap(), want, "{name} {cell:?}");
    }
}

#[test]
fn what_cannot_be_is_said_with_the_remedy_and_never_with_a_number_of_a_person() {
    let cases: Vec<(&str, Cell, &str)> = vec![
        ("count", Cell::text("三"), "sheet.number"),
        ("count", number(1.5), "sheet.int"),
        ("price", number(1.234), "sheet.money"),
        ("good", Cell::text("也许"), "sheet.bool"),
        ("made_on", Cell::text("2026-02-30"), "sheet.date"),
        ("made_on", Cell::text("2026年2月"), "sheet.date"),
        ("made_on", Cell::text("去年"), "sheet.date"),
        ("month", Cell::text("202513"), "sheet.month"),
        ("year", Cell::text("今年"), "sheet.year"),
        ("kind_code", Cell::text("特别"), "sheet.code"),
        ("tags", Cell::text("一般、特别"), "sheet.code"),
        ("id_no", number(360122196811031234.0), "sheet.digits_lost"),
        ("count", Cell { value: CellValue::Error("#N/A".into()), formula: true }, "sheet.error_cell"),
    ];
    for (name, cell, code) in cases {
        let p = to_json(&CATALOG, field(name), &cell).unwrap_err();
        assert_eq!((p.code.as_str(), p.field.as_str()), (code, name), "{cell:?}");
        assert!(p.message.contains(&field(name).label), "{}", p.message);
        assert!(!p.message.contains("3601221968"), "{}", p.message);
    }
}

#[test]
fn a_value_survives_the_way_out_and_in() {
    for (name, value) in [
        ("thing_no", json!("0012")),
        ("kind_code", json!("02")),
        ("tags", json!(["01", "03"])),
        ("count", json!(7)),
        ("weight", json!("12.35")),
        ("price", json!(123456)),
        ("good", json!(false)),
        ("made_on", json!("1968-11-03")),
        ("month", json!(202511)),
        ("year", json!(2026)),
        ("seen_at", json!("2026-01-31T08:30:00+08:00")),
    ] {
        let f = field(name);
        let cell = match from_json(&CATALOG, f, &value) {
            OutCell::Text(s) => Cell::text(s),
            OutCell::Int(n) => number(n as f64),
            OutCell::Number(n) => number(n),
            OutCell::Date(d) => Cell { value: CellValue::Date(d.and_hms_opt(0, 0, 0).unwrap()), formula: false },
            OutCell::Moment(m) => Cell { value: CellValue::Date(m), formula: false },
            OutCell::Empty => Cell::default(),
        };
        assert_eq!(to_json(&CATALOG, f, &cell).unwrap(), value, "{name}");
    }
}
