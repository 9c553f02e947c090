//! Regions by what people write in a sheet. Must not know which sheet.

use crate::region::Regions;
use base::RegionCode;
use std::sync::Arc;

/// Finds regions by names, as imports and deliveries ask.
pub struct Places(pub Arc<Regions>);

impl sheet::import::Places for Places {
    fn is_valid(&self, code: &RegionCode) -> bool {
        self.0.exists_at(code.as_str(), record::today())
    }
    fn by_names(&self, within: &RegionCode, names: &[&str]) -> Vec<RegionCode> {
        let mut found = vec![within.clone()];
        for name in names.iter().map(|n| n.trim()).filter(|n| !n.is_empty()) {
            let likely = found.iter().flat_map(|at| {
                let itself = self.0.get(at.as_str()).and_then(|r| likeness(&r.name, name)).map(|rank| (rank, at.clone()));
                let children = self.0.children(at.as_str()).into_iter();
                let below = children.filter_map(|r| Some((likeness(&r.name, name)?, RegionCode::parse(&r.code).ok()?)));
                itself.into_iter().chain(below).collect::<Vec<_>>()
            });
            let likely: Vec<(Likeness, RegionCode)> = likely.collect();
            let Some(best) = likely.iter().map(|(rank, _)| *rank).min() else { return vec![] };
            found = likely.into_iter().filter(|(rank, _)| *rank == best).map(|(_, code)| code).collect();
        }
        found
    }
}

/// How near a written name comes to an official one; the nearest wins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Likeness {
    Same,
    /// Another ending of the same kind: 花亭村 for 花亭村民委员会.
    Ending,
    /// Several endings left out: 花亭 for 花亭社区居民委员会.
    Core,
    /// A village where the official name is a residents' committee, or the other way round: a village that became a community.
    OtherKind,
}

const VILLAGE: [&str; 3] = ["村民委员会", "村委会", "村"];
const COMMUNITY: [&str; 3] = ["居民委员会", "居委会", "社区"];

/// Official names carry endings that people leave out or write otherwise.
fn likeness(official: &str, written: &str) -> Option<Likeness> {
    let written = written.trim();
    if official == written {
        return Some(Likeness::Same);
    }
    if core(official) != core(written) {
        return None;
    }
    match (kind(official), kind(written)) {
        (Some(a), Some(b)) if a != b => Some(Likeness::OtherKind),
        _ if once(official) == once(written) => Some(Likeness::Ending),
        _ => Some(Likeness::Core),
    }
}

/// True for a residents' committee, false for a village.
fn kind(name: &str) -> Option<bool> {
    let ends = |list: &[&str]| list.iter().any(|e| name.ends_with(e));
    if ends(&COMMUNITY) { Some(true) } else { ends(&VILLAGE).then_some(false) }
}

/// A name without its last ending; never empty.
fn once(name: &str) -> &str {
    VILLAGE.iter().chain(&COMMUNITY).find_map(|e| name.strip_suffix(e).filter(|rest| !rest.is_empty())).unwrap_or(name)
}

/// A name without its endings: 花亭 of 花亭村民委员会.
pub fn core(name: &str) -> &str {
    let rest = once(name);
    if rest == name { name } else { core(rest) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_wins_and_strangers_are_no_match() {
        use Likeness::*;
        for (official, written, expected) in [
            ("花亭村民委员会", "花亭村民委员会", Some(Same)),
            ("花亭村民委员会", "花亭村", Some(Ending)),
            ("花亭村民委员会", " 花亭村委会 ", Some(Ending)),
            ("花亭村民委员会", "花亭", Some(Ending)),
            ("花亭居民委员会", "花亭村民委员会", Some(OtherKind)),
            ("东湖社区居民委员会", "东湖社区", Some(Core)),
            ("东湖社区居民委员会", "东湖社区居委会", Some(Ending)),
            ("新村村民委员会", "新村", Some(Core)),
            ("花亭子村民委员会", "花亭村", None),
            ("村", "村民委员会", None),
        ] {
            assert_eq!(likeness(official, written), expected, "{official} / {written}");
        }
    }
}
