//! The directory of regions as the record engine asks it.

use crate::region::Regions;
use std::sync::{Arc, OnceLock};

/// Names and validity of regions, for engines.
pub struct Names(Arc<Regions>);

/// The directory of this process, for the picker's endpoints: the same for every request, reloaded in place.
static DIRECTORY: OnceLock<Arc<Regions>> = OnceLock::new();

impl Names {
    pub fn new(regions: Arc<Regions>) -> Names {
        DIRECTORY.get_or_init(|| regions.clone());
        Names(regions)
    }
}

/// The directory, once the server has loaded it.
pub(crate) fn directory() -> base::Result<&'static Arc<Regions>> {
    DIRECTORY.get().ok_or_else(|| base::Error::unavailable("registry.no_regions", "区划目录尚未就绪，请稍后再试。"))
}

impl report::Regions for Names {
    fn name(&self, code: &str) -> Option<String> {
        record::RegionNames::name(self, code)
    }
    fn below(&self, code: &base::RegionCode) -> Vec<base::RegionCode> {
        self.0.children(code.as_str()).iter().filter_map(|r| base::RegionCode::parse(&r.code).ok()).collect()
    }
}

impl record::RegionNames for Names {
    fn name(&self, code: &str) -> Option<String> {
        self.0.get(code).map(|r| r.name.clone())
    }
    fn is_valid(&self, code: &str) -> bool {
        self.0.exists_at(code, record::today())
    }
}
