//! The rule language: one boolean expression over the columns of a view, the same text for every engine that evaluates it.
//! Must not know an engine's library, a table, the clock.
//!
//! A text goes through [`parse`] (tokens to a tree of bounded depth), [`check`] (types against the columns) and comes out as
//! a [`Compiled`] rule. Whatever is not listed here or in [`functions`] is refused with its place and a sentence. Logic is
//! three-valued: a comparison with an empty value is unknown, and a rule that is unknown does not catch. A division by zero
//! is empty, not an error. Sums are reckoned in double precision by every engine, so that they agree.

mod check;
pub mod functions;
mod parse;
pub mod postgres;
mod spell;

use crate::codes::CodeList;
use crate::dataset::{Dataset, Field};
use crate::kind::{Kind, Sensitivity};
use chrono::NaiveDate;
use functions::Function;
use indexmap::IndexMap;
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Kinds of values in rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ty {
    Bool,
    Text,
    Num,
    /// An amount in fen; compared with `yuan(…)`.
    Money,
    Date,
    Moment,
    /// YYYYMM.
    Month,
    /// Several codes.
    List,
    /// Stands for an enciphered number; equal or not, nothing else.
    Token,
    /// The empty value.
    Null,
}

impl Ty {
    pub fn label(self) -> &'static str {
        match self {
            Ty::Bool => "是否",
            Ty::Text => "文字",
            Ty::Num => "数字",
            Ty::Money => "金额",
            Ty::Date => "日期",
            Ty::Moment => "时间",
            Ty::Month => "年月",
            Ty::List => "多选",
            Ty::Token => "号码标记",
            Ty::Null => "空值",
        }
    }
    /// The kind of value a field holds; none where rules may not look.
    pub fn of(kind: Kind) -> Option<Ty> {
        Some(match kind {
            Kind::Text | Kind::LongText | Kind::Code | Kind::Region | Kind::Phone | Kind::Name => Ty::Text,
            Kind::Int | Kind::Decimal | Kind::Year => Ty::Num,
            Kind::Money => Ty::Money,
            Kind::Bool => Ty::Bool,
            Kind::Date => Ty::Date,
            Kind::Moment => Ty::Moment,
            Kind::Month => Ty::Month,
            Kind::Codes => Ty::List,
            // an id is compared with nothing but told apart from an empty one
            Kind::Ref => Ty::Token,
            Kind::IdCard | Kind::Bank | Kind::Attachment => return None,
        })
    }
}

/// A column that rules may name.
#[derive(Clone, Debug, Serialize)]
pub struct Column {
    pub name: String,
    pub label: String,
    pub ty: Ty,
    pub kind: Kind,
    pub unit: String,
    pub sensitivity: Sensitivity,
    #[serde(skip)]
    pub codes: Option<Arc<CodeList>>,
    /// How PostgreSQL names it in the row that is looked at.
    #[serde(skip)]
    pub sql: String,
}

/// The columns of one view or dataset.
#[derive(Clone, Debug, Default)]
pub struct Columns(pub IndexMap<String, Column>);

impl Columns {
    pub fn get(&self, name: &str) -> Option<&Column> {
        self.0.get(name)
    }
    pub fn add(&mut self, c: Column) {
        self.0.insert(c.name.clone(), c);
    }
    /// The columns of a dataset's own row. An enciphered number shows only what was derived from it.
    pub fn of_dataset(d: &Dataset, codes: &dyn Fn(&str) -> Option<Arc<CodeList>>) -> Columns {
        let mut out = Columns::default();
        for f in d.fields.values() {
            for c in columns_of(f, codes) {
                out.add(c);
            }
        }
        for (name, label, kind) in
            [("region_code", "区划", Kind::Region), ("source", "数据来源", Kind::Text), ("created_at", "登记时间", Kind::Moment)]
        {
            out.add(plain(name, label, kind, Sensitivity::Plain));
        }
        out
    }
}

/// A column that stands under its own name.
pub fn plain(name: &str, label: &str, kind: Kind, sensitivity: Sensitivity) -> Column {
    Column {
        name: name.to_owned(),
        label: label.to_owned(),
        ty: Ty::of(kind).unwrap_or(Ty::Token),
        kind,
        unit: String::new(),
        sensitivity,
        codes: None,
        sql: name.to_owned(),
    }
}

