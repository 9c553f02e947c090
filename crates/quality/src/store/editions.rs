//! Editions of rules and their switches.

use ::store::{DbResult, ScopedTx};
use base::Result;
use meta::Grade;
use meta::ruleset::{Plant, RuleText};
use serde_json::Value as Json;
use sqlx::Row as _;
use std::collections::BTreeSet;
use uuid::Uuid;

/// One version of one rule as written at the desk.
#[derive(Clone, Debug)]
pub(crate) struct Edition {
    pub id: Uuid,
    pub version: i32,
    pub view: String,
    pub source: String,
    pub text: RuleText,
    /// The rule is taken out of use by this edition.
    pub stopped: bool,
    pub state: String,
    pub submitted_by: Option<Uuid>,
}

const COLUMNS: &str = "id, version, view_id, basis, rule_id, national_no, title, scope, expr, severity, message_tpl, at_field, stopped, state, submitted_by";

fn read(r: &sqlx::postgres::PgRow) -> Result<Edition> {
    let text = |n: &str| -> Result<String> { Ok(r.try_get::<Option<String>, _>(n).db()?.unwrap_or_default()) };
    let grade = match text("severity")?.as_str() {
        "E" => Grade::E,
        "S" => Grade::S,
        _ => Grade::H,
    };
    Ok(Edition {
        id: r.try_get("id").db()?,
        version: r.try_get("version").db()?,
        view: text("view_id")?,
        source: text("basis")?,
        text: RuleText {
            id: text("rule_id")?,
            src: text("national_no")?,
            also: vec![],
            title: text("title")?,
            grade,
            scope: text("scope")?,
            r#where: text("expr")?,
            check: String::new(),
            tell: text("message_tpl")?,
            at: text("at_field")?,
            days: String::new(),
            bad: Plant::new(),
            good: Plant::new(),
        },
        stopped: r.try_get("stopped").db()?,
        state: text("state")?,
        submitted_by: r.try_get("submitted_by").db()?,
    })
}

/// The released edition of each rule that has one. Rules stand at the province and count below it.
pub(crate) async fn released(tx: &mut ScopedTx) -> Result<Vec<Edition>> {
    let sql = format!("select {COLUMNS} from quality.rule_edition where state = '03' and not deleted");
    sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(tx.conn()).await.db()?.iter().map(read).collect()
}

/// All editions of a rule, newest first.
pub(crate) async fn editions(tx: &mut ScopedTx, rule: &str) -> Result<Vec<Json>> {
    sqlx::query_scalar("select to_jsonb(e) from quality.rule_edition e where rule_id = $1 and not deleted order by version desc")
        .bind(rule)
        .fetch_all(tx.conn())
        .await
        .db()
}

pub(crate) async fn by_id(tx: &mut ScopedTx, id: Uuid) -> Result<Option<Edition>> {
    let sql = format!("select {COLUMNS} from quality.rule_edition where id = $1 and not deleted for update");
    sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(tx.conn()).await.db()?.as_ref().map(read).transpose()
}

/// Writes an edition as the next version of its rule, waiting for release.
pub(crate) async fn add(tx: &mut ScopedTx, view: &str, t: &RuleText, basis: &str, stopped: bool) -> Result<(Uuid, i32)> {
    let id = Uuid::now_v7();
    let (by, region) = (tx.actor().user_id, tx.actor().region.as_str().to_owned());
    let version: i32 = sqlx::query_scalar(
        "insert into quality.rule_edition (id, region_code, source, created_by, updated_by, rule_id, version, national_no, view_id, \
           title, scope, expr, severity, message_tpl, at_field, basis, stopped, state, submitted_by, submitted_at) \
         select $1, $2, '02', $3, $3, $4, coalesce(max(version), 0) + 1, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, '02', $3, now() \
           from quality.rule_edition where rule_id = $4 \
         returning version",
    )
    .bind(id)
    .bind(region)
    .bind(by)
    .bind(&t.id)
    .bind(&t.src)
    .bind(view)
    .bind(&t.title)
    .bind(&t.scope)
    .bind(&t.r#where)
    .bind(t.grade.code())
    .bind(&t.tell)
    .bind(&t.at)
    .bind(basis)
    .bind(stopped)
    .fetch_one(tx.conn())
    .await
    .db()?;
    Ok((id, version))
}

/// Makes an edition the one that counts; the one before it is retired.
pub(crate) async fn release(tx: &mut ScopedTx, e: &Edition) -> Result<()> {
    let by = tx.actor().user_id;
    retire(tx, &e.text.id).await?;
    sqlx::query(
        "update quality.rule_edition set state = '03', released_by = $2, released_at = now(), row_version = row_version + 1, \
           updated_at = now() where id = $1",
    )
    .bind(e.id)
    .bind(by)
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}

/// The newest edition of a rule that waits for its release.
pub(crate) async fn waiting(tx: &mut ScopedTx, rule: &str) -> Result<Option<Uuid>> {
    sqlx::query_scalar(
        "select id from quality.rule_edition where rule_id = $1 and state = '02' and not deleted order by version desc limit 1",
    )
    .bind(rule)
    .fetch_optional(tx.conn())
    .await
    .db()
}

/// Takes the released edition of a rule out of use; how many there were.
pub(crate) async fn retire(tx: &mut ScopedTx, rule: &str) -> Result<u64> {
    let done = sqlx::query(
        "update quality.rule_edition set state = '04', row_version = row_version + 1, updated_at = now() \
          where rule_id = $1 and state = '03'",
    )
    .bind(rule)
    .execute(tx.conn())
    .await
    .db()?;
    Ok(done.rows_affected())
}

/// (rule, six digits of the county) that are off.
pub(crate) async fn switched_off(tx: &mut ScopedTx) -> Result<BTreeSet<(String, String)>> {
    let rows = sqlx::query("select rule_id, county from quality.rule_switch where not enabled and not deleted")
        .fetch_all(tx.conn())
        .await
        .db()?;
    rows.iter()
        .map(|r| {
            let county: String = r.try_get("county").db()?;
            Ok((r.try_get("rule_id").db()?, county.get(..6).unwrap_or(&county).to_owned()))
        })
        .collect()
}

/// Switches a rule off or on for a county.
pub(crate) async fn set_switch(tx: &mut ScopedTx, rule: &str, county: &str, on: bool, reason: &str) -> Result<()> {
    let (by, region) = (tx.actor().user_id, tx.actor().region.as_str().to_owned());
    sqlx::query(
        "insert into quality.rule_switch (id, region_code, source, created_by, updated_by, rule_id, county, enabled, reason) \
         values ($1, $2, '02', $3, $3, $4, $5, $6, $7) \
         on conflict (rule_id, county) where not deleted do update set enabled = excluded.enabled, reason = excluded.reason, \
           updated_by = excluded.updated_by, updated_at = now(), row_version = rule_switch.row_version + 1",
    )
    .bind(Uuid::now_v7())
    .bind(region)
    .bind(by)
    .bind(rule)
    .bind(county)
    .bind(on)
    .bind(reason)
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}
