//! Directions between rooms, read from cargo's own metadata and each room's `[package.metadata.room] layer`.
//! Source: architecture, "Directions that never break".

use super::Finding;
use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, MetadataCommand};
use std::collections::BTreeMap;

/// Lower rooms first; a room may depend on its own rank and below, except where said otherwise.
fn rank(layer: &str) -> Option<u8> {
    Some(match layer {
        "base" => 0,
        "engine" => 1,
        "http" => 2,
        "registry" => 3,
        "module" => 4,
        // the synthetic province and the chores stand beside the modules; only the server may use them
        "tool" => 5,
        "server" => 6,
        // for tests only
        "test" => 7,
        _ => return None,
    })
}

/// Crates that only some rooms may name in their Cargo.toml, with the rooms.
const KEPT: [(&str, &[&str]); 7] = [
    ("datafusion", &["lake"]),
    ("deltalake", &["lake"]),
    ("arrow", &["lake"]),
    ("parquet", &["lake"]),
    ("rust_xlsxwriter", &["sheet", "synth", "report"]),
    ("calamine", &["sheet", "registry", "synth"]),
    ("object_store", &["files", "lake", "ganong"]),
];
/// What base rooms must not know.
const NOT_IN_BASE: [&str; 4] = ["tokio", "sqlx", "axum", "reqwest"];

/// Whether a room of one layer may depend on a room of another.
fn may(from: &str, to: &str) -> bool {
    let (Some(f), Some(t)) = (rank(from), rank(to)) else { return false };
    to != "test" && t <= f && !(from == "module" && to == "module") && !(to == "tool" && from != "server")
}

pub fn check() -> Result<Vec<Finding>> {
    let meta = MetadataCommand::new().current_dir(crate::sh::root()).no_deps().exec().context("cargo metadata")?;
    let layers: BTreeMap<String, Option<String>> =
        meta.packages.iter().map(|p| (p.name.to_string(), p.metadata["room"]["layer"].as_str().map(str::to_owned))).collect();
    let (mut nameless, mut upward, mut kept, mut base, mut unwatched) = (vec![], vec![], vec![], vec![], vec![]);
    for p in &meta.packages {
        let name = p.name.to_string();
        let home = p.manifest_path.parent().context("a manifest has a folder")?;
        let embeds = ["migrations", "meta", "seeds"].iter().any(|f| home.join(f).is_dir());
        let script = p.targets.iter().find(|t| t.kind.contains(&cargo_metadata::TargetKind::CustomBuild));
        let shared =
            script.is_some_and(|t| t.src_path.canonicalize_utf8().is_ok_and(|s| s.parent() == Some(&meta.workspace_root)));
        if embeds && !shared {
            unwatched.push(format!("{name}: build = \"../../build.rs\" is missing in its Cargo.toml"));
        }
        let Some(layer) = layers[&name].as_deref().filter(|l| rank(l).is_some()) else {
            nameless.push(format!("{name}: [package.metadata.room] layer is missing or unknown"));
            continue;
        };
        for d in &p.dependencies {
            if let Some(Some(to)) = layers.get(&d.name) {
                // tests may use the test kit and whatever is below a module
                let test_use = d.kind == DependencyKind::Development && !(layer == "module" && to == "module");
                if !test_use && !may(layer, to) {
                    upward.push(format!("{name} ({layer}) depends on {} ({to})", d.name));
                }
            }
            if let Some((_, rooms)) = KEPT.iter().find(|(k, _)| *k == d.name)
                && d.kind == DependencyKind::Normal
                && !rooms.contains(&name.as_str())
            {
                kept.push(format!("{name} depends on {}, which is kept to {}", d.name, rooms.join(", ")));
            }
            if layer == "base" && NOT_IN_BASE.contains(&d.name.as_str()) {
                base.push(format!("{name} depends on {}", d.name));
            }
        }
    }
    Ok(vec![
        Finding { rule: "every room names its layer", broken: nameless },
        Finding { rule: "no room depends on a higher one, no module on a module", broken: upward },
        Finding { rule: "libraries with one home stay there", broken: kept },
        Finding { rule: "rooms that embed folders are rebuilt when a file comes or goes", broken: unwatched },
        Finding { rule: "base rooms know no database, runtime or HTTP", broken: base },
    ])
}

#[cfg(test)]
mod tests {
    use super::may;

    #[test]
    fn directions_are_those_of_the_architecture() {
        for (from, to, allowed) in [
            ("engine", "base", true),
            ("engine", "engine", true),
            ("http", "engine", true),
            ("module", "registry", true),
            ("server", "module", true),
            ("server", "tool", true),
            ("tool", "registry", true),
            ("base", "engine", false),
            ("engine", "http", false),
            ("registry", "module", false),
            ("module", "module", false),
            ("module", "tool", false),
            ("server", "test", false),
            ("engine", "elsewhere", false),
        ] {
            assert_eq!(may(from, to), allowed, "{from} -> {to}");
        }
    }
}
