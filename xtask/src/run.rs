//! From a fresh clone to the sign-in page: machine, console, binary, server with a demonstration province.

use crate::setup::setup;
use crate::sh::{cargo, command, files, must, root};
use anyhow::{Result, bail};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

pub fn run(profile: &str, more: &[String]) -> Result<()> {
    setup()?;
    console()?;
    must(cargo(&["build", "--package", "ganong", "--profile", profile]))?;
    let mut c = command(&binary(profile).to_string_lossy(), &["serve", "--demo"]);
    c.args(more);
    println!("$ {}", crate::sh::show(&c));
    // becomes the server, so that an interrupt reaches it alone and it can stop its database
    let never = c.exec();
    bail!("the server cannot be started: {never}");
}

/// Where cargo puts the system's binary.
pub fn binary(profile: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join(if profile == "dev" { "debug" } else { profile }).join("ganong")
}

pub fn console_dir() -> PathBuf {
    root().join("web/console")
}

pub fn npm(args: &[&str]) -> std::process::Command {
    let mut c = command("npm", args);
    c.current_dir(console_dir());
    c
}

/// `npm ci` when the lock file is newer than what it installed.
pub fn packages() -> Result<()> {
    let dir = console_dir();
    let installed = newest(&[dir.join("node_modules/.package-lock.json")]);
    if installed.is_none() || installed < newest(&[dir.join("package-lock.json")]) {
        must(npm(&["ci", "--no-audit", "--no-fund"]))?;
    }
    Ok(())
}

/// Builds the console when anything it is made of is newer than the last build.
pub fn console() -> Result<()> {
    if !console_dir().join("package.json").exists() {
        return Ok(());
    }
    packages()?;
    let mut sources = files(&root().join("web"), &["ts", "vue", "css", "html", "json", "svg"]);
    sources.retain(|p| !p.ends_with("node_modules/.package-lock.json"));
    let built = newest(&[console_dir().join("dist/index.html")]);
    if built.is_none() || built < newest(&sources) {
        must(npm(&["run", "build"]))?;
    }
    Ok(())
}

fn newest(paths: &[impl AsRef<Path>]) -> Option<SystemTime> {
    paths.iter().filter_map(|p| std::fs::metadata(p).ok()?.modified().ok()).max()
}
