//! What the delivery would change: new, changed and gone rows by one statement each, conflicts, figures by county.
//! Must not know files.

use super::quoted;
use crate::plan::{FeedPlan, Plan};
use crate::rules::Tally;
use ::store::{DbResult, ScopedTx};
use base::Result;
use meta::{Field, Kind};
use secure::{TokenKind, Vault};
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

async fn run(tx: &mut ScopedTx, sql: String) -> Result<u64> {
    sqlx::query(AssertSqlSafe(sql)).execute(tx.conn()).await.db().map(|d| d.rows_affected())
}

/// True where the delivery says something else than row `t` about a field; `f` is the shadow row.
pub(crate) fn differs(p: &FeedPlan, f: &Field, source: usize) -> String {
    let c = f.filter_column();
    let mut out = format!("t.{c} is distinct from f.{c}");
    if p.keeps(f, source) {
        out = format!("f.{c} is not null and {out}");
    }
    match p.flag(source) {
        Some(flag) => format!("({out} and f.{flag})"),
        None => format!("({out})"),
    }
}

/// Constants that a row which came back gets again: those that going away had changed.
pub(crate) fn revived(p: &FeedPlan) -> Vec<(String, String, String)> {
    let Some(g) = &p.feed.gone else { return vec![] };
    p.feed
        .constants
        .iter()
        .filter(|(n, _)| g.set.contains_key(*n))
        .map(|(n, v)| {
            let states: Vec<String> = [g.set.get(n), g.with_parent.get(n)].into_iter().flatten().map(|s| quoted(s)).collect();
            (n.clone(), v.clone(), format!("t.{n} in ({})", states.join(", ")))
        })
        .collect()
}

/// Name and condition of everything that may differ, beside the region.
pub(crate) fn parts(p: &FeedPlan) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = p.compared().map(|(f, source)| (f.name.clone(), differs(p, f, source))).collect();
    // the key itself, where a row of ours was attached
    out.extend(p.feed.key.iter().filter_map(|k| {
        let f = p.dataset.field(k)?;
        (p.fields.iter().any(|(x, _)| x.name == *k) && f.kind != Kind::Ref)
            .then(|| (k.clone(), format!("(t.{k} is distinct from f.{k})")))
    }));
    out.extend(revived(p).into_iter().map(|(n, _, when)| (n, format!("({when})"))));
    out.push(("region_code".into(), "(t.region_code is distinct from f.region_code)".into()));
    out
}

/// Key shown to people.
fn key_text(p: &FeedPlan, alias: &str) -> String {
    let shown: Vec<String> = p
        .feed
        .key
        .iter()
        .filter(|k| p.dataset.field(k).is_some_and(|f| f.kind != Kind::Ref) && !p.feed.constants.contains_key(*k))
        .map(|k| format!("{alias}.{k}::text"))
        .collect();
    if shown.is_empty() { "''".into() } else { format!("concat_ws('/', {})", shown.join(", ")) }
}

