//! Writes sent again after a broken connection are done once, for whatever dataset.

use serde_json::{Value, json};
use testkit::{Person, World};
use uuid::Uuid;

fn key() -> String {
    Uuid::now_v7().to_string()
}

fn clue(w: &World) -> Value {
    json!({"region_code": w.village.as_str(), "line": "02", "raw_name": "甲", "raw_region": "某村", "trigger_text": "自主申报", "risk_hint": ["01"]})
}

async fn count(w: &World, who: &Person) -> i64 {
    w.send(Some(who), "GET", "/relapse/clue?count=exact", None).await.body["items"].as_array().map_or(0, |a| a.len() as i64)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_sent_twice_is_made_once() {
    let w = World::new().await;
    let who = w.actor("R06", &w.village.ancestor(base::Level::County)).await;
    let (k, body) = (key(), clue(&w));
    let first = w.send_once(&who, &k, "POST", "/relapse/clue", &body).await;
    assert_eq!(first.status, 201, "{}", first.text);
    let second = w.send_once(&who, &k, "POST", "/relapse/clue", &body).await;
    assert_eq!((second.status.as_u16(), &second.body["id"]), (201, &first.body["id"]), "{}", second.text);
    assert_eq!(second.body["_again"], json!(true));
    assert_eq!(count(&w, &who).await, 1);
    // the same key with other content would lose an edit: it is refused, aloud
    let mut other = clue(&w);
    other["raw_name"] = json!("乙");
    let refused = w.send_once(&who, &k, "POST", "/relapse/clue", &other).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (422, "record.key_reused"));
    // a key is its sender's own
    let clerk = w.actor("R08", &w.village.ancestor(base::Level::Town)).await;
    assert_eq!(w.send_once(&clerk, &k, "POST", "/relapse/clue", &body).await.body["_again"], Value::Null);
    assert_eq!(count(&w, &who).await, 2);
    assert_eq!(w.send_once(&who, "not-a-key", "POST", "/relapse/clue", &body).await.code(), "http.bad_key");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_write_leaves_its_key_free() {
    let w = World::new().await;
    let who = w.actor("R06", &w.village.ancestor(base::Level::County)).await;
    let k = key();
    let mut bad = clue(&w);
    bad["raw_name"] = Value::Null;
    assert_eq!(w.send_once(&who, &k, "POST", "/relapse/clue", &bad).await.status, 422);
    let good = w.send_once(&who, &k, "POST", "/relapse/clue", &clue(&w)).await;
    assert_eq!((good.status.as_u16(), &good.body["_again"]), (201, &Value::Null), "{}", good.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_at_once_make_one_record() {
    let w = std::sync::Arc::new(World::new().await);
    let who = w.actor("R06", &w.village.ancestor(base::Level::County)).await;
    let k = key();
    let sent = (0..8).map(|_| {
        let (w, who, k) = (w.clone(), who.clone(), k.clone());
        tokio::spawn(async move { w.send_once(&who, &k, "POST", "/relapse/clue", &clue(&w)).await.body["id"].clone() })
    });
    let mut ids = Vec::new();
    for s in sent.collect::<Vec<_>>() {
        ids.push(s.await.unwrap());
    }
    assert!(ids[0].is_string() && ids.iter().all(|i| *i == ids[0]), "{ids:?}");
    assert_eq!(count(&w, &who).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_and_a_step_sent_twice_are_taken_once() {
    let w = World::new().await;
    let who = w.actor("R08", &w.village.ancestor(base::Level::Town)).await;
    let made = w.send(Some(&who), "POST", "/relapse/clue", Some(&clue(&w))).await.body;
    let at = format!("/relapse/clue/{}", made["id"].as_str().unwrap());
    let change = json!({"row_version": made["row_version"], "trigger_text": "改过的事由"});
    let k = key();
    let first = w.send_once(&who, &k, "PATCH", &at, &change).await;
    assert_eq!(first.status, 200, "{}", first.text);
    // without the key the second would be stale
    let second = w.send_once(&who, &k, "PATCH", &at, &change).await;
    assert_eq!((second.status.as_u16(), &second.body["row_version"]), (200, &first.body["row_version"]), "{}", second.text);
    assert_eq!(w.send(Some(&who), "PATCH", &at, Some(&change)).await.status, 409);

    let step = format!("{at}/transitions/accept");
    let ask = json!({"opinion": "属实"});
    let k = key();
    assert_eq!(w.send_once(&who, &k, "POST", &step, &ask).await.status, 200);
    let again = w.send_once(&who, &k, "POST", &step, &ask).await;
    assert_eq!((again.status.as_u16(), &again.body["_again"]), (200, &json!(true)), "{}", again.text);
    assert_eq!(w.send(Some(&who), "POST", &step, Some(&ask)).await.code(), "flow.wrong_state");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_of_an_older_description_is_taken_without_what_is_gone() {
    let w = World::new().await;
    let who = w.actor("R06", &w.village.ancestor(base::Level::County)).await;
    let mut body = clue(&w);
    body["a_field_of_last_year"] = json!("x");
    body["score"] = json!(5);
    assert_eq!(w.send(Some(&who), "POST", "/relapse/clue", Some(&body)).await.status, 422);
    let token = who.token();
    let older = [("x-description", "an-older-hash")];
    let done = w.send_headers(Some(&who), Some(&token), &older, "POST", "/relapse/clue", Some(&body)).await;
    assert_eq!(done.status, 201, "{}", done.text);
    let gone: Vec<&str> = done.body["_warnings"].as_array().unwrap().iter().filter_map(|p| p["field"].as_str()).collect();
    assert!(gone.contains(&"a_field_of_last_year") && gone.contains(&"score"), "{gone:?}");
    assert_eq!(done.body["score"], Value::Null);
}
