//! The two look-ups. Must not decide.

use ::store::{DbResult, ScopedTx};
use base::Result;
use serde_json::{Map, Value as Json, json};
use sqlx::Row as _;

pub(super) async fn terms(tx: &mut ScopedTx, year: i32) -> Result<Map<String, Json>> {
    let rows = sqlx::query("select term_key, term from reg.terms($1)").bind(year).fetch_all(tx.conn()).await.db()?;
    rows.iter()
        .map(|r| Ok((r.try_get::<String, _>("term_key").db()?, Json::from(r.try_get::<String, _>("term").db()?))))
        .collect()
}

pub(super) async fn lines(tx: &mut ScopedTx, region: &str) -> Result<Vec<Json>> {
    let rows = sqlx::query("select year, region_code, amount, valid_from, doc_no, state, note from reg.monitor_lines($1)")
        .bind(region)
        .fetch_all(tx.conn())
        .await
        .db()?;
    rows.iter()
        .map(|r| {
            let state: Option<String> = r.try_get("state").db()?;
            Ok(json!({
                "year": r.try_get::<i32, _>("year").db()?,
                "region_code": r.try_get::<String, _>("region_code").db()?,
                "amount": r.try_get::<Option<i64>, _>("amount").db()?,
                "valid_from": r.try_get::<Option<chrono::NaiveDate>, _>("valid_from").db()?,
                "doc_no": r.try_get::<Option<String>, _>("doc_no").db()?,
                "note": r.try_get::<Option<String>, _>("note").db()?,
                "approved": state.as_deref() == Some("01"),
            }))
        })
        .collect()
}
