//! Tests of the registry against a real PostgreSQL.

mod pg;
mod region;
