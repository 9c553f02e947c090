//! The batch as a job: one transaction from the file to the proposed clues, committed together with its mark, so that a server
//! killed at any moment leaves nothing or everything and a second attempt doubles nothing. Must not contain SQL.

use super::propose::{Drafts, Proposal, Proposed, object};
use super::read::{Reader, Reject, Staged, wants};
use super::rules::Numbers;
use super::store::{self, Counts};
use crate::params;
use crate::store::Serials;
use ::store::{Db, ScopedTx};
use async_trait::async_trait;
use base::{Error, Month, Result};
use chrono::{NaiveDate, Utc};
use files::{Files, NewFile};
use flow::Flows;
use jobs::{Handler, Outcome, Run};
use meta::Verb;
use record::Provenance;
use serde_json::{Value as Json, json};
use sheet::marked::{self, Fault};
use sheet::{Book, Header};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use uuid::Uuid;

/// Kind of these jobs.
pub const KIND: &str = "relapse.medical_batch";
/// Rows copied at a time.
const CHUNK: usize = 2000;
/// Clues written at a time.
const CLUES: usize = 5000;
/// Reasons written into the file given back.
const MOST_FAULTS: i64 = 50_000;
/// Item of the catalogue and rule (domain 01 §6.1, §6.3).
const ITEM: &str = "31";
const RULE: &str = "W03";

/// Payload: ids and choices only. `period` is YYYYMM; this month when none.
pub fn payload(file_id: Uuid, period: Option<i32>) -> Json {
    json!({ "file_id": file_id, "period": period })
}

/// The work behind [`KIND`].
pub struct MedicalBatch {
    pub flows: Flows,
    pub files: Files,
    pub db: Db,
}

struct Opened {
    path: PathBuf,
    name: String,
    hash: String,
    header: Arc<Header>,
    _keep: tempfile::NamedTempFile,
}

impl MedicalBatch {
    async fn open(&self, run: &Run) -> Result<Opened> {
        let file_id = run.payload["file_id"].as_str().and_then(|s| Uuid::parse_str(s).ok());
        let file_id = file_id.ok_or_else(|| Error::invalid("relapse.no_file", "任务中没有文件，请重新上传。"))?;
        let (file, copy) = self.files.open_copy(&run.actor, file_id).await?;
        let path = copy.path().to_path_buf();
        let at = path.clone();
        let header = tokio::task::spawn_blocking(move || Header::find(&mut Book::open(&at)?, None, &wants()))
            .await
            .map_err(Error::internal)??;
        let hash = file.sm3.iter().map(|b| format!("{b:02x}")).collect();
        Ok(Opened { path, name: file.name, hash, header: Arc::new(header), _keep: copy })
    }

