//! Everything described, read once at start. A description that does not lint stops the start with all its problems.

use crate::bulletin::Bulletin;
use crate::codes::CodeList;
use crate::dataset::Dataset;
use crate::feed::{Feed, Package};
use crate::flow::Flow;
use crate::ledger::Ledger;
use crate::lint;
use crate::module::{ModuleFile, Verb};
use crate::report::Report;
use crate::rule::Columns;
use crate::ruleset::{NotYet, Param, Rule, RuleFile};
use crate::view::{Resolved, View};
use include_dir::Dir;
use indexmap::IndexMap;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::sync::Arc;

#[derive(Debug, Default)]
pub struct Catalog {
    modules: IndexMap<String, ModuleFile>,
    pub(crate) datasets: IndexMap<String, Arc<Dataset>>,
    codes: IndexMap<String, Arc<CodeList>>,
    flows: IndexMap<String, Arc<Flow>>,
    reports: IndexMap<String, Arc<Report>>,
    packages: IndexMap<String, Arc<Package>>,
    feeds: IndexMap<String, Arc<Feed>>,
    ledgers: IndexMap<String, Arc<Ledger>>,
    bulletins: IndexMap<String, Arc<Bulletin>>,
    views: IndexMap<String, (Arc<View>, Arc<Resolved>)>,
    rules: IndexMap<String, Arc<Rule>>,
    params: IndexMap<String, Param>,
    not_yet: Vec<NotYet>,
}

/// What a module describes: its `module.toml` and its folder `meta/`, both embedded.
#[derive(Clone, Copy)]
pub struct Descriptions {
    pub module: &'static str,
    pub meta: &'static Dir<'static>,
}

/// Descriptions that do not fit together: one line each, with the file.
#[derive(Debug, thiserror::Error)]
#[error("descriptions do not load:\n{}", .0.join("\n"))]
pub struct Problems(pub Vec<String>);

impl Catalog {
    /// Reads the descriptions of all modules.
    pub fn load(modules: &[Descriptions]) -> Result<Arc<Catalog>, Problems> {
        let mut c = Catalog::default();
        let mut bad = Vec::new();
        let (mut views, mut files): (Vec<View>, Vec<(String, RuleFile)>) = (vec![], vec![]);
        for m in modules {
            let dir = m.meta;
            let module: Option<ModuleFile> = toml::from_str(m.module).map_err(|e| bad.push(format!("module.toml: {e}"))).ok();
            let Some(module) = module else { continue };
            let schema = module.schema().to_owned();
            each(dir, "codes", &mut bad, |mut l: CodeList, _, _| {
                l.index();
                c.codes.insert(l.id.clone(), Arc::new(l)).map(|o| format!("code list {} exists twice", o.id))
            });
            each(dir, "datasets", &mut bad, |mut d: Dataset, hash, _| {
                d.settle(&schema, hash);
                c.datasets.insert(d.id.clone(), Arc::new(d)).map(|o| format!("dataset {} exists twice", o.id))
            });
            each(dir, "flows", &mut bad, |f: Flow, _, _| {
                c.flows.insert(f.id.clone(), Arc::new(f)).map(|o| format!("flow {} exists twice", o.id))
            });
            each(dir, "reports", &mut bad, |r: Report, _, _| {
                c.reports.insert(r.id.clone(), Arc::new(r)).map(|o| format!("report {} exists twice", o.id))
            });
            each(dir, "packages", &mut bad, |p: Package, _, _| {
                c.packages.insert(p.id.clone(), Arc::new(p)).map(|o| format!("package {} exists twice", o.id))
            });
            each(dir, "feeds", &mut bad, |f: Feed, _, _| {
                c.feeds.insert(f.id.clone(), Arc::new(f)).map(|o| format!("feed {} exists twice", o.id))
            });
            each(dir, "ledgers", &mut bad, |l: Ledger, _, _| {
                c.ledgers.insert(l.id.clone(), Arc::new(l)).map(|o| format!("ledger {} exists twice", o.id))
            });
            each(dir, "bulletins", &mut bad, |b: Bulletin, _, _| {
                c.bulletins.insert(b.id.clone(), Arc::new(b)).map(|o| format!("bulletin {} exists twice", o.id))
            });
            each(dir, "views", &mut bad, |mut v: View, _, _| {
                v.schema = schema.clone();
                views.push(v);
                None
            });
            each(dir, "rules", &mut bad, |f: RuleFile, _, name| {
                files.push((name.to_owned(), f));
                None
            });
            c.modules.insert(module.id.clone(), module);
        }
        for (id, r) in &mut c.reports {
            // nobody else holds it yet
            if let Some(r) = Arc::get_mut(r)
                && let Err(e) = r.settle(|l| c.codes.get(l).map(Arc::as_ref))
            {
                bad.push(format!("report {id}: {e}"));
            }
        }
        for (id, l) in &mut c.ledgers {
            if let Some(l) = Arc::get_mut(l)
                && let Err(e) = l.settle(|n| c.codes.get(n).map(Arc::as_ref))
            {
                bad.push(format!("ledger {id}: {e}"));
            }
        }
        c.settle_checks(&mut bad);
        c.settle_rules(views, files, &mut bad);
        bad.extend(lint::lint(&c));
        if bad.is_empty() { Ok(Arc::new(c)) } else { Err(Problems(bad)) }
    }

