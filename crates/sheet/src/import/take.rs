//! Takes candidates into the dataset, a chunk at a time, inside the import's one transaction: references and existing rows
//! are looked up together, good rows are written, every fault is kept with its place. Must not know files.

use super::candidate::{Candidate, Reader};
use super::store::{self, Found};
use crate::columns::{REGION, has_own_region, ref_key};
use crate::marked::Fault;
use crate::row_key::{LABEL, ROW_KEY};
use ::store::ScopedTx;
use base::{Error, FieldProblem, RegionCode, Result};
use meta::{Dataset, Field, Kind};
use record::{Change, Records, Version};
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Rows with faults after which the file is taken for another one.
const MOST_BAD: usize = 50_000;

/// What became of the rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Totals {
    pub rows: u64,
    pub created: u64,
    pub changed: u64,
    /// Already as the file says.
    pub unchanged: u64,
    pub bad: u64,
    pub formulas: u64,
    pub masked: u64,
}

impl Totals {
    pub fn taken(&self) -> u64 {
        self.created + self.changed
    }
}

/// Collects what one import does.
pub(crate) struct Taker<'a> {
    pub records: &'a Records,
    pub dataset: &'a Dataset,
    pub reader: &'a Reader<'a>,
    pub batch_no: &'a str,
    pub may_create: bool,
    pub may_update: bool,
    /// Key (hashed) → row of this file that had it first.
    seen: HashMap<u64, u64>,
    pub totals: Totals,
    pub faults: BTreeMap<u64, Vec<Fault>>,
}

/// A candidate that is to be written.
struct Ready {
    row: u64,
    found: Option<Found>,
    /// The version in which the line was exported.
    seen: Option<i32>,
    region: Option<RegionCode>,
    values: Map<String, Json>,
}

impl<'a> Taker<'a> {
    pub fn new(
        records: &'a Records,
        dataset: &'a Dataset,
        reader: &'a Reader<'a>,
        batch_no: &'a str,
        may_create: bool,
        may_update: bool,
    ) -> Self {
        Self {
            records,
            dataset,
            reader,
            batch_no,
            may_create,
            may_update,
            seen: HashMap::new(),
            totals: Totals::default(),
            faults: BTreeMap::new(),
        }
    }

    /// Checks and writes one chunk.
    pub async fn chunk(&mut self, tx: &mut ScopedTx, mut rows: Vec<Candidate>) -> Result<()> {
        self.totals.rows += rows.len() as u64;
        self.totals.formulas += rows.iter().map(|c| c.formulas).sum::<u64>();
        self.totals.masked += rows.iter().map(|c| c.masked).sum::<u64>();
        self.resolve_refs(tx, &mut rows).await?;
        let found = self.find_existing(tx, &mut rows).await?;
        let mut ready = Vec::with_capacity(rows.len());
        for (mut c, found) in rows.into_iter().zip(found) {
            self.judge(&mut c, found.as_ref());
            if c.faults.is_empty() {
                let seen = c.key.map(|k| k.version);
                ready.push(Ready { row: c.row, found, seen, region: c.region, values: c.values });
            } else {
                self.bad(c.row, c.faults)?;
            }
        }
        self.write_all(tx, ready).await
    }

    fn bad(&mut self, row: u64, faults: Vec<Fault>) -> Result<()> {
        self.totals.bad += 1;
        self.faults.insert(row, faults);
        if self.faults.len() > MOST_BAD {
            return Err(Error::invalid(
                "sheet.too_many_faults",
                format!(
                    "有问题的行超过 {MOST_BAD} 行，已停止导入，未保存任何改动。请确认文件与“{}”的模板一致后再上传。",
                    self.dataset.title
                ),
            ));
        }
        Ok(())
    }

    fn field_fault(&self, row: u64, field: &str, code: &'static str, text: String) -> Fault {
        self.reader.fault(row, &FieldProblem::new(field, code, text))
    }

