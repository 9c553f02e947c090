//! Writes the differences of one county by a handful of statements, each row with its line in the change log, and takes the
//! children of a row that moved along. Runs in the county's own transaction. Must not decide.

use super::differ::{differs, parts, revived};
use super::{json, quoted};
use crate::plan::{FeedPlan, Plan};
use ::store::{DbResult, ScopedTx};
use base::{Result, Scope};
use chrono::NaiveDate;
use meta::{Catalog, Dataset, Field, Kind};
use sqlx::AssertSqlSafe;

/// Where and under which name a county is written.
pub(crate) struct County<'a> {
    pub batch_no: &'a str,
    pub scope: &'a Scope,
    pub asof: Option<NaiveDate>,
}

async fn run(tx: &mut ScopedTx, sql: String) -> Result<u64> {
    sqlx::query(AssertSqlSafe(sql)).execute(tx.conn()).await.db().map(|d| d.rows_affected())
}

fn actor(tx: &ScopedTx) -> (String, String) {
    (format!("'{}'::uuid", tx.actor().user_id), quoted(&tx.actor().name))
}

/// Rows of this county and verb, joined as `d`.
fn wanted(c: &County<'_>, d: &Dataset, verb: &str) -> String {
    format!(
        "d.batch_no = {} and d.dataset = {} and d.verb = {} and d.region_code >= {} and d.region_code < {}",
        quoted(c.batch_no),
        quoted(&d.id),
        quoted(verb),
        quoted(&c.scope.lo),
        quoted(&c.scope.hi)
    )
}

/// `{field: {old, new}}` of what differs between two aliases.
fn changes(values: &[(String, String, String)]) -> String {
    let list: Vec<String> = values.iter().map(|(n, o, w)| format!("({}, {o}, {w})", quoted(n))).collect();
    format!(
        "(select coalesce(jsonb_object_agg(v.k, jsonb_build_object('old', v.o, 'new', v.n)), '{{}}') \
         from (values {}) v(k, o, n) where v.o is distinct from v.n)",
        list.join(", ")
    )
}

/// What a changed row gets: column assignments and the values for its line in the change log.
struct Setting {
    set: Vec<String>,
    values: Vec<(String, String, String)>,
}

fn setting(p: &FeedPlan) -> Setting {
    let mut out = Setting { set: vec![], values: vec![] };
    let mut take = |f: &Field, when: Option<String>| {
        for (c, _) in meta::ddl::columns_of(f) {
            out.set.push(match &when {
                Some(w) => format!("{c} = case when {w} then f.{c} else t.{c} end"),
                None => format!("{c} = f.{c}"),
            });
        }
        // an enciphered value that is the same has another cipher: it is no change
        let new = match &when {
            Some(w) => format!("case when {w} then {} else {} end", json(f, "f"), json(f, "t")),
            None => json(f, "f"),
        };
        out.values.push((f.name.clone(), json(f, "t"), new));
    };
    for (f, source) in p.compared() {
        let plain = source == 0 && !p.keeps(f, source) && !f.kind.is_enciphered();
        take(f, (!plain).then(|| differs(p, f, source)));
    }
    for k in &p.feed.key {
        if let Some(f) = p.dataset.field(k).filter(|f| f.kind != Kind::Ref && p.fields.iter().any(|(x, _)| x.name == f.name)) {
            take(f, None);
        }
    }
    for (n, v, when) in revived(p) {
        out.set.push(format!("{n} = case when {when} then {} else t.{n} end", quoted(&v)));
        out.values.push((
            n.clone(),
            format!("to_jsonb(t.{n})"),
            format!("to_jsonb(case when {when} then {} else t.{n} end)", quoted(&v)),
        ));
    }
    out.set.push("region_code = f.region_code".into());
    out.values.push(("region_code".into(), "to_jsonb(t.region_code)".into(), "to_jsonb(f.region_code)".into()));
    out.set.push("source = '01'".into());
    out.values.push(("source".into(), "to_jsonb(t.source)".into(), "to_jsonb('01'::text)".into()));
    out
}

