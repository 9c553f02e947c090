//! The village that a line names. Pure: the names are given.

use registry::place_core;
use std::collections::HashMap;

/// A village: its code, and the names of county, town and village.
pub(super) type Named = (String, String, String, String);

/// Villages by the names people write: endings such as 村委会 are left out, the county may be.
#[derive(Default)]
pub(super) struct Places(HashMap<(String, String), Vec<(String, String)>>);

impl Places {
    pub(super) fn new(villages: Vec<Named>) -> Places {
        let mut out: HashMap<(String, String), Vec<(String, String)>> = HashMap::new();
        for (code, county, town, village) in villages {
            out.entry((town, place_core(&village).to_owned())).or_default().push((county, code));
        }
        Places(out)
    }

    /// Code of the village; none where names are missing, unknown, or those of several.
    pub(super) fn find(&self, county: &str, town: &str, village: &str) -> Option<&str> {
        if self.0.is_empty() || town.is_empty() || village.is_empty() {
            return None;
        }
        let all = self.0.get(&(town.to_owned(), place_core(village).to_owned()))?;
        let mut fit = all.iter().filter(|(c, _)| county.is_empty() || c == county);
        let (_, code) = fit.next()?;
        fit.next().is_none().then_some(code.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_village_is_found_by_its_names_where_they_are_those_of_one() {
        let row = |code: &str, county: &str, village: &str| (code.into(), county.into(), "三江镇".into(), village.into());
        let p = Places::new(vec![
            row("360121100201", "南昌县", "花亭村民委员会"),
            row("360123100201", "安义县", "花亭村民委员会"),
            row("360121100202", "南昌县", "三江社区居民委员会"),
        ]);
        assert_eq!(p.find("南昌县", "三江镇", "花亭村"), Some("360121100201"));
        assert_eq!(p.find("安义县", "三江镇", "花亭村委会"), Some("360123100201"));
        assert_eq!(p.find("", "三江镇", "花亭村"), None, "two counties have it");
        assert_eq!(p.find("", "三江镇", "三江社区"), Some("360121100202"));
        for (county, town, village) in [("进贤县", "三江镇", "花亭村"), ("南昌县", "", "花亭村"), ("南昌县", "三江镇", "新村")]
        {
            assert_eq!(p.find(county, town, village), None);
        }
    }
}
