//! 农户自主申报 without an account: what is asked, the receipt, and what a household hears back (domain 01 §2.13). Must not
//! contain SQL.

pub(crate) mod http;
mod rules;
mod store;
