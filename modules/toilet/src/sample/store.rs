//! Look-ups about samples. Must not decide.

use base::Result;
use chrono::NaiveDate;
use store::{DbResult, ScopedTx};
use uuid::Uuid;

/// Batch and day of the last time a toilet was drawn.
pub(super) async fn last_drawn(tx: &mut ScopedTx, toilet: Uuid) -> Result<Option<(String, NaiveDate)>> {
    sqlx::query_as(
        "select coalesce(sample_no, ''), (created_at at time zone 'Asia/Shanghai')::date from toilet.sample \
         where toilet_id = $1 and not deleted order by created_at desc limit 1",
    )
    .bind(toilet)
    .fetch_optional(tx.conn())
    .await
    .db()
}
