//! The whole system, walked from its own lists: every dataset and every endpoint, so that a new one is tested unasked.

mod below;
mod doors;
mod endpoints;
mod figures;
mod imports;
mod killed;
mod lake;
mod matching;
mod once;
mod planted;
mod quality;
mod queries;
mod records;
mod rules;
mod scope;
mod sight;
mod steps;
mod sync;
mod toilet;
mod walk;
