//! Writes xlsx in constant memory, row by row: title and mark rows, a header of one or several levels, frozen, styled.
//! Must not know where rows come from. Numbers that are texts (codes, identity numbers) stay texts.

use base::{Error, Result};
use chrono::{NaiveDate, NaiveDateTime};
use rust_xlsxwriter::{Color, DocProperties, Format, FormatAlign, FormatBorder, Note, Workbook, Worksheet};
use std::path::Path;
use std::sync::Arc;

/// Rows a sheet of Excel can hold; more go on to the next sheet.
const MOST_ROWS: u32 = 1_048_576;
/// Longest text a cell of Excel can hold.
const MOST_CHARS: usize = 32_767;

/// How a column is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutKind {
    Text,
    Int,
    /// Digits after the point.
    Decimal(u8),
    Date,
    Moment,
}

/// One column.
#[derive(Clone, Debug)]
pub struct Column {
    pub label: String,
    /// Headings above the label, outermost first; like neighbours are merged.
    pub groups: Vec<String>,
    pub kind: OutKind,
    /// In characters; from the label when none.
    pub width: Option<f64>,
    /// Shown when the cell of the label is pointed at.
    pub note: Option<String>,
}

impl Column {
    pub fn new(label: impl Into<String>, kind: OutKind) -> Self {
        Self { label: label.into(), groups: Vec::new(), kind, width: None, note: None }
    }
    pub fn under(mut self, group: impl Into<String>) -> Self {
        self.groups.push(group.into());
        self
    }
    fn width(&self) -> f64 {
        let wide = |s: &str| s.chars().map(|c| if c.is_ascii() { 1.0 } else { 2.1 }).sum::<f64>();
        let least = match self.kind {
            OutKind::Date => 12.0,
            OutKind::Moment => 20.0,
            _ => 8.0,
        };
        self.width.unwrap_or_else(|| (wide(&self.label) + 2.0).clamp(least, 40.0))
    }
}

/// One cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum OutCell {
    #[default]
    Empty,
    Text(String),
    Int(i64),
    Number(f64),
    Date(NaiveDate),
    Moment(NaiveDateTime),
}

impl From<&str> for OutCell {
    fn from(s: &str) -> Self {
        OutCell::Text(s.into())
    }
}

/// The visible mark of a sheet that leaves the system. Source: architecture §6, domain 06 §9.
#[derive(Clone, Debug)]
pub struct Mark {
    pub unit: String,
    pub account: String,
    /// As shown, Beijing time.
    pub time: String,
    pub number: String,
}

impl Mark {
    fn line(&self) -> String {
        format!("导出单位：{}　账号：{}　时间：{}　导出编号：{}", self.unit, self.account, self.time, self.number)
    }
    fn footer(&self) -> String {
        // `&` begins a command in headers and footers
        let text = format!("{} {} {}", self.unit, self.account, self.number).replace('&', "&&");
        format!("&L{}&R第 &P 页 共 &N 页", text.chars().take(180).collect::<String>())
    }
}

/// Puts a traceable mark into the cells of a row before it is written, so that a leaked fragment names its recipient.
pub trait DataMark: Send {
    /// `number` counts data rows from 0.
    fn mark(&self, number: u64, cells: &mut [OutCell]);
}

#[derive(Clone)]
struct Styles {
    title: Format,
    mark: Format,
    head: Format,
    columns: Vec<Format>,
    wrong: Format,
}

/// Writes one workbook. Rows go to `path` as they come; [`Writer::finish`] closes the file.
pub struct Writer {
    book: Workbook,
    columns: Arc<Vec<Column>>,
    title: String,
    mark: Option<Mark>,
    data_mark: Option<Box<dyn DataMark>>,
    styles: Styles,
    next_row: u32,
    sheet: usize,
    written: u64,
    sheets: u32,
}

fn xlsx(e: rust_xlsxwriter::XlsxError) -> Error {
    Error::internal(e)
}

