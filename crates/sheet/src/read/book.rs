//! A workbook of any of the formats: its sheets and their rows, one after the other. Must not know fields.

use super::{Cell, CellValue, Row, csv_text};
use base::{Error, Result};
use calamine::{CellErrorType, Data, DataRef, Ods, Reader, SheetVisible, Xls, Xlsx};
use files::zip_guard::{self, Limits};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

type Source = BufReader<File>;

enum Inner {
    Xlsx(Box<Xlsx<Source>>),
    Xls(Box<Xls<Source>>),
    Ods(Box<Ods<Source>>),
    Csv(PathBuf),
}

/// An opened workbook.
pub struct Book {
    inner: Inner,
    sheets: Vec<String>,
}

/// Cells a row may have; more is a damaged or hostile file.
const MOST_COLUMNS: usize = 2000;
/// Cells a workbook may have: 2.8 million residents × 60 columns, and some room.
const MOST_CELLS: u64 = 400_000_000;

fn broken(e: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::invalid("sheet.broken", "表格已损坏或加了密码，打不开。请用 Excel 打开，另存为不加密码的 .xlsx 后再上传。").because(e)
}

impl Book {
    /// Opens a file by what it is, whatever its name says. xlsx and ods are guarded against zip bombs.
    pub fn open(path: &Path) -> Result<Book> {
        let mut head = [0u8; 8];
        let n = File::open(path)?.read(&mut head)?;
        let source = || -> Result<Source> { Ok(BufReader::with_capacity(1 << 16, File::open(path)?)) };
        let inner = if head.starts_with(b"PK\x03\x04") {
            let names = zip_guard::check(&mut File::open(path)?, &Limits::IMPORT)?;
            if names.iter().any(|n| n == "xl/workbook.xml") {
                Inner::Xlsx(Box::new(Xlsx::new(source()?).map_err(broken)?))
            } else if names.iter().any(|n| n == "content.xml") {
                // read as a whole: a smaller limit on what comes out
                zip_guard::check(&mut File::open(path)?, &Limits::DOCUMENT)?;
                Inner::Ods(Box::new(Ods::new(source()?).map_err(broken)?))
            } else if names.iter().any(|n| n.starts_with("xl/") && n.ends_with(".bin")) {
                return Err(Error::invalid("sheet.xlsb", "不支持 .xlsb 二进制工作簿。请用 Excel 另存为 .xlsx 后再上传。"));
            } else {
                return Err(Error::invalid(
                    "sheet.not_a_sheet",
                    "这不是 Excel 表格（可能是 Word 文档或压缩包）。请上传 .xlsx、.xls、.ods 或 .csv。",
                ));
            }
        } else if head.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
            Inner::Xls(Box::new(Xls::new(source()?).map_err(broken)?))
        } else if n == 0 {
            return Err(Error::invalid("sheet.empty_file", "文件是空的，请检查后重新上传。"));
        } else if head.starts_with(b"%PDF")
            || head.starts_with(b"<")
            || head.starts_with(&[0xFF, 0xD8])
            || head.starts_with(b"\x89PNG")
        {
            return Err(Error::invalid(
                "sheet.not_a_sheet",
                "这不是 Excel 表格（可能是网页、PDF 或图片）。请用 Excel 打开后另存为 .xlsx 再上传。",
            ));
        } else {
            csv_text::open(path)?;
            Inner::Csv(path.to_owned())
        };
        let sheets = match &inner {
            Inner::Xlsx(b) => visible(b.as_ref()),
            Inner::Xls(b) => visible(b.as_ref()),
            Inner::Ods(b) => visible(b.as_ref()),
            Inner::Csv(_) => vec![String::new()],
        };
        if sheets.is_empty() {
            return Err(Error::invalid("sheet.no_sheet", "工作簿里没有可见的工作表，请检查后再上传。"));
        }
        Ok(Book { inner, sheets })
    }

    /// Visible sheets in their order; a text table has one without a name.
    pub fn sheets(&self) -> &[String] {
        &self.sheets
    }

    /// Hands over the rows of a sheet, empty ones left out, until `take` answers false or fails.
    pub fn rows(&mut self, sheet: &str, mut take: impl FnMut(Row) -> Result<bool>) -> Result<()> {
        if !self.sheets.iter().any(|s| s == sheet) {
            let have = self.sheets.join("、");
            return Err(Error::invalid(
                "sheet.wrong_sheet",
                format!("没有名为“{sheet}”的工作表，文件中有：{have}。请选择其中之一，或改名后再上传。"),
            ));
        }
        match &mut self.inner {
            Inner::Xlsx(book) => xlsx_rows(book, sheet, &mut take),
            Inner::Xls(book) => {
                // formulas lie beside the values in these formats
                let formulas = book.worksheet_formula(sheet).ok();
                range_rows(&book.worksheet_range(sheet).map_err(broken)?, formulas.as_ref(), &mut take)
            }
            Inner::Ods(book) => {
                let formulas = book.worksheet_formula(sheet).ok();
                range_rows(&book.worksheet_range(sheet).map_err(broken)?, formulas.as_ref(), &mut take)
            }
            Inner::Csv(path) => csv_rows(path, &mut take),
        }
    }

    /// About how many rows a sheet has, for a progress bar; none when only reading would tell.
    pub fn row_hint(&mut self, sheet: &str) -> Result<Option<u64>> {
        Ok(match &mut self.inner {
            Inner::Xlsx(book) => {
                let size = book.worksheet_cells_reader(sheet).map_err(broken)?.dimensions();
                (size.end.0 > 0).then(|| u64::from(size.end.0) + 1)
            }
            Inner::Xls(book) => Some(book.worksheet_range(sheet).map_err(broken)?.height() as u64),
            Inner::Ods(book) => Some(book.worksheet_range(sheet).map_err(broken)?.height() as u64),
            Inner::Csv(path) => {
                let mut source = BufReader::with_capacity(1 << 18, File::open(path)?);
                let mut lines = 0;
                loop {
                    let part = std::io::BufRead::fill_buf(&mut source)?;
                    if part.is_empty() {
                        break;
                    }
                    lines += part.iter().filter(|b| **b == b'\n').count() as u64;
                    let n = part.len();
                    std::io::BufRead::consume(&mut source, n);
                }
                Some(lines)
            }
        })
    }

    /// The first `n` rows that are not empty.
    pub fn first_rows(&mut self, sheet: &str, n: usize) -> Result<Vec<Row>> {
        let mut out = Vec::new();
        self.rows(sheet, |row| {
            out.push(row);
            Ok(out.len() < n)
        })?;
        Ok(out)
    }
}

