//! Counting in PostgreSQL: one grouped query a dataset, inside the transaction's scope. Must not arrange or add up.

use crate::rules::Figures;
use crate::{Count, Plan};
use ::store::{DbResult, ScopedTx};
use async_trait::async_trait;
use base::{Error, Result};
use meta::report::{Aggregate, Measure};
use rust_decimal::Decimal;
use sqlx::{AssertSqlSafe, Row as _};
use std::collections::BTreeMap;

/// Counts the rows as they are now.
pub struct Postgres;

#[async_trait]
impl Count for Postgres {
    async fn count(&self, tx: &mut ScopedTx, plan: &Plan<'_>) -> Result<Figures> {
        let Some(range) = plan.range.meet(tx.scope()) else { return Ok(Figures::default()) };
        // the total is a grouping set of its own: distinct values do not add up
        let select: Vec<String> = plan.measures.iter().map(|m| format!("({})::numeric", expression(m))).collect();
        let sql = format!(
            "select case when grouping(left(region_code, {n})) = 0 then rpad(left(region_code, {n}), 12, '0') end as region, {} \
             from {} where region_code >= $1 and region_code < $2 and not deleted and $3::integer is not null \
             group by grouping sets ((left(region_code, {n})), ())",
            select.join(", "),
            plan.dataset.table(),
            n = plan.digits,
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(range.lo)
            .bind(range.hi)
            .bind(plan.period.number())
            .fetch_all(tx.conn())
            .await
            .db()?;
        let mut out = Figures::default();
        for r in &rows {
            let mut values = BTreeMap::new();
            for (i, m) in plan.measures.iter().enumerate() {
                let v: Option<Decimal> = r.try_get(i + 1).db()?;
                values.insert(m.key.clone(), v.unwrap_or_default());
            }
            match r.try_get::<Option<String>, _>("region").db()? {
                Some(region) => {
                    out.by_region.insert(region, values);
                }
                None => out.total = values,
            }
        }
        Ok(out)
    }
}

/// One measure as an aggregate; what it says comes from linted descriptions, the month is bound.
fn expression(m: &Measure) -> String {
    let filter = m.r#where.as_ref().map_or(String::new(), |w| format!(" filter (where {})", w.replace(":period", "$3")));
    let field = m.field.as_deref().unwrap_or("id");
    match m.aggregate {
        Aggregate::Count => format!("count(*){filter}"),
        Aggregate::Sum => format!("coalesce(sum({field}){filter}, 0)"),
        Aggregate::Distinct => format!("count(distinct {field}){filter}"),
        Aggregate::Ratio => "null".into(),
    }
}

impl Postgres {
    /// Every measure of every report parses and runs: to be called by a test over the whole catalog.
    pub async fn prove(tx: &mut ScopedTx, catalog: &meta::Catalog) -> Result<usize> {
        let mut n = 0;
        let province = base::RegionCode::parse("36")?;
        let period = base::month::Month::from_number(202_601)?;
        for report in catalog.reports() {
            for m in report.measures.iter().filter(|m| m.aggregate != Aggregate::Ratio) {
                let dataset =
                    m.dataset.as_deref().and_then(|d| catalog.dataset(d)).ok_or_else(|| Error::internal(m.key.clone()))?;
                Postgres.count(tx, &Plan { dataset, measures: vec![m], range: province.scope(), digits: 4, period }).await?;
                n += 1;
            }
        }
        Ok(n)
    }
}
