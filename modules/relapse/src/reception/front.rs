//! The 前置库: batches that departments write into schema `front` and mark as ended are taken as a sheet, the receipt is written into
//! their receipt table. Must not contain SQL.

use super::lines::{Columns, Sheet};
use super::rules::{self, Channel, Standing};
use super::store::{self, FrontBatch};
use super::{Parcel, Reception, is_theirs, system};
use async_trait::async_trait;
use base::{Error, Result};
use files::NewFile;
use jobs::{Handler, Outcome, Run};
use serde_json::json;
use std::io::BufWriter;

/// Kind of these jobs.
pub const KIND: &str = "relapse.reception_front";
/// When the tables are looked at.
pub const CRON: &str = "*/2 * * * *";
/// Lines read at a time.
const CHUNK: i64 = 2000;

pub(super) struct Front(pub Reception);

#[async_trait]
impl Handler for Front {
    async fn run(&self, run: &Run) -> Result<Outcome> {
        let ended = self.0.settle(None).await?.len();
        let (mut taken, mut refused) = (0, 0);
        let mut tx = self.0.db.begin(&system()).await?;
        let batches = store::front_ended(&mut tx).await?;
        for b in &batches {
            let (standing, message) = match self.0.of_front(&mut tx, b).await {
                Ok(()) => {
                    taken += 1;
                    (Standing::Processing, "正在处理，请稍后再看。".to_owned())
                }
                Err(e) if is_theirs(&e) => {
                    refused += 1;
                    (Standing::Refused, e.sentence)
                }
                Err(e) => return Err(e),
            };
            store::front_receipt(&mut tx, b.id, standing, &message, None).await?;
            run.progress.check_cancelled()?;
        }
        tx.commit().await?;
        let facts = json!({ "taken": taken, "refused": refused, "receipts": ended });
        Ok(Outcome::new(format!("前置库接收 {taken} 批，退回 {refused} 批，回执 {ended} 份。"), facts))
    }
}

impl Reception {
    /// One ended batch as a delivery. The batch stays held in `tx`; what was noted before a stop is found again by its number.
    async fn of_front(&self, tx: &mut ::store::ScopedTx, b: &FrontBatch) -> Result<()> {
        let sender = store::of_role(tx, &b.role)
            .await?
            .ok_or_else(|| Error::refused("relapse.no_sender", "这个账号没有登记报送单位或单位已停用，请联系省级管理员。"))?;
        let tried = self.of_front_sender(tx, b, &sender).await;
        if let Err(e) = &tried
            && is_theirs(e)
        {
            self.refuse(Channel::Front, Some(&sender), &b.batch_no, "", e).await?;
        }
        tried
    }

    async fn of_front_sender(&self, tx: &mut ::store::ScopedTx, b: &FrontBatch, sender: &store::Sender) -> Result<()> {
        let item = Reception::item(sender, b.item.trim())?;
        if b.counted == 0 {
            return Err(Error::invalid("relapse.no_rows", "这一批没有一行数据，请用新的批次号重新写入。"));
        }
        if let Some(said) = b.lines
            && i64::from(said) != b.counted
        {
            let text = format!("声明 {said} 行，实际写入 {} 行，请核对后用新的批次号重新写入。", b.counted);
            return Err(Error::refused("relapse.lines_differ", text));
        }
        let used = store::front_keys(tx, b.id).await?.into_iter().collect();
        let made = tempfile::NamedTempFile::new()?;
        let mut sheet = Sheet::begin(Columns::of(item, &used), BufWriter::new(made.reopen()?))?;
        let (mut after, mut number) = (0, 0u64);
        loop {
            let lines = store::front_lines(tx, b.id, after, CHUNK).await?;
            let Some((last, _)) = lines.last() else { break };
            after = *last;
            for (_, vals) in &lines {
                number += 1;
                sheet.line(number, vals.as_object().unwrap_or(&serde_json::Map::new()))?;
            }
        }
        sheet.end()?;
        let mut hasher = secure::hash::Sm3Hasher::new();
        std::io::copy(&mut made.reopen()?, &mut hasher)?;
        let parcel = Parcel {
            channel: Channel::Front,
            sender,
            item,
            sender_no: &b.batch_no,
            period: b.period.map(base::Month::from_number).transpose()?.map(base::Month::number),
            hash: &hasher.finish_hex(),
            by_line: true,
            front: Some(b.id),
        };
        let name =
            format!("{}_{}.csv", item.no, b.batch_no.chars().filter(|c| rules::is_batch_no(&c.to_string())).collect::<String>());
        self.take(&parcel, NewFile::import(&sender.actor(), &name), made).await?;
        Ok(())
    }
}
