//! The story of a finding and of a rule, through HTTP: found by a scan, dispatched, corrected, verified, returned, exempted;
//! a rule typed, tried, released by another person, seen below the same minute, rolled back, switched off.

use base::{Actor, Level, RegionCode};
use jobs::{Worker, WorkerConfig};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use testkit::plant::Usual;
use testkit::{Person, World};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::rules::FAMILIES;

/// The usual family, moved into the village of this world; the ids of the head and of the house.
async fn settle(w: &World) -> (Uuid, Uuid) {
    let usual = Usual::read(&FAMILIES);
    let (_, mut rows) = usual.family(1, &Default::default());
    for p in &mut rows {
        p.row.insert("region_code".into(), json!(w.village.as_str()));
    }
    testkit::plant_pg::put(w.app.db.pool(), &rows).await;
    let id = |table: &str, n: usize| {
        let row = rows.iter().filter(|p| p.table == table).nth(n).expect("a row");
        Uuid::parse_str(row.row["id"].as_str().expect("an id")).expect("an id")
    };
    (id("reg.member", 0), id("reg.living_year", 0))
}

/// Changes a row past every check, as a sync or an old system would have left it.
async fn spoil(w: &World, set: &str, id: Uuid) {
    let sql = format!("update {set} where id = '{id}'");
    sqlx::query(AssertSqlSafe(sql)).execute(w.app.db.pool()).await.expect("spoilt");
}

async fn scan(w: &World, who: &Person, region: &RegionCode) -> Value {
    let a = w.send(Some(who), "POST", "/quality/scan", Some(&json!({"region": region}))).await;
    assert_eq!(a.status, 202, "{}", a.text);
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let (jobs, stop) = (w.app.jobs.clone(), stop.clone());
        async move { Worker::new(jobs, WorkerConfig::default()).run(stop).await }
    });
    let id = a.body["id"].as_str().expect("a job").to_owned();
    let mut job = Value::Null;
    for _ in 0..300 {
        job = w.send(Some(who), "GET", &format!("/jobs/{id}"), None).await.body;
        if matches!(job["state"].as_str(), Some("done" | "failed" | "cancelled")) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    stop.cancel();
    running.await.expect("a worker").expect("worked");
    assert_eq!(job["state"], "done", "{job}");
    job
}

async fn findings(w: &World, who: &Person, rule: &str) -> Vec<Value> {
    let a = w.send(Some(who), "GET", &format!("/quality/finding?rule_id={rule}"), None).await;
    assert_eq!(a.status, 200, "{}", a.text);
    a.body["items"].as_array().expect("items").clone()
}

