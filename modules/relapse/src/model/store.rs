//! SQL of the versions of the model: numbers, replays, what batches kept, outcomes. Must not decide.

use crate::model::rules::{Set, Value};
use crate::model::simulate::{Change, Count, Made};
use ::store::{DbResult, ScopedTx};
use base::{Error, Result};
use chrono::NaiveDate;
use serde_json::Value as Json;
use sqlx::{AssertSqlSafe, Row as _};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The version in force with its numbers.
pub(crate) async fn in_force(tx: &mut ScopedTx) -> Result<Set> {
    let id: Option<Uuid> = sqlx::query_scalar("select id from relapse.model_version where state = '03' and not deleted")
        .fetch_optional(tx.conn())
        .await
        .db()?;
    let id = id.ok_or_else(|| {
        Error::refused("relapse.no_model", "没有在用的模型版本，请省级模型审批岗在“模型与参数”中发布一个版本后再接收部门数据。")
    })?;
    set(tx, id).await
}

/// A version with its numbers.
pub(crate) async fn set(tx: &mut ScopedTx, id: Uuid) -> Result<Set> {
    let version: Option<i32> = sqlx::query_scalar("select version from relapse.model_version where id = $1 and not deleted")
        .bind(id)
        .fetch_optional(tx.conn())
        .await
        .db()?;
    let version = version.ok_or_else(no_version)?;
    let rows =
        sqlx::query("select key, region_code, valid_from, value from relapse.model_value where version_id = $1 order by 1, 2, 3")
            .bind(id)
            .fetch_all(tx.conn())
            .await
            .db()?;
    let mut values = Vec::with_capacity(rows.len());
    for r in rows {
        values.push(Value {
            key: r.try_get("key").db()?,
            region_code: r.try_get("region_code").db()?,
            valid_from: r.try_get("valid_from").db()?,
            value: r.try_get("value").db()?,
        });
    }
    Ok(Set::new(id, version, values))
}

pub(crate) fn no_version() -> Error {
    Error::not_found("relapse.no_version", "没有找到这个模型版本，请刷新后重试。")
}

/// State and author of a version, held until the transaction ends.
pub(crate) async fn held(tx: &mut ScopedTx, id: Uuid) -> Result<(String, Option<Uuid>)> {
    let row: Option<(String, Option<Uuid>)> =
        sqlx::query_as("select state, author from relapse.model_version where id = $1 and not deleted for update")
            .bind(id)
            .fetch_optional(tx.conn())
            .await
            .db()?;
    row.ok_or_else(no_version)
}

/// The number of the next version; drafts begun at the same moment wait for each other.
pub(crate) async fn next_version(tx: &mut ScopedTx) -> Result<i32> {
    sqlx::query("select pg_advisory_xact_lock(hashtext('relapse.model_version'))").execute(tx.conn()).await.db()?;
    sqlx::query_scalar("select coalesce(max(version), 0) + 1 from relapse.model_version").fetch_one(tx.conn()).await.db()
}

/// Versions in force other than this one.
pub(crate) async fn another_in_force(tx: &mut ScopedTx, id: Uuid) -> Result<Vec<Uuid>> {
    sqlx::query_scalar("select id from relapse.model_version where state = '03' and id <> $1 and not deleted for update")
        .bind(id)
        .fetch_all(tx.conn())
        .await
        .db()
}

/// What identifies the numbers of a version: equal where they are equal.
pub(crate) async fn stamp(tx: &mut ScopedTx, id: Uuid) -> Result<String> {
    sqlx::query_scalar(
        "select md5(coalesce(string_agg(concat_ws('|', key, region_code, valid_from, value), ';' order by key, region_code, valid_from), '')) \
           from relapse.model_value where version_id = $1",
    )
    .bind(id)
    .fetch_one(tx.conn())
    .await
    .db()
}

