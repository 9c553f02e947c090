//! The statements of a batch: one insert, one update a set of changed fields, one run of the checks, one insert into the
//! change log, each over arrays, one array a column. Identifiers come from linted descriptions, values are bound.

use crate::batch::{Draft, value};
use crate::store::cipher_place;
use crate::write::Provenance;
use base::{Error, FieldProblem, Result};
use chrono::{DateTime, NaiveDate, Utc};
use meta::{Dataset, Field, Kind, Severity, Value};
use rust_decimal::Decimal;
use serde_json::Value as Json;
use sqlx::{Postgres, QueryBuilder, Row as _};
use std::collections::BTreeMap;
use store::{DbResult, ScopedTx};
use uuid::Uuid;

/// Number of the field in its dataset → value.
pub(crate) type Written = BTreeMap<usize, Value>;

/// One column of a batch.
enum Column {
    Text(Vec<Option<String>>),
    Int(Vec<Option<i32>>),
    Big(Vec<Option<i64>>),
    Decimal(Vec<Option<Decimal>>),
    Bool(Vec<Option<bool>>),
    Date(Vec<Option<NaiveDate>>),
    Moment(Vec<Option<DateTime<Utc>>>),
    Id(Vec<Option<Uuid>>),
    Bytes(Vec<Option<Vec<u8>>>),
    /// Lists as the text form of a PostgreSQL array: arrays of arrays must be rectangular.
    List(Vec<Option<String>>),
}

impl Column {
    /// Type of the array that is bound.
    fn array(&self) -> &'static str {
        match self {
            Column::Text(_) | Column::List(_) => "text[]",
            Column::Int(_) => "int4[]",
            Column::Big(_) => "int8[]",
            Column::Decimal(_) => "numeric[]",
            Column::Bool(_) => "bool[]",
            Column::Date(_) => "date[]",
            Column::Moment(_) => "timestamptz[]",
            Column::Id(_) => "uuid[]",
            Column::Bytes(_) => "bytea[]",
        }
    }
    fn read(&self, name: &str) -> String {
        if matches!(self, Column::List(_)) { format!("k.{name}::text[]") } else { format!("k.{name}") }
    }
    fn bind(self, qb: &mut QueryBuilder<Postgres>) {
        match self {
            Column::Text(v) | Column::List(v) => qb.push_bind(v),
            Column::Int(v) => qb.push_bind(v),
            Column::Big(v) => qb.push_bind(v),
            Column::Decimal(v) => qb.push_bind(v),
            Column::Bool(v) => qb.push_bind(v),
            Column::Date(v) => qb.push_bind(v),
            Column::Moment(v) => qb.push_bind(v),
            Column::Id(v) => qb.push_bind(v),
            Column::Bytes(v) => qb.push_bind(v),
        };
    }
}

/// The columns of one field over a batch: one, or cipher, token and derived facts.
fn columns(d: &Dataset, vault: &dyn secure::Vault, n: usize, f: &Field, batch: &[&Draft]) -> Result<Vec<Column>> {
    macro_rules! of {
        ($kind:ident, $($from:ident)|+) => {
            vec![Column::$kind(batch.iter().map(|x| match value(x, n) { $(Value::$from(v) => Some(v.clone()),)+ _ => None }).collect())]
        };
    }
    Ok(match f.kind {
        Kind::IdCard | Kind::Bank => return enciphered(d, vault, n, f, batch),
        Kind::Int | Kind::Month | Kind::Year => of!(Int, Int),
        Kind::Money => of!(Big, Fen),
        Kind::Decimal => of!(Decimal, Decimal),
        Kind::Bool => of!(Bool, Bool),
        Kind::Date => of!(Date, Date),
        Kind::Moment => of!(Moment, Moment),
        Kind::Ref => of!(Id, Id),
        Kind::Codes => vec![Column::List(
            batch.iter().map(|x| if let Value::List(l) = value(x, n) { Some(literal(l)) } else { None }).collect(),
        )],
        _ => of!(Text, Text),
    })
}

fn enciphered(d: &Dataset, vault: &dyn secure::Vault, n: usize, f: &Field, batch: &[&Draft]) -> Result<Vec<Column>> {
    let (mut ciphers, mut tokens, mut ok, mut kinds) = (vec![], vec![], vec![], vec![]);
    for x in batch {
        let plain = value(x, n).as_text();
        ciphers.push(plain.map(|p| vault.seal(p, &cipher_place(d, &f.name, x.id))).transpose()?);
        tokens.push(plain.map(|p| vault.token(secure::TokenKind::of(f.kind.name()), p).to_vec()));
        if f.kind == Kind::IdCard {
            let card = plain.map(|p| base::idcard::parse(p, crate::today()));
            ok.push(card.as_ref().map(base::idcard::IdCard::is_ok));
            kinds.push(card.map(|c| c.kind.name().to_owned()));
        }
    }
    let mut out = vec![Column::Text(ciphers), Column::Bytes(tokens)];
    if f.kind == Kind::IdCard {
        out.extend([Column::Bool(ok), Column::Text(kinds)]);
    }
    Ok(out)
}

