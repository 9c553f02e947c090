//! The regions every installation begins with: the shipped official list, the classes of counties, and the examples of
//! functional areas for demonstrations. Knows no SQL.

use super::directory::{Region, RegionKind};
use base::{Error, RegionCode, Result};
use chrono::NaiveDate;
use pinyin::ToPinyin;
use std::collections::HashMap;

/// `code,name` of the five levels, zstd; see `data/SOURCE.md`.
const OFFICIAL: &[u8] = include_bytes!("../../data/regions.csv.zst");

/// County-level codes that no place has; the address part of invented identity numbers (domain 01 附A A.4).
pub const UNASSIGNED_PREFIXES: [&str; 2] = ["360199", "360799"];

/// Functional areas used as examples in the demonstration, with codes of ours (36xx7x) under their city.
pub const DEMO_FUNCTIONAL_AREAS: [(&str, &str); 8] = [
    ("360171", "南昌高新技术产业开发区"),
    ("360172", "南昌经济技术开发区"),
    ("360471", "九江经济技术开发区"),
    ("360472", "庐山风景名胜区"),
    ("360771", "赣州经济技术开发区"),
    ("360971", "宜春经济技术开发区"),
    ("361171", "上饶经济技术开发区"),
    ("361172", "三清山风景名胜区"),
];

/// The 24 counties that left national poverty (domain 01 附A A.2, `*`); the 25th, 都昌, was named by the province.
const NATIONAL_POVERTY: [&str; 24] = [
    "360321", "360424", "360703", "360704", "360724", "360726", "360730", "360731", "360732", "360733", "360734", "360735",
    "360781", "360821", "360827", "360828", "360830", "360881", "361025", "361030", "361104", "361125", "361127", "361128",
];
const PROVINCIAL_POVERTY: [&str; 1] = ["360428"];
/// The 17 counties of the 罗霄山 area.
const LUOXIAO: [&str; 17] = [
    "360321", "360703", "360704", "360724", "360726", "360730", "360731", "360732", "360733", "360734", "360735", "360781",
    "360827", "360828", "360830", "360881", "361025",
];

/// One line of the shipped list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficialRow {
    pub code: String,
    pub name: String,
}

/// The shipped list, by code.
pub fn official_rows() -> Result<Vec<OfficialRow>> {
    let plain = zstd::decode_all(OFFICIAL)?;
    let mut reader = csv::Reader::from_reader(plain.as_slice());
    reader
        .records()
        .map(|line| {
            let line = line.map_err(Error::internal)?;
            Ok(OfficialRow { code: line[0].to_owned(), name: line[1].to_owned() })
        })
        .collect()
}

/// The codes (12 digits) of the 25 counties with their class of list C43: 01 national, 02 provincial.
pub fn poverty_counties() -> impl Iterator<Item = (String, &'static str)> {
    let national = NATIONAL_POVERTY.iter().map(|c| (format!("{c}000000"), "01"));
    national.chain(PROVINCIAL_POVERTY.iter().map(|c| (format!("{c}000000"), "02")))
}

/// Classes of a county by list C43, from the lists of the domain page.
pub(super) fn county_class(code: &str) -> Vec<String> {
    let county = &code[..6];
    let mut out = Vec::new();
    if code.ends_with("000000") {
        for (list, class) in [(&NATIONAL_POVERTY[..], "01"), (&PROVINCIAL_POVERTY[..], "02"), (&LUOXIAO[..], "03")] {
            if list.contains(&county) {
                out.push(class.to_owned());
            }
        }
    }
    out
}

/// Initials, a space and the whole pinyin of a name: `ncx nanchangxian`.
pub(super) fn pinyin_of(name: &str) -> String {
    let (mut initials, mut whole) = (String::new(), String::new());
    for (c, sound) in name.chars().zip(name.to_pinyin()) {
        match sound {
            Some(p) => {
                initials.push_str(p.first_letter());
                whole.push_str(p.plain());
            }
            None if c.is_ascii_alphanumeric() => {
                initials.push(c.to_ascii_lowercase());
                whole.push(c.to_ascii_lowercase());
            }
            None => {}
        }
    }
    format!("{initials} {whole}")
}

