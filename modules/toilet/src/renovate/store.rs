//! Look-ups about renovations. Must not decide.

use base::Result;
use store::{DbResult, ScopedTx};
use uuid::Uuid;

/// Passed checks of a toilet by type of check, and decisive or other items that failed in the newest of a type.
pub(crate) async fn passed(tx: &mut ScopedTx, toilet: Uuid, kind: &str) -> Result<bool> {
    sqlx::query_scalar(
        "select coalesce((select conclusion = '1' from toilet.check where toilet_id = $1 and check_type = $2 and not deleted \
           order by check_date desc, id desc limit 1), false)",
    )
    .bind(toilet)
    .bind(kind)
    .fetch_one(tx.conn())
    .await
    .db()
}

/// Labels of decisive items that failed in the newest acceptance of a toilet.
pub(crate) async fn decisive(tx: &mut ScopedTx, toilet: Uuid, items: &[&str]) -> Result<Vec<String>> {
    sqlx::query_scalar(
        "select i.item_code from toilet.check_item i where i.check_id = (select id from toilet.check where toilet_id = $1 \
           and check_type = '3' and not deleted order by check_date desc, id desc limit 1) \
           and not i.deleted and i.item_result = '0' and i.item_code = any($2) order by 1",
    )
    .bind(toilet)
    .bind(items)
    .fetch_all(tx.conn())
    .await
    .db()
}

/// Renovations of a county in a year that the county has passed, and those it looked at itself; the row in hand is left out.
pub(crate) async fn sampled(tx: &mut ScopedTx, region: &str, year: i64, but: Uuid) -> Result<(i64, i64)> {
    sqlx::query_as(
        "select count(*), count(*) filter (where sampled) from toilet.renovation where region_code >= rpad(left($1, 6), 12, '0') \
           and region_code < rpad(left($1, 6), 12, '9') and renov_year = $2 and state in ('50', '60') and not deleted and id <> $3",
    )
    .bind(region)
    .bind(i32::try_from(year).unwrap_or(0))
    .bind(but)
    .fetch_one(tx.conn())
    .await
    .db()
}
