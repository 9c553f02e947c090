//! The SQL of the record engine, built from descriptions: identifiers come from linted descriptions, values are bound.

use crate::hooks::Condition;
use crate::query::{COUNT_CAP, Filter, ListQuery, Op, Page, make_cursor};
use crate::reach::{mark_above, push_range, reach};
use crate::sight::Sight;
use crate::{Records, Row, gone};
use base::{Result, Scope};
use chrono::{DateTime, NaiveDate, Utc};
use meta::dataset::COMMON;
use meta::{Dataset, Field, Kind, Value};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row as _};
use std::collections::HashMap;
use store::{DbResult, ScopedTx};
use uuid::Uuid;

/// One line of a row's history, rendered for reading.
#[derive(Debug, serde::Serialize)]
pub struct HistoryLine {
    pub row_version: i32,
    pub verb: String,
    pub at: DateTime<Utc>,
    pub actor_name: String,
    pub batch_no: Option<String>,
    pub changes: Vec<ChangeLine>,
}
#[derive(Debug, serde::Serialize)]
pub struct ChangeLine {
    pub field: String,
    pub label: String,
    pub old: Json,
    pub new: Json,
}

/// The columns of a read, in a fixed order.
pub(crate) fn select_columns(d: &Dataset) -> String {
    let mut cols: Vec<String> = COMMON.iter().map(|(c, _)| format!("t.{c}")).collect();
    for f in d.fields.values() {
        match f.kind {
            Kind::Attachment => {}
            k if k.is_enciphered() => cols.push(format!("t.{}_cipher", f.name)),
            _ => cols.push(format!("t.{}", f.name)),
        }
    }
    cols.join(", ")
}

/// Additional data that authenticates a cipher: table, column, row, format.
pub(crate) fn cipher_place(d: &Dataset, field: &str, id: Uuid) -> String {
    format!("{}|{}|{}|v1", d.table(), field, id)
}

/// Binds one value with the type of its field.
pub(crate) fn push_value(qb: &mut QueryBuilder<Postgres>, kind: Kind, v: &Value) {
    match v {
        Value::Text(s) => qb.push_bind(s.clone()),
        Value::Int(n) => qb.push_bind(*n),
        Value::Fen(n) => qb.push_bind(*n),
        Value::Decimal(n) => qb.push_bind(*n),
        Value::Bool(b) => qb.push_bind(*b),
        Value::Date(x) => qb.push_bind(*x),
        Value::Moment(m) => qb.push_bind(*m),
        Value::List(l) => qb.push_bind(l.clone()),
        Value::Id(u) => qb.push_bind(*u),
        Value::Null => match kind {
            Kind::Int | Kind::Month | Kind::Year => qb.push_bind(None::<i32>),
            Kind::Money => qb.push_bind(None::<i64>),
            Kind::Decimal => qb.push_bind(None::<Decimal>),
            Kind::Bool => qb.push_bind(None::<bool>),
            Kind::Date => qb.push_bind(None::<NaiveDate>),
            Kind::Moment => qb.push_bind(None::<DateTime<Utc>>),
            Kind::Codes => qb.push_bind(None::<Vec<String>>),
            Kind::Ref => qb.push_bind(None::<Uuid>),
            _ => qb.push_bind(None::<String>),
        },
    };
}

fn get<'r, T>(row: &'r PgRow, col: &str) -> Result<Option<T>>
where
    T: sqlx::Decode<'r, Postgres> + sqlx::Type<Postgres>,
{
    row.try_get::<Option<T>, _>(col).db()
}

