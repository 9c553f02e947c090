//! Rows of one file as text of COPY: cells become typed values once for each different text, numbers of people become cipher
//! and token at once, every fault keeps its place. Memory does not grow with the file. Must not know tables here.

use crate::plan::{ColumnPlan, FilePlan};
use crate::rules;
use base::{Error, FieldProblem, RegionCode, Result};
use chrono::NaiveDate;
use jobs::Progress;
use meta::{Catalog, Kind, Value};
use secure::{TokenKind, Vault};
use sheet::import::Places;
use sheet::{Book, Cell, CellValue, Header, Row, Want, column_letters, fold};
use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use uuid::Uuid;

/// What is needed to read any file of the delivery.
#[derive(Clone)]
pub struct Reading {
    pub catalog: Arc<Catalog>,
    pub vault: Arc<dyn Vault>,
    pub places: Arc<dyn Places>,
    pub within: RegionCode,
    pub today: NaiveDate,
    pub progress: Progress,
}

/// A fault with its place.
#[derive(Clone, Debug)]
pub struct Problem {
    pub dataset: String,
    pub region: Option<String>,
    pub row: i64,
    pub column: String,
    pub label: String,
    pub code: String,
    pub message: String,
}

/// Rows ready for COPY with what was wrong on the way.
#[derive(Default)]
pub struct Chunk {
    pub position: i32,
    pub bytes: Vec<u8>,
    pub rows: u64,
    pub problems: Vec<Problem>,
    pub bad_rows: u64,
}

/// Bytes of a chunk.
const CHUNK: usize = 1 << 20;
/// Different texts of a column that are remembered.
const REMEMBERED: usize = 20_000;

/// Where the columns of a plan stand in one file.
pub struct Opened {
    book: Book,
    header: Header,
    region: Vec<usize>,
    columns: Vec<usize>,
    pub unknown: Vec<String>,
    pub expected: u64,
}

/// Finds sheet, header and every column; a missing one is one sentence.
pub fn open(path: &Path, name: &str, plan: &FilePlan) -> Result<Opened> {
    let place = |e: Error| Error { sentence: format!("文件“{}”：{}", meta::value::printable(name), e.sentence), ..e };
    let mut book = Book::open(path).map_err(place)?;
    let mut wants: Vec<Want> = Vec::new();
    for n in plan.region.iter().chain(plan.columns.iter().map(|c| &c.column)) {
        let label = rules::Wanted::parse(n).name;
        if !wants.iter().any(|w| w.key == label) {
            wants.push(Want::new(label, label, false));
        }
    }
    let header = Header::find(&mut book, None, &wants).map_err(place)?;
    let labels: Vec<String> = header.cells.iter().map(|c| fold(&c.label)).collect();
    let at = |n: &String| rules::find(&labels, n).map(|i| header.cells[i].column);
    let mut missing: Vec<&str> = Vec::new();
    for n in plan.region.iter().chain(plan.columns.iter().map(|c| &c.column)) {
        if at(n).is_none() && !missing.contains(&n.as_str()) {
            missing.push(n);
        }
    }
    if !missing.is_empty() {
        let text = format!(
            "文件“{}”第 {} 行表头缺少列：{}。请在导出时选上这些列后重新上传整批文件。",
            meta::value::printable(name),
            header.row,
            missing.join("、")
        );
        return Err(Error::invalid("exchange.missing_columns", text));
    }
    let region: Vec<usize> = plan.region.iter().filter_map(at).collect();
    let columns: Vec<usize> = plan.columns.iter().filter_map(|c| at(&c.column)).collect();
    let unknown = header
        .cells
        .iter()
        .filter(|c| !region.contains(&c.column) && !columns.contains(&c.column))
        .map(|c| c.label.clone())
        .collect();
    let expected = book.row_hint(&header.sheet).map_err(place)?.unwrap_or(0);
    Ok(Opened { book, header, region, columns, unknown, expected })
}

/// What a text of a column stands for.
type Remembered = HashMap<String, std::result::Result<Vec<u8>, FieldProblem>>;

struct Reader<'a> {
    plan: &'a FilePlan,
    reading: &'a Reading,
    columns: &'a [usize],
    remembered: Vec<Remembered>,
    regions: HashMap<Vec<String>, std::result::Result<String, String>>,
}

