//! Regions in PostgreSQL: the first seed, loading the directory, and the import that moves rows to successors.

use super::directory::{Region, RegionKind, Regions};
use super::import::{Decision, ImportPlan, Merge, MovedTable, Uncovered, decide};
use super::seed::{DEMO_FUNCTIONAL_AREAS, beginning, official_regions, region};
use super::table::NewRegion;
use base::{Actor, Error, FieldProblem, RegionCode, Result};
use chrono::NaiveDate;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Executor, PgConnection, PgPool, Row};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Serialises seeds and imports.
const LOCK: &str = "select pg_advisory_xact_lock(hashtext('registry.region'))";

const COLUMNS: &str = "code,name,full_name,level,parent_code,urban_rural_code,region_kind,poverty_county_flag,county_class,\
     village_class,out_of_list_year,national_code,valid_from,valid_to,replaced_by,lon,lat,sort_no,pinyin";

fn db(e: sqlx::Error) -> Error {
    Error::internal(e)
}

impl Regions {
    /// Reads the whole table into memory.
    pub async fn load(pool: &PgPool) -> Result<Regions> {
        let regions = Regions::default();
        regions.reload(pool).await?;
        Ok(regions)
    }

    /// Reads the table again; every holder of this directory sees the new list.
    pub async fn reload(&self, pool: &PgPool) -> Result<()> {
        let mut connection = pool.acquire().await.map_err(db)?;
        self.replace(read_all(&mut connection).await?);
        Ok(())
    }
}

async fn read_all(connection: &mut PgConnection) -> Result<Vec<Region>> {
    let sql = "select code,name,full_name,level,parent_code,urban_rural_code,region_kind,poverty_county_flag,county_class,\
               village_class,out_of_list_year,national_code,valid_from,valid_to,replaced_by,lon::float8 as lon,\
               lat::float8 as lat,sort_no,pinyin from reg.region order by code";
    let rows = sqlx::query(sql).fetch_all(connection).await.map_err(db)?;
    rows.iter().map(|r| read_row(r).map_err(db)).collect()
}

fn read_row(r: &PgRow) -> sqlx::Result<Region> {
    Ok(Region {
        code: r.try_get("code")?,
        name: r.try_get("name")?,
        full_name: r.try_get("full_name")?,
        level: r.try_get("level")?,
        parent_code: r.try_get("parent_code")?,
        urban_rural_code: r.try_get("urban_rural_code")?,
        region_kind: RegionKind::from_code(r.try_get("region_kind")?),
        poverty_county_flag: r.try_get("poverty_county_flag")?,
        county_class: r.try_get("county_class")?,
        village_class: r.try_get("village_class")?,
        out_of_list_year: r.try_get("out_of_list_year")?,
        national_code: r.try_get("national_code")?,
        valid_from: r.try_get("valid_from")?,
        valid_to: r.try_get("valid_to")?,
        replaced_by: r.try_get("replaced_by")?,
        lon: r.try_get("lon")?,
        lat: r.try_get("lat")?,
        sort_no: r.try_get("sort_no")?,
        pinyin: r.try_get("pinyin")?,
    })
}

/// Fills an empty table with the shipped official list (COPY); does nothing when there are rows. Returns the rows written.
pub async fn seed(pool: &PgPool) -> Result<u64> {
    let mut tx = pool.begin().await.map_err(db)?;
    tx.execute(LOCK).await.map_err(db)?;
    let empty: bool = sqlx::query_scalar("select not exists (select 1 from reg.region)").fetch_one(&mut *tx).await.map_err(db)?;
    let written = if empty { copy_in(&mut tx, &official_regions()?).await? } else { 0 };
    tx.commit().await.map_err(db)?;
    Ok(written)
}

/// Adds the example functional areas of the demonstration; those already there stay as they are.
pub async fn seed_demo_functional_areas(pool: &PgPool) -> Result<u64> {
    let regions = Regions::load(pool).await?;
    let mut rows = Vec::new();
    for (code, name) in DEMO_FUNCTIONAL_AREAS {
        let code = RegionCode::parse(code)?;
        if regions.get(code.as_str()).is_none() {
            let above = code.parent().and_then(|p| regions.get(p.as_str()));
            let above = above.map(|p| p.full_name.clone()).unwrap_or_default();
            rows.push(region(&code, name, &above, RegionKind::Functional, beginning()));
        }
    }
    let mut tx = pool.begin().await.map_err(db)?;
    tx.execute(LOCK).await.map_err(db)?;
    let written = copy_in(&mut tx, &rows).await?;
    tx.commit().await.map_err(db)?;
    Ok(written)
}