/// Notes every difference of a feed; gone rows first, so that a number that moves on is no conflict.
pub(crate) async fn differences(tx: &mut ScopedTx, plan: &Plan, p: &FeedPlan, batch_no: &str) -> Result<()> {
    let (shadow, ours, dataset) = (plan.shadow(p), p.dataset.table(), quoted(&p.dataset.id));
    let no = quoted(batch_no);
    let scope = tx.scope().clone();
    let here = format!("t.region_code >= '{}' and t.region_code < '{}'", scope.lo, scope.hi);
    if let Some(g) = &p.feed.gone {
        let expected: Vec<String> = g.r#where.iter().map(|(f, v)| format!("t.{f} = {}", quoted(v))).collect();
        let raw = plan.raw_table(&p.feed.sources[0].file);
        let key = &p.feed.key[0];
        run(
            tx,
            format!(
                "insert into app.sync_difference (batch_no, dataset, row_id, region_code, verb, key) \
                 select {no}, {dataset}, t.id, t.region_code, 'gone', t.{key} from {ours} t \
                 where {here} and not t.deleted and t.source = '01' and t.{key} is not null and {} \
                   and not exists (select from {raw} r where r.f{}_0_{key} = t.{key}) \
                   and left(t.region_code, 6) in (select distinct left(r.region, 6) from {raw} r where r.region is not null)",
                expected.join(" and "),
                p.at
            ),
        )
        .await?;
    }
    if let Some(single) = p.feed.single.as_deref().and_then(|n| p.dataset.field(n)) {
        conflicts(tx, plan, p, single, batch_no).await?;
    }
    run(
        tx,
        format!(
            "insert into app.sync_difference (batch_no, dataset, row_id, region_code, verb, key, position, row_number) \
             select {no}, {dataset}, f.id, f.region_code, 'new', {}, f.position, f.row_number from {shadow} f where f.target is null",
            key_text(p, "f")
        ),
    )
    .await?;
    let parts = parts(p);
    let fields: Vec<String> = parts.iter().map(|(n, when)| format!("case when {when} then {} end", quoted(n))).collect();
    let any: Vec<&str> = parts.iter().map(|(_, w)| w.as_str()).collect();
    run(
        tx,
        format!(
            "insert into app.sync_difference (batch_no, dataset, row_id, region_code, verb, fields, key, position, row_number) \
             select {no}, {dataset}, f.id, f.region_code, 'changed', array_remove(array[{}]::text[], null), {}, f.position, f.row_number \
             from {shadow} f join {ours} t on t.id = f.target where {here} and ({})",
            fields.join(", "),
            key_text(p, "f"),
            any.join(" or ")
        ),
    )
    .await
    .map(drop)
}

/// Rows that are new or got another number, whose number somebody else has: they are told and not taken.
async fn conflicts(tx: &mut ScopedTx, plan: &Plan, p: &FeedPlan, single: &Field, batch_no: &str) -> Result<()> {
    let (shadow, ours) = (plan.shadow(p), p.dataset.table());
    let c = single.filter_column();
    let scope = tx.scope().clone();
    let column = p.feed.sources[0].columns.get(&single.name).map_or("", String::as_str);
    let sql = format!(
        "with fresh as (select f.id, f.made, f.{c} as token, f.position, f.row_number, f.region_code from {shadow} f \
                        left join {ours} t on t.id = f.target where f.{c} is not null and (t.id is null or t.{c} is distinct from f.{c})), \
         hit as (select distinct on (x.made) x.*, o.region_code as other from fresh x join {ours} o on o.{c} = x.token and o.id <> x.id \
                 and not o.deleted and o.source = '01' and o.region_code >= '{lo}' and o.region_code < '{hi}' \
                 where not exists (select from app.sync_difference d where d.batch_no = {no} and d.dataset = {ds} and d.verb = 'gone' and d.row_id = o.id) \
                   and not exists (select from {shadow} s where s.target = o.id and s.{c} is distinct from x.token) \
                 union select distinct on (x.made) x.*, s.region_code from fresh x join {shadow} s on s.{c} = x.token and s.made <> x.made \
                   and (s.position, s.row_number) < (x.position, x.row_number)), \
         told as (insert into app.sync_problem (batch_no, dataset, region_code, position, row_number, label, code, message) \
                  select distinct on (h.made) {no}, {ds}, h.region_code, h.position, h.row_number, {column}, 'exchange.number_taken', \
                    case when left(h.other, 6) = left(h.region_code, 6) then '该号码已由本县另一条记录使用，本行未采用，请核对是否重复录入。' \
                         else '该号码已由另一县（' || left(h.other, 6) || '）的记录使用，本行未采用，请两县核对。' end \
                  from hit h returning 1) \
         delete from {shadow} f using (select distinct made from hit) h where f.made = h.made and (select count(*) from told) >= 0",
        lo = scope.lo,
        hi = scope.hi,
        no = quoted(batch_no),
        ds = quoted(&p.dataset.id),
        column = quoted(column),
    );
    run(tx, sql).await.map(drop)
}