    /// Checks of datasets in the rule language, with what the database evaluates.
    fn settle_checks(&mut self, bad: &mut Vec<String>) {
        let codes = self.codes.clone();
        for d in self.datasets.values_mut() {
            let columns = Columns::of_dataset(d, &|l| codes.get(l).cloned());
            let Some(d) = Arc::get_mut(d) else { continue };
            for k in &mut d.checks {
                match crate::rule::compile(&k.r#where, &columns) {
                    Ok(c) => k.sql = crate::rule::postgres::condition(&c, &columns, &Default::default()),
                    Err(f) => bad.extend(f.iter().map(|f| format!("dataset {}: check {}: {f}", d.id, k.id))),
                }
            }
        }
    }

    fn settle_rules(&mut self, views: Vec<View>, files: Vec<(String, RuleFile)>, bad: &mut Vec<String>) {
        for v in views {
            match v.resolve(self) {
                Ok(r) => {
                    if self.views.insert(v.id.clone(), (Arc::new(v.clone()), Arc::new(r))).is_some() {
                        bad.push(format!("view {} exists twice", v.id));
                    }
                }
                Err(all) => bad.extend(all.into_iter().map(|p| format!("view {}: {p}", v.id))),
            }
        }
        for (name, file) in files {
            self.not_yet.extend(file.not_yet);
            for (key, p) in file.param {
                if self.params.insert(key.clone(), p).is_some() {
                    bad.push(format!("{name}: parameter {key} exists twice"));
                }
            }
            for mut text in file.rule {
                let id = text.id.clone();
                if text.scope.is_empty() {
                    text.scope = file.scope.clone();
                }
                if text.bad.is_empty() {
                    bad.push(format!("{name}: rule {id} plants no row that it must catch"));
                }
                match Rule::new(self, &file.view, &file.source, text, 0) {
                    Ok(r) => {
                        if self.rules.insert(id.clone(), Arc::new(r)).is_some() {
                            bad.push(format!("{name}: rule {id} exists twice"));
                        }
                    }
                    Err(all) => bad.extend(all.into_iter().map(|p| format!("{name}: rule {id}: {p}"))),
                }
            }
        }
        for r in self.rules.values() {
            for p in r.compiled.params.iter().filter(|p| !self.params.contains_key(*p)) {
                bad.push(format!("rule {}: parameter {p} is not described", r.text.id));
            }
            if !r.text.days.is_empty() && !self.params.contains_key(&r.text.days) {
                bad.push(format!("rule {}: parameter {} of its days is not described", r.text.id, r.text.days));
            }
        }
    }

    pub fn views(&self) -> impl Iterator<Item = &Arc<View>> {
        self.views.values().map(|(v, _)| v)
    }
    pub fn view(&self, id: &str) -> Option<&Arc<View>> {
        self.views.get(id).map(|(v, _)| v)
    }
    pub fn columns_of_view(&self, id: &str) -> Option<&Columns> {
        self.views.get(id).map(|(_, r)| &r.columns)
    }
    /// The statement that makes a view, for a person to copy into a migration.
    pub fn draft_of_view(&self, id: &str) -> Option<&str> {
        self.views.get(id).map(|(_, r)| r.draft.as_str())
    }
    /// Rules that come with the program.
    pub fn rules(&self) -> impl Iterator<Item = &Arc<Rule>> {
        self.rules.values()
    }
    pub fn rule(&self, id: &str) -> Option<&Arc<Rule>> {
        self.rules.get(id)
    }
    /// Defaults of the numbers that rules name.
    pub fn rule_params(&self) -> &IndexMap<String, Param> {
        &self.params
    }
    /// Rules of the sources that cannot be said yet.
    pub fn not_yet(&self) -> &[NotYet] {
        &self.not_yet
    }