/// First day of regions whose own beginning is not recorded.
pub(super) fn beginning() -> NaiveDate {
    NaiveDate::from_ymd_opt(1949, 10, 1).expect("a date")
}

/// A current region of the given names; the caller knows that the code is well-formed.
pub(super) fn region(code: &RegionCode, name: &str, parent_full_name: &str, kind: RegionKind, from: NaiveDate) -> Region {
    let class = county_class(code.as_str());
    Region {
        code: code.as_str().to_owned(),
        name: name.to_owned(),
        full_name: format!("{parent_full_name}{name}"),
        level: code.level().number(),
        parent_code: code.parent().map(String::from),
        urban_rural_code: None,
        region_kind: kind,
        poverty_county_flag: class.iter().any(|c| c == "01" || c == "02"),
        county_class: class,
        village_class: Vec::new(),
        out_of_list_year: None,
        national_code: None,
        valid_from: from,
        valid_to: None,
        replaced_by: None,
        lon: None,
        lat: None,
        sort_no: sort_no(code),
        pinyin: pinyin_of(name),
    }
}

/// Order among siblings: the digits the parent does not have.
pub(super) fn sort_no(code: &RegionCode) -> i32 {
    let level = code.level();
    let above = base::Level::from_number(level.number() - 1).map_or(0, base::Level::digits);
    code.as_str()[above..level.digits()].parse().unwrap_or(0)
}

/// The shipped list as regions.
pub(super) fn official_regions() -> Result<Vec<Region>> {
    let mut full: HashMap<String, String> = HashMap::new();
    let mut out = Vec::new();
    for row in official_rows()? {
        let code = RegionCode::parse(&row.code)?;
        let above = code.parent().and_then(|p| full.get(p.as_str()).cloned()).unwrap_or_default();
        let region = region(&code, &row.name, &above, RegionKind::Statutory, beginning());
        if region.level < 5 {
            full.insert(region.code.clone(), region.full_name.clone());
        }
        out.push(region);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_list_has_the_counts_its_source_says() {
        let rows = official_regions().expect("the shipped list reads");
        let at = |level: i16| rows.iter().filter(|r| r.level == level).count();
        assert_eq!([at(1), at(2), at(3), at(4), at(5)], [1, 11, 100, 1767, 22080]);
        assert!(rows.windows(2).all(|w| w[0].code < w[1].code), "ordered and unique");
        let codes: std::collections::HashSet<_> = rows.iter().map(|r| r.code.as_str()).collect();
        assert!(rows.iter().all(|r| r.parent_code.as_deref().is_none_or(|p| codes.contains(p))), "no orphan");
    }

    #[test]
    fn twenty_five_counties_have_the_class_and_seventeen_are_of_luoxiao() {
        let rows = official_regions().expect("the shipped list reads");
        assert_eq!(rows.iter().filter(|r| r.poverty_county_flag).count(), 25);
        assert_eq!(rows.iter().filter(|r| r.county_class.iter().any(|c| c == "03")).count(), 17);
        assert_eq!(poverty_counties().count(), 25);
        let duchang = rows.iter().find(|r| r.code == "360428000000").expect("Duchang");
        assert_eq!((duchang.name.as_str(), duchang.county_class.as_slice()), ("都昌县", &["02".to_owned()][..]));
    }

    #[test]
    fn unassigned_prefixes_and_demo_areas_collide_with_no_real_region() {
        let rows = official_rows().expect("the shipped list reads");
        let demo = DEMO_FUNCTIONAL_AREAS.iter().map(|(c, _)| *c);
        for code in UNASSIGNED_PREFIXES.into_iter().chain(demo) {
            assert!(!rows.iter().any(|r| r.code.starts_with(code)), "{code}");
        }
    }

    #[test]
    fn pinyin_keeps_initials_and_the_whole() {
        assert_eq!(pinyin_of("南昌县"), "ncx nanchangxian");
    }
}
