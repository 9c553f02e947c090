//! SQL of alarms: households of a village hit by one disaster, prices of two months, alarms that stand. Must not decide.

use super::rules::{Fall, Gathering};
use ::store::{DbResult, ScopedTx};
use base::{RegionCode, Result};
use chrono::NaiveDate;
use sqlx::Row as _;
use uuid::Uuid;

/// Rules of this kind that are in force.
pub(super) async fn published(tx: &mut ScopedTx) -> Result<Vec<String>> {
    sqlx::query_scalar("select distinct rule_id from relapse.warn_rule where rule_id in ('W39', 'W40') and not deleted and enabled and state = '03'")
        .fetch_all(tx.conn())
        .await
        .db()
}

/// Households with a line of 自然灾害 or loss in agriculture and forestry that met a rule within the days, by village and disaster.
pub(super) async fn gatherings(tx: &mut ScopedTx, today: NaiveDate, days: i64) -> Result<Vec<Gathering>> {
    let rows = sqlx::query(
        "with hit as ( \
           select h.region_code as village, k.value_text as disaster, h.id as household, max(d.value_date) as day \
             from relapse.dept_record r \
             join relapse.dept_batch b on b.id = r.batch_id and not b.deleted \
             join relapse.dept_dataset i on i.id = b.dataset_id and i.item_no in ('28', 'X3', 'X8') \
             join relapse.dept_value k on k.record_id = r.id and k.field_name = '灾种' and k.value_text is not null \
             left join relapse.dept_value d on d.record_id = r.id and d.field_name = '受灾日期' \
             join reg.household h on h.id = r.household_id and not h.deleted and h.household_status = '01' \
            where r.match_state in ('01', '02', '04') and not r.deleted \
              and coalesce(d.value_date, (b.received_at at time zone 'Asia/Shanghai')::date) > $1::date - $2::integer \
              and exists (select from relapse.clue c where c.household_id = h.id and not c.deleted and c.created_at > now() - make_interval(days => $2 + 60)) \
            group by 1, 2, 3) \
         select hit.village, hit.disaster, array_agg(hit.household order by hit.household) as households, array_agg(hit.day order by hit.household) as days, \
                (select count(*) from reg.household a where a.region_code = hit.village and not a.deleted and a.household_status = '01') as registered \
           from hit group by 1, 2 order by 1, 2",
    )
    .bind(today)
    .bind(i32::try_from(days).unwrap_or(i32::MAX))
    .fetch_all(tx.conn())
    .await
    .db()?;
    rows.iter()
        .map(|r| {
            let village: String = r.try_get("village").db()?;
            let (households, days): (Vec<Uuid>, Vec<Option<NaiveDate>>) =
                (r.try_get("households").db()?, r.try_get("days").db()?);
            Ok(Gathering {
                village: RegionCode::parse(&village)?,
                disaster: r.try_get("disaster").db()?,
                registered: r.try_get("registered").db()?,
                households: households.into_iter().zip(days).collect(),
            })
        })
        .collect()
}

/// Leading products whose newest month has a month before, of the last three months.
pub(super) async fn drops(tx: &mut ScopedTx, month: i32) -> Result<Vec<Fall>> {
    let rows = sqlx::query(
        "select distinct on (p.region_code, p.product) p.region_code, p.product, p.unit, p.month, p.price, b.price as before \
           from relapse.product_price p \
           join relapse.product_price b on b.region_code = p.region_code and b.product = p.product and b.unit = p.unit and not b.deleted \
            and to_date(b.month::text, 'YYYYMM') = (to_date(p.month::text, 'YYYYMM') - interval '1 month')::date \
          where p.is_leading and not p.deleted and p.month <= $1 and to_date(p.month::text, 'YYYYMM') >= to_date($1::text, 'YYYYMM') - interval '2 months' \
          order by p.region_code, p.product, p.month desc",
    )
    .bind(month)
    .fetch_all(tx.conn())
    .await
    .db()?;
    rows.iter()
        .map(|r| {
            let county: String = r.try_get("region_code").db()?;
            Ok(Fall {
                county: RegionCode::parse(&county)?,
                product: r.try_get("product").db()?,
                unit: r.try_get("unit").db()?,
                month: r.try_get("month").db()?,
                price: r.try_get("price").db()?,
                before: r.try_get("before").db()?,
            })
        })
        .collect()
}

/// The alarm that stands open: id, households, when last seen.
pub(super) async fn open(
    tx: &mut ScopedTx,
    region: &RegionCode,
    kind: &str,
    subject: &str,
) -> Result<Option<(Uuid, i64, NaiveDate)>> {
    sqlx::query_as(
        "select id, coalesce(households, 0)::bigint, last_seen from relapse.region_alarm \
          where region_code = $1 and kind = $2 and subject = $3 and state <> '04' and not deleted for update",
    )
    .bind(region.as_str())
    .bind(kind)
    .bind(subject)
    .fetch_optional(tx.conn())
    .await
    .db()
}

/// Whether the same was closed within the last 60 days: a fall of the same words, a gathering of no more households.
pub(super) async fn closed(
    tx: &mut ScopedTx,
    region: &RegionCode,
    kind: &str,
    subject: &str,
    title: &str,
    households: i64,
    today: NaiveDate,
) -> Result<bool> {
    sqlx::query_scalar(
        "select exists (select from relapse.region_alarm where region_code = $1 and kind = $2 and subject = $3 and state = '04' and not deleted \
            and last_seen > $6::date - 60 and case when kind = 'W40' then title = $4 else coalesce(households, 0) >= $5 end)",
    )
    .bind(region.as_str())
    .bind(kind)
    .bind(subject)
    .bind(title)
    .bind(households)
    .bind(today)
    .fetch_one(tx.conn())
    .await
    .db()
}

/// Households listed already.
pub(super) async fn listed(tx: &mut ScopedTx, alarm: Uuid) -> Result<Vec<Uuid>> {
    sqlx::query_scalar("select household_id from relapse.region_alarm_household where alarm_id = $1 and not deleted")
        .bind(alarm)
        .fetch_all(tx.conn())
        .await
        .db()
}
