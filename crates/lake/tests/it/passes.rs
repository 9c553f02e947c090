//! Rules over rows, over what is put beside them and over folds catch the same rows in the lake and in the records: also where several
//! rows are the newest, where none is there, and where rows lie in other counties.

use super::{CATALOG, VILLAGES, World};
use base::{Actor, Level, RegionCode};
use lake::scan::{Look, Seen, datasets};
use lake::{LakeScan, When};
use meta::Rule;
use quality::{Hit, Pass, Scan};
use sqlx::AssertSqlSafe;
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

/// What each rule says.
const RULES: [&str; 34] = [
    "class = '1'",
    "class <> '1' or heads is null",
    "not (class = '1' and heads > 3)",
    "not (ready is true or heads > 3)",
    "(ready and heads > 2) is not true",
    "(ready or heads > 2) is false",
    "not ((ready or heads > 4) is not false)",
    "pay_per_head > yuan(100000000) and share < 5",
    "card_filled and heads between 2 and 4",
    "part_name = '3-2'",
    "part_name is null",
    "not (part_size > 2)",
    "part_size <> heads",
    "part_size = heads and class in ('1', '2')",
    "owner_class = class",
    "owner_class is null and class = '2'",
    "owner_ready is not true and owner_heads > heads",
    "grand_size is not null and grand_size >= part_size",
    "grand_size is null",
    "sister_heads <> heads",
    "sister_no is null or sister_no = no",
    "part_count = 0",
    "part_count > 1 and not (size_sum > 6)",
    "size_sum is null",
    "size_sum / part_count > 2.5",
    "size_min = 1 or size_min is null",
    "name_max = '2-1' or name_max > '3'",
    "sizes > 1 and sizes < part_count",
    "fellow_count = 2",
    "fellow_count = 0 or fellow_born < born",
    "fellow_born is null or fellow_born > date '1995-01-01'",
    "owned_classes is null",
    "village_parts > 50 and owner_parts = 2",
    "owner_parts = 0 and part_count > 0",
];

fn rules() -> Vec<Arc<Rule>> {
    let rule = |(n, text): (usize, &&str)| {
        let text =
            serde_json::json!({ "id": format!("R{n}"), "title": "试", "sev": "S", "where": text, "tell": "试", "at": "no" });
        Arc::new(Rule::new(&CATALOG, "v_thing", "试", serde_json::from_value(text).unwrap(), 1).unwrap())
    };
    RULES.iter().enumerate().map(rule).collect()
}

async fn filled() -> World {
    let w = World::new().await;
    w.sql(CATALOG.draft_of_view("v_thing").unwrap()).await;
    w.fill(&VILLAGES, 60).await;
    // owners in another county, one that is gone, none at all
    w.sql("update box.thing set owner_id = (select id from box.thing o where o.region_code = '360222100001' and o.no = 'N' || length(box.thing.no)) where no like '%4'").await;
    w.sql("update box.thing set owner_id = null where no like '%5'").await;
    w.sql("update box.thing set deleted = true where no in ('N7', 'N8')").await;
    // none to three parts, several of one size
    w.sql(
        "insert into box.part (id, region_code, thing_id, name, size) \
         select md5(t.id::text || n)::uuid, t.region_code, t.id, n || '-' || ascii(substr(md5(t.id::text), 2)) % 3, \
           nullif(ascii(substr(md5(t.id::text), 4 + n)) % 5, 0) \
         from box.thing t, generate_series(1, 3) n where ascii(substr(md5(t.id::text), 1)) % 4 >= n",
    )
    .await;
    w.round().await;
    w
}

/// Counts, and place of the rule with the row it caught.
async fn caught(w: &World, scan: &dyn Scan, rules: &[Arc<Rule>], region: &str) -> (u64, Vec<u64>, BTreeSet<(usize, Uuid)>) {
    let mut tx = w.db.begin(&Actor::system("试验")).await.unwrap();
    let (view, columns) = (CATALOG.view("v_thing").unwrap(), CATALOG.columns_of_view("v_thing").unwrap());
    let range = RegionCode::parse(region).unwrap().scope();
    let today = "2026-11-28".parse().unwrap();
    let params = Default::default();
    let ask = Pass { view, columns, rules, range, params: &params, today, cap: 10_000, file: None };
    let mut hits = BTreeSet::new();
    let passed = scan.pass(&mut tx, &ask, &mut |h: Hit| hits.extend(h.rules.iter().map(|r| (*r, h.subject)))).await.unwrap();
    assert!(passed.failed.is_empty(), "{:?}", passed.failed);
    (passed.rows, passed.counts, hits)
}

