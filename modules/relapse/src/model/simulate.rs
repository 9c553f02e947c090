//! Batches of the past decided on again by a version of the model, and two versions held against each other. No IO and no clock.
//!
//! What a batch meets depends on what earlier ones sent out: a clue that a version would not have made is not open for it, and one
//! that only it makes takes in what comes within the days a clue has.

use crate::department::judge::{Judge, Verdict, strongest};
use crate::department::store::Candidate;
use base::RegionCode;
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A clue that a batch really made.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub clue: Uuid,
    pub batch: Uuid,
    pub household: Uuid,
    /// Number of the rule.
    pub rule: String,
    pub state: String,
    pub result: Option<String>,
}

impl Made {
    fn finished(&self) -> bool {
        matches!(self.state.as_str(), "79" | "80" | "90")
    }
    fn included(&self) -> bool {
        self.state == "79"
    }
}

/// What was really sent out.
#[derive(Debug, Default)]
pub(crate) struct Actual {
    by_clue: BTreeMap<Uuid, Uuid>,
    by_household: BTreeMap<(Uuid, Uuid), Made>,
}

impl Actual {
    pub fn new(made: Vec<Made>) -> Actual {
        let mut out = Actual::default();
        for m in made {
            out.by_clue.insert(m.clue, m.batch);
            out.by_household.insert((m.batch, m.household), m);
        }
        out
    }
    pub fn len(&self) -> usize {
        self.by_clue.len()
    }
    /// Share of the finished clues of a rule that were included; of all rules where it has none finished.
    fn precision(&self, rule: &str) -> f64 {
        let of = |f: &dyn Fn(&&Made) -> bool| {
            let finished: Vec<&Made> = self.by_household.values().filter(|m| m.finished()).filter(f).collect();
            let included = finished.iter().filter(|m| m.included()).count();
            (!finished.is_empty()).then(|| included as f64 / finished.len() as f64)
        };
        of(&|m| m.rule == rule).or_else(|| of(&|_| true)).unwrap_or(0.0)
    }
}

/// A household that a version sends somebody to.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub village: RegionCode,
    pub rule: String,
    pub score: i64,
}

/// What one version sends out, by batch and household.
#[derive(Debug, Default)]
pub(crate) struct Side {
    pub sent: BTreeMap<(Uuid, Uuid), Sent>,
    /// Households with a clue that was never made, and the day it would have been.
    only_here: BTreeMap<Uuid, NaiveDate>,
}

impl Side {
    /// Decides on the lines of a batch, of households in order. `open_days`: how long a clue counts as open that was never made.
    pub fn play(&mut self, judge: &Judge<'_>, lines: &[Candidate], batch: Uuid, on: NaiveDate, actual: &Actual, open_days: i64) {
        for group in lines.chunk_by(|a, b| a.household_id == b.household_id) {
            let Some(first) = group.first() else { continue };
            let household = first.household_id;
            let really = first.open_clue.filter(|c| match actual.by_clue.get(c) {
                Some(from) => self.sent.contains_key(&(*from, household)),
                None => true,
            });
            let lately = |d: &&NaiveDate| (on - **d).num_days() < open_days;
            let open = really.or_else(|| self.only_here.get(&household).filter(lately).map(|_| Uuid::nil()));
            let met = strongest(group);
            let Verdict::Clue(score, _) = judge.verdict(group, met.clone(), open) else { continue };
            let rule = judge.order(&met).first().map(|(_, h)| judge.rules[h.rule].rule.id.clone()).unwrap_or_default();
            self.sent.insert((batch, household), Sent { village: first.village.clone(), rule, score });
            if !actual.by_household.contains_key(&(batch, household)) {
                self.only_here.insert(household, on);
            }
        }
    }
}

/// Before and after, of one county and rule.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Count {
    pub before: i64,
    pub after: i64,
    pub gained: i64,
    pub lost: i64,
    /// Of the lost: households that were included because of the clue.
    pub lost_included: i64,
    /// Inclusions known, and for the others the share that the rule's finished clues came to.
    pub expected_before: f64,
    pub expected_after: f64,
}

/// A household that only one of the versions sends somebody to.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub village: RegionCode,
    pub batch: Uuid,
    pub household: Uuid,
    pub gained: bool,
    pub rule: String,
    pub score: i64,
    pub clue: Option<Uuid>,
    pub result: Option<String>,
}