/// Reads one field of a fetched row as a typed value; a cipher is opened.
pub(crate) fn read_field(vault: &dyn secure::Vault, d: &Dataset, f: &Field, row: &PgRow) -> Result<Value> {
    let n = f.name.as_str();
    Ok(match f.kind {
        Kind::Attachment => Value::Null,
        Kind::IdCard | Kind::Bank => match get::<String>(row, &format!("{n}_cipher"))? {
            None => Value::Null,
            Some(c) => {
                let id: Uuid = row.try_get("id").db()?;
                Value::Text(vault.open(&c, &cipher_place(d, n, id))?.into_inner())
            }
        },
        Kind::Int | Kind::Month | Kind::Year => get::<i32>(row, n)?.map_or(Value::Null, Value::Int),
        Kind::Money => get::<i64>(row, n)?.map_or(Value::Null, Value::Fen),
        Kind::Decimal => get::<Decimal>(row, n)?.map_or(Value::Null, |x| Value::Decimal(x.normalize())),
        Kind::Bool => get::<bool>(row, n)?.map_or(Value::Null, Value::Bool),
        Kind::Date => get::<NaiveDate>(row, n)?.map_or(Value::Null, Value::Date),
        Kind::Moment => get::<DateTime<Utc>>(row, n)?.map_or(Value::Null, Value::Moment),
        Kind::Codes => get::<Vec<String>>(row, n)?.map_or(Value::Null, Value::List),
        Kind::Ref => get::<Uuid>(row, n)?.map_or(Value::Null, Value::Id),
        _ => get::<String>(row, n)?.map_or(Value::Null, Value::Text),
    })
}

fn common(row: &PgRow) -> Result<Row> {
    let mut out = Row::new();
    out.insert("id".into(), json!(row.try_get::<Uuid, _>("id").db()?));
    out.insert("region_code".into(), json!(row.try_get::<String, _>("region_code").db()?));
    out.insert("row_version".into(), json!(row.try_get::<i32, _>("row_version").db()?));
    out.insert("source".into(), json!(row.try_get::<String, _>("source").db()?));
    for c in ["created_at", "updated_at", "national_updated_at"] {
        out.insert(c.into(), json!(get::<DateTime<Utc>>(row, c)?));
    }
    out.insert("sync_batch_no".into(), json!(get::<String>(row, "sync_batch_no")?));
    Ok(out)
}

impl Records {
    /// A fetched row in wire form, as this sight allows.
    pub(crate) fn wire(&self, d: &Dataset, sight: Sight, row: &PgRow) -> Result<Row> {
        let mut out = common(row)?;
        let mut masked = Vec::new();
        for f in d.fields.values().filter(|f| f.kind != Kind::Attachment) {
            let (v, hidden) = sight.show(f, read_field(self.vault.as_ref(), d, f, row)?.to_json());
            if hidden {
                masked.push(Json::from(f.name.as_str()));
            }
            if f.kind == Kind::Region
                && let Some(name) = v.as_str().and_then(|c| self.regions.name(c))
            {
                out.insert(format!("{}__name", f.name), name.into());
            }
            out.insert(f.name.clone(), v);
        }
        let place = out.get("region_code").and_then(Json::as_str).and_then(|c| self.regions.name(c));
        out.insert("region_name".into(), json!(place));
        out.insert("_masked".into(), Json::Array(masked));
        Ok(out)
    }

