//! The query over any field: conditions on a row and on the rows that refer to it, in groups of and/or, held against the
//! descriptions and what the asker may see. Must not know what a field means.
//!
//! A condition looks at a field only where its value is shown plainly to the asker; a number of a person or a bank may be asked
//! for whole, and is compared by its token. So a query never tells more than the list that it finds.

mod saved;
mod store;
mod tree;
mod wide;

pub use saved::{NewQuery, SavedQueries, SavedQuery};
pub use tree::{Node, Op, Test};
pub use wide::{Ask, Found, Spread, Wide};

use crate::Records;
use crate::hooks::{Condition, Narrow};
use crate::sight::Sight;
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Actor, Error, FieldProblem, Result, Scope};
use meta::{Dataset, Field, Kind, Value, Verb};
use serde::Serialize;
use serde_json::Value as Json;
use std::sync::Arc;

/// Name under which a list is narrowed to a saved query.
pub const SAVED: &str = "query";
/// Name under which it is narrowed to conditions of one request; not taken from an address.
pub(crate) const ADHOC: &str = "search";

/// What may be asked of a dataset: its fields, and those of the datasets whose rows refer to it.
#[derive(Clone, Debug, Serialize)]
pub struct Offer {
    pub dataset: String,
    pub title: String,
    /// The field that refers to the row asked for, or by which that row refers to it; none for the dataset itself.
    pub via: Option<String>,
    /// The row asked for refers to it.
    pub forward: bool,
    pub fields: Vec<OfferedField>,
}
#[derive(Clone, Debug, Serialize)]
pub struct OfferedField {
    pub name: String,
    pub label: String,
    pub group: String,
    pub kind: Kind,
    pub unit: String,
    pub codes: Option<String>,
    pub ops: Vec<Op>,
}

/// A condition that fits the description, with typed values. Both compilers (to PostgreSQL here, to the copy behind [`Wide`])
/// read it; a value that is empty makes a comparison unknown, and what is unknown is not found.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a tree of a few tests, made once a query")]
pub enum Checked {
    All(Vec<Checked>),
    Any(Vec<Checked>),
    Test {
        field: Field,
        op: Op,
        values: Vec<Value>,
    },
    /// There are at least so many rows of `dataset` (0: none) that refer to the row by `via`, or (`forward`) that it refers to.
    Rows {
        dataset: Arc<Dataset>,
        via: String,
        forward: bool,
        least: i64,
        inner: Box<Checked>,
    },
}

/// How a field may be asked for by somebody with this sight.
pub fn ops(sight: Sight, f: &Field) -> Vec<Op> {
    if f.kind == Kind::Attachment || sight.is_hidden(f) {
        return Vec::new();
    }
    if f.kind.is_enciphered() || f.kind == Kind::Phone {
        return vec![Op::Is];
    }
    if !sight.is_plain(f) {
        return Vec::new();
    }
    let mut out = match f.kind {
        Kind::Code | Kind::Codes => vec![Op::In, Op::NotIn],
        Kind::Bool => vec![Op::Is],
        Kind::Int | Kind::Decimal | Kind::Money | Kind::Month | Kind::Year => vec![Op::Between, Op::AtLeast, Op::AtMost, Op::Is],
        Kind::Date | Kind::Moment => vec![Op::Between, Op::AtLeast, Op::AtMost, Op::DaysAgo, Op::WithinDays],
        Kind::Text | Kind::Name => vec![Op::Is, Op::Begins, Op::Contains],
        Kind::LongText => vec![Op::Contains],
        Kind::Region => vec![Op::Begins],
        Kind::Ref => vec![],
        Kind::Phone | Kind::IdCard | Kind::Bank | Kind::Attachment => vec![],
    };
    out.extend([Op::Empty, Op::Filled]);
    out
}

