//! What deliveries say about people, kept as facts: words, keys, whole lists and their reach, sums; the catalogue of clues.

use crate::departments::{Line, receive};
use crate::world::{World, actor, province, world};
use base::Level;
use relapse::departments;
use serde_json::json;
use sqlx::AssertSqlSafe;

const ORDINARY: &[(&str, &str)] = &[("household_type", "'01'")];

/// Columns of the facts of an item that count, with commas between, by person and number.
async fn facts(w: &World, item: &str, columns: &str) -> Vec<String> {
    let sql = format!(
        "select concat_ws(',', {columns}) from relapse.dept_fact where item_no = '{item}' and not deleted order by created_at, year, begin_day, kind"
    );
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(w.db.pool()).await.unwrap()
}

async fn cover(w: &World, item: &str) -> Vec<String> {
    sqlx::query_scalar("select distinct left(region_code, 6) from relapse.dept_cover where item_no = $1 order by 1")
        .bind(item)
        .fetch_all(w.db.pool())
        .await
        .unwrap()
}

fn line(cells: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    cells.iter().map(|(k, v)| (*k, (*v).to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_list_takes_the_place_of_the_one_before_and_says_which_villages_it_reached() {
    let w = world().await;
    let by = actor("R13", &province());
    for n in [501, 502, 503] {
        w.family(&w.village, n, "某", ORDINARY).await;
    }
    let (old, new) = (line(&[("day", "2026-01"), ("grade", "A档")]), line(&[("day", "2026-01"), ("grade", "B档")]));
    assert!(cover(&w, "10").await.is_empty(), "nothing is known before a list came");
    receive(&w, &by, "10", &[(501, &old), (502, &old), (503, &old)]).await;
    assert_eq!(facts(&w, "10", "grade, begin_day, row_version").await, ["A档,2026-01-01,1"; 3]);
    assert!(cover(&w, "10").await.len() > 50, "a list of the province reaches all counties");
    // who is missing is no longer said; what is said as before is not written again
    receive(&w, &by, "10", &[(501, &old), (502, &old), (503, &new)]).await;
    sqlx::query("insert into reg.policy_param (id, region_code, key, value, valid_from) values (gen_random_uuid(), '360000000000', 'compare_whole_least_pct', '50', '2020-01-01')")
        .execute(w.db.pool())
        .await
        .unwrap();
    let job = receive(&w, &by, "10", &[(501, &old), (503, &new)]).await;
    assert_eq!(
        job.result.unwrap()["quality"]["remarks"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|r| r.to_string().contains("补充名单"))
            .count(),
        0
    );
    let mut left = facts(&w, "10", "grade, row_version").await;
    left.sort();
    assert_eq!(left, ["A档,1", "B档,2"]);
    let gone: i64 = w.count("select count(*) from relapse.dept_fact where item_no = '10' and deleted").await;
    assert_eq!(gone, 1);
    // it comes back as a fact of its own
    receive(&w, &by, "10", &[(501, &old), (502, &old), (503, &old)]).await;
    assert_eq!(facts(&w, "10", "grade").await.len(), 3);
    assert_eq!(w.count("select count(*) from relapse.dept_seen where item_no = '10'").await, 0, "no rule asks who is new on it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_has_become_much_shorter_adds_and_replaces_nothing() {
    let w = world().await;
    let by = actor("R13", &province());
    for n in [511, 512] {
        w.family(&w.village, n, "某", ORDINARY).await;
    }
    let on = line(&[("way", "分散供养")]);
    receive(&w, &by, "11", &[(511, &on), (512, &on)]).await;
    let before = w.count("select count(distinct batch_no) from relapse.dept_cover where item_no = '11'").await;
    let job = receive(&w, &by, "11", &[(511, &on)]).await;
    let r = job.result.unwrap();
    let remark = r["quality"]["remarks"].to_string();
    assert!(remark.contains("不到原有 2 人的 80%") && remark.contains("按补充名单处理"), "{remark}");
    assert_eq!(facts(&w, "11", "kind").await, ["分散供养"; 2]);
    assert_eq!(before, 1);
    let note: Option<String> =
        sqlx::query_scalar("select quality_note from relapse.dept_batch order by received_at desc limit 1")
            .fetch_one(w.db.pool())
            .await
            .unwrap();
    assert!(note.unwrap_or_default().contains("补充名单"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_countys_list_replaces_and_reaches_inside_the_county_only() {
    let w = world().await;
    let (all, county) = (actor("R13", &province()), actor("R13", &w.village.ancestor(Level::County)));
    w.family(&w.village, 521, "某", ORDINARY).await;
    w.family(&w.elsewhere, 522, "某", ORDINARY).await;
    let (old, new) = (line(&[("stage", "小学"), ("status", "在籍在读")]), line(&[("stage", "初中"), ("status", "休学")]));
    receive(&w, &all, "34", &[(521, &old), (522, &old)]).await;
    let job = receive(&w, &county, "34", &[(521, &new), (522, &new)]).await;
    assert_eq!(job.result.unwrap()["matched"], json!(1), "people of another county are not seen");
    let mut now = facts(&w, "34", "left(region_code, 6), kind, state").await;
    now.sort();
    assert_eq!(now, ["360121,初中,休学", "360123,小学,在读"]);
    let batches: Vec<(String, i64)> = sqlx::query_as(
        "select left(region_code, 6), count(distinct batch_no) from relapse.dept_cover where item_no = '34' and left(region_code, 6) in ('360121', '360123') group by 1 order by 1",
    )
    .fetch_all(w.db.pool())
    .await
    .unwrap();
    assert_eq!(batches, [("360121".to_owned(), 1), ("360123".to_owned(), 1)]);
    let different = w.count("select count(distinct batch_no) from relapse.dept_cover where item_no = '34'").await;
    assert_eq!(different, 2, "the county's villages have the county's list");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_whole_list_adds_and_is_put_right_by_its_number() {
    let w = world().await;
    let by = actor("R13", &province());
    w.family(&w.village, 531, "某", ORDINARY).await;
    let at = |serial: &'static str, until: &'static str| {
        line(&[("serial", serial), ("day", "2024-03-01"), ("kind", "羁押于看守所"), ("until", until)])
    };
    receive(&w, &by, "5", &[(531, &at("A1", "")), (531, &at("A2", ""))]).await;
    assert_eq!(facts(&w, "5", "serial, kind, begin_day, end_day, row_version").await.len(), 2);
    receive(&w, &by, "5", &[(531, &at("A1", "2026-09-01"))]).await;
    let mut now = facts(&w, "5", "serial, kind, coalesce(end_day::text, '在'), row_version").await;
    now.sort();
    assert_eq!(now, ["A1,羁押,2026-09-01,2", "A2,羁押,在,1"]);
    assert!(cover(&w, "5").await.is_empty(), "it says nothing about who is not on it");
}

#[tokio::test(flavor = "multi_thread")]
async fn burdens_add_up_over_the_income_year() {
    let w = world().await;
    let by = actor("R13", &province());
    w.family(&w.village, 541, "某", ORDINARY).await;
    let stay =
        |serial: &'static str, day: &'static str, yuan: &'static str| line(&[("serial", serial), ("day", day), ("amount", yuan)]);
    receive(&w, &by, "31", &[(541, &stay("1", "2025-09-30", "100")), (541, &stay("2", "2025-10-01", "200"))]).await;
    receive(&w, &by, "31", &[(541, &stay("3", "2026-09-30", "300"))]).await;
    assert_eq!(facts(&w, "31", "year, amount").await, ["2025,10000", "2026,50000"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_of_departments_are_read_by_the_words_of_the_catalogue() {
    let w = world().await;
    let by = actor("R13", &province());
    let mut n = 550;
    for (item, cells, says) in [
        ("2", line(&[("day", "2026-03-01"), ("kind", "户口迁出市外")]), "迁出"),
        ("2", line(&[("day", "2026-03-01"), ("kind", "死亡注销户口")]), "死亡注销"),
        ("2", line(&[("day", "2026-03-01"), ("kind", "入伍注销")]), "参军注销"),
        (
            "3",
            line(&[("day", "2024-03-01"), ("model", "小型轿车"), ("purpose", "非营运"), ("status", "正常")]),
            "小型客车,非营运,正常",
        ),
        ("3", line(&[("model", "大型普通客车"), ("purpose", "公路客运"), ("status", "注销")]), "大中型客车,营运,注销"),
        ("16", line(&[("kind", "肢体残疾"), ("grade", "2级")]), "肢体,二级"),
        ("16", line(&[("kind", "多重"), ("grade", "一级")]), "多重,一级"),
        ("23", line(&[("day", "2026-03-01"), ("grade", "D级"), ("status", "未整治")]), "D,未整治"),
        ("23", line(&[("day", "2026-03-01"), ("grade", "C"), ("status", "已完成改造")]), "C,已整治"),
        ("40", line(&[("purpose", "住宅")]), "商品住宅"),
        ("40", line(&[("purpose", "农村宅基地住宅")]), "农村宅基地"),
        (
            "42",
            line(&[("title", "某公司"), ("kind", "有限责任公司"), ("capital", "12.5"), ("status", "在营（开业）")]),
            "公司,存续,12.50",
        ),
        ("F1", line(&[("bracket", "2")]), "10万以上"),
        ("F1", line(&[("bracket", "说不清")]), "说不清"),
        ("30", line(&[("year", "2026"), ("kind", "居民医保"), ("insured", "否")]), "居民医保,f,2026"),
        ("26", line(&[("day", "2026-03-01"), ("amount", "500"), ("kind", "公益性岗位补贴")]), "公益性岗位,50000"),
    ] {
        n += 1;
        let household = w.family(&w.village, n, "某", ORDINARY).await;
        receive(&w, &by, item, &[(n, &cells)]).await;
        let sql = "select concat_ws(',', kind, grade, state, yes, year, case when item_no = '26' then amount end, number) from relapse.dept_fact where household_id = $1";
        let got: Vec<String> = sqlx::query_scalar(sql).bind(household).fetch_all(w.db.pool()).await.unwrap();
        assert_eq!(got, [says], "item {item}: {cells:?}");
    }
    // other payments by card are of no use to a rule, and are not kept
    let household = w.family(&w.village, 590, "某", ORDINARY).await;
    receive(&w, &by, "26", &[(590, &line(&[("day", "2026-03-01"), ("amount", "80"), ("kind", "耕地地力保护补贴")]))]).await;
    let kept: i64 = sqlx::query_scalar("select count(*) from relapse.dept_fact where household_id = $1")
        .bind(household)
        .fetch_one(w.db.pool())
        .await
        .unwrap();
    assert_eq!(kept, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_item_with_facts_is_kept_and_the_catalogue_of_clues_is_that_of_the_file() {
    let w = world().await;
    let by = actor("R13", &province());
    w.family(&w.village, 601, "某", ORDINARY).await;
    let mut kept = 0;
    for item in departments::all().unwrap().iter().filter(|i| i.fact.is_some()) {
        use departments::Holds;
        let fact = item.fact.as_ref().unwrap();
        let cells: Vec<(&str, String)> = item
            .said()
            .map(|(k, s)| {
                let text =
                    fact.only.first().filter(|_| fact.kind.as_ref().is_some_and(|t| t.of == k)).map_or("甲", String::as_str);
                (
                    k,
                    match (k, s.kind) {
                        ("day", _) | (_, Holds::Date) => "2026-03-01".to_owned(),
                        (_, Holds::Money | Holds::Int | Holds::Number) | ("amount" | "relief", _) => "1".to_owned(),
                        (_, Holds::Yes) => "是".to_owned(),
                        _ => text.to_owned(),
                    },
                )
            })
            .collect();
        let lines: Vec<Line<'_>> = vec![(601, &cells)];
        receive(&w, &by, &item.no, &lines).await;
        let n: i64 = sqlx::query_scalar("select count(*) from relapse.dept_fact where item_no = $1 and not deleted")
            .bind(&item.no)
            .fetch_one(w.db.pool())
            .await
            .unwrap();
        assert_eq!(n, 1, "item {}", item.no);
        kept += 1;
    }
    assert!(kept > 20, "{kept}");
    type Clue = (String, String, Vec<String>, String, String, String, String);
    let here: Vec<Clue> = sqlx::query_as(
        "select compare_no, title, depts, grade, handler, limit_text, rules from relapse.compare_clue where not deleted order by compare_no",
    )
    .fetch_all(w.db.pool())
    .await
    .unwrap();
    let said: Vec<_> = relapse::compare::all()
        .unwrap()
        .iter()
        .map(|k| {
            let k = k.clone();
            (k.id, k.title, k.depts, k.grade, k.handler, k.limit, k.rules.join("、"))
        })
        .collect();
    assert_eq!(here, said);
    let list = w.records().catalog.codes("COMPARE_NO").unwrap().clone();
    let numbers: Vec<(&str, String)> = list.items.iter().map(|i| (i.code.as_str(), i.label.clone())).collect();
    assert_eq!(numbers, said.iter().map(|k| (k.0.as_str(), format!("{} {}", k.0, k.1))).collect::<Vec<_>>());
    // a rule that is no warning rule is one of the register, and says in how many days
    for r in said.iter().flat_map(|k| k.6.split('、')).filter(|r| !r.starts_with('W')) {
        let rule = w.records().catalog.rule(r).unwrap_or_else(|| panic!("there is no rule {r}"));
        assert!(!rule.text.days.is_empty(), "{r} has no days of its own");
    }
}
