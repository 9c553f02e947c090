//! Reads a new official list of regions from CSV or from the rows of a sheet. Columns are found by title.

use base::{Error, FieldProblem, RegionCode, Result};

/// One line of a new official list.
#[derive(Clone, Debug, PartialEq)]
pub struct NewRegion {
    pub code: RegionCode,
    pub name: String,
    /// Codes that this region takes over (原代码): a changed code, or regions merged into this one.
    pub takes_over: Vec<RegionCode>,
    /// 功能区 rather than statutory.
    pub functional: bool,
    pub urban_rural_code: Option<String>,
    pub national_code: Option<String>,
}

/// Titles by which a column is recognised; the first is the one of our template.
const TITLES: [(&str, &[&str]); 6] = [
    ("code", &["区划代码", "统计用区划代码", "代码", "code"]),
    ("name", &["名称", "区划名称", "name"]),
    ("takes_over", &["原代码", "原区划代码", "被并入代码", "takes_over"]),
    ("region_kind", &["区划性质", "region_kind"]),
    ("urban_rural_code", &["城乡分类", "城乡分类代码", "urban_rural_code"]),
    ("national_code", &["全国系统区划码", "national_code"]),
];

/// Reads a CSV file (UTF-8, with or without byte order mark) with a header line.
pub fn parse_csv(bytes: &[u8]) -> Result<Vec<NewRegion>> {
    let text = std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).map_err(|e| {
        Error::invalid("registry.region_file_encoding", "区划文件不是 UTF-8 编码，请在表格软件中另存为“CSV UTF-8”后重新上传。")
            .because(e)
    })?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let rows: Result<Vec<Vec<String>>> =
        reader.records().map(|r| Ok(r.map_err(|e| broken().because(e))?.iter().map(str::to_owned).collect())).collect();
    parse_rows(&rows?)
}

/// Reads a file of either kind, told by its content: xlsx (first sheet) or CSV.
pub fn parse_file(path: &std::path::Path) -> Result<Vec<NewRegion>> {
    let bytes = std::fs::read(path).map_err(|e| {
        Error::invalid("registry.region_file_missing", format!("区划文件 {} 不能读取，请核对路径和权限。", path.display()))
            .because(e)
    })?;
    if bytes.starts_with(b"PK") { parse_rows(&sheet_rows(&bytes)?) } else { parse_csv(&bytes) }
}

/// The first sheet of a workbook as text; whole numbers lose the point that a spreadsheet keeps them with.
fn sheet_rows(bytes: &[u8]) -> Result<Vec<Vec<String>>> {
    use calamine::{Data, Reader, Xlsx};
    let unreadable = |e: calamine::XlsxError| broken().because(e);
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(bytes)).map_err(unreadable)?;
    let range = book.worksheet_range_at(0).ok_or_else(broken)?.map_err(unreadable)?;
    let text = |cell: &Data| match cell {
        Data::Float(n) if n.fract() == 0.0 => format!("{n:.0}"),
        other => other.to_string(),
    };
    Ok(range.rows().map(|row| row.iter().map(text).collect()).collect())
}

fn broken() -> Error {
    Error::invalid("registry.region_file_broken", "区划文件无法读取，请按模板（区划代码、名称、原代码）重新整理后上传。")
}

