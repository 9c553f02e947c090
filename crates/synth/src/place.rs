//! Where the households live: which villages are inhabited and by how many.

use crate::model::Place;
use base::{Level, RegionCode, Scope};
use registry::region::{RegionKind, Regions};
use std::collections::BTreeMap;

/// Households of an inhabited village, on average; a village of the province has about 300.
const PER_VILLAGE: u64 = 60;

/// Chooses villages evenly over counties, then over towns, and deals the households out.
pub fn choose(regions: &Regions, scope: &Scope, households: u64) -> Vec<Place> {
    let villages = regions.at_level(scope, Level::Village);
    // administrative villages (2xx) before communities; functional areas of ours have no villages
    let mut by_county: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for v in villages.iter().filter(|v| v.region_kind == RegionKind::Statutory && v.code.as_bytes()[9] == b'2') {
        by_county.entry(v.code[..6].to_owned()).or_default().push(v);
    }
    if by_county.is_empty() {
        for v in &villages {
            by_county.entry(v.code[..6].to_owned()).or_default().push(v);
        }
    }
    let total: usize = by_county.values().map(Vec::len).sum();
    if total == 0 || households == 0 {
        return Vec::new();
    }
    let wanted = usize::try_from(households.div_ceil(PER_VILLAGE)).unwrap_or(usize::MAX).clamp(by_county.len(), total);
    let wanted = wanted.min(usize::try_from(households).unwrap_or(usize::MAX));
    let counties: Vec<_> = by_county.values().collect();
    let mut shares = vec![0usize; counties.len()];
    let mut left = wanted;
    while left > 0 {
        let before = left;
        for (share, list) in shares.iter_mut().zip(&counties) {
            if left > 0 && *share < list.len() {
                *share += 1;
                left -= 1;
            }
        }
        if left == before {
            break;
        }
    }
    let mut chosen = Vec::new();
    for (share, list) in shares.iter().zip(&counties) {
        // striding through the ordered villages spreads them over the towns
        chosen.extend((0..*share).map(|i| list[i * list.len() / share]));
    }
    let count = chosen.len() as u64;
    let mut first = 0;
    chosen
        .iter()
        .enumerate()
        .map(|(number, v)| {
            let n = households / count + u64::from((number as u64) < households % count);
            let name =
                |level: Level| RegionCode::parse(&v.code).map(|c| regions.name(c.ancestor(level).as_str())).unwrap_or_default();
            let county = regions.get(&v.code[..6]);
            let place = Place {
                number,
                code: v.code.clone(),
                city: name(Level::City),
                county: name(Level::County),
                town: name(Level::Town),
                village: v.name.clone(),
                poverty_county: county.is_some_and(|c| c.poverty_county_flag),
                first,
                count: n,
            };
            first += n;
            place
        })
        .collect()
}
