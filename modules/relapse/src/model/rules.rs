//! A version of the model: which numbers it has, which of them holds for a county on a day, what is wrong with a draft, what the
//! outcomes suggest (domain 01 §6.4). No IO and no clock.

use crate::department::ask;
use crate::department::items::{self, Rule};
use crate::department::judge::{Active, Local};
use crate::department::rules::{KEYS, Numbers};
use crate::params::DEFAULTS;
use base::{Error, Result};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use uuid::Uuid;

/// A number of a version: where it holds and from when on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Value {
    pub key: String,
    /// Twelve digits of the province, a city or a county.
    pub region_code: String,
    pub valid_from: NaiveDate,
    pub value: i64,
}

/// A number as it is explained to people.
#[derive(Clone, Debug, Serialize)]
pub struct Known {
    pub key: String,
    pub title: String,
    pub unit: String,
    pub basis: String,
    /// As the program comes; none where a weight is the lowest score of the rule's grade.
    pub default: Option<i64>,
    /// Rules that speak of it; none for what scores every household.
    pub rules: Vec<String>,
}

/// Key of the weight of a rule.
pub fn weight_key(rule: &Rule) -> String {
    format!("{}_weight", rule.id.to_lowercase())
}

/// Every rule of the program, by its number.
pub fn all_rules() -> Result<BTreeMap<&'static str, &'static Rule>> {
    let mut out = BTreeMap::new();
    for item in items::all()? {
        out.extend(items::rules_of(item)?.into_iter().map(|r| (r.id.as_str(), r)));
    }
    Ok(out)
}

/// Every number a version has, by key.
pub fn known() -> Result<&'static BTreeMap<String, Known>> {
    static ALL: OnceLock<Result<BTreeMap<String, Known>, String>> = OnceLock::new();
    ALL.get_or_init(|| gather().map_err(|e| e.chain())).as_ref().map_err(|e| Error::internal(e.clone()))
}

fn gather() -> Result<BTreeMap<String, Known>> {
    let mut of: BTreeMap<String, BTreeSet<String>> = KEYS.iter().map(|k| ((*k).to_owned(), BTreeSet::new())).collect();
    for item in items::all()? {
        for r in items::rules_of(item)? {
            for key in ask::spoken_of(item, &[r])?.0 {
                of.entry(key).or_default().insert(r.id.clone());
            }
            of.entry(weight_key(r)).or_default().insert(r.id.clone());
        }
        for key in ask::near_params(item)? {
            of.entry(key).or_default();
        }
    }
    let defaults = DEFAULTS.all()?;
    let mut out = BTreeMap::new();
    for (key, rules) in of {
        let said = defaults.get(&key);
        if said.is_none() && !key.ends_with("_weight") {
            return Err(Error::internal(format!("no parameter {key}")));
        }
        out.insert(
            key.clone(),
            Known {
                title: said.map_or_else(|| "规则权重".to_owned(), |d| d.title.clone()),
                unit: said.map_or_else(|| "分".to_owned(), |d| d.unit.clone()),
                basis: said.map_or_else(|| "设计：不填时取等级最低分".to_owned(), |d| d.basis.clone()),
                default: said.map(|d| d.value),
                rules: rules.into_iter().collect(),
                key,
            },
        );
    }
    Ok(out)
}

/// Keys of the numbers that rules may speak of, in order: the columns laid beside the lines.
pub fn columns() -> Result<Vec<&'static str>> {
    Ok(known()?.values().filter(|k| k.default.is_some()).map(|k| k.key.as_str()).collect())
}

/// A version with its numbers.
#[derive(Clone, Debug)]
pub struct Set {
    pub id: Uuid,
    pub version: i32,
    by_key: BTreeMap<String, Vec<Value>>,
}

impl Set {
    pub fn new(id: Uuid, version: i32, values: Vec<Value>) -> Set {
        let mut by_key: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for v in values {
            by_key.entry(v.key.clone()).or_default().push(v);
        }
        Set { id, version, by_key }
    }

    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.by_key.values().flatten()
    }

    /// The number of a county (six digits) on a day: the county's own, else its city's, else the province's; of these the one that
    /// holds since last.
    pub fn at(&self, key: &str, county: &str, on: NaiveDate) -> Option<i64> {
        let values = self.by_key.get(key)?;
        [6, 4, 2].into_iter().find_map(|digits| {
            let place = format!("{:0<12}", county.get(..digits)?);
            let here = values.iter().filter(|v| v.region_code == place && v.valid_from <= on);
            here.max_by_key(|v| v.valid_from).map(|v| v.value)
        })
    }

    fn get(&self, key: &str, county: &str, on: NaiveDate) -> Option<i64> {
        self.at(key, county, on).or_else(|| known().ok()?.get(key)?.default)
    }

    /// What scores the households of a county, for the rules asked.
    pub fn local(&self, county: &str, on: NaiveDate, rules: &[Active]) -> Local {
        let numbers = Numbers::by(&|key| self.get(key, county, on).unwrap_or_default());
        let weights = rules.iter().map(|a| self.get(&weight_key(a.rule), county, on)).collect();
        Local { numbers, weights }
    }

    /// The numbers of a county in the order of [`columns`], at so many percent.
    pub fn row(&self, county: &str, on: NaiveDate, percent: i64) -> Result<Vec<f64>> {
        Ok(columns()?.iter().map(|k| self.get(k, county, on).unwrap_or_default() as f64 * percent as f64 / 100.0).collect())
    }
}

