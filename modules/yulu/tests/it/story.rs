//! One term: from the rolls to the money, with what is returned and refused on the way, and what became of a graduate.

use crate::world::{World, actor, number, world};
use base::{Actor, Level, Month, RegionCode};
use flow::Ask;
use jobs::State;
use report::{ReportTable, Reports};
use serde_json::{Value as Json, json};
use uuid::Uuid;
use yulu::Work;

fn ago(days: i64) -> String {
    (flow::rules::day_of(chrono::Utc::now()) - chrono::Duration::days(days)).to_string()
}

async fn report(w: &World, by: &Actor, id: &str) -> ReportTable {
    let reports = Reports::new(w.records().catalog.clone(), w.regions.clone());
    let mut tx = w.db.begin(by).await.unwrap();
    let period = Some(Month::of(flow::rules::day_of(chrono::Utc::now())));
    let ask = report::Ask { region: Some(by.region.clone()), period, ..report::Ask::default() };
    reports.run(&mut tx, id, &ask).await.unwrap()
}

pub fn roll(term: Uuid, name: &str, id_no: &str, stage: &str, status: &str) -> Json {
    json!({
        "region_code": "360000000000", "batch_id": term, "roll_source": "1", "name": name, "id_no": id_no, "school_code": "4136010001",
        "school_name": "南昌某职业学校", "school_province": "36", "school_city": "南昌市", "school_type": stage, "study_years": "3",
        "study_form": "1", "grade": 2, "enroll_ym": 202_409, "expect_grad_ym": 202_707, "roll_status": status,
        "grad_ym": (status == "6").then_some(202_607)
    })
}

