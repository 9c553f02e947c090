//! Takes candidates into the dataset, a chunk at a time, inside the import's one transaction: references and existing rows
//! are looked up together, good rows are written, every fault is kept with its place. Must not know files.

use super::candidate::{Candidate, Reader};
use super::store::{self, Found};
use crate::columns::{REGION, has_own_region, ref_key};
use crate::marked::Fault;
use ::store::ScopedTx;
use base::{Error, FieldProblem, RegionCode, Result};
use meta::{Dataset, Field, Kind};
use record::Records;
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
                ready.push(Ready { row: c.row, found, region: c.region, values: c.values });
            } else {
                self.bad(c.row, c.faults)?;
            }
        }
        self.write_all(tx, &ready).await
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

    /// The row that each candidate means, by any of the dataset's keys; keys repeated in the file are faults.
    async fn find_existing(&mut self, tx: &mut ScopedTx, rows: &mut [Candidate]) -> Result<Vec<Option<Found>>> {
        let mut out: Vec<Option<Found>> = vec![None; rows.len()];
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
                let mut hasher = DefaultHasher::new();
                (n, t).hash(&mut hasher);
                if let Some(first) = self.seen.insert(hasher.finish(), row) {
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
                    (Some(f), None) => out[i] = Some(f.clone()),
                    _ => {}
                }
            }
        }
        Ok(out)
    }

    /// Faults that depend on whether the row is new.
    fn judge(&self, c: &mut Candidate, found: Option<&Found>) {
        match found {
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

    /// Writes the chunk under one savepoint; when the database refuses something, once more row by row.
    async fn write_all(&mut self, tx: &mut ScopedTx, ready: &[Ready]) -> Result<()> {
        if ready.is_empty() {
            return Ok(());
        }
        let before = self.totals.clone();
        store::savepoint(tx).await?;
        let mut all = Ok(());
        for r in ready {
            all = self.write(tx, r).await;
            if all.is_err() {
                break;
            }
        }
        if all.is_ok() {
            return store::keep(tx).await;
        }
        store::back(tx).await?;
        self.totals = before;
        for r in ready {
            store::savepoint(tx).await?;
            match self.write(tx, r).await {
                Ok(()) => store::keep(tx).await?,
                Err(e) if e.kind == base::Kind::Internal || e.kind == base::Kind::Unavailable => return Err(e),
                Err(e) => {
                    store::back(tx).await?;
                    let mut faults: Vec<Fault> = e.problems.iter().map(|p| self.reader.fault(r.row, p)).collect();
                    if faults.is_empty() {
                        faults.push(self.field_fault(r.row, "", "sheet.refused", e.sentence));
                    }
                    self.bad(r.row, faults)?;
                }
            }
        }
        Ok(())
    }

    async fn write(&mut self, tx: &mut ScopedTx, r: &Ready) -> Result<()> {
        let changed = match (&r.found, &r.region) {
            (Some(f), _) => {
                super::write::update(self.records, tx, self.dataset, (f.id, f.row_version), &r.values, self.batch_no).await?
            }
            (None, Some(region)) => {
                super::write::create(self.records, tx, self.dataset, region, &r.values, self.batch_no).await?;
                self.totals.created += 1;
                return Ok(());
            }
            (None, None) => return Err(Error::refused("sheet.no_region", "新增时必须有区划代码。")),
        };
        if changed {
            self.totals.changed += 1;
        } else {
            self.totals.unchanged += 1;
        }
        Ok(())
    }
}
