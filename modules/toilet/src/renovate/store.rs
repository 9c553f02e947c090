//! Look-ups about renovations. Must not decide.

use base::Result;
use store::{DbResult, ScopedTx};
use uuid::Uuid;

/// Whether the newest check of a type of a renovation passed.
pub(crate) async fn passed(tx: &mut ScopedTx, renovation: Uuid, kind: &str) -> Result<bool> {
    sqlx::query_scalar(
        "select coalesce((select conclusion = '1' from toilet.check where renovation_id = $1 and check_type = $2 and not deleted \
           order by check_date desc, id desc limit 1), false)",
    )
    .bind(renovation)
    .bind(kind)
    .fetch_one(tx.conn())
    .await
    .db()
}

/// Codes of decisive items that failed in the newest acceptance of a renovation.
pub(crate) async fn decisive(tx: &mut ScopedTx, renovation: Uuid, items: &[&str]) -> Result<Vec<String>> {
    sqlx::query_scalar(
        "select i.item_code from toilet.check_item i where i.check_id = (select id from toilet.check where renovation_id = $1 \
           and check_type = '3' and not deleted order by check_date desc, id desc limit 1) \
           and not i.deleted and i.item_result = '0' and i.item_code = any($2) order by 1",
    )
    .bind(renovation)
    .bind(items)
    .fetch_all(tx.conn())
    .await
    .db()
}

/// Renovations of a county in a year that the county has passed, and those it looked at itself; the row in hand is left out.
pub(crate) async fn sampled(tx: &mut ScopedTx, region: &str, year: i64, but: Uuid) -> Result<(i64, i64)> {
    sqlx::query_as(
        "select count(*), count(*) filter (where sampled) from toilet.renovation where region_code >= rpad(left($1, 6), 12, '0') \
           and region_code <= rpad(left($1, 6), 12, '9') and renov_year = $2 and state in ('50', '60') and not deleted and id <> $3",
    )
    .bind(region)
    .bind(i32::try_from(year).unwrap_or(0))
    .bind(but)
    .fetch_one(tx.conn())
    .await
    .db()
}

/// The renovation of a toilet that has begun and is not accepted by the county yet; the newest of several.
pub(crate) async fn under_way(tx: &mut ScopedTx, toilet: Uuid) -> Result<Option<Uuid>> {
    sqlx::query_scalar(
        "select id from toilet.renovation where toilet_id = $1 and state in ('30', '35', '40', '80') and not deleted \
         order by renov_year desc, id desc limit 1",
    )
    .bind(toilet)
    .fetch_optional(tx.conn())
    .await
    .db()
}

/// Whether a renovation is one of a toilet.
pub(crate) async fn is_of(tx: &mut ScopedTx, renovation: Uuid, toilet: Uuid) -> Result<bool> {
    sqlx::query_scalar("select exists (select 1 from toilet.renovation where id = $1 and toilet_id = $2 and not deleted)")
        .bind(renovation)
        .bind(toilet)
        .fetch_one(tx.conn())
        .await
        .db()
}
