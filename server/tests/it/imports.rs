//! What goes wrong with files, tried through the import endpoint of the whole system: each time a sentence with place and
//! remedy, nothing lost, nothing half applied.

use crate::walk::maker;
use meta::{Dataset, Kind, Verb};
use serde_json::{Map, Value, json};
use sheet::columns::{REGION, taken};
use sheet::{Column, OutCell, OutKind, Writer};
use std::io::Write;
use std::sync::Arc;
use testkit::{Person, World, identity_number};

const HOUSEHOLDS: &str = "registry.household";
const MEMBERS: &str = "registry.member";

struct Office {
    w: World,
    me: Person,
    households: Arc<Dataset>,
    members: Arc<Dataset>,
}

async fn office() -> Office {
    let w = World::new().await;
    w.work();
    let d = |id: &str| w.app.catalog.dataset(id).expect("a dataset").clone();
    let (households, members) = (d(HOUSEHOLDS), d(MEMBERS));
    let me = w.who_may(&households, &[Verb::Create, Verb::Update, Verb::Import, Verb::Read]).await.expect("somebody imports");
    Office { w, me, households, members }
}

impl Office {
    /// A household or member as it would be typed, in wire form; each call another one.
    async fn input(&self, d: &Dataset) -> Map<String, Value> {
        maker(&self.w).input(d).await.unwrap_or_else(|e| panic!("{}: {} {:?}", d.id, e.chain(), e.problems))
    }

    /// The number of a household that is there.
    async fn household(&self) -> String {
        let input = self.input(&self.households).await;
        let made = self.w.send(Some(&self.me), "POST", "/registry/household", Some(&Value::Object(input.clone()))).await;
        assert_eq!(made.status, 201, "{}", made.text);
        input["household_no"].as_str().expect("a number").to_owned()
    }

    async fn count(&self, d: &Dataset) -> i64 {
        let path = format!("/{}/{}?count=true&limit=1", d.module(), d.name());
        self.w.send(Some(&self.me), "GET", &path, None).await.body["count"].as_i64().expect("a count")
    }

    /// Sends a file and waits for the end of its job: its state, its sentence or result.
    async fn import(&self, d: &Dataset, name: &str, bytes: Vec<u8>) -> Value {
        let path = format!("/{}/{}/import", d.module(), d.name());
        let sent = self.w.upload(&self.me, &path, &[], &[(name, bytes)]).await;
        assert_eq!(sent.status, 202, "{}", sent.text);
        self.end(sent.body["id"].as_str().expect("a job")).await
    }

