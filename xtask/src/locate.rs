//! Finds where a dataset, field, code list, table, endpoint, error code or type is defined, for people who do not know the tree.

use crate::sh::{files, root, short};
use anyhow::Result;

/// Prints the places; false when there are none.
pub fn locate(word: &str) -> Result<bool> {
    let mut found = 0;
    for dir in ["crates", "modules", "server", "web"] {
        for path in files(&root().join(dir), &["toml", "sql", "rs", "ts", "vue"]) {
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            for (i, line) in text.lines().enumerate() {
                if let Some(what) = defines(&short(&path), line, word) {
                    println!("{}:{}: {what}: {}", short(&path), i + 1, line.trim().chars().take(110).collect::<String>());
                    found += 1;
                }
            }
        }
    }
    if found == 0 {
        println!("nothing here defines {word}; is it written as in docs/glossary.md?");
    }
    Ok(found > 0)
}

/// What of this name the line defines.
fn defines(path: &str, line: &str, word: &str) -> Option<&'static str> {
    let line = line.trim();
    if line.starts_with("//") || !line.contains(word) {
        return None;
    }
    let quoted = line.contains(&format!("\"{word}\""));
    if path.ends_with(".toml") {
        let key = line.split('=').next().unwrap_or_default().trim();
        return match key {
            "id" if quoted => Some(if path.contains("/datasets/") {
                "dataset"
            } else if path.contains("/codes/") {
                "code list"
            } else {
                "id"
            }),
            "title" if quoted => Some("title"),
            k if k == word && line.contains("label") => Some("field"),
            _ if quoted && line.contains(&format!("label = \"{word}\"")) => Some("label"),
            _ => None,
        };
    }
    if path.ends_with(".sql") {
        let makes = ["table", "view", "function", "type", "schema", "index", "trigger"].iter().any(|kind| {
            let after = line.strip_prefix("create ").and_then(|l| l.split_once(&format!("{kind} "))).map(|(_, rest)| rest);
            let name = |a: &str| {
                a.strip_prefix("if not exists ").unwrap_or(a).split(|c: char| c.is_whitespace() || c == '(').next() == Some(word)
            };
            after.is_some_and(name)
        });
        return makes.then_some("table, view or function");
    }
    let name_follows = |keyword: &str| {
        line.find(keyword).is_some_and(|at| {
            let rest = &line[at + keyword.len()..];
            rest.strip_prefix(word).is_some_and(|r| !r.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        })
    };
    if ["struct ", "enum ", "trait ", "fn ", "mod ", "interface ", "type ", "const ", "class "].iter().any(|k| name_follows(k)) {
        return Some("definition");
    }
    if quoted && word.contains('.') && path.ends_with(".rs") && !path.contains("/tests/") {
        return Some("error code");
    }
    (line.contains(".route(") || line.contains("path = \"")).then_some("endpoint")
}

#[cfg(test)]
mod tests {
    use super::defines;

    #[test]
    fn definitions_are_told_from_mentions() {
        let at = defines;
        assert_eq!(at("m/meta/datasets/a.toml", "id = \"box.thing\"", "box.thing"), Some("dataset"));
        assert_eq!(at("m/meta/datasets/a.toml", "thing_no = { label = \"编号\", kind = \"text\" }", "thing_no"), Some("field"));
        assert_eq!(at("m/meta/datasets/a.toml", "thing_no = { label = \"编号\", kind = \"text\" }", "编号"), Some("label"));
        assert_eq!(at("c/x.sql", "create table app.job (", "app.job"), Some("table, view or function"));
        assert_eq!(at("c/x.sql", "create table if not exists app.job (", "app.job"), Some("table, view or function"));
        assert_eq!(at("c/x.sql", "create index job_owner on app.job (x);", "app.job"), None);
        assert_eq!(at("c/x.rs", "pub struct Worker {", "Worker"), Some("definition"));
        assert_eq!(at("c/x.rs", "pub struct WorkerConfig {", "Worker"), None);
        assert_eq!(at("c/x.rs", "Err(Error::refused(\"jobs.lost\", \"…\"))", "jobs.lost"), Some("error code"));
        assert_eq!(at("c/x.rs", ".route(\"/api/v1/jobs\", get(list))", "/api/v1/jobs"), Some("endpoint"));
        assert_eq!(at("c/x.rs", "// jobs.lost", "jobs.lost"), None);
    }
}
