//! Shadow tables: raw rows of each file by COPY, then one table a dataset with the rows as they would be here. All of it
//! inside the one transaction of the reading job. Must not know files.

use super::quoted;
use crate::plan::{FeedPlan, FilePlan, Plan};
use crate::read::Chunk;
use ::store::{DbResult, ScopedTx};
use base::Result;
use meta::Kind;
use sqlx::AssertSqlSafe;
use tokio::sync::mpsc;

async fn run(tx: &mut ScopedTx, sql: String) -> Result<u64> {
    sqlx::query(AssertSqlSafe(sql)).execute(tx.conn()).await.db().map(|d| d.rows_affected())
}

/// Makes the raw table of a file kind.
pub(crate) async fn make_raw(tx: &mut ScopedTx, plan: &Plan, f: &FilePlan) -> Result<()> {
    let mut columns: Vec<String> =
        vec!["position integer".into(), "row_number integer".into(), "region text collate \"C\"".into()];
    columns.extend(f.rows_of.iter().map(|n| format!("made_{n} uuid")));
    columns.extend(f.feeds.iter().map(|n| format!("bad_{n} boolean")));
    columns.extend(f.columns.iter().flat_map(|c| c.raw_columns()).map(|(n, t)| format!("{n} {t}")));
    let table = plan.raw_table(&f.id);
    run(tx, format!("drop table if exists {table}")).await?;
    run(tx, format!("create unlogged table {table} ({})", columns.join(", "))).await.map(drop)
}

/// Sends chunks into the raw table until the readers end; each chunk's problems go to `told`.
pub(crate) async fn copy(
    tx: &mut ScopedTx,
    plan: &Plan,
    f: &FilePlan,
    chunks: &mut mpsc::Receiver<Chunk>,
    mut told: impl FnMut(&mut Chunk),
) -> Result<()> {
    let mut copy = tx.conn().copy_in_raw(&format!("copy {} from stdin", plan.raw_table(&f.id))).await.db()?;
    while let Some(mut chunk) = chunks.recv().await {
        told(&mut chunk);
        if let Err(e) = copy.send(std::mem::take(&mut chunk.bytes)).await {
            copy.abort("sending failed").await.ok();
            return Err(e).db();
        }
    }
    copy.finish().await.db().map(drop)
}

/// Raw columns of the key in a source, each beside the field's name.
fn keys(f: &FeedPlan, source: usize) -> Vec<(String, String)> {
    f.feed
        .key
        .iter()
        .filter(|k| f.feed.sources[source].columns.contains_key(*k))
        .map(|k| (k.clone(), format!("f{}_{source}_{k}", f.at)))
        .collect()
}

