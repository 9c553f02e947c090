//! Everything that must hold, step by step, with counts and times; the last line says `N passed, N failed`.

use crate::run::{binary, console, mini, mini_dir, mini_weixin, npm, npm_in, packages};
use crate::sh::{cargo, output, show};
use crate::{setup, tidy};
use anyhow::{Context, Result};
use cargo_metadata::Message;
use cargo_metadata::diagnostic::DiagnosticLevel;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    passed: u64,
    failed: u64,
}

/// What a first build leaves out is tested all the same.
const ALL: &str = "--features=ganong/cluster";

type Step = (&'static str, fn() -> Result<Count>);

const STEPS: [Step; 11] = [
    ("format", || tool(cargo(&["fmt", "--all", "--", "--check"]))),
    ("tidy", || tidy::report().map(|(passed, failed)| Count { passed, failed })),
    ("console packages", || packages_step().map(one)),
    ("console lint and types", || {
        let lint = tool(npm(&["run", "lint"]))?;
        let types = tool(npm(&["run", "types"]))?;
        Ok(Count { passed: lint.passed + types.passed, failed: lint.failed + types.failed })
    }),
    ("console unit tests", || counted(npm(&["run", "unit"]))),
    ("mini types", || tool(npm_in(&mini_dir(), &["run", "types"]))),
    ("mini unit tests", || counted(npm_in(&mini_dir(), &["run", "unit"]))),
    ("mini for WeChat", || {
        mini_weixin()?;
        counted(npm_in(&mini_dir(), &["run", "inspect"]))
    }),
    ("build with lints", || {
        // the server embeds what the two builds made
        console()?;
        mini()?;
        linted(checked(&["test", "--workspace", ALL, "--no-run", "--message-format=json"]))
    }),
    ("rust tests", || {
        let nextest = output("cargo", &["nextest", "--version"]).is_some();
        counted(if nextest {
            checked(&[
                "nextest",
                "run",
                "--workspace",
                ALL,
                "--no-fail-fast",
                "--status-level",
                "fail",
                "--final-status-level",
                "fail",
            ])
        } else {
            checked(&["test", "--workspace", ALL, "--no-fail-fast"])
        })
    }),
    ("journeys", || {
        mini()?;
        let built = program()?;
        if built.failed > 0 {
            return Ok(built);
        }
        // both wait for a browser most of the time
        let walk = |name: &'static str, mut c: Command| {
            c.env("GANONG_BIN", binary("dev"));
            std::thread::spawn(move || counted_as(name, c))
        };
        let (desk, phone) =
            (walk("console: ", npm(&["run", "journeys"])), walk("mini: ", npm_in(&mini_dir(), &["run", "journeys"])));
        let both = [desk, phone].map(|t| t.join().unwrap_or_else(|_| Ok(Count { passed: 0, failed: 1 })));
        both.into_iter().try_fold(Count::default(), |a, b| {
            let b = b?;
            Ok(Count { passed: a.passed + b.passed, failed: a.failed + b.failed })
        })
    }),
];

/// Runs the steps; false when anything failed.
pub fn test(only: Option<&str>, skip: Option<&str>) -> Result<bool> {
    setup::setup()?;
    let mut total = Count::default();
    let mut lines = Vec::new();
    for (name, step) in STEPS {
        if only.is_some_and(|o| !name.contains(o)) || skip.is_some_and(|s| name.contains(s)) {
            continue;
        }
        println!("\n=== {name}");
        let began = Instant::now();
        let count = step().unwrap_or_else(|e| {
            println!("{e:#}");
            Count { passed: 0, failed: 1 }
        });
        total.passed += count.passed;
        total.failed += count.failed;
        lines.push(line(name, count, began.elapsed()));
        println!("{}", lines.last().map_or("", String::as_str));
    }
    println!("\n=== all steps");
    for l in &lines {
        println!("{l}");
    }
    println!("{} passed, {} failed", total.passed, total.failed);
    Ok(total.failed == 0 && total.passed > 0)
}

fn line(name: &str, c: Count, took: Duration) -> String {
    let mark = if c.failed == 0 { "✓" } else { "✗" };
    format!("{mark} {name}: {} ok, {} not ok, {:.1} s", c.passed, c.failed, took.as_secs_f64())
}

fn one(ok: bool) -> Count {
    if ok { Count { passed: 1, failed: 0 } } else { Count { passed: 0, failed: 1 } }
}

fn packages_step() -> Result<bool> {
    packages().map(|()| true)
}

/// The program that browsers walk. It is the one the Rust tests start: built for `--package ganong` alone, most outside crates would
/// be compiled once more with other features.
fn program() -> Result<Count> {
    tool(checked(&["test", "--workspace", ALL, "--no-run", "--quiet"]))
}

