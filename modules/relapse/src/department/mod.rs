//! The department line: any item of the catalogue (domain 01 §6.1) → matched by identity token → warning rules (§6.3) → scored,
//! proposed clues. Must not dispatch: a person of the province approves what is proposed here.

pub(crate) mod ask;
mod facts;
pub mod items;
mod job;
pub(crate) mod judge;
mod places;
pub(crate) mod prepare;
mod propose;
mod quality;
mod read;
pub(crate) mod rules;
pub(crate) mod store;
pub(crate) mod supplement;
mod who;

pub(crate) use items::find;
pub(crate) use job::{DepartmentBatch, KIND, payload};
pub(crate) use read::wants;
pub(crate) use store::item_of;
