//! Look-ups for home visits, inside the transaction's regions (row-level security holds them). Must not decide.

use super::rules::Held;
use ::store::{DbResult, ScopedTx};
use base::Result;
use sqlx::Row as _;
use uuid::Uuid;

/// Coordinates of a household, longitude and latitude in degrees, where they were taken.
pub(super) async fn place_of(tx: &mut ScopedTx, household: Uuid) -> Result<Option<(f64, f64)>> {
    let row = sqlx::query_as::<_, (Option<f64>, Option<f64>)>(
        "select lon::float8, lat::float8 from reg.household where id = $1 and not deleted",
    )
    .bind(household)
    .fetch_optional(tx.conn())
    .await
    .db()?;
    Ok(row.and_then(|(lon, lat)| lon.zip(lat)))
}

/// What hangs on the latest form of a clue. Attachments are counted by the table of files, which knows no scope: their row
/// was found inside it.
pub(super) async fn held(tx: &mut ScopedTx, clue: Uuid) -> Result<Option<Held>> {
    let row = sqlx::query(
        "select f.id, coalesce(f.no_obligor, false) as no_obligor, coalesce(f.not_include_reasons, '{}') as reasons, \
           (select count(*) from relapse.verify_verifier v where v.form_id = f.id and not v.deleted) as verifiers, \
           (select count(*) from relapse.verify_obligor o where o.form_id = f.id and not o.deleted) as obligors, \
           coalesce((select array_agg(r.reason) from relapse.verify_reason r where r.form_id = f.id and not r.deleted), '{}') as explained, \
           exists (select from reg.member m where m.household_id = f.household_id and not m.deleted and m.member_status = '01' \
                    and (m.birth_date > current_date - interval '16 years' or m.birth_date <= current_date - interval '60 years' \
                         or m.disability_kind is not null)) as obligor_asked \
         from relapse.verify_form f where f.clue_id = $1 and not f.deleted order by f.updated_at desc, f.id desc limit 1",
    )
    .bind(clue)
    .fetch_optional(tx.conn())
    .await
    .db()?;
    let Some(r) = row else { return Ok(None) };
    let form: Uuid = r.try_get("id").db()?;
    let mut held = Held {
        verifiers: r.try_get("verifiers").db()?,
        reasons: r.try_get("reasons").db()?,
        explained: r.try_get("explained").db()?,
        obligor_asked: r.try_get("obligor_asked").db()?,
        obligors: r.try_get("obligors").db()?,
        no_obligor: r.try_get("no_obligor").db()?,
        ..Held::default()
    };
    let files: Vec<(String, i64)> = sqlx::query_as("select field, n from app.attachments_of($1, 'relapse.verify_form')")
        .bind(form)
        .fetch_all(tx.conn())
        .await
        .db()?;
    for (field, n) in files {
        match field.as_str() {
            "photos" => held.photos = n,
            "householder_sign" => held.householder_signs = n,
            "verifier_sign" => held.verifier_signs = n,
            _ => {}
        }
    }
    Ok(Some(held))
}

/// The form of a clue that is worked on, if there is one.
pub(super) async fn form_of(tx: &mut ScopedTx, clue: Uuid) -> Result<Option<Uuid>> {
    sqlx::query_scalar(
        "select id from relapse.verify_form where clue_id = $1 and not deleted order by updated_at desc, id desc limit 1",
    )
    .bind(clue)
    .fetch_optional(tx.conn())
    .await
    .db()
}
