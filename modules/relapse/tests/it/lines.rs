//! The three lines, each from arrival to its end: returns, an objection, a refusal looked at again, what is late, elimination.

use crate::way::{Posts, ago, posts};
use crate::world::{World, number, world};
use flow::Ask;
use jobs::State;
use serde_json::json;
use uuid::Uuid;

async fn clue_of(w: &World, table: &'static str, column: &'static str, row: Uuid) -> Uuid {
    let sql = format!("select {column} from {table} where id = $1");
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(row).fetch_one(w.db.pool()).await.unwrap()
}
async fn patrol(w: &World, p: &Posts, household: Uuid, text: &str) -> Uuid {
    let helper: Uuid = Uuid::now_v7();
    sqlx::query("insert into reg.helper (id, region_code, name) values ($1, $2, '某')")
        .bind(helper)
        .bind(p.cadre.region.as_str())
        .execute(w.db.pool())
        .await
        .unwrap();
    let row = json!({
        "region_code": p.cadre.region.as_str(), "household_id": household, "visitor_id": helper, "visit_at": "2026-01-05T10:00:00+08:00",
        "focus_groups": ["09"], "edu_ok": true, "house_ok": true, "med_ok": true, "water_ok": true, "income_hint": "01", "found": true,
        "risk_types": ["06"], "text": text,
    });
    let id = w.made(&p.cadre, "relapse.patrol", row).await;
    clue_of(w, "relapse.patrol", "to_clue_id", id).await
}

/// Line 2: reported by the household, refused, objected to, looked at again, refused by the county for good.
#[tokio::test(flavor = "multi_thread")]
async fn a_household_reports_is_refused_objects_and_the_county_looks_again() {
    let w = world().await;
    let p = posts(&w.village);
    let household = w.family(&w.village, 51, "甲", &[("household_type", "'01'")]).await;
    let row = json!({
        "region_code": w.village.as_str(), "applicant_name": "甲", "applicant_id_no": number(51), "applicant_phone": "13900000051",
        "head_name": "甲", "apply_region": w.village.as_str(), "relation": "01", "channel": "05", "agent_note": "本人不会用手机",
        "risk_types": ["02"], "difficulty_text": "两个孩子上大学，学费负担重。", "promise_checked": true, "authorize_checked": true,
    });
    let report = w.made(&p.cadre, "relapse.self_apply", row).await;
    let id = clue_of(&w, "relapse.self_apply", "clue_id", report).await;
    let clue = w.row(&p.town, "relapse.clue", id).await.unwrap();
    assert_eq!(
        (clue["line"].as_str(), clue["state"].as_str(), clue["household_id"].as_str()),
        (Some("02"), Some("20"), Some(household.to_string().as_str()))
    );
    // two working days to accept it
    let days: i32 = sqlx::query_scalar("select (due_at at time zone 'Asia/Shanghai')::date - (now() at time zone 'Asia/Shanghai')::date from relapse.clue where id = $1")
        .bind(id)
        .fetch_one(w.db.pool())
        .await
        .unwrap();
    assert!(days >= 2, "{days}");
    assert_eq!(w.led(&p.town, id, Ask::new("accept").opinion("受理")).await, "30");
    assert_eq!(
        w.count("select count(*) from relapse.self_apply where accepted_at is not null and accepted_by is not null").await,
        1
    );
    w.verified(&p, id, &[], "02").await;
    assert_eq!(
        w.refused(&p.town, id, &Ask::new("not_include").opinion("助学已覆盖").field("result", "01")).await,
        "relapse.result_of_refusal"
    );
    assert_eq!(w.led(&p.town, id, Ask::new("not_include").opinion("助学金已覆盖学费").field("result", "04")).await, "80");
    // the household is told, objects within its right, and the county has the last word
    let told = Ask::new("inform").field("informed_at", "2026-01-06T10:00:00+08:00").field("inform_way", "04");
    assert_eq!(w.led(&p.cadre, id, told).await, "80");
    assert_eq!(w.led(&p.town, id, Ask::new("appeal").opinion("农户认为生活费没有计入")).await, "81");
    let open: (Option<bool>, Option<String>) =
        sqlx::query_as("select on_time, result from relapse.clue where id = $1").bind(id).fetch_one(w.db.pool()).await.unwrap();
    assert_eq!(open, (None, None), "it is open again");
    assert_eq!(w.led(&p.town, id, Ask::new("check_again").opinion("重新核查")).await, "40");
    assert_eq!(
        w.refused(&p.town, id, &Ask::new("review")).await,
        "flow.same_person",
        "who took the objection on does not review it"
    );
    assert_eq!(w.led(&p.audit, id, Ask::new("review")).await, "50");
    let auth = w.authorized(&p, household).await;
    let check = w.entrusted(&p, household, id, auth).await;
    assert_eq!(w.led(&p.town, id, Ask::new("checked")).await, "60");
    w.met(&p, household, ("clue_id", id), "01", 8).await;
    let notice = w.posted(&p, household, ("clue_id", id), 7, 1).await;
    assert_eq!(w.led(&p.cadre, id, Ask::new("publicise")).await, "61");
    w.hung(&p, notice).await;
    assert_eq!(w.led(&p.cadre, id, Ask::new("publicised")).await, "70");
    w.reported(&p, check).await;
    assert_eq!(w.led(&p.audit, id, Ask::new("approve").field("sampled", true)).await, "71");
    let no = Ask::new("county_not_include").opinion("收入高于监测范围，助学已覆盖").field("result", "02");
    assert_eq!(w.led(&p.decides, id, no).await, "80");
    assert_eq!(w.count("select count(*) from relapse.monitor_case").await, 0);
}

