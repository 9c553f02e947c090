//! The map, the printed form, and the figures that follow from the aims of a county and from findings.

use super::story;
use base::{Level, RegionCode};
use serde_json::{Value as Json, json};
use testkit::identity_number;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_map_tells_villages_to_the_county_and_houses_to_those_who_work_there() {
    let s = story().await;
    let id = s.toilet(&identity_number(910)).await;
    let reviewed = "update toilet.house_toilet set record_state = '30' where id = $1";
    sqlx::query(reviewed).bind(id).execute(s.w.app.db.pool()).await.unwrap();
    let map = async |role: &str, level: Level, region: &RegionCode| {
        let who = s.w.actor(role, &s.w.village.ancestor(level)).await;
        s.w.send(Some(&who), "GET", &format!("/toilet/map?region={region}"), None).await
    };
    let own = map("R10", Level::Village, &s.w.village).await;
    assert_eq!(own.status, 200, "{}", own.text);
    let spot = &own.body["toilets"][0];
    assert_eq!((&spot["id"], &spot["longitude"], &own.body["exact"]), (&json!(id), &json!(115.9123), &json!(true)));
    assert!(!own.text.contains("甲某") && !own.text.contains("13900000001"), "no name and no number: {}", own.text);
    let city = map("R05", Level::City, &s.w.village).await;
    assert_eq!((&city.body["toilets"][0]["longitude"], &city.body["exact"]), (&json!(115.91), &json!(false)));
    let county = s.w.village.ancestor(Level::County);
    let villages = map("R06", Level::County, &county).await;
    let v = &villages.body["villages"][0];
    assert_eq!((v["code"].as_str(), v["total"].as_i64(), &v["longitude"]), (Some(s.w.village.as_str()), Some(1), &json!(115.91)));
    assert_eq!(map("R10", Level::Village, &s.w.neighbour).await.code(), "toilet.map_outside");
    assert_eq!(map("R05", Level::City, &county.ancestor(Level::City)).await.code(), "toilet.map_too_wide");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_collection_form_is_printed_masked_as_a_job() {
    let s = story().await;
    s.w.work();
    let number = identity_number(911);
    let id = s.toilet(&number).await;
    let town = s.w.actor("R08", &s.w.village.ancestor(Level::Town)).await;
    let ask = json!({"form": "collection", "format": "docx", "ids": [id]});
    let job = s.w.send(Some(&town), "POST", "/toilet/print", Some(&ask)).await;
    assert_eq!(job.status, 202, "{}", job.text);
    let path = format!("/jobs/{}", job.body["id"].as_str().unwrap());
    let mut done = Json::Null;
    for _ in 0..1500 {
        done = s.w.send(Some(&town), "GET", &path, None).await.body;
        if !matches!(done["state"].as_str(), Some("queued" | "running")) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let link = done["result"]["download"].as_str().unwrap_or_else(|| panic!("{done}")).trim_start_matches("/api/v1").to_owned();
    let file = s.w.send(Some(&town), "GET", &link, None).await;
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(file.bytes)).unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut zip.by_name("word/document.xml").unwrap(), &mut text).unwrap();
    let no = s.row("toilet.house_toilet", id).await["toilet_no"].as_str().unwrap().to_owned();
    for t in [no.as_str(), "农村户厕信息采集表", "三格化粪池式", "乡镇审核人："] {
        assert!(text.contains(t), "{t}");
    }
    assert!(!text.contains(&number), "the identity number is masked");
    let bad = json!({"form": "x", "format": "docx", "ids": [id]});
    assert_eq!(s.w.send(Some(&town), "POST", "/toilet/print", Some(&bad)).await.code(), "report.print_form");
    let village = s.w.actor("R10", &s.w.village).await;
    assert_eq!(
        s.w.send(Some(&village), "POST", "/toilet/print", Some(&ask)).await.status,
        403,
        "who may not export may not print"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_aim_of_a_county_gives_its_class_to_villages_and_the_gap_to_the_figure() {
    let s = story().await;
    let year = chrono::Datelike::year(&record::today());
    let aim = json!({"region_code": s.w.village.ancestor(Level::County).as_str(), "data_year": year, "region_class": "2",
        "coverage_target": "85", "septic_intact_target": "90"});
    s.made(&s.county(), "toilet.county_aim", aim).await.unwrap_or_else(|e| panic!("{} {:?}", e.chain(), e.problems));
    let base = json!({"region_code": s.w.village.as_str(), "data_year": year, "total_households": 4, "resident_households": 4,
        "empty_households": 0, "demolish_households": 0, "natural_villages": 1, "pipe_network": false, "treat_facility": false,
        "maintain_mechanism": true, "confirmed_by": "甲某", "confirmed_at": "2026-01-10"});
    let id = s.made(&s.village(), "toilet.village_stat", base).await.unwrap_or_else(|e| panic!("{} {:?}", e.chain(), e.problems));
    assert_eq!(s.row("toilet.village_stat", id).await["region_class"], json!("2"));
    let toilet = s.toilet(&identity_number(912)).await;
    let reviewed = "update toilet.house_toilet set record_state = '30', house_attr = '{1}' where id = $1";
    sqlx::query(reviewed).bind(toilet).execute(s.w.app.db.pool()).await.unwrap();
    let figures = async |id: &str, only: Option<(String, String)>| {
        let mut tx = s.w.app.db.begin(&s.county()).await.unwrap();
        let ask = report::Ask { only, ..report::Ask::default() };
        s.w.app.reports.run(&mut tx, id, &ask).await.unwrap_or_else(|e| panic!("{}", e.chain())).total.values
    };
    // one sanitary toilet of four that there should be, 85% aimed at: 60 points short
    let t = figures("toilet.ts01", None).await;
    assert_eq!((&t["aim_target"], &t["aim_lead"], &t["aim_gap"]), (&json!(3.4), &json!(-2.4), &json!(-60)));
    let of = async |value: &str| figures("toilet.ts01", Some(("attr".into(), value.into()))).await["sanitary"].clone();
    assert_eq!((of("1").await, of("0").await), (json!(1), json!(0)), "only households that left poverty");
    // an error and two doubts over one toilet take 3 + 1 + 1 of a hundred times one
    for severity in ["E", "S", "S"] {
        sqlx::query(
            "insert into quality.finding (id, region_code, rule_id, title, severity, state, subject_id, found_at) \
             values (gen_random_uuid(), $1, 'T-01', '试', $2, '01', gen_random_uuid(), now())",
        )
        .bind(s.w.village.as_str())
        .bind(severity)
        .execute(s.w.app.db.pool())
        .await
        .unwrap();
    }
    let q = figures("toilet.ts11", None).await;
    assert_eq!((&q["deducted"], &q["score"]), (&json!(5), &json!(-400)));
}
