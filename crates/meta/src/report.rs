//! Statistics: measures over datasets and views, counted by region at five levels or by another dimension.
//! A measure may be written once for every item of a list; [`Report::settle`] writes it out.

use crate::codes::CodeList;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    pub id: String,
    pub title: String,
    #[serde(default)]
    pub source: String,
    /// What is counted and when, in words (口径).
    #[serde(default)]
    pub definition: String,
    /// What the printed form asks for and the system holds no data of yet, in words; empty when nothing is missing.
    #[serde(default)]
    pub missing: String,
    /// Roles that may read it.
    pub roles: Vec<String>,
    /// Where the records behind a figure are shown, unless the measure says otherwise.
    #[serde(default)]
    pub rows: Option<Rows>,
    /// Pieces of conditions by name, written `{name}` in `where`.
    #[serde(default, rename = "let")]
    pub words: IndexMap<String, String>,
    /// What rows may be, beside regions.
    #[serde(default, rename = "dimension")]
    pub dimensions: Vec<Dimension>,
    #[serde(rename = "measure")]
    pub measures: Vec<Measure>,
}

/// The records behind a figure: those of `dataset` whose id stands in `column` of the source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rows {
    pub dataset: String,
    pub column: String,
}

/// A column by which rows may be grouped instead of regions.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dimension {
    pub key: String,
    pub label: String,
    /// Column of the sources in `of`; measures of other sources stay empty.
    pub column: String,
    /// Names of the values; without it a value is its own name.
    #[serde(default)]
    pub codes: Option<String>,
    /// Datasets and views that have the column.
    pub of: Vec<String>,
    /// Only the rows with the most of this measure.
    #[serde(default)]
    pub most: Option<String>,
    #[serde(default)]
    pub top: Option<usize>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregate {
    /// Rows that satisfy `where`.
    #[default]
    Count,
    /// Sum of `field` over rows that satisfy `where`.
    Sum,
    /// Distinct values of `field`.
    Distinct,
    /// Mean of `field`; null over nothing.
    Avg,
    /// Middle value of `field`; null over nothing.
    Median,
    /// Greatest value of `field`; null over nothing.
    Max,
    /// `numerator` ÷ `denominator`, both keys of this report; null when the denominator is 0.
    Ratio,
    /// (`numerator` − `denominator`) ÷ `denominator`: growth; null when the denominator is 0.
    Growth,
    /// `numerator` − `denominator`.
    Difference,
}

impl Aggregate {
    /// Reckoned from other measures of the report, not counted.
    pub fn is_derived(self) -> bool {
        matches!(self, Aggregate::Ratio | Aggregate::Growth | Aggregate::Difference)
    }
    /// Nothing counted means 0, and regions add up (distinct values only where no value lies in two regions).
    pub fn is_amount(self) -> bool {
        matches!(self, Aggregate::Count | Aggregate::Sum | Aggregate::Distinct)
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    #[serde(default)]
    pub key: String,
    #[serde(default)]
    pub label: String,
    /// Merged headers above the column, outermost first, parted by `/`.
    #[serde(default)]
    pub group: String,
    #[serde(default)]
    pub unit: String,
    #[serde(default)]
    pub definition: String,
    #[serde(default)]
    pub aggregate: Aggregate,
    #[serde(default)]
    pub dataset: Option<String>,
    /// A view of the database (`schema.name`) with a column `region_code`, instead of a dataset.
    #[serde(default)]
    pub view: Option<String>,
    #[serde(default)]
    pub field: Option<String>,
    /// SQL condition on the source's columns; `:period` is the month YYYYMM asked for, `:year` its year,
    /// `:month_start` and `:month_end` its first and last day.
    #[serde(default)]
    pub r#where: Option<String>,
    #[serde(default)]
    pub numerator: Option<String>,
    #[serde(default)]
    pub denominator: Option<String>,
    #[serde(default)]
    pub rows: Option<Rows>,
    /// Filters of the ledger that shows the records behind the figure, for readers; the engine uses `where`.
    #[serde(default)]
    pub drill: IndexMap<String, String>,
    /// This measure once for each item: `{code}`, `{label}` and `{where}` stand for the item's own (`{code2}`, `{label2}`,
    /// `{where2}` where it is a part of another measure with `each`).
    #[serde(default)]
    pub each: Option<Each>,
    /// With `each`: the measures of one item, side by side.
    #[serde(default)]
    pub of: Vec<Measure>,
}

/// A code list (items of the first level that are in use), or items of the report's own.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Each {
    Codes(String),
    Items(Vec<Item>),
}
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    pub code: String,
    pub label: String,
    #[serde(default)]
    pub r#where: String,
}

impl Measure {
    /// The dataset or view that is counted.
    pub fn source(&self) -> &str {
        self.view.as_deref().or(self.dataset.as_deref()).unwrap_or_default()
    }
    /// Whether the month asked for changes the figure.
    pub fn is_dated(&self) -> bool {
        self.r#where.as_ref().is_some_and(|w| w.contains(":period") || w.contains(":year") || w.contains(":month"))
    }
    /// Merged headers, outermost first.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.group.split('/').filter(|g| !g.is_empty())
    }

    /// With an item's own words put in; `depth` is empty, or `2` for the parts of a measure.
    fn fill(&self, item: &Item, depth: &str) -> Measure {
        let put = |t: &str| {
            t.replace(&format!("{{code{depth}}}"), &item.code)
                .replace(&format!("{{label{depth}}}"), &item.label)
                .replace(&format!("{{where{depth}}}"), &item.r#where)
        };
        let some = |t: &Option<String>| t.as_deref().map(put);
        Measure {
            key: put(&self.key),
            label: put(&self.label),
            group: put(&self.group),
            definition: put(&self.definition),
            field: some(&self.field),
            r#where: some(&self.r#where),
            numerator: some(&self.numerator),
            denominator: some(&self.denominator),
            drill: self.drill.iter().map(|(k, v)| (k.clone(), put(v))).collect(),
            each: None,
            of: Vec::new(),
            ..self.clone()
        }
    }
}

