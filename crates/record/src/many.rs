//! Many rows of one dataset at once, for engines: rows copied in, one change written into many, each with its line of the
//! change log. What is written was decided by the caller: hooks do not run, references are not looked up; the checks of the
//! description are held against the rows before the statement counts.

use crate::store::cipher_place;
use crate::{Provenance, Records, Row};
use base::{Error, FieldProblem, RegionCode, Result};
use meta::dataset::{History, Severity};
use meta::{Dataset, Kind, Value};
use serde_json::{Value as Json, json};
use sqlx::{AssertSqlSafe, Postgres, QueryBuilder};
use std::fmt::Write as _;
use store::{DbResult, ScopedTx};
use uuid::Uuid;

/// A row about to be copied in: place, and values in wire form.
#[derive(Clone, Debug)]
pub struct NewRow {
    pub id: Uuid,
    pub region: RegionCode,
    pub values: Row,
}

/// A row that a change is written into, as the caller read and locked it.
#[derive(Clone, Debug)]
pub struct Target {
    pub id: Uuid,
    pub region: String,
    pub row_version: i32,
    /// Values that differ from row to row, wire form; the same fields in each.
    pub own: Row,
    /// Values before the change, for the log.
    pub old: Row,
}

impl Records {
    /// Copies rows in; each becomes version 1 with a line of the change log. Defaults of the description are filled in.
    pub async fn create_many(&self, tx: &mut ScopedTx, d: &Dataset, rows: &[NewRow], from: &Provenance) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let actor = tx.actor().clone();
        let fields: Vec<&meta::Field> = d.fields.values().filter(|f| f.kind != Kind::Attachment).collect();
        let mut columns = String::from("id, region_code, source, created_by, updated_by, sync_batch_no");
        for f in &fields {
            for (c, _) in meta::ddl::columns_of(f) {
                let _ = write!(columns, ", {c}");
            }
        }
        let source = from.source.clone().unwrap_or_else(|| "02".into());
        let (mut text, mut log) = (String::new(), String::new());
        for r in rows {
            if !tx.scope().contains(&r.region) {
                return Err(Error::not_found("record.region_outside", "所选区划不在您的辖区内。"));
            }
            let _ = write!(text, "{}\t{}\t{source}\t{2}\t{2}\t", r.id, r.region.as_str(), actor.user_id);
            field(&mut text, from.batch_no.as_deref());
            let mut changes = Row::new();
            for f in &fields {
                let given = r.values.get(&f.name).or(f.default.as_ref()).unwrap_or(&Json::Null);
                let value = meta::value::read(&self.catalog, f, given)
                    .map_err(|p| Error::internal(format!("{}.{}: {}", d.id, f.name, p.code)))?;
                let kept = self.copy_value(d, f, &value, r.id, &mut text)?;
                if let Some(new) = kept {
                    changes.insert(f.name.clone(), json!({ "old": null, "new": new }));
                }
            }
            text.pop();
            text.push('\n');
            if d.history != History::None {
                let _ = write!(log, "{}\t{}\t{}\t1\tcreate\t{}\t", d.id, r.id, r.region.as_str(), actor.user_id);
                field(&mut log, Some(&actor.name));
                field(&mut log, from.batch_no.as_deref());
                field(&mut log, Some(&Json::Object(changes).to_string()));
                log.pop();
                log.push('\n');
            }
        }
        copy(tx, &d.table(), &columns, &text).await?;
        copy(tx, "app.row_change", LOG, &log).await?;
        let ids: Vec<Uuid> = rows.iter().map(|r| r.id).collect();
        hold(tx, d, &ids).await
    }

    /// One value as COPY reads it; what the change log keeps of it, none for nothing.
    fn copy_value(&self, d: &Dataset, f: &meta::Field, v: &Value, id: Uuid, out: &mut String) -> Result<Option<Json>> {
        if !f.kind.is_enciphered() {
            match v {
                Value::Null => field(out, None),
                Value::List(l) => {
                    let quoted: Vec<String> =
                        l.iter().map(|x| format!("\"{}\"", x.replace('\\', "\\\\").replace('"', "\\\""))).collect();
                    field(out, Some(&format!("{{{}}}", quoted.join(","))));
                }
                Value::Fen(n) => field(out, Some(&n.to_string())),
                Value::Bool(b) => field(out, Some(if *b { "t" } else { "f" })),
                Value::Text(t) => field(out, Some(t)),
                Value::Int(n) => field(out, Some(&n.to_string())),
                Value::Decimal(n) => field(out, Some(&n.to_string())),
                Value::Date(x) => field(out, Some(&x.to_string())),
                Value::Moment(m) => field(out, Some(&m.to_rfc3339())),
                Value::Id(u) => field(out, Some(&u.to_string())),
            }
            return Ok((!v.is_null()).then(|| v.to_json()));
        }
        let Value::Text(plain) = v else {
            for _ in meta::ddl::columns_of(f) {
                field(out, None);
            }
            return Ok(None);
        };
        let cipher = self.vault.seal(plain, &cipher_place(d, &f.name, id))?;
        field(out, Some(&cipher));
        let token = self.vault.token(secure::TokenKind::of(f.kind.name()), plain);
        let hex: String = token.iter().fold(String::from("\\x"), |mut s, b| {
            let _ = write!(s, "{b:02x}");
            s
        });
        field(out, Some(&hex));
        if f.kind == Kind::IdCard {
            let card = base::idcard::parse(plain, crate::today());
            field(out, Some(if card.is_ok() { "t" } else { "f" }));
            field(out, Some(card.kind.name()));
        }
        Ok(Some(cipher.into()))
    }

    /// Writes the same `values` and each row's own into rows the caller has locked: one statement a chunk, a line of the
    /// change log each. Rows whose version is no longer the one read are an internal error; they were locked.
    pub async fn set_many(
        &self,
        tx: &mut ScopedTx,
        d: &Dataset,
        targets: &[Target],
        values: &Row,
        from: &Provenance,
    ) -> Result<()> {
        let Some(first) = targets.first() else { return Ok(()) };
        let own: Vec<String> = first.own.keys().cloned().collect();
        let actor = tx.actor().clone();
        for chunk in targets.chunks(2000) {
            let mut qb = QueryBuilder::<Postgres>::new(format!(
                "update {} t set row_version = t.row_version + 1, updated_at = now(), updated_by = ",
                d.table()
            ));
            qb.push_bind(actor.user_id);
            for (name, json) in values {
                let (f, v) = self.plain_value(d, name, json)?;
                qb.push(format!(", {name} = "));
                crate::store::push_value(&mut qb, f.kind, &v);
            }
            for name in &own {
                let f = d.field(name).ok_or_else(|| Error::internal(format!("{} has no field {name}", d.id)))?;
                let sql = f.kind.sql_type(f.scale).ok_or_else(|| Error::internal(format!("{name} is not one column")))?;
                qb.push(format!(", {name} = x.{name}::{sql}"));
            }
            qb.push(" from (select unnest(").push_bind(chunk.iter().map(|t| t.id).collect::<Vec<_>>()).push("::uuid[]) as id");
            for name in &own {
                let texts: Vec<Option<String>> = chunk
                    .iter()
                    .map(|t| {
                        let (_, v) = self.plain_value(d, name, t.own.get(name).unwrap_or(&Json::Null))?;
                        Ok(as_text(&v))
                    })
                    .collect::<Result<_>>()?;
                qb.push(", unnest(").push_bind(texts).push(format!("::text[]) as {name}"));
            }
            qb.push(") x where t.id = x.id");
            let done = qb.build().execute(tx.conn()).await.db()?.rows_affected();
            if done != chunk.len() as u64 {
                return Err(Error::internal(format!("{done} of {} rows of {} were written", chunk.len(), d.id)));
            }
            if d.history != History::None {
                let mut log = String::new();
                for t in chunk {
                    let new = values.iter().chain(t.own.iter());
                    let changes: Row = new
                        .filter(|(n, v)| t.old.get(*n).unwrap_or(&Json::Null) != *v)
                        .map(|(n, v)| (n.clone(), json!({ "old": t.old.get(n), "new": v })))
                        .collect();
                    let _ = write!(log, "{}\t{}\t{}\t{}\tupdate\t{}\t", d.id, t.id, t.region, t.row_version + 1, actor.user_id);
                    field(&mut log, Some(&actor.name));
                    field(&mut log, from.batch_no.as_deref());
                    field(&mut log, Some(&Json::Object(changes).to_string()));
                    log.pop();
                    log.push('\n');
                }
                copy(tx, "app.row_change", LOG, &log).await?;
            }
            hold(tx, d, &chunk.iter().map(|t| t.id).collect::<Vec<_>>()).await?;
        }
        Ok(())
    }

    fn plain_value<'d>(&self, d: &'d Dataset, name: &str, json: &Json) -> Result<(&'d meta::Field, Value)> {
        let f = d.field(name).filter(|f| !f.kind.is_enciphered());
        let f = f.ok_or_else(|| Error::internal(format!("{name} of {} is not written in many rows", d.id)))?;
        let v = meta::value::read(&self.catalog, f, json).map_err(|p| Error::internal(format!("{}.{name}: {}", d.id, p.code)))?;
        Ok((f, v))
    }
}

