//! A row of the schools' rolls is compared with the register when it is saved, and all of a term once more when the term is
//! compared: the register may have been put right since. Must not contain SQL.

pub(crate) mod rules;
mod store;

use crate::{engine, id_of, text};
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{FieldProblem, Result};
use chrono::NaiveDate;
use meta::Dataset;
use record::{Hook, Records, Row, Target};
use rules::Misnumbered;
use secure::TokenKind;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use store::{Known, Line};
use uuid::Uuid;

/// Rolls compared at a time.
const PAGE: i64 = 5000;

/// Named by the roll's description. Compares by the token of the identity number; the household of the person found decides
/// the region of nothing: a row stays where it was delivered, the verification stands at the village.
pub(crate) struct RollMatched;
#[async_trait]
impl Hook for RollMatched {
    async fn before_save(
        &self,
        records: &Records,
        tx: &mut ScopedTx,
        _: &Dataset,
        old: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        let same = |f: &str| old.is_some_and(|o| o.get(f) == new.get(f));
        if same("id_no") && same("name") {
            return Ok(vec![]);
        }
        let token = records.vault.token(TokenKind::IdCard, text(new, "id_no"));
        let name = text(new, "name").to_owned();
        let by_number = store::by_number(tx, &token[..]).await?;
        let batch = id_of(new, "batch_id").unwrap_or_default();
        let known = by_number.first().map(|p| p.name.as_str());
        let others = store::rolls_of(tx, batch, &token[..], id_of(new, "id")).await?;
        let result = rules::result(&name, known, others);
        new.insert("match_result".into(), json!(result));
        let found = by_number.first();
        new.insert("person_id".into(), json!(found.map(|p| p.id)));
        new.insert("household_id".into(), json!(found.map(|p| p.household)));
        Ok(vec![])
    }
}

/// What the comparison of a term's rolls came to.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Compared {
    by_result: BTreeMap<String, u64>,
    /// Rolls whose result is another than before.
    pub changed: u64,
}

impl Compared {
    pub(crate) fn all(&self) -> u64 {
        self.by_result.values().sum()
    }
    /// Rolls of a result (YL_MATCH_RESULT).
    pub(crate) fn of(&self, result: &str) -> u64 {
        self.by_result.get(result).copied().unwrap_or(0)
    }
}

/// Compares every roll of a term. `told` hears how many of how many are done, and may stop it.
pub(crate) async fn compare(
    tx: &mut ScopedTx,
    records: &Records,
    term: Uuid,
    told: impl Fn(u64, u64) -> Result<()>,
) -> Result<Compared> {
    let d = records.dataset("yulu.roll")?.clone();
    let all = u64::try_from(store::count(tx, term).await?).unwrap_or(0);
    let people = store::misnumbered(tx).await?;
    let misnumbered = Misnumbered::of(people.into_iter().map(|(k, born)| (k.clone(), k.name, born)));
    let mut out = Compared::default();
    let mut after = Uuid::nil();
    loop {
        told(out.all(), all)?;
        let page = store::lines(tx, term, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(out) };
        after = last.id;
        let mut targets = Vec::new();
        for line in &page {
            let (result, found) = decided(records, line, &misnumbered)?;
            *out.by_result.entry(result.to_owned()).or_default() += 1;
            targets.extend(change(line, result, found));
        }
        out.changed += targets.len() as u64;
        records.set_many(tx, &d, &targets, &Row::new(), &engine()).await?;
    }
}

/// The result of one roll and who it is.
fn decided(records: &Records, line: &Line, misnumbered: &Misnumbered<Known>) -> Result<(&'static str, Option<Known>)> {
    let by_number = rules::result(&line.name, line.known.as_ref().map(|k| k.name.as_str()), line.others);
    if line.known.is_some() {
        return Ok((by_number, line.known.clone()));
    }
    let Some(cipher) = &line.id_cipher else { return Ok((by_number, None)) };
    let plain = records.vault.open(cipher, &secure::place("yulu.roll", "id_no", &line.id))?;
    let born: Option<NaiveDate> = base::idcard::parse(plain.expose(), record::today()).birth;
    match born.and_then(|b| misnumbered.find(&line.name, b)) {
        Some(k) => Ok(("3", Some(k.clone()))),
        None => Ok((by_number, None)),
    }
}

/// What is written into a roll whose result is another than before.
fn change(line: &Line, result: &str, found: Option<Known>) -> Option<Target> {
    let fields = |result: Option<&str>, person: Option<Uuid>, household: Option<Uuid>| {
        Row::from_iter([
            ("match_result".to_owned(), Json::from(result)),
            ("person_id".to_owned(), json!(person)),
            ("household_id".to_owned(), json!(household)),
        ])
    };
    let old = fields(line.result.as_deref(), line.person, line.household);
    let own = fields(Some(result), found.as_ref().map(|k| k.id), found.as_ref().map(|k| k.household));
    (own != old).then(|| Target { id: line.id, region: line.region.clone(), row_version: line.row_version, own, old })
}
