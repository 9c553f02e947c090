//! Record-level rules: parsed once, run by PostgreSQL on save and import.
