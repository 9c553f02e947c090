//! Rules over source files, by reading them: sizes, first sentences, where SQL and HTTP may stand, words, pure decisions.

use super::Finding;
use crate::sh::{files, root, short};
use anyhow::Result;
use std::path::Path;

const MOST_LINES: usize = 500;

/// Words of the business that engines must not contain outside their tests.
const BUSINESS: [&str; 16] = [
    "脱贫",
    "户厕",
    "厕所",
    "农户",
    "监测对象",
    "帮扶",
    "返贫",
    "搬迁",
    "雨露",
    "务工",
    "低保",
    "驻村",
    "household",
    "toilet",
    "villager",
    "relapse",
];
/// Rooms whose engines may say a business word, with the reason.
const SPEAKS: [(&str, &str); 0] = [];

/// Where SQL may stand besides `store.rs` and `store/`, with the reason.
const SQL_HOMES: [(&str, &str); 4] = [
    ("crates/store/", "is the door to PostgreSQL"),
    ("crates/record/", "builds the SQL of any dataset from its description"),
    ("crates/testkit/", "makes databases for tests"),
    ("crates/synth/", "loads a synthetic province by COPY"),
];
const SQL: [&str; 6] = ["sqlx::query", "sqlx::raw_sql", "query_as(", "query_as::<", "query_scalar(", "QueryBuilder"];

/// What a decision must not use: a clock, a file, a network, chance.
const IMPURE: [&str; 13] = [
    "Utc::now",
    "Local::now",
    "SystemTime",
    "Instant::now",
    "std::fs",
    "std::net",
    "std::env",
    "tokio::",
    "sqlx::",
    "reqwest",
    "rand::",
    "Uuid::now_v7",
    "async fn",
];

/// One source file with its tests cut off.
struct Source {
    path: String,
    whole: String,
    /// Without what follows `#[cfg(test)]` and without comments of a whole line.
    code: Vec<(usize, String)>,
}

impl Source {
    fn new(path: &str, whole: String) -> Self {
        let code = whole
            .lines()
            .enumerate()
            .take_while(|(_, l)| l.trim() != "#[cfg(test)]")
            .filter(|(_, l)| !l.trim_start().starts_with("//"))
            .map(|(i, l)| (i + 1, l.to_owned()))
            .collect();
        Self { path: path.to_owned(), whole, code }
    }
    fn is_test(&self) -> bool {
        self.path.contains("/tests/")
            || self.path.contains("/benches/")
            || self.file_name() == "tests.rs"
            || self.path.starts_with("crates/testkit/")
    }
    fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
    fn in_folder(&self, name: &str) -> bool {
        self.path.contains(&format!("/{name}/"))
    }
    /// Lines of the code that contain one of the words.
    fn lines_with(&self, words: &[&str]) -> Vec<String> {
        self.code
            .iter()
            .filter_map(|(n, l)| words.iter().find(|w| l.contains(**w)).map(|w| format!("{}:{n}: {w}", self.path)))
            .collect()
    }
}

fn rust(dirs: &[&str]) -> Vec<Source> {
    dirs.iter()
        .flat_map(|d| files(&root().join(d), &["rs"]))
        .filter_map(|p| Some(Source::new(&short(&p), std::fs::read_to_string(&p).ok()?)))
        .collect()
}

/// Crates of the layer `engine`.
fn is_engine(path: &str) -> bool {
    let mut parts = path.split('/');
    let (Some("crates"), Some(name)) = (parts.next(), parts.next()) else { return false };
    !matches!(name, "registry" | "synth" | "testkit" | "http")
}

