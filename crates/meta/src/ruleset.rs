//! Rules over many records as files: number, origin, view, condition, sentence, and beside each the row it must catch and the
//! row it must spare. Read from `meta/rules/*.toml`. Must not know who evaluates them.

use crate::catalog::Catalog;
use crate::rule::{self, Columns, Compiled, Expr, Node, Ty};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How bad a finding is (code list SEVERITY).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Grade {
    /// 错误
    E,
    /// 疑似
    S,
    /// 提示
    H,
}

impl Grade {
    pub fn code(self) -> &'static str {
        match self {
            Grade::E => "E",
            Grade::S => "S",
            Grade::H => "H",
        }
    }
    pub fn label(self) -> &'static str {
        match self {
            Grade::E => "错误",
            Grade::S => "疑似",
            Grade::H => "提示",
        }
    }
}

/// One file: rules of one view.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleFile {
    /// Where the rules come from (document and clause).
    #[serde(default)]
    pub source: String,
    #[serde(default)]
    pub view: String,
    #[serde(default)]
    pub scope: String,
    #[serde(default)]
    pub param: IndexMap<String, Param>,
    #[serde(default)]
    pub rule: Vec<RuleText>,
    #[serde(default)]
    pub not_yet: Vec<NotYet>,
}

/// A number that the province and the counties may set by year (`reg.policy_param` under the same key).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Param {
    pub title: String,
    pub value: f64,
    pub unit: String,
    pub basis: String,
}

/// Rules of the source that cannot be said yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotYet {
    pub ids: Vec<String>,
    pub reason: String,
}

/// What a test plants: columns by dataset name (`member`, `living_year`); `+member` adds rows; false takes the row away.
pub type Plant = IndexMap<String, serde_json::Value>;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleText {
    pub id: String,
    /// Number of the national system or of another province, as published.
    #[serde(default)]
    pub src: String,
    /// Numbers of other lists that say the same.
    #[serde(default)]
    pub also: Vec<String>,
    pub title: String,
    #[serde(rename = "sev")]
    pub grade: Grade,
    /// Group of rows of the view; the file's when empty.
    #[serde(default)]
    pub scope: String,
    #[serde(default)]
    pub r#where: String,
    /// Takes its condition from a check of the view's dataset, so that it stands once.
    #[serde(default)]
    pub check: String,
    /// What the person reads; `{column}` is the value.
    pub tell: String,
    /// Field to be corrected.
    pub at: String,
    /// The parameter with the days in which it is to be corrected, where that does not follow from the grade.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub days: String,
    /// Rows it must catch and must spare.
    #[serde(default, skip_serializing)]
    pub bad: Plant,
    #[serde(default, skip_serializing)]
    pub good: Plant,
}

/// A rule that compiled.
#[derive(Clone, Debug)]
pub struct Rule {
    pub text: RuleText,
    pub view: String,
    pub source: String,
    /// Condition with the group of rows before it.
    pub compiled: Arc<Compiled>,
    /// Version of the text; 0 for the one that came with the program.
    pub version: i32,
}

