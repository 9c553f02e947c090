//! Help of an included household: the plan that waits for the village, what it must hold, the measures that follow, and how they
//! are implemented; late plans and late answers.

use crate::way::{Posts, ago, posts, today};
use crate::world::{World, world};
use base::Actor;
use chrono::Days;
use flow::Ask;
use serde_json::{Value as Json, json};
use uuid::Uuid;

const PLAN: &str = "relapse.help_plan";
const MEASURE: &str = "relapse.measure";

/// A household included for illness and a failed trade; its case and the member.
async fn case(w: &World, p: &Posts) -> (Uuid, Uuid, Uuid) {
    w.line("360000000000", 940_000, "01").await;
    let household = w.family(&w.village, 91, "甲", &[("household_type", "'01'")]).await;
    let clue = w.patrolled(p, household).await;
    w.to_county(p, household, clue, &["01", "06"]).await;
    w.included(p, clue).await;
    let one = async |sql: &'static str| -> Uuid { sqlx::query_scalar(sql).bind(household).fetch_one(w.db.pool()).await.unwrap() };
    let case = one("select id from relapse.monitor_case where household_id = $1").await;
    (household, case, one("select id from reg.member where household_id = $1").await)
}

impl World {
    async fn patrolled(&self, p: &Posts, household: Uuid) -> Uuid {
        let helper = Uuid::now_v7();
        sqlx::query("insert into reg.helper (id, region_code, name) values ($1, $2, '某')")
            .bind(helper)
            .bind(p.cadre.region.as_str())
            .execute(self.db.pool())
            .await
            .unwrap();
        let row = json!({
            "region_code": p.cadre.region.as_str(), "household_id": household, "visitor_id": helper, "visit_at": "2026-01-05T10:00:00+08:00",
            "focus_groups": ["09"], "edu_ok": true, "house_ok": true, "med_ok": true, "water_ok": true, "income_hint": "01",
            "found": true, "risk_types": ["01"], "text": "大病支出多。",
        });
        let id = self.made(&p.cadre, "relapse.patrol", row).await;
        sqlx::query_scalar("select to_clue_id from relapse.patrol where id = $1")
            .bind(id)
            .fetch_one(self.db.pool())
            .await
            .unwrap()
    }
    async fn plan_of(&self, case: Uuid) -> (Uuid, String, i32, Option<chrono::DateTime<chrono::Utc>>) {
        sqlx::query_as(
            "select id, state, version, due_at from relapse.help_plan where case_id = $1 order by version desc limit 1",
        )
        .bind(case)
        .fetch_one(self.db.pool())
        .await
        .unwrap()
    }
    async fn state(&self, flow: &str, by: &Actor, id: Uuid, ask: Ask<'_>) -> String {
        let name = ask.transition.to_owned();
        self.step(flow, by, id, &ask).await.map_err(|e| format!("{name}: {e} {:?}", e.problems)).unwrap().state
    }
    async fn refusal(&self, flow: &str, by: &Actor, id: Uuid, ask: Ask<'_>) -> base::Error {
        self.step(flow, by, id, &ask).await.map(|d| d.state).expect_err("should be refused")
    }
}

