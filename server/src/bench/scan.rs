//! All rules of two views over a province in one pass: counts by county and rule, and the ids that were caught. Peers say the rules
//! that need no joined rows, as far as their language can say them; ours is measured with the same rules, and all rules with
//! their joins and aggregates are told beside it.

use super::lakes::{Shore, province, said};
use super::{DUCKDB, Options, Python, Sample, Script, Side, measure, median, memory, round, say};
use anyhow::{Context, Result, anyhow};
use async_trait::async_trait;
use base::Scope;
use lake::scan::{Found, Look, Seen, datasets};
use meta::rule::postgres::{Params, condition};
use meta::{Rule, View};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

const VIEWS: [&str; 2] = ["v_household", "v_member"];
/// Ids of one rule that are named.
const CAP: usize = 1000;
const PANDERA: [&str; 2] = ["pandera[polars]==0.35.0", "polars==2.1.0"];

pub(super) async fn run(o: &Options) -> Result<Json> {
    let catalog = crate::assemble::catalog()?;
    let mut all = BTreeSet::new();
    for v in VIEWS {
        all.extend(datasets(catalog.view(v).ok_or_else(|| anyhow!("no view {v}"))?));
    }
    let all: Vec<String> = all.into_iter().collect();
    let shore = Arc::new(Shore::with(o, o.households.unwrap_or(100_000), &all).await?);
    let params = shore.lake.catalog.rule_params().iter().map(|(k, p)| (k.clone(), p.value)).collect();
    let mut ours = Ours { shore: shore.clone(), params, same: Vec::new(), rules: Vec::new() };
    for v in VIEWS {
        ours.rules.push(ours.held(v).await?);
        ours.same.push(ours.alone(v)?);
    }
    let mut absent = Vec::new();
    let mut peers: Vec<Box<dyn Side>> = Vec::new();
    if o.peers {
        match Python::with(o, "duckdb", &[DUCKDB]).await {
            Ok(python) => {
                let code = include_str!("peers/duckdb_scan.py");
                let file = o.folder().join("scan-question.json");
                std::fs::write(&file, ours.question(&ours.same, "").await?)?;
                let args = |mode: &str| vec![file.display().to_string(), mode.to_owned()];
                let which = std::process::Command::new(python.program()).args(["-c", code]).args(args("which")).output()?;
                let which: Vec<Vec<usize>> = serde_json::from_slice(&which.stdout).context("what DuckDB can say")?;
                for (rules, good) in ours.same.iter_mut().zip(&which) {
                    *rules = good.iter().filter_map(|n| rules.get(*n).cloned()).collect();
                }
                std::fs::write(&file, ours.question(&ours.same, "").await?)?;
                for (mode, title) in [("each", "DuckDB 2.0.1, one query a rule"), ("pass", "DuckDB 2.0.1, one pass, counts only")]
                {
                    peers.push(Box::new(Script::python(title, &python, code, &args(mode))));
                }
            }
            Err(e) => absent.push(format!("DuckDB: {e:#}")),
        }
    }
    let library = match o.peers {
        true => ours.library(o).await.unwrap_or_else(|e| json!({ "not_measured": format!("{e:#}") })),
        false => Json::Null,
    };
    let count = |r: &[Vec<Arc<Rule>>]| r.iter().map(Vec::len).sum::<usize>();
    let size = json!({
        "library_over_the_largest_county": library,
        "households": shore.households, "rows": shore.rows, "loaded": shore.loaded,
        "rules_compared": count(&ours.same), "rules_with_joins": count(&ours.rules),
    });
    let mut sides: Vec<Box<dyn Side>> = vec![Box::new(ours)];
    sides.append(&mut peers);
    let line = measure("scan", o, size, sides, absent).await;
    Arc::into_inner(shore).context("the lake is still in use")?.close().await?;
    line
}

struct Ours {
    shore: Arc<Shore>,
    params: Params,
    /// Rules that are compared, by view.
    same: Vec<Vec<Arc<Rule>>>,
    /// All that the lake evaluates, by view.
    rules: Vec<Vec<Arc<Rule>>>,
}

impl Ours {
    fn view(&self, id: &str) -> Result<Arc<View>> {
        Ok(self.shore.lake.catalog.view(id).ok_or_else(|| anyhow!("no view {id}"))?.clone())
    }

    async fn pass(&self, id: &str, rules: &[Arc<Rule>], range: &Scope) -> Result<Found> {
        let view = self.view(id)?;
        let lake = &self.shore.lake;
        let seen = Seen::of(lake, &datasets(&view), range).await.map_err(said)?.context("not in the lake")?;
        let columns = lake.catalog.columns_of_view(id).context("columns")?;
        let look = Look { view: &view, columns, rules, range, params: &self.params, today: record::today(), cap: CAP };
        lake.scan(&seen, &look).await.map_err(said)
    }

    /// Rules of a view that the lake evaluates itself.
    async fn held(&self, id: &str) -> Result<Vec<Arc<Rule>>> {
        let rules: Vec<Arc<Rule>> = self.shore.lake.catalog.rules().filter(|r| r.view == id).cloned().collect();
        // a range without a row: planned, and done at once
        let nowhere = Scope { lo: "369900000000".into(), hi: "369901000000".into() };
        let left = self.pass(id, &rules, &nowhere).await?.left;
        Ok(rules.into_iter().enumerate().filter(|(n, _)| !left.contains(n)).map(|(_, r)| r).collect())
    }