impl Report {
    /// Writes out measures with `each` and the words of `let`. Says what does not exist.
    pub(crate) fn settle<'a>(&mut self, codes: impl Fn(&str) -> Option<&'a CodeList>) -> Result<(), String> {
        let items_of = |m: &Measure| -> Result<Vec<Item>, String> {
            Ok(match &m.each {
                None => Vec::new(),
                Some(Each::Items(items)) => items.clone(),
                Some(Each::Codes(list)) => codes(list)
                    .ok_or_else(|| format!("measure {}: code list {list} does not exist", m.key))?
                    .items
                    .iter()
                    .filter(|i| i.parent.is_none() && !i.disabled)
                    .map(|i| Item { code: i.code.clone(), label: i.label.clone(), r#where: String::new() })
                    .collect(),
            })
        };
        let mut out = Vec::new();
        for m in std::mem::take(&mut self.measures) {
            if m.each.is_none() {
                out.push(m);
                continue;
            }
            let items = items_of(&m)?;
            let mut parts = Vec::new();
            for part in &m.of {
                match items_of(part)? {
                    inner if part.each.is_some() => parts.extend(inner.iter().map(|i| part.fill(i, "2"))),
                    _ => parts.push(part.clone()),
                }
            }
            for item in &items {
                if parts.is_empty() {
                    out.push(m.fill(item, ""));
                }
                // what stands above the parts holds for each of them
                out.extend(parts.iter().map(|part| {
                    let mut one = part.fill(item, "");
                    one.dataset = one.dataset.or_else(|| m.dataset.clone());
                    one.view = one.view.or_else(|| m.view.clone());
                    one.rows = one.rows.or_else(|| m.rows.clone());
                    let above = m.fill(item, "").group;
                    one.group = [above, one.group].into_iter().filter(|g| !g.is_empty()).collect::<Vec<_>>().join("/");
                    one
                }));
            }
        }
        for m in &mut out {
            if let Some(w) = &mut m.r#where {
                // a word may use another
                for _ in 0..3 {
                    for (name, text) in &self.words {
                        *w = w.replace(&format!("{{{name}}}"), text);
                    }
                }
            }
            if m.rows.is_none() && !m.aggregate.is_derived() {
                m.rows = match (&self.rows, &m.dataset) {
                    (Some(r), Some(d)) if *d != r.dataset => Some(r.clone()),
                    (_, Some(d)) => Some(Rows { dataset: d.clone(), column: "id".into() }),
                    (r, None) => r.clone(),
                };
            }
        }
        self.measures = out;
        Ok(())
    }
    pub fn measure(&self, key: &str) -> Option<&Measure> {
        self.measures.iter().find(|m| m.key == key)
    }
    /// The counted measure behind one: itself, or what the numerator comes from in the end (numerators stand before).
    pub fn counted<'a>(&'a self, m: &'a Measure) -> Option<&'a Measure> {
        let mut m = m;
        for _ in 0..self.measures.len() {
            if !m.aggregate.is_derived() {
                return Some(m);
            }
            m = self.measure(m.numerator.as_deref()?)?;
        }
        None
    }
    pub fn dimension(&self, key: &str) -> Option<&Dimension> {
        self.dimensions.iter().find(|d| d.key == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measure_is_written_out_for_each_item_and_words_are_put_in() {
        let mut r: Report = toml::from_str(
            r#"
            id = "x.y"
            title = "表"
            roles = ["A"]
            [let]
            known = "seen <= :period"
            open = "{known} and not done"
            [[measure]]
            each = [{ code = "a", label = "甲", where = "n = 1" }, { code = "b", label = "乙", where = "n = 2" }]
            group = "类/{label}"
            view = "s.v"
            rows = { dataset = "s.d", column = "d_id" }
            of = [
              { key = "n_{code}", label = "户", where = "{open} and {where}" },
              { key = "s_{code}", label = "率", aggregate = "ratio", numerator = "n_{code}", denominator = "all" },
            ]
            [[measure]]
            key = "all"
            label = "合计"
            dataset = "s.d"
            "#,
        )
        .unwrap();
        r.settle(|_| None).unwrap();
        let keys: Vec<&str> = r.measures.iter().map(|m| m.key.as_str()).collect();
        assert_eq!(keys, ["n_a", "s_a", "n_b", "s_b", "all"]);
        let n = r.measure("n_b").unwrap();
        assert_eq!(n.r#where.as_deref(), Some("seen <= :period and not done and n = 2"));
        assert_eq!((n.source(), n.groups().collect::<Vec<_>>(), n.is_dated()), ("s.v", vec!["类", "乙"], true));
        assert_eq!(n.rows, Some(Rows { dataset: "s.d".into(), column: "d_id".into() }));
        assert_eq!(r.measure("all").unwrap().rows, Some(Rows { dataset: "s.d".into(), column: "id".into() }));
        assert_eq!(r.measure("s_a").unwrap().numerator.as_deref(), Some("n_a"));
    }
}
