//! What people do with a delivery: hand it in, approve or refuse it, take it back. Must not know files or shadow tables.

use crate::store::batch;
use crate::{APPLY, Batch, Exchange, READ, ROLL_BACK, rules};
use ::store::DbResult;
use base::{Actor, Error, Result};
use chrono::{Duration, Utc};
use files::FileRow;
use jobs::Job;
use meta::Package;
use serde_json::json;
use std::sync::Arc;

fn opinion(text: &str) -> Result<&str> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err(Error::refused("exchange.no_opinion", "请填写意见后再提交。")),
        n if n > 400 => Err(Error::refused("exchange.opinion_long", format!("意见最多 400 个字，现有 {n} 个。"))),
        _ => Ok(text),
    }
}

fn not_now(b: &Batch) -> Error {
    Error::conflict("exchange.state", format!("批次 {} 的状态已变化，请刷新后再办理。", b.no))
}

impl Exchange {
    /// The package of this id.
    pub fn package(&self, id: &str) -> Result<Arc<Package>> {
        let none = || Error::not_found("exchange.no_package", "没有这种数据包，请刷新页面后重试。");
        self.records.catalog.package(id).cloned().ok_or_else(none)
    }

    /// The batch of this number.
    pub async fn find(&self, no: &str) -> Result<Batch> {
        let mut tx = self.db.owner_tx().await?;
        let found = batch::get(&mut tx, no).await?;
        found.ok_or_else(|| Error::not_found("exchange.no_batch", "没有这个同步批次，请返回列表刷新后重试。"))
    }

    /// Makes a batch of uploaded files and queues its reading, in one transaction. `channel`: 1 upload, 2 watched folder.
    pub async fn receive(&self, actor: &Actor, package: &str, files: &[FileRow], channel: &str) -> Result<(String, Job)> {
        if files.is_empty() {
            return Err(Error::invalid("http.no_file", "没有收到文件，请选择文件后再上传。"));
        }
        let package = self.package(package)?;
        let lines: Vec<_> = files.iter().map(|f| (f.id, f.name.clone(), f.size, f.sm3.clone())).collect();
        let mut tx = self.db.owner_tx().await?;
        let no = batch::create(&mut tx, actor, &package.id, &rules::batch_prefix(record::today()), channel, &lines).await?;
        let title = format!("读取并比对 {no}");
        let job = self.jobs.enqueue_in(&mut tx, actor, READ, &title, json!({ "batch_no": no })).await?;
        batch::set_job(&mut tx, &no, job).await?;
        tx.commit().await.db()?;
        Ok((no, self.jobs.get(actor, job).await?))
    }

    /// Compares again: after a failure, or when the rows here changed much since.
    pub async fn read_again(&self, actor: &Actor, no: &str) -> Result<Job> {
        let b = self.find(no).await?;
        if b.created_by != actor.user_id {
            // uploads are seen by who handed them in only
            return Err(Error::forbidden("exchange.not_yours", "只有上传人可以重新比对，请由上传人办理，或重新上传文件。"));
        }
        let mut tx = self.db.owner_tx().await?;
        if !batch::step(&mut tx, no, &["failed", "waiting", "held"], "received", "").await? {
            return Err(not_now(&b));
        }
        let job = self.jobs.enqueue_in(&mut tx, actor, READ, &format!("重新比对 {no}"), json!({ "batch_no": no })).await?;
        batch::set_job(&mut tx, no, job).await?;
        tx.commit().await.db()?;
        self.jobs.get(actor, job).await
    }

    /// Approves a batch and queues its application. Whoever handed it in may not (domain 05 §12.1: 签认人不同于操作人).
    pub async fn approve(&self, actor: &Actor, no: &str, text: &str) -> Result<Job> {
        let text = opinion(text)?;
        let b = self.find(no).await?;
        if b.created_by == actor.user_id {
            return Err(Error::forbidden("exchange.same_person", "上传和审定不能是同一个人，请由另一位有权限的人员审定。"));
        }
        let mut tx = self.db.owner_tx().await?;
        if let Some(other) = batch::newer_applied(&mut tx, no).await? {
            return Err(Error::conflict(
                "exchange.outdated",
                format!("本批比对之后批次 {other} 已经入库，差异已过时。请由上传人重新比对后再审定。"),
            ));
        }
        if !batch::decide(&mut tx, no, "approved", actor, text).await? {
            return Err(not_now(&b));
        }
        let job = self.jobs.enqueue_in(&mut tx, actor, APPLY, &format!("入库 {no}"), json!({ "batch_no": no })).await?;
        batch::set_job(&mut tx, no, job).await?;
        tx.commit().await.db()?;
        self.jobs.get(actor, job).await
    }

    /// Goes on with an approved batch whose job ended before all counties were written.
    pub async fn apply(&self, actor: &Actor, no: &str) -> Result<Job> {
        let b = self.find(no).await?;
        if b.state != "approved" {
            return Err(not_now(&b));
        }
        if let Some(job) = b.job_id
            && let Ok(job) = self.jobs.get(actor, job).await
            && !job.state.is_over()
        {
            return Ok(job);
        }
        let mut tx = self.db.owner_tx().await?;
        let job = self.jobs.enqueue_in(&mut tx, actor, APPLY, &format!("入库 {no}"), json!({ "batch_no": no })).await?;
        batch::set_job(&mut tx, no, job).await?;
        tx.commit().await.db()?;
        self.jobs.get(actor, job).await
    }

    /// Refuses a batch; nothing of it is taken.
    pub async fn refuse(&self, actor: &Actor, no: &str, text: &str) -> Result<Batch> {
        let text = opinion(text)?;
        let b = self.find(no).await?;
        let mut tx = self.db.owner_tx().await?;
        if !batch::decide(&mut tx, no, "rejected", actor, text).await? {
            return Err(not_now(&b));
        }
        tx.commit().await.db()?;
        self.forget(actor, no).await?;
        self.find(no).await
    }

    /// Queues the roll-back of an applied batch, within the hours that the parameter `sync_rollback_hours` gives (48).
    pub async fn roll_back(&self, actor: &Actor, no: &str, text: &str) -> Result<Job> {
        opinion(text)?;
        let b = self.find(no).await?;
        let mut tx = self.db.begin(actor).await?;
        let hours = self.ground.whole(&mut tx, "sync_rollback_hours", &actor.region, record::today()).await?.unwrap_or(48);
        tx.rollback().await?;
        if b.applied_at.is_some_and(|at| Utc::now() - at > Duration::hours(hours)) {
            return Err(Error::refused(
                "exchange.too_late",
                format!("本批入库已超过 {hours} 小时，不能整批回退。请上传新的导出文件，或逐条更正。"),
            ));
        }
        let mut tx = self.db.owner_tx().await?;
        if let Some(other) = batch::newer_applied(&mut tx, no).await?.filter(|_| b.state == "applied") {
            return Err(Error::refused("exchange.not_last", format!("本批之后批次 {other} 已经入库，请先回退它。")));
        }
        if !batch::step(&mut tx, no, &["applied", "approved"], "rolling_back", text.trim()).await? {
            return Err(not_now(&b));
        }
        let job = self.jobs.enqueue_in(&mut tx, actor, ROLL_BACK, &format!("回退 {no}"), json!({ "batch_no": no })).await?;
        batch::set_job(&mut tx, no, job).await?;
        tx.commit().await.db()?;
        self.jobs.get(actor, job).await
    }
}
