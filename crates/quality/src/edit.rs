//! Rules written at the desk: checked while typed, tried on one county before they count, released by a second person,
//! rolled back, switched off for a county.

use crate::scan::{Hit, Pass};
use crate::{Quality, job, store};
use ::store::ScopedTx;
use base::{Error, FieldProblem, Level, RegionCode, Result};
use meta::rule::{self, Fault};
use meta::ruleset::{self, RuleText};
use meta::{Grade, Rule};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use uuid::Uuid;

/// A rule as the editor sends it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    pub rule_id: String,
    pub view: String,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub severity: String,
    #[serde(default)]
    pub scope: String,
    #[serde(default)]
    pub expr: String,
    #[serde(default)]
    pub tell: String,
    #[serde(default)]
    pub at: String,
    #[serde(default)]
    pub src: String,
    #[serde(default)]
    pub basis: String,
    /// The rule is to be taken out of use.
    #[serde(default)]
    pub stopped: bool,
}

/// What the editor learns while somebody types.
#[derive(Debug, Serialize)]
pub struct Checked {
    pub ok: bool,
    pub faults: Vec<Fault>,
    /// Columns it looks at and numbers it names.
    pub columns: Vec<String>,
    pub params: Vec<Json>,
}

/// A rule tried on a county.
#[derive(Debug, Serialize)]
pub struct Tried {
    pub rows: u64,
    pub hits: u64,
    /// Share of the rows in percent; a rule that catches more than 30 % or nothing is rarely meant so (domain 05 §12.7).
    pub share_pct: f64,
    pub warning: Option<String>,
    pub sample: Vec<Json>,
}

const SAMPLE: usize = 20;
/// Longest condition typed in (domain 05 §12.7 says 2000; the longest of the program is longer).
const MOST: usize = 4000;

impl Draft {
    fn text(&self) -> RuleText {
        RuleText {
            id: self.rule_id.trim().to_owned(),
            src: self.src.trim().to_owned(),
            also: vec![],
            title: self.title.trim().to_owned(),
            grade: match self.severity.as_str() {
                "E" => Grade::E,
                "S" => Grade::S,
                _ => Grade::H,
            },
            scope: self.scope.clone(),
            r#where: self.expr.clone(),
            check: String::new(),
            tell: self.tell.trim().to_owned(),
            at: self.at.clone(),
            days: String::new(),
            bad: Default::default(),
            good: Default::default(),
        }
    }
}

impl Quality {
    /// Reads a condition as it is typed.
    pub fn check(&self, view: &str, expr: &str) -> Result<Checked> {
        let columns = self.catalog.columns_of_view(view).ok_or_else(no_view)?;
        if expr.chars().count() > MOST {
            let text = format!("条件最多 {MOST} 个字，请拆成几条规则。");
            let at = rule::Pos { line: 1, column: 1 };
            return Ok(Checked { ok: false, faults: vec![Fault { at, text }], columns: vec![], params: vec![] });
        }
        Ok(match rule::compile(expr, columns) {
            Ok(c) => {
                let unknown = c.params.iter().find(|p| !self.catalog.rule_params().contains_key(*p));
                let faults: Vec<Fault> = unknown
                    .map(|p| Fault { at: c.root.at, text: format!("没有参数“{p}”，请从参数列表中选用。") })
                    .into_iter()
                    .collect();
                let params =
                    c.params.iter().filter_map(|p| self.catalog.rule_params().get(p).map(|d| json!({"key": p, "param": d})));
                Checked { ok: faults.is_empty(), faults, columns: c.columns.iter().cloned().collect(), params: params.collect() }
            }
            Err(faults) => Checked { ok: false, faults, columns: vec![], params: vec![] },
        })
    }

    fn compiled(&self, d: &Draft) -> Result<Rule> {
        let checked = self.check(&d.view, &d.expr)?;
        let refuse = |problems: Vec<FieldProblem>| {
            Err(Error::invalid("quality.rule", "规则还不能用，请按提示改正。").with_problems(problems))
        };
        if !checked.ok {
            return refuse(checked.faults.iter().map(|f| FieldProblem::new("expr", "quality.expr", f.to_string())).collect());
        }
        match Rule::new(&self.catalog, &d.view, &d.basis, d.text(), 0) {
            Ok(r) => Ok(r),
            Err(all) => refuse(all.into_iter().map(|t| FieldProblem::new("tell", "quality.rule", t)).collect()),
        }
    }

