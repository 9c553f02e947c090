//! A periodical in sentences over statistics (通报、分析报告): sections whose sentences hold figures, tables of the regions below in the
//! order of a figure, and lists of regions that fall behind.

use crate::Catalog;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bulletin {
    pub id: String,
    /// What it is called, without its period.
    pub title: String,
    #[serde(default)]
    pub source: String,
    pub every: Every,
    /// Roles that may make it.
    pub roles: Vec<String>,
    /// Short names of the reports it quotes.
    pub reports: IndexMap<String, String>,
    /// To whom it goes, at the end; empty: to nobody in particular.
    #[serde(default)]
    pub copies: String,
    #[serde(rename = "section")]
    pub sections: Vec<Section>,
}

/// How often it appears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    Month,
    Quarter,
}

impl Every {
    pub fn months(self) -> i32 {
        match self {
            Every::Month => 1,
            Every::Quarter => 3,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    pub title: String,
    /// Paragraphs. `{t01.open_households}` is a figure with its unit; `|change` behind it says how it moved since the period before
    /// (环比), `|year` since a year ago (同比), `|sum` adds up the months of the period; `{region}`, `{period}` and `{end}` stand for
    /// themselves. A sentence (up to 。 or ；) with a figure that is not known is left out.
    #[serde(default)]
    pub text: Vec<String>,
    #[serde(default)]
    pub table: Option<Table>,
    /// Sentences for each region below that is behind.
    #[serde(default)]
    pub behind: Vec<Behind>,
}

/// Figures of the regions below.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Columns, each `t04.done_share`, or `t04.dispatched as 派发` where the report's own heading does not stand for itself.
    pub columns: Vec<String>,
    /// The column that orders the rows, the best first; the order of the regions without it.
    #[serde(default)]
    pub order: Option<String>,
    /// The smallest figure is the best.
    #[serde(default)]
    pub least_first: bool,
}

/// Regions whose figure is worse than the whole's, or beyond a limit.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Behind {
    /// `t04.on_time_share`.
    pub figure: String,
    /// Above this it is behind.
    #[serde(default)]
    pub above: Option<f64>,
    /// Below the figure of the whole region it is behind.
    #[serde(default)]
    pub below_whole: bool,
    /// `{name}` is the region, `{figure}` its figure, `{whole}` that of the whole; figures may be quoted as in [`Section::text`].
    pub text: String,
}

/// A piece of a paragraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    /// A name: `region`, `period`, `end`, `name`, `figure`, `whole`.
    Word(String),
    Figure(Quote),
}

/// A quoted figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    pub report: String,
    pub key: String,
    pub how: How,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    Plain,
    Change,
    Year,
    Sum,
}

/// The figure of a column of a table, and the heading where it has its own.
pub fn column(text: &str) -> Option<(Quote, Option<&str>)> {
    match text.split_once(" as ") {
        Some((q, label)) => Some((Quote::parse(q)?, Some(label))),
        None => Some((Quote::parse(text)?, None)),
    }
}

impl Quote {
    /// `t04.done_share`, `t01.open_households|change`.
    pub fn parse(text: &str) -> Option<Quote> {
        let (path, how) = match text.split_once('|') {
            None => (text, How::Plain),
            Some((p, "change")) => (p, How::Change),
            Some((p, "year")) => (p, How::Year),
            Some((p, "sum")) => (p, How::Sum),
            Some(_) => return None,
        };
        let (report, key) = path.split_once('.')?;
        Some(Quote { report: report.to_owned(), key: key.to_owned(), how })
    }
}

/// The pieces of a paragraph, in order; a sentence with what cannot be read.
pub fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let end = rest[open..].find('}').map(|n| open + n).ok_or_else(|| format!("“{text}” has an open brace"))?;
        if open > 0 {
            out.push(Piece::Text(rest[..open].to_owned()));
        }
        let inner = &rest[open + 1..end];
        out.push(match inner {
            "region" | "period" | "end" | "name" | "figure" | "whole" => Piece::Word(inner.to_owned()),
            _ => Piece::Figure(Quote::parse(inner).ok_or_else(|| format!("“{{{inner}}}” is no figure"))?),
        });
        rest = &rest[end + 1..];
    }
    if !rest.is_empty() {
        out.push(Piece::Text(rest.to_owned()));
    }
    Ok(out)
}

impl Bulletin {
    /// All figures that are quoted, with where.
    pub fn quotes(&self) -> Result<Vec<Quote>, String> {
        let mut out = Vec::new();
        let quote = |t: &str| Quote::parse(t).ok_or_else(|| format!("“{t}” is no figure"));
        for s in &self.sections {
            for text in s.text.iter().chain(s.behind.iter().map(|b| &b.text)) {
                out.extend(pieces(text)?.into_iter().filter_map(|p| match p {
                    Piece::Figure(q) => Some(q),
                    _ => None,
                }));
            }
            for t in s.table.iter().flat_map(|t| &t.columns) {
                out.push(column(t).ok_or_else(|| format!("“{t}” is no figure"))?.0);
            }
            for t in s.table.iter().flat_map(|t| &t.order).chain(s.behind.iter().map(|b| &b.figure)) {
                out.push(quote(t)?);
            }
        }
        Ok(out)
    }
}

/// Every quoted figure exists, and whoever may make the bulletin may read what it quotes.
pub(crate) fn lint(c: &Catalog, b: &Bulletin, out: &mut Vec<String>) {
    let mut say = |text: String| out.push(format!("bulletin {}: {text}", b.id));
    for (short, id) in &b.reports {
        match c.report(id) {
            None => say(format!("{short} names unknown report {id}")),
            Some(r) => {
                for role in b.roles.iter().filter(|x| !r.roles.contains(x)) {
                    say(format!("{role} may not read {id}"));
                }
            }
        }
    }
    match b.quotes() {
        Err(why) => say(why),
        Ok(all) => {
            for q in all {
                let report = b.reports.get(&q.report).and_then(|id| c.report(id));
                if !report.is_some_and(|r| r.measures.iter().any(|m| m.key == q.key)) {
                    say(format!("no figure {}.{}", q.report, q.key));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paragraph_falls_into_text_words_and_figures() {
        let got = pieces("截至{end}，{region}有{t01.open|change}。").unwrap();
        assert_eq!(got.len(), 7);
        assert_eq!(got[1], Piece::Word("end".into()));
        assert_eq!(got[5], Piece::Figure(Quote { report: "t01".into(), key: "open".into(), how: How::Change }));
        assert!(pieces("{t01.open|often}").is_err());
        assert!(pieces("{t01").is_err());
        assert!(pieces("{nobody}").is_err());
    }
}
