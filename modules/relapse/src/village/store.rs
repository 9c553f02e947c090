//! Meetings, notices and objections of a village. Must not decide.

use super::rules::Notice;
use crate::store::attached;
use ::store::{DbResult, ScopedTx};
use base::Result;
use sqlx::Row as _;
use uuid::Uuid;

/// What a meeting said of a clue or an elimination, the newest: meeting, result, day.
pub(crate) struct Said {
    pub meeting: Uuid,
    pub result: String,
    pub day: chrono::NaiveDate,
}

/// `column` is `clue_id` or `elimination_id`.
pub(crate) async fn said(tx: &mut ScopedTx, column: &'static str, id: Uuid) -> Result<Option<Said>> {
    let row = sqlx::query(sqlx::AssertSqlSafe(format!(
        "select c.meeting_id, c.result, (m.meeting_at at time zone 'Asia/Shanghai')::date as day \
           from relapse.meeting_case c join relapse.review_meeting m on m.id = c.meeting_id \
          where c.{column} = $1 and not c.deleted and not m.deleted order by m.meeting_at desc, c.id desc limit 1"
    )))
    .bind(id)
    .fetch_optional(tx.conn())
    .await
    .db()?;
    row.map(|r| {
        Ok(Said {
            meeting: r.try_get("meeting_id").db()?,
            result: r.try_get::<Option<String>, _>("result").db()?.unwrap_or_default(),
            day: r.try_get("day").db()?,
        })
    })
    .transpose()
}

/// The newest notice of a clue or an elimination, with what hangs on it.
pub(crate) async fn notice(tx: &mut ScopedTx, column: &'static str, id: Uuid) -> Result<Option<(Uuid, Notice)>> {
    let row = sqlx::query(sqlx::AssertSqlSafe(format!(
        "select p.id, p.start_date, p.end_date, p.result, \
                (select count(*) from relapse.publicity_objection o where o.publicity_id = p.id and o.household_id = c.household_id \
                    and not o.deleted and o.handled_on is null) as open \
           from relapse.publicity_case c join relapse.publicity p on p.id = c.publicity_id \
          where c.{column} = $1 and not c.deleted and not p.deleted order by p.start_date desc, p.id desc limit 1"
    )))
    .bind(id)
    .fetch_optional(tx.conn())
    .await
    .db()?;
    let Some(r) = row else { return Ok(None) };
    let publicity: Uuid = r.try_get("id").db()?;
    let notice = Notice {
        start: r.try_get("start_date").db()?,
        end: r.try_get("end_date").db()?,
        photos_start: attached(tx, "relapse.publicity", publicity, "photo_start").await?,
        photos_end: attached(tx, "relapse.publicity", publicity, "photo_end").await?,
        result: r.try_get("result").db()?,
        open_objections: r.try_get("open").db()?,
    };
    Ok(Some((publicity, notice)))
}

/// Head and people of a household.
pub(super) async fn family(tx: &mut ScopedTx, household: Uuid) -> Result<Option<(Option<String>, Option<i32>)>> {
    let row = sqlx::query("select head_name, hukou_count from reg.household where id = $1 and not deleted")
        .bind(household)
        .fetch_optional(tx.conn())
        .await
        .db()?;
    row.map(|r| Ok((r.try_get("head_name").db()?, r.try_get("hukou_count").db()?))).transpose()
}

/// How many attended a meeting.
pub(super) async fn attendance(tx: &mut ScopedTx, meeting: Uuid) -> Result<Option<i32>> {
    let found: Option<Option<i32>> =
        sqlx::query_scalar("select attend from relapse.review_meeting where id = $1 and not deleted")
            .bind(meeting)
            .fetch_optional(tx.conn())
            .await
            .db()?;
    Ok(found.flatten())
}
