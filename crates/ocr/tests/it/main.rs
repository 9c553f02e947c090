//! Synthetic photographs of identity cards, and how well they are read.

mod accuracy;
mod card;
