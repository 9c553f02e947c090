//! One description of a query, two compilers: over a synthetic province, thousands of invented conditions find the same rows in the
//! records and in the lake, page by page.

use ::lake::LakeQuery;
use base::{Actor, Level, RegionCode};
use meta::{Dataset, Kind};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use record::search::{Node, Offer, OfferedField, Op, Test};
use record::{ListQuery, Records};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use std::collections::HashMap;
use std::sync::Arc;
use testkit::World;

const DATASETS: [&str; 6] = [
    "registry.household",
    "registry.member",
    "registry.income_period",
    "relapse.monitor_case",
    "relapse.clue",
    "relapse.measure",
];

struct Shore {
    w: World,
    records: Records,
    lake: ::lake::Lake,
    county: RegionCode,
    /// Values that occur, by dataset and field.
    values: HashMap<(String, String), Vec<Value>>,
    _folder: tempfile::TempDir,
}

impl Shore {
    async fn new() -> Shore {
        let w = World::new().await;
        let regions = registry::region::Regions::load(w.app.db.pool()).await.unwrap();
        let opts = synth::Opts { at_risk_share: 0.2, monitored_share: 0.2, ..synth::Opts::new(400, 7, record::today()) };
        let province = synth::Province::new(&regions, opts);
        let load = synth::LoadOpts::default();
        synth::run_demo(w.app.db.pool(), w.app.records.vault.clone(), &province, &load, |_, _| ()).await.unwrap();
        let county = RegionCode::parse(&province.places[0].code).unwrap().ancestor(Level::County);
        let folder = tempfile::tempdir().unwrap();
        let settings = ganong::assemble::Settings::new(folder.path());
        let lake = ganong::assemble::open_lake(&w.app.db, w.app.catalog.clone(), &settings).unwrap();
        lake.round(&tokio_util::sync::CancellationToken::new()).await.unwrap();
        let mut hooks = (*w.app.records.hooks).clone();
        hooks.answer_wide(Arc::new(LakeQuery::new(lake.clone(), Level::County)));
        let records = Records { hooks: Arc::new(hooks), ..w.app.records.clone() };
        Shore { w, records, lake, county, values: HashMap::new(), _folder: folder }
    }

    /// Values that occur in a column, as they go over the wire.
    async fn learn(&mut self, d: &Dataset, f: &OfferedField) {
        let column = match f.kind {
            Kind::IdCard | Kind::Bank | Kind::Phone | Kind::LongText | Kind::Attachment => return,
            Kind::Codes => format!("to_jsonb({}[1])", f.name),
            Kind::Decimal => format!("to_jsonb({}::text)", f.name),
            _ => format!("to_jsonb({})", f.name),
        };
        let sql = format!(
            "select v from (select distinct {column} as v from {} where not deleted and {} is not null) x where v <> 'null' order by md5(v::text) limit 12",
            d.table(),
            f.name
        );
        let values: Vec<Value> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(self.w.app.db.pool()).await.unwrap();
        self.values.insert((d.id.clone(), f.name.clone()), values);
    }
}

/// Invents conditions that the description allows.
struct Inventor<'a> {
    rng: StdRng,
    offers: &'a HashMap<String, Vec<Offer>>,
    values: &'a HashMap<(String, String), Vec<Value>>,
}

