//! Valid input for any dataset, made from its description: what is required and shown is filled, what stands above or is
//! pointed at is made first.

use crate::World;
use base::Actor;
use meta::{Dataset, Field, Kind};
use record::{Provenance, Row};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Area codes that were never given to anybody: no number made here belongs to a person.
const NOBODY: &str = "360199";

/// A valid number of nobody, male, born in 1980.
pub fn identity_number(n: u32) -> String {
    let first = format!("{NOBODY}1980{:02}{:02}{:03}", n / 14_000 % 12 + 1, n / 500 % 28 + 1, n % 500 * 2 + 1);
    let check = base::idcard::check_digit(&first).expect("17 digits");
    format!("{first}{check}")
}

/// Makes rows of one household's world: what several rows point at is made once.
pub struct Maker<'w> {
    world: &'w World,
    /// Rows to point at, by dataset.
    pub made: BTreeMap<String, Uuid>,
    /// What checks over several fields ask for and no description of one field says: dataset, field, value.
    said: BTreeMap<(String, String), Value>,
    /// Fields that are filled although nothing asks for them.
    filled: BTreeSet<(String, String)>,
}

impl<'w> Maker<'w> {
    pub fn new(world: &'w World) -> Maker<'w> {
        Maker { world, made: BTreeMap::new(), said: BTreeMap::new(), filled: BTreeSet::new() }
    }

    /// A value that this field gets wherever it is filled; `{n}` in a text is a number of its own.
    pub fn say(mut self, dataset: &str, field: &str, value: Value) -> Self {
        self.said.insert((dataset.to_owned(), field.to_owned()), value);
        self
    }

    /// A field that is filled wherever the dataset is made, whether it is required or not.
    pub fn fill(mut self, dataset: &str, field: &str) -> Self {
        self.filled.insert((dataset.to_owned(), field.to_owned()));
        self
    }

    /// Input that should be taken, with `region_code`.
    pub async fn input(&mut self, d: &Dataset) -> base::Result<Row> {
        let mut row = Row::new();
        row.insert("region_code".into(), json!(self.world.place_of(d).as_str()));
        for f in d.fields.values() {
            if let Some(v) = self.said.get(&(d.id.clone(), f.name.clone())) {
                let numbered =
                    v.as_str().filter(|t| t.contains("{n}")).map(|t| json!(t.replace("{n}", &self.world.next().to_string())));
                row.insert(f.name.clone(), numbered.unwrap_or_else(|| v.clone()));
            } else if let Some(v) = f.default.as_ref().filter(|_| !f.is_derived()) {
                row.insert(f.name.clone(), v.clone());
            }
        }
        // a value may make another field needed
        for _ in 0..4 {
            for f in d.fields.values() {
                let asked = self.filled.contains(&(d.id.clone(), f.name.clone()))
                    || f.required.holds(&row)
                    || d.parent.as_ref().is_some_and(|p| p.field == f.name);
                let open = !f.is_derived() && !f.readonly.holds(&row) && f.shown.as_ref().is_none_or(|c| c.holds(&row));
                if asked && open && f.kind != Kind::Attachment && row.get(&f.name).is_none_or(Value::is_null) {
                    let v = self.value(d, f).await?;
                    row.insert(f.name.clone(), v);
                }
            }
        }
        let hidden: Vec<String> = d
            .fields
            .values()
            .filter(|f| f.is_derived() || f.readonly.holds(&row) || f.shown.as_ref().is_some_and(|c| !c.holds(&row)))
            .map(|f| f.name.clone())
            .collect();
        for n in hidden {
            row.remove(&n);
        }
        Ok(row)
    }

    /// Creates a row in the name of the system; where one exists already it is that one.
    pub async fn row(&mut self, d: &Dataset) -> base::Result<Uuid> {
        if let Some(id) = self.made.get(&d.id) {
            return Ok(*id);
        }
        let input = Box::pin(self.input(d)).await?;
        let mut tx = self.world.app.db.begin(&Actor::system("测试")).await?;
        let saved = self.world.app.records.create(&mut tx, d, &input, &Provenance::default()).await?;
        tx.commit().await?;
        self.made.insert(d.id.clone(), saved.id);
        Ok(saved.id)
    }

    /// A valid value of one field.
    pub async fn value(&mut self, d: &Dataset, f: &Field) -> base::Result<Value> {
        let n = self.world.next();
        let (lo, hi) = f.bounds();
        let within = |x: f64| x.max(lo.unwrap_or(x)).min(hi.unwrap_or(f64::MAX)).ceil() as i64;
        Ok(match f.kind {
            Kind::Text | Kind::LongText => json!(self.text(d, f, n)),
            Kind::Name => json!("王小明"),
            Kind::Phone => json!(format!("1390000{:04}", n % 10_000)),
            Kind::IdCard => json!(identity_number(n)),
            Kind::Bank => json!(format!("62220000000{n:08}")),
            Kind::Int => json!(within(1.0)),
            Kind::Decimal => json!(within(1.0).to_string()),
            Kind::Money => json!(within(1.0) * 100),
            Kind::Year => json!(within(2025.0)),
            Kind::Month => json!(within(202_503.0)),
            Kind::Bool => json!(false),
            Kind::Date => json!("2025-03-10"),
            Kind::Moment => json!("2025-03-10T02:00:00Z"),
            Kind::Code => self.code(f),
            Kind::Codes => json!([self.code(f)]),
            Kind::Region => json!(self.world.place_of(d).as_str()),
            Kind::Ref => {
                let target = f.dataset.as_deref().unwrap_or_default();
                if target == "access.user" {
                    let county = self.world.village.ancestor(base::Level::County);
                    return Ok(json!(self.world.actor("R06", &county).await.actor.user_id));
                }
                let target = self.world.app.records.dataset(target)?.clone();
                json!(Box::pin(self.row(&target)).await?)
            }
            Kind::Attachment => Value::Null,
        })
    }

    fn code(&self, f: &Field) -> Value {
        let list = f.codes.as_deref().and_then(|c| self.world.app.catalog.codes(c));
        list.and_then(|l| l.items.iter().find(|i| !i.disabled)).map_or(Value::Null, |i| json!(i.code))
    }

    /// Words, or so many digits as the pattern asks for: a long number begins with the village.
    fn text(&self, d: &Dataset, f: &Field, n: u32) -> String {
        let place = self.world.place_of(d);
        let tries = (1..=32usize).map(|len| match len.checked_sub(12) {
            Some(rest) if rest > 0 => format!("{place}{n:0rest$}"),
            Some(_) => place.to_string(),
            None => format!("{n:0len$}"),
        });
        let words = format!("测试文字{n}");
        let short: String = words.chars().rev().take(f.max.unwrap_or(200)).collect::<Vec<_>>().into_iter().rev().collect();
        let long = words.repeat(f.min_len.unwrap_or(0) / 4 + 1);
        let fits = |t: &String| meta::value::read(&self.world.app.catalog, f, &json!(t)).is_ok();
        [words, short, long, format!("key_{n}"), format!("test.key_{n}")]
            .into_iter()
            .chain(tries)
            .chain(f.pattern.as_deref().and_then(|p| like(p, n)))
            .find(fits)
            .unwrap_or_default()
    }
}

/// A text that a pattern takes, the same for the same number.
fn like(pattern: &str, n: u32) -> Option<String> {
    use proptest::strategy::{Strategy, ValueTree};
    use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
    let bare = pattern.trim_start_matches('^').trim_end_matches('$');
    let mut seed = [0; 32];
    seed[..4].copy_from_slice(&n.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    Some(proptest::string::string_regex(bare).ok()?.new_tree(&mut runner).ok()?.current())
}