/// Replaces the numbers of a draft.
pub(crate) async fn set_values(tx: &mut ScopedTx, id: Uuid, values: &[Value]) -> Result<()> {
    sqlx::query("delete from relapse.model_value where version_id = $1").bind(id).execute(tx.conn()).await.db()?;
    sqlx::query(
        "insert into relapse.model_value (version_id, key, region_code, valid_from, value) \
         select $1, * from unnest($2::text[], $3::text[], $4::date[], $5::bigint[])",
    )
    .bind(id)
    .bind(values.iter().map(|v| v.key.clone()).collect::<Vec<_>>())
    .bind(values.iter().map(|v| v.region_code.clone()).collect::<Vec<_>>())
    .bind(values.iter().map(|v| v.valid_from).collect::<Vec<_>>())
    .bind(values.iter().map(|v| v.value).collect::<Vec<_>>())
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}

/// Every version, newest first, with its newest replay and how many clues name it.
pub(crate) async fn versions(tx: &mut ScopedTx) -> Result<Vec<Json>> {
    sqlx::query_scalar(
        "select jsonb_build_object('id', v.id, 'version', v.version, 'name', v.name, 'reason', v.reason, 'base_version', v.base_version, \
                  'state', v.state, 'author', v.author, 'released_at', v.released_at, 'row_version', v.row_version, \
                  'clues', (select count(*) from relapse.clue c where c.model_version = v.version and not c.deleted), \
                  'replayed_at', (select max(r.made_at) from relapse.model_replay r where r.version_id = v.id)) \
           from relapse.model_version v where not v.deleted order by v.version desc limit 200",
    )
    .fetch_all(tx.conn())
    .await
    .db()
}

/// Parameters of the register that bear the name of a number of the model and say otherwise than a version does: they do not count.
pub(crate) async fn outside(tx: &mut ScopedTx, version: Uuid, keys: &[String], on: NaiveDate) -> Result<Vec<Json>> {
    sqlx::query_scalar(
        "select jsonb_build_object('key', p.key, 'region_code', p.region_code, 'valid_from', p.valid_from, 'value', p.value) \
           from reg.policy_param p \
          where p.key = any($2) and not p.deleted and (p.valid_to is null or p.valid_to >= $3) \
            and not exists (select from relapse.model_value m where m.version_id = $1 and m.key = p.key and m.region_code = p.region_code \
                             and m.valid_from = p.valid_from and m.value::text = btrim(p.value)) \
          order by p.key, p.region_code, p.valid_from limit 200",
    )
    .bind(version)
    .bind(keys)
    .bind(on)
    .fetch_all(tx.conn())
    .await
    .db()
}

/// A batch that lines were kept of.
pub(crate) struct Batch {
    pub id: Uuid,
    pub item: String,
    pub on: NaiveDate,
    pub lines: i64,
}

/// Batches with kept lines, as they came.
pub(crate) async fn batches(tx: &mut ScopedTx) -> Result<Vec<Batch>> {
    let rows = sqlx::query(
        "select b.id, d.item_no, l.on_day, l.lines from relapse.dept_batch b join relapse.dept_dataset d on d.id = b.dataset_id \
           join (select batch_id, min(kept_on) as on_day, count(*) as lines from relapse.dept_line group by 1) l on l.batch_id = b.id \
          where not b.deleted order by b.received_at, b.id",
    )
    .fetch_all(tx.conn())
    .await
    .db()?;
    rows.iter()
        .map(|r| {
            Ok(Batch {
                id: r.try_get("id").db()?,
                item: r.try_get("item_no").db()?,
                on: r.try_get("on_day").db()?,
                lines: r.try_get("lines").db()?,
            })
        })
        .collect()
}