/// `{"a","b"}`: the text form of a list of texts.
fn literal(list: &[String]) -> String {
    let items: Vec<String> = list.iter().map(|t| format!("\"{}\"", t.replace('\\', "\\\\").replace('"', "\\\""))).collect();
    format!("{{{}}}", items.join(","))
}

/// Pushes `unnest($1::…, …) as k(id, …)` after `before`, for the ids and columns.
fn push_arrays(qb: &mut QueryBuilder<Postgres>, named: Vec<(String, Column)>) {
    let names: Vec<String> = named.iter().map(|(n, _)| n.clone()).collect();
    qb.push(" from unnest(");
    for (i, (_, c)) in named.into_iter().enumerate() {
        if i > 0 {
            qb.push(", ");
        }
        let array = c.array();
        c.bind(qb);
        qb.push("::").push(array);
    }
    qb.push(") as k(").push(names.join(", ")).push(")");
}

fn named(d: &Dataset, vault: &dyn secure::Vault, fields: &[usize], batch: &[&Draft]) -> Result<Vec<(String, Column)>> {
    let mut out = vec![("id".to_owned(), Column::Id(batch.iter().map(|x| Some(x.id)).collect()))];
    for (n, f) in d.fields.values().enumerate().filter(|(n, _)| fields.contains(n)) {
        out.extend(meta::ddl::columns_of(f).into_iter().map(|(c, _)| c).zip(columns(d, vault, n, f, batch)?));
    }
    Ok(out)
}

/// Inserts the new rows of a batch. A column stands in the statement when any row fills it.
pub(crate) async fn insert(
    tx: &mut ScopedTx,
    d: &Dataset,
    vault: &dyn secure::Vault,
    batch: &[Draft],
    from: &Provenance,
) -> Result<()> {
    let new: Vec<&Draft> = batch.iter().filter(|x| x.old.is_none()).collect();
    if new.is_empty() {
        return Ok(());
    }
    let mut fields: Vec<usize> = new.iter().flat_map(|x| x.written.keys().copied()).collect();
    fields.sort_unstable();
    fields.dedup();
    let mut named = named(d, vault, &fields, &new)?;
    let regions = new.iter().map(|x| x.region.as_ref().map(|r| r.as_str().to_owned())).collect();
    named.insert(1, ("region_code".into(), Column::Text(regions)));
    let into: Vec<&str> = named.iter().map(|(n, _)| n.as_str()).collect();
    let read: Vec<String> = named.iter().map(|(n, c)| c.read(n)).collect();
    let user = tx.actor().user_id;
    let mut qb = QueryBuilder::new(format!(
        "insert into {} ({}, source, created_by, updated_by, sync_batch_no) select {}, ",
        d.table(),
        into.join(", "),
        read.join(", ")
    ));
    qb.push_bind(from.source.clone().unwrap_or_else(|| "02".into())).push("::text, ");
    qb.push_bind(user).push("::uuid, ").push_bind(user).push("::uuid, ").push_bind(from.batch_no.clone()).push("::text");
    push_arrays(&mut qb, named);
    qb.build().execute(tx.conn()).await.map(drop).db()
}

/// Updates the changed rows of a batch, those with the same changed fields together.
pub(crate) async fn update(
    tx: &mut ScopedTx,
    d: &Dataset,
    vault: &dyn secure::Vault,
    batch: &[Draft],
    from: &Provenance,
) -> Result<()> {
    let mut groups: BTreeMap<Vec<usize>, Vec<&Draft>> = BTreeMap::new();
    for x in batch.iter().filter(|x| x.old.is_some()) {
        groups.entry(x.written.keys().copied().collect()).or_default().push(x);
    }
    for (fields, rows) in groups {
        let named = named(d, vault, &fields, &rows)?;
        let mut qb = QueryBuilder::new(format!(
            "update {} t set row_version = t.row_version + 1, updated_at = now(), updated_by = ",
            d.table()
        ));
        qb.push_bind(tx.actor().user_id);
        if let Some(b) = &from.batch_no {
            qb.push(", sync_batch_no = ").push_bind(b.clone());
        }
        for (name, c) in named.iter().skip(1) {
            qb.push(format!(", {name} = {}", c.read(name)));
        }
        push_arrays(&mut qb, named);
        qb.push(" where t.id = k.id");
        qb.build().execute(tx.conn()).await.db()?;
    }
    Ok(())
}