/// Builds the shadow table of a feed and notes double rows and rows without their parent.
pub(crate) async fn build(tx: &mut ScopedTx, plan: &Plan, f: &FeedPlan, batch_no: &str) -> Result<u64> {
    let at = f.at;
    let raw = plan.raw_table(&f.feed.sources[0].file);
    let own: Vec<(String, String)> = keys(f, 0);
    let key_list = own.iter().map(|(_, c)| format!("r.{c}")).collect::<Vec<_>>().join(", ");
    let whole = own.iter().map(|(_, c)| format!("r.{c} is not null")).collect::<Vec<_>>().join(" and ");
    if !f.feed.sources[0].repeated {
        run(tx, double_rows(f, &raw, &key_list, &whole, batch_no)).await?;
    }
    for reference in f.references() {
        let Some(to) = plan.target(reference) else { continue };
        run(tx, orphans(plan, f, to, &raw, &reference.name, &whole, batch_no)).await?;
    }
    let table = plan.shadow(f);
    run(tx, format!("drop table if exists {table}")).await?;
    let mut select: Vec<String> = Vec::new();
    let mut joins = String::new();
    for reference in f.references() {
        let n = &reference.name;
        let Some(to) = plan.target(reference) else { continue };
        let key = to.dataset.field(&to.feed.key[0]).map(|x| x.name.clone()).unwrap_or_default();
        joins.push_str(&format!(" join {} ref_{n} on ref_{n}.{key} = r.f{at}_0_{n}", plan.shadow(to)));
    }
    for source in f.sources.iter().copied().filter(|n| *n > 0) {
        let k = keys(f, source);
        let list = k.iter().map(|(_, c)| c.clone()).collect::<Vec<_>>().join(", ");
        let on = k.iter().zip(&own).map(|((_, c), (_, o))| format!("s{source}.{c} = r.{o}")).collect::<Vec<_>>().join(" and ");
        let side = plan.raw_table(&f.feed.sources[source].file);
        joins.push_str(&format!(
            " left join (select distinct on ({list}) * from {side} order by {list}, position, row_number) s{source} on {on}"
        ));
        if let Some(flag) = f.flag(source) {
            // a row that could not be read says nothing
            let there = if f.feed.sources[source].empty_when_absent {
                format!("not coalesce(s{source}.bad_{at}, false)")
            } else {
                format!("(s{source}.position is not null and not s{source}.bad_{at})")
            };
            select.push(format!("{there} as {flag}"));
        }
    }
    for (field, source) in &f.fields {
        let alias = if *source == 0 { "r".to_owned() } else { format!("s{source}") };
        if field.kind == Kind::Ref {
            select.push(format!("ref_{0}.id as {0}", field.name));
            continue;
        }
        for (c, _) in meta::ddl::columns_of(field) {
            select.push(format!("{alias}.f{at}_{source}_{c} as {c}"));
        }
    }
    for (name, value) in &f.feed.constants {
        if !f.fields.iter().any(|(x, _)| x.name == *name) {
            select.push(format!("{}::text as {name}", quoted(value)));
        }
    }
    // a child lies where its parent lies
    let region = f.parent().map_or("r.region".to_owned(), |p| format!("ref_{}.region_code", p.name));
    let same: Vec<String> = f
        .feed
        .key
        .iter()
        .map(|k| {
            let field = f.dataset.field(k);
            if field.is_some_and(|x| x.kind == Kind::Ref) {
                format!("t.{k} = ref_{k}.id")
            } else if let Some(c) = f.feed.constants.get(k) {
                format!("t.{k} = {}", quoted(c))
            } else {
                format!("t.{k} = r.f{at}_0_{k}")
            }
        })
        .collect();
    let scope = tx.scope().clone();
    let sql = format!(
        "create unlogged table {table} as \
         with r as (select distinct on ({key_list}) r.* from {raw} r where not r.bad_{at} and {whole} order by {key_list}, r.position, r.row_number) \
         select coalesce(t.id, r.made_{at}) as id, r.made_{at} as made, t.id as target, r.position, r.row_number, {region} as region_code, {} \
         from r{joins} left join {} t on {} and not t.deleted and t.region_code >= '{}' and t.region_code < '{}'",
        select.join(", "),
        f.dataset.table(),
        same.join(" and "),
        scope.lo,
        scope.hi,
    );
    run(tx, sql).await?;
    attach(tx, plan, f).await?;
    run(tx, format!("create index on {table} (id)")).await?;
    if f.feed.key.len() == 1 {
        run(tx, format!("create index on {table} ({})", f.feed.key[0])).await?;
    }
    run(tx, format!("analyze {table}")).await?;
    sqlx::query_scalar::<_, i64>(AssertSqlSafe(format!("select count(*) from {table}")))
        .fetch_one(tx.conn())
        .await
        .db()
        .map(|n| n as u64)
}

