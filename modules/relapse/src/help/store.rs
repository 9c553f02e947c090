//! Look-ups of help plans and measures. Must not decide.

use super::rules::{Plan, Target};
use crate::store::attached;
use ::store::{DbResult, ScopedTx};
use base::Result;
use sqlx::Row as _;
use uuid::Uuid;

/// The highest version of a case's plans, and whether one of them is on its way; the case is held, so that two do not begin at once.
pub(super) async fn versions(tx: &mut ScopedTx, case: Uuid) -> Result<(i32, bool)> {
    sqlx::query("select id from relapse.monitor_case where id = $1 for update")
        .bind(case)
        .fetch_optional(tx.conn())
        .await
        .db()?;
    let row = sqlx::query(
        "select coalesce(max(version), 0) as last, coalesce(bool_or(state in ('01', '02', '04')), false) as open \
           from relapse.help_plan where case_id = $1 and not deleted",
    )
    .bind(case)
    .fetch_one(tx.conn())
    .await
    .db()?;
    Ok((row.try_get("last").db()?, row.try_get("open").db()?))
}

/// A plan with its lines and the risks of its case.
pub(super) async fn plan(tx: &mut ScopedTx, plan: Uuid) -> Result<Option<Plan>> {
    let row = sqlx::query(
        "select p.plan_date, c.state in ('10', '20') and not c.deleted as open, \
                array_remove(array[c.risk1, c.risk2, c.risk3, c.risk4, c.risk5], null) as risks \
           from relapse.help_plan p join relapse.monitor_case c on c.id = p.case_id where p.id = $1 and not p.deleted",
    )
    .bind(plan)
    .fetch_optional(tx.conn())
    .await
    .db()?;
    let Some(row) = row else { return Ok(None) };
    let lines = sqlx::query("select risk, category, due_date from relapse.help_plan_target where plan_id = $1 and not deleted")
        .bind(plan)
        .fetch_all(tx.conn())
        .await
        .db()?;
    let target = |r: &sqlx::postgres::PgRow| -> Result<Target> {
        Ok(Target {
            risk: r.try_get::<Option<String>, _>("risk").db()?.unwrap_or_default(),
            category: r.try_get::<Option<String>, _>("category").db()?.unwrap_or_default(),
            due: r.try_get("due_date").db()?,
        })
    };
    Ok(Some(Plan {
        risks: row.try_get("risks").db()?,
        targets: lines.iter().map(target).collect::<Result<_>>()?,
        planned: row.try_get("plan_date").db()?,
        signed: attached(tx, "relapse.help_plan", plan, "household_sign").await? > 0,
        open: row.try_get("open").db()?,
    }))
}

/// Lines of a plan that no measure of the case carries out yet: the same item for the same person, planned or under way.
pub(super) async fn uncarried(tx: &mut ScopedTx, plan: Uuid) -> Result<Vec<Uuid>> {
    sqlx::query_scalar(
        "select distinct on (t.item, t.person_id) t.id from relapse.help_plan_target t join relapse.help_plan p on p.id = t.plan_id \
          where t.plan_id = $1 and not t.deleted \
            and not exists (select from relapse.measure m where m.case_id = p.case_id and not m.deleted and m.state in ('01', '02') \
                               and m.item = t.item and m.person_id is not distinct from t.person_id) \
          order by t.item, t.person_id, t.id",
    )
    .bind(plan)
    .fetch_all(tx.conn())
    .await
    .db()
}

/// Approved plans of the case of this plan, beside it.
pub(super) async fn earlier(tx: &mut ScopedTx, plan: Uuid) -> Result<Vec<Uuid>> {
    sqlx::query_scalar(
        "select o.id from relapse.help_plan p join relapse.help_plan o on o.case_id = p.case_id and o.id <> p.id \
          where p.id = $1 and o.state = '03' and not o.deleted order by o.version",
    )
    .bind(plan)
    .fetch_all(tx.conn())
    .await
    .db()
}

/// Whether a later version of this plan was approved.
pub(super) async fn replaced(tx: &mut ScopedTx, plan: Uuid) -> Result<bool> {
    sqlx::query_scalar(
        "select exists (select from relapse.help_plan p join relapse.help_plan n on n.case_id = p.case_id and n.version > p.version \
                         where p.id = $1 and n.state = '03' and not n.deleted)",
    )
    .bind(plan)
    .fetch_one(tx.conn())
    .await
    .db()
}

/// Household of a case.
pub(super) async fn household(tx: &mut ScopedTx, case: Uuid) -> Result<Option<Uuid>> {
    sqlx::query_scalar("select household_id from relapse.monitor_case where id = $1 and not deleted")
        .bind(case)
        .fetch_optional(tx.conn())
        .await
        .db()
}