impl Writer {
    /// A workbook with a sheet called `title`; with a mark, rows 1 and 2 are title and mark and the header begins on row 3.
    pub fn new(title: &str, columns: Vec<Column>, mark: Option<Mark>) -> Result<Self> {
        let mut book = Workbook::new();
        book.set_zip_compression_level(2);
        book.use_zip_large_file(true);
        if let Some(m) = &mark {
            book.set_properties(&DocProperties::new().set_title(title).set_comment(m.line()));
        }
        let base = Format::new()
            .set_font_name("宋体")
            .set_font_size(10)
            .set_border(FormatBorder::Thin)
            .set_border_color(Color::RGB(0x00D0_D0D0));
        let styles = Styles {
            title: Format::new()
                .set_font_name("黑体")
                .set_font_size(14)
                .set_align(FormatAlign::Center)
                .set_align(FormatAlign::VerticalCenter),
            mark: Format::new().set_font_name("宋体").set_font_size(9).set_font_color(Color::RGB(0x0080_8080)),
            head: base
                .clone()
                .set_bold()
                .set_background_color(Color::RGB(0x00E8_EEF7))
                .set_align(FormatAlign::Center)
                .set_align(FormatAlign::VerticalCenter)
                .set_text_wrap(),
            columns: columns.iter().map(|c| base.clone().set_num_format(number_format(c.kind))).collect(),
            wrong: base.set_background_color(Color::RGB(0x00FF_B3B3)).set_num_format("@"),
        };
        let mut w = Self {
            book,
            columns: Arc::new(columns),
            title: title.to_owned(),
            mark,
            data_mark: None,
            styles,
            next_row: 0,
            sheet: 0,
            written: 0,
            sheets: 0,
        };
        w.begin_sheet()?;
        Ok(w)
    }

    /// Rows get this traceable mark from now on.
    pub fn with_data_mark(mut self, mark: Box<dyn DataMark>) -> Self {
        self.data_mark = Some(mark);
        self
    }

    pub fn written(&self) -> u64 {
        self.written
    }

    /// 1-based number of the row that is written next, as Excel shows it.
    pub fn next_row_number(&self) -> u64 {
        u64::from(self.next_row) + 1
    }

    /// Writes one row; cells beyond the columns are left out, missing ones stay empty.
    pub fn row(&mut self, cells: &mut [OutCell]) -> Result<()> {
        self.row_with_problems(cells, &[])
    }

    /// As [`Writer::row`], with a red fill and a comment on each wrong cell.
    pub fn row_with_problems(&mut self, cells: &mut [OutCell], problems: &[(usize, String)]) -> Result<()> {
        if self.next_row >= MOST_ROWS {
            self.begin_sheet()?;
        }
        if let Some(m) = &self.data_mark {
            m.mark(self.written, cells);
        }
        let row = self.next_row;
        let columns = self.columns.clone();
        let sheet = self.book.worksheet_from_index(self.sheet).map_err(xlsx)?;
        for (i, cell) in cells.iter().enumerate().take(columns.len()) {
            let wrong = problems.iter().any(|(c, _)| *c == i);
            let format = if wrong { &self.styles.wrong } else { &self.styles.columns[i] };
            write_cell(sheet, row, i as u16, cell, format)?;
        }
        for (i, text) in problems {
            let note =
                Note::new(text.chars().take(800).collect::<String>()).add_author_prefix(false).set_width(260).set_height(90);
            sheet.insert_note(row, *i as u16, &note).map_err(xlsx)?;
        }
        self.next_row += 1;
        self.written += 1;
        Ok(())
    }

    /// Another sheet in the same workbook, small and without mark rows: a summary. No more rows can follow on the first.
    pub fn summary(&mut self, title: &str, columns: Vec<Column>, rows: &[Vec<OutCell>]) -> Result<()> {
        let head = self.styles.head.clone();
        let sheet = self.book.add_worksheet();
        sheet.set_name(sheet_name(title, 1)).map_err(xlsx)?;
        for (i, c) in columns.iter().enumerate() {
            sheet.set_column_width(i as u16, c.width()).map_err(xlsx)?;
            sheet.write_string_with_format(0, i as u16, &c.label, &head).map_err(xlsx)?;
        }
        let formats: Vec<Format> =
            columns.iter().map(|c| Format::new().set_num_format(number_format(c.kind)).set_text_wrap()).collect();
        for (r, row) in rows.iter().enumerate() {
            for (i, cell) in row.iter().enumerate().take(columns.len()) {
                write_cell(sheet, r as u32 + 1, i as u16, cell, &formats[i])?;
            }
        }
        sheet.set_freeze_panes(1, 0).map_err(xlsx)?;
        Ok(())
    }

    /// Packs the workbook into `path`.
    pub fn finish(mut self, path: &Path) -> Result<u64> {
        let file = std::io::BufWriter::with_capacity(1 << 18, std::fs::File::create(path)?);
        self.book.save_to_writer(file).map_err(xlsx)?;
        Ok(self.written)
    }

