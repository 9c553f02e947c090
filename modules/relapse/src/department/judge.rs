//! What becomes of a household that met rules: the same decision for a batch that comes in and for one that is replayed. No IO and
//! no clock; every number is given.

use super::items::Rule;
use super::rules::{Met, Numbers};
use super::store::{Candidate, Hit};
use base::RegionCode;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A published rule over the item.
pub(crate) struct Active {
    pub rule: &'static Rule,
    pub id: Uuid,
    pub version: i32,
}

/// The numbers of one county on one day.
#[derive(Clone, Debug)]
pub(crate) struct Local {
    pub numbers: Numbers,
    /// Weights of the rules asked; none where the lowest score of the grade counts.
    pub weights: Vec<Option<i64>>,
}

/// The rules of an item with the numbers of every county of a batch.
pub(crate) struct Judge<'a> {
    pub rules: &'a [Active],
    /// By the six digits of the county.
    pub counties: &'a BTreeMap<String, Local>,
}

/// How one household is decided on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Monitored,
    Cooling,
    TooLow(i64),
    Merge(Uuid, i64),
    Clue(i64, &'static str),
}

impl Verdict {
    /// Code of HIT_VERDICT.
    pub fn code(self) -> &'static str {
        match self {
            Verdict::Clue(..) => "01",
            Verdict::Merge(..) => "02",
            Verdict::Monitored => "03",
            Verdict::Cooling => "04",
            Verdict::TooLow(_) => "05",
        }
    }
    pub fn score(self) -> i64 {
        match self {
            Verdict::Clue(s, _) | Verdict::Merge(_, s) | Verdict::TooLow(s) => s,
            Verdict::Monitored | Verdict::Cooling => 0,
        }
    }
}

/// The strongest line of each rule that a household met, by rule.
pub(crate) type Strongest<'a> = BTreeMap<usize, (&'a Candidate, &'a Hit)>;

pub(crate) fn strongest(group: &[Candidate]) -> Strongest<'_> {
    let mut out: Strongest<'_> = BTreeMap::new();
    for (c, h) in group.iter().flat_map(|c| c.hits.iter().map(move |h| (c, h))) {
        let stronger =
            |(_, old): &(&Candidate, &Hit)| (h.value, std::cmp::Reverse(h.grade)) > (old.value, std::cmp::Reverse(old.grade));
        if out.get(&h.rule).is_none_or(stronger) {
            out.insert(h.rule, (c, h));
        }
    }
    out
}

impl Judge<'_> {
    fn local(&self, village: &RegionCode) -> Option<&Local> {
        self.counties.get(village.as_str().get(..6)?)
    }
    fn weight(&self, village: &RegionCode, rule: usize) -> Option<i64> {
        self.local(village)?.weights.get(rule).copied().flatten()
    }

    /// The decision on a household. `open`: its open clue, if it still counts as one.
    pub fn verdict(&self, group: &[Candidate], mut met: Strongest<'_>, open: Option<Uuid>) -> Verdict {
        let Some(first) = group.first() else { return Verdict::TooLow(0) };
        let Some(local) = self.local(&first.village) else { return Verdict::TooLow(0) };
        let n = &local.numbers;
        if first.standing.monitored {
            return Verdict::Monitored;
        }
        met.retain(|rule, (c, h)| {
            let id = self.rules.get(*rule).map(|a| a.id);
            // the highest value (fen; 0 without one) of the refusals that are still cooling down
            let lately = c.refused.iter().filter(|r| Some(r.rule) == id && r.days < n.cooldown_days as f64);
            let before = lately.map(|r| r.most).reduce(f64::max);
            !n.cooling(before, h.value)
        });
        if met.is_empty() {
            return Verdict::Cooling;
        }
        let worst = group.iter().max_by_key(|c| c.amount_fen).unwrap_or(first);
        let list: Vec<Met> = met.iter().map(|(r, (_, h))| h.met(local.weights.get(*r).copied().flatten())).collect();
        let score = n.score(first.standing, &list, n.covered(worst.amount_fen, worst.relief_fen));
        match (n.grade(score, &list).code(), open) {
            (_, Some(open)) => Verdict::Merge(open, score),
            (Some(grade), None) => Verdict::Clue(score, grade),
            (None, None) => Verdict::TooLow(score),
        }
    }

    /// The rules met, the one that weighs most first: it speaks first and gives the clue its number.
    pub fn order<'c>(&self, met: &Strongest<'c>) -> Vec<(&'c Candidate, &'c Hit)> {
        let mut list: Vec<(&Candidate, &Hit)> = met.values().copied().collect();
        list.sort_by_key(|(c, h)| (h.grade, std::cmp::Reverse(self.weight(&c.village, h.rule)), h.rule));
        list
    }
}

impl Hit {
    fn met(&self, weight: Option<i64>) -> Met {
        Met { grade: self.grade, weight, value: self.value, threshold: self.threshold, forced: self.forced }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::department::items;
    use crate::department::rules::{Grade, Standing};
    use crate::department::store::lines::Refused;

    fn candidate(village: &str, value: f64, refused: Vec<Refused>) -> Candidate {
        Candidate {
            record_id: Uuid::nil(),
            row_no: 1,
            name: String::new(),
            cipher: String::new(),
            place: String::new(),
            data_day: None,
            day: None,
            amount_fen: value as i64,
            relief_fen: 0,
            person_id: Uuid::nil(),
            household_id: Uuid::nil(),
            village: RegionCode::parse(village).unwrap(),
            standing: Standing::default(),
            hits: vec![Hit { rule: 0, grade: Grade::Low, value: Some(value), threshold: Some(1000.0), called: 0, forced: false }],
            shown: serde_json::Value::Null,
            open_clue: None,
            refused,
        }
    }

    #[test]
    fn each_household_is_judged_by_the_numbers_of_its_own_county() {
        let rules =
            vec![Active { rule: items::rules_of(items::find("31").unwrap()).unwrap()[2], id: Uuid::from_u128(7), version: 1 }];
        let local = |weight, cooldown| Local {
            numbers: Numbers::by(&|k| match k {
                "strength_max_pct" => 200,
                "level_high_score" => 70,
                "level_middle_score" => 40,
                "level_low_score" => 20,
                "cooldown_days" => cooldown,
                "cooldown_growth_pct" => 30,
                _ => 100,
            }),
            weights: vec![weight],
        };
        let counties = BTreeMap::from([("360121".to_owned(), local(Some(30), 180)), ("360123".to_owned(), local(Some(10), 30))]);
        let judge = Judge { rules: &rules, counties: &counties };
        let said = |village: &str, refused: &[(f64, f64)]| {
            let refused =
                refused.iter().map(|(most, days)| Refused { rule: Uuid::from_u128(7), most: *most, days: *days }).collect();
            let group = [candidate(village, 1000.0, refused)];
            judge.verdict(&group, strongest(&group), None)
        };
        assert_eq!(said("360121100200", &[]), Verdict::Clue(30, "3"));
        assert_eq!(said("360123100200", &[]), Verdict::TooLow(10));
        // ninety days ago: still cooling in the first county, long over in the second
        assert_eq!(said("360121100200", &[(900.0, 90.0)]), Verdict::Cooling);
        assert_eq!(said("360123100200", &[(900.0, 90.0)]), Verdict::TooLow(10));
        assert_eq!(said("360199100200", &[]), Verdict::TooLow(0), "a county without numbers sends nobody out");
    }
}
