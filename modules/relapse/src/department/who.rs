//! Who a line is about, from what the register answered: a link, candidates for a person to choose from, or nobody. Pure; the cascade
//! itself is the room `matching` (domain 05 §12.4.1 K1–K5).

use chrono::NaiveDate;
use matching::names::Alike;
use matching::repair::Slip;
use matching::{Candidate, Claim, Method, Outcome, Person, Query, Why, decide};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A line that no number and name together have settled.
#[derive(Default)]
pub(super) struct Line {
    pub name: String,
    pub birth: Option<NaiveDate>,
    /// Code of the village, empty where it is not known.
    pub village: String,
    /// Holders of its number, as written (no slip) or as probably meant.
    pub found: Vec<(Query, Person)>,
    /// People of its village with its birth, or with its name where it gives no birth.
    pub near: Vec<Person>,
}

/// By the number of the row.
pub(super) type Lines = BTreeMap<i32, Line>;

/// A line linked, or one that may be about this person.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub row_no: i32,
    pub person: Uuid,
    /// MATCH_METHOD.
    pub method: &'static str,
    /// NAME_ALIKE.
    pub alike: &'static str,
    /// MATCH_WHY; empty of a link.
    pub why: &'static str,
    pub sure: f64,
}

impl Line {
    /// Adds a holder of the number; one person in two households (moved, married) counts once, as the first of them.
    pub(super) fn add(&mut self, slip: Option<Slip>, p: Person) {
        let same = |(q, o): &(Query, Person)| q.slip == slip && matching::names::fold(&o.name) == matching::names::fold(&p.name);
        if slip.is_some() || !self.found.iter().any(same) {
            self.found.push((Query { number: String::new(), slip }, p));
        }
    }

    fn outcome(&self) -> Outcome {
        let claim = Claim { number: "", name: &self.name, birth: self.birth, place: &self.village };
        decide(&claim, &self.found, &self.near)
    }
}

fn found(row_no: i32, c: &Candidate, why: &'static str) -> Found {
    Found { row_no, person: c.person, method: method(c), alike: alike(c.name), why, sure: c.confidence }
}

/// Takes the lines that are settled without a person out of `lines`.
pub(super) fn links(lines: &mut Lines) -> Vec<Found> {
    let mut out = Vec::new();
    lines.retain(|row_no, line| match line.outcome() {
        Outcome::Link(c) => {
            out.push(found(*row_no, &c, ""));
            false
        }
        _ => true,
    });
    out
}

/// What a person has to decide, the likeliest candidate of a line first. `refused`: who was said not to be the person of this line
/// before is not asked about again.
pub(super) fn asks(lines: &Lines, refused: &BTreeSet<(i32, Uuid)>) -> Vec<Found> {
    let mut out = Vec::new();
    for (row_no, line) in lines {
        if let Outcome::Ask(why, all) = line.outcome() {
            let open = all.iter().filter(|c| !refused.contains(&(*row_no, c.person)));
            out.extend(open.map(|c| found(*row_no, c, reason(why))));
        }
    }
    out
}

fn method(c: &Candidate) -> &'static str {
    match c.method {
        Method::Number if c.name == Alike::Same => "01",
        Method::Number => "02",
        Method::Repaired(Slip::Old) => "03",
        Method::Repaired(Slip::Certificate) => "04",
        Method::Person => "05",
        Method::Repaired(Slip::Swapped) => "06",
        Method::Repaired(Slip::OneWrong) => "07",
        Method::Repaired(Slip::Length) => "08",
        Method::Neighbour => "09",
    }
}

fn alike(a: Alike) -> &'static str {
    match a {
        Alike::Same => "01",
        Alike::Shape => "02",
        Alike::Sound => "03",
        Alike::OneOther => "04",
        Alike::Different => "05",
    }
}

fn reason(w: Why) -> &'static str {
    match w {
        Why::OtherName => "01",
        Why::Several => "02",
        Why::Weak => "03",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(n: u128, name: &str) -> Person {
        Person { id: Uuid::from_u128(n), name: name.into(), birth: "1985-03-12".parse().ok(), place: "360121100201".into() }
    }
    fn line(name: &str) -> Line {
        Line { name: name.into(), birth: "1985-03-12".parse().ok(), village: "360121100201".into(), ..Line::default() }
    }

    #[test]
    fn each_step_of_the_cascade_links_asks_or_leaves() {
        let mut lines = Lines::new();
        let mut take = |n: i32, name: &str, found: &[(Option<Slip>, Person)], near: &[Person]| {
            let mut l = line(name);
            found.iter().for_each(|(s, p)| l.add(*s, p.clone()));
            l.near = near.to_vec();
            lines.insert(n, l);
        };
        // K1 after folding; moved to another household, so that two rows hold the number
        take(1, "陈 建峯", &[(None, person(1, "陈建峰")), (None, person(2, "陈建峰"))], &[]);
        // K2
        take(2, "李大明", &[(None, person(3, "王秀英"))], &[]);
        // a number put right, of the same name and of another
        take(3, "李大明", &[(Some(Slip::OneWrong), person(4, "李大明")), (Some(Slip::OneWrong), person(5, "王秀英"))], &[]);
        take(4, "李大明", &[(Some(Slip::OneWrong), person(5, "王秀英"))], &[]);
        // K5, one and two
        take(5, "李大明", &[], &[person(6, "李大明")]);
        take(6, "李大明", &[], &[person(6, "李大明"), person(7, "李大名")]);
        take(7, "李大明", &[], &[person(8, "王秀英")]);
        let linked: Vec<(i32, u128, &str)> = links(&mut lines).iter().map(|f| (f.row_no, f.person.as_u128(), f.method)).collect();
        assert_eq!(linked, [(1, 1, "01"), (3, 4, "07")]);
        let asked = |refused: &[(i32, u128)]| -> Vec<(i32, u128, &'static str, &'static str, &'static str)> {
            let refused = refused.iter().map(|(r, p)| (*r, Uuid::from_u128(*p))).collect();
            asks(&lines, &refused).iter().map(|f| (f.row_no, f.person.as_u128(), f.method, f.alike, f.why)).collect()
        };
        let all = [(2, 3, "02", "05", "01"), (5, 6, "05", "01", "03"), (6, 6, "05", "01", "03"), (6, 7, "05", "03", "03")];
        assert_eq!(asked(&[]), all);
        assert_eq!(asked(&[(2, 3), (6, 6)]), [all[1], all[3]], "who was refused for the line is not asked about again");
    }
}