/// The clues that kept batches made, with what came of them.
pub(crate) async fn made(tx: &mut ScopedTx) -> Result<Vec<Made>> {
    let rows = sqlx::query(
        "select distinct on (h.clue_id) h.clue_id, h.batch_id, h.household_id, w.rule_id as rule, c.state, c.result \
           from relapse.dept_hit h join relapse.clue c on c.id = h.clue_id and not c.deleted \
           left join relapse.warn_rule w on w.id = c.rule_id \
          where h.verdict = '01' order by h.clue_id",
    )
    .fetch_all(tx.conn())
    .await
    .db()?;
    rows.iter()
        .map(|r| {
            Ok(Made {
                clue: r.try_get("clue_id").db()?,
                batch: r.try_get("batch_id").db()?,
                household: r.try_get("household_id").db()?,
                rule: r.try_get::<Option<String>, _>("rule").db()?.unwrap_or_default(),
                state: r.try_get("state").db()?,
                result: r.try_get("result").db()?,
            })
        })
        .collect()
}

/// The day that conditions call today, until the transaction ends.
pub(crate) async fn today_is(tx: &mut ScopedTx, day: NaiveDate) -> Result<()> {
    sqlx::query("select set_config('ganong.today', $1, true)").bind(day.to_string()).execute(tx.conn()).await.db()?;
    Ok(())
}

/// A replay as it is kept.
pub(crate) struct Replay<'a> {
    pub id: Uuid,
    pub version: Uuid,
    pub base: Uuid,
    pub stamp: &'a str,
    pub days: Option<(NaiveDate, NaiveDate)>,
    pub batches: usize,
    pub lines: i64,
    pub totals: &'a Json,
}

