//! SQL of the query over any field and of the table that keeps queries. Identifiers come from linted descriptions, values are
//! bound. Must not decide who may ask what.

use super::{Checked, Op};
use crate::reach::reach;
use crate::store::push_value;
use ::store::{DbResult, ScopedTx};
use base::{Result, Scope};
use chrono::{Days, NaiveDate};
use meta::{Field, Kind, Value};
use serde_json::Value as Json;
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row as _};
use uuid::Uuid;

pub(super) fn push(
    qb: &mut QueryBuilder<Postgres>,
    vault: &dyn secure::Vault,
    c: &Checked,
    alias: &str,
    deep: usize,
    range: &Scope,
    today: NaiveDate,
) {
    match c {
        Checked::All(list) | Checked::Any(list) => {
            let (word, none) = if matches!(c, Checked::All(_)) { (" and ", "true") } else { (" or ", "false") };
            qb.push("(");
            for (i, one) in list.iter().enumerate() {
                if i > 0 {
                    qb.push(word);
                }
                push(qb, vault, one, alias, deep, range, today);
            }
            qb.push(if list.is_empty() { none } else { "" }).push(")");
        }
        Checked::Rows { dataset, via, forward, least, inner } => {
            let own = format!("r{deep}");
            let least = *least;
            qb.push(match least {
                0 => "not exists (select 1",
                1 => "exists (select 1",
                _ => "(select count(*)",
            });
            let joined = if *forward { format!("{own}.id = {alias}.{via}") } else { format!("{own}.{via} = {alias}.id") };
            qb.push(format!(" from {} {own} where {joined} and not {own}.deleted", dataset.table()));
            qb.push(format!(" and ({own}.region_code >= ")).push_bind(range.lo.clone());
            qb.push(format!(" and {own}.region_code < ")).push_bind(range.hi.clone());
            let above = reach(dataset, range);
            if !above.is_empty() {
                qb.push(format!(" or {own}.region_code = any(")).push_bind(above).push(")");
            }
            qb.push(") and ");
            push(qb, vault, inner, &own, deep + 1, range, today);
            qb.push(")");
            if least > 1 {
                qb.push(" >= ").push_bind(least);
            }
        }
        Checked::Test { field, op, values } => test(qb, vault, field, *op, values, alias, today),
    }
}

fn test(
    qb: &mut QueryBuilder<Postgres>,
    vault: &dyn secure::Vault,
    f: &Field,
    op: Op,
    values: &[Value],
    alias: &str,
    today: NaiveDate,
) {
    let col = format!("{alias}.{}", f.filter_column());
    let none = Value::Null;
    let (first, second) = (values.first().unwrap_or(&none), values.get(1).unwrap_or(&none));
    let day = |n: &Value| match n {
        Value::Int(n) => today.checked_sub_days(Days::new(u64::try_from(*n).unwrap_or(0))).unwrap_or(today),
        _ => today,
    };
    // a moment is compared by its day in China
    let dated = if f.kind == Kind::Moment { format!("({col} at time zone 'Asia/Shanghai')::date") } else { col.clone() };
    match op {
        // an empty list of codes is nothing, too
        Op::Empty if f.kind == Kind::Codes => drop(qb.push(format!("coalesce({col}, '{{}}') = '{{}}'"))),
        Op::Filled if f.kind == Kind::Codes => drop(qb.push(format!("coalesce({col}, '{{}}') <> '{{}}'"))),
        Op::Empty => drop(qb.push(format!("{col} is null"))),
        Op::Filled => drop(qb.push(format!("{col} is not null"))),
        Op::Is if f.kind.is_enciphered() => {
            let token = vault.token(secure::TokenKind::of(f.kind.name()), first.as_text().unwrap_or_default()).to_vec();
            qb.push(format!("{col} = ")).push_bind(token);
        }
        Op::In | Op::NotIn => {
            let codes: Vec<String> = values
                .iter()
                .flat_map(|v| match v {
                    Value::List(l) => l.clone(),
                    v => v.as_text().map(str::to_owned).into_iter().collect(),
                })
                .collect();
            let not = if op == Op::NotIn { "not " } else { "" };
            if f.kind == Kind::Codes {
                qb.push(format!("{not}coalesce({col} && ")).push_bind(codes).push(", false)");
            } else {
                qb.push(format!("{not}coalesce({col} = any(")).push_bind(codes).push("), false)");
            }
        }
        Op::DaysAgo => drop(qb.push(format!("{dated} <= ")).push_bind(day(first))),
        Op::WithinDays => drop(qb.push(format!("{dated} >= ")).push_bind(day(first))),
        Op::Begins => {
            let text = first.as_text().unwrap_or_default();
            qb.push(format!("({col} >= ")).push_bind(text.to_owned());
            qb.push(format!(" and {col} < ")).push_bind(format!("{text}\u{10FFFF}")).push(")");
        }
        Op::Contains => {
            qb.push("position(").push_bind(first.as_text().unwrap_or_default().to_owned()).push(format!(" in {col}) > 0"));
        }
        Op::Is | Op::AtLeast | Op::AtMost | Op::Between => {
            let sides: &[(&str, &Value)] = match op {
                Op::Is => &[("=", first)],
                Op::AtLeast => &[(">=", first)],
                Op::AtMost => &[("<=", first)],
                _ => &[(">=", first), ("<=", second)],
            };
            let (shown, kind) = if f.kind == Kind::Moment { (&dated, Kind::Date) } else { (&col, f.kind) };
            qb.push("(");
            for (i, (sign, v)) in sides.iter().enumerate() {
                qb.push(if i > 0 { " and " } else { "" }).push(format!("{shown} {sign} "));
                match v {
                    Value::Moment(m) => drop(qb.push_bind((*m + chrono::Duration::hours(8)).date_naive())),
                    v => push_value(qb, kind, v),
                }
            }
            qb.push(")");
        }
    }
}