/// Ciphers of rows that are already here were made for another id: those that would be written are made anew for theirs.
pub(crate) async fn reseal(tx: &mut ScopedTx, plan: &Plan, p: &FeedPlan, vault: &dyn Vault) -> Result<()> {
    let (shadow, ours, table) = (plan.shadow(p), p.dataset.table(), p.dataset.table());
    for f in p.enciphered() {
        let n = &f.name;
        loop {
            let rows = sqlx::query(AssertSqlSafe(format!(
                "select f.made, f.target, f.{n}_cipher as cipher from {shadow} f join {ours} t on t.id = f.target \
                 where f.{n}_cipher is not null and f.{n}_token is distinct from t.{n}_token and f.made <> f.target \
                   and f.{n}_cipher not like 'w:%' limit 2000"
            )))
            .fetch_all(tx.conn())
            .await
            .db()?;
            if rows.is_empty() {
                break;
            }
            let (mut made, mut ciphers) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
            for r in &rows {
                let (m, target): (Uuid, Uuid) = (r.get("made"), r.get("target"));
                let plain = vault.open(r.get("cipher"), &secure::place(&table, n, &m))?;
                // marked until all are done, so that the next round finds the others
                ciphers.push(format!("w:{}", vault.seal(plain.expose(), &secure::place(&table, n, &target))?));
                made.push(m);
            }
            sqlx::query(AssertSqlSafe(format!(
                "update {shadow} f set {n}_cipher = x.c from unnest($1::uuid[], $2::text[]) as x(m, c) where f.made = x.m"
            )))
            .bind(made)
            .bind(ciphers)
            .execute(tx.conn())
            .await
            .db()?;
        }
        run(tx, format!("update {shadow} set {n}_cipher = substr({n}_cipher, 3) where {n}_cipher like 'w:%'")).await?;
    }
    Ok(())
}

/// A token of a plain number, for a roll-back.
pub(crate) fn token(vault: &dyn Vault, f: &Field, plain: &str) -> Vec<u8> {
    vault.token(TokenKind::of(f.kind.name()), plain).to_vec()
}

/// Figures of a feed by county (12 digits).
pub(crate) async fn tallies(tx: &mut ScopedTx, plan: &Plan, p: &FeedPlan, batch_no: &str) -> Result<Vec<(String, Tally)>> {
    let scope = tx.scope().clone();
    let expected: Vec<String> = match &p.feed.gone {
        Some(g) => g.r#where.iter().map(|(f, v)| format!("t.{f} = {}", quoted(v))).collect(),
        None => vec!["true".into()],
    };
    let sql = format!(
        "select county || '000000' as county, sum(rows)::bigint as rows, sum(present)::bigint as present, sum(added)::bigint as added, \
           sum(changed)::bigint as changed, sum(gone)::bigint as gone from ( \
           select left(f.region_code, 6) as county, count(*) as rows, 0 as present, 0 as added, 0 as changed, 0 as gone from {} f group by 1 \
           union all select left(t.region_code, 6), 0, count(*), 0, 0, 0 from {} t where t.region_code >= '{}' and t.region_code < '{}' \
             and not t.deleted and t.source = '01' and {} group by 1 \
           union all select left(d.region_code, 6), 0, 0, count(*) filter (where verb = 'new'), count(*) filter (where verb = 'changed'), \
             count(*) filter (where verb = 'gone') from app.sync_difference d where d.batch_no = {} and d.dataset = {} group by 1) x \
         group by 1 order by 1",
        plan.shadow(p),
        p.dataset.table(),
        scope.lo,
        scope.hi,
        expected.join(" and "),
        quoted(batch_no),
        quoted(&p.dataset.id)
    );
    let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(tx.conn()).await.db()?;
    Ok(rows
        .iter()
        .map(|r| {
            let n = |c: &str| r.get::<i64, _>(c);
            let t = Tally { rows: n("rows"), present: n("present"), added: n("added"), changed: n("changed"), gone: n("gone") };
            (r.get("county"), t)
        })
        .collect())
}
