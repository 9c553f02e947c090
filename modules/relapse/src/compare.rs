//! The clues that comparing with departments gives (domain 05 §12.4.4), read from `compare.toml`: whose data, how urgent, who handles it,
//! which rules ask. Pure.

use base::{Error, Result};
use meta::Catalog;
use serde::Deserialize;
use std::fmt::Write;
use std::sync::LazyLock;

/// One of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clue {
    /// COMPARE_NO.
    pub id: String,
    pub title: String,
    /// C36, the one it is counted under first.
    pub depts: Vec<String>,
    /// What is asked, in words.
    pub when: String,
    /// COMPARE_GRADE.
    pub grade: String,
    pub handler: String,
    pub limit: String,
    pub handling: String,
    /// Warning rules (they make clues) and rules of quality (they make findings).
    pub rules: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClueFile {
    source: String,
    rule: Vec<Clue>,
    not_yet: Vec<meta::ruleset::NotYet>,
}

static FILE: LazyLock<Result<ClueFile, String>> =
    LazyLock::new(|| toml::from_str(include_str!("../compare.toml")).map_err(|e: toml::de::Error| e.to_string()));

fn file() -> Result<&'static ClueFile> {
    FILE.as_ref().map_err(|e| Error::internal(e.clone()))
}

/// In the order of their numbers.
pub fn all() -> Result<&'static [Clue]> {
    Ok(&file()?.rule)
}

/// The page that people read.
pub fn page(c: &Catalog) -> Result<String> {
    let f = file()?;
    let label = |list: &str, code: &str| c.codes(list).map_or_else(|| code.to_owned(), |l| l.label(code).to_owned());
    let mut s = format!(
        "# 比对线索目录\n\n由 modules/relapse/compare.toml 生成（cargo xtask codegen），请勿手改。依据：{}。\n\
         W 开头的是预警规则，命中生成线索；其余是质量规则，命中生成问题、下发整改，整改天数是参数（可按年度和区划设置）。\n\n\
         | 编号 | 线索 | 部门 | 触发 | 等级 | 办理 | 时限 | 怎样办 | 规则 |\n|---|---|---|---|---|---|---|---|---|\n",
        f.source
    );
    for k in &f.rule {
        let depts: Vec<String> = k.depts.iter().map(|d| label("C36", d)).collect();
        let rules: Vec<String> = k
            .rules
            .iter()
            .map(|r| match c.rule(r).map(|q| q.text.days.as_str()).filter(|d| !d.is_empty()) {
                Some(days) => {
                    let n = c.rule_params().get(days).map_or(0.0, |p| p.value);
                    format!("`{r}`（{days}＝{n} 日）")
                }
                None => format!("`{r}`"),
            })
            .collect();
        let _ = writeln!(
            s,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            k.id,
            k.title,
            depts.join("、"),
            k.when,
            label("COMPARE_GRADE", &k.grade),
            k.handler,
            k.limit,
            k.handling,
            rules.join(" ")
        );
    }
    s.push_str("\n没有的：\n\n| 编号 | 原因 |\n|---|---|\n");
    for n in &f.not_yet {
        let _ = writeln!(s, "| {} | {} |", n.ids.join(" "), n.reason);
    }
    Ok(s)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::department::items;
    use std::collections::BTreeSet;

    #[test]
    fn every_number_of_the_domain_is_said_or_explained_and_no_rule_belongs_to_two() {
        let f = file().unwrap();
        let said = f.rule.iter().map(|k| k.id.as_str()).chain(f.not_yet.iter().flat_map(|n| n.ids.iter().map(String::as_str)));
        let want: Vec<String> = (1..=22).map(|n| format!("CB-{n:02}")).collect();
        let mut said: Vec<&str> = said.collect();
        said.sort_unstable();
        assert_eq!(said, want);
        let mut seen = BTreeSet::new();
        for r in f.rule.iter().flat_map(|k| &k.rules) {
            assert!(seen.insert(r), "{r} belongs to two");
        }
        let warned: BTreeSet<&str> =
            items::all().unwrap().iter().flat_map(|i| items::rules_of(i).unwrap()).map(|r| r.id.as_str()).collect();
        for r in seen.iter().filter(|r| r.starts_with('W')) {
            assert!(warned.contains(r.as_str()), "there is no warning rule {r}");
        }
    }
}
