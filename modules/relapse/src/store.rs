//! SQL several features share: serial numbers, attachments, what is late. Must not decide.

use crate::escalate::Late;
use crate::numbering;
use ::store::{DbResult, ScopedTx};
use base::Result;
use record::Target;
use serde_json::json;
use sqlx::{AssertSqlSafe, Row as _};
use std::collections::HashMap;
use uuid::Uuid;

/// Serial numbers of one table, held by a lock until the transaction ends, so that nobody else takes them.
pub(crate) struct Serials {
    table: &'static str,
    column: &'static str,
    last: HashMap<String, String>,
    digits: usize,
}

impl Serials {
    pub(crate) fn of(table: &'static str, column: &'static str) -> Serials {
        Serials { table, column, last: HashMap::new(), digits: 6 }
    }

    /// Serials of four digits.
    pub(crate) fn short(self) -> Serials {
        Serials { digits: 4, ..self }
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
        let number = numbering::next(prefix, self.last.get(prefix).map(String::as_str), self.digits)?;
        self.last.insert(prefix.to_owned(), number.clone());
        Ok(number)
    }
}

/// How many files hang on a field of a row.
pub(crate) async fn attached(tx: &mut ScopedTx, dataset: &str, row: Uuid, field: &str) -> Result<i64> {
    sqlx::query_scalar("select app.attachment_count($1, $2, $3)")
        .bind(dataset)
        .bind(row)
        .bind(field)
        .fetch_one(tx.conn())
        .await
        .db()
}

const OPEN: &str = "not deleted and state not in ('10', '79', '80', '90')";

/// Open clues past their due moment, held.
pub(crate) async fn late(tx: &mut ScopedTx) -> Result<Vec<Late>> {
    let rows = sqlx::query(AssertSqlSafe(format!(
        "select id, region_code, clue_no, state, row_version, urge_count, overdue, \
                (now() at time zone 'Asia/Shanghai')::date - (due_at at time zone 'Asia/Shanghai')::date as days \
           from relapse.clue where {OPEN} and due_at < now() order by region_code, id for update"
    )))
    .fetch_all(tx.conn())
    .await
    .db()?;
    rows.iter()
        .map(|r| {
            Ok(Late {
                id: r.try_get("id").db()?,
                region: r.try_get("region_code").db()?,
                clue_no: r.try_get::<Option<String>, _>("clue_no").db()?.unwrap_or_default(),
                state: r.try_get("state").db()?,
                days: i64::from(r.try_get::<i32, _>("days").db()?),
                row_version: r.try_get("row_version").db()?,
                urge_count: r.try_get("urge_count").db()?,
                flagged: r.try_get("overdue").db()?,
            })
        })
        .collect()
}

/// Open clues that are marked late and are not, held.
pub(crate) async fn no_longer_late(tx: &mut ScopedTx) -> Result<Vec<Target>> {
    let rows = sqlx::query(AssertSqlSafe(format!(
        "select id, region_code, row_version from relapse.clue where {OPEN} and overdue and (due_at is null or due_at >= now()) \
          order by region_code, id for update"
    )))
    .fetch_all(tx.conn())
    .await
    .db()?;
    rows.iter()
        .map(|r| {
            Ok(Target {
                id: r.try_get("id").db()?,
                region: r.try_get("region_code").db()?,
                row_version: r.try_get("row_version").db()?,
                own: record::Row::new(),
                old: record::Row::from_iter([("overdue".to_owned(), json!(true))]),
            })
        })
        .collect()
}
