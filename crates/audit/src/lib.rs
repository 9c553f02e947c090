//! Append-only trail with an SM3 hash chain: who saw and did what.
