//! A report as a workbook with the merged headings of the printed form. Must not count.

use crate::rules::{ReportTable, local_text};
use base::Result;
use serde_json::{Map, Value as Json};
use sheet::{Column, Mark, OutCell, OutKind, Writer};
use std::path::Path;

/// Writes a table to `path`: 区划, then the measures under their groups, the total first. With an earlier month each measure
/// has three columns: 本期, 上期, 增减. Answers the rows written.
pub fn to_xlsx(table: &ReportTable, mark: Option<Mark>, path: &Path) -> Result<u64> {
    let mut columns = vec![Column { width: Some(24.0), ..Column::new(&table.row_label, OutKind::Text) }];
    let rows = || table.rows.iter().map(|r| (r.region_name.as_str(), &r.values, r.before.as_ref()));
    let all = || [("合计", &table.total.values, table.total.before.as_ref())].into_iter().chain(rows());
    for c in &table.columns {
        let label = if c.unit.is_empty() { c.label.clone() } else { format!("{}（{}）", c.label, unit(&c.unit)) };
        let whole = all().all(|(_, v, b)| !v[&c.key].is_f64() && b.is_none_or(|b| !b[&c.key].is_f64()));
        let kind = if whole && c.unit != "分" { OutKind::Int } else { OutKind::Decimal(2) };
        let mut groups: Vec<String> = c.group.split('/').filter(|g| !g.is_empty()).map(str::to_owned).collect();
        if table.before_period.is_some() {
            groups.push(label);
            for part in ["本期", "上期", "增减"] {
                columns.push(Column { groups: groups.clone(), ..Column::new(part, kind) });
            }
        } else {
            let note = Some(c.definition.clone()).filter(|d| !d.is_empty());
            columns.push(Column { groups, note, ..Column::new(label, kind) });
        }
    }
    let mut out = Writer::new(&table.title, columns, mark)?;
    for (name, values, before) in all() {
        let figures = table.columns.iter().flat_map(|c| cells(values, before, &c.key, &c.unit));
        let mut row: Vec<OutCell> = [OutCell::Text(name.to_owned())].into_iter().chain(figures).collect();
        out.row(&mut row)?;
    }
    let month = |n: i32| format!("{}年{}月", n / 100, n % 100);
    let mut facts = vec![
        ("统计区划", table.region_name.clone()),
        ("统计月份", month(table.period)),
        ("数据截至", local_text(table.asof)),
        ("数据来源", if table.kept { "月末快照".to_owned() } else { "按现有数据统计".to_owned() }),
        ("口径", table.definition.clone()),
    ];
    facts.extend(table.only.iter().map(|o| ("只看", format!("{}：{}", o.label, o.name))));
    facts.extend(table.before_period.map(|b| ("对比月份", month(b))));
    facts.extend((!table.missing.is_empty()).then(|| ("暂缺", table.missing.clone())));
    let measures = table.columns.iter().filter(|c| !c.definition.is_empty());
    let told: Vec<(String, String)> = measures
        .map(|c| {
            (
                c.group.split('/').chain([c.label.as_str()]).filter(|t| !t.is_empty()).collect::<Vec<_>>().join("·"),
                c.definition.clone(),
            )
        })
        .collect();
    let rows: Vec<Vec<OutCell>> = facts
        .into_iter()
        .map(|(k, v)| (k.to_owned(), v))
        .chain(told)
        .map(|(k, v)| vec![OutCell::Text(k), OutCell::Text(v)])
        .collect();
    let heads = vec![
        Column { width: Some(24.0), ..Column::new("项目", OutKind::Text) },
        Column { width: Some(80.0), ..Column::new("内容", OutKind::Text) },
    ];
    out.summary("说明", heads, &rows)?;
    out.finish(path)
}

/// Sums of money are kept in fen and read in yuan.
fn unit(unit: &str) -> &str {
    if unit == "分" { "元" } else { unit }
}

fn cells(values: &Map<String, Json>, before: Option<&Map<String, Json>>, key: &str, unit: &str) -> Vec<OutCell> {
    let now = cell(&values[key], unit);
    let Some(before) = before else { return vec![now] };
    let then = cell(&before[key], unit);
    let number = |c: &OutCell| match c {
        OutCell::Int(n) => Some(*n as f64),
        OutCell::Number(x) => Some(*x),
        _ => None,
    };
    let more = match (number(&now), number(&then)) {
        (Some(a), Some(b)) => OutCell::Number(((a - b) * 100.0).round() / 100.0),
        _ => OutCell::Empty,
    };
    vec![now, then, more]
}

fn cell(v: &Json, unit: &str) -> OutCell {
    match (v.as_i64(), v.as_f64()) {
        (Some(fen), _) if unit == "分" => OutCell::Number(fen as f64 / 100.0),
        (Some(n), _) => OutCell::Int(n),
        (None, Some(x)) => OutCell::Number(x),
        _ => OutCell::Empty,
    }
}
