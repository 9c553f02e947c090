//! Who may deliver and what they sign with: the range of a sender is fixed while it is let in, a key gets its secret when a second
//! person issues it, and the older keys of the sender end some days later. Must not contain SQL.

use super::rules::items_of;
use super::{engine, store};
use crate::department;
use crate::params::Numbers;
use crate::store::Serials;
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Error, FieldProblem, Result};
use chrono::{Datelike, Days};
use flow::{Effect, Guard, Step};
use meta::Dataset;
use record::{Hook, Records, Row, object};
use serde_json::{Value as Json, json};
use uuid::Uuid;

fn text<'a>(row: &'a Row, field: &str) -> &'a str {
    row.get(field).and_then(Json::as_str).unwrap_or_default()
}

/// The items exist, folder and account are nobody else's, and what two persons let in is not widened by one.
pub(crate) struct SenderSound;
#[async_trait]
impl Hook for SenderSound {
    async fn before_save(
        &self,
        _: &Records,
        tx: &mut ScopedTx,
        _: &Dataset,
        old: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        let mut out = Vec::new();
        let mut say = |field: &str, message: &str| out.push(FieldProblem::new(field, "relapse.sender", message));
        for no in items_of(text(new, "items")) {
            if department::find(no).is_err() {
                say("items", &format!("部门数据目录中没有第 {} 项，请核对序号。", meta::value::printable(no)));
            }
        }
        let id = old.and_then(|o| Uuid::parse_str(text(o, "id")).ok());
        let (folder, role) = (text(new, "folder"), text(new, "db_role"));
        let (folder_taken, role_taken) = store::taken_names(tx, id, folder, role).await?;
        if folder_taken && !folder.is_empty() {
            say("folder", "这个文件夹已由另一个报送单位使用，请换一个名称。");
        }
        if role_taken && !role.is_empty() {
            say("db_role", "这个账号已由另一个报送单位使用，请换一个账号。");
        }
        if ["taken", "refused"].contains(&folder) {
            say("folder", "taken、refused 是接收后存放文件的目录，请换一个名称。");
        }
        if let Some(old) = old.filter(|o| text(o, "state") == "02" && text(new, "state") == "02") {
            for field in ["dept", "items", "folder", "db_role", "region_code"] {
                if old.get(field) != new.get(field) && new.contains_key(field) {
                    say(field, "已启用的报送单位不能直接改动报送范围，请先停用，改后重新申请，由另一人批准。");
                }
            }
        }
        Ok(out)
    }
}

/// A key applied for gets its number: MY, the year and a serial.
pub(crate) struct KeyNumbered;
#[async_trait]
impl Hook for KeyNumbered {
    async fn before_save(
        &self,
        _: &Records,
        tx: &mut ScopedTx,
        _: &Dataset,
        old: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        if old.is_none() {
            let prefix = format!("MY{:04}", record::today().year());
            let no = Serials::of("relapse.dept_key", "key_no").next(tx, &prefix).await?;
            new.insert("key_no".into(), no.into());
        }
        Ok(vec![])
    }
}

/// A key is issued only to a sender that is let in.
pub(crate) struct KeySenderOn;
#[async_trait]
impl Guard for KeySenderOn {
    async fn check(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let sender = step.reference("sender_id").unwrap_or_default();
        match store::of_id(tx, sender).await? {
            Some(_) => Ok(()),
            None => Err(Error::refused("relapse.sender_off", "报送单位尚未启用或已停用，请先启用再发放密钥。")),
        }
    }
}

/// Makes the secret, sets the days of the key, and lets the sender's older keys end after the days of change.
pub(crate) struct KeyIssued;
#[async_trait]
impl Effect for KeyIssued {
    async fn follow(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let (records, today) = (step.records(), record::today());
        let numbers = Numbers::of(&tx.actor().region.clone(), today);
        let (valid, change) = (numbers.get(tx, "interface_key_days").await?, numbers.get(tx, "interface_key_change_days").await?);
        let days = |n: i64| today + Days::new(u64::try_from(n).unwrap_or(0));
        let secret = hex::encode(secure::random::<32>()?);
        let cipher = records.vault.seal(&secret, &secure::place("relapse.dept_key", "secret", &step.id))?;
        store::keep_secret(tx, step.id, &cipher).await?;
        let set = object(json!({ "valid_from": today.to_string(), "valid_to": days(valid).to_string() }));
        records.patch(tx, step.dataset, step.id, None, &set, &engine()).await?;
        let last = days(change);
        let sender = step.reference("sender_id").unwrap_or_default();
        for other in store::end_others(tx, step.id, sender, last).await? {
            let set = object(json!({ "valid_to": last.to_string() }));
            records.patch(tx, step.dataset, other, None, &set, &engine()).await?;
        }
        Ok(())
    }
}
