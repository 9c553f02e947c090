//! SQL several features share: what is late. Must not decide.

pub(crate) use record::{Serials, attached};

use crate::escalate::Late;
use ::store::{DbResult, ScopedTx};
use base::Result;
use record::Target;
use serde_json::json;
use sqlx::{AssertSqlSafe, Row as _};

const OPEN: &str = "not deleted and state not in ('10', '79', '80', '90')";

/// Open clues past their due moment, held.
pub(crate) async fn late(tx: &mut ScopedTx) -> Result<Vec<Late>> {
    let rows = sqlx::query(AssertSqlSafe(format!(
        "select id, region_code, clue_no, state, row_version, urge_count, overdue, \
                (now() at time zone 'Asia/Shanghai')::date - (due_at at time zone 'Asia/Shanghai')::date as days \
           from relapse.clue where {OPEN} and due_at < now() order by region_code, id for update"
    )))
    .fetch_all(tx.conn())
    .await
    .db()?;
    rows.iter()
        .map(|r| {
            Ok(Late {
                id: r.try_get("id").db()?,
                region: r.try_get("region_code").db()?,
                clue_no: r.try_get::<Option<String>, _>("clue_no").db()?.unwrap_or_default(),
                state: r.try_get("state").db()?,
                days: i64::from(r.try_get::<i32, _>("days").db()?),
                row_version: r.try_get("row_version").db()?,
                urge_count: r.try_get("urge_count").db()?,
                flagged: r.try_get("overdue").db()?,
            })
        })
        .collect()
}

/// Open clues that are marked late and are not, held.
pub(crate) async fn no_longer_late(tx: &mut ScopedTx) -> Result<Vec<Target>> {
    let rows = sqlx::query(AssertSqlSafe(format!(
        "select id, region_code, row_version from relapse.clue where {OPEN} and overdue and (due_at is null or due_at >= now()) \
          order by region_code, id for update"
    )))
    .fetch_all(tx.conn())
    .await
    .db()?;
    rows.iter()
        .map(|r| {
            Ok(Target {
                id: r.try_get("id").db()?,
                region: r.try_get("region_code").db()?,
                row_version: r.try_get("row_version").db()?,
                own: record::Row::new(),
                old: record::Row::from_iter([("overdue".to_owned(), json!(true))]),
            })
        })
        .collect()
}
