//! A department's batch: what is taken, what is refused and why, and that nothing is doubled.

use crate::world::{actor, number, province, world};
use jobs::State;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_read_matched_scored_and_receipted_once() {
    let w = world().await;
    let poor = w.family(&w.village, 11, "甲", &[("household_type", "'02'")]).await;
    w.family(&w.village, 12, "乙", &[("household_type", "'01'")]).await;
    w.family(&w.village, 13, "丙", &[("household_type", "'01'"), ("is_monitored", "true")]).await;
    let far = w.family(&w.elsewhere, 14, "丁", &[("household_type", "'01'")]).await;
    let by = actor("R13", &province());
    let rows = [
        ("甲", number(11), "2026-09-02", "7000"),
        ("甲", number(11), "2026-09-20", "12,000.50"),
        // under the threshold of an ordinary household
        ("乙", number(12), "2026-09-02", "9999.99"),
        // monitored already
        ("丙", number(13), "2026-09-02", "20000"),
        ("丁", number(14).to_lowercase(), "2026年9月3日", "15000"),
        // nobody here
        ("戊", number(99), "2026-09-03", "50000"),
        ("己", "999901197001010000".into(), "2026-09-03", "50000"),
        ("庚", number(15), "2026-02-30", "50000"),
        ("辛", number(16), "2026-09-03", "五千"),
        ("=1+1';drop table reg.member;--<script>", number(17), "2026-09-03", "1"),
    ];
    let file = w.deliver(&by, &rows).await;
    let job = w.receive(&by, &file).await;
    assert_eq!(job.state, State::Done, "{}", job.message);
    let r = job.result.clone().unwrap();
    assert_eq!(
        (r["rows"].as_i64(), r["matched"].as_i64(), r["unmatched"].as_i64(), r["rejected"].as_i64()),
        (Some(10), Some(5), Some(1), Some(4))
    );
    assert_eq!(r["proposed"]["clues"], json!(2), "{r}");
    assert_eq!(r["proposed"]["monitored"], json!(1));
    assert_eq!(r["proposed"]["hits"], json!(4));
    assert!(r["marked_file"].is_string());
    assert_eq!(r["reasons"].as_array().unwrap().len(), 4);
    // (30 × 2 for the stay + 40 × 1.73 for the sum) × 1.2 is over 100, high; 30 × 1.5 = 45, middle
    assert_eq!((&r["proposed"]["high"], &r["proposed"]["middle"]), (&json!(1), &json!(1)));
    let clues: Vec<(String, uuid::Uuid, String, i32)> =
        sqlx::query_as("select clue_no, household_id, state, score from relapse.clue order by region_code")
            .fetch_all(w.db.pool())
            .await
            .unwrap();
    assert_eq!(clues.len(), 2);
    assert_eq!((clues[0].1, clues[0].2.as_str(), clues[0].3), (poor, "10", 100));
    assert_eq!((clues[1].1, clues[1].3), (far, 45));
    assert!(clues[0].0.starts_with("XS") && clues[0].0.ends_with("360121000001"), "{}", clues[0].0);
    assert_eq!(w.count("select count(*) from relapse.clue_trigger").await, 4);
    assert_eq!(w.count("select count(*) from relapse.dept_record where match_state = '03'").await, 1);
    assert_eq!(w.count("select count(*) from app.flow_step where to_state = '10'").await, 2);
    assert_eq!(w.count("select count(*) from relapse.clue where due_at > now()").await, 2);

    // the server was killed after the commit and before the job said so
    sqlx::query("update app.job set state = 'queued', worker = null, finished_at = null, result = null where id = $1")
        .bind(job.id)
        .execute(w.db.pool())
        .await
        .unwrap();
    let again = w.end(&by, job.id).await;
    assert_eq!(again.result, job.result);
    // the same file handed in again
    let job = w.receive(&by, &file).await;
    assert_eq!(job.state, State::Failed);
    assert!(job.message.contains("不要重复上传"), "{}", job.message);
    // another delivery about the same household joins the open clue
    let more = w.deliver(&by, &[("甲", number(11), "2026-10-02", "8000")]).await;
    let job = w.receive(&by, &more).await;
    assert_eq!(job.result.unwrap()["proposed"]["merged"], json!(1));
    assert_eq!(w.count("select count(*) from relapse.clue").await, 2);
    assert_eq!(w.count("select count(*) from relapse.clue_trigger").await, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn thresholds_are_those_of_the_county_of_each_household() {
    let w = world().await;
    w.family(&w.village, 21, "甲", &[("household_type", "'01'")]).await;
    w.family(&w.elsewhere, 22, "乙", &[("household_type", "'01'")]).await;
    // a county's own numbers, from last year on; next year's do not count yet
    w.number("w03_ordinary_yuan", "360121000000", "2025-01-01", 3000).await;
    w.number("w03_ordinary_yuan", "360121000000", "2099-01-01", 90_000).await;
    let by = actor("R13", &province());
    let rows = [("甲", number(21), "2026-09-02", "6000"), ("乙", number(22), "2026-09-02", "6000")];
    let file = w.deliver(&by, &rows).await;
    let r = w.receive(&by, &file).await.result.unwrap();
    assert_eq!(r["proposed"]["clues"], json!(1), "{r}");
    let (place, text, version): (String, String, i32) =
        sqlx::query_as("select region_code, trigger_text, model_version from relapse.clue").fetch_one(w.db.pool()).await.unwrap();
    assert!(place.starts_with("360121"), "{place}");
    assert!(text.contains("一般农户阈值 3,000.00 元"), "{text}");
    assert_eq!(version, 1);
    // scores are those of the county too: its grade begins higher, so that nobody is sent
    w.number("level_low_score", "360121000000", "2025-01-01", 39).await;
    w.number("w03_weight", "360121000000", "2025-01-01", 10).await;
    w.family(&w.village, 23, "丙", &[("household_type", "'01'")]).await;
    w.family(&w.elsewhere, 24, "丁", &[("household_type", "'01'")]).await;
    let rows = [("丙", number(23), "2026-09-03", "10500"), ("丁", number(24), "2026-09-03", "10500")];
    let file = w.deliver(&by, &rows).await;
    let r = w.receive(&by, &file).await.result.unwrap();
    assert_eq!((&r["proposed"]["clues"], &r["proposed"]["too_low"]), (&json!(1), &json!(1)), "{r}");
    let told: Vec<(String, String)> =
        sqlx::query_as("select left(region_code, 6), verdict from relapse.dept_hit order by made_on, region_code, verdict")
            .fetch_all(w.db.pool())
            .await
            .unwrap();
    let told: Vec<(&str, &str)> = told.iter().map(|(p, v)| (p.as_str(), v.as_str())).collect();
    assert_eq!(told, [("360121", "01"), ("360121", "05"), ("360123", "01")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_batch_is_refused_with_a_sentence() {
    let w = world().await;
    let by = actor("R13", &province());
    let empty = w.deliver(&by, &[]).await;
    let job = w.receive(&by, &empty).await;
    assert_eq!(job.state, State::Failed);
    assert!(job.message.contains("没有数据"), "{}", job.message);
    let officer = actor("R06", &w.village.ancestor(base::Level::County));
    let file = w.deliver(&officer, &[("甲", number(1), "2026-09-02", "1")]).await;
    let job = w.receive(&officer, &file).await;
    assert_eq!(job.state, State::Failed);
    assert!(job.message.contains("不能导入"), "{}", job.message);
    // what rules propose is dispatched by the province
    let county = actor("R13", &w.village.ancestor(base::Level::County));
    let file = w.deliver(&county, &[("甲", number(1), "2026-09-02", "2")]).await;
    let job = w.receive(&county, &file).await;
    assert_eq!(job.state, State::Failed);
    assert!(job.message.contains("请由省级部门账号送交"), "{}", job.message);
    assert_eq!(w.count("select count(*) from relapse.dept_batch").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_killed_before_it_commits_leaves_nothing_and_is_done_once_afterwards() {
    let w = world().await;
    w.family(&w.village, 41, "甲", &[("household_type", "'01'")]).await;
    let by = actor("R13", &province());
    let file = w.deliver(&by, &[("甲", number(41), "2026-09-02", "15000"), ("乙", "x".into(), "2026-09-02", "1")]).await;
    // somebody holds the serial numbers of the county, so that the batch stands still with everything but the clue written
    let prefix = format!("XS{:06}360121", base::Month::of(flow::rules::day_of(chrono::Utc::now())).number());
    let mut hold = w.db.pool().begin().await.unwrap();
    sqlx::query("select pg_advisory_xact_lock(hashtext($1))").bind(&prefix).execute(&mut *hold).await.unwrap();
    let payload = json!({ "file_id": file.id, "item": "31", "period": 202_610 });
    let id = w.jobs.enqueue(&by, "relapse.department_batch", "接收", payload).await.unwrap();
    let mut victim: Option<i32> = None;
    for _ in 0..400 {
        victim = sqlx::query_scalar(
            "select pid from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())",
        )
        .fetch_optional(w.db.pool())
        .await
        .unwrap();
        if victim.is_some() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    let victim = victim.expect("the batch waits for the lock");
    sqlx::query("select pg_terminate_backend($1)").bind(victim).execute(w.db.pool()).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    for table in ["relapse.dept_batch", "relapse.dept_record", "relapse.dispatch_batch", "relapse.clue", "relapse.clue_trigger"] {
        let n: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {table}")))
            .fetch_one(w.db.pool())
            .await
            .unwrap();
        assert_eq!(n, 0, "{table}");
    }
    hold.rollback().await.unwrap();
    let job = w.end(&by, id).await;
    assert_eq!(job.state, State::Done, "{}", job.message);
    assert_eq!(w.count("select count(*) from relapse.dept_batch").await, 1);
    assert_eq!(w.count("select count(*) from relapse.clue").await, 1);
    assert_eq!(w.count("select count(*) from app.flow_step").await, 1);
}
