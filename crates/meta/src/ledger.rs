//! A printed ledger: columns over rows of one dataset and what hangs together with them, in the order of the form.

use crate::codes::CodeList;
use crate::report::{Each, Item};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    pub id: String,
    pub title: String,
    #[serde(default)]
    pub source: String,
    /// Whose rows are listed; who may read (export) them may read (export) the ledger.
    pub dataset: String,
    /// Filters that always hold, in the words of a list.
    #[serde(default)]
    pub filter: IndexMap<String, String>,
    /// As in a list: a field, with `-` before it downwards.
    #[serde(default)]
    pub sort: String,
    /// What the form asks for and the system holds no data of yet, in words.
    #[serde(default)]
    pub missing: String,
    /// All fields of the dataset instead of columns.
    #[serde(default)]
    pub whole: bool,
    #[serde(default, rename = "column")]
    pub columns: Vec<LedgerColumn>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerColumn {
    pub label: String,
    /// Merged headers above, outermost first, parted by `/`.
    #[serde(default)]
    pub group: String,
    /// Where the value is found, see [`Step`]; steps are parted by ` > `.
    pub path: String,
    /// Once for each item, as in a report.
    #[serde(default, skip_serializing)]
    pub each: Option<Each>,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// `#`: the number of the row, or at the end of a way the number of rows found.
    Number,
    /// `@county`, `@place` …: the name of a region above the row; `@place` from county to village.
    Place(String),
    /// `field`: the value, or the row a reference means when another step follows.
    Field(String),
    /// `field=code`: a tick where the field is or holds that code.
    Tick(String, String),
    /// `module.dataset[field]`: the rows that refer to this one; with `!` behind, the last changed of them; with `?field=code`
    /// behind, those whose field is or holds that code.
    Those { dataset: String, field: String, last: bool, only: Option<(String, String)> },
    /// `step:20,30`: when the row came into one of these states first; `done:79,80` last.
    Entered { states: Vec<String>, last: bool },
    /// `by:40`: who led the row out of this state last.
    LedBy(String),
    /// `months:a,b`: whole months between two month fields.
    Months(String, String),
}

impl Step {
    /// None where the text is no step.
    pub fn parse(text: &str) -> Option<Step> {
        let t = text.trim();
        let list = |s: &str| s.split(',').map(|x| x.trim().to_owned()).collect::<Vec<_>>();
        if t == "#" {
            return Some(Step::Number);
        }
        if let Some(p) = t.strip_prefix('@') {
            return matches!(p, "province" | "city" | "county" | "town" | "village" | "place").then(|| Step::Place(p.into()));
        }
        for (word, last) in [("step:", false), ("done:", true)] {
            if let Some(s) = t.strip_prefix(word) {
                return Some(Step::Entered { states: list(s), last });
            }
        }
        if let Some(s) = t.strip_prefix("by:") {
            return Some(Step::LedBy(s.into()));
        }
        if let Some(s) = t.strip_prefix("months:") {
            let mut l = list(s).into_iter();
            return Some(Step::Months(l.next()?, l.next()?));
        }
        if let Some((dataset, rest)) = t.split_once('[') {
            let (field, tail) = rest.split_once(']')?;
            let only = match tail.strip_prefix('?') {
                Some(t) => Some(t.split_once('=').map(|(f, c)| (f.trim().to_owned(), c.trim().to_owned()))?),
                None => None,
            };
            return (only.is_some() || matches!(tail, "" | "!")).then(|| Step::Those {
                dataset: dataset.into(),
                field: field.into(),
                last: tail == "!",
                only,
            });
        }
        match t.split_once('=') {
            Some((f, code)) => Some(Step::Tick(f.into(), code.into())),
            None if t.is_empty() => None,
            None => Some(Step::Field(t.into())),
        }
    }
}

impl LedgerColumn {
    /// The steps of the path; a step that does not parse is left out and found by the lint.
    pub fn steps(&self) -> Vec<Step> {
        self.path.split('>').filter_map(Step::parse).collect()
    }
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.group.split('/').filter(|g| !g.is_empty())
    }
}

impl Ledger {
    pub(crate) fn settle<'a>(&mut self, codes: impl Fn(&str) -> Option<&'a CodeList>) -> Result<(), String> {
        let mut out = Vec::new();
        for c in std::mem::take(&mut self.columns) {
            let items: Vec<Item> = match &c.each {
                None => {
                    out.push(c);
                    continue;
                }
                Some(Each::Items(items)) => items.clone(),
                Some(Each::Codes(list)) => codes(list)
                    .ok_or_else(|| format!("column {}: code list {list} does not exist", c.label))?
                    .items
                    .iter()
                    .filter(|i| i.parent.is_none() && !i.disabled)
                    .map(|i| Item { code: i.code.clone(), label: i.label.clone(), r#where: String::new() })
                    .collect(),
            };
            out.extend(items.iter().map(|i| {
                let put = |t: &str| t.replace("{code}", &i.code).replace("{label}", &i.label);
                LedgerColumn { label: put(&c.label), group: put(&c.group), path: put(&c.path), each: None }
            }));
        }
        self.columns = out;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_read() {
        let those = |last| Step::Those { dataset: "m.d".into(), field: "f_id".into(), last, only: None };
        let some =
            Step::Those { dataset: "m.d".into(), field: "f_id".into(), last: false, only: Some(("why".into(), "02".into())) };
        for (text, step) in [
            ("#", Some(Step::Number)),
            ("@county", Some(Step::Place("county".into()))),
            ("@moon", None),
            ("name", Some(Step::Field("name".into()))),
            ("why=02", Some(Step::Tick("why".into(), "02".into()))),
            (" m.d[f_id]! ", Some(those(true))),
            ("m.d[f_id]", Some(those(false))),
            ("m.d[f_id]?why=02", Some(some)),
            ("m.d[f_id]?why", None),
            ("m.d[f_id", None),
            ("done:79,80", Some(Step::Entered { states: vec!["79".into(), "80".into()], last: true })),
            ("by:40", Some(Step::LedBy("40".into()))),
            ("months:a,b", Some(Step::Months("a".into(), "b".into()))),
            ("months:a", None),
            ("", None),
        ] {
            assert_eq!(Step::parse(text), step, "{text}");
        }
        let c = LedgerColumn { path: "m.d[f_id]! > why=02".into(), ..LedgerColumn::default() };
        assert_eq!(c.steps().len(), 2);
    }
}
