//! Serial numbers under a prefix, and how many files hang on a field: what modules need of rows beside reading and writing.
//! Must not know what is numbered.

use base::{Error, Result};
use sqlx::AssertSqlSafe;
use std::collections::HashMap;
use store::{DbResult, ScopedTx};
use uuid::Uuid;

/// Serial numbers of one table, held by a lock until the transaction ends, so that nobody else takes them.
pub struct Serials {
    table: &'static str,
    column: &'static str,
    last: HashMap<String, String>,
    digits: usize,
}

impl Serials {
    /// Serials of six digits in a column of a table (`schema.table`).
    pub fn of(table: &'static str, column: &'static str) -> Serials {
        Serials { table, column, last: HashMap::new(), digits: 6 }
    }

    /// Serials of four digits.
    #[must_use]
    pub fn short(self) -> Serials {
        self.with_digits(4)
    }

    #[must_use]
    pub fn with_digits(self, digits: usize) -> Serials {
        Serials { digits, ..self }
    }

    /// The next number under a prefix of digits and capital letters. Refused when the digits are used up.
    pub async fn next(&mut self, tx: &mut ScopedTx, prefix: &str) -> Result<String> {
        if !self.last.contains_key(prefix) {
            sqlx::query("select pg_advisory_xact_lock(hashtext($1))").bind(prefix).execute(tx.conn()).await.db()?;
            let (table, column) = (self.table, self.column);
            let sql = format!("select max({column}) from {table} where {column} >= $1 and {column} <= $1 || '999999'");
            let last: Option<String> = sqlx::query_scalar(AssertSqlSafe(sql)).bind(prefix).fetch_one(tx.conn()).await.db()?;
            self.last.insert(prefix.to_owned(), last.unwrap_or_default());
        }
        let number = next(prefix, self.last.get(prefix).map(String::as_str), self.digits)?;
        self.last.insert(prefix.to_owned(), number.clone());
        Ok(number)
    }
}

/// The number after `last` under a prefix, with so many digits.
fn next(prefix: &str, last: Option<&str>, digits: usize) -> Result<String> {
    let serial = last.and_then(|l| l.strip_prefix(prefix)).and_then(|s| s.parse::<u32>().ok()).unwrap_or(0) + 1;
    if serial.to_string().len() > digits {
        return Err(Error::refused("record.numbers_used_up", "本期编号已用完，请联系省级管理员。"));
    }
    Ok(format!("{prefix}{serial:0digits$}"))
}

/// How many files hang on a field of a row.
pub async fn attached(tx: &mut ScopedTx, dataset: &str, row: Uuid, field: &str) -> Result<i64> {
    sqlx::query_scalar("select app.attachment_count($1, $2, $3)")
        .bind(dataset)
        .bind(row)
        .bind(field)
        .fetch_one(tx.conn())
        .await
        .db()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_each_other_within_their_prefix() {
        let p = "XS202611360121";
        assert_eq!(next(p, None, 6).unwrap(), "XS202611360121000001");
        assert_eq!(next(p, Some("XS202611360121000099"), 6).unwrap(), "XS202611360121000100");
        assert_eq!(next("JC3601212026", Some("XS202611360121000099"), 6).unwrap(), "JC3601212026000001");
        assert_eq!(next("HD3601211002026", Some("HD36012110020260009"), 4).unwrap(), "HD36012110020260010");
        assert_eq!(next(p, Some("XS202611360121999999"), 6).unwrap_err().code, "record.numbers_used_up");
    }
}
