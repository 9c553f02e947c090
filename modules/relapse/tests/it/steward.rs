//! The cascade of a batch, line by line: linked by number and name, by an old number, a certificate, a number put right; kept for a
//! person where that is not enough; and what becomes of a line once a person has spoken.

use crate::world::{World, actor, number, province, world};
use base::{Actor, Level};
use files::NewFile;
use jobs::State;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Name, number, burden in yuan.
type Line<'a> = (&'a str, String, &'a str);

fn ago(days: u64) -> String {
    (flow::rules::day_of(chrono::Utc::now()) - chrono::Days::new(days)).to_string()
}

/// 住院结算 of people who say the village of the world.
async fn receive(w: &World, by: &Actor, lines: &[Line<'_>]) -> Json {
    let place: (String, String, String) = sqlx::query_as(
        "select c.name, t.name, v.name from reg.region v join reg.region t on t.code = rpad(left(v.code, 9), 12, '0') \
           join reg.region c on c.code = rpad(left(v.code, 6), 12, '0') where v.code = $1",
    )
    .bind(w.village.as_str())
    .fetch_one(w.db.pool())
    .await
    .unwrap();
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record([
        "姓名",
        "证件号码",
        "县(市、区)",
        "乡(镇)",
        "行政村",
        "数据来源流水号",
        "入院日期",
        "政策范围内个人负担(元)",
    ])
    .unwrap();
    for (name, id, yuan) in lines {
        let (serial, day) = (Uuid::now_v7().to_string(), ago(20));
        out.write_record([name, id.as_str(), &place.0, &place.1, &place.2, &serial, &day, yuan]).unwrap();
    }
    let bytes: Result<bytes::Bytes, std::io::Error> = Ok(out.into_inner().unwrap().into());
    let file = w.files.save(by, NewFile::import(by, "住院结算.csv"), futures::stream::iter([bytes])).await.unwrap();
    let payload = json!({ "file_id": file.id, "item": "31", "period": 202_610 });
    let id = w.jobs.enqueue(by, "relapse.department_batch", "接收", payload).await.unwrap();
    let job = w.end(by, id).await;
    assert_eq!(job.state, State::Done, "{}", job.message);
    job.result.unwrap()
}

/// The last characters of the names of the world's people are told apart by these, so that nobody is like another.
async fn people(w: &World) {
    let names =
        [(1, "陈建峰"), (2, "周国庆"), (3, "吴桂兰"), (4, "王秀英"), (5, "郑小红"), (6, "赵永福"), (7, "刘金花"), (8, "刘金华")];
    for (n, name) in names {
        let home = w.family(&w.village, n, name, &[("household_type", "'01'")]).await;
        if n >= 6 {
            sqlx::query("update reg.member set birth_date = '1970-01-01' where household_id = $1")
                .bind(home)
                .execute(w.db.pool())
                .await
                .unwrap();
        }
    }
}

fn swapped(n: u32) -> String {
    let mut b = number(n).into_bytes();
    let at = (6..16).rev().find(|i| b[*i] != b[i + 1]).unwrap();
    b.swap(at, at + 1);
    String::from_utf8(b).unwrap()
}

fn wrong_check(n: u32) -> String {
    let right = number(n);
    let last = if right.ends_with('0') { '1' } else { '0' };
    format!("{}{last}", &right[..17])
}

fn lines() -> Vec<Line<'static>> {
    let old = format!("{}{}", &number(2)[..6], &number(2)[8..17]);
    vec![
        ("陈 建峯", number(1), "15000"),
        ("周国庆", old, "15000"),
        ("吴桂兰", format!("{}43", number(3)), "15000"),
        ("李大明", number(4), "15000"),
        ("郑小红", swapped(5), "15000"),
        ("赵永福", number(900), "15000"),
        ("刘金花", number(901), "15000"),
        ("赵永福", wrong_check(955), "15000"),
        ("无此人", number(903), "15000"),
        ("孙某某", String::new(), "15000"),
    ]
}

