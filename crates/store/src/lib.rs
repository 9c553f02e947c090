//! The only door to PostgreSQL: embedded cluster, pool, ScopedTx, migrations. Knows no business word.
