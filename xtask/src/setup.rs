//! What the machine needs: Rust with its parts, Node, PostgreSQL's programs, Chromium, fonts. Installs by apt-get when root.

use crate::sh::{command, must, output};
use anyhow::{Result, bail};
use std::path::Path;

struct Need {
    what: &'static str,
    found: fn() -> Option<String>,
    /// Debian packages that bring it.
    packages: &'static [&'static str],
    /// What to do where apt-get does not help.
    otherwise: &'static str,
}

const NEEDS: [Need; 9] = [
    Need {
        what: "Rust ≥ 1.90 with rustfmt and clippy",
        found: || {
            output("cargo", &["fmt", "--version"])?;
            output("cargo", &["clippy", "--version"])?;
            output("rustc", &["--version"])
        },
        packages: &[],
        otherwise: "rustup toolchain install stable --component rustfmt,clippy",
    },
    Need { what: "C compiler", found: || first_line("cc", &["--version"]), packages: &["build-essential"], otherwise: "" },
    Need {
        what: "Node.js ≥ 20",
        found: || output("node", &["--version"]).filter(|v| major(v) >= 20),
        packages: &["nodejs"],
        otherwise: "install Node.js 20 or newer from nodejs.org",
    },
    Need { what: "npm", found: || output("npm", &["--version"]), packages: &["npm"], otherwise: "npm comes with Node.js" },
    Need {
        what: "PostgreSQL ≥ 15 programs",
        found: postgres,
        packages: &["postgresql"],
        otherwise: "install PostgreSQL 15 or newer",
    },
    Need {
        what: "account that PostgreSQL can run under",
        found: || {
            let root = output("id", &["-u"])? == "0";
            let passwd = std::fs::read_to_string("/etc/passwd").ok()?;
            (!root || passwd.lines().any(|l| l.starts_with("postgres:")))
                .then(|| if root { "postgres" } else { "this one" }.into())
        },
        packages: &["postgresql-common"],
        otherwise: "useradd --system postgres",
    },
    Need {
        what: "Chromium (browser journeys)",
        found: || ["chromium", "chromium-browser", "google-chrome"].iter().find_map(|c| output(c, &["--version"])),
        packages: &["chromium"],
        otherwise: "install Chromium or Chrome",
    },
    Need {
        what: "Tesseract with Chinese data (identity cards)",
        found: || {
            let known = output("tesseract", &["--list-langs"])?;
            known.lines().any(|l| l.trim() == "chi_sim").then(|| first_line("tesseract", &["--version"]).unwrap_or_default())
        },
        packages: &["tesseract-ocr", "tesseract-ocr-chi-sim"],
        otherwise: "install Tesseract 5 with the language chi_sim",
    },
    Need {
        what: "Chinese fonts (screenshots)",
        found: || {
            let known = output("fc-list", &[":lang=zh", "family"]).filter(|s| !s.is_empty());
            known.map(|_| "yes".into())
        },
        packages: &["fonts-noto-cjk", "fontconfig"],
        otherwise: "install a font with Chinese characters",
    },
];

fn first_line(program: &str, args: &[&str]) -> Option<String> {
    output(program, args)?.lines().next().map(str::to_owned)
}

/// First number in a version text.
pub fn major(version: &str) -> u32 {
    let digits: String = version.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

fn postgres() -> Option<String> {
    let in_debian = (15..40).rev().map(|v| format!("/usr/lib/postgresql/{v}/bin/postgres")).find(|p| Path::new(p).exists());
    let program = in_debian.unwrap_or_else(|| "postgres".into());
    output(&program, &["--version"]).filter(|v| major(v) >= 15)
}

/// Checks everything; installs what is missing, or says exactly how.
pub fn setup() -> Result<()> {
    let mut missing = look(true);
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().flat_map(|n| n.packages).copied().collect();
    let is_root = output("id", &["-u"]).as_deref() == Some("0");
    let has_apt = output("apt-get", &["--version"]).is_some();
    if !packages.is_empty() && is_root && has_apt {
        let mut update = command("apt-get", &["update", "-qq"]);
        update.env("DEBIAN_FRONTEND", "noninteractive");
        must(update)?;
        let mut install = command("apt-get", &["install", "-y", "-qq", "--no-install-recommends"]);
        install.args(&packages).env("DEBIAN_FRONTEND", "noninteractive");
        must(install)?;
        missing = look(false);
    }
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().flat_map(|n| n.packages).copied().collect();
    if !packages.is_empty() && has_apt && !is_root {
        println!("\n  sudo apt-get update && sudo apt-get install -y --no-install-recommends {}\n", packages.join(" "));
    }
    for n in &missing {
        if !n.otherwise.is_empty() {
            println!("  {}: {}", n.what, n.otherwise);
        }
    }
    bail!("{} thing(s) this machine needs are missing; see the lines above", missing.len());
}

fn look(say: bool) -> Vec<&'static Need> {
    NEEDS
        .iter()
        .filter(|n| {
            let found = (n.found)();
            if say {
                println!("{} {}: {}", if found.is_some() { "✓" } else { "✗" }, n.what, found.as_deref().unwrap_or("missing"));
            }
            found.is_none()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn versions_are_read_from_what_programs_print() {
        for (text, n) in [("v20.20.2", 20), ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", 15), ("none", 0)] {
            assert_eq!(super::major(text), n);
        }
    }
}