/// A kept query as it stands in the table.
pub(super) struct Kept {
    pub id: Uuid,
    pub dataset: String,
    pub name: String,
    pub conditions: Json,
    pub owner_id: Uuid,
    pub owner_name: String,
    pub region_code: String,
    pub shared: bool,
    pub roles: Vec<String>,
    pub levels: Vec<i16>,
    pub shared_region: Option<String>,
    pub persons: Vec<Uuid>,
    pub person_names: Vec<String>,
}

const COLUMNS: &str = "id, dataset, name, conditions, owner_id, owner_name, region_code, shared, roles, levels, shared_region, persons, person_names";

fn kept(r: &PgRow) -> Result<Kept> {
    Ok(Kept {
        id: r.try_get("id").db()?,
        dataset: r.try_get("dataset").db()?,
        name: r.try_get("name").db()?,
        conditions: r.try_get("conditions").db()?,
        owner_id: r.try_get("owner_id").db()?,
        owner_name: r.try_get("owner_name").db()?,
        region_code: r.try_get("region_code").db()?,
        shared: r.try_get("shared").db()?,
        roles: r.try_get("roles").db()?,
        levels: r.try_get("levels").db()?,
        shared_region: r.try_get("shared_region").db()?,
        persons: r.try_get("persons").db()?,
        person_names: r.try_get("person_names").db()?,
    })
}

/// Named queries of one owner, and those that somebody shares.
pub(super) async fn list(tx: &mut ScopedTx, owner: Uuid, dataset: &str) -> Result<Vec<Kept>> {
    let sql = format!(
        "select {COLUMNS} from app.saved_query where ($2 = '' or dataset = $2) and name <> '' and (owner_id = $1 or shared) order by name, id"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(owner).bind(dataset).fetch_all(tx.conn()).await.db()?;
    rows.iter().map(kept).collect()
}

pub(super) async fn get(tx: &mut ScopedTx, id: Uuid) -> Result<Option<Kept>> {
    let sql = format!("select {COLUMNS} from app.saved_query where id = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(tx.conn()).await.db()?;
    row.as_ref().map(kept).transpose()
}

pub(super) async fn put(tx: &mut ScopedTx, k: &Kept) -> Result<()> {
    sqlx::query(
        "insert into app.saved_query (id, dataset, name, conditions, owner_id, owner_name, region_code, shared, roles, levels, \
           shared_region, persons, person_names) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
         on conflict (id) do update set name = excluded.name, conditions = excluded.conditions, shared = excluded.shared, \
           roles = excluded.roles, levels = excluded.levels, shared_region = excluded.shared_region, \
           persons = excluded.persons, person_names = excluded.person_names, updated_at = now()",
    )
    .bind(k.id)
    .bind(&k.dataset)
    .bind(&k.name)
    .bind(&k.conditions)
    .bind(k.owner_id)
    .bind(&k.owner_name)
    .bind(&k.region_code)
    .bind(k.shared)
    .bind(&k.roles)
    .bind(&k.levels)
    .bind(&k.shared_region)
    .bind(&k.persons)
    .bind(&k.person_names)
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}

pub(super) async fn remove(tx: &mut ScopedTx, id: Uuid) -> Result<()> {
    sqlx::query("delete from app.saved_query where id = $1").bind(id).execute(tx.conn()).await.db()?;
    Ok(())
}