impl Records {
    /// What this actor may ask of a dataset.
    pub fn offer(&self, actor: &Actor, d: &Dataset) -> Vec<Offer> {
        let sight = self.sight.of(actor);
        let fields = |d: &Dataset, but: &str| -> Vec<OfferedField> {
            let shown = d.fields.values().filter(|f| f.name != but);
            let some = shown.filter_map(|f| {
                let ops = ops(sight, f);
                (!ops.is_empty()).then(|| OfferedField {
                    name: f.name.clone(),
                    label: f.label.clone(),
                    group: f.group.clone(),
                    kind: f.kind,
                    unit: f.unit.clone(),
                    codes: f.codes.clone(),
                    ops,
                })
            });
            some.collect()
        };
        let own = Offer { dataset: d.id.clone(), title: d.title.clone(), via: None, forward: false, fields: fields(d, "") };
        let others = self.catalog.datasets().filter(|c| self.may(actor, c, Verb::Read)).filter_map(|c| {
            let (via, forward) = link(c, d)?;
            Some(Offer {
                dataset: c.id.clone(),
                title: c.title.clone(),
                via: Some(via.name.clone()),
                forward,
                fields: fields(c, if forward { "" } else { &via.name }),
            })
        });
        [own].into_iter().chain(others).collect()
    }

    /// Holds conditions against the descriptions and the actor's sight; every problem with its place.
    pub(crate) fn check(&self, actor: &Actor, d: &Dataset, node: &Node) -> Result<Checked> {
        let mut problems = Vec::new();
        let checked = self.check_node(actor, d, node, "", &mut problems);
        match (checked, problems.is_empty()) {
            (Some(c), true) => Ok(c),
            // the first one is said at once; all of them are in the list
            _ => {
                let first = problems.first().map_or("请按提示改正。", |p| p.message.as_str());
                Err(Error::invalid("record.search", format!("查询条件有误：{first}")).with_problems(problems))
            }
        }
    }

    /// `at`: the place in the tree, `/0/2` for the third part of the first group.
    fn check_node(&self, actor: &Actor, d: &Dataset, node: &Node, at: &str, bad: &mut Vec<FieldProblem>) -> Option<Checked> {
        let many = |list: &[Node], bad: &mut Vec<FieldProblem>| -> Vec<Checked> {
            let one = |(i, n): (usize, &Node)| self.check_node(actor, d, n, &format!("{at}/{i}"), bad);
            list.iter().enumerate().filter_map(one).collect()
        };
        match node {
            Node::All(list) => Some(Checked::All(many(list, bad))),
            Node::Any(list) => Some(Checked::Any(many(list, bad))),
            Node::Rows { of, least, inner } => {
                let c = self.catalog.dataset(of).filter(|c| self.may(actor, c, Verb::Read)).cloned();
                let Some((c, via, forward)) =
                    c.and_then(|c| link(&c, d).map(|(f, w)| (f.name.clone(), w)).map(|(v, w)| (c, v, w)))
                else {
                    let text = format!("{}所选的关联记录不存在，或您的岗位不能查看，请重新选择。", tree::place(at));
                    bad.push(FieldProblem::new(at, "record.search_rows", text));
                    return None;
                };
                // a group over the rows is numbered as they are; a single test is their first part
                let below = if matches!(**inner, Node::Test(_)) { format!("{at}/0") } else { at.to_owned() };
                let inner = self.check_node(actor, &c, inner, &below, bad)?;
                Some(Checked::Rows { dataset: c, via, forward, least: least.unwrap_or(1), inner: Box::new(inner) })
            }
            Node::Test(t) => {
                let mut say =
                    |text: String| bad.push(FieldProblem::new(at, "record.search_field", format!("{}{text}", tree::place(at))));
                let Some(f) = d.field(&t.field) else {
                    say(format!("“{}”没有字段“{}”，请重新选择字段。", d.title, meta::value::printable(&t.field)));
                    return None;
                };
                let may = ops(self.sight.of(actor), f);
                if may.is_empty() {
                    say(format!("“{}”对您的岗位脱敏显示，不能作为查询条件。", f.label));
                    return None;
                }
                if !may.contains(&t.op) {
                    say(format!("“{}”不能按“{}”查询。", f.label, t.op.label()));
                    return None;
                }
                match self.values_of(f, t) {
                    Ok(values) => Some(Checked::Test { field: f.clone(), op: t.op, values }),
                    Err(text) => {
                        say(text);
                        None
                    }
                }
            }
        }
    }