/// Something wrong (`error`) or to be looked at (`warning`) about a number of a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    pub key: String,
    pub region_code: String,
    pub severity: &'static str,
    pub text: String,
}

/// Numbers by which lines are kept: below a share of those in force a replay would miss lines.
fn kept_by() -> Result<BTreeSet<String>> {
    let mut out = BTreeSet::new();
    for item in items::all()? {
        out.extend(ask::near_params(item)?);
    }
    Ok(out)
}

/// What a draft says wrongly. `base` is the version in force, `exists` tells the regions there are, `floor_pct` how far down lines
/// are kept.
pub fn check(
    values: &[Value],
    base: &Set,
    today: NaiveDate,
    floor_pct: i64,
    exists: &dyn Fn(&str) -> bool,
) -> Result<Vec<Fault>> {
    let known = known()?;
    let mut out = Vec::new();
    let mut say = |severity, key: &str, region: &str, text: String| {
        out.push(Fault { key: key.to_owned(), region_code: region.to_owned(), severity, text });
    };
    let mut seen = BTreeSet::new();
    for v in values {
        let Some(k) = known.get(&v.key) else {
            say("error", &v.key, &v.region_code, "模型没有这个参数，请从列表中选择。".into());
            continue;
        };
        let level = base::RegionCode::parse(&v.region_code).map(|r| r.level());
        if !matches!(level, Ok(base::Level::Province | base::Level::City | base::Level::County)) || !exists(&v.region_code) {
            say("error", &v.key, &v.region_code, "适用区划应为省、设区市或县，请重新选择。".into());
        }
        if !seen.insert((&v.key, &v.region_code, v.valid_from)) {
            say("error", &v.key, &v.region_code, format!("同一区划在 {} 有两个值，请删去一个。", v.valid_from));
        }
        let (least, most) = range(&v.key, &k.unit);
        if !(least..=most).contains(&v.value) {
            say("error", &v.key, &v.region_code, format!("{}应在 {least} 到 {most} {}之间，现为 {}。", k.title, k.unit, v.value));
        }
    }
    let set = Set::new(Uuid::nil(), 0, values.to_vec());
    let kept_by = kept_by()?;
    let mut places: BTreeSet<&str> = values.iter().map(|v| v.region_code.as_str()).collect();
    let days: BTreeSet<NaiveDate> = values.iter().map(|v| v.valid_from).filter(|d| *d > today).chain([today]).collect();
    places.insert("360000000000");
    for place in places {
        for day in &days {
            let n = |key: &str| set.get(key, &place[..6.min(place.len())], *day).unwrap_or_default();
            for (low, high, text) in [
                ("level_low_score", "level_middle_score", "低风险分数线应低于中风险分数线。"),
                ("level_middle_score", "level_high_score", "中风险分数线应低于高风险分数线。"),
                ("w23_days", "w23_high_days", "饮水问题的高风险天数应多于起报天数。"),
                ("w01_share_pct", "w01_high_pct", "低收入身份累计自付的高风险比例应高于起报比例。"),
                ("w02_share_pct", "w02_high_pct", "一般农户累计自付的高风险比例应高于起报比例。"),
            ] {
                if n(low) >= n(high) {
                    say("error", high, place, text.to_owned());
                }
            }
            if n("w03_low_income_yuan") > n("w03_ordinary_yuan") {
                say("warning", "w03_low_income_yuan", place, "低收入身份的住院自付阈值高于一般农户，请核对。".into());
            }
            for key in &kept_by {
                let county = &place[..6.min(place.len())];
                if let (Some(d), Some(b)) = (set.get(key, county, *day), base.get(key, county, *day))
                    && d * 100 < b * floor_pct
                {
                    let text = format!("低于现行值 {b} 的 {floor_pct}%，回放看不到更低金额的记录，得到的线索数会偏少。");
                    say("warning", key, place, text);
                }
            }
        }
    }
    out.sort_by(|a, b| (a.severity, &a.key, &a.region_code, &a.text).cmp(&(b.severity, &b.key, &b.region_code, &b.text)));
    out.dedup();
    Ok(out)
}

/// The values a number may have, by what it counts.
fn range(key: &str, unit: &str) -> (i64, i64) {
    match unit {
        "分" if key.ends_with("_weight") => (0, 100),
        "分" => (1, 100),
        "%" if key == "covered_share_pct" => (1, 100),
        "%" => (0, 1000),
        "元" => (1, 10_000_000),
        "日" => (0, 1000),
        _ => (1, 1000),
    }
}

/// Outcomes of a rule in a month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Month {
    pub month: i32,
    pub finished: i64,
    pub included: i64,
    pub missed: i64,
}

