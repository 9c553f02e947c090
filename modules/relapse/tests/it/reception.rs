//! The folder and the 前置库: what departments put there becomes a batch, each once, and a receipt lies where it was put.

use crate::world::{World, number, province, world};
use base::Actor;
use chrono::Days;
use jobs::{Job, State};
use serde_json::{Value as Json, json};
use sqlx::{Connection as _, PgConnection};
use std::path::{Path, PathBuf};
use uuid::Uuid;

fn day() -> String {
    (record::today() - Days::new(20)).to_string()
}

async fn sender(w: &World, name: &str, items: &str, folder: Option<&str>, role: Option<&str>) -> Uuid {
    let id = Uuid::now_v7();
    sqlx::query(
        "insert into relapse.dept_sender (id, region_code, name, dept, items, folder, db_role, state, created_at) \
         values ($1, '360000000000', $2, '09', $3, $4, $5, '02', now() - interval '90 days')",
    )
    .bind(id)
    .bind(name)
    .bind(items)
    .bind(folder)
    .bind(role)
    .execute(w.db.pool())
    .await
    .unwrap();
    id
}

async fn run(w: &World, kind: &str, payload: Json) -> Job {
    let by = Actor::system("测试");
    let id = w.jobs.enqueue(&by, kind, "测试", payload).await.unwrap();
    let job = w.end(&by, id).await;
    assert_eq!(job.state, State::Done, "{}", job.message);
    job
}
async fn look(w: &World, root: &Path) -> Json {
    run(w, relapse::reception::FOLDER, json!({ "folder": root, "settled_seconds": 0 })).await.result.unwrap()
}
/// Looks until the receipts of what was taken are written.
async fn look_until_settled(w: &World, root: &Path) {
    for _ in 0..100 {
        look(w, root).await;
        if w.count("select count(*) from relapse.dept_delivery where state = '01'").await == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("deliveries do not end");
}

/// All files below a folder, by their path from it.
fn files(root: &Path) -> Vec<String> {
    fn walk(at: &Path, root: &Path, out: &mut Vec<String>) {
        for e in std::fs::read_dir(at).unwrap() {
            let p = e.unwrap().path();
            if p.is_dir() {
                walk(&p, root, out);
            } else {
                out.push(p.strip_prefix(root).unwrap().to_string_lossy().into_owned());
            }
        }
    }
    let mut out = Vec::new();
    walk(root, root, &mut out);
    out.sort();
    out
}
fn find(root: &Path, part: &str, name: &str) -> PathBuf {
    let all = files(root);
    let found = all.iter().find(|f| f.contains(part) && f.ends_with(name));
    root.join(found.unwrap_or_else(|| panic!("no {part}…{name} in {all:#?}")))
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_the_folder_are_taken_once_and_their_receipts_lie_beside_them() {
    let w = world().await;
    w.family(&w.village, 1, "甲", &[("household_type", "'01'")]).await;
    sender(&w, "医保局", "31、32", Some("yibao"), None).await;
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let at = |p: &str| root.join(p);
    std::fs::create_dir_all(at("yibao/32")).unwrap();
    std::fs::create_dir_all(at("nobody")).unwrap();
    let head = "姓名,证件号码,就诊日期,个人负担,流水号\n";
    let good = format!(
        "{head}甲,{},{},12000,1\n甲,{},{},12000,1\n,{},{},5,2\n乙,12,{},7,3\n",
        number(1),
        day(),
        number(1),
        day(),
        number(2),
        day(),
        day()
    );
    std::fs::write(at("yibao/31_住院_202610.csv"), &good).unwrap();
    let lines = format!("{}\n", json!({ "姓名": "丙", "证件号码": number(9), "day": day(), "amount": 8 }));
    std::fs::write(at("yibao/32/门诊.jsonl"), lines).unwrap();
    std::fs::write(at("yibao/名单.csv"), &good).unwrap();
    std::fs::write(at("yibao/4_事故.csv"), &good).unwrap();
    std::fs::write(at("yibao/31_坏.xlsx"), b"not a workbook").unwrap();
    std::fs::write(at("yibao/31_说明.docx"), b"x").unwrap();
    std::fs::write(at("yibao/32_没有列.csv"), "a,b\n1,2\n").unwrap();
    std::fs::write(at("nobody/31.csv"), &good).unwrap();
    std::fs::write(at("31.csv"), &good).unwrap();
    std::fs::write(at("yibao/31_在写.csv.part"), &good).unwrap();

    // growing files wait
    let waiting = run(&w, relapse::reception::FOLDER, json!({ "folder": root, "settled_seconds": 3600 })).await.result.unwrap();
    assert_eq!((&waiting["taken"], &waiting["refused"], &waiting["waiting"]), (&json!(0), &json!(0), &json!(10)), "{waiting}");
    let first = look(&w, root).await;
    assert_eq!((&first["taken"], &first["refused"], &first["waiting"]), (&json!(3), &json!(6), &json!(1)), "{first}");
    look_until_settled(&w, root).await;
    let again = look(&w, root).await;
    assert_eq!((&again["taken"], &again["refused"]), (&json!(0), &json!(0)), "{again}");

    let receipt = |part: &str| -> Json {
        let file = find(root, part, "");
        serde_json::from_slice(&std::fs::read(file.parent().unwrap().join("receipt.json")).unwrap()).unwrap()
    };
    let r = receipt("31_住院_202610.csv");
    assert!(find(root, "31_住院_202610.csv", "").starts_with(at("yibao/taken")));
    assert_eq!((&r["state"], &r["period"], &r["item"]), (&json!("accepted"), &json!(202_610), &json!("31")), "{r:#}");
    let q = &r["report"];
    assert_eq!(
        (&q["rows"], &q["matched"], &q["unmatched"], &q["rejected"], &q["duplicates"]),
        (&json!(4), &json!(1), &json!(0), &json!(3), &json!(1)),
        "{r:#}"
    );
    assert_eq!(q["missing"][0]["column"], "姓名");
    // places are rows of the file, the header among them
    let places: Vec<(&Json, &Json)> = q["refused"].as_array().unwrap().iter().map(|l| (&l["row"], &l["column"])).collect();
    let (a, b, c) = (json!(3), json!(4), json!(5));
    let (no, name) = (json!("证件号码"), json!("姓名"));
    assert_eq!(places, [(&a, &no), (&b, &name), (&c, &no)], "{r:#}");
    assert!(!r.to_string().contains(&number(1)) && !r.to_string().contains('甲'));
    let text = std::fs::read_to_string(find(root, "31_住院_202610.csv", "").parent().unwrap().join("回执.txt")).unwrap();
    assert!(text.contains("必填为空：姓名 1 行") && text.contains("第 5 行，证件号码"), "{text}");
    assert!(find(root, "31_住院_202610.csv", "").parent().unwrap().join("差错标注.xlsx").exists());
    let lines = receipt("门诊.jsonl");
    assert_eq!(
        (&lines["state"], &lines["item"], &lines["report"]["unmatched"]),
        (&json!("accepted"), &json!("32"), &json!(1)),
        "{lines:#}"
    );
    assert_eq!(lines["report"]["unmatched_rows"][0]["first_rows"], json!([1]));

    for (file, says) in [
        ("yibao/refused/|名单.csv", "看不出是哪一项"),
        ("yibao/refused/|4_事故.csv", "没有登记报送第 4 项"),
        ("yibao/refused/|31_坏.xlsx", ""),
        ("yibao/refused/|31_说明.docx", "不支持这种文件"),
        ("yibao/refused/|32_没有列.csv", "姓名"),
        ("nobody/refused/|31.csv", "没有登记报送单位"),
        ("refused/|31.csv", "没有登记报送单位"),
    ] {
        let (folder, name) = file.split_once('|').unwrap();
        let all = files(root);
        let found = all
            .iter()
            .find(|f| f.starts_with(folder) && f.ends_with(&format!("/{name}")))
            .unwrap_or_else(|| panic!("{file} in {all:#?}"));
        let told = std::fs::read_to_string(root.join(found).parent().unwrap().join("回执.txt")).unwrap();
        assert!(told.contains("状态：未接收") && told.contains(says), "{file}: {told}");
    }

    // the very file put there again is known, and nothing is counted twice
    let batches = w.count("select count(*) from relapse.dept_batch").await;
    std::fs::write(at("yibao/31_住院_202610.csv"), &good).unwrap();
    assert_eq!(look(&w, root).await["taken"], json!(1));
    assert_eq!(w.count("select count(*) from relapse.dept_batch").await, batches);
    assert_eq!(w.count("select count(*) from relapse.dept_delivery where state = '01'").await, 0);
    // a sender that is stopped delivers no more
    sqlx::query("update relapse.dept_sender set state = '03'").execute(w.db.pool()).await.unwrap();
    std::fs::write(at("yibao/31_新.csv"), &good).unwrap();
    assert_eq!(look(&w, root).await["refused"], json!(1));
}

async fn front(w: &World) -> Json {
    run(w, relapse::reception::FRONT, json!({})).await.result.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_writes_into_the_front_with_its_own_account_and_sees_nothing_else() {
    let w = world().await;
    w.family(&w.village, 1, "甲", &[("household_type", "'01'")]).await;
    // accounts are of the whole server: each test has its own
    let (mine, theirs) = (format!("front_a_{}", Uuid::now_v7().simple()), format!("front_b_{}", Uuid::now_v7().simple()));
    for role in [&mine, &theirs] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("create role {role} login in role ganong_front")))
            .execute(w.db.pool())
            .await
            .unwrap();
    }
    sender(&w, "医保局", "31", None, Some(&mine)).await;
    let connect = async |role: &str| {
        // the test's cluster lets no password in: the session is made the account's own
        let mut c = PgConnection::connect(w.test.url()).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("set session authorization {role}"))).execute(&mut c).await.unwrap();
        c
    };
    let (mut a, mut b) = (connect(&mine).await, connect(&theirs).await);
    let begin = async |c: &mut PgConnection, item: &str, no: &str| -> Uuid {
        sqlx::query_scalar("insert into front.batch (item, batch_no, period) values ($1, $2, 202610) returning id")
            .bind(item)
            .bind(no)
            .fetch_one(c)
            .await
            .unwrap()
    };
    let line = async |c: &mut PgConnection, batch: Uuid, n: i32, vals: Json| {
        sqlx::query("insert into front.line (batch_id, line_no, vals) values ($1, $2, $3)")
            .bind(batch)
            .bind(n)
            .bind(vals)
            .execute(c)
            .await
    };
    let end = async |c: &mut PgConnection, batch: Uuid, lines: i32| {
        sqlx::query("update front.batch set lines = $2, ended_at = now() where id = $1")
            .bind(batch)
            .bind(lines)
            .execute(c)
            .await
            .unwrap()
            .rows_affected()
    };
    let good = begin(&mut a, "31", "YB-1").await;
    line(&mut a, good, 1, json!({ "姓名": "甲", "证件号码": number(1), "入院日期": day(), "个人负担": 12_000 })).await.unwrap();
    line(&mut a, good, 2, json!({ "姓名": "乙", "证件号码": "12", "入院日期": day(), "个人负担": 1 })).await.unwrap();
    assert_eq!(front(&w).await["taken"], json!(0), "not ended yet");
    assert_eq!(end(&mut a, good, 2).await, 1);
    assert!(line(&mut a, good, 3, json!({})).await.is_err(), "an ended batch takes no more lines");
    assert_eq!(end(&mut a, good, 3).await, 0, "nor is it ended anew");
    // lines that do not add up, an item of somebody else, an account nobody registered
    let short = begin(&mut a, "31", "YB-2").await;
    line(&mut a, short, 1, json!({ "姓名": "甲" })).await.unwrap();
    end(&mut a, short, 5).await;
    let other = begin(&mut a, "4", "YB-3").await;
    line(&mut a, other, 1, json!({ "姓名": "甲" })).await.unwrap();
    end(&mut a, other, 1).await;
    let unknown = begin(&mut b, "31", "YB-1").await;
    line(&mut b, unknown, 1, json!({ "姓名": "甲" })).await.unwrap();
    end(&mut b, unknown, 1).await;
    assert_eq!(front(&w).await["taken"], json!(1));
    for _ in 0..100 {
        front(&w).await;
        if w.count("select count(*) from relapse.dept_delivery where state = '01'").await == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    // the receipt, in the department's own table
    let (state, report): (String, Json) =
        sqlx::query_as("select state, report from front.receipt where batch_no = 'YB-1'").fetch_one(&mut a).await.unwrap();
    assert_eq!(
        (state.as_str(), &report["rows"], &report["matched"], &report["rejected"]),
        ("accepted", &json!(2), &json!(1), &json!(1)),
        "{report:#}"
    );
    assert_eq!(report["refused"][0]["row"], json!(2), "{report:#}");
    for (no, says) in [("YB-2", "声明 5 行，实际写入 1 行"), ("YB-3", "没有登记报送第 4 项")] {
        let (state, message): (String, String) = sqlx::query_as("select state, message from front.receipt where batch_no = $1")
            .bind(no)
            .fetch_one(&mut a)
            .await
            .unwrap();
        assert!(state == "refused" && message.contains(says), "{message}");
    }
    let told: Vec<(String, String)> =
        sqlx::query_as("select batch_no, message from front.receipt").fetch_all(&mut b).await.unwrap();
    assert_eq!(told.len(), 1, "one's own only");
    assert!(told[0].1.contains("没有登记报送单位"), "{told:?}");
    assert_eq!(w.count("select count(*) from front.line l join front.batch b on b.id = l.batch_id where b.batch_no = 'YB-1' and b.item = '31' and b.lines = 2").await, 0, "accepted lines leave the table");
    // what the account must not see or do
    for sql in [
        "select count(*) from reg.household",
        "select count(*) from reg.member",
        "select count(*) from relapse.clue",
        "select count(*) from relapse.dept_sender",
        "select count(*) from relapse.dept_key",
        "select count(*) from app.job",
        "select count(*) from app.file",
        "update front.receipt set state = 'accepted'",
        "delete from front.batch",
        "delete from front.line",
        "update front.batch set sender = 'x'",
        "insert into front.batch (sender, item, batch_no) values ('x', '31', 'Z')",
        "create table front.mine (a int)",
        "create schema mine",
        "set role ganong_app",
    ] {
        let tried = sqlx::raw_sql(sql).execute(&mut a).await;
        let code = tried.as_ref().err().and_then(|e| e.as_database_error()).and_then(|e| e.code()).map(|c| c.into_owned());
        assert_eq!(code.as_deref(), Some("42501"), "{sql}: {tried:?}");
    }
    let seen: i64 = sqlx::query_scalar("select count(*) from front.batch").fetch_one(&mut b).await.unwrap();
    assert_eq!(seen, 1, "batches of another account are not there");
    assert!(line(&mut b, short, 9, json!({})).await.is_err());
    assert_eq!(
        sqlx::query("update front.batch set lines = 1 where batch_no = 'YB-2'").execute(&mut b).await.unwrap().rows_affected(),
        0
    );
    a.close().await.unwrap();
    b.close().await.unwrap();
    for role in [&mine, &theirs] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("drop role {role}"))).execute(w.db.pool()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_late_stands_on_the_list_until_it_comes() {
    let w = world().await;
    let by = crate::world::actor("R13", &province());
    let county = w.village.ancestor(base::Level::County);
    let yibao = sender(&w, "医保局", "31", None, None).await;
    sqlx::query("update relapse.dept_sender set region_code = $1 where id = $2")
        .bind(county.as_str())
        .bind(yibao)
        .execute(w.db.pool())
        .await
        .unwrap();
    let due = async || run(&w, relapse::reception::DUE, json!({})).await.result.unwrap();
    let list = async || -> Vec<(String, Option<String>, i32, String)> {
        sqlx::query_as("select region_code, sender_name, days_late, state from relapse.dept_due order by region_code")
            .fetch_all(w.db.pool())
            .await
            .unwrap()
    };
    // an item that nobody ever delivered nor was registered for is not asked for
    assert_eq!(due().await["late"], json!(1));
    let first = list().await;
    assert_eq!(
        (first[0].0.as_str(), first[0].1.as_deref(), first[0].3.as_str()),
        (county.as_str(), Some("医保局"), "01"),
        "{first:?}"
    );
    assert!(first[0].2 >= 1, "{first:?}");
    assert_eq!(due().await["late"], json!(1));
    assert_eq!(list().await.len(), 1, "a second look adds nothing");
    // a batch of the province is not this county's; one of the county's own is
    w.family(&w.village, 1, "甲", &[]).await;
    let file = w.deliver(&by, &[("甲", number(1), &day(), "5")]).await;
    w.receive(&by, &file).await;
    assert_eq!(due().await["made_up"], json!(0));
    sqlx::query("update relapse.dept_batch set region_code = $1").bind(county.as_str()).execute(w.db.pool()).await.unwrap();
    let done = due().await;
    assert_eq!((&done["late"], &done["made_up"]), (&json!(0), &json!(1)), "{done}");
    assert_eq!(list().await[0].3, "02");
}
