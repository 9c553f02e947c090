//! SQL several features share: serial numbers. Must not decide what a number looks like.

use crate::numbering;
use ::store::{DbResult, ScopedTx};
use base::Result;
use sqlx::AssertSqlSafe;
use std::collections::HashMap;

/// Serial numbers of one table, held by a lock until the transaction ends, so that nobody else takes them.
pub(crate) struct Serials {
    table: &'static str,
    column: &'static str,
    last: HashMap<String, String>,
}

impl Serials {
    pub(crate) fn of(table: &'static str, column: &'static str) -> Serials {
        Serials { table, column, last: HashMap::new() }
    }

    /// The next number under a prefix of digits and capital letters.
    pub(crate) async fn next(&mut self, tx: &mut ScopedTx, prefix: &str) -> Result<String> {
        if !self.last.contains_key(prefix) {
            sqlx::query("select pg_advisory_xact_lock(hashtext($1))").bind(prefix).execute(tx.conn()).await.db()?;
            let (table, column) = (self.table, self.column);
            let sql = format!("select max({column}) from {table} where {column} >= $1 and {column} <= $1 || '999999'");
            let last: Option<String> = sqlx::query_scalar(AssertSqlSafe(sql)).bind(prefix).fetch_one(tx.conn()).await.db()?;
            self.last.insert(prefix.to_owned(), last.unwrap_or_default());
        }
        let number = numbering::next(prefix, self.last.get(prefix).map(String::as_str))?;
        self.last.insert(prefix.to_owned(), number.clone());
        Ok(number)
    }
}
