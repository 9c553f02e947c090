//! Takes one county of a batch back: values from before out of the change log, where nobody changed the row since. What a
//! person did meanwhile stays and is counted. Must not decide.

use super::differ::token;
use super::{from_json, quoted};
use ::store::{DbResult, ScopedTx};
use base::{Result, Scope};
use meta::{Catalog, Dataset, Field, Kind};
use secure::Vault;
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

/// What became of a dataset.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Undone {
    pub restored: u64,
    pub deleted: u64,
    pub kept: u64,
}

/// Datasets that the batch wrote to within a range, children of others last.
pub(crate) async fn datasets(tx: &mut ScopedTx, batch_no: &str, scope: &Scope) -> Result<Vec<String>> {
    sqlx::query_scalar(
        "select distinct dataset from app.row_change where batch_no = $1 and region_code >= $2 and region_code < $3",
    )
    .bind(batch_no)
    .bind(&scope.lo)
    .bind(&scope.hi)
    .fetch_all(tx.conn())
    .await
    .db()
}

/// Lines of the batch for a dataset and range whose row nobody wrote since, as `c` beside row `t`.
fn untouched(d: &Dataset, batch_no: &str, scope: &Scope, verb: &str) -> String {
    format!(
        "c.batch_no = {} and c.dataset = {} and c.verb = {} and c.region_code >= {} and c.region_code < {} \
         and t.id = c.row_id and t.row_version = c.row_version and not t.deleted",
        quoted(batch_no),
        quoted(&d.id),
        quoted(verb),
        quoted(&scope.lo),
        quoted(&scope.hi)
    )
}

/// Restores and deletes within one range.
pub(crate) async fn undo(
    tx: &mut ScopedTx,
    catalog: &Catalog,
    vault: &dyn Vault,
    d: &Dataset,
    batch_no: &str,
    undo_no: &str,
    scope: &Scope,
) -> Result<Undone> {
    let (user, name) = (format!("'{}'::uuid", tx.actor().user_id), quoted(&tx.actor().name));
    let table = d.table();
    let total: i64 = sqlx::query_scalar(
        "select count(*) from app.row_change where batch_no = $1 and dataset = $2 and region_code >= $3 and region_code < $4",
    )
    .bind(batch_no)
    .bind(&d.id)
    .bind(&scope.lo)
    .bind(&scope.hi)
    .fetch_one(tx.conn())
    .await
    .db()?;
    let restored = restore(tx, vault, d, batch_no, undo_no, scope).await?;
    // a new row on which something else hangs by now stays
    let children: Vec<String> = catalog
        .children_of(&d.id)
        .filter_map(|k| Some((k.table(), k.parent.as_ref()?.field.clone())))
        .map(|(t, f)| format!("and not exists (select from {t} k where k.{f} = t.id and not k.deleted)"))
        .collect();
    let free = format!("{} {}", untouched(d, batch_no, scope, "create"), children.join(" "));
    sqlx::query(AssertSqlSafe(format!(
        "insert into app.row_change (dataset, row_id, region_code, row_version, verb, actor_id, actor_name, batch_no, changes) \
         select {}, t.id, t.region_code, t.row_version + 1, 'delete', {user}, {name}, {}, '{{}}' from app.row_change c join {table} t on {free} \
         for update of t",
        quoted(&d.id),
        quoted(undo_no)
    )))
    .execute(tx.conn())
    .await
    .db()?;
    let deleted = sqlx::query(AssertSqlSafe(format!(
        "update {table} t set deleted = true, row_version = t.row_version + 1, updated_at = now(), updated_by = {user}, sync_batch_no = {} \
         from app.row_change c where {free}",
        quoted(undo_no)
    )))
    .execute(tx.conn())
    .await
    .db()?
    .rows_affected();
    Ok(Undone { restored, deleted, kept: (total as u64).saturating_sub(restored + deleted) })
}