    fn begin_sheet(&mut self) -> Result<()> {
        self.sheets += 1;
        let columns = self.columns.clone();
        let sheet = self.book.add_worksheet_with_constant_memory().map_err(xlsx)?;
        sheet.set_name(sheet_name(&self.title, self.sheets)).map_err(xlsx)?;
        for (i, c) in columns.iter().enumerate() {
            sheet.set_column_width(i as u16, c.width()).map_err(xlsx)?;
        }
        let mut row = 0;
        if let Some(m) = &self.mark {
            let last = columns.len().saturating_sub(1).min(20) as u16;
            for (text, format) in [(self.title.clone(), &self.styles.title), (m.line(), &self.styles.mark)] {
                if last > 0 {
                    sheet.merge_range(row, 0, row, last, &text, format).map_err(xlsx)?;
                } else {
                    sheet.write_string_with_format(row, 0, &text, format).map_err(xlsx)?;
                }
                row += 1;
            }
            sheet.set_footer(m.footer());
        }
        let first = row;
        row = write_header(sheet, row, &columns, &self.styles.head)?;
        sheet.set_freeze_panes(row, 0).map_err(xlsx)?;
        sheet.set_repeat_rows(first, row - 1).map_err(xlsx)?;
        sheet.set_landscape();
        self.next_row = row;
        self.sheet = self.sheets as usize - 1;
        Ok(())
    }
}

/// Writes the header levels and merges like neighbours; the number of the row after it.
pub(crate) fn write_header(sheet: &mut Worksheet, top: u32, columns: &[Column], format: &Format) -> Result<u32> {
    let depth = columns.iter().map(|c| c.groups.len()).max().unwrap_or(0) as u32 + 1;
    // the text at a level: its group, its label below the last group, none further down (merged upwards)
    let text = |c: &Column, level: usize| -> Option<String> {
        if level < c.groups.len() { Some(c.groups[level].clone()) } else { (level == c.groups.len()).then(|| c.label.clone()) }
    };
    for level in 0..depth {
        let row = top + level;
        let mut i = 0;
        while i < columns.len() {
            let l = level as usize;
            let c = &columns[i];
            let mut end = i + 1;
            if l < c.groups.len() {
                while end < columns.len() && columns[end].groups.len() > l && columns[end].groups[..=l] == c.groups[..=l] {
                    end += 1;
                }
            }
            if let Some(t) = text(c, l) {
                let bottom = if l == c.groups.len() { top + depth - 1 } else { row };
                if end - 1 > i || bottom > row {
                    sheet.merge_range(row, i as u16, bottom, end as u16 - 1, &t, format).map_err(xlsx)?;
                } else {
                    sheet.write_string_with_format(row, i as u16, &t, format).map_err(xlsx)?;
                }
                if l == c.groups.len()
                    && let Some(n) = &c.note
                {
                    let note = Note::new(n.chars().take(800).collect::<String>()).add_author_prefix(false).set_width(240);
                    sheet.insert_note(row, i as u16, &note).map_err(xlsx)?;
                }
            }
            i = end;
        }
    }
    Ok(top + depth)
}

fn write_cell(sheet: &mut Worksheet, row: u32, col: u16, cell: &OutCell, format: &Format) -> Result<()> {
    match cell {
        OutCell::Empty => return Ok(()),
        OutCell::Text(s) if s.len() <= MOST_CHARS => sheet.write_string_with_format(row, col, s, format),
        OutCell::Text(s) => sheet.write_string_with_format(row, col, s.chars().take(MOST_CHARS).collect::<String>(), format),
        OutCell::Int(n) => sheet.write_number_with_format(row, col, *n as f64, format),
        OutCell::Number(n) => sheet.write_number_with_format(row, col, *n, format),
        OutCell::Date(d) => sheet.write_datetime_with_format(row, col, d, format),
        OutCell::Moment(m) => sheet.write_datetime_with_format(row, col, m, format),
    }
    .map(drop)
    .map_err(xlsx)
}

pub(crate) fn number_format(kind: OutKind) -> String {
    match kind {
        OutKind::Text => "@".into(),
        OutKind::Int => "0".into(),
        OutKind::Decimal(0) => "0".into(),
        OutKind::Decimal(n) => format!("0.{}", "0".repeat(usize::from(n))),
        OutKind::Date => "yyyy-mm-dd".into(),
        OutKind::Moment => "yyyy-mm-dd hh:mm:ss".into(),
    }
}

/// At most 31 characters without the signs Excel forbids; the second sheet on is numbered.
pub(crate) fn sheet_name(title: &str, number: u32) -> String {
    let clean: String = title.chars().filter(|c| !"[]:*?/\\'".contains(*c) && !c.is_control()).take(26).collect();
    let clean = if clean.trim().is_empty() { "数据".to_owned() } else { clean };
    if number > 1 { format!("{clean}({number})") } else { clean }
}
