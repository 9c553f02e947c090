//! Decides what a new official list of regions changes: added, renamed, ended with or without a successor.
//! No IO and no clock.

use super::directory::{Region, RegionKind};
use super::table::NewRegion;
use base::{FieldProblem, RegionCode};
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// A region that keeps its code and gets another name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rename {
    pub code: String,
    pub old_name: String,
    pub new_name: String,
}

/// A region that ends and whose rows go to another one: merged into it, or the same place under a new code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Merge {
    pub code: String,
    pub name: String,
    pub into: String,
    pub into_name: String,
}

/// A region that ends and that nobody takes over. Refused while rows stand on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Uncovered {
    pub code: String,
    pub name: String,
    /// Business rows that stand on it.
    pub rows: i64,
}

/// Rows of one table that move to successors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MovedTable {
    /// `schema.table`
    pub table: String,
    pub rows: i64,
}

/// What an import would do (preview) or has done (apply).
#[derive(Clone, Debug, Serialize)]
pub struct ImportPlan {
    /// The region whose inside the list describes completely.
    pub root: String,
    pub effective_on: NaiveDate,
    pub added: Vec<Uncovered>,
    pub renamed: Vec<Rename>,
    pub merged: Vec<Merge>,
    pub removed: Vec<Uncovered>,
    pub moved: Vec<MovedTable>,
    /// What stands in the way; empty when it may be applied.
    pub problems: Vec<FieldProblem>,
}

/// What an import would do or has done, as a person reads it: each group at most [`SHOWN`] lines long.
impl std::fmt::Display for ImportPlan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut group = |title: &str, lines: Vec<String>| -> std::fmt::Result {
            writeln!(f, "{title}：{} 个", lines.len())?;
            for l in lines.iter().take(SHOWN) {
                writeln!(f, "  {l}")?;
            }
            if lines.len() > SHOWN {
                writeln!(f, "  … 另有 {} 个", lines.len() - SHOWN)?;
            }
            Ok(())
        };
        group("新增", self.added.iter().map(|r| format!("{} {}", r.code, r.name)).collect())?;
        group("更名", self.renamed.iter().map(|r| format!("{} {} → {}", r.code, r.old_name, r.new_name)).collect())?;
        let into = |m: &Merge| format!("{} {} → {} {}", m.code, m.name, m.into, m.into_name);
        group("并入（或改码）", self.merged.iter().map(into).collect())?;
        group("撤销", self.removed.iter().map(|r| format!("{} {}（数据 {} 条）", r.code, r.name, r.rows)).collect())?;
        writeln!(f, "随区划迁移的数据：{} 条", self.moved.iter().map(|m| m.rows).sum::<i64>())?;
        for m in &self.moved {
            writeln!(f, "  {}：{} 条", m.table, m.rows)?;
        }
        for p in &self.problems {
            writeln!(f, "问题：{}", p.message)?;
        }
        writeln!(f, "范围 {}，自 {} 起生效。", self.root, self.effective_on)
    }
}
const SHOWN: usize = 30;

/// The changes of a list, before anybody has counted rows.
pub(super) struct Decision {
    pub added: Vec<NewRegion>,
    pub renamed: Vec<Rename>,
    /// Ended code → its successor.
    pub ended: BTreeMap<String, Option<String>>,
    pub problems: Vec<FieldProblem>,
}

fn problem(code: &RegionCode, message: &str) -> FieldProblem {
    FieldProblem::new(code.as_str(), "registry.region_import", format!("{code}：{message}"))
}

/// Compares the current regions inside `root` with the new list. Functional areas (codes of ours, unknown to the
/// official list) and what lies in them stay unless the list names them.
pub(super) fn decide(current: &[Arc<Region>], list: &[NewRegion], root: &RegionCode) -> Decision {
    let inside: Vec<&Arc<Region>> =
        current.iter().filter(|r| r.is_current() && RegionCode::parse(&r.code).is_ok_and(|c| root.contains(&c))).collect();
    let have: HashMap<&str, &Arc<Region>> = current.iter().filter(|r| r.is_current()).map(|r| (r.code.as_str(), r)).collect();
    let new: HashMap<&str, &NewRegion> = list.iter().map(|n| (n.code.as_str(), n)).collect();
    let mut problems = Vec::new();
    let mut takes: HashMap<String, String> = HashMap::new();

    for row in list {
        if !root.contains(&row.code) {
            problems.push(problem(&row.code, "不在所选区划之内，请删除该行或改选上级区划。"));
        }
        if let Some(parent) = row.code.parent()
            && !new.contains_key(parent.as_str())
            && !have.contains_key(parent.as_str())
        {
            problems.push(problem(&row.code, "上级区划不在新表中，也不在现有区划中，请补充上级。"));
        }
        for old in &row.takes_over {
            if new.contains_key(old.as_str()) {
                problems.push(problem(old, "被写为原代码，却仍在新表中，请二选一。"));
            } else if !have.contains_key(old.as_str()) {
                problems.push(problem(old, "被写为原代码，但现有区划中没有，请核对。"));
            } else if takes.insert(old.as_str().to_owned(), row.code.as_str().to_owned()).is_some() {
                problems.push(problem(old, "被两个新区划同时接收，请只保留一个接收方，其余数据在变更后逐户迁移。"));
            }
        }
    }

    let functional: HashSet<&str> =
        inside.iter().filter(|r| r.region_kind == RegionKind::Functional).map(|r| r.code.as_str()).collect();
    let in_functional =
        |code: &RegionCode| base::Level::ALL.into_iter().any(|level| functional.contains(code.ancestor(level).as_str()));
    let mut ended = BTreeMap::new();
    for region in &inside {
        let Ok(code) = RegionCode::parse(&region.code) else { continue };
        if new.contains_key(region.code.as_str()) || (in_functional(&code) && !takes.contains_key(&region.code)) {
            continue;
        }
        let successor = takes.get(&region.code).cloned().or_else(|| inherited(&code, &region.name, &takes, &new));
        ended.insert(region.code.clone(), successor);
    }
    let renamed = list
        .iter()
        .filter_map(|n| {
            let old = have.get(n.code.as_str())?;
            (old.name != n.name).then(|| Rename { code: old.code.clone(), old_name: old.name.clone(), new_name: n.name.clone() })
        })
        .collect();
    let mut added: Vec<NewRegion> = list.iter().filter(|n| !have.contains_key(n.code.as_str())).cloned().collect();
    added.sort_by(|a, b| a.code.cmp(&b.code));
    Decision { added, renamed, ended, problems }
}

