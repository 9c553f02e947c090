//! Calls the system's own binary: benchmarks in the release profile, generated documents in the development profile.

use crate::sh::{cargo, must};
use anyhow::Result;

pub fn bench(name: &str, more: &[String]) -> Result<()> {
    let mut args = vec![name.to_owned()];
    args.extend(more.iter().cloned());
    ganong("release", "bench", &args)
}

/// `ganong <subcommand> <more>`, built first.
pub fn ganong(profile: &str, subcommand: &str, more: &[String]) -> Result<()> {
    let mut c = cargo(&["run", "--quiet", "--package", "ganong", "--profile", profile, "--", subcommand]);
    c.args(more);
    must(c)
}
