//! Lamps and reminders of what is late (domain 01 §6.5): orange past its due day, two days later red and copied one level up,
//! five days later on the city's list. Runs every morning; a clue gets each notice once. Must not decide a clue.

use crate::store;
use ::store::{Db, ScopedTx};
use async_trait::async_trait;
use base::{RegionCode, Result};
use chrono::{Days, SecondsFormat, Utc};
use flow::{Ask, Flows};
use jobs::{Handler, Outcome, Run};
use record::{NewRow, Provenance, Target};
use serde_json::{Value as Json, json};
use uuid::Uuid;

/// Kind of these jobs.
pub const KIND: &str = "relapse.escalate";
/// When they run, Beijing time.
pub const CRON: &str = "20 6 * * *";

pub struct Escalate {
    pub flows: Flows,
    pub db: Db,
}

/// A late clue and the notices it has had.
pub(crate) struct Late {
    pub id: Uuid,
    pub region: String,
    pub clue_no: String,
    pub state: String,
    pub days: i64,
    pub row_version: i32,
    pub urge_count: i32,
    pub flagged: bool,
}

/// A help plan late for two days that nobody was told of yet.
pub(crate) struct LatePlan {
    pub id: Uuid,
    pub region: String,
    pub case_no: String,
    pub days: i64,
}

impl Escalate {
    async fn work(&self, tx: &mut ScopedTx) -> Result<Json> {
        let records = self.flows.records();
        let engine = Provenance { trusted: true, ..Provenance::default() };
        let clues = records.dataset("relapse.clue")?.clone();
        // in time again: the lamp goes out
        let back = store::no_longer_late(tx).await?;
        records.set_many(tx, &clues, &back, &object(json!({ "overdue": false })), &engine).await?;
        let late = store::late(tx).await?;
        let mut notices = Vec::new();
        let mut targets = Vec::new();
        let (mut copied, mut listed) = (0, 0);
        for l in &late {
            // how many notices a clue of this age has had
            let due = i32::from(l.days >= 2) + i32::from(l.days >= 5);
            if l.flagged && l.urge_count >= due {
                continue;
            }
            let urges = l.urge_count.max(due);
            targets.push(Target {
                id: l.id,
                region: l.region.clone(),
                row_version: l.row_version,
                own: object(json!({ "urge_count": urges })),
                old: object(json!({ "urge_count": l.urge_count, "overdue": l.flagged })),
            });
            for notice in (l.urge_count + 1)..=urges {
                let to = if notice == 1 { "抄送上一级" } else { "列入市级督办清单" };
                *(if notice == 1 { &mut copied } else { &mut listed }) += 1;
                let state = self.flows.records().catalog.codes("C37").map_or("", |c| c.label(&l.state));
                let values = object(json!({
                    "target_dataset": "relapse.clue", "target_id": l.id, "target_title": format!("超期 {} 日：线索 {}", l.days, l.clue_no),
                    "kind": "01", "demand": format!("线索停留在“{state}”，已超期 {} 日，{to}。请尽快办理并答复。", l.days),
                    "due": (flow::rules::day_of(Utc::now()) + Days::new(2)).to_string(), "state": "01",
                    "issued_at": Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true),
                }));
                notices.push(NewRow { id: Uuid::now_v7(), region: RegionCode::parse(&l.region)?, values });
            }
        }
        records.set_many(tx, &clues, &targets, &object(json!({ "overdue": true })), &engine).await?;
        // a household decided upon that still has no plan of help
        let plans = store::late_plans(tx).await?;
        for p in &plans {
            let values = object(json!({
                "target_dataset": "relapse.help_plan", "target_id": p.id, "target_title": format!("超期 {} 日：监测档案 {} 的帮扶计划", p.days, p.case_no),
                "kind": "01", "demand": format!("帮扶计划已超期 {} 日未审核通过，抄送上一级。请尽快制定、审核并答复。", p.days),
                "due": (flow::rules::day_of(Utc::now()) + Days::new(2)).to_string(), "state": "01",
                "issued_at": Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true),
            }));
            notices.push(NewRow { id: Uuid::now_v7(), region: RegionCode::parse(&p.region)?, values });
        }
        let unanswered = store::unanswered(tx).await?;
        self.flows.lead_all(tx, "relapse.supervise", &unanswered, &Ask::new("late"), |_| Ok(())).await?;
        // reports and authorizations hold until a day (§2.15, §2.16)
        let checks = store::expired_checks(tx).await?;
        self.flows.lead_all(tx, "relapse.economic_check", &checks, &Ask::new("expire"), |_| Ok(())).await?;
        let authorizations = records.dataset("relapse.authorization")?.clone();
        let lapsed = store::lapsed(tx).await?;
        records.set_many(tx, &authorizations, &lapsed, &object(json!({ "status": "03" })), &engine).await?;
        let supervise = records.dataset("relapse.supervise")?.clone();
        for chunk in notices.chunks(5000) {
            records.create_many(tx, &supervise, chunk, &engine).await?;
        }
        Ok(
            json!({ "late": late.len(), "in_time_again": back.len(), "copied": copied, "listed": listed, "plans": plans.len(), "unanswered": unanswered.len(), "expired": checks.len(), "lapsed": lapsed.len() }),
        )
    }
}

fn object(j: Json) -> record::Row {
    j.as_object().cloned().unwrap_or_default()
}

#[async_trait]
impl Handler for Escalate {
    async fn run(&self, run: &Run) -> Result<Outcome> {
        let mut tx = self.db.begin(&run.actor).await?;
        let done = self.work(&mut tx).await?;
        run.progress.check_cancelled()?;
        tx.commit().await?;
        let n = |k: &str| done[k].as_i64().unwrap_or(0);
        let said = format!(
            "超期线索 {} 条，新抄送上一级 {} 条，新列入市级督办 {} 条；新抄送超期帮扶计划 {} 份；逾期未答复的督办 {} 件。",
            n("late"),
            n("copied"),
            n("listed"),
            n("plans"),
            n("unanswered")
        );
        Ok(Outcome::new(said, done))
    }
    fn restartable(&self) -> bool {
        true
    }
}
