//! One row of a file as a candidate: what its cells say, and every fault found without looking at other rows.
//! Must not know tables.

use crate::cell::to_json;
use crate::columns::{REGION, REGION_WORDS, has_own_region, taken};
use crate::marked::Fault;
use crate::read::{Cell, CellValue, Header, Row};
use crate::row_key::{LABEL, ROW_KEY, RowKey};
use crate::text::{column_letters, half_width};
use base::{Actor, FieldProblem, Level, RegionCode};
use meta::{Catalog, Dataset, Field, Kind};
use serde_json::{Map, Value as Json};

/// Finds regions by what people write; given by the registry.
pub trait Places: Send + Sync {
    /// Whether rows may be put there today.
    fn is_valid(&self, code: &RegionCode) -> bool;
    /// Codes inside `within` whose names are these, highest level first; empty texts say nothing.
    fn by_names(&self, within: &RegionCode, names: &[&str]) -> Vec<RegionCode>;
}

/// What a row wants to become.
#[derive(Clone, Debug, Default)]
pub struct Candidate {
    pub row: u64,
    /// Wire form; a `ref` still holds the key text of the row it means. Empty cells are not in it: they change nothing.
    pub values: Map<String, Json>,
    pub region: Option<RegionCode>,
    /// The record it was exported from, and in which version.
    pub key: Option<RowKey>,
    pub faults: Vec<Fault>,
    /// Cells whose value a formula computed, and cells that came back masked from an export.
    pub formulas: u64,
    pub masked: u64,
}

/// Reads rows of one file for one dataset.
pub struct Reader<'a> {
    catalog: &'a Catalog,
    dataset: &'a Dataset,
    header: &'a Header,
    fields: Vec<(usize, &'a Field)>,
    actor: &'a Actor,
    places: &'a dyn Places,
}

impl<'a> Reader<'a> {
    pub fn new(catalog: &'a Catalog, dataset: &'a Dataset, header: &'a Header, actor: &'a Actor, places: &'a dyn Places) -> Self {
        let fields = taken(dataset).filter_map(|f| Some((header.column(&f.name)?, f))).collect();
        Self { catalog, dataset, header, fields, actor, places }
    }

