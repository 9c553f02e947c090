//! Reads and lints descriptions (datasets, code lists, flows, sheets, reports, policy). Knows no database.