/// Reads all rows; runs on a blocking thread. `send` answers false when nobody listens any more.
pub fn rows(opened: Opened, plan: &FilePlan, position: i32, r: &Reading, mut send: impl FnMut(Chunk) -> bool) -> Result<u64> {
    let Opened { mut book, header, region, columns, .. } = opened;
    let mut reader = Reader {
        plan,
        reading: r,
        columns: &columns,
        remembered: plan.columns.iter().map(|_| HashMap::new()).collect(),
        regions: HashMap::new(),
    };
    let mut chunk = Chunk { position, ..Chunk::default() };
    let mut total = 0;
    let sheet = header.sheet.clone();
    book.rows(&sheet, |row| {
        if row.number <= header.row {
            return Ok(true);
        }
        total += 1;
        reader.row(&row, &region, &header, &mut chunk)?;
        if chunk.bytes.len() < CHUNK {
            return Ok(true);
        }
        r.progress.check_cancelled()?;
        Ok(send(std::mem::replace(&mut chunk, Chunk { position, ..Chunk::default() })))
    })?;
    if chunk.rows > 0 {
        send(chunk);
    }
    Ok(total)
}

impl Reader<'_> {
    fn row(&mut self, row: &Row, region: &[usize], header: &Header, chunk: &mut Chunk) -> Result<()> {
        let place = if region.is_empty() { None } else { Some(self.place(row, region)) };
        let mut bad: Vec<bool> = vec![false; self.plan.feeds.len()];
        let known = place.as_ref().and_then(|p| p.as_ref().ok()).cloned();
        let before = chunk.problems.len();
        if let Some(Err(message)) = &place {
            let first = self.plan.columns.iter().find(|c| c.source == 0);
            chunk.problems.push(Problem {
                dataset: first.map(|c| c.dataset.id.clone()).unwrap_or_default(),
                region: None,
                row: row.number as i64,
                column: region.last().map(|c| column_letters(*c)).unwrap_or_default(),
                label: region.last().map(|c| header.label(*c).to_owned()).unwrap_or_default(),
                code: "exchange.region".into(),
                message: message.clone(),
            });
            bad.iter_mut().zip(&self.plan.feeds).filter(|(_, f)| self.plan.rows_of.contains(f)).for_each(|(b, _)| *b = true);
        }
        let made: Vec<Uuid> = self.plan.rows_of.iter().map(|_| Uuid::now_v7()).collect();
        let mut cells: Vec<u8> = Vec::with_capacity(1024);
        for n in 0..self.plan.columns.len() {
            let c = &self.plan.columns[n];
            let fault = match row.get(self.columns[n]) {
                None => {
                    for _ in c.raw_columns() {
                        cells.extend_from_slice(b"\t\\N");
                    }
                    empty(c)
                }
                Some(cell) if c.field.kind.is_enciphered() => {
                    let at = self.plan.rows_of.iter().position(|f| *f == c.feed);
                    let id = at.map(|i| made[i]).unwrap_or_default();
                    enciphered(self.reading, c, cell, id, &mut cells)?
                }
                Some(cell) => self.plain(n, cell, &mut cells),
            };
            if let Some(p) = fault {
                let c = &self.plan.columns[n];
                let at = self.plan.feeds.iter().position(|f| *f == c.feed);
                let told = chunk.problems[before..].iter().any(|x| x.label == header.label(self.columns[n]) && x.code == p.code);
                if let Some(at) = at.filter(|_| p.code != LEFT) {
                    bad[at] = true;
                }
                if !told {
                    chunk.problems.push(Problem {
                        dataset: c.dataset.id.clone(),
                        region: known.clone(),
                        row: row.number as i64,
                        column: column_letters(self.columns[n]),
                        label: header.label(self.columns[n]).to_owned(),
                        code: p.code.to_string(),
                        message: p.message,
                    });
                }
            }
        }
        let out = &mut chunk.bytes;
        write!(out, "{}\t{}\t{}", chunk.position, row.number, known.as_deref().unwrap_or("\\N"))?;
        for id in &made {
            write!(out, "\t{id}")?;
        }
        for b in &bad {
            out.extend_from_slice(if *b { b"\tt" } else { b"\tf" });
        }
        out.extend_from_slice(&cells);
        out.push(b'\n');
        chunk.rows += 1;
        chunk.bad_rows += u64::from(chunk.problems.len() > before);
        Ok(())
    }

    fn place(&mut self, row: &Row, region: &[usize]) -> std::result::Result<String, String> {
        let names: Vec<String> = region.iter().map(|c| row.get(*c).map(Cell::show).unwrap_or_default()).collect();
        if let Some(known) = self.regions.get(&names) {
            return known.clone();
        }
        let told: Vec<&str> = names.iter().map(String::as_str).collect();
        let shown = meta::value::printable(&told.join(" "));
        let found = self.reading.places.by_names(&self.reading.within, &told);
        let answer = match found.as_slice() {
            [one] if one.level() == base::Level::Village => Ok(one.as_str().to_owned()),
            [] => Err(format!("在您的辖区内没有找到“{shown}”，请核对区划名称（区划已撤并的先更新区划表）。")),
            [_] => Err(format!("“{shown}”不是村级，请核对区划名称。")),
            more => Err(format!("“{shown}”对应 {} 个区划，请核对区划名称。", more.len())),
        };
        if self.regions.len() < REMEMBERED * 2 {
            self.regions.insert(names, answer.clone());
        }
        answer
    }

    fn plain(&mut self, n: usize, cell: &Cell, out: &mut Vec<u8>) -> Option<FieldProblem> {
        let c = &self.plan.columns[n];
        let text = match &cell.value {
            CellValue::Text(t) => Some(t.as_str()),
            _ => None,
        };
        if let Some(known) = text.and_then(|t| self.remembered[n].get(t)) {
            return put(known, out);
        }
        let value = self.value(c, cell);
        let fault = put(&value, out);
        // names and keys hardly ever repeat
        if let Some(t) = text
            && !matches!(c.field.kind, Kind::Name | Kind::Ref)
            && !c.is_key
            && self.remembered[n].len() < REMEMBERED
        {
            self.remembered[n].insert(t.to_owned(), value);
        }
        fault
    }

    fn value(&self, c: &ColumnPlan, cell: &Cell) -> std::result::Result<Vec<u8>, FieldProblem> {
        let json = sheet::to_json(&self.reading.catalog, &c.field, cell)?;
        let mut out = Vec::new();
        if c.field.kind == Kind::Ref {
            escaped(json.as_str().unwrap_or_default(), &mut out);
            return Ok(out);
        }
        let value = meta::value::read(&self.reading.catalog, &c.field, &json)?;
        let done = match &value {
            Value::Null => out.write_all(b"\\N"),
            Value::Text(t) => {
                escaped(t, &mut out);
                Ok(())
            }
            Value::Int(n) => write!(out, "{n}"),
            Value::Fen(n) => write!(out, "{n}"),
            Value::Decimal(d) => write!(out, "{d}"),
            Value::Bool(b) => write!(out, "{}", if *b { 't' } else { 'f' }),
            Value::Date(d) => write!(out, "{d}"),
            Value::Moment(m) => write!(out, "{}", m.to_rfc3339()),
            Value::List(l) => write!(out, "{{{}}}", l.join(",")),
            Value::Id(u) => write!(out, "{u}"),
        };
        debug_assert!(done.is_ok(), "writing into memory does not fail");
        Ok(out)
    }
}

