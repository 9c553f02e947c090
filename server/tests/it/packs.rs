//! What a query found becomes tasks of counties: by confirmation of the count, once only, ended by the visit of each household.

use base::{Level, RegionCode};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use testkit::{Person, World};

async fn number(w: &World, sql: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(w.app.db.pool()).await.unwrap_or_else(|e| panic!("{sql}: {e}"))
}

async fn end(w: &World, who: &Person, job: &Value) -> Value {
    for _ in 0..1500 {
        let now = w.send(Some(who), "GET", &format!("/jobs/{}", job["id"].as_str().expect("a job")), None).await.body;
        if !["queued", "running"].contains(&now["state"].as_str().unwrap_or_default()) {
            return now;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the job never ended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn households_that_a_query_found_stand_in_their_villages_lists_once() {
    let w = World::new().await;
    let county = w.village.ancestor(Level::County);
    let regions = registry::region::Regions::load(w.app.db.pool()).await.unwrap();
    let mut opts = synth::Opts::new(900, 11, record::today());
    opts.scope = county.scope();
    let made = synth::Province::new(&regions, opts);
    synth::run_demo(w.app.db.pool(), w.app.records.vault.clone(), &made, &synth::LoadOpts::default(), |_, _| ()).await.unwrap();
    w.work();
    let officer = w.actor("R06", &county).await;
    let conditions = json!({"all": [{"field": "household_type", "op": "in", "values": ["01"]}, {"field": "hukou_count", "op": "at_least", "values": [2]}]});
    let kept =
        w.send(Some(&officer), "POST", "/queries", Some(&json!({"dataset": "registry.household", "where": conditions}))).await;
    let query = kept.body["id"].clone();
    let look =
        w.send(Some(&officer), "POST", "/relapse/task_pack/preview", Some(&json!({"query": query, "region": county}))).await;
    let found = "reg.household where not deleted and household_type = '01' and hukou_count >= 2";
    let households = number(&w, &format!("select count(*) from {found}")).await;
    let villages = number(&w, &format!("select count(distinct region_code) from {found}")).await;
    assert_eq!(look.body, json!({"households": households, "villages": villages, "counties": 1, "made": null}), "{}", look.text);
    assert!(households > 500 && villages > 1, "more than one page of the list");

    let ask = json!({
        "query": query, "region": county, "count": households, "name": "冬季集中排查", "work": "01", "focus_groups": ["01"],
        "scope_note": "两人以上一般农户", "start_date": record::today(), "end_date": record::today() + chrono::Days::new(20),
    });
    let with = |field: &str, value: Value| {
        let mut other = ask.clone();
        other[field] = value;
        other
    };
    for (who, body, code) in [
        (&officer, with("count", json!(households - 1)), "relapse.pack_count"),
        (&officer, with("name", json!("")), "relapse.task_pack"),
        (&officer, with("end_date", json!("2020-01-01")), "relapse.task_pack"),
        (&officer, with("query", json!(uuid::Uuid::now_v7())), "record.no_query"),
        (&w.actor("R10", &w.village).await, ask.clone(), "record.not_allowed"),
    ] {
        let a = w.send(Some(who), "POST", "/relapse/task_pack", Some(&body)).await;
        assert_eq!(a.code(), code, "{}", a.text);
    }
    assert_eq!(number(&w, "select count(*) from relapse.patrol_target").await, 0);

    // twice at the same moment: one pack
    let (a, b) = tokio::join!(
        w.send(Some(&officer), "POST", "/relapse/task_pack", Some(&ask)),
        w.send(Some(&officer), "POST", "/relapse/task_pack", Some(&ask)),
    );
    assert_eq!((a.status.as_u16(), b.status.as_u16()), (202, 202), "{} {}", a.text, b.text);
    let ended = [end(&w, &officer, &a.body).await, end(&w, &officer, &b.body).await];
    let mut states: Vec<&str> = ended.iter().map(|j| j["state"].as_str().unwrap_or_default()).collect();
    states.sort_unstable();
    assert_eq!(states, ["done", "failed"], "{ended:?}");
    let failed = ended.iter().find(|j| j["state"] == "failed").unwrap();
    assert!(failed["message"].as_str().is_some_and(|t| t.contains("已经转为任务“冬季集中排查”")), "{failed}");
    assert_eq!(w.send(Some(&officer), "POST", "/relapse/task_pack", Some(&ask)).await.code(), "relapse.pack_made");
    assert_eq!(number(&w, "select count(*) from relapse.patrol_target").await, households);
    assert_eq!(number(&w, "select count(*) from relapse.patrol_task where hh_total > 0").await, 1);

    // a village sees its own
    let row = sqlx::query_as::<_, (uuid::Uuid, String, uuid::Uuid)>(
        "select household_id, region_code, task_id from relapse.patrol_target order by id limit 1",
    );
    let (household, village, task) = row.fetch_one(w.app.db.pool()).await.unwrap();
    let village = RegionCode::parse(&village).unwrap();
    let cadre = w.actor("R10", &village).await;
    let own = w.send(Some(&cadre), "GET", "/relapse/patrol_target?state=01&count=true", None).await;
    let want = number(&w, &format!("select count(*) from {found} and region_code = '{village}'")).await;
    assert_eq!(own.body["count"], json!(want), "{}", own.text);

    // the visit ends the household's part and moves the county's figure
    let helpers = w.send(Some(&cadre), "GET", "/registry/helper?limit=1", None).await;
    let helper = helpers.body["items"][0]["id"].clone();
    assert!(helper.is_string(), "{}", helpers.text);
    let visit = json!({
        "region_code": village, "task_id": task, "household_id": household, "visitor_id": helper, "visit_at": chrono::Utc::now(),
        "focus_groups": ["01"], "edu_ok": true, "house_ok": true, "med_ok": true, "water_ok": true, "income_hint": "01", "found": false,
    });
    let a = w.send(Some(&cadre), "POST", "/relapse/patrol", Some(&visit)).await;
    assert_eq!(a.status, 201, "{}", a.text);
    let own = w.send(Some(&cadre), "GET", "/relapse/patrol_target?state=01&count=true", None).await;
    assert_eq!(own.body["count"], json!(want - 1));
    let a = w.send(Some(&officer), "GET", &format!("/relapse/patrol_task/{task}"), None).await;
    assert_eq!(
        (&a.body["hh_total"], &a.body["hh_done"], &a.body["state"]),
        (&json!(households), &json!(1), &json!("02")),
        "{}",
        a.text
    );
}
