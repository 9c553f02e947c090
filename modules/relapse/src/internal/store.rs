//! SQL of what the register tells: income of two years and the line, workers who returned, clues after an elimination. Must not decide.

use ::store::{DbResult, ScopedTx};
use base::Result;
use chrono::NaiveDate;
use sqlx::Row as _;
use uuid::Uuid;

/// From where on a household is worth asking about; the rules decide.
pub(super) struct Near {
    /// Fall of the income in percent, share of the line in percent.
    pub drop_pct: i64,
    pub line_pct: i64,
    /// How far back what happened counts, in days.
    pub returned_days: i64,
    pub warned_days: i64,
    pub cooldown_days: i64,
}

/// A household by its head (another member where it has none).
pub(super) struct Line {
    pub member: Uuid,
    pub name: String,
    pub cipher: String,
    pub year: Option<i32>,
    pub net_pc: Option<i64>,
    pub before_pc: Option<i64>,
    pub line: Option<i64>,
    pub dropped: Option<String>,
    pub out_workers: Option<i32>,
    pub returned: Option<i32>,
    pub last_return: Option<NaiveDate>,
    pub warned: bool,
}

fn days(n: i64) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

/// Households with a reason that was not told since it is there: nobody monitored, nobody refused lately. A reason is told when a clue of
/// the household has it among its triggers, later than the income or the return it speaks of.
pub(super) async fn lines(tx: &mut ScopedTx, near: &Near, today: NaiveDate) -> Result<Vec<Line>> {
    let range = tx.scope().clone();
    let rows = sqlx::query(
        "with h as ( \
           select h.id, h.region_code, h.household_type = '02' as poverty, h.risk_state is not distinct from '1' as eliminated \
             from reg.household h \
            where not h.deleted and h.household_status = '01' and h.region_code >= $1 and h.region_code < $2 \
              and not (coalesce(h.is_monitored, false) and h.risk_state is distinct from '1') \
              and (h.household_type = '02' or h.risk_state = '1' \
                   or exists (select from relapse.dept_event v where v.household_id = h.id and v.day > $3::date - $4::integer)) \
              and not exists (select from relapse.clue c join relapse.warn_rule u on u.id = c.rule_id where c.household_id = h.id and not c.deleted \
                   and c.state = '80' and u.rule_id in ('W28', 'W33', 'W34', 'W35', 'W36') and c.updated_at > now() - make_interval(days => $5))), \
         f as ( \
           select h.*, i.year, i.net_pc, i.updated_at as income_at, b.net_pc as before_pc, l.amount as line, \
                  case when b.net_pc > 0 then round((b.net_pc - i.net_pc) * 100.0 / b.net_pc, 4) end as dropped, \
                  w.out as out_workers, w.back as returned, w.last as last_return, \
                  exists (select from relapse.clue c join relapse.warn_rule u on u.id = c.rule_id where c.household_id = h.id and not c.deleted \
                     and c.line = '01' and c.level in ('1', '2') and u.rule_id <> 'W36' and c.state not in ('79', '80', '90') \
                     and c.created_at > now() - make_interval(days => $6)) as warned, \
                  (select max(t.created_at) from relapse.clue c join relapse.clue_trigger t on t.clue_id = c.id and not t.deleted \
                    where c.household_id = h.id and not c.deleted and t.indicator like '%脱贫户人均纯收入%') as income_told, \
                  (select max(t.created_at) from relapse.clue c join relapse.clue_trigger t on t.clue_id = c.id and not t.deleted \
                    where c.household_id = h.id and not c.deleted and t.indicator like '%户内务工者全部返乡') as return_told, \
                  exists (select from relapse.clue c join relapse.clue_trigger t on t.clue_id = c.id and not t.deleted \
                    where c.household_id = h.id and not c.deleted and c.state not in ('79', '80', '90') and t.indicator like '%已消除户再次命中') as again_told \
             from h \
             left join lateral (select p.year, p.net_pc, p.updated_at from reg.income_period p where p.household_id = h.id and p.period_kind = '01' \
                and not p.deleted and p.net_pc is not null order by p.year desc limit 1) i on true \
             left join lateral (select p.net_pc from reg.income_period p where p.household_id = h.id and p.period_kind = '01' and not p.deleted \
                and p.year = i.year - 1 limit 1) b on true \
             left join lateral (select a.amount from reg.monitor_line a where a.year = i.year and not a.deleted and a.amount is not null \
                and a.state is distinct from '02' \
                and a.region_code in (rpad(left(h.region_code, 6), 12, '0'), rpad(left(h.region_code, 4), 12, '0'), '360000000000') \
                order by a.region_code desc, a.valid_from desc limit 1) l on true \
             left join lateral (select count(*)::integer as out, count(*) filter (where e.day is not null)::integer as back, max(e.day) as last \
                from reg.member o left join lateral (select max(v.day) as day from relapse.dept_event v where v.person_id = o.id \
                   and v.item_no in ('X7', '19') and v.until is null and v.day > $3::date - $4::integer) e on true \
                where o.household_id = h.id and not o.deleted and o.member_status = '01' and o.work_region is not null \
                  and o.work_region not like left(h.region_code, 6) || '%') w on true), \
         told as ( \
           select f.*, \
                  poverty and year >= extract(year from $3::date)::integer - 1 and (income_told is null or income_told < income_at) \
                    and (net_pc * 100 <= line * $8::bigint or dropped >= $7::bigint) as by_income, \
                  out_workers > 0 and returned >= out_workers and (return_told is null or (return_told at time zone 'Asia/Shanghai')::date < last_return) as by_return, \
                  eliminated and not again_told \
                    and (warned or (poverty and year >= extract(year from $3::date)::integer - 1 and (net_pc < line or dropped >= $7::bigint))) as by_again \
             from f) \
         select m.id as member, m.name, m.id_no_cipher as cipher, t.year, t.net_pc, t.before_pc, t.line, t.dropped::text as dropped, t.out_workers, \
                t.returned, t.last_return, t.warned and coalesce(t.by_again, false) as warned, coalesce(t.by_income, false) or (coalesce(t.by_again, false) and not t.warned) as income, \
                coalesce(t.by_return, false) as back \
           from told t join lateral (select o.id, o.name, o.id_no_cipher from reg.member o where o.household_id = t.id and not o.deleted \
             and o.member_status = '01' and o.id_no_cipher is not null order by (o.relation = '01') desc nulls last, o.id limit 1) m on true \
          where t.by_income or t.by_return or t.by_again order by t.id",
    )
    .bind(range.lo)
    .bind(range.hi)
    .bind(today)
    .bind(days(near.returned_days))
    .bind(days(near.cooldown_days))
    .bind(days(near.warned_days))
    .bind(near.drop_pct)
    .bind(near.line_pct)
    .fetch_all(tx.conn())
    .await
    .db()?;
    rows.iter()
        .map(|r| {
            // what was told before is left out of the line, so that it is not told with the new reason
            let (income, back): (bool, bool) = (r.try_get("income").db()?, r.try_get("back").db()?);
            Ok(Line {
                member: r.try_get("member").db()?,
                name: r.try_get::<Option<String>, _>("name").db()?.unwrap_or_default(),
                cipher: r.try_get("cipher").db()?,
                year: r.try_get::<Option<i32>, _>("year").db()?.filter(|_| income),
                // a loss is no income
                net_pc: r.try_get::<Option<i64>, _>("net_pc").db()?.filter(|_| income).map(|n| n.max(0)),
                before_pc: r.try_get::<Option<i64>, _>("before_pc").db()?.filter(|_| income).map(|n| n.max(0)),
                line: r.try_get::<Option<i64>, _>("line").db()?.filter(|_| income),
                dropped: r.try_get::<Option<String>, _>("dropped").db()?.filter(|_| income),
                out_workers: r.try_get::<Option<i32>, _>("out_workers").db()?.filter(|_| back),
                returned: r.try_get::<Option<i32>, _>("returned").db()?.filter(|_| back),
                last_return: r.try_get::<Option<NaiveDate>, _>("last_return").db()?.filter(|_| back),
                warned: r.try_get("warned").db()?,
            })
        })
        .collect()
}

/// Open clues of a household whose risk was eliminated, by a rule, of middle grade: they are high.
pub(super) async fn again(tx: &mut ScopedTx, near: &Near) -> Result<Vec<Uuid>> {
    sqlx::query_scalar(
        "select c.id from relapse.clue c join relapse.warn_rule u on u.id = c.rule_id join reg.household h on h.id = c.household_id \
          where h.risk_state = '1' and not h.deleted and not c.deleted and c.line = '01' and c.level = '2' and c.state not in ('79', '80', '90') \
            and c.created_at > now() - make_interval(days => $1) \
            and exists (select from relapse.warn_rule w where w.rule_id = 'W36' and not w.deleted and w.enabled and w.state = '03') \
          order by c.id for update of c",
    )
    .bind(days(near.warned_days))
    .fetch_all(tx.conn())
    .await
    .db()
}
