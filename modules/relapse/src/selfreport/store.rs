//! Look-ups of applications, inside the transaction's regions. Must not decide.

use ::store::{DbResult, ScopedTx};
use base::Result;
use sqlx::Row as _;
use uuid::Uuid;

/// Applications of one identity number in the last thirty days.
pub(super) async fn recent(tx: &mut ScopedTx, id_token: &[u8]) -> Result<i64> {
    sqlx::query_scalar(
        "select count(*) from relapse.self_apply where applicant_id_no_token = $1 and not deleted and created_at > now() - interval '30 days'",
    )
    .bind(id_token)
    .fetch_one(tx.conn())
    .await
    .db()
}

pub(super) async fn receipt_of(tx: &mut ScopedTx, id: Uuid) -> Result<String> {
    let found: Option<String> =
        sqlx::query_scalar("select receipt_no from relapse.self_apply where id = $1").bind(id).fetch_one(tx.conn()).await.db()?;
    Ok(found.unwrap_or_default())
}

/// Where an application stands.
pub(super) struct Standing {
    pub id: Uuid,
    pub phone: Option<String>,
    pub accepted: bool,
    /// Of the clue it has become, or of the one that was joined to.
    pub clue_state: Option<String>,
    /// Of the case made of that clue.
    pub case_state: Option<String>,
    pub at: chrono::DateTime<chrono::Utc>,
}

pub(super) async fn standing(tx: &mut ScopedTx, receipt: &str) -> Result<Option<Standing>> {
    let row = sqlx::query(
        "select a.id, a.applicant_phone, a.accepted_at is not null as accepted, c.state, m.state as case_state, \
                greatest(a.updated_at, c.updated_at, m.updated_at) as at \
           from relapse.self_apply a \
           left join relapse.clue j on j.id = a.clue_id and not j.deleted \
           left join relapse.clue c on c.id = coalesce(j.dup_of, j.id) and not c.deleted \
           left join lateral (select m.state, m.updated_at from relapse.monitor_case m where m.clue_id = c.id and not m.deleted \
                               order by m.id desc limit 1) m on true \
          where a.receipt_no = $1 and not a.deleted",
    )
    .bind(receipt)
    .fetch_optional(tx.conn())
    .await
    .db()?;
    row.map(|r| {
        Ok(Standing {
            id: r.try_get("id").db()?,
            phone: r.try_get("applicant_phone").db()?,
            accepted: r.try_get("accepted").db()?,
            clue_state: r.try_get("state").db()?,
            case_state: r.try_get("case_state").db()?,
            at: r.try_get("at").db()?,
        })
    })
    .transpose()
}
