//! Copies what changed: marked parts are read from PostgreSQL, written as files, committed and published. Whatever is cut
//! short leaves the last publication as it was, and the marks, so that the next round does it again. Must not count.

use crate::items::Item;
use crate::shape::Shape;
use crate::store::{self, File, Lock, News};
use crate::{Lake, delta, write};
use base::{Error, Result};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// What a round did.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Copied {
    pub datasets: u64,
    pub counties: u64,
    pub rows: u64,
    pub files: u64,
}

/// What to copy of a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parts {
    /// Everything, into a fresh state.
    All,
    Some(BTreeSet<String>),
}

impl Lake {
    /// Copies one dataset; none when another process is at it or nothing is to be done. `stop` is asked between parts.
    pub async fn refresh(
        &self,
        item: &Item,
        wanted: &Parts,
        stop: &(dyn Fn() -> Result<()> + Send + Sync),
    ) -> Result<Option<Copied>> {
        let Some(lock) = Lock::take(self.db.pool(), &item.id).await? else { return Ok(None) };
        let done = self.copy(item, wanted, stop).await;
        lock.release().await;
        done
    }

    async fn copy(&self, item: &Item, wanted: &Parts, stop: &(dyn Fn() -> Result<()> + Send + Sync)) -> Result<Option<Copied>> {
        let pool = self.db.pool();
        let shape = &item.shape;
        let base = store::publication(pool, &item.id, crate::When::Now).await?.map(|(id, _)| id);
        let fits = match base {
            Some(id) => self.publication(id).await?.digest == shape.digest(),
            None => false,
        };
        // lines are read before rows: every change behind them is in what is read afterwards
        store::deal_out(pool, &self.items().await?).await?;
        let todo = store::todo(pool, Some(&item.id)).await?;
        let whole = !fits || *wanted == Parts::All || todo.iter().any(|t| t.county.is_empty());
        let counties = match wanted {
            Parts::Some(c) if !whole => c.clone(),
            _ => self.all_counties(item).await?,
        };
        let todo: Vec<i64> = todo.iter().filter(|t| whole || counties.contains(&t.county)).map(|t| t.id).collect();
        if !whole && counties.is_empty() {
            return Ok(None);
        }
        let (shape_id, folder) = store::shape(pool, shape).await?;
        let (mut files, mut parts) = (Vec::new(), Vec::new());
        for county in &counties {
            stop()?;
            let began = Instant::now();
            let made = self.county(shape, &folder, county).await?;
            let rows: u64 = made.iter().map(|f| f.rows).sum();
            parts.push((county.clone(), began.elapsed().as_millis() as i64, rows as i64));
            files.extend(made);
        }
        stop()?;
        let replaced = (!whole).then_some(&counties);
        let now = chrono::Utc::now().timestamp_millis();
        let version = delta::commit(self.files.as_ref(), &folder, &shape.columns, replaced, &files, now).await?;
        let news =
            News { dataset: &item.id, shape_id, version, base, counties: replaced, files: &files, parts: &parts, todo: &todo };
        store::publish(pool, &news).await?;
        let rows = files.iter().map(|f| f.rows).sum();
        Ok(Some(Copied { datasets: 1, counties: counties.len() as u64, rows, files: files.len() as u64 }))
    }

    /// Counties in which the tables below have rows.
    pub(crate) async fn all_counties(&self, item: &Item) -> Result<BTreeSet<String>> {
        let mut all = BTreeSet::new();
        for table in &item.sources {
            all.extend(store::counties(&self.db, table).await?);
        }
        Ok(all)
    }

