//! Every item of the catalogue is received, and every warning rule catches its line and spares another.

use crate::world::{World, actor, number, province, world};
use base::Actor;
use chrono::{Days, NaiveDate};
use files::{FileRow, NewFile};
use jobs::{Job, State};
use relapse::departments;
use serde_json::json;
use sheet::{Column, OutCell, OutKind, Writer};
use std::collections::BTreeMap;
use uuid::Uuid;

fn today() -> NaiveDate {
    flow::rules::day_of(chrono::Utc::now())
}
fn ago(days: u64) -> String {
    (today() - Days::new(days)).to_string()
}

/// One line of an item: the number of the person and what the item's columns say.
pub(crate) type Line<'a> = (u32, &'a [(&'a str, String)]);

async fn file(w: &World, by: &Actor, item: &str, lines: &[Line<'_>]) -> FileRow {
    let item = departments::find(item).unwrap();
    let heads: Vec<&str> =
        ["姓名", "证件号码", "数据来源流水号"].into_iter().chain(item.said().map(|(_, s)| s.label.as_str())).collect();
    let columns = heads.iter().map(|h| Column::new(*h, OutKind::Text)).collect();
    let mut out = Writer::new(&item.name, columns, None).unwrap();
    for (n, (person, cells)) in lines.iter().enumerate() {
        let cells: BTreeMap<&str, &str> = cells.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let mut row: Vec<OutCell> = [
            "某".to_owned(),
            number(*person),
            cells.get("serial").map_or_else(|| format!("{}-{n}", Uuid::now_v7()), |s| (*s).to_owned()),
        ]
        .map(|t| OutCell::from(t.as_str()))
        .to_vec();
        row.extend(item.said().map(|(k, _)| OutCell::from(cells.get(k).copied().unwrap_or_default())));
        out.row(&mut row).unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.xlsx");
    out.finish(&path).unwrap();
    let bytes: Result<bytes::Bytes, std::io::Error> = Ok(std::fs::read(&path).unwrap().into());
    w.files.save(by, NewFile::import(by, "部门.xlsx"), futures::stream::iter([bytes])).await.unwrap()
}

pub(crate) async fn receive(w: &World, by: &Actor, item: &str, lines: &[Line<'_>]) -> Job {
    let file = file(w, by, item, lines).await;
    let payload = json!({ "file_id": file.id, "item": item, "period": 202_610 });
    let id = w.jobs.enqueue(by, "relapse.department_batch", "接收", payload).await.unwrap();
    w.end(by, id).await
}

/// Rule, item, what the register says of the family (SQL after `set` of the household and of the member), the line that is caught,
/// and what the spared line says otherwise.
struct Case {
    rule: &'static str,
    item: &'static str,
    household: &'static str,
    member: &'static str,
    line: Vec<(&'static str, String)>,
    spared: Vec<(&'static str, String)>,
}

const POOR: &str = "household_type = '02'";
const ORDINARY: &str = "household_type = '01'";

fn cases() -> Vec<Case> {
    let c = |rule, item, household, line: Vec<(&'static str, String)>, spared: Vec<(&'static str, String)>| Case {
        rule,
        item,
        household,
        member: "labor_skill = '01', birth_date = '1985-05-01'",
        line,
        spared,
    };
    let s = str::to_owned;
    let on = ("day", ago(20));
    let child = |mut c: Case| {
        c.member = "labor_skill = '05', birth_date = current_date - interval '10 years'";
        c
    };
    vec![
        c("W01", "31", POOR, vec![on.clone(), ("amount", s("11000"))], vec![("amount", s("5000"))]),
        c("W02", "31", ORDINARY, vec![on.clone(), ("amount", s("22000"))], vec![("amount", s("9999"))]),
        c("W03", "31", ORDINARY, vec![on.clone(), ("amount", s("10000"))], vec![("amount", s("9999.99"))]),
        c("W07", "6", POOR, vec![on.clone(), ("disease", s("肺癌"))], vec![("day", ago(200))]),
        c("W09", "8", ORDINARY, vec![on.clone()], vec![("day", ago(200))]),
        c("W09", "2", ORDINARY, vec![on.clone(), ("kind", s("死亡注销"))], vec![("kind", s("迁出"))]),
        c("W10", "17", ORDINARY, vec![on.clone(), ("after", s("二级"))], vec![("after", s("三级"))]),
        c("W11", "17", POOR, vec![on.clone(), ("after", s("四级"))], vec![("day", ago(200))]),
        c("W12", "12", ORDINARY, vec![on.clone(), ("kind", s("刚性支出困难家庭"))], vec![("day", ago(200))]),
        c("W12", "10", ORDINARY, vec![on.clone()], vec![("day", String::new())]),
        c("W13", "13", ORDINARY, vec![on.clone(), ("amount", s("3000"))], vec![("amount", s("500"))]),
        child(c("W14", "14", ORDINARY, vec![on.clone(), ("kind", s("孤儿"))], vec![("day", ago(200))])),
        c(
            "W15",
            "10",
            "household_type = '01', whole_no_labor = true",
            vec![("day", ago(400)), ("until", ago(5))],
            vec![("until", String::new())],
        ),
        child(c("W16", "35", ORDINARY, vec![on.clone(), ("back", s("劝返未果"))], vec![("back", s("已劝返"))])),
        c("W17", "37", ORDINARY, vec![("amount", s("10000"))], vec![("amount", s("9999"))]),
        c("W19", "23", ORDINARY, vec![on.clone(), ("grade", s("C")), ("status", s("未整治"))], vec![("status", s("已整治"))]),
        c("W20", "28", ORDINARY, vec![on.clone(), ("disaster", s("洪涝")), ("loss", s("房屋"))], vec![("loss", s("人员"))]),
        c("W20", "41", ORDINARY, vec![("grade", s("大")), ("moved", s("需搬迁"))], vec![("moved", s("未搬迁"))]),
        c("W22", "29", ORDINARY, vec![on.clone(), ("harm", s("房屋烧毁"))], vec![("harm", s("财物损失"))]),
        c("W23", "38", ORDINARY, vec![("day", ago(9)), ("kind", s("断水"))], vec![("day", ago(3))]),
        c("W24", "4", ORDINARY, vec![on.clone(), ("degree", s("致残"))], vec![("degree", s("轻伤"))]),
        c("W25", "5", ORDINARY, vec![on.clone(), ("kind", s("羁押"))], vec![("until", ago(3))]),
        c("W25", "X5", ORDINARY, vec![on.clone(), ("kind", s("服刑"))], vec![("kind", s("社区矫正"))]),
        c("W27", "19", POOR, vec![("day", ago(90))], vec![("day", ago(20))]),
        c("W29", "20", ORDINARY, vec![on.clone(), ("kind", s("欠薪")), ("amount", s("10000"))], vec![("amount", s("9000"))]),
        c("W30", "44", POOR, vec![on.clone(), ("title", s("某经营部"))], vec![]),
        c("W30", "X4", POOR, vec![on.clone(), ("title", s("某大棚")), ("cause", s("停产"))], vec![]),
        c("W31", "F2", ORDINARY, vec![("days", s("30"))], vec![("days", s("29"))]),
        c("W32", "F3", ORDINARY, vec![on.clone(), ("amount", s("5000"))], vec![("amount", s("4999"))]),
        c("W37", "X2", ORDINARY, vec![on.clone(), ("kind", s("生活困难"))], vec![]),
        c("W38", "X1", POOR, vec![("amount", s("10000"))], vec![("amount", s("9999"))]),
    ]
}

async fn set(w: &World, household: Uuid, c: &Case) {
    let sql = format!(
        "update reg.household set {} where id = '{household}'; update reg.member set {} where household_id = '{household}'",
        c.household, c.member
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(w.db.pool()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_rule_catches_its_line_and_spares_another() {
    let w = world().await;
    let by = actor("R13", &province());
    let mut wrong = Vec::new();
    for (i, c) in cases().into_iter().enumerate() {
        let (hit, not) = (100 + 2 * i as u32, 101 + 2 * i as u32);
        let (caught, spared) = (w.family(&w.village, hit, "某", &[]).await, w.family(&w.village, not, "某", &[]).await);
        set(&w, caught, &c).await;
        set(&w, spared, &c).await;
        let mut other: BTreeMap<&str, String> = c.line.iter().cloned().collect();
        other.extend(c.spared.iter().cloned());
        let other: Vec<(&str, String)> = other.into_iter().collect();
        let mut lines: Vec<Line<'_>> = vec![(hit, &c.line)];
        if !c.spared.is_empty() {
            lines.push((not, &other));
        }
        let job = receive(&w, &by, c.item, &lines).await;
        assert_eq!(job.state, State::Done, "{} {}: {}", c.rule, c.item, job.message);
        let met: Vec<(Uuid, String, String, String)> = sqlx::query_as(
            "select c.household_id, r.rule_id, c.trigger_text, c.level from relapse.clue c join relapse.warn_rule r on r.id = c.rule_id \
              where c.household_id in ($1, $2)",
        )
        .bind(caught)
        .bind(spared)
        .fetch_all(w.db.pool())
        .await
        .unwrap();
        let of = |h: Uuid| met.iter().find(|m| m.0 == h);
        let (r, item) = (c.rule, c.item);
        match of(caught) {
            // rules that come together (累计 and 单次) are told in one clue
            Some(m) if m.1 == r || m.2.contains("；") => {}
            other => wrong.push(format!("{r} of item {item}: {other:?} {}", job.message)),
        }
        if let Some(m) = of(spared).filter(|m| m.1 == r) {
            wrong.push(format!("{r} of item {item} is not spared: {m:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn amounts_add_up_over_months_and_over_the_family() {
    let w = world().await;
    let by = actor("R13", &province());
    let poor = w.family(&w.village, 31, "某", &[("household_type", "'02'")]).await;
    let each = |days: u64, yuan: &str| vec![("day", ago(days)), ("amount", yuan.to_owned())];
    // each stay lies below the threshold of one; together they pass half of the income
    let first = receive(&w, &by, "31", &[(31, &each(200, "5900"))]).await;
    assert_eq!(first.result.unwrap()["proposed"]["clues"], json!(0));
    let second = receive(&w, &by, "31", &[(31, &each(20, "5900"))]).await;
    let r = second.result.unwrap();
    assert_eq!(r["proposed"]["clues"], json!(1), "{r}");
    let text: String = sqlx::query_scalar("select trigger_text from relapse.clue where household_id = $1")
        .bind(poor)
        .fetch_one(w.db.pool())
        .await
        .unwrap();
    assert!(text.contains("12 个月累计合规个人负担 11,800.00 元"), "{text}");
    assert_eq!(w.count("select count(*) from relapse.dept_amount").await, 2);
    // three months of 门诊慢特病 over the monthly threshold
    let family = w.family(&w.village, 32, "某", &[("household_type", "'01'")]).await;
    let month = |back: u32| {
        let first = chrono::Datelike::with_day(&today(), 1).unwrap().checked_sub_months(chrono::Months::new(back)).unwrap();
        vec![("day", first.to_string()), ("amount", "600".to_owned())]
    };
    let (a, b, c) = (month(0), month(1), month(2));
    let r = receive(&w, &by, "32", &[(32, &a), (32, &b), (32, &c)]).await.result.unwrap();
    assert_eq!(r["proposed"]["clues"], json!(1), "{r}");
    let rule: String = sqlx::query_scalar(
        "select r.rule_id from relapse.clue c join relapse.warn_rule r on r.id = c.rule_id where household_id = $1",
    )
    .bind(family)
    .fetch_one(w.db.pool())
    .await
    .unwrap();
    assert_eq!(rule, "W04");
    // the whole burden of a family against what it earns
    let earning = w.family(&w.village, 33, "某", &[("household_type", "'01'")]).await;
    sqlx::query("insert into reg.income_period (id, region_code, household_id, period_kind, year, net) values (gen_random_uuid(), $1, $2, '01', 2026, 2000000)")
        .bind(w.village.as_str())
        .bind(earning)
        .execute(w.db.pool())
        .await
        .unwrap();
    let r = receive(&w, &by, "31", &[(33, &each(10, "10500"))]).await.result.unwrap();
    assert_eq!(r["proposed"]["high"], json!(1), "{r}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_new_on_a_whole_list_is_told_by_the_lists_before() {
    let w = world().await;
    let by = actor("R13", &province());
    for n in [61, 62] {
        w.family(&w.village, n, "某", &[("household_type", "'01'")]).await;
    }
    let line = vec![("kind", "严重精神障碍".to_owned())];
    let first = receive(&w, &by, "7", &[(61, &line)]).await.result.unwrap();
    assert_eq!(first["proposed"]["clues"], json!(0), "nobody is new on the first list: {first}");
    let second = receive(&w, &by, "7", &[(61, &line), (62, &line)]).await.result.unwrap();
    assert_eq!(second["proposed"]["clues"], json!(1), "{second}");
    let third = receive(&w, &by, "7", &[(61, &line), (62, &line)]).await.result.unwrap();
    assert_eq!(third["proposed"]["clues"], json!(0), "{third}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_item_is_received_and_bad_cells_say_column_and_remedy() {
    let w = world().await;
    let by = actor("R13", &province());
    w.family(&w.village, 41, "某", &[("household_type", "'01'")]).await;
    for item in departments::all().unwrap() {
        use departments::Holds;
        let fill = |key: &str, holds: Holds| match (key, holds) {
            ("day", _) | (_, Holds::Date) => ago(1000),
            ("amount" | "relief", _) | (_, Holds::Money | Holds::Int | Holds::Number) => "1".to_owned(),
            (_, Holds::Yes) => "是".to_owned(),
            (_, Holds::Text) => "甲".to_owned(),
        };
        let good: Vec<(&str, String)> = item.said().map(|(k, s)| (k, fill(k, s.kind))).collect();
        let mut lines: Vec<Line<'_>> = vec![(41, &good)];
        let empty: Vec<(&str, String)> = vec![];
        let required = item.said().any(|(_, s)| s.required);
        if required {
            lines.push((41, &empty));
        }
        let job = receive(&w, &by, &item.no, &lines).await;
        assert_eq!(job.state, State::Done, "item {}: {}", item.no, job.message);
        let r = job.result.unwrap();
        assert_eq!((&r["matched"], &r["rejected"]), (&json!(1), &json!(i64::from(required))), "item {}: {r}", item.no);
        if required {
            let reason = r["reasons"][0]["reason"].as_str().unwrap();
            assert!(
                item.said().any(|(_, s)| s.required && reason == format!("{}为空，请填写", s.label)),
                "item {}: {reason}",
                item.no
            );
        }
    }
    let job = receive(&w, &by, "4", &[(41, &[("day", "2026-13-01".to_owned()), ("degree", "轻伤".to_owned())])]).await;
    assert!(job.result.unwrap()["reasons"][0]["reason"].as_str().unwrap().contains("事故日期不存在或晚于今天"));
    let file = file(&w, &by, "4", &[]).await;
    let payload = json!({ "file_id": file.id, "item": "99", "period": 202_610 });
    let id = w.jobs.enqueue(&by, "relapse.department_batch", "接收", payload).await.unwrap();
    let job = w.end(&by, id).await;
    assert!(job.message.contains("没有第 99 项"), "{}", job.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_with_one_slip_is_put_right_where_the_name_agrees() {
    let w = world().await;
    let by = actor("R13", &province());
    let one = w.family(&w.village, 51, "某", &[("household_type", "'01'")]).await;
    w.family(&w.village, 52, "另", &[("household_type", "'01'")]).await;
    // two neighbouring digits swapped
    let swap = |n: u32| {
        let mut b = number(n).into_bytes();
        let at = (6..16).rev().find(|i| b[*i] != b[i + 1]).unwrap();
        b.swap(at, at + 1);
        String::from_utf8(b).unwrap()
    };
    let rows = [
        ("某", swap(51), ago(20), "15000"),
        // the same slip of somebody of another name is nobody's
        ("某", swap(52), ago(20), "15000"),
    ];
    let rows: Vec<(&str, String, &str, &str)> = rows.iter().map(|(n, id, d, y)| (*n, id.clone(), d.as_str(), *y)).collect();
    let file = w.deliver(&by, &rows).await;
    let r = w.receive(&by, &file).await.result.unwrap();
    assert_eq!((&r["matched"], &r["repaired"], &r["rejected"]), (&json!(1), &json!(1), &json!(1)), "{r}");
    assert_eq!(r["proposed"]["clues"], json!(1), "{r}");
    let (state, household): (String, Uuid) =
        sqlx::query_as("select match_state, household_id from relapse.dept_record where match_state <> '05'")
            .fetch_one(w.db.pool())
            .await
            .unwrap();
    assert_eq!((state.as_str(), household), ("02", one));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalogue_in_the_database_is_that_of_the_files() {
    let w = world().await;
    let items: Vec<(String, String, String, Vec<String>, String)> = sqlx::query_as(
        "select item_no, dept, name, uses, frequency from relapse.dept_dataset where not deleted order by item_no",
    )
    .fetch_all(w.db.pool())
    .await
    .unwrap();
    let mut want: Vec<(String, String, String, Vec<String>, String)> = departments::all()
        .unwrap()
        .iter()
        .map(|i| (i.no.clone(), i.dept.clone(), i.name.clone(), i.uses.clone(), i.frequency.clone()))
        .collect();
    want.sort();
    assert_eq!(items, want);
    let rules: Vec<(String, Vec<String>, String, String)> = sqlx::query_as(
        "select rule_id, risk, level_default, basis from relapse.warn_rule where not deleted and state = '03' order by rule_id",
    )
    .fetch_all(w.db.pool())
    .await
    .unwrap();
    let mut all: BTreeMap<&str, &departments::Rule> = BTreeMap::new();
    for item in departments::all().unwrap() {
        all.extend(departments::rules_of(item).unwrap().into_iter().map(|r| (r.id.as_str(), r)));
    }
    let mut said: Vec<(String, Vec<String>, String, String)> =
        all.values().map(|r| (r.id.clone(), r.risk.clone(), r.level.clone(), r.basis.clone())).collect();
    let regional = departments::regional().unwrap().iter();
    said.extend(regional.map(|r| (r.id.clone(), r.risk.clone(), r.level.clone(), r.basis.clone())));
    said.sort();
    assert_eq!(rules, said);
}

#[tokio::test(flavor = "multi_thread")]
async fn losses_are_held_against_what_the_household_earns_by_its_own_trade() {
    let w = world().await;
    let by = actor("R13", &province());
    for (i, item) in ["28", "X3", "X8"].into_iter().enumerate() {
        let n = 400 + 2 * i as u32;
        let line = |yuan: &str| {
            vec![("day", ago(5)), ("disaster", "非洲猪瘟".to_owned()), ("loss", "养殖".to_owned()), ("amount", yuan.to_owned())]
        };
        for h in [n, n + 1] {
            let household = w.family(&w.village, h, "某", &[("household_type", "'01'")]).await;
            sqlx::query("insert into reg.income_period (id, region_code, household_id, period_kind, year, operate) values (gen_random_uuid(), $1, $2, '01', 2026, 2000000)")
                .bind(w.village.as_str())
                .bind(household)
                .execute(w.db.pool())
                .await
                .unwrap();
        }
        let (hit, not) = (line("10000"), line("9999"));
        let r = receive(&w, &by, item, &[(n, &hit), (n + 1, &not)]).await.result.unwrap();
        assert_eq!(r["proposed"]["clues"], json!(1), "item {item}: {r}");
    }
    let rules: Vec<String> =
        sqlx::query_scalar("select distinct r.rule_id from relapse.clue c join relapse.warn_rule r on r.id = c.rule_id")
            .fetch_all(w.db.pool())
            .await
            .unwrap();
    assert_eq!(rules, ["W21"]);
}
