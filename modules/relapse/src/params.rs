//! Numbers this module decides by.

use base::RegionCode;
use chrono::NaiveDate;
use registry::numbers::Defaults;

pub(crate) static DEFAULTS: Defaults = Defaults::new(include_str!("../params.toml"));

/// The numbers of one region on one day.
pub struct Numbers;

impl Numbers {
    pub fn of(region: &RegionCode, on: NaiveDate) -> registry::numbers::Numbers {
        DEFAULTS.of(region, on)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_default_says_what_it_is_and_where_it_comes_from() {
        assert_eq!(super::DEFAULTS.unclear().unwrap(), Vec::<String>::new());
    }
}
