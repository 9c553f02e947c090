//! What the sources ask of each module (`modules/<m>/asked.toml`) held against what there is: `docs/generated/coverage.md`.

use anyhow::Context;
use meta::Catalog;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// What a module is asked for, copied from the sources by number.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// The page of the sources.
    source: String,
    #[serde(rename = "group")]
    groups: Vec<Group>,
}

/// Numbers of one list of the source.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    kind: Kind,
    title: String,
    /// Section of the source.
    section: String,
    /// A file of the module that holds these rules, where the catalog does not: its `[[rule]]` exist, its `[[not_yet]]` do not.
    #[serde(default)]
    file: String,
    items: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    number: String,
    title: String,
    /// What fulfils it, each must exist; for rules the number itself when empty.
    #[serde(default)]
    is: Vec<String>,
    /// Why it is not there. Rules may say it in `not_yet.toml` instead.
    #[serde(default)]
    left_out: String,
    /// What of it is not there, when the rest is.
    #[serde(default)]
    lacks: String,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Dataset,
    Codes,
    Flow,
    Rule,
    Ledger,
    Report,
    /// Something made by hand: a file or folder of the source tree.
    Place,
}

impl Kind {
    const ALL: [Kind; 7] = [Kind::Dataset, Kind::Codes, Kind::Flow, Kind::Rule, Kind::Ledger, Kind::Report, Kind::Place];
    fn label(self) -> &'static str {
        match self {
            Kind::Dataset => "数据集",
            Kind::Codes => "代码表",
            Kind::Flow => "流程",
            Kind::Rule => "规则和预警",
            Kind::Ledger => "台账",
            Kind::Report => "统计",
            Kind::Place => "专门功能",
        }
    }
}

/// Where an item stands.
struct Standing<'a> {
    kind: Kind,
    item: &'a Item,
    /// What exists of it.
    there: Vec<String>,
    /// Why it is not there; of something that is there, what is missing of it.
    said: String,
}

/// What exists, by kind.
struct There<'a> {
    catalog: &'a Catalog,
    root: &'a Path,
    filed: Filed,
}

/// Rules that a file of the module holds instead of the catalog.
#[derive(Default, Deserialize)]
struct Filed {
    #[serde(default)]
    rule: Vec<toml::Table>,
    #[serde(default)]
    not_yet: Vec<meta::ruleset::NotYet>,
}

impl Filed {
    fn read(root: &Path, module: &str, file: &str) -> anyhow::Result<Filed> {
        if file.is_empty() {
            return Ok(Filed::default());
        }
        let path = root.join("modules").join(module).join(file);
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        toml::from_str(&text).with_context(|| path.display().to_string())
    }
    fn has(&self, id: &str) -> bool {
        self.rule.iter().any(|r| r.get("id").and_then(toml::Value::as_str) == Some(id))
    }
}

