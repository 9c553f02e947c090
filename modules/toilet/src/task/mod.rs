//! Yearly tasks broken down from the province to the village and followed (domain 02 A2.6). Must not contain SQL.

mod rules;
mod store;

use crate::{id, whole, yes};
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Error, FieldProblem, RegionCode, Result};
use flow::{Guard, Step};
use meta::Dataset;
use record::{Hook, Records, Row};
use serde_json::json;

fn plans(row: &Row) -> store::Plans {
    ["plan_new", "plan_upgrade", "plan_problem", "plan_public"].map(|f| whole(row, f))
}

/// A part stays within its whole, and what is done is counted from the records.
pub(crate) struct TaskFits;
#[async_trait]
impl Hook for TaskFits {
    async fn before_save(
        &self,
        _: &Records,
        tx: &mut ScopedTx,
        _: &Dataset,
        old: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        let code = old.map_or_else(|| crate::text(new, "region_code"), |o| crate::text(o, "region_code")).to_owned();
        let Ok(region) = RegionCode::parse(&code) else { return Ok(vec![]) };
        let year = i32::try_from(whole(new, "task_year")).unwrap_or(0);
        let done = store::done(tx, &code, region.level().digits(), year).await?;
        for (field, n) in ["done_new", "done_upgrade", "accepted", "fixed"].into_iter().zip(done) {
            new.insert(field.into(), json!(n));
        }
        let Some(parent) = id(new, "parent_id") else { return Ok(vec![]) };
        let Some((above, _)) = store::plans(tx, parent).await? else { return Ok(vec![]) };
        let (others, _) = store::below(tx, parent, old.and_then(|o| id(o, "id"))).await?;
        let mine = plans(new);
        let sum: store::Plans = std::array::from_fn(|i| others[i] + mine[i]);
        Ok(match rules::exceeds(&above, &sum) {
            Some(text) if !yes(new, "over_flag") => {
                let text = format!("{text}。请调减，或勾选“自加压”。");
                vec![FieldProblem::new("plan_new", "toilet.task_exceeds", text)]
            }
            _ => vec![],
        })
    }
}

/// Issued when what was broken down makes the whole; a task without parts is issued as it is.
pub(crate) struct TaskAddsUp;
#[async_trait]
impl Guard for TaskAddsUp {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let (below, n) = store::below(tx, step.id, None).await?;
        if n == 0 {
            return Ok(());
        }
        match rules::differs(&plans(step.row), &below, true) {
            Some(text) => Err(Error::refused("toilet.task_differs", format!("下级任务没有分解足额：{text}。"))),
            None => Ok(()),
        }
    }
}

/// Finished when what was planned is done.
pub(crate) struct TaskDone;
#[async_trait]
impl Guard for TaskDone {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let region = RegionCode::parse(step.text("region_code"))?;
        let year = i32::try_from(whole(step.row, "task_year")).unwrap_or(0);
        let done = store::done(tx, region.as_str(), region.level().digits(), year).await?;
        let plan = plans(step.row);
        let lacks: Vec<String> = [("新建", plan[0], done[0]), ("改建提升", plan[1], done[1]), ("问题整改", plan[2], done[3])]
            .into_iter()
            .filter(|(_, p, d)| d < p)
            .map(|(name, p, d)| format!("{name}任务 {p}，完成 {d}"))
            .collect();
        if lacks.is_empty() {
            return Ok(());
        }
        Err(Error::refused("toilet.task_not_done", format!("任务尚未完成：{}。", lacks.join("；"))))
    }
}