async fn step(w: &World, who: &Person, id: &Value, verb: &str, body: Value) -> testkit::Answer {
    let id = id.as_str().expect("an id");
    let now = w.send(Some(who), "GET", &format!("/quality/finding/{id}"), None).await;
    let mut body = body;
    body["row_version"] = now.body["row_version"].clone();
    w.send(Some(who), "POST", &format!("/quality/finding/{id}/transitions/{verb}"), Some(&body)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_finding_is_found_dispatched_corrected_verified_and_returns() {
    let w = World::new().await;
    let (head, house) = settle(&w).await;
    let county = w.actor("R06", &w.village.ancestor(Level::County)).await;
    let town = w.actor("R08", &w.village.ancestor(Level::Town)).await;
    let village = w.actor("R10", &w.village).await;
    let clean = scan(&w, &county, &w.village.ancestor(Level::County)).await;
    assert_eq!(clean["result"]["failed"], json!({}), "{clean}");

    spoil(&w, "reg.living_year set danger_level = 'C'", house).await;
    let found = scan(&w, &county, &w.village.ancestor(Level::County)).await;
    assert!(found["result"]["created"].as_i64() > Some(0), "{found}");
    let seen = findings(&w, &county, "Q124").await;
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!(seen[0]["state"], "01");
    assert!(seen[0]["message"].as_str().is_some_and(|m| m.contains("王大明")), "{}", seen[0]);
    // a second scan doubles nothing
    let again = scan(&w, &county, &w.village.ancestor(Level::County)).await;
    assert_eq!(again["result"]["created"], 0, "{again}");
    // a neighbour sees nothing
    let neighbour = w.actor("R06", &w.neighbour.ancestor(Level::County)).await;
    assert!(findings(&w, &neighbour, "Q124").await.is_empty());

    let id = seen[0]["id"].clone();
    let a = step(&w, &county, &id, "dispatch", json!({})).await;
    assert_eq!((a.status.as_u16(), a.body["state"].as_str()), (200, Some("02")), "{}", a.text);
    assert!(a.body["due_at"].is_string(), "an order has its day: {}", a.text);
    let a = step(&w, &village, &id, "correct", json!({"fix_way": "02"})).await;
    assert_eq!((a.status.as_u16(), a.body["state"].as_str()), (200, Some("04")), "{}", a.text);
    // corrected in vain: the scan sees it again
    let vain = scan(&w, &county, &w.village.ancestor(Level::County)).await;
    assert_eq!(vain["result"]["reopened"], 1, "{vain}");
    assert_eq!(findings(&w, &county, "Q124").await[0]["state"], "02");
    // an error may not be exempted
    let ask = json!({"exempt_kind": "1", "exempt_reason": "情况属实", "exempt_until": "2027-03-01"});
    let a = step(&w, &town, &id, "ask_exemption", ask.clone()).await;
    assert_eq!(a.status, 422, "{}", a.text);

    // corrected by hand: the save itself verifies
    let at = format!("/registry/living_year/{house}");
    let m = w.send(Some(&village), "GET", &at, None).await;
    let body = json!({"danger_level": "B", "row_version": m.body["row_version"]});
    let a = w.send(Some(&village), "PATCH", &at, Some(&body)).await;
    assert_eq!(a.status, 200, "{}", a.text);
    assert!(quality::Pending(w.app.quality.clone()).drain().await.expect("drained") > 0);
    let closed = findings(&w, &county, "Q124").await;
    assert_eq!((closed.len(), closed[0]["state"].as_str()), (1, Some("05")), "{closed:?}");

    // it returns as the same finding
    spoil(&w, "reg.living_year set danger_level = 'C'", house).await;
    scan(&w, &county, &w.village.ancestor(Level::County)).await;
    let back = findings(&w, &county, "Q124").await;
    assert_eq!((back.len(), back[0]["state"].as_str()), (1, Some("02")), "{back:?}");
    assert_eq!(back[0]["id"], id);

    // a suspect is exempted by the county, and only as long as its values stay
    spoil(&w, "reg.member set work_monthly_income = 5000000", head).await;
    scan(&w, &county, &w.village.ancestor(Level::County)).await;
    let id = findings(&w, &county, "Q087").await[0]["id"].clone();
    assert_eq!(step(&w, &county, &id, "dispatch", json!({})).await.status, 200);
    let a = step(&w, &town, &id, "ask_exemption", ask).await;
    assert_eq!((a.status.as_u16(), a.body["state"].as_str()), (200, Some("08")), "{}", a.text);
    let a = step(&w, &county, &id, "exempt", json!({"opinion": "属实"})).await;
    assert_eq!((a.status.as_u16(), a.body["state"].as_str()), (200, Some("06")), "{}", a.text);
    scan(&w, &county, &w.village.ancestor(Level::County)).await;
    assert_eq!(findings(&w, &county, "Q087").await[0]["state"], "06");
    spoil(&w, "reg.member set work_monthly_income = 6000000", head).await;
    scan(&w, &county, &w.village.ancestor(Level::County)).await;
    assert_eq!(findings(&w, &county, "Q087").await[0]["state"], "02");

    let o = w.send(Some(&county), "GET", "/quality/overview", None).await;
    assert_eq!(o.status, 200, "{}", o.text);
    assert!(o.body["items"].as_array().is_some_and(|i| i.iter().any(|x| x["rule_id"] == "Q087" && x["open"] == 1)), "{}", o.text);
    assert!(o.body["trend"].as_array().is_some_and(|t| !t.is_empty()), "{}", o.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_is_typed_tried_released_by_another_and_rolled_back() {
    let w = World::new().await;
    settle(&w).await;
    let province = Actor::system("测试").region;
    let (writer, other) = (w.actor("R02", &province).await, w.actor("R03", &province).await);
    let county_region = w.village.ancestor(Level::County);
    let county = w.actor("R06", &county_region).await;
    let offer = w.send(Some(&writer), "GET", "/quality/vocabulary", None).await;
    assert!(offer.body["views"].as_array().is_some_and(|v| v.len() >= 10), "{}", offer.text);
    let a = w.send(Some(&writer), "POST", "/quality/rules/check", Some(&json!({"view": "v_member", "expr": "agee > 1"}))).await;
    assert_eq!((a.body["ok"].as_bool(), a.body["faults"][0]["at"]["column"].as_i64()), (Some(false), Some(1)), "{}", a.text);
    let rule = json!({
        "rule_id": "Q901", "view": "v_member", "title": "四十岁以上", "severity": "H", "scope": "A", "expr": "age > 40",
        "tell": "{name}登记为 {age}，请核实。", "at": "birth_date", "basis": "测试"
    });
    let a = w.send(Some(&county), "POST", "/quality/rules", Some(&rule)).await;
    assert_eq!((a.status.as_u16(), a.code()), (403, "quality.not_allowed"), "{}", a.text);
    // tried before it counts: nothing is kept
    let a = w.send(Some(&writer), "POST", "/quality/rules/try", Some(&json!({"rule": rule, "region": county_region}))).await;
    assert_eq!(a.status, 200, "{}", a.text);
    assert_eq!((a.body["rows"].as_i64(), a.body["hits"].as_i64()), (Some(3), Some(2)), "{}", a.text);
    assert!(findings(&w, &county, "Q901").await.is_empty());
    let a = w.send(Some(&writer), "POST", "/quality/rules", Some(&rule)).await;
    assert_eq!(a.status, 201, "{}", a.text);
    let id = a.body["id"].as_str().expect("an edition").to_owned();
    // two persons
    let a = w.send(Some(&writer), "POST", &format!("/quality/editions/{id}/release"), Some(&json!({}))).await;
    assert_eq!((a.status.as_u16(), a.code()), (403, "quality.two_persons"), "{}", a.text);
    let a = w.send(Some(&other), "POST", &format!("/quality/editions/{id}/release"), Some(&json!({}))).await;
    assert_eq!(a.status, 200, "{}", a.text);
    // the county sees its findings the same minute
    scan(&w, &county, &county_region).await;
    assert_eq!(findings(&w, &county, "Q901").await.len(), 2);
    // switched off for the county: its findings close
    let off = json!({"county": county_region, "on": false, "reason": "测试"});
    let a = w.send(Some(&writer), "POST", "/quality/rules/Q901/switch", Some(&off)).await;
    assert_eq!(a.status, 200, "{}", a.text);
    scan(&w, &county, &county_region).await;
    assert!(findings(&w, &county, "Q901").await.iter().all(|f| f["state"] == "05"));
    // rolled back: the rule is gone, with its versions kept
    let a = w.send(Some(&other), "POST", "/quality/rules/Q901/roll_back", Some(&json!({}))).await;
    assert_eq!(a.status, 200, "{}", a.text);
    let list = w.send(Some(&other), "GET", "/quality/rules", None).await;
    assert!(list.body["items"].as_array().is_some_and(|l| l.iter().all(|r| r["rule_id"] != "Q901")));
    let a = w.send(Some(&other), "GET", "/quality/rules/Q901/versions", None).await;
    assert_eq!(a.body["items"][0]["state"], "04", "{}", a.text);
    // a chain of 12 000 is refused at the desk with a sentence, and stops nobody
    let chain = vec!["age = 1"; 12_000].join(" or ");
    let a = w.send(Some(&writer), "POST", "/quality/rules/check", Some(&json!({"view": "v_member", "expr": chain}))).await;
    assert_eq!((a.status.as_u16(), a.body["ok"].as_bool()), (200, Some(false)), "{}", a.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_longest_chain_and_a_division_by_zero_stop_no_scan() {
    use quality::{Hit, Pass};
    let w = World::new().await;
    settle(&w).await;
    let columns = w.app.catalog.columns_of_view("v_member").expect("columns");
    let view = w.app.catalog.view("v_member").expect("a view");
    let text = |id: &str, expr: String| meta::ruleset::RuleText {
        id: id.into(),
        src: String::new(),
        also: vec![],
        title: "试".into(),
        grade: meta::Grade::H,
        scope: "A".into(),
        r#where: expr,
        check: String::new(),
        tell: "{name}".into(),
        at: "name".into(),
        days: String::new(),
        bad: Default::default(),
        good: Default::default(),
    };
    let chain = format!("{} or age > 40", vec!["age = 1"; 12_000].join(" or "));
    let rules: Vec<std::sync::Arc<meta::Rule>> = [("A", chain), ("B", "100 / (age - age) > 1 or age / 0 is null".to_owned())]
        .into_iter()
        .map(|(id, e)| std::sync::Arc::new(meta::Rule::new(&w.app.catalog, "v_member", "", text(id, e), 0).expect("a rule")))
        .collect();
    let mut tx = w.app.db.begin(&Actor::system("测试")).await.expect("a transaction");
    let ask = Pass {
        view,
        columns,
        rules: &rules,
        range: w.village.scope(),
        params: &Default::default(),
        today: "2026-11-26".parse().expect("a day"),
        cap: 10,
        file: None,
    };
    let mut hits = 0;
    let passed = w.app.quality.scan.pass(&mut tx, &ask, &mut |_: Hit| hits += 1).await.expect("a pass");
    assert_eq!((passed.failed.len(), passed.counts.as_slice(), hits), (0, [2, 3].as_slice(), 3));
}

/// A sheet of rules as people fill it in.
fn sheet_of(rows: &[[&str; 8]]) -> Vec<u8> {
    let heads = ["规则编号", "对象", "名称", "级别", "适用范围", "条件表达式", "提示语", "改正字段"];
    let columns = heads.map(|h| sheet::Column::new(h, sheet::OutKind::Text)).to_vec();
    let mut out = sheet::Writer::new("规则", columns, None).expect("a workbook");
    for r in rows {
        out.row(&mut r.map(|t| sheet::OutCell::Text(t.to_owned()))).expect("a row");
    }
    let file = tempfile::NamedTempFile::new().expect("a file");
    out.finish(file.path()).expect("written");
    std::fs::read(file.path()).expect("read")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sheet_of_rules_is_compared_submitted_and_released_by_another() {
    let w = World::new().await;
    let province = Actor::system("测试").region;
    let (writer, other) = (w.actor("R02", &province).await, w.actor("R03", &province).await);
    // what was downloaded says nothing new
    let a = w.send(Some(&writer), "GET", "/quality/rules", None).await;
    let items = a.body["items"].as_array().expect("rules").clone();
    let text = |v: &Value, k: &str| v[k].as_str().unwrap_or_default().to_owned();
    let lines = items.iter().enumerate().map(|(i, r)| ::quality::sheets::Line {
        row: i as u64 + 2,
        rule_id: text(r, "rule_id"),
        view: text(r, "view"),
        title: text(r, "title"),
        severity: text(r, "severity"),
        scope: text(r, "scope"),
        expr: text(r, "expr"),
        tell: text(r, "tell"),
        at: text(r, "at"),
        src: text(r, "src"),
        basis: text(r, "source"),
    });
    let mut tx = w.app.db.begin(&Actor::system("测试")).await.expect("a transaction");
    let same = w.app.quality.compare_sheet(&mut tx, lines.collect()).await.unwrap_or_else(|e| panic!("{}", e.chain()));
    let odd: Vec<_> = same.rows.iter().filter(|r| r.against != ::quality::sheets::Against::Same).collect();
    assert!(odd.is_empty(), "{odd:?}");
    assert!(same.gone.is_empty());
    drop(tx);
    // a new rule, its opposite, a changed one, one that cannot be read, one twice, an unknown view
    let known = items.iter().find(|r| r["view"] == "v_member" && r["scope"] == "A").expect("a rule of members");
    let (id, expr, tell, at) = (text(known, "rule_id"), text(known, "expr"), text(known, "tell"), text(known, "at"));
    let rows = [
        ["Q911", "v_member", "四十岁以上", "提示", "A", "age > 40 and gender = '1'", "{name}登记为 {age}。", "birth_date"],
        ["Q912", "v_member", "反面", "疑似", "A", "gender <> '1' or age <= 40", "{name}登记为 {age}。", "birth_date"],
        [&id, "v_member", "换了名称", "提示", "A", &expr, &tell, &at],
        ["Q913", "v_member", "读不懂", "提示", "A", "agee > 40", "{name}", "birth_date"],
        ["Q911", "v_member", "重复", "提示", "A", "age > 50", "{name}", "birth_date"],
        ["Q914", "没有的对象", "无", "严重", "A", "age > 50", "{name}", "birth_date"],
    ];
    let book = sheet_of(&rows);
    let path = "/quality/rules/sheet";
    let a = w.upload(&other, path, &[], &[("规则.xlsx", book.clone())]).await;
    assert_eq!((a.status.as_u16(), a.code()), (403, "quality.not_allowed"), "{}", a.text);
    let a = w.upload(&writer, path, &[], &[("规则.xlsx", book)]).await;
    assert_eq!(a.status, 200, "{}", a.text);
    let against: Vec<&str> = a.body["rows"].as_array().expect("rows").iter().filter_map(|r| r["against"].as_str()).collect();
    assert_eq!(against, ["new", "new", "changed", "faulty", "faulty", "faulty"], "{}", a.text);
    let said = |n: usize| a.body["rows"][n]["problems"].to_string();
    assert!(said(3).contains("agee") && said(4).contains("第 2 行重复"), "{}{}", said(3), said(4));
    assert!(said(5).contains("没有的对象") && said(5).contains("严重"), "{}", said(5));
    let differs: Vec<&str> =
        a.body["rows"][2]["differences"].as_array().expect("list").iter().filter_map(|d| d["label"].as_str()).collect();
    assert!(differs.contains(&"名称") && !differs.contains(&"条件"), "{differs:?}");
    let odd = a.body["contradictions"].to_string();
    assert!(odd.contains("Q911 与 Q912 的条件正好相反"), "{odd}");
    // all or none, and another person lets them count
    let drafts: Vec<Value> = (0..3).map(|n| a.body["rows"][n]["draft"].clone()).collect();
    let mut broken = drafts.clone();
    broken[2]["expr"] = json!("agee > 1");
    let b = w.send(Some(&writer), "POST", "/quality/rules/batch", Some(&json!({"rules": broken}))).await;
    assert!(b.status.as_u16() == 422 || b.status.as_u16() == 400, "{}", b.text);
    assert!(b.text.contains(&id), "{}", b.text);
    let b = w.send(Some(&other), "POST", "/quality/rules/release", Some(&json!({"rules": ["Q911"]}))).await;
    assert_eq!(b.code(), "quality.nothing_waits", "nothing of a refused sheet was kept: {}", b.text);
    let b = w.send(Some(&writer), "POST", "/quality/rules/batch", Some(&json!({"rules": drafts}))).await;
    assert_eq!(b.status, 201, "{}", b.text);
    let all = json!({"rules": ["Q911", "Q912", id]});
    let b = w.send(Some(&writer), "POST", "/quality/rules/release", Some(&all)).await;
    assert_eq!(b.code(), "quality.two_persons", "{}", b.text);
    let b = w.send(Some(&other), "POST", "/quality/rules/release", Some(&all)).await;
    assert_eq!(b.status, 200, "{}", b.text);
    let a = w.send(Some(&writer), "GET", "/quality/rules", None).await;
    let now = a.body["items"].as_array().expect("rules");
    assert!(["Q911", "Q912"].iter().all(|q| now.iter().any(|r| r["rule_id"] == *q)));
    assert!(now.iter().any(|r| r["rule_id"] == id.as_str() && r["title"] == "换了名称"));
    // a sheet that is none
    let a = w.upload(&writer, path, &[], &[("规则.xlsx", b"no book".to_vec())]).await;
    assert!(a.status.is_client_error() && !a.code().is_empty(), "{}", a.text);
}
