//! The papers a clue and an elimination need on their way, as people enter them.

use crate::world::{World, actor};
use base::{Actor, Level, RegionCode};
use chrono::{Days, NaiveDate};
use flow::{Ask, Done};
use record::{Provenance, Row};
use serde_json::{Value as Json, json};
use uuid::Uuid;

pub fn today() -> NaiveDate {
    flow::rules::day_of(chrono::Utc::now())
}
pub fn ago(days: u64) -> String {
    (today() - Days::new(days)).to_string()
}
pub fn object(j: Json) -> Row {
    j.as_object().cloned().unwrap()
}

/// The posts of one village's way.
pub struct Posts {
    pub cadre: Actor,
    pub town: Actor,
    pub audit: Actor,
    pub county: Actor,
    pub decides: Actor,
    pub civil: Actor,
}
pub fn posts(village: &RegionCode) -> Posts {
    let at = |role: &str, level| actor(role, &village.ancestor(level));
    Posts {
        cadre: at("R10", Level::Village),
        town: at("R08", Level::Town),
        audit: at("R09", Level::Town),
        county: at("R06", Level::County),
        decides: at("R07", Level::County),
        civil: at("R14", Level::County),
    }
}

impl World {
    pub async fn step(&self, flow: &str, by: &Actor, id: Uuid, ask: &Ask<'_>) -> base::Result<Done> {
        let mut tx = self.db.begin(by).await?;
        let done = self.flows.act(&mut tx, flow, id, ask).await?;
        tx.commit().await?;
        Ok(done)
    }
    pub async fn clue(&self, by: &Actor, id: Uuid, ask: &Ask<'_>) -> base::Result<Done> {
        self.step("relapse.clue", by, id, ask).await
    }
    pub async fn refused(&self, by: &Actor, id: Uuid, ask: &Ask<'_>) -> String {
        self.clue(by, id, ask).await.expect_err("should be refused").code.into_owned()
    }
    /// Led on; the state it came to.
    pub async fn led(&self, by: &Actor, id: Uuid, ask: Ask<'_>) -> String {
        let name = ask.transition.to_owned();
        self.clue(by, id, &ask).await.map_err(|e| format!("{name}: {e} {:?}", e.problems)).unwrap().state
    }
    pub async fn make(&self, by: &Actor, dataset: &str, row: Json) -> base::Result<Uuid> {
        let mut tx = self.db.begin(by).await?;
        let d = self.records().dataset(dataset)?.clone();
        self.records().allow(by, &d, meta::Verb::Create)?;
        let saved = self.records().create(&mut tx, &d, &object(row), &Provenance::default()).await?;
        tx.commit().await?;
        Ok(saved.id)
    }
    pub async fn made(&self, by: &Actor, dataset: &str, row: Json) -> Uuid {
        self.make(by, dataset, row).await.map_err(|e| format!("{dataset}: {e} {:?}", e.problems)).unwrap()
    }
    pub async fn change(&self, by: &Actor, dataset: &str, id: Uuid, row: Json) {
        let mut tx = self.db.begin(by).await.unwrap();
        let d = self.records().dataset(dataset).unwrap().clone();
        let done = self.records().patch(&mut tx, &d, id, None, &object(row), &Provenance::default()).await;
        done.map_err(|e| format!("{dataset}: {e} {:?}", e.problems)).unwrap();
        tx.commit().await.unwrap();
    }
    pub async fn attach(&self, dataset: &str, row: Uuid, field: &str) {
        sqlx::query(
            "insert into app.file (id, kind, dataset, row_id, field, region_code, key, name, mime, size, sm3, created_by, created_by_name) \
             values (gen_random_uuid(), 'attachment', $1, $2, $3, '360000000000', gen_random_uuid()::text, '照片.jpg', 'image/jpeg', 1, '', gen_random_uuid(), '某')",
        )
        .bind(dataset)
        .bind(row)
        .bind(field)
        .execute(self.db.pool())
        .await
        .unwrap();
    }

