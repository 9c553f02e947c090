//! A comparison with a department from the fact to the order: found by a scan of the register, sent out with the days of its rule, closed
//! when the register has followed.

use base::{Actor, Level};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use testkit::World;
use testkit::plant::Usual;
use uuid::Uuid;

use crate::rules::FAMILIES;

/// Runs a scan of a county to its end as the system.
async fn scan(w: &World, dispatch: bool) {
    let by = Actor::system("测试");
    let payload = quality::job::payload(&w.village.ancestor(Level::County), dispatch);
    let id = w.app.jobs.enqueue(&by, quality::job::KIND, "检查", payload).await.expect("queued");
    let stop = tokio_util::sync::CancellationToken::new();
    let running = tokio::spawn({
        let (jobs, stop) = (w.app.jobs.clone(), stop.clone());
        async move { jobs::Worker::new(jobs, jobs::WorkerConfig::default()).run(stop).await }
    });
    let mut state = String::new();
    for _ in 0..300 {
        state = sqlx::query_scalar("select state from app.job where id = $1")
            .bind(id)
            .fetch_one(w.app.db.pool())
            .await
            .expect("a job");
        if matches!(state.as_str(), "done" | "failed" | "cancelled") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    stop.cancel();
    running.await.expect("a worker").expect("worked");
    assert_eq!(state, "done");
}

/// State, days from today to the day it is due, and message of the finding of a rule.
async fn finding(w: &World, rule: &str) -> Option<(String, Option<i32>, String)> {
    sqlx::query_as(
        "select state, (due_at at time zone 'Asia/Shanghai')::date - 1 - (now() at time zone 'Asia/Shanghai')::date, message \
           from quality.finding where rule_id = $1",
    )
    .bind(rule)
    .fetch_optional(w.app.db.pool())
    .await
    .expect("a look")
}

async fn run(w: &World, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(w.app.db.pool()).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_department_says_becomes_an_order_with_the_days_of_its_rule() {
    let w = World::new().await;
    let (_, mut rows) = Usual::read(&FAMILIES).family(1, &Default::default());
    for p in &mut rows {
        p.row.insert("region_code".into(), json!(w.village.as_str()));
    }
    testkit::plant_pg::put(w.app.db.pool(), &rows).await;
    let id = |n: usize| -> Uuid {
        let row = rows.iter().filter(|p| p.table == "reg.member").nth(n).expect("a member");
        Uuid::parse_str(row.row["id"].as_str().expect("an id")).expect("an id")
    };
    let fact = |person: Uuid, item: &str, more: &str| {
        format!(
            "insert into relapse.dept_fact (id, region_code, person_id, household_id, item_no, serial, data_day, begin_day, kind) \
             select gen_random_uuid(), region_code, id, household_id, '{item}', 'x', current_date, current_date - 5, {more} from reg.member where id = '{person}'"
        )
    };
    scan(&w, true).await;
    for rule in ["Q013", "DQ-C-004", "Q240b", "Q242"] {
        assert_eq!(finding(&w, rule).await, None, "{rule} of nothing");
    }
    run(&w, &fact(id(2), "8", "null")).await;
    run(&w, &fact(id(0), "27", "'某学校'")).await;
    run(&w, &fact(id(1), "10", "null")).await;
    // the county gives the village more time for one of them
    run(
        &w,
        "insert into reg.policy_param (id, region_code, key, value, valid_from) values (gen_random_uuid(), '360000000000', 'cb04_days', '9', '2020-01-01')",
    )
    .await;
    scan(&w, true).await;
    let (state, days, message) = finding(&w, "Q013").await.expect("the death is found");
    assert_eq!((state.as_str(), days), ("02", Some(3)), "{message}");
    assert!(message.contains("王小明"), "{message}");
    assert_eq!(finding(&w, "DQ-C-004").await.expect("the post is found").1, Some(9));
    assert_eq!(finding(&w, "Q240b").await.expect("the list is found").1, Some(10));
    assert_eq!(finding(&w, "Q242").await, None, "no list of the insured reached the village");
    run(
        &w,
        &format!(
            "insert into relapse.dept_cover (id, region_code, item_no, listed_on, period, batch_no) values (gen_random_uuid(), '{}', '30', current_date, \
               extract(year from current_date)::integer * 100 + 1, 'BM')",
            w.village.as_str()
        ),
    )
    .await;
    // the register follows; a list that reaches the village lacks the whole family
    run(&w, &format!("update reg.member set dibao_status = '01' where id = '{}'", id(1))).await;
    scan(&w, false).await;
    assert_eq!(finding(&w, "Q240b").await.expect("it was found").0, "05", "closed by the register's own change");
    let open: i64 = sqlx::query_scalar("select count(*) from quality.finding where rule_id = 'Q242' and state = '01'")
        .fetch_one(w.app.db.pool())
        .await
        .expect("a count");
    assert_eq!(open, 3);
    // sent out by hand it has the same days as sent out by the scan
    let county = w.actor("R06", &w.village.ancestor(Level::County)).await;
    let list = w.send(Some(&county), "GET", "/quality/finding?rule_id=Q242", None).await;
    let one = &list.body["items"][0];
    let body: Value = json!({ "row_version": one["row_version"] });
    let a = w
        .send(
            Some(&county),
            "POST",
            &format!("/quality/finding/{}/transitions/dispatch", one["id"].as_str().expect("an id")),
            Some(&body),
        )
        .await;
    assert_eq!(a.status, 200, "{}", a.text);
    let days: i32 = sqlx::query_scalar(
        "select (due_at at time zone 'Asia/Shanghai')::date - 1 - (now() at time zone 'Asia/Shanghai')::date from quality.finding where rule_id = 'Q242' and state = '02'",
    )
    .fetch_one(w.app.db.pool())
    .await
    .expect("sent");
    assert_eq!(days, 5);
    // what is about a person of this village is told to nobody of another
    let neighbour = w.actor("R06", &w.neighbour.ancestor(Level::County)).await;
    let seen = w.send(Some(&neighbour), "GET", "/relapse/dept_fact", None).await;
    assert_eq!((seen.status.as_u16(), seen.body["items"].as_array().map(Vec::len)), (200, Some(0)), "{}", seen.text);
    let seen = w.send(Some(&county), "GET", "/relapse/dept_fact", None).await;
    assert_eq!(seen.body["items"].as_array().map(Vec::len), Some(3), "{}", seen.text);
    let village = w.actor("R10", &w.village).await;
    assert_eq!(w.send(Some(&village), "GET", "/relapse/dept_fact", None).await.status, 403);
}
