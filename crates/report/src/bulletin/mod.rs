//! Periodicals in sentences over statistics (通报、分析报告): counts what a described bulletin quotes and composes it. Must not know
//! what is counted.

mod rules;
mod word;

pub use rules::{Composed, Grid, Part};
pub use word::to_docx;

use crate::{Ask, ReportTable, Reports, region};
use ::store::ScopedTx;
use base::month::Month;
use base::{Actor, Error, RegionCode, Result};
use chrono::Utc;
use meta::Bulletin;
use meta::bulletin::{Every, How, Quote};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// One bulletin in the list.
#[derive(Clone, Debug, Serialize)]
pub struct BulletinName {
    pub id: String,
    pub title: String,
    pub every: Every,
}

impl Reports {
    /// Bulletins that this actor may make.
    pub fn bulletins(&self, actor: &Actor) -> Vec<BulletinName> {
        let mine = self.catalog.bulletins().filter(|b| may(b, actor));
        mine.map(|b| BulletinName { id: b.id.clone(), title: b.title.clone(), every: b.every }).collect()
    }

    fn find_bulletin(&self, actor: &Actor, id: &str) -> Result<&Bulletin> {
        let b = self.catalog.bulletin(id);
        let b = b.ok_or_else(|| Error::not_found("report.no_bulletin", "没有这种通报，请从“通报与分析报告”重新进入。"))?;
        if may(b, actor) {
            return Ok(b);
        }
        Err(Error::forbidden("report.not_allowed", format!("您当前的岗位不能编制“{}”，如确需编制请联系本级管理员。", b.title)))
    }

    /// A bulletin about a region (the actor's own when none) and the period in which a month lies (the last one that is over when
    /// none). A period that goes on ends with this month.
    pub async fn compose(
        &self,
        tx: &mut ScopedTx,
        id: &str,
        asked: Option<&RegionCode>,
        month: Option<Month>,
    ) -> Result<Composed> {
        let actor = tx.actor().clone();
        let b = self.find_bulletin(&actor, id)?;
        let region = region(tx, &actor, asked)?;
        let this = crate::rules::month_of(Utc::now());
        let last = match (month, b.every) {
            (Some(m), _) => m,
            (None, every) => this.plus(-every.months())?,
        };
        let months = rules::months_of(b.every, last)?;
        let months: Vec<Month> = months.into_iter().filter(|m| *m <= this).collect();
        let Some(end) = months.last().copied() else {
            return Err(Error::invalid("report.future", "统计月份不能晚于本月。"));
        };
        let quotes = b.quotes().map_err(|e| Error::internal(format!("bulletin {id}: {e}")))?;
        let mut wanted: BTreeSet<(String, Month)> = quotes.iter().map(|q| (q.report.clone(), end)).collect();
        for Quote { report, how, .. } in quotes {
            match how {
                How::Plain => {}
                How::Change => drop(wanted.insert((report, rules::before(b.every, end)?))),
                How::Year => drop(wanted.insert((report, end.plus(-12)?))),
                How::Sum => wanted.extend(months.iter().map(|m| (report.clone(), *m))),
            }
        }
        let mut tables: BTreeMap<(String, Month), ReportTable> = BTreeMap::new();
        for (short, month) in wanted {
            let report = b.reports.get(&short).ok_or_else(|| Error::internal(format!("bulletin {id}: no report {short}")))?;
            let ask = Ask { region: Some(region.clone()), period: Some(month), ..Ask::default() };
            let table = self.run(tx, report, &ask).await?;
            tables.insert((short, month), table);
        }
        rules::compose(b, &rules::Data { end, months, tables })
    }
}

fn may(b: &Bulletin, actor: &Actor) -> bool {
    actor.is_system() || b.roles.contains(&actor.role)
}
