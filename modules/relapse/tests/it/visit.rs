//! The home visit: what is reckoned for the cadre, and what comes of a place far from the house.

use crate::world::{actor, world};
use record::{Provenance, Row};
use serde_json::{Value, json};

fn object(v: Value) -> Row {
    v.as_object().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_distance_from_the_house_is_reckoned_and_a_far_one_explained() {
    let w = world().await;
    let by = actor("R10", &w.village);
    let household = w.family(&w.village, 61, "甲", &[("household_type", "'01'"), ("lon", "115.9"), ("lat", "28.6")]).await;
    let mut tx = w.db.begin(&by).await.unwrap();
    let clues = w.records().dataset("relapse.clue").unwrap().clone();
    let clue = object(
        json!({"region_code": w.village.as_str(), "line": "02", "raw_name": "甲", "raw_region": "某村", "trigger_text": "申报", "risk_hint": ["01"], "household_id": household}),
    );
    let clue = w.records().create(&mut tx, &clues, &clue, &Provenance::default()).await.unwrap().id;
    let forms = w.records().dataset("relapse.verify_form").unwrap().clone();
    let mut form = object(json!({
        "region_code": w.village.as_str(), "clue_id": clue, "met_person": "甲", "met_relation": "01", "members_ok": true, "self_cope": "03",
        "risk_confirmed": false, "suggest": "01", "suggest_text": "自付较高，建议纳入监测。", "lon": "115.91", "lat": "28.6",
    }));
    form.insert("risk_confirmed".into(), json!(true));
    form.insert("risk_types".into(), json!(["01"]));
    let refused = w.records().create(&mut tx, &forms, &form, &Provenance::default()).await.unwrap_err();
    assert_eq!(refused.problems.iter().map(|p| p.field.as_str()).collect::<Vec<_>>(), ["distance_note"]);
    form.insert("distance_note".into(), json!("户主在镇上租房居住"));
    let made = w.records().create(&mut tx, &forms, &form, &Provenance::default()).await.unwrap().id;
    let metres = w.records().get_plain(&mut tx, &forms, made).await.unwrap()["distance_m"].as_i64().unwrap();
    assert!((970..985).contains(&metres), "{metres}");
    // at the house
    let near = object(json!({"lon": "115.9001", "lat": "28.6"}));
    w.records().patch(&mut tx, &forms, made, None, &near, &Provenance::default()).await.unwrap();
    assert!(w.records().get_plain(&mut tx, &forms, made).await.unwrap()["distance_m"].as_i64().unwrap() < 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn four_hundred_characters_are_counted_alike_in_program_and_database() {
    let w = world().await;
    let by = actor("R10", &w.village);
    let household = w.family(&w.village, 62, "乙", &[("household_type", "'01'")]).await;
    let mut tx = w.db.begin(&by).await.unwrap();
    let clues = w.records().dataset("relapse.clue").unwrap().clone();
    let clue = object(
        json!({"region_code": w.village.as_str(), "line": "02", "raw_name": "乙", "raw_region": "某村", "trigger_text": "申报", "risk_hint": ["01"], "household_id": household}),
    );
    let clue = w.records().create(&mut tx, &clues, &clue, &Provenance::default()).await.unwrap().id;
    let forms = w.records().dataset("relapse.verify_form").unwrap().clone();
    // a character outside the basic plane is two units in JavaScript and four bytes in UTF-8, and one character everywhere here
    let form = |n: usize| {
        object(json!({
            "region_code": w.village.as_str(), "clue_id": clue, "met_person": "乙", "met_relation": "01", "members_ok": true, "self_cope": "01",
            "risk_confirmed": true, "risk_types": ["01"], "suggest": "01", "suggest_text": "𠮷".repeat(n),
        }))
    };
    let refused = w.records().create(&mut tx, &forms, &form(401), &Provenance::default()).await.unwrap_err();
    assert_eq!(refused.problems[0].field, "suggest_text");
    let id = w.records().create(&mut tx, &forms, &form(400), &Provenance::default()).await.unwrap().id;
    let counted: i32 = sqlx::query_scalar("select char_length(suggest_text) from relapse.verify_form where id = $1")
        .bind(id)
        .fetch_one(tx.conn())
        .await
        .unwrap();
    assert_eq!(counted, 400);
    let long = sqlx::query("update relapse.verify_form set suggest_text = suggest_text || '多' where id = $1").bind(id);
    assert!(long.execute(tx.conn()).await.is_err(), "the database holds the limit too");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sums_of_an_income_period_follow_its_items() {
    let w = world().await;
    let by = actor("R10", &w.village);
    let household = w.family(&w.village, 63, "丙", &[("household_type", "'01'")]).await;
    let mut tx = w.db.begin(&by).await.unwrap();
    let periods = w.records().dataset("registry.income_period").unwrap().clone();
    let items = w.records().dataset("registry.income_item").unwrap().clone();
    let period = object(
        json!({"household_id": household, "period_kind": "04", "year": 2026, "period_start": "2025-10-01", "period_end": "2026-09-30", "pop": 3}),
    );
    let period = w.records().create(&mut tx, &periods, &period, &Provenance::default()).await.unwrap().id;
    let mut ids = Vec::new();
    for (code, fen) in [("A02", 3_000_000), ("D2", 500_000), ("E01", 200_000), ("P01", 100_000)] {
        let item = object(json!({"period_id": period, "item_code": code, "amount": fen}));
        ids.push(w.records().create(&mut tx, &items, &item, &Provenance::default()).await.unwrap().id);
    }
    let p = w.records().get_plain(&mut tx, &periods, period).await.unwrap();
    for (field, want) in [
        ("wage", 3_000_000),
        ("transfer", 500_000),
        ("gross", 3_500_000),
        ("net", 3_300_000),
        ("net_pc", 1_100_000),
        ("ref_net", 3_200_000),
        ("ref_pc", 1_066_667),
    ] {
        assert_eq!(p[field].as_i64(), Some(want), "{field}");
    }
    w.records().delete(&mut tx, &items, ids[0], None, &Provenance::default()).await.unwrap();
    assert_eq!(w.records().get_plain(&mut tx, &periods, period).await.unwrap()["wage"].as_i64(), Some(0));
    let two = object(json!({"pop": 2}));
    w.records().patch(&mut tx, &periods, period, None, &two, &Provenance::default()).await.unwrap();
    assert_eq!(w.records().get_plain(&mut tx, &periods, period).await.unwrap()["net_pc"].as_i64(), Some(150_000));
}
