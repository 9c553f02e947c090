//! From hits to clues: one a household, further stays as its triggers, merged into an open clue of the same cause, left out
//! where the household is monitored or was lately refused (domain 01 §2.13, §4.2 rules ①–③, §6.4). Must not contain SQL.

use super::rules::{self, Grade, Numbers, Stay};
use super::store::Candidate;
use crate::numbering;
use crate::store::Serials;
use ::store::ScopedTx;
use base::Result;
use flow::Flows;
use record::{NewRow, Provenance, Row};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
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
    pub numbers: &'a Numbers,
    pub rule: Uuid,
    pub dispatch: Uuid,
    pub batch_no: &'a str,
    pub month: i32,
}

/// Rows decided on and not yet written.
#[derive(Default)]
pub(super) struct Drafts {
    pub clues: Vec<NewRow>,
    pub triggers: Vec<NewRow>,
    pub sum: Proposed,
}

/// How one household is decided on.
enum Verdict {
    Monitored,
    Cooling,
    TooLow,
    Merge(Uuid),
    Clue(i64, &'static str),
}

impl Proposal<'_> {
    fn verdict(&self, group: &[Candidate]) -> Verdict {
        let n = self.numbers;
        let Some(first) = group.first() else { return Verdict::TooLow };
        if first.standing.monitored {
            return Verdict::Monitored;
        }
        let worst = group.iter().map(|c| c.stay.own_fen).max().unwrap_or(0);
        if first.cooling_fen.is_some_and(|before| worst.saturating_mul(100) < before.saturating_mul(100 + n.cooldown_growth_pct))
        {
            return Verdict::Cooling;
        }
        let stays: Vec<Stay> = group.iter().map(|c| c.stay).collect();
        let score = rules::score(n, first.standing, &stays);
        match (rules::grade(n, score).code(), first.open_clue) {
            (_, Some(open)) => Verdict::Merge(open),
            (Some(grade), None) => Verdict::Clue(score, grade),
            (None, None) => Verdict::TooLow,
        }
    }

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
        match self.verdict(group) {
            Verdict::Monitored => sum.monitored += 1,
            Verdict::Cooling => sum.cooling += 1,
            Verdict::TooLow => sum.too_low += 1,
            Verdict::Merge(open) => {
                sum.merged += 1;
                self.triggers(open, group, &mut out.triggers);
            }
            Verdict::Clue(score, grade) => {
                sum.clues += 1;
                *match grade {
                    g if Some(g) == Grade::High.code() => &mut sum.high,
                    g if Some(g) == Grade::Middle.code() => &mut sum.middle,
                    _ => &mut sum.low,
                } += 1;
                let clue = self.clue(tx, serials, group, score, grade).await?;
                self.triggers(clue.id, group, &mut out.triggers);
                out.clues.push(clue);
            }
        }
        Ok(())
    }

    async fn clue(
        &self,
        tx: &mut ScopedTx,
        serials: &mut Serials,
        group: &[Candidate],
        score: i64,
        grade: &str,
    ) -> Result<NewRow> {
        let worst = group.iter().max_by_key(|c| c.stay.own_fen).unwrap_or(&group[0]);
        let records = self.flows.records();
        let number = records.vault.open(&worst.cipher, &secure::place("relapse.dept_record", "raw_id_no", &worst.record_id))?;
        let clue_no = serials.next(tx, &numbering::clue_prefix(self.month, &worst.village)).await?;
        let stays: Vec<Stay> = group.iter().map(|c| c.stay).collect();
        let s = worst.standing;
        let place = if worst.place.is_empty() { worst.village.as_str() } else { &worst.place };
        let values = object(json!({
            "clue_no": clue_no, "line": "01", "dept": "09", "batch_id": self.dispatch, "rule_id": self.rule,
            "raw_name": worst.name, "raw_id_no": number.into_inner(), "raw_region": place,
            "household_id": worst.household_id, "person_id": worst.person_id,
            "is_poverty": s.poverty, "is_monitored": s.monitored, "is_lowincome": s.low_income(),
            "trigger_text": rules::trigger_text(self.numbers, s, &stays), "risk_hint": ["01"],
            "score": score, "level": grade, "dispatch_level_now": "1", "receiver_region": worst.village.as_str(),
        }));
        Ok(NewRow { id: Uuid::now_v7(), region: worst.village.clone(), values })
    }

    /// The stays that set the rule off, as the reasons of a clue.
    fn triggers(&self, clue: Uuid, group: &[Candidate], out: &mut Vec<NewRow>) {
        for c in group {
            let at = c.data_day.unwrap_or(c.stay.day_in);
            let values = object(json!({
                "clue_id": clue,
                "indicator": format!("{} 入院单次住院个人负担", c.stay.day_in.format("%Y-%m-%d")),
                "value": base::money::to_text(c.stay.own_fen),
                "threshold": base::money::to_text(rules::threshold_fen(self.numbers, c.standing)),
                "unit": "元",
                "data_time": format!("{}T00:00:00+08:00", at.format("%Y-%m-%d")),
            }));
            out.push(NewRow { id: Uuid::now_v7(), region: c.village.clone(), values });
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
        out.clues.clear();
        out.triggers.clear();
        Ok(())
    }

    pub(super) fn provenance(&self) -> Provenance {
        // C40 03: exchanged with a department
        Provenance { source: Some("03".into()), batch_no: Some(self.batch_no.to_owned()), trusted: true }
    }
}

pub(super) fn object(j: Json) -> Row {
    match j {
        Json::Object(m) => m,
        _ => Row::new(),
    }
}