    /// One page inside the transaction's scope (first lock) and under row-level security (second lock).
    pub async fn list(&self, tx: &mut ScopedTx, d: &Dataset, q: &ListQuery) -> Result<Page> {
        let Some(range) = q.range(tx.scope()) else {
            return Ok(Page {
                items: vec![],
                next: None,
                count: q.count.then_some(0),
                count_exact: true,
                within: None,
                asof: None,
            });
        };
        let sight = self.sight.of(tx.actor());
        let (sort, down) = q.sort.clone().unwrap_or_else(|| ("region_code".into(), false));
        let narrowed = self.narrowed(tx, d, q).await?;
        let mut qb = QueryBuilder::new(format!("select {} from {} t where ", select_columns(d), d.table()));
        self.push_where(&mut qb, tx.scope(), d, q, &range, narrowed.as_ref());
        push_after(&mut qb, d, q, &sort, down);
        let dir = if down { "desc" } else { "asc" };
        qb.push(format!(" order by t.{sort} {dir} nulls last, t.id {dir} limit ")).push_bind(q.limit + 1);
        let rows = qb.build().fetch_all(tx.conn()).await.db()?;
        let more = rows.len() as i64 > q.limit;
        let shown = &rows[..rows.len().min(q.limit as usize)];
        let mut items = shown.iter().map(|r| self.wire(d, sight, r)).collect::<Result<Vec<_>>>()?;
        let next = match (more, shown.last()) {
            (true, Some(last)) => {
                let key = sort_value(self.vault.as_ref(), d, &sort, last)?;
                Some(make_cursor(&key, last.try_get("id").db()?))
            }
            _ => None,
        };
        self.add_titles(tx, d, &mut items).await?;
        mark_above(tx.scope(), &mut items);
        let count = if q.count { Some(self.count(tx, d, q, &range).await?) } else { None };
        let exact = count.is_none_or(|n| n <= COUNT_CAP);
        let within = narrowed.map(|n| n.1);
        Ok(Page { items, next, count: count.map(|n| n.min(COUNT_CAP)), count_exact: exact, within, asof: None })
    }

    async fn count(&self, tx: &mut ScopedTx, d: &Dataset, q: &ListQuery, range: &Scope) -> Result<i64> {
        let narrowed = self.narrowed(tx, d, q).await?;
        let mut qb = QueryBuilder::new(format!("select count(*) from (select 1 from {} t where ", d.table()));
        self.push_where(&mut qb, tx.scope(), d, q, range, narrowed.as_ref());
        qb.push(" limit ").push_bind(COUNT_CAP + 1).push(") x");
        qb.build_query_scalar().fetch_one(tx.conn()).await.db()
    }

    /// How many rows a query finds, without a cap.
    pub async fn count_all(&self, tx: &mut ScopedTx, d: &Dataset, q: &ListQuery) -> Result<i64> {
        let Some(range) = q.range(tx.scope()) else { return Ok(0) };
        let narrowed = self.narrowed(tx, d, q).await?;
        let mut qb = QueryBuilder::new(format!("select count(*) from {} t where ", d.table()));
        self.push_where(&mut qb, tx.scope(), d, q, &range, narrowed.as_ref());
        qb.build_query_scalar().fetch_one(tx.conn()).await.db()
    }

    /// Streams rows of a list in pages of `MAX_LIMIT` to `take`, for exports: constant memory whatever the size.
    pub async fn each_page<F>(&self, tx: &mut ScopedTx, d: &Dataset, q: &ListQuery, mut take: F) -> Result<u64>
    where
        F: FnMut(Vec<Row>) -> Result<()> + Send,
    {
        let mut q = ListQuery { limit: crate::query::MAX_LIMIT, count: false, after: None, ..q.clone() };
        let mut total = 0;
        loop {
            let page = self.list(tx, d, &q).await?;
            total += page.items.len() as u64;
            take(page.items)?;
            match page.next {
                None => return Ok(total),
                Some(n) => q.after = ListQuery::read(&self.catalog, d, &[("after".into(), n)])?.after,
            }
        }
    }

    pub(crate) fn push_where(
        &self,
        qb: &mut QueryBuilder<Postgres>,
        own: &Scope,
        d: &Dataset,
        q: &ListQuery,
        range: &Scope,
        narrowed: Option<&(Condition, String)>,
    ) {
        // who asks for one region means the rows set there
        push_range(qb, range, if q.region.is_none() { reach(d, own) } else { vec![] });
        qb.push(" and not t.deleted");
        for f in &q.filters {
            if let Some(field) = d.field(&f.field) {
                qb.push(" and ");
                self.push_filter(qb, field, f);
            }
        }
        if let Some(text) = &q.q {
            self.push_search(qb, d, text);
        }
        if let Some((condition, _)) = narrowed {
            qb.push(" and (");
            condition(qb);
            qb.push(")");
        }
    }

