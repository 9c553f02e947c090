//! A sheet of rules held against the rules that count: what is new, what differs and in what, what is gone, what cannot be read, and
//! which rules say the same or the opposite (domain 05 §12.7). Must not read files.

use crate::edit::Draft;
use crate::{Quality, store};
use ::store::ScopedTx;
use base::{Error, Result};
use meta::{Grade, Rule};
use serde::Serialize;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One row of a sheet: its number as Excel shows it, and the texts of its cells.
#[derive(Clone, Debug, Default)]
pub struct Line {
    pub row: u64,
    pub rule_id: String,
    /// Id or title of the view.
    pub view: String,
    pub title: String,
    /// E/S/H, or 错误/疑似/提示.
    pub severity: String,
    /// Key or name of the group of rows.
    pub scope: String,
    pub expr: String,
    pub tell: String,
    /// Name or label of the field to be corrected.
    pub at: String,
    pub src: String,
    pub basis: String,
}

/// What a row is against the rules that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Against {
    New,
    Changed,
    Same,
    /// Cannot be taken; `problems` says why.
    Faulty,
}

#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    pub row: u64,
    pub against: Against,
    pub draft: Draft,
    /// What differs: label, what counts now, what the sheet says.
    pub differences: Vec<Difference>,
    pub problems: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub label: &'static str,
    pub now: String,
    pub sheet: String,
}

/// A sheet held against the rules.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    pub rows: Vec<Compared>,
    /// Rules that count and are not in the sheet.
    pub gone: Vec<Json>,
    /// Rules that say the same or the opposite, in words.
    pub contradictions: Vec<String>,
}

/// A rule whose condition is known.
struct Said {
    id: String,
    grade: String,
    /// Whether it stands in the sheet.
    new: bool,
}

const GRADES: [Grade; 3] = [Grade::E, Grade::S, Grade::H];

fn grade_of(text: &str) -> Option<Grade> {
    GRADES.into_iter().find(|g| text.eq_ignore_ascii_case(g.code()) || text == g.label())
}

impl Quality {
    /// Holds a sheet against the rules that count. Nothing is kept.
    ///
    /// Errors: none of its rows is a rule.
    pub async fn compare_sheet(&self, tx: &mut ScopedTx, lines: Vec<Line>) -> Result<Comparison> {
        if lines.is_empty() {
            return Err(Error::invalid("quality.sheet_empty", "表头下面没有规则，请填写后再上传。"));
        }
        let live = self.live(tx).await?;
        let mut rows: Vec<Compared> = lines.into_iter().map(|l| self.held_against(l, &live.rules)).collect();
        let mut seen: BTreeMap<String, u64> = BTreeMap::new();
        for r in &mut rows {
            if let Some(first) = seen.insert(r.draft.rule_id.clone(), r.row).filter(|_| !r.draft.rule_id.is_empty()) {
                r.problems.push(format!("规则号“{}”与第 {first} 行重复，请只留一行。", r.draft.rule_id));
                r.against = Against::Faulty;
            }
        }
        let listed: BTreeSet<&str> = rows.iter().map(|r| r.draft.rule_id.as_str()).collect();
        let gone = live.rules.values().filter(|r| !listed.contains(r.text.id.as_str()));
        let gone = gone.map(|r| json!({"rule_id": r.text.id, "title": r.text.title, "view": r.view})).collect();
        let contradictions = self.contradictions(&rows, &live.rules);
        Ok(Comparison { rows, gone, contradictions })
    }

    fn held_against(&self, l: Line, live: &indexmap::IndexMap<String, Arc<Rule>>) -> Compared {
        let mut problems = Vec::new();
        let view = self.catalog.views().find(|v| v.id == l.view || v.title == l.view);
        if view.is_none() {
            problems.push(format!("没有对象“{}”，请填规则编辑页中的对象名称。", l.view));
        }
        let grade = grade_of(&l.severity);
        if grade.is_none() {
            problems.push(format!("级别“{}”应为 错误、疑似 或 提示。", l.severity));
        }
        let scope = match view {
            Some(v) if !l.scope.is_empty() => match v.scope.iter().find(|(k, s)| **k == l.scope || s.label == l.scope) {
                Some((k, _)) => k.clone(),
                None => {
                    problems.push(format!("对象“{}”没有适用范围“{}”。", v.title, l.scope));
                    l.scope.clone()
                }
            },
            _ => l.scope.clone(),
        };
        let columns = view.and_then(|v| self.catalog.columns_of_view(&v.id));
        let at = match columns {
            Some(c) if !c.0.contains_key(&l.at) => {
                c.0.values().find(|c| c.label == l.at).map_or_else(|| l.at.clone(), |c| c.name.clone())
            }
            _ => l.at.clone(),
        };
        let draft = Draft {
            rule_id: l.rule_id,
            view: view.map_or(l.view, |v| v.id.clone()),
            title: l.title,
            severity: grade.map_or(l.severity, |g| g.code().to_owned()),
            scope,
            expr: l.expr,
            tell: l.tell,
            at,
            src: l.src,
            basis: l.basis,
            stopped: false,
        };
        if problems.is_empty()
            && let Err(e) = self.fits(&draft)
        {
            let said: Vec<String> = e.problems.iter().map(|p| p.message.clone()).collect();
            problems.extend(if said.is_empty() { vec![e.sentence] } else { said });
        }
        let now = live.get(&draft.rule_id);
        let differences = now.map(|r| self.differences(r, &draft)).unwrap_or_default();
        let against = match (problems.is_empty(), now, differences.is_empty()) {
            (false, _, _) => Against::Faulty,
            (_, None, _) => Against::New,
            (_, Some(_), true) => Against::Same,
            (_, Some(_), false) => Against::Changed,
        };
        Compared { row: l.row, against, draft, differences, problems }
    }

