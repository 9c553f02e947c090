//! For tests: a whole system over a fresh database, people at every level, rows made from descriptions.
//! Must not know what a test wants to show.

mod build;
pub mod plant;
pub mod plant_pg;
mod world;

pub use build::{Maker, identity_number};
pub use world::{Answer, PASSWORD, Person, World};