    fn values_of(&self, f: &Field, t: &Test) -> Result<Vec<Value>, String> {
        let want = match t.op {
            Op::Empty | Op::Filled => 0..=0,
            Op::In | Op::NotIn => 1..=200,
            Op::Between => 2..=2,
            _ => 1..=1,
        };
        if !want.contains(&t.values.len()) {
            return Err(format!("“{}”的条件没有填完整。", f.label));
        }
        let read = |v: &Json| -> Result<Value, String> {
            match (t.op, f.kind) {
                (Op::DaysAgo | Op::WithinDays, _) => {
                    let n = v.as_i64().or_else(|| v.as_str().and_then(|s| s.trim().parse().ok()));
                    let n = n.filter(|n| (0..=36_500).contains(n)).and_then(|n| i32::try_from(n).ok());
                    n.map(Value::Int).ok_or_else(|| format!("“{}”的天数应为 0 到 36500 的整数。", f.label))
                }
                (Op::Begins | Op::Contains, _) => {
                    let s = v.as_str().map(str::trim).filter(|s| !s.is_empty() && s.chars().count() <= 50);
                    s.map(|s| Value::Text(s.to_owned())).ok_or_else(|| format!("“{}”要查的文字应为 1 到 50 字。", f.label))
                }
                (_, Kind::Codes) => meta::value::read(&self.catalog, f, &Json::Array(vec![v.clone()])).map_err(|p| p.message),
                _ => meta::value::read(&self.catalog, f, v).map_err(|p| p.message),
            }
        };
        let values = t.values.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        if values.iter().any(Value::is_null) {
            return Err(format!("“{}”的条件没有填完整。", f.label));
        }
        Ok(values)
    }

    /// The condition of a checked query, for rows `t` inside a range.
    pub(crate) fn condition(&self, checked: Checked, range: Scope) -> Condition {
        let vault = self.vault.clone();
        let today = crate::today();
        Box::new(move |qb| store::push(qb, vault.as_ref(), &checked, "t", 0, &range, today))
    }
}

/// How rows of `c` and of `d` hang together: the field by which those of `c` refer to those of `d` (its parent field, or its
/// first reference), or else (true) the one by which those of `d` refer to those of `c`.
fn link<'a>(c: &'a Dataset, d: &'a Dataset) -> Option<(&'a Field, bool)> {
    let to = |f: &&Field, id: &str| f.kind == Kind::Ref && f.dataset.as_deref() == Some(id);
    if c.id == d.id {
        return None;
    }
    c.parent
        .as_ref()
        .filter(|p| p.dataset == d.id)
        .and_then(|p| c.field(&p.field))
        .or_else(|| c.fields.values().find(|f| to(f, &d.id)))
        .map(|f| (f, false))
        .or_else(|| d.fields.values().find(|f| to(f, &c.id)).map(|f| (f, true)))
}

/// Narrows a list by conditions of one request.
pub struct AdHoc;

#[async_trait]
impl Narrow for AdHoc {
    async fn narrow(&self, records: &Records, tx: &mut ScopedTx, d: &Dataset, text: &str) -> Result<(Condition, String)> {
        let node = Node::read(&serde_json::from_str(text)?)?;
        let checked = records.check(tx.actor(), d, &node)?;
        Ok((records.condition(checked, tx.scope().clone()), "符合查询条件的记录".to_owned()))
    }
}
