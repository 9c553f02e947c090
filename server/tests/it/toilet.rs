//! The story of a toilet: what is derived of it, a problem that is put right on the second attempt and comes back, a task that
//! is broken down, the attributes that follow the register; a toilet collected and amended, a renovation that fails once, a
//! sample that differs.

mod asked;

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
            "family_size": 3, "resident_size": 2, "address": "一号", "longitude": "115.9123456", "latitude": "28.6123456", "residence_status": "1",
            "has_toilet": true, "toilet_count": 1, "build_form": "1", "location_type": "1", "toilet_type": "01", "sanitary_claimed": true,
            "wall_ok": true, "roof_ok": true, "door_ok": true, "pan_type": "1", "flush_mode": "1", "water_available": true,
            "septic_form": "1", "septic_volume": "1.5", "overflow_pipe_ok": true, "sewage_dest": "1", "use_status": "1", "renovated": false,
            "fiscal_supported": false, "renovate_willing": "2", "survey_date": "2026-03-01", "surveyor": "乙某", "surveyor_phone": "13900000002",
        });
        self.made(&self.village(), "toilet.house_toilet", row).await.unwrap_or_else(|e| panic!("{} {:?}", e.chain(), e.problems))
    }
    fn problem(&self, toilet: Uuid, deadline: &str) -> Json {
        json!({
            "toilet_id": toilet, "find_source": "3", "find_date": "2026-03-02", "finder": "丙某", "problem_item": ["13"], "usable": "2",
            "problem_desc": "第二格池体渗漏，雨后尤其明显", "severity": "2", "rectify_class": "1", "rectify_measure": ["6"],
            "duty_unit": "村委会", "duty_person": "丙某", "duty_phone": "13900000003", "deadline": deadline,
        })
    }
    /// A file on a field of a row, as the upload leaves it.
    async fn attach(&self, dataset: &str, row: Uuid, field: &str) {
        sqlx::query(
            "insert into app.file (id, kind, dataset, row_id, field, region_code, key, name, mime, size, sm3, created_by, created_by_name) \
             values (gen_random_uuid(), 'attachment', $1, $2, $3, $4, gen_random_uuid()::text, '照片.jpg', 'image/jpeg', 1, \
                     gen_random_uuid()::text::bytea, gen_random_uuid(), '某')",
        )
        .bind(dataset)
        .bind(row)
        .bind(field)
        .bind(self.w.village.as_str())
        .execute(self.w.app.db.pool())
        .await
        .unwrap();
    }
    async fn go(&self, who: &Actor, flow: &str, id: Uuid, ask: Ask<'_>) {
        let name = ask.transition.to_owned();
        self.led(who, flow, id, ask).await.unwrap_or_else(|e| panic!("{name}: {}", e.chain()));
    }
    async fn round(&self, problem: Uuid, content: &str) {
        let row = json!({
            "problem_id": problem, "action_date": "2026-03-05", "action_desc": "重新做防渗处理", "after_use_status": "1",
            "householder_confirm": content, "village_result": "1", "village_checker": "丙某",
        });
        let id = self
            .made(&self.village(), "toilet.rectification", row)
            .await
            .unwrap_or_else(|e| panic!("{} {:?}", e.chain(), e.problems));
        self.attach("toilet.rectification", id, "after_photos").await;
        if content == "1" {
            self.attach("toilet.rectification", id, "after_photos").await;
        }
    }
    async fn check(&self, toilet: Uuid, kind: &str, passed: bool, failed_item: Option<&str>) -> base::Result<Uuid> {
        let today = record::today().to_string();
        let row = json!({"toilet_id": toilet, "check_type": kind, "check_date": today, "checkers": "甲某、乙某、丙某",
            "conclusion": if passed { "1" } else { "0" }});
        let id = self.made(&self.town(), "toilet.check", row).await?;
        if let Some(item) = failed_item {
            let row = json!({"check_id": id, "item_code": item, "item_result": "0", "item_note": "满水试验两小时水位下降"});
            self.made(&self.town(), "toilet.check_item", row).await?;
        }
        Ok(id)
    }
}

