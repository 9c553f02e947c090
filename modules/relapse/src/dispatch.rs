//! The province's approval of a proposed batch: every clue of it goes to the townships, or is listed as left behind.
//! Must not propose. The engine refuses who proposed the clue (发起与审核不得同一账号).

use ::store::{Db, ScopedTx};
use async_trait::async_trait;
use base::{Error, Result};
use chrono::{SecondsFormat, Utc};
use flow::{Ask, Flows};
use jobs::{Handler, Outcome, Run};
use record::{Provenance, Row};
use serde_json::{Value as Json, json};
use uuid::Uuid;

/// Kind of these jobs.
pub const KIND: &str = "relapse.dispatch";
/// Clues left behind that are named in the answer.
const SHOWN: usize = 100;

pub fn payload(dispatch_batch: Uuid, opinion: &str) -> Json {
    json!({ "dispatch_batch_id": dispatch_batch, "opinion": opinion })
}

/// The work behind [`KIND`].
pub struct Dispatch {
    pub flows: Flows,
    pub db: Db,
}

impl Dispatch {
    async fn work(&self, run: &Run, tx: &mut ScopedTx) -> Result<Json> {
        let records = self.flows.records();
        let text = |k: &str| run.payload[k].as_str().unwrap_or_default();
        let id = Uuid::parse_str(text("dispatch_batch_id"))
            .map_err(|_| Error::invalid("relapse.no_dispatch", "请先选择要审批的派发批次。"))?;
        let d = records.dataset("relapse.dispatch_batch")?.clone();
        let batch = records.get_plain(tx, &d, id).await?;
        if batch.get("state").and_then(Json::as_str) != Some("01") {
            return Err(Error::conflict("relapse.dispatch_over", "该批次已经审批过或已作废，请刷新后查看。"));
        }
        let ids = crate::include::store::waiting(tx, id).await?;
        let opinion = run.payload["opinion"].as_str().filter(|o| !o.trim().is_empty()).unwrap_or("同意派发");
        let (progress, total) = (run.progress.clone(), ids.len() as u64);
        let flow::ManyDone { done, mut failed } = self
            .flows
            .lead_all(tx, "relapse.clue", &ids, &Ask::new("dispatch").opinion(opinion), |done| {
                progress.part(2.0, 95.0, done as u64, total, &format!("派发，已 {done} 条"));
                progress.check_cancelled()
            })
            .await?;
        if done == 0
            && let Some(first) = failed.first()
        {
            return Err(Error::refused(first.code.clone(), first.message.clone()));
        }
        let now = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
        let mut changes = Row::new();
        changes.insert("state".into(), "03".into());
        changes.insert("approved_by".into(), json!(run.actor.user_id));
        changes.insert("approved_at".into(), now.clone().into());
        changes.insert("dispatched_at".into(), now.into());
        let engine = Provenance { trusted: true, ..Provenance::default() };
        records.patch(tx, &d, id, None, &changes, &engine).await?;
        let left = failed.len();
        failed.truncate(SHOWN);
        Ok(json!({ "dispatch_batch_id": id, "done": done, "left": left, "failed": failed }))
    }
}

#[async_trait]
impl Handler for Dispatch {
    async fn run(&self, run: &Run) -> Result<Outcome> {
        if let Some(done) = run.mark.as_ref().and_then(|m| m.get("dispatched")) {
            return Ok(Outcome::new(sentence(done), done.clone()));
        }
        let mut tx = self.db.begin(&run.actor).await?;
        let result = self.work(run, &mut tx).await?;
        run.progress.check_cancelled()?;
        run.mark(tx.conn(), &json!({ "dispatched": result })).await?;
        tx.commit().await?;
        Ok(Outcome::new(sentence(&result), result))
    }
    fn restartable(&self) -> bool {
        true
    }
}

fn sentence(r: &Json) -> String {
    let n = |k: &str| r[k].as_u64().unwrap_or(0);
    match n("left") {
        0 => format!("已派发线索 {} 条，乡镇的待办中可以看到。", n("done")),
        left => format!("已派发线索 {} 条，另有 {left} 条未派发，请逐条查看原因。", n("done")),
    }
}
