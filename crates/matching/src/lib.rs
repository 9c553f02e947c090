//! Who a line of a department's list is about. Three steps: the number as it is written; the number as it was probably meant; name,
//! birth and village. Each link says by which step it was made and how sure it is; what is not sure enough waits for a person.
//!
//! Everything here is decided without a database: [`numbers`] says what to look up (the caller asks by look-up token, so that
//! no plain number is compared anywhere), [`decide`] says what the answers mean. Must not know where people are kept.

mod cascade;
pub mod names;
pub mod repair;

pub use cascade::{Candidate, Claim, Method, Outcome, Person, Query, Why, decide, numbers};
