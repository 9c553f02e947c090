//! Risks of a whole village or county (domain 01 §6.3 W39, W40): found every day, told to county and province as an alarm with its
//! list, taken note of and answered there. Must not contain SQL.

mod rules;
mod store;

use crate::params::Numbers;
use ::store::{Db, ScopedTx};
use async_trait::async_trait;
use base::{Actor, RegionCode, Result};
use chrono::{NaiveDate, SecondsFormat, Utc};
use flow::{Effect, Flows, Step};
use jobs::{Handler, Outcome, Run};
use record::{NewRow, Provenance, object};
use rules::{Fall, Gathering, Limits};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

/// Kind of these jobs.
pub const KIND: &str = "relapse.region_alarm";
/// When they run, Beijing time: in the morning, at noon and in the evening, for disasters do not wait for the night.
pub const CRON: &str = "50 5,11,17 * * *";

const ALARM: &str = "relapse.region_alarm";

struct Alarms {
    flows: Flows,
    db: Db,
}

/// The handler, for the list of the module.
pub(crate) fn handler(flows: &Flows, db: &Db) -> (&'static str, Arc<dyn Handler>) {
    (KIND, Arc::new(Alarms { flows: flows.clone(), db: db.clone() }))
}

fn engine() -> Provenance {
    Provenance { trusted: true, ..Provenance::default() }
}

/// An alarm to be: where, what about, in words.
struct Draft {
    region: RegionCode,
    kind: &'static str,
    subject: String,
    title: String,
    reason: String,
    households: i64,
    share_pct: f64,
    list: Vec<(Uuid, Option<NaiveDate>)>,
}

impl Alarms {
    fn place(&self, code: &str) -> String {
        self.flows.records().regions.name(code).unwrap_or_else(|| code.to_owned())
    }

    async fn drafts(&self, tx: &mut ScopedTx, today: NaiveDate) -> Result<Vec<Draft>> {
        let on = store::published(tx).await?;
        let n = Numbers::of(&tx.actor().region.clone(), today);
        let mut out = Vec::new();
        if on.iter().any(|r| r == "W39") {
            let days = n.get(tx, "w39_days").await?;
            for found in store::gatherings(tx, today, days).await? {
                // a county may set its own limits
                let n = Numbers::of(&found.village, today);
                let limits = Limits {
                    households: n.get(tx, "w39_households").await?,
                    share_pct: n.get(tx, "w39_share_pct").await?,
                    least: n.get(tx, "w39_least").await?,
                };
                if found.reaches(&limits) {
                    out.push(self.gathered(&found, days));
                }
            }
        }
        if on.iter().any(|r| r == "W40") {
            for found in store::drops(tx, base::Month::of(today).number()).await? {
                let limit = Numbers::of(&found.county, today).get(tx, "w40_drop_pct").await?;
                if found.reaches(limit) {
                    out.push(self.dropped(&found));
                }
            }
        }
        Ok(out)
    }

    fn gathered(&self, g: &Gathering, days: i64) -> Draft {
        let (n, place) = (g.households.len() as i64, self.place(g.village.as_str()));
        Draft {
            kind: "W39",
            subject: g.disaster.chars().take(30).collect(),
            title: format!("{place}{}{n}户", g.disaster).chars().take(60).collect(),
            reason: format!(
                "{place} {days} 日内 {n} 户因{}出现返贫风险线索，占在册 {} 户的 {:.2}%",
                g.disaster,
                g.registered,
                g.share_pct()
            ),
            households: n,
            share_pct: g.share_pct(),
            list: g.households.clone(),
            region: g.village.clone(),
        }
    }

    fn dropped(&self, d: &Fall) -> Draft {
        let place = self.place(d.county.as_str());
        let yuan = base::money::to_grouped_text;
        Draft {
            kind: "W40",
            subject: d.product.chars().take(30).collect(),
            title: format!("{place}{}价格下跌 {:.0}%", d.product, d.pct()).chars().take(60).collect(),
            reason: format!(
                "{place}{}{}价格每{} {} 元，上月 {} 元，下跌 {:.2}%",
                d.product,
                month(d.month),
                d.unit,
                yuan(d.price),
                yuan(d.before),
                d.pct()
            ),
            households: 0,
            share_pct: d.pct(),
            list: vec![],
            region: d.county.clone(),
        }
    }

    /// A new alarm, or the one that stands open with what is new of it; true when new.
    async fn tell(&self, tx: &mut ScopedTx, d: &Draft, today: NaiveDate) -> Result<bool> {
        let records = self.flows.records();
        let alarms = records.dataset(ALARM)?.clone();
        let share = format!("{:.2}", d.share_pct);
        let open = store::open(tx, &d.region, d.kind, &d.subject).await?;
        // what was answered and closed comes again only with something new: a household, a month
        if open.is_none() && store::closed(tx, &d.region, d.kind, &d.subject, &d.title, d.households, today).await? {
            return Ok(false);
        }
        let (id, fresh) = match open {
            Some((id, households, seen)) => {
                // fewer today (the window moves on) does not take back what was told
                if d.households > households || (d.kind == "W40" && seen < today) {
                    let set = json!({ "title": d.title, "reason": d.reason, "households": d.households, "share": share, "last_seen": today.to_string() });
                    records.patch(tx, &alarms, id, None, &object(set), &engine()).await?;
                }
                (id, false)
            }
            None => {
                let county = d.region.ancestor(base::Level::County);
                let row = object(json!({
                    "region_code": d.region.as_str(), "kind": d.kind, "subject": d.subject, "title": d.title, "county": county.as_str(),
                    "reason": d.reason, "households": d.households, "share": share, "found_on": today.to_string(), "last_seen": today.to_string(),
                }));
                let id = records.create(tx, &alarms, &row, &engine()).await?.id;
                self.flows.start(tx, ALARM, id).await?;
                (id, true)
            }
        };
        let known: BTreeSet<Uuid> = store::listed(tx, id).await?.into_iter().collect();
        let rows: Vec<NewRow> = d
            .list
            .iter()
            .filter(|(h, _)| !known.contains(h))
            .map(|(h, day)| NewRow {
                id: Uuid::now_v7(),
                region: d.region.clone(),
                values: object(json!({ "alarm_id": id, "household_id": h, "event_day": day.map(|d| d.to_string()) })),
            })
            .collect();
        let each = records.dataset("relapse.region_alarm_household")?.clone();
        records.create_many(tx, &each, &rows, &engine()).await?;
        Ok(fresh)
    }
}

fn month(number: i32) -> String {
    format!("{}年{}月", number / 100, number % 100)
}

#[async_trait]
impl Handler for Alarms {
    async fn run(&self, _: &Run) -> Result<Outcome> {
        let mut tx = self.db.begin(&Actor::system("规模性风险预警")).await?;
        let today = record::today();
        let drafts = self.drafts(&mut tx, today).await?;
        let mut new = 0;
        for d in &drafts {
            new += u64::from(self.tell(&mut tx, d, today).await?);
        }
        tx.commit().await?;
        let facts = json!({ "reached": drafts.len(), "new": new });
        Ok(Outcome::new(format!("规模性风险达到 {} 处，新增预警 {new} 条。", drafts.len()), facts))
    }
    fn restartable(&self) -> bool {
        true
    }
}

/// When an alarm was answered.
pub(crate) struct AlarmAnswered;
#[async_trait]
impl Effect for AlarmAnswered {
    async fn follow(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let row = object(json!({ "answered_at": Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true) }));
        step.records().patch(tx, step.dataset, step.id, None, &row, &engine()).await.map(drop)
    }
}
