//! SQL of what is late. Must not decide.

use crate::reception::due::{Party, provenance};
use ::store::{DbResult, ScopedTx};
use base::Result;
use chrono::NaiveDate;
use meta::Dataset;
use record::{NewRow, Records};
use sqlx::Row as _;
use uuid::Uuid;

/// Who delivers what: the senders let in, and each other item that came before, once for the province.
pub(in crate::reception) async fn parties(tx: &mut ScopedTx) -> Result<Vec<Party>> {
    let rows = sqlx::query(
        "with sends as ( \
           select d.id as dataset, d.dept, d.frequency, s.region_code, s.id as sender, s.name, s.created_at \
             from relapse.dept_dataset d join relapse.dept_sender s on d.item_no = any (regexp_split_to_array(s.items, '[、,， ]+')) \
            where d.enabled and not d.deleted and s.state = '02' and not s.deleted) \
         select dataset, dept, frequency, region_code, sender::text as party, name, \
                (select max(b.received_at at time zone 'Asia/Shanghai')::date from relapse.dept_batch b \
                  where b.dataset_id = sends.dataset and not b.deleted and b.supplements is null and (b.created_by = sends.sender or b.region_code = sends.region_code)) as last, \
                (created_at at time zone 'Asia/Shanghai')::date as since \
           from sends \
         union all \
         select d.id, d.dept, d.frequency, '360000000000', '', null, b.last, b.since \
           from relapse.dept_dataset d join lateral ( \
             select max(b.received_at at time zone 'Asia/Shanghai')::date as last, min(b.received_at at time zone 'Asia/Shanghai')::date as since \
               from relapse.dept_batch b where b.dataset_id = d.id and not b.deleted and b.supplements is null) b on b.since is not null \
          where d.enabled and not d.deleted and not exists (select from sends where sends.dataset = d.id) \
          order by 1, 5",
    )
    .fetch_all(tx.conn())
    .await
    .db()?;
    rows.iter()
        .map(|r| {
            Ok(Party {
                dataset: r.try_get("dataset").db()?,
                dept: r.try_get("dept").db()?,
                frequency: r.try_get("frequency").db()?,
                region: r.try_get("region_code").db()?,
                party: r.try_get("party").db()?,
                name: r.try_get("name").db()?,
                last: r.try_get("last").db()?,
                since: r.try_get("since").db()?,
            })
        })
        .collect()
}

/// Counts the days of a line that stands already.
pub(in crate::reception) async fn still_late(
    tx: &mut ScopedTx,
    dataset: Uuid,
    party: &str,
    due: NaiveDate,
    days: i64,
) -> Result<bool> {
    let done = sqlx::query(
        "update relapse.dept_due set days_late = $4, updated_at = now() where dataset_id = $1 and party = $2 and due = $3 and not deleted",
    )
    .bind(dataset)
    .bind(party)
    .bind(due)
    .bind(i32::try_from(days).unwrap_or(i32::MAX))
    .execute(tx.conn())
    .await
    .db()?;
    Ok(done.rows_affected() > 0)
}

/// A new line.
pub(in crate::reception) async fn add(
    tx: &mut ScopedTx,
    records: &Records,
    d: &Dataset,
    row: &NewRow,
    party: &str,
) -> Result<()> {
    records.create_many(tx, d, std::slice::from_ref(row), &provenance()).await?;
    sqlx::query("update relapse.dept_due set party = $2 where id = $1").bind(row.id).bind(party).execute(tx.conn()).await.db()?;
    Ok(())
}

/// Lines whose item came since: they are closed with the day it came.
pub(in crate::reception) async fn made_up(tx: &mut ScopedTx, today: NaiveDate) -> Result<u64> {
    let done = sqlx::query(
        "update relapse.dept_due t set state = '02', made_up = x.day, updated_at = now() from ( \
           select u.id, min((b.received_at at time zone 'Asia/Shanghai')::date) as day \
             from relapse.dept_due u join relapse.dept_batch b on b.dataset_id = u.dataset_id and not b.deleted and b.supplements is null \
              and (u.party = '' or b.created_by::text = u.party or b.region_code = u.region_code) \
              and b.received_at at time zone 'Asia/Shanghai' > u.due \
            where u.state = '01' and not u.deleted group by u.id) x \
          where x.id = t.id and x.day <= $1",
    )
    .bind(today)
    .execute(tx.conn())
    .await
    .db()?;
    Ok(done.rows_affected())
}
