//! The rows of any dataset: list, get, create, patch, delete, history, children, plain values on request.
//! Must not know HTTP, Excel or any business word; everything it does is said by a description.
//!
//! Three questions in this order: may this role do this here (policy, asked by the caller through [`Records::allow`]),
//! which rows (scope: the transaction's range here, row-level security below), which fields (sensitivity: [`sight`]).

mod batch;
mod bulk;
pub mod hooks;
mod many;
mod meant;
mod once;
pub mod query;
mod reach;
pub mod search;
mod serial;
mod settle;
pub mod sight;
mod store;
pub mod write;

pub use batch::{Change, Version};
pub use hooks::{Hook, Hooks, Stored, Watch};
pub use many::{NewRow, Target};
pub use once::Once;
pub use query::{ListQuery, Page};
pub use reach::row_exists;
pub use serial::{Serials, attached};
pub use sight::Sight;
pub use store::HistoryLine;
pub use write::{Provenance, Saved};

use base::{Actor, Error, Result};
use include_dir::{Dir, include_dir};
use meta::{Catalog, Dataset, Verb};
use std::sync::Arc;

/// The tables of kept queries and of writes that may be repeated.
pub static MIGRATIONS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/migrations");

/// A row in wire form.
pub type Row = serde_json::Map<String, serde_json::Value>;

/// The fields of a JSON object; none of anything else.
pub fn object(j: serde_json::Value) -> Row {
    match j {
        serde_json::Value::Object(m) => m,
        _ => Row::new(),
    }
}

/// Names of regions, given by the registry.
pub trait RegionNames: Send + Sync {
    /// Short name, or none for a code that does not exist (any more).
    fn name(&self, code: &str) -> Option<String>;
    /// Whether rows may be put there today.
    fn is_valid(&self, code: &str) -> bool;
}

/// The engine. Cheap to clone.
#[derive(Clone)]
pub struct Records {
    pub catalog: Arc<Catalog>,
    pub vault: Arc<dyn secure::Vault>,
    pub regions: Arc<dyn RegionNames>,
    pub hooks: Arc<Hooks>,
    pub sight: Arc<sight::Roles>,
}

impl Records {
    pub fn dataset(&self, id: &str) -> Result<&Arc<Dataset>> {
        self.catalog.dataset(id).ok_or_else(|| Error::not_found("record.no_dataset", "没有这类数据，请从菜单重新进入。"))
    }

    /// First question: may this role do this to this dataset?
    pub fn allow(&self, actor: &Actor, dataset: &Dataset, verb: Verb) -> Result<()> {
        if actor.is_system() || self.catalog.roles_for(&dataset.id, verb).contains(actor.role.as_str()) {
            return Ok(());
        }
        Err(Error::forbidden(
            "record.not_allowed",
            format!("您当前的岗位不能{}“{}”，如确需办理请联系本级管理员。", verb_word(verb), dataset.title),
        ))
    }

    pub fn may(&self, actor: &Actor, dataset: &Dataset, verb: Verb) -> bool {
        self.allow(actor, dataset, verb).is_ok()
    }
}

fn verb_word(v: Verb) -> &'static str {
    match v {
        Verb::Read => "查看",
        Verb::Create => "新增",
        Verb::Update => "修改",
        Verb::Delete => "删除",
        Verb::Import => "导入",
        Verb::Export => "导出",
        Verb::Unmask => "查看明文：",
    }
}

/// The answer outside one's rows, and for a row that never was.
pub(crate) fn gone(dataset: &Dataset) -> Error {
    Error::not_found("record.not_found", format!("没有找到这条“{}”，可能已被删除，或不在您的辖区内。", dataset.title))
}

/// The day in China, on which numbers and ages are reckoned.
pub fn today() -> chrono::NaiveDate {
    (chrono::Utc::now() + chrono::Duration::hours(8)).date_naive()
}
