//! Guessing is slowed, then stopped: by name and by address. Must not know passwords.

pub mod rules;
pub(crate) mod store;