/// A value as PostgreSQL reads it from text; lists are not written row by row.
fn as_text(v: &Value) -> Option<String> {
    match v {
        Value::Null | Value::List(_) => None,
        Value::Text(t) => Some(t.clone()),
        Value::Int(n) => Some(n.to_string()),
        Value::Fen(n) => Some(n.to_string()),
        Value::Decimal(n) => Some(n.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        Value::Date(x) => Some(x.to_string()),
        Value::Moment(m) => Some(m.to_rfc3339()),
        Value::Id(u) => Some(u.to_string()),
    }
}

/// One field and the tab behind it, escaped for COPY.
fn field(out: &mut String, value: Option<&str>) {
    match value {
        None => out.push_str("\\N"),
        Some(v) => {
            for c in v.chars() {
                match c {
                    '\\' => out.push_str("\\\\"),
                    '\t' => out.push_str("\\t"),
                    '\n' => out.push_str("\\n"),
                    '\r' => out.push_str("\\r"),
                    c => out.push(c),
                }
            }
        }
    }
    out.push('\t');
}

/// Columns of a line of the change log.
const LOG: &str = "dataset, row_id, region_code, row_version, verb, actor_id, actor_name, batch_no, changes";

/// Lines of COPY into a table by way of a table of their own: COPY into a table under row-level security is refused by
/// PostgreSQL, an insert is held against it.
async fn copy(tx: &mut ScopedTx, table: &str, columns: &str, text: &str) -> Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    let make = format!("create temp table many_new on commit drop as select {columns} from {table} with no data");
    sqlx::raw_sql(AssertSqlSafe(make)).execute(tx.conn()).await.db()?;
    let mut into = tx.conn().copy_in_raw("copy many_new from stdin").await.db()?;
    into.send(text.as_bytes()).await.db()?;
    into.finish().await.db()?;
    let put = format!("insert into {table} ({columns}) select {columns} from many_new; drop table many_new");
    sqlx::raw_sql(AssertSqlSafe(put)).execute(tx.conn()).await.db()?;
    Ok(())
}

/// Refuses when an `error` check of the description is true for one of these rows.
async fn hold(tx: &mut ScopedTx, d: &Dataset, ids: &[Uuid]) -> Result<()> {
    for c in d.checks.iter().filter(|c| c.severity == Severity::Error) {
        let mut qb = QueryBuilder::<Postgres>::new(format!("select count(*) from {} where id = any(", d.table()));
        qb.push_bind(ids.to_vec()).push(format!(") and {}", c.sql));
        let bad: i64 = qb.build_query_scalar().fetch_one(tx.conn()).await.db()?;
        if bad > 0 {
            let text = format!("有 {bad} 条“{}”不符合要求：{}", d.title, c.tell);
            return Err(Error::refused("record.refused", text).with_problems(vec![FieldProblem::new(&c.at, &c.id, &c.tell)]));
        }
    }
    Ok(())
}
