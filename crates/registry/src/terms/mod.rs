//! What things are called and which monitoring line holds, by year (domain 01 §0.3, §0.4). Must not know who shows it.

pub(crate) mod http;
mod store;