fn verified(payee: &str, account: &str) -> Json {
    json!({
        "verify_method": "1", "verify_result": "1", "payee_name": "家长", "payee_id_no": payee, "payee_rel": "4",
        "bank_name": "某农商行", "bank_account": account, "guardian_phone": "13900000000", "verifier": "村干部", "verify_date": ago(20)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_student_is_found_verified_approved_paid_and_followed_into_work() {
    let w = world().await;
    let p = RegionCode::parse("36").unwrap();
    let (county, town) = (w.village.ancestor(Level::County), w.village.ancestor(Level::Town));
    let boss = actor("R02", &p);
    let county_watch = actor("R06", &county);
    let (town_watch, town_audit) = (actor("R08", &town), actor("R09", &town));
    let cadre = actor("R10", &w.village);
    let a = w.student(1, "学生甲", 2008, Some("11")).await;
    let b = w.student(2, "学生乙", 2006, Some("13")).await;
    let unknown = w.student(3, "学生丙", 2007, Some("10")).await;
    w.student(4, "学生丁", 2010, Some("07")).await;
    let leaver = w.student(5, "学生戊", 2005, None).await;

    // the term, its standard, the rolls of the departments
    let term = w
        .create(&boss, "yulu.term_batch", json!({
            "region_code": "360000000000", "school_year": 2026, "term": "2", "base_date": "2026-09-01", "age_min": 13, "age_max": 30,
            "roll_due": "2026-10-15", "verify_due": "2026-11-05", "approve_due": "2026-11-20", "pay_due": "2026-12-15"
        }))
        .await;
    w.create(&boss, "yulu.standard", json!({
        "region_code": "360000000000", "school_year": 2026, "edu_stage": "21", "amount_per_term": 200_000, "valid_from": "2026-01-01"
    }))
    .await;
    assert_eq!(w.led(&boss, "yulu.term", term, &Ask::new("open")).await, "20");
    for (name, id_no, stage, status) in [
        ("学生甲", number(2008, 1), "11", "1"),
        ("学生乙", number(2006, 2), "21", "1"),
        ("学生戊", number(2005, 5), "21", "6"),
        ("外县某", number(2008, 99), "11", "1"),
    ] {
        w.create(&boss, "yulu.roll", roll(term, name, &id_no, stage, status)).await;
    }
    assert_eq!(w.count("select count(*) from yulu.roll where match_result = '1'").await, 3);
    assert_eq!(w.count("select count(*) from yulu.roll where match_result = '5' and person_id is null").await, 1);

    // candidates: three on a roll, one only the register knows; the one in a grammar school is none
    let job = w.term(&boss, Work::Compare, term).await;
    assert_eq!(job.state, State::Done, "{}", job.message);
    let row = w.row(&boss, "yulu.term_batch", term).await;
    assert_eq!((&row["candidates"], &row["state"]), (&json!(4), &json!("30")));
    let r = w.term(&boss, Work::Compare, term).await.result.unwrap();
    assert_eq!((&r["added"], &r["listed"], &r["same"], &r["unknown"]), (&json!(0), &json!(4), &json!(3), &json!(1)));
    assert_eq!(w.count("select count(*) from yulu.verify").await, 4, "comparing again adds nobody twice");
    assert_eq!(w.count("select count(*) from yulu.verify where match_result = '6' and state = '20'").await, 1);
    let of = "select id from yulu.verify where person_id = $1";
    let (va, vb, vu, vl) = (w.id(of, a).await, w.id(of, b).await, w.id(of, unknown).await, w.id(of, leaver).await);
    assert_eq!(w.row(&cadre, "yulu.verify", va).await["id_no"], json!(number(2008, 1)));

    // the village: nothing given is refused, a payee of another household too
    let submit = Ask::new("submit");
    assert_eq!(w.refused(&cadre, "yulu.verify", va, &submit).await.code, "yulu.verify_not_whole");
    w.patch(&cadre, "yulu.verify", va, verified(&number(1978, 2), "6217000000000001")).await.unwrap();
    assert_eq!(w.refused(&cadre, "yulu.verify", va, &submit).await.code, "yulu.verify_not_whole");
    w.patch(&cadre, "yulu.verify", va, verified(&number(1978, 1), "6217000000000001")).await.unwrap();
    w.patch(&cadre, "yulu.verify", vb, verified(&number(1978, 2), "6217000000000002")).await.unwrap();
    for (id, reason) in [(vu, "02"), (vl, "05")] {
        let no = json!({ "verify_method": "2", "verify_result": "2", "ineligible_reason": reason, "verifier": "村干部", "verify_date": ago(20) });
        w.patch(&cadre, "yulu.verify", id, no).await.unwrap();
    }
    for id in [va, vb, vu, vl] {
        assert_eq!(w.led(&cadre, "yulu.verify", id, &submit).await, "30");
    }
    let locked = w.patch(&cadre, "yulu.verify", va, json!({ "verify_result": "3" })).await.unwrap_err();
    assert!(locked.problems.iter().any(|p| p.code == "yulu.locked"), "{locked:?}");

    // the township returns one, the village hands it in again
    let back = Ask::new("return_village").opinion("领款人电话请再核对");
    assert_eq!(w.led(&town_audit, "yulu.verify", vb, &back).await, "20");
    assert_eq!(w.led(&cadre, "yulu.verify", vb, &submit).await, "30");
    for id in [va, vb, vu, vl] {
        let from = if id == vl { ago(3) } else { ago(10) };
        let approve = Ask::new("approve").field("publicity_from", from);
        assert_eq!(w.led(&town_audit, "yulu.verify", id, &approve).await, "40");
    }
    let short = Ask::new("publicised").field("publicity_to", ago(5));
    assert_eq!(w.refused(&town_watch, "yulu.verify", va, &short).await.code, "yulu.publicity_short");
    let over = Ask::new("publicised").field("publicity_to", ago(2));
    assert_eq!(w.led(&town_watch, "yulu.verify", va, &over).await, "50");
    // the others are led on in the morning, but not the one that still hangs
    let morning = yulu::Notices { db: w.db.clone(), flows: w.flows.clone() };
    assert_eq!(morning.lead().await.unwrap(), 2);
    assert_eq!(w.row(&boss, "yulu.verify", vb).await["publicity_to"], json!(ago(3)));
    assert_eq!(morning.lead().await.unwrap(), 0);
    w.patch(&town_watch, "yulu.verify", vl, json!({ "publicity_from": ago(10), "objection": "有人反映已毕业" })).await.unwrap();
    assert_eq!(morning.lead().await.unwrap(), 0, "what was objected to is left to the township");
    assert_eq!(w.led(&town_watch, "yulu.verify", vl, &over).await, "50");
    for id in [va, vb] {
        assert_eq!(w.led(&county_watch, "yulu.verify", id, &Ask::new("pass")).await, "60");
    }
    assert_eq!(w.refused(&county_watch, "yulu.verify", vu, &Ask::new("pass")).await.code, "yulu.not_eligible");
    for id in [vu, vl] {
        assert_eq!(w.led(&county_watch, "yulu.verify", id, &Ask::new("refuse")).await, "90");
    }
    let due = |row: &record::Row| row["standard_amount"].as_i64();
    assert_eq!(due(&w.row(&boss, "yulu.verify", va).await), Some(150_000), "no standard is set: the parameter");
    assert_eq!(due(&w.row(&boss, "yulu.verify", vb).await), Some(200_000), "the province's standard of the stage");

    // the document: refused while it differs from its list
    let doc = w
        .create(&county_watch, "yulu.approval_doc", json!({
            "region_code": county.as_str(), "batch_id": term, "seq_no": 1, "doc_title": "关于下达秋季雨露计划补助的批复",
            "doc_no": "某农字〔2026〕9号", "doc_date": ago(1), "issuer": "某县农业农村局", "approve_people": 2, "approve_amount": 360_000,
            "stage_people_mid": 1, "stage_people_high": 1, "stage_amount_mid": 150_000, "stage_amount_high": 210_000,
            "fund_source": "衔接资金", "fund_doc_no": "某财字〔2026〕3号"
        }))
        .await;
    for id in [va, vb] {
        w.led(&county_watch, "yulu.verify", id, &Ask::new("list_in").field("approval_doc_id", json!(doc))).await;
    }
    assert_eq!(w.refused(&county_watch, "yulu.verify", va, &Ask::new("approved")).await.code, "flow.not_allowed", "not by hand");
    w.attach(&county_watch, "yulu.approval_doc", doc, "files", &county).await;
    let upload = Ask::new("upload");
    let differs = w.refused(&county_watch, "yulu.approval", doc, &upload).await;
    assert_eq!(differs.code, "yulu.totals_differ");
    assert!(differs.sentence.contains("3600 元，名单 3500 元"), "{}", differs.sentence);
    w.patch(&county_watch, "yulu.approval_doc", doc, json!({ "approve_amount": 350_000, "stage_amount_high": 200_000 }))
        .await
        .unwrap();
    assert_eq!(w.led(&county_watch, "yulu.approval", doc, &upload).await, "20");
    assert_eq!(w.count("select count(*) from yulu.verify where state = '70'").await, 2);
    assert_eq!(w.count("select count(*) from yulu.subsidy where pay_status = '1' and not deleted").await, 2);

    // the province finds a fault: the list is open again, then approved once more
    assert_eq!(w.led(&boss, "yulu.approval", doc, &Ask::new("return_doc").opinion("文号有误")).await, "80");
    assert_eq!(w.count("select count(*) from yulu.subsidy where not deleted").await, 0);
    w.patch(&county_watch, "yulu.approval_doc", doc, json!({ "doc_no": "某农字〔2026〕10号" })).await.unwrap();
    assert_eq!(w.led(&county_watch, "yulu.approval", doc, &upload).await, "20");

    // payment: one account fails, is put right and paid again
    let money = "select id from yulu.subsidy where verify_id = $1 and not deleted";
    let (sa, sb) = (w.id(money, va).await, w.id(money, vb).await);
    let pay = Ask::new("pay").field("pay_date", ago(0)).field("pay_channel", "1");
    let early = Ask::new("pay").field("pay_date", ago(9)).field("pay_channel", "1");
    assert_eq!(w.refused(&county_watch, "yulu.subsidy", sa, &early).await.code, "yulu.pay_wrong");
    assert_eq!(w.led(&county_watch, "yulu.subsidy", sa, &pay).await, "2");
    assert_eq!(w.led(&county_watch, "yulu.subsidy", sb, &Ask::new("fail").field("fail_reason", "账号不存在")).await, "3");
    assert_eq!(w.row(&boss, "yulu.verify", vb).await["state"], json!("81"));
    assert_eq!(w.refused(&boss, "yulu.approval", doc, &Ask::new("return_doc").opinion("再看")).await.code, "yulu.paid_already");
    let same = Ask::new("correct");
    assert_eq!(w.refused(&county_watch, "yulu.subsidy", sb, &same).await.code, "yulu.account_same");
    assert_eq!(
        w.led(&county_watch, "yulu.subsidy", sb, &Ask::new("correct").field("bank_account", "6217000000000022")).await,
        "1"
    );
    assert_eq!(w.led(&county_watch, "yulu.subsidy", sb, &pay).await, "2");
    let again = w.row(&boss, "yulu.subsidy", sb).await;
    assert_eq!((&again["reissue_date"], &again["actual_amount"]), (&json!(ago(0)), &json!(200_000)));
    assert_eq!(w.count("select count(*) from yulu.verify where state = '80'").await, 2);

    // graduates of the rolls; one is sought work for and counted as willing
    assert_eq!(w.term(&boss, Work::Graduates, term).await.result.unwrap()["graduates"], json!(1));
    assert_eq!(w.term(&boss, Work::Graduates, term).await.result.unwrap()["graduates"], json!(0), "nobody twice");
    let g = w.id("select id from yulu.graduate where person_id = $1", leaver).await;
    assert_eq!(w.refused(&cadre, "yulu.graduate", g, &submit).await.code, "yulu.graduate_unknown");
    let will = json!({
        "dest": "6", "job_will": true, "unemp_reason": "02", "want_job": "数控操作工", "want_area": "03", "want_salary": 500_000,
        "service_need": ["2"], "survey_method": "2", "surveyor": "村干部", "survey_date": ago(1)
    });
    w.patch(&cadre, "yulu.graduate", g, will).await.unwrap();
    assert_eq!(w.led(&cadre, "yulu.graduate", g, &submit).await, "20");
    assert_eq!(w.led(&town_audit, "yulu.graduate", g, &Ask::new("approve")).await, "30");
    assert_eq!(w.led(&county_watch, "yulu.graduate", g, &Ask::new("decide")).await, "40");
    let t = report(&w, &boss, "yulu.t05").await;
    assert_eq!((&t.total.values["willing"], &t.total.values["why02"]), (&json!(1), &json!(1)));

    // then he works
    assert_eq!(w.led(&cadre, "yulu.graduate", g, &Ask::new("update")).await, "10");
    let works = json!({
        "dest": "1", "emp_form": "1", "company_name": "某电子厂", "industry": "C", "work_province": "44", "work_city": "深圳市",
        "work_county": "宝安区", "start_ym": 202_611, "month_wage": 520_000
    });
    w.patch(&cadre, "yulu.graduate", g, works).await.unwrap();
    assert_eq!(w.row(&boss, "yulu.graduate", g).await["work_area"], json!("03"));
    assert_eq!(w.led(&cadre, "yulu.graduate", g, &submit).await, "20");

    // the figures against plain counts
    let t = report(&w, &boss, "yulu.t02").await;
    let due = w.count("select count(distinct person_id) from yulu.verify where verify_result = '1' and not deleted").await;
    let paid = w.count("select sum(actual_amount)::bigint from yulu.subsidy where pay_status = '2' and not deleted").await;
    assert_eq!((&t.total.values["due"], &t.total.values["money"]), (&json!(due), &json!(paid)));
    assert_eq!((&t.total.values["mid_paid"], &t.total.values["high_paid"]), (&json!(1), &json!(1)));
    let t = report(&w, &boss, "yulu.t03").await;
    assert_eq!((&t.total.values["autumn_money"], &t.total.values["year_people"]), (&json!(paid), &json!(2)));
    assert_eq!(t.total.values["last_people"], json!(0));
    let t = report(&w, &boss, "yulu.t06").await;
    assert_eq!((&t.total.values["employed"], &t.total.values["p44"]), (&json!(1), &json!(1)));
    assert_eq!(w.led(&boss, "yulu.term", term, &Ask::new("approving")).await, "40");
    assert_eq!(w.led(&boss, "yulu.term", term, &Ask::new("close")).await, "90");
}
