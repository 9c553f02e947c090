//! A form as a Word document: one table a page, the mark in header and footer of every page.

use super::{Cell, Form, Look, MARGIN, Page, Paper, place};
use base::{Error, Result};
use docx_rs::{
    AlignmentType, Docx, Footer, Header, HeightRule, LineSpacing, LineSpacingType, NumPages, PageMargin, PageNum,
    PageOrientationType, Paragraph, Run, RunFonts, Shading, Table, TableAlignmentType, TableCell, TableCellMargins,
    TableLayoutType, TableRow, VAlignType, VMergeType, WidthType,
};
use sheet::Mark;
use std::path::Path;

const SONG: &str = "宋体";
const HEI: &str = "黑体";

fn fonts(name: &str) -> RunFonts {
    RunFonts::new().east_asia(name).ascii(name).hi_ansi(name)
}

fn run(text: &str, size: usize, font: &str) -> Run {
    Run::new().add_text(text).size(size).fonts(fonts(font))
}

fn tight(p: Paragraph) -> Paragraph {
    p.line_spacing(LineSpacing::new().before(0).after(0).line_rule(LineSpacingType::Auto).line(220))
}

/// Writes the form to `path`.
pub fn to_docx(form: &Form, mark: &Mark, path: &Path) -> Result<()> {
    let (width, height) = form.paper.twips();
    let inner = width - 2 * MARGIN;
    let line = format!("导出单位：{}　账号：{}　时间：{}　导出编号：{}", mark.unit, mark.account, mark.time, mark.number);
    let header = Header::new()
        .add_paragraph(tight(Paragraph::new()).align(AlignmentType::Right).add_run(run(&line, 14, SONG).color("808080")));
    let footer = Footer::new().add_paragraph(
        tight(Paragraph::new())
            .align(AlignmentType::Center)
            // as large as the numbers, which take the size of the document
            .add_run(run(&format!("{}　第 ", mark.number), form.size, SONG))
            .add_page_num(PageNum::new())
            .add_run(run(" 页 共 ", form.size, SONG))
            .add_num_pages(NumPages::new())
            .add_run(run(" 页", form.size, SONG)),
    );
    let margin = MARGIN as i32;
    let mut doc = Docx::new()
        .page_size(width, height)
        .page_margin(PageMargin::new().top(margin + 120).bottom(margin).left(margin).right(margin).header(300).footer(250))
        .default_fonts(fonts(SONG))
        .default_size(form.size)
        .header(header)
        .footer(footer);
    if form.paper == Paper::A3Landscape {
        doc = doc.page_orient(PageOrientationType::Landscape);
    }
    for (i, page) in form.pages.iter().enumerate() {
        let title = tight(Paragraph::new())
            .align(AlignmentType::Center)
            .page_break_before(i > 0)
            .add_run(run(&page.title, form.size * 2, HEI).bold());
        doc = doc.add_paragraph(title).add_paragraph(tight(Paragraph::new()).add_run(run(&page.line, form.size + 2, SONG)));
        doc = doc.add_table(table(form, page, inner));
    }
    let file = std::io::BufWriter::new(std::fs::File::create(path)?);
    doc.build().pack(file).map_err(|e| Error::internal(e.to_string()))
}

fn table(form: &Form, page: &Page, inner: u32) -> Table {
    let unit = inner as usize / form.grid;
    let heights = form.heights(page);
    let made = place(form.grid, &page.rows).into_iter().zip(heights).map(|(placed, height)| {
        let cells = placed.iter().map(|p| {
            let blank = Cell::default();
            let c = p.cell.unwrap_or(&blank);
            let mut cell = TableCell::new()
                .width(unit * p.span, WidthType::Dxa)
                .grid_span(p.span)
                .vertical_align(VAlignType::Center)
                .add_paragraph(paragraph(c, form.size));
            match (p.cell, c.down) {
                (None, _) => cell = cell.vertical_merge(VMergeType::Continue),
                (Some(_), n) if n > 1 => cell = cell.vertical_merge(VMergeType::Restart),
                _ => {}
            }
            match c.look {
                Look::Head | Look::Section => cell.shading(Shading::new().fill("E8EEF7")),
                Look::Bare => cell.clear_all_border(),
                _ => cell,
            }
        });
        TableRow::new(cells.collect()).row_height(height as f32).height_rule(HeightRule::AtLeast).cant_split()
    });
    Table::new(made.collect())
        .set_grid(vec![unit; form.grid])
        .layout(TableLayoutType::Fixed)
        .width(unit * form.grid, WidthType::Dxa)
        .align(TableAlignmentType::Center)
        .margins(TableCellMargins::new().margin(0, 40, 0, 40))
}

fn paragraph(c: &Cell, size: usize) -> Paragraph {
    let p = tight(Paragraph::new()).align(match c.look {
        Look::Number => AlignmentType::Right,
        Look::Middle | Look::Head => AlignmentType::Center,
        Look::Text | Look::Section | Look::Bare => AlignmentType::Left,
    });
    let r = run(&c.text, size, if matches!(c.look, Look::Head | Look::Section) { HEI } else { SONG });
    p.add_run(if c.look == Look::Section { r.bold() } else { r })
}