    /// Fields that the file has a column for.
    pub fn fields(&self) -> impl Iterator<Item = &'a Field> {
        self.fields.iter().map(|(_, f)| *f)
    }

    pub fn read(&self, row: &Row) -> Candidate {
        let mut out = Candidate { row: row.number, ..Candidate::default() };
        for (column, f) in &self.fields {
            let Some(cell) = row.get(*column) else { continue };
            if is_masked(f, cell) {
                out.masked += 1;
                continue;
            }
            out.formulas += u64::from(cell.formula);
            match self.value(f, cell) {
                Ok(Json::Null) => {}
                Ok(v) => {
                    out.values.insert(f.name.clone(), v);
                }
                Err(p) => out.faults.push(self.fault(row.number, &p)),
            }
        }
        if let Some(text) = self.header.column(ROW_KEY).and_then(|c| row.get(c)).map(Cell::show) {
            out.key = RowKey::parse(self.dataset, &text);
            if out.key.is_none() {
                let text = format!(
                    "“{LABEL}”已被改动，或属于别的表，无法找到原记录。请从系统重新导出“{}”后再修改；新增的行请清空此格。",
                    self.dataset.title
                );
                out.faults.push(self.fault(row.number, &FieldProblem::new(ROW_KEY, "sheet.row_key", text)));
            }
        }
        if has_own_region(self.dataset) {
            match self.region(row) {
                Ok(r) => out.region = r,
                Err(p) => out.faults.push(self.fault(row.number, &p)),
            }
        }
        out
    }

    fn value(&self, f: &Field, cell: &Cell) -> Result<Json, FieldProblem> {
        let json = to_json(self.catalog, f, cell)?;
        match f.kind {
            // looked up later, many at a time
            Kind::Ref => Ok(json),
            Kind::Region => {
                let t = json.as_str().unwrap_or_default();
                self.place(&f.name, t).map(|c| c.as_str().into())
            }
            _ => meta::value::read(self.catalog, f, &json).map(|v| v.to_json()),
        }
    }

    /// Where the row lies: its code, or its names, or the actor's own region when that is of the row's level.
    fn region(&self, row: &Row) -> Result<Option<RegionCode>, FieldProblem> {
        let text = |key: &str| self.header.column(key).and_then(|c| row.get(c)).map(|c| half_width(&c.show()).trim().to_owned());
        let code = match text(REGION) {
            Some(t) => Some(self.place(REGION, &t)?),
            None => {
                let names: Vec<String> = REGION_WORDS.iter().map(|(k, _)| text(k).unwrap_or_default()).collect();
                if names.iter().all(String::is_empty) { None } else { Some(self.named(&names)?) }
            }
        };
        let Some(code) = code.or_else(|| (self.actor.level() == self.dataset.region).then(|| self.actor.region.clone())) else {
            return Ok(None);
        };
        let (have, want) = (code.level(), self.dataset.region);
        if have > want || (want == Level::Village && have != want) {
            let want = level_word(want);
            return Err(problem(REGION, format!("“{}”应填到{want}，请填写{want}的 12 位区划代码。", self.dataset.title)));
        }
        Ok(Some(code))
    }

    fn place(&self, field: &str, text: &str) -> Result<RegionCode, FieldProblem> {
        let code = if text.len() >= 6 && text.bytes().all(|b| b.is_ascii_digit()) {
            RegionCode::parse(text).map_err(|e| problem(field, e.sentence))?
        } else {
            self.named(&[text.to_owned()]).map_err(|p| FieldProblem { field: field.into(), ..p })?
        };
        if field == REGION && !self.actor.region.contains(&code) {
            return Err(problem(field, "区划不在您的辖区内，请核对区划代码。".into()));
        }
        if !self.places.is_valid(&code) {
            return Err(problem(field, "没有这个区划代码，或该区划已撤并，请从区划选择器中查找新代码。".into()));
        }
        Ok(code)
    }

    fn named(&self, names: &[String]) -> Result<RegionCode, FieldProblem> {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let shown = names.iter().filter(|n| !n.is_empty()).copied().collect::<Vec<_>>().join(" / ");
        let mut found = self.places.by_names(&self.actor.region, &names);
        match found.len() {
            1 => Ok(found.remove(0)),
            0 => Err(problem(
                REGION,
                format!("在您的辖区内没有找到“{}”，请核对名称或改填 12 位区划代码。", meta::value::printable(&shown)),
            )),
            n => Err(problem(REGION, format!("“{}”对应 {n} 个区划，请改填 12 位区划代码。", meta::value::printable(&shown)))),
        }
    }

    /// A field problem with its place in the file.
    pub fn fault(&self, row: u64, p: &FieldProblem) -> Fault {
        let column = self.header.column(&p.field).or_else(|| {
            let words = REGION_WORDS.iter().rev().find_map(|(k, _)| self.header.column(k));
            (p.field == REGION).then_some(words).flatten()
        });
        let label = match column {
            Some(c) => self.header.label(c).to_owned(),
            None => self.dataset.field(&p.field).map_or(String::new(), |f| f.label.clone()),
        };
        Fault {
            row,
            column: column.map(column_letters).unwrap_or_default(),
            field: p.field.clone(),
            label,
            message: p.message.clone(),
        }
    }

    /// Faults of a row that is to be new: what every new row needs and this one does not say.
    pub fn missing(&self, c: &Candidate) -> Vec<Fault> {
        let mut out: Vec<Fault> = taken(self.dataset)
            .filter(|f| f.required.holds(&c.values) && f.default.is_none() && !c.values.contains_key(&f.name))
            .filter(|f| !c.faults.iter().any(|x| x.field == f.name))
            .map(|f| self.fault(c.row, &FieldProblem::new(&f.name, "sheet.required", format!("新增时“{}”必须填写。", f.label))))
            .collect();
        if has_own_region(self.dataset) && c.region.is_none() && !c.faults.iter().any(|f| f.field == REGION) {
            out.push(self.fault(c.row, &problem(REGION, "新增时必须填写区划代码（或县、乡、村名称）。".into())));
        }
        out
    }
}

fn problem(field: &str, text: String) -> FieldProblem {
    FieldProblem::new(field, "sheet.region", text)
}

fn level_word(l: Level) -> &'static str {
    match l {
        Level::Province => "省级",
        Level::City => "市级",
        Level::County => "县级",
        Level::Town => "乡级",
        Level::Village => "村级",
    }
}

/// A starred value of a field that exports mask: it says nothing and must not overwrite what is stored.
fn is_masked(f: &Field, cell: &Cell) -> bool {
    f.sensitivity.level() >= 2 && matches!(&cell.value, CellValue::Text(t) if t.contains('*'))
}
