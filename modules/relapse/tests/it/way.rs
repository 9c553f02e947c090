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
}
