//! Holds the lake against the records: rows, filled values and sums of every column, county by county. Must not repair.

use crate::engine::{collect, plan_error};
use crate::items::Item;
use crate::shape::{Column, Type};
use crate::snapshot::SnapshotTable;
use crate::{Lake, When, count, store};
use base::Result;
use rust_decimal::Decimal;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What was found for one dataset.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Verified {
    pub dataset: String,
    /// Counties compared, and rows in them.
    pub counties: u64,
    pub rows: u64,
    /// Counties with changes that were not copied yet; nothing can be said about them.
    pub waiting: Vec<String>,
    pub wrong: Vec<Wrong>,
}

/// A figure that is not the same on both sides.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Wrong {
    pub county: String,
    pub figure: String,
    pub record: Decimal,
    pub lake: Decimal,
}

/// The figures compared: name, over the records, over the lake.
fn figures(columns: &[Column]) -> Vec<(String, String, String)> {
    let mut out = vec![("行数".to_owned(), "count(*)".to_owned(), "count(*)".to_owned())];
    for c in columns {
        let (n, ask) = (&c.name, &c.ask);
        // a key is a part of its token; the other derived columns are computed on both sides
        out.push((format!("{n} 有值"), format!("count({ask})"), format!("count({n})")));
        if c.of.is_amount() {
            let own = if matches!(c.of, Type::Decimal(_)) { n } else { ask };
            out.push((format!("{n} 合计"), format!("coalesce(sum({own}), 0)"), format!("coalesce(sum({n}), 0)")));
        }
        if c.of == Type::Bool {
            let hits = |e: &str| format!("count(*) filter (where {e})");
            out.push((format!("{n} 为是"), hits(ask), hits(n)));
        }
        if c.of == Type::Text {
            let long = |e: &str, f: &str| format!("coalesce(sum({f}({e})), 0)");
            out.push((format!("{n} 字节"), long(n, "octet_length"), long(n, "octet_length")));
        }
    }
    out
}

impl Lake {
    /// Compares one dataset as it is published with the records as they are.
    pub async fn verify(&self, item: &Item) -> Result<Verified> {
        let pool = self.db.pool();
        let mut out = Verified { dataset: item.id.clone(), ..Verified::default() };
        let shape = &item.shape;
        let marked = async || -> Result<BTreeSet<String>> {
            store::deal_out(pool, &self.items().await?).await?;
            Ok(store::todo(pool, Some(&item.id)).await?.into_iter().map(|t| t.county).collect())
        };
        let before = marked().await?;
        let Some(m) = self.moment(&item.id, When::Now).await?.filter(|m| m.digest == shape.digest()) else {
            out.waiting = self.all_counties(item).await?.into_iter().collect();
            return Ok(out);
        };
        let asked = figures(&shape.columns);
        let record = store::sums(&self.db, shape, asked.iter().map(|a| a.1.as_str())).await?;
        let lake = self.sums(SnapshotTable::of(&m, m.files.clone()), asked.iter().map(|a| a.2.as_str())).await?;
        // what changed or was published while we looked cannot be compared
        let mut unsure: BTreeSet<String> = before.into_iter().chain(marked().await?).collect();
        if self.moment(&item.id, When::Now).await?.is_none_or(|now| now.publication != m.publication) {
            unsure.extend(record.keys().chain(lake.keys()).cloned());
        }
        let counties: BTreeSet<&String> = record.keys().chain(lake.keys()).collect();
        let none = vec![Decimal::ZERO; asked.len()];
        for county in counties {
            if unsure.contains(county) || unsure.contains("") {
                out.waiting.push(county.clone());
                continue;
            }
            let (r, l) = (record.get(county).unwrap_or(&none), lake.get(county).unwrap_or(&none));
            out.counties += 1;
            out.rows += u64::try_from(r[0]).unwrap_or_default();
            let pairs = asked.iter().zip(r.iter().zip(l)).filter(|(_, (r, l))| r != l);
            out.wrong.extend(pairs.map(|((figure, _, _), (r, l))| Wrong {
                county: county.clone(),
                figure: figure.clone(),
                record: *r,
                lake: *l,
            }));
        }
        Ok(out)
    }

    async fn sums(&self, table: SnapshotTable, asked: impl Iterator<Item = &str>) -> Result<BTreeMap<String, Vec<Decimal>>> {
        let list: Vec<String> = asked.enumerate().map(|(n, a)| format!("{a} as m{n}")).collect();
        let question = format!("select substr(region_code, 1, 6), {} from t group by 1", list.join(", "));
        let session = self.engine.session();
        let batches = self
            .engine
            .run_for(std::time::Duration::from_secs(3600), async move {
                session.register_table("t", Arc::new(table)).map_err(plan_error)?;
                collect(session.sql(&question).await.map_err(plan_error)?).await
            })
            .await?;
        let known = |v: Vec<Option<Decimal>>| v.into_iter().map(Option::unwrap_or_default).collect();
        Ok(count::rows(&batches, 1)?.into_iter().filter_map(|(c, v)| Some((c?, known(v)))).collect())
    }
}
