//! The policy matrix: which role may do what to which dataset or action. Pure; parsed from the modules' files.

use crate::roles::roles;
use base::{Error, Result};
use meta::module::{ModuleFile, Verb};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// (dataset or action, verb) → roles.
pub type PolicyTable = BTreeMap<(String, String), BTreeSet<String>>;

/// Answers the first question of three: may this role do this at all? (Which rows and which fields come after.)
#[derive(Clone, Debug, Default)]
pub struct Policy(PolicyTable);

impl Policy {
    /// Refuses a table that names a role nobody can hold.
    pub fn new(table: PolicyTable) -> Result<Self> {
        for ((what, verb), who) in &table {
            if let Some(unknown) = who.iter().find(|r| roles().get(r).is_none()) {
                return Err(Error::internal(format!("policy of {what} {verb} names the unknown role {unknown}")));
            }
        }
        Ok(Self(table))
    }
    /// Reads the policies of the modules (groups spelled out).
    pub fn from_modules<'a>(modules: impl IntoIterator<Item = &'a ModuleFile>) -> Result<Self> {
        let mut table = PolicyTable::new();
        for module in modules {
            for (dataset, verbs) in &module.policy {
                for (verb, names) in verbs {
                    let who = table.entry((dataset.clone(), verb.name().to_owned())).or_default();
                    who.extend(module.spell(names).into_iter().map(str::to_owned));
                }
            }
        }
        Self::new(table)
    }
    /// Whether the role may. What is not listed is refused; the system's own errands may everything.
    pub fn may(&self, role: &str, what: &str, verb: &str) -> bool {
        // two short strings a call are cheaper than a table keyed by borrowed pairs is to read
        role == "SYSTEM" || self.0.get(&(what.to_owned(), verb.to_owned())).is_some_and(|who| who.contains(role))
    }
    /// As [`Policy::may`], with the error to send back.
    pub fn require(&self, role: &str, what: &str, verb: &str) -> Result<()> {
        if self.may(role, what, verb) {
            return Ok(());
        }
        Err(Error::forbidden("access.not_permitted", "您当前岗位没有此项权限；如工作需要，请联系本级管理员调整岗位。"))
    }
    /// Everything a role may do: dataset or action → verbs.
    pub fn permissions_of(&self, role: &str) -> BTreeMap<String, Vec<String>> {
        let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for ((what, verb), _) in self.0.iter().filter(|(_, who)| who.contains(role)) {
            out.entry(what.clone()).or_default().push(verb.clone());
        }
        out
    }
    /// Datasets and actions named.
    pub fn subjects(&self) -> BTreeSet<&str> {
        self.0.keys().map(|(what, _)| what.as_str()).collect()
    }
    /// The matrix for `docs/generated/permissions.md`.
    pub fn matrix_markdown(&self) -> String {
        let mut out = String::from("# 权限矩阵\n\n由 `module.toml` 与 `crates/access/roles.toml` 生成，请勿手改。字母：");
        let letters: Vec<(String, String)> = self.letters();
        let legend: Vec<_> = letters.iter().map(|(verb, letter)| format!("{letter} {verb}")).collect();
        let _ = writeln!(out, "{}。空格表示不允许。\n\n## 角色\n", legend.join("，"));
        let _ = writeln!(out, "| 角色 | 名称 | 级别 | 第二因子 | 网络地址名单 | 可授予 |\n| --- | --- | --- | --- | --- | --- |");
        for r in roles().all() {
            let levels: Vec<_> = r.levels.iter().map(|l| l.label()).collect();
            let factor: Vec<_> = r.levels.iter().filter(|l| r.needs_second_factor(**l)).map(|l| l.label()).collect();
            let list = if r.needs_ip_allow() { "必须" } else { "" };
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {list} | {} |",
                r.code,
                r.title,
                levels.join(" "),
                factor.join(" "),
                r.assigns.join(" ")
            );
        }
        let codes: Vec<&str> = roles().all().map(|r| r.code.as_str()).collect();
        let _ = write!(
            out,
            "\n## 角色 × 数据集 × 动作\n\n| 数据集或动作 | {} |\n| --- |{}\n",
            codes.join(" | "),
            " --- |".repeat(codes.len())
        );
        for what in self.subjects() {
            let cells: Vec<String> = codes
                .iter()
                .map(|role| letters.iter().filter(|(verb, _)| self.may(role, what, verb)).map(|(_, l)| l.as_str()).collect())
                .collect();
            let _ = writeln!(out, "| {what} | {} |", cells.join(" | "));
        }
        out
    }
    /// A mark for each verb in use: the known ones one letter, others their name.
    fn letters(&self) -> Vec<(String, String)> {
        let used: BTreeSet<&str> = self.0.keys().map(|(_, verb)| verb.as_str()).collect();
        let known = Verb::ALL.map(|v| {
            let letter = match v {
                Verb::Read => "R",
                Verb::Create => "C",
                Verb::Update => "U",
                Verb::Delete => "D",
                Verb::Import => "I",
                Verb::Export => "E",
                Verb::Unmask => "M",
            };
            (v.name().to_owned(), letter.to_owned())
        });
        let others = used.iter().filter(|u| !known.iter().any(|(v, _)| v == *u)).map(|u| ((*u).to_owned(), format!("[{u}]")));
        known.iter().filter(|(v, _)| used.contains(v.as_str())).cloned().chain(others).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
        id = "toilet"
        title = "厕所"
        roles = { town = ["R08", "R09"], all = ["@town", "R06"] }
        [policy."toilet.house"]
        read = ["@all", "R15"]
        update = ["R08"]
        unmask = ["R06"]
    "#;

    #[test]
    fn what_is_not_listed_is_refused() {
        let policy = Policy::from_modules([&toml::from_str(FILE).unwrap()]).unwrap();
        for (role, what, verb, want) in [
            ("R08", "toilet.house", "update", true),
            ("R09", "toilet.house", "update", false),
            ("R09", "toilet.house", "read", true),
            ("R06", "toilet.house", "read", true),
            ("R06", "toilet.house", "delete", false),
            ("R08", "toilet.other", "read", false),
            ("SYSTEM", "toilet.other", "delete", true),
            ("", "toilet.house", "read", false),
        ] {
            assert_eq!(policy.may(role, what, verb), want, "{role} {what} {verb}");
            assert_eq!(policy.require(role, what, verb).is_ok(), want);
        }
        assert_eq!(policy.permissions_of("R06")["toilet.house"], ["read", "unmask"]);
        assert!(policy.permissions_of("R10").is_empty());
    }

    #[test]
    fn an_unknown_role_stops_the_start() {
        let file = FILE.replace("R15", "R99");
        assert!(Policy::from_modules([&toml::from_str(&file).unwrap()]).is_err());
    }

    #[test]
    fn the_matrix_has_a_line_a_dataset_and_a_column_a_role() {
        let text = Policy::from_modules([&toml::from_str(FILE).unwrap()]).unwrap().matrix_markdown();
        let line = text.lines().find(|l| l.starts_with("| toilet.house ")).unwrap();
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        assert_eq!(cells.len(), roles().all().count() + 3);
        assert_eq!((cells[2 + 5], cells[2 + 7], cells[2 + 8], cells[2 + 14], cells[2]), ("RM", "RU", "R", "R", ""));
        assert!(text.contains("R read，U update，M unmask"));
    }
}
