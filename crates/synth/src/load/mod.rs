//! Puts a province into the tables of the register: villages are made by worker threads, written in the text form of COPY, and
//! sent over several connections, one transaction for a handful of villages. Columns are matched by name with the catalog.

mod cell;
mod rows;
mod store;

use crate::model::Village;
use crate::{Province, truth};
use anyhow::{Context, bail};
use cell::{Fate, Learn, Rows};
use futures::StreamExt;
use secure::Vault;
use sqlx::PgPool;
use std::collections::BTreeMap;
use std::io::Write;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// How to load.
#[derive(Clone, Debug, Default)]
pub struct LoadOpts {
    /// Where the planted truths go; none: nowhere.
    pub truth: Option<PathBuf>,
    /// Income, living conditions and guarantees only for poor and watched households (a full province).
    pub assisted_only: bool,
}

/// What was loaded.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    pub households: u64,
    /// Rows by table.
    pub rows: BTreeMap<String, u64>,
    pub truths: u64,
    pub seconds: f64,
}

/// A table of the register with the fate of each cell.
struct Target {
    entity: rows::Entity,
    table: String,
    columns: Vec<String>,
    fates: Vec<Fate>,
}

/// Villages that are made, written and committed together.
const TOGETHER: usize = 8;

/// Loads a province into empty tables. `progress` hears how many households are in, of how many.
pub async fn run_demo(
    pool: &PgPool,
    vault: Arc<dyn Vault>,
    province: &Province,
    opts: &LoadOpts,
    progress: impl Fn(u64, u64),
) -> anyhow::Result<Loaded> {
    let began = std::time::Instant::now();
    let targets = Arc::new(targets(pool, province).await?);
    if let Some(taken) = store::first_taken(pool, targets.iter().map(|t| t.table.as_str())).await? {
        bail!("表 {taken} 中已有数据；演示数据只能装入空库。");
    }
    let truths = match &opts.truth {
        Some(path) => {
            Some(std::io::BufWriter::new(std::fs::File::create(path).with_context(|| format!("creating {}", path.display()))?))
        }
        None => None,
    };
    let tables: Vec<&str> = targets.iter().map(|t| t.table.as_str()).collect();
    let lifted = store::lift_row_security(pool, &tables).await?;
    let loaded = stream(pool, vault, province, opts, &targets, truths, progress).await;
    store::restore_row_security(pool, &lifted).await?;
    let mut loaded = loaded?;
    store::analyze(pool, &tables).await?;
    loaded.seconds = began.elapsed().as_secs_f64();
    Ok(loaded)
}

async fn stream(
    pool: &PgPool,
    vault: Arc<dyn Vault>,
    province: &Province,
    opts: &LoadOpts,
    targets: &Arc<Vec<Target>>,
    mut truths: Option<std::io::BufWriter<std::fs::File>>,
    progress: impl Fn(u64, u64),
) -> anyhow::Result<Loaded> {
    let threads = std::thread::available_parallelism().map_or(2, usize::from).clamp(1, 16);
    let chunks: Vec<_> = (0..province.places.len()).step_by(TOGETHER).collect();
    let made = futures::stream::iter(chunks)
        .map(|first| {
            let (province, vault, targets) = (province.clone(), vault.clone(), targets.clone());
            let assisted_only = opts.assisted_only;
            tokio::task::spawn_blocking(move || encode(&province, &*vault, &targets, first..province.places.len(), assisted_only))
        })
        .buffered(threads)
        .map(|chunk| async {
            let chunk = chunk??;
            let targets = targets.clone();
            store::copy(pool, chunk.parts.iter().map(|(n, bytes, _)| (&targets[*n], bytes))).await?;
            anyhow::Ok(chunk)
        })
        .buffered(threads);
    let mut made = std::pin::pin!(made);
    let mut loaded = Loaded::default();
    while let Some(chunk) = made.next().await {
        let chunk = chunk?;
        loaded.households += chunk.households;
        for (n, _, rows) in &chunk.parts {
            *loaded.rows.entry(targets[*n].table.clone()).or_default() += rows;
        }
        if let Some(out) = &mut truths {
            loaded.truths += chunk.truths.len() as u64;
            truth::write(out, &chunk.truths)?;
        }
        progress(loaded.households, province.opts.households);
    }
    if let Some(mut out) = truths {
        out.flush()?;
    }
    Ok(loaded)
}

