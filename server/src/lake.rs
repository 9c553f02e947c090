//! `ganong lake …`: the columnar copy built anew, brought up to date, held against the records, swept. Works beside a running
//! server: one dataset is copied by one process at a time.

use crate::assemble::{Settings, open_lake};
use ::lake::When;
use anyhow::anyhow;
use base::Level;
use clap::Subcommand;
use std::path::Path;
use std::process::ExitCode;
use store::Embedded;
use tokio_util::sync::CancellationToken;

#[derive(Subcommand, Clone, Debug)]
pub enum Task {
    /// Copy every dataset (or one) from the records anew
    Rebuild {
        /// `module.dataset`
        #[arg(long)]
        dataset: Option<String>,
    },
    /// Copy what changed, once
    Refresh,
    /// Compare rows, filled values and sums with the records, county by county; ends with 1 when anything differs
    Verify {
        #[arg(long)]
        dataset: Option<String>,
    },
    /// Remove old versions and files that belong to none
    Sweep,
    /// What changed between two moments: rows that came, went and changed, by field
    Diff {
        #[arg(long)]
        dataset: String,
        /// `2026-10` (a month-end that was kept), `2026-11-20` (end of that day) or `now`
        #[arg(long)]
        from: String,
        #[arg(long, default_value = "now")]
        to: String,
        /// Region code
        #[arg(long, default_value = "36")]
        region: String,
    },
}

/// What the command line said about the lake; what it did not say stays as it is.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct LakeOptions {
    /// Folder or s3:// address of the lake (access by AWS_… variables); none: in the data folder
    #[arg(long = "lake", env = "GANONG_LAKE", global = true)]
    pub place: Option<String>,
    /// Working memory of plans over the lake, in MB; the process may use about twice as much
    #[arg(long = "lake-memory", env = "GANONG_LAKE_MEMORY", global = true)]
    pub memory: Option<usize>,
    /// Seconds after which a plan is given up
    #[arg(long = "lake-deadline", env = "GANONG_LAKE_DEADLINE", global = true)]
    pub deadline: Option<u64>,
    /// Statistics are counted over the lake from this level upward
    #[arg(long = "lake-from", env = "GANONG_LAKE_FROM", global = true, value_parser = ["county", "city", "province", "never"])]
    pub from: Option<String>,
    /// Where `ganong lake-scheduler` listens, e.g. http://10.0.0.5:7400; none: plans are worked on by this process alone
    #[cfg(feature = "cluster")]
    #[arg(long = "lake-scheduler", env = "GANONG_LAKE_SCHEDULER", global = true)]
    pub scheduler: Option<url::Url>,
    /// The word that all processes of one cluster know, of at least 16 characters
    #[cfg(feature = "cluster")]
    #[arg(long = "lake-word", env = "GANONG_LAKE_WORD", global = true, hide_env_values = true)]
    pub word: Option<crate::cluster::Word>,
}

impl LakeOptions {
    pub fn apply(&self, to: &mut crate::assemble::LakeSettings) {
        if let Some(place) = &self.place {
            to.place.clone_from(place);
        }
        if let Some(mb) = self.memory {
            to.bounds.memory = mb.max(64) << 20;
        }
        if let Some(s) = self.deadline {
            to.bounds.deadline = std::time::Duration::from_secs(s.max(1));
        }
        to.from = match self.from.as_deref() {
            Some("never") => None,
            Some("city") => Some(Level::City),
            Some("province") => Some(Level::Province),
            Some(_) => Some(Level::County),
            None => to.from,
        };
    }
}

/// A moment as people write it; days end at midnight in Beijing.
fn when(text: &str) -> anyhow::Result<When> {
    let wrong = || anyhow!("时间应为 2026-10（月末）、2026-11-20（当日结束时）或 now，而不是 {text}。");
    let beijing = chrono::FixedOffset::east_opt(8 * 3600).ok_or_else(wrong)?;
    if text == "now" {
        return Ok(When::Now);
    }
    if let Ok(day) = text.parse::<chrono::NaiveDate>() {
        let end = day.succ_opt().ok_or_else(wrong)?.and_time(chrono::NaiveTime::MIN).and_local_timezone(beijing).single();
        return Ok(When::At(end.ok_or_else(wrong)?.with_timezone(&chrono::Utc)));
    }
    let month = base::month::Month::parse(&text.replace('-', "")).map_err(|_| wrong())?;
    Ok(When::MonthEnd(month.number()))
}

