//! Create, patch, delete: one way for a form, an import, a sync and the phone. What is refused comes back with every problem.

use crate::sight::Sight;
use crate::store::{cipher_place, push_value};
use crate::{Records, Row};
use base::{Error, FieldProblem, Result};
use meta::{Dataset, Field, Kind, Severity, Value};
use serde_json::{Value as Json, json};
use sqlx::postgres::PgRow;
use sqlx::{Connection, Postgres, QueryBuilder, Row as _};
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

const REFUSED: &str = "填写的内容有误，请按提示改正后再保存。";

impl Records {
    /// Creates a row. `input` is the wire form; `region_code` says where (a child takes its parent's).
    pub async fn create(&self, tx: &mut ScopedTx, d: &Dataset, input: &Row, from: &Provenance) -> Result<Saved> {
        let id = Uuid::now_v7();
        let mut problems = Vec::new();
        let mut row = self.read_input(d, input, from, None, &mut problems);
        for f in d.fields.values() {
            if !input.contains_key(&f.name)
                && let Some(v) = &f.default
            {
                row.insert(f.name.clone(), v.clone());
            }
        }
        let region = self.place(tx, d, input, &row, &mut problems).await?;
        self.settle(tx, d, None, from.trusted, &mut row, &mut problems).await?;
        if !problems.is_empty() {
            return Err(refused(problems));
        }
        let region = region.ok_or_else(|| refused(vec![]))?;
        let values = self.values(d, &row)?;
        let actor = tx.actor().clone();
        let mut qb = QueryBuilder::new(format!(
            "insert into {} (id, region_code, source, created_by, updated_by, sync_batch_no",
            d.table()
        ));
        let present: Vec<(&Field, &Value)> = values.iter().filter(|(_, v)| !v.is_null()).map(|(f, v)| (*f, v)).collect();
        for (f, _) in &present {
            for (c, _) in meta::ddl::columns_of(f) {
                qb.push(format!(", {c}"));
            }
        }
        qb.push(") values (").push_bind(id).push(", ").push_bind(region.as_str().to_owned()).push(", ");
        qb.push_bind(from.source.clone().unwrap_or_else(|| "02".into())).push(", ");
        qb.push_bind(actor.user_id).push(", ").push_bind(actor.user_id).push(", ").push_bind(from.batch_no.clone());
        for (f, v) in &present {
            for bind in self.binds(d, f, v, id)? {
                qb.push(", ");
                bind.push(&mut qb);
            }
        }
        qb.push(")");
        let warnings = self.write(tx, d, id, qb).await?;
        let changes = self.changes(d, id, None, &row)?;
        log_change(tx, d, id, region.as_str(), 1, "create", from, changes).await?;
        row.insert("id".into(), json!(id));
        row.insert("region_code".into(), json!(region.as_str()));
        for h in self.hooks.of(d) {
            h.after_save(self, tx, d, None, &row).await?;
        }
        Ok(Saved { id, row_version: 1, warnings })
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
        let fetched = self.fetch_to_write(tx, d, id).await?;
        let old = self.wire(d, Sight::PLAIN, &fetched)?;
        let current: i32 = fetched.try_get("row_version").db()?;
        if let Some(v) = version
            && v != current
        {
            return Err(self.stale(tx, d, &fetched, v).await?);
        }
        let mut problems = Vec::new();
        let given = self.read_input(d, input, from, Some(&old), &mut problems);
        let mut row: Row = d.fields.keys().map(|n| (n.clone(), old.get(n).cloned().unwrap_or(Json::Null))).collect();
        row.extend(given);
        self.settle(tx, d, Some(&old), from.trusted, &mut row, &mut problems).await?;
        if !problems.is_empty() {
            return Err(refused(problems));
        }
        let changed: Vec<&Field> = d
            .fields
            .values()
            .filter(|f| {
                f.kind != Kind::Attachment && old.get(&f.name).unwrap_or(&Json::Null) != row.get(&f.name).unwrap_or(&Json::Null)
            })
            .collect();
        if changed.is_empty() {
            return Ok(Saved { id, row_version: current, warnings: vec![] });
        }
        let values = self.values(d, &row)?;
        let mut qb = QueryBuilder::new(format!(
            "update {} set row_version = row_version + 1, updated_at = now(), updated_by = ",
            d.table()
        ));
        qb.push_bind(tx.actor().user_id);
        if let Some(b) = &from.batch_no {
            qb.push(", sync_batch_no = ").push_bind(b.clone());
        }
        for (f, v) in values.iter().filter(|(f, _)| changed.iter().any(|c| c.name == f.name)) {
            for ((c, _), bind) in meta::ddl::columns_of(f).iter().zip(self.binds(d, f, v, id)?) {
                qb.push(format!(", {c} = "));
                bind.push(&mut qb);
            }
        }
        qb.push(" where id = ").push_bind(id);
        let warnings = self.write(tx, d, id, qb).await?;
        let changes = self.changes(d, id, Some(&old), &row)?;
        let region = old.get("region_code").and_then(Json::as_str).unwrap_or_default().to_owned();
        log_change(tx, d, id, &region, current + 1, "update", from, changes).await?;
        row.insert("id".into(), json!(id));
        row.insert("region_code".into(), json!(region));
        for h in self.hooks.of(d) {
            h.after_save(self, tx, d, Some(&old), &row).await?;
        }
        Ok(Saved { id, row_version: current + 1, warnings })
    }