    pub fn modules(&self) -> impl Iterator<Item = &ModuleFile> {
        self.modules.values()
    }
    pub fn module(&self, id: &str) -> Option<&ModuleFile> {
        self.modules.get(id)
    }
    pub fn datasets(&self) -> impl Iterator<Item = &Arc<Dataset>> {
        self.datasets.values()
    }
    pub fn dataset(&self, id: &str) -> Option<&Arc<Dataset>> {
        self.datasets.get(id)
    }
    pub fn codes(&self, id: &str) -> Option<&Arc<CodeList>> {
        self.codes.get(id)
    }
    pub fn code_lists(&self) -> impl Iterator<Item = &Arc<CodeList>> {
        self.codes.values()
    }
    pub fn flows(&self) -> impl Iterator<Item = &Arc<Flow>> {
        self.flows.values()
    }
    pub fn flow(&self, id: &str) -> Option<&Arc<Flow>> {
        self.flows.get(id)
    }
    /// The flow that a dataset's rows go through.
    pub fn flow_of(&self, dataset: &str) -> Option<&Arc<Flow>> {
        self.flows.values().find(|f| f.dataset == dataset)
    }
    pub fn reports(&self) -> impl Iterator<Item = &Arc<Report>> {
        self.reports.values()
    }
    pub fn report(&self, id: &str) -> Option<&Arc<Report>> {
        self.reports.get(id)
    }
    pub fn package(&self, id: &str) -> Option<&Arc<Package>> {
        self.packages.get(id)
    }
    /// Feeds in the order in which they are filled: a parent stands before its children.
    pub fn feeds(&self) -> impl Iterator<Item = &Arc<Feed>> {
        self.feeds.values()
    }
    pub fn ledgers(&self) -> impl Iterator<Item = &Arc<Ledger>> {
        self.ledgers.values()
    }
    pub fn bulletins(&self) -> impl Iterator<Item = &Arc<Bulletin>> {
        self.bulletins.values()
    }
    pub fn bulletin(&self, id: &str) -> Option<&Arc<Bulletin>> {
        self.bulletins.get(id)
    }
    pub fn ledger(&self, id: &str) -> Option<&Arc<Ledger>> {
        self.ledgers.get(id)
    }
    pub fn children_of<'a>(&'a self, dataset: &'a str) -> impl Iterator<Item = &'a Arc<Dataset>> {
        self.datasets.values().filter(move |d| d.parent.as_ref().is_some_and(|p| p.dataset == dataset))
    }
    /// Roles that may do a thing to a dataset.
    pub fn roles_for(&self, dataset: &str, verb: Verb) -> BTreeSet<&str> {
        let Some(module) = dataset.split('.').next().and_then(|m| self.modules.get(m)) else {
            return BTreeSet::new();
        };
        module.policy.get(dataset).and_then(|v| v.get(&verb)).map(|l| module.spell(l).into_iter().collect()).unwrap_or_default()
    }
    /// (dataset, verb) → roles, for the policy matrix.
    pub fn policy(&self) -> std::collections::BTreeMap<(String, String), BTreeSet<String>> {
        let mut out = std::collections::BTreeMap::new();
        for d in self.datasets.keys() {
            for v in Verb::ALL {
                let roles = self.roles_for(d, v).into_iter().map(str::to_owned).collect();
                out.insert((d.clone(), v.name().to_owned()), roles);
            }
        }
        out
    }
}

fn parse<T: serde::de::DeserializeOwned>(f: &include_dir::File<'_>, bad: &mut Vec<String>) -> Option<T> {
    let name = f.path().display();
    let text = f.contents_utf8().unwrap_or_else(|| {
        bad.push(format!("{name}: not UTF-8"));
        ""
    });
    toml::from_str(text).map_err(|e| bad.push(format!("{name}: {}", e.to_string().trim().replace('\n', " ")))).ok()
}

fn each<T: serde::de::DeserializeOwned>(
    dir: &Dir<'_>,
    folder: &str,
    bad: &mut Vec<String>,
    mut take: impl FnMut(T, String, &str) -> Option<String>,
) {
    let Some(d) = dir.get_dir(folder) else { return };
    let mut files: Vec<_> = d.files().filter(|f| f.path().extension().is_some_and(|e| e == "toml")).collect();
    files.sort_by_key(|f| f.path().to_owned());
    for f in files {
        if let Some(t) = parse(f, bad) {
            let hash = hex::encode(&Sha256::digest(f.contents())[..8]);
            let name = f.path().display().to_string();
            if let Some(p) = take(t, hash, &name) {
                bad.push(format!("{name}: {p}"));
            }
        }
    }
}
