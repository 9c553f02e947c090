//! What a ledger asks beside rows: steps of a flow, names of account holders. Must not decide.

use ::store::{DbResult, ScopedTx};
use base::Result;
use chrono::{DateTime, Duration, Utc};
use meta::ledger::Step;
use sheet::OutCell;
use sqlx::Row as _;
use std::collections::HashMap;
use uuid::Uuid;

/// When rows came into states, or who led them out of one.
pub(super) async fn steps(tx: &mut ScopedTx, dataset: &str, ids: &[Uuid], step: &Step) -> Result<HashMap<Uuid, OutCell>> {
    let mut out = HashMap::new();
    match step {
        Step::Entered { states, last } => {
            let rows = sqlx::query(
                "select row_id, case when $4 then max(at) else min(at) end as at from app.flow_step \
                 where dataset = $1 and row_id = any($2) and to_state = any($3) group by row_id",
            )
            .bind(dataset)
            .bind(ids)
            .bind(states)
            .bind(*last)
            .fetch_all(tx.conn())
            .await
            .db()?;
            for r in &rows {
                let at: DateTime<Utc> = r.try_get("at").db()?;
                out.insert(r.try_get("row_id").db()?, OutCell::Moment((at + Duration::hours(8)).naive_utc()));
            }
        }
        Step::LedBy(state) => {
            let rows = sqlx::query(
                "select distinct on (row_id) row_id, actor_name from app.flow_step \
                 where dataset = $1 and row_id = any($2) and from_state = $3 order by row_id, id desc",
            )
            .bind(dataset)
            .bind(ids)
            .bind(state)
            .fetch_all(tx.conn())
            .await
            .db()?;
            for r in &rows {
                out.insert(r.try_get("row_id").db()?, OutCell::Text(r.try_get("actor_name").db()?));
            }
        }
        _ => {}
    }
    Ok(out)
}

/// Names of account holders who changed rows of these regions, as the change log keeps them (accounts themselves are not
/// readable here).
pub(super) async fn people(tx: &mut ScopedTx, ids: &[Uuid]) -> Result<HashMap<String, String>> {
    let rows = sqlx::query(
        "select distinct on (actor_id) actor_id, actor_name from \
           (select actor_id, actor_name, at from app.flow_step where actor_id = any($1) \
            union all select actor_id, actor_name, at from app.row_change where actor_id = any($1)) x order by actor_id, at desc",
    )
    .bind(ids)
    .fetch_all(tx.conn())
    .await
    .db()?;
    rows.iter()
        .map(|r| Ok((r.try_get::<Uuid, _>("actor_id").db()?.to_string(), r.try_get::<String, _>("actor_name").db()?)))
        .collect()
}
