//! The directory of regions in memory: about 24 thousand rows behind one `Arc`, replaced as a whole after an import.
//! Knows no SQL.

use base::{Scope, region::Level};
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::{Arc, RwLock};

/// Nature of a region (code list C42).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RegionKind {
    /// 法定区划
    Statutory,
    /// 功能区 (development zone, scenic area …) with a code of ours under its city.
    Functional,
}

impl RegionKind {
    /// The item of code list C42.
    pub fn code(self) -> &'static str {
        match self {
            RegionKind::Statutory => "0",
            RegionKind::Functional => "1",
        }
    }
    pub fn from_code(code: &str) -> RegionKind {
        if code == "1" { RegionKind::Functional } else { RegionKind::Statutory }
    }
}

/// One region (domain 01 §2.1).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Region {
    pub code: String,
    pub name: String,
    /// Names from the province down, without separators.
    pub full_name: String,
    /// 1 province … 5 village.
    pub level: i16,
    pub parent_code: Option<String>,
    pub urban_rural_code: Option<String>,
    pub region_kind: RegionKind,
    pub poverty_county_flag: bool,
    pub county_class: Vec<String>,
    pub village_class: Vec<String>,
    pub out_of_list_year: Option<i32>,
    pub national_code: Option<String>,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub replaced_by: Option<String>,
    pub lon: Option<f64>,
    pub lat: Option<f64>,
    pub sort_no: i32,
    /// Initials, a space, then the whole pinyin without tones: `ncx nanchangxian`.
    pub pinyin: String,
}

impl Region {
    /// Whether the region exists on `day` (`valid_to` is the last day).
    pub fn exists_at(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|end| day <= end)
    }
    /// Whether it has not been ended.
    pub fn is_current(&self) -> bool {
        self.valid_to.is_none()
    }
    pub fn level(&self) -> Level {
        Level::from_number(self.level).unwrap_or(Level::Village)
    }
}

/// A region found by text, with what the screen asks next.
#[derive(Clone, Debug)]
pub struct Found {
    pub region: Arc<Region>,
    pub has_children: bool,
}

#[derive(Default)]
struct Directory {
    by_code: HashMap<String, Arc<Region>>,
    children: HashMap<String, Vec<Arc<Region>>>,
    /// All regions by code.
    ordered: Vec<Arc<Region>>,
}

/// Handle on the directory; cheap to clone, safe to keep: after a `reload` every holder sees the new list.
#[derive(Clone, Default)]
pub struct Regions {
    inner: Arc<RwLock<Arc<Directory>>>,
}

/// Pads a code of 2, 4, 6 or 9 digits to 12.
fn padded(code: &str) -> String {
    format!("{:0<12}", code.trim())
}

impl Regions {
    /// The directory of the shipped official list, without a database.
    pub fn official() -> base::Result<Regions> {
        Ok(Regions::from_rows(super::seed::official_regions()?))
    }

    /// A directory of the given rows.
    pub fn from_rows(rows: Vec<Region>) -> Regions {
        let regions = Regions::default();
        regions.replace(rows);
        regions
    }

    pub(super) fn replace(&self, mut rows: Vec<Region>) {
        rows.sort_by(|a, b| a.code.cmp(&b.code));
        let mut next = Directory::default();
        for row in rows {
            let row = Arc::new(row);
            if let Some(parent) = &row.parent_code
                && row.is_current()
            {
                next.children.entry(parent.clone()).or_default().push(row.clone());
            }
            next.by_code.insert(row.code.clone(), row.clone());
            next.ordered.push(row);
        }
        for list in next.children.values_mut() {
            list.sort_by_key(|r| (r.sort_no, r.code.clone()));
        }
        *self.inner.write().unwrap_or_else(|e| e.into_inner()) = Arc::new(next);
    }

    fn now(&self) -> Arc<Directory> {
        self.inner.read().unwrap_or_else(|e| e.into_inner()).clone()
    }