    /// The files of one county, written and not yet part of anything.
    async fn county(&self, shape: &Shape, folder: &str, county: &str) -> Result<Vec<File>> {
        let mut encoder = write::Encoder::start(&shape.columns);
        let sender = encoder.sender();
        let query = shape.query(county);
        let read = async {
            let Some(sender) = sender else { return Ok(()) };
            store::copy_out(&self.db, &query, |piece| {
                let sender = sender.clone();
                // a closed channel means that the other side failed; it says why
                async move { sender.send(piece).await.map_err(|_| Error::internal("the encoder has ended")) }
            })
            .await
        };
        let take = async {
            let mut files = Vec::new();
            while let Some((made, rows)) = encoder.next().await {
                match write::put(self.files.as_ref(), folder, county, made, rows).await {
                    Ok(file) => files.push(file),
                    Err(e) => {
                        encoder.close();
                        return Err(e);
                    }
                }
            }
            Ok::<_, Error>(files)
        };
        let (read, files) = tokio::join!(read, take);
        let files = files?;
        match (read, encoder.finish().await) {
            (Ok(()), done) => done?,
            // who fails first is the cause of the other's failure: a short stream is the reader's, a closed channel the encoder's
            (Err(e), Err(f)) if f.code == "lake.copy_cut" => return Err(e),
            (Err(_), Err(f)) => return Err(f),
            (Err(e), Ok(())) => return Err(e),
        }
        Ok(files)
    }

    /// Copies everything anew.
    pub async fn rebuild(&self, only: Option<&str>, told: &(dyn Fn(&str, &Copied) + Send + Sync)) -> Result<Copied> {
        let mut all = Copied::default();
        for item in self.items().await?.iter().filter(|i| only.is_none_or(|o| o == i.id)) {
            let one = self
                .refresh(item, &Parts::All, &|| Ok(()))
                .await?
                .ok_or_else(|| Error::busy("lake.busy", "另一进程正在更新数据湖，请稍后再运行，或先停止服务。"))?;
            told(&item.id, &one);
            all.add(&one);
        }
        Ok(all)
    }

    /// One round: datasets that were never copied or are described otherwise now, and parts with marks. A part that takes
    /// long is not copied all the time: it waits twenty times as long as it took.
    pub async fn round(&self, stop: &CancellationToken) -> Result<Copied> {
        let pool = self.db.pool();
        let items = self.items().await?;
        store::deal_out(pool, &items).await?;
        let todo = store::todo(pool, None).await?;
        let parts = store::parts(pool).await?;
        let now = store::now(pool).await?;
        let ids: Vec<String> = items.iter().map(|i| i.id.clone()).collect();
        let latest = store::latest(pool, &ids).await?;
        let asked = || match stop.is_cancelled() {
            true => Err(Error::unavailable("lake.stopping", "服务正在停止，数据湖将在重新启动后继续更新。")),
            false => Ok(()),
        };
        let mut all = Copied::default();
        for item in items.iter() {
            if stop.is_cancelled() {
                break;
            }
            let due = |county: &str| {
                let last = parts.get(&(item.id.clone(), county.to_owned()));
                last.is_none_or(|(at, took)| (now - *at).num_milliseconds() >= took * 20)
            };
            let mine: BTreeSet<String> =
                todo.iter().filter(|t| t.item == item.id && due(&t.county)).map(|t| t.county.clone()).collect();
            let current = latest.get(&item.id).is_some_and(|(_, digest)| *digest == item.shape.digest());
            if mine.is_empty() && current {
                continue;
            }
            match self.refresh(item, &Parts::Some(mine), &asked).await {
                Ok(Some(one)) => all.add(&one),
                Ok(None) => {}
                // the others go on; what failed has its marks and is tried in the next round
                Err(e) if stop.is_cancelled() => tracing::debug!(item = item.id, error = %e.chain(), "stopped"),
                Err(e) => tracing::warn!(item = item.id, error = %e.chain(), "the lake could not be refreshed"),
            }
        }
        Ok(all)
    }

    /// Rounds until `stop`.
    pub async fn keep_fresh(&self, every: Duration, stop: CancellationToken) {
        loop {
            let began = Instant::now();
            match self.round(&stop).await {
                Ok(done) if done.datasets > 0 => tracing::info!(
                    datasets = done.datasets,
                    counties = done.counties,
                    rows = done.rows,
                    ms = began.elapsed().as_millis() as u64,
                    "lake refreshed"
                ),
                Ok(_) => {}
                Err(e) => tracing::warn!(error = %e.chain(), "the lake could not be looked after; trying again"),
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(every) => {}
            }
        }
    }
}

impl Copied {
    pub fn add(&mut self, other: &Copied) {
        self.datasets += other.datasets;
        self.counties += other.counties;
        self.rows += other.rows;
        self.files += other.files;
    }
}