impl There<'_> {
    /// Names of what `name` stands for; none when it does not exist.
    fn find(&self, group: &Group, name: &str) -> Vec<String> {
        let c = self.catalog;
        let one = |there: bool| if there { vec![name.to_owned()] } else { vec![] };
        match group.kind {
            Kind::Rule if !group.file.is_empty() => one(self.filed.has(name)),
            Kind::Rule => {
                let variant = |id: &str| id.strip_prefix(name).is_some_and(|v| matches!(v, "" | "b" | "c" | "d"));
                let same = |also: &[String]| also.iter().any(|a| a == name);
                c.rules().filter(|r| variant(&r.text.id) || same(&r.text.also)).map(|r| r.text.id.clone()).collect()
            }
            Kind::Dataset => one(c.dataset(name).is_some()),
            Kind::Codes => one(c.codes(name).is_some()),
            Kind::Flow => one(c.flow(name).is_some()),
            Kind::Ledger => one(c.ledger(name).is_some()),
            Kind::Report => one(c.report(name).is_some()),
            Kind::Place => one(self.root.join(name).exists()),
        }
    }

    /// What the description of a ledger or a statistic says is missing of it.
    fn missing(&self, kind: Kind, name: &str) -> String {
        match kind {
            Kind::Ledger => self.catalog.ledger(name).map(|l| l.missing.clone()),
            Kind::Report => self.catalog.report(name).map(|r| r.missing.clone()),
            _ => None,
        }
        .unwrap_or_default()
    }

    fn standing<'a>(&self, group: &'a Group, item: &'a Item, bad: &mut Vec<String>) -> Standing<'a> {
        let own = std::slice::from_ref(&item.number);
        let names = if item.is.is_empty() { own } else { item.is.as_slice() };
        let mut there = Vec::new();
        let mut said = vec![item.lacks.clone()];
        for name in names {
            let found = self.find(group, name);
            if found.is_empty() && !item.is.is_empty() {
                bad.push(format!("{}: names {name}, which is not there", item.number));
            }
            said.extend(found.iter().map(|f| self.missing(group.kind, f)));
            there.extend(found);
        }
        let unsaid = if group.file.is_empty() { self.catalog.not_yet() } else { &self.filed.not_yet };
        let not_yet = unsaid.iter().find(|n| group.kind == Kind::Rule && n.ids.contains(&item.number));
        let reasons: Vec<&str> =
            [item.left_out.as_str(), not_yet.map_or("", |n| n.reason.as_str())].into_iter().filter(|r| !r.is_empty()).collect();
        match (there.is_empty(), reasons.len()) {
            (true, 0) => bad.push(format!("{} {}: neither exists nor says why not", item.number, item.title)),
            (false, 1..) => bad.push(format!("{} {}: exists and says why it does not", item.number, item.title)),
            (_, 2..) => bad.push(format!("{}: has a reason twice, in asked.toml and in not_yet.toml", item.number)),
            _ => {}
        }
        if there.is_empty() {
            said = reasons.into_iter().map(str::to_owned).collect();
        }
        said.retain(|s| !s.is_empty());
        Standing { kind: group.kind, item, there, said: said.join("；") }
    }
}

/// The page.
///
/// Errors: the list of numbers that neither exist nor say why not, that do both, or that name what is not there.
pub(super) fn page(root: &Path, catalog: &Catalog) -> anyhow::Result<String> {
    let mut all = Vec::new();
    for m in catalog.modules() {
        let path = root.join("modules").join(&m.id).join("asked.toml");
        if path.exists() {
            let text = std::fs::read_to_string(&path)?;
            let asked: Asked = toml::from_str(&text).with_context(|| path.display().to_string())?;
            all.push((m.id.clone(), m.title.clone(), asked));
        }
    }
    let mut bad = Vec::new();
    let mut details = String::new();
    let mut sums = String::new();
    for (id, title, asked) in &all {
        let _ = write!(details, "\n## {title} `{id}`\n\n依据：{}\n", asked.source);
        let mut seen = BTreeMap::new();
        let mut standings = Vec::new();
        for g in &asked.groups {
            let filed = Filed::read(root, id, &g.file)?;
            let there = There { catalog, root, filed };
            let _ = write!(
                details,
                "\n### {} {}\n\n| 编号 | 名称 | 情况 | 落在 | 缺少或不做的原因 |\n|---|---|---|---|---|\n",
                g.section, g.title
            );
            for item in &g.items {
                if seen.insert((g.kind, item.number.as_str()), ()).is_some() {
                    bad.push(format!("{id} {}: is listed twice", item.number));
                }
                let s = there.standing(g, item, &mut bad);
                let _ = writeln!(details, "{}", line(&s));
                standings.push(s);
            }
        }
        sums.push_str(&sum(title, &standings));
    }
    anyhow::ensure!(bad.is_empty(), "asked.toml and what there is do not agree:\n{}", bad.join("\n"));
    Ok(format!(
        "# 覆盖情况\n\n由各模块的 asked.toml（业务说明要求的编号）与现有描述文件、源代码核对生成（cargo xtask codegen），请勿手改。\n\
         要求的编号既不存在、也没有说明原因的，或者已经存在却还写着原因的，生成失败。\n\n\
         | 模块 | 类别 | 要求 | 已有 | 其中有缺项 | 没有 |\n|---|---|---|---|---|---|\n{sums}{details}"
    ))
}

