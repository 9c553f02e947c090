//! Gives a file back with its faults: the same rows in the same places, a red fill and a comment on each wrong cell, and a
//! sheet that lists them. Constant memory but for the faults. Must not know fields.

use crate::out::sheet_name;
use crate::read::{Book, Cell, CellValue, Header};
use crate::text::column_letters;
use base::{Error, Result};
use rust_xlsxwriter::{Color, Format, Note, Workbook, Worksheet};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

const MOST_ROWS: u64 = 1_048_576;
/// Comments a workbook still opens quickly with; further faults stay red and listed.
const MOST_NOTES: usize = 20_000;
/// Lines of the list.
const MOST_LISTED: usize = 100_000;

/// One fault of one row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// Row as Excel shows it.
    pub row: u64,
    /// Letters of the column; empty when it is about the whole row.
    pub column: String,
    /// Identifier of the field.
    pub field: String,
    /// Name of the column or field, for reading.
    pub label: String,
    pub message: String,
}

fn xlsx(e: rust_xlsxwriter::XlsxError) -> Error {
    Error::internal(e)
}

/// Writes `path` from the opened file and its faults. `looking` is called now and then with the number of rows written.
pub fn write(
    book: &mut Book,
    header: &Header,
    faults: &BTreeMap<u64, Vec<Fault>>,
    totals: &[(&str, u64)],
    path: &Path,
    mut looking: impl FnMut(u64) -> Result<()>,
) -> Result<()> {
    let mut out = Workbook::new();
    out.set_zip_compression_level(2);
    let head = Format::new().set_bold().set_background_color(Color::RGB(0x00E8_EEF7)).set_num_format("@");
    let wrong = Format::new().set_background_color(Color::RGB(0x00FF_B3B3)).set_num_format("@");
    let plain = Plain { text: Format::new().set_num_format("@"), date: Format::new().set_num_format("yyyy-mm-dd") };
    let sheet = out.add_worksheet_with_constant_memory().map_err(xlsx)?;
    let name = if header.sheet.is_empty() { "数据" } else { header.sheet.as_str() };
    sheet.set_name(sheet_name(name, 1)).map_err(xlsx)?;
    let (mut notes, mut written) = (0usize, 0u64);
    book.rows(&header.sheet, |row| {
        if row.number > MOST_ROWS {
            return Ok(false);
        }
        written += 1;
        if written.is_multiple_of(2000) {
            looking(written)?;
        }
        let at = (row.number - 1) as u32;
        let bad: &[Fault] = faults.get(&row.number).map_or(&[], Vec::as_slice);
        let columns: Vec<String> = bad.iter().map(|f| if f.column.is_empty() { "A".into() } else { f.column.clone() }).collect();
        let width = row.cells.len().max(header.cells.last().map_or(0, |c| c.column + 1));
        for c in 0..width {
            let cell = row.cells.get(c);
            let letters = column_letters(c);
            let said: Vec<&str> =
                bad.iter().zip(&columns).filter(|(_, l)| **l == letters).map(|(f, _)| f.message.as_str()).collect();
            if said.is_empty() {
                plain.write(sheet, at, c as u16, cell, (row.number == header.row).then_some(&head))?;
                continue;
            }
            sheet.write_string_with_format(at, c as u16, cell.map(Cell::show).unwrap_or_default(), &wrong).map_err(xlsx)?;
            if notes < MOST_NOTES {
                let text: String = said.join("\n").chars().take(800).collect();
                let note = Note::new(text).add_author_prefix(false).set_width(260).set_height(90);
                sheet.insert_note(at, c as u16, &note).map_err(xlsx)?;
                notes += 1;
            }
        }
        Ok(true)
    })?;
    sheet.set_freeze_panes(u32::try_from(header.row).unwrap_or(1), 0).map_err(xlsx)?;
    list(out.add_worksheet(), faults, totals, &head)?;
    out.save(path).map_err(xlsx)
}

struct Plain {
    text: Format,
    date: Format,
}

impl Plain {
    fn write(&self, sheet: &mut Worksheet, row: u32, col: u16, cell: Option<&Cell>, head: Option<&Format>) -> Result<()> {
        let Some(cell) = cell else { return Ok(()) };
        match (&cell.value, head) {
            (CellValue::Empty, _) => return Ok(()),
            (_, Some(h)) => sheet.write_string_with_format(row, col, cell.show(), h),
            (CellValue::Number(n), _) => sheet.write_number(row, col, *n),
            (CellValue::Date(d), _) if d.time() == chrono::NaiveTime::MIN => {
                sheet.write_datetime_with_format(row, col, d, &self.date)
            }
            _ => sheet.write_string_with_format(row, col, cell.show(), &self.text),
        }
        .map(drop)
        .map_err(xlsx)
    }
}

fn list(sheet: &mut Worksheet, faults: &BTreeMap<u64, Vec<Fault>>, totals: &[(&str, u64)], head: &Format) -> Result<()> {
    sheet.set_name("问题汇总").map_err(xlsx)?;
    let mut at = 0u32;
    for (label, n) in totals {
        sheet.write_string_with_format(at, 0, *label, head).map_err(xlsx)?;
        sheet.write_number(at, 1, *n as f64).map_err(xlsx)?;
        at += 1;
    }
    at += 1;
    let columns = [("行", 8.0), ("列", 8.0), ("列名", 24.0), ("问题与改法", 80.0)];
    for (i, (label, width)) in columns.iter().enumerate() {
        sheet.write_string_with_format(at, i as u16, *label, head).map_err(xlsx)?;
        sheet.set_column_width(i as u16, *width).map_err(xlsx)?;
    }
    for f in faults.values().flatten().take(MOST_LISTED) {
        at += 1;
        sheet.write_number(at, 0, f.row as f64).map_err(xlsx)?;
        for (i, text) in [&f.column, &f.label, &f.message].into_iter().enumerate() {
            sheet.write_string(at, i as u16 + 1, text).map_err(xlsx)?;
        }
    }
    Ok(())
}