async fn story() -> Story {
    Story { w: World::new().await }
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
    let id = s
        .made(&s.village(), "toilet.problem", s.problem(toilet, "2026-03-10"))
        .await
        .unwrap_or_else(|e| panic!("{} {:?}", e.chain(), e.problems));
    let found = s.row("toilet.problem", id).await;
    assert_eq!(found["problem_no"], json!(format!("{}2600001P01", s.w.village)));
    let now = s.row("toilet.house_toilet", toilet).await;
    assert_eq!((&now["is_sanitary"], &now["has_problem"]), (&json!(false), &json!(true)), "a leaking pit is not sanitary");

    let (village, town, county) = (s.village(), s.town(), s.county());
    let f = "toilet.problem";
    let go = async |who: &Actor, ask: Ask<'_>| {
        s.led(who, f, id, ask).await.unwrap_or_else(|e| panic!("{} {:?}", e.chain(), e.problems))
    };
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
    let again = s.made(&village, "toilet.problem", again).await.unwrap_or_else(|e| panic!("{} {:?}", e.chain(), e.problems));
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
        .unwrap_or_else(|e| panic!("{} {:?}", e.chain(), e.problems));
    let city = post("R05", s.w.village.ancestor(Level::City));
    let e = s.made(&province, "toilet.task", task(city.region.clone(), 11, Some(top))).await.unwrap_err();
    assert!(
        e.problems.iter().any(|p| p.code == "toilet.task_exceeds" && p.message.contains("分解 11，上级下达 10")),
        "{:?}",
        e.problems
    );
    s.made(&province, "toilet.task", task(city.region.clone(), 9, Some(top)))
        .await
        .unwrap_or_else(|e| panic!("{} {:?}", e.chain(), e.problems));
    assert_eq!(s.refused(&province, "toilet.task", top, Ask::new("issue")).await, "toilet.task_differs");
    let says = async |region: RegionCode, change: Json, code: &str| {
        let mut row = task(region, 1, Some(top));
        row.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let e = s.made(&province, "toilet.task", row).await.unwrap_err();
        assert!(e.problems.iter().any(|p| p.code == code), "{code}: {:?}", e.problems);
    };
    let other = RegionCode::parse("360200000000").unwrap();
    assert_ne!(other, city.region, "a city without a task");
    says(other.clone(), json!({"task_year": 2027}), "toilet.task_other_year").await;
    says(other, json!({"over_flag": true}), "toilet.over_not_county").await;
    says(s.w.village.ancestor(Level::County), json!({}), "toilet.task_not_below").await;
    let d = s.w.app.records.dataset("toilet.task").unwrap().clone();
    let mut tx = s.w.app.db.begin(&province).await.unwrap();
    let less = json!({"plan_new": 8});
    let e = s.w.app.records.patch(&mut tx, &d, top, None, less.as_object().unwrap(), &Provenance::default()).await.unwrap_err();
    assert!(e.problems.iter().any(|p| p.code == "toilet.task_below_parts"), "{:?}", e.problems);
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_toilet_is_collected_reviewed_and_changed_only_through_a_new_review() {
    let s = story().await;
    let (village, town, county) = (s.village(), s.town(), s.county());
    let f = "toilet.house_toilet";
    let id = s.toilet(&identity_number(911)).await;
    assert_eq!(s.refused(&village, f, id, Ask::new("submit")).await, "toilet.no_photos");
    for field in ["photo_outside", "photo_inside", "photo_septic"] {
        s.attach(f, id, field).await;
    }
    s.go(&village, f, id, Ask::new("submit")).await;
    assert_eq!(s.refused(&village, f, id, Ask::new("town_pass")).await, "flow.not_allowed");
    assert_eq!(s.refused(&town, f, id, Ask::new("town_return")).await, "flow.opinion_needed");
    s.go(&town, f, id, Ask::new("town_return").opinion("化粪池容积请复核")).await;
    s.go(&village, f, id, Ask::new("submit")).await;
    s.go(&town, f, id, Ask::new("town_pass")).await;
    s.go(&county, f, id, Ask::new("county_pass")).await;
    assert_eq!(s.row(f, id).await["record_state"], json!("30"));

    let change = async |kind: &str| {
        let d = s.w.app.records.dataset(f).unwrap().clone();
        let mut tx = s.w.app.db.begin(&village).await.unwrap();
        let row = json!({"toilet_type": kind});
        let out = s.w.app.records.patch(&mut tx, &d, id, None, row.as_object().unwrap(), &Provenance::default()).await;
        if out.is_ok() {
            tx.commit().await.unwrap();
        }
        out.map(drop)
    };
    let e = change("10").await.unwrap_err();
    assert!(e.problems.iter().any(|p| p.code == "toilet.amend_first"), "{:?}", e.problems);
    let note = json!({"change_note": "加建小人工湿地"});
    s.go(&village, f, id, Ask { fields: note.as_object().unwrap().clone(), ..Ask::new("amend") }).await;
    change("10").await.unwrap_or_else(|e| panic!("{} {:?}", e.chain(), e.problems));
    s.go(&village, f, id, Ask::new("submit")).await;
    s.go(&town, f, id, Ask::new("town_pass")).await;
    s.go(&county, f, id, Ask::new("county_pass")).await;
    let row = s.row(f, id).await;
    assert_eq!((&row["toilet_type"], &row["record_state"]), (&json!("10"), &json!("30")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renovation_fails_its_acceptance_once_and_is_paid_after_a_notice_of_its_own() {
    let s = story().await;
    let (village, town, county) = (s.village(), s.town(), s.county());
    let f = "toilet.renovation";
    let toilet = s.toilet(&identity_number(921)).await;
    let today = record::today();
    let ago = |days: u64| (today - chrono::Days::new(days)).to_string();
    let e = s.check(toilet, "3", true, None).await.unwrap_err();
    assert!(e.problems.iter().any(|p| p.code == "toilet.no_renovation"), "{:?}", e.problems);

    let row = json!({"toilet_id": toilet, "renov_year": 2026, "renov_nature": "2", "before_type": "21", "build_mode": "3",
        "apply_date": ago(60), "subsidy_amount": 100_000});
    let id = s.made(&village, f, row).await.unwrap_or_else(|e| panic!("{} {:?}", e.chain(), e.problems));
    fn with(name: &str, fields: Json) -> Ask<'_> {
        Ask { fields: fields.as_object().unwrap().clone(), ..Ask::new(name) }
    }
    let notice = json!({"apply_date": ago(60), "apply_publicity_date": ago(5)});
    assert_eq!(s.refused(&village, f, id, with("publicise", notice.clone())).await, "toilet.no_consent");
    s.attach(f, id, "consent_file").await;
    s.go(&village, f, id, with("publicise", notice)).await;
    assert_eq!(s.refused(&town, f, id, Ask::new("list")).await, "toilet.publicity_short");
    let d = s.w.app.records.dataset(f).unwrap().clone();
    let mut tx = s.w.app.db.begin(&village).await.unwrap();
    let earlier = json!({"apply_publicity_date": ago(50)});
    s.w.app.records.patch(&mut tx, &d, id, None, earlier.as_object().unwrap(), &Provenance::default()).await.unwrap();
    tx.commit().await.unwrap();
    s.go(&town, f, id, Ask::new("list")).await;
    s.go(&village, f, id, with("begin", json!({"start_date": ago(30)}))).await;

    let covered = |water: &str| json!({"accept_hidden_pit": true, "accept_hidden_cover": true, "water_test": water});
    assert_eq!(s.refused(&town, f, id, with("covered", covered("1"))).await, "toilet.hidden_not_checked");
    for kind in ["1", "2"] {
        s.check(toilet, kind, true, None).await.unwrap_or_else(|e| panic!("{} {:?}", e.chain(), e.problems));
    }
    assert_eq!(s.refused(&town, f, id, with("covered", covered("0"))).await, "toilet.leaks");
    s.go(&town, f, id, with("covered", covered("1"))).await;

    // the acceptance finds a leak: one problem, from the item of the check, not a second from the step
    s.check(toilet, "3", false, Some("C11")).await.unwrap_or_else(|e| panic!("{} {:?}", e.chain(), e.problems));
    s.go(&town, f, id, Ask::new("fail").opinion("满水试验不合格")).await;
    let problems = async || -> Vec<(Uuid, Vec<String>, chrono::NaiveDate)> {
        let sql = "select id, problem_item, deadline from toilet.problem where renovation_id = $1 and not deleted order by id";
        sqlx::query_as(sql).bind(id).fetch_all(s.w.app.db.pool()).await.unwrap()
    };
    let found = problems().await;
    assert_eq!(found.iter().map(|p| p.1.join("")).collect::<Vec<_>>(), ["13"]);
    assert!(found[0].2 >= today + chrono::Days::new(15), "the parameter's fifteen working days, {}", found[0].2);
    s.go(&village, f, id, Ask::new("again").opinion("已重做防渗")).await;

    let done = |result: &str| {
        json!({"accept_result": result, "accept_date": ago(0), "acceptors": "甲某、乙某、丙某", "finish_date": ago(10), "after_type": "01",
            "invest_total": 200_000, "fund_central": 100_000, "fund_province": 0, "fund_city": 0, "fund_county": 0, "fund_other": 0,
            "fund_self": 100_000})
    };
    assert_eq!(s.refused(&town, f, id, with("accept", done("2"))).await, "toilet.no_acceptance", "the newest check failed");
    s.check(toilet, "3", true, None).await.unwrap_or_else(|e| panic!("{} {:?}", e.chain(), e.problems));
    assert_eq!(s.refused(&town, f, id, with("accept", done("2"))).await, "toilet.no_accept_form");
    s.attach(f, id, "accept_form").await;
    s.go(&town, f, id, with("accept", done("2"))).await;
    s.go(&county, f, id, Ask::new("county_return").opinion("湿地没有回填")).await;
    assert_eq!(problems().await.len(), 1, "the first problem is open still");
    s.go(&village, f, id, Ask::new("again").opinion("已回填")).await;
    s.go(&s.town(), f, id, with("accept", done("2"))).await;
    assert_eq!(s.refused(&county, f, id, Ask::new("county_pass")).await, "toilet.too_few_sampled", "the first one is looked at");
    s.go(&s.county(), f, id, with("county_pass", json!({"sampled": true}))).await;

    let paid = |from: u64, to: u64| json!({"publicity_date": ago(from), "publicity_end": ago(to), "subsidy_paid": 100_000, "subsidy_paid_date": ago(0)});
    assert_eq!(
        s.refused(&county, f, id, with("pay", paid(5, 0))).await,
        "toilet.publicity_short",
        "days of the list's own notice"
    );
    s.go(&county, f, id, with("pay", paid(12, 1))).await;
    assert_eq!(s.row(f, id).await["state"], json!("60"));
    assert_eq!(s.row("toilet.house_toilet", toilet).await["renovated"], json!(true));
    // a second renovation does not live on the checks of the first
    let row = json!({"toilet_id": toilet, "renov_year": 2026, "renov_nature": "5", "before_type": "01", "build_mode": "1", "apply_date": ago(1)});
    let second = s.made(&village, f, row).await.unwrap_or_else(|e| panic!("{} {:?}", e.chain(), e.problems));
    s.attach(f, second, "consent_file").await;
    s.go(&village, f, second, with("publicise", json!({"apply_date": ago(20), "apply_publicity_date": ago(20)}))).await;
    s.go(&town, f, second, Ask::new("list")).await;
    s.go(&village, f, second, with("begin", json!({"start_date": ago(0)}))).await;
    assert_eq!(s.refused(&town, f, second, with("covered", covered("1"))).await, "toilet.hidden_not_checked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sample_that_differs_is_corrected_and_not_drawn_again_within_the_year() {
    let s = story().await;
    let toilet = s.toilet(&identity_number(931)).await;
    let city = post("R05", s.w.village.ancestor(Level::City));
    let county = s.county();
    let f = "toilet.sample";
    let drawn = json!({"toilet_id": toilet, "sample_no": "2026-第一批", "way": "随机抽取"});
    let id = s.made(&city, f, drawn.clone()).await.unwrap_or_else(|e| panic!("{} {:?}", e.chain(), e.problems));
    let e = s.made(&city, f, drawn).await.unwrap_err();
    assert!(e.problems.iter().any(|p| p.code == "toilet.sampled_lately" && p.message.contains("12 个月")), "{:?}", e.problems);
    let found = |kind: &str| {
        json!({"found_type": kind, "found_use": "1", "found_problem": false, "found_sewage": "1"}).as_object().unwrap().clone()
    };
    let code = s.refused(&city, f, id, Ask { fields: found("01"), ..Ask::new("checked") }).await;
    assert_eq!(code, "toilet.no_difference");
    let code = s.refused(&city, f, id, Ask { fields: found("04"), ..Ask::new("same") }).await;
    assert_eq!(code, "toilet.differs");
    s.go(&city, f, id, Ask { fields: found("04"), ..Ask::new("checked") }).await;
    assert_eq!(s.row(f, id).await["differences"], json!(["2"]));
    let fixed = json!({"correction": "已按现场更正为粪尿分集式"}).as_object().unwrap().clone();
    s.go(&county, f, id, Ask { fields: fixed, ..Ask::new("corrected") }).await;
    assert_eq!(s.row(f, id).await["state"], json!("40"));
}
