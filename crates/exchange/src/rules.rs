//! Decisions about a delivery without clock or IO: when a county is held, what a batch is called, which names a file may have.

use chrono::{Datelike, NaiveDate};

/// Limits in thousandths; parameters by region and date. Defaults: domain 01 §6.9 (消失>0.5% 或 变更>5%), 05 §12.1 (总量 1%).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub gone: i64,
    pub changed: i64,
    pub total: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { gone: 5, changed: 50, total: 10 }
    }
}

/// What a delivery would do to the rows of one dataset in one county.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows of the delivery.
    pub rows: i64,
    /// Rows that are here and expected in it.
    pub present: i64,
    pub added: i64,
    pub changed: i64,
    pub gone: i64,
}

/// Why a person must look, none when everything stays within the limits. `what` is the title of the dataset.
pub fn held(what: &str, t: &Tally, l: &Limits) -> Option<String> {
    if t.rows == 0 && t.present > 0 {
        return Some(format!("本批没有该县的“{what}”，未比对，原有 {} 条保持不变", t.present));
    }
    if t.present == 0 {
        return (t.added > 0).then(|| format!("“{what}”首次入库 {} 条", t.added));
    }
    let over = |n: i64, limit: i64| n * 1000 > t.present * limit;
    let share = |n: i64| {
        let thousandths = n * 10_000 / t.present;
        format!("{}.{:02}%", thousandths / 100, thousandths % 100)
    };
    let limit = |n: i64| format!("{}.{}%", n / 10, n % 10);
    let mut why = Vec::new();
    if over(t.gone, l.gone) {
        why.push(format!("“{what}”减少 {} 条（{}），超过 {}", t.gone, share(t.gone), limit(l.gone)));
    }
    if over(t.changed, l.changed) {
        why.push(format!("“{what}”变更 {} 条（{}），超过 {}", t.changed, share(t.changed), limit(l.changed)));
    }
    let moved = (t.added - t.gone).abs();
    if over(moved, l.total) {
        why.push(format!("“{what}”总数变动 {moved} 条（{}），超过 {}", share(moved), limit(l.total)));
    }
    (!why.is_empty()).then(|| why.join("；"))
}

/// `SYNC-202648-` (domain 05 §12.1: SYNC-YYYYWW-…); a running number follows.
pub fn batch_prefix(day: NaiveDate) -> String {
    let week = day.iso_week();
    format!("SYNC-{}{:02}-", week.year(), week.week())
}

/// The date in `…_20261126.xlsx` or `…_20261126_2.xlsx`.
pub fn date_in(name: &str) -> Option<NaiveDate> {
    let mut parts = stem(name).rsplit(['_', '-']);
    parts.find_map(|p| (p.len() == 8).then(|| NaiveDate::parse_from_str(p, "%Y%m%d").ok()).flatten())
}

/// A name without folders, ending, date and volume, folded.
pub fn base_name(name: &str) -> String {
    let mut rest = stem(name);
    while let Some((head, tail)) = rest.rsplit_once(['_', '-', ' ']) {
        if tail.is_empty() || !tail.bytes().all(|b| b.is_ascii_digit()) {
            break;
        }
        rest = head;
    }
    sheet::fold(rest)
}

fn stem(name: &str) -> &str {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    file.rsplit_once('.').map_or(file, |(s, _)| s)
}

/// A column as a description names it: `名称`, `名称#2`, `甲/乙` (the first 乙 after 甲).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted<'a> {
    pub after: Option<&'a str>,
    pub name: &'a str,
    pub occurrence: usize,
}

impl<'a> Wanted<'a> {
    /// A name that itself contains the sign (`致贫/返贫风险1`) is found whole first; see [`find`].
    pub fn parse(text: &'a str) -> Wanted<'a> {
        match text.rsplit_once('#').and_then(|(name, n)| Some((name, n.parse().ok()?))) {
            Some((name, n)) => Wanted { after: None, name, occurrence: n },
            None => Wanted { after: None, name: text, occurrence: 1 },
        }
    }
}

/// The number of the label that is meant, in folded labels.
pub fn find(labels: &[String], text: &str) -> Option<usize> {
    let want = Wanted::parse(text);
    let nth = |name: &str, n: usize, from: usize| {
        let name = sheet::fold(name);
        (from..labels.len()).filter(|i| labels[*i] == name).nth(n - 1)
    };
    nth(want.name, want.occurrence.max(1), 0).or_else(|| {
        let (anchor, name) = want.name.split_once('/')?;
        nth(name, want.occurrence.max(1), nth(anchor, 1, 0)? + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_county_is_held_only_beyond_its_limits() {
        let l = Limits::default();
        let t = |present, added, changed, gone| Tally { rows: 1000, present, added, changed, gone };
        for (tally, holds) in [
            (t(1000, 0, 0, 5), false),
            (t(1000, 6, 0, 6), true),
            (t(1000, 0, 50, 0), false),
            (t(1000, 0, 51, 0), true),
            (t(1000, 10, 0, 0), false),
            (t(1000, 11, 0, 0), true),
            (t(0, 3, 0, 0), true),
            (t(0, 0, 0, 0), false),
            (Tally { rows: 0, present: 7, ..Tally::default() }, true),
        ] {
            assert_eq!(held("户", &tally, &l).is_some(), holds, "{tally:?}");
        }
        let why = held("户", &t(1000, 0, 51, 6), &l).unwrap();
        assert_eq!(why, "“户”减少 6 条（0.60%），超过 0.5%；“户”变更 51 条（5.10%），超过 5.0%");
    }

    #[test]
    fn names_say_kind_and_day() {
        for (name, base, day) in [
            ("户信息_20261126.xlsx", "户信息", Some("2026-11-26")),
            ("a/人口信息_20261126_2.xlsx", "人口信息", Some("2026-11-26")),
            ("（自定义）监测对象信息.csv", "(自定义)监测对象信息", None),
        ] {
            assert_eq!(base_name(name), base);
            assert_eq!(date_in(name).map(|d| d.to_string()).as_deref(), day);
        }
        assert_eq!(batch_prefix(NaiveDate::from_ymd_opt(2026, 11, 26).unwrap()), "SYNC-202648-");
    }

    #[test]
    fn repeated_columns_are_told_apart_by_number_or_by_what_stands_before() {
        let labels: Vec<String> = ["甲", "时间", "乙", "时间", "致贫/返贫风险1", "甲"].iter().map(|s| sheet::fold(s)).collect();
        for (text, at) in
            [("时间", Some(1)), ("时间#2", Some(3)), ("乙/时间", Some(3)), ("致贫/返贫风险1", Some(4)), ("丙/时间", None)]
        {
            assert_eq!(find(&labels, text), at, "{text}");
        }
    }
}