    /// Counts and shows what a rule would catch in a county; nothing is kept.
    pub async fn try_on(&self, tx: &mut ScopedTx, draft: &Draft, county: &RegionCode) -> Result<Tried> {
        if county.level() < Level::County {
            return Err(Error::invalid("quality.try_county", "请选择一个县（或乡、村）试跑。"));
        }
        let rule = Arc::new(self.compiled(draft)?);
        let (Some(view), Some(columns)) = (self.catalog.view(&draft.view), self.catalog.columns_of_view(&draft.view)) else {
            return Err(no_view());
        };
        let range =
            county.scope().meet(tx.scope()).ok_or_else(|| Error::forbidden("quality.scope", "所选区划不在您的管辖范围内。"))?;
        let numbers = self.numbers(tx, county, job::today()).await?;
        let rules = [rule.clone()];
        let ask = Pass { view, columns, rules: &rules, range, params: &numbers, today: job::today(), cap: SAMPLE, file: None };
        let mut sample: Vec<Json> = Vec::new();
        let passed = self
            .scan
            .pass(tx, &ask, &mut |h: Hit| {
                let said = ruleset::fill(&rule.text.tell, |n| job::said(columns, n, &h.row));
                sample.push(json!({"id": h.subject, "file_id": h.file, "region_code": h.region, "message": said}));
            })
            .await?;
        if let Some((_, why)) = passed.failed.first() {
            return Err(Error::refused("quality.failed", format!("规则没有运行成功：{why}")));
        }
        let hits = passed.counts.first().copied().unwrap_or_default();
        let share_pct = if passed.rows == 0 { 0.0 } else { hits as f64 * 100.0 / passed.rows as f64 };
        let warning = if hits == 0 {
            Some("一条也没有命中，请核对条件。".to_owned())
        } else if share_pct > 30.0 {
            Some("命中超过三成，请核对条件是否过宽。".to_owned())
        } else {
            None
        };
        Ok(Tried { rows: passed.rows, hits, share_pct, warning, sample })
    }

    /// The rule that a draft would be.
    ///
    /// Errors: what is wrong with its number, condition or sentence, field by field.
    pub(crate) fn fits(&self, draft: &Draft) -> Result<Rule> {
        let id = draft.rule_id.trim();
        let fits = (2..=20).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !fits {
            let p = FieldProblem::new("rule_id", "quality.rule_id", "规则号用 2—20 个字母、数字和短横线，如 Q301。");
            return Err(Error::invalid("quality.rule", "规则还不能用，请按提示改正。").with_problems(vec![p]));
        }
        self.compiled(draft)
    }

    /// Keeps a draft as the next version of its rule; it counts once another person releases it.
    pub async fn submit(&self, tx: &mut ScopedTx, draft: &Draft) -> Result<Json> {
        let id = draft.rule_id.trim();
        let rule = self.fits(draft)?;
        let (edition, version) = store::add(tx, &draft.view, &rule.text, &draft.basis, draft.stopped).await?;
        Ok(json!({"id": edition, "rule_id": id, "version": version, "state": "02"}))
    }

    /// Lets an edition count. The person who wrote it may not release it.
    pub async fn release(&self, tx: &mut ScopedTx, edition: Uuid) -> Result<Json> {
        let e = store::by_id(tx, edition).await?.ok_or_else(no_edition)?;
        if e.state == "03" {
            return Err(Error::conflict("quality.released", "这个版本已经发布。"));
        }
        if e.submitted_by == Some(tx.actor().user_id) {
            return Err(Error::forbidden("quality.two_persons", "规则须由另一人发布，提交人不能发布自己的规则。"));
        }
        // what was right when it was written may not fit the views of today
        Rule::new(&self.catalog, &e.view, &e.source, e.text.clone(), e.version)
            .map_err(|all| Error::refused("quality.rule_outdated", format!("这个版本与现在的字段不符：{}", all.join("；"))))?;
        store::release(tx, &e).await?;
        Ok(json!({"rule_id": e.text.id, "version": e.version, "state": "03"}))
    }

    /// Takes the released edition back: the rule is again what came with the program, or nothing.
    pub async fn roll_back(&self, tx: &mut ScopedTx, rule: &str) -> Result<Json> {
        if store::retire(tx, rule).await? == 0 {
            return Err(Error::refused("quality.nothing_released", "这条规则没有已发布的版本，无需回退。"));
        }
        Ok(json!({"rule_id": rule, "built_in": self.catalog.rule(rule).is_some()}))
    }

