//! Import of a file into a dataset: read, look up, check, take the good rows, give the file back with its faults, undo.
//! Must not know a business word.

mod candidate;
mod job;
pub(crate) mod store;
mod take;
mod undo;
mod write;

pub use candidate::{Candidate, Places, Reader};
pub use job::{IMPORT, Importer, allow, batch_no, payload};
pub use take::Totals;