impl Inventor<'_> {
    fn node(&mut self, of: &str, deep: usize) -> Node {
        let others: Vec<&Offer> = self.offers[of].iter().filter(|o| o.via.is_some()).collect();
        match self.rng.random_range(0..10) {
            0..=2 if deep > 0 => {
                let parts = (0..self.rng.random_range(1..4)).map(|_| self.node(of, deep - 1)).collect();
                if self.rng.random_bool(0.5) { Node::All(parts) } else { Node::Any(parts) }
            }
            3..=5 if deep > 0 && !others.is_empty() => {
                let other = others.choose(&mut self.rng).unwrap().dataset.clone();
                let least = [None, Some(0), Some(1), Some(2), Some(3)][self.rng.random_range(0..5)];
                Node::Rows { inner: Box::new(self.node(&other, deep - 1)), of: other, least }
            }
            _ => self.test(of),
        }
    }

    fn test(&mut self, of: &str) -> Node {
        let fields = &self.offers[of][0].fields;
        for _ in 0..50 {
            let Some(f) = fields.choose(&mut self.rng) else { break };
            let Some(op) = f.ops.choose(&mut self.rng).copied() else { continue };
            if let Some(values) = self.values_of(of, f, op) {
                return Node::Test(Test { field: f.name.clone(), op, values });
            }
        }
        Node::All(vec![])
    }

    fn values_of(&mut self, of: &str, f: &OfferedField, op: Op) -> Option<Vec<Value>> {
        if matches!(op, Op::Empty | Op::Filled) {
            return Some(vec![]);
        }
        if matches!(op, Op::DaysAgo | Op::WithinDays) {
            return Some(vec![json!(*[0, 1, 7, 30, 365, 3000].choose(&mut self.rng)?)]);
        }
        let known = self.values.get(&(of.to_owned(), f.name.clone()))?;
        let mut one = || known.choose(&mut self.rng).cloned();
        match op {
            Op::In | Op::NotIn => {
                let mut some = vec![one()?, one()?];
                some.dedup();
                Some(some)
            }
            Op::Between => Some(vec![one()?, one()?]),
            Op::Begins | Op::Contains => {
                let text = one()?.as_str()?.to_owned();
                let letters: Vec<char> = text.chars().collect();
                let most = letters.len().clamp(1, 4);
                let from = if op == Op::Begins { 0 } else { self.rng.random_range(0..letters.len().max(1)) };
                let piece: String = letters.iter().skip(from).take(self.rng.random_range(1..=most)).collect();
                (!piece.trim().is_empty()).then(|| vec![json!(piece)])
            }
            _ => Some(vec![one()?]),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invented_queries_find_the_same_rows_in_the_records_and_in_the_lake() {
    let mut s = Shore::new().await;
    let system = Actor::system("测试");
    let mut offers = HashMap::new();
    let catalog = s.w.app.catalog.clone();
    for d in catalog.datasets() {
        let offer = s.records.offer(&system, d);
        for f in &offer[0].fields {
            s.learn(d, f).await;
        }
        offers.insert(d.id.clone(), offer);
    }
    let helper = offers["registry.helper_pair"].iter().find(|o| o.dataset == "registry.helper").unwrap();
    assert!(helper.forward, "a pair refers to its helper");
    let (mut by_lake, mut some, mut paged, mut related) = (0u64, 0u64, 0u64, 0u64);
    // `GANONG_QUERIES=600` invents more
    let many = std::env::var("GANONG_QUERIES").ok().and_then(|n| n.parse().ok()).unwrap_or(90u64);
    for seed in 0..many {
        let of = DATASETS[seed as usize % DATASETS.len()];
        let d = catalog.dataset(of).unwrap().clone();
        let mut inventor = Inventor { rng: StdRng::seed_from_u64(seed), offers: &offers, values: &s.values };
        let node = Node::All(vec![inventor.node(of, 3), inventor.node(of, 2)]);
        let Ok(node) = Node::read(&node.to_json()) else { continue };
        let region = s.county.ancestor([Level::Province, Level::City, Level::County][seed as usize / 6 % 3]);
        let mut tx = s.w.app.db.begin(&system).await.unwrap();
        let mut q = ListQuery { region: Some(region), count: true, limit: 7, ..ListQuery::default() };
        let mut records = ListQuery { within: Some(format!("search:{}", node.to_json())), ..q.clone() };
        for page in 0..3 {
            let found = s.records.find_wide(&mut tx, &d, &node, &q).await;
            let found = found.unwrap_or_else(|e| panic!("{seed} {of} {}: {} {:?}", node.to_json(), e.chain(), e.problems));
            let Some(found) = found else { break };
            let theirs = s.records.list(&mut tx, &d, &records).await.unwrap();
            let ids = |rows: &[record::Row]| rows.iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
            let ours: Vec<String> = found.rows.iter().map(|r| r.1.to_string()).collect();
            let what = format!("{seed} page {page} of {of}: {}", node.to_json());
            assert_eq!(found.count, theirs.count, "{what}");
            assert_eq!(ours, ids(&theirs.items), "{what}");
            assert_eq!(found.more, theirs.next.is_some(), "{what}");
            let ours = s.records.search(&mut tx, &d, &node, q.clone()).await.unwrap();
            assert_eq!((ours.items, &ours.next), (theirs.items, &theirs.next), "{what}");
            if page == 0 {
                by_lake += 1;
                some += u64::from(found.count != Some(0));
                related += u64::from(node.to_json().to_string().contains("\"of\""));
            } else {
                paged += 1;
            }
            let Some(next) = theirs.next else { break };
            let after = ListQuery::read(&catalog, &d, &[("after".into(), next)]).unwrap().after;
            (q.after, records.after) = (after.clone(), after);
            (q.count, records.count) = (false, false);
        }
        tx.rollback().await.unwrap();
    }
    let shares = [(by_lake, 50), (some, 15), (paged, 12), (related, 20)];
    assert!(shares.iter().all(|(n, pct)| n * 100 > many * pct), "{shares:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wide_answer_says_until_when_and_a_village_is_asked_in_the_records() {
    let s = Shore::new().await;
    let d = s.w.app.catalog.dataset("registry.household").unwrap().clone();
    let node = Node::read(&json!({"all": [{"field": "household_status", "op": "filled"}]})).unwrap();
    let system = Actor::system("测试");
    let ask = |region: RegionCode| ListQuery { region: Some(region), count: true, limit: 3, ..ListQuery::default() };
    let village: String =
        sqlx::query_scalar("select min(region_code) from reg.household").fetch_one(s.w.app.db.pool()).await.unwrap();
    let village = RegionCode::parse(&village).unwrap();
    let mut tx = s.w.app.db.begin(&system).await.unwrap();
    for (region, wide) in [(s.county.ancestor(Level::Province), true), (s.county.clone(), true), (village.clone(), false)] {
        let page = s.records.search(&mut tx, &d, &node, ask(region.clone())).await.unwrap();
        assert_eq!(page.asof.is_some(), wide, "{region}");
        assert!(page.count > Some(0));
    }
    tx.rollback().await.unwrap();

    // a change that is not copied yet: a small range is counted where it is exact, a large one says until when it is right
    let changed = "update reg.household set household_status = household_status where region_code = $1";
    sqlx::query(changed).bind(village.as_str()).execute(s.w.app.db.pool()).await.unwrap();
    let before = chrono::Utc::now();
    let mut tx = s.w.app.db.begin(&system).await.unwrap();
    let page = s.records.search(&mut tx, &d, &node, ask(s.county.clone())).await.unwrap();
    assert!(page.asof.is_none());
    let mut hooks = (*s.records.hooks).clone();
    hooks.answer_wide(Arc::new(LakeQuery::new(s.lake.clone(), Level::County).with_exact_below(0)));
    let large = Records { hooks: Arc::new(hooks), ..s.records.clone() };
    let page = large.search(&mut tx, &d, &node, ask(s.county.clone())).await.unwrap();
    assert!(page.asof.is_some_and(|at| at < before), "{:?}", page.asof);
}
