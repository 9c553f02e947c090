//! The ground: regions with history, households, members, weekly sync.

pub mod region;

/// Tables of the register.
pub static MIGRATIONS: include_dir::Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/migrations");
