//! The rules that count now: those of the program, replaced by released editions, with their numbers for a region and day.

use crate::{Quality, store};
use ::store::ScopedTx;
use base::{RegionCode, Result};
use chrono::NaiveDate;
use indexmap::IndexMap;
use meta::Rule;
use meta::rule::postgres::Params;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The rules of one moment.
#[derive(Clone, Debug, Default)]
pub struct Live {
    pub rules: IndexMap<String, Arc<Rule>>,
    /// Editions that no longer fit their view, with the reason; the program's own rule counts instead.
    pub broken: Vec<(String, String)>,
    /// (rule, six digits of the county) switched off.
    pub off: BTreeSet<(String, String)>,
}

impl Live {
    /// Rules of a view that count in a county.
    pub fn of(&self, view: &str, county: &str) -> Vec<Arc<Rule>> {
        let six = county.get(..6).unwrap_or(county).to_owned();
        let on = |r: &Arc<Rule>| r.view == view && !self.off.contains(&(r.text.id.clone(), six.clone()));
        self.rules.values().filter(|r| on(r)).cloned().collect()
    }
}

impl Quality {
    /// Reads what counts now.
    pub async fn live(&self, tx: &mut ScopedTx) -> Result<Live> {
        let mut live = Live { rules: self.catalog.rules().map(|r| (r.text.id.clone(), r.clone())).collect(), ..Live::default() };
        for e in store::released(tx).await? {
            let id = e.text.id.clone();
            if e.stopped {
                live.rules.shift_remove(&id);
                continue;
            }
            match Rule::new(&self.catalog, &e.view, &e.source, e.text, e.version) {
                Ok(r) => {
                    live.rules.insert(id, Arc::new(r));
                }
                Err(why) => live.broken.push((id, why.join("；"))),
            }
        }
        live.off = store::switched_off(tx).await?;
        Ok(live)
    }

    /// The numbers that rules name, as set for a region on a day, else their defaults.
    pub async fn numbers(&self, tx: &mut ScopedTx, region: &RegionCode, on: NaiveDate) -> Result<Params> {
        let mut out = Params::new();
        for (key, p) in self.catalog.rule_params() {
            let set = self.params.whole(tx, key, region, on).await?;
            out.insert(key.clone(), set.map_or(p.value, |v| v as f64));
        }
        Ok(out)
    }
}
