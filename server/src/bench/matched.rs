//! Four department lists against all members of the province by the keys of their numbers, beside DuckDB and Polars over the same
//! files. And how many lines about people of a small province are linked by which step, and how many rightly, held against what was
//! falsified on purpose, beside Splink. Numbers are looked up by token, as in the register.

use super::lakes::{Shore, province, said};
use super::{DUCKDB, Options, POLARS, Python, Sample, Script, Side, measure, memory, say};
use anyhow::{Context, Result};
use async_trait::async_trait;
use lake::When;
use lake::scan::Seen;
use lake::whose::Keys;
use matching::{Claim, Outcome, Person, decide, names, numbers};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use secure::{TokenKind, Vault};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use synth::Province;
use synth::truth::Truth;
use uuid::Uuid;

/// Lists that are read, by the beginning of their names: in GBK and in UTF-8.
const LISTS: [(&str, bool); 3] = [("01_", true), ("30_", false), ("34_", false)];
const MEMBER: &str = "registry.member";
const KEY: &str = "id_no_key";
/// Shares of the members on a list of settled treatments, vehicles, deaths and disabled people.
const SHARES: [(&str, f64); 4] = [("medical", 0.2), ("vehicles", 0.08), ("deaths", 0.006), ("disabled", 0.04)];
/// Households of the province whose lines are held against the truth.
const JUDGED: u64 = 20_000;
const SPLINK: &str = "splink==5.0.0";

/// What one kind of line came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Told {
    pub lines: u64,
    /// Linked, and to the right person.
    pub linked: u64,
    pub right: u64,
    /// Handed to a person, with the right one among those to choose from.
    pub asked: u64,
    pub asked_right: u64,
}

/// What all lines came to, by what was done to them (`clean`, `transposed`, …), and links by method.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Judged {
    pub people: u64,
    pub lines: u64,
    pub by_what: BTreeMap<String, Told>,
    /// Method → (links, right ones).
    pub by_method: BTreeMap<String, (u64, u64)>,
}

impl Judged {
    /// Right links among links.
    pub fn precision(&self) -> f64 {
        let sum = |f: fn(&Told) -> u64| self.by_what.values().map(f).sum::<u64>() as f64;
        sum(|t| t.right) / sum(|t| t.linked).max(1.0)
    }
    /// Right links among lines about somebody of the register whose number was falsified in this way.
    pub fn recall(&self, what: &str) -> f64 {
        self.by_what.get(what).map_or(0.0, |t| t.right as f64 / t.lines.max(1) as f64)
    }
}

/// The people of a province as the register finds them.
pub struct Register {
    people: Vec<Person>,
    numbers: Vec<String>,
    places: Vec<[String; 3]>,
    by_token: HashMap<[u8; 16], Vec<u32>>,
    /// County, town, village → people.
    by_place: HashMap<[String; 3], Vec<u32>>,
    by_number: HashMap<(String, u32), u32>,
}

impl Register {
    pub fn new(province: &Province, vault: &dyn Vault) -> Register {
        let mut r = Register {
            people: vec![],
            numbers: vec![],
            places: vec![],
            by_token: HashMap::new(),
            by_place: HashMap::new(),
            by_number: HashMap::new(),
        };
        for village in province.villages() {
            let p = &village.place;
            let place = [p.county.clone(), p.town.clone(), p.village.clone()];
            for family in &village.families {
                for one in &family.persons {
                    let n = r.people.len() as u32;
                    let id = Uuid::from_u128(u128::from(n) + 1);
                    let person = Person { id, name: one.name.clone(), birth: Some(one.birth), place: p.code.clone() };
                    r.people.push(person);
                    r.numbers.push(one.id_no.clone());
                    r.places.push(place.clone());
                    r.by_token.entry(vault.token(TokenKind::of("id_card"), &one.id_no)).or_default().push(n);
                    r.by_place.entry(place.clone()).or_default().push(n);
                    r.by_number.insert((family.household_no.clone(), one.no), n);
                }
            }
        }
        r
    }
    fn people(&self, at: &[u32]) -> impl Iterator<Item = &Person> {
        at.iter().filter_map(|n| self.people.get(*n as usize))
    }
}

