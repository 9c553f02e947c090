//! The weekly delivery with real files of two weeks: every planted change is found and nothing else, local fields stay, limits
//! hold, a killed job goes on, a roll-back restores.

mod bad_files;
mod folder;
mod story;
mod world;
