//! SQL several features share: what is late. Must not decide.

pub(crate) use record::{Serials, attached};

use crate::escalate::{Late, LatePlan};
use ::store::{DbResult, ScopedTx};
use base::Result;
use record::Target;
use serde_json::json;
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

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

/// Plans of help not approved two days past their due moment and without an order of supervision, oldest first.
pub(crate) async fn late_plans(tx: &mut ScopedTx) -> Result<Vec<LatePlan>> {
    let rows = sqlx::query(
        "select p.id, p.region_code, c.case_no, \
                (now() at time zone 'Asia/Shanghai')::date - (p.due_at at time zone 'Asia/Shanghai')::date as days \
           from relapse.help_plan p join relapse.monitor_case c on c.id = p.case_id and c.state in ('10', '20') and not c.deleted \
          where not p.deleted and p.state in ('01', '02', '04') \
            and (now() at time zone 'Asia/Shanghai')::date - (p.due_at at time zone 'Asia/Shanghai')::date >= 2 \
            and not exists (select from relapse.supervise s where s.target_id = p.id::text and s.kind = '01' and not s.deleted) \
          order by p.due_at, p.id",
    )
    .fetch_all(tx.conn())
    .await
    .db()?;
    rows.iter()
        .map(|r| {
            Ok(LatePlan {
                id: r.try_get("id").db()?,
                region: r.try_get("region_code").db()?,
                case_no: r.try_get::<Option<String>, _>("case_no").db()?.unwrap_or_default(),
                days: i64::from(r.try_get::<i32, _>("days").db()?),
            })
        })
        .collect()
}

/// Orders of supervision whose day has passed without an answer.
pub(crate) async fn unanswered(tx: &mut ScopedTx) -> Result<Vec<Uuid>> {
    sqlx::query_scalar(
        "select id from relapse.supervise where not deleted and state = '01' and due < (now() at time zone 'Asia/Shanghai')::date order by id",
    )
    .fetch_all(tx.conn())
    .await
    .db()
}

/// Confirmed checks whose report no longer holds.
pub(crate) async fn expired_checks(tx: &mut ScopedTx) -> Result<Vec<Uuid>> {
    sqlx::query_scalar(
        "select id from relapse.economic_check where not deleted and state = '70' \
            and valid_to < (now() at time zone 'Asia/Shanghai')::date order by id",
    )
    .fetch_all(tx.conn())
    .await
    .db()
}

/// Authorizations in force whose last day has passed, held.
pub(crate) async fn lapsed(tx: &mut ScopedTx) -> Result<Vec<Target>> {
    let rows = sqlx::query(
        "select id, region_code, row_version from relapse.authorization where not deleted and status = '01' \
            and valid_to < (now() at time zone 'Asia/Shanghai')::date order by region_code, id for update",
    )
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
                old: record::Row::from_iter([("status".to_owned(), json!("01"))]),
            })
        })
        .collect()
}