async fn states(w: &World, batch: &Json) -> BTreeMap<i32, (String, Option<String>, String)> {
    let rows: Vec<(i32, String, Option<String>, String)> = sqlx::query_as(
        "select row_no, match_state, match_method, region_code from relapse.dept_record where batch_id = $1::uuid",
    )
    .bind(batch["batch_id"].as_str())
    .fetch_all(w.db.pool())
    .await
    .unwrap();
    rows.into_iter().map(|(n, s, m, r)| (n, (s, m, r))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_line_is_linked_kept_for_a_person_or_left() {
    let w = world().await;
    people(&w).await;
    let r = receive(&w, &actor("R13", &province()), &lines()).await;
    let n = |k: &str| r[k].as_i64().unwrap();
    assert_eq!((n("rows"), n("matched"), n("asked"), n("unmatched"), n("rejected"), n("repaired")), (10, 4, 4, 1, 1, 1), "{r}");
    assert_eq!(r["proposed"]["clues"], json!(4), "{r}");
    let q = &r["quality"];
    assert_eq!(
        (&q["asked"], &q["asked_rows"][0]["rows"], &q["unmatched_rows"][0]["rows"]),
        (&json!(4), &json!(4), &json!(1)),
        "{q}"
    );
    // of nine numbers four were found
    assert_eq!((&q["people"], &q["people_matched"], &q["people_match_pct"]), (&json!(9), &json!(4), &json!(44.44)), "{q}");
    let all = states(&w, &r).await;
    let is = |row: i32| (all[&row].0.as_str(), all[&row].1.as_deref());
    let county = w.village.ancestor(Level::County);
    // row 1 is the header
    for (row, want) in [
        (2, ("01", Some("01"))),
        (3, ("01", Some("03"))),
        (4, ("01", Some("04"))),
        (5, ("06", Some("02"))),
        (6, ("02", Some("06"))),
        (7, ("06", Some("05"))),
        (8, ("06", Some("05"))),
        (9, ("06", Some("05"))),
        (10, ("03", None)),
        (11, ("05", None)),
    ] {
        assert_eq!(is(row), want, "row {row}");
        let place = if want.0 == "06" { county.as_str() } else { "360000000000" };
        assert_eq!(all[&row].2, place, "row {row}");
    }
    let offered: Vec<(i32, String, String, Option<String>)> = sqlx::query_as(
        "select r.row_no, m.name, c.name_alike, r.ask_reason from relapse.dept_candidate c join relapse.dept_record r on r.id = c.record_id \
           join reg.member m on m.id = c.person_id where c.region_code = r.region_code order by r.row_no, c.confidence desc",
    )
    .fetch_all(w.db.pool())
    .await
    .unwrap();
    let offered: Vec<(i32, &str, &str, &str)> =
        offered.iter().map(|(n, m, a, y)| (*n, m.as_str(), a.as_str(), y.as_deref().unwrap_or_default())).collect();
    assert_eq!(
        offered,
        [
            (5, "王秀英", "05", "01"),
            (7, "赵永福", "01", "03"),
            (8, "刘金花", "01", "03"),
            (8, "刘金华", "03", "03"),
            (9, "赵永福", "01", "03"),
        ]
    );
    assert_eq!(w.count("select count(*) from relapse.dept_held").await, 4);
    let (asked, note): (i32, Option<String>) =
        sqlx::query_as("select asked, quality_note from relapse.dept_batch").fetch_one(w.db.pool()).await.unwrap();
    assert_eq!(asked, 4, "{note:?}");
    // the county of the candidates sees the line, its neighbour does not
    let id: Uuid =
        sqlx::query_scalar("select id from relapse.dept_record where row_no = 5").fetch_one(w.db.pool()).await.unwrap();
    assert!(w.row(&actor("R06", &county), "relapse.dept_record", id).await.is_ok());
    let other = actor("R06", &w.elsewhere.ancestor(Level::County));
    assert_eq!(w.row(&other, "relapse.dept_record", id).await.unwrap_err().kind, base::Kind::NotFound);
}

/// What the desk writes, an hour ago.
async fn said(w: &World, row: i32, person: Option<&str>) {
    let sql = "update relapse.dept_record r set match_state = case when $2::text is null then '07' else '04' end, match_method = '10', \
                 decided_by = gen_random_uuid(), decided_at = now() - interval '1 hour', person_id = m.id, household_id = m.household_id \
               from (select 1) x left join reg.member m on m.name = $2 where r.row_no = $1 and r.match_state = '06'";
    assert_eq!(sqlx::query(sql).bind(row).bind(person).execute(w.db.pool()).await.unwrap().rows_affected(), 1);
}

async fn settle(w: &World) -> Json {
    let by = Actor::system("测试");
    let id = w.jobs.enqueue(&by, relapse::steward::KIND, "测试", json!({})).await.unwrap();
    let job = w.end(&by, id).await;
    assert_eq!(job.state, State::Done, "{}", job.message);
    job.result.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmed_line_goes_the_way_of_its_batch_and_is_not_asked_about_again() {
    let w = world().await;
    people(&w).await;
    let by = actor("R13", &province());
    receive(&w, &by, &lines()).await;
    assert_eq!(w.count("select count(*) from relapse.clue").await, 4);
    said(&w, 5, Some("王秀英")).await;
    said(&w, 8, None).await;
    // decided on a moment ago: may still be taken back, and is left
    said(&w, 7, Some("赵永福")).await;
    sqlx::raw_sql("update relapse.dept_record set decided_at = now() where row_no = 7").execute(w.db.pool()).await.unwrap();

    let done = settle(&w).await;
    assert_eq!((&done["lines"], &done["clues"]), (&json!(1), &json!(1)), "{done}");
    let (clue, text, level): (Uuid, String, String) = sqlx::query_as(
        "select c.id, c.trigger_text, c.level from relapse.clue c join reg.member m on m.household_id = c.household_id where m.name = '王秀英'",
    )
    .fetch_one(w.db.pool())
    .await
    .unwrap();
    assert!(text.contains("15,000.00 元"), "{text}");
    // as the same burden was scored in the batch: 30 × 1.5 = 45
    assert_eq!(level, "2");
    // proposed, not sent: the province approves it as it approves a batch
    assert_eq!(w.count("select count(*) from relapse.dispatch_batch where total = 1 and state = '01'").await, 1);
    let (rows, confirmed): (i32, i32) = sqlx::query_as(
        "select s.rows, b.confirmed from relapse.dept_batch s join relapse.dept_batch b on b.id = s.supplements where b.denied = 1",
    )
    .fetch_one(w.db.pool())
    .await
    .unwrap();
    assert_eq!((rows, confirmed), (1, 2));
    assert_eq!(w.count("select count(*) from relapse.dept_held").await, 2, "one waits, one is decided on too lately");
    assert_eq!(w.count("select count(*) from relapse.dept_amount").await, 5);
    // the rules that hold the register against departments see it as well
    let facts = "select count(*) from relapse.dept_fact f join reg.member m on m.id = f.person_id where m.name = '王秀英' and f.amount = 1500000";
    assert_eq!(w.count(facts).await, 1);
    assert_eq!(
        w.count("select count(*) from relapse.dept_value v join relapse.dept_record r on r.id = v.record_id where r.row_no = 5")
            .await,
        2
    );
    let again = settle(&w).await;
    assert_eq!((&again["batches"], &again["lines"]), (&json!(0), &json!(0)), "{again}");

    // the same people as wrongly as before: one is known, one is not asked about again, two still are
    let next: Vec<Line<'_>> = lines().into_iter().map(|(n, id, _)| (n, id, "16000")).collect();
    let r = receive(&w, &by, &next).await;
    let n = |k: &str| r[k].as_i64().unwrap();
    assert_eq!((n("matched"), n("asked"), n("unmatched"), n("rejected")), (6, 1, 2, 1), "{r}");
    let all = states(&w, &r).await;
    assert_eq!((all[&5].0.as_str(), all[&5].1.as_deref()), ("04", Some("11")));
    assert_eq!((all[&7].0.as_str(), all[&8].0.as_str(), all[&9].0.as_str()), ("04", "03", "06"));
    let triggers: i64 = sqlx::query_scalar("select count(*) from relapse.clue_trigger where clue_id = $1")
        .bind(clue)
        .fetch_one(w.db.pool())
        .await
        .unwrap();
    assert!(triggers > 1, "the new line joined the clue of the confirmed one");
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_of_several_counties_are_for_who_sees_all_of_them() {
    let w = world().await;
    let by = actor("R13", &province());
    // one number stands in two counties under two names
    w.family(&w.village, 21, "王秀英", &[("household_type", "'01'")]).await;
    w.family(&w.elsewhere, 21, "钱大有", &[("household_type", "'01'")]).await;
    let r = receive(&w, &by, &[("李大明", number(21), "15000")]).await;
    assert_eq!(r["asked"], json!(1), "{r}");
    assert_eq!(states(&w, &r).await[&2].2, "360000000000");
    assert_eq!(w.count("select count(*) from relapse.dept_candidate").await, 2);
}