    /// Marks a row as deleted; it stays in the history. Refused while children hang on it.
    pub async fn delete(&self, tx: &mut ScopedTx, d: &Dataset, id: Uuid, version: Option<i32>, from: &Provenance) -> Result<()> {
        let fetched = self.fetch_to_write(tx, d, id).await?;
        let old = self.wire(d, Sight::PLAIN, &fetched)?;
        let current: i32 = fetched.try_get("row_version").db()?;
        if let Some(v) = version
            && v != current
        {
            return Err(self.stale(tx, d, &fetched, v).await?);
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
        log_change(tx, d, id, &region, current + 1, "delete", from, json!({})).await
    }

    fn values<'d>(&self, d: &'d Dataset, row: &Row) -> Result<Vec<(&'d Field, Value)>> {
        d.fields
            .values()
            .filter(|f| f.kind != Kind::Attachment)
            .map(|f| {
                let v = meta::value::read(&self.catalog, f, row.get(&f.name).unwrap_or(&Json::Null));
                v.map(|v| (f, v)).map_err(|p| refused(vec![p]))
            })
            .collect()
    }

    /// What is bound for one field: one value, or cipher, token and derived facts.
    fn binds(&self, d: &Dataset, f: &Field, v: &Value, id: Uuid) -> Result<Vec<Bind>> {
        if !f.kind.is_enciphered() {
            return Ok(vec![Bind::Value(f.kind, v.clone())]);
        }
        let Value::Text(plain) = v else {
            let mut none = vec![Bind::Text(None), Bind::Bytes(None)];
            if f.kind == Kind::IdCard {
                none.extend([Bind::Bool(None), Bind::Text(None)]);
            }
            return Ok(none);
        };
        let cipher = self.vault.seal(plain, &cipher_place(d, &f.name, id))?;
        let token = self.vault.token(secure::TokenKind::of(f.kind.name()), plain).to_vec();
        let mut out = vec![Bind::Text(Some(cipher)), Bind::Bytes(Some(token))];
        if f.kind == Kind::IdCard {
            let card = base::idcard::parse(plain, crate::today());
            out.extend([Bind::Bool(Some(card.is_ok())), Bind::Text(Some(card.kind.name().to_owned()))]);
        }
        Ok(out)
    }

    /// Executes a write and the checks of the description inside a savepoint, so that a refused row leaves the transaction usable.
    async fn write(&self, tx: &mut ScopedTx, d: &Dataset, id: Uuid, mut qb: QueryBuilder<Postgres>) -> Result<Vec<FieldProblem>> {
        let mut point = tx.conn().begin().await.db()?;
        let outcome = qb.build().execute(&mut *point).await;
        if let Err(e) = outcome {
            point.rollback().await.db()?;
            return Err(name_conflict(d, store::db_error(e)));
        }
        let found = run_checks(&mut point, d, id).await?;
        let (errors, warnings): (Vec<_>, Vec<_>) = found.into_iter().partition(|(s, _)| *s == Severity::Error);
        if errors.is_empty() {
            point.commit().await.db()?;
            return Ok(warnings.into_iter().map(|(_, p)| p).collect());
        }
        point.rollback().await.db()?;
        Err(refused(errors.into_iter().map(|(_, p)| p).collect()))
    }

    /// field → old and new; enciphered values stay enciphered.
    fn changes(&self, d: &Dataset, id: Uuid, old: Option<&Row>, new: &Row) -> Result<Json> {
        let mut out = Row::new();
        for f in d.fields.values().filter(|f| f.kind != Kind::Attachment) {
            let (a, b) = (old.and_then(|o| o.get(&f.name)).unwrap_or(&Json::Null), new.get(&f.name).unwrap_or(&Json::Null));
            if a == b {
                continue;
            }
            let keep = |j: &Json| match (f.kind.is_enciphered(), j.as_str()) {
                (true, Some(plain)) => self.vault.seal(plain, &cipher_place(d, &f.name, id)).map(Json::from),
                _ => Ok(j.clone()),
            };
            out.insert(f.name.clone(), json!({"old": keep(a)?, "new": keep(b)?}));
        }
        Ok(Json::Object(out))
    }

