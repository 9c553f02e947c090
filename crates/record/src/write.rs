//! Create, patch, delete: one way for a form, an import, a sync and the phone. What is refused comes back with every problem.

use crate::batch::{Change, Version};
use crate::bulk::{self, Line};
use crate::sight::Sight;
use crate::{Records, Row};
use base::{Error, FieldProblem, Result};
use meta::Dataset;
use serde_json::{Value as Json, json};
use sqlx::{QueryBuilder, Row as _};
use store::{DbResult, ScopedTx};
use uuid::Uuid;

/// Where a written value comes from.
#[derive(Clone, Debug, Default)]
pub struct Provenance {
    /// Code of list C40; `02` (filled in on this platform) when empty.
    pub source: Option<String>,
    /// Number of the import or sync batch, for undo and reports.
    pub batch_no: Option<String>,
    /// Engines may write derived and synced fields; forms and imports may not.
    pub trusted: bool,
}

/// What was written, and what deserves a second look.
#[derive(Debug)]
pub struct Saved {
    pub id: Uuid,
    pub row_version: i32,
    /// Findings that do not refuse the save.
    pub warnings: Vec<FieldProblem>,
}

impl Records {
    /// Creates a row. `input` is the wire form; `region_code` says where (a child takes its parent's).
    pub async fn create(&self, tx: &mut ScopedTx, d: &Dataset, input: &Row, from: &Provenance) -> Result<Saved> {
        self.write_one(tx, d, Change::Create(input.clone()), from).await
    }

    /// Changes named fields of a row: absent means untouched, null means emptied. A stale version is refused with who and when.
    pub async fn patch(
        &self,
        tx: &mut ScopedTx,
        d: &Dataset,
        id: Uuid,
        version: Option<i32>,
        input: &Row,
        from: &Provenance,
    ) -> Result<Saved> {
        let version = version.map_or(Version::Any, Version::Exactly);
        self.write_one(tx, d, Change::Patch { id, version, input: input.clone() }, from).await
    }

    async fn write_one(&self, tx: &mut ScopedTx, d: &Dataset, change: Change, from: &Provenance) -> Result<Saved> {
        // a hook may write rows of its own through here: the future is boxed, so that it has a size
        let mut done = Box::pin(self.write_many(tx, d, vec![change], from)).await?;
        done.pop().unwrap_or_else(|| Err(Error::internal("a batch of one came back empty")))
    }

    /// Marks a row as deleted; it stays in the history. Refused while children hang on it.
    pub async fn delete(&self, tx: &mut ScopedTx, d: &Dataset, id: Uuid, version: Option<i32>, from: &Provenance) -> Result<()> {
        let Some(fetched) = self.fetch_locked(tx, d, vec![id]).await?.pop() else {
            return Err(self.not_to_write(tx, d, id).await?);
        };
        let old = self.wire(d, Sight::PLAIN, &fetched)?;
        let current: i32 = fetched.try_get("row_version").db()?;
        if let Some(v) = version
            && v != current
        {
            return Err(self.stale(tx, d, &old, v).await?);
        }
        for child in self.catalog.children_of(&d.id) {
            let Some(p) = &child.parent else { continue };
            let mut qb =
                QueryBuilder::new(format!("select count(*) from {} where not deleted and {} = ", child.table(), p.field));
            qb.push_bind(id);
            let n: i64 = qb.build_query_scalar().fetch_one(tx.conn()).await.db()?;
            if n > 0 {
                return Err(Error::refused(
                    "record.has_children",
                    format!("这条“{}”下还有 {n} 条“{}”，请先处理它们再删除。", d.title, child.title),
                ));
            }
        }
        let mut qb = QueryBuilder::new(format!(
            "update {} set deleted = true, row_version = row_version + 1, updated_at = now(), updated_by = ",
            d.table()
        ));
        qb.push_bind(tx.actor().user_id).push(" where id = ").push_bind(id);
        qb.build().execute(tx.conn()).await.db()?;
        let region = old.get("region_code").and_then(Json::as_str).unwrap_or_default().to_owned();
        let line = Line { id, region, version: current + 1, verb: "delete", changes: json!({}) };
        bulk::log_changes(tx, d, from, vec![line]).await?;
        for h in self.hooks.of(d) {
            h.after_delete(self, tx, d, &old).await?;
        }
        self.hooks.tell(tx, d, &[old]).await
    }

    /// What to say to somebody who changes a version that is no longer there: who changed which fields, and when. Where no
    /// history is kept, the row knows the moment only.
    pub(crate) async fn stale(&self, tx: &mut ScopedTx, d: &Dataset, row: &Row, seen: i32) -> Result<Error> {
        let text = |n: &str| row.get(n).and_then(Json::as_str).unwrap_or_default();
        let id = Uuid::parse_str(text("id")).map_err(Error::internal)?;
        let rows = sqlx::query("select actor_name, at, changes from app.row_change where dataset = $1 and row_id = $2 and row_version > $3 order by row_version desc")
            .bind(&d.id)
            .bind(id)
            .bind(seen)
            .fetch_all(tx.conn())
            .await
            .db()?;
        let mut fields = std::collections::BTreeSet::new();
        for r in &rows {
            let c: Json = r.try_get("changes").db()?;
            fields.extend(c.as_object().into_iter().flat_map(|m| m.keys().cloned()));
        }
        let by: Option<String> = rows.first().map(|r| r.try_get("actor_name").db()).transpose()?;
        let at: chrono::DateTime<chrono::Utc> = match rows.first() {
            Some(r) => r.try_get("at").db()?,
            None => text("updated_at").parse().map_err(Error::internal)?,
        };
        let labels: Vec<&str> = fields.iter().filter_map(|n| d.field(n)).map(|f| f.label.as_str()).collect();
        let local = at.with_timezone(&chrono::FixedOffset::east_opt(8 * 3600).expect("UTC+8 is a valid offset"));
        let what = if labels.is_empty() { String::new() } else { format!("（{}）", labels.join("、")) };
        let sentence = match &by {
            Some(by) => format!("{by} 已于 {} 修改了这条记录{what}，请核对后再保存。", local.format("%Y-%m-%d %H:%M")),
            None => format!("这条记录已于 {} 被修改，请核对后再保存。", local.format("%Y-%m-%d %H:%M")),
        };
        let current = row.get("row_version").cloned().unwrap_or_default();
        Ok(Error::conflict("record.stale", sentence)
            .with("by", by)
            .with("at", at.to_rfc3339())
            .with("current_version", current)
            .with("changed", fields.into_iter().collect::<Vec<_>>()))
    }
}
