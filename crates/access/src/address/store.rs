//! The table `app.ip_rule`: every statement about it. Must not know in which order rules count.

use crate::address::IpRuleView;
use crate::address::rules::{Applicable, IpRuleInput, RuleScope, parse_net};
use crate::store::{Pool, db};
use base::Result;
use chrono::{DateTime, Utc};
use sqlx::Row;
use uuid::Uuid;

/// The rules in force for this person, role and app.
pub(crate) async fn applicable(pool: &Pool, user: Uuid, role: &str, app: &str, now: DateTime<Utc>) -> Result<Vec<Applicable>> {
    let rows = sqlx::query(
        "select scope, cidr, action from app.ip_rule where ended_at is null and valid_from <= $4 and valid_to > $4 and \
           (scope = 'global' or (scope = 'user' and scope_ref = $1) or (scope = 'role' and scope_ref = $2) or (scope = 'app' and scope_ref = $3))",
    )
    .bind(user.to_string())
    .bind(role)
    .bind(app)
    .bind(now)
    .fetch_all(pool)
    .await
    .map_err(db)?;
    rows.iter()
        .map(|r| {
            let text: String = r.get("cidr");
            let net =
                parse_net(&text).ok_or_else(|| base::Error::internal(format!("address rule that cannot be read: {text}")))?;
            Ok(Applicable { scope: RuleScope::parse(r.get("scope")), deny: r.get::<&str, _>("action") == "DENY", net })
        })
        .collect()
}

pub(crate) async fn insert(pool: &Pool, id: Uuid, r: &IpRuleInput, by: Uuid, now: DateTime<Utc>) -> Result<()> {
    sqlx::query(
        "insert into app.ip_rule (id, scope, scope_ref, cidr, zone, action, reason, valid_from, valid_to, approved_by, created_by, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(id)
    .bind(r.scope.name())
    .bind(r.scope_ref.trim())
    .bind(parse_net(&r.cidr).map(|n| n.to_string()))
    .bind(&r.zone)
    .bind(if r.deny { "DENY" } else { "ALLOW" })
    .bind(r.reason.trim())
    .bind(r.valid_from)
    .bind(r.valid_to)
    .bind(r.approved_by.trim())
    .bind(by)
    .bind(now)
    .execute(pool)
    .await
    .map_err(db)?;
    Ok(())
}

/// Ends a rule; false when there is none in force under this id.
pub(crate) async fn end(pool: &Pool, id: Uuid, by: Uuid, now: DateTime<Utc>) -> Result<bool> {
    let done = sqlx::query("update app.ip_rule set ended_at = $3, ended_by = $2 where id = $1 and ended_at is null")
        .bind(id)
        .bind(by)
        .bind(now)
        .execute(pool)
        .await
        .map_err(db)?;
    Ok(done.rows_affected() == 1)
}

pub(crate) async fn list(pool: &Pool) -> Result<Vec<IpRuleView>> {
    let rows = sqlx::query("select * from app.ip_rule where ended_at is null order by created_at, id")
        .fetch_all(pool)
        .await
        .map_err(db)?;
    Ok(rows
        .iter()
        .map(|r| IpRuleView {
            id: r.get("id"),
            rule: IpRuleInput {
                scope: RuleScope::parse(r.get("scope")),
                scope_ref: r.get("scope_ref"),
                cidr: r.get("cidr"),
                zone: r.get("zone"),
                deny: r.get::<&str, _>("action") == "DENY",
                reason: r.get("reason"),
                valid_from: r.get("valid_from"),
                valid_to: r.get("valid_to"),
                approved_by: r.get("approved_by"),
            },
        })
        .collect())
}
