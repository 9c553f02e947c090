//! Look-ups about households and members that reach beyond the transaction's regions. Must not decide.

use base::Result;
use store::{DbResult, ScopedTx};
use uuid::Uuid;

/// Of rows with identity numbers: those whose number stands in the register already in another row, with that row's county (6 digits).
pub(super) async fn identities_elsewhere(
    tx: &mut ScopedTx,
    tokens: Vec<Vec<u8>>,
    rows: Vec<Uuid>,
) -> Result<Vec<(Uuid, String)>> {
    sqlx::query_as("select row_id, county from reg.identities_elsewhere($1, $2)")
        .bind(tokens)
        .bind(rows)
        .fetch_all(tx.conn())
        .await
        .db()
}
