//! Look-ups of verification and inclusion, all inside the transaction's regions (row-level security holds them). Must not decide.

use ::store::{DbResult, ScopedTx};
use base::Result;
use sqlx::Row as _;
use uuid::Uuid;

/// Clues of a dispatch that wait for approval.
pub(crate) async fn waiting(tx: &mut ScopedTx, dispatch: Uuid) -> Result<Vec<Uuid>> {
    sqlx::query_scalar(
        "select id from relapse.clue where batch_id = $1 and state = '10' and not deleted order by region_code, id",
    )
    .bind(dispatch)
    .fetch_all(tx.conn())
    .await
    .db()
}

/// Whether a form of this clue exists; after a return, one saved since the return.
pub(super) async fn form_given(tx: &mut ScopedTx, clue: Uuid, returned: bool) -> Result<bool> {
    sqlx::query_scalar(
        "select exists (select from relapse.verify_form f where f.clue_id = $1 and not f.deleted \
           and (not $2 or f.updated_at > coalesce((select max(at) from app.flow_step where row_id = $1 and to_state = '31'), '-infinity')))",
    )
    .bind(clue)
    .bind(returned)
    .fetch_one(tx.conn())
    .await
    .db()
}

/// Whether the newest form of a clue ticks a reason for not including.
pub(super) async fn form_reasons(tx: &mut ScopedTx, clue: Uuid) -> Result<bool> {
    let some: Option<bool> = sqlx::query_scalar(
        "select cardinality(coalesce(not_include_reasons, '{}')) > 0 from relapse.verify_form \
          where clue_id = $1 and not deleted order by updated_at desc, id desc limit 1",
    )
    .bind(clue)
    .fetch_optional(tx.conn())
    .await
    .db()?;
    Ok(some.unwrap_or(false))
}

/// Holds the household and says whether it is monitored; none when it is not in these regions.
pub(super) async fn lock_household(tx: &mut ScopedTx, id: Uuid) -> Result<Option<bool>> {
    sqlx::query_scalar("select coalesce(is_monitored, false) and risk_state is distinct from '1' from reg.household where id = $1 and not deleted for update")
        .bind(id)
        .fetch_optional(tx.conn())
        .await
        .db()
}

pub(super) struct Form {
    pub income_id: Option<Uuid>,
    pub security_id: Option<Uuid>,
    pub risks: Vec<String>,
    pub disaster_kind: Option<String>,
    pub risk_other_note: Option<String>,
}

/// The latest form of a clue.
pub(super) async fn form(tx: &mut ScopedTx, clue: Uuid) -> Result<Option<Form>> {
    let row = sqlx::query(
        "select income_id, security_id, coalesce(risk_types, '{}') as risks, disaster_kind, risk_other_note from relapse.verify_form \
          where clue_id = $1 and not deleted order by updated_at desc, id desc limit 1",
    )
    .bind(clue)
    .fetch_optional(tx.conn())
    .await
    .db()?;
    row.map(|r| {
        Ok(Form {
            income_id: r.try_get("income_id").db()?,
            security_id: r.try_get("security_id").db()?,
            risks: r.try_get("risks").db()?,
            disaster_kind: r.try_get("disaster_kind").db()?,
            risk_other_note: r.try_get("risk_other_note").db()?,
        })
    })
    .transpose()
}

/// What the register knows of a household.
pub(crate) struct Facts {
    pub income_id: Option<Uuid>,
    pub ref_pc_fen: Option<i64>,
    pub security_id: Option<Uuid>,
    pub assisted: bool,
    pub labour: i64,
}

pub(crate) async fn facts(tx: &mut ScopedTx, household: Uuid) -> Result<Facts> {
    let row = sqlx::query(
        "select i.id as income_id, i.ref_pc, s.id as security_id, coalesce(m.assisted, false) as assisted, coalesce(m.labour, 0) as labour \
           from (select 1) one \
           left join lateral (select id, ref_pc from reg.income_period where household_id = $1 and not deleted \
                               order by year desc, period_end desc nulls last, id desc limit 1) i on true \
           left join lateral (select id from reg.security_check where household_id = $1 and not deleted \
                               order by created_at desc, id desc limit 1) s on true \
           left join lateral (select bool_or(coalesce(dibao_status, '00') <> '00' or coalesce(tekun_status, '00') <> '00') as assisted, \
                                     count(*) filter (where labor_skill in ('01', '02', '03')) as labour \
                                from reg.member where household_id = $1 and not deleted and member_status = '01') m on true",
    )
    .bind(household)
    .fetch_one(tx.conn())
    .await
    .db()?;
    Ok(Facts {
        income_id: row.try_get("income_id").db()?,
        ref_pc_fen: row.try_get("ref_pc").db()?,
        security_id: row.try_get("security_id").db()?,
        assisted: row.try_get("assisted").db()?,
        labour: row.try_get("labour").db()?,
    })
}

/// Who submitted the verification.
pub(super) async fn verified_by(tx: &mut ScopedTx, clue: Uuid) -> Result<String> {
    let name: Option<String> =
        sqlx::query_scalar("select actor_name from app.flow_step where row_id = $1 and to_state = '40' order by id desc limit 1")
            .bind(clue)
            .fetch_optional(tx.conn())
            .await
            .db()?;
    Ok(name.unwrap_or_else(|| "未记录".to_owned()))
}

/// The household of a clue: none without such a clue, none inside where nobody was matched.
pub(super) async fn household_of_clue(tx: &mut ScopedTx, clue: Uuid) -> Result<Option<Option<Uuid>>> {
    sqlx::query_scalar("select household_id from relapse.clue where id = $1 and not deleted")
        .bind(clue)
        .fetch_optional(tx.conn())
        .await
        .db()
}