    fn push_filter(&self, qb: &mut QueryBuilder<Postgres>, field: &Field, f: &Filter) {
        let col = format!("t.{}", field.filter_column());
        let token =
            |v: &Value| self.vault.token(secure::TokenKind::of(field.kind.name()), v.as_text().unwrap_or_default()).to_vec();
        match f.op {
            Op::Empty => {
                let yes = matches!(f.values.first(), Some(Value::Bool(true)));
                qb.push(format!("{col} is {}null", if yes { "" } else { "not " }));
            }
            _ if field.kind.is_enciphered() => {
                let tokens: Vec<Vec<u8>> = f.values.iter().map(token).collect();
                qb.push(format!("{col} = any(")).push_bind(tokens).push(")");
            }
            Op::Eq | Op::In if field.kind == Kind::Codes => {
                let codes: Vec<String> = f
                    .values
                    .iter()
                    .flat_map(|v| match v {
                        Value::List(l) => l.clone(),
                        _ => vec![],
                    })
                    .collect();
                qb.push(format!("{col} && ")).push_bind(codes);
            }
            Op::Eq | Op::In => {
                qb.push("(");
                for (i, v) in f.values.iter().enumerate() {
                    if i > 0 {
                        qb.push(" or ");
                    }
                    qb.push(format!("{col} = "));
                    push_value(qb, field.kind, v);
                }
                qb.push(if f.values.is_empty() { "false)" } else { ")" });
            }
            Op::Min | Op::Max => {
                qb.push(format!("{col} {} ", if f.op == Op::Min { ">=" } else { "<=" }));
                push_value(qb, field.kind, f.values.first().unwrap_or(&Value::Null));
            }
            Op::Like => push_prefix(qb, &col, f.values.first().and_then(Value::as_text).unwrap_or_default()),
        }
    }

    /// Begins-with over the searchable fields; a whole identity number goes by its token.
    fn push_search(&self, qb: &mut QueryBuilder<Postgres>, d: &Dataset, text: &str) {
        qb.push(" and (false");
        for name in &d.searchable {
            qb.push(" or ");
            push_prefix(qb, &format!("t.{name}"), text);
        }
        if text.len() >= 15 {
            for f in d.fields.values().filter(|f| f.kind == Kind::IdCard) {
                let token = self.vault.token(secure::TokenKind::of("id_card"), text).to_vec();
                qb.push(format!(" or t.{} = ", f.filter_column())).push_bind(token);
            }
        }
        qb.push(")");
    }

    /// Adds `<ref>__title` for each reference of the page, one query a target dataset.
    pub(crate) async fn add_titles(&self, tx: &mut ScopedTx, d: &Dataset, items: &mut [Row]) -> Result<()> {
        let sight = self.sight.of(tx.actor());
        for f in d.fields.values().filter(|f| f.kind == Kind::Ref) {
            let Some(target) = f.dataset.as_deref().and_then(|t| self.catalog.dataset(t)) else { continue };
            let Some(tf) = target.title_field.as_deref().and_then(|t| target.field(t)).filter(|t| !t.kind.is_enciphered()) else {
                continue;
            };
            let ids: Vec<Uuid> = items.iter().filter_map(|r| Uuid::parse_str(r.get(&f.name)?.as_str()?).ok()).collect();
            if ids.is_empty() {
                continue;
            }
            let mut qb = QueryBuilder::new(format!("select t.id, t.{} from {} t where t.id = any(", tf.name, target.table()));
            qb.push_bind(ids).push(") and ");
            push_range(&mut qb, tx.scope(), reach(target, tx.scope()));
            let rows = qb.build().fetch_all(tx.conn()).await.db()?;
            let mut names = HashMap::new();
            for r in &rows {
                let shown = sight.show(tf, read_field(self.vault.as_ref(), target, tf, r)?.to_json()).0;
                let label = match (&tf.codes, shown.as_str()) {
                    (Some(list), Some(code)) => self.catalog.codes(list).map_or_else(|| shown.clone(), |l| l.label(code).into()),
                    _ => shown.clone(),
                };
                names.insert(r.try_get::<Uuid, _>("id").db()?.to_string(), label);
            }
            for it in items.iter_mut() {
                if let Some(t) = it.get(&f.name).and_then(Json::as_str).and_then(|id| names.get(id)).cloned() {
                    it.insert(format!("{}__title", f.name), t);
                }
            }
        }
        Ok(())
    }