    fn differences(&self, now: &Rule, d: &Draft) -> Vec<Difference> {
        let title = |id: &str| self.catalog.view(id).map_or_else(|| id.to_owned(), |v| v.title.clone());
        let expr = self.condition_of(now);
        let same_condition = now.view == d.view && self.spelled(&now.view, &expr) == self.spelled(&d.view, &d.expr);
        [
            ("对象", title(&now.view), title(&d.view)),
            ("名称", now.text.title.clone(), d.title.clone()),
            ("级别", now.text.grade.label().to_owned(), grade_of(&d.severity).map_or("", Grade::label).to_owned()),
            ("适用范围", now.text.scope.clone(), d.scope.clone()),
            ("条件", expr, if same_condition { self.condition_of(now) } else { d.expr.clone() }),
            ("提示语", now.text.tell.clone(), d.tell.clone()),
            ("改正字段", now.text.at.clone(), d.at.clone()),
            ("公开规则号", now.text.src.clone(), d.src.clone()),
        ]
        .into_iter()
        .filter(|(_, a, b)| a.trim() != b.trim())
        .map(|(label, now, sheet)| Difference { label, now, sheet })
        .collect()
    }

    /// A condition in its one spelling; none when it cannot be read.
    fn spelled(&self, view: &str, expr: &str) -> Option<String> {
        Some(meta::rule::compile(expr, self.catalog.columns_of_view(view)?).ok()?.root.spell())
    }

    /// Pairs of rules over the same rows, at least one of them in the sheet, that say the same or the opposite.
    fn contradictions(&self, rows: &[Compared], live: &indexmap::IndexMap<String, Arc<Rule>>) -> Vec<String> {
        let listed: BTreeSet<&str> = rows.iter().map(|r| r.draft.rule_id.as_str()).collect();
        let sheet = rows.iter().filter(|r| r.against != Against::Faulty).map(|r| {
            let d = &r.draft;
            (
                d.view.clone(),
                d.scope.clone(),
                d.expr.clone(),
                Said { id: d.rule_id.clone(), grade: d.severity.clone(), new: true },
            )
        });
        let rest = live.values().filter(|r| !listed.contains(r.text.id.as_str())).map(|r| {
            let one = Said { id: r.text.id.clone(), grade: r.text.grade.code().to_owned(), new: false };
            (r.view.clone(), r.text.scope.clone(), self.condition_of(r), one)
        });
        // by view, group of rows and spelling
        let mut known: BTreeMap<[String; 3], Vec<Said>> = BTreeMap::new();
        let mut said = Vec::new();
        for (view, scope, expr, one) in sheet.chain(rest) {
            let Some(c) = self.catalog.columns_of_view(&view).and_then(|c| meta::rule::compile(&expr, c).ok()) else { continue };
            let at = |form: String| [view.clone(), scope.clone(), form];
            let others = |form: String| known.get(&at(form)).into_iter().flatten().filter(|o| o.new || one.new);
            for o in others(c.root.spell()) {
                said.push(match o.grade == one.grade {
                    true => format!("{} 与 {} 条件相同，请只留一条。", o.id, one.id),
                    false => format!("{} 与 {} 条件相同而级别不同，请统一级别并只留一条。", o.id, one.id),
                });
            }
            for o in others(c.root.opposite()) {
                said.push(format!("{} 与 {} 的条件正好相反，凡填了的记录总要违反其中一条，请核对。", o.id, one.id));
            }
            known.entry(at(c.root.spell())).or_default().push(one);
        }
        said
    }

    /// Keeps several drafts as editions, all or none; each counts once another person releases it.
    pub async fn submit_all(&self, tx: &mut ScopedTx, drafts: &[Draft]) -> Result<Vec<Json>> {
        if drafts.is_empty() {
            return Err(Error::invalid("quality.sheet_none", "没有选中要提交的规则，请先勾选。"));
        }
        let mut out = Vec::new();
        for d in drafts {
            let made = self.submit(tx, d).await.map_err(|mut e| {
                e.sentence = format!("规则 {}：{}", d.rule_id, e.sentence);
                e
            })?;
            out.push(made);
        }
        Ok(out)
    }

    /// Lets the newest waiting editions of several rules count, all or none.
    pub async fn release_all(&self, tx: &mut ScopedTx, rules: &[String]) -> Result<Vec<Json>> {
        let mut out = Vec::new();
        for rule in rules {
            let waiting = store::waiting(tx, rule).await?;
            let id = waiting.ok_or_else(|| {
                Error::refused("quality.nothing_waits", format!("规则 {rule} 没有待发布的版本，请刷新后重选。"))
            })?;
            out.push(self.release(tx, id).await?);
        }
        Ok(out)
    }
}
