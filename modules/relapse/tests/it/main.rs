//! The module against a real PostgreSQL.

mod alarm;
mod batch;
mod compare;
mod departments;
mod help;
mod internal;
mod lines;
mod model;
mod reception;
mod steward;
mod story;
mod system;
mod visit;
mod way;
mod world;