/// Writes regions, parents first.
async fn copy_in(connection: &mut PgConnection, rows: &[Region]) -> Result<u64> {
    let mut buffer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    let list = |items: &[String]| format!("{{{}}}", items.join(","));
    for r in rows {
        let opt = |v: &Option<String>| v.clone().unwrap_or_default();
        let line = [
            r.code.clone(),
            r.name.clone(),
            r.full_name.clone(),
            r.level.to_string(),
            opt(&r.parent_code),
            opt(&r.urban_rural_code),
            r.region_kind.code().to_owned(),
            r.poverty_county_flag.to_string(),
            list(&r.county_class),
            list(&r.village_class),
            r.out_of_list_year.map(|y| y.to_string()).unwrap_or_default(),
            opt(&r.national_code),
            r.valid_from.to_string(),
            r.valid_to.map(|d| d.to_string()).unwrap_or_default(),
            opt(&r.replaced_by),
            r.lon.map(|x| x.to_string()).unwrap_or_default(),
            r.lat.map(|x| x.to_string()).unwrap_or_default(),
            r.sort_no.to_string(),
            r.pinyin.clone(),
        ];
        buffer.write_record(&line).map_err(Error::internal)?;
    }
    let bytes = buffer.into_inner().map_err(|e| Error::internal(e.to_string()))?;
    let statement = format!("copy reg.region ({COLUMNS}) from stdin with (format csv, force_not_null (pinyin))");
    let mut copy = connection.copy_in_raw(&statement).await.map_err(db)?;
    copy.send(bytes).await.map_err(db)?;
    copy.finish().await.map_err(db)
}

/// What the list would change, with the number of rows of each table that would move. Writes nothing.
pub async fn import_preview(pool: &PgPool, root: &RegionCode, list: &[NewRegion], effective_on: NaiveDate) -> Result<ImportPlan> {
    let mut tx = pool.begin().await.map_err(db)?;
    let (_, plan) = plan(&mut tx, root, list, effective_on).await?;
    Ok(plan)
}

