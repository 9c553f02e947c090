//! What a county dispatches itself, and what the system does in the village's place when a notice has hung its days.

use crate::way::{ago, posts};
use crate::world::{World, actor, world};
use base::{Kind, Level};
use flow::Ask;
use jobs::State;
use serde_json::{Value as Json, json};
use uuid::Uuid;

async fn morning(w: &World) -> Json {
    let system = base::Actor::system("测试");
    let job = w.jobs.enqueue(&system, relapse::NOTICES, "公示期满", json!({})).await.unwrap();
    let job = w.end(&system, job).await;
    assert_eq!(job.state, State::Done, "{}", job.message);
    job.result.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_county_dispatches_its_own_clues_and_the_township_says_why_it_sends_one_back() {
    let w = world().await;
    let p = posts(&w.village);
    let household = w.family(&w.village, 95, "甲", &[("household_type", "'01'")]).await;
    let rule: Uuid =
        sqlx::query_scalar("select id from relapse.warn_rule order by id limit 1").fetch_one(w.db.pool()).await.unwrap();
    let row = json!({
        "region_code": w.village.as_str(), "line": "01", "rule_id": rule, "dept": "01", "raw_name": "甲", "raw_region": "某村",
        "household_id": household, "trigger_text": "县民政局交办：突发火灾，住房受损。", "risk_hint": ["04"],
    });
    let id = w.made(&p.county, "relapse.clue", row).await;
    let mine = w.row(&p.county, "relapse.clue", id).await.unwrap();
    assert_eq!((mine["state"].as_str(), mine["dispatch_level_now"].as_str()), (Some("10"), Some("3")));
    // it lies before the county, and nobody below sees it
    for by in [&p.town, &p.audit, &p.cadre] {
        assert_eq!(w.row(by, "relapse.clue", id).await.unwrap_err().kind, Kind::NotFound, "{}", by.role);
    }
    assert_eq!(w.refused(&p.county, id, &Ask::new("dispatch")).await, "flow.same_person", "who entered it does not dispatch it");
    assert_eq!(w.led(&p.decides, id, Ask::new("dispatch")).await, "20");
    assert!(w.row(&p.town, "relapse.clue", id).await.is_ok());

    // the township sends it back up with the cause, the county sends it out again
    let back = || Ask::new("return_up").opinion("该户三年前已整户迁往邻乡");
    assert_eq!(w.refused(&p.town, id, &back()).await, "flow.fields");
    assert_eq!(w.led(&p.town, id, back().field("return_cause", "01")).await, "21");
    assert_eq!(w.led(&p.county, id, Ask::new("redispatch").opinion("已核对，仍属本乡")).await, "20");
    assert_eq!(w.row(&p.town, "relapse.clue", id).await.unwrap()["return_cause"].as_str(), Some("01"));

    // what the province proposed is not the county's to dispatch
    let other = w.family(&w.village, 96, "乙", &[("household_type", "'01'")]).await;
    let row = json!({
        "region_code": w.village.as_str(), "line": "01", "rule_id": rule, "dept": "01", "raw_name": "乙", "raw_region": "某村",
        "household_id": other, "trigger_text": "省级部门数据。", "risk_hint": ["01"],
    });
    let theirs = w.made(&actor("R02", &w.village.ancestor(Level::Province)), "relapse.clue", row).await;
    assert_eq!(w.refused(&p.county, theirs, &Ask::new("dispatch")).await, "record.not_found");
    assert_eq!(w.led(&actor("R03", &w.village.ancestor(Level::Province)), theirs, Ask::new("dispatch")).await, "20");
}

/// A clue whose notice hangs from seven days ago until yesterday.
async fn hanging(w: &World, serial: u32) -> (Uuid, Uuid, Uuid) {
    let p = posts(&w.village);
    let household = w.family(&w.village, serial, "甲", &[("household_type", "'01'")]).await;
    let row = json!({
        "region_code": w.village.as_str(), "line": "03", "raw_name": "甲", "raw_region": "某村", "household_id": household,
        "trigger_text": "走访发现收入下降。", "risk_hint": ["01"],
    });
    let id = w.made(&p.town, "relapse.clue", row).await;
    assert_eq!(w.led(&p.town, id, Ask::new("accept")).await, "30");
    w.verified(&p, id, &["01"], "01").await;
    assert_eq!(w.led(&p.town, id, Ask::new("review")).await, "50");
    let auth = w.authorized(&p, household).await;
    w.entrusted(&p, household, id, auth).await;
    assert_eq!(w.led(&p.town, id, Ask::new("checked")).await, "60");
    w.met(&p, household, ("clue_id", id), "01", 8).await;
    let notice = w.posted(&p, household, ("clue_id", id), 7, 1).await;
    assert_eq!(w.led(&p.cadre, id, Ask::new("publicise")).await, "61");
    (id, notice, household)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_that_hung_its_days_is_led_on_by_the_system_when_nothing_is_missing() {
    let w = world().await;
    let p = posts(&w.village);
    let (clean, its_notice, _) = hanging(&w, 97).await;
    let (objected, other_notice, household) = hanging(&w, 98).await;
    let state = async |id: Uuid| w.row(&p.cadre, "relapse.clue", id).await.unwrap()["state"].as_str().map(str::to_owned);

    // without the photograph of the end it is the village's to complete
    assert_eq!(morning(&w).await, json!({ "led": 0, "left": 2 }));
    w.attach("relapse.publicity", its_notice, "photo_end").await;
    w.attach("relapse.publicity", other_notice, "photo_end").await;
    let objection = json!({ "publicity_id": other_notice, "household_id": household, "objector": "乙", "raised_on": ago(2), "content": "该户有小轿车。" });
    w.made(&p.cadre, "relapse.publicity_objection", objection).await;
    assert_eq!(morning(&w).await, json!({ "led": 1, "left": 1 }));
    assert_eq!((state(clean).await.as_deref(), state(objected).await.as_deref()), (Some("70"), Some("61")));
    let result = w.row(&p.cadre, "relapse.publicity", its_notice).await.unwrap();
    assert_eq!(result["result"].as_str(), Some("01"), "what the notice came to is written too");
    let by: (String, String) =
        sqlx::query_as("select actor_name, opinion from app.flow_step where row_id = $1 and transition = 'publicised'")
            .bind(clean)
            .fetch_one(w.db.pool())
            .await
            .unwrap();
    assert_eq!(by, ("系统·公示期满".to_owned(), "公示期满，系统自动提交乡镇".to_owned()));
    // and nothing a second time
    assert_eq!(morning(&w).await, json!({ "led": 0, "left": 1 }));
}

/// What a village takes back itself, and where the county sends a clue back to, are no returns of their own (规则④).
#[tokio::test(flavor = "multi_thread")]
async fn one_return_by_the_county_is_one() {
    let w = world().await;
    let p = posts(&w.village);
    let household = w.family(&w.village, 99, "甲", &[("household_type", "'01'")]).await;
    let row = json!({
        "region_code": w.village.as_str(), "line": "03", "raw_name": "甲", "raw_region": "某村", "household_id": household,
        "trigger_text": "走访发现收入下降。", "risk_hint": ["01"],
    });
    let id = w.made(&p.town, "relapse.clue", row).await;
    w.to_county(&p, household, id, &["01"]).await;
    assert_eq!(w.led(&p.county, id, Ask::new("return_county").opinion("请补充评议")).await, "72");
    assert_eq!(w.led(&p.county, id, Ask::new("return_to_review").opinion("回到乡镇复核")).await, "40");
    assert_eq!(w.led(&p.cadre, id, Ask::new("withdraw").opinion("补充材料")).await, "30");
    let copies = async || w.count("select count(*) from relapse.supervise where kind = '04'").await;
    assert_eq!(copies().await, 0);
    assert_eq!(w.led(&p.cadre, id, Ask::new("verify")).await, "40");
    assert_eq!(w.led(&p.town, id, Ask::new("return_to_village").opinion("请补充票据")).await, "31");
    assert_eq!(copies().await, 1, "the second return is heard of above");
}