/// Later rows of a key that came before.
fn double_rows(f: &FeedPlan, raw: &str, key_list: &str, whole: &str, batch_no: &str) -> String {
    let at = f.at;
    format!(
        "insert into app.sync_problem (batch_no, dataset, region_code, position, row_number, label, code, message) \
         select {}, {}, coalesce(x.region, current_setting('ganong.scope_lo')), x.position, x.row_number, {}, 'exchange.double_row', \
           '与文件中第 ' || x.first_row || ' 行的编号重复，只采用先出现的一行，请在全国系统核对。' \
         from (select r.position, r.row_number, r.region, row_number() over w as n, first_value(r.row_number) over w as first_row \
               from {raw} r where not r.bad_{at} and {whole} window w as (partition by {key_list} order by r.position, r.row_number)) x \
         where x.n > 1 and coalesce(x.region, current_setting('ganong.scope_lo')) < current_setting('ganong.scope_hi')",
        quoted(batch_no),
        quoted(&f.dataset.id),
        quoted(f.feed.sources[0].columns.get(&f.feed.key[0]).map_or("", String::as_str)),
    )
}

/// Rows whose parent is not delivered.
fn orphans(plan: &Plan, f: &FeedPlan, to: &FeedPlan, raw: &str, name: &str, whole: &str, batch_no: &str) -> String {
    let at = f.at;
    let column = f.feed.sources[0].columns.get(name).map_or("", String::as_str);
    format!(
        "insert into app.sync_problem (batch_no, dataset, region_code, position, row_number, label, code, message) \
         select {}, {}, coalesce(r.region, current_setting('ganong.scope_lo')), r.position, r.row_number, {}, 'exchange.no_parent', \
           {} from {raw} r where not r.bad_{at} and {whole} \
           and not exists (select from {} p where p.{} = r.f{at}_0_{name})",
        quoted(batch_no),
        quoted(&f.dataset.id),
        quoted(column),
        quoted(&format!("“{column}”在本批的“{}”中没有可用的记录，本行未采用，请核对两个文件是否同一天导出。", to.dataset.title)),
        plan.shadow(to),
        to.feed.key[0],
    )
}

/// Ties rows of ours without a key to rows of the delivery by what else identifies them.
async fn attach(tx: &mut ScopedTx, plan: &Plan, f: &FeedPlan) -> Result<()> {
    if f.feed.attach.is_empty() {
        return Ok(());
    }
    let columns: Vec<String> = f.feed.attach.iter().filter_map(|n| f.dataset.field(n)).map(|x| x.filter_column()).collect();
    let same = columns.iter().map(|c| format!("a.{c} = f.{c}")).collect::<Vec<_>>().join(" and ");
    let scope = tx.scope().clone();
    let sql = format!(
        "update {table} f set target = m.id, id = m.id from ( \
           select distinct on (a.id) a.id, f.made from {table} f join {ours} a on {same} \
           where f.target is null and a.{key} is null and not a.deleted and a.region_code >= '{lo}' and a.region_code < '{hi}' \
           order by a.id, f.made) m where f.made = m.made",
        table = plan.shadow(f),
        ours = f.dataset.table(),
        key = f.feed.key[0],
        lo = scope.lo,
        hi = scope.hi,
    );
    run(tx, sql).await.map(drop)
}

/// Puts a finished shadow table under the scope of whoever reads it.
pub(crate) async fn protect(tx: &mut ScopedTx, table: &str) -> Result<()> {
    run(tx, format!("alter table {table} enable row level security")).await?;
    run(tx, format!("alter table {table} force row level security")).await?;
    let rule = "region_code >= app.scope_lo() and region_code < app.scope_hi()";
    run(tx, format!("create policy scope on {table} using ({rule}) with check ({rule})")).await.map(drop)
}

pub(crate) async fn drop_table(tx: &mut ScopedTx, table: &str) -> Result<()> {
    run(tx, format!("drop table if exists {table}")).await.map(drop)
}

/// Rows of a shadow table; none when it is not there.
pub(crate) async fn count(tx: &mut ScopedTx, table: &str) -> Result<Option<i64>> {
    let there: bool = sqlx::query_scalar("select to_regclass($1) is not null").bind(table).fetch_one(tx.conn()).await.db()?;
    if !there {
        return Ok(None);
    }
    sqlx::query_scalar(AssertSqlSafe(format!("select count(*) from {table}"))).fetch_one(tx.conn()).await.db().map(Some)
}