/// Line 2 again: reported, included, eliminated.
#[tokio::test(flavor = "multi_thread")]
async fn a_household_reports_is_included_and_eliminated() {
    let w = world().await;
    let p = posts(&w.village);
    w.line("360000000000", 940_000, "01").await;
    let household = w.family(&w.village, 53, "丙", &[("household_type", "'01'")]).await;
    let row = json!({
        "region_code": w.village.as_str(), "applicant_name": "丙", "applicant_id_no": number(53), "applicant_phone": "13900000053",
        "head_name": "丙", "apply_region": w.village.as_str(), "relation": "01", "channel": "05", "agent_note": "本人不会用手机",
        "risk_types": ["01"], "difficulty_text": "住院自付两万多元。", "promise_checked": true, "authorize_checked": true,
    });
    let report = w.made(&p.cadre, "relapse.self_apply", row).await;
    let id = clue_of(&w, "relapse.self_apply", "clue_id", report).await;
    w.to_county(&p, household, id, &["01"]).await;
    w.included(&p, id).await;
    let case = w.case_of(id).await;
    w.eliminated(&p, household, case, "01").await;
}

/// Line 3: found on a round, joined by a second find, returned twice, objected to on the notice, late, included, eliminated,
/// identified again.
#[tokio::test(flavor = "multi_thread")]
async fn a_find_is_joined_returned_objected_to_late_included_eliminated_and_identified_again() {
    let w = world().await;
    w.line("360000000000", 940_000, "01").await;
    let p = posts(&w.village);
    let household = w.family(&w.village, 61, "甲", &[("household_type", "'01'")]).await;
    let id = patrol(&w, &p, household, "养殖失败，欠款较多。").await;
    // a second find of the same household joins it
    let second = patrol(&w, &p, household, "又遇猪价下跌。").await;
    let joined = w.row(&p.town, "relapse.clue", second).await.unwrap();
    assert_eq!(
        (joined["state"].as_str(), joined["result"].as_str(), joined["dup_of"].as_str()),
        (Some("90"), Some("09"), Some(id.to_string().as_str()))
    );
    assert_eq!(w.count("select count(*) from relapse.clue_trigger where threshold = '合并核查'").await, 1);

    assert_eq!(w.led(&p.town, id, Ask::new("accept")).await, "30");
    w.verified(&p, id, &["06"], "01").await;
    for (n, opinion) in [(1, "请补充养殖规模"), (2, "请补充欠款凭证")] {
        assert_eq!(w.led(&p.town, id, Ask::new("return_to_village").opinion(opinion)).await, "31");
        let (state, reason): (String, String) =
            sqlx::query_as("select audit_state, return_reason from relapse.verify_form where clue_id = $1")
                .bind(id)
                .fetch_one(w.db.pool())
                .await
                .unwrap();
        assert_eq!((state.as_str(), reason.as_str()), ("2", opinion));
        let form: Uuid = sqlx::query_scalar("select id from relapse.verify_form where clue_id = $1")
            .bind(id)
            .fetch_one(w.db.pool())
            .await
            .unwrap();
        w.change(
            &p.cadre,
            "relapse.verify_form",
            form,
            json!({ "suggest_text": format!("第 {n} 次补充：已按意见补充有关材料。") }),
        )
        .await;
        assert_eq!(w.led(&p.cadre, id, Ask::new("verify")).await, "40");
    }
    assert_eq!(
        w.count("select count(*) from relapse.supervise where kind = '04'").await,
        1,
        "the county hears of the second return"
    );

    // late: two days on copied up, five days on listed, each once
    sqlx::query("update relapse.clue set due_at = now() - interval '6 days' where id = $1")
        .bind(id)
        .execute(w.db.pool())
        .await
        .unwrap();
    let system = base::Actor::system("测试");
    for copies in [2, 2] {
        let job = w.jobs.enqueue(&system, relapse::escalate::KIND, "督办", json!({})).await.unwrap();
        let job = w.end(&system, job).await;
        assert_eq!(job.state, State::Done, "{}", job.message);
        assert_eq!(w.count("select count(*) from relapse.supervise where kind = '01'").await, copies);
    }
    assert_eq!(w.count("select count(*) from relapse.clue where overdue and urge_count = 2").await, 1);

    assert_eq!(w.led(&p.town, id, Ask::new("review")).await, "50");
    let auth = w.authorized(&p, household).await;
    let check = w.entrusted(&p, household, id, auth).await;
    assert_eq!(w.led(&p.town, id, Ask::new("checked")).await, "60");
    let about = ("clue_id", id);
    w.met(&p, household, about, "01", 20).await;
    let notice = w.posted(&p, household, about, 19, 13).await;
    assert_eq!(w.led(&p.cadre, id, Ask::new("publicise")).await, "61");
    // somebody objects: written down, looked into by the township, voted on anew
    assert_eq!(w.refused(&p.cadre, id, &Ask::new("object").opinion("有人反映")).await, "relapse.no_objection");
    let objection = json!({ "publicity_id": notice, "household_id": household, "objector": "乙", "raised_on": ago(15), "content": "该户有小轿车。" });
    let objection = w.made(&p.cadre, "relapse.publicity_objection", objection).await;
    assert_eq!(w.refused(&p.cadre, id, &Ask::new("publicised")).await, "relapse.publicity_short");
    assert_eq!(w.led(&p.cadre, id, Ask::new("object").opinion("村民反映有小轿车")).await, "62");
    assert_eq!(w.refused(&p.town, id, &Ask::new("meet_again").opinion("重新评议")).await, "relapse.objection_open");
    let answer = json!({ "handling": "车辆系其兄所有。", "handled_on": ago(12), "conclusion": "02", "accepted_by": "丙" });
    w.change(&p.town, "relapse.publicity_objection", objection, answer).await;
    assert_eq!(w.led(&p.town, id, Ask::new("meet_again").opinion("异议不成立，重新评议")).await, "60");
    assert_eq!(w.refused(&p.cadre, id, &Ask::new("publicise")).await, "relapse.no_meeting", "the meeting before does not count");
    w.met(&p, household, about, "01", 8).await;
    let notice = w.posted(&p, household, about, 7, 1).await;
    assert_eq!(w.led(&p.cadre, id, Ask::new("publicise")).await, "61");
    w.hung(&p, notice).await;
    assert_eq!(w.led(&p.cadre, id, Ask::new("publicised")).await, "70");
    w.reported(&p, check).await;
    assert_eq!(w.led(&p.audit, id, Ask::new("approve").field("sampled", true)).await, "71");
    // the county returns it to the audit, then decides
    assert_eq!(w.led(&p.county, id, Ask::new("return_county").opinion("请补充抽查情况")).await, "72");
    assert_eq!(w.led(&p.county, id, Ask::new("return_to_audit").opinion("回到乡镇审核")).await, "70");
    assert_eq!(w.led(&p.audit, id, Ask::new("approve").field("sampled", true).field("sample_note", "实地核实属实")).await, "71");
    w.included(&p, id).await;
    let case = w.case_of(id).await;

    // another find is followed up by the case
    let third = patrol(&w, &p, household, "又有新情况。").await;
    let third = w.row(&p.town, "relapse.clue", third).await.unwrap();
    assert_eq!((third["state"].as_str(), third["result"].as_str()), (Some("90"), Some("05")));

    w.eliminated(&p, household, case, "06").await;

    // identified again: the earlier case is replaced
    let again = patrol(&w, &p, household, "再次遇到困难。").await;
    w.to_county(&p, household, again, &["06"]).await;
    w.included(&p, again).await;
    assert_eq!(w.count("select count(*) from relapse.monitor_case where state = '60'").await, 1);
    assert_eq!(w.count("select count(*) from relapse.monitor_case where state = '10'").await, 1);
}

