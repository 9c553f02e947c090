//! Look-ups of payments. Must not decide.

use ::store::{DbResult, ScopedTx};
use base::Result;
use chrono::NaiveDate;
use uuid::Uuid;

/// Money of a verification that was not paid.
pub(super) async fn waiting(tx: &mut ScopedTx, verify: Uuid) -> Result<Vec<Uuid>> {
    sqlx::query_scalar("select id from yulu.subsidy where verify_id = $1 and not deleted and pay_status = '1'")
        .bind(verify)
        .fetch_all(tx.conn())
        .await
        .db()
}

/// The day of a document.
pub(super) async fn document_day(tx: &mut ScopedTx, doc: Uuid) -> Result<Option<NaiveDate>> {
    let day: Option<Option<NaiveDate>> =
        sqlx::query_scalar("select doc_date from yulu.approval_doc where id = $1 and not deleted")
            .bind(doc)
            .fetch_optional(tx.conn())
            .await
            .db()?;
    Ok(day.flatten())
}