/// Every line of the lists in `dir`, which `synth::write_departments` made of the province: what was done to it, and who of the
/// register it may rightly be linked to.
fn each_line(
    dir: &Path,
    register: &Register,
    vault: &dyn Vault,
    mut take: impl FnMut(&csv::StringRecord, &str, &[u32]) -> Result<()>,
) -> Result<()> {
    let mut dirty: HashMap<(String, u32), (String, Option<u32>)> = HashMap::new();
    for line in std::fs::read_to_string(dir.join("truth.jsonl"))?.lines() {
        if let Truth::Dirty { file, row, what, household_no, person } = serde_json::from_str(line)? {
            let who = household_no.zip(person).and_then(|k| register.by_number.get(&k).copied());
            dirty.insert((file, row), (what, who));
        }
    }
    for (file, gbk) in lists(dir)? {
        let name = file.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_owned();
        let bytes = std::fs::read(&file)?;
        let text = if gbk { encoding_rs::GBK.decode(&bytes).0 } else { String::from_utf8_lossy(&bytes) };
        let mut lines = csv::Reader::from_reader(text.as_bytes());
        for (n, line) in lines.records().enumerate() {
            let line = line?;
            match dirty.get(&(name.clone(), n as u32 + 2)) {
                Some((what, who)) => take(&line, what, who.as_slice())?,
                // the number stands as it is in the register
                None => {
                    let token = vault.token(TokenKind::of("id_card"), line.get(1).unwrap_or_default());
                    take(&line, "clean", register.by_token.get(&token).map_or(&[], Vec::as_slice))?;
                }
            }
        }
    }
    Ok(())
}

/// Matches every line of the lists in `dir`.
pub fn judge(dir: &Path, register: &Register, vault: &dyn Vault, today: chrono::NaiveDate) -> Result<Judged> {
    let mut out = Judged { people: register.people.len() as u64, ..Judged::default() };
    each_line(dir, register, vault, |line, what, who| {
        let cell = |i: usize| line.get(i).unwrap_or_default();
        let claim = Claim { number: cell(1), name: cell(0), birth: None, place: "" };
        let outcome = one(&claim, [cell(2), cell(3), cell(4)], register, vault, today);
        let is_right = |id: &Uuid| who.contains(&((id.as_u128() - 1) as u32));
        let told = out.by_what.entry(what.to_owned()).or_default();
        out.lines += 1;
        told.lines += 1;
        match &outcome {
            Outcome::Link(c) => {
                let right = u64::from(is_right(&c.person));
                told.linked += 1;
                told.right += right;
                let m = out.by_method.entry(c.method.label()).or_default();
                *m = (m.0 + 1, m.1 + right);
            }
            Outcome::Ask(_, all) => {
                told.asked += 1;
                told.asked_right += u64::from(all.iter().any(|c| is_right(&c.person)));
            }
            Outcome::Nobody => {}
        }
        Ok(())
    })?;
    Ok(out)
}

fn one(claim: &Claim<'_>, place: [&str; 3], r: &Register, vault: &dyn Vault, today: chrono::NaiveDate) -> Outcome {
    let mut found = Vec::new();
    for q in numbers(claim, today) {
        if let Some(at) = r.by_token.get(&vault.token(TokenKind::of("id_card"), &q.number)) {
            found.extend(r.people(at).map(|p| (q.clone(), p.clone())));
        }
        // who is found as written is not looked for otherwise
        if q.slip.is_none() && !found.is_empty() {
            break;
        }
    }
    let outcome = decide(claim, &found, &[]);
    if outcome != Outcome::Nobody {
        return outcome;
    }
    let name = names::fold(claim.name);
    let near: Vec<Person> = r
        .by_place
        .get(&place.map(str::to_owned))
        .map(|at| r.people(at).filter(|p| names::fold(&p.name) == name).cloned().collect())
        .unwrap_or_default();
    decide(claim, &found, &near)
}