/// Two versions held against each other: counts by county (six digits) and rule, and every household that changes.
pub(crate) fn compare(before: &Side, after: &Side, actual: &Actual) -> (BTreeMap<(String, String), Count>, Vec<Change>) {
    let rules: BTreeSet<&str> = before.sent.values().chain(after.sent.values()).map(|s| s.rule.as_str()).collect();
    let precision: BTreeMap<&str, f64> = rules.into_iter().map(|r| (r, actual.precision(r))).collect();
    let expected = |key: &(Uuid, Uuid), rule: &str| match actual.by_household.get(key).filter(|m| m.finished()) {
        Some(m) => f64::from(u8::from(m.included())),
        None => precision.get(rule).copied().unwrap_or(0.0),
    };
    let mut counts: BTreeMap<(String, String), Count> = BTreeMap::new();
    let mut changes = Vec::new();
    let place = |s: &Sent| (s.village.as_str().chars().take(6).collect::<String>(), s.rule.clone());
    let change = |key: &(Uuid, Uuid), s: &Sent, gained: bool| {
        let made = actual.by_household.get(key);
        Change {
            village: s.village.clone(),
            batch: key.0,
            household: key.1,
            gained,
            rule: s.rule.clone(),
            score: s.score,
            clue: made.map(|m| m.clue),
            result: made.and_then(|m| m.result.clone().filter(|_| m.finished())),
        }
    };
    for (key, s) in &before.sent {
        let c = counts.entry(place(s)).or_default();
        c.before += 1;
        c.expected_before += expected(key, &s.rule);
        if !after.sent.contains_key(key) {
            c.lost += 1;
            c.lost_included += i64::from(actual.by_household.get(key).is_some_and(Made::included));
            changes.push(change(key, s, false));
        }
    }
    for (key, s) in &after.sent {
        let c = counts.entry(place(s)).or_default();
        c.after += 1;
        c.expected_after += expected(key, &s.rule);
        if !before.sent.contains_key(key) {
            c.gained += 1;
            changes.push(change(key, s, true));
        }
    }
    (counts, changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }
    fn made(n: u128, batch: u128, household: u128, state: &str) -> Made {
        Made {
            clue: id(n),
            batch: id(batch),
            household: id(household),
            rule: "W03".into(),
            state: state.into(),
            result: (state == "79").then(|| "01".into()).or_else(|| (state == "80").then(|| "02".into())),
        }
    }
    fn side(list: &[(u128, u128)]) -> Side {
        let sent = |_| Sent { village: RegionCode::parse("360121100200").unwrap(), rule: "W03".into(), score: 30 };
        Side { sent: list.iter().map(|(b, h)| ((id(*b), id(*h)), sent(()))).collect(), only_here: BTreeMap::new() }
    }

    #[test]
    fn gained_and_lost_are_told_with_what_came_of_them() {
        let actual = Actual::new(vec![made(1, 1, 1, "79"), made(2, 1, 2, "80"), made(3, 1, 3, "30"), made(4, 1, 4, "80")]);
        let before = side(&[(1, 1), (1, 2), (1, 3), (1, 4)]);
        let (counts, changes) = compare(&before, &side(&[(1, 2), (1, 3), (1, 5)]), &actual);
        let c = counts[&("360121".to_owned(), "W03".to_owned())];
        assert_eq!((c.before, c.after, c.gained, c.lost, c.lost_included), (4, 3, 1, 2, 1));
        // one of three finished was included: the open one and the gained one are expected at a third
        assert!((c.expected_before - (1.0 + 1.0 / 3.0)).abs() < 1e-9, "{c:?}");
        assert!((c.expected_after - 2.0 / 3.0).abs() < 1e-9, "{c:?}");
        let told: Vec<(u128, bool, Option<&str>)> =
            changes.iter().map(|c| (c.household.as_u128(), c.gained, c.result.as_deref())).collect();
        assert_eq!(told, [(1, false, Some("01")), (4, false, Some("02")), (5, true, None)]);
    }

    #[test]
    fn equal_sides_gain_and_lose_nothing() {
        let actual = Actual::new(vec![made(1, 1, 1, "79")]);
        let (counts, changes) = compare(&side(&[(1, 1)]), &side(&[(1, 1)]), &actual);
        assert!(changes.is_empty());
        assert!(counts.values().all(|c| c.before == c.after && c.gained == 0 && c.lost == 0));
    }
}
