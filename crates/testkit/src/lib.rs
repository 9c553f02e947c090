//! For tests: a whole system over a fresh database, people at every level, rows made from descriptions.
//! Must not know what a test wants to show.

mod build;
mod world;

pub use build::{Maker, identity_number};
pub use world::{Answer, Person, World};
