//! What is true about the province and what was falsified on purpose: one JSON object a line in `truth.jsonl`, so that a
//! test or a demonstration can count hits and misses. Holds invented people only.

use crate::model::{Family, Village};
use serde::Serialize;
use std::io::Write;

/// One line of the truth file.
#[derive(Clone, Debug, PartialEq, Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Truth {
    /// A household that nobody watches is at risk; `item` of the department catalogue carries the evidence.
    Risk { household_no: String, region_code: String, risk: String, item: u8, person: Option<String>, amount_fen: i64 },
    /// A record breaks a rule of domain 01 §5.
    Error { household_no: String, region_code: String, rule: String, person: Option<u32>, note: String },
    /// A row of a delivered file was falsified: `what` happened to the key of this person.
    Dirty { file: String, row: u32, what: String, household_no: Option<String>, person: Option<u32> },
    /// A difference between this week's national files and next week's.
    Week { file: String, change: String, household_code: String, person_code: Option<String>, field: Option<String> },
}

/// The truths of one family.
pub fn of_family(village: &Village, family: &Family) -> Vec<Truth> {
    let mut out = Vec::new();
    if let Some(e) = &family.event {
        out.push(Truth::Risk {
            household_no: family.household_no.clone(),
            region_code: village.place.code.clone(),
            risk: e.risk.to_owned(),
            item: e.item,
            person: e.person.and_then(|no| family.person(no)).map(|p| p.id_no.clone()),
            amount_fen: e.amount,
        });
    }
    for p in &family.planted {
        out.push(Truth::Error {
            household_no: family.household_no.clone(),
            region_code: village.place.code.clone(),
            rule: p.rule.to_owned(),
            person: p.person,
            note: p.note.clone(),
        });
    }
    out
}

/// Appends truths to a file of lines.
pub fn write(out: &mut dyn Write, truths: &[Truth]) -> std::io::Result<()> {
    for t in truths {
        serde_json::to_writer(&mut *out, t)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
