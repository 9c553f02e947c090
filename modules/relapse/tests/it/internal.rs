//! Rules over the register: each catches its household and spares another, a finding is told once, and monitored or lately refused
//! households are left out.

use crate::world::{World, province, world};
use base::{Actor, RegionCode};
use jobs::State;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The night's look, and what became of the lines it made.
async fn ask(w: &World) -> Json {
    let by = Actor::system("测试");
    let id = w.jobs.enqueue(&by, relapse::internal::KIND, "测试", json!({})).await.unwrap();
    let job = w.end(&by, id).await;
    assert_eq!(job.state, State::Done, "{}", job.message);
    let mut facts = job.result.unwrap();
    let Some(batch) = facts["job"].as_str().map(|j| Uuid::parse_str(j).unwrap()) else { return facts };
    let batch = w.end(&by, batch).await;
    assert_eq!(batch.state, State::Done, "{}", batch.message);
    facts["batch"] = batch.result.unwrap();
    facts
}

fn year() -> i32 {
    chrono::Datelike::year(&record::today())
}

async fn income(w: &World, household: Uuid, year: i32, yuan: i64) {
    sqlx::query(
        "insert into reg.income_period (id, region_code, household_id, period_kind, year, net_pc) \
         select gen_random_uuid(), region_code, id, '01', $2, $3 from reg.household where id = $1",
    )
    .bind(household)
    .bind(year)
    .bind(yuan * 100)
    .execute(w.db.pool())
    .await
    .unwrap();
}

/// Clues by household: rule, level, sentence.
async fn clues(w: &World) -> BTreeMap<Uuid, (String, String, String)> {
    let rows: Vec<(Uuid, String, String, String)> = sqlx::query_as(
        "select c.household_id, r.rule_id, c.level, c.trigger_text from relapse.clue c join relapse.warn_rule r on r.id = c.rule_id where not c.deleted",
    )
    .fetch_all(w.db.pool())
    .await
    .unwrap();
    rows.into_iter().map(|(h, r, l, t)| (h, (r, l, t))).collect()
}

const POOR: &[(&str, &str)] = &[("household_type", "'02'")];