/// The checks of the description that are true for these rows: true means wrong.
pub(crate) async fn run_checks(tx: &mut ScopedTx, d: &Dataset, ids: Vec<Uuid>) -> Result<Vec<(Uuid, Severity, FieldProblem)>> {
    if d.checks.is_empty() {
        return Ok(vec![]);
    }
    let all: Vec<String> = d.checks.iter().map(|c| c.sql.clone()).collect();
    let mut qb = QueryBuilder::new(format!(
        "select id, hits from (select id, array[{}] as hits from {} where id = any(",
        all.join(", "),
        d.table()
    ));
    qb.push_bind(ids).push(")) x where true = any(hits)");
    let rows = qb.build().fetch_all(tx.conn()).await.db()?;
    let mut out = Vec::new();
    for r in &rows {
        let (id, hits): (Uuid, Vec<bool>) = (r.try_get("id").db()?, r.try_get("hits").db()?);
        let found = d.checks.iter().zip(hits).filter(|(_, hit)| *hit);
        out.extend(found.map(|(c, _)| (id, c.severity, FieldProblem::new(&c.at, &c.id, &c.tell))));
    }
    Ok(out)
}

/// Says which fields must be unique when the database refuses a second row.
pub(crate) fn name_conflict(d: &Dataset, e: Error) -> Error {
    let Some(constraint) = e.extra.get("constraint").and_then(Json::as_str).filter(|_| e.kind == base::Kind::Conflict) else {
        return e;
    };
    let fields = d.unique.iter().find(|u| {
        let cols: Vec<String> = u.iter().map(|n| d.field(n).map_or_else(|| n.clone(), Field::filter_column)).collect();
        constraint.contains(&cols.join("_"))
    });
    let Some(fields) = fields else { return e };
    let labels: Vec<&str> = fields.iter().map(|n| d.field(n).map_or("区划", |f| f.label.as_str())).collect();
    let text = format!("{}已被另一条“{}”使用，请核对是否重复登记。", labels.join("＋"), d.title);
    let at = fields.iter().find(|n| d.field(n).is_some()).cloned().unwrap_or_default();
    Error::conflict("record.duplicate", text.clone()).with_problems(vec![FieldProblem::new(at, "record.duplicate", text)])
}

/// One line of the change log.
pub(crate) struct Line {
    pub id: Uuid,
    pub region: String,
    pub version: i32,
    pub verb: &'static str,
    pub changes: Json,
}

/// Writes the lines of a batch into the change log, in their order.
pub(crate) async fn log_changes(tx: &mut ScopedTx, d: &Dataset, from: &Provenance, lines: Vec<Line>) -> Result<()> {
    if d.history == meta::dataset::History::None || lines.is_empty() {
        return Ok(());
    }
    let actor = tx.actor().clone();
    let (mut ids, mut regions, mut versions, mut verbs, mut changes) = (vec![], vec![], vec![], vec![], vec![]);
    for l in lines {
        ids.push(l.id);
        regions.push(l.region);
        versions.push(l.version);
        verbs.push(l.verb);
        changes.push(l.changes.to_string());
    }
    sqlx::query(
        "insert into app.row_change (dataset, row_id, region_code, row_version, verb, actor_id, actor_name, batch_no, changes)
         select $1, k.id, k.region, k.version, k.verb, $2, $3, $4, k.changes::jsonb
         from unnest($5::uuid[], $6::text[], $7::int4[], $8::text[], $9::text[]) with ordinality
           as k(id, region, version, verb, changes, n) order by k.n",
    )
    .bind(&d.id)
    .bind(actor.user_id)
    .bind(&actor.name)
    .bind(&from.batch_no)
    .bind(ids)
    .bind(regions)
    .bind(versions)
    .bind(verbs)
    .bind(changes)
    .execute(tx.conn())
    .await
    .map(drop)
    .db()
}

/// Marks a point to which [`back`] returns; may lie inside another one.
pub(crate) async fn savepoint(tx: &mut ScopedTx) -> Result<()> {
    sqlx::query("savepoint record_batch").execute(tx.conn()).await.map(drop).db()
}
pub(crate) async fn keep(tx: &mut ScopedTx) -> Result<()> {
    sqlx::query("release savepoint record_batch").execute(tx.conn()).await.map(drop).db()
}
/// Takes back everything since [`savepoint`], also after an error of the database.
pub(crate) async fn back(tx: &mut ScopedTx) -> Result<()> {
    sqlx::query("rollback to savepoint record_batch").execute(tx.conn()).await.map(drop).db()?;
    keep(tx).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_keeps_its_quotes_and_backslashes() {
        assert_eq!(literal(&["01".into(), "a\"b\\c,d".into()]), r#"{"01","a\"b\\c,d"}"#);
        assert_eq!(literal(&[]), "{}");
    }
}
