//! 意见反馈 (domain 01 §6.6): what is written with an opinion and with its answer beside what people write. Must not contain SQL.

use crate::numbering;
use crate::store::Serials;
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{FieldProblem, RegionCode, Result};
use chrono::{Datelike, Duration, Utc};
use meta::Dataset;
use record::{Hook, Records, Row};
use serde_json::{Value as Json, json};

/// Number and author at the beginning; who answered and when with the first answer.
pub(crate) struct FeedbackStamp;

#[async_trait]
impl Hook for FeedbackStamp {
    async fn before_save(
        &self,
        _: &Records,
        tx: &mut ScopedTx,
        _: &Dataset,
        old: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        let actor = tx.actor().clone();
        let now = Utc::now();
        let said = |r: &Row, f: &str| r.get(f).and_then(Json::as_str).is_some_and(|t| !t.trim().is_empty());
        match old {
            None if !said(new, "feedback_no") => {
                let day = (now + Duration::hours(8)).date_naive();
                let place = new.get("region_code").and_then(Json::as_str).and_then(|c| RegionCode::parse(c).ok());
                let prefix = numbering::feedback_prefix(day.year(), day.month(), &place.unwrap_or_else(|| actor.region.clone()));
                let number = Serials::of("relapse.feedback", "feedback_no").next(tx, &prefix).await?;
                new.insert("feedback_no".into(), number.into());
                new.insert("user_id".into(), json!(actor.user_id));
                new.insert("user_name".into(), actor.name.into());
            }
            Some(before) if said(new, "reply") && !said(before, "reply") => {
                new.insert("reply_at".into(), json!(now));
                new.insert("handler".into(), json!(actor.user_id));
                new.insert("state".into(), "03".into());
            }
            _ => {}
        }
        Ok(Vec::new())
    }
}
