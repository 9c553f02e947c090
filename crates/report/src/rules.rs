//! From figures by region to a table: rows in the order of the regions, zeros where nothing was counted, totals, ratios.
//! No IO and no clock.

use base::month::Month;
use base::{Level, RegionCode};
use chrono::{DateTime, FixedOffset, Utc};
use meta::Report;
use meta::report::Aggregate;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;
use serde_json::{Map, Number, Value as Json};
use std::collections::{BTreeMap, BTreeSet};

/// (region code, key of the measure) → figure, and the totals, counted and not added up (distinct values do not add up).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    pub by_region: BTreeMap<String, BTreeMap<String, Decimal>>,
    pub total: BTreeMap<String, Decimal>,
}

impl Figures {
    pub fn join(&mut self, other: Figures) {
        for (region, values) in other.by_region {
            self.by_region.entry(region).or_default().extend(values);
        }
        self.total.extend(other.total);
    }
}

#[derive(Clone, Debug, Serialize)]
pub struct ColumnHead {
    pub key: String,
    pub label: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub group: String,
    pub unit: String,
    pub definition: String,
    /// Whether the records behind it can be opened.
    pub drill: bool,
}

#[derive(Clone, Debug, Serialize)]
pub struct TableRow {
    pub region_code: String,
    pub region_name: String,
    pub level: i16,
    pub values: Map<String, Json>,
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
    pub definition: String,
    pub columns: Vec<ColumnHead>,
    pub rows: Vec<TableRow>,
    pub total: Total,
}
#[derive(Clone, Debug, Serialize)]
pub struct Total {
    pub values: Map<String, Json>,
}

/// The local month of a moment.
pub fn month_of(at: DateTime<Utc>) -> Month {
    Month::of(at.with_timezone(&FixedOffset::east_opt(8 * 3600).expect("UTC+8 is a valid offset")).date_naive())
}

/// Arranges figures. `listed` are the regions that get a row whether or not anything was counted there; a region that is
/// not listed but was counted (an ended code, a functional area, the asked region's own rows) comes behind them, so that the
/// rows always add up to the total.
pub fn table(
    report: &Report,
    region: &RegionCode,
    period: Month,
    asof: DateTime<Utc>,
    listed: Vec<RegionCode>,
    figures: &Figures,
    name: impl Fn(&str) -> Option<String>,
) -> ReportTable {
    let known: BTreeSet<&str> = listed.iter().map(RegionCode::as_str).collect();
    let others = figures.by_region.keys().filter(|c| !known.contains(c.as_str())).cloned();
    let codes: Vec<String> = listed.iter().map(|c| c.as_str().to_owned()).chain(others).collect();
    let nothing = BTreeMap::new();
    let rows = codes.iter().map(|code| {
        let label = name(code).unwrap_or_else(|| code.clone());
        let own = code == region.as_str() && region.level() != Level::Village;
        TableRow {
            region_code: code.clone(),
            region_name: if own { format!("{label}本级") } else { label },
            level: RegionCode::parse(code).map_or(0, |c| c.level().number()),
            values: values(report, figures.by_region.get(code).unwrap_or(&nothing)),
        }
    });
    ReportTable {
        id: report.id.clone(),
        title: report.title.clone(),
        period: period.number(),
        region_code: region.as_str().to_owned(),
        region_name: name(region.as_str()).unwrap_or_else(|| region.as_str().to_owned()),
        asof,
        definition: report.definition.clone(),
        columns: report
            .measures
            .iter()
            .map(|m| ColumnHead {
                key: m.key.clone(),
                label: m.label.clone(),
                group: m.group.clone(),
                unit: m.unit.clone(),
                definition: m.definition.clone(),
                drill: m.aggregate != Aggregate::Ratio,
            })
            .collect(),
        rows: rows.collect(),
        total: Total { values: values(report, &figures.total) },
    }
}

fn values(report: &Report, counted: &BTreeMap<String, Decimal>) -> Map<String, Json> {
    let of = |key: &Option<String>| key.as_ref().and_then(|k| counted.get(k)).copied().unwrap_or_default();
    report
        .measures
        .iter()
        .map(|m| {
            let value = match m.aggregate {
                Aggregate::Ratio => ratio(of(&m.numerator), of(&m.denominator), m.unit == "%"),
                _ => number(counted.get(&m.key).copied().unwrap_or_default()),
            };
            (m.key.clone(), value)
        })
        .collect()
}

/// Four digits after the point, two of a percentage; nothing over nothing is not known.
fn ratio(numerator: Decimal, denominator: Decimal, percent: bool) -> Json {
    if denominator.is_zero() {
        return Json::Null;
    }
    let r = numerator / denominator;
    number(if percent { (r * Decimal::ONE_HUNDRED).round_dp(2) } else { r.round_dp(4) })
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
    fn figures(rows: &[(&str, i64, i64)]) -> Figures {
        let pair = |a: i64, d: i64| BTreeMap::from([("all".to_owned(), a.into()), ("done".to_owned(), d.into())]);
        let sum = |f: fn(&(&str, i64, i64)) -> i64| rows.iter().map(f).sum::<i64>();
        Figures {
            by_region: rows.iter().map(|(c, a, d)| ((*c).to_owned(), pair(*a, *d))).collect(),
            total: pair(sum(|r| r.1), sum(|r| r.2)),
        }
    }

    #[test]
    fn listed_regions_have_rows_and_unlisted_ones_are_not_lost() {
        let at = DateTime::parse_from_rfc3339("2026-11-30T17:00:00Z").unwrap().with_timezone(&Utc);
        let f = figures(&[("360121100000", 3, 1), ("360121000000", 2, 2), ("360121900000", 1, 0)]);
        let names = |c: &str| (c != "360121900000").then(|| format!("名{}", &c[6..9]));
        let listed = vec![region("360121100"), region("360121101")];
        let t = table(&report(), &region("360121"), month_of(at), at, listed, &f, names);
        assert_eq!(t.period, 202612, "the month is the local one");
        let seen: Vec<(&str, &str, Json)> =
            t.rows.iter().map(|r| (r.region_code.as_str(), r.region_name.as_str(), Json::Object(r.values.clone()))).collect();
        assert_eq!(
            seen,
            [
                ("360121100000", "名100", json!({"all": 3, "done": 1, "share": 33.33})),
                ("360121101000", "名101", json!({"all": 0, "done": 0, "share": null})),
                ("360121000000", "名000本级", json!({"all": 2, "done": 2, "share": 100})),
                ("360121900000", "360121900000", json!({"all": 1, "done": 0, "share": 0})),
            ]
        );
        assert_eq!(Json::Object(t.total.values), json!({"all": 6, "done": 3, "share": 50}));
    }
}