/// What three months of a rule suggest (§6.4): precision below one percent for three months running, or households that were missed.
pub fn suggestion(months: &[Month]) -> Option<(&'static str, String)> {
    let missed: i64 = months.iter().map(|m| m.missed).sum();
    if missed > 0 {
        let text = format!("近 {} 个月漏报 {missed} 户，建议降低阈值或分数线。", months.len());
        return Some(("lower", text));
    }
    let weak = |m: &Month| m.finished > 0 && m.included * 100 < m.finished;
    if months.len() >= 3 && months.iter().all(weak) {
        let (done, hit) = months.iter().fold((0, 0), |(d, h), m| (d + m.finished, h + m.included));
        return Some((
            "raise",
            format!("连续 {} 个月精准率低于 1%（办结 {done} 条，纳入 {hit} 户），建议提高阈值。", months.len()),
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(key: &str, region: &str, from: &str, value: i64) -> Value {
        Value { key: key.into(), region_code: region.into(), valid_from: from.parse().unwrap(), value }
    }
    fn day(d: &str) -> NaiveDate {
        d.parse().unwrap()
    }

    #[test]
    fn the_nearest_place_counts_and_there_the_newest_day() {
        let set = Set::new(
            Uuid::nil(),
            1,
            vec![
                value("w17_yuan", "360000000000", "2020-01-01", 10_000),
                value("w17_yuan", "360000000000", "2026-01-01", 12_000),
                value("w17_yuan", "360700000000", "2026-01-01", 9_000),
                value("w17_yuan", "360724000000", "2026-07-01", 7_000),
            ],
        );
        for (county, on, want) in [
            ("360121", "2025-12-31", 10_000),
            ("360121", "2026-01-01", 12_000),
            ("360724", "2025-12-31", 10_000),
            ("360724", "2026-06-30", 9_000),
            ("360724", "2026-07-01", 7_000),
            ("360721", "2026-07-01", 9_000),
        ] {
            assert_eq!(set.at("w17_yuan", county, day(on)), Some(want), "{county} {on}");
        }
        assert_eq!(set.at("w32_yuan", "360121", day("2026-01-01")), None);
        assert_eq!(set.get("w32_yuan", "360121", day("2026-01-01")), Some(5000), "the default of the program");
    }

    #[test]
    fn a_draft_is_told_what_is_wrong_with_it() {
        let p = "360000000000";
        let base = Set::new(Uuid::nil(), 1, vec![value("w03_ordinary_yuan", p, "2020-01-01", 10_000)]);
        let said = |values: &[Value]| {
            let all = check(values, &base, day("2026-11-27"), 50, &|r| r != "360999000000").unwrap();
            all.iter().map(|f| format!("{} {}", f.severity, f.key)).collect::<Vec<_>>()
        };
        assert_eq!(said(&[value("w17_yuan", p, "2020-01-01", 12_000)]), Vec::<String>::new());
        assert_eq!(said(&[value("w99_yuan", p, "2020-01-01", 1)]), ["error w99_yuan"]);
        assert_eq!(said(&[value("w17_yuan", "360121100000", "2020-01-01", 1)]), ["error w17_yuan"]);
        assert_eq!(said(&[value("w17_yuan", "360999000000", "2020-01-01", 1)]), ["error w17_yuan"]);
        assert_eq!(said(&[value("w17_yuan", p, "2020-01-01", 0)]), ["error w17_yuan"]);
        let twice = [value("w17_yuan", p, "2020-01-01", 1), value("w17_yuan", p, "2020-01-01", 2)];
        assert_eq!(said(&twice), ["error w17_yuan"]);
        assert_eq!(said(&[value("level_low_score", p, "2027-01-01", 45)]), ["error level_middle_score"], "also on a later day");
        let low = [value("w03_ordinary_yuan", p, "2020-01-01", 4_900), value("w03_low_income_yuan", p, "2020-01-01", 4_000)];
        assert_eq!(said(&low), ["warning w03_ordinary_yuan"]);
    }

    #[test]
    fn outcomes_suggest_where_to_move_a_threshold() {
        let month = |finished, included, missed| Month { month: 202_609, finished, included, missed };
        let weak = month(200, 1, 0);
        assert_eq!(suggestion(&[weak, weak, weak]).unwrap().0, "raise");
        assert_eq!(suggestion(&[weak, weak, month(200, 2, 0)]), None, "one percent is enough");
        assert_eq!(suggestion(&[weak, weak]), None, "two months are too few");
        assert_eq!(suggestion(&[weak, weak, month(0, 0, 0)]), None, "a month without outcomes says nothing");
        assert_eq!(suggestion(&[weak, weak, month(200, 1, 3)]).unwrap().0, "lower", "who was missed weighs more");
    }

    #[test]
    fn every_number_of_a_rule_is_explained() {
        let known = known().unwrap();
        assert!(KEYS.iter().all(|k| known.contains_key(*k)));
        assert_eq!(known["w13_times"].rules, ["W13"]);
        assert!(known["w04_month_yuan"].rules.contains(&"W04".to_owned()));
        assert_eq!(known["w03_weight"].default, Some(30));
        assert_eq!(known["w01_weight"].default, None);
    }
}
