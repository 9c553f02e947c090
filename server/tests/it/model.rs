//! The page 模型与参数 through HTTP: a draft changed with a live check, its replay, release by a second person; outcomes by rule,
//! department, county and version held against plain counts; what they suggest to the province, what a county thinks.

use base::{Level, RegionCode};
use jobs::{Worker, WorkerConfig};
use serde_json::{Value, json};
use testkit::{Person, World};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

fn province() -> RegionCode {
    RegionCode::parse("36").unwrap()
}

async fn done(w: &World, who: &Person, job: &Value) -> Value {
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let (jobs, stop) = (w.app.jobs.clone(), stop.clone());
        async move { Worker::new(jobs, WorkerConfig::default()).run(stop).await }
    });
    let path = format!("/jobs/{}", job["id"].as_str().expect("a job"));
    let mut seen = Value::Null;
    for _ in 0..300 {
        seen = w.send(Some(who), "GET", &path, None).await.body;
        if matches!(seen["state"].as_str(), Some("done" | "failed" | "cancelled")) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    stop.cancel();
    running.await.expect("a worker").expect("worked");
    assert_eq!(seen["state"], "done", "{seen}");
    seen
}

async fn step(w: &World, who: &Person, id: &str, verb: &str) -> testkit::Answer {
    let now = w.send(Some(who), "GET", &format!("/relapse/model_version/{id}"), None).await;
    let body = json!({ "row_version": now.body["row_version"] });
    w.send(Some(who), "POST", &format!("/relapse/model_version/{id}/transitions/{verb}"), Some(&body)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_is_typed_checked_replayed_and_released_by_another() {
    let w = World::new().await;
    let office = w.actor("R02", &province()).await;
    let approver = w.actor("R03", &province()).await;
    let county = w.actor("R06", &w.village.ancestor(Level::County)).await;
    let a = w.send(Some(&office), "GET", "/relapse/model", None).await;
    assert_eq!(a.status, 200, "{}", a.text);
    assert!(a.body["known"].as_array().unwrap().len() > 50, "{}", a.text);
    assert_eq!(a.body["versions"].as_array().unwrap().len(), 1);

    let draft = json!({ "region_code": "360000000000", "reason": "住院自付阈值下调" });
    assert_eq!(w.send(Some(&county), "POST", "/relapse/model_version", Some(&draft)).await.status, 403);
    let a = w.send(Some(&office), "POST", "/relapse/model_version", Some(&draft)).await;
    assert_eq!(a.status, 201, "{}", a.text);
    let id = a.body["id"].as_str().unwrap().to_owned();
    let one = w.send(Some(&office), "GET", &format!("/relapse/model/{id}"), None).await.body;
    assert_eq!(one["values"], one["base_values"]);
    let mut values = one["values"].as_array().unwrap().clone();
    let at = values.iter().position(|v| v["key"] == "w03_ordinary_yuan").unwrap();
    values[at]["value"] = json!(0);
    let body = |v: &[Value]| json!({ "values": v, "stamp": one["stamp"] });
    let a = w.send(Some(&office), "POST", "/relapse/model/check", Some(&json!({ "values": values }))).await;
    assert_eq!((&a.body["ok"], &a.body["faults"][0]["key"]), (&json!(false), &json!("w03_ordinary_yuan")), "{}", a.text);
    let save = format!("/relapse/model/{id}/values");
    let a = w.send(Some(&office), "PUT", &save, Some(&body(&values))).await;
    assert_eq!((a.status.as_u16(), a.code()), (400, "relapse.model_wrong"), "{}", a.text);
    values[at]["value"] = json!(9000);
    assert_eq!(w.send(Some(&county), "PUT", &save, Some(&body(&values))).await.status, 403);
    let a = w.send(Some(&office), "PUT", &save, Some(&body(&values))).await;
    assert_eq!(a.status, 200, "{}", a.text);
    // who still looks at the numbers of before does not overwrite them
    let a = w.send(Some(&approver), "PUT", &save, Some(&body(&values))).await;
    assert_eq!((a.status.as_u16(), a.code()), (409, "relapse.model_changed"), "{}", a.text);

    assert_eq!(step(&w, &office, &id, "submit").await.code(), "relapse.not_replayed");
    let job = w.send(Some(&office), "POST", &format!("/relapse/model/{id}/replay"), None).await;
    assert_eq!(job.status, 202, "{}", job.text);
    let job = done(&w, &office, &job.body).await;
    assert!(job["message"].as_str().unwrap().contains("没有可以回放"), "{job}");
    let one = w.send(Some(&office), "GET", &format!("/relapse/model/{id}"), None).await.body;
    assert_eq!((&one["replay"]["current"], &one["replay"]["totals"]["before"]), (&json!(true), &json!(0)));
    let a = step(&w, &office, &id, "submit").await;
    assert_eq!(a.status, 200, "{}", a.text);
    let a = w.send(Some(&office), "PUT", &save, Some(&json!({ "values": values }))).await;
    assert_eq!((a.status.as_u16(), a.code()), (409, "relapse.model_settled"), "{}", a.text);
    assert_eq!(step(&w, &office, &id, "release").await.status, 403);
    let a = step(&w, &approver, &id, "release").await;
    assert_eq!(a.status, 200, "{}", a.text);
    let all = w.send(Some(&county), "GET", "/relapse/model", None).await.body;
    assert_eq!(all["in_force"], json!(id));

    // a parameter registered under a name of the model does not count, and the page says so
    let row = json!({ "region_code": "360000000000", "key": "w17_yuan", "title": "阈值", "value": "1", "valid_from": "2026-01-01", "basis": "03" });
    sqlx::query("insert into reg.policy_param (id, region_code, key, title, value, valid_from, basis) values ($1, $2, 'w17_yuan', '阈值', '1', '2026-01-01', '03')")
        .bind(Uuid::now_v7())
        .bind(row["region_code"].as_str())
        .execute(w.app.db.pool())
        .await
        .unwrap();
    let all = w.send(Some(&office), "GET", "/relapse/model", None).await.body;
    assert_eq!(all["outside"][0]["key"], "w17_yuan", "{}", all["outside"]);
}

/// Clues of three months by two rules in two counties: W03 is weak, W17 missed somebody.
async fn plant(w: &World, here: &str, there: &str) {
    let sql = "
      with n as (select g as n, date_trunc('month', now() at time zone 'Asia/Shanghai')::date - make_interval(months => 1 + g % 3) + interval '5 days' as day
                   from generate_series(0, 599) g)
      insert into relapse.clue (id, region_code, clue_no, line, dept, raw_name, raw_region, trigger_text, risk_hint, level, state, result, rule_id, model_version, created_at, finished_at)
      select gen_random_uuid(), case when n % 2 = 0 then $1 else $2 end, 'XSM' || n, '01', '09', '某', '某村', '事由', array['01'], '3',
             case when n = 0 then '79' when n % 20 = 7 then '90' else '80' end, case when n = 0 then '01' when n % 20 = 7 then '07' else '02' end,
             (select id from relapse.warn_rule where rule_id = 'W03'), 1 + n % 2, day, day
        from n";
    sqlx::query(sql).bind(here).bind(there).execute(w.app.db.pool()).await.unwrap();
    let household = Uuid::now_v7();
    sqlx::query("insert into reg.household (id, region_code, household_no, head_name, hukou_count, income_pop, household_status) values ($1, $2, 'M1', '甲', 1, 1, '01')")
        .bind(household)
        .bind(here)
        .execute(w.app.db.pool())
        .await
        .unwrap();
    // a hit too low to be sent, forty days before the household was found on a round
    let last = "(date_trunc('month', now() at time zone 'Asia/Shanghai') - interval '3 days')::date";
    let sql = format!(
        "insert into relapse.dept_hit (region_code, batch_id, household_id, rule_id, dept, made_on, grade, score, verdict, model_version)
           values ($1, gen_random_uuid(), $2, (select id from relapse.warn_rule where rule_id = 'W17'), '10', {last} - 40, '3', 15, '05', 1);"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql)).bind(here).bind(household).execute(w.app.db.pool()).await.unwrap();
    let sql = format!(
        "insert into relapse.monitor_case (id, region_code, case_no, household_id, monitor_type, source_line, identify_date, identify_ym, state)
           values (gen_random_uuid(), $1, 'M1', $2, '02', '03', {last}, reg.ym_of({last}), '10')"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql)).bind(here).bind(household).execute(w.app.db.pool()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outcomes_are_told_by_rule_department_county_and_version_and_suggest_where_to_move() {
    let w = World::new().await;
    let other: String = sqlx::query_scalar(
        "select code from reg.region where level = 5 and left(code, 6) <> $1 and left(code, 4) = $2 order by code limit 1",
    )
    .bind(&w.village.as_str()[..6])
    .bind(&w.village.as_str()[..4])
    .fetch_one(w.app.db.pool())
    .await
    .unwrap();
    plant(&w, w.village.as_str(), &other).await;
    let office = w.actor("R02", &province()).await;
    let county = w.actor("R06", &w.village.ancestor(Level::County)).await;
    let list = async |who: &Person, by: &str| -> Vec<Value> {
        let a = w.send(Some(who), "GET", &format!("/relapse/model/outcomes?by={by}"), None).await;
        assert_eq!(a.status, 200, "{by}: {}", a.text);
        a.body["items"].as_array().unwrap().clone()
    };
    let rules = list(&office, "rule").await;
    let of =
        |list: &[Value], label: &str| list.iter().find(|i| i["label"].as_str().unwrap().starts_with(label)).cloned().unwrap();
    let w03 = of(&rules, "W03");
    assert_eq!(
        (&w03["finished"], &w03["included"], &w03["wrong"], &w03["precision_pct"], &w03["wrong_pct"]),
        (&json!(600), &json!(1), &json!(30), &json!(0.2), &json!(5.0)),
        "{w03}"
    );
    // two of three months have no inclusion at all and one has half a percent: raise
    assert_eq!(w03["suggestion"]["kind"], "raise", "{w03}");
    assert_eq!(w03["suggestion"]["months"].as_array().unwrap().len(), 3);
    let w17 = of(&rules, "W17");
    assert_eq!((&w17["missed"], &w17["suggestion"]["kind"]), (&json!(1), &json!("lower")), "{w17}");
    assert_eq!(of(&list(&office, "dept").await, "医保")["finished"], json!(600));
    let versions = list(&office, "version").await;
    assert_eq!((&of(&versions, "第 1 版")["finished"], &of(&versions, "第 2 版")["finished"]), (&json!(300), &json!(300)));
    let counties = list(&office, "county").await;
    assert_eq!(counties.iter().filter(|c| c["finished"] == json!(300)).count(), 2, "{counties:?}");
    // the county sees its own, and no suggestion
    let own = of(&list(&county, "rule").await, "W03");
    assert_eq!((&own["finished"], &own["suggestion"]), (&json!(300), &Value::Null));
    let a = w.send(Some(&county), "GET", "/relapse/model/outcomes?region=360000000000", None).await;
    assert_eq!(a.body["items"].as_array().unwrap().iter().find(|i| i["finished"] == json!(600)), None, "{}", a.text);
    // its opinion is counted with the rule
    let opinion = json!({
        "region_code": w.village.ancestor(Level::County).as_str(), "module": "模型与参数", "kind": "05", "title": "对规则 W03 的意见",
        "content": "本县住院多在县外，自付普遍偏高。", "related_rule": w03["key"],
    });
    let a = w.send(Some(&county), "POST", "/relapse/feedback", Some(&opinion)).await;
    assert_eq!(a.status, 201, "{}", a.text);
    assert_eq!(of(&list(&office, "rule").await, "W03")["opinions"], json!(1));
    for bad in ["by=x", "from=2026-11&to=2026-01", "from=abc"] {
        let a = w.send(Some(&office), "GET", &format!("/relapse/model/outcomes?{bad}"), None).await;
        assert_eq!(a.status, 400, "{bad}: {}", a.text);
    }
}
