//! The module against a real PostgreSQL.

mod batch;
mod lines;
mod story;
mod visit;
mod way;
mod world;