/// Changed rows: the old values are read under lock, so that what somebody saved meanwhile stands in the log as it was.
pub(crate) async fn changed(tx: &mut ScopedTx, plan: &Plan, p: &FeedPlan, c: &County<'_>) -> Result<u64> {
    let (user, name) = actor(tx);
    let (shadow, ours) = (plan.shadow(p), p.dataset.table());
    let s = setting(p);
    let any: Vec<String> = parts(p).into_iter().map(|(_, w)| w).collect();
    let rows = format!(
        "from app.sync_difference d join {shadow} f on f.id = d.row_id join {ours} t on t.id = f.target \
         where {} and not t.deleted and ({})",
        wanted(c, &p.dataset, "changed"),
        any.join(" or ")
    );
    run(
        tx,
        format!(
            "insert into app.row_change (dataset, row_id, region_code, row_version, verb, actor_id, actor_name, batch_no, changes) \
             select {}, t.id, f.region_code, t.row_version + 1, 'update', {user}, {name}, {}, {} {rows} for update of t",
            quoted(&p.dataset.id),
            quoted(c.batch_no),
            changes(&s.values)
        ),
    )
    .await?;
    let asof = c.asof.map_or("null".into(), |d| format!("'{d}'::date"));
    run(
        tx,
        format!(
            "update {ours} t set {}, row_version = t.row_version + 1, updated_at = now(), updated_by = {user}, sync_batch_no = {}, \
             national_updated_at = {asof} from app.sync_difference d, {shadow} f \
             where f.id = d.row_id and t.id = f.target and {} and not t.deleted and ({})",
            s.set.join(", "),
            quoted(c.batch_no),
            wanted(c, &p.dataset, "changed"),
            any.join(" or ")
        ),
    )
    .await
}

/// New rows with their constants, defaults and numbers.
pub(crate) async fn added(tx: &mut ScopedTx, plan: &Plan, p: &FeedPlan, c: &County<'_>) -> Result<u64> {
    let (user, name) = actor(tx);
    let (shadow, ours, d) = (plan.shadow(p), p.dataset.table(), &p.dataset);
    let mut columns: Vec<(String, String)> = Vec::new();
    let mut given: Vec<&str> = Vec::new();
    for (f, _) in &p.fields {
        given.push(&f.name);
        columns.extend(meta::ddl::columns_of(f).into_iter().map(|(n, _)| (n.clone(), format!("f.{n}"))));
    }
    for n in p.feed.constants.keys().filter(|n| !p.fields.iter().any(|(f, _)| f.name == **n)) {
        given.push(n);
        columns.push((n.clone(), format!("f.{n}")));
    }
    for (n, from) in &p.feed.copies {
        given.push(n);
        columns.push((n.clone(), format!("f.{from}")));
    }
    for (n, s) in &p.feed.serials {
        given.push(n);
        let year = s.year.as_ref().map(|y| format!(" || left(f.{y}::text, 4)")).unwrap_or_default();
        let prefix = format!("({} || left(f.region_code, {}){year})", quoted(&s.prefix), s.region);
        let digits = s.digits;
        columns.push((
            n.clone(),
            format!(
                "{prefix} || lpad((coalesce((select max(right(x.{n}, {digits})::integer) from {ours} x where x.{n} ~ '[0-9]{{{digits}}}$' \
                   and x.{n} >= {prefix} and x.{n} < {prefix} || ':' and x.region_code >= left(f.region_code, {}) and x.region_code < left(f.region_code, {}) || ':'), 0) \
                 + row_number() over (partition by {prefix} order by f.position, f.row_number))::text, {digits}, '0')",
                s.region, s.region
            ),
        ));
    }
    for f in d.fields.values().filter(|f| !given.contains(&f.name.as_str())) {
        if let (Some(v), [(n, t)]) = (&f.default, meta::ddl::columns_of(f).as_slice()) {
            let text = v.as_str().map_or_else(|| v.to_string(), str::to_owned);
            columns.push((n.clone(), format!("{}::{t}", quoted(&text))));
        }
    }
    let names: Vec<&str> = columns.iter().map(|(n, _)| n.as_str()).collect();
    let values: Vec<&str> = columns.iter().map(|(_, v)| v.as_str()).collect();
    let log: Vec<(String, String, String)> = d
        .fields
        .values()
        .filter(|f| f.kind != Kind::Attachment)
        .map(|f| (f.name.clone(), "null::jsonb".to_owned(), json(f, "i")))
        .collect();
    let asof = c.asof.map_or("null".into(), |d| format!("'{d}'::date"));
    run(
        tx,
        format!(
            "with i as (insert into {ours} (id, region_code, source, created_by, updated_by, sync_batch_no, national_updated_at, {}) \
               select f.id, f.region_code, '01', {user}, {user}, {no}, {asof}, {} from app.sync_difference d join {shadow} f on f.id = d.row_id \
               where {} and f.target is null on conflict do nothing returning *) \
             insert into app.row_change (dataset, row_id, region_code, row_version, verb, actor_id, actor_name, batch_no, changes) \
             select {}, i.id, i.region_code, 1, 'create', {user}, {name}, {no}, {} from i",
            names.join(", "),
            values.join(", "),
            wanted(c, d, "new"),
            quoted(&d.id),
            changes(&log),
            no = quoted(c.batch_no),
        ),
    )
    .await
}

