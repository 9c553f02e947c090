//! A scan as a job: county after county, all rules of a view in one pass, findings settled in the same transaction.

use crate::rules::{self, Known, Step};
use crate::scan::{Hit, Pass, Passed};
use crate::store::{self, Finding, Settled};
use crate::{Live, Quality};
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Error, Level, RegionCode, Result};
use chrono::{NaiveDate, Utc};
use jobs::{Handler, Outcome, Run};
use meta::rule::Columns;
use meta::rule::postgres::Params;
use meta::{Grade, Rule, ruleset};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// Kind of these jobs.
pub const KIND: &str = "quality.scan";
/// Findings of one rule kept in one county; beyond it only the count goes on, and nothing is closed.
pub const CAP: usize = 20_000;

/// Payload: `region` narrows the scan, `dispatch` sends what is found to those who correct it.
pub fn payload(region: &RegionCode, dispatch: bool) -> Json {
    json!({ "region": region.as_str(), "dispatch": dispatch })
}

/// The day in China.
pub(crate) fn today() -> NaiveDate {
    (Utc::now() + chrono::Duration::hours(8)).date_naive()
}

/// What one look at one county and view comes to.
#[derive(Clone, Debug, Default)]
pub struct Looked {
    pub passed: Passed,
    pub rules: Vec<Arc<Rule>>,
    pub settled: Settled,
}

impl Quality {
    /// All rules of a view that count in a county, over its rows or one file's, and the findings settled by what was seen.
    #[expect(clippy::too_many_arguments, reason = "who looks, at what, by which numbers, for which run")]
    pub async fn look(
        &self,
        tx: &mut ScopedTx,
        live: &Live,
        view: &str,
        county: &RegionCode,
        numbers: &Params,
        file: Option<Uuid>,
        run: Option<Uuid>,
    ) -> Result<Looked> {
        let (Some(v), Some(columns)) = (self.catalog.view(view).cloned(), self.catalog.columns_of_view(view)) else {
            return Err(Error::internal(format!("no view {view}")));
        };
        let rules = live.of(view, county.as_str());
        let range = county.scope().meet(tx.scope()).unwrap_or_else(|| tx.scope().clone());
        let ask = Pass { view: &v, columns, rules: &rules, range, params: numbers, today: today(), cap: CAP, file };
        let mut hits: Vec<Hit> = Vec::new();
        let passed = if rules.is_empty() { Passed::default() } else { self.scan.pass(tx, &ask, &mut |h| hits.push(h)).await? };
        let known = store::known(tx, view, &ask.range, file).await?;
        let settled = self.settle(tx, &ask, &passed, &hits, known, run).await?;
        Ok(Looked { passed, rules, settled })
    }

    fn finding(&self, ask: &Pass<'_>, rule: &Rule, h: &Hit, values: String) -> Finding {
        let described = self.catalog.dataset("quality.finding");
        let refers =
            |field: &str, to: &str| described.and_then(|d| d.field(field)).is_some_and(|f| f.dataset.as_deref() == Some(to));
        let text = |name: &str| said(ask.columns, name, &h.row);
        Finding {
            rule_id: rule.text.id.clone(),
            rule_version: rule.version,
            title: rule.text.title.clone(),
            severity: rule.text.grade,
            view: ask.view.id.clone(),
            subject_id: h.subject,
            file_id: h.file,
            record_id: h.file.filter(|_| refers("record_id", &ask.view.file_dataset)),
            person_ref: Some(h.subject).filter(|_| refers("person_ref", &ask.view.dataset)),
            region: h.region.clone(),
            name: text(&ask.view.name),
            at: rule.text.at.clone(),
            message: ruleset::fill(&rule.text.tell, text),
            values,
        }
    }

