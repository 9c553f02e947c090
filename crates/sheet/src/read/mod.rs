//! Reads xlsx, xls, ods and csv row by row. A large xlsx or csv is never held in memory as a whole (shared strings are).
//! Must not know fields: it hands over cells with their place and says what kind of file, sheet or header is wrong.

mod book;
mod csv_text;
mod header;

pub use book::Book;
pub use header::{Header, HeaderCell, Want};

use chrono::NaiveDateTime;

/// What a cell holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum CellValue {
    #[default]
    Empty,
    Text(String),
    Number(f64),
    Bool(bool),
    Date(NaiveDateTime),
    /// `#N/A`, `#REF!` …
    Error(String),
}

/// A cell; `formula` when its value was computed by the sheet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    pub value: CellValue,
    pub formula: bool,
}

impl Cell {
    pub fn text(s: impl Into<String>) -> Self {
        Self { value: CellValue::Text(s.into()), formula: false }
    }
    pub fn is_empty(&self) -> bool {
        match &self.value {
            CellValue::Empty => true,
            // `NaN` is what some exports write for nothing
            CellValue::Text(s) => s.trim().is_empty() || s.trim() == "NaN",
            _ => false,
        }
    }
    /// As a person reads it: whole numbers without a point, dates as ISO.
    pub fn show(&self) -> String {
        match &self.value {
            CellValue::Empty => String::new(),
            CellValue::Text(s) | CellValue::Error(s) => s.trim().to_owned(),
            CellValue::Number(n) if n.fract() == 0.0 && n.abs() < 1e15 => format!("{n:.0}"),
            CellValue::Number(n) => n.to_string(),
            CellValue::Bool(b) => (if *b { "是" } else { "否" }).into(),
            CellValue::Date(d) if d.time() == chrono::NaiveTime::MIN => d.format("%Y-%m-%d").to_string(),
            CellValue::Date(d) => d.format("%Y-%m-%d %H:%M:%S").to_string(),
        }
    }
}

/// A row with its number as Excel shows it (1-based); cells by column, trailing empty ones left out.
#[derive(Clone, Debug, Default)]
pub struct Row {
    pub number: u64,
    pub cells: Vec<Cell>,
}

impl Row {
    pub fn is_empty(&self) -> bool {
        self.cells.iter().all(Cell::is_empty)
    }
    pub fn get(&self, column: usize) -> Option<&Cell> {
        self.cells.get(column).filter(|c| !c.is_empty())
    }
}
