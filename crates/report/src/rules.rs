//! From counted figures to a table: rows in order, zeros where nothing was counted, totals, ratios, comparison with an
//! earlier month. No IO and no clock.

use crate::Only;
use base::month::Month;
use base::{Error, Level, RegionCode, Result};
use chrono::{DateTime, FixedOffset, Utc};
use meta::Report;
use meta::report::{Aggregate, Dimension, Measure};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;
use serde_json::{Map, Number, Value as Json};
use std::collections::{BTreeMap, BTreeSet};

/// Figures of one row by the key of the measure; a mean over nothing has none.
pub type Values = BTreeMap<String, Decimal>;

/// Row (region code, or value of a dimension) → figures, and the totals, counted and not added up (distinct values do not
/// add up).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    pub rows: BTreeMap<String, Values>,
    pub total: Values,
    /// Every change before this moment is counted; none: every change there is.
    pub asof: Option<DateTime<Utc>>,
}

impl Figures {
    pub fn join(&mut self, other: Figures) {
        for (row, values) in other.rows {
            self.rows.entry(row).or_default().extend(values);
        }
        self.total.extend(other.total);
        self.asof = match (self.asof, other.asof) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
}

/// Figures with what is known of them.
#[derive(Clone, Debug)]
pub struct Counted {
    pub figures: Figures,
    /// Keys that were counted; the others are not known, which is not nothing.
    pub known: BTreeSet<String>,
    /// 数据截至.
    pub asof: DateTime<Utc>,
    /// Kept at the end of the month, against reckoned from the rows as they are now.
    pub kept: bool,
}

#[derive(Clone, Debug, Serialize)]
pub struct ColumnHead {
    pub key: String,
    pub label: String,
    /// Merged headers above, outermost first, parted by `/`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub group: String,
    pub unit: String,
    pub definition: String,
    /// Whether the records behind it can be opened.
    pub drill: bool,
    /// Whether rows add up to the total.
    pub adds_up: bool,
}

#[derive(Clone, Debug, Serialize)]
pub struct TableRow {
    /// Region code, or the value of the dimension.
    pub region_code: String,
    pub region_name: String,
    /// 0 where rows are not regions.
    pub level: i16,
    pub values: Map<String, Json>,
    /// The same of the earlier month, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Map<String, Json>>,
}

/// The one value of a dimension that is looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Slice {
    pub key: String,
    pub label: String,
    pub value: String,
    pub name: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct Choice {
    pub key: String,
    pub label: String,
}

/// `GET /reports/{id}` of the HTTP contract.
#[derive(Clone, Debug, Serialize)]
pub struct ReportTable {
    pub id: String,
    pub title: String,
    /// YYYYMM.
    pub period: i32,
    pub region_code: String,
    pub region_name: String,
    /// 数据截至.
    pub asof: DateTime<Utc>,
    /// Whether the figures were kept at the end of the month.
    pub kept: bool,
    pub definition: String,
    /// What the form asks for and nobody has data of yet.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub missing: String,
    /// What rows may be beside regions, and what they are (empty: regions).
    pub dimensions: Vec<Choice>,
    pub by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub only: Option<Slice>,
    /// Heading of the first column.
    pub row_label: String,
    pub columns: Vec<ColumnHead>,
    pub rows: Vec<TableRow>,
    pub total: Total,
    /// The earlier month, YYYYMM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before_period: Option<i32>,
}
#[derive(Clone, Debug, Serialize)]
pub struct Total {
    pub values: Map<String, Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Map<String, Json>>,
}

fn beijing() -> FixedOffset {
    FixedOffset::east_opt(8 * 3600).expect("UTC+8 is a valid offset")
}

/// The local month of a moment.
pub fn month_of(at: DateTime<Utc>) -> Month {
    Month::of(at.with_timezone(&beijing()).date_naive())
}

/// A moment as people in China read it.
pub fn local_text(at: DateTime<Utc>) -> String {
    at.with_timezone(&beijing()).format("%Y-%m-%d %H:%M").to_string()
}

/// A month in words.
pub fn month_words(m: Month) -> String {
    format!("{}年{}月", m.year(), m.month())
}

/// What a table is about.
pub struct About<'a> {
    pub report: &'a Report,
    pub region: &'a RegionCode,
    pub period: Month,
    pub by: Option<&'a Dimension>,
}

/// A value of a dimension as it may stand in a condition: no quote, no escape, no place holder, not long.
pub(crate) fn clean(value: &str) -> Result<&str> {
    if value.chars().count() <= 100 && !value.contains(['\'', '\\', ':']) && !value.chars().any(char::is_control) {
        return Ok(value);
    }
    Err(Error::invalid("report.bad_slice", "“只看”的内容不对，请从统计表的行中重新选择。"))
}