fn lists(dir: &Path) -> Result<Vec<(PathBuf, bool)>> {
    let mut out = Vec::new();
    for e in std::fs::read_dir(dir)? {
        let path = e?.path();
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        if let Some((_, gbk)) = LISTS.iter().find(|(head, _)| name.starts_with(head) && name.ends_with(".csv")) {
            out.push((path.clone(), *gbk));
        }
    }
    out.sort();
    Ok(out)
}

pub(super) async fn run(o: &Options) -> Result<Json> {
    let households = o.households.unwrap_or(100_000);
    let shore = Arc::new(Shore::with(o, households, &[MEMBER.to_owned()]).await?);
    let ours = Ours { keys: keys_of_departments(o, &shore).await?, shore: shore.clone() };
    let pairs = ours.pairs().await?;
    let cascade = cascade(o, &shore).await?;
    let size = json!({
        "households": shore.households, "members": shore.rows, "lines": pairs.0, "pairs": pairs.1, "cascade": cascade,
    });
    let mut sides: Vec<Box<dyn Side>> = Vec::new();
    let mut absent = Vec::new();
    if o.peers {
        let file = o.folder().join("match-question.json");
        let m = shore.lake.moment(MEMBER, When::Now).await.map_err(said)?.context("no publication")?;
        let root = shore.ground.data.join("lake");
        let members: Vec<String> = m.files.iter().map(|f| root.join(&f.path).display().to_string()).collect();
        std::fs::write(&file, json!({ "members": members, "lists": ours.keys, "pairs": pairs.1 }).to_string())?;
        let args = [file.display().to_string()];
        for (name, title, packages, script) in [
            ("duckdb", "DuckDB 2.0.1, same files", [DUCKDB], include_str!("peers/duckdb_match.py")),
            ("polars", "Polars 2.1.0, same files", [POLARS], include_str!("peers/polars_match.py")),
        ] {
            match Python::with(o, name, &packages).await {
                Ok(python) => sides.push(Box::new(Script::python(title, &python, script, &args))),
                Err(e) => absent.push(format!("{title}: {e:#}")),
            }
        }
    }
    sides.insert(0, Box::new(ours));
    let line = measure("match", o, size, sides, absent).await;
    Arc::into_inner(shore).context("the lake is still in use")?.close().await?;
    line
}

/// Four lists of departments over the people of the lake, as keys: who is on one is drawn anew for each, and some lines are about
/// strangers or wrongly written. In no order, as they come. Made once.
async fn keys_of_departments(o: &Options, shore: &Shore) -> Result<Vec<PathBuf>> {
    let folder = o.folder().join(format!("lists-{}-{}", shore.households, o.seed));
    let at = |name: &str| folder.join(format!("{name}.parquet"));
    if !folder.exists() {
        std::fs::create_dir_all(&folder)?;
        let seen = seen(shore).await?;
        let all = shore.lake.keys(&seen, MEMBER, KEY).await.map_err(said)?;
        let mut r = StdRng::seed_from_u64(o.seed);
        for (name, share) in SHARES {
            let mut list: Vec<i64> = all.iter().copied().filter(|_| r.random_bool(share)).collect();
            list.extend((0..list.len() / 6).map(|_| r.random::<i64>()));
            list.shuffle(&mut r);
            lake::whose::write_list(&at(name), list).map_err(said)?;
        }
    }
    Ok(SHARES.iter().map(|(name, _)| at(name)).collect())
}

async fn seen(shore: &Shore) -> Result<Seen> {
    let all = BTreeSet::from([MEMBER.to_owned()]);
    Seen::of(&shore.lake, &all, &province()?).await.map_err(said)?.context("not in the lake")
}