pub(crate) async fn keep_replay(
    tx: &mut ScopedTx,
    r: &Replay<'_>,
    counts: &BTreeMap<(String, String), Count>,
    changes: &[Change],
) -> Result<()> {
    let (by, region) = (tx.actor().user_id, tx.actor().region.as_str().to_owned());
    sqlx::query(
        "insert into relapse.model_replay (id, region_code, version_id, base_id, stamp, first_day, last_day, batches, lines, made_by, totals) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(r.id)
    .bind(region)
    .bind(r.version)
    .bind(r.base)
    .bind(r.stamp)
    .bind(r.days.map(|d| d.0))
    .bind(r.days.map(|d| d.1))
    .bind(i32::try_from(r.batches).unwrap_or(i32::MAX))
    .bind(r.lines)
    .bind(by)
    .bind(r.totals)
    .execute(tx.conn())
    .await
    .db()?;
    let ints = |f: &dyn Fn(&Count) -> i64| counts.values().map(|c| i32::try_from(f(c)).unwrap_or(i32::MAX)).collect::<Vec<_>>();
    sqlx::query(
        "insert into relapse.model_replay_count (replay_id, region_code, rule, before, after, gained, lost, lost_included, expected_before, expected_after) \
         select $1, * from unnest($2::text[], $3::text[], $4::integer[], $5::integer[], $6::integer[], $7::integer[], $8::integer[], $9::float8[], $10::float8[])",
    )
    .bind(r.id)
    .bind(counts.keys().map(|k| format!("{:0<12}", k.0)).collect::<Vec<_>>())
    .bind(counts.keys().map(|k| k.1.clone()).collect::<Vec<_>>())
    .bind(ints(&|c| c.before))
    .bind(ints(&|c| c.after))
    .bind(ints(&|c| c.gained))
    .bind(ints(&|c| c.lost))
    .bind(ints(&|c| c.lost_included))
    .bind(counts.values().map(|c| c.expected_before).collect::<Vec<_>>())
    .bind(counts.values().map(|c| c.expected_after).collect::<Vec<_>>())
    .execute(tx.conn())
    .await
    .db()?;
    sqlx::query(
        "insert into relapse.model_replay_change (replay_id, region_code, batch_id, household_id, gained, rule, score, clue_id, result) \
         select $1, * from unnest($2::text[], $3::uuid[], $4::uuid[], $5::boolean[], $6::text[], $7::integer[], $8::uuid[], $9::text[])",
    )
    .bind(r.id)
    .bind(changes.iter().map(|c| c.village.as_str().to_owned()).collect::<Vec<_>>())
    .bind(changes.iter().map(|c| c.batch).collect::<Vec<_>>())
    .bind(changes.iter().map(|c| c.household).collect::<Vec<_>>())
    .bind(changes.iter().map(|c| c.gained).collect::<Vec<_>>())
    .bind(changes.iter().map(|c| c.rule.clone()).collect::<Vec<_>>())
    .bind(changes.iter().map(|c| i32::try_from(c.score).unwrap_or(100)).collect::<Vec<_>>())
    .bind(changes.iter().map(|c| c.clue).collect::<Vec<_>>())
    .bind(changes.iter().map(|c| c.result.clone()).collect::<Vec<_>>())
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}

/// The newest replay of a version: its id and the stamp of the numbers it replayed.
pub(crate) async fn newest_replay(tx: &mut ScopedTx, version: Uuid) -> Result<Option<(Uuid, String, Uuid)>> {
    sqlx::query_as("select id, stamp, base_id from relapse.model_replay where version_id = $1 order by made_at desc limit 1")
        .bind(version)
        .fetch_optional(tx.conn())
        .await
        .db()
}

/// The newest replay of a version as it is shown: totals, counts by rule and by county, the first changes.
pub(crate) async fn replay_shown(tx: &mut ScopedTx, version: Uuid, changes: i64) -> Result<Option<Json>> {
    sqlx::query_scalar(
        "with r as (select * from relapse.model_replay where version_id = $1 order by made_at desc limit 1), \
         c as (select k.* from relapse.model_replay_count k join r on r.id = k.replay_id), \
         s as (select rule, null::text as region_code, sum(before) as before, sum(after) as after, sum(gained) as gained, sum(lost) as lost, \
                      sum(lost_included) as lost_included, sum(expected_before) as expected_before, sum(expected_after) as expected_after from c group by rule \
               union all select null, region_code, sum(before), sum(after), sum(gained), sum(lost), sum(lost_included), sum(expected_before), sum(expected_after) from c group by region_code) \
         select jsonb_build_object('id', r.id, 'made_at', r.made_at, 'stamp', r.stamp, 'base_version', (select version from relapse.model_version v where v.id = r.base_id), \
                  'first_day', r.first_day, 'last_day', r.last_day, 'batches', r.batches, 'lines', r.lines, 'totals', r.totals, \
                  'rules', coalesce((select jsonb_agg(to_jsonb(s) order by s.rule) from s where s.rule is not null), '[]'), \
                  'counties', coalesce((select jsonb_agg(to_jsonb(s) order by s.region_code) from s where s.region_code is not null), '[]'), \
                  'changes', coalesce((select jsonb_agg(to_jsonb(x)) from (select h.region_code, h.household_id, o.household_no, h.gained, h.rule, h.score, h.clue_id, h.result \
                       from relapse.model_replay_change h join reg.household o on o.id = h.household_id where h.replay_id = r.id \
                      order by h.gained, h.result = '01' desc nulls last, h.region_code, h.household_id limit $2) x), '[]')) \
           from r",
    )
    .bind(version)
    .bind(changes)
    .fetch_optional(tx.conn())
    .await
    .db()
}

/// Outcomes by something, over months of a range of regions.
pub(crate) struct Over<'a> {
    pub from: i32,
    pub to: i32,
    pub range: &'a base::Scope,
}

/// What outcomes are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Rule,
    Dept,
    County,
    Version,
    /// Rule and month, for suggestions.
    RuleMonth,
}

