//! Templates of what is taken out again and again (domain 05 §12.3): a kept query, columns, masks and a time over any dataset. Each
//! run makes a file in its owner's list of downloads, which goes when it expires. A template runs as its owner stands at that
//! moment; when the owner may no longer do what it asks, it stops and says why. Must not know a business word or HTTP.

mod job;
pub mod rules;
mod store;

pub use job::{EXTRACT, Extractor, Owners, SWEEP, Sweeper};
pub use store::{Run, Template};

use ::store::Db;
use base::{Actor, Error, RegionCode, Result};
use chrono::NaiveDate;
use jobs::Jobs;
use meta::{Dataset, Verb};
use record::Records;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

/// Schema `app`: templates and their runs.
pub static MIGRATIONS: include_dir::Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/migrations");

/// What somebody wants to take out.
#[derive(Clone, Debug, Deserialize)]
pub struct NewTemplate {
    pub name: String,
    /// A kept query of one's own, or one that is shared.
    pub query_id: Uuid,
    /// Inside one's own region; that one when left out.
    pub region: Option<RegionCode>,
    #[serde(default)]
    pub columns: Vec<String>,
    #[serde(default)]
    pub strict: bool,
    /// Five fields, Beijing time; empty: by hand only.
    #[serde(default)]
    pub cron: String,
    /// Days until a file goes; three when left out (domain 05 §12.3: 72 hours).
    pub keep_days: Option<i32>,
    pub valid_to: Option<NaiveDate>,
    /// Runs by its schedule.
    #[serde(default = "yes")]
    pub on: bool,
}

fn yes() -> bool {
    true
}

/// The room's door. Cheap to clone.
#[derive(Clone)]
pub struct Extracts {
    pub db: Db,
    pub records: Records,
    pub jobs: Jobs,
}

fn gone() -> Error {
    Error::not_found("sheet.no_template", "没有这个提取模板，可能已被删除，请刷新列表。")
}

/// Name of the schedule of a template.
fn schedule_of(id: Uuid) -> String {
    format!("{EXTRACT}.{id}")
}

impl Extracts {
    /// This actor's templates, the newest first.
    pub async fn list(&self, actor: &Actor) -> Result<Vec<Template>> {
        store::list(self.db.pool(), actor.user_id).await
    }

    async fn own(&self, actor: &Actor, id: Uuid) -> Result<Template> {
        store::get(self.db.pool(), id).await?.filter(|t| t.owner_id == actor.user_id).ok_or_else(gone)
    }

    /// Keeps a template, a new one or (with `id`) one's own; it runs in the post in which it was kept last.
    pub async fn keep(&self, actor: &Actor, id: Option<Uuid>, new: &NewTemplate) -> Result<Template> {
        if let Some(id) = id {
            self.own(actor, id).await?;
        }
        let mut problems = rules::problems(new, record::today());
        let mut tx = self.db.begin(actor).await?;
        let query = self.records.query(&mut tx, new.query_id).await?;
        tx.rollback().await?;
        let d = self.records.dataset(&query.dataset)?.clone();
        self.records.allow(actor, &d, Verb::Export)?;
        problems.extend(rules::unknown_columns(&d, &new.columns));
        let region = new.region.clone().unwrap_or_else(|| actor.region.clone());
        if !actor.region.contains(&region) {
            problems.push(rules::problem("region", "提取范围应在您的辖区内。"));
        }
        if !problems.is_empty() {
            let first = problems[0].message.clone();
            return Err(Error::invalid("sheet.template", first).with_problems(problems));
        }
        let t = Template {
            id: id.unwrap_or_else(Uuid::now_v7),
            name: new.name.trim().to_owned(),
            dataset: d.id.clone(),
            query_id: new.query_id,
            region_code: region.as_str().to_owned(),
            columns: new.columns.clone(),
            strict: new.strict,
            cron: new.cron.trim().to_owned(),
            keep_days: new.keep_days.unwrap_or(rules::KEEP_DAYS),
            valid_to: new.valid_to,
            state: if new.on { "on" } else { "off" }.to_owned(),
            stopped_why: String::new(),
            owner_id: actor.user_id,
            owner_post: actor.post_id,
            owner_name: actor.name.clone(),
            next_at: None,
        };
        store::put(self.db.pool(), &t).await?;
        match t.state == "on" && !t.cron.is_empty() {
            true => {
                let title = format!("数据提取：{}", t.name);
                self.jobs.schedule(&schedule_of(t.id), &t.cron, EXTRACT, &title, json!({"template": t.id})).await?;
            }
            false => self.jobs.unschedule(&schedule_of(t.id)).await?,
        }
        store::get(self.db.pool(), t.id).await?.ok_or_else(gone)
    }

    /// Removes one's own template with its list of runs; files that are there stay until they expire.
    pub async fn forget(&self, actor: &Actor, id: Uuid) -> Result<()> {
        self.own(actor, id).await?;
        self.jobs.unschedule(&schedule_of(id)).await?;
        store::remove(self.db.pool(), id).await
    }

    /// Runs of one's own template, the newest first.
    pub async fn runs(&self, actor: &Actor, id: Uuid) -> Result<Vec<Run>> {
        self.own(actor, id).await?;
        store::runs(self.db.pool(), id).await
    }

    /// Runs one's own template now; the job that does it.
    pub async fn run_now(&self, actor: &Actor, id: Uuid) -> Result<(Uuid, Arc<Dataset>)> {
        let t = self.own(actor, id).await?;
        let d = self.records.dataset(&t.dataset)?.clone();
        self.records.allow(actor, &d, Verb::Export)?;
        let run = store::begin(self.db.pool(), id, false).await?;
        let payload = json!({"template": id, "run": run});
        let job = self.jobs.enqueue(actor, EXTRACT, &format!("数据提取：{}", t.name), payload).await?;
        store::of_job(self.db.pool(), run, job).await?;
        Ok((job, d))
    }
}
