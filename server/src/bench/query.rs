//! Queries over any field: count and first page of fixed questions over the whole province, from cold plans (nothing of an answer is
//! kept). Beside it the same over the largest county. DuckDB and Polars ask the same files, PostgreSQL the records; the peers check
//! that they count what ours counted.

use super::lakes::{Shore, said};
use super::{DUCKDB, Options, POLARS, Python, Sample, Script, Side, measure, memory};
use anyhow::{Context, Result};
use async_trait::async_trait;
use base::{Actor, Level, RegionCode};
use lake::{LakeQuery, When};
use record::search::Node;
use record::{ListQuery, Records};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Instant;

const PAGE: i64 = 50;
const HOUSEHOLD: &str = "registry.household";
const MEMBER: &str = "registry.member";

/// A question as we are asked and as the peers are: the source behind `from`, with its conditions.
struct Question {
    ours: Json,
    theirs: &'static str,
}

fn questions() -> Vec<Question> {
    let member = |least: i64, inner: Json| json!({"of": MEMBER, "least": least, "where": {"all": inner}});
    let test = |field: &str, op: &str, values: Json| json!({"field": field, "op": op, "values": values});
    vec![
        Question {
            ours: json!({"all": [test("household_type", "in", json!(["02"])), test("hukou_count", "between", json!([2, 4]))]}),
            theirs: "household h where household_type in ('02') and hukou_count between 2 and 4",
        },
        Question {
            ours: json!({"any": [test("is_monitored", "is", json!([true])), test("whole_no_labor", "is", json!([true]))]}),
            theirs: "household h where is_monitored or whole_no_labor",
        },
        Question {
            ours: json!({"all": [test("last_visit_date", "empty", json!([])), test("household_status", "in", json!(["01"]))]}),
            theirs: "household h where last_visit_date is null and household_status in ('01')",
        },
        Question {
            ours: json!({"all": [member(1, json!([test("labor_skill", "in", json!(["03", "04"])), test("member_status", "in", json!(["01"]))]))]}),
            theirs: "household h semi join (select household_id from member where labor_skill in ('03', '04') and member_status in ('01')) m on h.id = m.household_id",
        },
        Question {
            ours: json!({"all": [test("household_type", "in", json!(["01"])), member(0, json!([test("labor_skill", "in", json!(["01", "02", "03"]))]))]}),
            theirs: "household h anti join (select household_id from member where labor_skill in ('01', '02', '03')) m on h.id = m.household_id where household_type in ('01')",
        },
        Question {
            ours: json!({"all": [member(4, json!([test("member_status", "in", json!(["01"]))]))]}),
            theirs: "household h semi join (select household_id from member where member_status in ('01') group by household_id having count(*) >= 4) m on h.id = m.household_id",
        },
        Question {
            ours: json!({"all": [test("hukou_count", "at_least", json!([3])), member(1, json!([test("health", "in", json!(["03"]))]))]}),
            theirs: "household h semi join (select household_id from member where array_contains(health, '03')) m on h.id = m.household_id where hukou_count >= 3",
        },
    ]
}

pub(super) async fn run(o: &Options) -> Result<Json> {
    let datasets = [HOUSEHOLD.to_owned(), MEMBER.to_owned()];
    let shore = Arc::new(Shore::with(o, o.households.unwrap_or(100_000), &datasets).await?);
    let size =
        json!({ "households": shore.households, "rows": shore.rows, "loaded": shore.loaded, "questions": questions().len() });
    let ours = Ours::new(shore.clone()).await?;
    let counts = ours.ask(&RegionCode::parse("36").map_err(said)?).await?.1;
    let mut sides: Vec<Box<dyn Side>> = vec![Box::new(ours)];
    let mut absent = Vec::new();
    if o.peers {
        let file = o.folder().join("query-questions.json");
        std::fs::write(&file, told(&shore, &counts).await?)?;
        let args = [file.display().to_string()];
        for (name, title, packages, script) in [
            ("duckdb", "DuckDB 2.0.1, same files", vec![DUCKDB], include_str!("peers/duckdb_query.py")),
            ("polars", "Polars 2.1.0, same files", vec![POLARS], include_str!("peers/polars_query.py")),
        ] {
            match Python::with(o, name, &packages).await {
                Ok(python) => sides.push(Box::new(Script::python(title, &python, script, &args))),
                Err(e) => absent.push(format!("{title}: {e:#}")),
            }
        }
        match shore.loaded {
            true => sides.push(Box::new(Rows { shore: shore.clone(), counts })),
            false => absent.push("PostgreSQL: a province of this size is made past it".into()),
        }
    }
    let line = measure("query", o, size, sides, absent).await;
    Arc::into_inner(shore).context("the lake is still in use")?.close().await?;
    line
}