    /// Turns the key texts of references into ids; a child gets its parent's region.
    async fn resolve_refs(&self, tx: &mut ScopedTx, rows: &mut [Candidate]) -> Result<()> {
        for f in self.reader.fields().filter(|f| f.kind == Kind::Ref) {
            let Some((target, key)) = ref_key(&self.records.catalog, f) else { continue };
            let texts: HashSet<String> = rows.iter().filter_map(|c| c.values.get(&f.name)?.as_str().map(str::to_owned)).collect();
            let wanted: Vec<Vec<String>> = texts.into_iter().map(|t| vec![t]).collect();
            let found = store::existing(tx, target, &[key], &wanted).await?;
            let is_parent = self.dataset.parent.as_ref().is_some_and(|p| p.field == f.name);
            for c in rows.iter_mut() {
                let Some(text) = c.values.get(&f.name).and_then(Json::as_str).map(str::to_owned) else { continue };
                match found.get(&vec![text.clone()]) {
                    Some(target_row) => {
                        c.values.insert(f.name.clone(), target_row.id.to_string().into());
                        if is_parent {
                            c.region = RegionCode::parse(&target_row.region_code).ok();
                        }
                    }
                    None => {
                        let text = format!(
                            "没有找到“{}”为“{}”的“{}”，请核对；如确有其人其事，请先登记。",
                            key.label,
                            meta::value::printable(&text),
                            target.title
                        );
                        let fault = self.field_fault(c.row, &f.name, "sheet.no_such_row", text);
                        c.values.remove(&f.name);
                        c.faults.push(fault);
                    }
                }
            }
        }
        Ok(())
    }

    /// The record that a line was exported from.
    async fn find_exported(&mut self, tx: &mut ScopedTx, rows: &mut [Candidate]) -> Result<Vec<Option<Found>>> {
        let ids = rows.iter().filter_map(|c| c.key.map(|k| k.id)).collect();
        let found = store::by_ids(tx, self.dataset, ids).await?;
        let mut out = Vec::with_capacity(rows.len());
        for c in rows.iter_mut() {
            let Some(key) = c.key else {
                out.push(None);
                continue;
            };
            let there = found.get(&key.id).cloned();
            let text = match (&there, self.first_with(usize::MAX, &key.id, c.row)) {
                (None, _) => format!("没有找到“{LABEL}”所指的“{}”，可能已被删除，或不在您的辖区内。", self.dataset.title),
                (_, Some(first)) => format!("“{LABEL}”与第 {first} 行重复，同一记录只能出现一次，请删除其中一行。"),
                _ => String::new(),
            };
            if !text.is_empty() {
                c.faults.push(self.field_fault(c.row, ROW_KEY, "sheet.row_key", text));
            }
            out.push(there);
        }
        Ok(out)
    }

    /// The earlier row of this file with the same key, if any; from now on this one is remembered.
    fn first_with(&mut self, which: usize, key: &impl Hash, row: u64) -> Option<u64> {
        let mut hasher = DefaultHasher::new();
        (which, key).hash(&mut hasher);
        self.seen.insert(hasher.finish(), row)
    }

