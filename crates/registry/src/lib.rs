//! The ground: regions with history, households, members, weekly sync.

pub mod region;
