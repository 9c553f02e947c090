//! Templates of what is taken out again and again: runs by hand and by schedule, masks, files that expire, owners who lost a right.

use base::Level;
use serde_json::{Value, json};
use testkit::{Person, World};

async fn end(w: &World, who: &Person, template: &str, runs: usize) -> Vec<Value> {
    for _ in 0..1500 {
        let all = w.send(Some(who), "GET", &format!("/extracts/{template}/runs"), None).await;
        let items = all.body["items"].as_array().cloned().unwrap_or_else(|| panic!("{}", all.text));
        if items.len() >= runs && items.iter().all(|r| r["state"] != "running") {
            return items;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the run never ended");
}

/// As if the time of a template had come.
async fn comes_due(w: &World) {
    sqlx::query("update app.schedule set next_at = now() - interval '1 minute' where kind = 'sheet.extract'")
        .execute(w.app.db.pool())
        .await
        .unwrap();
}

async fn text_of(w: &World, who: &Person, file: &Value) -> String {
    let (_, mut stream) = w.app.files.open(&who.actor, uuid::Uuid::parse_str(file.as_str().unwrap()).unwrap()).await.unwrap();
    let mut bytes = Vec::new();
    while let Some(piece) = futures::StreamExt::next(&mut stream).await {
        bytes.extend_from_slice(&piece.unwrap());
    }
    let file = tempfile::Builder::new().suffix(".xlsx").tempfile().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let mut book = sheet::Book::open(file.path()).unwrap();
    let name = book.sheets()[0].clone();
    let mut lines = Vec::new();
    book.rows(&name, |row| {
        lines.push(row.cells.iter().map(sheet::Cell::show).collect::<Vec<_>>().join("|"));
        Ok(true)
    })
    .unwrap();
    lines.join("\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_runs_by_hand_and_by_schedule_until_its_owner_loses_the_right() {
    let w = World::new().await;
    let county = w.village.ancestor(Level::County);
    let regions = registry::region::Regions::load(w.app.db.pool()).await.unwrap();
    let mut opts = synth::Opts::new(200, 11, record::today());
    opts.scope = county.scope();
    let made = synth::Province::new(&regions, opts);
    synth::run_demo(w.app.db.pool(), w.app.records.vault.clone(), &made, &synth::LoadOpts::default(), |_, _| ()).await.unwrap();
    w.work();
    let officer = w.actor("R06", &county).await;
    let conditions = json!({"all": [{"field": "household_type", "op": "in", "values": ["01"]}]});
    let kept = w
        .send(
            Some(&officer),
            "POST",
            "/queries",
            Some(&json!({"dataset": "registry.household", "name": "一般农户", "where": conditions})),
        )
        .await;
    let new = json!({
        "name": "每日一般农户", "query_id": kept.body["id"], "columns": ["household_no", "head_name", "phone"], "cron": "30 2 * * *", "strict": true,
    });
    let with = |field: &str, value: Value| {
        let mut other = new.clone();
        other[field] = value;
        other
    };
    for (who, body, code) in [
        (&officer, with("name", json!("")), "sheet.template"),
        (&officer, with("cron", json!("每天")), "sheet.template"),
        (&officer, with("cron", json!("* * * * *")), "sheet.template"),
        (&officer, with("columns", json!(["no_such"])), "sheet.template"),
        (&officer, with("region", json!(w.neighbour)), "sheet.template"),
        (&officer, with("query_id", json!(uuid::Uuid::now_v7())), "record.no_query"),
    ] {
        let a = w.send(Some(who), "POST", "/extracts", Some(&body)).await;
        assert_eq!(a.code(), code, "{}", a.text);
    }
    let t = w.send(Some(&officer), "POST", "/extracts", Some(&new)).await;
    assert_eq!(t.status, 201, "{}", t.text);
    assert!(t.body["next_at"].is_string(), "{}", t.text);
    let id = t.body["id"].as_str().unwrap().to_owned();
    let other = w.actor("R07", &county).await;
    assert_eq!(w.send(Some(&other), "GET", &format!("/extracts/{id}/runs"), None).await.code(), "sheet.no_template");

    // by hand
    let job = w.send(Some(&officer), "POST", &format!("/extracts/{id}/export"), Some(&json!({}))).await;
    assert_eq!(job.status, 202, "{}", job.text);
    let runs = end(&w, &officer, &id, 1).await;
    let want: i64 = sqlx::query_scalar("select count(*) from reg.household where household_type = '01' and not deleted")
        .fetch_one(w.app.db.pool())
        .await
        .unwrap();
    assert_eq!(
        (&runs[0]["state"], &runs[0]["rows"], &runs[0]["scheduled"]),
        (&json!("done"), &json!(want), &json!(false)),
        "{runs:?}"
    );
    let text = text_of(&w, &officer, &runs[0]["file_id"]).await;
    let head: String = sqlx::query_scalar(
        "select head_name from reg.household where household_type = '01' and not deleted and length(head_name) > 2 limit 1",
    )
    .fetch_one(w.app.db.pool())
    .await
    .unwrap();
    assert!(text.contains("户主姓名") && !text.contains(&head), "a strict template masks names");
    assert!(text.contains(runs[0]["export_no"].as_str().unwrap()), "the file carries its number");

    // by schedule, with names: this role sees them
    let a = w.send(Some(&officer), "PATCH", &format!("/extracts/{id}"), Some(&with("strict", json!(false)))).await;
    assert_eq!(a.status, 200, "{}", a.text);
    comes_due(&w).await;
    let runs = end(&w, &officer, &id, 2).await;
    assert_eq!((&runs[0]["state"], &runs[0]["scheduled"]), (&json!("done"), &json!(true)), "{runs:?}");
    let text = text_of(&w, &officer, &runs[0]["file_id"]).await;
    assert!(text.contains(&head), "{head}");
    let jobs = w.send(Some(&officer), "GET", "/jobs", None).await;
    assert!(
        jobs.text.contains("数据提取：每日一般农户") && jobs.text.contains(runs[0]["file_id"].as_str().unwrap()),
        "in the owner's list"
    );

    // files go when their time is over
    sqlx::query("update app.extract_run set expires_at = now() - interval '1 second'").execute(w.app.db.pool()).await.unwrap();
    sqlx::query("update app.schedule set next_at = now() where kind = 'sheet.extract_sweep'")
        .execute(w.app.db.pool())
        .await
        .unwrap();
    for _ in 0..500 {
        let gone: i64 =
            sqlx::query_scalar("select count(*) from app.extract_run where expired").fetch_one(w.app.db.pool()).await.unwrap();
        if gone == 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let file = runs[0]["file_id"].as_str().unwrap();
    assert_eq!(w.send(Some(&officer), "GET", &format!("/files/{file}"), None).await.status, 404);

    // the owner loses the post
    sqlx::query("update app.post set ended_at = now(), ended_by = user_id where user_id = $1")
        .bind(officer.actor.user_id)
        .execute(w.app.db.pool())
        .await
        .unwrap();
    comes_due(&w).await;
    let stopped = async || -> (String, String) {
        sqlx::query_as("select state, stopped_why from app.extract_template").fetch_one(w.app.db.pool()).await.unwrap()
    };
    for _ in 0..500 {
        if stopped().await.0 == "stopped" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let (state, why) = stopped().await;
    assert_eq!((state.as_str(), why.as_str()), ("stopped", "模板已停用：创建人已不在创建时的岗位。改正后可重新启用。"));
    let left: i64 = sqlx::query_scalar("select count(*) from app.schedule where kind = 'sheet.extract'")
        .fetch_one(w.app.db.pool())
        .await
        .unwrap();
    assert_eq!(left, 0, "nothing wakes it any more");
    let last: String = sqlx::query_scalar("select message from app.extract_run order by id desc limit 1")
        .fetch_one(w.app.db.pool())
        .await
        .unwrap();
    assert_eq!(last, why);
}
