//! Reading each format, finding headers, refusing what is no sheet.

use sheet::{Book, Cell, CellValue, Header, Row, Want};
use std::io::Write;
use std::path::{Path, PathBuf};

fn file(bytes: &[u8]) -> tempfile::TempPath {
    let mut f = tempfile::NamedTempFile::new().unwrap();
    f.write_all(bytes).unwrap();
    f.into_temp_path()
}

fn all(path: &Path, sheet: Option<&str>) -> Vec<Row> {
    let mut book = Book::open(path).unwrap();
    let name = sheet.map_or_else(|| book.sheets()[0].clone(), str::to_owned);
    let mut out = Vec::new();
    book.rows(&name, |r| {
        out.push(r);
        Ok(true)
    })
    .unwrap();
    out
}

fn shown(r: &Row) -> Vec<String> {
    r.cells.iter().map(Cell::show).collect()
}

fn wants() -> Vec<Want> {
    vec![Want::new("no", "户编号", true), Want::new("name", "姓名", true), Want::new("year", "年份", false).or("年度")]
}

#[test]
fn text_tables_are_read_in_every_encoding_and_separator() {
    let text = "户编号,姓名,年份\n0012,甲㐂,2026\n\"=\"\"0013\"\"\",\"乙,丙\n丁\",2025\n";
    let (gbk, _, _) = encoding_rs::GB18030.encode(text);
    let mut bom = b"\xEF\xBB\xBF".to_vec();
    bom.extend(text.as_bytes());
    let mut utf16 = b"\xFF\xFE".to_vec();
    utf16.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    let tabs = text.replace("\"乙,丙\n丁\"", "乙").replace(',', "\t");
    for (what, bytes) in [("utf-8", text.as_bytes()), ("bom", &bom), ("gbk", &gbk), ("utf-16", &utf16), ("tabs", tabs.as_bytes())]
    {
        let path = file(bytes);
        let rows = all(&path, None);
        assert_eq!(rows.len(), 3, "{what}");
        assert_eq!(shown(&rows[1]), ["0012", "甲㐂", "2026"], "{what}");
        assert_eq!(shown(&rows[2])[0], "0013", "{what}");
        let header = Header::find(&mut Book::open(&path).unwrap(), None, &wants()).unwrap();
        assert_eq!((header.row, header.column("year")), (1, Some(2)), "{what}");
    }
}

#[test]
fn a_character_cut_by_a_buffer_is_whole_again() {
    let mut text = String::from("户编号,姓名\n");
    for i in 0..200_000 {
        text.push_str(&format!("{i},欧阳娜娜{i}\n"));
    }
    for bytes in [text.clone().into_bytes(), encoding_rs::GB18030.encode(&text).0.into_owned()] {
        let rows = all(&file(&bytes), None);
        assert_eq!(rows.len(), 200_001);
        assert!(rows[1..].iter().enumerate().all(|(i, r)| r.cells[1].show() == format!("欧阳娜娜{i}")));
    }
}

#[test]
fn an_old_xls_is_read_with_its_formula_its_date_and_its_title_row() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/old.xls");
    let header = Header::find(&mut Book::open(&path).unwrap(), None, &wants()).unwrap();
    assert_eq!((header.sheet.as_str(), header.row, header.column("name")), ("名单", 2, Some(1)));
    let rows = all(&path, None);
    assert_eq!(shown(&rows[2])[..3], ["0012", "甲", "2026"]);
    assert!(rows[2].cells[3].formula, "the formula is flagged");
    assert_eq!(rows[3].cells[3].show(), "2026-01-31");
}

#[test]
fn an_ods_is_read() {
    let mut z = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let o = zip::write::SimpleFileOptions::default();
    let parts = [
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", r#"<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>"#),
        (
            "content.xml",
            r#"<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet><table:table table:name="名单"><table:table-row><table:table-cell office:value-type="string"><text:p>户编号</text:p></table:table-cell><table:table-cell office:value-type="string"><text:p>姓名</text:p></table:table-cell></table:table-row><table:table-row><table:table-cell office:value-type="string"><text:p>0012</text:p></table:table-cell><table:table-cell office:value-type="string"><text:p>甲</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"#,
        ),
    ];
    for (name, text) in parts {
        z.start_file(name, o).unwrap();
        z.write_all(text.as_bytes()).unwrap();
    }
    let path = file(&z.finish().unwrap().into_inner());
    assert_eq!(shown(&all(&path, None)[1]), ["0012", "甲"]);
}

fn workbook(fill: impl Fn(&mut rust_xlsxwriter::Workbook)) -> tempfile::TempPath {
    let mut book = rust_xlsxwriter::Workbook::new();
    fill(&mut book);
    file(&book.save_to_buffer().unwrap())
}