    /// One row as this actor may read it.
    pub async fn get(&self, tx: &mut ScopedTx, d: &Dataset, id: Uuid) -> Result<Row> {
        let sight = self.sight.of(tx.actor());
        let row = self.fetch(tx, d, id).await?.ok_or_else(|| gone(d))?;
        let mut out = [self.wire(d, sight, &row)?];
        self.add_titles(tx, d, &mut out).await?;
        mark_above(tx.scope(), &mut out);
        let [out] = out;
        Ok(out)
    }

    /// One row with plain values, for decisions inside the server. Never sent out.
    pub async fn get_plain(&self, tx: &mut ScopedTx, d: &Dataset, id: Uuid) -> Result<Row> {
        let row = self.fetch(tx, d, id).await?.ok_or_else(|| gone(d))?;
        self.wire(d, Sight::PLAIN, &row)
    }

    pub(crate) async fn fetch(&self, tx: &mut ScopedTx, d: &Dataset, id: Uuid) -> Result<Option<PgRow>> {
        let mut qb = QueryBuilder::new(format!("select {} from {} t where t.id = ", select_columns(d), d.table()));
        qb.push_bind(id).push(" and ");
        push_range(&mut qb, tx.scope(), reach(d, tx.scope()));
        qb.push(" and not t.deleted");
        qb.build().fetch_optional(tx.conn()).await.db()
    }

    /// Rows of the scope that are going to be changed, locked in the order of their ids.
    pub(crate) async fn fetch_locked(&self, tx: &mut ScopedTx, d: &Dataset, ids: Vec<Uuid>) -> Result<Vec<PgRow>> {
        if ids.is_empty() {
            return Ok(vec![]);
        }
        let mut qb = QueryBuilder::new(format!("select {} from {} t where t.id = any(", select_columns(d), d.table()));
        qb.push_bind(ids).push(") and ");
        // writing stays within the scope
        push_range(&mut qb, tx.scope(), vec![]);
        qb.push(" and not t.deleted order by t.id for update of t");
        qb.build().fetch_all(tx.conn()).await.db()
    }

    /// Who changed what, newest first.
    pub async fn history(
        &self,
        tx: &mut ScopedTx,
        d: &Dataset,
        id: Uuid,
        before: Option<i32>,
        limit: i64,
    ) -> Result<Vec<HistoryLine>> {
        let sight = self.sight.of(tx.actor());
        if self.fetch(tx, d, id).await?.is_none() {
            return Err(gone(d));
        }
        let range = tx.scope().clone();
        let rows = sqlx::query(
            "select row_version, verb, at, actor_name, batch_no, changes from app.row_change
             where dataset = $1 and row_id = $2 and row_version < $3
               and (region_code >= $5 and region_code < $6 or region_code = any($7))
             order by row_version desc, id desc limit $4",
        )
        .bind(&d.id)
        .bind(id)
        .bind(before.unwrap_or(i32::MAX))
        .bind(limit)
        .bind(&range.lo)
        .bind(&range.hi)
        .bind(reach(d, &range))
        .fetch_all(tx.conn())
        .await
        .db()?;
        rows.iter()
            .map(|r| {
                let changes: Json = r.try_get("changes").db()?;
                Ok(HistoryLine {
                    row_version: r.try_get("row_version").db()?,
                    verb: r.try_get("verb").db()?,
                    at: r.try_get("at").db()?,
                    actor_name: r.try_get("actor_name").db()?,
                    batch_no: r.try_get("batch_no").db()?,
                    changes: self.readable(d, sight, id, &changes),
                })
            })
            .collect()
    }

