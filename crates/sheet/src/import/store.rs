//! What the import asks the database: rows by their keys, references by theirs, the changes of a batch. Built from linted
//! descriptions; values are bound. Must not know files.

use ::store::{DbResult, ScopedTx};
use base::Result;
use meta::{Dataset, Field, Kind};
use secure::{TokenKind, Vault};
use serde_json::Value as Json;
use sqlx::{AssertSqlSafe, Row};
use std::collections::HashMap;
use uuid::Uuid;

/// A row that is already there.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub id: Uuid,
    pub row_version: i32,
    pub region_code: String,
}

/// One line of the change log that belongs to a batch.
pub(crate) struct Change {
    pub line: i64,
    pub row_id: Uuid,
    pub row_version: i32,
    pub verb: String,
    pub changes: Json,
}

/// A value as it is compared: the token of an enciphered kind, otherwise its text. None when it cannot be a key.
pub(crate) fn key_text(vault: &dyn Vault, f: &Field, v: &Json) -> Option<String> {
    match v {
        Json::String(s) if s.is_empty() => None,
        Json::String(s) if f.kind.is_enciphered() => Some(hex::encode(vault.token(TokenKind::of(f.kind.name()), s))),
        Json::String(s) => Some(s.clone()),
        Json::Number(n) => Some(n.to_string()),
        _ => None,
    }
}

/// (column, how a bound text becomes comparable with it, how the column is read back as that text)
fn compared(f: &Field, bound: &str) -> Option<(String, String, String)> {
    let n = &f.name;
    let cast = match f.kind {
        k if k.is_enciphered() => {
            return Some((format!("t.{n}_token"), format!("decode({bound}, 'hex')"), format!("encode(t.{n}_token, 'hex')")));
        }
        Kind::Int | Kind::Month | Kind::Year => "::integer",
        Kind::Money => "::bigint",
        Kind::Date => "::date",
        Kind::Ref => "::uuid",
        Kind::Decimal | Kind::Bool | Kind::Moment | Kind::Codes | Kind::Attachment => return None,
        _ => "",
    };
    Some((format!("t.{n}"), format!("{bound}{cast}"), format!("t.{n}::text")))
}

/// Rows of the scope whose key is one of `wanted` (texts in the order of the key's fields).
pub(crate) async fn existing(
    tx: &mut ScopedTx,
    d: &Dataset,
    key: &[&Field],
    wanted: &[Vec<String>],
) -> Result<HashMap<Vec<String>, Found>> {
    let parts: Option<Vec<_>> = key.iter().enumerate().map(|(i, f)| compared(f, &format!("k.c{i}"))).collect();
    let (Some(parts), false) = (parts, wanted.is_empty()) else { return Ok(HashMap::new()) };
    let names: Vec<String> = (0..key.len()).map(|i| format!("c{i}")).collect();
    let arrays: Vec<String> = (0..key.len()).map(|i| format!("${}::text[]", i + 3)).collect();
    let on: Vec<String> = parts.iter().map(|(column, bound, _)| format!("{column} = {bound}")).collect();
    let read: Vec<&str> = parts.iter().map(|(_, _, r)| r.as_str()).collect();
    let sql = format!(
        "select t.id, t.row_version, t.region_code, array[{}] as key from unnest({}) as k({}) join {} t on {} \
         where not t.deleted and t.region_code >= $1 and t.region_code < $2",
        read.join(", "),
        arrays.join(", "),
        names.join(", "),
        d.table(),
        on.join(" and ")
    );
    let scope = tx.scope().clone();
    let mut q = sqlx::query(AssertSqlSafe(sql)).bind(scope.lo).bind(scope.hi);
    for i in 0..key.len() {
        q = q.bind(wanted.iter().map(|w| w[i].clone()).collect::<Vec<_>>());
    }
    let rows = q.fetch_all(tx.conn()).await.db()?;
    Ok(rows
        .iter()
        .map(|r| (r.get("key"), Found { id: r.get("id"), row_version: r.get("row_version"), region_code: r.get("region_code") }))
        .collect())
}

/// Rows of the scope by their ids.
pub(crate) async fn by_ids(tx: &mut ScopedTx, d: &Dataset, ids: Vec<Uuid>) -> Result<HashMap<Uuid, Found>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let scope = tx.scope().clone();
    let sql = format!(
        "select t.id, t.row_version, t.region_code from {} t where t.id = any($3) and not t.deleted and t.region_code >= $1 and t.region_code < $2",
        d.table()
    );
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(scope.lo).bind(scope.hi).bind(ids).fetch_all(tx.conn()).await.db()?;
    let found = |r: &sqlx::postgres::PgRow| Found {
        id: r.get("id"),
        row_version: r.get("row_version"),
        region_code: r.get("region_code"),
    };
    Ok(rows.iter().map(|r| (r.get("id"), found(r))).collect())
}

/// Keys of rows by their ids, for writing references into a sheet.
pub(crate) async fn keys_of(tx: &mut ScopedTx, target: &Dataset, key: &Field, ids: Vec<Uuid>) -> Result<HashMap<String, String>> {
    let Some((_, _, read)) = compared(key, "") else { return Ok(HashMap::new()) };
    let scope = tx.scope().clone();
    let sql = format!(
        "select t.id::text as id, {read} as key from {} t where t.id = any($3) and t.region_code >= $1 and t.region_code < $2",
        target.table()
    );
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(scope.lo).bind(scope.hi).bind(ids).fetch_all(tx.conn()).await.db()?;
    Ok(rows.iter().filter_map(|r| Some((r.get("id"), r.get::<Option<String>, _>("key")?))).collect())
}

/// The batch's lines in the change log, newest first, below `before`.
pub(crate) async fn changes_of(tx: &mut ScopedTx, dataset: &str, batch_no: &str, before: i64, limit: i64) -> Result<Vec<Change>> {
    let scope = tx.scope().clone();
    let rows = sqlx::query(
        "select id, row_id, row_version, verb, changes from app.row_change \
         where batch_no = $1 and dataset = $2 and id < $3 and region_code >= $4 and region_code < $5 order by id desc limit $6",
    )
    .bind(batch_no)
    .bind(dataset)
    .bind(before)
    .bind(scope.lo)
    .bind(scope.hi)
    .bind(limit)
    .fetch_all(tx.conn())
    .await
    .db()?;
    Ok(rows
        .iter()
        .map(|r| Change {
            line: r.get("id"),
            row_id: r.get("row_id"),
            row_version: r.get("row_version"),
            verb: r.get("verb"),
            changes: r.get("changes"),
        })
        .collect())
}

/// Marks a point to which [`back`] returns.
pub(crate) async fn savepoint(tx: &mut ScopedTx) -> Result<()> {
    sqlx::query("savepoint import_row").execute(tx.conn()).await.map(drop).db()
}
pub(crate) async fn keep(tx: &mut ScopedTx) -> Result<()> {
    sqlx::query("release savepoint import_row").execute(tx.conn()).await.map(drop).db()
}
/// Takes back everything since [`savepoint`], also after an error of the database.
pub(crate) async fn back(tx: &mut ScopedTx) -> Result<()> {
    sqlx::query("rollback to savepoint import_row").execute(tx.conn()).await.map(drop).db()?;
    keep(tx).await
}
