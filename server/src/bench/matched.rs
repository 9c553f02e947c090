//! Lines of department lists about people of a synthetic province: how many are linked by which step, and how many rightly, held
//! against what was falsified on purpose. Numbers are looked up by token, as in the register.

use super::{Options, Sample, Side, measure, memory, say};
use anyhow::{Context, Result};
use async_trait::async_trait;
use matching::{Claim, Outcome, Person, decide, names, numbers};
use secure::{TokenKind, Vault};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use synth::Province;
use synth::truth::Truth;
use uuid::Uuid;

/// Lists that are read, by the beginning of their names: in GBK and in UTF-8.
const LISTS: [(&str, bool); 3] = [("01_", true), ("30_", false), ("34_", false)];

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
    by_token: HashMap<[u8; 16], Vec<u32>>,
    /// County, town, village → people.
    by_place: HashMap<[String; 3], Vec<u32>>,
    by_number: HashMap<(String, u32), u32>,
}

impl Register {
    pub fn new(province: &Province, vault: &dyn Vault) -> Register {
        let mut r = Register { people: vec![], by_token: HashMap::new(), by_place: HashMap::new(), by_number: HashMap::new() };
        for village in province.villages() {
            let p = &village.place;
            let place = [p.county.clone(), p.town.clone(), p.village.clone()];
            for family in &village.families {
                for one in &family.persons {
                    let n = r.people.len() as u32;
                    let id = Uuid::from_u128(u128::from(n) + 1);
                    let person = Person { id, name: one.name.clone(), birth: Some(one.birth), place: p.code.clone() };
                    r.people.push(person);
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

/// Matches every line of the lists in `dir`, which `synth::write_departments` made of the province.
pub fn judge(dir: &Path, register: &Register, vault: &dyn Vault, today: chrono::NaiveDate) -> Result<Judged> {
    let mut dirty: HashMap<(String, u32), (String, Option<u32>)> = HashMap::new();
    for line in std::fs::read_to_string(dir.join("truth.jsonl"))?.lines() {
        if let Truth::Dirty { file, row, what, household_no, person } = serde_json::from_str(line)? {
            let who = household_no.zip(person).and_then(|k| register.by_number.get(&k).copied());
            dirty.insert((file, row), (what, who));
        }
    }
    let mut out = Judged { people: register.people.len() as u64, ..Judged::default() };
    for (file, gbk) in lists(dir)? {
        let name = file.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_owned();
        let bytes = std::fs::read(&file)?;
        let text = if gbk { encoding_rs::GBK.decode(&bytes).0 } else { String::from_utf8_lossy(&bytes) };
        let mut lines = csv::Reader::from_reader(text.as_bytes());
        for (n, line) in lines.records().enumerate() {
            let line = line?;
            let cell = |i: usize| line.get(i).unwrap_or_default();
            let claim = Claim { number: cell(1), name: cell(0), birth: None, place: "" };
            let outcome = one(&claim, [cell(2), cell(3), cell(4)], register, vault, today);
            let known = dirty.get(&(name.clone(), n as u32 + 2));
            let is_right = |id: &Uuid| {
                let n = (id.as_u128() - 1) as u32;
                match known {
                    Some((_, who)) => *who == Some(n),
                    // the number stands as it is in the register
                    None => register
                        .by_token
                        .get(&vault.token(TokenKind::of("id_card"), claim.number))
                        .is_some_and(|l| l.contains(&n)),
                }
            };
            let told = out.by_what.entry(known.map_or("clean".into(), |(what, _)| what.clone())).or_default();
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
        }
    }
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
    let households = o.households.unwrap_or(20_000);
    let ground = super::Ground::open_empty(o, "match").await?;
    let regions = registry::region::Regions::load(ground.app.db.pool()).await.map_err(super::lakes::said)?;
    let province = Province::new(&regions, synth::Opts::new(households, o.seed, record::today()));
    let dir = o.folder().join(format!("departments-{households}-{}", o.seed));
    if !dir.exists() {
        synth::write_departments(&dir, &province).context("the lists of the departments")?;
    }
    let vault = ground.app.records.vault.clone();
    let register = Register::new(&province, &*vault);
    let judged = judge(&dir, &register, &*vault, record::today())?;
    let size = json!({ "households": households, "judged": judged, "precision": judged.precision() });
    let ours = Ours { dir, register, vault };
    let absent = vec!["Splink: not installed here".to_owned()];
    let line = measure("match", o, size, vec![Box::new(ours)], absent).await;
    ground.close().await?;
    line
}

struct Ours {
    dir: PathBuf,
    register: Register,
    vault: Arc<dyn Vault>,
}

#[async_trait]
impl Side for Ours {
    fn name(&self) -> String {
        "ganong, number, repair, name and village".into()
    }
    async fn run(&mut self) -> Result<Sample> {
        memory::reset_own();
        let begun = Instant::now();
        let judged = judge(&self.dir, &self.register, &*self.vault, record::today())?;
        let seconds = begun.elapsed().as_secs_f64();
        say(&format!("{} lines against {} people", judged.lines, judged.people));
        Ok(Sample { seconds, peak: memory::own_peak(), more: vec![("lines_per_s", judged.lines as f64 / seconds)] })
    }
}
