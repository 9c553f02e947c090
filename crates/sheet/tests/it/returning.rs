//! What was exported and comes back changed: lines are known by their row key, a line that somebody overtook is a conflict, a
//! damaged key is said. And the engine's batches underneath: one bad row never costs its neighbours.

use crate::CATALOG;
use crate::pipeline::{World, empty, officer};
use base::Actor;
use record::{Change, Provenance, Version};
use serde_json::{Value as Json, json};
use sheet::row_key::{LABEL, RowKey};
use sheet::{Book, Cell};
use uuid::Uuid;

const THREE: &str = "编号,类别,数量,区划代码,证件号码\nA1,一般,1,360121100201,360122196811031234\nA2,普通,2,360121100201,\nA3,一般,3,360121100201,\n";

/// The rows of an export as they would be typed into a text table, without title and mark.
fn lines(bytes: &[u8]) -> Vec<Vec<String>> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let mut out = Vec::new();
    let mut book = Book::open(file.path()).unwrap();
    let name = book.sheets()[0].clone();
    book.rows(&name, |r| {
        out.push(r.cells.iter().map(Cell::show).collect());
        Ok(true)
    })
    .unwrap();
    out.split_off(2)
}

fn table(lines: &[Vec<String>]) -> String {
    lines.iter().map(|l| l.join(",") + "\n").collect()
}

/// Sets one cell of the line that begins its second column's key with `no`.
fn set(lines: &mut [Vec<String>], no: &str, column: &str, value: &str) {
    let at = |head: &[String], name: &str| head.iter().position(|c| c == name).unwrap();
    let (key, col) = (at(&lines[0], "编号"), at(&lines[0], column));
    let line = lines.iter_mut().find(|l| l[key] == no).unwrap();
    line[col] = value.into();
}