#[test]
fn the_header_is_found_below_two_titles_on_the_sheet_that_fits() {
    let path = workbook(|b| {
        b.add_worksheet().set_name("说明").unwrap().write(0, 0, "填写说明").unwrap();
        let s = b.add_worksheet().set_name("数据").unwrap();
        let f = rust_xlsxwriter::Format::new();
        s.merge_range(0, 0, 0, 3, "某某县脱贫人口名单", &f).unwrap();
        s.merge_range(1, 0, 1, 3, "填报单位：某局　2026年11月", &f).unwrap();
        for (i, h) in ["*户编号", "姓\n名", "备注", "姓名"].iter().enumerate() {
            s.write(2, i as u16, *h).unwrap();
        }
        s.write(3, 0, "0012").unwrap();
        s.write_formula(3, 2, rust_xlsxwriter::Formula::new("=1+1").set_result("2")).unwrap();
    });
    let mut book = Book::open(&path).unwrap();
    let header = Header::find(&mut book, None, &wants()).unwrap();
    assert_eq!((header.sheet.as_str(), header.row), ("数据", 3));
    assert_eq!((header.column("no"), header.column("name"), header.column("year")), (Some(0), Some(1), None));
    assert_eq!(header.unknown(), ["备注（C 列）", "姓名（D 列）"]);
    assert_eq!(header.cells[3].occurrence, 2);
    let rows = all(&path, Some("数据"));
    assert_eq!(rows[3].number, 4);
    assert!(rows[3].cells[2].formula && matches!(rows[3].cells[2].value, CellValue::Number(2.0)));
}

#[test]
fn a_header_of_two_levels_is_read_by_its_lowest_names() {
    let path = workbook(|b| {
        let s = b.add_worksheet();
        let f = rust_xlsxwriter::Format::new();
        s.merge_range(0, 0, 1, 0, "户编号", &f).unwrap();
        s.merge_range(0, 1, 0, 2, "基本情况", &f).unwrap();
        s.write(1, 1, "姓名").unwrap();
        s.write(1, 2, "年度").unwrap();
        s.write(2, 0, "0012").unwrap();
        s.write(2, 1, "甲").unwrap();
    });
    let header = Header::find(&mut Book::open(&path).unwrap(), None, &wants()).unwrap();
    assert_eq!((header.row, header.column("no"), header.column("name"), header.column("year")), (2, Some(0), Some(1), Some(2)));
}

#[test]
fn what_is_wrong_with_a_file_is_said_with_place_and_remedy() {
    let other = workbook(|b| {
        b.add_worksheet().set_name("甲").unwrap().write(0, 0, "别的").unwrap();
        b.add_worksheet().set_name("乙").unwrap();
    });
    let e = Header::find(&mut Book::open(&other).unwrap(), None, &wants()).unwrap_err();
    assert_eq!(e.code, "sheet.no_header");
    assert!(e.sentence.contains("甲、乙") && e.sentence.contains("户编号"), "{}", e.sentence);
    let e = Header::find(&mut Book::open(&other).unwrap(), Some("丙"), &wants()).unwrap_err();
    assert_eq!(e.code, "sheet.wrong_sheet");
    let part = file("年度,姓名\n2026,甲\n".as_bytes());
    let e = Header::find(&mut Book::open(&part).unwrap(), None, &wants()).unwrap_err();
    assert_eq!(
        (e.code.as_ref(), e.sentence.contains("户编号") && e.sentence.contains("第 1 行")),
        ("sheet.missing_columns", true)
    );

    let open = |b: &[u8]| Book::open(&file(b)).err().unwrap().code;
    assert_eq!(open(b""), "sheet.empty_file");
    assert_eq!(open(b"%PDF-1.7 ..."), "sheet.not_a_sheet");
    assert_eq!(open(b"<html><table>"), "sheet.not_a_sheet");
    assert_eq!(open(b"PK\x03\x04 not really"), "files.zip_broken");
    assert_eq!(open(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0, 0]), "sheet.broken");
    let mut noise = vec![0xFFu8, 0xFE, 0xFD];
    noise.extend((0..5000u32).map(|i| (i * 7919 % 251) as u8));
    noise[0] = 0x80;
    assert_eq!(open(&noise), "sheet.not_text");
}

#[test]
fn a_bomb_dressed_as_a_workbook_is_stopped() {
    let mut z = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let o = zip::write::SimpleFileOptions::default();
    z.start_file("xl/workbook.xml", o).unwrap();
    z.start_file("xl/worksheets/sheet1.xml", o).unwrap();
    for _ in 0..64 {
        z.write_all(&vec![b' '; 1 << 20]).unwrap();
    }
    let path = file(&z.finish().unwrap().into_inner());
    assert_eq!(Book::open(&path).err().unwrap().code, "files.zip_bomb");
}