    /// Reads the file on a thread of its own and copies its rows as they come.
    async fn stage(&self, run: &Run, tx: &mut ScopedTx, o: &Opened, today: NaiveDate) -> Result<()> {
        store::stage(tx).await?;
        let (sender, mut chunks) = tokio::sync::mpsc::channel::<Vec<Staged>>(2);
        let (path, header, vault, progress) =
            (o.path.clone(), o.header.clone(), self.flows.records().vault.clone(), run.progress.clone());
        let reading = tokio::task::spawn_blocking(move || -> Result<()> {
            let mut book = Book::open(&path)?;
            let expected = book.row_hint(&header.sheet)?.unwrap_or(0);
            let reader = Reader { header: &header, vault: vault.as_ref(), today };
            let (mut chunk, mut read) = (Vec::with_capacity(CHUNK), 0u64);
            book.rows(&header.sheet, |row| {
                if row.number <= header.row {
                    return Ok(true);
                }
                chunk.push(reader.read(&row)?);
                read += 1;
                if chunk.len() < CHUNK {
                    return Ok(true);
                }
                progress.part(2.0, 45.0, read, expected.max(read), &format!("读取并校验，已 {read} 行"));
                progress.check_cancelled()?;
                Ok(sender.blocking_send(std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK))).is_ok())
            })?;
            if read == 0 {
                return Err(Error::invalid("relapse.no_rows", "表头下面没有数据，请检查文件后重新上传。"));
            }
            // nobody listens any more when the copying failed; its error is the one that counts
            sender.blocking_send(chunk).ok();
            Ok(())
        });
        let mut copied = Ok(());
        while let Some(chunk) = chunks.recv().await {
            copied = store::copy(tx, &chunk).await;
            if copied.is_err() {
                break;
            }
        }
        drop(chunks);
        let read = reading.await.map_err(Error::internal)?;
        copied?;
        read
    }

    /// The same workbook with the reason on each row that was not taken.
    async fn give_back(&self, run: &Run, tx: &mut ScopedTx, o: &Opened, c: Counts, batch: Uuid) -> Result<Option<Uuid>> {
        if c.rejected == 0 {
            return Ok(None);
        }
        let mut faults: BTreeMap<u64, Vec<Fault>> = BTreeMap::new();
        for (row, reason) in store::rejected_rows(tx, MOST_FAULTS).await? {
            let all = [Reject::Name, Reject::IdMissing, Reject::IdDigitsLost, Reject::IdWrong, Reject::Day, Reject::Amount];
            let key = all.iter().find(|r| r.sentence() == reason).map_or("id_no", |r| r.column());
            let at = o.header.column(key).unwrap_or(0);
            let row = u64::try_from(row).unwrap_or(0);
            let fault =
                Fault { row, column: letters(at), field: key.into(), label: o.header.label(at).to_owned(), message: reason };
            faults.entry(row).or_default().push(fault);
        }
        let out = tempfile::Builder::new().suffix(".xlsx").tempfile()?;
        let (path, to, header, progress) = (o.path.clone(), out.path().to_path_buf(), o.header.clone(), run.progress.clone());
        let count = |n: i64| u64::try_from(n).unwrap_or(0);
        tokio::task::spawn_blocking(move || {
            let lines = [
                ("读取行数", count(c.rows)),
                ("匹配", count(c.matched)),
                ("未匹配", count(c.unmatched)),
                ("拒收", count(c.rejected)),
            ];
            marked::write(&mut Book::open(&path)?, &header, &faults, &lines, &to, |_| progress.check_cancelled())
        })
        .await
        .map_err(Error::internal)??;
        let stem = o.name.rsplit_once('.').map_or(o.name.as_str(), |(s, _)| s);
        let new =
            NewFile::attachment("relapse.dept_batch", batch, "err_file", &run.actor.region, &format!("{stem}-差错标注.xlsx"));
        Ok(Some(self.files.save_made(&run.actor, new, out).await?.id))
    }

    /// Everything, uncommitted; the answer is the result of the job.
    async fn work(&self, run: &Run, tx: &mut ScopedTx) -> Result<Json> {
        let records = self.flows.records();
        let batches = records.dataset("relapse.dept_batch")?.clone();
        records.allow(&run.actor, &batches, Verb::Import)?;
        run.progress.set(1.0, "打开文件");
        let o = self.open(run).await?;
        let today = flow::rules::day_of(Utc::now());
        let period = match run.payload["period"].as_i64() {
            Some(n) => Month::from_number(i32::try_from(n).unwrap_or(0))?,
            None => Month::of(today),
        };
        if let Some((no, at)) = store::same_file(tx, &o.hash).await? {
            let day = flow::rules::day_of(at);
            return Err(Error::conflict("relapse.batch_again", format!("这份文件已于 {day} 接收，批次号 {no}，不要重复上传。")));
        }
        let Some((item, rule, version)) = store::item_and_rule(tx, ITEM, RULE).await? else {
            return Err(Error::refused(
                "relapse.no_rule",
                format!("规则 {RULE} 或数据项 {ITEM} 没有启用，请联系省级模型管理员。"),
            ));
        };
        let numbers = numbers(tx, &run.actor.region, today).await?;
        self.stage(run, tx, &o, today).await?;
        run.progress.set(46.0, "按证件匹配");
        let counts = store::matched(tx).await?;
        run.progress.check_cancelled()?;
        let batch_no = format!("BM{ITEM}-{:06}-{}", period.number(), &o.hash[..10]);
        let least = 100 * numbers.low_income_yuan.min(numbers.ordinary_yuan);
        let mut hits = store::candidates(tx, rule, least, numbers.cooldown_days).await?;
        hits.retain(|c| super::rules::hits(&numbers, c.standing, &c.stay));
        let engine = Provenance { source: Some("03".into()), batch_no: Some(batch_no.clone()), trusted: true };
        let batch = object(json!({
            "region_code": run.actor.region.as_str(), "batch_no": batch_no, "dept": "09", "dataset_id": item, "period": period.number(),
            "received_at": Utc::now().to_rfc3339(), "file_hash": o.hash, "rows": counts.rows, "matched": counts.matched,
            "unmatched": counts.unmatched, "rejected": counts.rejected,
        }));
        let batch = records.create(tx, &batches, &batch, &engine).await?.id;
        let rows: Vec<i32> = hits.iter().map(|c| c.row_no).collect();
        store::keep_records(tx, batch, &run.actor.region, &rows).await?;
        let dispatches = records.dataset("relapse.dispatch_batch")?.clone();
        let dispatch_no = format!("PF{ITEM}-{:06}-{}", period.number(), &o.hash[..10]);
        let dispatch = object(json!({
            "region_code": run.actor.region.as_str(), "batch_no": dispatch_no, "month": period.number(), "rule_version": format!("{RULE}.{version}"),
            "note": format!("由部门数据批次 {batch_no} 生成"),
        }));
        let dispatch = records.create(tx, &dispatches, &dispatch, &engine).await?.id;
        let proposal = Proposal {
            flows: &self.flows,
            numbers: &numbers,
            rule,
            dispatch,
            batch_no: &batch_no,
            month: Month::of(today).number(),
        };
        let proposed = self.propose(run, tx, &proposal, &hits).await?;
        let total = object(json!({ "total": proposed.clues }));
        records.patch(tx, &dispatches, dispatch, None, &total, &engine).await?;
        let each = records.dataset("relapse.dispatch_count")?.clone();
        for (county, level, n) in store::by_county(tx, dispatch).await? {
            let line = object(json!({ "batch_id": dispatch, "county": county, "level": level, "clue_count": n }));
            records.create(tx, &each, &line, &engine).await?;
        }
        run.progress.set(90.0, "生成回执");
        let reasons: Vec<Json> = store::rejects(tx).await?.into_iter().map(|(r, n)| json!({ "reason": r, "rows": n })).collect();
        let marked_file = self.give_back(run, tx, &o, counts, batch).await?;
        let link = marked_file.map(|id| format!("/api/v1/files/{id}"));
        Ok(json!({
            "batch_id": batch, "batch_no": batch_no, "dispatch_batch_id": dispatch, "dispatch_batch_no": dispatch_no, "period": period.number(),
            "rows": counts.rows, "matched": counts.matched, "unmatched": counts.unmatched, "rejected": counts.rejected, "reasons": reasons,
            "proposed": proposed, "marked_file": link, "download": link,
        }))
    }

    async fn propose(&self, run: &Run, tx: &mut ScopedTx, p: &Proposal<'_>, hits: &[store::Candidate]) -> Result<Proposed> {
        let mut out = Drafts::default();
        let mut serials = Serials::of("relapse.clue", "clue_no");
        let mut done = 0u64;
        for group in hits.chunk_by(|a, b| a.household_id == b.household_id) {
            p.household(tx, &mut serials, group, &mut out).await?;
            done += group.len() as u64;
            if out.clues.len() >= CLUES {
                p.write(tx, &mut out).await?;
            }
            if out.sum.households.is_multiple_of(500) {
                run.progress.part(50.0, 90.0, done, hits.len() as u64, &format!("评分并生成线索，已 {} 条", out.sum.clues));
                run.progress.check_cancelled()?;
            }
        }
        p.write(tx, &mut out).await?;
        Ok(out.sum)
    }
}

