//! The whole system, walked from its own lists: every dataset and every endpoint, so that a new one is tested unasked.

mod below;
mod doors;
mod figures;
mod imports;
mod quality;
mod queries;
mod records;
mod rules;
mod scope;
mod sight;
mod sync;
mod walk;