    /// The row that each candidate means, by its row key or any of the dataset's keys; keys repeated in the file are faults.
    async fn find_existing(&mut self, tx: &mut ScopedTx, rows: &mut [Candidate]) -> Result<Vec<Option<Found>>> {
        let mut out = self.find_exported(tx, rows).await?;
        let d = self.dataset;
        for (n, key) in d.unique.iter().enumerate() {
            let fields: Vec<&Field> = key.iter().filter_map(|k| d.field(k)).collect();
            if fields.len() != key.len() {
                continue;
            }
            let vault = self.records.vault.as_ref();
            let texts: Vec<Option<Vec<String>>> =
                rows.iter().map(|c| fields.iter().map(|f| store::key_text(vault, f, c.values.get(&f.name)?)).collect()).collect();
            let wanted: Vec<Vec<String>> = texts.iter().flatten().cloned().collect();
            let found = store::existing(tx, d, &fields, &wanted).await?;
            for (i, t) in texts.iter().enumerate() {
                let Some(t) = t else { continue };
                let row = rows[i].row;
                if let Some(first) = self.first_with(n, t, row) {
                    let labels: Vec<&str> = fields.iter().map(|f| f.label.as_str()).collect();
                    let text = format!("“{}”与第 {first} 行重复，同一记录只能出现一次，请删除其中一行。", labels.join("＋"));
                    let fault = self.field_fault(row, &fields[fields.len() - 1].name, "sheet.repeated", text);
                    rows[i].faults.push(fault);
                }
                match (found.get(t), &out[i]) {
                    (Some(f), Some(other)) if f.id != other.id => {
                        let text = format!("按“{}”找到的记录与按其他编号找到的不是同一条，请核对。", fields[0].label);
                        let fault = self.field_fault(row, &fields[0].name, "sheet.two_rows", text);
                        rows[i].faults.push(fault);
                    }
                    // a line that was exported means its own record, whatever number it bears by now
                    (Some(f), None) if rows[i].key.is_none() => out[i] = Some(f.clone()),
                    _ => {}
                }
            }
        }
        Ok(out)
    }

    /// Faults that depend on whether the row is new.
    fn judge(&self, c: &mut Candidate, found: Option<&Found>) {
        match found {
            // said already: the record of its key is not there
            None if c.key.is_some() => {}
            None => {
                c.faults.extend(self.reader.missing(c));
                if !self.may_create {
                    c.faults.push(self.field_fault(
                        c.row,
                        "",
                        "sheet.may_not_create",
                        "没有找到对应的记录，您的岗位也不能新增，请核对编号。".into(),
                    ));
                }
            }
            Some(f) => {
                let elsewhere = c.region.as_ref().is_some_and(|r| r.as_str() != f.region_code);
                if has_own_region(self.dataset) && elsewhere {
                    let text = "该记录登记在别的区划，导入不能改变其区划；如确需变更，请在系统中办理迁移。".to_owned();
                    c.faults.push(self.field_fault(c.row, REGION, "sheet.other_region", text));
                }
                if !self.may_update {
                    c.faults.push(self.field_fault(c.row, "", "sheet.may_not_update", "该记录已存在，您的岗位不能修改。".into()));
                }
            }
        }
    }

    /// Writes the chunk together; what the engine refuses of it are faults of its rows.
    async fn write_all(&mut self, tx: &mut ScopedTx, ready: Vec<Ready>) -> Result<()> {
        let mut places = Vec::with_capacity(ready.len());
        let mut changes = Vec::with_capacity(ready.len());
        for r in ready {
            let mut input = r.values;
            let before = r.found.as_ref().map(|f| f.row_version);
            match (r.found, r.region) {
                (Some(f), _) => {
                    let version = r.seen.map_or(Version::Exactly(f.row_version), Version::Since);
                    changes.push(Change::Patch { id: f.id, version, input });
                }
                (None, region) => {
                    input.insert(REGION.into(), region.map(|r| r.as_str().to_owned()).into());
                    changes.push(Change::Create(input));
                }
            }
            places.push((r.row, before));
        }
        let done = super::write::many(self.records, tx, self.dataset, changes, self.batch_no).await?;
        for ((row, before), outcome) in places.into_iter().zip(done) {
            match (outcome, before) {
                (Ok(_), None) => self.totals.created += 1,
                (Ok(saved), Some(v)) if saved.row_version == v => self.totals.unchanged += 1,
                (Ok(_), Some(_)) => self.totals.changed += 1,
                (Err(e), _) => {
                    let mut faults: Vec<Fault> = e.problems.iter().map(|p| self.reader.fault(row, p)).collect();
                    if faults.is_empty() {
                        let at = if e.code == "record.stale" { ROW_KEY } else { "" };
                        faults.push(self.field_fault(row, at, "sheet.refused", e.sentence));
                    }
                    self.bad(row, faults)?;
                }
            }
        }
        Ok(())
    }
}
