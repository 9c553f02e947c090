//! From hits to clues: one a household, further lines as its triggers, merged into an open clue, left out where the household is
//! monitored or was lately refused (domain 01 §2.13, §4.2 rules ①–③, §6.4). Must not contain SQL.

use super::items::{Item, Rule};
use super::judge::{Judge, Strongest, Verdict, strongest};
use super::rules::Grade;
use super::store::{self, Candidate, Hit, Kept};
use crate::numbering;
use crate::store::Serials;
use ::store::ScopedTx;
use base::Result;
use chrono::NaiveDate;
use flow::Flows;
use meta::rule::Columns;
use record::{NewRow, Provenance, object};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// What became of the households that were hit.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Proposed {
    pub hits: u64,
    pub households: u64,
    pub clues: u64,
    /// Joined to a clue that was still open.
    pub merged: u64,
    /// Already monitored: followed up there, not identified again.
    pub monitored: u64,
    /// Refused lately and not much worse since.
    pub cooling: u64,
    /// Too low a score to send anybody out.
    pub too_low: u64,
    pub high: u64,
    pub middle: u64,
    pub low: u64,
}

pub(super) struct Proposal<'a> {
    pub flows: &'a Flows,
    pub judge: Judge<'a>,
    pub item: &'static Item,
    pub columns: &'a Columns,
    pub batch: Uuid,
    pub today: NaiveDate,
    pub dispatch: Uuid,
    pub batch_no: &'a str,
    pub month: i32,
    /// Number of the version of the model.
    pub version: i32,
}

/// Rows decided on and not yet written.
#[derive(Default)]
pub(super) struct Drafts {
    pub clues: Vec<NewRow>,
    pub triggers: Vec<NewRow>,
    pub kept: Vec<Kept>,
    pub sum: Proposed,
}