    pub fn len(&self) -> usize {
        self.now().ordered.len()
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The region of a code (12 digits, or fewer that are padded), ended ones included.
    pub fn get(&self, code: &str) -> Option<Arc<Region>> {
        self.now().by_code.get(&padded(code)).cloned()
    }

    /// The name of a code, or the code itself when nobody knows it.
    pub fn name(&self, code: &str) -> String {
        self.get(code).map_or_else(|| code.to_owned(), |r| r.name.clone())
    }

    /// The regions from the province down to this one.
    pub fn path(&self, code: &str) -> Vec<Arc<Region>> {
        let now = self.now();
        let mut out = Vec::with_capacity(5);
        let mut at = now.by_code.get(&padded(code));
        while let Some(region) = at {
            out.push(region.clone());
            at = region.parent_code.as_ref().and_then(|p| now.by_code.get(p));
        }
        out.reverse();
        out
    }

    /// The current regions directly below, in their order.
    pub fn children(&self, code: &str) -> Vec<Arc<Region>> {
        self.now().children.get(&padded(code)).cloned().unwrap_or_default()
    }

    pub fn has_children(&self, code: &str) -> bool {
        self.now().children.get(&padded(code)).is_some_and(|c| !c.is_empty())
    }

    /// All current regions of one level inside a scope, by code.
    pub fn at_level(&self, scope: &Scope, level: Level) -> Vec<Arc<Region>> {
        let now = self.now();
        let from = now.ordered.partition_point(|r| r.code.as_str() < scope.lo.as_str());
        now.ordered[from..]
            .iter()
            .take_while(|r| r.code.as_str() < scope.hi.as_str())
            .filter(|r| r.level == level.number() && r.is_current())
            .cloned()
            .collect()
    }

    /// Every region, ended ones included, by code.
    pub fn all(&self) -> Vec<Arc<Region>> {
        self.now().ordered.clone()
    }

    /// Whether the code names a region that exists on that day.
    pub fn exists_at(&self, code: &str, day: NaiveDate) -> bool {
        self.get(code).is_some_and(|r| r.exists_at(day))
    }

    /// The region that has taken over, following mergers to the end.
    pub fn successor(&self, code: &str) -> Option<Arc<Region>> {
        let mut at = self.get(code)?;
        for _ in 0..16 {
            match at.replaced_by.as_deref().and_then(|next| self.get(next)) {
                Some(next) => at = next,
                None => break,
            }
        }
        Some(at)
    }

    /// Current regions inside `scope` that answer to `text`: digits are the beginning of a code; letters are pinyin
    /// (initials or the beginning of the whole); otherwise the name contains it. Several words narrow each other:
    /// the last one names the region, the earlier ones must occur in its full name. Best first.
    pub fn search(&self, text: &str, scope: &Scope, limit: usize) -> Vec<Found> {
        let text = text.trim().to_lowercase();
        let mut words: Vec<&str> = text.split_whitespace().collect();
        let Some(last) = words.pop() else { return Vec::new() };
        let now = self.now();
        let mut hits: Vec<(u8, i16, &Arc<Region>)> = now
            .ordered
            .iter()
            .filter(|r| r.is_current() && r.code.as_str() >= scope.lo.as_str() && r.code.as_str() < scope.hi.as_str())
            .filter(|r| words.iter().all(|w| r.full_name.contains(w)))
            .filter_map(|r| rank(r, last).map(|k| (k, r.level, r)))
            .collect();
        hits.sort_by(|a, b| (a.0, a.1, &a.2.code).cmp(&(b.0, b.1, &b.2.code)));
        hits.truncate(limit);
        hits.into_iter()
            .map(|(_, _, r)| Found { region: r.clone(), has_children: now.children.get(&r.code).is_some_and(|c| !c.is_empty()) })
            .collect()
    }
}

/// How well a region answers to one lower-case word; smaller is better.
fn rank(region: &Region, word: &str) -> Option<u8> {
    if word.bytes().all(|b| b.is_ascii_digit()) {
        return region.code.starts_with(word).then_some(if region.code == padded(word) { 0 } else { 1 });
    }
    if word.is_ascii() {
        let (initials, whole) = region.pinyin.split_once(' ')?;
        return match () {
            () if initials == word || whole == word => Some(0),
            () if whole.starts_with(word) || initials.starts_with(word) => Some(1),
            () => None,
        };
    }
    match region.name.find(word) {
        Some(0) if region.name.len() == word.len() => Some(0),
        Some(0) => Some(1),
        Some(_) => Some(2),
        None => region.full_name.ends_with(word).then_some(3),
    }
}

#[cfg(test)]
mod tests {
    use super::super::seed::official_regions;
    use super::*;
    use base::RegionCode;

    fn province() -> (Regions, Scope) {
        let regions = Regions::from_rows(official_regions().expect("the shipped list reads"));
        (regions, RegionCode::parse("36").expect("a code").scope())
    }

    #[test]
    fn the_directory_knows_names_paths_and_children() {
        let (regions, _) = province();
        assert_eq!(regions.name("360121"), "南昌县");
        assert_eq!(regions.name("999999"), "999999");
        let path: Vec<_> = regions.path("360121").iter().map(|r| r.name.clone()).collect();
        assert_eq!(path, ["江西省", "南昌市", "南昌县"]);
        assert_eq!(regions.children("36").len(), 11);
        assert!(regions.children("3601").iter().any(|r| r.name == "南昌县"));
        assert!(regions.has_children("360121") && !regions.has_children("999999"));
        let county = RegionCode::parse("360121").expect("a code").scope();
        assert!(regions.at_level(&county, Level::Town).iter().all(|t| t.code.starts_with("360121")));
    }

    #[test]
    fn search_takes_names_pinyin_and_codes() {
        let (regions, all) = province();
        for (text, code) in [
            ("南昌县", "360121000000"),
            ("ncx", "360121000000"),
            ("NanChangXian", "360121000000"),
            ("360121", "360121000000"),
            ("都昌", "360428000000"),
            ("江西 兴国县", "360732000000"),
        ] {
            let found = regions.search(text, &all, 10);
            assert!(found.iter().any(|f| f.region.code == code), "{text}");
        }
        let ganzhou = RegionCode::parse("3607").expect("a code").scope();
        assert!(regions.search("南昌县", &ganzhou, 10).is_empty());
        assert!(regions.search("  ", &all, 10).is_empty());
    }

    #[test]
    fn an_ended_region_is_known_but_not_offered() {
        let (_, all) = province();
        let mut rows = official_regions().expect("the shipped list reads");
        let ended = NaiveDate::from_ymd_opt(2026, 6, 30).expect("a date");
        let row = rows.iter_mut().find(|r| r.code == "360121000000").expect("Nanchang county");
        row.valid_to = Some(ended);
        row.replaced_by = Some("360124000000".into());
        let regions = Regions::from_rows(rows);
        assert!(regions.exists_at("360121", ended));
        assert!(!regions.exists_at("360121", ended.succ_opt().expect("a day")));
        assert!(regions.search("南昌县", &all, 5).iter().all(|f| f.region.code != "360121000000"));
        assert_eq!(regions.successor("360121").map(|r| r.code.clone()).as_deref(), Some("360124000000"));
    }
}