    fn readable(&self, d: &Dataset, sight: Sight, id: Uuid, changes: &Json) -> Vec<ChangeLine> {
        let Some(map) = changes.as_object() else { return vec![] };
        map.iter()
            .filter_map(|(name, c)| {
                let f = d.field(name)?;
                let side = |k: &str| {
                    let raw = c.get(k).cloned().unwrap_or(Json::Null);
                    let plain = match (f.kind.is_enciphered(), raw.as_str()) {
                        (true, Some(cipher)) => self
                            .vault
                            .open(cipher, &cipher_place(d, name, id))
                            .map_or(Json::from("***"), |s| s.into_inner().into()),
                        _ => raw,
                    };
                    sight.show(f, plain).0
                };
                Some(ChangeLine { field: name.clone(), label: f.label.clone(), old: side("old"), new: side("new") })
            })
            .collect()
    }
}

fn push_prefix(qb: &mut QueryBuilder<Postgres>, col: &str, text: &str) {
    // a text-pattern range instead of LIKE: leakproof, so the index serves under row-level security
    let hi = format!("{text}\u{10FFFF}");
    qb.push(format!("({col} >= ")).push_bind(text.to_owned()).push(format!(" and {col} < ")).push_bind(hi).push(")");
}

fn push_after(qb: &mut QueryBuilder<Postgres>, d: &Dataset, q: &ListQuery, sort: &str, down: bool) {
    let Some((key, id)) = &q.after else { return };
    let cmp = if down { "<" } else { ">" };
    let kind = d.field(sort).map(|f| f.kind);
    let value = match kind {
        None if sort == "region_code" => key.as_str().map(|s| Value::Text(s.into())),
        None => key.as_str().and_then(|s| DateTime::parse_from_rfc3339(s).ok()).map(|m| Value::Moment(m.with_timezone(&Utc))),
        Some(Kind::Int | Kind::Month | Kind::Year) => key.as_i64().and_then(|n| i32::try_from(n).ok()).map(Value::Int),
        Some(Kind::Money) => key.as_i64().map(Value::Fen),
        Some(Kind::Decimal) => key.as_str().and_then(|s| s.parse().ok()).map(Value::Decimal),
        Some(Kind::Date) => key.as_str().and_then(|s| s.parse().ok()).map(Value::Date),
        Some(Kind::Moment) => {
            key.as_str().and_then(|s| DateTime::parse_from_rfc3339(s).ok()).map(|m| Value::Moment(m.with_timezone(&Utc)))
        }
        Some(_) => key.as_str().map(|s| Value::Text(s.into())),
    };
    let kind = kind.unwrap_or(Kind::Text);
    match value {
        None => {
            qb.push(format!(" and t.{sort} is null and t.id {cmp} ")).push_bind(*id);
        }
        Some(v) => {
            qb.push(format!(" and ((t.{sort}, t.id) {cmp} ("));
            push_value(qb, kind, &v);
            qb.push(", ").push_bind(*id).push(format!(") or t.{sort} is null)"));
            if sort == "region_code" {
                // never null: lets the index on (region_code, id) carry the whole condition
                qb.push(format!(" and t.region_code {cmp}= "));
                push_value(qb, kind, &v);
            }
        }
    }
}

fn sort_value(vault: &dyn secure::Vault, d: &Dataset, sort: &str, row: &PgRow) -> Result<Json> {
    match d.field(sort) {
        Some(f) => Ok(read_field(vault, d, f, row)?.to_json()),
        None if sort == "region_code" => Ok(json!(row.try_get::<String, _>("region_code").db()?)),
        None => Ok(json!(row.try_get::<DateTime<Utc>, _>(sort).db()?.to_rfc3339())),
    }
}
