//! What departments hand in and the rules over it, read from `departments.toml` and `warnings.toml`. Pure.

use base::{Error, Result};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What a cell of a column holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    #[default]
    Text,
    /// A whole number.
    Int,
    Number,
    /// Yuan.
    Money,
    Date,
    /// 是, 否 and their like.
    Yes,
}

/// A column: its words in the header and what it holds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    #[serde(default)]
    pub key: String,
    pub label: String,
    #[serde(default)]
    pub or: Vec<String>,
    #[serde(default)]
    pub required: bool,
    #[serde(default)]
    pub kind: Holds,
}

/// A text of a fact: which column, and the words it is read by (the first that stands in the cell; `=` before a word: the whole cell).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Take {
    pub of: String,
    #[serde(default)]
    pub is: Vec<(String, String)>,
}

/// What of a line is kept as a fact that rules hold the register against (ADR 58).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    pub kind: Option<Take>,
    pub grade: Option<Take>,
    pub state: Option<Take>,
    /// Column with yes or no.
    pub yes: Option<String>,
    /// Column with a number.
    pub number: Option<String>,
    /// Kinds that are kept; all when empty.
    #[serde(default)]
    pub only: Vec<String>,
    /// Columns that tell the facts of a person apart where a line has no serial number.
    #[serde(default)]
    pub by: Vec<String>,
    /// The kept amounts by income year instead of the lines.
    #[serde(default)]
    pub sum: bool,
}

/// An item of the catalogue (domain 01 §6.1).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    pub no: String,
    /// C36.
    pub dept: String,
    pub name: String,
    pub uses: Vec<String>,
    /// DATA_FREQ.
    pub frequency: String,
    #[serde(default)]
    pub note: String,
    /// The day of what happened.
    pub day: Option<Said>,
    /// The money it is about.
    pub amount: Option<Said>,
    /// What was paid of it by relief.
    pub relief: Option<Said>,
    #[serde(default, rename = "column")]
    pub columns: Vec<Said>,
    /// Amounts are kept for sums over twelve months.
    #[serde(default)]
    pub keep: bool,
    /// Each delivery lists everybody.
    #[serde(default)]
    pub whole: bool,
    /// A line may be about somebody who has left the family by it.
    #[serde(default)]
    pub gone: bool,
    /// What happened is kept, to be asked about together with what happened to others of the household.
    #[serde(default)]
    pub together: bool,
    /// What is kept for rules of comparison.
    pub fact: Option<Fact>,
    /// Lines that no rule could meet are left out before the register is asked.
    pub near: Option<String>,
}

impl Item {
    /// Every column with its key.
    pub fn said(&self) -> impl Iterator<Item = (&str, &Said)> {
        let own = [("day", &self.day), ("amount", &self.amount), ("relief", &self.relief)];
        let own = own.into_iter().filter_map(|(k, s)| s.as_ref().map(|s| (k, s)));
        own.chain(self.columns.iter().map(|s| (s.key.as_str(), s)))
    }
    /// Keys of the columns and what people call them.
    pub fn labels(&self) -> Vec<(String, String)> {
        self.said().map(|(k, s)| (k.to_owned(), s.label.clone())).collect()
    }
}

/// One of several thresholds: the first whose `when` holds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    pub when: Option<String>,
    pub is: String,
    pub called: String,
}

/// A warning rule (domain 01 §6.3).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub id: String,
    pub items: Vec<String>,
    pub title: String,
    /// C21.
    pub risk: Vec<String>,
    /// C20, the grade it has by itself.
    pub level: String,
    /// Key of the parameter with its weight; the lowest score of its grade when none.
    pub weight: Option<String>,
    pub when: Option<String>,
    /// What holds for one item only.
    #[serde(default)]
    pub only: BTreeMap<String, String>,
    pub value: Option<String>,
    pub threshold: Option<String>,
    #[serde(default)]
    pub thresholds: Vec<Threshold>,
    /// When its grade is at least middle; when it is high whatever the score.
    pub middle: Option<String>,
    pub high: Option<String>,
    pub tell: String,
    pub basis: String,
}

/// Rules that cannot be said yet.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotYet {
    pub ids: Vec<String>,
    pub reason: String,
}

#[derive(Deserialize)]
struct ItemFile {
    item: Vec<Item>,
}
#[derive(Deserialize)]
struct RuleFile {
    rule: Vec<Rule>,
    #[serde(default)]
    not_yet: Vec<NotYet>,
}

/// A risk of a whole village or county: an alarm, no clue.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Regional {
    pub id: String,
    pub title: String,
    /// RULE_SUBJECT.
    pub subject: String,
    /// C21.
    pub risk: Vec<String>,
    /// C20.
    pub level: String,
    /// What it asks, in words; reckoned in `alarm/store.rs`.
    pub expr: String,
    pub basis: String,
}

#[derive(Deserialize)]
struct RegionalFile {
    regional: Vec<Regional>,
}

