//! From what was looked up to a link, a question for a person, or nobody. Source: domain 05 §12.4.1 (K1–K5): a number and its name
//! link; a number with another name, and a name with its birth and village, are for a person to decide.

use crate::names::{Alike, alike};
use crate::repair::{Slip, readings};
use base::idcard;
use chrono::NaiveDate;
use serde::Serialize;
use uuid::Uuid;

/// What a line of a list says about somebody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Claim<'a> {
    pub number: &'a str,
    pub name: &'a str,
    pub birth: Option<NaiveDate>,
    /// Region code, as far as it is known; empty where it is not.
    pub place: &'a str,
}

/// Somebody of the register, as far as the decision needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: Uuid,
    pub name: String,
    pub birth: Option<NaiveDate>,
    pub place: String,
}

/// A number to look up, by its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    pub number: String,
    /// None: as it is written.
    pub slip: Option<Slip>,
}

/// How somebody was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    Number,
    Repaired(Slip),
    /// Name, birth and village.
    Person,
    /// Name and village, where no birth is known.
    Neighbour,
}

impl Method {
    pub fn label(self) -> String {
        match self {
            Method::Number => "证件号码相同".into(),
            Method::Repaired(s) => format!("证件号码修复（{}）", s.label()),
            Method::Person => "姓名、出生日期、村相同".into(),
            Method::Neighbour => "姓名、村相同".into(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Candidate {
    pub person: Uuid,
    pub method: Method,
    pub name: Alike,
    /// From 0 to 1.
    pub confidence: f64,
}

/// Why a person has to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The number is somebody's of another name.
    OtherName,
    /// Several fit equally well.
    Several,
    /// Nothing but name and place.
    Weak,
}

impl Why {
    pub fn sentence(self) -> &'static str {
        match self {
            Why::OtherName => "证件号码相同或相近但姓名不一致，请核对是否更名或冒用。",
            Why::Several => "有多人相符，请选定其中一人，或都不是。",
            Why::Weak => "只有姓名和地址相符，请核对后确认。",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Link(Candidate),
    /// For a person, the likeliest first.
    Ask(Why, Vec<Candidate>),
    Nobody,
}

/// The numbers to look up for a claim: as written, then as probably meant.
pub fn numbers(claim: &Claim<'_>, today: NaiveDate) -> Vec<Query> {
    let written = idcard::normalise(claim.number);
    if written.is_empty() {
        return vec![];
    }
    let mut out = readings(claim.number, claim.birth, today)
        .into_iter()
        .map(|(number, slip)| Query { number, slip: Some(slip) })
        .collect::<Vec<_>>();
    // the register may hold the slip itself
    if !out.iter().any(|q| q.number == written) {
        out.insert(0, Query { number: written, slip: None });
    }
    out
}

/// What the answers mean: `found` for the numbers, `near` the people of the place with this birth, or of this place where the list
/// gives no birth. A link needs the number and the name; everything else is asked.
pub fn decide(claim: &Claim<'_>, found: &[(Query, Person)], near: &[Person]) -> Outcome {
    let of = |q: &Query| q.slip.map_or(Method::Number, Method::Repaired);
    let mut all: Vec<Candidate> = Vec::new();
    for (query, p) in found {
        let (method, name) = (of(query), alike(claim.name, &p.name));
        all.push(Candidate { person: p.id, method, name, confidence: by_number(method, name, claim, p) });
    }
    for p in near {
        let name = alike(claim.name, &p.name);
        let born = claim.birth.is_some() && claim.birth == p.birth;
        let method = if born { Method::Person } else { Method::Neighbour };
        let confidence = match (born, name) {
            (true, Alike::Same) => 0.75,
            (true, Alike::Shape | Alike::Sound) => 0.65,
            (false, Alike::Same) => 0.5,
            _ => continue,
        };
        all.push(Candidate { person: p.id, method, name, confidence });
    }
    all.sort_by(|a, b| b.confidence.total_cmp(&a.confidence).then(a.person.cmp(&b.person)));
    let mut seen: Vec<Uuid> = Vec::new();
    all.retain(|c| {
        let new = !seen.contains(&c.person);
        seen.push(c.person);
        new && c.confidence > 0.0
    });
    let Some(best) = all.first().copied() else { return Outcome::Nobody };
    let rivals = all.iter().filter(|c| best.confidence - c.confidence < 0.05).count();
    let by_number = matches!(best.method, Method::Number | Method::Repaired(_));
    if by_number && best.name == Alike::Same {
        // two who hold one number, or two readings that both fit
        return if rivals == 1 { Outcome::Link(best) } else { Outcome::Ask(Why::Several, all) };
    }
    let why = match (by_number, rivals) {
        (true, _) => Why::OtherName,
        (false, 1) => Why::Weak,
        (false, _) => Why::Several,
    };
    Outcome::Ask(why, all)
}

/// How sure a number is with this name. A repaired number of another name is chance: eleven readings exist for any slip.
fn by_number(method: Method, name: Alike, claim: &Claim<'_>, p: &Person) -> f64 {
    let sure: f64 = match method {
        Method::Number => 1.0,
        Method::Repaired(Slip::Old | Slip::Certificate) => 0.99,
        Method::Repaired(Slip::Swapped) => 0.97,
        _ => 0.94,
    };
    let here = !claim.place.is_empty() && p.place.starts_with(claim.place.trim_end_matches('0'));
    match (name, method) {
        (Alike::Same, _) => sure,
        (Alike::Shape | Alike::Sound, _) => sure - if here { 0.12 } else { 0.2 },
        (Alike::OneOther, Method::Number) => 0.7,
        (Alike::OneOther, _) if here => 0.55,
        (Alike::Different, Method::Number) => 0.6,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(n: u128, name: &str) -> Person {
        let birth = "1985-03-12".parse().ok();
        Person { id: Uuid::from_u128(n), name: name.into(), birth, place: "360199100001".into() }
    }
    fn query(slip: Option<Slip>) -> Query {
        Query { number: "n".into(), slip }
    }
    fn claim() -> Claim<'static> {
        Claim { number: "n", name: "李大明", birth: "1985-03-12".parse().ok(), place: "360199100001" }
    }

    #[test]
    fn a_number_with_its_name_links_and_everything_else_is_asked() {
        let (he, other) = (person(1, "李大明"), person(2, "王秀英"));
        let link = |o: Outcome| match o {
            Outcome::Link(c) => Some((c.person, c.method)),
            _ => None,
        };
        let asks = |o: Outcome| match o {
            Outcome::Ask(why, l) => Some((why, l.len())),
            _ => None,
        };
        let c = claim();
        assert_eq!(link(decide(&c, &[(query(None), he.clone())], &[])), Some((he.id, Method::Number)));
        let swapped = query(Some(Slip::Swapped));
        let got = decide(&c, &[(swapped.clone(), he.clone()), (query(Some(Slip::OneWrong)), other.clone())], &[]);
        assert_eq!(link(got), Some((he.id, Method::Repaired(Slip::Swapped))));
        assert_eq!(asks(decide(&c, &[(query(None), other.clone())], &[])), Some((Why::OtherName, 1)));
        assert_eq!(decide(&c, &[(swapped, other)], &[]), Outcome::Nobody, "a reading of another name is chance");
        assert_eq!(asks(decide(&c, &[], std::slice::from_ref(&he))), Some((Why::Weak, 1)));
        let twin = Person { id: Uuid::from_u128(9), ..he.clone() };
        assert_eq!(asks(decide(&c, &[], &[he.clone(), twin.clone()])), Some((Why::Several, 2)));
        assert_eq!(asks(decide(&c, &[(query(None), he.clone()), (query(None), twin)], &[])), Some((Why::Several, 2)));
        // the right person by two ways is one candidate
        assert_eq!(link(decide(&c, &[(query(None), he.clone())], std::slice::from_ref(&he))), Some((he.id, Method::Number)));
        assert_eq!(decide(&Claim::default(), &[], &[]), Outcome::Nobody);
    }

    #[test]
    fn a_number_is_asked_for_as_written_and_as_meant() {
        let today = "2026-11-26".parse().unwrap();
        let right = "36019919850312104".to_owned();
        let right = format!("{right}{}", idcard::check_digit(&right).unwrap());
        fn c(number: &str) -> Claim<'_> {
            Claim { number, ..Claim::default() }
        }
        assert_eq!(numbers(&c(&right), today), [Query { number: right.clone(), slip: None }]);
        assert_eq!(numbers(&c(&right.to_lowercase()), today), [Query { number: right.clone(), slip: None }]);
        assert!(numbers(&c(""), today).is_empty());
        let mut b = right.clone().into_bytes();
        b.swap(12, 13);
        let wrong = String::from_utf8(b).unwrap();
        let all = numbers(&c(&wrong), today);
        assert_eq!(all[0], Query { number: wrong, slip: None });
        assert!(all.contains(&Query { number: right, slip: Some(Slip::Swapped) }));
    }
}
