//! The three jobs of a delivery. Reading is one transaction; applying and taking back are one a county, so that a process
//! killed at any moment leaves a county whole or untouched, and the next attempt goes on with the others.

use crate::plan::{Plan, tag};
use crate::read::{self, Chunk, Problem, Reading};
use crate::store::{apply, batch, differ, rollback, shadow};
use crate::{Batch, BatchFile, Exchange, rules, unpack};
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Actor, Error, Kind, RegionCode, Result};
use chrono::NaiveDate;
use jobs::{Handler, Outcome, Progress, Run};
use meta::Package;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::sync::Arc;

pub const READ: &str = "exchange.read";
pub const APPLY: &str = "exchange.apply";
pub const ROLL_BACK: &str = "exchange.roll_back";

/// Problems of cells that are kept row by row; the rest is counted.
const KEPT_PROBLEMS: usize = 50_000;
/// Files read at the same time.
const READERS: usize = 2;

pub(crate) struct Read(pub Exchange);
pub(crate) struct Apply(pub Exchange);
pub(crate) struct RollBack(pub Exchange);

fn batch_no(run: &Run) -> Result<String> {
    let none = || Error::invalid("exchange.no_batch_named", "任务中没有批次号，请从同步页面重新办理。");
    run.payload["batch_no"].as_str().map(str::to_owned).ok_or_else(none)
}

/// Whether the same work may succeed by itself later.
fn passing(e: &Error) -> bool {
    matches!(e.kind, Kind::Unavailable | Kind::Busy) || e.code == "jobs.lost"
}

#[async_trait]
impl Handler for Read {
    async fn run(&self, run: &Run) -> Result<Outcome> {
        let no = batch_no(run)?;
        if let Some(done) = run.mark.as_ref().and_then(|m| m.get("read")) {
            return Ok(Outcome::new(text(done), done.clone()));
        }
        let mut tx = self.0.db.begin(&run.actor).await?;
        batch::step(tx.conn(), &no, &["received", "reading"], "reading", "").await?;
        tx.commit().await?;
        match self.0.read(&run.actor, &no, &run.progress, Some(run)).await {
            Ok(result) => Ok(Outcome::new(text(&result), result)),
            Err(e) if passing(&e) => Err(e),
            Err(e) => {
                batch::fail(&self.0.db, &no, &["reading"], "failed", &e.sentence).await?;
                Err(e)
            }
        }
    }
    fn restartable(&self) -> bool {
        true
    }
}

fn text(r: &Json) -> String {
    let n = |k: &str| r[k].as_i64().unwrap_or(0);
    let mut s = format!("共读取 {} 行：新增 {}，变更 {}，减少 {}", n("rows"), n("added"), n("changed"), n("gone"));
    if n("bad") > 0 {
        s.push_str(&format!("；{} 处问题", n("bad")));
    }
    s.push_str(if n("held") > 0 { "；有县超过控制量，请人工核对后审定。" } else { "；等待审定。" });
    s
}