static ITEMS: LazyLock<Result<ItemFile, String>> =
    LazyLock::new(|| toml::from_str(include_str!("../../departments.toml")).map_err(|e: toml::de::Error| e.to_string()));
static RULES: LazyLock<Result<RuleFile, String>> =
    LazyLock::new(|| toml::from_str(include_str!("../../warnings.toml")).map_err(|e: toml::de::Error| e.to_string()));

static REGIONAL: LazyLock<Result<RegionalFile, String>> =
    LazyLock::new(|| toml::from_str(include_str!("../../regional.toml")).map_err(|e: toml::de::Error| e.to_string()));

/// Risks of a whole village or county.
pub fn regional() -> Result<&'static [Regional]> {
    REGIONAL.as_ref().map(|f| f.regional.as_slice()).map_err(|e| Error::internal(e.clone()))
}

/// The catalogue.
pub fn all() -> Result<&'static [Item]> {
    ITEMS.as_ref().map(|f| f.item.as_slice()).map_err(|e| Error::internal(e.clone()))
}

/// One item by its number.
pub fn find(no: &str) -> Result<&'static Item> {
    all()?.iter().find(|i| i.no == no).ok_or_else(|| {
        Error::invalid("relapse.no_item", format!("部门数据目录中没有第 {} 项，请重新选择数据项。", meta::value::printable(no)))
    })
}

/// The rules over an item, in the order of their numbers.
pub fn rules_of(item: &Item) -> Result<Vec<&'static Rule>> {
    let rules = RULES.as_ref().map_err(|e| Error::internal(e.clone()))?;
    Ok(rules.rule.iter().filter(|r| r.items.contains(&item.no)).collect())
}

/// Whether a rule over the item asks who is new on its lists.
pub fn asks_who_is_new(item: &Item) -> Result<bool> {
    let texts = |r: &'static Rule| r.when.iter().chain(&r.middle).chain(&r.high).chain(r.only.get(&item.no));
    Ok(rules_of(item)?.into_iter().flat_map(texts).any(|t| t.contains("is_new")))
}

/// What is missing for the others.
pub fn not_yet() -> Result<&'static [NotYet]> {
    RULES.as_ref().map(|f| f.not_yet.as_slice()).map_err(|e| Error::internal(e.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn facts_are_taken_from_columns_that_the_items_have() {
        let kept: Vec<&Item> = all().unwrap().iter().filter(|i| i.fact.is_some()).collect();
        assert!(kept.len() > 20, "{}", kept.len());
        for i in kept {
            let f = i.fact.as_ref().unwrap();
            let has = |key: &str, holds: Holds| i.columns.iter().any(|c| c.key == key && c.kind == holds);
            for t in [&f.kind, &f.grade, &f.state].into_iter().flatten() {
                assert!(has(&t.of, Holds::Text), "item {}: {}", i.no, t.of);
                assert!(t.is.iter().all(|(word, says)| !word.is_empty() && !says.is_empty()), "item {}", i.no);
            }
            assert!(f.yes.as_ref().is_none_or(|k| has(k, Holds::Yes)), "item {}", i.no);
            assert!(f.number.as_ref().is_none_or(|k| has(k, Holds::Number)), "item {}", i.no);
            let apart = |k: &String| i.said().any(|(key, _)| key == k);
            assert!(f.by.iter().all(apart), "item {}", i.no);
            assert!(!f.sum || i.keep, "item {}: only kept amounts add up", i.no);
            let says: Vec<&String> = f.kind.iter().flat_map(|t| t.is.iter().map(|(_, says)| says)).collect();
            assert!(f.only.iter().all(|k| says.contains(&k)), "item {}: only", i.no);
        }
        assert!(asks_who_is_new(find("7").unwrap()).unwrap() && !asks_who_is_new(find("10").unwrap()).unwrap());
    }

    #[test]
    fn all_items_and_all_rules_of_the_domain_are_said_or_explained() {
        let items: BTreeSet<&str> = all().unwrap().iter().map(|i| i.no.as_str()).collect();
        for n in 1..=44 {
            assert!(items.contains(n.to_string().as_str()), "item {n}");
        }
        assert!(["F1", "F2", "F3"].iter().all(|n| items.contains(n)));
        let rules = RULES.as_ref().unwrap();
        let said = rules.rule.iter().map(|r| r.id.as_str());
        let said: BTreeSet<&str> = said.chain(regional().unwrap().iter().map(|r| r.id.as_str())).collect();
        let not: BTreeSet<&str> = not_yet().unwrap().iter().flat_map(|n| n.ids.iter().map(String::as_str)).collect();
        for n in 1..=40 {
            let id = format!("W{n:02}");
            assert!(said.contains(id.as_str()) != not.contains(id.as_str()), "{id}");
        }
        for r in &rules.rule {
            assert!(r.items.iter().all(|i| items.contains(i.as_str())), "{}", r.id);
        }
    }
}