fn visible<R: Reader<Source>>(book: &R) -> Vec<String> {
    book.sheets_metadata().iter().filter(|s| s.visible == SheetVisible::Visible).map(|s| s.name.clone()).collect()
}

fn too_wide() -> Error {
    Error::invalid("sheet.too_wide", format!("表格超过 {MOST_COLUMNS} 列，请删除多余的列后再上传。"))
}

fn xlsx_rows(book: &mut Xlsx<Source>, sheet: &str, take: &mut impl FnMut(Row) -> Result<bool>) -> Result<()> {
    let mut cells = book.worksheet_cells_reader(sheet).map_err(broken)?;
    let mut row = Row::default();
    let mut count = 0u64;
    let mut last = 0;
    while let Some(record) = cells.next_cell_with_formula_metadata().map_err(broken)? {
        let (r, c) = record.pos;
        let number = u64::from(r) + 1;
        if number != row.number {
            let width = row.cells.len();
            if row.number > 0 && !row.is_empty() && !take(std::mem::take(&mut row))? {
                return Ok(());
            }
            if number < last {
                return Err(Error::invalid("sheet.broken", "表格的行次序错乱，请用 Excel 打开后另存为 .xlsx 再上传。"));
            }
            last = number;
            row = Row { number, cells: Vec::with_capacity(width) };
        }
        let value = value_ref(record.value);
        if value == CellValue::Empty {
            continue;
        }
        let c = c as usize;
        if c >= MOST_COLUMNS {
            return Err(too_wide());
        }
        count += 1;
        if count > MOST_CELLS {
            return Err(Error::invalid("sheet.too_many_cells", "表格的单元格过多，请拆成几个文件再上传。"));
        }
        if row.cells.len() <= c {
            row.cells.resize_with(c + 1, Cell::default);
        }
        row.cells[c] = Cell { value, formula: record.formula.is_some() };
    }
    if row.number > 0 && !row.is_empty() {
        take(row)?;
    }
    Ok(())
}