/// Applies the list in one transaction: adds, renames and ends regions, moves the rows of every business table to the
/// successors, writes their histories and one line of `reg.region_change`. Published figures keep their codes. The caller
/// writes the audit line, as for every other operation.
pub async fn import_apply(
    pool: &PgPool,
    regions: &Regions,
    actor: &Actor,
    title: &str,
    root: &RegionCode,
    list: &[NewRegion],
    effective_on: NaiveDate,
) -> Result<ImportPlan> {
    let mut tx = pool.begin().await.map_err(db)?;
    tx.execute(LOCK).await.map_err(db)?;
    let (decision, mut plan) = plan(&mut tx, root, list, effective_on).await?;
    if !plan.problems.is_empty() {
        let sentence = format!("区划变更有 {} 处问题，未做任何改动。请按提示补充“原代码”或修正后重新导入。", plan.problems.len());
        return Err(Error::refused("registry.region_import_refused", sentence).with_problems(plan.problems));
    }
    write_regions(&mut tx, &decision, effective_on).await?;
    let successors: BTreeMap<String, String> =
        decision.ended.iter().filter_map(|(old, new)| Some((old.clone(), new.clone()?))).collect();
    let change = Uuid::now_v7();
    plan.moved = move_rows(&mut tx, &successors, actor, change).await?;
    sqlx::query(
        "insert into reg.region_change (id, actor_id, actor_name, title, root_code, effective_on, changes, moved) \
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(change)
    .bind(actor.user_id)
    .bind(&actor.name)
    .bind(title)
    .bind(root.as_str())
    .bind(effective_on)
    .bind(serde_json::to_value(&plan)?)
    .bind(serde_json::to_value(&plan.moved)?)
    .execute(&mut *tx)
    .await
    .map_err(db)?;
    tx.commit().await.map_err(db)?;
    regions.reload(pool).await?;
    Ok(plan)
}

async fn plan(
    connection: &mut PgConnection,
    root: &RegionCode,
    list: &[NewRegion],
    effective_on: NaiveDate,
) -> Result<(Decision, ImportPlan)> {
    let current: Vec<_> = read_all(connection).await?.into_iter().map(std::sync::Arc::new).collect();
    let names: HashMap<&str, &str> = current
        .iter()
        .map(|r| (r.code.as_str(), r.name.as_str()))
        .chain(list.iter().map(|n| (n.code.as_str(), n.name.as_str())))
        .collect();
    let name = |code: &str| names.get(code).map_or_else(String::new, |n| (*n).to_owned());
    let decision = decide(&current, list, root);
    let mut problems = decision.problems.clone();
    let codes: Vec<&str> = decision.ended.keys().map(String::as_str).collect();
    let (mut moved, mut stranded) = (Vec::new(), HashMap::<String, i64>::new());
    // rows of the whole province, also when the owner of the tables is under row-level security
    let scope = "select set_config('ganong.scope_lo', '360000000000', true), set_config('ganong.scope_hi', '370000000000', true)";
    connection.execute(scope).await.map_err(db)?;
    if !codes.is_empty() {
        for table in business_tables(connection).await? {
            let sql = format!("select region_code, count(*) from {table} where region_code = any($1) group by 1");
            let rows = sqlx::query(AssertSqlSafe(sql)).bind(&codes).fetch_all(&mut *connection).await.map_err(db)?;
            let mut n = 0;
            for row in rows {
                let (code, count): (String, i64) = (row.try_get(0).map_err(db)?, row.try_get(1).map_err(db)?);
                match &decision.ended[&code] {
                    Some(_) => n += count,
                    None => *stranded.entry(code).or_default() += count,
                }
            }
            if n > 0 {
                moved.push(MovedTable { table, rows: n });
            }
        }
    }
    let (mut merged, mut removed) = (Vec::new(), Vec::new());
    for (code, successor) in &decision.ended {
        match successor {
            Some(into) => merged.push(Merge { code: code.clone(), name: name(code), into: into.clone(), into_name: name(into) }),
            None => {
                let rows = stranded.get(code).copied().unwrap_or(0);
                if rows > 0 {
                    let message =
                        format!("{code} {}：不再存在，但还有 {rows} 条数据。请在接收它的区划行填写“原代码”。", name(code));
                    problems.push(FieldProblem::new(code, "registry.region_without_successor", message));
                }
                removed.push(Uncovered { code: code.clone(), name: name(code), rows });
            }
        }
    }
    let added = decision.added.iter().map(|n| Uncovered { code: n.code.to_string(), name: n.name.clone(), rows: 0 }).collect();
    let renamed = decision.renamed.clone();
    let plan = ImportPlan { root: root.to_string(), effective_on, added, renamed, merged, removed, moved, problems };
    Ok((decision, plan))
}

/// Tables whose rows stand on a region: every ordinary or partitioned table with `region_code`, outside the regions
/// themselves and outside what must keep the codes of its day (audit trail, published figures, jobs).
async fn business_tables(connection: &mut PgConnection) -> Result<Vec<String>> {
    sqlx::query_scalar(
        "select format('%I.%I', n.nspname, c.relname) from pg_attribute a join pg_class c on c.oid = a.attrelid \
         join pg_namespace n on n.oid = c.relnamespace \
         where a.attname = 'region_code' and not a.attisdropped and c.relkind in ('r', 'p') and not c.relispartition \
           and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg_temp%' \
           and not (n.nspname = 'app' and (c.relname like 'audit%' or c.relname like 'report%' or c.relname = 'job')) order by 1",
    )
    .fetch_all(connection)
    .await
    .map_err(db)
}

async fn write_regions(connection: &mut PgConnection, decision: &Decision, on: NaiveDate) -> Result<()> {
    for r in &decision.renamed {
        sqlx::query("update reg.region set name = $2, pinyin = $3 where code = $1")
            .bind(&r.code)
            .bind(&r.new_name)
            .bind(super::seed::pinyin_of(&r.new_name))
            .execute(&mut *connection)
            .await
            .map_err(db)?;
    }
    let again: Vec<&str> = decision.added.iter().map(|n| n.code.as_str()).collect();
    let known: Vec<String> = sqlx::query_scalar("select code from reg.region where code = any($1)")
        .bind(&again)
        .fetch_all(&mut *connection)
        .await
        .map_err(db)?;
    let mut fresh = Vec::new();
    for n in &decision.added {
        let kind = if n.functional { RegionKind::Functional } else { RegionKind::Statutory };
        let mut row = region(&n.code, &n.name, "", kind, on);
        (row.urban_rural_code, row.national_code) = (n.urban_rural_code.clone(), n.national_code.clone());
        if known.contains(&row.code) {
            sqlx::query("update reg.region set name = $2, pinyin = $3, valid_to = null, replaced_by = null where code = $1")
                .bind(&row.code)
                .bind(&row.name)
                .bind(&row.pinyin)
                .execute(&mut *connection)
                .await
                .map_err(db)?;
        } else {
            fresh.push(row);
        }
    }
    copy_in(connection, &fresh).await?;
    let (old, new): (Vec<&str>, Vec<Option<&str>>) = decision.ended.iter().map(|(o, n)| (o.as_str(), n.as_deref())).unzip();
    sqlx::query(
        "update reg.region r set valid_to = greatest($3::date - 1, r.valid_from), replaced_by = m.new \
         from unnest($1::text[], $2::text[]) as m(old, new) where r.code = m.old",
    )
    .bind(&old)
    .bind(&new)
    .bind(on)
    .execute(&mut *connection)
    .await
    .map_err(db)?;
    // full names follow the names above; ended regions keep the one of their day
    connection
        .execute(
            "with recursive named as (select code, name as full_name from reg.region where parent_code is null \
             union all select r.code, n.full_name || r.name from reg.region r join named n on r.parent_code = n.code) \
             update reg.region r set full_name = n.full_name from named n \
             where n.code = r.code and r.valid_to is null and r.full_name <> n.full_name",
        )
        .await
        .map_err(db)?;
    Ok(())
}

/// Moves the rows of every business table; rows with a version also get a line of history.
async fn move_rows(
    connection: &mut PgConnection,
    successors: &BTreeMap<String, String>,
    actor: &Actor,
    change: Uuid,
) -> Result<Vec<MovedTable>> {
    let mut out = Vec::new();
    if successors.is_empty() {
        return Ok(out);
    }
    let (old, new): (Vec<&str>, Vec<&str>) = successors.iter().map(|(o, n)| (o.as_str(), n.as_str())).unzip();
    for table in business_tables(connection).await? {
        let versioned: bool = sqlx::query_scalar(
            "select count(*) = 2 from pg_attribute where attrelid = $1::regclass and attname in ('id', 'row_version') \
             and not attisdropped",
        )
        .bind(&table)
        .fetch_one(&mut *connection)
        .await
        .map_err(db)?;
        let versioned = versioned && !table.starts_with("app.");
        let from = "from unnest($1::text[], $2::text[]) as m(old, new) where t.region_code = m.old";
        let done = if versioned {
            let dataset = table.replacen("reg.", "registry.", 1);
            let sql = format!(
                "with moved as (update {table} t set region_code = m.new, row_version = t.row_version + 1 {from} \
                 returning t.id, m.old, m.new, t.row_version) \
                 insert into app.row_change (dataset, row_id, region_code, row_version, verb, at, actor_id, actor_name, batch_no, changes) \
                 select $3, id, new, row_version, 'move', now(), $4, $5, $6, \
                 jsonb_build_object('region_code', jsonb_build_object('old', old, 'new', new)) from moved"
            );
            sqlx::query(AssertSqlSafe(sql))
                .bind(&old)
                .bind(&new)
                .bind(dataset)
                .bind(actor.user_id)
                .bind(&actor.name)
                .bind(change.to_string())
                .execute(&mut *connection)
                .await
        } else {
            let sql = format!("update {table} t set region_code = m.new {from}");
            sqlx::query(AssertSqlSafe(sql)).bind(&old).bind(&new).execute(&mut *connection).await
        };
        let rows = done.map_err(db)?.rows_affected() as i64;
        if rows > 0 {
            out.push(MovedTable { table, rows });
        }
    }
    Ok(out)
}
