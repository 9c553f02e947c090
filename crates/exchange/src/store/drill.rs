//! The rows behind a figure: what is here and what the delivery says, field by field. Must not decide who sees what.

use super::{json, quoted};
use crate::plan::shadow;
use ::store::{DbResult, ScopedTx};
use base::{Result, Scope};
use meta::{Dataset, Kind};
use serde_json::Value as Json;
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

/// One differing row; values in wire form, enciphered ones as cipher text, bound to the row.
pub(crate) struct Differing {
    pub row_id: Uuid,
    pub region_code: String,
    pub verb: String,
    pub fields: Vec<String>,
    pub key: String,
    pub file: Option<String>,
    pub row: Option<i32>,
    pub old: Json,
    pub new: Json,
}

/// Which rows.
pub(crate) struct Asked<'a> {
    pub batch_no: &'a str,
    pub tag: &'a str,
    pub verb: Option<&'a str>,
    pub field: Option<&'a str>,
    pub within: &'a Scope,
    pub after: Option<Uuid>,
    pub limit: i64,
    /// The shadow table is there.
    pub staged: bool,
    /// Columns of the shadow table.
    pub has: &'a [String],
}

/// Columns of a table; empty when it is not there.
pub(crate) async fn columns(tx: &mut ScopedTx, table: &str) -> Result<Vec<String>> {
    sqlx::query_scalar(
        "select attname::text from pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not attisdropped",
    )
    .bind(table)
    .fetch_all(tx.conn())
    .await
    .db()
}

pub(crate) async fn rows(tx: &mut ScopedTx, d: &Dataset, a: &Asked<'_>) -> Result<Vec<Differing>> {
    let shown: Vec<&meta::Field> = d
        .fields
        .values()
        .filter(|f| {
            f.kind != Kind::Attachment
                && a.has.contains(&meta::ddl::columns_of(f).first().map(|c| c.0.clone()).unwrap_or_default())
        })
        .collect();
    let object = |alias: &str| {
        let list: Vec<String> = shown.iter().map(|f| format!("({}, {})", quoted(&f.name), json(f, alias))).collect();
        if list.is_empty() {
            return "'{}'::jsonb".to_owned();
        }
        format!("(select jsonb_object_agg(v.k, v.x) from (values {}) v(k, x))", list.join(", "))
    };
    let (new, join) = if a.staged {
        let table = shadow(a.tag, d);
        (object("f"), format!("left join {table} f on f.id = d.row_id"))
    } else {
        ("'{}'::jsonb".to_owned(), String::new())
    };
    let sql = format!(
        "select d.row_id, d.region_code, d.verb, d.fields, d.key, d.row_number, x.name as file, {} as old, {new} as new, \
           (select c.changes from app.row_change c where c.row_id = d.row_id and c.dataset = d.dataset and c.batch_no = d.batch_no limit 1) as logged \
         from app.sync_difference d left join {} t on t.id = d.row_id {join} \
         left join app.sync_file x on x.batch_no = d.batch_no and x.position = d.position \
         where d.batch_no = $1 and d.dataset = $2 and d.region_code >= $3 and d.region_code < $4 \
           and ($5::text is null or d.verb = $5) and ($6::text is null or $6 = any(d.fields)) and ($7::uuid is null or d.row_id > $7) \
         order by d.row_id limit $8",
        object("t"),
        d.table()
    );
    let found = sqlx::query(AssertSqlSafe(sql))
        .bind(a.batch_no)
        .bind(&d.id)
        .bind(&a.within.lo)
        .bind(&a.within.hi)
        .bind(a.verb)
        .bind(a.field)
        .bind(a.after)
        .bind(a.limit)
        .fetch_all(tx.conn())
        .await
        .db()?;
    Ok(found
        .iter()
        .map(|r| {
            let (mut old, mut new): (Json, Json) = (r.get("old"), r.get::<Option<Json>, _>("new").unwrap_or_default());
            // once applied, the change log says what was and what came
            if let Some(Json::Object(changes)) = r.get::<Option<Json>, _>("logged") {
                let side = |k: &str| changes.iter().map(|(n, c)| (n.clone(), c[k].clone())).collect::<serde_json::Map<_, _>>();
                (old, new) = (Json::Object(side("old")), Json::Object(side("new")));
            }
            Differing {
                row_id: r.get("row_id"),
                region_code: r.get("region_code"),
                verb: r.get("verb"),
                fields: r.get("fields"),
                key: r.get("key"),
                file: r.get("file"),
                row: r.get("row_number"),
                old,
                new,
            }
        })
        .collect())
}