    async fn settle(
        &self,
        tx: &mut ScopedTx,
        ask: &Pass<'_>,
        passed: &Passed,
        hits: &[Hit],
        mut known: BTreeMap<(String, Uuid), (Uuid, Known)>,
        run: Option<Uuid>,
    ) -> Result<Settled> {
        let mut plan = store::Plan { run, ..store::Plan::default() };
        for h in hits {
            for place in &h.rules {
                let Some(rule) = ask.rules.get(*place) else { continue };
                let values = values(ask.columns, rule, &h.row);
                let old = known.remove(&(rule.text.id.clone(), h.subject));
                match (rules::step(old.as_ref().map(|(_, k)| k), Some(&values), ask.today), old) {
                    (Step::Create, _) => plan.create.push(self.finding(ask, rule, h, values)),
                    (Step::Touch, Some((id, _))) => plan.touch.push(id),
                    (Step::Reopen, Some((id, _))) => plan.reopen.push((id, self.finding(ask, rule, h, values))),
                    _ => {}
                }
            }
        }
        // a rule that failed or hit its cap has not been looked at whole: what it did not show may still be there
        let partly: BTreeSet<&str> = (0..ask.rules.len())
            .filter(|i| !passed.is_whole(*i, ask.cap))
            .filter_map(|i| ask.rules.get(i).map(|r| r.text.id.as_str()))
            .collect();
        for ((rule, _), (id, k)) in &known {
            if !partly.contains(rule.as_str()) && rules::step(Some(k), None, ask.today) == Step::Close {
                plan.close.push(*id);
            }
        }
        store::settle(tx, &plan).await
    }
}

/// A value for a sentence, as [`shown`] keeps it.
pub(crate) fn said(columns: &Columns, name: &str, row: &Map<String, Json>) -> String {
    ruleset::show(columns, name, &shown(columns, name, row))
}

/// The values that made a rule true, by label, as people read them.
fn values(columns: &Columns, rule: &Rule, row: &Map<String, Json>) -> String {
    let mut out = Map::new();
    for name in rule.shown() {
        if let Some(c) = columns.get(name).filter(|c| c.ty != meta::rule::Ty::Token) {
            out.insert(c.label.clone(), said(columns, name, row).into());
        }
    }
    Json::Object(out).to_string()
}

/// A value as a finding may keep it: contacts are masked, numbers never come here.
fn shown(columns: &Columns, name: &str, row: &Map<String, Json>) -> Json {
    use meta::Sensitivity as S;
    let v = row.get(name).cloned().unwrap_or(Json::Null);
    let Some(c) = columns.get(name) else { return Json::Null };
    match (c.sensitivity, v.as_str()) {
        (S::Contact, Some(t)) => {
            let (head, tail): (String, String) = (t.chars().take(3).collect(), t.chars().rev().take(2).collect());
            Json::from(format!("{head}****{}", tail.chars().rev().collect::<String>()))
        }
        (S::Identity | S::Bank | S::Location | S::Contact, _) if !v.is_null() && !v.is_boolean() => Json::from("（不显示）"),
        _ => v,
    }
}

/// The work behind [`KIND`].
pub struct Scanner(pub Quality);

#[derive(Default)]
struct Sum {
    rows: u64,
    hits: u64,
    grades: BTreeMap<Grade, u64>,
    settled: Settled,
    failed: BTreeMap<String, String>,
    capped: BTreeSet<String>,
}

impl Scanner {
    async fn county(&self, run: &Run, live: &Live, id: Uuid, county: &RegionCode, dispatch: bool, sum: &mut Sum) -> Result<()> {
        let q = &self.0;
        let scope = county.scope().meet(&run.actor.scope()).ok_or_else(|| Error::internal("county outside the scope"))?;
        let mut tx = q.db.begin_with_scope(&run.actor, scope).await?;
        let numbers = q.numbers(&mut tx, county, today()).await?;
        let views: Vec<String> = q.catalog.views().map(|v| v.id.clone()).collect();
        for v in views {
            run.progress.check_cancelled()?;
            let looked = q.look(&mut tx, live, &v, county, &numbers, None, Some(id)).await?;
            sum.rows += looked.passed.rows;
            sum.settled.add(&looked.settled);
            for (i, r) in looked.rules.iter().enumerate() {
                let n = looked.passed.counts.get(i).copied().unwrap_or_default();
                sum.hits += n;
                *sum.grades.entry(r.text.grade).or_default() += n;
                if n > CAP as u64 {
                    sum.capped.insert(r.text.id.clone());
                }
                store::count(&mut tx, id, county, &r.text.id, r.text.grade, looked.passed.rows, n, n > CAP as u64).await?;
            }
            for (i, why) in &looked.passed.failed {
                if let Some(r) = looked.rules.get(*i) {
                    sum.failed.insert(r.text.id.clone(), why.clone());
                }
            }
        }
        if dispatch {
            // the limits of the flow's state, set by the same keys
            let error = q.params.whole(&mut tx, "finding_fix_days_E", county, today()).await?.unwrap_or(7);
            let other = q.params.whole(&mut tx, "finding_fix_days_S", county, today()).await?.unwrap_or(15);
            let days = |n: i64| i32::try_from(n.clamp(1, 365)).unwrap_or(15);
            let own = q.catalog.rules().filter_map(|r| Some((r.text.id.clone(), days(*numbers.get(&r.text.days)? as i64))));
            let own: (Vec<String>, Vec<i32>) = own.unzip();
            sum.settled.dispatched += store::dispatch(&mut tx, county, today(), (days(error), days(other)), &own).await?;
        }
        tx.commit().await
    }
}

