//! The batch as a job: one transaction from the file to the proposed clues, committed together with its mark, so that a server
//! killed at any moment leaves nothing or everything and a second attempt doubles nothing. Must not contain SQL.

use super::items::{self, Item};
use super::judge::{Judge, Local};
use super::places::Places;
use super::prepare::{self, Prepared};
use super::propose::{Drafts, Proposal, Proposed};
use super::read::{Meant, Reader, Staged, wants};
use super::store::{self, Counts, Keep};
use super::{ask, facts, find, quality};
use crate::model::rules::Set;
use crate::store::Serials;
use crate::{model, params};
use ::store::{Db, ScopedTx};
use async_trait::async_trait;
use base::{Error, Level, Month, Result};
use chrono::{NaiveDate, Utc};
use files::{Files, NewFile};
use flow::Flows;
use jobs::{Handler, Outcome, Run};
use meta::Verb;
use record::{Provenance, object};
use serde_json::{Value as Json, json};
use sheet::marked::{self, Fault};
use sheet::{Book, Header};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use uuid::Uuid;

/// Kind of these jobs.
pub const KIND: &str = "relapse.department_batch";
/// Rows copied at a time.
const CHUNK: usize = 2000;
/// Clues written at a time.
const CLUES: usize = 5000;
/// Reasons written into the file given back.
const MOST_FAULTS: i64 = 50_000;

/// Payload: ids and choices only. `item` is a number of the catalogue; `period` is YYYYMM, this month when none.
pub fn payload(file_id: Uuid, item: &str, period: Option<i32>) -> Json {
    json!({ "file_id": file_id, "item": item, "period": period })
}

/// The work behind [`KIND`].
pub struct DepartmentBatch {
    pub flows: Flows,
    pub files: Files,
    pub db: Db,
}

struct Opened {
    path: PathBuf,
    name: String,
    hash: String,
    item: &'static Item,
    header: Arc<Header>,
    _keep: tempfile::NamedTempFile,
}

impl DepartmentBatch {
    async fn open(&self, run: &Run) -> Result<Opened> {
        let file_id = run.payload["file_id"].as_str().and_then(|s| Uuid::parse_str(s).ok());
        let file_id = file_id.ok_or_else(|| Error::invalid("relapse.no_file", "任务中没有文件，请重新上传。"))?;
        let item = find(run.payload["item"].as_str().unwrap_or_default())?;
        let (file, copy) = self.files.open_copy(&run.actor, file_id).await?;
        let path = copy.path().to_path_buf();
        let at = path.clone();
        let header = tokio::task::spawn_blocking(move || Header::find(&mut Book::open(&at)?, None, &wants(item)))
            .await
            .map_err(Error::internal)??;
        let hash = file.sm3.iter().map(|b| format!("{b:02x}")).collect();
        Ok(Opened { path, name: file.name, hash, item, header: Arc::new(header), _keep: copy })
    }