async fn patch(w: &World, who: &Actor, no: &str, input: Json) {
    let id: Uuid =
        sqlx::query_scalar("select id from box.thing where thing_no = $1").bind(no).fetch_one(w.db.pool()).await.unwrap();
    let mut tx = w.db.begin(who).await.unwrap();
    let d = CATALOG.dataset("box.thing").unwrap();
    w.records.patch(&mut tx, d, id, None, input.as_object().unwrap(), &Provenance::default()).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn an_exported_line_is_known_by_its_row_key_even_when_its_number_was_changed() {
    let (_, w) = empty().await;
    w.work();
    w.import(THREE).await;
    let mut out = lines(&w.export().await);
    assert_eq!(out[0].last().map(String::as_str), Some(LABEL));
    set(&mut out, "A2", "数量", "22");
    set(&mut out, "A1", "编号", "B1");
    let back = w.import(&table(&out)).await;
    let r = back.result.unwrap();
    assert_eq!([&r["changed"], &r["skipped"], &r["created"], &r["bad"]], [&json!(2), &json!(1), &json!(0), &json!(0)], "{r}");
    let rows: Vec<(String, Option<i32>)> = w.rows().await.into_iter().map(|(no, _, n)| (no, n)).collect();
    assert_eq!(rows, [("A2".into(), Some(22)), ("A3".into(), Some(3)), ("B1".into(), Some(1))]);
    // the same file once more: what it says is so already, although the versions in it are old
    let again = w.import(&table(&out)).await.result.unwrap();
    assert_eq!([&again["skipped"], &again["bad"]], [&json!(3), &json!(0)], "{again}");
}

#[tokio::test]
async fn a_line_that_somebody_overtook_is_a_conflict_with_name_and_time_and_its_neighbours_are_taken() {
    let (_, w) = empty().await;
    w.work();
    w.import(THREE).await;
    let mut out = lines(&w.export().await);
    let colleague = Actor { name: "王同事".into(), ..officer("360121") };
    patch(&w, &colleague, "A2", json!({"count": 77})).await;
    set(&mut out, "A2", "数量", "22");
    set(&mut out, "A3", "数量", "33");
    let r = w.import(&table(&out)).await.result.unwrap();
    assert_eq!([&r["changed"], &r["skipped"], &r["bad"]], [&json!(1), &json!(1), &json!(1)], "{r}");
    let said = r["problems"][0]["message"].as_str().unwrap();
    assert!(said.contains("王同事") && said.contains("数量") && said.contains("核对"), "{said}");
    assert_eq!(r["problems"][0]["label"], LABEL);
    let rows: Vec<Option<i32>> = w.rows().await.into_iter().map(|(_, _, n)| n).collect();
    assert_eq!(rows, [Some(1), Some(77), Some(33)], "the colleague's value stands");
}

#[tokio::test]
async fn a_damaged_row_key_a_repeated_one_and_one_of_a_vanished_record_are_said() {
    let (_, w) = empty().await;
    w.work();
    w.import(THREE).await;
    let mut out = lines(&w.export().await);
    let key = out[1].last().unwrap().clone();
    let broken = if key.ends_with('0') { format!("{}1", &key[..key.len() - 1]) } else { format!("{}0", &key[..key.len() - 1]) };
    set(&mut out, "A1", LABEL, &broken);
    let third = out[3].clone();
    out.push(third);
    sqlx::query("update box.thing set deleted = true where thing_no = 'A2'").execute(w.db.pool()).await.unwrap();
    let r = w.import(&table(&out)).await.result.unwrap();
    let said: Vec<&str> = r["problems"].as_array().unwrap().iter().map(|p| p["message"].as_str().unwrap()).collect();
    assert_eq!(r["bad"], 3, "{said:?}");
    for (word, row) in [("已被改动", 2), ("可能已被删除", 3), ("与第 4 行重复", 5)] {
        let hit = r["problems"].as_array().unwrap().iter().find(|p| p["message"].as_str().unwrap().contains(word));
        assert_eq!(hit.map(|p| p["row"].as_u64().unwrap()), Some(row), "{word}: {said:?}");
    }
}

#[test]
fn a_row_key_belongs_to_one_dataset_and_one_version() {
    let d = CATALOG.dataset("box.thing").unwrap();
    let key = RowKey { id: Uuid::now_v7(), version: 12 };
    assert_eq!(RowKey::parse(d, &format!(" {} ", key.text(d))), Some(key));
    let mut other = (**d).clone();
    other.id = "box.other".into();
    assert_eq!(RowKey::parse(&other, &key.text(d)), None);
    assert_eq!(RowKey::parse(d, &key.text(d).replace("-12-", "-13-")), None);
    assert_eq!(RowKey::parse(d, "随便写的"), None);
}

fn thing(no: &str, keeper: &str) -> Change {
    let input = json!({"thing_no": no, "kind_code": "01", "tags": ["01", "02"], "keeper": keeper, "region_code": "360121100201",
        "price": 1234, "weight": "1.50", "good": true, "made_on": "2026-01-31", "seen_at": "2026-01-31T08:30:00+08:00"});
    Change::Create(input.as_object().unwrap().clone())
}

#[tokio::test]
async fn each_row_of_a_batch_has_its_own_outcome_and_the_database_finds_the_one_it_refuses() {
    let (_, w) = empty().await;
    let d = CATALOG.dataset("box.thing").unwrap();
    // a number that lies in another county: this actor cannot see it, the database does
    let far = officer("360122");
    let mut tx = w.db.begin(&far).await.unwrap();
    let mut there = json!({"thing_no": "N7", "kind_code": "01", "region_code": "360122100201"});
    let made = w.records.create(&mut tx, d, there.as_object_mut().unwrap(), &Provenance::default()).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = w.db.begin(&w.me).await.unwrap();
    let mut batch: Vec<Change> = (0..10).map(|n| thing(&format!("N{n}"), "甲")).collect();
    batch.push(thing("N20", "坏"));
    batch.push(thing("N3", "乙"));
    batch.push(Change::Patch { id: made.id, version: Version::Any, input: json!({"count": 1}).as_object().unwrap().clone() });
    batch.push(Change::Create(json!({"kind_code": "99", "region_code": "360121100201"}).as_object().unwrap().clone()));
    let done = w.records.write_many(&mut tx, d, batch, &Provenance::default()).await.unwrap();
    let code = |n: usize| done[n].as_ref().err().map(|e| e.code.to_string()).unwrap_or_default();
    assert_eq!(done.iter().filter(|r| r.is_ok()).count(), 9, "{done:?}");
    assert_eq!((code(7).as_str(), code(11).as_str()), ("record.duplicate", "record.duplicate"));
    assert_eq!((code(10).as_str(), code(12).as_str()), ("record.refused", "record.not_found"));
    let both: Vec<&str> = done[13].as_ref().unwrap_err().problems.iter().map(|p| p.field.as_str()).collect();
    assert_eq!(both, ["kind_code", "thing_no"], "all problems of a row together");
    // the same row twice in one batch: one after the other
    let id = done[0].as_ref().unwrap().id;
    let to = |n: i32, version| Change::Patch { id, version, input: json!({"count": n}).as_object().unwrap().clone() };
    let twice =
        vec![to(5, Version::Exactly(1)), to(6, Version::Exactly(2)), to(7, Version::Exactly(1)), to(6, Version::Since(1))];
    let twice = w.records.write_many(&mut tx, d, twice, &Provenance::default()).await.unwrap();
    assert_eq!((twice[0].as_ref().unwrap().row_version, twice[1].as_ref().unwrap().row_version), (2, 3));
    assert_eq!(twice[2].as_ref().unwrap_err().code, "record.stale");
    assert_eq!(twice[3].as_ref().unwrap().row_version, 3, "it says what is there already");
    tx.commit().await.unwrap();
    let mut tx = w.db.begin(&w.me).await.unwrap();
    let row = w.records.get_plain(&mut tx, d, id).await.unwrap();
    assert_eq!((&row["tags"], &row["price"], &row["weight"]), (&json!(["01", "02"]), &json!(1234), &json!("1.5")));
    assert_eq!((&row["made_on"], &row["seen_at"]), (&json!("2026-01-31"), &json!("2026-01-31T00:30:00.000Z")));
    let history = w.records.history(&mut tx, d, id, None, 10).await.unwrap();
    let verbs: Vec<(i32, &str)> = history.iter().map(|h| (h.row_version, h.verb.as_str())).collect();
    assert_eq!(verbs, [(3, "update"), (2, "update"), (1, "create")]);
}
