//! A draft replayed against the version in force, and the monthly precision of rules, as jobs. Must not contain SQL.

use super::rules::Set;
use super::simulate::{self, Actual, Side};
use super::store;
use crate::department::find;
use crate::department::judge::Judge;
use crate::department::prepare::Prepared;
use crate::department::store::{self as lines, Which};
use crate::params::Numbers;
use ::store::{Db, ScopedTx};
use async_trait::async_trait;
use base::{Actor, Error, RegionCode, Result};
use chrono::Months;
use jobs::{Handler, Outcome, Run};
use serde_json::{Value as Json, json};
use uuid::Uuid;

/// Kinds of these jobs.
pub const REPLAY: &str = "relapse.model_replay";
pub const MONTH: &str = "relapse.model_month";

/// The work behind [`REPLAY`].
pub struct Replay {
    pub db: Db,
}

impl Replay {
    async fn work(&self, run: &Run, tx: &mut ScopedTx) -> Result<Json> {
        let id = run.payload["version_id"].as_str().and_then(|s| Uuid::parse_str(s).ok()).ok_or_else(store::no_version)?;
        let draft = store::set(tx, id).await?;
        let base = store::in_force(tx).await?;
        let stamp = store::stamp(tx, id).await?;
        run.progress.set(1.0, "读取历史批次");
        let batches = store::batches(tx).await?;
        let actual = Actual::new(store::made(tx).await?);
        let all: i64 = batches.iter().map(|b| b.lines).sum();
        let (mut before, mut after, mut done) = (Side::default(), Side::default(), 0);
        for b in &batches {
            let rules = Prepared::of(tx, find(&b.item)?).await?;
            let counties = lines::counties(tx, Some(b.id)).await?;
            store::today_is(tx, b.on).await?;
            for (set, side) in [(&base, &mut before), (&draft, &mut after)] {
                self.play(tx, set, &rules, &counties, b, &actual, side).await?;
            }
            done += b.lines;
            let told = format!("回放，已 {done} 条记录");
            run.progress.part(2.0, 92.0, done.unsigned_abs(), all.unsigned_abs().max(1), &told);
            run.progress.check_cancelled()?;
        }
        run.progress.set(94.0, "对比两个版本");
        let (counts, changes) = simulate::compare(&before, &after, &actual);
        let sum = |f: &dyn Fn(&simulate::Count) -> i64| counts.values().map(f).sum::<i64>();
        let tenth = |f: &dyn Fn(&simulate::Count) -> f64| (counts.values().map(f).sum::<f64>() * 10.0).round() / 10.0;
        let totals = json!({
            "before": sum(&|c| c.before), "after": sum(&|c| c.after), "gained": sum(&|c| c.gained), "lost": sum(&|c| c.lost),
            "lost_included": sum(&|c| c.lost_included), "expected_before": tenth(&|c| c.expected_before),
            "expected_after": tenth(&|c| c.expected_after), "dispatched": actual.len(),
        });
        let days = batches.iter().map(|b| b.on).min().zip(batches.iter().map(|b| b.on).max());
        let replay = Uuid::now_v7();
        let kept = store::Replay {
            id: replay,
            version: id,
            base: base.id,
            stamp: &stamp,
            days,
            batches: batches.len(),
            lines: all,
            totals: &totals,
        };
        store::keep_replay(tx, &kept, &counts, &changes).await?;
        let mut out = json!({
            "replay_id": replay, "version": draft.version, "base_version": base.version, "batches": batches.len(), "lines": all,
        });
        out["totals"] = totals;
        Ok(out)
    }

    #[expect(clippy::too_many_arguments, reason = "one version over one batch")]
    async fn play(
        &self,
        tx: &mut ScopedTx,
        set: &Set,
        rules: &Prepared,
        counties: &[String],
        b: &store::Batch,
        actual: &Actual,
        side: &mut Side,
    ) -> Result<()> {
        let numbers = rules.lay(tx, set, counties, b.on).await?;
        let hits = lines::candidates(tx, Which::Kept, b.id, &rules.asked).await?;
        let open_days = Numbers::of(&RegionCode::parse("36")?, b.on).get(tx, "identify_total_days").await?;
        side.play(&Judge { rules: &rules.active, counties: &numbers }, &hits, b.id, b.on, actual, open_days);
        Ok(())
    }
}

#[async_trait]
impl Handler for Replay {
    async fn run(&self, run: &Run) -> Result<Outcome> {
        if let Some(done) = run.mark.as_ref().and_then(|m| m.get("replayed")) {
            return Ok(Outcome::new(sentence(done), done.clone()));
        }
        let mut tx = self.db.begin(&run.actor).await?;
        let result = self.work(run, &mut tx).await?;
        run.progress.check_cancelled()?;
        run.mark(tx.conn(), &json!({ "replayed": result })).await?;
        tx.commit().await?;
        Ok(Outcome::new(sentence(&result), result))
    }
    fn restartable(&self) -> bool {
        true
    }
}

fn sentence(r: &Json) -> String {
    let n = |k: &str| r["totals"][k].as_i64().unwrap_or(0);
    if r["batches"] == json!(0) {
        return "没有可以回放的部门数据批次：还没有接收过带规则的数据项。".to_owned();
    }
    format!(
        "回放 {} 批、{} 条记录：现行第 {} 版派发 {} 条，第 {} 版派发 {} 条，增加 {}，减少 {}（其中已纳入 {} 户）。",
        r["batches"],
        r["lines"],
        r["base_version"],
        n("before"),
        r["version"],
        n("after"),
        n("gained"),
        n("lost"),
        n("lost_included")
    )
}

/// The work behind [`MONTH`]: the precision of each rule is written on it, lines kept long enough go.
pub struct ModelMonth {
    pub db: Db,
}

#[async_trait]
impl Handler for ModelMonth {
    async fn run(&self, run: &Run) -> Result<Outcome> {
        let mut tx = self.db.begin(&Actor::system("预警模型")).await?;
        let today = record::today();
        let months = Numbers::of(&RegionCode::parse("36")?, today).get(&mut tx, "replay_keep_months").await?;
        let before = today
            .checked_sub_months(Months::new(u32::try_from(months).unwrap_or(12)))
            .ok_or_else(|| Error::internal("replay_keep_months reaches before all days"))?;
        let rules = store::write_precision(&mut tx).await?;
        let gone = store::forget_lines(&mut tx, before).await?;
        run.progress.check_cancelled()?;
        tx.commit().await?;
        Ok(Outcome::new(format!("已更新 {rules} 条规则的精准率。"), json!({ "rules": rules, "lines_removed": gone })))
    }
    fn restartable(&self) -> bool {
        true
    }
}