/// What the lines of three lists about a small province come to, step by step, and beside it what Splink makes of the same lines.
async fn cascade(o: &Options, shore: &Shore) -> Result<Json> {
    let regions = registry::region::Regions::load(shore.ground.app.db.pool()).await.map_err(said)?;
    let province = Province::new(&regions, o.province(JUDGED)?);
    let dir = o.folder().join(format!("departments-{JUDGED}-{}", o.seed));
    if !dir.exists() {
        synth::write_departments(&dir, &province).context("the lists of the departments")?;
    }
    let vault = shore.ground.app.records.vault.clone();
    let register = Register::new(&province, &*vault);
    let begun = Instant::now();
    let judged = judge(&dir, &register, &*vault, o.province(JUDGED)?.today)?;
    let seconds = begun.elapsed().as_secs_f64();
    let right: u64 = judged.by_what.values().map(|t| t.right).sum();
    let mut out = json!({
        "households": JUDGED, "judged": judged, "precision": judged.precision(), "seconds": seconds, "right": right,
    });
    if o.peers {
        let made = told(o, &dir, &register, &*vault)?;
        let args: Vec<String> = made.iter().map(|p| p.display().to_string()).collect();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let splink = async {
            let python = Python::with(o, "splink", &[SPLINK, DUCKDB]).await?;
            python.ask(include_str!("peers/splink_match.py"), &args).await
        };
        out["splink"] = splink.await.unwrap_or_else(|e| json!({ "not_measured": format!("{e:#}") }));
    }
    Ok(out)
}

/// People and lines as files for a peer, each line with what was done to it and whom it is about.
fn told(o: &Options, dir: &Path, register: &Register, vault: &dyn Vault) -> Result<[PathBuf; 2]> {
    let out = ["people", "claims"].map(|n| o.folder().join(format!("match-{n}.csv")));
    let mut people = csv::Writer::from_path(&out[0])?;
    people.write_record(["unique_id", "name", "number", "village"])?;
    for (n, p) in register.people.iter().enumerate() {
        people.write_record([&n.to_string(), &p.name, &register.numbers[n], &register.places[n].join("/")])?;
    }
    people.flush()?;
    let mut claims = csv::Writer::from_path(&out[1])?;
    claims.write_record(["unique_id", "name", "number", "village", "what", "truth"])?;
    let mut number = 0u32;
    each_line(dir, register, vault, |line, what, who| {
        let cell = |i: usize| line.get(i).unwrap_or_default();
        let village = [cell(2), cell(3), cell(4)].join("/");
        let who = who.first().map(u32::to_string).unwrap_or_default();
        claims.write_record([number.to_string().as_str(), cell(0), cell(1).trim(), &village, what, &who])?;
        number += 1;
        Ok(())
    })?;
    claims.flush()?;
    Ok(out)
}

struct Ours {
    shore: Arc<Shore>,
    keys: Vec<PathBuf>,
}

impl Ours {
    /// Lines, and pairs of a line and the person it is about.
    async fn pairs(&self) -> Result<(usize, usize)> {
        let mut lines = Vec::new();
        for at in &self.keys {
            lines.extend(lake::whose::read_list(at).map_err(said)?);
        }
        let keys = Arc::new(Keys::new(&lines).map_err(said)?);
        let found = self.shore.lake.whose(&seen(&self.shore).await?, MEMBER, KEY, keys).await.map_err(said)?;
        Ok((lines.len(), found.len()))
    }
}

#[async_trait]
impl Side for Ours {
    fn name(&self) -> String {
        "ganong, four lists against all members by key".into()
    }
    async fn run(&mut self) -> Result<Sample> {
        memory::reset_own();
        let begun = Instant::now();
        let (lines, pairs) = self.pairs().await?;
        let seconds = begun.elapsed().as_secs_f64();
        say(&format!("{lines} lines, {pairs} pairs"));
        Ok(Sample { seconds, peak: memory::own_peak(), more: vec![("lines_per_s", lines as f64 / seconds)] })
    }
}
