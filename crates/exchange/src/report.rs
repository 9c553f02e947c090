//! The report of a batch as a workbook: figures by county and dataset, fields by number of differences, and every row that was
//! not taken with its place and reason. No personal data. Must not know HTTP.

use crate::Exchange;
use base::{Actor, Result};
use sheet::{Column, Mark, OutCell, OutKind, Writer};
use std::path::Path;

const PAGE: i64 = 5000;

fn state_word(state: &str) -> &'static str {
    match state {
        "received" => "已接收",
        "reading" => "读取中",
        "waiting" => "待审定",
        "held" => "有县超过控制量，待审定",
        "approved" => "已审定",
        "applying" => "正在入库",
        "applied" => "已入库",
        "rejected" => "已退回",
        "rolling_back" => "正在回退",
        "rolled_back" => "已回退",
        _ => "未成功",
    }
}

impl Exchange {
    /// Writes the report as the reader may see it: the own regions only.
    pub async fn report(&self, actor: &Actor, no: &str, mark: Mark, to: &Path) -> Result<()> {
        let b = self.find(no).await?;
        let counts = self.counts(actor, no).await?;
        let fields = self.fields(actor, no).await?;
        let files = self.files_of(no).await?;
        let label = |dataset: &str, field: &str| -> (String, String) {
            let d = self.records.dataset(dataset);
            let title = d.as_ref().map_or(dataset.to_owned(), |d| d.title.clone());
            let name = d
                .ok()
                .and_then(|d| d.field(field))
                .map_or_else(|| if field == "region_code" { "区划".into() } else { field.to_owned() }, |f| f.label.clone());
            (title, name)
        };
        let texts = |list: &[&str]| list.iter().map(|l| Column::new(*l, OutKind::Text)).collect::<Vec<_>>();
        let mut columns = texts(&["文件"]);
        columns.push(Column::new("行号", OutKind::Int));
        columns.extend(texts(&["列", "栏目", "数据集", "区划", "原因"]));
        let mut out = Writer::new(&format!("同步差异报告 {no} 问题行"), columns, Some(mark))?;
        let mut after = 0;
        loop {
            let page = self.problems(actor, no, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.id;
            for p in &page {
                out.row(&mut [
                    p.file.as_str().into(),
                    OutCell::Int(p.row.into()),
                    p.column.as_str().into(),
                    p.label.as_str().into(),
                    OutCell::Text(label(&p.dataset, "").0),
                    OutCell::Text(self.ground.name(&p.region_code)),
                    p.message.as_str().into(),
                ])?;
            }
        }
        let n = OutCell::Int;
        let mut columns = texts(&["县（市、区）", "数据集"]);
        columns
            .extend(["本批", "原有", "新增", "变更", "减少", "不变", "问题", "回退保留"].map(|l| Column::new(l, OutKind::Int)));
        columns.extend(texts(&["需核对的原因", "是否入库"]));
        let rows: Vec<Vec<OutCell>> = counts
            .iter()
            .map(|c| {
                let applied = match (c.applied_at, c.rolled_back_at) {
                    (_, Some(_)) => "已回退",
                    (Some(_), _) => "已入库",
                    _ => "未入库",
                };
                vec![
                    OutCell::Text(self.ground.name(&c.region_code)),
                    OutCell::Text(label(&c.dataset, "").0),
                    n(c.rows),
                    n(c.present),
                    n(c.added),
                    n(c.changed),
                    n(c.gone),
                    n((c.rows - c.added - c.changed).max(0)),
                    n(c.problems),
                    n(c.kept),
                    OutCell::Text(c.hold_reason.clone().unwrap_or_default()),
                    applied.into(),
                ]
            })
            .collect();
        out.summary("分县差异", columns, &rows)?;
        let mut columns = texts(&["数据集", "栏目"]);
        columns.push(Column::new("变更行数", OutKind::Int));
        let rows: Vec<Vec<OutCell>> = fields
            .iter()
            .map(|f| {
                let (d, l) = label(&f.dataset, &f.field);
                vec![OutCell::Text(d), OutCell::Text(l), n(f.count)]
            })
            .collect();
        out.summary("字段变更", columns, &rows)?;
        let line = |a: &str, b: String| vec![OutCell::from(a), OutCell::Text(b)];
        let mut rows = vec![
            line("批次号", b.no.clone()),
            line("状态", state_word(&b.state).to_owned()),
            line("数据日期", b.asof.map(|d| d.to_string()).unwrap_or_default()),
            line("上传人", b.created_by_name.clone()),
            line("签认人", b.decided_by_name.clone().unwrap_or_default()),
            line("签认意见", b.opinion.clone().unwrap_or_default()),
            line("读入行数", b.rows.to_string()),
            line("问题数", b.bad.to_string()),
            line("说明", b.message.clone()),
        ];
        for f in &files {
            let unknown =
                if f.unknown.is_empty() { String::new() } else { format!("；未采用的列：{}", f.unknown.join("、")) };
            rows.push(line("文件", format!("{}：{} 行，{} 行有问题{unknown}", f.name, f.rows, f.problems)));
        }
        out.summary("批次", texts(&["项目", "内容"]), &rows)?;
        out.finish(to).map(drop)
    }
}
