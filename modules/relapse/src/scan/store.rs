//! Who has a number already. Must not decide.

use ::store::{DbResult, ScopedTx};
use base::Result;

/// Name of the head of the household in which somebody with this number lives, inside the transaction's regions.
pub(super) async fn lives_with(tx: &mut ScopedTx, id_token: &[u8]) -> Result<Option<String>> {
    sqlx::query_scalar(
        "select coalesce(h.head_name, '') from reg.member m join reg.household h on h.id = m.household_id and not h.deleted \
          where m.id_no_token = $1 and not m.deleted and m.member_status = '01' order by m.id limit 1",
    )
    .bind(id_token)
    .fetch_optional(tx.conn())
    .await
    .db()
}