/// A case put in by mistake is taken back by the county, and a household that is gone ends its case.
#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_revoked_or_ends_when_nobody_is_left() {
    let w = world().await;
    w.line("360000000000", 940_000, "01").await;
    let p = posts(&w.village);
    let flow = "relapse.monitor_case";
    for (serial, ends) in [(71, "revoke"), (72, "natural")] {
        let household = w.family(&w.village, serial, "甲", &[("household_type", "'01'")]).await;
        let id = patrol(&w, &p, household, "意外受伤。").await;
        w.to_county(&p, household, id, &["05"]).await;
        w.included(&p, id).await;
        let case: Uuid = sqlx::query_scalar("select id from relapse.monitor_case where household_id = $1")
            .bind(household)
            .fetch_one(w.db.pool())
            .await
            .unwrap();
        let adjust =
            Ask::new("adjust").opinion("年度动态调整").field("monitor_type", "03").field("risk1", "05").field("risk2", "01");
        assert_eq!(
            w.step(flow, &p.county, case, &adjust).await.map_err(|e| format!("{e} {:?}", e.problems)).unwrap().state,
            "10"
        );
        let ask = Ask::new(ends).opinion("核实后办理");
        if ends == "natural" {
            assert_eq!(w.step(flow, &p.county, case, &ask).await.unwrap_err().code, "relapse.household_not_gone");
            sqlx::query("update reg.member set member_status = '02' where household_id = $1")
                .bind(household)
                .execute(w.db.pool())
                .await
                .unwrap();
        }
        let by = if ends == "revoke" { &p.decides } else { &p.county };
        w.step(flow, by, case, &ask).await.unwrap();
        let h = w.row(&p.cadre, "registry.household", household).await.unwrap();
        assert_eq!((h["is_monitored"].as_bool(), h["risk_state"].as_str()), (Some(false), None), "{ends}");
    }
}

