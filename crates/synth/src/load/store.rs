//! The catalog and COPY.

use super::Target;
use sqlx::{AssertSqlSafe, PgPool, Row};

/// A column of a real table.
pub(super) struct Column {
    pub name: String,
    pub array: bool,
    /// Not null without a default.
    pub required: bool,
}

/// The table of this name (in `reg` before other schemas) with its columns; none when there is none.
pub(super) async fn columns(pool: &PgPool, table: &str) -> sqlx::Result<Option<(String, Vec<Column>)>> {
    let found: Option<String> = sqlx::query_scalar(
        "select n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace \
         where c.relname = $1 and c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema', 'app') \
         order by n.nspname <> 'reg', n.nspname limit 1",
    )
    .bind(table)
    .fetch_optional(pool)
    .await?;
    let Some(schema) = found else { return Ok(None) };
    let table = format!("{schema}.{table}");
    let rows = sqlx::query(
        "select a.attname::text, t.typcategory = 'A' as array, a.attnotnull and not a.atthasdef and a.attidentity = '' as required \
         from pg_attribute a join pg_type t on t.oid = a.atttypid \
         where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' order by a.attnum",
    )
    .bind(&table)
    .fetch_all(pool)
    .await?;
    let columns = rows
        .iter()
        .map(|r| Ok(Column { name: r.try_get(0)?, array: r.try_get(1)?, required: r.try_get(2)? }))
        .collect::<sqlx::Result<_>>()?;
    Ok(Some((table, columns)))
}

/// The first of the tables that has a row.
pub(super) async fn first_taken<'a>(pool: &PgPool, tables: impl Iterator<Item = &'a str>) -> sqlx::Result<Option<String>> {
    for table in tables {
        let sql = format!("select exists (select 1 from {table})");
        if sqlx::query_scalar::<_, bool>(AssertSqlSafe(sql)).fetch_one(pool).await? {
            return Ok(Some(table.to_owned()));
        }
    }
    Ok(None)
}

/// Sends the parts in one transaction.
pub(super) async fn copy<'a>(pool: &PgPool, parts: impl Iterator<Item = (&'a Target, &'a Vec<u8>)>) -> anyhow::Result<()> {
    let mut tx = pool.begin().await?;
    for (target, bytes) in parts {
        let statement = format!("copy {} ({}) from stdin", target.table, target.columns.join(","));
        let mut copy = tx.copy_in_raw(&statement).await?;
        if let Err(e) = copy.send(bytes.as_slice()).await {
            copy.abort("stopped").await.ok();
            return Err(e.into());
        }
        copy.finish().await?;
    }
    tx.commit().await?;
    Ok(())
}

/// COPY does not go into tables whose row-level security holds for their owner as well: where the owner is an ordinary
/// role, it is lifted for the owner while loading. Answers the tables to restore.
pub(super) async fn lift_row_security(pool: &PgPool, tables: &[&str]) -> sqlx::Result<Vec<String>> {
    let names: Vec<String> = tables.iter().map(|t| (*t).to_owned()).collect();
    let forced: Vec<String> = sqlx::query_scalar(
        "select t from unnest($1::text[]) t join pg_class c on c.oid = t::regclass join pg_roles r on r.rolname = current_user \
         where c.relforcerowsecurity and not (r.rolsuper or r.rolbypassrls)",
    )
    .bind(&names)
    .fetch_all(pool)
    .await?;
    for table in &forced {
        sqlx::query(AssertSqlSafe(format!("alter table {table} no force row level security"))).execute(pool).await?;
    }
    Ok(forced)
}

/// Puts back what [`lift_row_security`] lifted.
pub(super) async fn restore_row_security(pool: &PgPool, tables: &[String]) -> sqlx::Result<()> {
    for table in tables {
        sqlx::query(AssertSqlSafe(format!("alter table {table} force row level security"))).execute(pool).await?;
    }
    Ok(())
}

/// Tells the planner about the new rows.
pub(super) async fn analyze(pool: &PgPool, tables: &[&str]) -> sqlx::Result<()> {
    for table in tables {
        sqlx::query(AssertSqlSafe(format!("analyze {table}"))).execute(pool).await?;
    }
    Ok(())
}
