//! Every rule catches the family planted for it and spares its neighbour; nothing catches the usual family; no rule of the
//! sources is forgotten; the views stand as their descriptions say.

use base::{Actor, Scope};
use chrono::NaiveDate;
use meta::Rule;
use quality::{Hit, Pass, Scan};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use testkit::World;
use testkit::plant::Usual;

/// What the usual family has of each module.
pub const FAMILIES: [&str; 3] = [
    include_str!("../../../modules/relapse/meta/plants.toml"),
    include_str!("../../../modules/toilet/meta/plants.toml"),
    include_str!("../../../modules/yulu/meta/plants.toml"),
];

/// Where no region is: wider than any actor.
fn nowhere() -> Scope {
    Scope { lo: "369900000000".into(), hi: "370000000000".into() }
}

/// A lake of this world in a folder of its own, with everything in it.
async fn lake(w: &World) -> (::lake::Lake, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut settings = ganong::assemble::Settings::new(folder.path());
    // some counties a part
    settings.lake.bounds.part = 200;
    let lake = ganong::assemble::open_lake(&w.app.db, w.app.catalog.clone(), &settings).expect("a lake");
    for item in lake.items().await.expect("items").iter() {
        let all = ::lake::refresh::Parts::All;
        lake.refresh(item, &all, &|| Ok(())).await.unwrap_or_else(|e| panic!("{}: {}", item.id, e.chain()));
    }
    (lake, folder)
}

/// Rule and region of each hit of each described rule.
async fn caught(w: &World, scan: &dyn Scan, today: NaiveDate) -> BTreeSet<(String, String)> {
    let mut tx = w.app.db.begin(&Actor::system("测试")).await.expect("a transaction");
    let params = w.app.catalog.rule_params().iter().map(|(k, p)| (k.clone(), p.value)).collect();
    let mut caught = BTreeSet::new();
    for v in w.app.catalog.views() {
        let rules: Vec<Arc<Rule>> = w.app.catalog.rules().filter(|r| r.view == v.id).cloned().collect();
        let columns = w.app.catalog.columns_of_view(&v.id).expect("columns");
        let ask = Pass { view: v, columns, rules: &rules, range: nowhere(), params: &params, today, cap: 10_000, file: None };
        let passed = scan
            .pass(&mut tx, &ask, &mut |h: Hit| {
                caught.extend(h.rules.iter().map(|i| (rules[*i].text.id.clone(), h.region.clone())));
            })
            .await
            .unwrap_or_else(|e| panic!("{}: {}", v.id, e.chain()));
        assert!(passed.failed.is_empty(), "{}: {:?}", v.id, passed.failed);
    }
    caught
}

/// What the lake finds by itself for rules of one view.
async fn pure(w: &World, lake: &::lake::Lake, rules: &[Arc<Rule>], today: NaiveDate) -> ::lake::scan::Found {
    let view = w.app.catalog.view(&rules[0].view).expect("a view");
    let range = nowhere();
    let seen = ::lake::scan::Seen::of(lake, &::lake::scan::datasets(view), &range).await.expect("files").expect("copied");
    let params = w.app.catalog.rule_params().iter().map(|(k, p)| (k.clone(), p.value)).collect();
    let columns = w.app.catalog.columns_of_view(&view.id).expect("columns");
    let look = ::lake::scan::Look { view, columns, rules, range: &range, params: &params, today, cap: 10_000 };
    lake.scan(&seen, &look).await.unwrap_or_else(|e| panic!("{}: {}", view.id, e.chain()))
}

