//! Derived columns of rows that a delivery wrote, one statement each. They follow from other columns, so they neither raise the
//! version of a row nor stand in the change log. Must not decide.

use ::store::{DbResult, ScopedTx};
use base::{Result, Scope};
use sqlx::Row as _;
use uuid::Uuid;

/// gross, ref_net, ref_pc and, where it is missing, the period from October to September.
pub(crate) async fn income_totals(tx: &mut ScopedTx, no: &str, scope: &Scope) -> Result<()> {
    sqlx::query(
        "update reg.income_period set gross = coalesce(wage, 0) + coalesce(operate, 0) + coalesce(property, 0) + coalesce(transfer, 0), \
           ref_net = net + coalesce(claim, 0) - coalesce(self_pay, 0), \
           ref_pc = case when pop > 0 then round((net + coalesce(claim, 0) - coalesce(self_pay, 0))::numeric / pop)::bigint end, \
           period_start = coalesce(period_start, make_date(year - 1, 10, 1)), period_end = coalesce(period_end, make_date(year, 9, 30)) \
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

/// Who is the head, and whether anybody of the household can work (domain 01 §2.3).
pub(crate) async fn heads(tx: &mut ScopedTx, no: &str, scope: &Scope) -> Result<()> {
    sqlx::query(
        "with touched as (select distinct household_id from reg.member where sync_batch_no = $1 and region_code >= $2 and region_code < $3), \
         facts as (select t.household_id, \
             (array_agg(m.id order by m.id) filter (where m.relation = '01'))[1] as head, \
             count(m.id) > 0 and bool_and(coalesce(m.labor_skill in ('04', '05'), false)) as idle \
           from touched t left join reg.member m on m.household_id = t.household_id and m.member_status = '01' and not m.deleted group by 1) \
         update reg.household h set head_person_id = coalesce(f.head, h.head_person_id), whole_no_labor = f.idle from facts f \
         where h.id = f.household_id and (h.head_person_id is distinct from coalesce(f.head, h.head_person_id) or h.whole_no_labor <> f.idle)",
    )
    .bind(no)
    .bind(&scope.lo)
    .bind(&scope.hi)
    .execute(tx.conn())
    .await
    .map(drop)
    .db()
}

/// Members whose identity number the batch wrote: id and cipher, in the order of ids.
pub(crate) async fn numbers(
    tx: &mut ScopedTx,
    no: &str,
    scope: &Scope,
    after: Uuid,
    limit: i64,
) -> Result<Vec<(Uuid, Option<String>)>> {
    let rows = sqlx::query(
        "select m.id, m.id_no_cipher from app.row_change c join reg.member m on m.id = c.row_id \
         where c.batch_no = $1 and c.dataset = 'registry.member' and c.changes ? 'id_no' and m.id > $4 \
           and m.region_code >= $2 and m.region_code < $3 order by m.id limit $5",
    )
    .bind(no)
    .bind(&scope.lo)
    .bind(&scope.hi)
    .bind(after)
    .bind(limit)
    .fetch_all(tx.conn())
    .await
    .db()?;
    Ok(rows.iter().map(|r| (r.get("id"), r.get("id_no_cipher"))).collect())
}

/// What identity numbers say.
pub(crate) async fn facts(
    tx: &mut ScopedTx,
    ids: Vec<Uuid>,
    genders: Vec<Option<String>>,
    births: Vec<Option<String>>,
) -> Result<()> {
    sqlx::query(
        "update reg.member m set id_gender = x.g, id_birth_date = x.b::date \
         from unnest($1::uuid[], $2::text[], $3::text[]) as x(id, g, b) where m.id = x.id",
    )
    .bind(ids)
    .bind(genders)
    .bind(births)
    .execute(tx.conn())
    .await
    .map(drop)
    .db()
}
