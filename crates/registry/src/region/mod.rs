//! Regions: the codes of the five levels, their names, nature and validity; an in-memory directory of them, and the
//! audited import of a new official list that moves rows to successors. Knows no dataset by name.

mod directory;
mod http;
mod import;
mod seed;
mod store;
mod table;

pub use directory::{Found, Region, RegionKind, Regions};
pub(crate) use http::routes;
pub use import::{ImportPlan, Merge, MovedTable, Rename, Uncovered};
pub use seed::{DEMO_FUNCTIONAL_AREAS, OfficialRow, UNASSIGNED_PREFIXES, official_rows, poverty_counties};
pub use store::{import_apply, import_preview, seed, seed_demo_functional_areas};
pub use table::{NewRegion, parse_csv, parse_file, parse_rows};