#[async_trait]
impl Handler for Scanner {
    async fn run(&self, run: &Run) -> Result<Outcome> {
        let q = &self.0;
        let region =
            run.payload["region"].as_str().map(RegionCode::parse).transpose()?.unwrap_or_else(|| run.actor.region.clone());
        let dispatch = run.payload["dispatch"].as_bool().unwrap_or(false);
        let mut tx = q.db.begin(&run.actor).await?;
        let live = q.live(&mut tx).await?;
        let tables: BTreeSet<String> =
            q.catalog.views().filter_map(|v| q.catalog.dataset(&v.dataset)).map(|d| d.table()).collect();
        let scope = region
            .scope()
            .meet(&run.actor.scope())
            .ok_or_else(|| Error::forbidden("quality.scope", "所选区划不在您的管辖范围内，请重新选择。"))?;
        let counties = store::counties(&mut tx, &tables, &scope).await?;
        let id = store::open_run(&mut tx, &region, run.id).await?;
        tx.commit().await?;
        let mut sum = Sum::default();
        for (i, county) in counties.iter().enumerate() {
            run.progress.part(
                0.0,
                98.0,
                i as u64,
                counties.len() as u64,
                &format!("检查第 {} 个县，共 {} 个", i + 1, counties.len()),
            );
            // a part of a county is looked at as that part
            let within = if region.level() >= Level::County { region.clone() } else { county.clone() };
            self.county(run, &live, id, &within, dispatch, &mut sum).await?;
        }
        let mut tx = q.db.begin(&run.actor).await?;
        let grade = |g: Grade| sum.grades.get(&g).copied().unwrap_or_default();
        let note = sum.failed.iter().map(|(r, w)| format!("{r}：{w}")).collect::<Vec<_>>().join("；");
        let counts = [sum.rows, sum.hits, grade(Grade::E), grade(Grade::S), grade(Grade::H)];
        store::close_run(&mut tx, id, counts, &sum.settled, &note).await?;
        tx.commit().await?;
        let s = &sum.settled;
        let mut text = format!(
            "检查 {} 条记录，{} 条规则，命中 {} 条（错误 {}、疑似 {}、提示 {}）：新增 {}，重现 {}，销号 {}，下发 {}。",
            sum.rows,
            live.rules.len(),
            sum.hits,
            grade(Grade::E),
            grade(Grade::S),
            grade(Grade::H),
            s.created,
            s.reopened,
            s.closed,
            s.dispatched
        );
        if !sum.capped.is_empty() {
            text.push_str(&format!(
                "规则 {} 单县命中超过 {CAP} 条，只登记了前 {CAP} 条。",
                sum.capped.iter().cloned().collect::<Vec<_>>().join("、")
            ));
        }
        if !note.is_empty() {
            text.push_str(&format!("未能运行的规则：{note}。"));
        }
        Ok(Outcome::new(
            text,
            json!({
                "run_id": id, "rows": sum.rows, "rules": live.rules.len(), "hits": sum.hits, "created": s.created, "reopened": s.reopened,
                "closed": s.closed, "dispatched": s.dispatched, "failed": sum.failed, "capped": sum.capped,
            }),
        ))
    }

    // each county is a transaction of its own, and a second look doubles nothing
    fn restartable(&self) -> bool {
        true
    }
}
