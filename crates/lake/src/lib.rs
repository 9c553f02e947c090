//! The columnar copy of the records: what is counted and scanned over a county, a city or the province.
//!
//! PostgreSQL holds the records; the lake can be thrown away and built again. Each dataset is a Delta table, a part a county.
//! A change leaves a mark in its own transaction (`app.change_mark`); the [`refresh`] copies marked parts and puts them in
//! place in one commit; the publication is recorded in PostgreSQL, and plans read by that record. Must not know a business
//! word, HTTP, or who asks.

mod checkpoint;
#[cfg(feature = "cluster")]
pub mod cluster;
mod copy;
pub mod count;
pub mod delta;
pub mod diff;
pub mod engine;
pub mod fill;
pub mod items;
pub mod job;
pub mod keep;
pub mod plan;
pub mod query;
pub mod refresh;
pub mod scan;
pub mod shape;
pub mod snapshot;
pub mod store;
mod table;
pub mod verify;
pub mod whose;
mod write;

pub use count::LakeCount;
pub use engine::{Bounds, Engine};
pub use items::Item;
pub use query::LakeQuery;
pub use scan::LakeScan;
pub use snapshot::SnapshotTable;
pub use store::{Moment, When};

use base::{Error, Result};
use meta::Catalog;
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::prefix::PrefixStore;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Schema `app`: shapes, publications and files.
pub static MIGRATIONS: include_dir::Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/migrations");

/// Where the lake lies and what it may use.
#[derive(Clone, Debug)]
pub struct Config {
    /// A folder, or `s3://bucket/prefix` with the usual `AWS_…` variables (also for OSS, OBS, MinIO by `AWS_ENDPOINT`).
    pub place: String,
    /// For what does not fit into memory.
    pub spill: PathBuf,
    pub bounds: Bounds,
}

/// The lake. Cheap to clone.
#[derive(Clone)]
pub struct Lake(Arc<Parts>);

pub struct Parts {
    pub db: ::store::Db,
    pub catalog: Arc<Catalog>,
    pub files: Arc<dyn ObjectStore>,
    pub engine: Engine,
    /// What is kept of files, half as much as plans may use, and beside it.
    places: Arc<table::Places>,
    /// Publications by number; they never change.
    moments: Mutex<HashMap<i64, Arc<Moment>>>,
    items: tokio::sync::OnceCell<Arc<Vec<Item>>>,
}

impl std::ops::Deref for Lake {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Lake {
    pub fn open(db: ::store::Db, catalog: Arc<Catalog>, config: &Config) -> Result<Lake> {
        let files = place(&config.place)?;
        let engine = Engine::new(files.clone(), &config.spill, config.bounds.clone())?;
        let places = Arc::new(table::Places::new(files.clone(), engine.bounds().memory / 2));
        Ok(Lake(Arc::new(Parts {
            db,
            catalog,
            files,
            engine,
            places,
            moments: Mutex::default(),
            items: tokio::sync::OnceCell::new(),
        })))
    }

    /// What a dataset held at a moment; none when nothing was published then.
    pub async fn moment(&self, dataset: &str, when: When) -> Result<Option<Arc<Moment>>> {
        let Some((id, _)) = store::publication(self.db.pool(), dataset, when).await? else { return Ok(None) };
        self.publication(id).await.map(Some)
    }

    /// A publication by its number.
    pub async fn publication(&self, id: i64) -> Result<Arc<Moment>> {
        let known =
            |m: &Mutex<HashMap<i64, Arc<Moment>>>| m.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(&id).cloned();
        if let Some(m) = known(&self.moments) {
            return Ok(m);
        }
        let m = Arc::new(store::moment(self.db.pool(), id).await?);
        let mut all = self.moments.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if all.len() > 1000 {
            all.clear();
        }
        all.insert(id, m.clone());
        Ok(m)
    }
}

/// Opens the place where the files lie.
pub(crate) fn place(at: &str) -> Result<Arc<dyn ObjectStore>> {
    let wrong = |e: String| {
        Error::invalid("lake.bad_place", "数据湖位置不正确，请填写文件夹，或 s3://桶/路径（访问参数用 AWS_ 环境变量给出）。")
            .because(e)
    };
    if at.contains("://") {
        if !cfg!(feature = "s3") {
            return Err(Error::invalid(
                "lake.no_s3",
                "本程序编译时未包含对象存储支持，请改用文件夹，或换用带 s3 特性编译的程序（--features s3）。",
            ));
        }
        let url = url::Url::parse(at).map_err(|e| wrong(e.to_string()))?;
        let options = std::env::vars().filter(|(k, _)| k.starts_with("AWS_")).map(|(k, v)| (k.to_lowercase(), v));
        let (store, path) = object_store::parse_url_opts(&url, options).map_err(|e| wrong(e.to_string()))?;
        return Ok(Arc::new(PrefixStore::new(Arc::<dyn ObjectStore>::from(store), path)));
    }
    std::fs::create_dir_all(Path::new(at))?;
    Ok(Arc::new(LocalFileSystem::new_with_prefix(at).map_err(write::storage)?))
}