/// Outcomes, one line a group: finished, included, wrong; hits that were sent or joined, of them joined; missed; opinions.
pub(crate) async fn outcomes(tx: &mut ScopedTx, by: By, over: &Over<'_>) -> Result<Vec<Json>> {
    // the group as said of a clue, a hit, a missed household and an opinion
    let (clue, hit, missed, opinion) = match by {
        By::Rule => ("c.rule_id::text", "h.rule_id::text", "m.rule_id::text", "f.related_rule::text"),
        By::Dept => ("c.dept", "h.dept", "m.dept", "(select w.dept from relapse.warn_rule w where w.id = f.related_rule)"),
        By::County => (
            "rpad(left(c.region_code, 6), 12, '0')",
            "rpad(left(h.region_code, 6), 12, '0')",
            "rpad(left(m.region_code, 6), 12, '0')",
            "rpad(left(f.region_code, 6), 12, '0')",
        ),
        By::Version => ("c.model_version::text", "h.model_version::text", "m.model_version::text", "null::text"),
        By::RuleMonth => (
            "c.rule_id::text || ' ' || reg.ym(coalesce(c.finished_at, c.updated_at))",
            "h.rule_id::text || ' ' || reg.ym_of(h.made_on)",
            "m.rule_id::text || ' ' || m.identify_ym",
            "null::text",
        ),
    };
    let sql = format!(
        "with part (key, finished, included, wrong, arrived, repeated, missed, opinions) as ( \
           select {clue}, count(*), count(*) filter (where c.state = '79'), count(*) filter (where c.result = '07'), \
                  0::bigint, 0::bigint, 0::bigint, 0::bigint \
             from relapse.clue c where c.line = '01' and not c.deleted and c.state in ('79', '80', '90') \
              and reg.ym(coalesce(c.finished_at, c.updated_at)) between $1 and $2 and c.region_code >= $3 and c.region_code < $4 group by 1 \
           union all select {hit}, 0, 0, 0, count(*), count(*) filter (where h.verdict = '02'), 0, 0 from relapse.dept_hit h \
            where h.verdict in ('01', '02') and reg.ym_of(h.made_on) between $1 and $2 and h.region_code >= $3 and h.region_code < $4 group by 1 \
           union all select {missed}, 0, 0, 0, 0, 0, count(distinct m.household_id), 0 from relapse.v_missed m \
            where m.identify_ym between $1 and $2 and m.region_code >= $3 and m.region_code < $4 group by 1 \
           union all select {opinion}, 0, 0, 0, 0, 0, 0, count(*) from relapse.feedback f \
            where f.related_rule is not null and not f.deleted and reg.ym(f.created_at) between $1 and $2 and f.region_code >= $3 and f.region_code < $4 group by 1) \
         select jsonb_build_object('key', key, 'finished', sum(finished), 'included', sum(included), 'wrong', sum(wrong), \
                  'arrived', sum(arrived), 'repeated', sum(repeated), 'missed', sum(missed), 'opinions', sum(opinions)) \
           from part where key is not null group by key order by key"
    );
    sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(over.from)
        .bind(over.to)
        .bind(&over.range.lo)
        .bind(&over.range.hi)
        .fetch_all(tx.conn())
        .await
        .db()
}

/// Published rules: id, number, name.
pub(crate) async fn rule_names(tx: &mut ScopedTx) -> Result<Vec<(Uuid, String, String)>> {
    sqlx::query_as("select id, rule_id, coalesce(name, '') from relapse.warn_rule where not deleted order by rule_id, version")
        .fetch_all(tx.conn())
        .await
        .db()
}

/// Writes the precision of ninety days on each rule; how many rules have outcomes.
pub(crate) async fn write_precision(tx: &mut ScopedTx) -> Result<u64> {
    let done = sqlx::query(
        "update relapse.warn_rule w set precision_90d = x.pct, updated_at = now(), row_version = row_version + 1 from ( \
           select c.rule_id, round(count(*) filter (where c.state = '79') * 100.0 / count(*), 2) as pct from relapse.clue c \
            where c.line = '01' and not c.deleted and c.state in ('79', '80', '90') \
              and coalesce(c.finished_at, c.updated_at) > now() - interval '90 days' group by 1) x \
         where x.rule_id = w.id and w.precision_90d is distinct from x.pct",
    )
    .execute(tx.conn())
    .await
    .db()?;
    Ok(done.rows_affected())
}

/// Removes lines kept before a day; how many.
pub(crate) async fn forget_lines(tx: &mut ScopedTx, before: NaiveDate) -> Result<u64> {
    let done = sqlx::query("delete from relapse.dept_line where kept_on < $1").bind(before).execute(tx.conn()).await.db()?;
    Ok(done.rows_affected())
}
