//! The work of turning what a query found into tasks: all of it or nothing. Must not contain SQL.

use super::rules::{self, Ask};
use super::store;
use ::store::{Db, ScopedTx};
use async_trait::async_trait;
use base::{Error, Level, RegionCode, Result};
use jobs::{Handler, Outcome, Run};
use meta::Verb;
use record::search::SavedQueries;
use record::{ListQuery, Provenance, Records, Row};
use serde_json::{Value as Json, json};
use uuid::Uuid;

/// Kind of these jobs.
pub(crate) const KIND: &str = "relapse.task_pack";
const HOUSEHOLD: &str = "registry.household";
const TASK: &str = "relapse.patrol_task";

/// The work behind [`KIND`].
pub(crate) struct Pack {
    pub records: Records,
    pub db: Db,
}

/// The list of a kept query inside a region.
pub(super) fn list(records: &Records, query: Uuid, region: &RegionCode) -> Result<ListQuery> {
    let d = records.dataset(HOUSEHOLD)?;
    let pairs = [("within".to_owned(), SavedQueries::within(query)), ("region".to_owned(), region.as_str().to_owned())];
    ListQuery::read(&records.catalog, d, &pairs)
}

/// Who may make tasks of households.
pub(super) fn allow(records: &Records, actor: &base::Actor) -> Result<()> {
    records.allow(actor, records.dataset(TASK)?, Verb::Create)?;
    records.allow(actor, records.dataset(HOUSEHOLD)?, Verb::Read)
}

pub(super) fn made_already(name: &str) -> Error {
    Error::conflict("relapse.pack_made", format!("这次查询的结果已经转为任务“{name}”，不能重复转；需要再排查时请重新查询。"))
}

fn text<'a>(row: &'a Row, field: &str) -> &'a str {
    row.get(field).and_then(Json::as_str).unwrap_or_default()
}

impl Pack {
    async fn task(&self, tx: &mut ScopedTx, county: &RegionCode, ask: &Ask) -> Result<Uuid> {
        use chrono::Datelike;
        let d = self.records.dataset(TASK)?.clone();
        let row = json!({
            "region_code": county, "name": ask.name.trim(), "year": ask.start_date.year(), "scope_note": ask.scope_note.trim(),
            "focus_groups": ask.focus_groups, "start_date": ask.start_date, "end_date": ask.end_date,
        });
        let engine = Provenance { trusted: true, ..Provenance::default() };
        Ok(self.records.create(tx, &d, &row.as_object().cloned().unwrap_or_default(), &engine).await?.id)
    }

    async fn make(&self, run: &Run, ask: &Ask) -> Result<Json> {
        let d = self.records.dataset(HOUSEHOLD)?.clone();
        let mut tx = self.db.begin(&run.actor).await?;
        if let Some(name) = store::claim(&mut tx, ask.query, ask.name.trim()).await? {
            return Err(made_already(&name));
        }
        let mut q = ListQuery { limit: record::query::MAX_LIMIT, ..list(&self.records, ask.query, &ask.region)? };
        let now = self.records.count_all(&mut tx, &d, &q).await?;
        rules::still(ask.count, now)?;
        let (mut tasks, mut households): (Vec<(RegionCode, Uuid)>, u64) = (Vec::new(), 0);
        let mut villages = std::collections::BTreeSet::new();
        loop {
            run.progress.check_cancelled()?;
            let page = self.records.list(&mut tx, &d, &q).await?;
            // the list goes from county to county
            let mut rows = page.items.as_slice();
            while let Some(first) = rows.first() {
                let county = RegionCode::parse(text(first, "region_code"))?.ancestor(Level::County);
                let same = rows.iter().take_while(|r| text(r, "region_code").starts_with(&county.as_str()[..6])).count().max(1);
                let (of_county, rest) = rows.split_at(same);
                rows = rest;
                let task = match tasks.last() {
                    Some((c, id)) if *c == county => *id,
                    _ => {
                        let id = self.task(&mut tx, &county, ask).await?;
                        tasks.push((county, id));
                        id
                    }
                };
                let ids: Vec<Uuid> = of_county.iter().filter_map(|r| Uuid::parse_str(text(r, "id")).ok()).collect();
                let regions: Vec<String> = of_county.iter().map(|r| text(r, "region_code").to_owned()).collect();
                households += store::targets(&mut tx, task, &ask.work, ask.end_date, &ids, &regions).await?;
                villages.extend(regions);
            }
            run.progress.part(1.0, 95.0, households, u64::try_from(now).unwrap_or(0), &format!("下达任务，已 {households} 户"));
            let Some(next) = page.next else { break };
            q.after = ListQuery::read(&self.records.catalog, &d, &[("after".to_owned(), next)])?.after;
        }
        for (_, task) in &tasks {
            store::count(&mut tx, *task).await?;
        }
        let facts =
            json!({"tasks": tasks.iter().map(|t| t.1).collect::<Vec<_>>(), "households": households, "villages": villages.len()});
        run.mark(tx.conn(), &facts).await?;
        tx.commit().await?;
        Ok(facts)
    }
}

#[async_trait]
impl Handler for Pack {
    async fn run(&self, run: &Run) -> Result<Outcome> {
        allow(&self.records, &run.actor)?;
        let ask: Ask = serde_json::from_value(run.payload.clone())?;
        let facts = match &run.mark {
            // an earlier attempt committed before it was ended
            Some(facts) => facts.clone(),
            None => self.make(run, &ask).await?,
        };
        let tasks = facts["tasks"].as_array().map_or(0, Vec::len);
        let text =
            format!("已下达任务“{}”：{tasks} 个县任务，{} 个村 {} 户。", ask.name.trim(), facts["villages"], facts["households"]);
        Ok(Outcome::new(text, facts))
    }
    fn restartable(&self) -> bool {
        true
    }
}