async fn restore(tx: &mut ScopedTx, vault: &dyn Vault, d: &Dataset, batch_no: &str, undo_no: &str, scope: &Scope) -> Result<u64> {
    let (user, name) = (format!("'{}'::uuid", tx.actor().user_id), quoted(&tx.actor().name));
    let table = d.table();
    let rows = untouched(d, batch_no, scope, "update");
    sqlx::query(AssertSqlSafe(format!(
        "insert into app.row_change (dataset, row_id, region_code, row_version, verb, actor_id, actor_name, batch_no, changes) \
         select {}, t.id, coalesce(c.changes #>> '{{region_code,old}}', t.region_code), t.row_version + 1, 'update', {user}, {name}, {}, \
           (select coalesce(jsonb_object_agg(key, jsonb_build_object('old', value -> 'new', 'new', value -> 'old')), '{{}}') from jsonb_each(c.changes)) \
         from app.row_change c join {table} t on {rows} for update of t",
        quoted(&d.id),
        quoted(undo_no)
    )))
    .execute(tx.conn())
    .await
    .db()?;
    // enciphered values first: their tokens follow from the plain number only
    for f in d.fields.values().filter(|f| f.kind.is_enciphered()) {
        numbers(tx, vault, d, f, &rows).await?;
    }
    let mut set: Vec<String> = d
        .fields
        .values()
        .filter(|f| f.kind != Kind::Attachment && !f.kind.is_enciphered())
        .map(|f| {
            let n = &f.name;
            let old = format!("(c.changes -> {0} -> 'old')", quoted(n));
            format!("{n} = case when c.changes ? {} then {} else t.{n} end", quoted(n), from_json(f, &old))
        })
        .collect();
    for n in ["region_code", "source"] {
        set.push(format!("{n} = coalesce(c.changes #>> '{{{n},old}}', t.{n})"));
    }
    let done = sqlx::query(AssertSqlSafe(format!(
        "update {table} t set {}, row_version = t.row_version + 1, updated_at = now(), updated_by = {user}, sync_batch_no = {} \
         from app.row_change c where {rows}",
        set.join(", "),
        quoted(undo_no)
    )))
    .execute(tx.conn())
    .await
    .db()?;
    Ok(done.rows_affected())
}

/// Puts old ciphers back with their tokens and facts.
async fn numbers(tx: &mut ScopedTx, vault: &dyn Vault, d: &Dataset, f: &Field, rows: &str) -> Result<()> {
    let (table, n) = (d.table(), &f.name);
    let mut after = Uuid::nil();
    loop {
        let found = sqlx::query(AssertSqlSafe(format!(
            "select t.id, c.changes -> {0} ->> 'old' as old from app.row_change c join {table} t on {rows} \
             where c.changes ? {0} and t.id > $1 order by t.id limit 2000",
            quoted(n)
        )))
        .bind(after)
        .fetch_all(tx.conn())
        .await
        .db()?;
        let Some(last) = found.last() else { return Ok(()) };
        after = last.get("id");
        let (mut ids, mut ciphers, mut tokens, mut oks, mut kinds) = (vec![], vec![], vec![], vec![], vec![]);
        for r in &found {
            let (id, old): (Uuid, Option<String>) = (r.get("id"), r.get("old"));
            let plain = old.as_deref().map(|c| vault.open(c, &secure::place(&table, n, &id))).transpose()?;
            let card = plain.as_ref().map(|p| base::idcard::parse(p.expose(), record::today()));
            tokens.push(plain.as_ref().map(|p| token(vault, f, p.expose())));
            oks.push(card.as_ref().map(base::idcard::IdCard::is_ok));
            kinds.push(card.as_ref().map(|c| c.kind.name().to_owned()));
            ciphers.push(old);
            ids.push(id);
        }
        let facts = if f.kind == Kind::IdCard { format!(", {n}_ok = x.o, {n}_kind = x.k") } else { String::new() };
        sqlx::query(AssertSqlSafe(format!(
            "update {table} t set {n}_cipher = x.c, {n}_token = x.t{facts} \
             from unnest($1::uuid[], $2::text[], $3::bytea[], $4::boolean[], $5::text[]) as x(id, c, t, o, k) where t.id = x.id"
        )))
        .bind(ids)
        .bind(ciphers)
        .bind(tokens)
        .bind(oks)
        .bind(kinds)
        .execute(tx.conn())
        .await
        .db()?;
    }
}
