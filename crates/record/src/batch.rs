//! The one way to write: any number of new and changed rows of a dataset together. A form's save is a batch of one. Each row has
//! its own outcome; look-ups, statements, checks and the change log serve all rows at once.

use crate::bulk::{self, Line, Written};
use crate::hooks::Stored;
use crate::sight::Sight;
use crate::write::{Provenance, Saved};
use crate::{Records, Row};
use base::{Error, FieldProblem, RegionCode, Result};
use meta::{Dataset, Field, Kind, Severity, Value};
use serde_json::{Value as Json, json};
use sqlx::Row as _;
use std::collections::{HashMap, HashSet};
use store::{DbResult, ScopedTx};
use uuid::Uuid;

const REFUSED: &str = "填写的内容有误，请按提示改正后再保存。";

/// What is to happen to one row.
#[derive(Clone, Debug)]
pub enum Change {
    /// A new row; the input says where it lies (a child lies where its parent lies).
    Create(Row),
    /// Named fields of an existing row.
    Patch { id: Uuid, version: Version, input: Row },
}

/// Which version of a row the change was made over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// Whatever is there.
    Any,
    /// This one; another is refused with who changed it and when.
    Exactly(i32),
    /// This one, or a later one that already says the same: for files that come back after a while.
    Since(i32),
}

/// A row on its way to the table.
pub(crate) struct Draft {
    /// Its place in the batch.
    pub index: usize,
    pub id: Uuid,
    pub old: Option<Row>,
    /// Version before the write; 0 for a new row.
    pub version: i32,
    pub region: Option<RegionCode>,
    pub asked_region: String,
    /// The change was made over this older version.
    pub outdated: Option<i32>,
    pub row: Row,
    pub problems: Vec<FieldProblem>,
    /// Why this row cannot be written at all.
    pub failed: Option<Error>,
    /// What is written: every filled field of a new row, every changed field of an old one.
    pub written: Written,
}

impl Draft {
    fn new(index: usize, id: Uuid) -> Draft {
        Draft {
            index,
            id,
            old: None,
            version: 0,
            region: None,
            asked_region: String::new(),
            outdated: None,
            row: Row::new(),
            problems: Vec::new(),
            failed: None,
            written: Written::new(),
        }
    }
}

/// Errors of one row stay with it; those of the system end the batch.
pub(crate) fn row_error(e: Error) -> Result<Error> {
    if matches!(e.kind, base::Kind::Internal | base::Kind::Unavailable | base::Kind::Busy) { Err(e) } else { Ok(e) }
}

pub(crate) fn refused(problems: Vec<FieldProblem>) -> Error {
    Error::refused("record.refused", REFUSED).with_problems(problems)
}

type Outcomes = Vec<Option<Result<Saved>>>;

/// Why an attempt at a batch was taken back.
enum Undone {
    /// These rows; the others may be tried again.
    Rows(HashMap<Uuid, Error>),
    /// Something the database does not lay at one row's door.
    All(Error),
}

impl Records {
    /// Writes rows and answers for each, in their order: saved, or refused with all its problems. Rows that are refused leave
    /// nothing; the others are written in the caller's transaction. A row named twice is changed twice, one after the other.
    pub async fn write_many(
        &self,
        tx: &mut ScopedTx,
        d: &Dataset,
        changes: Vec<Change>,
        from: &Provenance,
    ) -> Result<Vec<Result<Saved>>> {
        let mut out: Outcomes = changes.iter().map(|_| None).collect();
        let mut left: Vec<(usize, Change)> = changes.into_iter().enumerate().collect();
        while !left.is_empty() {
            let mut seen = HashSet::new();
            let (now, later) = left.into_iter().partition(|(_, c)| match c {
                Change::Create(_) => true,
                Change::Patch { id, .. } => seen.insert(*id),
            });
            left = later;
            let mut drafts = self.drafts(tx, d, now, from, &mut out).await?;
            self.place(tx, d, &mut drafts).await?;
            self.settle(tx, d, from.trusted, &mut drafts).await?;
            let mut ready = Vec::with_capacity(drafts.len());
            for x in drafts {
                let index = x.index;
                match self.ready(d, x) {
                    Err(e) => out[index] = Some(Err(e)),
                    Ok(x) if x.old.is_some() && x.written.is_empty() => {
                        out[index] = Some(Ok(Saved { id: x.id, row_version: x.version, warnings: vec![] }));
                    }
                    Ok(x) => match x.outdated {
                        Some(v) => out[index] = Some(Err(self.stale(tx, d, &x.old.unwrap_or_default(), v).await?)),
                        None => ready.push(x),
                    },
                }
            }
            self.put(tx, d, ready, from, &mut out).await?;
        }
        Ok(out.into_iter().map(|o| o.unwrap_or_else(|| Err(Error::internal("a row of a batch was lost")))).collect())
    }