/// Hands the rows of some tables (`schema.table`) village by village to `take` — table, column names, lines in the text form of COPY —
/// in the order of the regions, instead of loading them. A table that the province has no rows of is never handed. `villages`: places
/// of the villages among all.
pub async fn each_row(
    pool: &PgPool,
    vault: Arc<dyn Vault>,
    province: &Province,
    opts: &LoadOpts,
    tables: &[String],
    villages: Range<usize>,
    mut take: impl AsyncFnMut(&str, &[String], Vec<u8>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut targets = targets(pool, province).await?;
    targets.retain(|t| tables.contains(&t.table));
    let targets = Arc::new(targets);
    let last = villages.end.min(province.places.len());
    let made = futures::stream::iter(villages.step_by(TOGETHER))
        .map(|first| {
            let (province, vault, targets) = (province.clone(), vault.clone(), targets.clone());
            let assisted_only = opts.assisted_only;
            tokio::task::spawn_blocking(move || encode(&province, &*vault, &targets, first..last, assisted_only))
        })
        .buffered(2);
    let mut made = std::pin::pin!(made);
    while let Some(chunk) = made.next().await {
        for (n, lines, _) in chunk??.parts {
            take(&targets[n].table, &targets[n].columns, lines).await?;
        }
    }
    Ok(())
}

struct Chunk {
    households: u64,
    /// Target, bytes, rows.
    parts: Vec<(usize, Vec<u8>, u64)>,
    truths: Vec<truth::Truth>,
}

fn encode(
    province: &Province,
    vault: &dyn Vault,
    targets: &[Target],
    places: Range<usize>,
    assisted_only: bool,
) -> anyhow::Result<Chunk> {
    let villages: Vec<Village> = places.take(TOGETHER).map(|n| province.village(n)).collect();
    let mut chunk = Chunk { households: 0, parts: Vec::new(), truths: Vec::new() };
    for village in &villages {
        chunk.households += village.families.len() as u64;
        for family in &village.families {
            chunk.truths.extend(truth::of_family(village, family));
        }
    }
    for (n, target) in targets.iter().enumerate() {
        let mut rows = Rows::new(&target.table, &target.fates, vault, province.opts.today);
        for village in &villages {
            target.entity.write(&rows::From { province, village, assisted_only }, &mut rows);
        }
        let (bytes, count) = rows.finish()?;
        if count > 0 {
            chunk.parts.push((n, bytes, count));
        }
    }
    Ok(chunk)
}

/// Finds the table of every entity and the fate of its cells; an entity without a table is left out.
async fn targets(pool: &PgPool, province: &Province) -> anyhow::Result<Vec<Target>> {
    let mut out = Vec::new();
    for entity in rows::Entity::ALL {
        let Some((table, catalog)) = store::columns(pool, entity.table()).await? else { continue };
        let mut learn = Learn::default();
        entity.sample(province, &mut learn);
        if learn.0.is_empty() {
            // this province has no such row
            continue;
        }
        let (mut columns, mut fates) = (Vec::new(), Vec::new());
        for (name, sealed) in &learn.0 {
            let has = |n: &str| catalog.iter().any(|c| c.name == n);
            let parts = ["cipher", "token", "ok", "kind"].map(|p| format!("{name}_{p}"));
            let fate = if *sealed && has(&parts[0]) {
                let there = [0, 1, 2, 3].map(|i| has(&parts[i]));
                columns.extend(parts.iter().zip(there).filter(|(_, t)| *t).map(|(p, _)| p.clone()));
                Fate::Sealed(there)
            } else if let Some(column) = catalog.iter().find(|c| c.name == *name) {
                columns.push((*name).to_owned());
                Fate::Plain { array: column.array }
            } else {
                Fate::Skip
            };
            fates.push(fate);
        }
        let missing: Vec<_> =
            catalog.iter().filter(|c| c.required && !columns.contains(&c.name)).map(|c| c.name.as_str()).collect();
        if !missing.is_empty() {
            bail!("{table}: the synthetic province has no value for the required columns {missing:?}");
        }
        out.push(Target { entity, table, columns, fates });
    }
    Ok(out)
}
