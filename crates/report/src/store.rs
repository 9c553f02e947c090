//! Counting in PostgreSQL: one grouped query a source, inside the transaction's scope; snapshots. Must not arrange or add up.

use crate::rules::{Counted, Figures};
use crate::{Count, Group, Plan, Source};
use ::store::{DbResult, ScopedTx};
use async_trait::async_trait;
use base::month::Month;
use base::{Error, RegionCode, Result, Scope};
use chrono::{DateTime, Utc};
use meta::Report;
use meta::report::{Aggregate, Measure, Rows};
use record::hooks::Condition;
use rust_decimal::Decimal;
use serde_json::{Map, Value as Json};
use sqlx::{AssertSqlSafe, Row as _};
use std::collections::BTreeMap;

/// Counts the rows as they are now.
pub struct Postgres;

/// Measures of one query: PostgreSQL knows 1664 columns of a result, and the planner likes fewer.
const TOGETHER: usize = 200;

#[async_trait]
impl Count for Postgres {
    async fn count(&self, tx: &mut ScopedTx, plan: &Plan<'_>) -> Result<Figures> {
        let Some(range) = plan.range.meet(tx.scope()) else { return Ok(Figures::default()) };
        let mut out = Figures::default();
        for measures in plan.measures.chunks(TOGETHER) {
            out.join(chunk(tx, plan, measures, &range).await?);
        }
        Ok(out)
    }
}

async fn chunk(tx: &mut ScopedTx, plan: &Plan<'_>, measures: &[&Measure], range: &Scope) -> Result<Figures> {
    let key = match plan.group {
        Group::Region { digits } => format!("left(region_code, {digits})"),
        Group::Column(c) => format!("coalesce({c}::text, '')"),
    };
    let name = match plan.group {
        Group::Region { .. } => format!("rpad({key}, 12, '0')"),
        Group::Column(_) => key.clone(),
    };
    // the total is a grouping set of its own: distinct values, means and middles do not add up
    let select: Vec<String> = measures.iter().map(|m| format!("({})::numeric", expression(m, plan.period))).collect();
    let sql = format!(
        "select case when grouping({key}) = 0 then {name} end as row_name, {} \
         from {} where region_code >= $1 and region_code < $2{} group by grouping sets (({key}), ())",
        select.join(", "),
        table(plan.source),
        not_deleted(plan.source),
    );
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(&range.lo).bind(&range.hi).fetch_all(tx.conn()).await.db()?;
    let mut out = Figures::default();
    for r in &rows {
        let mut values = BTreeMap::new();
        for (i, m) in measures.iter().enumerate() {
            if let Some(v) = r.try_get::<Option<Decimal>, _>(i + 1).db()? {
                values.insert(m.key.clone(), v);
            }
        }
        match r.try_get::<Option<String>, _>("row_name").db()? {
            Some(name) => {
                out.rows.insert(name, values);
            }
            None => out.total = values,
        }
    }
    Ok(out)
}

fn table(source: Source<'_>) -> String {
    match source {
        Source::Dataset(d) => d.table(),
        Source::View(v) => v.to_owned(),
    }
}