    /// Own columns of a view as the files hold them, for another engine.
    fn own(&self, id: &str) -> Result<Map<String, Json>> {
        let view = self.view(id)?;
        let d = self.shore.dataset(&view.dataset)?;
        let files: Vec<String> = lake::shape::Shape::of(&d).columns.into_iter().map(|c| c.name).collect();
        let mut out = Map::new();
        for name in view.own.iter().map(String::as_str).chain(["region_code", "source"]) {
            let key = |suffix: &str| Some(format!("{}_key", name.strip_suffix(suffix)?)).filter(|k| files.contains(k));
            if let Some(k) = key("_filled") {
                out.insert(name.into(), format!("({k} is not null)").into());
            } else if let Some(k) = key("_token") {
                out.insert(name.into(), k.into());
            } else if files.iter().any(|f| f == name) {
                out.insert(name.into(), name.into());
            }
        }
        Ok(out)
    }

    /// Rules of a view that look at its own columns only.
    fn alone(&self, id: &str) -> Result<Vec<Arc<Rule>>> {
        let own = self.own(id)?;
        let rules = self.shore.lake.catalog.rules().filter(|r| r.view == id);
        Ok(rules.filter(|r| r.compiled.columns.iter().all(|c| own.contains_key(c))).cloned().collect())
    }

    /// A data-quality library takes minutes and all memory for what the others are asked: it is held against ours over one county, with
    /// the rules that it can say.
    async fn library(&self, o: &Options) -> Result<Json> {
        let python = Python::with(o, "pandera", &PANDERA).await?;
        let code = include_str!("peers/pandera_scan.py");
        let file = o.folder().join("scan-library.json");
        let path = file.display().to_string();
        let m = self.shore.lake.moment("registry.household", lake::When::Now).await.map_err(said)?.context("not in the lake")?;
        let county = m.files.iter().max_by_key(|f| f.rows).map(|f| f.county.clone()).context("an empty lake")?;
        std::fs::write(&file, self.question(&self.same, &county).await?)?;
        let which: Vec<Vec<usize>> = serde_json::from_value(python.ask(code, &[&path, "which"]).await?)?;
        let pick = |(rules, good): (&Vec<Arc<Rule>>, &Vec<usize>)| good.iter().filter_map(|n| rules.get(*n).cloned()).collect();
        let said_by_both: Vec<Vec<Arc<Rule>>> = self.same.iter().zip(&which).map(pick).collect();
        std::fs::write(&file, self.question(&said_by_both, &county).await?)?;
        let range = base::RegionCode::parse(&county).map_err(said)?.scope();
        let (mut ours, mut theirs, mut rows) = (Vec::new(), Vec::new(), 0);
        for _ in 0..o.runs.max(1) {
            let begun = Instant::now();
            rows = 0;
            for (id, rules) in VIEWS.iter().zip(&said_by_both) {
                rows += self.pass(id, rules, &range).await?.rows;
            }
            ours.push(begun.elapsed().as_secs_f64());
            theirs.push(python.ask(code, &[&path, "scan"]).await?["seconds"].as_f64().context("seconds")?);
        }
        let (ours, theirs) = (median(&ours), median(&theirs));
        Ok(json!({
            "name": PANDERA[0], "rows": rows, "rules": said_by_both.iter().map(Vec::len).sum::<usize>(),
            "ours_s": round(ours, 4), "theirs_s": round(theirs, 4), "ratio": round(theirs / ours, 1),
        }))
    }

    /// The rules over the files of counties whose code begins so.
    async fn question(&self, same: &[Vec<Arc<Rule>>], county: &str) -> Result<String> {
        let mut views = Vec::new();
        for (id, rules) in VIEWS.iter().zip(same) {
            let (view, columns) = (self.view(id)?, self.shore.lake.catalog.columns_of_view(id).context("columns")?);
            let m = self.shore.lake.moment(&view.dataset, lake::When::Now).await.map_err(said)?.context("not in the lake")?;
            let root = self.shore.ground.data.join("lake");
            let mine = m.files.iter().filter(|f| f.county.starts_with(county));
            let files: Vec<String> = mine.map(|f| root.join(&f.path).display().to_string()).collect();
            let rules: Vec<String> = rules.iter().map(|r| condition(&r.compiled, columns, &self.params)).collect();
            views.push(json!({ "columns": self.own(id)?, "files": files, "rules": rules }));
        }
        Ok(json!({ "today": record::today().to_string(), "views": views }).to_string())
    }
}

#[async_trait]
impl Side for Ours {
    fn name(&self) -> String {
        "ganong, one pass, counts and ids".into()
    }

    async fn run(&mut self) -> Result<Sample> {
        memory::reset_own();
        let begun = Instant::now();
        let (mut rows, mut hits) = (0, 0);
        for (id, rules) in VIEWS.iter().zip(&self.same) {
            let found = self.pass(id, rules, &province()?).await?;
            anyhow::ensure!(found.left.is_empty(), "rules were left to the records");
            rows += found.rows;
            hits += found.counts.iter().sum::<u64>();
        }
        let seconds = begun.elapsed().as_secs_f64();
        say(&format!("{rows} rows, {hits} hits"));
        let begun = Instant::now();
        for (id, rules) in VIEWS.iter().zip(&self.rules) {
            self.pass(id, rules, &province()?).await?;
        }
        let all = begun.elapsed().as_secs_f64();
        Ok(Sample { seconds, peak: memory::own_peak(), more: vec![("all_rules_with_joins_s", all)] })
    }
}
