//! The module against a real PostgreSQL.

mod comparing;
mod story;
mod world;
