//! Files as they come: wrong, doubled, moved, lost digits. Each gets its sentence and nothing is lost.

use super::world::Sync;
use sheet::Book;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The rows of a workbook as text, title rows and header with them.
struct Table {
    rows: Vec<Vec<String>>,
    head: usize,
}

impl Table {
    fn read(path: &Path) -> Table {
        let mut book = Book::open(path).unwrap();
        let sheet = book.sheets()[0].clone();
        let mut rows = Vec::new();
        book.rows(&sheet, |r| {
            rows.push(r.cells.iter().map(sheet::Cell::show).collect());
            Ok(true)
        })
        .unwrap();
        let head = rows.iter().position(|r: &Vec<String>| r.iter().any(|c| c == "户编号" || c == "总户数")).unwrap();
        Table { rows, head }
    }
    fn column(&self, name: &str) -> usize {
        self.rows[self.head].iter().position(|c| c == name).unwrap_or_else(|| panic!("no column {name}"))
    }
    fn get(&self, row: usize, name: &str) -> String {
        self.rows[row].get(self.column(name)).cloned().unwrap_or_default()
    }
    fn set(&mut self, row: usize, name: &str, value: &str) {
        let c = self.column(name);
        if self.rows[row].len() <= c {
            self.rows[row].resize(c + 1, String::new());
        }
        self.rows[row][c] = value.to_owned();
    }
    fn write(&self, path: &Path) {
        let quote = |c: &String| format!("\"{}\"", c.replace('"', "\"\""));
        let text: String = self.rows.iter().map(|r| r.iter().map(quote).collect::<Vec<_>>().join(",") + "\r\n").collect();
        std::fs::write(path, text).unwrap();
    }
}

/// This week's files as text tables that a test may change; keyed by the name without date.
fn tables(s: &Sync) -> BTreeMap<String, Table> {
    s.files("this")
        .iter()
        .map(|p| {
            let stem = p.file_stem().unwrap().to_string_lossy().into_owned();
            (stem.rsplit_once('_').unwrap().0.to_owned(), Table::read(p))
        })
        .collect()
}

