//! The story of a toilet: what is derived of it, a problem that is put right on the second attempt and comes back, a task that
//! is broken down, the attributes that follow the register.

use base::{Actor, Level, RegionCode};
use flow::Ask;
use record::{Provenance, Row};
use serde_json::{Value as Json, json};
use testkit::{World, identity_number};
use uuid::Uuid;

struct Story {
    w: World,
}

fn post(role: &str, region: RegionCode) -> Actor {
    Actor { user_id: Uuid::now_v7(), name: format!("{role}某"), role: role.to_owned(), region, ..Actor::system("测试") }
}

impl Story {
    fn village(&self) -> Actor {
        post("R10", self.w.village.clone())
    }
    fn town(&self) -> Actor {
        post("R08", self.w.village.ancestor(Level::Town))
    }
    fn county(&self) -> Actor {
        post("R06", self.w.village.ancestor(Level::County))
    }

    async fn made(&self, who: &Actor, dataset: &str, row: Json) -> base::Result<Uuid> {
        let d = self.w.app.records.dataset(dataset)?.clone();
        let mut tx = self.w.app.db.begin(who).await?;
        let saved = self.w.app.records.create(&mut tx, &d, row.as_object().unwrap(), &Provenance::default()).await?;
        if let Some(flow) = &d.flow {
            self.w.app.flows.ensure_started(&mut tx, flow, saved.id).await?;
        }
        tx.commit().await?;
        Ok(saved.id)
    }
    async fn row(&self, dataset: &str, id: Uuid) -> Row {
        let d = self.w.app.records.dataset(dataset).unwrap().clone();
        let mut tx = self.w.app.db.begin(&Actor::system("测试")).await.unwrap();
        self.w.app.records.get_plain(&mut tx, &d, id).await.unwrap()
    }
    async fn led(&self, who: &Actor, flow: &str, id: Uuid, ask: Ask<'_>) -> base::Result<()> {
        let mut tx = self.w.app.db.begin(who).await?;
        self.w.app.flows.act(&mut tx, flow, id, &ask).await?;
        tx.commit().await
    }
    async fn refused(&self, who: &Actor, flow: &str, id: Uuid, ask: Ask<'_>) -> String {
        self.led(who, flow, id, ask).await.expect_err("it is refused").code.into_owned()
    }
    async fn toilet(&self, number: &str) -> Uuid {
        let row = json!({
            "region_code": self.w.village.as_str(), "data_year": 2026, "head_name": "甲某", "head_id_card": number, "phone": "13900000001",
            "family_size": 3, "resident_size": 2, "address": "一号", "longitude": "115.9", "latitude": "28.6", "residence_status": "1",
            "has_toilet": true, "toilet_count": 1, "build_form": "1", "location_type": "1", "toilet_type": "01", "sanitary_claimed": true,
            "wall_ok": true, "roof_ok": true, "door_ok": true, "pan_type": "1", "flush_mode": "1", "water_available": true,
            "septic_form": "1", "septic_volume": "1.5", "overflow_pipe_ok": true, "sewage_dest": "1", "use_status": "1", "renovated": false,
            "fiscal_supported": false, "renovate_willing": "2", "survey_date": "2026-03-01", "surveyor": "乙某", "surveyor_phone": "13900000002",
        });
        self.made(&self.village(), "toilet.house_toilet", row).await.unwrap_or_else(|e| panic!("{}", e.chain()))
    }
    fn problem(&self, toilet: Uuid, deadline: &str) -> Json {
        json!({
            "toilet_id": toilet, "find_source": "3", "find_date": "2026-03-02", "finder": "丙某", "problem_item": ["13"], "usable": "2",
            "problem_desc": "第二格池体渗漏，雨后尤其明显", "severity": "2", "rectify_class": "1", "rectify_measure": ["6"],
            "duty_unit": "村委会", "duty_person": "丙某", "duty_phone": "13900000003", "deadline": deadline,
        })
    }
    async fn round(&self, problem: Uuid, content: &str) {
        let row = json!({
            "problem_id": problem, "action_date": "2026-03-05", "action_desc": "重新做防渗处理", "after_use_status": "1",
            "householder_confirm": content, "village_result": "1", "village_checker": "丙某",
        });
        self.made(&self.village(), "toilet.rectification", row).await.unwrap_or_else(|e| panic!("{}", e.chain()));
    }
}

