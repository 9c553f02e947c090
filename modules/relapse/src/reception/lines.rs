//! Lines of named values (JSON lines of the interface or a folder, rows of the 前置库) as the sheet that the common job reads.
//! Must not know where they come from.

use crate::department::{items::Item, wants};
use base::{Error, Result};
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;
use std::io::{BufRead, Write};

/// Longest line, so that one cannot fill the memory.
const LONGEST: usize = 64 * 1024;

/// Which columns of an item the names used stand for, in the order of the item; a name is a label, another spelling or the key.
pub(super) struct Columns(Vec<(String, Vec<String>)>);

impl Columns {
    /// Columns of the item that appear among `used`.
    pub(super) fn of(item: &Item, used: &BTreeSet<String>) -> Columns {
        let mut out = Vec::new();
        for w in wants(item) {
            let label = w.labels.first().cloned().unwrap_or_default();
            let names: Vec<String> = std::iter::once(w.key).chain(w.labels).collect();
            if names.iter().any(|n| used.contains(n)) {
                out.push((label, names));
            }
        }
        Columns(out)
    }
    /// Whether nothing was recognised.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A sheet (CSV) that grows line by line.
pub(super) struct Sheet<W: Write> {
    out: csv::Writer<W>,
    columns: Columns,
}

impl<W: Write> Sheet<W> {
    /// Errors: nothing of the item is named.
    pub(super) fn begin(columns: Columns, out: W) -> Result<Sheet<W>> {
        if columns.is_empty() {
            return Err(Error::invalid("relapse.no_columns", "没有认出任何一列，请使用部门数据目录中的列名。"));
        }
        let mut out = csv::Writer::from_writer(out);
        // one column alone would be written as an empty line where it is empty
        out.write_record(columns.0.iter().map(|(label, _)| label.as_str())).map_err(Error::internal)?;
        Ok(Sheet { out, columns })
    }
    /// Adds a line. Errors: a value that is no text, number or yes and no.
    pub(super) fn line(&mut self, number: u64, vals: &Map<String, Json>) -> Result<()> {
        let mut cells = Vec::with_capacity(self.columns.0.len());
        for (label, names) in &self.columns.0 {
            let value = names.iter().find_map(|n| vals.get(n));
            cells.push(match value {
                None | Some(Json::Null) => String::new(),
                // a line break would shift the count of lines
                Some(Json::String(s)) => s.replace(['\n', '\r'], " "),
                Some(Json::Number(n)) => n.to_string(),
                Some(Json::Bool(b)) => (if *b { "是" } else { "否" }).to_owned(),
                Some(Json::Array(_) | Json::Object(_)) => {
                    let text = format!("第 {number} 行的“{label}”不是文字、数字或是否，请按数据目录填写。");
                    return Err(Error::invalid("relapse.bad_line", text));
                }
            });
        }
        self.out.write_record(&cells).map_err(Error::internal)
    }
    pub(super) fn end(mut self) -> Result<()> {
        self.out.flush().map_err(Error::internal)
    }
}

fn each(input: impl BufRead, mut take: impl FnMut(u64, Map<String, Json>) -> Result<()>) -> Result<u64> {
    let (mut input, mut line, mut number) = (input, Vec::new(), 0u64);
    loop {
        line.clear();
        let read = std::io::Read::take(&mut input, LONGEST as u64 + 1).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(number);
        }
        number += 1;
        if line.len() > LONGEST {
            return Err(Error::invalid("relapse.bad_line", format!("第 {number} 行超过 64 KB，请拆分后重新报送。")));
        }
        let text = std::str::from_utf8(&line).map_err(|e| {
            Error::invalid("relapse.bad_line", format!("第 {number} 行不是 UTF-8 文字，请转换编码后重新报送。")).because(e)
        })?;
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            return Err(Error::invalid("relapse.bad_line", format!("第 {number} 行是空行，请删除后重新报送。")));
        }
        let vals: Map<String, Json> = serde_json::from_str(text).map_err(|_| {
            Error::invalid("relapse.bad_line", format!("第 {number} 行不是 JSON 对象，请每行写一个对象后重新报送。"))
        })?;
        take(number, vals)?;
    }
}

/// JSON lines as a sheet; how many there are. `open` gives the lines from their beginning, and is asked twice.
/// Errors: a line that is no object, with its number.
pub(super) fn sheet_of<R: BufRead>(item: &Item, mut open: impl FnMut() -> Result<R>, out: impl Write) -> Result<u64> {
    let mut used = BTreeSet::new();
    let lines = each(open()?, |_, vals| {
        used.extend(vals.into_iter().map(|(k, _)| k));
        Ok(())
    })?;
    if lines == 0 {
        return Err(Error::invalid("relapse.no_rows", "没有一行数据，请检查后重新报送。"));
    }
    let mut sheet = Sheet::begin(Columns::of(item, &used), out)?;
    each(open()?, |n, vals| sheet.line(n, &vals))?;
    sheet.end()?;
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::department::items;

    fn of(text: &str) -> Result<String> {
        let mut out = Vec::new();
        sheet_of(items::find("31").unwrap(), || Ok(text.as_bytes()), &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn lines_become_a_sheet_by_label_spelling_or_key() {
        let sheet = of("{\"姓名\":\"某\",\"身份证号\":\"1\",\"amount\":12.5,\"day\":\"2026-01-02\",\"别的\":1}\n{\"姓名\":\"另,一\",\"身份证号\":null}\n").unwrap();
        assert_eq!(sheet, "姓名,证件号码,入院日期,政策范围内个人负担(元)\n某,1,2026-01-02,12.5\n\"另,一\",,,\n");
    }

    #[test]
    fn a_bad_line_is_named_by_its_number() {
        for (text, says) in [
            ("", "没有一行"),
            ("{\"姓名\":\"某\"}\n\n", "第 2 行是空行"),
            ("{\"姓名\":\"某\"}\n[1]\n", "第 2 行不是 JSON 对象"),
            ("{\"姓名\":{\"a\":1}}\n", "第 1 行的“姓名”不是文字"),
            ("{\"a\":1}\n", "没有认出任何一列"),
        ] {
            assert!(of(text).unwrap_err().sentence.contains(says), "{text:?}");
        }
        let long = format!("{{\"姓名\":\"{}\"}}", "x".repeat(LONGEST));
        assert!(of(&long).unwrap_err().sentence.contains("超过 64 KB"));
        let bytes: &[u8] = b"\xff\xfe\n";
        let e = sheet_of(items::find("31").unwrap(), || Ok(bytes), Vec::new()).unwrap_err();
        assert!(e.sentence.contains("不是 UTF-8"));
    }
}