    pub async fn verified(&self, p: &Posts, clue: Uuid, risks: &[&str], suggest: &str) -> Uuid {
        let no = suggest == "02";
        let mut row = json!({
            "region_code": p.cadre.region.as_str(), "clue_id": clue, "met_person": "甲", "met_relation": "01", "members_ok": true,
            "self_cope": "03", "risk_confirmed": !no, "suggest": suggest, "suggest_text": "入户核查情况属实，按核查结论提出建议。",
        });
        if no {
            row["not_include_reasons"] = json!(["07"]);
        } else {
            row["risk_types"] = json!(risks);
        }
        let form = self.made(&p.cadre, "relapse.verify_form", row).await;
        if no {
            let why = json!({"region_code": p.cadre.region.as_str(), "form_id": form, "reason": "07", "self_pay": "3000", "claimed": "1000"});
            self.made(&p.cadre, "relapse.verify_reason", why).await;
        }
        self.complete(&p.cadre, form).await;
        assert_eq!(self.led(&p.cadre, clue, Ask::new("verify")).await, "40");
        form
    }

    /// Everybody signs.
    pub async fn authorized(&self, p: &Posts, household: Uuid) -> Uuid {
        let row = json!({
            "region_code": p.cadre.region.as_str(), "household_id": household, "applicant": "甲", "scope": ["01", "14"],
            "signed_on": ago(1), "sign_way": "02",
        });
        let auth = self.made(&p.cadre, "relapse.authorization", row).await;
        self.attach("relapse.authorization", auth, "scan_files").await;
        auth
    }
    /// Entrusted by the township; the civil agency has it.
    pub async fn entrusted(&self, p: &Posts, household: Uuid, clue: Uuid, auth: Uuid) -> Uuid {
        let row = json!({
            "region_code": p.cadre.region.as_str(), "household_id": household, "clue_id": clue, "auth_id": auth, "purpose": "01",
            "check_items": ["14"], "period_start": ago(365), "period_end": ago(2), "check_date_base": ago(1),
        });
        let check = self.made(&p.town, "relapse.economic_check", row).await;
        let lead = async |by: &Actor, ask: Ask<'_>| {
            let name = ask.transition.to_owned();
            self.step("relapse.economic_check", by, check, &ask).await.map_err(|e| format!("{name}: {e}")).unwrap().state
        };
        assert_eq!(lead(&p.town, Ask::new("submit")).await, "20");
        self.attach("relapse.economic_check", check, "entrust_file").await;
        assert_eq!(lead(&p.audit, Ask::new("sign")).await, "30");
        check
    }
    pub async fn reported(&self, p: &Posts, check: Uuid) {
        let flow = "relapse.economic_check";
        self.step(flow, &p.civil, check, &Ask::new("accept")).await.unwrap();
        self.step(flow, &p.civil, check, &Ask::new("begin")).await.unwrap();
        self.attach("relapse.economic_check", check, "report_file").await;
        let report = Ask::new("report").field("report_no", "BG1").field("conclusion", "01");
        self.step(flow, &p.civil, check, &report).await.unwrap();
        assert_eq!(self.step(flow, &p.town, check, &Ask::new("confirm")).await.unwrap().state, "70");
    }

    /// A meeting that votes on one matter: `clue_id` or `elimination_id`.
    pub async fn met(&self, p: &Posts, household: Uuid, about: (&str, Uuid), result: &str, days_ago: u64) -> Uuid {
        let row = json!({
            "region_code": p.cadre.region.as_str(), "meeting_kind": "01", "meeting_at": format!("{}T09:00:00+08:00", ago(days_ago)),
            "place": "村部", "host": "甲", "recorder": "乙", "supervisor": "丙", "should_attend": 40, "attend": 30,
        });
        let meeting = self.made(&p.cadre, "relapse.review_meeting", row).await;
        for field in ["minutes", "sign_sheet", "photos"] {
            self.attach("relapse.review_meeting", meeting, field).await;
        }
        let (agree, against) = if result == "01" { (28, 1) } else { (3, 26) };
        let matter = if about.0 == "clue_id" { "01" } else { "02" };
        let case = json!({
            "meeting_id": meeting, "household_id": household, about.0: about.1, "matter": matter, "agree": agree, "against": against,
            "abstain": 1, "result": result,
        });
        self.made(&p.cadre, "relapse.meeting_case", case).await;
        meeting
    }
    /// A notice from `from` to `to` days ago.
    pub async fn posted(&self, p: &Posts, household: Uuid, about: (&str, Uuid), from: u64, to: i64) -> Uuid {
        let kind = if about.0 == "clue_id" { "01" } else { "02" };
        let end = today() - chrono::Duration::days(to);
        let row = json!({
            "region_code": p.cadre.region.as_str(), "kind": kind, "title": "民主评议结果公示", "start_date": ago(from),
            "end_date": end.to_string(), "places": "村公示栏",
        });
        let notice = self.made(&p.cadre, "relapse.publicity", row).await;
        let case = json!({ "publicity_id": notice, "household_id": household, about.0: about.1, "monitor_type": "02", "group_name": "一组" });
        self.made(&p.cadre, "relapse.publicity_case", case).await;
        self.attach("relapse.publicity", notice, "photo_start").await;
        notice
    }
    pub async fn hung(&self, p: &Posts, notice: Uuid) {
        self.attach("relapse.publicity", notice, "photo_end").await;
        self.change(&p.cadre, "relapse.publicity", notice, json!({ "result": "01" })).await;
    }

    /// From the township's receipt to the county's table, everything in order.
    pub async fn to_county(&self, p: &Posts, household: Uuid, clue: Uuid, risks: &[&str]) {
        assert_eq!(self.led(&p.town, clue, Ask::new("accept")).await, "30");
        self.verified(p, clue, risks, "01").await;
        assert_eq!(self.led(&p.town, clue, Ask::new("review")).await, "50");
        let auth = self.authorized(p, household).await;
        let check = self.entrusted(p, household, clue, auth).await;
        assert_eq!(self.led(&p.town, clue, Ask::new("checked")).await, "60");
        self.met(p, household, ("clue_id", clue), "01", 8).await;
        let notice = self.posted(p, household, ("clue_id", clue), 7, 1).await;
        assert_eq!(self.led(&p.cadre, clue, Ask::new("publicise")).await, "61");
        self.hung(p, notice).await;
        assert_eq!(self.led(&p.cadre, clue, Ask::new("publicised")).await, "70");
        self.reported(p, check).await;
        assert_eq!(self.led(&p.audit, clue, Ask::new("approve").field("sampled", true)).await, "71");
    }
    pub async fn included(&self, p: &Posts, clue: Uuid) {
        assert_eq!(self.led(&p.decides, clue, Ask::new("include").field("decide_doc_no", "东农字〔2026〕1号")).await, "79");
    }

    /// The open case that came of a clue.
    pub async fn case_of(&self, clue: Uuid) -> Uuid {
        sqlx::query_scalar("select id from relapse.monitor_case where clue_id = $1 and state = '10'")
            .bind(clue)
            .fetch_one(self.db.pool())
            .await
            .unwrap()
    }

    /// The seven conditions, then the procedure; `risk` is the one that the case was identified for.
    pub async fn eliminated(&self, p: &Posts, household: Uuid, case: Uuid, risk: &str) {
        let w = self;
        let flow = "relapse.elimination";
        let pool = w.db.pool();
        let (income, security, measure) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        let region = p.cadre.region.as_str();
        sqlx::query(
            "insert into reg.income_period (id, region_code, household_id, year, ref_pc) values ($1, $2, $3, 2026, 900000)",
        )
        .bind(income)
        .bind(region)
        .bind(household)
        .execute(pool)
        .await
        .unwrap();
        sqlx::query(
        "insert into reg.security_check (id, region_code, household_id, check_date, edu_problem, house_problem, med_problem, water_problem) \
         values ($1, $2, $3, current_date - 1, false, false, false, false)",
    )
    .bind(security)
    .bind(region)
    .bind(household)
    .execute(pool)
    .await
    .unwrap();
        sqlx::query("insert into relapse.measure (id, region_code, household_id, case_id, category, item, state) values ($1, $2, $3, $4, '01', '01-01', '02')")
        .bind(measure)
        .bind(region)
        .bind(household)
        .bind(case)
        .execute(pool)
        .await
        .unwrap();
        let row = json!({
            "region_code": region, "case_id": case, "apply_date": ago(0), "way": "01", "after_income_id": income, "after_security_id": security,
            "income_stable_months": 7, "expense_solved": true, "no_new_risk": true, "verify_note": "入户核实收入稳定，欠款已还清。",
        });
        let id = w.made(&p.cadre, flow, row.clone()).await;
        assert_eq!(w.make(&p.cadre, flow, row).await.unwrap_err().problems[0].code, "relapse.elimination_open");
        let e = w.step(flow, &p.cadre, id, &Ask::new("submit")).await.unwrap_err();
        for word in ["满 6 个月", "依据", "帮扶措施", "没有高于"] {
            assert!(e.sentence.contains(word), "{word}: {}", e.sentence);
        }
        let solved = json!({ "elimination_id": id, "risk": risk, "solved": "转产种植，已有稳定收益", "measure_id": measure });
        w.made(&p.cadre, "relapse.elimination_risk", solved).await;
        sqlx::query("update relapse.measure set state = '03' where id = $1").bind(measure).execute(pool).await.unwrap();
        sqlx::query("update reg.income_period set ref_pc = 1200000 where id = $1").bind(income).execute(pool).await.unwrap();
        sqlx::query("update relapse.monitor_case set identify_date = identify_date - interval '7 months', identify_ym = to_char(identify_date - interval '7 months', 'YYYYMM')::integer where id = $1")
        .bind(case)
        .execute(pool)
        .await
        .unwrap();
        // the case is not led by hand
        assert_eq!(
            w.step("relapse.monitor_case", &p.cadre, case, &Ask::new("apply")).await.unwrap_err().code,
            "relapse.case_follows"
        );
        assert_eq!(w.step(flow, &p.cadre, id, &Ask::new("submit")).await.unwrap().state, "20");
        assert_eq!(w.count("select count(*) from relapse.monitor_case where state = '20'").await, 1);
        w.met(p, household, ("elimination_id", id), "01", 8).await;
        let notice = w.posted(p, household, ("elimination_id", id), 7, 1).await;
        assert_eq!(w.step(flow, &p.cadre, id, &Ask::new("publicised")).await.unwrap_err().code, "relapse.publicity_short");
        w.hung(p, notice).await;
        w.step(flow, &p.cadre, id, &Ask::new("publicised")).await.unwrap();
        w.step(flow, &p.audit, id, &Ask::new("approve")).await.unwrap();
        w.step(flow, &p.decides, id, &Ask::new("county_return").opinion("补充收入凭证")).await.unwrap();
        w.step(flow, &p.cadre, id, &Ask::new("publicised")).await.unwrap();
        w.step(flow, &p.audit, id, &Ask::new("approve")).await.unwrap();
        let done = Ask::new("eliminate").field("county_doc_no", "东农字〔2026〕9号");
        let done = w.step(flow, &p.decides, id, &done).await.map_err(|e| format!("{e} {:?}", e.problems)).unwrap();
        assert_eq!(done.state, "50");
        let (state, eliminated, way): (String, bool, String) =
            sqlx::query_as("select state, eliminated, eliminate_way from relapse.monitor_case where id = $1")
                .bind(case)
                .fetch_one(pool)
                .await
                .unwrap();
        assert_eq!((state.as_str(), eliminated, way.as_str()), ("30", true, "01"));
        let h = w.row(&p.cadre, "registry.household", household).await.unwrap();
        assert_eq!(h["risk_state"].as_str(), Some("1"));
    }
}