async fn story() -> Story {
    let s = Story { w: World::new().await };
    // photographs are held by the guard; their number is a parameter
    let param = json!({"region_code": "360000000000", "key": "toilet_after_photos_min", "value": "0", "unit": "张", "valid_from": "2020-01-01",
        "basis": "03", "title": "整改后照片最少张数"});
    s.made(&post("R02", s.w.village.ancestor(Level::Province)), "registry.policy_param", param)
        .await
        .unwrap_or_else(|e| panic!("{}", e.chain()));
    s
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_problem_is_sent_back_once_closed_and_comes_back() {
    let s = story().await;
    let toilet = s.toilet(&identity_number(901)).await;
    let before = s.row("toilet.house_toilet", toilet).await;
    assert_eq!(before["toilet_no"], json!(format!("{}2600001", s.w.village)));
    assert_eq!(
        (&before["is_sanitary"], &before["is_harmless"], &before["has_problem"]),
        (&json!(true), &json!(true), &json!(false))
    );

    let late = s.made(&s.village(), "toilet.problem", s.problem(toilet, "2026-06-01")).await.unwrap_err();
    assert!(late.problems.iter().any(|p| p.code == "toilet.immediate_too_late"), "{:?}", late.problems);
    let id =
        s.made(&s.village(), "toilet.problem", s.problem(toilet, "2026-03-10")).await.unwrap_or_else(|e| panic!("{}", e.chain()));
    let found = s.row("toilet.problem", id).await;
    assert_eq!(found["problem_no"], json!(format!("{}2600001P01", s.w.village)));
    let now = s.row("toilet.house_toilet", toilet).await;
    assert_eq!((&now["is_sanitary"], &now["has_problem"]), (&json!(false), &json!(true)), "a leaking pit is not sanitary");

    let (village, town, county) = (s.village(), s.town(), s.county());
    let f = "toilet.problem";
    let go = async |who: &Actor, ask: Ask<'_>| s.led(who, f, id, ask).await.unwrap_or_else(|e| panic!("{}", e.chain()));
    go(&town, Ask::new("confirm")).await;
    go(&village, Ask::new("begin")).await;
    assert_eq!(s.refused(&village, f, id, Ask::new("done")).await, "toilet.not_rectified");
    s.round(id, "2").await;
    assert_eq!(s.refused(&village, f, id, Ask::new("done")).await, "toilet.not_rectified", "the household is not content");
    s.round(id, "1").await;
    go(&village, Ask::new("done")).await;
    go(&village, Ask::new("hand_in")).await;
    go(&town, Ask::new("town_return").opinion("盖板没有复原")).await;
    s.round(id, "1").await;
    go(&village, Ask::new("done")).await;
    go(&village, Ask::new("hand_in")).await;
    assert_eq!(s.refused(&village, f, id, Ask::new("town_pass")).await, "flow.not_allowed");
    go(&s.town(), Ask::new("town_pass").opinion("复核合格")).await;
    go(&county, Ask::new("close")).await;
    let closed = s.row("toilet.problem", id).await;
    assert_eq!((&closed["status"], &closed["solved_date"]), (&json!("70"), &json!(record::today().to_string())));
    let now = s.row("toilet.house_toilet", toilet).await;
    assert_eq!((&now["is_sanitary"], &now["has_problem"]), (&json!(true), &json!(false)));

    let mut again = s.problem(toilet, &record::today().to_string());
    again["find_date"] = json!(record::today().to_string());
    let again = s.made(&village, "toilet.problem", again).await.unwrap_or_else(|e| panic!("{}", e.chain()));
    let again = s.row("toilet.problem", again).await;
    assert_eq!(
        (&again["status"], &again["reopened_from"]),
        (&json!("80"), &json!(id.to_string())),
        "the same item within a year"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_is_broken_down_within_its_whole() {
    let s = story().await;
    let task = |region: RegionCode, new: i64, parent: Option<Uuid>| {
        json!({"region_code": region.as_str(), "task_year": 2026, "parent_id": parent, "plan_new": new, "plan_upgrade": 0, "plan_problem": 0,
            "plan_public": 0, "plan_fund": 100, "fund_arrived": 0, "fund_paid": 0, "start_deadline": "2026-03-01",
            "finish_deadline": "2026-11-30", "doc_no": "赣农〔2026〕1号"})
    };
    let province = post("R02", s.w.village.ancestor(Level::Province));
    let top = s
        .made(&province, "toilet.task", task(province.region.clone(), 10, None))
        .await
        .unwrap_or_else(|e| panic!("{}", e.chain()));
    let city = post("R05", s.w.village.ancestor(Level::City));
    let e = s.made(&province, "toilet.task", task(city.region.clone(), 11, Some(top))).await.unwrap_err();
    assert!(
        e.problems.iter().any(|p| p.code == "toilet.task_exceeds" && p.message.contains("分解 11，上级下达 10")),
        "{:?}",
        e.problems
    );
    s.made(&province, "toilet.task", task(city.region.clone(), 9, Some(top))).await.unwrap_or_else(|e| panic!("{}", e.chain()));
    assert_eq!(s.refused(&province, "toilet.task", top, Ask::new("issue")).await, "toilet.task_differs");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attributes_follow_the_register_and_what_does_not_fit_is_listed() {
    let s = story().await;
    let mut maker = testkit::Maker::new(&s.w);
    let d = s.w.app.records.dataset("registry.household").unwrap().clone();
    let household = maker.row(&d).await.unwrap();
    let number = s.row("registry.household", household).await["head_id_no"].as_str().unwrap().to_owned();
    let (known, stranger) = (s.toilet(&number).await, s.toilet(&identity_number(977)).await);
    let work = toilet::attribute::Attributes { db: s.w.app.db.clone() };
    let first = work.follow("HSX-1").await.unwrap();
    assert_eq!((first.changed, first.unmatched, first.conflicts), (1, 1, 0));
    let row = s.row("toilet.house_toilet", known).await;
    assert_eq!(
        (row["household_id"].as_str(), row["house_attr"].as_array().map(Vec::len)),
        (Some(household.to_string().as_str()), Some(1))
    );
    assert!(s.row("toilet.house_toilet", stranger).await["house_attr"].is_null());
    let again = work.follow("HSX-2").await.unwrap();
    assert_eq!((again.changed, again.unmatched), (0, 1), "nothing is written twice");
    let mut tx = s.w.app.db.begin(&Actor::system("测试")).await.unwrap();
    let lines: i64 = sqlx::query_scalar("select count(*) from toilet.attr_sync").fetch_one(tx.conn()).await.unwrap();
    assert_eq!(lines, 2, "one change, one that a person looks at");
}