impl Proposal<'_> {
    /// One household's hits, added to what is to be written.
    pub(super) async fn household(
        &self,
        tx: &mut ScopedTx,
        serials: &mut Serials,
        group: &[Candidate],
        out: &mut Drafts,
    ) -> Result<()> {
        let sum = &mut out.sum;
        sum.households += 1;
        sum.hits += group.len() as u64;
        let met = strongest(group);
        let verdict = self.judge.verdict(group, met.clone(), group.first().and_then(|c| c.open_clue));
        let mut clue_id = None;
        match verdict {
            Verdict::Monitored => sum.monitored += 1,
            Verdict::Cooling => sum.cooling += 1,
            Verdict::TooLow(_) => sum.too_low += 1,
            Verdict::Merge(open, _) => {
                sum.merged += 1;
                clue_id = Some(open);
                self.triggers(open, group, &met, &mut out.triggers);
            }
            Verdict::Clue(score, grade) => {
                sum.clues += 1;
                *match grade {
                    g if Some(g) == Grade::High.code() => &mut sum.high,
                    g if Some(g) == Grade::Middle.code() => &mut sum.middle,
                    _ => &mut sum.low,
                } += 1;
                let clue = self.clue(tx, serials, group, &met, score, grade).await?;
                clue_id = Some(clue.id);
                self.triggers(clue.id, group, &met, &mut out.triggers);
                out.clues.push(clue);
            }
        }
        for (rule, (c, h)) in &met {
            out.kept.push(Kept {
                village: c.village.clone(),
                household: c.household_id,
                rule: self.judge.rules[*rule].id,
                grade: h.grade,
                score: verdict.score(),
                verdict: verdict.code(),
                clue: clue_id,
            });
        }
        Ok(())
    }

    /// The sentence of a rule over a line.
    fn said(&self, c: &Candidate, h: &Hit) -> String {
        let r = self.judge.rules[h.rule].rule;
        meta::ruleset::fill(&r.tell, |name| match name {
            "value" => h.value.map(|v| self.amount(r, v)).unwrap_or_default(),
            "threshold" => h.threshold.map(|t| self.amount(r, t)).unwrap_or_default(),
            "called" => r.thresholds.get(h.called).map_or_else(|| "阈值".into(), |t| t.called.clone()),
            name => meta::ruleset::show(self.columns, name, &c.shown[name]),
        })
    }
    /// All values of rules so far are money in fen.
    fn amount(&self, _: &Rule, fen: f64) -> String {
        format!("{} 元", base::money::to_grouped_text(fen as i64))
    }

    async fn clue(
        &self,
        tx: &mut ScopedTx,
        serials: &mut Serials,
        group: &[Candidate],
        met: &Strongest<'_>,
        score: i64,
        grade: &str,
    ) -> Result<NewRow> {
        let list = self.judge.order(met);
        let (worst, top) = list.first().copied().unwrap_or((&group[0], &group[0].hits[0]));
        let records = self.flows.records();
        let number = records.vault.open(&worst.cipher, &secure::place("relapse.dept_record", "raw_id_no", &worst.record_id))?;
        let clue_no = serials.next(tx, &numbering::clue_prefix(self.month, &worst.village)).await?;
        let s = worst.standing;
        let place = if worst.place.is_empty() { worst.village.as_str() } else { &worst.place };
        let mut text: Vec<String> = list.iter().map(|(c, h)| self.said(c, h)).collect();
        text.dedup();
        let more = group.len().saturating_sub(1);
        if more > 0 {
            text.push(format!("同户另有 {more} 条记录"));
        }
        let text: String = text.join("；").chars().take(200).collect();
        let mut risks: Vec<&str> =
            list.iter().flat_map(|(_, h)| self.judge.rules[h.rule].rule.risk.iter().map(String::as_str)).collect();
        let mut seen = std::collections::BTreeSet::new();
        risks.retain(|r| seen.insert(*r));
        let values = object(json!({
            "clue_no": clue_no, "line": "01", "dept": self.item.dept, "batch_id": self.dispatch, "model_version": self.version, "rule_id": self.judge.rules[top.rule].id,
            "raw_name": worst.name, "raw_id_no": number.into_inner(), "raw_region": place,
            "household_id": worst.household_id, "person_id": worst.person_id,
            "is_poverty": s.poverty, "is_monitored": s.monitored, "is_lowincome": s.low_income(),
            "trigger_text": text, "risk_hint": risks,
            "score": score, "level": grade, "dispatch_level_now": "1", "receiver_region": worst.village.as_str(),
        }));
        Ok(NewRow { id: Uuid::now_v7(), region: worst.village.clone(), values })
    }

    /// What set the rules off, as the reasons of a clue: every line of a rule over one line, the strongest of a rule over a sum.
    fn triggers(&self, clue: Uuid, group: &[Candidate], met: &Strongest<'_>, out: &mut Vec<NewRow>) {
        for c in group {
            for h in &c.hits {
                let r = self.judge.rules[h.rule].rule;
                let over_one_line = r.value.as_deref() == Some("amount");
                if !over_one_line && met.get(&h.rule).is_none_or(|(strongest, _)| strongest.record_id != c.record_id) {
                    continue;
                }
                let on = c.day.or(c.data_day);
                let named = on.map_or_else(String::new, |d| format!("{d} "));
                let indicator: String = format!("{named}{}", r.title).chars().take(60).collect();
                let money = |v: Option<f64>| v.map_or_else(|| "—".to_owned(), |v| base::money::to_text(v as i64));
                let mut values = json!({
                    "clue_id": clue,
                    "indicator": indicator,
                    "value": if h.value.is_some() { money(h.value) } else { self.said(c, h).chars().take(60).collect() },
                    "threshold": money(h.threshold),
                });
                if h.value.is_some() {
                    values["unit"] = json!("元");
                }
                if let Some(d) = c.data_day.or(c.day) {
                    values["data_time"] = json!(format!("{d}T00:00:00+08:00"));
                }
                out.push(NewRow { id: Uuid::now_v7(), region: c.village.clone(), values: object(values) });
            }
        }
    }

    /// Writes what has been drafted and begins the way of the new clues.
    pub(super) async fn write(&self, tx: &mut ScopedTx, out: &mut Drafts) -> Result<()> {
        let records = self.flows.records();
        let (clues, triggers) = (records.dataset("relapse.clue")?.clone(), records.dataset("relapse.clue_trigger")?.clone());
        records.create_many(tx, &clues, &out.clues, &self.provenance()).await?;
        records.create_many(tx, &triggers, &out.triggers, &self.provenance()).await?;
        let ids: Vec<Uuid> = out.clues.iter().map(|c| c.id).collect();
        self.flows.start_many(tx, "relapse.clue", &ids, "10").await?;
        store::keep_hits(tx, &out.kept, self.batch, &self.item.dept, self.version, self.today).await?;
        out.kept.clear();
        out.clues.clear();
        out.triggers.clear();
        Ok(())
    }

    pub(super) fn provenance(&self) -> Provenance {
        // C40 03: exchanged with a department
        Provenance { source: Some("03".into()), batch_no: Some(self.batch_no.to_owned()), trusted: true }
    }
}