/// Reads the rows of a sheet; the first one that has the columns 区划代码 and 名称 is the header.
pub fn parse_rows(rows: &[Vec<String>]) -> Result<Vec<NewRegion>> {
    let position = |header: &[String], field: &str| {
        let (_, titles) = TITLES.iter().find(|(f, _)| *f == field)?;
        header.iter().position(|cell| titles.contains(&cell.trim()))
    };
    let (head, header) = rows
        .iter()
        .enumerate()
        .find(|(_, row)| position(row, "code").is_some() && position(row, "name").is_some())
        .ok_or_else(broken)?;
    let cell = |row: &[String], field: &str| {
        position(header, field).and_then(|i| row.get(i)).map(|c| c.trim().to_owned()).filter(|c| !c.is_empty())
    };
    let (mut out, mut problems) = (Vec::<NewRegion>::new(), Vec::new());
    let mut seen = std::collections::HashSet::new();
    for (i, row) in rows.iter().enumerate().skip(head + 1) {
        if row.iter().all(|c| c.trim().is_empty()) {
            continue;
        }
        let line = i + 1;
        let mut refuse = |field: &str, message: String| {
            problems.push(FieldProblem::new(field, "registry.region_row", format!("第 {line} 行：{message}")));
        };
        let Some(code) = cell(row, "code").and_then(|c| RegionCode::parse(&c).ok()) else {
            refuse("code", "区划代码应为 12 位数字，请修正。".into());
            continue;
        };
        if !code.as_str().starts_with("36") {
            refuse("code", "区划代码应以 36 开头，请删除外省的行。".into());
            continue;
        }
        if !seen.insert(code.clone()) {
            refuse("code", "区划代码重复，请只保留一行。".into());
            continue;
        }
        let Some(name) = cell(row, "name") else {
            refuse("name", "名称为空，请填写。".into());
            continue;
        };
        let takes_over: Result<Vec<_>> = cell(row, "takes_over")
            .unwrap_or_default()
            .split([',', '，', '、', ';', '；', ' '])
            .filter(|c| !c.is_empty())
            .map(RegionCode::parse)
            .collect();
        let Ok(takes_over) = takes_over else {
            refuse("takes_over", "原代码应为 12 位数字，多个之间用逗号隔开。".into());
            continue;
        };
        let functional = cell(row, "region_kind").is_some_and(|k| k == "1" || k == "功能区");
        let (urban_rural_code, national_code) = (cell(row, "urban_rural_code"), cell(row, "national_code"));
        out.push(NewRegion { code, name, takes_over, functional, urban_rural_code, national_code });
    }
    if problems.is_empty() {
        Ok(out)
    } else {
        let sentence = format!("区划文件有 {} 处问题，请按提示改正后重新上传。", problems.len());
        Err(Error::refused("registry.region_file_rows", sentence).with_problems(problems))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_below_a_title_is_found_and_old_codes_are_split() {
        let csv = "\u{feff}江西省区划\n区划代码,名称,原代码\n360121100000,莲塘镇,\"360121101000，360121102000\"\n\n";
        let rows = parse_csv(csv.as_bytes()).expect("reads");
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].takes_over.len(), 2);
    }

    #[test]
    fn every_bad_row_is_named_with_its_line() {
        let csv = "区划代码,名称\nabc,甲\n410000000000,乙\n360100000000,\n360200000000,丙\n360200000000,丁\n";
        let e = parse_csv(csv.as_bytes()).expect_err("refused");
        assert_eq!(e.code, "registry.region_file_rows");
        let lines: Vec<_> = e.problems.iter().map(|p| p.message.chars().take(5).collect::<String>()).collect();
        assert_eq!(lines, ["第 2 行", "第 3 行", "第 4 行", "第 6 行"].map(|s| s.to_owned()));
    }

    #[test]
    fn a_workbook_that_is_none_and_a_file_that_is_not_there_are_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("区划.xlsx");
        assert_eq!(parse_file(&path).expect_err("refused").code, "registry.region_file_missing");
        std::fs::write(&path, b"PK\x03\x04 not a workbook").expect("written");
        assert_eq!(parse_file(&path).expect_err("refused").code, "registry.region_file_broken");
        std::fs::write(&path, "区划代码,名称\n360100000000,南昌市\n").expect("written");
        assert_eq!(parse_file(&path).expect("reads").len(), 1, "told by content, not by name");
    }

    #[test]
    fn a_file_without_the_columns_is_refused() {
        assert_eq!(parse_csv(b"a,b\n1,2\n").expect_err("refused").code, "registry.region_file_broken");
    }
}