#[tokio::test(flavor = "multi_thread")]
async fn income_against_the_line_catches_and_spares() {
    let w = world().await;
    w.line("360000000000", 800_000, "01").await;
    let family = async |n: u32, extra: &[(&str, &str)], before: Option<i64>, now: i64| {
        let h = w.family(&w.village, n, "某", extra).await;
        if let Some(b) = before {
            income(&w, h, year() - 1, b).await;
        }
        income(&w, h, year(), now).await;
        h
    };
    let below = family(1, POOR, None, 7_999).await;
    let at_line = family(2, POOR, None, 8_000).await;
    let near = family(3, POOR, None, 9_600).await;
    let above = family(4, POOR, None, 9_601).await;
    let fell = family(5, POOR, Some(20_000), 16_000).await;
    let fell_less = family(6, POOR, Some(20_000), 16_001).await;
    let fell_far = family(7, POOR, Some(20_000), 12_000).await;
    let ordinary = family(8, &[("household_type", "'01'")], Some(20_000), 5_000).await;
    let monitored = family(9, &[("household_type", "'02'"), ("is_monitored", "true"), ("risk_state", "'0'")], None, 5_000).await;
    let old = w.family(&w.village, 10, "某", POOR).await;
    income(&w, old, year() - 2, 5_000).await;
    let r = ask(&w).await;
    let found = clues(&w).await;
    let of = |h: Uuid| found.get(&h).map(|(r, l, _)| (r.as_str(), l.as_str()));
    assert_eq!(of(below), Some(("W33", "1")), "{r:#}");
    assert_eq!(of(at_line), Some(("W35", "3")));
    assert_eq!(of(near), Some(("W35", "3")));
    assert_eq!(of(fell), Some(("W34", "2")));
    assert_eq!(of(fell_far), Some(("W34", "1")));
    for h in [above, fell_less, ordinary, monitored, old] {
        assert_eq!(of(h), None, "{found:#?}");
    }
    assert!(found[&below].2.contains("7999 元"), "{found:#?}");
    // they wait for the province's approval, like a department's, and go out with it
    let dispatch = r["batch"]["dispatch_batch_id"].clone();
    assert_eq!(w.count("select count(*) from relapse.clue where state = '10' and line = '01'").await, 5);
    let approved = w.approve(&crate::world::actor("R02", &province()), &dispatch).await;
    assert_eq!(approved.state, State::Done, "{}", approved.message);
    assert_eq!(w.count("select count(*) from relapse.clue where state = '20'").await, 5, "{}", approved.message);

    // told once; told again when the income is another
    assert_eq!(ask(&w).await["batch"]["proposed"]["households"].as_i64().unwrap_or(0), 0);
    let triggers = w.count("select count(*) from relapse.clue_trigger").await;
    sqlx::query("update reg.income_period set net_pc = 700000, updated_at = now() where household_id = $1")
        .bind(below)
        .execute(w.db.pool())
        .await
        .unwrap();
    let third = ask(&w).await;
    assert_eq!(
        (&third["batch"]["proposed"]["clues"], &third["batch"]["proposed"]["merged"]),
        (&json!(0), &json!(1)),
        "{third:#}"
    );
    assert_eq!(w.count("select count(*) from relapse.clue_trigger").await, triggers + 1);

    // refused lately: left out, and asked again when the days are over
    sqlx::query("update relapse.clue set state = '80' where household_id = $1").bind(near).execute(w.db.pool()).await.unwrap();
    sqlx::query("update reg.income_period set net_pc = 850000, updated_at = now() where household_id = $1")
        .bind(near)
        .execute(w.db.pool())
        .await
        .unwrap();
    let near_now = async || -> i64 {
        sqlx::query_scalar("select count(*) from relapse.clue where household_id = $1")
            .bind(near)
            .fetch_one(w.db.pool())
            .await
            .unwrap()
    };
    ask(&w).await;
    assert_eq!(near_now().await, 1);
    sqlx::query("update relapse.clue set updated_at = now() - interval '200 days' where household_id = $1")
        .bind(near)
        .execute(w.db.pool())
        .await
        .unwrap();
    assert_eq!(ask(&w).await["batch"]["proposed"]["clues"], json!(1));
    assert_eq!(near_now().await, 2);

    // a rule that is switched off asks nothing
    sqlx::query("update relapse.warn_rule set enabled = false where rule_id in ('W28', 'W33', 'W34', 'W35', 'W36')")
        .execute(w.db.pool())
        .await
        .unwrap();
    sqlx::query("update reg.income_period set updated_at = now() + interval '1 hour'").execute(w.db.pool()).await.unwrap();
    assert_eq!(ask(&w).await["batch"]["proposed"]["households"], json!(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_household_whose_risk_was_eliminated_is_high_when_it_is_hit_again() {
    let w = world().await;
    w.line("360000000000", 800_000, "01").await;
    let gone: &[(&str, &str)] = &[("household_type", "'01'"), ("risk_state", "'1'")];
    let hit = w.family(&w.village, 1, "甲", gone).await;
    let not_hit = w.family(&w.village, 2, "乙", gone).await;
    let poor = w.family(&w.village, 3, "丙", &[("household_type", "'02'"), ("risk_state", "'1'")]).await;
    income(&w, poor, year(), 7_000).await;
    income(&w, not_hit, year(), 7_000).await;
    let by = crate::world::actor("R13", &province());
    let day = (record::today() - chrono::Days::new(20)).to_string();
    let file = w.deliver(&by, &[("甲", crate::world::number(1), &day, "10000")]).await;
    let r = w.receive(&by, &file).await.result.unwrap();
    assert_eq!(r["proposed"]["clues"], json!(1), "{r:#}");
    // a household hit by a low clue only is not hit again in the sense of the rule
    sqlx::query("update relapse.clue set level = '3'").execute(w.db.pool()).await.unwrap();
    let low = ask(&w).await;
    assert_eq!(low["raised"], json!(0), "{low:#}");
    sqlx::query("update relapse.clue set level = '2' where household_id = $1").bind(hit).execute(w.db.pool()).await.unwrap();
    let r = ask(&w).await;
    assert_eq!((&r["raised"], &r["batch"]["proposed"]["merged"]), (&json!(1), &json!(1)), "{r:#}");
    let found = clues(&w).await;
    assert_eq!(found[&hit].1, "1", "{found:#?}");
    assert_eq!((found[&poor].1.as_str(), found.contains_key(&not_hit)), ("1", false), "{found:#?}");
    let why: Vec<String> = sqlx::query_scalar("select t.indicator from relapse.clue_trigger t join relapse.clue c on c.id = t.clue_id where c.household_id = $1 order by 1")
        .bind(hit)
        .fetch_all(w.db.pool())
        .await
        .unwrap();
    assert!(why.iter().any(|t| t.ends_with("已消除户再次命中")), "{why:?}");
    assert_eq!(ask(&w).await["raised"], json!(0), "told once");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_migrant_workers_of_a_household_returned() {
    let w = world().await;
    let workers = async |n: u32, village: &RegionCode, out: &[&str]| -> (Uuid, Vec<Uuid>) {
        let h = w.family(village, n, "某", &[("household_type", "'01'")]).await;
        let mut ids = Vec::new();
        for region in out {
            let id = Uuid::now_v7();
            sqlx::query("insert into reg.member (id, region_code, household_id, name, member_status, work_region) values ($1, $2, $3, '某', '01', $4)")
                .bind(id)
                .bind(village.as_str())
                .bind(h)
                .bind(region)
                .execute(w.db.pool())
                .await
                .unwrap();
            ids.push(id);
        }
        (h, ids)
    };
    let back = async |household: Uuid, person: Uuid, item: &str, days: i32, until: bool| {
        sqlx::query(
            "insert into relapse.dept_event (region_code, household_id, person_id, item_no, day, until) \
             select region_code, id, $2, $3, current_date - $4::integer, case when $5 then current_date end from reg.household where id = $1",
        )
        .bind(household)
        .bind(person)
        .bind(item)
        .bind(days)
        .bind(until)
        .execute(w.db.pool())
        .await
        .unwrap();
    };
    let far = "440100000000";
    let (all, people) = workers(1, &w.village, &[far, far]).await;
    back(all, people[0], "X7", 10, false).await;
    back(all, people[1], "19", 40, false).await;
    let (one_out, people) = workers(2, &w.village, &[far, far]).await;
    back(one_out, people[0], "X7", 10, false).await;
    let (gone_again, people) = workers(3, &w.village, &[far]).await;
    back(gone_again, people[0], "X7", 10, true).await;
    let (long_ago, people) = workers(4, &w.village, &[far]).await;
    back(long_ago, people[0], "X7", 100, false).await;
    // who works in the own county has not gone out
    let here = format!("{}000000", &w.village.as_str()[..6]);
    let (near, people) = workers(5, &w.village, &[&here]).await;
    back(near, people[0], "19", 10, false).await;
    let r = ask(&w).await;
    let found = clues(&w).await;
    assert_eq!(found.get(&all).map(|(r, l, _)| (r.as_str(), l.as_str())), Some(("W28", "1")), "{r:#}");
    assert!(found[&all].2.contains("2"), "{found:#?}");
    for h in [one_out, gone_again, long_ago, near] {
        assert!(!found.contains_key(&h), "{found:#?}");
    }
    assert_eq!(ask(&w).await["lines"], json!(0), "told once");
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_of_returned_workers_are_kept_and_end_when_they_go_again() {
    let w = world().await;
    w.family(&w.village, 1, "某", &[("household_type", "'01'")]).await;
    let by = crate::world::actor("R13", &province());
    let day = |n: u64| (record::today() - chrono::Days::new(n)).to_string();
    let send = async |text: String| {
        let bytes: Result<bytes::Bytes, std::io::Error> = Ok(text.into_bytes().into());
        let file = w.files.save(&by, files::NewFile::import(&by, "返乡.csv"), futures::stream::iter([bytes])).await.unwrap();
        let payload = json!({ "file_id": file.id, "item": "X7", "period": 202_610 });
        let id = w.jobs.enqueue(&by, "relapse.department_batch", "接收", payload).await.unwrap();
        w.end(&by, id).await
    };
    let number = crate::world::number(1);
    let job = send(format!("姓名,证件号码,返乡日期\n某,{number},{}\n", day(9))).await;
    assert_eq!(job.state, State::Done, "{}", job.message);
    assert_eq!(w.count("select count(*) from relapse.dept_event where until is null").await, 1);
    send(format!("姓名,证件号码,返乡日期,再次外出日期\n某,{number},{},{}\n", day(9), day(1))).await;
    assert_eq!(w.count("select count(*) from relapse.dept_event where until is not null").await, 1);
    assert_eq!(w.count("select count(*) from relapse.dept_event").await, 1);
}
