//! Words everybody uses: typed actors, region codes and scopes, dates, identity numbers, error kinds.
//! Must not know tokio, sqlx, axum or any table.

pub mod actor;
pub mod error;
pub mod region;
pub mod secret;

pub use actor::Actor;
pub use error::{Error, FieldProblem, Kind, Result};
pub use region::{Level, RegionCode, Scope};
pub use secret::Secret;