impl Exchange {
    /// Reads a batch into shadow tables and notes the differences, all in one transaction. `run` leaves its mark in it.
    pub async fn read(&self, actor: &Actor, no: &str, progress: &Progress, run: Option<&Run>) -> Result<Json> {
        let b = self.find(no).await?;
        let package = self.package(&b.package)?;
        let catalog = &self.records.catalog;
        progress.set(1.0, "打开文件");
        let mut lent = Vec::new();
        let mut uploads = Vec::new();
        let mut conn = self.db.owner_tx().await?;
        let mut listed = batch::files(&mut conn, no).await?;
        drop(conn);
        listed.dedup_by_key(|f| f.file_id);
        for (i, f) in listed.iter().enumerate() {
            let (row, copy) = self.files.open_copy(actor, f.file_id).await?;
            uploads.push((i as i32, row.name.clone(), copy.path().to_path_buf()));
            lent.push((row, copy));
        }
        let folder = tempfile::tempdir()?;
        let everything: BTreeSet<String> = package.files.iter().map(|f| f.id.clone()).collect();
        let all = Plan::new(catalog, &package, &everything, &tag(no))?;
        let found = tokio::task::spawn_blocking({
            let (package, all, uploads, folder) = (package.clone(), all, uploads.clone(), folder.path().to_path_buf());
            move || unpack::open(&package, &all, &uploads, &folder)
        })
        .await
        .map_err(Error::internal)??;
        let asof = day_of(&found)?;
        let present: BTreeSet<String> = found.iter().map(|f| f.kind.clone()).collect();
        let plan = Arc::new(Plan::new(catalog, &package, &present, &tag(no))?);
        let mut lines: Vec<BatchFile> = found
            .iter()
            .enumerate()
            .map(|(i, f)| BatchFile {
                position: i as i32 + 1,
                file_id: lent[f.upload as usize].0.id,
                name: f.name.clone(),
                kind: package.files.iter().find(|x| x.id == f.kind).map(|x| x.name.clone()).unwrap_or_default(),
                size: std::fs::metadata(&f.path).map_or(0, |m| m.len() as i64),
                rows: 0,
                problems: 0,
                unknown: vec![],
            })
            .collect();
        let reading = Reading {
            catalog: catalog.clone(),
            vault: self.records.vault.clone(),
            places: self.ground.places().await?,
            within: actor.region.clone(),
            today: record::today(),
            progress: progress.clone(),
        };
        let mut tx = self.db.begin(actor).await?;
        batch::clear(&mut tx, no).await?;
        let mut problems = Problems::default();
        self.load(&mut tx, &plan, &found, &reading, &mut lines, &mut problems).await?;
        batch::found(&mut tx, no, &lines).await?;
        for part in problems.kept.chunks(2000) {
            batch::problems(&mut tx, no, actor.region.as_str(), part).await?;
        }
        let result = self.compare(&mut tx, &plan, &b, &package, progress, &lines, problems.count, asof).await?;
        progress.check_cancelled()?;
        if let Some(run) = run {
            run.mark(tx.conn(), &json!({ "read": result })).await?;
        }
        tx.commit().await?;
        Ok(result)
    }