/// Runs one task; what is to be told goes line by line to `say`.
pub async fn run(
    settings: &Settings,
    url: Option<String>,
    task: &Task,
    say: impl Fn(String) + Send + Sync,
) -> anyhow::Result<ExitCode> {
    let running = url.or_else(|| Embedded::running_url(&settings.data));
    let own = match &running {
        Some(_) => None,
        None => Some(Embedded::start(&settings.data).await.map_err(|e| anyhow!(e.chain()))?),
    };
    let address = running.or_else(|| own.as_ref().map(|e| e.url().to_owned())).unwrap_or_default();
    let db = store::Db::connect(&address, 4).await.map_err(|e| anyhow!(e.chain()))?;
    if own.is_some() {
        let all = crate::migrations().map_err(|e| anyhow!(e.chain()))?;
        all.migrate(db.pool()).await.map_err(|e| anyhow!(e.chain()))?;
    }
    // a folder of its own: the server sweeps its own one at start
    let spill = settings.data.join(format!("lake-spill-{}", std::process::id()));
    let outcome = with(&db, settings, &spill, task, &say).await;
    std::fs::remove_dir_all(&spill).ok();
    db.close().await;
    if let Some(e) = own {
        e.stop().await.map_err(|e| anyhow!(e.chain()))?;
    }
    outcome
}

async fn with(
    db: &store::Db,
    settings: &Settings,
    spill: &Path,
    task: &Task,
    say: &(impl Fn(String) + Send + Sync),
) -> anyhow::Result<ExitCode> {
    let mut settings = settings.clone();
    settings.lake.spill = spill.to_owned();
    let lake = open_lake(db, crate::assemble::catalog()?, &settings)?;
    let failed = |e: base::Error| anyhow!("{}", e.sentence);
    match task {
        Task::Rebuild { dataset } => {
            known(&lake, dataset.as_deref()).await?;
            let told = |id: &str, c: &::lake::refresh::Copied| {
                say(format!("{id}：{} 个县，{} 行，{} 个文件", c.counties, c.rows, c.files));
            };
            let all = lake.rebuild(dataset.as_deref(), &told).await.map_err(failed)?;
            say(format!("重建完成：{} 个数据集，{} 行。", all.datasets, all.rows));
        }
        Task::Refresh => {
            let done = lake.round(&CancellationToken::new()).await.map_err(failed)?;
            say(format!("更新完成：{} 个数据集，{} 个县，{} 行。", done.datasets, done.counties, done.rows));
        }
        Task::Verify { dataset } => {
            known(&lake, dataset.as_deref()).await?;
            let (mut wrong, mut counties, mut rows, mut waiting) = (0, 0, 0, 0);
            let items = lake.items().await.map_err(failed)?;
            for item in items.iter().filter(|i| dataset.as_ref().is_none_or(|o| *o == i.id)) {
                let v = lake.verify(item).await.map_err(failed)?;
                counties += v.counties;
                rows += v.rows;
                waiting += v.waiting.len();
                wrong += v.wrong.len();
                for w in &v.wrong {
                    say(format!("不一致：{} {} {}：数据库 {}，数据湖 {}", v.dataset, w.county, w.figure, w.record, w.lake));
                }
            }
            say(format!("已核对 {counties} 个县份数据、{rows} 行；{wrong} 处不一致；{waiting} 个县份有改动等待更新，未核对。"));
            if wrong > 0 {
                say("请运行 ganong lake rebuild 重建，并把上面的行报告给开发人员。".into());
                return Ok(ExitCode::FAILURE);
            }
        }
        Task::Diff { dataset, from, to, region } => {
            known(&lake, Some(dataset.as_str())).await?;
            let scope = base::RegionCode::parse(region).map_err(failed)?.scope();
            let mut moments = Vec::new();
            for text in [from, to] {
                let found = lake.moment(dataset, when(text)?).await.map_err(failed)?;
                moments.push(found.ok_or_else(|| anyhow!("数据湖中没有 {dataset} 在 {text} 的数据。"))?);
            }
            let d = lake.difference(&moments[0], &moments[1], &scope, 0).await.map_err(failed)?;
            say(format!("新增 {} 条，减少 {} 条，改动 {} 条。", d.all.came, d.all.gone, d.all.changed));
            for (field, n) in &d.all.fields {
                say(format!("  {field}：{n} 条"));
            }
            for (county, c) in &d.by_county {
                say(format!("{county}：新增 {}，减少 {}，改动 {}", c.came, c.gone, c.changed));
            }
        }
        Task::Sweep => {
            let done = lake.sweep().await.map_err(failed)?;
            say(format!("已清理 {} 个旧版本、{} 个文件。", done.publications, done.files));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn known(lake: &::lake::Lake, name: Option<&str>) -> anyhow::Result<()> {
    let Some(name) = name else { return Ok(()) };
    match lake.item(name).await.map_err(|e| anyhow!("{}", e.sentence))? {
        Some(_) => Ok(()),
        None => Err(anyhow!("没有数据集 {name}，名称形如 registry.household，见 docs/generated/dictionary。")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_people_write_them() {
        assert_eq!(when("now").unwrap(), When::Now);
        assert_eq!(when("2026-10").unwrap(), When::MonthEnd(202_610));
        assert_eq!(when("2026-11-20").unwrap(), When::At("2026-11-20T16:00:00Z".parse().unwrap()));
        for wrong in ["", "yesterday", "2026-13", "2026-02-30"] {
            assert!(when(wrong).is_err(), "{wrong}");
        }
    }
}