    /// Reads the file on a thread of its own and copies its rows as they come.
    async fn stage(&self, run: &Run, tx: &mut ScopedTx, o: &Opened, today: NaiveDate) -> Result<Vec<Meant>> {
        store::stage(tx).await?;
        let places = Places::new(store::villages(tx).await?);
        let (sender, mut chunks) = tokio::sync::mpsc::channel::<Vec<Staged>>(2);
        let (path, item, header, vault, progress) =
            (o.path.clone(), o.item, o.header.clone(), self.flows.records().vault.clone(), run.progress.clone());
        let reading = tokio::task::spawn_blocking(move || -> Result<Vec<Meant>> {
            let mut meant = Vec::new();
            let mut book = Book::open(&path)?;
            let expected = book.row_hint(&header.sheet)?.unwrap_or(0);
            let reader = Reader { item, header: &header, vault: vault.as_ref(), places: &places, today };
            let (mut chunk, mut read) = (Vec::with_capacity(CHUNK), 0u64);
            book.rows(&header.sheet, |row| {
                if row.number <= header.row {
                    return Ok(true);
                }
                let mut staged = reader.read(&row)?;
                meant.extend(staged.meant.take());
                chunk.push(staged);
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
            Ok(meant)
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
        for (row, reason, key) in store::rejected_rows(tx, MOST_FAULTS).await? {
            let at = o.header.column(&key).unwrap_or(0);
            let row = u64::try_from(row).unwrap_or(0);
            let fault = Fault { row, column: letters(at), field: key, label: o.header.label(at).to_owned(), message: reason };
            faults.entry(row).or_default().push(fault);
        }
        let out = tempfile::Builder::new().suffix(".xlsx").tempfile()?;
        let (path, to, header, progress) = (o.path.clone(), out.path().to_path_buf(), o.header.clone(), run.progress.clone());
        let count = |n: i64| u64::try_from(n).unwrap_or(0);
        tokio::task::spawn_blocking(move || {
            let lines = [
                ("读取行数", count(c.rows)),
                ("匹配", count(c.matched)),
                ("待核", count(c.asked)),
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
        let item = o.item;
        let Some(dataset) = store::item_of(tx, &item.no).await? else {
            let text = format!("数据项 {}“{}”没有启用，请联系省级模型管理员。", item.no, item.name);
            return Err(Error::refused("relapse.item_off", text));
        };
        let model = Model::of(tx, item).await?;
        // what rules propose is dispatched by the province
        if !model.rules.active.is_empty() && run.actor.region.level() != Level::Province {
            let text = format!(
                "数据项 {}“{}”有预警规则，由省级统一比对和派发，请由省级部门账号送交；本级掌握的线索可在“线索”中登记。",
                item.no, item.name
            );
            return Err(Error::refused("relapse.province_delivers", text));
        }
        let meant = self.stage(run, tx, &o, today).await?;
        run.progress.set(46.0, "按证件匹配");
        let counts = store::matched(tx, &meant).await?;
        run.progress.check_cancelled()?;
        if item.keep {
            store::keep_amounts(tx, &item.no, today).await?;
        }
        store::sums(tx, &item.no, item.keep, today).await?;
        let batch_no = format!("BM{}-{:06}-{}", item.no, period.number(), &o.hash[..10]);
        if item.together {
            store::quality::keep_events(tx, &item.no, today).await?;
        }
        let mut report = quality::of(tx, item, &o.header, counts, dataset, &run.actor.region, today).await?;
        let told = store::facts::Told { batch_no: &batch_no, period: period.number(), today };
        report.remark(facts::keep(tx, item, item.whole, &told, &run.actor.region).await?);
        let engine = Provenance { source: Some("03".into()), batch_no: Some(batch_no.clone()), trusted: true };
        let batch = object(json!({
            "region_code": run.actor.region.as_str(), "batch_no": batch_no, "dept": item.dept, "dataset_id": dataset, "period": period.number(),
            "received_at": Utc::now().to_rfc3339(), "file_hash": o.hash, "rows": counts.rows, "matched": counts.matched,
            "unmatched": counts.unmatched, "rejected": counts.rejected, "asked": counts.asked,
            "quality_note": report.note(),
        }));
        let batch = records.create(tx, &batches, &batch, &engine).await?.id;
        report.keep(records, tx, batch, &run.actor.region).await?;
        let (hits, counties) = self.asked(tx, run, &model, item, batch, today).await?;
        if item.whole && items::asks_who_is_new(item)? {
            store::keep_seen(tx, &item.no, today).await?;
        }
        let rows: Vec<i32> = hits.iter().map(|c| c.row_no).collect();
        let from = store::Origin { batch, batch_no: &batch_no, dataset, region: &run.actor.region, today };
        store::keep_records(tx, &from, &rows).await?;
        store::keep_values(tx, &item.labels()).await?;
        // what no rule reads is receipted and waits for checks and portraits
        let dispatch = match model.rules.active.is_empty() {
            true => None,
            false => {
                let judge = Judge { rules: &model.rules.active, counties: &counties };
                Some(self.dispatched(run, tx, (item, &o.hash[..10]), &model, judge, &hits, (batch, &batch_no), period).await?)
            }
        };
        run.progress.set(90.0, "生成回执");
        let reasons: Vec<Json> = store::rejects(tx).await?.into_iter().map(|(r, n)| json!({ "reason": r, "rows": n })).collect();
        let marked_file = self.give_back(run, tx, &o, counts, batch).await?;
        let link = marked_file.map(|id| format!("/api/v1/files/{id}"));
        let mut out = json!({
            "batch_id": batch, "batch_no": batch_no, "item": item.no, "item_name": item.name, "period": period.number(),
            "rows": counts.rows, "matched": counts.matched, "unmatched": counts.unmatched, "rejected": counts.rejected, "asked": counts.asked, "repaired": counts.repaired, "reasons": reasons,
            "proposed": Proposed::default(), "dispatch_batch_id": null, "dispatch_batch_no": null, "marked_file": link, "download": link, "quality": report.wire(),
        });
        if let Some((id, no, proposed)) = dispatch {
            out["dispatch_batch_id"] = json!(id);
            out["dispatch_batch_no"] = json!(no);
            out["proposed"] = json!(proposed);
        }
        Ok(out)
    }

    /// Keeps the lines that rules read, and asks them by the numbers of each county.
    pub(super) async fn asked(
        &self,
        tx: &mut ScopedTx,
        run: &Run,
        model: &Model,
        item: &'static Item,
        batch: Uuid,
        today: NaiveDate,
    ) -> Result<(Vec<store::Candidate>, BTreeMap<String, Local>)> {
        if model.rules.active.is_empty() {
            return Ok((vec![], BTreeMap::new()));
        }
        let floor = params::Numbers::of(&run.actor.region, today).get(tx, "replay_floor_pct").await?.clamp(1, 100);
        let matched = store::counties(tx, None).await?;
        prepare::lay(tx, "dept_near", &model.set, &matched, today, floor).await?;
        let keep = Keep { batch, near: &model.near, words: &model.rules.words, gone: item.gone, today };
        store::keep_lines(tx, &keep).await?;
        let counties = store::counties(tx, Some(batch)).await?;
        let numbers = model.rules.lay(tx, &model.set, &counties, today).await?;
        Ok((store::candidates(tx, store::Which::Staged, batch, &model.rules.asked).await?, numbers))
    }

    /// The clues that a batch proposes, as a dispatch that somebody approves: its id, its number and what became of the hits.
    #[expect(clippy::too_many_arguments, reason = "one step of one job, split for reading")]
    pub(super) async fn dispatched(
        &self,
        run: &Run,
        tx: &mut ScopedTx,
        (item, mark): (&'static Item, &str),
        model: &Model,
        judge: Judge<'_>,
        hits: &[store::Candidate],
        (batch, batch_no): (Uuid, &str),
        period: Month,
    ) -> Result<(Uuid, String, Proposed)> {
        let records = self.flows.records();
        let engine = Provenance { source: Some("03".into()), batch_no: Some(batch_no.to_owned()), trusted: true };
        let dispatches = records.dataset("relapse.dispatch_batch")?.clone();
        let dispatch_no = format!("PF{}-{:06}-{mark}", item.no, period.number());
        let versions: Vec<String> = model.rules.active.iter().map(|a| format!("{}.{}", a.rule.id, a.version)).collect();
        let dispatch = object(json!({
            "region_code": run.actor.region.as_str(), "batch_no": dispatch_no, "month": period.number(), "rule_version": versions.join("、"), "model_version": model.set.version,
            "note": format!("由部门数据批次 {batch_no} 生成"),
        }));
        let dispatch = records.create(tx, &dispatches, &dispatch, &engine).await?.id;
        let today = flow::rules::day_of(Utc::now());
        let proposal = Proposal {
            flows: &self.flows,
            judge,
            item,
            columns: &model.rules.columns,
            batch,
            today,
            dispatch,
            batch_no,
            month: Month::of(today).number(),
            version: model.set.version,
        };
        let proposed = self.propose(run, tx, &proposal, hits).await?;
        let total = object(json!({ "total": proposed.clues }));
        records.patch(tx, &dispatches, dispatch, None, &total, &engine).await?;
        let each = records.dataset("relapse.dispatch_count")?.clone();
        for (county, level, n) in store::by_county(tx, dispatch).await? {
            let line = object(json!({ "batch_id": dispatch, "county": county, "level": level, "clue_count": n }));
            records.create(tx, &each, &line, &engine).await?;
        }
        Ok((dispatch, dispatch_no, proposed))
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

/// The rules of an item and the version of the model in force.
pub(super) struct Model {
    pub rules: Prepared,
    set: Set,
    near: String,
}

impl Model {
    pub(super) async fn of(tx: &mut ScopedTx, item: &'static Item) -> Result<Model> {
        Ok(Model { rules: Prepared::of(tx, item).await?, set: model::store::in_force(tx).await?, near: ask::near(item)? })
    }
}

#[async_trait]
impl Handler for DepartmentBatch {
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
        "共 {} 行：匹配 {}，待核 {}，未匹配 {}，拒收 {}；命中规则 {} 户，生成线索 {} 条（高 {}、中 {}、低 {}），并入已有线索 {} 户，待省级审批派发。",
        n("rows"),
        n("matched"),
        n("asked"),
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