    /// Rows of every file into its raw table, several files at once.
    async fn load(
        &self,
        tx: &mut ScopedTx,
        plan: &Arc<Plan>,
        found: &[unpack::Found],
        reading: &Reading,
        lines: &mut [BatchFile],
        problems: &mut Problems,
    ) -> Result<()> {
        // every header is looked at before the first row is read
        let mut opened = Vec::new();
        for (i, f) in found.iter().enumerate() {
            let Some(file) = plan.file(&f.kind) else { continue };
            let (path, name, wanted) = (f.path.clone(), f.name.clone(), file.clone());
            let o = tokio::task::spawn_blocking(move || read::open(&path, &name, &wanted)).await.map_err(Error::internal)??;
            lines[i].unknown = o.unknown.clone();
            opened.push((f.kind.clone(), i, o));
        }
        let expected: u64 = opened.iter().map(|(_, _, o)| o.expected).sum();
        let mut read_rows = 0u64;
        for file in &plan.files {
            shadow::make_raw(tx, plan, file).await?;
            let (mine, rest): (Vec<_>, Vec<_>) = opened.into_iter().partition(|(k, _, _)| *k == file.id);
            opened = rest;
            let (sender, mut chunks) = tokio::sync::mpsc::channel::<Chunk>(4);
            let queue = Arc::new(std::sync::Mutex::new(mine));
            let readers: Vec<_> = (0..READERS)
                .map(|_| {
                    let (queue, sender, file, reading) = (queue.clone(), sender.clone(), file.clone(), reading.clone());
                    tokio::task::spawn_blocking(move || -> Result<()> {
                        loop {
                            let next = queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop();
                            let Some((_, i, o)) = next else { return Ok(()) };
                            read::rows(o, &file, i as i32 + 1, &reading, |c| sender.blocking_send(c).is_ok())?;
                        }
                    })
                })
                .collect();
            drop(sender);
            let progress = reading.progress.clone();
            shadow::copy(tx, plan, file, &mut chunks, |c| {
                let line = &mut lines[c.position as usize - 1];
                line.rows += c.rows as i64;
                line.problems += c.bad_rows as i64;
                read_rows += c.rows;
                problems.take(c);
                progress.part(3.0, 60.0, read_rows, expected.max(read_rows), &format!("读取“{}”，已 {read_rows} 行", file.name));
            })
            .await?;
            for r in readers {
                r.await.map_err(Error::internal)??;
            }
            progress.check_cancelled()?;
        }
        if let Some(empty) =
            lines.iter().zip(found).find(|(l, f)| l.rows == 0 && plan.file(&f.kind).is_some_and(|p| !p.rows_of.is_empty()))
        {
            return Err(Error::invalid(
                "exchange.no_rows",
                format!(
                    "文件“{}”的表头下面没有数据。为免把台账当作全部减少，本批未比对，请重新导出。",
                    meta::value::printable(&empty.0.name)
                ),
            ));
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "the end of one reading needs all that it found")]
    async fn compare(
        &self,
        tx: &mut ScopedTx,
        plan: &Plan,
        b: &Batch,
        package: &Package,
        progress: &Progress,
        lines: &[BatchFile],
        bad: u64,
        asof: Option<NaiveDate>,
    ) -> Result<Json> {
        let no = &b.no;
        let steps = plan.feeds.len() as u64;
        let mut staged = serde_json::Map::new();
        for (n, f) in plan.feeds.iter().enumerate() {
            progress.part(60.0, 95.0, n as u64, steps, &format!("比对“{}”", f.dataset.title));
            progress.check_cancelled()?;
            shadow::build(tx, plan, f, no).await?;
            differ::differences(tx, plan, f, no).await?;
            differ::reseal(tx, plan, f, &*self.records.vault).await?;
            let rows = shadow::count(tx, &plan.shadow(f)).await?.unwrap_or(0);
            staged.insert(f.dataset.id.clone(), rows.into());
        }
        progress.set(95.0, "核对控制量");
        let on = record::today();
        let (mut added, mut changed, mut gone) = (0, 0, 0);
        let mut held = BTreeSet::new();
        for f in &plan.feeds {
            for (county, t) in differ::tallies(tx, plan, f, no).await? {
                let mut why = None;
                if f.feed.weighed {
                    let region = RegionCode::parse(&county)?;
                    let d = rules::Limits::default();
                    let limits = rules::Limits {
                        gone: self.ground.whole(tx, "sync_gone_permille", &region, on).await?.unwrap_or(d.gone),
                        changed: self.ground.whole(tx, "sync_changed_permille", &region, on).await?.unwrap_or(d.changed),
                        total: self.ground.whole(tx, "sync_total_permille", &region, on).await?.unwrap_or(d.total),
                    };
                    why = rules::held(&f.dataset.title, &t, &limits);
                }
                if why.is_some() {
                    held.insert(county.clone());
                }
                (added, changed, gone) = (added + t.added, changed + t.changed, gone + t.gone);
                batch::count(tx, no, &f.dataset.id, &county, &t, f.feed.weighed, why.as_deref()).await?;
            }
        }
        for f in &plan.feeds {
            shadow::protect(tx, &plan.shadow(f)).await?;
        }
        for f in &plan.files {
            shadow::drop_table(tx, &plan.raw_table(&f.id)).await?;
        }
        let rows: i64 = lines.iter().map(|l| l.rows).sum();
        let problems: i64 = batch::count_problems(tx, no).await?.max(bad as i64);
        let state = if held.is_empty() { "waiting" } else { "held" };
        let left_out: Vec<&str> = package
            .files
            .iter()
            .filter(|f| !f.required && !lines.iter().any(|l| l.kind == f.name))
            .map(|f| f.name.as_str())
            .collect();
        let message = if left_out.is_empty() {
            String::new()
        } else {
            format!("本批没有{}，相应栏目未比对。", left_out.join("、"))
        };
        let ended = batch::Ended { state, asof, rows, bad: problems, staged: Json::Object(staged), message };
        if !batch::read(tx, no, &ended).await? {
            return Err(Error::conflict("exchange.state", "批次的状态已变化，本次读取已放弃。"));
        }
        Ok(
            json!({ "batch_no": no, "rows": rows, "added": added, "changed": changed, "gone": gone, "bad": problems, "held": held.len() }),
        )
    }

    /// Drops the shadow tables of a batch that is decided.
    pub(crate) async fn forget(&self, actor: &Actor, no: &str) -> Result<()> {
        let mut tx = self.db.begin(actor).await?;
        for d in self.records.catalog.datasets() {
            shadow::drop_table(&mut tx, &crate::plan::shadow(&tag(no), d)).await?;
        }
        tx.commit().await
    }