/// When a region above changed its code, the same place below it is the one with the same name and the same digits.
fn inherited(code: &RegionCode, name: &str, takes: &HashMap<String, String>, new: &HashMap<&str, &NewRegion>) -> Option<String> {
    let mut above = code.parent();
    while let Some(ancestor) = above {
        if let Some(into) = takes.get(ancestor.as_str()) {
            let n = ancestor.level().digits();
            let candidate = format!("{}{}", &into[..n], &code.as_str()[n..]);
            return new.get(candidate.as_str()).filter(|r| r.name == name).map(|_| candidate);
        }
        above = ancestor.parent();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::seed::{beginning, region};
    use super::*;

    fn current() -> Vec<Arc<Region>> {
        [
            ("360100000000", "某市", false),
            ("360121000000", "甲县", false),
            ("360121100000", "东镇", false),
            ("360121100201", "一村", false),
            ("360121100202", "二村", false),
            ("360121400000", "园区", true),
            ("360121400201", "园区一村", true),
        ]
        .into_iter()
        .map(|(code, name, functional)| {
            let kind = if functional { RegionKind::Functional } else { RegionKind::Statutory };
            Arc::new(region(&RegionCode::parse(code).expect("a code"), name, "", kind, beginning()))
        })
        .collect()
    }
    fn row(code: &str, name: &str, takes: &[&str]) -> NewRegion {
        NewRegion {
            code: RegionCode::parse(code).expect("a code"),
            name: name.into(),
            takes_over: takes.iter().map(|c| RegionCode::parse(c).expect("a code")).collect(),
            functional: false,
            urban_rural_code: None,
            national_code: None,
        }
    }
    fn root() -> RegionCode {
        RegionCode::parse("360121").expect("a code")
    }

    #[test]
    fn a_merger_a_rename_and_an_addition_are_told_apart_and_functional_areas_stay() {
        let list = [
            row("360121000000", "甲县", &[]),
            row("360121100000", "东山镇", &[]),
            row("360121100201", "一村", &["360121100202"]),
            row("360121100203", "三村", &[]),
        ];
        let d = decide(&current(), &list, &root());
        assert!(d.problems.is_empty(), "{:?}", d.problems);
        assert_eq!(d.renamed.len(), 1);
        assert_eq!(d.added.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(), ["三村"]);
        assert_eq!(d.ended.into_iter().collect::<Vec<_>>(), [("360121100202".into(), Some("360121100201".into()))]);
    }

    #[test]
    fn villages_follow_a_town_whose_code_changed() {
        let list = [
            row("360121000000", "甲县", &[]),
            row("360121101000", "东镇", &["360121100"]),
            row("360121101201", "一村", &[]),
            row("360121101209", "二村", &[]),
        ];
        let d = decide(&current(), &list, &root());
        assert_eq!(d.ended["360121100201"].as_deref(), Some("360121101201"));
        assert_eq!(d.ended["360121100202"], None, "another number is not guessed");
    }

    #[test]
    fn contradictions_are_named() {
        let list = [
            row("360121000000", "甲县", &[]),
            row("360121100000", "东镇", &[]),
            row("360121100201", "一村", &["360121100202", "360121100000", "360121100299"]),
            row("360121100203", "三村", &["360121100202"]),
            row("360122000000", "乙县", &[]),
            row("360121300201", "孤村", &[]),
        ];
        let d = decide(&current(), &list, &root());
        let said: String = d.problems.iter().map(|p| p.message.as_str()).collect();
        for part in ["仍在新表中", "现有区划中没有", "同时接收", "不在所选区划之内", "请补充上级"] {
            assert!(said.contains(part), "{part}");
        }
    }
}
