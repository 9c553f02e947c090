//! The whole system, walked from its own lists: every dataset and every endpoint, so that a new one is tested unasked.

mod below;
#[cfg(feature = "cluster")]
mod cluster;
mod compare;
mod doors;
mod endpoints;
mod extracts;
mod figures;
mod imports;
mod interface;
mod killed;
mod lake;
mod matching;
mod model;
mod once;
mod packs;
mod planted;
mod quality;
mod queries;
mod records;
mod rules;
mod scope;
mod sight;
mod steps;
mod steward;
mod sync;
mod toilet;
mod walk;
mod wechat;
mod wide_query;
