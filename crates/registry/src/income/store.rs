//! Look-ups of income periods, inside the transaction's regions. Must not decide.

use base::Result;
use sqlx::Row as _;
use store::{DbResult, ScopedTx};
use uuid::Uuid;

pub(super) struct Period {
    pub pop: i64,
    /// From the national system, which reckons its own sums.
    pub national: bool,
}

/// Locks the period, so that two items written at once are both added up.
pub(super) async fn period(tx: &mut ScopedTx, id: Uuid) -> Result<Option<Period>> {
    let row = sqlx::query(
        "select pop::bigint as pop, source = '01' as national from reg.income_period where id = $1 and not deleted for update",
    )
    .bind(id)
    .fetch_optional(tx.conn())
    .await
    .db()?;
    row.map(|r| Ok(Period { pop: r.try_get("pop").db()?, national: r.try_get("national").db()? })).transpose()
}

pub(super) async fn items(tx: &mut ScopedTx, period: Uuid) -> Result<Vec<(String, i64)>> {
    sqlx::query_as("select item_code, amount from reg.income_item where period_id = $1 and not deleted")
        .bind(period)
        .fetch_all(tx.conn())
        .await
        .db()
}

/// 人均纯收入 of the period before of the same household.
pub(super) async fn earlier_net_pc(tx: &mut ScopedTx, period: Uuid) -> Result<Option<i64>> {
    let found: Option<Option<i64>> = sqlx::query_scalar(
        "select b.net_pc from reg.income_period p join reg.income_period b on b.household_id = p.household_id and b.id <> p.id \
            and not b.deleted and b.period_end < p.period_end \
          where p.id = $1 order by b.period_end desc, b.id desc limit 1",
    )
    .bind(period)
    .fetch_optional(tx.conn())
    .await
    .db()?;
    Ok(found.flatten())
}
