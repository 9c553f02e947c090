//! Look-ups about households and members that reach beyond the transaction's regions. Must not decide.

use base::Result;
use store::{DbResult, ScopedTx};
use uuid::Uuid;

/// The county (6 digits) where this identity number stands in the register already, in another row than `me`.
pub(super) async fn identity_elsewhere(tx: &mut ScopedTx, token: &[u8], me: Uuid) -> Result<Option<String>> {
    sqlx::query_scalar("select reg.identity_elsewhere($1, $2)").bind(token).bind(me).fetch_one(tx.conn()).await.db()
}