/// A required cell is empty: the row is taken, its field stays as it is here.
const LEFT: &str = "exchange.empty_required";

/// What an empty cell means beyond "nothing": a row that cannot be placed, or a field that may not be emptied.
fn empty(c: &ColumnPlan) -> Option<FieldProblem> {
    let told =
        |code: &'static str, text: &str| Some(FieldProblem::new(&c.field.name, code, format!("“{}”是空的，{text}", c.column)));
    if c.is_key {
        told("exchange.no_key", "无法确定是哪一条记录。")
    } else if c.source == 0 && c.field.required.always() {
        told(LEFT, "本栏必填：已有记录保留原值，新记录请在全国系统补填后重新导出。")
    } else {
        None
    }
}

fn put(value: &std::result::Result<Vec<u8>, FieldProblem>, out: &mut Vec<u8>) -> Option<FieldProblem> {
    out.push(b'\t');
    match value {
        Ok(bytes) => {
            out.extend_from_slice(bytes);
            None
        }
        Err(p) => {
            out.extend_from_slice(b"\\N");
            Some(p.clone())
        }
    }
}

/// Cipher bound to the row that this one would become, token, and the facts of the number.
fn enciphered(r: &Reading, c: &ColumnPlan, cell: &Cell, id: Uuid, out: &mut Vec<u8>) -> Result<Option<FieldProblem>> {
    let read = sheet::to_json(&r.catalog, &c.field, cell).and_then(|j| meta::value::read(&r.catalog, &c.field, &j));
    let (plain, fault) = match read {
        Ok(Value::Text(t)) if !t.is_empty() => (Some(t), None),
        Ok(_) => (None, None),
        Err(p) => (None, Some(p)),
    };
    let Some(plain) = plain else {
        for _ in c.raw_columns() {
            out.extend_from_slice(b"\t\\N");
        }
        return Ok(fault);
    };
    let cipher = r.vault.seal(&plain, &secure::place(&c.dataset.table(), &c.field.name, &id))?;
    let token = r.vault.token(TokenKind::of(c.field.kind.name()), &plain);
    write!(out, "\t{cipher}\t\\\\x{}", hex::encode(token))?;
    if c.field.kind == Kind::IdCard {
        let card = base::idcard::parse(&plain, r.today);
        write!(out, "\t{}\t{}", if card.is_ok() { 't' } else { 'f' }, card.kind.name())?;
    }
    Ok(None)
}

fn escaped(text: &str, out: &mut Vec<u8>) {
    for b in text.bytes() {
        match b {
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            0 => {}
            b => out.push(b),
        }
    }
}
