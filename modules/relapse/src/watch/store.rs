//! The ten questions, and the rows that keep their answers. Must not decide who acts and when.

use super::rules::List;
use ::store::{DbResult, ScopedTx};
use base::Result;
use chrono::NaiveDate;
use sqlx::AssertSqlSafe;

/// Households and why, for each list. `$1` the number of the list, `$2` today.
fn question(code: &str) -> &'static str {
    match code {
        "01" => {
            "select household_id, region_code, '识别于 ' || identify_ym || '，已 ' || reg.months_from(identify_ym, reg.ym_of($2)) || ' 个月未消除' as reason
               from relapse.v_case where state in ('10', '20') and reg.months_from(identify_ym, reg.ym_of($2)) > $1"
        }
        "02" => {
            "select c.household_id, c.region_code, a.year || '、' || b.year || ' 两年人均纯收入均低于当年监测范围' as reason
               from relapse.v_case c
               join lateral (select year, net_pc, line from reg.v_income i where i.household_id = c.household_id order by year desc limit 1) a on a.net_pc < a.line
               join reg.v_income b on b.household_id = c.household_id and b.year = a.year - 1 and b.net_pc < b.line
              where c.state in ('10', '20') and $1 >= 0"
        }
        "03" => {
            "select c.household_id, c.region_code, '消除于 ' || c.solved_ym || '，' || $1 || ' 个月内没有回访' as reason
               from relapse.v_case c
              where c.state = '30' and c.next_ym is null and reg.months_from(c.solved_ym, reg.ym_of($2)) >= $1
                and not exists (select from relapse.visit v where v.household_id = c.household_id and not v.deleted
                                 and v.visit_at >= $2 - make_interval(months => $1))"
        }
        "04" => {
            "select c.household_id, c.region_code, '整户无劳动力兜底户，本月还没有走访' as reason
               from relapse.v_case c
              where c.state in ('10', '20') and c.whole_no_labor_bottom and $1 >= 0
                and not exists (select from relapse.visit v where v.household_id = c.household_id and not v.deleted
                                 and reg.ym(v.visit_at) = reg.ym_of($2))"
        }
        "05" => {
            "select distinct on (household_id) household_id, region_code, '高风险线索 ' || clue_no || ' 不纳入，请复核' as reason
               from relapse.clue
              where level = '1' and state = '80' and household_id is not null and not deleted and updated_at >= $2 - make_interval(days => $1)
              order by household_id, updated_at desc"
        }
        "06" => {
            "select distinct on (m.household_id) m.household_id, m.region_code, '有措施于 ' || m.end_date || ' 到期，没有新的措施' as reason
               from relapse.v_measure m
              where m.case_state in ('10', '20') and m.end_date < $2 and $1 >= 0
                and not exists (select from relapse.measure n where n.household_id = m.household_id and not n.deleted
                                 and n.category = m.category and n.state <> '04' and (n.end_date is null or n.end_date >= $2))
              order by m.household_id, m.end_date desc"
        }
        "07" => {
            "select c.household_id, c.region_code, '没有在任的帮扶责任人或监测联系人' as reason
               from relapse.v_case c
              where c.state in ('10', '20') and $1 >= 0
                and not exists (select from reg.v_pair p where p.household_id = c.household_id and p.helper_status = '01'
                                 and (p.end_date is null or p.end_date >= $2))"
        }
        "08" => {
            "select c.household_id, c.region_code, '识别已 ' || reg.months_from(c.identify_ym, reg.ym_of($2)) || ' 个月，收入达标、三保障和饮水无问题、措施已落实，可以申请消除' as reason
               from relapse.v_case c
               join lateral (select net_pc, ref_pc, line from reg.v_income i where i.household_id = c.household_id order by year desc limit 1) i
                 on coalesce(i.ref_pc, i.net_pc) >= i.line
               join lateral (select s.* from reg.v_security s where s.household_id = c.household_id order by checked_on desc limit 1) s
                 on not (s.edu_problem or s.house_problem or s.med_problem or s.water_problem)
              where c.state = '10' and not c.whole_no_labor_bottom and c.landed > 0 and reg.months_from(c.identify_ym, reg.ym_of($2)) >= $1"
        }
        "09" => {
            "select h.household_id, h.region_code, '户籍人口登记 ' || x.hukou_count || ' 人，在册成员 ' || h.people || ' 人，超过 ' || $1 || ' 日未更新' as reason
               from reg.v_household h join reg.household x on x.id = h.household_id
              where h.people <> x.hukou_count and x.updated_at < $2 - make_interval(days => $1)
                and not exists (select from reg.member m where m.household_id = h.household_id and m.updated_at >= $2 - make_interval(days => $1))"
        }
        _ => {
            "select h.household_id, h.region_code, y.year || ' 年度收入还没有采集' as reason
               from reg.v_household h
               cross join (select case when extract(month from $2) >= 10 then extract(year from $2) else extract(year from $2) - 1 end::integer as year) y
              where (h.household_type = '02' or h.is_monitored) and $1 >= 0
                and not exists (select from reg.income_period i where i.household_id = h.household_id and i.period_kind = '01'
                                 and i.year = y.year and not i.deleted)"
        }
    }
}

/// Finds one list anew: new households come in, those that still belong there stay, the others are closed. How many are open.
pub(super) async fn find(tx: &mut ScopedTx, list: &List, number: i32, days: i32, today: NaiveDate) -> Result<u64> {
    let sql = format!(
        "with found as materialized (select distinct on (household_id) household_id, region_code, left(reason, 200) as reason from ({}) q order by household_id), \
         gone as (update relapse.watch_item w set state = '03', updated_at = now(), row_version = row_version + 1 \
                   where w.kind = $3 and w.state in ('01', '02') and not w.deleted \
                     and not exists (select from found f where f.household_id = w.household_id) returning 1), \
         come as (insert into relapse.watch_item (id, region_code, kind, household_id, reason, duty_level, due, found_on, last_seen, state) \
                  select gen_random_uuid(), region_code, $3, household_id, reason, $4, $2 + $5, $2, $2, '01' from found \
                  on conflict (household_id, kind) where state in ('01', '02') and not deleted \
                  do update set last_seen = excluded.last_seen, reason = excluded.reason returning 1) \
         select (select count(*) from found) from (select 1) x where (select count(*) from gone) >= 0 and (select count(*) from come) >= 0",
        question(list.code)
    );
    let n: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(number)
        .bind(today)
        .bind(list.code)
        .bind(list.duty)
        .bind(days)
        .fetch_one(tx.conn())
        .await
        .db()?;
    Ok(n.max(0) as u64)
}