    /// Switches a rule off (or on again) for a county.
    pub async fn switch(&self, tx: &mut ScopedTx, rule: &str, county: &RegionCode, on: bool, reason: &str) -> Result<()> {
        if !self.live(tx).await?.rules.contains_key(rule) {
            return Err(Error::not_found("quality.no_rule", "没有这条规则，请刷新后重试。"));
        }
        if county.level() != Level::County {
            return Err(Error::invalid("quality.switch_county", "只能按县（市、区）开关规则。"));
        }
        if reason.trim().is_empty() {
            return Err(Error::invalid("quality.switch_reason", "请填写开关规则的原因。"));
        }
        store::set_switch(tx, rule, county.as_str(), on, reason.trim()).await
    }

    /// Every rule that counts, with its origin, for the list of the editor.
    pub async fn list(&self, tx: &mut ScopedTx) -> Result<Json> {
        let live = self.live(tx).await?;
        let rules: Vec<Json> = live
            .rules
            .values()
            .map(|r| {
                let off =
                    live.off.iter().filter(|(id, _)| *id == r.text.id).map(|(_, county)| county.clone()).collect::<Vec<_>>();
                json!({
                    "rule_id": r.text.id, "view": r.view, "version": r.version, "title": r.text.title, "severity": r.text.grade,
                    "scope": r.text.scope, "expr": self.condition_of(r), "tell": r.text.tell, "at": r.text.at, "src": r.text.src,
                    "also": r.text.also, "source": r.source, "params": r.compiled.params, "off": off,
                })
            })
            .collect();
        Ok(json!({"items": rules, "broken": live.broken, "not_yet": self.catalog.not_yet()}))
    }

    /// The condition as it can be edited, also where it stands as a check of a dataset.
    pub(crate) fn condition_of(&self, r: &Rule) -> String {
        let check = self
            .catalog
            .view(&r.view)
            .and_then(|v| self.catalog.dataset(&v.dataset))
            .and_then(|d| d.checks.iter().find(|c| c.id == r.text.check).map(|c| c.r#where.clone()));
        check.unwrap_or_else(|| r.text.r#where.clone())
    }

    /// Views with their columns, groups, functions and numbers: what the editor offers.
    pub fn vocabulary(&self) -> Json {
        let views: Vec<Json> = self
            .catalog
            .views()
            .map(|v| {
                let columns: Vec<Json> = self
                    .catalog
                    .columns_of_view(&v.id)
                    .into_iter()
                    .flat_map(|c| c.0.values())
                    .map(|c| {
                        let codes =
                            c.codes.as_ref().map(|l| l.items.iter().map(|i| json!([i.code, i.label])).collect::<Vec<_>>());
                        json!({"name": c.name, "label": c.label, "kind": c.ty.label(), "unit": c.unit, "codes": codes})
                    })
                    .collect();
                json!({"id": v.id, "title": v.title, "grain": v.grain, "columns": columns, "scopes": v.scope})
            })
            .collect();
        json!({"views": views, "functions": rule::functions::shown(), "params": self.catalog.rule_params()})
    }

    /// Editions of a rule, newest first.
    pub async fn versions(&self, tx: &mut ScopedTx, rule: &str) -> Result<Vec<Json>> {
        store::editions(tx, rule).await
    }

    /// Open, closed, exempted and overdue findings below a region, and the runs behind them.
    pub async fn overview(&self, tx: &mut ScopedTx, region: &RegionCode) -> Result<Json> {
        let range =
            region.scope().meet(tx.scope()).ok_or_else(|| Error::forbidden("quality.scope", "所选区划不在您的管辖范围内。"))?;
        let digits = match region.level() {
            Level::Province => 4,
            Level::City => 6,
            Level::County => 9,
            Level::Town | Level::Village => 12,
        };
        let items = store::overview(tx, &range, digits).await?;
        let titles: serde_json::Map<String, Json> =
            self.live(tx).await?.rules.values().map(|r| (r.text.id.clone(), r.text.title.clone().into())).collect();
        let trend = store::trend(tx, &range).await?;
        Ok(json!({"items": items, "titles": titles, "trend": trend}))
    }
}

fn no_view() -> Error {
    Error::not_found("quality.no_view", "没有这个视图，请从列表中选择。")
}
fn no_edition() -> Error {
    Error::not_found("quality.no_edition", "没有这个规则版本，可能已被删除，请刷新后重试。")
}
