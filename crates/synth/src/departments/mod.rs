//! The batches departments deliver every month (domain 01 §6.1), as files: most as xlsx, some as CSV in GBK. A share of the rows
//! is untidy (digits swapped, 15 digits, no number, people nobody knows); the truth file says which.

mod catalogue;
mod facts;
mod hospital;

pub use hospital::write_hospital;

use crate::dice::{Dice, mix};
use crate::ident;
use crate::model::{Family, Person, Village};
use crate::national::Written;
use crate::truth::{self, Truth};
use crate::{Province, names};
use anyhow::Context;
use catalogue::{COMMON, Format, ITEMS, Item};
use chrono::NaiveDate;
use rust_xlsxwriter::Workbook;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Most rows of item 31 (住院结算); beyond them only the evidence of planted misfortunes is written.
pub const HOSPITAL_ROWS: u32 = 200_000;

/// Rows of a sheet of a workbook.
const SHEET_ROWS: u32 = 1_048_576;

enum Out {
    Book(Box<Workbook>),
    Lines { csv: Box<csv::Writer<Vec<u8>>>, file: BufWriter<File>, gbk: bool },
}

/// The file of one item.
struct Batch {
    item: &'static Item,
    path: PathBuf,
    name: String,
    out: Out,
    rows: u32,
}

impl Batch {
    fn new(dir: &Path, item: &'static Item, today: NaiveDate) -> anyhow::Result<Batch> {
        let extension = if item.format == Format::Xlsx { "xlsx" } else { "csv" };
        let name = format!("{:02}_{}_{}_{}.{extension}", item.no, item.department, item.name, today.format("%Y%m"));
        let path = dir.join(&name);
        let out = match item.format {
            Format::Xlsx => {
                let mut book = Workbook::new();
                book.add_worksheet_with_constant_memory()?;
                Out::Book(Box::new(book))
            }
            format => {
                let file = BufWriter::new(File::create(&path).with_context(|| format!("creating {}", path.display()))?);
                Out::Lines { csv: Box::new(csv::Writer::from_writer(Vec::new())), file, gbk: format == Format::Gbk }
            }
        };
        let mut batch = Batch { item, path, name, out, rows: 0 };
        let header: Vec<String> = COMMON.iter().chain(item.columns).map(|c| (*c).to_owned()).collect();
        batch.put(0, &header)?;
        Ok(batch)
    }
    fn put(&mut self, row: u32, cells: &[String]) -> anyhow::Result<()> {
        match &mut self.out {
            Out::Book(book) => {
                let sheet = book.worksheet_from_index(0)?;
                for (n, cell) in cells.iter().enumerate().filter(|(_, c)| !c.is_empty()) {
                    sheet.write_string(row, n as u16, cell)?;
                }
            }
            Out::Lines { csv, file, gbk } => {
                csv.write_record(cells)?;
                csv.flush()?;
                let line = std::mem::replace(&mut **csv, csv::Writer::from_writer(Vec::new()));
                let line = line.into_inner().map_err(|e| anyhow::anyhow!("{e}"))?;
                if *gbk {
                    let text = String::from_utf8(line)?;
                    file.write_all(&encoding_rs::GBK.encode(&text).0)?;
                } else {
                    file.write_all(&line)?;
                }
            }
        }
        Ok(())
    }
    /// Adds a row and says which number it has in the file, the header being 1.
    fn row(&mut self, cells: &[String]) -> anyhow::Result<u32> {
        debug_assert_eq!(cells.len(), COMMON.len() + self.item.columns.len(), "item {}", self.item.no);
        self.rows += 1;
        self.put(self.rows, cells)?;
        Ok(self.rows + 1)
    }
    fn full(&self) -> bool {
        self.rows >= if self.item.no == 31 { HOSPITAL_ROWS } else { SHEET_ROWS - 2 }
    }
    fn finish(self) -> anyhow::Result<Written> {
        match self.out {
            Out::Book(mut book) => book.save(&self.path).with_context(|| format!("writing {}", self.path.display()))?,
            Out::Lines { mut file, .. } => file.flush()?,
        }
        Ok(Written { file: self.name, rows: self.rows.into() })
    }
}