    /// What was sent, read by kind over what is there; rows that are not there or were changed meanwhile are answered at once.
    async fn drafts(
        &self,
        tx: &mut ScopedTx,
        d: &Dataset,
        changes: Vec<(usize, Change)>,
        from: &Provenance,
        out: &mut Outcomes,
    ) -> Result<Vec<Draft>> {
        let ids = changes.iter().filter_map(|(_, c)| if let Change::Patch { id, .. } = c { Some(*id) } else { None }).collect();
        let mut there = HashMap::new();
        for row in self.fetch_locked(tx, d, ids).await? {
            let version: i32 = row.try_get("row_version").db()?;
            there.insert(row.try_get::<Uuid, _>("id").db()?, (self.wire(d, Sight::PLAIN, &row)?, version));
        }
        let mut drafts = Vec::with_capacity(changes.len());
        for (index, change) in changes {
            match change {
                Change::Create(input) => {
                    let mut x = Draft::new(index, Uuid::now_v7());
                    x.row = self.read_input(d, &input, from, None, &mut x.problems);
                    for f in d.fields.values() {
                        if !input.contains_key(&f.name)
                            && let Some(v) = &f.default
                        {
                            x.row.insert(f.name.clone(), v.clone());
                        }
                    }
                    x.asked_region = input.get("region_code").and_then(Json::as_str).unwrap_or_default().to_owned();
                    drafts.push(x);
                }
                Change::Patch { id, version, input } => {
                    let Some((old, current)) = there.remove(&id) else {
                        out[index] = Some(Err(self.not_to_write(tx, d, id).await?));
                        continue;
                    };
                    let mut x = Draft { version: current, ..Draft::new(index, id) };
                    match version {
                        Version::Exactly(v) if v != current => {
                            out[index] = Some(Err(self.stale(tx, d, &old, v).await?));
                            continue;
                        }
                        Version::Since(v) if v != current => x.outdated = Some(v),
                        _ => {}
                    }
                    let given = self.read_input(d, &input, from, Some(&old), &mut x.problems);
                    x.row = d.fields.keys().map(|n| (n.clone(), old.get(n).cloned().unwrap_or(Json::Null))).collect();
                    x.row.extend(given);
                    x.region = old.get("region_code").and_then(Json::as_str).and_then(|c| RegionCode::parse(c).ok());
                    x.old = Some(old);
                    drafts.push(x);
                }
            }
        }
        Ok(drafts)
    }

    /// A settled draft with the values to write, or all that is wrong with it.
    fn ready(&self, d: &Dataset, mut x: Draft) -> Result<Draft> {
        if let Some(e) = x.failed.take() {
            return Err(e);
        }
        let null = Json::Null;
        for (n, f) in d.fields.values().enumerate().filter(|(_, f)| f.kind != Kind::Attachment) {
            let new = x.row.get(&f.name).unwrap_or(&null);
            if x.old.as_ref().is_some_and(|o| o.get(&f.name).unwrap_or(&null) == new) {
                continue;
            }
            match meta::value::read(&self.catalog, f, new) {
                Ok(v) if v.is_null() && x.old.is_none() => {}
                Ok(v) => drop(x.written.insert(n, v)),
                Err(p) if !x.problems.iter().any(|q| q.field == p.field) => x.problems.push(p),
                Err(_) => {}
            }
        }
        if !x.problems.is_empty() || x.region.is_none() {
            return Err(refused(x.problems));
        }
        Ok(x)
    }

    /// Writes drafts under savepoints: all together; without those that a check or a hook refuses; and in halves where the
    /// database refuses something, until the row that it means is alone.
    async fn put(&self, tx: &mut ScopedTx, d: &Dataset, drafts: Vec<Draft>, from: &Provenance, out: &mut Outcomes) -> Result<()> {
        let mut stack = vec![drafts];
        while let Some(mut batch) = stack.pop() {
            if batch.is_empty() {
                continue;
            }
            bulk::savepoint(tx).await?;
            match self.attempt(tx, d, &batch, from).await {
                Ok(mut warnings) => {
                    bulk::keep(tx).await?;
                    for x in &batch {
                        let warnings = warnings.remove(&x.id).unwrap_or_default();
                        out[x.index] = Some(Ok(Saved { id: x.id, row_version: x.version + 1, warnings }));
                    }
                }
                Err(Undone::Rows(mut bad)) => {
                    bulk::back(tx).await?;
                    batch.retain(|x| match bad.remove(&x.id) {
                        Some(e) => {
                            out[x.index] = Some(Err(e));
                            false
                        }
                        None => true,
                    });
                    stack.push(batch);
                }
                Err(Undone::All(e)) => {
                    let e = row_error(e)?;
                    bulk::back(tx).await?;
                    if let [x] = batch.as_slice() {
                        out[x.index] = Some(Err(bulk::name_conflict(d, e)));
                    } else {
                        let second = batch.split_off(batch.len() / 2);
                        stack.push(second);
                        stack.push(batch);
                    }
                }
            }
        }
        Ok(())
    }

