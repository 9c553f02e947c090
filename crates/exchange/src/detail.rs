//! A batch looked into: figures by county and field, and the rows behind them, masked as the reader may see. Must not know HTTP.

use crate::plan::tag;
use crate::store::{batch, drill};
use crate::{Batch, BatchFile, CountLine, Exchange, FieldCount, ProblemLine};
use base::{Actor, Error, RegionCode, Result, Scope};
use meta::{Dataset, Field, Kind};
use serde::Serialize;
use serde_json::Value as Json;
use uuid::Uuid;

/// Which differing rows are asked for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub dataset: String,
    pub verb: Option<String>,
    pub field: Option<String>,
    pub region: Option<RegionCode>,
    pub after: Option<Uuid>,
    pub limit: i64,
}

/// One value of a differing row, shown as the reader may see it.
#[derive(Clone, Debug, Serialize)]
pub struct ValueDiff {
    pub field: String,
    pub label: String,
    pub old: Json,
    pub new: Json,
    pub masked: bool,
}

/// One differing row.
#[derive(Clone, Debug, Serialize)]
pub struct RowDiff {
    pub row_id: Uuid,
    pub key: String,
    pub region_code: String,
    pub region_name: String,
    pub verb: String,
    pub file: Option<String>,
    pub row: Option<i32>,
    pub values: Vec<ValueDiff>,
}

/// A page of them.
#[derive(Clone, Debug, Serialize)]
pub struct RowPage {
    pub items: Vec<RowDiff>,
    pub next: Option<Uuid>,
}

impl Exchange {
    /// Batches, newest first.
    pub async fn list(&self, actor: &Actor, package: &str, before: Option<&str>) -> Result<Vec<Batch>> {
        let mut tx = self.db.begin(actor).await?;
        batch::list(&mut tx, package, before, 50).await
    }

    pub async fn files_of(&self, no: &str) -> Result<Vec<BatchFile>> {
        let mut tx = self.db.owner_tx().await?;
        batch::files(&mut tx, no).await
    }

    /// Figures of the reader's counties. Somebody below a county sees those of the county.
    pub async fn counts(&self, actor: &Actor, no: &str) -> Result<Vec<CountLine>> {
        let wide = Actor { region: actor.region.ancestor(actor.level().min(base::Level::County)), ..actor.clone() };
        let mut tx = self.db.begin(&wide).await?;
        batch::counts(&mut tx, no).await
    }

    pub async fn fields(&self, actor: &Actor, no: &str) -> Result<Vec<FieldCount>> {
        let mut tx = self.db.begin(actor).await?;
        let within = tx.scope().clone();
        batch::fields(&mut tx, no, &within).await
    }

    pub async fn problems(&self, actor: &Actor, no: &str, after: i64, limit: i64) -> Result<Vec<ProblemLine>> {
        let mut tx = self.db.begin(actor).await?;
        batch::problem_lines(&mut tx, no, after, limit).await
    }

    /// Differing rows of a dataset within the reader's regions.
    pub async fn rows(&self, actor: &Actor, no: &str, asked: &Asked) -> Result<RowPage> {
        let d = self.records.dataset(&asked.dataset)?.clone();
        let b = self.find(no).await?;
        let mut tx = self.db.begin(actor).await?;
        let own = tx.scope().clone();
        let within = match &asked.region {
            Some(r) => own.meet(&r.scope()).unwrap_or(Scope { lo: String::new(), hi: String::new() }),
            None => own,
        };
        let tag = tag(no);
        let mut has = drill::columns(&mut tx, &crate::plan::shadow(&tag, &d)).await?;
        let staged = !has.is_empty() && matches!(b.state.as_str(), "waiting" | "held" | "approved" | "applying");
        if !staged {
            has = drill::columns(&mut tx, &d.table()).await?;
        }
        let limit = asked.limit.clamp(1, 200);
        let ask = drill::Asked {
            batch_no: no,
            tag: &tag,
            verb: asked.verb.as_deref(),
            field: asked.field.as_deref(),
            within: &within,
            after: asked.after,
            limit: limit + 1,
            staged,
            has: &has,
        };
        let mut found = drill::rows(&mut tx, &d, &ask).await?;
        let more = found.len() as i64 > limit;
        found.truncate(limit as usize);
        let next = found.last().filter(|_| more).map(|r| r.row_id);
        let items = found.into_iter().map(|r| self.show(actor, &d, r)).collect::<Result<_>>()?;
        Ok(RowPage { items, next })
    }

    fn show(&self, actor: &Actor, d: &Dataset, r: drill::Differing) -> Result<RowDiff> {
        let sight = self.records.sight.of(actor);
        let mut values = Vec::new();
        let named: Vec<&Field> = match r.verb.as_str() {
            "changed" => r.fields.iter().filter_map(|n| d.field(n)).collect(),
            // a new or vanished row is shown by what it is called and what the sheet shows
            _ => d.fields.values().filter(|f| f.is_in(meta::Place::Ledger) && !f.is_derived() && f.kind != Kind::Ref).collect(),
        };
        for f in named {
            let (old, was) = self.value(&sight, d, f, r.row_id, &r.old)?;
            let (new, is) = if r.verb == "gone" { (Json::Null, false) } else { self.value(&sight, d, f, r.row_id, &r.new)? };
            if old.is_null() && new.is_null() {
                continue;
            }
            values.push(ValueDiff { field: f.name.clone(), label: f.label.clone(), old, new, masked: was || is });
        }
        if r.fields.iter().any(|n| n == "region_code") {
            let name = |v: &Json| v["region_code"].as_str().map_or(Json::Null, |c| self.ground.name(c).into());
            let new = Json::from(self.ground.name(&r.region_code));
            values.push(ValueDiff { field: "region_code".into(), label: "区划".into(), old: name(&r.old), new, masked: false });
        }
        Ok(RowDiff {
            row_id: r.row_id,
            key: r.key,
            region_name: self.ground.name(&r.region_code),
            region_code: r.region_code,
            verb: r.verb,
            file: r.file,
            row: r.row,
            values,
        })
    }

    /// A value opened and masked; what cannot be opened is shown as hidden.
    fn value(&self, sight: &record::sight::Sight, d: &Dataset, f: &Field, id: Uuid, side: &Json) -> Result<(Json, bool)> {
        let raw = side.get(&f.name).cloned().unwrap_or(Json::Null);
        let plain = match (f.kind.is_enciphered(), raw.as_str()) {
            (true, Some(cipher)) => match self.records.vault.open(cipher, &secure::place(&d.table(), &f.name, &id)) {
                Ok(p) => Json::from(p.into_inner()),
                Err(_) => return Ok((Json::from("***"), true)),
            },
            _ => raw,
        };
        Ok(sight.show(f, plain))
    }

    /// The title of a dataset, for people.
    pub fn title(&self, dataset: &str) -> Result<String> {
        self.records.dataset(dataset).map(|d| d.title.clone()).map_err(|e| Error { ..e })
    }
}
