//! Matching of toilets with the register, as statements over all of them. Must not decide.

use super::Synced;
use base::Result;
use store::{DbResult, ScopedTx};

/// Toilets with the household they belong to and how it was found: the head's identity number, the household named on the
/// form, a member's identity number; and what the register says of that household (HOUSE_ATTR).
const MATCHED: &str = "create temp table toilet_match on commit drop as \
  with t as (select id, region_code, household_id, head_id_card_token as token, house_attr from toilet.house_toilet \
             where not deleted and coalesce(record_state, '10') <> '50'), \
  found as (select distinct on (t.id) t.id as toilet, t.region_code, t.house_attr as old_attr, x.household, x.mode from t \
    left join lateral ( \
      select h.id as household, '1' as mode from reg.household h where h.head_id_no_token = t.token and not h.deleted and h.household_status = '01' \
      union all select h.id, '2' from reg.household h where h.id = t.household_id and not h.deleted \
      union all select m.household_id, '3' from reg.member m where m.id_no_token = t.token and not m.deleted and m.member_status = '01' \
    ) x on true order by t.id, x.mode), \
  said as (select f.*, h.household_type, coalesce(h.is_monitored, false) as watched, h.risk_state, coalesce(h.relocation_flag, false) as moved, \
      coalesce((select bool_or(m.dibao_status in ('01', '02')) from reg.member m where m.household_id = f.household and not m.deleted), false) as dibao, \
      coalesce((select bool_or(m.tekun_status not in ('00')) from reg.member m where m.household_id = f.household and not m.deleted), false) as tekun, \
      count(*) filter (where f.household is not null) over (partition by f.household) as many \
    from found f left join reg.household h on h.id = f.household) \
  select toilet, region_code, household, mode, old_attr, many, \
    case when household is null then null else \
      array_remove(array[ \
        case when household_type = '02' and watched then '2' when household_type = '02' then '1' \
             when watched then '3' when risk_state = '1' then '5' when tekun then '7' when dibao then '6' else '0' end, \
        case when moved then '8' end], null) end as new_attr from said";

pub(super) async fn follow(tx: &mut ScopedTx, batch: &str) -> Result<Synced> {
    sqlx::raw_sql(MATCHED).execute(tx.conn()).await.db()?;
    let run = async |tx: &mut ScopedTx, sql: &'static str| -> Result<u64> {
        Ok(sqlx::query(sql).bind(batch).execute(tx.conn()).await.db()?.rows_affected())
    };
    // a line for what changed, and for what a person must look at, once for each state of it
    run(
        tx,
        "insert into toilet.attr_sync (id, region_code, source, sync_batch, sync_time, toilet_id, match_mode, old_attr, new_attr, household_id, result) \
         select gen_random_uuid(), m.region_code, '01', $1, now(), m.toilet, m.mode, m.old_attr, m.new_attr, m.household, \
           case when m.household is null then '3' when m.many > 1 then '4' else '1' end \
         from toilet_match m where (m.household is not null and m.many = 1 and m.new_attr is distinct from m.old_attr) \
           or ((m.household is null or m.many > 1) and not exists (select from toilet.attr_sync a where a.toilet_id = m.toilet \
             and a.result = case when m.household is null then '3' else '4' end and a.handled_at is null and not a.deleted))",
    )
    .await?;
    let changed = run(
        tx,
        "update toilet.house_toilet t set house_attr = m.new_attr, household_id = coalesce(t.household_id, m.household), attr_synced_at = now(), \
           row_version = t.row_version + 1, updated_at = now(), sync_batch_no = $1 \
         from toilet_match m where t.id = m.toilet and m.household is not null and m.new_attr is distinct from t.house_attr",
    )
    .await?;
    let (unmatched, conflicts): (i64, i64) =
        sqlx::query_as("select count(*) filter (where household is null), count(*) filter (where many > 1) from toilet_match")
            .fetch_one(tx.conn())
            .await
            .db()?;
    let n = |v: i64| u64::try_from(v).unwrap_or(0);
    Ok(Synced { changed, unmatched: n(unmatched), conflicts: n(conflicts) })
}