impl Rule {
    /// Compiles a text over a view.
    ///
    /// Errors: every problem, as sentences with their place.
    pub fn new(catalog: &Catalog, view: &str, source: &str, text: RuleText, version: i32) -> Result<Rule, Vec<String>> {
        let (Some(v), Some(columns)) = (catalog.view(view), catalog.columns_of_view(view)) else {
            return Err(vec![format!("没有视图“{}”。", crate::value::printable(view))]);
        };
        let said = if text.check.is_empty() {
            text.r#where.clone()
        } else {
            let check = catalog.dataset(&v.dataset).and_then(|d| d.checks.iter().find(|c| c.id == text.check));
            check.map(|c| c.r#where.clone()).ok_or_else(|| vec![format!("数据集没有校验“{}”。", text.check)])?
        };
        let mut bad = Vec::new();
        let own = rule::compile(&said, columns).map_err(|f| f.iter().map(ToString::to_string).collect::<Vec<_>>())?;
        let compiled = match text.scope.as_str() {
            "" => own,
            name => match v.scope.get(name) {
                Some(g) => both(rule::compile(&g.filter, columns).map_err(|f| vec![f[0].to_string()])?, own),
                None => return Err(vec![format!("视图“{}”没有适用范围“{}”。", v.title, crate::value::printable(name))]),
            },
        };
        for p in placeholders(&text.tell) {
            if columns.get(p).is_none() {
                bad.push(format!("提示语中的“{{{p}}}”不是这个视图的字段。"));
            }
        }
        if columns.get(&text.at).is_none() && !is_field(catalog, v, &text.at) {
            bad.push(format!("定位字段“{}”不存在。", crate::value::printable(&text.at)));
        }
        if text.title.trim().is_empty() || text.tell.trim().is_empty() {
            bad.push("规则名称和提示语都要填写。".into());
        }
        if !bad.is_empty() {
            return Err(bad);
        }
        Ok(Rule { text, view: view.to_owned(), source: source.to_owned(), compiled: Arc::new(compiled), version })
    }

    /// Columns whose values go with a finding.
    pub fn shown(&self) -> impl Iterator<Item = &str> {
        let more = placeholders(&self.text.tell).filter(|p| !self.compiled.columns.contains(*p));
        self.compiled.columns.iter().map(String::as_str).chain(more)
    }
}

fn is_field(catalog: &Catalog, v: &crate::view::View, name: &str) -> bool {
    let datasets = std::iter::once(&v.dataset).chain(v.join.values().map(|j| &j.dataset));
    datasets.filter_map(|d| catalog.dataset(d)).any(|d| d.field(name).is_some())
}

fn both(a: Compiled, b: Compiled) -> Compiled {
    let root = Node { at: b.root.at, ty: Ty::Bool, expr: Expr::All(vec![a.root, b.root]) };
    Compiled {
        root,
        // the group is not why a row is wrong: its columns are not shown
        columns: b.columns,
        params: a.params.into_iter().chain(b.params).collect(),
    }
}

/// Names in braces.
pub fn placeholders(tell: &str) -> impl Iterator<Item = &str> {
    tell.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

/// Fills the sentence; `show` gives the value of a column as people read it.
pub fn fill(tell: &str, show: impl Fn(&str) -> String) -> String {
    let mut out = String::new();
    for (i, part) in tell.split('{').enumerate() {
        match part.split_once('}').filter(|_| i > 0) {
            Some((name, rest)) => {
                out.push_str(&show(name));
                out.push_str(rest);
            }
            None => out.push_str(part),
        }
    }
    out
}

/// A value as people read it: labels for codes, yuan for amounts.
pub fn show(columns: &Columns, name: &str, v: &serde_json::Value) -> String {
    use serde_json::Value as J;
    let Some(c) = columns.get(name) else { return String::new() };
    let label = |code: &str| c.codes.as_ref().map_or_else(|| code.to_owned(), |l| l.label(code).to_owned());
    let unit = &c.unit;
    match v {
        J::Null => "（空）".into(),
        J::Bool(b) => if *b { "是" } else { "否" }.into(),
        J::Number(n) if c.ty == Ty::Money => {
            let fen = n.as_f64().unwrap_or(0.0);
            format!("{} 元", trimmed(fen / 100.0))
        }
        J::Number(n) if c.ty == Ty::Month => {
            let m = n.as_i64().unwrap_or(0);
            format!("{} 年 {} 月", m / 100, m % 100)
        }
        J::Number(n) if c.kind == crate::Kind::Year => n.to_string(),
        J::Number(n) if unit.is_empty() => trimmed(n.as_f64().unwrap_or(0.0)),
        J::Number(n) => format!("{} {unit}", trimmed(n.as_f64().unwrap_or(0.0))),
        J::String(s) => label(s),
        J::Array(a) => a.iter().filter_map(|x| x.as_str()).map(label).collect::<Vec<_>>().join("、"),
        J::Object(_) => String::new(),
    }
}

fn trimmed(x: f64) -> String {
    let two = format!("{x:.2}");
    two.trim_end_matches('0').trim_end_matches('.').to_owned()
}
