//! The table `app.two_person_request`. Must not know when a request is complete.

use crate::account::two_person::Signature;
use crate::store::{Tx, db};
use base::Result;
use chrono::{DateTime, Utc};
use sqlx::Row;
use uuid::Uuid;

/// A request that waits for signatures.
pub(crate) struct Request {
    pub id: Uuid,
    pub user: Uuid,
    pub reason: String,
    pub signatures: Vec<Signature>,
}

pub(crate) async fn insert(tx: &mut Tx, r: &Request, by: Uuid, now: DateTime<Utc>, expires_at: DateTime<Utc>) -> Result<()> {
    sqlx::query(
        "insert into app.two_person_request (id, kind, user_id, reason, asked_by, asked_at, expires_at, signatures) \
         values ($1, 'disable_user', $2, $3, $4, $5, $6, $7)",
    )
    .bind(r.id)
    .bind(r.user)
    .bind(&r.reason)
    .bind(by)
    .bind(now)
    .bind(expires_at)
    .bind(serde_json::to_value(&r.signatures)?)
    .execute(&mut **tx)
    .await
    .map_err(db)?;
    Ok(())
}

/// A request that is neither done nor expired, held for signing.
pub(crate) async fn open(tx: &mut Tx, id: Uuid, now: DateTime<Utc>) -> Result<Option<Request>> {
    let row =
        sqlx::query("select * from app.two_person_request where id = $1 and done_at is null and expires_at > $2 for update")
            .bind(id)
            .bind(now)
            .fetch_optional(&mut **tx)
            .await
            .map_err(db)?;
    row.map(|r| {
        Ok(Request {
            id: r.get("id"),
            user: r.get("user_id"),
            reason: r.get("reason"),
            signatures: serde_json::from_value(r.get("signatures"))?,
        })
    })
    .transpose()
}

pub(crate) async fn sign(tx: &mut Tx, r: &Request, done_at: Option<DateTime<Utc>>) -> Result<()> {
    sqlx::query("update app.two_person_request set signatures = $2, done_at = $3 where id = $1")
        .bind(r.id)
        .bind(serde_json::to_value(&r.signatures)?)
        .bind(done_at)
        .execute(&mut **tx)
        .await
        .map_err(db)?;
    Ok(())
}