/// Rows that are no longer delivered get the state that the feed says.
pub(crate) async fn gone(tx: &mut ScopedTx, p: &FeedPlan, c: &County<'_>) -> Result<u64> {
    let Some(g) = &p.feed.gone else { return Ok(0) };
    let (user, name) = actor(tx);
    let (ours, d) = (p.dataset.table(), &p.dataset);
    let parent = d.parent.as_ref().filter(|_| !g.with_parent.is_empty());
    let value = |n: &str, v: &str| match (parent, g.with_parent.get(n)) {
        (Some(up), Some(other)) => format!(
            "case when exists (select from app.sync_difference u where u.batch_no = {} and u.dataset = {} and u.verb = 'gone' \
             and u.row_id = t.{}) then {} else {} end",
            quoted(c.batch_no),
            quoted(&up.dataset),
            up.field,
            quoted(other),
            quoted(v)
        ),
        _ => quoted(v),
    };
    let set: Vec<(String, String)> = g.set.iter().map(|(n, v)| (n.clone(), value(n, v))).collect();
    let still: Vec<String> = g.r#where.iter().map(|(n, v)| format!("t.{n} = {}", quoted(v))).collect();
    let log: Vec<(String, String, String)> =
        set.iter().map(|(n, v)| (n.clone(), format!("to_jsonb(t.{n})"), format!("to_jsonb(({v})::text)"))).collect();
    let filter = format!("{} and not t.deleted and {}", wanted(c, d, "gone"), still.join(" and "));
    run(
        tx,
        format!(
            "insert into app.row_change (dataset, row_id, region_code, row_version, verb, actor_id, actor_name, batch_no, changes) \
             select {}, t.id, t.region_code, t.row_version + 1, 'update', {user}, {name}, {}, {} \
             from app.sync_difference d join {ours} t on t.id = d.row_id where {filter} for update of t",
            quoted(&d.id),
            quoted(c.batch_no),
            changes(&log)
        ),
    )
    .await?;
    let assign: Vec<String> = set.iter().map(|(n, v)| format!("{n} = {v}")).collect();
    run(
        tx,
        format!(
            "update {ours} t set {}, row_version = t.row_version + 1, updated_at = now(), updated_by = {user}, sync_batch_no = {} \
             from app.sync_difference d where t.id = d.row_id and {filter}",
            assign.join(", "),
            quoted(c.batch_no)
        ),
    )
    .await
}

/// Everything below a row that moved to another place moves with it, whoever wrote it.
pub(crate) async fn take_along(tx: &mut ScopedTx, catalog: &Catalog, d: &Dataset, c: &County<'_>) -> Result<()> {
    let (user, name) = actor(tx);
    let mut todo: Vec<std::sync::Arc<Dataset>> = catalog.children_of(&d.id).cloned().collect();
    while let Some(child) = todo.pop() {
        let Some(up) = child.parent.as_ref().and_then(|p| Some((catalog.dataset(&p.dataset)?, &p.field))) else { continue };
        let moved = format!(
            "t.{} = p.id and p.sync_batch_no = {} and p.region_code >= {} and p.region_code < {} and t.region_code <> p.region_code",
            up.1,
            quoted(c.batch_no),
            quoted(&c.scope.lo),
            quoted(&c.scope.hi)
        );
        run(
            tx,
            format!(
                "insert into app.row_change (dataset, row_id, region_code, row_version, verb, actor_id, actor_name, batch_no, changes) \
                 select {}, t.id, p.region_code, t.row_version + 1, 'update', {user}, {name}, {}, \
                   jsonb_build_object('region_code', jsonb_build_object('old', t.region_code, 'new', p.region_code)) \
                 from {} t join {} p on {moved} for update of t",
                quoted(&child.id),
                quoted(c.batch_no),
                child.table(),
                up.0.table()
            ),
        )
        .await?;
        run(
            tx,
            format!(
                "update {} t set region_code = p.region_code, row_version = t.row_version + 1, updated_at = now(), updated_by = {user}, \
                 sync_batch_no = {} from {} p where {moved}",
                child.table(),
                quoted(c.batch_no),
                up.0.table()
            ),
        )
        .await?;
        todo.extend(catalog.children_of(&child.id).cloned());
    }
    Ok(())
}
