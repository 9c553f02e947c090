//! Look-ups of eliminations and cases. Must not decide.

use ::store::{DbResult, ScopedTx};
use base::Result;
use chrono::NaiveDate;
use sqlx::Row as _;
use uuid::Uuid;

pub(super) struct CaseFacts {
    pub household: Uuid,
    pub region: String,
    pub identified: Option<NaiveDate>,
    pub no_labor: bool,
    pub risks: Vec<String>,
}

pub(super) async fn case(tx: &mut ScopedTx, case: Uuid) -> Result<Option<CaseFacts>> {
    let row = sqlx::query(
        "select c.household_id, c.region_code, coalesce(c.identify_date, to_date(c.identify_ym::text, 'YYYYMM')) as identified, \
                coalesce(c.whole_no_labor_bottom, false) or coalesce(h.whole_no_labor, false) as no_labor, \
                array_remove(array[c.risk1, c.risk2, c.risk3, c.risk4, c.risk5], null) as risks \
           from relapse.monitor_case c left join reg.household h on h.id = c.household_id \
          where c.id = $1 and not c.deleted",
    )
    .bind(case)
    .fetch_optional(tx.conn())
    .await
    .db()?;
    row.map(|r| {
        Ok(CaseFacts {
            household: r.try_get("household_id").db()?,
            region: r.try_get("region_code").db()?,
            identified: r.try_get("identified").db()?,
            no_labor: r.try_get("no_labor").db()?,
            risks: r.try_get("risks").db()?,
        })
    })
    .transpose()
}

/// Risks explained, and those of them with an implemented measure (C28 03) of the case or its household.
pub(super) async fn solved(tx: &mut ScopedTx, elimination: Uuid, household: Uuid) -> Result<Vec<(String, bool)>> {
    let rows = sqlx::query(
        "select r.risk, exists (select from relapse.measure m where m.id = r.measure_id and not m.deleted and m.state = '03' \
                                   and m.household_id = $2) as measured \
           from relapse.elimination_risk r where r.elimination_id = $1 and not r.deleted",
    )
    .bind(elimination)
    .bind(household)
    .fetch_all(tx.conn())
    .await
    .db()?;
    rows.iter().map(|r| Ok((r.try_get("risk").db()?, r.try_get("measured").db()?))).collect()
}

/// Reference income a head of an income row of a household.
pub(super) async fn ref_pc(tx: &mut ScopedTx, income: Uuid, household: Uuid) -> Result<Option<i64>> {
    let found: Option<Option<i64>> =
        sqlx::query_scalar("select ref_pc from reg.income_period where id = $1 and household_id = $2 and not deleted")
            .bind(income)
            .bind(household)
            .fetch_optional(tx.conn())
            .await
            .db()?;
    Ok(found.flatten())
}

/// Whether a security check of a household found any of the four problems.
pub(super) async fn insecure(tx: &mut ScopedTx, check: Uuid, household: Uuid) -> Result<Option<bool>> {
    sqlx::query_scalar(
        "select coalesce(edu_problem, true) or coalesce(house_problem, true) or coalesce(med_problem, true) or coalesce(water_problem, true) \
           from reg.security_check where id = $1 and household_id = $2 and not deleted",
    )
    .bind(check)
    .bind(household)
    .fetch_optional(tx.conn())
    .await
    .db()
}

/// Elimination of a case in one of these states.
pub(super) async fn of_case(tx: &mut ScopedTx, case: Uuid, states: &[&str]) -> Result<Option<Uuid>> {
    sqlx::query_scalar(
        "select id from relapse.elimination where case_id = $1 and not deleted and state = any($2) order by updated_at desc limit 1",
    )
    .bind(case)
    .bind(states)
    .fetch_optional(tx.conn())
    .await
    .db()
}

/// A case of the same household that is open, beside this one.
pub(super) async fn newer_case(tx: &mut ScopedTx, case: Uuid) -> Result<bool> {
    sqlx::query_scalar(
        "select exists (select from relapse.monitor_case a join relapse.monitor_case b on b.household_id = a.household_id and b.id <> a.id \
                          where a.id = $1 and b.state in ('10', '20') and not b.deleted)",
    )
    .bind(case)
    .fetch_one(tx.conn())
    .await
    .db()
}

/// Cases of a household whose risk was eliminated.
pub(crate) async fn eliminated_cases(tx: &mut ScopedTx, household: Uuid) -> Result<Vec<Uuid>> {
    sqlx::query_scalar("select id from relapse.monitor_case where household_id = $1 and state = '30' and not deleted order by id")
        .bind(household)
        .fetch_all(tx.conn())
        .await
        .db()
}

/// Members of a household who are still there.
pub(super) async fn present(tx: &mut ScopedTx, household: Uuid) -> Result<i64> {
    sqlx::query_scalar("select count(*) from reg.member where household_id = $1 and not deleted and member_status = '01'")
        .bind(household)
        .fetch_one(tx.conn())
        .await
        .db()
}
