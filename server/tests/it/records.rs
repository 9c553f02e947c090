//! Each dataset: made, read, listed, filtered, changed, refused when stale, remembered, removed.

use crate::walk::{datasets, filter, free_text, maker, path};
use meta::Verb;
use serde_json::{Value, json};
use testkit::World;

/// They hold choices, figures and dates only; what is shown here about changes is shown with a text.
const WITHOUT_TEXT: [&str; 14] = [
    "registry.helper_pair",
    "registry.income_period",
    "registry.notice_sheet",
    "registry.village_year",
    "relapse.authorization",
    "relapse.authorization_person",
    "relapse.economic_check_person",
    "relapse.help_plan",
    "relapse.patrol",
    "relapse.verify_asset",
    "relapse.visit_burden",
    "toilet.check_item",
    "toilet.station_village",
    "yulu.term_batch",
];

/// No person makes their rows.
const BY_ENGINES: [&str; 19] = [
    "relapse.audit_step",
    "relapse.compare_clue",
    "relapse.dept_batch",
    "relapse.dept_candidate",
    "relapse.dept_cover",
    "relapse.dept_delivery",
    "relapse.dept_due",
    "relapse.dept_fact",
    "relapse.dept_fault",
    "relapse.dept_record",
    "relapse.dept_value",
    "relapse.dispatch_batch",
    "relapse.dispatch_count",
    "relapse.patrol_target",
    "relapse.region_alarm",
    "relapse.region_alarm_household",
    "relapse.share_download",
    "toilet.attr_sync",
    "yulu.comparison",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_dataset_is_made_read_changed_and_removed() {
    let w = World::new().await;
    let (mut unchanged, mut by_engines, mut kept_for_good) = (vec![], vec![], vec![]);
    for d in datasets(&w) {
        let at = path(&d);
        let kept = d.history == meta::dataset::History::Versions;
        // rows of the others are made by engines; their reading and hiding is walked over rows made for them
        let Some(creator) = w.who_may(&d, &[Verb::Create]).await else {
            by_engines.push(d.id.clone());
            continue;
        };
        let reader = w.who_may(&d, &[Verb::Read]).await.unwrap_or_else(|| panic!("nobody reads {}", d.id));
        let input = maker(&w).input(&d).await.unwrap_or_else(|e| panic!("{}: {} {:?}", d.id, e.chain(), e.problems));
        let made = w.send(Some(&creator), "POST", &at, Some(&Value::Object(input.clone()))).await;
        assert_eq!(made.status, 201, "{}: {}", d.id, made.text);
        let id = made.body["id"].as_str().expect("an id").to_owned();
        let one = format!("{at}/{id}");

        let got = w.send(Some(&reader), "GET", &one, None).await;
        assert_eq!(got.status, 200, "{}: {}", d.id, got.text);
        // a flow may have led it on already
        let mut version = got.body["row_version"].as_u64().expect("a version") as usize;
        let list = w.send(Some(&reader), "GET", &format!("{at}?count=true"), None).await;
        assert_eq!(list.status, 200, "{}: {}", d.id, list.text);
        let ids = |v: &Value| -> Vec<String> {
            let items = v["items"].as_array().cloned().unwrap_or_default();
            items.iter().filter_map(|r| r["id"].as_str().map(str::to_owned)).collect()
        };
        assert!(ids(&list.body).contains(&id), "{}: {}", d.id, list.text);
        if let Some((name, value)) = filter(&d, &got.body) {
            let found = w.send(Some(&reader), "GET", &format!("{at}?{name}={value}"), None).await;
            assert!(ids(&found.body).contains(&id), "{} {name}={value}: {}", d.id, found.text);
            let none = w.send(Some(&reader), "GET", &format!("{at}?{name}.empty=true"), None).await;
            assert!(none.status == 200 && !ids(&none.body).contains(&id), "{} {name}: {}", d.id, none.text);
        }

        let text = "已改";
        match (w.who_may(&d, &[Verb::Update]).await, free_text(&w, &d, text)) {
            (None, _) => {}
            (Some(_), None) => unchanged.push(d.id.clone()),
            (Some(changer), Some(f)) => {
                let patch = json!({"row_version": version, &f.name: text});
                let done = w.send(Some(&changer), "PATCH", &one, Some(&patch)).await;
                assert_eq!(done.status, 200, "{} {}: {}", d.id, f.name, done.text);
                assert_eq!((&done.body["row_version"], &done.body[&f.name]), (&json!(version + 1), &json!(text)), "{}", d.id);
                let stale = w.send(Some(&changer), "PATCH", &one, Some(&patch)).await;
                assert_eq!((stale.status.as_u16(), stale.code()), (409, "record.stale"), "{}: {}", d.id, stale.text);
                let by = if kept { json!(changer.actor.name) } else { Value::Null };
                assert_eq!(stale.body["by"], by, "{}: {}", d.id, stale.text);
                assert!(stale.body["at"].is_string() && stale.body["current_version"] == version + 1, "{}: {}", d.id, stale.text);
                version += 1;
            }
        }
        let history = w.send(Some(&reader), "GET", &format!("{one}/history"), None).await;
        let lines = history.body["items"].as_array().map_or(0, Vec::len);
        assert_eq!(lines, if kept { version } else { 0 }, "{}: {}", d.id, history.text);

        let Some(remover) = w.who_may(&d, &[Verb::Delete]).await else {
            kept_for_good.push(d.id.clone());
            continue;
        };
        let gone = w.send(Some(&remover), "DELETE", &format!("{one}?row_version={version}"), None).await;
        assert_eq!(gone.status, 204, "{}: {}", d.id, gone.text);
        assert_eq!(w.send(Some(&reader), "GET", &one, None).await.status, 404, "{}", d.id);
    }
    assert_eq!(unchanged, WITHOUT_TEXT, "these have no free text to change");
    assert_eq!(by_engines, BY_ENGINES, "nobody may make these");
    let kept = |d: &String| d.starts_with("relapse.") || d.starts_with("yulu.");
    assert!(kept_for_good.iter().all(kept), "{kept_for_good:?}");
}
