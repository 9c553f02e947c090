//! A report as a workbook with the merged headings of the printed form. Must not count.

use crate::rules::{ReportTable, TableRow};
use base::Result;
use serde_json::{Map, Value as Json};
use sheet::{Column, Mark, OutCell, OutKind, Writer};
use std::path::Path;

/// Writes a table to `path`: 区划, then the measures under their groups, the total first. Answers the rows written.
pub fn to_xlsx(table: &ReportTable, mark: Option<Mark>, path: &Path) -> Result<u64> {
    let mut columns = vec![Column { width: Some(24.0), ..Column::new("区划", OutKind::Text) }];
    for c in &table.columns {
        let label = if c.unit.is_empty() { c.label.clone() } else { format!("{}（{}）", c.label, unit(&c.unit)) };
        let whole = table.rows.iter().map(|r| &r.values).chain([&table.total.values]).all(|v| !v[&c.key].is_f64());
        let mut column = Column::new(label, if whole && c.unit != "分" { OutKind::Int } else { OutKind::Decimal(2) });
        column.note = Some(c.definition.clone()).filter(|d| !d.is_empty());
        columns.push(if c.group.is_empty() { column } else { column.under(c.group.clone()) });
    }
    let mut out = Writer::new(&table.title, columns, mark)?;
    let cells = |name: &str, values: &Map<String, Json>| -> Vec<OutCell> {
        let figures = table.columns.iter().map(|c| cell(&values[&c.key], &c.unit));
        [OutCell::Text(name.to_owned())].into_iter().chain(figures).collect()
    };
    out.row(&mut cells("合计", &table.total.values))?;
    for TableRow { region_name, values, .. } in &table.rows {
        out.row(&mut cells(region_name, values))?;
    }
    let asof = table.asof.with_timezone(&chrono::FixedOffset::east_opt(8 * 3600).expect("UTC+8 is a valid offset"));
    let facts = [
        ("统计区划", table.region_name.clone()),
        ("统计月份", format!("{}年{}月", table.period / 100, table.period % 100)),
        ("数据截至", asof.format("%Y-%m-%d %H:%M").to_string()),
        ("口径", table.definition.clone()),
    ];
    let rows: Vec<Vec<OutCell>> = facts.iter().map(|(k, v)| vec![OutCell::from(*k), OutCell::Text(v.clone())]).collect();
    let heads = vec![
        Column { width: Some(14.0), ..Column::new("项目", OutKind::Text) },
        Column { width: Some(80.0), ..Column::new("内容", OutKind::Text) },
    ];
    out.summary("说明", heads, &rows)?;
    out.finish(path)
}

/// Sums of money are kept in fen and read in yuan.
fn unit(unit: &str) -> &str {
    if unit == "分" { "元" } else { unit }
}

fn cell(v: &Json, unit: &str) -> OutCell {
    match (v.as_i64(), v.as_f64()) {
        (Some(fen), _) if unit == "分" => OutCell::Number(fen as f64 / 100.0),
        (Some(n), _) => OutCell::Int(n),
        (None, Some(x)) => OutCell::Number(x),
        _ => OutCell::Empty,
    }
}
