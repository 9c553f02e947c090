//! The work of templates: a schedule wakes it, it runs as its owner stands now, and files go when they expire. Must not contain SQL.

use super::{Extracts, rules, schedule_of, store};
use crate::export::{Exporter, Wanted};
use async_trait::async_trait;
use base::{Actor, Error, Kind, Result};
use chrono::Utc;
use jobs::{Handler, Outcome, Run};
use record::ListQuery;
use record::search::SavedQueries;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use uuid::Uuid;

/// Kind of the jobs that run a template.
pub const EXTRACT: &str = "sheet.extract";
/// Kind of the job that removes files whose time is over.
pub const SWEEP: &str = "sheet.extract_sweep";

/// Says who an owner is today.
#[async_trait]
pub trait Owners: Send + Sync {
    /// The account acting in the post; refused with a sentence when the account is closed or the post is over.
    async fn acting(&self, user: Uuid, post: Uuid) -> Result<Actor>;
}

/// The work behind [`EXTRACT`].
pub struct Extractor {
    pub extracts: Extracts,
    pub exporter: Exporter,
    pub owners: Arc<dyn Owners>,
}

fn id_in(payload: &Json, key: &str) -> Option<Uuid> {
    payload.get(key).and_then(Json::as_str).and_then(|s| Uuid::parse_str(s).ok())
}

#[async_trait]
impl Handler for Extractor {
    async fn run(&self, run: &Run) -> Result<Outcome> {
        let pool = self.extracts.db.pool();
        let Some(t) = (match id_in(&run.payload, "template") {
            Some(id) => store::get(pool, id).await?,
            None => None,
        }) else {
            return Ok(Outcome::new("模板已删除，没有提取。", Json::Null));
        };
        // a schedule has no person: the owner's own job does the work, so that the file is the owner's
        let Some(this) = id_in(&run.payload, "run") else { return self.wake(&t).await };
        let made = match self.owners.acting(t.owner_id, t.owner_post).await {
            Ok(owner) => self.extract(run, &owner, &t, this).await,
            Err(e) => Err(e),
        };
        match made {
            Ok(outcome) => Ok(outcome),
            // it is tried again, or ended by its owner
            Err(e) if matches!(e.kind, Kind::Busy | Kind::Unavailable) && run.attempt < self.max_attempts() => Err(e),
            Err(e) => {
                let text = self.stop(&t, &e).await?.unwrap_or_else(|| e.sentence.clone());
                store::failed(pool, this, &text).await?;
                Err(Error { sentence: text, ..e })
            }
        }
    }
    fn restartable(&self) -> bool {
        true
    }
}

impl Extractor {
    /// Stops a template for good where the reason is one that stays; the reason.
    async fn stop(&self, t: &store::Template, e: &Error) -> Result<Option<String>> {
        let Some(why) = rules::stops(e) else { return Ok(None) };
        store::stop(self.extracts.db.pool(), t.id, &why).await?;
        self.extracts.jobs.unschedule(&schedule_of(t.id)).await?;
        Ok(Some(why))
    }

    async fn wake(&self, t: &store::Template) -> Result<Outcome> {
        let pool = self.extracts.db.pool();
        if t.state != "on" {
            return Ok(Outcome::new("模板未启用，没有提取。", Json::Null));
        }
        if t.valid_to.is_some_and(|d| d < record::today()) {
            let why = "模板已停用：有效期已过。延长有效期后可重新启用。";
            store::stop(pool, t.id, why).await?;
            self.extracts.jobs.unschedule(&schedule_of(t.id)).await?;
            return Ok(Outcome::new(why, Json::Null));
        }
        let this = store::begin(pool, t.id, true).await?;
        let owner = match self.owners.acting(t.owner_id, t.owner_post).await {
            Ok(o) => o,
            Err(e) => {
                let text = self.stop(t, &e).await?.unwrap_or_else(|| e.sentence.clone());
                store::failed(pool, this, &text).await?;
                return Ok(Outcome::new(text, Json::Null));
            }
        };
        let payload = json!({"template": t.id, "run": this});
        let job = self.extracts.jobs.enqueue(&owner, EXTRACT, &format!("数据提取：{}", t.name), payload).await?;
        store::of_job(pool, this, job).await?;
        Ok(Outcome::new("已开始提取。", Json::Null))
    }

    async fn extract(&self, run: &Run, owner: &Actor, t: &store::Template, this: Uuid) -> Result<Outcome> {
        let records = &self.extracts.records;
        let d = records.dataset(&t.dataset)?.clone();
        records.allow(owner, &d, meta::Verb::Export)?;
        let unknown = rules::unknown_columns(&d, &t.columns);
        if let Some(p) = unknown.first() {
            return Err(Error::invalid("sheet.template", p.message.clone()));
        }
        let pairs = [("within".to_owned(), SavedQueries::within(t.query_id)), ("region".to_owned(), t.region_code.clone())];
        let query = ListQuery::read(&records.catalog, &d, &pairs)?;
        let want = Wanted { dataset: d.clone(), query, columns: t.columns.clone(), strict: t.strict, title: t.name.clone() };
        let made = self.exporter.make(owner, &run.progress, want).await?;
        let days = t.keep_days;
        let message = format!("已提取 {} 行，导出编号 {}，文件保留 {days} 天。", made.rows, made.number);
        let given = store::Given {
            rows: i64::try_from(made.rows).unwrap_or(i64::MAX),
            file: made.file.id,
            export_no: &made.number,
            keep_days: days,
            message: &message,
        };
        let expires = store::done(self.extracts.db.pool(), this, &given).await?;
        let mut result = made.result(&d);
        result["expires_at"] = json!(expires);
        Ok(Outcome::new(message, result))
    }
}

/// The work behind [`SWEEP`].
pub struct Sweeper {
    pub extracts: Extracts,
    pub files: files::Files,
}

#[async_trait]
impl Handler for Sweeper {
    async fn run(&self, run: &Run) -> Result<Outcome> {
        let system = Actor::system("数据提取");
        let mut gone = 0u64;
        for (this, file) in store::over(self.extracts.db.pool(), Utc::now()).await? {
            run.progress.check_cancelled()?;
            match self.files.delete(&system, file).await {
                Ok(_) => gone += 1,
                // its owner was faster
                Err(e) if e.kind == Kind::NotFound => {}
                Err(e) => return Err(e),
            }
            store::expired(self.extracts.db.pool(), this).await?;
        }
        Ok(Outcome::new(format!("已删除 {gone} 个到期的提取文件。"), json!({"files": gone})))
    }
    fn restartable(&self) -> bool {
        true
    }
}
