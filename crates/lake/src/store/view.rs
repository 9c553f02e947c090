//! What the catalog of the database says about a view. Must not read rows.

use ::store::DbResult;
use base::Result;
use sqlx::{PgPool, Row};

/// A view that measures count over.
#[derive(Clone, Debug)]
pub struct View {
    /// Name and type of each column.
    pub columns: Vec<(String, String)>,
    /// Tables it reads, all of them watched.
    pub sources: Vec<String>,
    /// It says the same until a table below it changes: no clock, no function that reads other tables.
    pub repeatable: bool,
}

/// Views and tables below a view, the view itself first.
const BELOW: &str = "with recursive below(oid) as (select to_regclass($1)::oid union \
   select d.refobjid from below b join pg_rewrite r on r.ev_class = b.oid join pg_depend d on d.objid = r.oid \
   where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass) ";

/// None when there is no such view.
pub async fn view(pool: &PgPool, name: &str) -> Result<Option<View>> {
    let there: bool = sqlx::query_scalar("select to_regclass($1) is not null").bind(name).fetch_one(pool).await.db()?;
    if !there {
        return Ok(None);
    }
    let columns = sqlx::query(
        "select attname::text, format_type(atttypid, atttypmod) from pg_attribute \
         where attrelid = to_regclass($1) and attnum > 0 and not attisdropped order by attnum",
    );
    let columns = columns.bind(name).fetch_all(pool).await.db()?;
    let columns = columns.iter().map(|r| Ok((r.try_get(0).db()?, r.try_get(1).db()?))).collect::<Result<Vec<_>>>()?;
    let tables = format!(
        "{BELOW} select n.nspname || '.' || c.relname, exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'mark_update') \
         from below b join pg_class c on c.oid = b.oid join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p') order by 1"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(tables)).bind(name).fetch_all(pool).await.db()?;
    let tables = rows.iter().map(|r| Ok((r.try_get(0).db()?, r.try_get(1).db()?))).collect::<Result<Vec<(String, bool)>>>()?;
    let clock = format!(
        "{BELOW} select exists (select from below b join pg_class c on c.oid = b.oid where c.relkind = 'v' \
           and pg_get_viewdef(b.oid) ~* '\\mnow\\(|\\mcurrent_|\\mlocaltime|clock_timestamp') \
         or exists (select from below b join pg_rewrite r on r.ev_class = b.oid join pg_depend d on d.objid = r.oid \
           join pg_proc p on p.oid = d.refobjid where d.refclassid = 'pg_proc'::regclass and p.provolatile <> 'i' \
           and pg_get_functiondef(p.oid) ~* '\\mselect\\M|\\mnow\\(|\\mcurrent_')"
    );
    let clock: bool = sqlx::query_scalar(sqlx::AssertSqlSafe(clock)).bind(name).fetch_one(pool).await.db()?;
    let watched = tables.iter().all(|t| t.1);
    Ok(Some(View { columns, sources: tables.into_iter().map(|t| t.0).collect(), repeatable: watched && !clock }))
}
