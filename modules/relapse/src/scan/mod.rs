//! 身份证扫描: a photograph is read and forgotten; a line says who scanned when and how sure the reading was, without a value
//! (domain 01 §6.6). Must not contain SQL.

pub(crate) mod http;
mod store;