fn write(tables: &BTreeMap<String, Table>, dir: &Path) -> Vec<PathBuf> {
    std::fs::create_dir_all(dir).unwrap();
    tables
        .iter()
        .map(|(name, t)| {
            let path = dir.join(format!("{name}_20261210.csv"));
            t.write(&path);
            path
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_who_move_change_numbers_or_come_twice_are_followed_or_told() {
    let s = Sync::new(600).await;
    s.first_week().await;
    let mut t = tables(&s);
    // a household of the province's own that the national system now knows: tied by the head's number
    let own = t["户信息"].get(t["户信息"].rows.len() - 1, "户编号");
    s.execute(&format!(
        "update reg.household set national_household_code = null, source = '02' where national_household_code = '{own}'"
    ))
    .await;
    let people = t.get_mut("人口信息").unwrap();
    let first = people.head + 1;
    let home = |p: &Table, row: usize| p.get(row, "户编号");
    let (a, b) = (home(people, first), {
        let county = people.get(first, "县");
        let row = (first..people.rows.len()).find(|r| people.get(*r, "县") != county).expect("a second county");
        row.to_string()
    });
    let b: usize = b.parse().unwrap();
    // the last member of the first household moves to a household of another county
    let mover = (first..people.rows.len()).take_while(|r| home(people, *r) == a).last().unwrap();
    let moved = people.get(mover, "人口编号");
    for name in ["户编号", "市", "县", "乡", "村"] {
        let v = people.get(b, name);
        people.set(mover, name, &v);
    }
    // another identity number under the same code
    let renamed = people.get(b, "人口编号");
    people.set(b, "证件号码", "36019919800101001x");
    // an impossible day, a village nobody knows, a household that is not delivered
    people.set(b + 1, "出生日期", "20260230");
    people.set(b + 2, "村", "没有这个村");
    people.set(b + 3, "户编号", "9999999999");
    // a name that was left out by mistake
    let nameless = people.get(first, "人口编号");
    people.set(first, "姓名", "");
    // somebody new with a number that belongs to a person of another county
    let mut stranger = people.rows[b].clone();
    let taken = people.get(first, "证件号码");
    let (code, id) = (people.column("人口编号"), people.column("证件号码"));
    // their household is whole
    (stranger[code], stranger[id]) = ("3601999999999901".into(), taken);
    people.rows.push(stranger);
    let households = t.get_mut("户信息").unwrap();
    let double = households.rows[households.head + 1].clone();
    households.rows.push(double);
    let paths = write(&t, &s.dir.path().join("odd"));
    let (no, done) = s.hand_in(&paths).await;
    assert_eq!(done["state"], "done", "{done}");
    let found = s.differences(&no).await;
    let of = |key: &str| -> Vec<(String, Vec<String>)> {
        found.iter().filter(|(_, _, k, _)| k == key).map(|(_, v, _, f)| (v.clone(), f.clone())).collect()
    };
    assert_eq!(of(&moved), [("changed".to_owned(), vec!["household_id".to_owned(), "region_code".to_owned()])]);
    assert_eq!(of(&renamed)[0].0, "changed");
    assert!(of(&renamed)[0].1.contains(&"id_no".to_owned()), "{:?}", of(&renamed));
    assert_eq!(of(&own), [("changed".to_owned(), vec!["national_household_code".to_owned()])]);
    assert!(found.iter().all(|(_, v, ..)| v != "gone" && v != "new"), "rejected rows are no loss: {found:?}");
    let told = s.problems(&no).await;
    let has =
        |code: &str, text: &str| assert!(told.iter().any(|(c, m)| c == code && m.contains(text)), "{code} {text}: {told:?}");
    has("sheet.date", "20260230");
    has("exchange.region", "没有这个村");
    has("exchange.no_parent", "户编号");
    has("exchange.number_taken", "另一县");
    has("exchange.double_row", "重复");
    has("exchange.empty_required", "“姓名”是空的");
    assert!(of(&nameless).is_empty(), "a required field is not emptied: {:?}", of(&nameless));
    assert!(told.iter().all(|(_, m)| !m.contains("36019919800101001")), "no numbers in sentences");

    s.approve(&no).await;
    let d = s.x.records.dataset("registry.member").unwrap().clone();
    let mut tx = s.w.app.db.begin(&s.chief.actor).await.unwrap();
    let id: uuid::Uuid = sqlx::query_scalar("select id from reg.member where national_person_code = $1")
        .bind(&renamed)
        .fetch_one(tx.conn())
        .await
        .unwrap();
    let row = s.x.records.get_plain(&mut tx, &d, id).await.unwrap();
    assert_eq!(row["id_no"], "36019919800101001X");
    assert_eq!(row["id_birth_date"], "1980-01-01");
    drop(tx);
    let apart = s
        .scalar("select count(*) from reg.member m join reg.household h on h.id = m.household_id where m.region_code <> h.region_code")
        .await;
    assert_eq!(apart, 0, "a member lies where the household lies");
    // and taken back, they are where they were, with the number they had
    let job = s.x.roll_back(&s.chief.actor, &no, "文件有误").await.unwrap();
    let done = s.wait(&s.chief, job.id).await;
    assert_eq!((&done["state"], &done["result"]["kept"]), (&"done".into(), &0.into()), "{done}");
    let mut tx = s.w.app.db.begin(&s.chief.actor).await.unwrap();
    let row = s.x.records.get_plain(&mut tx, &d, id).await.unwrap();
    assert_ne!(row["id_no"], "36019919800101001X");
    let token: Vec<u8> =
        sqlx::query_scalar("select id_no_token from reg.member where id = $1").bind(id).fetch_one(tx.conn()).await.unwrap();
    assert_eq!(
        token,
        s.x.records.vault.token(secure::TokenKind::IdCard, row["id_no"].as_str().unwrap()),
        "the token is that of the number"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_package_that_is_not_whole_stops_with_one_sentence_and_writes_nothing() {
    let s = Sync::new(300).await;
    let before = s.picture(&[]).await;
    let whole = tables(&s);
    let dir = s.dir.path();
    let refused = async |paths: &[PathBuf], words: &[&str]| {
        let (no, done) = s.hand_in(paths).await;
        assert_eq!(done["state"], "failed", "{done}");
        let message = s.detail(&no).await["batch"]["message"].as_str().unwrap().to_owned();
        assert!(words.iter().all(|w| message.contains(w)), "{message}");
    };
    let files = write(&whole, &dir.join("a"));
    let less: Vec<PathBuf> = files.iter().filter(|p| !p.to_string_lossy().contains("户信息")).cloned().collect();
    refused(&less, &["缺少文件", "户信息"]).await;

    let mut t = tables(&s);
    let people = t.get_mut("人口信息").unwrap();
    let c = people.column("健康状况");
    people.rows.iter_mut().filter(|r| r.len() > c).for_each(|r| {
        r.remove(c);
    });
    refused(&write(&t, &dir.join("b")), &["人口信息", "缺少列", "健康状况"]).await;

    let mut empty = tables(&s);
    let h = empty.get_mut("户信息").unwrap();
    h.rows.truncate(h.head + 1);
    refused(&write(&empty, &dir.join("c")), &["户信息", "没有数据"]).await;

    let mut swapped = files.clone();
    std::fs::write(dir.join("a/人口信息_20261210.csv"), "甲,乙,丙\r\n1,2,3\r\n").unwrap();
    refused(&swapped, &["人口信息", "没有找到表头"]).await;
    whole["人口信息"].write(&dir.join("a/人口信息_20261210.csv"));

    let other = dir.join("a/报销单.csv");
    std::fs::write(&other, "甲,乙\r\n1,2\r\n").unwrap();
    swapped.push(other);
    refused(&swapped, &["无法识别", "报销单"]).await;

    let mut days = files.clone();
    let later = dir.join("a/户信息_20261217.csv");
    std::fs::rename(dir.join("a/户信息_20261210.csv"), &later).unwrap();
    days.retain(|p| !p.to_string_lossy().contains("户信息"));
    days.push(later);
    refused(&days, &["日期不一致"]).await;
    assert_eq!(s.picture(&[]).await, before);
}
