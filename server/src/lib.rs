//! The one binary: list of modules, wiring, subcommands.