    /// What to say to somebody who changes a version that is no longer there: who changed which fields, and when. Where no
    /// history is kept, the row knows the moment only.
    async fn stale(&self, tx: &mut ScopedTx, d: &Dataset, row: &PgRow, seen: i32) -> Result<Error> {
        let id: Uuid = row.try_get("id").db()?;
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
            None => row.try_get("updated_at").db()?,
        };
        let labels: Vec<&str> = fields.iter().filter_map(|n| d.field(n)).map(|f| f.label.as_str()).collect();
        let local = at.with_timezone(&chrono::FixedOffset::east_opt(8 * 3600).expect("UTC+8 is a valid offset"));
        let what = if labels.is_empty() { String::new() } else { format!("（{}）", labels.join("、")) };
        let text = match &by {
            Some(by) => format!("{by} 已于 {} 修改了这条记录{what}，请核对后再保存。", local.format("%Y-%m-%d %H:%M")),
            None => format!("这条记录已于 {} 被修改，请核对后再保存。", local.format("%Y-%m-%d %H:%M")),
        };
        let current: i32 = row.try_get("row_version").db()?;
        Ok(Error::conflict("record.stale", text)
            .with("by", by)
            .with("at", at.to_rfc3339())
            .with("current_version", current)
            .with("changed", fields.into_iter().collect::<Vec<_>>()))
    }
}

enum Bind {
    Value(Kind, Value),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
    Bool(Option<bool>),
}
impl Bind {
    fn push(self, qb: &mut QueryBuilder<Postgres>) {
        match self {
            Bind::Value(k, v) => push_value(qb, k, &v),
            Bind::Text(t) => {
                qb.push_bind(t);
            }
            Bind::Bytes(b) => {
                qb.push_bind(b);
            }
            Bind::Bool(b) => {
                qb.push_bind(b);
            }
        }
    }
}

/// The checks of the description that are true for this row: true means wrong.
async fn run_checks(conn: &mut sqlx::PgConnection, d: &Dataset, id: Uuid) -> Result<Vec<(Severity, FieldProblem)>> {
    if d.checks.is_empty() {
        return Ok(vec![]);
    }
    let all: Vec<String> = d.checks.iter().map(|c| format!("coalesce(({}), false)", c.r#where)).collect();
    let mut qb = QueryBuilder::new(format!("select array[{}] from {} where id = ", all.join(", "), d.table()));
    qb.push_bind(id);
    let hits: Vec<bool> = qb.build_query_scalar().fetch_one(conn).await.db()?;
    Ok(d.checks
        .iter()
        .zip(hits)
        .filter(|(_, hit)| *hit)
        .map(|(c, _)| (c.severity, FieldProblem::new(&c.at, &c.id, &c.tell)))
        .collect())
}

/// Says which fields must be unique when the database refuses a second row.
fn name_conflict(d: &Dataset, e: Error) -> Error {
    let Some(constraint) = e.extra.get("constraint").and_then(Json::as_str).filter(|_| e.kind == base::Kind::Conflict) else {
        return e;
    };
    let fields = d.unique.iter().find(|u| {
        let cols: Vec<String> = u.iter().map(|n| d.field(n).map_or_else(|| n.clone(), Field::filter_column)).collect();
        constraint.contains(&cols.join("_"))
    });
    let Some(fields) = fields else { return e };
    let labels: Vec<&str> = fields.iter().map(|n| d.field(n).map_or("区划", |f| f.label.as_str())).collect();
    let text = format!("{}已被另一条“{}”使用，请核对是否重复登记。", labels.join("＋"), d.title);
    let at = fields.iter().find(|n| d.field(n).is_some()).cloned().unwrap_or_default();
    Error::conflict("record.duplicate", text.clone()).with_problems(vec![FieldProblem::new(at, "record.duplicate", text)])
}

fn refused(problems: Vec<FieldProblem>) -> Error {
    Error::refused("record.refused", REFUSED).with_problems(problems)
}

#[expect(clippy::too_many_arguments, reason = "one line of the change log has eight parts")]
pub(crate) async fn log_change(
    tx: &mut ScopedTx,
    d: &Dataset,
    id: Uuid,
    region: &str,
    version: i32,
    verb: &str,
    from: &Provenance,
    changes: Json,
) -> Result<()> {
    if d.history == meta::dataset::History::None {
        return Ok(());
    }
    let actor = tx.actor().clone();
    sqlx::query(
        "insert into app.row_change (dataset, row_id, region_code, row_version, verb, actor_id, actor_name, batch_no, changes)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(&d.id)
    .bind(id)
    .bind(region)
    .bind(version)
    .bind(verb)
    .bind(actor.user_id)
    .bind(&actor.name)
    .bind(&from.batch_no)
    .bind(changes)
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}
