//! 农村户厕信息采集表 (domain 02 A7.1): one toilet a page of A4, a village in one file, Word or Excel, as a job. Every value is
//! read through `record`, masked as this actor may see it.

pub(crate) mod http;
mod rules;

use ::store::ScopedTx;
use async_trait::async_trait;
use base::Result;
use record::Row;
use report::document::{Page, Paper};
use report::printing::{Gather, Printed, Sheet, ids, text};
use rules::{Collected, GRID, Trouble, page};
use uuid::Uuid;

/// Kind of these jobs.
pub const KIND: &str = "toilet.print";

/// The collection form of toilets.
pub struct Collection;

#[async_trait]
impl Printed for Collection {
    fn dataset(&self) -> &'static str {
        crate::house::DATASET
    }
    fn order(&self) -> &'static str {
        "toilet_no"
    }
    fn sheet(&self, form: &str) -> Option<Sheet> {
        (form == "collection").then_some(Sheet {
            title: "农村户厕信息采集表",
            paper: Paper::A4Portrait,
            grid: GRID,
            size: 16,
            row_height: 420,
        })
    }
    async fn pages(&self, from: &Gather<'_>, tx: &mut ScopedTx, _: &str, rows: &[Row], first: usize) -> Result<Vec<Page>> {
        let all = ids(rows);
        let renovations = from.those(tx, "toilet.renovation", "toilet_id", &all).await?;
        let problems = from.those(tx, "toilet.problem", "toilet_id", &all).await?;
        let found: Vec<Uuid> = problems.values().flat_map(|l| ids(l)).collect();
        let rounds = from.those(tx, "toilet.rectification", "problem_id", &found).await?;
        let mut out = Vec::with_capacity(rows.len());
        for (i, r) in rows.iter().enumerate() {
            let id = text(r, "id");
            let mut renewed: Vec<&Row> =
                renovations.get(&id).into_iter().flatten().filter(|x| text(x, "state") != "90").collect();
            renewed.sort_by_key(|x| {
                std::cmp::Reverse((x.get("renov_year").and_then(serde_json::Value::as_i64), text(x, "finish_date")))
            });
            let mut wrong: Vec<&Row> = problems.get(&id).into_iter().flatten().filter(|x| text(x, "status") != "91").collect();
            wrong.sort_by_key(|x| std::cmp::Reverse(text(x, "find_date")));
            let trouble = |p: &&Row| Trouble {
                problem: from.texts("toilet.problem", p),
                done: rounds.get(&text(p, "id")).into_iter().flatten().map(|x| text(x, "action_date")).max().unwrap_or_default(),
            };
            let collected = Collected {
                place: from.place(r)?,
                house: from.texts(crate::house::DATASET, r),
                renovation: renewed.first().map(|x| from.texts("toilet.renovation", x)).unwrap_or_default(),
                renovations: renewed.len(),
                troubles: wrong.iter().map(trouble).collect(),
            };
            out.push(page(first + i, &collected));
        }
        Ok(out)
    }
}