fn line(plan: Uuid, risk: &str, item: &str, person: Option<Uuid>) -> Json {
    json!({
        "plan_id": plan, "risk": risk, "category": &item[..2], "item": item, "person_id": person, "measure_text": "按政策落实",
        "resp_unit": "乡卫生院", "resp_person": "丁", "due_date": (today() + Days::new(60)).to_string(), "expected": "支出减轻",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_included_household_gets_a_plan_that_becomes_measures_and_they_are_implemented() {
    let w = world().await;
    let p = posts(&w.village);
    let (household, case, member) = case(&w, &p).await;
    let (plan, state, version, due) = w.plan_of(case).await;
    assert_eq!((state.as_str(), version), ("01", 1), "the county's decision left a draft");
    assert_eq!(due.map(flow::rules::day_of), Some(today() + Days::new(10)), "ten days after the decision");
    let again = json!({ "case_id": case, "plan_date": ago(0) });
    assert_eq!(w.make(&p.cadre, PLAN, again).await.unwrap_err().problems[0].code, "relapse.plan_open");

    let submit = || Ask::new("submit").field("plan_date", ago(0));
    let e = w.refusal(PLAN, &p.cadre, plan, submit()).await;
    for word in ["因病", "因产业项目失败", "户签字"] {
        assert!(e.sentence.contains(word), "{word}: {}", e.sentence);
    }
    assert_eq!(w.refusal(PLAN, &p.town, plan, submit()).await.kind, base::error::Kind::Forbidden, "the village drafts");
    w.made(&p.cadre, "relapse.help_plan_target", line(plan, "01", "01-02", None)).await;
    w.made(&p.cadre, "relapse.help_plan_target", line(plan, "06", "01-02", None)).await;
    w.attach(PLAN, plan, "household_sign").await;
    let e = w.refusal(PLAN, &p.cadre, plan, submit()).await;
    assert!(e.sentence.contains("不对应") && !e.sentence.contains("签字"), "{}", e.sentence);
    w.made(&p.cadre, "relapse.help_plan_target", line(plan, "01", "05-02", Some(member))).await;
    assert_eq!(w.state(PLAN, &p.cadre, plan, submit()).await, "02");
    assert_eq!(w.refusal(PLAN, &p.audit, plan, Ask::new("return")).await.code, "flow.opinion_needed");
    assert_eq!(w.state(PLAN, &p.audit, plan, Ask::new("return").opinion("补充医疗救助")).await, "04");
    assert_eq!(w.state(PLAN, &p.cadre, plan, submit()).await, "02");
    assert_eq!(w.state(PLAN, &p.audit, plan, Ask::new("approve")).await, "03");
    let by: (Option<Uuid>, bool) =
        sqlx::query_as("select approve_by, approve_at is not null from relapse.help_plan where id = $1")
            .bind(plan)
            .fetch_one(w.db.pool())
            .await
            .unwrap();
    assert_eq!(by, (Some(p.audit.user_id), true));
    // 01-02 stands in two lines and is one measure of one household
    let made: Vec<(Uuid, String, String, Option<Uuid>)> = sqlx::query_as(
        "select id, item, state, person_id from relapse.measure where case_id = $1 and household_id = $2 order by item",
    )
    .bind(case)
    .bind(household)
    .fetch_all(w.db.pool())
    .await
    .unwrap();
    let seen: Vec<_> = made.iter().map(|m| (m.1.as_str(), m.2.as_str(), m.3)).collect();
    assert_eq!(seen, [("01-02", "01", None), ("05-02", "01", Some(member))]);

    let m = made[1].0;
    assert_eq!(w.state(MEASURE, &p.cadre, m, Ask::new("start").field("start_date", ago(0))).await, "02");
    assert_eq!(w.refusal(MEASURE, &p.cadre, m, Ask::new("progress")).await.code, "flow.opinion_needed");
    assert_eq!(w.state(MEASURE, &p.cadre, m, Ask::new("progress").opinion("已报销 3000 元").field("amount", "3000")).await, "02");
    let landed = || Ask::new("land").field("landed_date", ago(0));
    assert_eq!(w.refusal(MEASURE, &p.cadre, m, landed()).await.code, "relapse.measure_no_evidence");
    w.attach(MEASURE, m, "evidence").await;
    assert_eq!(w.refusal(MEASURE, &p.county, m, landed()).await.kind, base::error::Kind::Forbidden);
    assert_eq!(w.state(MEASURE, &p.cadre, m, landed()).await, "03");
    assert_eq!(
        w.state(MEASURE, &p.cadre, m, Ask::new("effect").field("effect_note", "自付减少").field("effect_income", "0")).await,
        "03"
    );
    assert_eq!(w.state(MEASURE, &p.town, m, Ask::new("back").opinion("凭证不符")).await, "02");
    assert_eq!(w.state(MEASURE, &p.town, m, Ask::new("stop").opinion("已由其他措施替代")).await, "04");

    // a new risk wants a new version, and its approval replaces the old one
    let second = w.made(&p.cadre, PLAN, json!({ "case_id": case, "plan_date": ago(0) })).await;
    assert_eq!(w.refusal(PLAN, &p.audit, plan, Ask::new("replace")).await.code, "relapse.plan_not_replaced");
    for l in [line(second, "01", "05-02", Some(member)), line(second, "06", "01-02", None)] {
        w.made(&p.cadre, "relapse.help_plan_target", l).await;
    }
    w.attach(PLAN, second, "household_sign").await;
    w.state(PLAN, &p.cadre, second, submit()).await;
    w.state(PLAN, &p.audit, second, Ask::new("approve")).await;
    let (id, state, version, _) = w.plan_of(case).await;
    assert_eq!((id, state.as_str(), version), (second, "03", 2));
    assert_eq!(w.count("select count(*) from relapse.help_plan where state = '05'").await, 1);
    // 01-02 is under way and is not planned twice; 05-02 was stopped and is
    assert_eq!(w.count("select count(*) from relapse.measure where item = '01-02'").await, 1);
    assert_eq!(w.count("select count(*) from relapse.measure where item = '05-02' and state = '01'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_measure_entered_afterwards_begins_where_its_dates_say() {
    let w = world().await;
    let p = posts(&w.village);
    let household = w.family(&w.village, 92, "甲", &[("household_type", "'02'")]).await;
    let row = |start: String, landed: Option<String>| {
        json!({
            "region_code": p.cadre.region.as_str(), "household_id": household, "category": "01", "item": "01-02", "resp_unit": "乡政府",
            "resp_person": "丁", "start_date": start, "landed_date": landed,
        })
    };
    for (start, landed, state) in
        [((today() + Days::new(3)).to_string(), None, "01"), (ago(3), None, "02"), (ago(3), Some(ago(1)), "03")]
    {
        let id = w.made(&p.cadre, MEASURE, row(start, landed)).await;
        assert_eq!(w.row(&p.cadre, MEASURE, id).await.unwrap()["state"], state);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_plan_is_reported_once_and_an_order_without_answer_is_marked() {
    let w = world().await;
    let p = posts(&w.village);
    let (_, case, _) = case(&w, &p).await;
    let (plan, ..) = w.plan_of(case).await;
    sqlx::query("update relapse.help_plan set due_at = now() - interval '3 days' where id = $1")
        .bind(plan)
        .execute(w.db.pool())
        .await
        .unwrap();
    let system = Actor::system("督办");
    let run = async || {
        let job = w.jobs.enqueue(&system, relapse::escalate::KIND, "督办", json!({})).await.unwrap();
        w.end(&system, job).await.result.unwrap()
    };
    assert_eq!(run().await["plans"], 1);
    assert_eq!(run().await["plans"], 0);
    let order: Uuid = sqlx::query_scalar("select id from relapse.supervise where target_id = $1")
        .bind(plan.to_string())
        .fetch_one(w.db.pool())
        .await
        .unwrap();
    sqlx::query("update relapse.supervise set due = current_date - 2 where id = $1")
        .bind(order)
        .execute(w.db.pool())
        .await
        .unwrap();
    // the report and the authorization of the inclusion have run out as well
    for table in ["economic_check", "authorization"] {
        let put = format!("update relapse.{table} set valid_to = current_date - 2");
        sqlx::query(sqlx::AssertSqlSafe(put)).execute(w.db.pool()).await.unwrap();
    }
    let done = run().await;
    assert_eq!((&done["unanswered"], &done["expired"], &done["lapsed"]), (&json!(1), &json!(1), &json!(1)));
    assert_eq!(w.count("select count(*) from relapse.economic_check where state = '80'").await, 1);
    assert_eq!(w.count("select count(*) from relapse.authorization where status = '03'").await, 1);
    let flow = "relapse.supervise";
    assert_eq!(w.state(flow, &p.cadre, order, Ask::new("reply").field("reply", "计划已制定")).await, "02");
    assert!(w.row(&p.cadre, flow, order).await.unwrap()["reply_at"].is_string());
    assert_eq!(w.state(flow, &p.county, order, Ask::new("again").opinion("没有计划")).await, "01");
    w.state(flow, &p.cadre, order, Ask::new("reply").field("reply", "计划已提交乡镇")).await;
    assert_eq!(w.refusal(flow, &p.cadre, order, Ask::new("close")).await.kind, base::error::Kind::Forbidden);
    assert_eq!(w.state(flow, &p.county, order, Ask::new("close")).await, "03");
}

/// L06 and L07 as the form lays them out, after one household went the whole way.
#[tokio::test(flavor = "multi_thread")]
async fn checks_and_meetings_are_printed_with_what_hangs_on_them() {
    let w = world().await;
    let p = posts(&w.village);
    case(&w, &p).await;
    let ledgers = report::ledger::Ledgers { records: w.records().clone(), db: w.db.clone() };
    for (id, heads, want) in [
        ("relapse.l06", 14, vec![("被核对人数（含义务人）", "1"), ("报告号", "BG1"), ("用时（工作日）", "0")]),
        (
            "relapse.l07",
            11,
            vec![
                ("应到", "40"),
                ("实到", "30"),
                ("评议户数", "1"),
                ("同意", "1"),
                ("不同意", "0"),
                ("异议数", "0"),
                ("处理结果", "无异议"),
            ],
        ),
    ] {
        let (ledger, d) = ledgers.find(&p.county, id, meta::Verb::Read).unwrap();
        let query = ledgers.query(&ledger, &d, &[]).unwrap();
        let mut tx = w.db.begin(&p.county).await.unwrap();
        let page = ledgers.page(&mut tx, &ledger, &d, &query).await.unwrap();
        assert_eq!((page.columns.len(), page.rows.len()), (heads, 1), "{id}");
        for (label, text) in want {
            let at = page.columns.iter().position(|c| c.label == label).unwrap_or_else(|| panic!("{label}"));
            assert_eq!(page.rows[0].cells[at], text, "{id} {label}");
        }
        let posted = page.columns.iter().position(|c| c.label == "公示开始");
        assert!(posted.is_none_or(|at| !page.rows[0].cells[at].is_empty()), "the notice belongs to the meeting");
    }
}
