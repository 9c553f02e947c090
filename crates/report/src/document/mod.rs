//! Printed forms: pages of one grid with merged cells, written as Word or as Excel. What stands on a page is the caller's;
//! must not know what a form is about.

mod excel;
mod word;

pub use excel::to_xlsx;
pub use word::to_docx;

/// Size of the paper, in twentieths of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paper {
    A3Landscape,
    A3Portrait,
    A4Portrait,
}

impl Paper {
    pub(crate) fn twips(self) -> (u32, u32) {
        match self {
            Paper::A3Landscape => (23_811, 16_838),
            Paper::A3Portrait => (16_838, 23_811),
            Paper::A4Portrait => (11_906, 16_838),
        }
    }
}

/// Margin on all sides: 1 cm.
pub(crate) const MARGIN: u32 = 567;

/// What a cell is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// A value, left.
    #[default]
    Text,
    /// A figure, right.
    Number,
    /// A value, in the middle.
    Middle,
    /// A heading, in the middle, shaded.
    Head,
    /// The heading of a block over the whole width, left, bold, shaded.
    Section,
    /// Without borders, for signatures and titles of the page.
    Bare,
}

/// A cell of the grid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    pub text: String,
    /// Columns of the grid that it takes.
    pub span: usize,
    /// Rows that it takes; the rows below leave its columns out.
    pub down: usize,
    pub look: Look,
}

impl Cell {
    pub fn new(text: impl Into<String>, span: usize, look: Look) -> Cell {
        Cell { text: text.into(), span, down: 1, look }
    }
    pub fn text(text: impl Into<String>, span: usize) -> Cell {
        Cell::new(text, span, Look::Text)
    }
    pub fn head(text: impl Into<String>, span: usize) -> Cell {
        Cell::new(text, span, Look::Head)
    }
    pub fn middle(text: impl Into<String>, span: usize) -> Cell {
        Cell::new(text, span, Look::Middle)
    }
    pub fn number(text: impl Into<String>, span: usize) -> Cell {
        Cell::new(text, span, Look::Number)
    }
    #[must_use]
    pub fn down(mut self, rows: usize) -> Cell {
        self.down = rows;
        self
    }
}

/// One page: a title, a line below it, rows of the grid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Name of the worksheet.
    pub name: String,
    pub title: String,
    pub line: String,
    pub rows: Vec<Vec<Cell>>,
}

/// A document of pages of one form.
#[derive(Clone, Debug)]
pub struct Form {
    pub title: String,
    pub paper: Paper,
    /// Columns of the grid, all of one width.
    pub grid: usize,
    /// Size of the letters in half points.
    pub size: usize,
    /// Most height of a row in twips; rows share what the paper leaves, so that a page is one sheet where its texts allow it.
    pub row_height: u32,
    pub pages: Vec<Page>,
}

impl Form {
    /// Width of a column of the grid, in points.
    pub(crate) fn column(&self) -> f64 {
        f64::from(self.paper.twips().0 - 2 * MARGIN) / 20.0 / self.grid as f64
    }
    /// Height of one line of text in twips.
    fn text_line(&self) -> u32 {
        self.size as u32 * 12
    }
    /// Lines of text in each row, taken by its longest cell.
    pub(crate) fn lines(&self, rows: &[Vec<Cell>]) -> Vec<u32> {
        let of =
            |p: &Placed<'_>| p.cell.filter(|c| c.down == 1).map(|c| lines(&c.text, p.span as f64 * self.column(), self.size));
        place(self.grid, rows).iter().map(|r| r.iter().filter_map(of).max().unwrap_or(1)).collect()
    }
    /// Heights of the rows of a page in twips.
    pub(crate) fn heights(&self, page: &Page) -> Vec<u32> {
        let lines = self.lines(&page.rows);
        let more: u32 = lines.iter().map(|n| (n - 1) * self.text_line()).sum();
        // title, the line below it, footer, and what borders take
        let around = 2 * MARGIN + 120 + self.size as u32 * 24 + (self.size as u32 + 2) * 13 + 400;
        let free = self.paper.twips().1.saturating_sub(around + more);
        let borders = 8;
        let one = (free / (lines.len().max(1) as u32)).saturating_sub(borders).clamp(self.text_line(), self.row_height);
        lines.iter().map(|n| one + (n - 1) * self.text_line()).collect()
    }
}

/// Lines that a text takes in so many points of width; `size` in half points, a Chinese character as wide as high.
fn lines(text: &str, width: f64, size: usize) -> u32 {
    let long: f64 = text.chars().map(|c| if c.is_ascii() { 0.5 } else { 1.0 }).sum::<f64>() * size as f64 / 2.0;
    (long / (width - 5.0).max(1.0)).ceil().max(1.0) as u32
}