fn line(s: &Standing<'_>) -> String {
    let cell = |t: &str| t.replace('|', "\\|");
    let how = match (s.there.is_empty(), s.said.is_empty()) {
        (true, _) => "没有",
        (_, true) => "有",
        _ => "有，缺项",
    };
    let there: Vec<String> = s.there.iter().map(|t| format!("`{t}`")).collect();
    format!("| {} | {} | {how} | {} | {} |", cell(&s.item.number), cell(&s.item.title), there.join(" "), cell(&s.said))
}

fn sum(title: &str, standings: &[Standing<'_>]) -> String {
    let mut s = String::new();
    for kind in Kind::ALL {
        let of: Vec<_> = standings.iter().filter(|x| x.kind == kind).collect();
        if of.is_empty() {
            continue;
        }
        let there = of.iter().filter(|x| !x.there.is_empty()).count();
        let partly = of.iter().filter(|x| !x.there.is_empty() && !x.said.is_empty()).count();
        let _ = writeln!(s, "| {title} | {} | {} | {there} | {partly} | {} |", kind.label(), of.len(), of.len() - there);
    }
    s
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(asked: &str) -> Vec<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let catalog = crate::assemble::catalog().unwrap();
        let asked: Asked = toml::from_str(asked).unwrap();
        let mut bad = Vec::new();
        for g in &asked.groups {
            let there = There { catalog: &catalog, root: &root, filed: Filed::read(&root, "relapse", &g.file).unwrap() };
            for i in &g.items {
                there.standing(g, i, &mut bad);
            }
        }
        bad
    }
    fn one(kind: &str, item: &str) -> Vec<String> {
        told(&format!("source = 's'\n[[group]]\nkind = '{kind}'\ntitle = 't'\nsection = 'x'\nitems = [{{ number = {item} }}]"))
    }

    #[test]
    fn what_exists_or_says_why_not_is_in_order() {
        for (kind, item) in [
            ("rule", "'T-01', title = 'x'"),
            ("rule", "'T-35', title = 'x'"),
            ("rule", "'X-99', title = 'x', left_out = '没有来源'"),
            ("report", "'TS-1', title = 'x', is = ['toilet.ts01']"),
            ("place", "'A', title = 'x', is = ['server/src/codegen/coverage.rs']"),
        ] {
            assert!(one(kind, item).is_empty(), "{item}: {:?}", one(kind, item));
        }
    }

    #[test]
    fn a_number_that_neither_exists_nor_says_why_not_is_told() {
        assert!(one("rule", "'X-99', title = 'x'")[0].contains("neither exists"));
        assert!(one("report", "'TS-1', title = 'x', is = ['toilet.ts99']").iter().any(|b| b.contains("toilet.ts99")));
        assert!(one("place", "'A', title = 'x', is = ['nowhere.rs']").iter().any(|b| b.contains("nowhere.rs")));
    }

    #[test]
    fn a_reason_for_what_exists_is_told() {
        assert!(one("rule", "'T-01', title = 'x', left_out = '没有'")[0].contains("exists and says"));
        assert!(one("rule", "'T-35', title = 'x', left_out = '没有'")[0].contains("twice"));
        assert!(one("ledger", "'A', title = 'x', is = ['toilet.a7_2'], left_out = '没有'")[0].contains("exists and says"));
    }

    #[test]
    fn rules_of_a_file_are_looked_up_there() {
        let asked = |n: &str| {
            told(&format!(
                "source = 's'\n[[group]]\nkind = 'rule'\ntitle = 't'\nsection = 'x'\nfile = 'warnings.toml'\nitems = [{{ number = '{n}', title = 'x' }}]"
            ))
        };
        assert!(asked("W01").is_empty());
        assert_eq!(asked("W00").len(), 1);
    }
}