    /// The plan of a batch as it was read, from the columns that its shadow tables have.
    async fn plan_of(&self, tx: &mut ScopedTx, b: &Batch) -> Result<Plan> {
        let package = self.package(&b.package)?;
        let kinds: Vec<String> = batch::files(tx.conn(), &b.no).await?.into_iter().map(|f| f.kind).collect();
        let present = package.files.iter().filter(|f| kinds.contains(&f.name)).map(|f| f.id.clone()).collect();
        Plan::new(&self.records.catalog, &package, &present, &tag(&b.no))
    }
}

/// What was wrong in cells.
#[derive(Default)]
struct Problems {
    kept: Vec<(i32, Problem)>,
    count: u64,
}
impl Problems {
    fn take(&mut self, c: &mut Chunk) {
        self.count += c.problems.len() as u64;
        let room = KEPT_PROBLEMS.saturating_sub(self.kept.len());
        self.kept.extend(c.problems.drain(..).take(room).map(|p| (c.position, p)));
    }
}

/// The one day that the names of the files say.
fn day_of(found: &[unpack::Found]) -> Result<Option<NaiveDate>> {
    let days: BTreeSet<NaiveDate> = found.iter().filter_map(|f| rules::date_in(&f.name)).collect();
    if days.len() > 1 {
        let shown: Vec<String> = days.iter().map(NaiveDate::to_string).collect();
        return Err(Error::invalid(
            "exchange.several_days",
            format!("文件名里的日期不一致（{}）。请只上传同一天导出的文件。", shown.join("、")),
        ));
    }
    Ok(days.into_iter().next())
}

#[async_trait]
impl Handler for Apply {
    async fn run(&self, run: &Run) -> Result<Outcome> {
        let no = batch_no(run)?;
        let outcome = self.0.write(&run.actor, &no, &run.progress, Some(run)).await;
        if let Err(e) = &outcome
            && !passing(e)
        {
            // counties that are written stay; the batch can be continued or taken back
            batch::fail(&self.0.db, &no, &["approved", "applying"], "approved", &e.sentence).await?;
        }
        let result = outcome?;
        Ok(Outcome::new(format!("批次 {no} 已入库，共 {} 个县（市、区）。", result["counties"]), result))
    }
    fn restartable(&self) -> bool {
        true
    }
}

impl Exchange {
    /// Writes an approved batch, one transaction a county.
    pub async fn write(&self, actor: &Actor, no: &str, progress: &Progress, run: Option<&Run>) -> Result<Json> {
        let b = self.find(no).await?;
        if b.state == "applied" {
            return Ok(json!({ "batch_no": no, "counties": 0 }));
        }
        let mut tx = self.db.begin(actor).await?;
        let plan = self.plan_of(&mut tx, &b).await?;
        // an unlogged table is empty after a crash of the database
        for f in &plan.feeds {
            if shadow::count(&mut tx, &plan.shadow(f)).await? != b.staged[&f.dataset.id].as_i64() {
                return Err(Error::refused(
                    "exchange.staging_lost",
                    "数据库曾异常停机，本批暂存的数据已丢失，台账没有改动一半的县。请由上传人重新上传后比对、审定。",
                ));
            }
        }
        batch::step(tx.conn(), no, &["approved", "applying"], "applying", "").await?;
        let counties = batch::counties(&mut tx, no, false).await?;
        tx.commit().await?;
        for (i, county) in counties.iter().enumerate() {
            let code = RegionCode::parse(county)?;
            progress.part(2.0, 98.0, i as u64, counties.len() as u64, &format!("写入 {}", self.ground.name(county)));
            progress.check_cancelled()?;
            let mut tx = self.db.begin(actor).await?;
            if !batch::mark_county(&mut tx, no, county, "applied_at").await? {
                continue;
            }
            let within = code.scope();
            let c = apply::County { batch_no: no, scope: &within, asof: b.asof };
            for f in &plan.feeds {
                apply::changed(&mut tx, &plan, f, &c).await?;
                apply::added(&mut tx, &plan, f, &c).await?;
                apply::gone(&mut tx, f, &c).await?;
            }
            for f in &plan.feeds {
                apply::take_along(&mut tx, &self.records.catalog, &f.dataset, &c).await?;
            }
            for f in &plan.feeds {
                for h in self.records.hooks.of(&f.dataset) {
                    h.after_batch(&self.records, &mut tx, &f.dataset, no, &within).await?;
                }
            }
            if let Some(run) = run {
                run.mark(tx.conn(), &json!({ "county": county })).await?;
            }
            tx.commit().await?;
        }
        let mut tx = self.db.begin(actor).await?;
        batch::finish(&mut tx, no, "applied").await?;
        tx.commit().await?;
        self.forget(actor, no).await?;
        Ok(json!({ "batch_no": no, "counties": counties.len() }))
    }