fn range_rows(
    range: &calamine::Range<Data>,
    formulas: Option<&calamine::Range<String>>,
    take: &mut impl FnMut(Row) -> Result<bool>,
) -> Result<()> {
    let Some((top, left)) = range.start() else { return Ok(()) };
    if range.width() > MOST_COLUMNS {
        return Err(too_wide());
    }
    for (r, cells) in range.rows().enumerate() {
        let at = top + r as u32;
        let mut row = Row { number: u64::from(at) + 1, cells: vec![Cell::default(); left as usize] };
        for (c, v) in cells.iter().enumerate() {
            let formula = formulas.and_then(|f| f.get_value((at, left + c as u32))).is_some_and(|f| !f.is_empty());
            row.cells.push(Cell { value: value(v), formula });
        }
        if !row.is_empty() && !take(row)? {
            return Ok(());
        }
    }
    Ok(())
}

fn csv_rows(path: &Path, take: &mut impl FnMut(Row) -> Result<bool>) -> Result<()> {
    let mut reader = csv_text::open(path)?;
    let mut record = csv::StringRecord::new();
    let mut number = 0;
    while reader.read_record(&mut record).map_err(broken)? {
        if record.len() > MOST_COLUMNS {
            return Err(too_wide());
        }
        // with \r\n the reader counts a line only when it meets the next one: numbers at least go up by one
        number = record.position().map_or(0, csv::Position::line).max(number + 1);
        let cells = record.iter().map(|s| if s.is_empty() { Cell::default() } else { Cell::text(unquote(s)) }).collect();
        let row = Row { number, cells };
        if !row.is_empty() && !take(row)? {
            break;
        }
    }
    if reader.get_ref().replaced {
        return Err(Error::invalid("sheet.encoding", "文字编码无法识别，部分文字是乱码。请用 Excel 打开后另存为 .xlsx 再上传。"));
    }
    Ok(())
}

/// `="0012"` and a leading apostrophe are how text tables keep zeros; tabs around numbers likewise.
fn unquote(s: &str) -> &str {
    let s = s.trim_matches('\t');
    let s = s.strip_prefix("=\"").and_then(|x| x.strip_suffix('"')).unwrap_or(s);
    match s.strip_prefix('\'') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => rest,
        _ => s,
    }
}

fn value_ref(v: DataRef<'_>) -> CellValue {
    match v {
        DataRef::Empty => CellValue::Empty,
        DataRef::SharedString(s) => text(s.to_owned()),
        DataRef::String(s) => text(s),
        DataRef::Int(n) => CellValue::Number(n as f64),
        DataRef::Float(n) => CellValue::Number(n),
        DataRef::Bool(b) => CellValue::Bool(b),
        DataRef::DateTime(d) => moment(&d),
        DataRef::DateTimeIso(s) | DataRef::DurationIso(s) => CellValue::Text(s),
        DataRef::Error(e) => error(&e),
    }
}

fn value(v: &Data) -> CellValue {
    match v {
        Data::Empty => CellValue::Empty,
        Data::String(s) => text(s.clone()),
        Data::Int(n) => CellValue::Number(*n as f64),
        Data::Float(n) => CellValue::Number(*n),
        Data::Bool(b) => CellValue::Bool(*b),
        Data::DateTime(d) => moment(d),
        Data::DateTimeIso(s) | Data::DurationIso(s) => CellValue::Text(s.clone()),
        Data::Error(e) => error(e),
    }
}

fn text(s: String) -> CellValue {
    if s.is_empty() { CellValue::Empty } else { CellValue::Text(s) }
}
fn moment(d: &calamine::ExcelDateTime) -> CellValue {
    match d.as_datetime() {
        Some(m) if !d.is_duration() => CellValue::Date(m),
        _ => CellValue::Number(d.as_f64()),
    }
}
fn error(e: &CellErrorType) -> CellValue {
    CellValue::Error(e.to_string())
}
