//! Import of a file into a dataset: read, look up, check, take the good rows, give the file back with its faults, undo.
//! Must not know a business word.

mod candidate;

pub use candidate::{Candidate, Places, Reader};
