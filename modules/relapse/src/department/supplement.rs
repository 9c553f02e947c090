//! Lines of a batch whose person somebody confirmed, taken as a batch of their own: the same amounts, sums, rules, numbers and
//! clues as if they had been matched when they came. Must not contain SQL.

use super::job::{DepartmentBatch, Model};
use super::judge::Judge;
use super::propose::Proposed;
use super::{facts, find, items, store};
use ::store::ScopedTx;
use base::{Month, Result};
use chrono::{DateTime, NaiveDate, Utc};
use jobs::Run;
use record::{Provenance, object};
use serde_json::json;
use uuid::Uuid;

/// A batch that has confirmed lines.
pub(crate) struct Lot {
    pub batch: Uuid,
    pub batch_no: String,
    pub region: String,
    pub dept: String,
    pub dataset: Uuid,
    pub item: String,
    pub period: i32,
    pub received: NaiveDate,
}

/// What came of them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Supplemented {
    pub lines: i64,
    pub clues: u64,
    pub merged: u64,
}

impl DepartmentBatch {
    /// Takes the lines of `lot` confirmed before the moment. The transaction is the caller's, who removes what was kept of them.
    pub(crate) async fn supplement(
        &self,
        run: &Run,
        tx: &mut ScopedTx,
        lot: &Lot,
        before: DateTime<Utc>,
    ) -> Result<Supplemented> {
        let records = self.flows.records();
        let item = find(&lot.item)?;
        let today = flow::rules::day_of(Utc::now());
        let lines = store::restage(tx, lot.batch, before).await?;
        if lines == 0 {
            return Ok(Supplemented::default());
        }
        let model = Model::of(tx, item).await?;
        if item.keep {
            store::keep_amounts(tx, &item.no, lot.received).await?;
        }
        store::sums(tx, &item.no, item.keep, today).await?;
        store::not_new(tx, &item.no, lot.received).await?;
        if item.together {
            store::quality::keep_events(tx, &item.no, lot.received).await?;
        }
        let period = Month::from_number(lot.period)?;
        let id = Uuid::now_v7().simple().to_string();
        // the last digits of the id are chance, the first ones time
        let mark = id.get(id.len() - 10..).unwrap_or(&id);
        let batch_no = format!("BR{}-{:06}-{mark}", item.no, period.number());
        // some lines more, never the list of everybody; and what a later delivery said stays
        let told = store::facts::Told { batch_no: &batch_no, period: lot.period, today: lot.received };
        if store::facts::is_newest(tx, lot.batch).await? {
            facts::keep(tx, item, false, &told, &run.actor.region).await?;
        }
        let batches = records.dataset("relapse.dept_batch")?.clone();
        let engine = Provenance { source: Some("03".into()), batch_no: Some(batch_no.clone()), trusted: true };
        let row = object(json!({
            "region_code": lot.region, "batch_no": batch_no, "dept": lot.dept, "dataset_id": lot.dataset, "period": period.number(),
            "received_at": Utc::now().to_rfc3339(), "rows": lines, "matched": lines, "unmatched": 0, "rejected": 0, "supplements": lot.batch,
            "quality_note": format!("批次 {} 中人工确认的行", lot.batch_no),
        }));
        let batch = records.create(tx, &batches, &row, &engine).await?.id;
        let (hits, counties) = self.asked(tx, run, &model, item, batch, today).await?;
        if item.whole && items::asks_who_is_new(item)? {
            store::keep_seen(tx, &item.no, lot.received).await?;
        }
        store::keep_values(tx, &item.labels()).await?;
        let mut sum = Proposed::default();
        if !hits.is_empty() {
            let judge = Judge { rules: &model.rules.active, counties: &counties };
            sum = self.dispatched(run, tx, (item, mark), &model, judge, &hits, (batch, &batch_no), period).await?.2;
        }
        Ok(Supplemented { lines, clues: sum.clues, merged: sum.merged })
    }
}
