//! Reads places and states of toilets. Must not decide.

use base::{Result, Scope};
use serde::Serialize;
use sqlx::Row;
use store::{DbResult, ScopedTx};
use uuid::Uuid;

/// Most toilets of one village that are drawn.
pub(super) const MOST: i64 = 5000;

/// A village: how many toilets are in which state, and the middle of those that have a place.
#[derive(Debug, Serialize)]
pub(super) struct Village {
    pub code: String,
    pub name: String,
    pub longitude: Option<f64>,
    pub latitude: Option<f64>,
    /// Households on record, with and without a toilet.
    pub total: i64,
    pub none: i64,
    pub normal: i64,
    pub idle: i64,
    pub unusable: i64,
    pub gone: i64,
    pub building: i64,
    pub problem: i64,
    pub sanitary: i64,
}

/// Villages of a range.
pub(super) async fn villages(tx: &mut ScopedTx, range: &Scope) -> Result<Vec<Village>> {
    let rows = sqlx::query(
        "select region_code as code, avg(longitude)::float8 as longitude, avg(latitude)::float8 as latitude, count(*) as total, \
           count(*) filter (where not has_toilet) as none, count(*) filter (where use_status = '1') as normal, \
           count(*) filter (where use_status = '2') as idle, count(*) filter (where use_status = '3') as unusable, \
           count(*) filter (where use_status = '4') as gone, count(*) filter (where use_status = '5') as building, \
           count(*) filter (where has_problem) as problem, count(*) filter (where is_sanitary) as sanitary \
         from toilet.house_toilet \
         where region_code >= $1 and region_code < $2 and record_state in ('30', '60') and not deleted \
         group by region_code order by region_code",
    )
    .bind(&range.lo)
    .bind(&range.hi)
    .fetch_all(tx.conn())
    .await
    .db()?;
    let village = |r: &sqlx::postgres::PgRow| -> std::result::Result<Village, sqlx::Error> {
        Ok(Village {
            code: r.try_get("code")?,
            name: String::new(),
            longitude: r.try_get("longitude")?,
            latitude: r.try_get("latitude")?,
            total: r.try_get("total")?,
            none: r.try_get("none")?,
            normal: r.try_get("normal")?,
            idle: r.try_get("idle")?,
            unusable: r.try_get("unusable")?,
            gone: r.try_get("gone")?,
            building: r.try_get("building")?,
            problem: r.try_get("problem")?,
            sanitary: r.try_get("sanitary")?,
        })
    };
    rows.iter().map(village).collect::<std::result::Result<_, _>>().db()
}

/// One toilet that has a place.
#[derive(Debug, Serialize)]
pub(super) struct Spot {
    pub id: Uuid,
    pub toilet_no: Option<String>,
    pub group_name: Option<String>,
    pub longitude: f64,
    pub latitude: f64,
    pub has_toilet: bool,
    pub toilet_type: Option<String>,
    pub use_status: Option<String>,
    pub has_problem: bool,
    pub is_sanitary: bool,
}

/// Toilets of a village, at most [`MOST`].
pub(super) async fn spots(tx: &mut ScopedTx, village: &str) -> Result<Vec<Spot>> {
    let rows = sqlx::query(
        "select id, toilet_no, group_name, longitude::float8 as longitude, latitude::float8 as latitude, coalesce(has_toilet, false) as has_toilet, \
           toilet_type, use_status, coalesce(has_problem, false) as has_problem, coalesce(is_sanitary, false) as is_sanitary \
         from toilet.house_toilet \
         where region_code = $1 and record_state in ('30', '60') and not deleted and longitude is not null and latitude is not null \
         order by toilet_no limit $2",
    )
    .bind(village)
    .bind(MOST)
    .fetch_all(tx.conn())
    .await
    .db()?;
    let spot = |r: &sqlx::postgres::PgRow| -> std::result::Result<Spot, sqlx::Error> {
        Ok(Spot {
            id: r.try_get("id")?,
            toilet_no: r.try_get("toilet_no")?,
            group_name: r.try_get("group_name")?,
            longitude: r.try_get("longitude")?,
            latitude: r.try_get("latitude")?,
            has_toilet: r.try_get("has_toilet")?,
            toilet_type: r.try_get("toilet_type")?,
            use_status: r.try_get("use_status")?,
            has_problem: r.try_get("has_problem")?,
            is_sanitary: r.try_get("is_sanitary")?,
        })
    };
    rows.iter().map(spot).collect::<std::result::Result<_, _>>().db()
}
