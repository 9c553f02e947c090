//! Finds the header row by the names expected, within the first ten rows, and keeps repeated names apart.
//! Must not know fields: names and keys come from the caller.

use super::{Book, Row};
use crate::text::{column_letters, fold, without_unit};
use base::{Error, Result};
use std::collections::HashMap;

/// How many rows may stand above the data.
const LOOKED_AT: usize = 10;
/// Levels of a merged header.
const MOST_LEVELS: usize = 3;

/// A column that is looked for.
#[derive(Clone, Debug)]
pub struct Want {
    pub key: String,
    /// The name and other spellings of it.
    pub labels: Vec<String>,
    /// The file is refused without it.
    pub required: bool,
}

impl Want {
    pub fn new(key: impl Into<String>, label: impl Into<String>, required: bool) -> Self {
        Self { key: key.into(), labels: vec![label.into()], required }
    }
    pub fn or(mut self, other: impl Into<String>) -> Self {
        self.labels.push(other.into());
        self
    }
}

/// One column of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct HeaderCell {
    /// 0-based.
    pub column: usize,
    /// As it stands in the file.
    pub label: String,
    /// 1 for the first column of this name, 2 for the second …
    pub occurrence: usize,
    /// Key of the wanted column it was taken for.
    pub key: Option<String>,
}

/// The header of a sheet.
#[derive(Clone, Debug)]
pub struct Header {
    pub sheet: String,
    /// Number of its lowest row, as Excel shows it; data begin below.
    pub row: u64,
    pub cells: Vec<HeaderCell>,
}

impl Header {
    /// Finds the sheet (the named one, or the one that fits best) and its header row.
    pub fn find(book: &mut Book, sheet: Option<&str>, wants: &[Want]) -> Result<Header> {
        let sheets: Vec<String> = sheet.map_or_else(|| book.sheets().to_vec(), |s| vec![s.to_owned()]);
        let mut best: Option<(usize, Header)> = None;
        for name in &sheets {
            let rows = book.first_rows(name, LOOKED_AT)?;
            for at in 0..rows.len() {
                let header = Header { sheet: name.clone(), row: rows[at].number, cells: matched(&effective(&rows, at), wants) };
                let score = header.cells.iter().filter(|c| c.key.is_some()).count();
                if score > best.as_ref().map_or(0, |(s, _)| *s) {
                    best = Some((score, header));
                }
            }
        }
        let enough = wants.len().min(2);
        let Some((_, header)) = best.filter(|(score, _)| *score >= enough) else {
            let some: Vec<&str> = wants.iter().filter_map(|w| w.labels.first()).take(6).map(String::as_str).collect();
            let place = match sheet {
                Some(s) if !s.is_empty() => format!("工作表“{s}”"),
                _ if sheets.len() > 1 => format!("各工作表（{}）", sheets.join("、")),
                _ => "表格".into(),
            };
            return Err(Error::invalid(
                "sheet.no_header",
                format!(
                    "在{place}的前 {LOOKED_AT} 行没有找到表头，应有“{}”等列名。请确认选对了文件和工作表，或下载模板填写。",
                    some.join("”“")
                ),
            ));
        };
        header.check_required(wants)?;
        Ok(header)
    }

    fn check_required(&self, wants: &[Want]) -> Result<()> {
        let missing: Vec<&str> = wants
            .iter()
            .filter(|w| w.required && self.column(&w.key).is_none())
            .filter_map(|w| w.labels.first())
            .map(String::as_str)
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Error::invalid(
            "sheet.missing_columns",
            format!("第 {} 行表头缺少列：{}。请补上这些列（列名要一致）或下载模板填写后再上传。", self.row, missing.join("、")),
        ))
    }

    /// 0-based column taken for a key.
    pub fn column(&self, key: &str) -> Option<usize> {
        self.cells.iter().find(|c| c.key.as_deref() == Some(key)).map(|c| c.column)
    }

    /// Columns of the file that nobody wanted: name and letters.
    pub fn unknown(&self) -> Vec<String> {
        self.cells.iter().filter(|c| c.key.is_none()).map(|c| format!("{}（{} 列）", c.label, column_letters(c.column))).collect()
    }

    /// Name of a column of the file, for a sentence.
    pub fn label(&self, column: usize) -> &str {
        self.cells.iter().find(|c| c.column == column).map_or("", |c| c.label.as_str())
    }
}

