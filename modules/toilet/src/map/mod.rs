//! 户厕一张图 (domain 02 A8): below the county the villages as points, in a village its toilets, with what is in use and what is a
//! problem. Names and numbers of people are not in it; a point leads to the record, where the masks hold.

pub(crate) mod http;
mod rules;
mod store;
