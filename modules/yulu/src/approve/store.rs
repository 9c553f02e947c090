//! The list of a document. Must not decide.

use super::rules::Listed;
use ::store::{DbResult, ScopedTx};
use base::Result;
use sqlx::Row as _;
use uuid::Uuid;

/// Students listed in a document who wait for approval.
pub(super) async fn list(tx: &mut ScopedTx, doc: Uuid) -> Result<Vec<Listed>> {
    let rows = sqlx::query(
        "select id, coalesce(edu_stage, '') as stage, coalesce(grade, 0)::bigint as grade, coalesce(standard_amount, 0) as fen \
           from yulu.verify where approval_doc_id = $1 and not deleted and state = '60' order by id",
    )
    .bind(doc)
    .fetch_all(tx.conn())
    .await
    .db()?;
    let one = |r: sqlx::postgres::PgRow| {
        Ok(Listed {
            verify: r.try_get("id").db()?,
            stage: r.try_get("stage").db()?,
            grade: r.try_get("grade").db()?,
            fen: r.try_get("fen").db()?,
        })
    };
    rows.into_iter().map(one).collect()
}

/// Students a document approved who were not paid yet.
pub(super) async fn approved(tx: &mut ScopedTx, doc: Uuid) -> Result<Vec<Uuid>> {
    sqlx::query_scalar("select id from yulu.verify where approval_doc_id = $1 and not deleted and state = '70' order by id")
        .bind(doc)
        .fetch_all(tx.conn())
        .await
        .db()
}

/// How many of a document have a result of payment.
pub(super) async fn paid(tx: &mut ScopedTx, doc: Uuid) -> Result<i64> {
    sqlx::query_scalar("select count(*) from yulu.subsidy where approval_doc_id = $1 and not deleted and pay_status <> '1'")
        .bind(doc)
        .fetch_one(tx.conn())
        .await
        .db()
}
