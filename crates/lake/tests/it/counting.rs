//! The lake and the records give the same figures; levels add up; what cannot be answered by one is answered by the other.

use super::{VILLAGES, World, thing};
use base::{Level, RegionCode};
use lake::scan::Seen;
use lake::whose::{Keys, Owner};
use lake::{LakeCount, When};
use report::Postgres;
use rust_decimal::Decimal;
use sqlx::AssertSqlSafe;
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

fn counter(w: &World) -> LakeCount {
    LakeCount::new(w.lake.clone(), Arc::new(Postgres), Level::County).with_exact_below(0)
}

#[tokio::test]
async fn figures_equal_those_of_the_records_at_all_levels() {
    let w = World::new().await;
    w.fill(&VILLAGES, 200).await;
    w.sql("update box.thing set deleted = true where no in ('N7', 'N8')").await;
    w.round().await;
    let lake = counter(&w);
    for (region, digits) in
        [("36", 4), ("36", 12), ("3601", 6), ("3602", 6), ("360121", 9), ("360121", 12), ("360122", 9), ("360999", 9)]
    {
        let (ours, theirs) = (w.count(&lake, region, digits).await, w.count(&Postgres, region, digits).await);
        assert_eq!(ours.total, theirs.total, "{region}");
        assert_eq!(ours.rows, theirs.rows, "{region} {digits}");
        assert_eq!(w.count(&lake, region, digits).await, ours, "the second time nothing is counted again");
    }
    let all = w.count(&lake, "36", 2).await.total;
    assert_eq!(all["all"], Decimal::from(5 * 198));
    assert!(all["month"] > Decimal::ZERO && all["late"] > Decimal::ZERO && all["share"] > Decimal::ZERO, "{all:?}");
}

#[tokio::test]
async fn below_the_county_and_before_the_first_copy_the_records_answer() {
    let w = World::new().await;
    w.fill(&VILLAGES, 10).await;
    let lake = counter(&w);
    assert_eq!(w.count(&lake, "36", 4).await.total["all"], Decimal::from(50));
    w.round().await;
    w.fill(&["360121100003"], 10).await;
    // a village sees its change at once, the county after the next round
    assert_eq!(w.count(&lake, "360121100003", 12).await.total["all"], Decimal::from(10));
    assert_eq!(w.count(&lake, "360121", 9).await.total["all"], Decimal::from(30));
    // where the records are counted in an instant they are, while changes wait
    let exact = LakeCount::new(w.lake.clone(), Arc::new(Postgres), Level::County);
    assert_eq!(w.count(&exact, "360121", 9).await.total["all"], Decimal::from(40));
    w.round().await;
    assert_eq!(w.count(&lake, "360121", 9).await.total["all"], Decimal::from(40));
}

#[tokio::test]
async fn an_answer_says_until_when_it_knows_of_changes() {
    let w = World::new().await;
    w.fill(&VILLAGES, 10).await;
    w.round().await;
    let lake = counter(&w);
    let ask = async |region: &str| {
        use report::{Count, Group, Plan, Source};
        let (dataset, report) = (thing(), super::CATALOG.report("box.r").unwrap());
        let range = base::RegionCode::parse(region).unwrap().scope();
        let period = base::month::Month::from_number(200_106).unwrap();
        let plan = Plan {
            source: Source::Dataset(&dataset),
            measures: report.measures.iter().collect(),
            range,
            group: Group::Region { digits: 9 },
            period,
        };
        let mut tx = w.db.begin(&base::Actor::system("试验")).await.unwrap();
        lake.count(&mut tx, &plan).await.unwrap().asof
    };
    assert_eq!(ask("360121").await, None, "everything is copied");
    let before = lake::store::now(w.db.pool()).await.unwrap();
    w.fill(&["360121100009"], 1).await;
    assert!(ask("360121").await.unwrap() >= before);
    assert_eq!(ask("360122").await, None, "another county is complete");
    w.round().await;
    assert_eq!(ask("360121").await, None);
}

