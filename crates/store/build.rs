//! Rebuilds when a migration file comes or goes; `include_dir` itself notices only changed ones.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