fn not_deleted(source: Source<'_>) -> &'static str {
    match source {
        Source::Dataset(_) => " and not deleted",
        Source::View(_) => "",
    }
}

/// A condition with the month put in: numbers and dates only, made here.
fn dated(condition: &str, period: Month) -> String {
    condition
        .replace(":period", &period.number().to_string())
        .replace(":year", &period.year().to_string())
        .replace(":month_start", &format!("date '{}'", period.first_day()))
        .replace(":month_end", &format!("date '{}'", period.last_day()))
}

/// One measure as an aggregate; what it says comes from linted descriptions.
fn expression(m: &Measure, period: Month) -> String {
    let filter = m.r#where.as_ref().map_or(String::new(), |w| format!(" filter (where {})", dated(w, period)));
    let field = m.field.as_deref().unwrap_or("id");
    match m.aggregate {
        Aggregate::Count => format!("count(*){filter}"),
        Aggregate::Sum => format!("coalesce(sum({field}){filter}, 0)"),
        Aggregate::Distinct => format!("count(distinct {field}){filter}"),
        Aggregate::Avg => format!("avg({field}){filter}"),
        Aggregate::Median => format!("percentile_cont(0.5) within group (order by {field}){filter}"),
        Aggregate::Max => format!("max({field}){filter}"),
        Aggregate::Ratio | Aggregate::Growth | Aggregate::Difference => "null".into(),
    }
}

/// The rows `t` of a ledger that are behind a figure.
pub(crate) fn behind(
    source: Source<'_>,
    m: &Measure,
    rows: &Rows,
    range: Scope,
    period: Month,
    by: Vec<(String, String)>,
) -> Condition {
    let head = format!(
        "t.id in (select s.{} from (select * from {} where true{}) s where ",
        rows.column,
        table(source),
        not_deleted(source)
    );
    let condition = m.r#where.as_ref().map_or(String::new(), |w| format!(" and ({})", dated(w, period)));
    Box::new(move |qb| {
        qb.push(&head).push("s.region_code >= ").push_bind(range.lo.clone());
        qb.push(" and s.region_code < ").push_bind(range.hi.clone()).push(&condition);
        for (column, value) in &by {
            qb.push(format!(" and coalesce(s.{column}::text, '') = ")).push_bind(value.clone());
        }
        qb.push(")");
    })
}

/// The kept figures of a month that is over: of the region and of those below it. None where none were kept.
pub(crate) async fn snapshot(tx: &mut ScopedTx, report: &Report, region: &RegionCode, period: Month) -> Result<Option<Counted>> {
    let range = region.scope();
    let rows = sqlx::query(
        "select region_code, level, figures, taken_at from app.report_snapshot \
         where report = $1 and period = $2 and region_code >= $3 and region_code < $4 and level in ($5, $6)",
    )
    .bind(&report.id)
    .bind(period.number())
    .bind(range.lo)
    .bind(range.hi)
    .bind(region.level().number())
    .bind(region.level().number() + 1)
    .fetch_all(tx.conn())
    .await
    .db()?;
    let mut out: Option<Counted> = None;
    for r in &rows {
        let (code, level): (String, i16) = (r.try_get("region_code").db()?, r.try_get("level").db()?);
        let taken: DateTime<Utc> = r.try_get("taken_at").db()?;
        let figures: Json = r.try_get("figures").db()?;
        let values: BTreeMap<String, Decimal> =
            figures.as_object().into_iter().flatten().filter_map(|(k, v)| Some((k.clone(), v.as_str()?.parse().ok()?))).collect();
        let c = out.get_or_insert_with(|| Counted {
            figures: Figures::default(),
            known: Default::default(),
            asof: taken,
            kept: true,
        });
        if level == region.level().number() {
            if code == region.as_str() {
                // a village has no rows below it: its own row is the only one
                if region.level().below().is_none() {
                    c.figures.rows.insert(code, values.clone());
                }
                c.known = values.keys().cloned().collect();
                c.figures.total = values;
            }
        } else {
            c.figures.rows.insert(code, values);
        }
    }
    Ok(out.filter(|c| !c.known.is_empty()))
}

/// Keeps the figures of one level; what was kept before of the same month is replaced.
pub(crate) async fn keep(tx: &mut ScopedTx, report: &str, period: Month, level: i16, figures: &Figures) -> Result<u64> {
    let (codes, values): (Vec<String>, Vec<Json>) = figures
        .rows
        .iter()
        .map(|(code, v)| {
            let map: Map<String, Json> = v.iter().map(|(k, d)| (k.clone(), Json::from(d.normalize().to_string()))).collect();
            (code.clone(), Json::Object(map))
        })
        .unzip();
    let done = sqlx::query(
        "insert into app.report_snapshot (report, period, region_code, level, figures) \
         select $1, $2, code, $3, value from unnest($4::text[], $5::jsonb[]) x (code, value) \
         on conflict (report, period, region_code, level) do update set figures = excluded.figures, taken_at = now()",
    )
    .bind(report)
    .bind(period.number())
    .bind(level)
    .bind(codes)
    .bind(values)
    .execute(tx.conn())
    .await
    .db()?;
    Ok(done.rows_affected())
}

impl Postgres {
    /// Every measure of every report parses and runs, with its rows and by each dimension: for a test over the whole catalog.
    pub async fn prove(tx: &mut ScopedTx, catalog: &meta::Catalog) -> Result<usize> {
        let mut n = 0;
        let province = base::RegionCode::parse("36")?;
        let period = Month::from_number(202_601)?;
        for report in catalog.reports() {
            for m in report.measures.iter().filter(|m| !m.aggregate.is_derived()) {
                let at = |e: Error| Error::internal(format!("{}.{}: {}", report.id, m.key, e.chain()));
                let source = crate::source(catalog, m).ok_or_else(|| Error::internal(m.key.clone()))?;
                let columns = report.dimensions.iter().filter(|d| d.of.iter().any(|s| s == m.source()));
                let groups = columns.map(|d| Group::Column(&d.column)).chain([Group::Region { digits: 4 }]);
                for group in groups {
                    let plan = Plan { source, measures: vec![m], range: province.scope(), group, period };
                    Postgres.count(tx, &plan).await.map_err(at)?;
                }
                if let Some(rows) = &m.rows {
                    let d = catalog.dataset(&rows.dataset).ok_or_else(|| Error::internal(rows.dataset.clone()))?;
                    let mut qb = sqlx::QueryBuilder::new(format!("select count(*) from {} t where ", d.table()));
                    behind(source, m, rows, province.scope(), period, vec![])(&mut qb);
                    qb.build().fetch_one(tx.conn()).await.db().map_err(at)?;
                }
                n += 1;
            }
        }
        Ok(n)
    }
}
