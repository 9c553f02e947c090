//! Descriptions: datasets, code lists, flows, sheets, reports and policy, read from TOML and linted as a whole.
//! Must not know a database, HTTP or any business word; other rooms act on what is read here.

pub mod bulletin;
pub mod catalog;
pub mod codes;
pub mod condition;
pub mod dataset;
pub mod ddl;
pub mod feed;
pub mod flow;
pub mod kind;
pub mod ledger;
pub mod lint;
pub mod module;
pub mod report;
pub mod rule;
pub mod ruleset;
pub mod value;
pub mod view;

pub use bulletin::Bulletin;
pub use catalog::{Catalog, Descriptions};
pub use codes::{CodeItem, CodeList};
pub use condition::Condition;
pub use dataset::{Check, Dataset, Field, Need, Place, Severity};
pub use feed::{Feed, Gone, Package, PackageFile, PackageRoles, Serial, Source};
pub use flow::{Flow, State, Transition};
pub use kind::{Kind, Sensitivity};
pub use ledger::Ledger;
pub use module::{Menu, ModuleFile, Verb};
pub use report::{Measure, Report};
pub use ruleset::{Grade, Rule};
pub use value::Value;
pub use view::View;
