//! The schema of a database as text that people read and a test holds fresh. Only what migrations make, in one order,
//! without what differs between versions of PostgreSQL.

use crate::error::DbResult;
use base::Result;
use sqlx::{PgPool, Row};
use std::fmt::Write;

/// Tables with columns, constraints, indexes and policies, then functions, of all schemas that are ours.
pub async fn text(pool: &PgPool) -> Result<String> {
    let mut out = "-- The schema after all migrations. Written by cargo xtask codegen; not executed.\n".to_owned();
    let tables = sqlx::query(
        "select c.oid::bigint as oid, format('%I.%I', n.nspname, c.relname) as name, c.relrowsecurity, c.relforcerowsecurity
           from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg_t%'
          order by 2",
    )
    .fetch_all(pool)
    .await
    .db()?;
    for t in &tables {
        let (oid, name): (i64, String) = (t.try_get("oid").db()?, t.try_get("name").db()?);
        let columns: Vec<String> = sqlx::query_scalar(
            "select format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod))
                    || case when a.attcollation <> 0 and co.collname not in ('default') then ' collate ' || quote_ident(co.collname) else '' end
                    || case when a.attidentity <> '' then ' generated always as identity' else '' end
                    || case when d.adbin is not null and a.attgenerated = '' then ' default ' || pg_get_expr(d.adbin, d.adrelid) else '' end
                    || case when a.attgenerated <> '' then ' generated always as (' || pg_get_expr(d.adbin, d.adrelid) || ') stored' else '' end
                    || case when a.attnotnull then ' not null' else '' end
               from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
               left join pg_collation co on co.oid = a.attcollation
              where a.attrelid = $1::bigint::oid and a.attnum > 0 and not a.attisdropped order by a.attnum",
        )
        .bind(oid)
        .fetch_all(pool)
        .await
        .db()?;
        let constraints: Vec<String> = sqlx::query_scalar(
            "select format('constraint %I %s', conname, pg_get_constraintdef(oid)) from pg_constraint
              where conrelid = $1::bigint::oid and contype in ('p', 'u', 'f', 'c', 'x') order by contype desc, conname",
        )
        .bind(oid)
        .fetch_all(pool)
        .await
        .db()?;
        let _ = write!(out, "\ncreate table {name} (\n    {}\n);\n", [columns, constraints].concat().join(",\n    "));
        let indexes: Vec<String> = sqlx::query_scalar(
            "select pg_get_indexdef(i.indexrelid) from pg_index i left join pg_constraint k on k.conindid = i.indexrelid
              where i.indrelid = $1::bigint::oid and k.oid is null order by 1",
        )
        .bind(oid)
        .fetch_all(pool)
        .await
        .db()?;
        for i in indexes {
            let _ = writeln!(out, "{i};");
        }
        let (on, forced): (bool, bool) = (t.try_get("relrowsecurity").db()?, t.try_get("relforcerowsecurity").db()?);
        if on {
            let _ = writeln!(out, "alter table {name} {}row level security;", if forced { "force " } else { "enable " });
        }
        let policies: Vec<String> = sqlx::query_scalar(
            "select format('create policy %I on %s as %s for %s using (%s)%s;', polname, $2::text,
                           case when polpermissive then 'permissive' else 'restrictive' end,
                           case polcmd when '*' then 'all' when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' else 'delete' end,
                           pg_get_expr(polqual, polrelid), coalesce(' with check (' || pg_get_expr(polwithcheck, polrelid) || ')', ''))
               from pg_policy where polrelid = $1::bigint::oid order by polname",
        )
        .bind(oid)
        .bind(&name)
        .fetch_all(pool)
        .await
        .db()?;
        for p in policies {
            let _ = writeln!(out, "{p}");
        }
    }
    let functions: Vec<String> = sqlx::query_scalar(
        "select pg_get_functiondef(p.oid) from pg_proc p join pg_namespace n on n.oid = p.pronamespace
          where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg_t%' and p.prokind = 'f'
            and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e') order by 1",
    )
    .fetch_all(pool)
    .await
    .db()?;
    for f in functions {
        let _ = writeln!(out, "\n{};", f.trim_end());
    }
    Ok(out)
}

/// Column → SQL type of one table (`schema.table`), empty where it does not exist.
pub async fn columns(pool: &PgPool, table: &str) -> Result<std::collections::BTreeMap<String, String>> {
    let rows = sqlx::query(
        "select a.attname, format_type(a.atttypid, a.atttypmod) as type from pg_attribute a
          where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped",
    )
    .bind(table)
    .fetch_all(pool)
    .await
    .db()?;
    rows.iter().map(|r| Ok((r.try_get("attname").db()?, r.try_get("type").db()?))).collect()
}