/// A rule over households, as somebody would type it.
fn typed(w: &World, text: &str) -> Result<Arc<Rule>, Vec<String>> {
    let text = serde_json::json!({ "id": "X", "title": "试", "sev": "S", "where": text, "tell": "试", "at": "hukou_count" });
    let text = serde_json::from_value(text).expect("a rule");
    Rule::new(&w.app.catalog, "v_household", "试", text, 1).map(Arc::new)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_rules_stop_no_scan_in_either_engine() {
    let w = World::new().await;
    let usual = Usual::read(&FAMILIES);
    let mut rows = Vec::new();
    for n in 1..=6 {
        rows.extend(usual.family(n, &Default::default()).1);
    }
    testkit::plant_pg::put(w.app.db.pool(), &rows).await;
    sqlx::raw_sql("update reg.household set hukou_count = 3, resident_count = 0").execute(w.app.db.pool()).await.expect("set");
    // what cannot be meant is refused with its place before any engine sees it
    for (text, says) in [
        ("hukou_cuont > 1", "没有字段"),
        ("hukou_count > 'x'", "不能这样比较"),
        ("matches(head_name, '(a+)+')", "重复"),
        ("head_name > 1", "不能这样比较"),
    ] {
        let why = typed(&w, text).expect_err(text).join("；");
        assert!(why.contains("第 1 行") && why.contains(says), "{text}: {why}");
    }
    let same = (0..12_000).map(|n| format!("hukou_count = {}", n + 3)).collect::<Vec<_>>().join(" or ");
    let other = (0..12_000).map(|n| format!("hukou_count > {}", n + 2)).collect::<Vec<_>>().join(" or ");
    let rules: Vec<Arc<Rule>> = [
        ("hukou_count / resident_count > 1", 0),
        ("hukou_count / (resident_count - resident_count) > 1 or hukou_count = 3", 6),
        ("add_days(date '9999-12-31', 100000) > today() or hukou_count / resident_count is null", 6),
        (same.as_str(), 6),
        (other.as_str(), 6),
        ("matches(head_name, '^.{1,100}$') and not matches(head_name, '[0-9]')", 6),
        ("hukou_count > 3", 0),
    ]
    .iter()
    .map(|(text, _)| typed(&w, text).unwrap_or_else(|e| panic!("{e:?}")))
    .collect();
    let want = [0, 6, 6, 6, 6, 6, 0];
    let (lake, _folder) = lake(&w).await;
    let today = "2026-11-26".parse().expect("a day");
    let view = w.app.catalog.view("v_household").expect("a view").clone();
    let columns = w.app.catalog.columns_of_view("v_household").expect("columns");
    let params = Default::default();
    let engines: [(&str, Box<dyn Scan>); 2] =
        [("records", Box::new(quality::Postgres)), ("lake", Box::new(::lake::LakeScan::new(lake.clone(), base::Level::County)))];
    for (name, scan) in engines {
        let mut tx = w.app.db.begin(&Actor::system("测试")).await.expect("a transaction");
        let ask = Pass { view: &view, columns, rules: &rules, range: nowhere(), params: &params, today, cap: 2, file: None };
        let mut told = 0;
        let passed = scan.pass(&mut tx, &ask, &mut |h: Hit| told += h.rules.len()).await.expect("a pass");
        assert!(passed.failed.is_empty(), "{name}: {:?}", passed.failed);
        assert_eq!(passed.counts, want, "{name}");
        assert_eq!(told, 5 * 2, "{name}: counts go on beyond the cap, hits do not");
    }
    let found = pure(&w, &lake, &rules, today).await;
    assert_eq!(found.left, [4], "only the chain that is no list goes to the records");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_rule_catches_its_planted_row_and_spares_the_good_one() {
    let w = World::new().await;
    let usual = Usual::read(&FAMILIES);
    let line = serde_json::json!({"id": uuid::Uuid::now_v7(), "region_code": "360000000000", "year": 2026, "amount": 940_000, "valid_from": "2026-01-01"});
    let line = testkit::plant::Planted { table: "reg.monitor_line".into(), row: line.as_object().expect("a row").clone() };
    let mut rows = vec![line];
    let mut number = 1;
    let mut plant = |p: &meta::ruleset::Plant, rows: &mut Vec<_>| {
        let (region, more) = usual.family(number, p);
        number += 1;
        rows.extend(more);
        region
    };
    let nothing = plant(&Default::default(), &mut rows);
    let mut bad = BTreeMap::new();
    let mut good = BTreeMap::new();
    for r in w.app.catalog.rules() {
        bad.insert(r.text.id.clone(), plant(&r.text.bad, &mut rows));
        good.insert(r.text.id.clone(), plant(&r.text.good, &mut rows));
    }
    testkit::plant_pg::put(w.app.db.pool(), &rows).await;

    let today = usual.today.parse().expect("a day");
    let records = caught(&w, &quality::Postgres, today).await;
    let (lake, _folder) = lake(&w).await;
    let over_the_lake = caught(&w, &lake::LakeScan::new(lake.clone(), base::Level::County), today).await;
    assert_eq!(records, over_the_lake, "the engines do not agree");
    let mut here = 0;
    for v in w.app.catalog.views() {
        let rules: Vec<Arc<Rule>> = w.app.catalog.rules().filter(|r| r.view == v.id).cloned().collect();
        let found = pure(&w, &lake, &rules, today).await;
        here += rules.len() - found.left.len();
        // what the lake says alone, without the records telling
        for (subject, places) in &found.hits {
            assert!(!places.is_empty(), "{subject}");
        }
    }
    let all = w.app.catalog.rules().count();
    assert!(here * 10 >= all * 7, "only {here} of {all} rules are evaluated by the lake itself");
    eprintln!("{here} of {all} rules are evaluated by the lake itself");
    let caught = records;
    let mut wrong = Vec::new();
    for r in w.app.catalog.rules() {
        let id = &r.text.id;
        if !caught.contains(&(id.clone(), bad[id].clone())) {
            wrong.push(format!("{id} does not catch its planted row"));
        }
        if caught.contains(&(id.clone(), good[id].clone())) {
            wrong.push(format!("{id} catches the good row"));
        }
        if caught.contains(&(id.clone(), nothing.clone())) {
            wrong.push(format!("{id} catches the usual family"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn views_stand_as_they_are_described() {
    let w = World::new().await;
    let mut conn = w.app.db.pool().acquire().await.expect("a connection");
    for v in w.app.catalog.views() {
        let draft = w.app.catalog.draft_of_view(&v.id).expect("a draft").replace(&v.table(), &format!("pg_temp.{}", v.id));
        let draft = draft
            .split("\ngrant")
            .next()
            .expect("the statement")
            .replacen("create view", "create temp view", 1)
            .replace("create temp view pg_temp.", "create temp view ");
        sqlx::raw_sql(sqlx::AssertSqlSafe(draft)).execute(&mut *conn).await.unwrap_or_else(|e| panic!("{}: {e}", v.id));
        let text = async |name: String, conn: &mut sqlx::PgConnection| -> String {
            sqlx::query_scalar("select pg_get_viewdef($1::regclass)").bind(name).fetch_one(conn).await.expect("a view")
        };
        let made = text(format!("pg_temp.{}", v.id), &mut conn).await;
        let stands = text(v.table(), &mut conn).await;
        assert!(made == stands, "{} does not stand as described: copy docs/generated/views.sql into a new migration", v.table());
    }
}

#[tokio::test]
async fn no_rule_of_the_sources_is_forgotten() {
    let catalog = ganong::assemble::catalog().expect("descriptions load");
    let mut said: BTreeSet<String> = BTreeSet::new();
    for r in catalog.rules() {
        said.insert(r.text.id.trim_end_matches(['b', 'c']).to_owned());
        said.extend(r.text.also.iter().cloned());
    }
    for id in catalog.not_yet().iter().flat_map(|n| &n.ids) {
        match id.split_once('…') {
            None => assert!(said.insert(id.clone()), "{id} is said and said not to be"),
            Some((from, to)) => {
                let (head, first) = from.rsplit_once('-').expect("a number");
                let (a, b): (u32, u32) = (first.parse().expect("a number"), to.parse().expect("a number"));
                said.extend((a..=b).map(|n| format!("{head}-{n:03}")));
            }
        }
    }
    let ranges = |head: &str, list: &[(u32, u32)]| -> Vec<String> {
        list.iter().flat_map(|(a, b)| (*a..=*b).map(|n| format!("{head}{n:03}")).collect::<Vec<_>>()).collect()
    };
    // domain 01 §5.1–5.10
    let mut all = ranges(
        "Q",
        &[(1, 14), (20, 32), (40, 76), (80, 99), (110, 124), (130, 152), (160, 198), (200, 210), (220, 230), (240, 249)],
    );
    // domain 05 §13.2
    for (group, n) in [
        ("P", 81),
        ("H", 61),
        ("I", 32),
        ("J", 72),
        ("W", 16),
        ("V", 42),
        ("M", 30),
        ("X", 28),
        ("B", 23),
        ("R", 28),
        ("C", 32),
        ("F", 30),
    ] {
        all.extend(ranges(&format!("DQ-{group}-"), &[(1, n)]));
    }
    // domain 02 A5, A6
    all.extend((1..=52).map(|n| format!("T-{n:02}")));
    all.extend((1..=15).map(|n| format!("TW-{n:02}")));
    // domain 03 §1.6, §1.7
    all.extend((1..=35).map(|n| format!("YL-{n:02}")));
    all.extend((1..=6).map(|n| format!("YL-W{n}")));
    let missing: Vec<&String> = all.iter().filter(|id| !said.contains(*id)).collect();
    assert!(missing.is_empty(), "neither said nor explained: {missing:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn functions_mean_the_same_in_the_database_and_in_their_definition() {
    use meta::rule::functions::{Cell, Now, find};
    let w = World::new().await;
    let now = Now { today: "2026-11-26".parse().expect("a day"), moment: chrono::Utc::now() };
    let day = |t: &str| Cell::Date(t.parse().expect("a day"));
    let list = |l: &[&str]| Cell::List(l.iter().map(|x| (*x).to_owned()).collect());
    let text = |t: &str| Cell::Text(t.to_owned());
    let cases: Vec<(&str, Vec<Cell>, &str)> = vec![
        ("age_at", vec![day("2010-11-27"), day("2026-11-26")], "rule.age_at(date '2010-11-27', date '2026-11-26')::text"),
        ("age_at", vec![day("2004-02-29"), day("2023-02-28")], "rule.age_at(date '2004-02-29', date '2023-02-28')::text"),
        ("age_at", vec![day("2027-01-01"), day("2026-11-26")], "rule.age_at(date '2027-01-01', date '2026-11-26')::text"),
        (
            "days_between",
            vec![day("2026-01-01"), day("2026-03-01")],
            "rule.days_between(date '2026-01-01', date '2026-03-01')::text",
        ),
        ("school_day", vec![day("2026-08-31")], "rule.school_day(date '2026-08-31')::text"),
        ("school_day", vec![day("2026-09-01")], "rule.school_day(date '2026-09-01')::text"),
        ("add_months", vec![day("2026-01-31"), Cell::Num(1.0)], "rule.add_months(date '2026-01-31', 1)::text"),
        ("add_months", vec![day("2026-03-31"), Cell::Num(-1.0)], "rule.add_months(date '2026-03-31', -1)::text"),
        ("add_days", vec![day("2026-01-31"), Cell::Num(-31.0)], "rule.add_days(date '2026-01-31', -31)::text"),
        ("first_day", vec![Cell::Num(202_613.0)], "rule.first_day(202613)::text"),
        ("first_day", vec![Cell::Num(202_602.0)], "rule.first_day(202602)::text"),
        ("make_day", vec![Cell::Num(2026.0), Cell::Num(2.0), Cell::Num(30.0)], "rule.make_day(2026, 2, 30)::text"),
        ("make_day", vec![Cell::Num(2024.0), Cell::Num(2.0), Cell::Num(29.0)], "rule.make_day(2024, 2, 29)::text"),
        ("months_between", vec![Cell::Num(202_411.0), Cell::Num(202_601.0)], "rule.months_between(202411, 202601)::text"),
        ("month_of", vec![day("2026-11-26")], "rule.month_of(date '2026-11-26')::float8::text"),
        ("length", vec![text("王大明")], "rule.length('王大明')::text"),
        ("ends_with", vec![text("07-99"), text("-99")], "rule.ends_with('07-99', '-99')::text"),
        ("has_text", vec![text("07-99"), text("-")], "rule.has_text('07-99', '-')::text"),
        ("phone_ok", vec![text("12900001111")], "rule.phone_ok('12900001111')::text"),
        ("phone_ok", vec![text("13900001111")], "rule.phone_ok('13900001111')::text"),
        ("repeats", vec![list(&["01", "02", "01"])], "rule.repeats(array['01', '02', '01'])::text"),
        ("size", vec![list(&["01", "02"])], "rule.size(array['01', '02'])::text"),
        ("count_true", vec![Cell::Bool(true), Cell::Null, Cell::Bool(true)], "rule.count_true(array[true, null, true])::text"),
    ];
    for (name, args, sql) in cases {
        let here = match (find(name).expect("a function").run)(&args, now) {
            Cell::Null => None,
            Cell::Bool(b) => Some(b.to_string()),
            Cell::Num(x) => Some(format!("{x}")),
            Cell::Date(d) => Some(d.to_string()),
            other => panic!("{other:?}"),
        };
        let there: Option<String> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select {sql}"))).fetch_one(w.app.db.pool()).await.expect(sql);
        assert_eq!(here, there, "{sql}");
    }
}
