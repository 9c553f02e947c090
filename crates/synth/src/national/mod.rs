//! The exports of the national system as it delivers them (domain 01 §7.3, 05 §12.1): real workbooks, everything as text,
//! titles above the header where the original has them, a few rows untidy. A second delivery a week later differs by a
//! known set of new, changed and vanished rows, which go to the truth file.

mod monitored;
mod rows;
mod week;

pub use week::Week;
pub(crate) use week::is_future;

use crate::Province;
use crate::model::{Family, Person, Village};
use crate::truth::{self, Truth};
use anyhow::Context;
use rust_xlsxwriter::{Workbook, Worksheet};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Rows of one file; what is more goes to a further volume.
const VOLUME: u32 = 50_000;

/// What a cell is made from.
pub(crate) struct At<'a> {
    pub village: &'a Village,
    pub family: &'a Family,
    pub person: &'a Person,
    pub date: &'a str,
    pub serial: u32,
}

/// A column: its title and how its text is made.
pub(crate) type Col = (&'static str, fn(&At<'_>) -> String);

/// One workbook in volumes, written row by row in constant memory.
struct Export {
    stem: &'static str,
    /// Lines above the header.
    titles: &'static [&'static str],
    header: Vec<&'static str>,
    dir: PathBuf,
    date: String,
    volume: u32,
    open: Option<(Workbook, u32)>,
    rows: u64,
}

/// How many rows each file got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub file: String,
    pub rows: u64,
}

impl Export {
    fn new(dir: &Path, date: &str, stem: &'static str, titles: &'static [&'static str], header: Vec<&'static str>) -> Export {
        Export { stem, titles, header, dir: dir.to_owned(), date: date.to_owned(), volume: 1, open: None, rows: 0 }
    }
    fn name(&self) -> String {
        let volume = if self.volume == 1 { String::new() } else { format!("_{}", self.volume) };
        format!("{}_{}{volume}.xlsx", self.stem, self.date)
    }
    fn begin(&mut self) -> anyhow::Result<()> {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet_with_constant_memory()?;
        let mut at = 0;
        for title in self.titles {
            sheet.write_string(at, 0, *title)?;
            at += 1;
        }
        put(sheet, at, self.header.iter())?;
        self.open = Some((book, at + 1));
        Ok(())
    }
    fn row(&mut self, cells: &[String]) -> anyhow::Result<()> {
        debug_assert_eq!(cells.len(), self.header.len(), "{}", self.stem);
        if self.open.is_none() {
            self.begin()?;
        }
        let mut full = false;
        if let Some((book, at)) = &mut self.open {
            put(book.worksheet_from_index(0)?, *at, cells.iter())?;
            *at += 1;
            full = *at > VOLUME + self.titles.len() as u32;
        }
        self.rows += 1;
        if full {
            self.save()?;
            self.volume += 1;
        }
        Ok(())
    }
    fn save(&mut self) -> anyhow::Result<()> {
        let path = self.dir.join(self.name());
        if let Some((mut book, _)) = self.open.take() {
            book.save(&path).with_context(|| format!("writing {}", path.display()))?;
        }
        Ok(())
    }
    fn finish(mut self) -> anyhow::Result<Written> {
        if self.open.is_none() && self.rows == 0 {
            self.begin()?;
        }
        self.save()?;
        Ok(Written { file: format!("{}_{}.xlsx", self.stem, self.date), rows: self.rows })
    }
}

fn put<S: AsRef<str>>(sheet: &mut Worksheet, row: u32, cells: impl Iterator<Item = S>) -> anyhow::Result<()> {
    for (n, cell) in cells.enumerate() {
        let text = cell.as_ref();
        if !text.is_empty() {
            sheet.write_string(row, n as u16, text)?;
        }
    }
    Ok(())
}

fn header(columns: &[Col]) -> Vec<&'static str> {
    columns.iter().map(|c| c.0).collect()
}
fn cells(columns: &[Col], at: &At<'_>) -> Vec<String> {
    columns.iter().map(|c| c.1(at)).collect()
}

/// Writes the files of one week to `dir`. Next week's differences are appended to `truth.jsonl` there.
pub fn write_national(dir: &Path, province: &Province, week: Week) -> anyhow::Result<Vec<Written>> {
    std::fs::create_dir_all(dir)?;
    let day = match week {
        Week::This => province.opts.today,
        Week::Next => province.opts.today + chrono::Days::new(7),
    };
    let date = day.format("%Y%m%d").to_string();
    let mut truths = BufWriter::new(File::options().create(true).append(true).open(dir.join("truth.jsonl"))?);
    let two: &[&str] = &["全国防止返贫监测和衔接推进乡村振兴信息系统", "（自定义）导出数据，请勿修改列名"];
    let mut people_list = Export::new(dir, &date, "人口名单", &[], header(rows::PEOPLE_LIST));
    let mut households = Export::new(dir, &date, "户信息", &[], header(rows::HOUSEHOLDS));
    let mut people = Export::new(dir, &date, "人口信息", &[], header(rows::PEOPLE));
    let mut watched = Export::new(dir, &date, "（自定义）监测对象信息", two, header(monitored::COLUMNS));
    let mut working = Export::new(dir, &date, "（务工月监测）已外出务工信息", two, header(rows::WORKING));
    let mut planned = Export::new(dir, &date, "计划外出务工信息", two, header(rows::PLANNED));
    let mut villages = Export::new(dir, &date, "（自定义）行政村信息", two, rows::VILLAGE.iter().map(|c| c.0).collect());
    let mut serial = 0;
    for village in province.villages() {
        let mut seen: Vec<Family> = Vec::new();
        for family in &village.families {
            let (view, changes) = week::view(province, family, week);
            write_changes(&mut truths, &changes)?;
            let Some(family) = view else { continue };
            if family.national_code.is_some() {
                let at = |person| At { village: &village, family: &family, person, date: &date, serial: 0 };
                if let Some(head) = family.head().or(family.persons.first()) {
                    households.row(&cells(rows::HOUSEHOLDS, &at(head)))?;
                }
                for person in family.present() {
                    serial += 1;
                    let at = At { serial, ..at(person) };
                    people_list.row(&cells(rows::PEOPLE_LIST, &at))?;
                    people.row(&cells(rows::PEOPLE, &at))?;
                    if family.case.is_some() {
                        watched.row(&cells(monitored::COLUMNS, &at))?;
                    }
                    if person.work_months.is_some() {
                        working.row(&cells(rows::WORKING, &at))?;
                    } else if person.able() && person.public_post.is_none() {
                        planned.row(&cells(rows::PLANNED, &at))?;
                    }
                }
            }
            seen.push(family);
        }
        let whole = Village { families: seen, ..village };
        villages.row(&rows::VILLAGE.iter().map(|c| c.1(&whole, province.opts.today)).collect::<Vec<_>>())?;
    }
    truths.flush()?;
    [people_list, households, people, watched, working, planned, villages].into_iter().map(Export::finish).collect()
}

fn write_changes(out: &mut dyn Write, changes: &[Truth]) -> anyhow::Result<()> {
    Ok(truth::write(out, changes)?)
}