    /// Takes a batch back, one transaction a county.
    pub async fn take_back(&self, actor: &Actor, no: &str, progress: &Progress, run: Option<&Run>) -> Result<Json> {
        let catalog = &self.records.catalog;
        let undo_no = format!("UNDO-{no}");
        let mut tx = self.db.begin(actor).await?;
        let counties = batch::counties(&mut tx, no, true).await?;
        tx.rollback().await?;
        let (mut restored, mut deleted, mut kept) = (0, 0, 0);
        for (i, county) in counties.iter().enumerate() {
            progress.part(2.0, 98.0, i as u64, counties.len() as u64, &format!("回退 {}", self.ground.name(county)));
            progress.check_cancelled()?;
            let within = RegionCode::parse(county)?.scope();
            let mut tx = self.db.begin(actor).await?;
            if !batch::mark_county(&mut tx, no, county, "rolled_back_at").await? {
                continue;
            }
            let mut touched: Vec<_> =
                rollback::datasets(&mut tx, no, &within).await?.iter().filter_map(|id| catalog.dataset(id).cloned()).collect();
            // children before the rows they hang on
            touched.sort_by_key(|d| std::cmp::Reverse(depth(catalog, d)));
            for d in &touched {
                let u = rollback::undo(&mut tx, catalog, &*self.records.vault, d, no, &undo_no, &within).await?;
                (restored, deleted, kept) = (restored + u.restored, deleted + u.deleted, kept + u.kept);
                batch::keep(&mut tx, no, &d.id, county, u.kept as i64).await?;
            }
            let whole = actor.scope();
            for d in touched.iter().rev() {
                for h in self.records.hooks.of(d) {
                    h.after_batch(&self.records, &mut tx, d, &undo_no, &whole).await?;
                }
            }
            if let Some(run) = run {
                run.mark(tx.conn(), &json!({ "county": county })).await?;
            }
            tx.commit().await?;
        }
        let mut tx = self.db.begin(actor).await?;
        batch::finish(&mut tx, no, "rolled_back").await?;
        tx.commit().await?;
        self.forget(actor, no).await?;
        Ok(json!({ "batch_no": no, "counties": counties.len(), "restored": restored, "deleted": deleted, "kept": kept }))
    }
}

fn depth(catalog: &meta::Catalog, d: &meta::Dataset) -> usize {
    let up = d.parent.as_ref().and_then(|p| catalog.dataset(&p.dataset));
    // what only points to another dataset hangs on it as well
    let pointed = d.fields.values().filter(|f| f.kind == meta::Kind::Ref).count().min(1);
    up.map_or(pointed, |p| 1 + depth(catalog, p))
}

#[async_trait]
impl Handler for RollBack {
    async fn run(&self, run: &Run) -> Result<Outcome> {
        let no = batch_no(run)?;
        let outcome = self.0.take_back(&run.actor, &no, &run.progress, Some(run)).await;
        if let Err(e) = &outcome
            && !passing(e)
        {
            batch::fail(&self.0.db, &no, &["rolling_back"], "applied", &e.sentence).await?;
        }
        let r = outcome?;
        let mut s = format!("已回退：恢复 {} 条，删除新增的 {} 条。", r["restored"], r["deleted"]);
        if r["kept"].as_u64().unwrap_or(0) > 0 {
            s.push_str(&format!("另有 {} 条在入库后又被修改或引用，保持现状，请人工核对。", r["kept"]));
        }
        Ok(Outcome::new(s, r))
    }
    fn restartable(&self) -> bool {
        true
    }
}