async fn numbers(tx: &mut ScopedTx, region: &base::RegionCode, today: NaiveDate) -> Result<Numbers> {
    let n = params::Numbers::of(region, today);
    Ok(Numbers {
        low_income_yuan: n.get(tx, "w03_low_income_yuan").await?,
        ordinary_yuan: n.get(tx, "w03_ordinary_yuan").await?,
        weight: n.get(tx, "w03_weight").await?,
        strength_max_pct: n.get(tx, "strength_max_pct").await?,
        poverty_pct: n.get(tx, "factor_poverty_pct").await?,
        assisted_pct: n.get(tx, "factor_assisted_pct").await?,
        eliminated_pct: n.get(tx, "factor_eliminated_pct").await?,
        no_labor_pct: n.get(tx, "factor_no_labor_pct").await?,
        covered_pct: n.get(tx, "buffer_covered_pct").await?,
        covered_share_pct: n.get(tx, "covered_share_pct").await?,
        high_score: n.get(tx, "level_high_score").await?,
        middle_score: n.get(tx, "level_middle_score").await?,
        low_score: n.get(tx, "level_low_score").await?,
        cooldown_days: n.get(tx, "cooldown_days").await?,
        cooldown_growth_pct: n.get(tx, "cooldown_growth_pct").await?,
    })
}

#[async_trait]
impl Handler for MedicalBatch {
    async fn run(&self, run: &Run) -> Result<Outcome> {
        // an earlier attempt committed and was killed before it could say so
        if let Some(done) = run.mark.as_ref().and_then(|m| m.get("received")) {
            return Ok(Outcome::new(sentence(done), done.clone()));
        }
        let mut tx = self.db.begin(&run.actor).await?;
        let result = self.work(run, &mut tx).await?;
        run.progress.set(98.0, "保存");
        run.progress.check_cancelled()?;
        run.mark(tx.conn(), &json!({ "received": result })).await?;
        tx.commit().await?;
        Ok(Outcome::new(sentence(&result), result))
    }

    fn restartable(&self) -> bool {
        true
    }
}

fn sentence(r: &Json) -> String {
    let n = |k: &str| r[k].as_i64().unwrap_or(0);
    let p = |k: &str| r["proposed"][k].as_i64().unwrap_or(0);
    format!(
        "共 {} 行：匹配 {}，未匹配 {}，拒收 {}；超过阈值 {} 户，生成线索 {} 条（高 {}、中 {}、低 {}），并入已有线索 {} 户，待省级审批派发。",
        n("rows"),
        n("matched"),
        n("unmatched"),
        n("rejected"),
        p("households"),
        p("clues"),
        p("high"),
        p("middle"),
        p("low"),
        p("merged")
    )
}

/// Letters of a column as Excel shows them, from 0.
fn letters(mut column: usize) -> String {
    let mut out = String::new();
    loop {
        out.insert(0, char::from(b'A' + (column % 26) as u8));
        if column < 26 {
            return out;
        }
        column = column / 26 - 1;
    }
}