pub fn check() -> Result<Vec<Finding>> {
    let all = rust(&["crates", "modules", "server", "xtask"]);
    let shipped: Vec<&Source> = all.iter().filter(|s| !s.is_test() && !s.path.starts_with("xtask/")).collect();
    let gather = |rule: &'static str, f: &dyn Fn(&Source) -> Vec<String>| Finding {
        rule,
        broken: shipped.iter().flat_map(|s| f(s)).collect(),
    };
    let mut out = vec![
        Finding {
            rule: "files stay under 500 lines",
            broken: all
                .iter()
                .filter(|s| s.whole.lines().count() >= MOST_LINES)
                .map(|s| format!("{}: {} lines", s.path, s.whole.lines().count()))
                .collect(),
        },
        Finding {
            rule: "every file begins with a sentence (//!) that says what it is about",
            broken: all.iter().filter(|s| !s.whole.starts_with("//!")).map(|s| s.path.clone()).collect(),
        },
        Finding {
            rule: "no #[allow(…)]; #[expect(…, reason = …)] says why",
            broken: all
                .iter()
                .filter(|s| !s.path.ends_with("tidy/sources.rs"))
                .flat_map(|s| s.lines_with(&["#[allow(", "#![allow("]))
                .collect(),
        },
    ];
    out.push(gather("SQL stands in store.rs, in store/ or in a listed room", &|s| {
        let home = s.file_name() == "store.rs" || s.in_folder("store") || SQL_HOMES.iter().any(|(p, _)| s.path.starts_with(p));
        if home { vec![] } else { s.lines_with(&SQL) }
    }));
    out.push(gather("axum stands in http, in http.rs or in the server", &|s| {
        let home = s.file_name() == "http.rs" || s.in_folder("http") || s.path.starts_with("server/");
        if home { vec![] } else { s.lines_with(&["axum::"]) }
    }));
    out.push(gather("engines contain no word of the business", &|s| {
        if is_engine(&s.path) && !SPEAKS.iter().any(|(p, _)| s.path.starts_with(p)) { s.lines_with(&BUSINESS) } else { vec![] }
    }));
    out.push(gather("decisions (rules.rs) use no clock, file, network or chance", &|s| {
        if s.file_name() == "rules.rs" { s.lines_with(&IMPURE) } else { vec![] }
    }));
    out.push(gather("nothing is unwrapped outside tests", &|s| s.lines_with(&[".unwrap()"])));
    out.push(Finding { rule: "migrations are named YYYYMMDD_HHMM__room__what.sql, each once", broken: migrations() });
    Ok(out)
}

fn migrations() -> Vec<String> {
    let mut seen = std::collections::BTreeMap::new();
    let mut bad = Vec::new();
    for dir in ["crates", "modules"] {
        for path in files(&root().join(dir), &["sql"]) {
            if path.parent().and_then(Path::file_name).is_none_or(|n| n != "migrations") {
                continue;
            }
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            let room =
                path.ancestors().nth(2).and_then(Path::file_name).map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            if !is_migration(&name, &room) {
                bad.push(format!("{}: not named by its room {room}", short(&path)));
            }
            if let Some(other) = seen.insert(name, short(&path)) {
                bad.push(format!("{} has the name of {other}", short(&path)));
            }
        }
    }
    bad
}

fn is_migration(name: &str, room: &str) -> bool {
    let parts: Vec<&str> = name.trim_end_matches(".sql").split("__").collect();
    let [time, of, what] = parts.as_slice() else { return false };
    let digits = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
    time.split_once('_').is_some_and(|(d, t)| digits(d, 8) && digits(t, 4)) && *of == room && !what.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_told_from_comments_and_tests() {
        let s = Source::new(
            "crates/x/src/a.rs",
            "//! A.\n// x.unwrap()\nlet a = b.unwrap();\n#[cfg(test)]\nmod tests { c.unwrap() }\n".into(),
        );
        assert_eq!(s.lines_with(&[".unwrap()"]), ["crates/x/src/a.rs:3: .unwrap()"]);
    }

    #[test]
    fn migrations_are_named_by_time_room_and_purpose() {
        assert!(is_migration("20261124_0910__jobs__queue.sql", "jobs"));
        for bad in
            ["20261124__jobs__queue.sql", "20261124_0910__files__queue.sql", "20261124_0910__jobs.sql", "1_0910__jobs__queue.sql"]
        {
            assert!(!is_migration(bad, "jobs"), "{bad}");
        }
    }
}
