//! Synthetic photographs of identity cards, and how well they are read.
#![expect(clippy::print_stdout, reason = "the measured shares are read by people")]

mod accuracy;
mod card;
