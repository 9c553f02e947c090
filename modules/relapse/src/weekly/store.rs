//! Derived columns of cases and their households, one statement each; they raise no version. Must not decide.

use ::store::{DbResult, ScopedTx};
use base::{Result, Scope};

/// The state follows from elimination, and a new case takes the line of its year as it stands.
pub(super) async fn case_facts(tx: &mut ScopedTx, no: &str, scope: &Scope) -> Result<()> {
    sqlx::query(
        "update relapse.monitor_case set \
           state = case when eliminated and state in ('10', '20') then '30' when not eliminated and state = '30' then '10' else state end, \
           line_year = coalesce(line_year, identify_ym / 100), \
           line_value = coalesce(line_value, (select l.amount from reg.monitor_line l \
             where l.year = identify_ym / 100 and not l.deleted and l.amount is not null and l.state is distinct from '02' \
               and l.region_code in (rpad(left(monitor_case.region_code, 6), 12, '0'), rpad(left(monitor_case.region_code, 4), 12, '0'), \
                                     rpad(left(monitor_case.region_code, 2), 12, '0')) \
             order by l.region_code desc, l.valid_from desc limit 1)), \
           review_due = coalesce(review_due, (current_date + case when eliminated then interval '6 months' else interval '3 months' end)::date) \
         where sync_batch_no = $1 and region_code >= $2 and region_code < $3 and not deleted",
    )
    .bind(no)
    .bind(&scope.lo)
    .bind(&scope.hi)
    .execute(tx.conn())
    .await
    .map(drop)
    .db()
}

/// Whether a household is watched, by which case and in which state: the newest case that is not withdrawn says so.
pub(super) async fn household_facts(tx: &mut ScopedTx, no: &str, scope: &Scope) -> Result<()> {
    sqlx::query(
        "with touched as (select distinct household_id from relapse.monitor_case \
                          where sync_batch_no = $1 and region_code >= $2 and region_code < $3), \
         latest as (select distinct on (t.household_id) t.household_id, c.case_no, c.eliminated from touched t \
           left join relapse.monitor_case c on c.household_id = t.household_id and not c.deleted and c.state not in ('50', '60') \
           order by t.household_id, c.eliminated, c.identify_ym desc nulls last) \
         update reg.household h set is_monitored = l.case_no is not null, current_monitor_id = l.case_no, \
           risk_state = case when l.case_no is null then null when l.eliminated then '1' else '0' end \
         from latest l where h.id = l.household_id \
           and (h.is_monitored, h.current_monitor_id, h.risk_state) is distinct from \
             (l.case_no is not null, l.case_no, case when l.case_no is null then null when l.eliminated then '1' else '0' end)",
    )
    .bind(no)
    .bind(&scope.lo)
    .bind(&scope.hi)
    .execute(tx.conn())
    .await
    .map(drop)
    .db()
}
