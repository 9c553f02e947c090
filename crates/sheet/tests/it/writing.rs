//! Writing sheets and templates, read back with the reader of this room and looked into as zip.

use sheet::template::TemplateColumn;
use sheet::{Book, Column, DataMark, Header, Mark, OutCell, OutKind, Want, Writer};
use std::io::Read;
use std::path::Path;

fn columns() -> Vec<Column> {
    vec![
        Column::new("编号", OutKind::Text),
        Column::new("姓名", OutKind::Text).under("基本情况"),
        Column::new("数量", OutKind::Int).under("基本情况").under("家底"),
        Column::new("金额（元）", OutKind::Decimal(2)).under("基本情况").under("家底"),
        Column::new("日期", OutKind::Date),
    ]
}

fn mark() -> Mark {
    Mark { unit: "某某县".into(), account: "li.w".into(), time: "2026-11-24 15:30".into(), number: "E20261124-0001".into() }
}

fn entry(path: &Path, name: &str) -> String {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let mut text = String::new();
    zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

struct Dotted;
impl DataMark for Dotted {
    fn mark(&self, number: u64, cells: &mut [OutCell]) {
        if let (1, OutCell::Text(t)) = (number, &mut cells[1]) {
            t.push('·');
        }
    }
}

#[test]
fn a_marked_sheet_with_three_header_levels_comes_back_as_it_went() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.xlsx");
    let mut w = Writer::new("物件/台账", columns(), Some(mark())).unwrap().with_data_mark(Box::new(Dotted));
    for i in 0..3i64 {
        let day = chrono::NaiveDate::from_ymd_opt(2026, 1, 31).unwrap();
        w.row(&mut ["0012".into(), "甲".into(), OutCell::Int(i), OutCell::Number(12.5), OutCell::Date(day)]).unwrap();
    }
    assert_eq!(w.finish(&path).unwrap(), 3);
    let mut book = Book::open(&path).unwrap();
    assert_eq!(book.sheets(), ["物件台账"]);
    let wants: Vec<Want> = columns().iter().map(|c| Want::new(&c.label, &c.label, true)).collect();
    let header = Header::find(&mut book, None, &wants).unwrap();
    assert_eq!(header.row, 5, "two title rows and three header levels");
    let rows = book.first_rows("物件台账", 100).unwrap();
    let line = rows[1].cells[0].show();
    for part in ["某某县", "li.w", "2026-11-24 15:30", "E20261124-0001"] {
        assert!(line.contains(part), "{line}");
    }
    let data: Vec<Vec<String>> =
        rows.iter().filter(|r| r.number > 5).map(|r| r.cells.iter().map(sheet::Cell::show).collect()).collect();
    assert_eq!(data[0], ["0012", "甲", "0", "12.5", "2026-01-31"]);
    assert_eq!(data[1][1], "甲·", "the traceable mark is in the data");
    let xml = entry(&path, "xl/worksheets/sheet1.xml");
    assert!(
        xml.contains("ySplit=\"5\"") && xml.contains("<mergeCell ref=\"B3:D3\"/>") && xml.contains("<mergeCell ref=\"A3:A5\"/>")
    );
    assert!(xml.contains("E20261124-0001") && xml.contains("oddFooter"));
}

#[test]
fn wrong_cells_are_red_and_say_why_and_a_summary_follows() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.xlsx");
    let mut w = Writer::new("结果", columns(), None).unwrap();
    w.row(&mut ["1".into(), "甲".into()]).unwrap();
    w.row_with_problems(&mut ["2".into(), "乙".into()], &[(1, "“姓名”不对，请改正。".into()), (2, "缺少数量".into())]).unwrap();
    w.summary("问题汇总", vec![Column::new("行", OutKind::Int)], &[vec![OutCell::Int(5)]]).unwrap();
    w.finish(&path).unwrap();
    let notes = entry(&path, "xl/comments1.xml");
    assert!(notes.contains("B5") && notes.contains("C5") && notes.contains("请改正"));
    assert_eq!(Book::open(&path).unwrap().sheets(), ["结果", "问题汇总"]);
}

#[test]
fn a_template_offers_its_choices_and_is_found_by_the_reader() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.xlsx");
    let plain = |label: &str, kind| TemplateColumn {
        column: Column::new(label, kind),
        required: false,
        options: Vec::new(),
        several: false,
        help: String::new(),
    };
    let columns = [
        TemplateColumn { required: true, help: "省编号".into(), ..plain("编号", OutKind::Text) },
        TemplateColumn { options: vec!["是".into(), "否".into()], ..plain("是否", OutKind::Text) },
        TemplateColumn { options: (0..300).map(|i| format!("第{i}个选项")).collect(), ..plain("长列表", OutKind::Text) },
        TemplateColumn { options: vec!["一".into(), "二".into()], several: true, ..plain("多选", OutKind::Text) },
        plain("日期", OutKind::Date),
    ];
    sheet::template::write("物件", &columns, &path).unwrap();
    let mut book = Book::open(&path).unwrap();
    assert_eq!(book.sheets(), ["物件", "填写说明"], "the choices are hidden");
    let wants: Vec<Want> = columns.iter().map(|c| Want::new(&c.column.label, &c.column.label, true)).collect();
    assert_eq!(Header::find(&mut book, None, &wants).unwrap().row, 1);
    let xml = entry(&path, "xl/worksheets/sheet1.xml");
    assert!(xml.contains("\"是,否\"") || xml.contains("&quot;是,否&quot;"), "short lists stand in the rule");
    assert!(xml.contains("选项!$A$1:$A$300"));
    assert!(entry(&path, "xl/comments1.xml").contains("必填"));
}

#[test]
fn a_sheet_that_is_full_goes_on_to_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("big.xlsx");
    let mut w = Writer::new("大表", vec![Column::new("n", OutKind::Int)], None).unwrap();
    for i in 0..1_048_580i64 {
        w.row(&mut [OutCell::Int(i)]).unwrap();
    }
    w.finish(&path).unwrap();
    let mut book = Book::open(&path).unwrap();
    assert_eq!(book.sheets(), ["大表", "大表(2)"]);
    let mut n = 0u64;
    book.rows("大表(2)", |_| {
        n += 1;
        Ok(true)
    })
    .unwrap();
    assert_eq!(n, 6, "header and the five rows that did not fit");
}