#[tokio::test]
async fn rules_over_what_lies_beside_a_row_catch_the_same_in_both() {
    let w = filled().await;
    let rules = rules();
    let lake = LakeScan::new(w.lake.clone(), Level::County);
    for region in ["36", "3601", "360121", "360222"] {
        let (records, ours) = (caught(&w, &quality::Postgres, &rules, region).await, caught(&w, &lake, &rules, region).await);
        assert_eq!(records.0, ours.0, "rows of {region}");
        for (n, text) in RULES.iter().enumerate() {
            let of = |all: &BTreeSet<(usize, Uuid)>| all.iter().filter(|h| h.0 == n).map(|h| h.1).collect::<BTreeSet<_>>();
            assert_eq!(of(&records.2), of(&ours.2), "{text} in {region}");
            assert_eq!((records.1[n], of(&ours.2).len() as u64), (ours.1[n], ours.1[n]), "{text} in {region}");
            let some = 0 < ours.1[n] && ours.1[n] < ours.0;
            assert!(some || region != "36", "{text} catches {} of {} rows and tells little", ours.1[n], ours.0);
        }
    }
}

#[tokio::test]
async fn nothing_is_left_to_the_records_and_a_narrow_range_stays_in_itself() {
    let w = filled().await;
    let rules = rules();
    let view = CATALOG.view("v_thing").unwrap();
    let columns = CATALOG.columns_of_view("v_thing").unwrap();
    for region in ["36", "360121100", "360121100001"] {
        let range = RegionCode::parse(region).unwrap().scope();
        let seen = Seen::of(&w.lake, &datasets(view), &RegionCode::parse("36").unwrap().scope()).await.unwrap().unwrap();
        let (params, today) = (Default::default(), "2026-11-28".parse().unwrap());
        let look = Look { view, columns, rules: &rules, range: &range, params: &params, today, cap: 3 };
        let found = w.lake.scan(&seen, &look).await.unwrap();
        assert_eq!(found.left, Vec::<usize>::new());
        let sql =
            format!("select count(*) from box.rule_thing where region_code >= '{}' and region_code < '{}'", range.lo, range.hi);
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(w.db.pool()).await.unwrap();
        assert_eq!(found.rows, rows as u64, "{region}");
        let by_county: Vec<u64> = (0..rules.len()).map(|n| found.by_county.values().map(|c| c[n]).sum()).collect();
        assert_eq!(by_county, found.counts, "{region}");
        for (n, text) in RULES.iter().enumerate() {
            let named = found.hits.values().filter(|places| places.contains(&n)).count() as u64;
            assert_eq!(named, found.counts[n].min(3), "{text}: counts go on beyond the cap, names do not");
        }
    }
}

#[tokio::test]
async fn where_files_are_gone_the_records_are_asked() {
    let w = filled().await;
    let rules = rules();
    let lake = LakeScan::new(w.lake.clone(), Level::County);
    let before = caught(&w, &lake, &rules, "36").await;
    let gone = w.lake.moment("box.part", When::Now).await.unwrap().unwrap();
    for f in gone.files.iter().filter(|f| f.county == "360121") {
        std::fs::remove_file(w.folder.path().join("lake").join(&f.path)).unwrap();
    }
    let view = CATALOG.view("v_thing").unwrap();
    let columns = CATALOG.columns_of_view("v_thing").unwrap();
    let range = RegionCode::parse("36").unwrap().scope();
    let seen = Seen::of(&w.lake, &datasets(view), &range).await.unwrap().unwrap();
    let (params, today) = (Default::default(), "2026-11-28".parse().unwrap());
    let look = Look { view, columns, rules: &rules, range: &range, params: &params, today, cap: 10 };
    let e = w.lake.scan(&seen, &look).await.unwrap_err();
    assert_eq!((e.kind, e.code.as_ref()), (base::Kind::Unavailable, "lake.storage"), "no figure without the file");
    assert_eq!(caught(&w, &lake, &rules, "36").await, before);
}