/// The names in effect on a row: its own, and where it has none the one merged down from a row or two above.
fn effective(rows: &[Row], at: usize) -> Vec<(usize, String)> {
    let width = rows[..=at].iter().map(|r| r.cells.len()).max().unwrap_or(0);
    // a title merged over everything is one cell in its row; only rows that have at least two count as levels of a header
    let levels: Vec<&Row> = rows[..=at]
        .iter()
        .rev()
        .take(MOST_LEVELS)
        .enumerate()
        .take_while(|(i, r)| {
            let near = *i == 0 || r.number + *i as u64 == rows[at].number;
            near && (*i == 0 || r.cells.iter().filter(|c| !c.is_empty()).count() > 1)
        })
        .map(|(_, r)| r)
        .collect();
    (0..width).filter_map(|c| levels.iter().find_map(|r| r.get(c)).map(|cell| (c, cell.show()))).collect()
}

fn matched(names: &[(usize, String)], wants: &[Want]) -> Vec<HeaderCell> {
    // wanted columns of one name are given out in their order to the file's columns of that name
    let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
    for (i, w) in wants.iter().enumerate() {
        for l in &w.labels {
            let list = by_name.entry(fold(l)).or_default();
            if !list.contains(&i) {
                list.push(i);
            }
        }
    }
    let mut taken = vec![false; wants.len()];
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut cells: Vec<HeaderCell> = names
        .iter()
        .map(|(column, label)| {
            let folded = fold(label);
            let n = seen.entry(folded.clone()).or_default();
            *n += 1;
            let want = by_name.get(&folded).and_then(|l| l.iter().copied().find(|i| !taken[*i]));
            if let Some(i) = want {
                taken[i] = true;
            }
            HeaderCell { column: *column, label: label.clone(), occurrence: *n, key: want.map(|i| wants[i].key.clone()) }
        })
        .collect();
    // second look for what is left: the file or we name a unit in parentheses
    let mut loose: HashMap<String, Vec<usize>> = HashMap::new();
    for (i, w) in wants.iter().enumerate() {
        if let Some(l) = w.labels.first() {
            loose.entry(without_unit(&fold(l)).to_owned()).or_default().push(i);
        }
    }
    for cell in cells.iter_mut().filter(|c| c.key.is_none() && c.occurrence == 1) {
        let folded = fold(&cell.label);
        if let Some(i) = loose.get(without_unit(&folded)).and_then(|l| l.iter().copied().find(|i| !taken[*i])) {
            taken[i] = true;
            cell.key = Some(wants[i].key.clone());
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> Vec<(usize, String)> {
        list.iter().enumerate().map(|(i, s)| (i, (*s).to_owned())).collect()
    }

    #[test]
    fn repeated_names_are_kept_apart_and_given_out_in_order() {
        let wants =
            [Want::new("a", "风险是否已消除", true), Want::new("b", "风险是否已消除", false), Want::new("n", "姓名", true)];
        let cells = matched(&names(&["风险是否已消除", "*姓 名", "风险是否已消除", "风险是否已消除"]), &wants);
        let got: Vec<_> = cells.iter().map(|c| (c.key.as_deref(), c.occurrence)).collect();
        assert_eq!(got, [(Some("a"), 1), (Some("n"), 1), (Some("b"), 2), (None, 3)]);
    }

    #[test]
    fn units_in_parentheses_do_not_hide_a_column() {
        let wants = [Want::new("m", "务工时间", true), Want::new("x", "耕地面积（亩）", true)];
        let cells = matched(&names(&["务工时间（月）", "耕地面积"]), &wants);
        assert!(cells.iter().all(|c| c.key.is_some()));
    }
}
