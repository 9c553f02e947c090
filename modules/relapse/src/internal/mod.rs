//! What the register itself tells (W28, W33–W36): every night the households whose income, workers or clues give a reason become lines of
//! item X9 and go the way of a department's batch, so that the same rules, numbers, scores and exclusions hold. Must not contain SQL.

mod store;

use crate::department;
use crate::params::Numbers;
use ::store::Db;
use async_trait::async_trait;
use base::{Actor, Error, Result};
use files::{Files, NewFile};
use flow::Flows;
use jobs::{Handler, Jobs, Outcome, Run};
use record::{Provenance, Row};
use serde_json::json;
use std::sync::Arc;
use store::{Line, Near};

/// Kind of these jobs.
pub const KIND: &str = "relapse.internal_rules";
/// When they run, Beijing time.
pub const CRON: &str = "10 4 * * *";
/// The item of the catalogue that the lines are of.
const ITEM: &str = "X9";
/// Headers of its sheet, in the order of [`cells`].
const HEADS: [&str; 13] = [
    "姓名",
    "证件号码",
    "数据时间",
    "数据来源流水号",
    "收入年度",
    "人均纯收入(元)",
    "上年人均纯收入(元)",
    "监测范围(元)",
    "下降百分比",
    "外出务工人数",
    "已返乡人数",
    "最近返乡日期",
    "已有中高等级预警",
];

struct Internal {
    flows: Flows,
    files: Files,
    jobs: Jobs,
    db: Db,
}

/// The handler, for the list of the module.
pub fn handler(flows: &Flows, files: &Files, jobs: &Jobs, db: &Db) -> (&'static str, Arc<dyn Handler>) {
    (KIND, Arc::new(Internal { flows: flows.clone(), files: files.clone(), jobs: jobs.clone(), db: db.clone() }))
}

/// A line as its row of the sheet.
fn cells(l: &Line, number: &str, today: &str, run: &str) -> [String; 13] {
    let yuan = |fen: Option<i64>| fen.map(base::money::to_text).unwrap_or_default();
    let text = |n: Option<i32>| n.map(|n| n.to_string()).unwrap_or_default();
    [
        l.name.clone(),
        number.to_owned(),
        today.to_owned(),
        // no two nights are the same file
        run.to_owned(),
        text(l.year),
        yuan(l.net_pc),
        yuan(l.before_pc),
        yuan(l.line),
        l.dropped.clone().unwrap_or_default(),
        text(l.out_workers),
        text(l.returned),
        l.last_return.map(|d| d.to_string()).unwrap_or_default(),
        (if l.warned { "是" } else { "否" }).to_owned(),
    ]
}

impl Internal {
    /// The lines as a sheet; none where there are none.
    fn sheet(&self, lines: &[Line], today: &str, run: &str) -> Result<tempfile::NamedTempFile> {
        let made = tempfile::NamedTempFile::new()?;
        let mut out = csv::Writer::from_writer(std::io::BufWriter::new(made.as_file()));
        out.write_record(HEADS).map_err(Error::internal)?;
        for l in lines {
            let number = self.flows.records().vault.open(&l.cipher, &secure::place("reg.member", "id_no", &l.member))?;
            out.write_record(cells(l, &number.into_inner(), today, run)).map_err(Error::internal)?;
        }
        out.flush()?;
        drop(out);
        Ok(made)
    }
}

#[async_trait]
impl Handler for Internal {
    async fn run(&self, run: &Run) -> Result<Outcome> {
        let actor = Actor::system("台账内部筛查");
        let today = record::today();
        let mut tx = self.db.begin(&actor).await?;
        let n = Numbers::of(&actor.region, today);
        let near = Near {
            // a county's own numbers may be somewhat lower: the rules decide
            drop_pct: n.get(&mut tx, "w34_drop_pct").await? * 3 / 4,
            line_pct: n.get(&mut tx, "w35_line_pct").await? + 10,
            returned_days: n.get(&mut tx, "w28_days").await?,
            warned_days: n.get(&mut tx, "w36_days").await?,
            cooldown_days: n.get(&mut tx, "cooldown_days").await?,
        };
        run.progress.set(5.0, "筛查台账");
        let lines = store::lines(&mut tx, &near, today).await?;
        // hit again after its risk was eliminated: what is open is high (W36)
        let again = store::again(&mut tx, &near).await?;
        let clues = self.flows.records().dataset("relapse.clue")?.clone();
        let high = Row::from_iter([("level".to_owned(), json!("1"))]);
        let engine = Provenance { trusted: true, ..Provenance::default() };
        for clue in &again {
            self.flows.records().patch(&mut tx, &clues, *clue, None, &high, &engine).await?;
        }
        tx.commit().await?;
        run.progress.set(60.0, "生成批次");
        let mut job = None;
        if !lines.is_empty() {
            let made = self.sheet(&lines, &today.to_string(), &run.id.to_string())?;
            let file = self.files.save_made(&actor, NewFile::import(&actor, &format!("台账筛查_{today}.csv")), made).await?;
            let payload = department::payload(file.id, ITEM, None);
            job = Some(self.jobs.enqueue(&actor, department::KIND, "台账内部筛查", payload).await?);
        }
        let facts = json!({ "lines": lines.len(), "raised": again.len(), "job": job });
        Ok(Outcome::new(format!("台账筛查出 {} 户，已消除户再次命中升为高 {} 条。", lines.len(), again.len()), facts))
    }
    fn restartable(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::department::items;

    #[test]
    fn the_sheet_has_the_columns_of_its_item() {
        let wants = department::wants(items::find(ITEM).unwrap());
        let known: Vec<&str> = wants.iter().flat_map(|w| w.labels.iter().map(String::as_str)).collect();
        assert!(HEADS.iter().all(|h| known.contains(h)), "{known:?}");
        let own = items::find(ITEM).unwrap().said().count();
        assert_eq!(own + 4, HEADS.len());
    }
}
