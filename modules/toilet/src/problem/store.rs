//! Look-ups about problems and their rectification. Must not decide.

use super::rules::Closed;
use base::Result;
use chrono::NaiveDate;
use sqlx::Row as _;
use store::{DbResult, ScopedTx};
use uuid::Uuid;

/// Number of a toilet.
pub(crate) async fn number_of(tx: &mut ScopedTx, toilet: Uuid) -> Result<Option<String>> {
    let found: Option<Option<String>> =
        sqlx::query_scalar("select toilet_no from toilet.house_toilet where id = $1 and not deleted")
            .bind(toilet)
            .fetch_optional(tx.conn())
            .await
            .db()?;
    Ok(found.flatten())
}

/// Closed problems of a toilet.
pub(crate) async fn closed(tx: &mut ScopedTx, toilet: Uuid) -> Result<Vec<Closed>> {
    let rows: Vec<(Uuid, Vec<String>, NaiveDate)> = sqlx::query_as(
        "select id, coalesce(problem_item, '{}'), solved_date from toilet.problem \
         where toilet_id = $1 and not deleted and status = '70' and solved_date is not null",
    )
    .bind(toilet)
    .fetch_all(tx.conn())
    .await
    .db()?;
    Ok(rows.into_iter().map(|(id, items, on)| Closed { id, items, on }).collect())
}

/// Rounds of a problem so far.
pub(crate) async fn rounds(tx: &mut ScopedTx, problem: Uuid) -> Result<i64> {
    sqlx::query_scalar("select count(*) from toilet.rectification where problem_id = $1 and not deleted")
        .bind(problem)
        .fetch_one(tx.conn())
        .await
        .db()
}

/// The last round of a problem.
pub(crate) struct Round {
    pub id: Uuid,
    pub village_result: Option<String>,
    pub householder_confirm: Option<String>,
    /// In fen.
    pub actual_fund: Option<i64>,
}
pub(crate) async fn last_round(tx: &mut ScopedTx, problem: Uuid) -> Result<Option<Round>> {
    let row = sqlx::query(
        "select id, village_result, householder_confirm, actual_fund from toilet.rectification \
         where problem_id = $1 and not deleted order by round_no desc, id desc limit 1",
    )
    .bind(problem)
    .fetch_optional(tx.conn())
    .await
    .db()?;
    Ok(row.map(|r| Round {
        id: r.get("id"),
        village_result: r.get("village_result"),
        householder_confirm: r.get("householder_confirm"),
        actual_fund: r.get("actual_fund"),
    }))
}

/// Whether an item of a toilet is registered and not closed.
pub(crate) async fn open_item(tx: &mut ScopedTx, toilet: Uuid, item: &str) -> Result<bool> {
    sqlx::query_scalar(
        "select exists (select 1 from toilet.problem where toilet_id = $1 and $2 = any(problem_item) \
           and status not in ('70', '90', '91') and not deleted)",
    )
    .bind(toilet)
    .bind(item)
    .fetch_one(tx.conn())
    .await
    .db()
}

/// Whether a renovation has a problem that is not closed.
pub(crate) async fn open_of_renovation(tx: &mut ScopedTx, renovation: Uuid) -> Result<bool> {
    sqlx::query_scalar(
        "select exists (select 1 from toilet.problem where renovation_id = $1 and status not in ('70', '90', '91') and not deleted)",
    )
    .bind(renovation)
    .fetch_one(tx.conn())
    .await
    .db()
}
