//! Tests of the registry against a real PostgreSQL.

#[path = "../../../jobs/tests/it/pg.rs"]
mod pg;
mod region;
