//! The department line, first item: 住院结算 (item 31) → matched by identity token → rule W03 → proposed clues.
//! Must not dispatch: a person of the province approves what is proposed here.

mod job;
mod propose;
mod read;
mod rules;
mod store;

pub(crate) use job::{KIND, MedicalBatch, payload};
