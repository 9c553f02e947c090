//! Planted rows into PostgreSQL, past every lock: they stand where no region is.

use crate::plant::Planted;
use sqlx::{AssertSqlSafe, Connection, PgPool};

/// Puts the rows in, in their order.
pub async fn put(pool: &PgPool, rows: &[Planted]) {
    let mut tx = pool.begin().await.expect("a transaction");
    let mut refused = Vec::new();
    for p in rows {
        let columns: Vec<&str> = p.row.keys().map(String::as_str).collect();
        let columns = columns.join(", ");
        let sql = format!("insert into {t} ({columns}) select {columns} from jsonb_populate_record(null::{t}, $1)", t = p.table);
        let mut point = tx.begin().await.expect("a savepoint");
        let row = serde_json::Value::Object(p.row.clone());
        match sqlx::query(AssertSqlSafe(sql)).bind(&row).execute(&mut *point).await {
            Ok(_) => point.commit().await.expect("kept"),
            Err(e) => {
                refused.push(format!("{} {row}: {e}", p.table));
                point.rollback().await.expect("undone");
            }
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    tx.commit().await.expect("committed");
}
