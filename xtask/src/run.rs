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
    mini()?;
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

pub fn mini_dir() -> PathBuf {
    root().join("web/mini")
}

pub fn npm(args: &[&str]) -> std::process::Command {
    npm_in(&console_dir(), args)
}

/// npm in the folder of one of the two front ends.
pub fn npm_in(dir: &Path, args: &[&str]) -> std::process::Command {
    let mut c = command("npm", args);
    c.current_dir(dir);
    c
}

/// Packages of both front ends.
pub fn packages() -> Result<()> {
    packages_of(&console_dir(), &[])?;
    // its packages bring no programs of their own that would have to be run at installation
    packages_of(&mini_dir(), &["--ignore-scripts"])
}

/// `npm ci` when the lock file is newer than what it installed.
fn packages_of(dir: &Path, more: &[&str]) -> Result<()> {
    let installed = newest(&[dir.join("node_modules/.package-lock.json")]);
    if installed.is_none() || installed < newest(&[dir.join("package-lock.json")]) {
        must(npm_in(dir, &[&["ci", "--no-audit", "--no-fund"], more].concat()))?;
    }
    Ok(())
}

/// Builds the console when anything it is made of is newer than the last build.
pub fn console() -> Result<()> {
    if !console_dir().join("package.json").exists() {
        return Ok(());
    }
    packages_of(&console_dir(), &[])?;
    built(&console_dir(), "dist/index.html", "build")
}

/// Builds the telephone's pages for the browser (served under `/m/`) when anything they are made of is newer.
pub fn mini() -> Result<()> {
    packages_of(&mini_dir(), &["--ignore-scripts"])?;
    built(&mini_dir(), "dist/build/h5/sw.js", "build")
}

/// Builds the mini-program for WeChat when anything it is made of is newer.
pub fn mini_weixin() -> Result<()> {
    packages_of(&mini_dir(), &["--ignore-scripts"])?;
    built(&mini_dir(), "dist/build/mp-weixin/app.json", "build:mp-weixin")
}

/// Runs a build script when a source of the front end, or one shared by both, is newer than what the last build left.
fn built(dir: &Path, output: &str, script: &str) -> Result<()> {
    let mut sources = files(dir, SOURCES);
    sources.extend(files(&root().join("web/shared"), SOURCES));
    sources.retain(|p| !p.ends_with("node_modules/.package-lock.json"));
    let last = newest(&[dir.join(output)]);
    if last.is_none() || last < newest(&sources) {
        must(npm_in(dir, &["run", script]))?;
    }
    Ok(())
}
const SOURCES: &[&str] = &["ts", "vue", "css", "scss", "html", "json", "svg", "js"];

fn newest(paths: &[impl AsRef<Path>]) -> Option<SystemTime> {
    paths.iter().filter_map(|p| std::fs::metadata(p).ok()?.modified().ok()).max()
}
