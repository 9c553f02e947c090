//! Numbers this module decides by.

use base::{RegionCode, Result};
use chrono::NaiveDate;
use registry::numbers::{Defaults, Numbers};

static DEFAULTS: Defaults = Defaults::new(include_str!("../params.toml"));

/// The numbers of a region on a day.
pub(crate) fn numbers(region: &str, on: NaiveDate) -> Result<Numbers> {
    Ok(DEFAULTS.of(&RegionCode::parse(region)?, on))
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_default_says_what_it_is_and_where_it_comes_from() {
        assert_eq!(super::DEFAULTS.unclear().unwrap(), Vec::<String>::new());
    }
}