/// The check: nobody is looked up without a signature, the same hand does not sign, the county may revoke.
#[tokio::test(flavor = "multi_thread")]
async fn a_check_needs_every_signature_and_the_county_may_revoke_it() {
    let w = world().await;
    let p = posts(&w.village);
    let household = w.family(&w.village, 81, "甲", &[("household_type", "'01'")]).await;
    let id = patrol(&w, &p, household, "收入下降。").await;
    let auth = w.authorized(&p, household).await;
    let row = json!({
        "region_code": w.village.as_str(), "household_id": household, "clue_id": id, "auth_id": auth, "purpose": "01", "check_items": ["14"],
        "period_start": ago(365), "period_end": ago(2), "check_date_base": ago(1),
    });
    assert_eq!(
        w.make(&p.county, "relapse.economic_check", row.clone()).await.unwrap_err().code,
        "record.not_allowed",
        "the township starts it"
    );
    let check = w.made(&p.town, "relapse.economic_check", row).await;
    let flow = "relapse.economic_check";
    let other = json!({ "check_id": check, "name": "乙", "id_no": number(82), "relation": "99", "is_obligor": true });
    w.made(&p.town, "relapse.economic_check_person", other).await;
    let e = w.step(flow, &p.town, check, &Ask::new("submit")).await.unwrap_err();
    assert!(e.code == "relapse.check_unauthorized" && e.sentence.contains("乙"), "{}", e.sentence);
    let signed =
        json!({ "auth_id": auth, "name": "乙", "id_no": number(82), "relation": "99", "is_obligor": true, "signed_on": ago(1) });
    w.made(&p.cadre, "relapse.authorization_person", signed).await;
    w.step(flow, &p.town, check, &Ask::new("submit")).await.unwrap();
    assert_eq!(w.step(flow, &p.audit, check, &Ask::new("sign")).await.unwrap_err().code, "relapse.check_unsigned");
    w.attach("relapse.economic_check", check, "entrust_file").await;
    w.step(flow, &p.audit, check, &Ask::new("sign")).await.unwrap();
    assert_eq!(w.step(flow, &p.county, check, &Ask::new("revoke")).await.unwrap_err().code, "flow.opinion_needed");
    assert_eq!(w.step(flow, &p.county, check, &Ask::new("revoke").opinion("重复委托")).await.unwrap().state, "90");
}