/// What rules see of one field.
pub fn columns_of(f: &Field, codes: &dyn Fn(&str) -> Option<Arc<CodeList>>) -> Vec<Column> {
    let n = &f.name;
    if let Some(ty) = Ty::of(f.kind) {
        let codes = f.codes.as_deref().and_then(codes);
        let (label, unit) = (f.label.clone(), f.unit.clone());
        return vec![Column {
            name: n.clone(),
            label,
            ty,
            kind: f.kind,
            unit,
            sensitivity: f.sensitivity,
            codes,
            sql: n.clone(),
        }];
    }
    if !f.kind.is_enciphered() {
        return vec![];
    }
    let fact = |suffix: &str, label: &str, ty, kind, sql: String| Column {
        name: format!("{n}_{suffix}"),
        label: format!("{}{label}", f.label),
        ty,
        kind,
        unit: String::new(),
        sensitivity: Sensitivity::Internal,
        codes: None,
        sql,
    };
    let mut out = vec![
        fact("filled", "已填", Ty::Bool, Kind::Bool, format!("({n}_token is not null)")),
        fact("token", "标记", Ty::Token, Kind::Ref, format!("{n}_token")),
    ];
    if f.kind == Kind::IdCard {
        out.push(fact("ok", "校验通过", Ty::Bool, Kind::Bool, format!("{n}_ok")));
        out.push(fact("kind", "号码种类", Ty::Text, Kind::Text, format!("{n}_kind")));
    }
    out
}

/// Where in a text, counted from 1 as people count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pos {
    pub line: u64,
    pub column: u64,
}

/// Why a text is not a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    pub at: Pos,
    pub text: String,
}

impl Fault {
    pub(crate) fn new(at: Pos, text: impl Into<String>) -> Fault {
        Fault { at, text: text.into() }
    }
}
impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "第 {} 行第 {} 个字：{}", self.at.line, self.at.column, self.text)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arith {
    Add,
    Sub,
    Mul,
    Div,
}

/// A node of the tree, with its place and (once checked) its kind of value.
#[derive(Clone, Debug)]
pub struct Node {
    pub at: Pos,
    pub ty: Ty,
    pub expr: Expr,
}

/// What a rule can say. `All` and `Any` hold chains of any length side by side, so that the tree stays low.
#[derive(Clone, Debug)]
pub enum Expr {
    Column(String),
    Param(String),
    Number(f64),
    Text(String),
    Bool(bool),
    Date(NaiveDate),
    Null,
    Not(Box<Node>),
    All(Vec<Node>),
    Any(Vec<Node>),
    Compare(Compare, Box<Node>, Box<Node>),
    Arith(Arith, Box<Node>, Box<Node>),
    Negative(Box<Node>),
    /// `is null`, or `is not null` when negated.
    IsNull(Box<Node>, bool),
    /// `is [not] true|false`.
    IsBool {
        of: Box<Node>,
        truth: bool,
        negated: bool,
    },
    In(Box<Node>, Vec<Node>, bool),
    Case(Vec<(Node, Node)>, Option<Box<Node>>),
    Call(&'static Function, Vec<Node>),
}

impl Node {
    fn each<'a>(&'a self, see: &mut impl FnMut(&'a Node)) {
        see(self);
        match &self.expr {
            Expr::Not(a) | Expr::Negative(a) | Expr::IsNull(a, _) | Expr::IsBool { of: a, .. } => a.each(see),
            Expr::All(l) | Expr::Any(l) | Expr::Call(_, l) => l.iter().for_each(|n| n.each(see)),
            Expr::Compare(_, a, b) | Expr::Arith(_, a, b) => {
                a.each(see);
                b.each(see);
            }
            Expr::In(a, l, _) => {
                a.each(see);
                l.iter().for_each(|n| n.each(see));
            }
            Expr::Case(l, e) => {
                for (w, t) in l {
                    w.each(see);
                    t.each(see);
                }
                if let Some(e) = e {
                    e.each(see);
                }
            }
            _ => {}
        }
    }
}

/// A text that parsed and fits its columns.
#[derive(Clone, Debug)]
pub struct Compiled {
    pub root: Node,
    /// Columns and parameters it names.
    pub columns: BTreeSet<String>,
    pub params: BTreeSet<String>,
}

/// Reads a condition: true when the row is caught.
///
/// Errors: every problem that could be found, each with its place and a sentence for the person who typed it.
pub fn compile(text: &str, columns: &Columns) -> Result<Compiled, Vec<Fault>> {
    compile_as(text, columns, Some(Ty::Bool))
}

/// Reads an expression of any kind (columns of views are such).
pub fn compile_value(text: &str, columns: &Columns) -> Result<Compiled, Vec<Fault>> {
    compile_as(text, columns, None)
}

fn compile_as(text: &str, columns: &Columns, want: Option<Ty>) -> Result<Compiled, Vec<Fault>> {
    let mut root = parse::parse(text).map_err(|f| vec![f])?;
    let mut faults = Vec::new();
    check::check(&mut root, columns, &mut faults);
    if faults.is_empty() && want == Some(Ty::Bool) && root.ty != Ty::Bool {
        faults.push(Fault::new(root.at, format!("整条规则应得出“是”或“否”，现在得出的是{}。", root.ty.label())));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let (mut cols, mut params) = (BTreeSet::new(), BTreeSet::new());
    root.each(&mut |n| match &n.expr {
        Expr::Column(c) => {
            cols.insert(c.clone());
        }
        Expr::Param(p) => {
            params.insert(p.clone());
        }
        _ => {}
    });
    Ok(Compiled { root, columns: cols, params })
}

#[cfg(test)]
mod tests;
