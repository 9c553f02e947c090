//! Planted rows into PostgreSQL, past every lock: they stand where no region is.

use crate::plant::Planted;
use sqlx::{AssertSqlSafe, PgPool};

/// Puts the rows in, in their order.
pub async fn put(pool: &PgPool, rows: &[Planted]) {
    let mut tx = pool.begin().await.expect("a transaction");
    for p in rows {
        let columns: Vec<&str> = p.row.keys().map(String::as_str).collect();
        let columns = columns.join(", ");
        let sql = format!("insert into {t} ({columns}) select {columns} from jsonb_populate_record(null::{t}, $1)", t = p.table);
        let done = sqlx::query(AssertSqlSafe(sql)).bind(serde_json::Value::Object(p.row.clone())).execute(&mut *tx).await;
        done.unwrap_or_else(|e| panic!("{} {}: {e}", p.table, serde_json::Value::Object(p.row.clone())));
    }
    tx.commit().await.expect("committed");
}
