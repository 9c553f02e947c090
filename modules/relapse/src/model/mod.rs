//! Versions of the model (domain 01 §6.4): drafted from the one in force, replayed on the lines kept, released by a second person, gone
//! back to by two persons as well; what the outcomes say of each rule. Must not contain SQL.

mod http;
mod job;
pub(crate) mod rules;
mod simulate;
pub(crate) mod store;

pub(crate) use http::routes;
pub use job::{MONTH, ModelMonth};
pub(crate) use job::{REPLAY, Replay};

use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Error, FieldProblem, Result};
use chrono::{SecondsFormat, Utc};
use flow::{Ask, Effect, Guard, Step};
use meta::Dataset;
use record::{Hook, Provenance, Records, Row};
use serde_json::{Value as Json, json};
use uuid::Uuid;

fn engine() -> Provenance {
    Provenance { trusted: true, ..Provenance::default() }
}
fn id_of(row: &Row) -> Option<Uuid> {
    row.get("id").and_then(Json::as_str).and_then(|s| Uuid::parse_str(s).ok())
}

/// A draft begins with the numbers of the version in force.
pub(crate) struct ModelBegun;
#[async_trait]
impl Hook for ModelBegun {
    async fn before_save(
        &self,
        _: &Records,
        tx: &mut ScopedTx,
        _: &Dataset,
        old: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        if old.is_some() {
            return Ok(vec![]);
        }
        let version = store::next_version(tx).await?;
        new.insert("version".into(), version.into());
        new.insert("name".into(), format!("第 {version} 版").into());
        new.insert("base_version".into(), store::in_force(tx).await?.version.into());
        new.insert("author".into(), json!(tx.actor().user_id));
        new.insert("state".into(), "01".into());
        Ok(vec![])
    }

    async fn after_save(&self, records: &Records, tx: &mut ScopedTx, _: &Dataset, old: Option<&Row>, new: &Row) -> Result<()> {
        let (None, Some(id)) = (old, id_of(new)) else { return Ok(()) };
        let values: Vec<rules::Value> = store::in_force(tx).await?.values().cloned().collect();
        store::set_values(tx, id, &values).await?;
        crate::clue::begin(records, tx, "relapse.model_version", id, "01").await
    }
}

/// 提交发布 wants a replay of the numbers as they are, against the version that is in force.
pub(crate) struct ModelReplayed;
#[async_trait]
impl Guard for ModelReplayed {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let refuse = |code: &'static str, text: &str| Err(Error::refused(code, text.to_owned()));
        let Some((_, stamp, base)) = store::newest_replay(tx, step.id).await? else {
            return refuse("relapse.not_replayed", "这个草稿还没有回放，请先在“模型与参数”中回放，看过对比结果后再提交。");
        };
        if stamp != store::stamp(tx, step.id).await? {
            return refuse("relapse.replay_outdated", "回放之后又改过参数，请重新回放后再提交。");
        }
        if base != store::in_force(tx).await?.id {
            return refuse("relapse.replay_other_base", "回放之后现行版本已经更换，请与现行版本重新回放后再提交。");
        }
        Ok(())
    }
}

/// Which replay was submitted stands with the version.
pub(crate) struct ModelSubmitted;
#[async_trait]
impl Effect for ModelSubmitted {
    async fn follow(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let Some((replay, ..)) = store::newest_replay(tx, step.id).await? else { return Ok(()) };
        let mut row = Row::new();
        row.insert("replay_id".into(), replay.to_string().into());
        step.records().patch(tx, step.dataset, step.id, None, &row, &engine()).await.map(drop)
    }
}

/// Who drafted a version does not release it, whoever submitted it (发起与审核不得同一账号).
pub(crate) struct ModelSecondPerson;
#[async_trait]
impl Guard for ModelSecondPerson {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        if step.reference("author") == Some(tx.actor().user_id) {
            return Err(Error::forbidden("relapse.model_two_persons", "模型版本须由另一人发布，起草人不能发布自己的版本。"));
        }
        Ok(())
    }
}

/// A released version takes the place of the one in force.
pub(crate) struct ModelReleased;
#[async_trait]
impl Effect for ModelReleased {
    async fn follow(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let mut row = Row::new();
        row.insert("released_at".into(), Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true).into());
        row.insert("released_by".into(), json!(tx.actor().user_id));
        step.records().patch(tx, step.dataset, step.id, None, &row, &engine()).await?;
        for old in store::another_in_force(tx, step.id).await? {
            step.flows.act(tx, "relapse.model_version", old, &Ask::new("retire")).await?;
        }
        Ok(())
    }
}

/// A version goes when another is in force, never by itself.
pub(crate) struct ModelReplaced;
#[async_trait]
impl Guard for ModelReplaced {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        if store::another_in_force(tx, step.id).await?.is_empty() {
            return Err(Error::refused(
                "relapse.model_needed",
                "在用的版本不能单独停用，发布新版本或回退到以前的版本时由系统替换。",
            ));
        }
        Ok(())
    }
}
