//! A form as a workbook: one worksheet a page, printed on one sheet of paper, the mark in its header and footer.

use super::{Form, Look, Paper, place};
use base::{Error, Result};
use rust_xlsxwriter::{Color, DocProperties, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};
use sheet::Mark;
use std::collections::HashSet;
use std::path::Path;

fn xlsx(e: XlsxError) -> Error {
    Error::internal(e)
}

fn format(look: Look, size: usize) -> Format {
    let f = Format::new()
        .set_font_name("宋体")
        .set_font_size(size as f64 / 2.0)
        .set_text_wrap()
        .set_align(FormatAlign::VerticalCenter);
    let lined = || f.clone().set_border(FormatBorder::Thin);
    let shaded = || lined().set_background_color(Color::RGB(0x00E8_EEF7)).set_font_name("黑体");
    match look {
        Look::Text => lined(),
        Look::Number => lined().set_align(FormatAlign::Right),
        Look::Middle => lined().set_align(FormatAlign::Center),
        Look::Head => shaded().set_align(FormatAlign::Center),
        Look::Section => shaded().set_bold(),
        Look::Bare => f.clone(),
    }
}

/// Writes the form to `path`.
pub fn to_xlsx(form: &Form, mark: &Mark, path: &Path) -> Result<()> {
    let mut book = Workbook::new();
    let line = format!("导出单位：{}　账号：{}　时间：{}　导出编号：{}", mark.unit, mark.account, mark.time, mark.number);
    book.set_properties(&DocProperties::new().set_title(&form.title).set_comment(&line));
    let mut taken: HashSet<String> = HashSet::new();
    for (i, page) in form.pages.iter().enumerate() {
        let sheet = book.add_worksheet();
        sheet.set_name(name(&page.name, i, &mut taken)).map_err(xlsx)?;
        write(sheet, form, i, &line, mark).map_err(xlsx)?;
    }
    book.save(path).map_err(xlsx)
}

fn write(sheet: &mut Worksheet, form: &Form, number: usize, line: &str, mark: &Mark) -> Result<(), XlsxError> {
    let page = &form.pages[number];
    // by pixels: the width in characters has a border of its own, which sixty columns would add up
    for c in 0..form.grid as u16 {
        sheet.set_column_width_pixels(c, (form.column() * 96.0 / 72.0) as u32)?;
    }
    let last = form.grid as u16 - 1;
    let title = Format::new()
        .set_font_name("黑体")
        .set_font_size(form.size as f64)
        .set_align(FormatAlign::Center)
        .set_align(FormatAlign::VerticalCenter);
    sheet.merge_range(0, 0, 0, last, &page.title, &title)?;
    sheet.set_row_height(0, form.size as f64 * 1.6)?;
    sheet.merge_range(1, 0, 1, last, &page.line, &format(Look::Bare, form.size + 2))?;
    let heights = form.heights(page);
    for (r, row) in place(form.grid, &page.rows).iter().enumerate() {
        let at = r as u32 + 2;
        sheet.set_row_height(at, f64::from(heights[r]) / 20.0)?;
        for p in row {
            let Some(c) = p.cell else { continue };
            let f = format(c.look, form.size);
            let (left, right) = (p.column as u16, (p.column + p.span - 1) as u16);
            if c.down > 1 || left != right {
                sheet.merge_range(at, left, at + c.down.max(1) as u32 - 1, right, &c.text, &f)?;
            } else {
                sheet.write_string_with_format(at, left, &c.text, &f)?;
            }
        }
    }
    match form.paper {
        Paper::A3Landscape => sheet.set_paper_size(8).set_landscape(),
        Paper::A3Portrait => sheet.set_paper_size(8).set_portrait(),
        Paper::A4Portrait => sheet.set_paper_size(9).set_portrait(),
    };
    sheet.set_print_fit_to_pages(1, 1).set_print_center_horizontally(true);
    sheet.set_margins(0.4, 0.4, 0.5, 0.45, 0.2, 0.2);
    // `&` begins a command in headers and footers
    let safe = |t: &str| t.replace('&', "&&").chars().take(200).collect::<String>();
    sheet.set_header(format!("&R&8{}", safe(line)));
    sheet.set_footer(format!("&C&8{}　第 {} 页 共 {} 页", safe(&mark.number), number + 1, form.pages.len()));
    Ok(())
}

/// At most 31 characters without the signs Excel forbids, and not twice.
fn name(wanted: &str, number: usize, taken: &mut HashSet<String>) -> String {
    let clean: String = wanted.chars().filter(|c| !"[]:*?/\\'".contains(*c) && !c.is_control()).take(24).collect();
    let mut name = if clean.trim().is_empty() { format!("第{}户", number + 1) } else { clean };
    if !taken.insert(name.to_lowercase()) {
        name = format!("{name}({})", number + 1);
        taken.insert(name.to_lowercase());
    }
    name
}
