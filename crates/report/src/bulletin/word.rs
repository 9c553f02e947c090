//! A bulletin as a Word document in the form of official papers: A4, the title in the middle, paragraphs indented by two characters,
//! tables over the whole width. Must not count.

use super::rules::{Composed, Grid};
use base::{Error, Result};
use docx_rs::{
    AlignmentType, Docx, Footer, Header, LineSpacing, LineSpacingType, PageMargin, PageNum, Paragraph, Run, RunFonts, Shading,
    SpecialIndentType, Table, TableAlignmentType, TableCell, TableLayoutType, TableRow, VAlignType, WidthType,
};
use sheet::Mark;
use std::path::Path;

/// A4 in twips, and the margins of official papers (37, 35, 28 and 26 mm).
const PAGE: (u32, u32) = (11_906, 16_838);
const TOP: i32 = 2098;
const BOTTOM: i32 = 1984;
const LEFT: i32 = 1588;
const RIGHT: i32 = 1474;
/// Half points: 二号 for the title, 三号 for text, 小四 for tables.
const TITLE: usize = 44;
const BODY: usize = 32;
const SMALL: usize = 24;

fn run(text: &str, size: usize, font: &str) -> Run {
    Run::new().add_text(text).size(size).fonts(RunFonts::new().east_asia(font).ascii(font).hi_ansi(font))
}

fn spaced(p: Paragraph) -> Paragraph {
    p.line_spacing(LineSpacing::new().before(0).after(0).line_rule(LineSpacingType::Exact).line(560))
}

fn body(text: &str, font: &str) -> Paragraph {
    spaced(Paragraph::new())
        .indent(None, Some(SpecialIndentType::FirstLine(BODY as i32 * 20)), None, None)
        .add_run(run(text, BODY, font))
}

/// Writes the bulletin to `path`.
pub fn to_docx(c: &Composed, mark: &Mark, path: &Path) -> Result<()> {
    let line = format!("导出单位：{}　账号：{}　时间：{}　导出编号：{}", mark.unit, mark.account, mark.time, mark.number);
    let header =
        Header::new().add_paragraph(Paragraph::new().align(AlignmentType::Right).add_run(run(&line, 14, "宋体").color("808080")));
    let footer = Footer::new().add_paragraph(
        Paragraph::new()
            .align(AlignmentType::Center)
            .add_run(run("— ", 28, "宋体"))
            .add_page_num(PageNum::new())
            .add_run(run(" —", 28, "宋体")),
    );
    let margin = PageMargin::new().top(TOP).bottom(BOTTOM).left(LEFT).right(RIGHT).header(850).footer(1000);
    let mut doc = Docx::new()
        .page_size(PAGE.0, PAGE.1)
        .page_margin(margin)
        .default_fonts(RunFonts::new().east_asia("仿宋").ascii("仿宋").hi_ansi("仿宋"))
        .default_size(BODY)
        .header(header)
        .footer(footer)
        .add_paragraph(spaced(Paragraph::new()).align(AlignmentType::Center).add_run(run(&c.title, TITLE, "方正小标宋简体")))
        .add_paragraph(spaced(Paragraph::new()).align(AlignmentType::Center).add_run(run(
            &format!("（数据截至{}）", c.asof),
            BODY,
            "楷体",
        )))
        .add_paragraph(spaced(Paragraph::new()));
    for s in &c.sections {
        doc = doc.add_paragraph(body(&s.title, "黑体"));
        for p in &s.paragraphs {
            doc = doc.add_paragraph(body(p, "仿宋"));
        }
        if let Some(t) = &s.table {
            doc = doc.add_table(table(t)).add_paragraph(spaced(Paragraph::new()));
        }
    }
    if !c.copies.is_empty() {
        doc = doc.add_paragraph(spaced(Paragraph::new())).add_paragraph(body(&format!("分送：{}", c.copies), "仿宋"));
    }
    let file = std::io::BufWriter::new(std::fs::File::create(path)?);
    doc.build().pack(file).map_err(|e| Error::internal(e.to_string()))
}

fn table(t: &Grid) -> Table {
    let width = PAGE.0 as usize - (LEFT + RIGHT) as usize;
    let many = t.heads.len().max(1);
    let narrow = if t.heads.first().is_some_and(|h| h == "名次") { 700 } else { 0 };
    let each = (width - narrow) / if narrow > 0 { many - 1 } else { many }.max(1);
    let widths: Vec<usize> = (0..many).map(|i| if narrow > 0 && i == 0 { narrow } else { each }).collect();
    let row = |cells: &[String], head: bool| {
        let made = cells.iter().zip(&widths).map(|(text, w)| {
            let p = Paragraph::new()
                .align(AlignmentType::Center)
                .line_spacing(LineSpacing::new().before(20).after(20).line_rule(LineSpacingType::Auto).line(240));
            let cell = TableCell::new()
                .width(*w, WidthType::Dxa)
                .vertical_align(VAlignType::Center)
                .add_paragraph(p.add_run(run(text, SMALL, if head { "黑体" } else { "仿宋" })));
            if head { cell.shading(Shading::new().fill("E8EEF7")) } else { cell }
        });
        TableRow::new(made.collect()).cant_split()
    };
    let rows = std::iter::once(row(&t.heads, true)).chain(t.rows.iter().map(|r| row(r, false)));
    Table::new(rows.collect())
        .set_grid(widths.clone())
        .layout(TableLayoutType::Fixed)
        .width(widths.iter().sum(), WidthType::Dxa)
        .align(TableAlignmentType::Center)
}

#[cfg(test)]
mod tests {
    use super::super::rules::Part;
    use super::*;
    use std::io::Read;

    #[test]
    fn a_bulletin_is_a_readable_document() {
        let grid = Grid {
            heads: vec!["名次".into(), "区划".into(), "完成率（%）".into()],
            rows: vec![vec!["1".into(), "东湖区".into(), "66.67".into()]],
        };
        let c = Composed {
            id: "x".into(),
            title: "南昌市2026年10月工作通报".into(),
            region_code: "360100000000".into(),
            region_name: "南昌市".into(),
            period: "2026年10月".into(),
            month: 202_610,
            asof: "2026-11-01 00:30".into(),
            copies: "市委办、市政府办".into(),
            sections: vec![Part {
                title: "一、总体情况".into(), paragraphs: vec!["有100件。".into()], table: Some(grid)
            }],
        };
        let mark = Mark { unit: "某市".into(), account: "某".into(), time: "2026-11-01".into(), number: "DC1".into() };
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.docx");
        to_docx(&c, &mark, &path).unwrap();
        let mut zip = zip::ZipArchive::new(std::fs::File::open(&path).unwrap()).unwrap();
        let mut text = String::new();
        zip.by_name("word/document.xml").unwrap().read_to_string(&mut text).unwrap();
        for part in ["南昌市2026年10月工作通报", "一、总体情况", "有100件。", "66.67", "分送：市委办、市政府办", "w:firstLine"]
        {
            assert!(text.contains(part), "{part}");
        }
    }
}
