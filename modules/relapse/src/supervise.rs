//! Supervision orders: who issued them and when, and when they were answered (domain 01 §6.5). Must not decide what is late.

use ::store::ScopedTx;
use async_trait::async_trait;
use base::{FieldProblem, Result};
use chrono::{SecondsFormat, Utc};
use flow::{Effect, Step};
use meta::Dataset;
use record::{Hook, Provenance, Records, Row};
use serde_json::{Value as Json, json};

fn now() -> Json {
    json!(Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// Issuer and moment of a new order.
pub(crate) struct SuperviseIssued;
#[async_trait]
impl Hook for SuperviseIssued {
    async fn before_save(
        &self,
        _: &Records,
        tx: &mut ScopedTx,
        _: &Dataset,
        old: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        if old.is_none() && new.get("issued_at").is_none_or(Json::is_null) {
            new.insert("issued_at".into(), now());
            if !tx.actor().is_system() {
                new.insert("issued_by".into(), json!(tx.actor().user_id));
            }
        }
        Ok(vec![])
    }
}

/// When an order was answered.
pub(crate) struct SuperviseAnswered;
#[async_trait]
impl Effect for SuperviseAnswered {
    async fn follow(&self, tx: &mut ScopedTx, step: &Step<'_>) -> Result<()> {
        let mut row = Row::new();
        row.insert("reply_at".into(), now());
        let engine = Provenance { trusted: true, ..Provenance::default() };
        step.records().patch(tx, step.dataset, step.id, None, &row, &engine).await.map(drop)
    }
}