/// Writes the 44 items and the three of banks to `dir`; appends what was falsified to `truth.jsonl` there.
pub fn write_departments(dir: &Path, province: &Province) -> anyhow::Result<Vec<Written>> {
    std::fs::create_dir_all(dir)?;
    let today = province.opts.today;
    let mut truths = BufWriter::new(File::options().create(true).append(true).open(dir.join("truth.jsonl"))?);
    let mut batches = ITEMS.iter().map(|item| Batch::new(dir, item, today)).collect::<anyhow::Result<Vec<_>>>()?;
    for village in province.villages() {
        for family in &village.families {
            let about = facts::About { seed: province.opts.seed, today, place: &village.place, family };
            for batch in &mut batches {
                let evidence = family.event.as_ref().is_some_and(|e| e.item == batch.item.no);
                if batch.full() && !evidence {
                    continue;
                }
                let facts = facts::facts(&about, batch.item.no);
                let last = facts.len();
                for (n, (no, cells)) in facts.into_iter().enumerate() {
                    let planted = evidence && n + 1 == last;
                    if let Some(person) = family.person(no)
                        && (planted || !batch.full())
                    {
                        let dirty = write_row(batch, province, &village, family, person, n, &cells, planted)?;
                        truth::write(&mut truths, &dirty)?;
                    }
                }
            }
        }
    }
    truths.flush()?;
    batches.into_iter().map(Batch::finish).collect()
}

/// Writes one line, tidy or not, and now and then a line about somebody nobody knows.
#[expect(clippy::too_many_arguments, reason = "one row: where it goes, whom it is about and what it says")]
fn write_row(
    batch: &mut Batch,
    province: &Province,
    village: &Village,
    family: &Family,
    person: &Person,
    n: usize,
    facts: &[String],
    planted: bool,
) -> anyhow::Result<Vec<Truth>> {
    let stream = mix(family.index * 64 + u64::from(person.no), n as u64 * 64 + u64::from(batch.item.no));
    let d = &mut Dice::new(province.opts.seed ^ 0xd127, stream);
    let today = province.opts.today;
    let (id, what) = match d.range(0, 999) {
        // the evidence of a misfortune stays findable
        _ if planted || person.id_no.len() != 18 => (person.id_no.clone(), None),
        0..=9 => (transpose(&person.id_no), Some("transposed")),
        10..=17 if chrono::Datelike::year(&person.birth) < 2000 && chrono::Datelike::year(&person.birth) >= 1900 => {
            (ident::old_number(&person.id_no), Some("fifteen_digits"))
        }
        18..=25 => (String::new(), Some("missing")),
        26..=45 => (person.id_no.to_lowercase(), None),
        _ => (person.id_no.clone(), None),
    };
    let place = &village.place;
    let line = |batch: &mut Batch, name: &str, id: &str, serial: u64| {
        let day = today.format("%Y-%m-%d").to_string();
        let serial = format!("{:02}{serial:016x}", batch.item.no);
        let common = [name, id, &place.county, &place.town, &place.village, &day, &serial].map(str::to_owned);
        batch.row(&[&common[..], facts].concat())
    };
    let dirty = |batch: &Batch, row, what: &str, known: bool| Truth::Dirty {
        file: batch.name.clone(),
        row,
        what: what.to_owned(),
        household_no: known.then(|| family.household_no.clone()),
        person: known.then_some(person.no),
    };
    let mut out = Vec::new();
    let row = line(batch, &person.name, &id, stream)?;
    if let Some(what) = what {
        out.push(dirty(batch, row, what, true));
    }
    if d.chance(0.005) && !batch.full() {
        let male = d.chance(0.5);
        let surname = names::surname(d);
        let name = names::name(d, surname, male);
        let id = ident::resident_number(ident::STRANGER_PREFIX, person.birth, d.range(0, 499) as u32 * 2 + u32::from(male));
        let row = line(batch, &name, &id, mix(stream, 1))?;
        out.push(dirty(batch, row, "unknown", false));
    }
    Ok(out)
}

/// The number with two neighbouring different digits swapped, as hurried people type it.
fn transpose(id: &str) -> String {
    let mut bytes = id.as_bytes().to_vec();
    match (6..16).rev().find(|i| bytes[*i] != bytes[i + 1]) {
        Some(i) => bytes.swap(i, i + 1),
        None => bytes.swap(0, 1),
    }
    String::from_utf8(bytes).unwrap_or_else(|_| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_has_44_items_of_thirteen_departments_and_three_of_banks() {
        assert!(ITEMS.iter().enumerate().all(|(n, i)| usize::from(i.no) == n + 1));
        let departments: std::collections::HashSet<_> = ITEMS[..44].iter().map(|i| i.department).collect();
        assert_eq!(departments.len(), 13);
        assert!(ITEMS[44..].iter().all(|i| i.department == "金融机构"));
    }

    #[test]
    fn a_transposed_number_is_another_one_of_the_same_length() {
        let id = "360199198001010012";
        assert_eq!(transpose(id).len(), 18);
        assert_ne!(transpose(id), id);
    }
}
