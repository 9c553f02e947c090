//! Look-ups about one toilet. Must not decide.

use base::Result;
use store::{DbResult, ScopedTx};
use uuid::Uuid;

/// PROBLEM_ITEM of the problems of a toilet that are not closed, and whether there is any such problem.
pub(crate) async fn open_items(tx: &mut ScopedTx, toilet: Uuid) -> Result<(Vec<String>, bool)> {
    sqlx::query_as(
        "select coalesce(array_agg(distinct i) filter (where i is not null), '{}'), count(p.id) > 0 \
         from toilet.problem p left join lateral unnest(p.problem_item) i on true \
         where p.toilet_id = $1 and not p.deleted and p.status not in ('70', '90', '91')",
    )
    .bind(toilet)
    .fetch_one(tx.conn())
    .await
    .db()
}

/// Head, number of people and telephone of a household of the register.
pub(crate) async fn family(tx: &mut ScopedTx, household: Uuid) -> Result<Option<(Option<String>, Option<i32>, Option<String>)>> {
    sqlx::query_as("select head_name, hukou_count, phone from reg.household where id = $1 and not deleted")
        .bind(household)
        .fetch_optional(tx.conn())
        .await
        .db()
}