    async fn end(&self, job: &str) -> Value {
        for _ in 0..1500 {
            let now = self.w.send(Some(&self.me), "GET", &format!("/jobs/{job}"), None).await.body;
            if !matches!(now["state"].as_str(), Some("queued" | "running")) {
                return now;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("the job never ended");
    }

    /// A workbook of these rows; a reference is given as the key text that people write.
    fn workbook(&self, d: &Dataset, rows: &[Map<String, Value>], more: impl Fn(usize, &str) -> Option<OutCell>) -> Vec<u8> {
        let fields: Vec<_> = taken(d).collect();
        let mut columns = vec![Column::new("区划代码", OutKind::Text)];
        columns.extend(fields.iter().map(|f| Column::new(sheet::cell::out_label(f), OutKind::Text)));
        let mut out = Writer::new("数据", columns, None).expect("a workbook");
        for (n, row) in rows.iter().enumerate() {
            let mut cells = vec![row.get(REGION).and_then(Value::as_str).map_or(OutCell::Empty, OutCell::from)];
            cells.extend(fields.iter().map(|f| {
                more(n, &f.name)
                    .unwrap_or_else(|| sheet::from_json(&self.w.app.catalog, f, row.get(&f.name).unwrap_or(&Value::Null)))
            }));
            out.row(&mut cells).expect("a row");
        }
        let file = tempfile::NamedTempFile::new().expect("a file");
        out.finish(file.path()).expect("written");
        std::fs::read(file.path()).expect("read")
    }
}

fn said(job: &Value) -> String {
    let problems: Vec<&str> =
        job["result"]["problems"].as_array().into_iter().flatten().filter_map(|p| p["message"].as_str()).collect();
    format!("{} {}", job["message"].as_str().unwrap_or_default(), problems.join(" "))
}

/// Gives a member a number and the birthday that stands in it.
fn told(row: &mut Map<String, Value>, number: &str) {
    row.insert("id_no".into(), json!(number));
    row.insert("birth_date".into(), json!(format!("{}-{}-{}", &number[6..10], &number[10..12], &number[12..14])));
}

fn packed(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a part");
        zip.write_all(bytes).expect("bytes");
    }
    zip.finish().expect("a zip").into_inner()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_no_workbook_of_this_dataset_is_refused_with_the_remedy_and_nothing_is_written() {
    let o = office().await;
    let d = o.households.clone();
    let path = "/registry/household/import";
    let before = o.count(&d).await;
    // refused at the door: by name, by content, as a bomb, two at once, none at all
    let content = b"<?xml version=\"1.0\"?><Types/>";
    let zeros = vec![0u8; 300 << 20];
    let bomb = packed(&[("[Content_Types].xml", content), ("xl/workbook.xml", content), ("xl/worksheets/sheet1.xml", &zeros)]);
    type Form = Vec<(&'static str, Vec<u8>)>;
    let doors: [(&str, Form, &str); 6] = [
        ("a program", vec![("名单.exe", b"MZ\x90\x00".to_vec())], "xlsx"),
        ("a picture by another name", vec![("名单.xlsx", b"\x89PNG\r\n\x1a\n0000".to_vec())], "xlsx"),
        ("a document", vec![("名单.xlsx", packed(&[("[Content_Types].xml", content), ("word/document.xml", content)]))], "xlsx"),
        ("a bomb", vec![("名单.xlsx", bomb)], "压缩"),
        ("two files", vec![("一.csv", b"a,b\n1,2\n".to_vec()), ("二.csv", b"a,b\n1,2\n".to_vec())], "一个文件"),
        ("no file", vec![], "没有收到文件"),
    ];
    for (what, files, word) in doors {
        let sent = o.w.upload(&o.me, path, &[], &files).await;
        let text = match sent.status.as_u16() {
            202 => said(&o.end(sent.body["id"].as_str().expect("a job")).await),
            _ => sent.text.clone(),
        };
        assert!(!sent.status.is_server_error() && text.contains(word) && text.contains('请'), "{what}: {} {text}", sent.status);
    }
    // found in the job: another sheet, other columns, no rows
    let row = o.input(&d).await;
    let good = o.workbook(&d, std::slice::from_ref(&row), |_, _| None);
    let sent = o.w.upload(&o.me, path, &[("sheet", "不存在的表")], &[("名单.xlsx", good)]).await;
    let job = o.end(sent.body["id"].as_str().expect("a job")).await;
    assert!(job["state"] == "failed" && said(&job).contains("不存在的表") && said(&job).contains("数据"), "{job}");
    for (text, word) in [
        ("姓名,数目\n张三,3\n", "表头"),
        ("户主姓名,户籍人口数\n张三,3\n", "户编号（省）"),
        ("户编号（省）,户主姓名\n", "没有数据"),
    ] {
        let job = o.import(&d, "名单.csv", text.as_bytes().to_vec()).await;
        assert!(job["state"] == "failed" && said(&job).contains(word), "{word}: {job}");
    }
    assert_eq!(o.count(&d).await, before, "nothing was written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_three_hundred_megabytes_is_refused_while_it_is_sent() {
    let o = office().await;
    let sent = o.w.upload_zeros(&o.me, "/registry/household/import", "大.xlsx", 300 << 20).await;
    assert!(
        sent.status.is_client_error() && sent.text.contains("200 MB") && sent.text.contains("拆分"),
        "{} {}",
        sent.status,
        sent.text
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_rows_say_row_column_and_remedy_and_the_good_ones_are_taken() {
    let o = office().await;
    let d = o.households.clone();
    // a household of the neighbour county, which nobody here can see
    let mut far = o.input(&d).await;
    far.insert(REGION.into(), json!(o.w.neighbour.as_str()));
    let mut tx = o.w.app.db.begin(&base::Actor::system("测试")).await.expect("a transaction");
    o.w.app.records.create(&mut tx, &d, &far, &record::Provenance::default()).await.expect("a household far away");
    tx.commit().await.expect("committed");
    let (a, b) = (o.input(&d).await, o.input(&d).await);
    let mut elsewhere = o.input(&d).await;
    elsewhere.insert("household_no".into(), far["household_no"].clone());
    let mut outside = o.input(&d).await;
    outside.insert(REGION.into(), json!(o.w.neighbour.as_str()));
    let rows = [a.clone(), b, a, elsewhere, outside];
    let before = o.count(&d).await;
    let job = o.import(&d, "农户.xlsx", o.workbook(&d, &rows, |_, _| None)).await;
    let r = &job["result"];
    assert_eq!((&r["created"], &r["bad"]), (&json!(2), &json!(3)), "{job}");
    let at = |row: u64| -> String {
        let all = r["problems"].as_array().expect("problems").iter();
        all.filter(|p| p["row"] == row).filter_map(|p| p["message"].as_str()).collect()
    };
    assert!(at(4).contains("与第 2 行重复") && at(4).contains("删除"), "{}", at(4));
    assert!(at(5).contains("已被另一条") && at(5).contains("核对"), "{}", at(5));
    assert!(!at(5).contains(o.w.neighbour.as_str()), "where the other one lies is not said");
    assert!(at(6).contains("不在您的辖区"), "{}", at(6));
    assert_eq!(o.count(&d).await, before + 2);
    assert!(r["marked_file"].is_string(), "the file comes back marked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_that_is_none_a_formula_and_a_broken_formula_are_told_apart() {
    let o = office().await;
    let d = o.members.clone();
    let number = o.household().await;
    let mut rows = Vec::new();
    for n in 0..3 {
        let mut row = o.input(&d).await;
        told(&mut row, &identity_number(7000 + n));
        rows.push(row);
    }
    let bytes = o.workbook(&d, &rows, |n, field| match (n, field) {
        (_, "household_id") => Some(OutCell::Text(number.clone())),
        (0, "birth_date") => Some(OutCell::Text("2026-02-30".into())),
        _ => None,
    });
    let job = o.import(&d, "成员.xlsx", bytes).await;
    let r = &job["result"];
    assert_eq!((&r["created"], &r["bad"]), (&json!(2), &json!(1)), "{job}");
    let p = &r["problems"][0];
    assert_eq!((&p["row"], &p["label"]), (&json!(2), &json!("出生日期")), "{p}");
    assert!(p["message"].as_str().is_some_and(|m| m.contains("2026-02-30") && m.contains("不是存在的日期")), "{p}");
    // formulas: a computed number is taken and counted, an error is a fault of its cell
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (c, t) in ["户编号（省）", "户籍人口数", "常住人口数"].iter().enumerate() {
        sheet.write_string(0, c as u16, *t).expect("a cell");
    }
    sheet.write_string(1, 0, &number).expect("a cell");
    sheet.write_formula(1, 1, rust_xlsxwriter::Formula::new("=1+2").set_result("3")).expect("a formula");
    sheet.write_formula(1, 2, rust_xlsxwriter::Formula::new("=1+1").set_result("2")).expect("a formula");
    sheet.write_string(2, 0, &number).expect("a cell");
    sheet.write_formula(2, 1, rust_xlsxwriter::Formula::new("=1/0").set_result("#DIV/0!")).expect("a formula");
    let job = o.import(&o.households.clone(), "人口.xlsx", book.save_to_buffer().expect("a workbook")).await;
    let r = &job["result"];
    assert_eq!((&r["changed"], &r["formulas"]), (&json!(1), &json!(3)), "{job}");
    assert!(said(&job).contains("#DIV/0!") || said(&job).contains("应为数字"), "{job}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn markup_and_sql_in_any_text_are_words_or_a_fault_of_their_cell() {
    let o = office().await;
    let d = o.members.clone();
    let number = o.household().await;
    let evil = "<b>'); drop table reg.member;--";
    let texts: Vec<_> = taken(&d).filter(|f| matches!(f.kind, Kind::Text | Kind::LongText | Kind::Name)).collect();
    assert!(texts.len() > 5, "{}", texts.len());
    let mut rows = Vec::new();
    for n in 0..texts.len() as u32 {
        let mut row = o.input(&d).await;
        told(&mut row, &identity_number(8000 + n));
        rows.push(row);
    }
    let bytes = o.workbook(&d, &rows, |n, field| match field {
        "household_id" => Some(OutCell::Text(number.clone())),
        name if name == texts[n].name => Some(OutCell::Text(evil.into())),
        _ => None,
    });
    let job = o.import(&d, "成员.xlsx", bytes).await;
    let r = &job["result"];
    assert_eq!(job["state"], "done", "{job}");
    let bad: Vec<(u64, &str)> = r["problems"]
        .as_array()
        .expect("problems")
        .iter()
        .map(|p| (p["row"].as_u64().expect("a row"), p["field"].as_str().expect("a field")))
        .collect();
    let list = o.w.send(Some(&o.me), "GET", "/registry/member?limit=500", None).await;
    let mut taken = 0;
    for (n, f) in texts.iter().enumerate() {
        let row = n as u64 + 2;
        if bad.iter().any(|(r, name)| *r == row && *name == f.name) {
            continue;
        }
        let faults: Vec<_> = bad.iter().filter(|(r, _)| *r == row).collect();
        assert!(faults.is_empty(), "{}: the fault is said of another cell: {faults:?}", f.name);
        let items = list.body["items"].as_array().expect("items");
        let masked = |r: &Value| r["_masked"].as_array().is_some_and(|m| m.iter().any(|x| *x == *f.name));
        assert!(items.iter().any(|r| r[&f.name] == evil || masked(r)), "{} was not kept as typed", f.name);
        taken += 1;
    }
    assert!(taken > 0 && !bad.is_empty(), "some fields take any words, some have a form: {taken} {bad:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_stands_in_one_household_of_the_province_and_only_the_other_county_is_told() {
    let o = office().await;
    let (households, members) = (o.households.clone(), o.members.clone());
    let (there, twice) = (identity_number(9001), identity_number(9002));
    // somebody of the neighbour county, whom nobody here can see
    let records = &o.w.app.records;
    let mut tx = o.w.app.db.begin(&base::Actor::system("测试")).await.expect("a transaction");
    let mut far = o.input(&households).await;
    far.insert(REGION.into(), json!(o.w.neighbour.as_str()));
    let house = records.create(&mut tx, &households, &far, &record::Provenance::default()).await.expect("a household");
    let mut person = o.input(&members).await;
    told(&mut person, &there);
    person.insert("household_id".into(), json!(house.id));
    person.insert(REGION.into(), json!(o.w.neighbour.as_str()));
    records.create(&mut tx, &members, &person, &record::Provenance::default()).await.expect("a member");
    tx.commit().await.expect("committed");

    let number = o.household().await;
    let mut rows = Vec::new();
    for id in [&there, &twice, &twice] {
        let mut row = o.input(&members).await;
        told(&mut row, id);
        rows.push(row);
    }
    let bytes = o.workbook(&members, &rows, |_, field| (field == "household_id").then(|| OutCell::Text(number.clone())));
    let job = o.import(&members, "成员.xlsx", bytes).await;
    let r = &job["result"];
    assert_eq!((&r["created"], &r["bad"]), (&json!(1), &json!(2)), "{job}");
    let at = |row: u64| -> &str {
        r["problems"]
            .as_array()
            .expect("problems")
            .iter()
            .find(|p| p["row"] == row)
            .map_or("", |p| p["message"].as_str().unwrap_or(""))
    };
    let county = o.w.app.records.regions.name(o.w.neighbour.ancestor(base::Level::County).as_str()).expect("a county");
    assert!(at(2).contains(&county) && at(2).contains("只能在一户在册"), "{job}");
    assert!(at(4).contains("本县另一户"), "the first of two stands: {job}");
    // by hand the same; the other row itself is told by nothing
    let mut same = o.input(&members).await;
    told(&mut same, &there);
    let refused = o.w.send(Some(&o.me), "POST", "/registry/member", Some(&Value::Object(same))).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (422, "registry.identity_elsewhere"), "{}", refused.text);
    assert!(!refused.text.contains(o.w.neighbour.as_str()) && !refused.text.contains(&there), "{}", refused.text);
}
