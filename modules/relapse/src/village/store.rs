//! Meetings, notices and objections of a village. Must not decide.

use super::rules::Notice;
use crate::store::attached;
use ::store::{DbResult, ScopedTx};
use base::Result;
use chrono::{DateTime, Utc};
use sqlx::Row as _;
use uuid::Uuid;

/// What a meeting said of a clue or an elimination, the newest: meeting, result, day.
pub(crate) struct Said {
    pub meeting: Uuid,
    pub result: String,
    pub day: chrono::NaiveDate,
}

/// Since when meeting and notice of a clue have to be new: when it was sent back to the meeting, or its household objected
/// (重新评议, 退回到村评议, 再核). None: they may be of any time.
pub(super) async fn anew(tx: &mut ScopedTx, clue: Uuid) -> Result<Option<DateTime<Utc>>> {
    sqlx::query_scalar(
        "select max(at) from app.flow_step where row_id = $1 and dataset = 'relapse.clue' \
            and transition in ('meet_again', 'return_to_meeting', 'appeal')",
    )
    .bind(clue)
    .fetch_one(tx.conn())
    .await
    .db()
}

/// `column` is `clue_id` or `elimination_id`; `since`: only what was registered then or later.
pub(crate) async fn said(
    tx: &mut ScopedTx,
    column: &'static str,
    id: Uuid,
    since: Option<DateTime<Utc>>,
) -> Result<Option<Said>> {
    let row = sqlx::query(sqlx::AssertSqlSafe(format!(
        "select c.meeting_id, c.result, (m.meeting_at at time zone 'Asia/Shanghai')::date as day \
           from relapse.meeting_case c join relapse.review_meeting m on m.id = c.meeting_id \
          where c.{column} = $1 and not c.deleted and not m.deleted and ($2::timestamptz is null or c.created_at >= $2) \
          order by m.meeting_at desc, c.id desc limit 1"
    )))
    .bind(id)
    .bind(since)
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
pub(super) async fn notice(
    tx: &mut ScopedTx,
    column: &'static str,
    id: Uuid,
    since: Option<DateTime<Utc>>,
) -> Result<Option<(Uuid, Notice)>> {
    let row = sqlx::query(sqlx::AssertSqlSafe(format!(
        "select p.id, p.start_date, p.end_date, p.result, o.open, o.objections, o.all_open \
           from relapse.publicity_case c join relapse.publicity p on p.id = c.publicity_id \
          cross join lateral (select count(*) as objections, count(*) filter (where o.handled_on is null) as all_open, \
                                     count(*) filter (where o.handled_on is null and o.household_id = c.household_id) as open \
                                from relapse.publicity_objection o where o.publicity_id = p.id and not o.deleted) o \
          where c.{column} = $1 and not c.deleted and not p.deleted and ($2::timestamptz is null or c.created_at >= $2) \
          order by p.start_date desc, p.id desc limit 1"
    )))
    .bind(id)
    .bind(since)
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
        objections: r.try_get("objections").db()?,
        all_open: r.try_get("all_open").db()?,
    };
    Ok(Some((publicity, notice)))
}

/// Rows whose notice hung until before a day and that wait for its end. `column` is `clue_id` or `elimination_id`.
pub(super) async fn hanging(tx: &mut ScopedTx, column: &'static str, today: chrono::NaiveDate) -> Result<Vec<(Uuid, String)>> {
    let (table, state) = if column == "clue_id" { ("relapse.clue", "61") } else { ("relapse.elimination", "20") };
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
        "select distinct k.id, k.region_code from {table} k \
           join relapse.publicity_case c on c.{column} = k.id and not c.deleted \
           join relapse.publicity p on p.id = c.publicity_id and not p.deleted and p.end_date < $1 \
          where k.state = $2 and not k.deleted order by k.region_code, k.id"
    )))
    .bind(today)
    .bind(state)
    .fetch_all(tx.conn())
    .await
    .db()?;
    rows.into_iter().map(|r| Ok((r.try_get("id").db()?, r.try_get("region_code").db()?))).collect()
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
