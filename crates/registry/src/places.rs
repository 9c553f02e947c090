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
            let below = |at: &RegionCode| -> Vec<RegionCode> {
                let itself = self.0.get(at.as_str()).filter(|r| same(&r.name, name)).map(|_| at.clone());
                let children = self.0.children(at.as_str()).into_iter().filter(|r| same(&r.name, name));
                itself.into_iter().chain(children.filter_map(|r| RegionCode::parse(&r.code).ok())).collect()
            };
            found = found.iter().flat_map(below).collect();
        }
        found
    }
}

/// Official names carry endings that people leave out or write otherwise (村委会, 民委员会).
fn same(official: &str, written: &str) -> bool {
    let bare = |t: &str| {
        let t = t.trim();
        ["村民委员会", "居民委员会", "村委会", "居委会", "社区", "村"]
            .iter()
            .find_map(|e| t.strip_suffix(e))
            .unwrap_or(t)
            .to_owned()
    };
    official == written || bare(official) == bare(written)
}
