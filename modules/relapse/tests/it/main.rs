//! The module against a real PostgreSQL.

mod batch;
mod story;
mod world;
