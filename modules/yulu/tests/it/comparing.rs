//! The comparison of a term as a job: what it finds, what a second one changes, who may ask for it, and that a cut leaves nothing.

use crate::story::roll;
use crate::world::{World, actor, number, world};
use base::{Actor, Level, RegionCode};
use flow::Ask;
use jobs::State;
use serde_json::json;
use uuid::Uuid;
use yulu::Work;

fn boss() -> Actor {
    actor("R02", &RegionCode::parse("36").unwrap())
}

async fn term(w: &World, by: &Actor) -> Uuid {
    let term = w
        .create(by, "yulu.term_batch", json!({
            "region_code": "360000000000", "school_year": 2026, "term": "2", "base_date": "2026-09-01", "age_min": 13, "age_max": 30,
            "roll_due": "2026-10-15", "verify_due": "2026-11-05", "approve_due": "2026-11-20", "pay_due": "2026-12-15"
        }))
        .await;
    w.led(by, "yulu.term", term, &Ask::new("open")).await;
    term
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_comparison_follows_the_register_and_the_rolls_that_came_late() {
    let w = world().await;
    let by = boss();
    let term = term(&w, &by).await;
    let late = w.student(1, "学生甲", 2008, Some("11")).await;
    let wrong = w.student(2, "学生乙", 2007, None).await;
    let twice = w.student(3, "学生丙", 2006, None).await;
    // the register has this one under a number that does not hold
    sqlx::query("update reg.member set id_no_token = '\\x01', id_no_cipher = null, id_no_ok = false where id = $1")
        .bind(wrong)
        .execute(w.db.pool())
        .await
        .unwrap();
    w.create(&by, "yulu.roll", roll(term, "学生乙", &number(2007, 2), "11", "1")).await;
    let mut other = roll(term, "学生丙", &number(2006, 3), "11", "1");
    w.create(&by, "yulu.roll", other.clone()).await;
    other["school_code"] = json!("4136010002");
    w.create(&by, "yulu.roll", other).await;

    let job = w.term(&by, Work::Compare, term).await;
    assert_eq!(job.state, State::Done, "{}", job.message);
    let r = job.result.unwrap();
    let n = |r: &serde_json::Value, k: &str| r[k].as_i64().unwrap();
    assert_eq!((n(&r, "rolls"), n(&r, "other_number"), n(&r, "several"), n(&r, "unknown")), (3, 1, 2, 0));
    // the import knew nobody under the first number, and the first of two rolls for the only one
    assert_eq!(n(&r, "changed"), 2);
    assert_eq!((n(&r, "added"), n(&r, "without_roll"), n(&r, "listed")), (3, 1, 3));
    assert_eq!(r["counties"].as_array().unwrap().len(), 1);
    let found = "select match_result from yulu.verify where person_id = $1";
    let result = async |person: Uuid| -> String { sqlx::query_scalar(found).bind(person).fetch_one(w.db.pool()).await.unwrap() };
    assert_eq!((result(late).await.as_str(), result(wrong).await.as_str(), result(twice).await.as_str()), ("6", "3", "4"));

    // a roll that comes late is given to who waits; whom the village worked on keeps what the village wrote
    w.create(&by, "yulu.roll", roll(term, "学生甲", &number(2008, 1), "11", "1")).await;
    let r = w.term(&by, Work::Compare, term).await.result.unwrap();
    assert_eq!((n(&r, "refreshed"), n(&r, "added"), n(&r, "same"), n(&r, "changed")), (1, 0, 1, 0));
    assert_eq!(result(late).await, "1");
    assert_eq!(w.count("select count(*) from yulu.verify where roll_id is not null and school_name = '南昌某职业学校'").await, 3);
    assert_eq!(w.count("select count(*) from yulu.comparison where not deleted").await, 2, "each leaves a line");
    assert_eq!(
        w.count("select count(*) from app.flow_step where dataset = 'yulu.term_batch' and transition = 'compare'").await,
        2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_province_compares_and_only_while_rolls_come_in() {
    let w = world().await;
    let by = boss();
    let term = term(&w, &by).await;
    w.student(1, "学生甲", 2008, Some("11")).await;
    let county = actor("R06", &w.village.ancestor(Level::County));
    let job = w.term(&county, Work::Compare, term).await;
    assert_eq!(job.state, State::Failed, "a county may not");
    assert_eq!(w.refused(&by, "yulu.term", term, &Ask::new("compare")).await.code, "flow.not_allowed", "not inside a request");
    let job = w.term(&by, Work::Graduates, term).await;
    assert_eq!((job.state, job.result.unwrap()["code"].clone()), (State::Failed, json!("yulu.term_state")));
    assert_eq!(w.term(&by, Work::Compare, term).await.state, State::Done);
    w.led(&by, "yulu.term", term, &Ask::new("approving")).await;
    let job = w.term(&by, Work::Compare, term).await;
    assert_eq!((job.state, job.result.unwrap()["code"].clone()), (State::Failed, json!("yulu.term_state")));
    assert_eq!(w.count("select count(*) from yulu.verify").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comparison_that_is_cancelled_leaves_nothing() {
    let w = world().await;
    let by = boss();
    let term = term(&w, &by).await;
    w.student(1, "学生甲", 2008, Some("11")).await;
    // somebody holds the rolls of the term, so that the job waits where it can be cancelled
    let roll = w.create(&by, "yulu.roll", roll(term, "学生甲", &number(2008, 1), "11", "1")).await;
    let mut held = w.db.pool().begin().await.unwrap();
    sqlx::query("select from yulu.roll where id = $1 for update").bind(roll).execute(&mut *held).await.unwrap();
    let id = w.jobs.enqueue(&by, Work::Compare.kind(), "学期", yulu::term_payload(term)).await.unwrap();
    let state = async || w.jobs.get(&by, id).await.unwrap().state;
    while state().await == State::Queued {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    w.jobs.cancel(&by, id).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    held.rollback().await.unwrap();
    while !state().await.is_over() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(state().await, State::Cancelled);
    assert_eq!(w.count("select count(*) from yulu.verify").await, 0);
    assert_eq!(w.count("select count(*) from yulu.comparison").await, 0);
    assert_eq!(w.row(&by, "yulu.term_batch", term).await["state"], json!("20"));
}
