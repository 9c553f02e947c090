//! Region codes (12 digits) and scopes (half-open ranges of codes).
//! Source: 统计用区划代码和城乡划分代码编制规则; domain 01 §2.1. Significant length 2/4/6/9/12.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// The five levels of region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Province = 1,
    City = 2,
    County = 3,
    Town = 4,
    Village = 5,
}

impl Level {
    pub const ALL: [Level; 5] = [Level::Province, Level::City, Level::County, Level::Town, Level::Village];
    /// How many leading digits of the code are significant at this level.
    pub fn digits(self) -> usize {
        match self {
            Level::Province => 2,
            Level::City => 4,
            Level::County => 6,
            Level::Town => 9,
            Level::Village => 12,
        }
    }
    pub fn number(self) -> i16 {
        self as i16
    }
    pub fn from_number(n: i16) -> Option<Level> {
        Level::ALL.into_iter().find(|l| l.number() == n)
    }
    /// 省 市 县 乡 村
    pub fn label(self) -> &'static str {
        match self {
            Level::Province => "省",
            Level::City => "市",
            Level::County => "县",
            Level::Town => "乡",
            Level::Village => "村",
        }
    }
    /// The level below, or none for a village.
    pub fn below(self) -> Option<Level> {
        Level::from_number(self.number() + 1)
    }
}

/// A 12-digit region code, padded on the right with zeros above village level.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RegionCode(String);

impl RegionCode {
    /// Reads a code of 2, 4, 6, 9 or 12 digits and pads it to 12.
    pub fn parse(text: &str) -> Result<Self> {
        let t = text.trim();
        if t.len() > 12 || t.len() < 2 || !t.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Error::invalid("base.region_code", "区划代码应为 12 位数字，请从区划选择器中选取。"));
        }
        Ok(Self(format!("{t:0<12}")))
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The level that the trailing zeros say.
    pub fn level(&self) -> Level {
        let c = &self.0;
        if c[9..] != *"000" {
            Level::Village
        } else if c[6..9] != *"000" {
            Level::Town
        } else if c[4..6] != *"00" {
            Level::County
        } else if c[2..4] != *"00" {
            Level::City
        } else {
            Level::Province
        }
    }
    /// The region above at `level` (itself when it is of that level or above).
    pub fn ancestor(&self, level: Level) -> RegionCode {
        if self.level() <= level {
            return self.clone();
        }
        Self(format!("{:0<12}", &self.0[..level.digits()]))
    }
    pub fn parent(&self) -> Option<RegionCode> {
        Level::from_number(self.level().number() - 1).map(|l| self.ancestor(l))
    }
    /// Everything inside this region, itself included.
    pub fn scope(&self) -> Scope {
        let n = self.level().digits();
        let head: u64 = self.0[..n].parse().unwrap_or(0);
        Scope { lo: self.0.clone(), hi: format!("{:0<12}", format!("{:0n$}", head + 1)) }
    }
    pub fn contains(&self, other: &RegionCode) -> bool {
        self.scope().contains(other)
    }
}

impl TryFrom<String> for RegionCode {
    type Error = Error;
    fn try_from(s: String) -> Result<Self> {
        Self::parse(&s)
    }
}
impl From<RegionCode> for String {
    fn from(c: RegionCode) -> String {
        c.0
    }
}
impl std::fmt::Display for RegionCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Half-open range of region codes `[lo, hi)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    pub lo: String,
    pub hi: String,
}

impl Scope {
    pub fn contains(&self, code: &RegionCode) -> bool {
        self.lo.as_str() <= code.as_str() && code.as_str() < self.hi.as_str()
    }
    /// The regions this range lies in: all above where it begins, itself not among them.
    pub fn above(&self) -> Vec<RegionCode> {
        let mut out: Vec<RegionCode> = [Level::Province, Level::City, Level::County, Level::Town]
            .iter()
            .filter_map(|l| RegionCode::parse(self.lo.get(..l.digits())?).ok())
            .filter(|r| !self.contains(r))
            .collect();
        out.dedup();
        out
    }
    /// The part of `self` that lies inside `other`; none when they do not meet.
    pub fn meet(&self, other: &Scope) -> Option<Scope> {
        let lo = self.lo.clone().max(other.lo.clone());
        let hi = self.hi.clone().min(other.hi.clone());
        (lo < hi).then_some(Scope { lo, hi })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_parents_and_ranges_follow_the_digits() {
        for (code, level, parent, hi) in [
            ("360000000000", Level::Province, None, "370000000000"),
            ("360100000000", Level::City, Some("360000000000"), "360200000000"),
            ("360121000000", Level::County, Some("360100000000"), "360122000000"),
            ("360121100000", Level::Town, Some("360121000000"), "360121101000"),
            ("360121100201", Level::Village, Some("360121100000"), "360121100202"),
            ("369900000000", Level::City, Some("360000000000"), "370000000000"),
        ] {
            let c = RegionCode::parse(code).unwrap();
            assert_eq!(c.level(), level, "{code}");
            assert_eq!(c.parent().map(String::from), parent.map(String::from), "{code}");
            assert_eq!(c.scope().hi, hi, "{code}");
            assert!(c.contains(&c));
        }
    }

    #[test]
    fn a_neighbour_is_outside() {
        let a = RegionCode::parse("360121").unwrap();
        assert!(a.contains(&RegionCode::parse("360121100201").unwrap()));
        assert!(!a.contains(&RegionCode::parse("360122100201").unwrap()));
        assert!(!a.contains(&RegionCode::parse("3601").unwrap()));
    }

    #[test]
    fn a_range_lies_in_the_regions_above_it() {
        for (code, above) in [
            ("36", vec![]),
            ("3601", vec!["360000000000"]),
            ("360121", vec!["360000000000", "360100000000"]),
            ("360121100201", vec!["360000000000", "360100000000", "360121000000", "360121100000"]),
        ] {
            let found = RegionCode::parse(code).unwrap().scope().above();
            assert_eq!(found.iter().map(RegionCode::as_str).collect::<Vec<_>>(), above, "{code}");
        }
    }

    #[test]
    fn nonsense_is_refused_with_a_sentence() {
        for bad in ["", "3", "36x", "3601211002011", "三六"] {
            assert_eq!(RegionCode::parse(bad).unwrap_err().code, "base.region_code");
        }
    }
}