/// A cell with its place: row and first column, counted from 0.
pub(crate) struct Placed<'a> {
    pub column: usize,
    /// None: the place is taken by a cell above.
    pub cell: Option<&'a Cell>,
    pub span: usize,
}

/// The cells of each row with the places that cells from above take, and the grid filled up at the end.
pub(crate) fn place(grid: usize, rows: &[Vec<Cell>]) -> Vec<Vec<Placed<'_>>> {
    // rows still taken from above, by column: (rows left, span)
    let mut above: Vec<(usize, usize)> = vec![(0, 0); grid];
    let mut out = Vec::with_capacity(rows.len());
    for row in rows {
        let mut placed = Vec::new();
        let mut column = 0;
        let mut cells = row.iter();
        while column < grid {
            let (left, span) = above[column];
            if left > 0 && span > 0 {
                placed.push(Placed { column, cell: None, span });
                above[column].0 -= 1;
                column += span;
                continue;
            }
            let Some(cell) = cells.next() else { break };
            let span = cell.span.clamp(1, grid - column);
            placed.push(Placed { column, cell: Some(cell), span });
            above[column] = (cell.down.saturating_sub(1), span);
            column += span;
        }
        out.push(placed);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_over_several_rows_keeps_its_place_below() {
        let rows = vec![
            vec![Cell::head("一", 2).down(2), Cell::text("a", 2), Cell::text("b", 2)],
            vec![Cell::text("c", 4)],
            vec![Cell::text("d", 6)],
        ];
        let seen: Vec<Vec<(usize, usize, &str)>> = place(6, &rows)
            .iter()
            .map(|r| r.iter().map(|p| (p.column, p.span, p.cell.map_or("^", |c| c.text.as_str()))).collect())
            .collect();
        assert_eq!(seen, [vec![(0, 2, "一"), (2, 2, "a"), (4, 2, "b")], vec![(0, 2, "^"), (2, 4, "c")], vec![(0, 6, "d")]]);
    }

    #[test]
    fn the_rows_of_a_page_share_one_sheet_and_are_not_higher_than_wished() {
        let page = |n: usize, text: &str| Page { rows: vec![vec![Cell::text(text, 60)]; n], ..Page::default() };
        let form = Form { title: String::new(), paper: Paper::A3Portrait, grid: 60, size: 14, row_height: 420, pages: vec![] };
        let total = |p: &Page| form.heights(p).iter().sum::<u32>();
        let paper = 23_811 - 2 * MARGIN;
        for n in [1, 20, 86, 100] {
            assert!(total(&page(n, "字")) < paper, "{n}");
        }
        assert_eq!(form.heights(&page(10, "字")), [420; 10]);
        assert!(total(&page(86, "字")) > paper * 9 / 10, "the sheet is used");
        // a text of several lines takes its room from the others
        let mut long = page(86, "字");
        long.rows[3] = vec![Cell::text("字".repeat(300), 60)];
        let heights = form.heights(&long);
        assert!(heights[3] > 2 * heights[4] && total(&long) < paper, "{heights:?}");
    }

    #[test]
    fn both_writers_take_a_form() {
        let page = Page {
            name: "1-某".into(),
            title: "某某表".into(),
            line: "户编号：1".into(),
            rows: vec![vec![Cell::head("项目", 2).down(2), Cell::text("值", 4)], vec![Cell::number("1.00", 4)]],
        };
        let form = Form {
            title: "表".into(),
            paper: Paper::A3Landscape,
            grid: 6,
            size: 16,
            row_height: 300,
            pages: vec![page.clone(), page],
        };
        let mark =
            sheet::Mark { unit: "某县".into(), account: "某".into(), time: "2026-01-01 08:00".into(), number: "DC1".into() };
        let dir = tempfile::tempdir().unwrap();
        let word = dir.path().join("a.docx");
        to_docx(&form, &mark, &word).unwrap();
        let text = unzip(&word, "word/document.xml");
        assert_eq!(text.matches("某某表").count(), 2);
        assert!(text.contains("w:pageBreakBefore") && text.contains("w:vMerge") && text.contains("w:gridSpan"));
        assert!(unzip(&word, "word/header1.xml").contains("DC1"), "the mark stands on every page");
        let book = dir.path().join("a.xlsx");
        to_xlsx(&form, &mark, &book).unwrap();
        assert!(unzip(&book, "xl/workbook.xml").contains("1-某"));
        assert!(
            unzip(&book, "xl/worksheets/sheet2.xml").contains("fitToHeight")
                || unzip(&book, "xl/worksheets/sheet2.xml").contains("fitToPage")
        );
    }

    fn unzip(path: &std::path::Path, name: &str) -> String {
        use std::io::Read;
        let mut zip = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
        let mut text = String::new();
        zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    }
}
