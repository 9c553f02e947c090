//! Peers run outside this process: Python packages in an environment of their own, npm packages in a folder of their own.
//! One that cannot be installed is a sentence in the line, never a failure of the benchmark.

use super::{Options, Sample, Side, memory, say};
use anyhow::{Context, Result, bail};
use async_trait::async_trait;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::Command;

/// A Python environment with some packages.
#[derive(Clone, Debug)]
pub struct Python {
    program: PathBuf,
}

impl Python {
    /// Makes (once) `bench/py-<name>` with these packages, written as pip wants them.
    pub async fn with(o: &Options, name: &str, packages: &[&str]) -> Result<Python> {
        let folder = o.folder().join(format!("py-{name}"));
        let program = folder.join("bin/python");
        let done = folder.join("installed.txt");
        let wanted = packages.join("\n");
        if std::fs::read_to_string(&done).is_ok_and(|t| t == wanted) {
            return Ok(Python { program });
        }
        say(&format!("installing {} for comparison …", packages.join(", ")));
        quiet(Command::new("python3").args(["-m", "venv"]).arg(&folder)).await.context("python3 -m venv")?;
        let mut pip = Command::new(&program);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(packages);
        quiet(&mut pip).await.with_context(|| format!("pip install {}", packages.join(" ")))?;
        std::fs::write(&done, wanted)?;
        Ok(Python { program })
    }

    /// Runs a script whose last line of output is a JSON value.
    pub async fn ask(&self, script: &str, args: &[&str]) -> Result<serde_json::Value> {
        let out = Command::new(&self.program).args(["-c", script]).args(args).stderr(Stdio::inherit()).output().await?;
        anyhow::ensure!(out.status.success(), "the script ended with {}", out.status);
        let text = String::from_utf8_lossy(&out.stdout);
        Ok(serde_json::from_str(text.lines().last().unwrap_or("null"))?)
    }

    pub fn program(&self) -> &Path {
        &self.program
    }
}

/// An npm folder with some packages.
#[derive(Clone, Debug)]
pub struct Node {
    pub folder: PathBuf,
}

impl Node {
    /// Makes (once) `bench/npm-<name>` with these packages, written as npm wants them.
    pub async fn with(o: &Options, name: &str, packages: &[&str]) -> Result<Node> {
        let folder = o.folder().join(format!("npm-{name}"));
        std::fs::create_dir_all(&folder)?;
        let done = folder.join("installed.txt");
        let wanted = packages.join("\n");
        if std::fs::read_to_string(&done).is_ok_and(|t| t == wanted) {
            return Ok(Node { folder });
        }
        say(&format!("installing {} for comparison …", packages.join(", ")));
        std::fs::write(folder.join("package.json"), "{\"private\": true}\n")?;
        let mut npm = Command::new("npm");
        npm.current_dir(&folder).args(["install", "--no-audit", "--no-fund", "--silent"]).args(packages);
        quiet(&mut npm).await.with_context(|| format!("npm install {}", packages.join(" ")))?;
        std::fs::write(&done, wanted)?;
        Ok(Node { folder })
    }
}

async fn quiet(c: &mut Command) -> Result<()> {
    let out = c.stdin(Stdio::null()).output().await?;
    if out.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&out.stderr);
    bail!("{}", text.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or("it failed without a word"))
}

/// A peer that is one script run as a process of its own: from its start to its end, its interpreter's start included unless
/// the script prints a line `seconds <n>`.
pub struct Script {
    pub title: String,
    pub program: PathBuf,
    pub args: Vec<String>,
}

impl Script {
    pub fn python(title: &str, python: &Python, script: &str, args: &[String]) -> Script {
        let mut all = vec!["-c".to_owned(), script.to_owned()];
        all.extend(args.iter().cloned());
        Script { title: title.to_owned(), program: python.program.clone(), args: all }
    }
}

#[async_trait]
impl Side for Script {
    fn name(&self) -> String {
        self.title.clone()
    }

    async fn run(&mut self) -> Result<Sample> {
        let begun = Instant::now();
        let mut child = Command::new(&self.program)
            .args(&self.args)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()?;
        let pid = child.id().unwrap_or_default();
        let mut peak = None;
        let status = loop {
            tokio::select! {
                done = child.wait() => break done?,
                () = tokio::time::sleep(Duration::from_millis(20)) => peak = memory::peak_of(pid).max(peak),
            }
        };
        let whole = begun.elapsed().as_secs_f64();
        anyhow::ensure!(status.success(), "it ended with {status}");
        let mut text = String::new();
        if let Some(mut out) = child.stdout.take() {
            tokio::io::AsyncReadExt::read_to_string(&mut out, &mut text).await?;
        }
        let said = text.lines().find_map(|l| l.strip_prefix("seconds ")?.trim().parse().ok());
        Ok(Sample { seconds: said.unwrap_or(whole), peak, more: vec![] })
    }
}