    async fn attempt(
        &self,
        tx: &mut ScopedTx,
        d: &Dataset,
        batch: &[Draft],
        from: &Provenance,
    ) -> std::result::Result<HashMap<Uuid, Vec<FieldProblem>>, Undone> {
        let vault = self.vault.as_ref();
        bulk::insert(tx, d, vault, batch, from).await.map_err(Undone::All)?;
        bulk::update(tx, d, vault, batch, from).await.map_err(Undone::All)?;
        let mut bad: HashMap<Uuid, Vec<FieldProblem>> = HashMap::new();
        let mut warnings: HashMap<Uuid, Vec<FieldProblem>> = HashMap::new();
        let ids = batch.iter().map(|x| x.id).collect();
        for (id, severity, problem) in bulk::run_checks(tx, d, ids).await.map_err(Undone::All)? {
            let to = if severity == Severity::Error { &mut bad } else { &mut warnings };
            to.entry(id).or_default().push(problem);
        }
        if !bad.is_empty() {
            return Err(Undone::Rows(bad.into_iter().map(|(id, p)| (id, refused(p))).collect()));
        }
        let rows: Vec<Row> = batch
            .iter()
            .map(|x| {
                let mut row = x.row.clone();
                row.insert("id".into(), json!(x.id));
                row.insert("region_code".into(), json!(x.region.as_ref().map(RegionCode::as_str)));
                row
            })
            .collect();
        let mut unsound: HashMap<Uuid, Error> = HashMap::new();
        let stored: Vec<Stored> = batch.iter().zip(&rows).map(|(x, new)| Stored { id: x.id, old: x.old.as_ref(), new }).collect();
        for h in self.hooks.of(d) {
            unsound.extend(h.unsound(self, tx, d, &stored).await.map_err(Undone::All)?);
        }
        if !unsound.is_empty() {
            return Err(Undone::Rows(unsound));
        }
        let lines = batch.iter().map(|x| self.line(d, x)).collect::<Result<Vec<_>>>().map_err(Undone::All)?;
        bulk::log_changes(tx, d, from, lines).await.map_err(Undone::All)?;
        self.hooks.tell(tx, d, &rows).await.map_err(Undone::All)?;
        for (x, row) in batch.iter().zip(&rows) {
            for h in self.hooks.of(d) {
                if let Err(e) = h.after_save(self, tx, d, x.old.as_ref(), row).await {
                    let e = row_error(e).map_err(Undone::All)?;
                    return Err(Undone::Rows(HashMap::from([(x.id, e)])));
                }
            }
        }
        Ok(warnings)
    }

    /// The line of the change log: field → old and new; enciphered values stay enciphered.
    fn line(&self, d: &Dataset, x: &Draft) -> Result<Line> {
        let mut changes = Row::new();
        for (_, f) in d.fields.values().enumerate().filter(|(n, _)| x.written.contains_key(n)) {
            let old = x.old.as_ref().and_then(|o| o.get(&f.name)).unwrap_or(&Json::Null);
            let new = x.row.get(&f.name).unwrap_or(&Json::Null);
            let keep = |j: &Json| self.kept(d, f, x.id, j);
            changes.insert(f.name.clone(), json!({"old": keep(old)?, "new": keep(new)?}));
        }
        let region = x.region.as_ref().map(|r| r.as_str().to_owned()).unwrap_or_default();
        let verb = if x.old.is_some() { "update" } else { "create" };
        Ok(Line { id: x.id, region, version: x.version + 1, verb, changes: Json::Object(changes) })
    }

    fn kept(&self, d: &Dataset, f: &Field, id: Uuid, j: &Json) -> Result<Json> {
        match (f.kind.is_enciphered(), j.as_str()) {
            (true, Some(plain)) => self.vault.seal(plain, &crate::store::cipher_place(d, &f.name, id)).map(Json::from),
            _ => Ok(j.clone()),
        }
    }
}

/// For the columns of a batch: the value of one field of one draft.
pub(crate) fn value(x: &Draft, field: usize) -> &Value {
    x.written.get(&field).unwrap_or(&Value::Null)
}
