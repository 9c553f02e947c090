//! Printed forms of a household (domain 01 §7.1, §7.2): 信息对照表 and 收入信息采集表, one household a page, a village in one
//! file, Word or Excel, as a job. Every value is read through `record`, masked as this actor may see it.

pub(crate) mod http;
mod job;
mod lines;
mod rules;

pub use job::{Households, KIND};