/// The measure over the rows of one value. What is not filled in is the empty text, as where it is grouped by the column.
pub(crate) fn sliced(m: &Measure, only: Option<Only<'_>>) -> Measure {
    let Some(Only { dimension, value }) = only else { return m.clone() };
    let of = format!("coalesce(cast({} as text), '') = '{value}'", dimension.column);
    let r#where = Some(m.r#where.as_ref().map_or_else(|| of.clone(), |w| format!("({w}) and {of}")));
    Measure { r#where, ..m.clone() }
}

/// Arranges figures. `listed` are the rows that stand there whether or not anything was counted; a row that is not listed but
/// was counted (an ended code, a functional area, the asked region's own rows) comes behind them, so that the rows always add
/// up to the total.
pub fn table(
    about: &About<'_>,
    listed: Vec<String>,
    now: &Counted,
    before: Option<&(Month, Counted)>,
    name: impl Fn(&str) -> Option<String>,
) -> ReportTable {
    let About { report, region, period, by } = about;
    let known: BTreeSet<&str> = listed.iter().map(String::as_str).collect();
    let all = now.figures.rows.keys().chain(before.iter().flat_map(|b| b.1.figures.rows.keys()));
    let others: BTreeSet<&str> = all.map(String::as_str).filter(|c| !known.contains(c)).collect();
    let mut codes: Vec<String> = listed.iter().cloned().chain(others.iter().map(|c| (*c).to_owned())).collect();
    if let Some(d) = by
        && let Some(key) = &d.most
    {
        let much = |c: &str| now.figures.rows.get(c).and_then(|v| v.get(key)).copied().unwrap_or_default();
        codes.sort_by_key(|c| std::cmp::Reverse(much(c)));
        codes.retain(|c| !much(c).is_zero());
        codes.truncate(d.top.unwrap_or(usize::MAX));
    }
    let nothing = Values::new();
    let of = |c: &Counted, code: &str| values(report, c.figures.rows.get(code).unwrap_or(&nothing), &c.known);
    let rows = codes.iter().map(|code| {
        let own = by.is_none() && code == region.as_str() && region.level() != Level::Village;
        let label = name(code).unwrap_or_else(|| match by {
            // no name: an area without an official code, or a code that ended
            None => format!("其他功能区（{code}）"),
            Some(_) => code.clone(),
        });
        TableRow {
            region_code: code.clone(),
            region_name: if own { format!("{label}本级") } else { label },
            level: if by.is_some() { 0 } else { RegionCode::parse(code).map_or(0, |c| c.level().number()) },
            values: of(now, code),
            before: before.map(|(_, b)| of(b, code)),
        }
    });
    ReportTable {
        id: report.id.clone(),
        title: report.title.clone(),
        period: period.number(),
        region_code: region.as_str().to_owned(),
        region_name: if by.is_some() { None } else { name(region.as_str()) }.unwrap_or_else(|| region.as_str().to_owned()),
        asof: now.asof,
        kept: now.kept,
        definition: report.definition.clone(),
        missing: report.missing.clone(),
        dimensions: report.dimensions.iter().map(|d| Choice { key: d.key.clone(), label: d.label.clone() }).collect(),
        by: by.map(|d| d.key.clone()).unwrap_or_default(),
        only: None,
        row_label: by.map_or_else(|| "区划".to_owned(), |d| d.label.clone()),
        columns: report.measures.iter().map(|m| head(report, m)).collect(),
        rows: rows.collect(),
        total: Total {
            values: values(report, &now.figures.total, &now.known),
            before: before.map(|(_, b)| values(report, &b.figures.total, &b.known)),
        },
        before_period: before.map(|(m, _)| m.number()),
    }
}

fn head(report: &Report, m: &Measure) -> ColumnHead {
    let counted = report.counted(m);
    ColumnHead {
        key: m.key.clone(),
        label: m.label.clone(),
        group: m.group.clone(),
        unit: m.unit.clone(),
        definition: m.definition.clone(),
        drill: counted.is_some_and(|c| c.rows.is_some()),
        adds_up: m.aggregate.is_amount() || m.aggregate == Aggregate::Difference && amounts(report, m),
    }
}

/// Whether a difference is one of amounts, all the way down.
fn amounts(report: &Report, m: &Measure) -> bool {
    [&m.numerator, &m.denominator].into_iter().flatten().filter_map(|k| report.measure(k)).all(|x| match x.aggregate {
        Aggregate::Difference => x.key != m.key && amounts(report, x),
        a => a.is_amount(),
    })
}

fn values(report: &Report, counted: &Values, known: &BTreeSet<String>) -> Map<String, Json> {
    let mut out = Map::new();
    // what was reckoned, for what is reckoned from it further down
    let mut reckoned: BTreeMap<&str, Option<Decimal>> = BTreeMap::new();
    for m in &report.measures {
        let of = |key: &Option<String>| -> Option<Decimal> {
            let key = key.as_ref()?;
            if let Some(r) = reckoned.get(key.as_str()) {
                return *r;
            }
            if !known.contains(key) {
                return None;
            }
            let nothing = report.measure(key).is_some_and(|m| m.aggregate.is_amount()).then_some(Decimal::ZERO);
            counted.get(key).copied().or(nothing)
        };
        let pair = || of(&m.numerator).zip(of(&m.denominator));
        let own = || of(&Some(m.key.clone()));
        let value = match m.aggregate {
            Aggregate::Ratio => pair().and_then(|(n, d)| n.checked_div(d)).map(|r| share(r, m)),
            Aggregate::Growth => pair().and_then(|(n, d)| (n - d).checked_div(d)).map(|r| share(r, m)),
            Aggregate::Difference => pair().map(|(n, d)| n - d),
            Aggregate::Avg | Aggregate::Median if m.unit == "分" => own().map(|v| v.round()),
            Aggregate::Avg | Aggregate::Median => own().map(|v| v.round_dp(2)),
            _ => own(),
        };
        if m.aggregate.is_derived() {
            reckoned.insert(&m.key, value);
        }
        out.insert(m.key.clone(), value.map_or(Json::Null, number));
    }
    out
}

/// Four digits after the point; a percentage and anything with a unit have two, money is whole fen.
fn share(r: Decimal, m: &Measure) -> Decimal {
    match m.unit.as_str() {
        "%" => (r * Decimal::ONE_HUNDRED).round_dp(2),
        "分" => r.round(),
        "" => r.round_dp(4),
        _ => r.round_dp(2),
    }
}

fn number(d: Decimal) -> Json {
    match d.is_integer().then(|| d.to_i64()).flatten() {
        Some(n) => n.into(),
        None => d.to_f64().and_then(Number::from_f64).map_or(Json::Null, Json::Number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn report() -> Report {
        toml::from_str(
            r#"
            id = "x"
            title = "表"
            roles = ["A"]
            [[measure]]
            key = "all"
            label = "总数"
            aggregate = "count"
            dataset = "t.d"
            [[measure]]
            key = "done"
            label = "已办"
            aggregate = "count"
            dataset = "t.d"
            where = "state = '9'"
            [[measure]]
            key = "share"
            label = "办结率"
            unit = "%"
            aggregate = "ratio"
            numerator = "done"
            denominator = "all"
            "#,
        )
        .unwrap()
    }
    fn region(c: &str) -> RegionCode {
        RegionCode::parse(c).unwrap()
    }
    fn counted(rows: &[(&str, i64, i64)]) -> Counted {
        let pair = |a: i64, d: i64| BTreeMap::from([("all".to_owned(), a.into()), ("done".to_owned(), d.into())]);
        let sum = |f: fn(&(&str, i64, i64)) -> i64| rows.iter().map(f).sum::<i64>();
        Counted {
            figures: Figures {
                rows: rows.iter().map(|(c, a, d)| ((*c).to_owned(), pair(*a, *d))).collect(),
                total: pair(sum(|r| r.1), sum(|r| r.2)),
                asof: None,
            },
            known: ["all", "done"].into_iter().map(str::to_owned).collect(),
            asof: DateTime::parse_from_rfc3339("2026-11-30T17:00:00Z").unwrap().with_timezone(&Utc),
            kept: false,
        }
    }
    fn seen(t: &ReportTable) -> Vec<(&str, &str, Json)> {
        t.rows.iter().map(|r| (r.region_code.as_str(), r.region_name.as_str(), Json::Object(r.values.clone()))).collect()
    }

    #[test]
    fn a_slice_is_a_further_condition_and_takes_no_quotes() {
        let d: Dimension = toml::from_str("key = 'k'\nlabel = '类'\ncolumn = 'kind'\nof = ['t.d']").unwrap();
        let (r, only) = (report(), Some(Only { dimension: &d, value: "甲 2" }));
        let of = |k: &str| sliced(r.measure(k).unwrap(), only).r#where.unwrap();
        assert_eq!(of("all"), "coalesce(cast(kind as text), '') = '甲 2'");
        assert_eq!(of("done"), "(state = '9') and coalesce(cast(kind as text), '') = '甲 2'");
        assert!(clean("甲'").is_err() && clean(":year").is_err() && clean("a\\b").is_err() && clean("").is_ok());
    }

    #[test]
    fn a_figure_may_be_reckoned_from_a_reckoned_one() {
        let mut r = report();
        let more = r#"
            [[measure]]
            key = "left"
            label = "未办"
            aggregate = "difference"
            numerator = "all"
            denominator = "done"
            [[measure]]
            key = "left_share"
            label = "未办率"
            unit = "%"
            aggregate = "ratio"
            numerator = "left"
            denominator = "all"
            [[measure]]
            key = "lead"
            label = "相差"
            unit = "%"
            aggregate = "difference"
            numerator = "share"
            denominator = "left_share"
            "#;
        let more: Report = toml::from_str(&format!("id = 'y'\ntitle = '表'\nroles = ['A']\n{more}")).unwrap();
        r.measures.extend(more.measures);
        let known = ["all", "done"].into_iter().map(str::to_owned).collect();
        let counted = BTreeMap::from([("all".to_owned(), Decimal::from(8)), ("done".to_owned(), Decimal::from(2))]);
        let v = values(&r, &counted, &known);
        assert_eq!((&v["left"], &v["left_share"], &v["lead"]), (&json!(6), &json!(75), &json!(-50)));
        let head = |k: &str| head(&r, r.measure(k).unwrap());
        assert!(head("left").adds_up && !head("lead").adds_up, "percentages do not add up");
        assert!(values(&r, &BTreeMap::new(), &BTreeSet::new())["lead"].is_null(), "nothing is reckoned from what is not known");
    }

    #[test]
    fn listed_regions_have_rows_and_unlisted_ones_are_not_lost() {
        let f = counted(&[("360121100000", 3, 1), ("360121000000", 2, 2), ("360121900000", 1, 0)]);
        let names = |c: &str| (c != "360121900000").then(|| format!("名{}", &c[6..9]));
        let listed = vec!["360121100000".to_owned(), "360121101000".to_owned()];
        let (report, region) = (report(), region("360121"));
        let about = About { report: &report, region: &region, period: month_of(f.asof), by: None };
        let t = table(&about, listed, &f, None, names);
        assert_eq!(t.period, 202_612, "the month is the local one");
        assert_eq!(
            seen(&t),
            [
                ("360121100000", "名100", json!({"all": 3, "done": 1, "share": 33.33})),
                ("360121101000", "名101", json!({"all": 0, "done": 0, "share": null})),
                ("360121000000", "名000本级", json!({"all": 2, "done": 2, "share": 100})),
                ("360121900000", "其他功能区（360121900000）", json!({"all": 1, "done": 0, "share": 0})),
            ]
        );
        assert_eq!(Json::Object(t.total.values), json!({"all": 6, "done": 3, "share": 50}));
        assert_eq!(t.columns.iter().map(|c| c.adds_up).collect::<Vec<_>>(), [true, true, false], "ratios do not add up");
    }

    #[test]
    fn what_is_not_known_of_an_earlier_month_is_not_nothing() {
        let now = counted(&[("360121100000", 3, 1)]);
        let mut then = counted(&[("360121100000", 2, 1)]);
        then.known.remove("done");
        let (report, region) = (report(), region("360121"));
        let about = About { report: &report, region: &region, period: month_of(now.asof), by: None };
        let earlier = (Month::from_number(202_611).unwrap(), then);
        let t = table(&about, vec!["360121100000".to_owned()], &now, Some(&earlier), |c| Some(c.to_owned()));
        assert_eq!(Json::Object(t.rows[0].before.clone().unwrap()), json!({"all": 2, "done": null, "share": null}));
        assert_eq!(t.before_period, Some(202_611));
    }

    #[test]
    fn a_dimension_shows_the_most_of_a_measure_and_names_of_codes() {
        let f = counted(&[("a", 3, 1), ("b", 9, 2), ("", 1, 0), ("c", 0, 0)]);
        let (report, region) = (report(), region("360121"));
        let d: Dimension =
            toml::from_str("key = \"k\"\nlabel = \"规则\"\ncolumn = \"rule\"\nof = [\"t.d\"]\nmost = \"all\"\ntop = 2").unwrap();
        let about = About { report: &report, region: &region, period: month_of(f.asof), by: Some(&d) };
        let t = table(&about, vec![], &f, None, |c| Some(format!("规则{c}")));
        assert_eq!(t.rows.iter().map(|r| r.region_name.as_str()).collect::<Vec<_>>(), ["规则b", "规则a"]);
        assert_eq!(t.total.values["all"], json!(13), "the total is of all rows, not of those shown");
        assert_eq!(t.row_label, "规则");
    }
}
