//! Words everybody uses: typed actors, region codes and scopes, dates, months, money, identity numbers, error kinds.
//! Must not know tokio, sqlx, axum or any table.
//!
//! - [`idcard`]: `parse(text, today) -> IdCard {text, kind, birth, sex, fault}`, `look_up_form`, `check_digit`, `upgrade`
//! - [`phone`]: `normalise_mobile`, `is_mobile`, `landline`, `normalise_bank`, `bank_card_ok`, `luhn`
//! - [`date`]: `parse`, `age_on`, `school_year_start`, `school_age_on`, `months_between`, `from_serial`
//! - [`month::Month`]: `parse`, `from_number`, `plus`, `until`, first and last day
//! - [`money`]: `parse` yuan to fen, `to_text`, `to_grouped_text`
//! - [`text`]: `half_width`, `squeeze`

pub mod actor;
pub mod date;
pub mod error;
pub mod idcard;
pub mod money;
pub mod month;
pub mod phone;
pub mod region;
pub mod secret;
pub mod text;

pub use actor::Actor;
pub use error::{Error, FieldProblem, Kind, Result};
pub use month::Month;
pub use region::{Level, RegionCode, Scope};
pub use secret::Secret;
