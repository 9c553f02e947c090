//! Skeletons of a module and of a dataset: files that load, with the places to fill in.

use crate::sh::root;
use anyhow::{Result, bail};
use clap::Subcommand;
use std::path::Path;

#[derive(Subcommand)]
pub enum What {
    /// A crate under modules/
    Module { name: String, title: String },
    /// A description under the module's meta/datasets/
    Dataset { id: String, title: String },
}

pub fn new(what: What) -> Result<()> {
    match what {
        What::Module { name, title } => module(&root(), &name, &title),
        What::Dataset { id, title } => dataset(&root(), &id, &title),
    }
}

fn is_name(s: &str) -> bool {
    s.starts_with(|c: char| c.is_ascii_lowercase()) && s.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn put(path: &Path, text: &str) -> Result<()> {
    if path.exists() {
        bail!("{} exists already", path.display());
    }
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir)?;
    }
    std::fs::write(path, text)?;
    println!("+ {}", path.display());
    Ok(())
}

fn module(root: &Path, name: &str, title: &str) -> Result<()> {
    if !is_name(name) {
        bail!("a module is named in lower case: letters, digits, underscore");
    }
    let dir = root.join("modules").join(name);
    let dependencies =
        ["base", "meta", "store", "record", "flow", "include_dir"].map(|d| format!("{d}.workspace = true\n")).concat();
    put(
        &dir.join("Cargo.toml"),
        &format!(
            "[package]\nname = \"{name}\"\nversion.workspace = true\nedition.workspace = true\nrust-version.workspace = true\n\
             license.workspace = true\npublish.workspace = true\nbuild = \"../../build.rs\"\ndescription = \"{title}\"\n\n[package.metadata.room]\nlayer = \"module\"\n\n\
             [lints]\nworkspace = true\n\n[dependencies]\n{dependencies}"
        ),
    )?;
    put(
        &dir.join("module.toml"),
        &format!(
            "id = \"{name}\"\ntitle = \"{title}\"\nschema = \"{name}\"\nreads = []\n\n[roles]\n\n# [[menu]]\n# title = \"{title}\"\n# dataset = \"{name}.\"\n# group = \"\"\n# order = 10\n\n[policy]\n"
        ),
    )?;
    put(
        &dir.join("README.md"),
        &format!("# {title}\n\n## 用途\n\n## 谁在用\n\n## 名词\n\n## 数据集\n\n## 流程\n\n## 报表\n\n## 作业\n\n## 采购条目\n"),
    )?;
    put(
        &dir.join("src/lib.rs"),
        &format!(
            "//! {title}. Must not know other modules.\n\n/// Descriptions and migrations of this module.\n\
             pub static FOLDER: include_dir::Dir<'static> = include_dir::include_dir!(\"$CARGO_MANIFEST_DIR\");\n"
        ),
    )?;
    for sub in ["meta/codes", "meta/datasets", "meta/flows", "meta/sheets", "meta/reports", "migrations"] {
        std::fs::create_dir_all(dir.join(sub))?;
    }
    println!(
        "now: add `{name} = {{ path = \"modules/{name}\" }}` to Cargo.toml, list the module in server, then `cargo xtask new dataset {name}.<name> <title>`"
    );
    Ok(())
}

fn dataset(root: &Path, id: &str, title: &str) -> Result<()> {
    let Some((module, name)) = id.split_once('.').filter(|(m, n)| is_name(m) && is_name(n)) else {
        bail!("a dataset is named <module>.<name>, both in lower case");
    };
    let homes = [root.join("modules").join(module), root.join("crates").join(module)];
    let Some(dir) = homes.iter().find(|d| d.join("module.toml").exists()) else {
        bail!("there is no module {module}; `cargo xtask new module {module} <title>` makes one");
    };
    put(
        &dir.join(format!("meta/datasets/{name}.toml")),
        &format!(
            "id      = \"{id}\"\ntitle   = \"{title}\"\nsource  = \"\"                  # domain page and section\nregion  = \"village\"           # province city county town village\n\
             history = \"versions\"          # versions | none\ntitle_field = \"name\"\nunique  = []\nsearchable = [\"name\"]\n\n[fields]\n\
             name = {{ label = \"名称\", kind = \"text\", max = 60, required = true, group = \"基本信息\", in = [\"form\", \"ledger\", \"filter\", \"sheet\"] }}\n\n\
             # [[check]]\n# id = \"{id}.something\"\n# where = \"name = ''\"            # true when the record is wrong\n# tell = \"……，请改正\"\n# at = \"name\"\n"
        ),
    )?;
    println!(
        "now: grant verbs in {}/module.toml under [policy.\"{id}\"], then `cargo xtask codegen migration {id}` prints the table to read and commit",
        crate::sh::short(dir)
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_and_its_dataset_are_laid_out_once() {
        let dir = tempfile::tempdir().unwrap();
        module(dir.path(), "pond", "坑塘").unwrap();
        dataset(dir.path(), "pond.basin", "坑塘基本信息").unwrap();
        assert!(dir.path().join("modules/pond/meta/datasets/basin.toml").exists());
        assert!(module(dir.path(), "pond", "坑塘").is_err(), "nothing is overwritten");
        assert!(dataset(dir.path(), "lake.basin", "湖").is_err());
        assert!(module(dir.path(), "Pond", "坑塘").is_err());
    }
}