#[tokio::test]
async fn only_a_changed_county_gets_new_files_and_old_moments_stay_as_they_were() {
    let w = World::new().await;
    w.fill(&VILLAGES, 50).await;
    w.round().await;
    let first = w.lake.moment("box.thing", When::Now).await.unwrap().unwrap();
    w.sql("update box.thing set heads = 99 where region_code = '360122100001' and no = 'N5'").await;
    w.sql("update box.thing set deleted = true where region_code = '360122100001' and no = 'N6'").await;
    w.sql("insert into box.thing (id, region_code, no) values (gen_random_uuid(), '360122100001', 'new')").await;
    let done = w.round().await;
    assert_eq!((done.datasets, done.counties, done.rows), (1, 1, 50));
    let second = w.lake.moment("box.thing", When::Now).await.unwrap().unwrap();
    let paths = |m: &lake::Moment, county: &str| -> Vec<String> {
        m.files.iter().filter(|f| f.county == county).map(|f| f.path.clone()).collect()
    };
    assert_eq!(paths(&first, "360121"), paths(&second, "360121"));
    assert_ne!(paths(&first, "360122"), paths(&second, "360122"));
    let then = w.lake.moment("box.thing", When::At(first.at)).await.unwrap().unwrap();
    assert_eq!(then.publication, first.publication);
    assert_eq!(w.lake.moment("box.thing", When::At(first.at - chrono::Duration::hours(1))).await.unwrap(), None);

    let scope = base::RegionCode::parse("36").unwrap().scope();
    let d = w.lake.difference(&first, &second, &scope, 10).await.unwrap();
    assert_eq!((d.all.came, d.all.gone, d.all.changed), (1, 1, 1));
    assert_eq!(d.all.fields.into_iter().collect::<Vec<_>>(), [("heads".to_owned(), 1)]);
    assert_eq!(d.by_county.keys().collect::<Vec<_>>(), ["360122"]);
    let changed = d.rows.iter().find(|r| r.what == lake::diff::What::Changed).unwrap();
    assert_eq!(changed.fields, [("heads".to_owned(), Some("5".to_owned()), Some("99".to_owned()))]);
    assert_eq!(d.rows.len(), 3);
    let back = w.lake.difference(&second, &first, &scope, 0).await.unwrap();
    assert_eq!((back.all.came, back.all.gone, back.all.changed, back.rows.len()), (1, 1, 1, 0));
    let same = w.lake.difference(&second, &second, &scope, 10).await.unwrap();
    assert!(same.by_county.is_empty());
}

#[tokio::test]
async fn a_plan_past_its_deadline_or_its_memory_ends_with_a_sentence_and_the_next_one_works() {
    let w = World::new().await;
    w.fill(&VILLAGES, 10).await;
    w.round().await;
    let slow = w.lake.engine.run_for(std::time::Duration::from_millis(50), async {
        tokio::time::sleep(std::time::Duration::from_secs(60)).await;
        Ok(())
    });
    let e = slow.await.unwrap_err();
    assert_eq!((e.kind, e.code.as_ref()), (base::Kind::Busy, "lake.too_long"));

    let bounds = lake::Bounds { memory: 1 << 20, threads: 1, ..lake::Bounds::default() };
    let small = lake::Engine::new(w.lake.files.clone(), &w.folder.path().join("small"), bounds).unwrap();
    let session = small.session();
    let e = small
        .run(async move {
            let huge = "select a.value, b.value from generate_series(1, 300000) a join generate_series(1, 300000) b on a.value = b.value";
            let frame = session.sql(huge).await.map_err(lake::engine::plan_error)?;
            lake::engine::collect(frame).await
        })
        .await
        .unwrap_err();
    assert_eq!((e.kind, e.code.as_ref()), (base::Kind::Busy, "lake.memory"), "{}", e.chain());
    let lake = counter(&w);
    assert_eq!(w.count(&lake, "36", 4).await.total["all"], Decimal::from(50));
}

#[tokio::test]
async fn the_lines_of_a_list_find_their_rows_inside_the_scope() {
    let w = World::new().await;
    w.fill(&VILLAGES, 60).await;
    w.round().await;
    let key = "('x' || encode(substring(card_token from 1 for 8), 'hex'))::bit(64)::bigint";
    let known: Vec<(Uuid, i64, String)> =
        sqlx::query_as(AssertSqlSafe(format!("select id, {key}, region_code from box.thing order by 2, 1")))
            .fetch_all(w.db.pool())
            .await
            .unwrap();
    // some twice, some of nobody
    let list: Vec<i64> = known.iter().map(|k| k.1).step_by(7).flat_map(|k| [k, k, k ^ 1]).collect();
    for (region, digits) in [("36", 2), ("360121", 6), ("360121100001", 12)] {
        let scope = RegionCode::parse(region).unwrap().scope();
        let seen = Seen::of(&w.lake, &BTreeSet::from(["box.thing".to_owned()]), &scope).await.unwrap().unwrap();
        let keys = Arc::new(Keys::new(&list).unwrap());
        let mut found = w.lake.whose(&seen, "box.thing", "card_key", keys).await.unwrap();
        found.sort_unstable();
        let mut want = Vec::new();
        for (line, k) in (0..).zip(&list) {
            let mine = known.iter().filter(|(_, key, r)| key == k && r[..digits] == region[..digits]);
            want.extend(mine.map(|(id, _, r)| Owner { line, id: *id, region: r.parse().unwrap() }));
        }
        want.sort_unstable();
        assert!(want.len() > 5);
        assert_eq!(found, want, "{region}");
    }
    let seen = Seen::of(&w.lake, &BTreeSet::from(["box.thing".to_owned()]), &RegionCode::parse("36").unwrap().scope()).await;
    let mut all = w.lake.keys(&seen.unwrap().unwrap(), "box.thing", "card_key").await.unwrap();
    all.sort_unstable();
    assert_eq!(all, known.iter().map(|k| k.1).collect::<Vec<_>>());
}
