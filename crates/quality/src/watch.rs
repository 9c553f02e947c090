//! A saved record asks for its file to be looked at again: one line in the saving transaction, looked at right after it
//! commits, so that a save waits for no rule and no crash loses one.

use crate::job::today;
use crate::{Quality, store};
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Actor, RegionCode, Result};
use meta::{Catalog, Dataset};
use record::Row;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Notes in the saving transaction which file to look at.
pub struct Watch {
    /// Dataset → field that holds the id of its file (none: the row is the file itself).
    fields: BTreeMap<String, Vec<Option<String>>>,
}

impl Watch {
    /// From the views: which datasets they look at, and by which column these hang on the file.
    pub fn new(catalog: &Catalog) -> Watch {
        let mut fields: BTreeMap<String, Vec<Option<String>>> = BTreeMap::new();
        for v in catalog.views() {
            let seen = std::iter::once(&v.dataset)
                .chain(v.join.values().map(|j| &j.dataset))
                .chain(v.aggregate.values().map(|a| &a.over));
            for name in seen {
                let Some(d) = catalog.dataset(name) else { continue };
                let field = match d.fields.values().find(|f| f.dataset.as_deref() == Some(&v.file_dataset)) {
                    _ if *name == v.file_dataset => None,
                    Some(f) => Some(f.name.clone()),
                    None => continue,
                };
                let list = fields.entry(name.clone()).or_default();
                if !list.contains(&field) {
                    list.push(field);
                }
            }
        }
        Watch { fields }
    }
}

#[async_trait]
impl record::Watch for Watch {
    async fn saved(&self, tx: &mut ScopedTx, d: &Dataset, rows: &[Row]) -> Result<()> {
        let Some(fields) = self.fields.get(&d.id) else { return Ok(()) };
        let id = |row: &Row, name: &str| row.get(name).and_then(|v| v.as_str()).and_then(|s| Uuid::parse_str(s).ok());
        let mut files: BTreeMap<Uuid, String> = BTreeMap::new();
        for row in rows {
            let region = row.get("region_code").and_then(|v| v.as_str()).unwrap_or_default();
            for field in fields {
                if let Some(file) = id(row, field.as_deref().unwrap_or("id")) {
                    files.insert(file, region.to_owned());
                }
            }
        }
        store::note(tx, &files).await
    }
}

/// Effect `quality.corrected`: who corrected, and when.
pub struct Corrected;

#[async_trait]
impl flow::Effect for Corrected {
    async fn follow(&self, tx: &mut ScopedTx, step: &flow::Step<'_>) -> Result<()> {
        store::corrected(tx, step.id).await
    }
}

/// Effect `quality.dispatched`: a rule with days of its own sets the day by which it is corrected.
pub struct Dispatched;

#[async_trait]
impl flow::Effect for Dispatched {
    async fn follow(&self, tx: &mut ScopedTx, step: &flow::Step<'_>) -> Result<()> {
        let catalog = &step.records().catalog;
        let Some(rule) = catalog.rule(step.text("rule_id")).filter(|r| !r.text.days.is_empty()) else { return Ok(()) };
        let county = RegionCode::parse(step.text("region_code"))?.ancestor(base::Level::County);
        let set = step.flows.params().whole(tx, &rule.text.days, &county, today()).await?;
        let default = catalog.rule_params().get(&rule.text.days).map_or(15, |p| p.value as i64);
        let days = i32::try_from(set.unwrap_or(default).clamp(1, 365)).unwrap_or(15);
        store::due_in(tx, step.id, today(), days).await
    }
}

/// Looks at the files that were noted, one after another.
#[derive(Clone)]
pub struct Pending(pub Quality);

impl Pending {
    /// Everything that waits now; how many files.
    pub async fn drain(&self) -> Result<usize> {
        let mut n = 0;
        while self.one().await? {
            n += 1;
        }
        Ok(n)
    }

    async fn one(&self) -> Result<bool> {
        let actor = Actor::system("规则检查");
        let mut tx = self.0.db.begin(&actor).await?;
        let Some((file, region)) = store::take_noted(&mut tx).await? else { return Ok(false) };
        let live = self.0.live(&mut tx).await?;
        let county = RegionCode::parse(&region)?.ancestor(base::Level::County);
        let numbers = self.0.numbers(&mut tx, &county, today()).await?;
        let views: Vec<String> = self.0.catalog.views().map(|v| v.id.clone()).collect();
        for v in views {
            self.0.look(&mut tx, &live, &v, &county, &numbers, Some(file), None).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Looks every second until told to stop. What fails is logged and left noted.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            let wait = match self.drain().await {
                Ok(_) => Duration::from_secs(1),
                Err(e) => {
                    tracing::warn!(error = %e.chain(), "a noted file could not be looked at");
                    Duration::from_secs(15)
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
            }
        }
    }
}