/// Our own crates are compiled by clippy, which is the compiler with more lints: checking them first and compiling them afterwards would
/// go through everything outside twice.
fn checked(args: &[&str]) -> Command {
    let mut c = cargo(args);
    c.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver");
    c
}

/// A build that tells its messages as JSON; a warning fails it too, but what was built stays for the tests.
fn linted(mut c: Command) -> Result<Count> {
    println!("$ {}", show(&c));
    let mut child = c.stdout(Stdio::piped()).spawn().with_context(|| show(&c))?;
    let out = BufReader::new(child.stdout.take().context("stdout")?);
    let mut warned = 0;
    for message in Message::parse_stream(out) {
        if let Message::CompilerMessage(m) = message?
            && matches!(m.message.level, DiagnosticLevel::Warning | DiagnosticLevel::Error)
        {
            println!("{}", m.message.rendered.as_deref().unwrap_or(&m.message.message));
            warned += 1;
        }
    }
    if child.wait()?.success() && warned == 0 {
        return Ok(one(true));
    }
    Ok(Count { passed: 0, failed: warned.max(1) })
}

/// A tool that says yes or no counts as one.
fn tool(mut c: Command) -> Result<Count> {
    println!("$ {}", show(&c));
    Ok(one(c.status().with_context(|| show(&c))?.success()))
}

/// A test runner: its own counts, read from what it prints. One that fails without counting counts as one failure.
fn counted(c: Command) -> Result<Count> {
    counted_as("", c)
}

/// The same where several run side by side: `name` stands before each line.
fn counted_as(name: &'static str, mut c: Command) -> Result<Count> {
    println!("{name}$ {}", show(&c));
    let mut child = c.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().with_context(|| show(&c))?;
    let (out, err) = (child.stdout.take().context("stdout")?, child.stderr.take().context("stderr")?);
    let reader = std::thread::spawn(move || tally(name, err));
    let a = tally(name, out);
    let b = reader.join().unwrap_or_default();
    let mut count = Count { passed: a.passed + b.passed, failed: a.failed + b.failed };
    if !child.wait()?.success() && count.failed == 0 {
        count.failed = 1;
    }
    Ok(count)
}

fn tally(name: &str, stream: impl Read) -> Count {
    let mut count = Count::default();
    for text in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
        let text = plain(&String::from_utf8_lossy(&text));
        println!("{name}{text}");
        if let Some(c) = closing(&text) {
            count.passed += c.passed;
            count.failed += c.failed;
        }
    }
    count
}

/// Without colours.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            chars.by_ref().find(char::is_ascii_alphabetic);
        } else {
            out.push(c);
        }
    }
    out
}

/// Counts in the closing line of cargo test, nextest, vitest, node's runner, or a plain `N passed, N failed`.
fn closing(text: &str) -> Option<Count> {
    let t = text.trim();
    let before = |word: &str| {
        let head = t[..t.find(word)?].trim_end();
        head.rsplit(|c: char| !c.is_ascii_digit()).next()?.parse::<u64>().ok()
    };
    let is_closing = t.starts_with("test result:")
        || t.starts_with("Summary [")
        || (t.starts_with("Tests ") && (t.contains(" passed") || t.contains(" failed")))
        || (t.ends_with(" failed") && t.contains(" passed, ") && t.starts_with(|c: char| c.is_ascii_digit()));
    if is_closing {
        return Some(Count { passed: before(" passed").unwrap_or(0), failed: before(" failed").unwrap_or(0) });
    }
    let node = |p: &str| t.strip_prefix(p).and_then(|n| n.trim().parse::<u64>().ok());
    match (node("# pass ").or(node("ℹ pass ")), node("# fail ").or(node("ℹ fail "))) {
        (Some(passed), _) => Some(Count { passed, failed: 0 }),
        (_, Some(failed)) => Some(Count { passed: 0, failed }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_of_each_runner_are_counted() {
        for (text, want) in [
            ("test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.84s", Some((12, 0))),
            ("     Summary [   3.120s] 40 tests run: 38 passed (1 slow), 2 failed, 3 skipped", Some((38, 2))),
            ("     Summary [   3.120s] 40 tests run: 40 passed, 0 skipped", Some((40, 0))),
            ("      Tests  1 failed | 12 passed (13)", Some((12, 1))),
            ("      Tests  12 passed (12)", Some((12, 0))),
            ("7 passed, 1 failed", Some((7, 1))),
            ("# pass 5", Some((5, 0))),
            ("ℹ fail 2", Some((0, 2))),
            ("Tests are good for you", None),
            ("one passed, none failed", None),
            (" Test Files  3 passed (3)", None),
        ] {
            assert_eq!(closing(text), want.map(|(passed, failed)| Count { passed, failed }), "{text}");
        }
        assert_eq!(plain("\u{1b}[32m12 passed\u{1b}[0m"), "12 passed");
    }
}