/// Files, questions and the counts that are right, for the peers.
async fn told(shore: &Shore, counts: &[i64]) -> Result<String> {
    let mut tables = serde_json::Map::new();
    for (name, id) in [("household", HOUSEHOLD), ("member", MEMBER)] {
        let m = shore.lake.moment(id, When::Now).await.map_err(said)?.with_context(|| format!("{id} is not in the lake"))?;
        let root = shore.ground.data.join("lake");
        let files: Vec<String> = m.files.iter().map(|f| root.join(&f.path).display().to_string()).collect();
        tables.insert(name.to_owned(), json!(files));
    }
    let asked: Vec<Json> =
        questions().iter().zip(counts).map(|(q, n)| json!({"from": q.theirs, "count": n, "page": PAGE + 1})).collect();
    Ok(json!({"tables": tables, "questions": asked}).to_string())
}

fn nodes() -> Result<Vec<Node>> {
    questions().iter().map(|q| Node::read(&q.ours).map_err(said)).collect()
}

fn page(region: &RegionCode) -> ListQuery {
    ListQuery { region: Some(region.clone()), count: true, limit: PAGE, ..ListQuery::default() }
}

struct Ours {
    shore: Arc<Shore>,
    records: Records,
    nodes: Vec<Node>,
    /// The county with the most rows.
    county: RegionCode,
}

impl Ours {
    async fn new(shore: Arc<Shore>) -> Result<Ours> {
        let mut hooks = (*shore.ground.app.records.hooks).clone();
        hooks.answer_wide(Arc::new(LakeQuery::new(shore.lake.clone(), Level::County).with_exact_below(0)));
        let records = Records { hooks: Arc::new(hooks), ..shore.ground.app.records.clone() };
        let m = shore.lake.moment(HOUSEHOLD, When::Now).await.map_err(said)?.context("no publication")?;
        let largest = m.files.iter().max_by_key(|f| f.rows).map(|f| f.county.clone()).unwrap_or_default();
        let county = RegionCode::parse(&largest).map_err(said)?;
        Ok(Ours { shore, records, nodes: nodes()?, county })
    }

    /// Each question over a region: seconds and counts.
    async fn ask(&self, region: &RegionCode) -> Result<(Vec<f64>, Vec<i64>)> {
        let d = self.shore.dataset(HOUSEHOLD)?;
        let (mut seconds, mut counts) = (Vec::new(), Vec::new());
        for node in &self.nodes {
            let mut tx = self.shore.ground.app.db.begin(&Actor::system("bench")).await.map_err(said)?;
            let begun = Instant::now();
            let found = self.records.find_wide(&mut tx, &d, node, &page(region)).await.map_err(said)?;
            seconds.push(begun.elapsed().as_secs_f64());
            let found = found.with_context(|| format!("the lake has no answer to {}", node.to_json()))?;
            anyhow::ensure!(found.rows.len() as i64 == found.count.unwrap_or(0).min(PAGE), "a page is not full");
            counts.push(found.count.unwrap_or(0));
            tx.rollback().await.map_err(said)?;
        }
        Ok((seconds, counts))
    }
}

fn slowest(seconds: &[f64]) -> f64 {
    seconds.iter().copied().fold(0.0, f64::max) * 1000.0
}

#[async_trait]
impl Side for Ours {
    fn name(&self) -> String {
        "ganong, the province".into()
    }

    async fn run(&mut self) -> Result<Sample> {
        memory::reset_own();
        let (province, _) = self.ask(&RegionCode::parse("36").map_err(said)?).await?;
        let (county, _) = self.ask(&self.county.clone()).await?;
        let more = vec![("slowest_ms", slowest(&province)), ("county_slowest_ms", slowest(&county))];
        Ok(Sample { seconds: province.iter().sum(), peak: memory::own_peak(), more })
    }
}

struct Rows {
    shore: Arc<Shore>,
    counts: Vec<i64>,
}

#[async_trait]
impl Side for Rows {
    fn name(&self) -> String {
        "PostgreSQL, same rows".into()
    }

    async fn run(&mut self) -> Result<Sample> {
        let d = self.shore.dataset(HOUSEHOLD)?;
        let records = &self.shore.ground.app.records;
        let region = RegionCode::parse("36").map_err(said)?;
        let mut all = Vec::new();
        for (node, count) in nodes()?.iter().zip(&self.counts) {
            let q = ListQuery { within: Some(format!("search:{}", node.to_json())), ..page(&region) };
            let mut tx = self.shore.ground.app.db.begin(&Actor::system("bench")).await.map_err(said)?;
            let begun = Instant::now();
            let found = records.list(&mut tx, &d, &ListQuery { count: false, ..q.clone() }).await.map_err(said)?;
            let counted = records.count_all(&mut tx, &d, &q).await.map_err(said)?;
            all.push(begun.elapsed().as_secs_f64());
            anyhow::ensure!(counted == *count && found.items.len() as i64 <= PAGE, "{} finds another count", node.to_json());
            tx.rollback().await.map_err(said)?;
        }
        Ok(Sample { seconds: all.iter().sum(), peak: None, more: vec![("slowest_ms", slowest(&all))] })
    }
}
