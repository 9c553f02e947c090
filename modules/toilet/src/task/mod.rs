//! Yearly tasks broken down from the province to the village and followed (domain 02 A2.6). Must not contain SQL.

mod rules;
mod store;

use crate::{engine, id, whole, yes};
use ::store::{Db, ScopedTx};
use async_trait::async_trait;
use base::{Actor, Error, FieldProblem, Level, RegionCode, Result};
use chrono::Datelike;
use flow::{Guard, Step};
use jobs::{Handler, Outcome, Run};
use meta::Dataset;
use record::{Hook, Records, Row};
use serde_json::json;

/// Derived counts, in the order of [`store::done`].
const DONE: [&str; 4] = ["done_new", "done_upgrade", "accepted", "fixed"];

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
        for (field, n) in DONE.into_iter().zip(done) {
            new.insert(field.into(), json!(n));
        }
        let (me, mine, over) = (old.and_then(|o| id(o, "id")), plans(new), yes(new, "over_flag"));
        let mut problems = Vec::new();
        if over && region.level() != Level::County {
            let text = "只有县级任务可以“自加压”，请取消勾选，或按上级下达数填写。";
            problems.push(FieldProblem::new("over_flag", "toilet.over_not_county", text));
        }
        if let Some(me) = me {
            let (below, parts) = store::below(tx, me, None).await?;
            if let Some(text) = rules::exceeds(&mine, &below).filter(|_| parts > 0 && !over) {
                let text = format!("下级任务已经分解：{text}。请先调减下级任务。");
                problems.push(FieldProblem::new("plan_new", "toilet.task_below_parts", text));
            }
        }
        let Some(parent) = id(new, "parent_id") else { return Ok(problems) };
        let Some(above) = store::above(tx, parent).await? else { return Ok(problems) };
        if above.year != whole(new, "task_year") {
            let text = format!("上级任务是 {} 年的，下级任务的年度须与上级相同。", above.year);
            problems.push(FieldProblem::new("task_year", "toilet.task_other_year", text));
        }
        if region.parent().is_none_or(|p| p.as_str() != above.region) {
            let text = "上级任务须是上一级地区的任务，请重新选择上级任务。";
            problems.push(FieldProblem::new("parent_id", "toilet.task_not_below", text));
        }
        let (others, _) = store::below(tx, parent, me).await?;
        let sum: store::Plans = std::array::from_fn(|i| others[i] + mine[i]);
        if let Some(text) = rules::exceeds(&above.plans, &sum).filter(|_| !over) {
            let text = format!("{text}。请调减，或由县级勾选“自加压”。");
            problems.push(FieldProblem::new("plan_new", "toilet.task_exceeds", text));
        }
        Ok(problems)
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
        let public = store::public_done(tx, region.as_str(), region.level().digits(), year).await?;
        let each = [
            ("新建", plan[0], done[0]),
            ("改建提升", plan[1], done[1]),
            ("问题整改", plan[2], done[3]),
            ("公厕", plan[3], public),
        ];
        let lacks: Vec<String> =
            each.into_iter().filter(|(_, p, d)| d < p).map(|(name, p, d)| format!("{name}任务 {p}，完成 {d}")).collect();
        if lacks.is_empty() {
            return Ok(());
        }
        Err(Error::refused("toilet.task_not_done", format!("任务尚未完成：{}。", lacks.join("；"))))
    }
}

/// Kind of the daily count.
pub const COUNT: &str = "toilet.task_counts";
/// Every night, before people look at the progress.
pub const COUNT_CRON: &str = "30 2 * * *";

/// Writes what was done of the tasks of this year and the last beside them.
pub struct Count {
    pub db: Db,
    pub records: Records,
}

impl Count {
    /// How many tasks changed.
    pub async fn follow(&self) -> Result<u64> {
        let mut tx = self.db.begin(&Actor::system("改厕任务计数")).await?;
        let d = self.records.dataset("toilet.task")?.clone();
        let mut changed = 0;
        for t in store::issued(&mut tx, record::today().year() - 1).await? {
            let region = RegionCode::parse(&t.region)?;
            let done = store::done(&mut tx, &t.region, region.level().digits(), t.year).await?;
            if done == t.done {
                continue;
            }
            let row = DONE.into_iter().zip(done).map(|(f, n)| (f.to_owned(), json!(n))).collect();
            self.records.patch(&mut tx, &d, t.id, None, &row, &engine()).await?;
            changed += 1;
        }
        tx.commit().await?;
        Ok(changed)
    }
}

#[async_trait]
impl Handler for Count {
    async fn run(&self, _: &Run) -> Result<Outcome> {
        let n = self.follow().await?;
        Ok(Outcome::new(format!("更新了 {n} 项任务的完成数。"), json!({ "changed": n })))
    }
    fn restartable(&self) -> bool {
        true
    }
}
