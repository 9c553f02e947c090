//! Locking of base figures. Must not decide.

use base::Result;
use store::{DbResult, ScopedTx};

/// Locks the figures of years before this one; how many.
pub(super) async fn lock(tx: &mut ScopedTx, year: i32) -> Result<u64> {
    let sql = "update toilet.village_stat s set locked = true, row_version = row_version + 1, updated_at = now(), \
                 sanitary_locked = (select count(*) from toilet.house_toilet t where t.region_code = s.region_code and t.is_sanitary \
                                      and t.record_state in ('30', '60') and not t.deleted) \
               where data_year < $1 and not coalesce(locked, false) and not deleted";
    Ok(sqlx::query(sql).bind(year).execute(tx.conn()).await.db()?.rows_affected())
}

/// Registered households of a village in a year.
pub(super) async fn households_of(tx: &mut ScopedTx, region: &str, year: i64) -> Result<Option<i64>> {
    let sql = "select total_households from toilet.village_stat where region_code = $1 and data_year = $2 and not deleted";
    let found: Option<Option<i32>> =
        sqlx::query_scalar(sql).bind(region).bind(i32::try_from(year).unwrap_or(0)).fetch_optional(tx.conn()).await.db()?;
    Ok(found.flatten().map(i64::from))
}

/// The class that the county's aim of a year says.
pub(super) async fn class_of(tx: &mut ScopedTx, region: &str, year: i64) -> Result<Option<String>> {
    let sql = "select region_class from toilet.county_aim where region_code = rpad(left($1, 6), 12, '0') and data_year = $2 and not deleted";
    let found: Option<Option<String>> =
        sqlx::query_scalar(sql).bind(region).bind(i32::try_from(year).unwrap_or(0)).fetch_optional(tx.conn()).await.db()?;
    Ok(found.flatten())
}
