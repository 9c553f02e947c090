//! Candidates from rows, and the workbook given back with its faults.

use crate::CATALOG;
use base::{Actor, RegionCode};
use serde_json::json;
use sheet::import::{Candidate, Places, Reader};
use sheet::marked::{self, Fault};
use sheet::{Book, Header, columns};
use std::collections::BTreeMap;
use std::io::Write;

/// A few places that have names.
pub struct Map;
impl Places for Map {
    fn is_valid(&self, code: &RegionCode) -> bool {
        !code.as_str().ends_with("99")
    }
    fn by_names(&self, within: &RegionCode, names: &[&str]) -> Vec<RegionCode> {
        let all =
            [("360121100201", "红星村"), ("360121100202", "向阳村"), ("360121101202", "向阳村"), ("360122100201", "远处村")];
        let last = names.iter().rev().find(|n| !n.is_empty()).copied().unwrap_or_default();
        let codes = all.iter().filter(|(_, n)| *n == last).filter_map(|(c, _)| RegionCode::parse(c).ok());
        codes.filter(|c| within.contains(c)).collect()
    }
}

fn county() -> Actor {
    Actor { region: RegionCode::parse("360121").unwrap(), role: "R08".into(), ..Actor::system("x") }
}

fn candidates(text: &str) -> Vec<(Candidate, Vec<Fault>)> {
    let mut f = tempfile::NamedTempFile::new().unwrap();
    f.write_all(text.as_bytes()).unwrap();
    let d = CATALOG.dataset("box.thing").unwrap();
    let mut book = Book::open(f.path()).unwrap();
    let header = Header::find(&mut book, None, &columns::wants(d)).unwrap();
    let actor = county();
    let reader = Reader::new(&CATALOG, d, &header, &actor, &Map);
    let mut out = Vec::new();
    book.rows(&header.sheet, |r| {
        if r.number > header.row {
            let c = reader.read(&r);
            let missing = reader.missing(&c);
            out.push((c, missing));
        }
        Ok(true)
    })
    .unwrap();
    out
}

#[test]
fn every_fault_of_a_row_is_found_with_its_place() {
    let rows = candidates(
        "编号,类别,数量,制成日期,区划代码,证件号码\n0012,一般,三,2026-02-30,360122100201,360122********1234\n0013,普通,5,2026年1月2日,360121100201,\n",
    );
    let (bad, missing) = &rows[0];
    let places: Vec<(&str, &str)> = bad.faults.iter().map(|f| (f.column.as_str(), f.field.as_str())).collect();
    assert_eq!(places, [("C", "count"), ("D", "made_on"), ("E", "region_code")]);
    assert!(missing.is_empty(), "what is faulty is not missing besides: {missing:?}");
    assert_eq!((bad.masked, bad.values.get("id_no")), (1, None), "a masked value says nothing");
    let (good, missing) = &rows[1];
    assert!(good.faults.is_empty() && missing.is_empty());
    assert_eq!(good.values["made_on"], json!("2026-01-02"));
    assert_eq!(good.values["kind_code"], json!("01"));
    assert_eq!(good.region.as_ref().unwrap().as_str(), "360121100201");
}

#[test]
fn a_place_is_found_by_name_or_said_to_be_ambiguous_or_far() {
    let rows = candidates("编号,类别,行政村\n1,一般,红星村\n2,一般,向阳村\n3,一般,远处村\n4,一般,\n5,,红星村\n");
    assert_eq!(rows[0].0.region.as_ref().unwrap().as_str(), "360121100201");
    assert!(rows[1].0.faults[0].message.contains("2 个区划") && rows[1].0.faults[0].column == "C");
    assert!(rows[2].0.faults[0].message.contains("没有找到"));
    assert!(rows[3].1[0].message.contains("区划"), "a new row needs a place");
    assert_eq!((rows[4].1[0].field.as_str(), rows[4].1[0].column.as_str()), ("kind_code", "B"));
}

#[test]
fn the_same_rows_come_back_in_their_places_with_a_comment_on_each_wrong_cell() {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("a.csv"), dir.path().join("b.xlsx"));
    std::fs::write(&from, "某某名单,,\n编号,类别,数量\n0012,一般,三\n0013,一般,5\n").unwrap();
    let d = CATALOG.dataset("box.thing").unwrap();
    let mut book = Book::open(&from).unwrap();
    let header = Header::find(&mut book, None, &columns::wants(d)).unwrap();
    let fault =
        Fault {
            row: 3, column: "C".into(), field: "count".into(), label: "数量".into(), message: "“数量”应为数字".into()
        };
    let whole = Fault { column: String::new(), message: "与第 2 行重复".into(), row: 4, ..fault.clone() };
    let faults = BTreeMap::from([(3, vec![fault]), (4, vec![whole])]);
    marked::write(&mut book, &header, &faults, &[("读取行数", 2), ("有问题", 2)], &to, |_| Ok(())).unwrap();
    let mut back = Book::open(&to).unwrap();
    assert_eq!(back.sheets(), ["数据", "问题汇总"]);
    let rows = back.first_rows("数据", 10).unwrap();
    assert_eq!((rows[2].number, rows[2].cells[2].show()), (3, "三".into()));
    let again = Header::find(&mut back, Some("数据"), &columns::wants(d)).unwrap();
    assert_eq!(again.row, 2, "corrected, it can be handed in again");
    let mut notes = String::new();
    let mut zip = zip::ZipArchive::new(std::fs::File::open(&to).unwrap()).unwrap();
    std::io::Read::read_to_string(&mut zip.by_name("xl/comments1.xml").unwrap(), &mut notes).unwrap();
    assert!(notes.contains("ref=\"C3\"") && notes.contains("ref=\"A4\"") && notes.contains("与第 2 行重复"));
    let list = back.first_rows("问题汇总", 10).unwrap();
    assert_eq!(list.last().unwrap().cells[3].show(), "与第 2 行重复");
}

#[test]
fn the_template_of_a_dataset_is_found_by_its_own_import() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.xlsx");
    let d = CATALOG.dataset("box.thing").unwrap();
    sheet::template::write(&d.title, &columns::template(&CATALOG, d), &path).unwrap();
    let header = Header::find(&mut Book::open(&path).unwrap(), None, &columns::wants(d)).unwrap();
    for f in columns::taken(d) {
        assert!(header.column(&f.name).is_some(), "{}", f.name);
    }
    assert!(header.column(columns::REGION).is_some());
}
