//! Locking of base figures. Must not decide.

use base::Result;
use store::{DbResult, ScopedTx};

/// Locks the figures of years before this one; how many.
pub(super) async fn lock(tx: &mut ScopedTx, year: i32) -> Result<u64> {
    let sql = "update toilet.village_stat set locked = true, row_version = row_version + 1, updated_at = now() \
               where data_year < $1 and not coalesce(locked, false) and not deleted";
    Ok(sqlx::query(sql).bind(year).execute(tx.conn()).await.db()?.rows_affected())
}
