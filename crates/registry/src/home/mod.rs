//! The first screen of everybody. Must not know how figures are drawn.

mod http;

pub(crate) use http::routes;
