//! Three lines into one pool: what households report, cadres find on their rounds and on follow-up visits becomes a clue, or
//! joins the one that is open already (domain 01 §4.2 rules ① and ②, §4.7). Must not contain SQL.

use crate::clue::store;
use ::store::ScopedTx;
use async_trait::async_trait;
use base::Result;
use meta::Dataset;
use record::{Hook, Provenance, Records, Row};
use serde_json::{Value as Json, json};
use uuid::Uuid;

fn text<'a>(row: &'a Row, field: &str) -> &'a str {
    row.get(field).and_then(Json::as_str).unwrap_or_default()
}
fn yes(row: &Row, field: &str) -> bool {
    row.get(field).and_then(Json::as_bool).unwrap_or(false)
}
fn engine() -> Provenance {
    Provenance { trusted: true, ..Provenance::default() }
}
/// At most so many characters, as the field has them.
fn short(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// Something somebody came across.
struct Found<'a> {
    region: &'a str,
    /// C19.
    line: &'a str,
    name: String,
    id_no: Json,
    household: Option<Uuid>,
    person: Option<Uuid>,
    why: String,
    risks: Json,
}

/// A clue of its own, always: whether it goes its way or joins another is decided as it is saved.
async fn propose(records: &Records, tx: &mut ScopedTx, f: Found<'_>) -> Result<Uuid> {
    let d = records.dataset("relapse.clue")?.clone();
    let place = records.regions.name(f.region).unwrap_or_else(|| f.region.to_owned());
    let row = json!({
        "region_code": f.region, "line": f.line, "raw_name": short(&f.name, 20), "raw_id_no": f.id_no, "raw_region": place,
        "household_id": f.household, "person_id": f.person, "trigger_text": short(&f.why, 200), "risk_hint": f.risks,
        "level": "2", "receiver_region": f.region,
    });
    let row = row.as_object().cloned().unwrap_or_default();
    Ok(records.create(tx, &d, &row, &engine()).await?.id)
}

/// Writes which clue came of a row.
async fn point(records: &Records, tx: &mut ScopedTx, d: &Dataset, id: Uuid, field: &str, clue: Uuid) -> Result<()> {
    let mut row = Row::new();
    row.insert(field.to_owned(), json!(clue));
    records.patch(tx, d, id, None, &row, &engine()).await.map(|_| ())
}

/// 农户自主申报 → clue (line 02), before the township at once: it has two working days to accept it.
pub(crate) struct SelfApplied;
#[async_trait]
impl Hook for SelfApplied {
    async fn after_save(&self, records: &Records, tx: &mut ScopedTx, d: &Dataset, old: Option<&Row>, new: &Row) -> Result<()> {
        let (None, Ok(id)) = (old, Uuid::parse_str(text(new, "id"))) else { return Ok(()) };
        let token = records.vault.token(secure::TokenKind::IdCard, text(new, "applicant_id_no"));
        let who = store::person_of(tx, &token).await?;
        let clue = propose(
            records,
            tx,
            Found {
                region: text(new, "region_code"),
                line: "02",
                name: text(new, "applicant_name").to_owned(),
                id_no: new.get("applicant_id_no").cloned().unwrap_or(Json::Null),
                household: who.map(|w| w.1),
                person: who.map(|w| w.0),
                why: format!("农户自主申报：{}", text(new, "difficulty_text")),
                risks: new.get("risk_types").cloned().unwrap_or(json!(["99"])),
            },
        )
        .await?;
        point(records, tx, d, id, "clue_id", clue).await
    }
}

/// 走访排查 with something found → clue (line 03).
pub(crate) struct PatrolFound;
#[async_trait]
impl Hook for PatrolFound {
    async fn after_save(&self, records: &Records, tx: &mut ScopedTx, d: &Dataset, _: Option<&Row>, new: &Row) -> Result<()> {
        let (Ok(id), Ok(household)) = (Uuid::parse_str(text(new, "id")), Uuid::parse_str(text(new, "household_id"))) else {
            return Ok(());
        };
        if !yes(new, "found") || !text(new, "to_clue_id").is_empty() {
            return Ok(());
        }
        let name = store::head(tx, household).await?.unwrap_or_default();
        let clue = propose(
            records,
            tx,
            Found {
                region: text(new, "region_code"),
                line: "03",
                name,
                id_no: Json::Null,
                household: Some(household),
                person: None,
                why: format!("走访排查发现：{}", text(new, "text")),
                risks: new.get("risk_types").cloned().unwrap_or(json!(["99"])),
            },
        )
        .await?;
        point(records, tx, d, id, "to_clue_id", clue).await
    }
}

/// 跟踪走访 that finds something worse, or a new risk → clue (line 03), which a monitored household's case takes in.
pub(crate) struct VisitFound;
#[async_trait]
impl Hook for VisitFound {
    async fn after_save(&self, records: &Records, tx: &mut ScopedTx, _: &Dataset, old: Option<&Row>, new: &Row) -> Result<()> {
        let (None, Ok(household)) = (old, Uuid::parse_str(text(new, "household_id"))) else { return Ok(()) };
        let mut risks: Vec<String> = new
            .get("new_risk")
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
            .filter_map(|j| j.as_str().map(str::to_owned))
            .collect();
        let worse = [("edu_worse", "11"), ("house_worse", "09"), ("med_worse", "01"), ("water_worse", "10")];
        for (_, risk) in worse.iter().filter(|(f, _)| yes(new, f)) {
            if !risks.iter().any(|r| r == risk) {
                risks.push((*risk).to_owned());
            }
        }
        if risks.is_empty() {
            return Ok(());
        }
        let name = store::head(tx, household).await?.unwrap_or_default();
        propose(
            records,
            tx,
            Found {
                region: text(new, "region_code"),
                line: "03",
                name,
                id_no: Json::Null,
                household: Some(household),
                person: None,
                why: format!("跟踪走访发现：{}", text(new, "content")),
                risks: json!(risks),
            },
        )
        .await
        .map(|_| ())
    }
}
