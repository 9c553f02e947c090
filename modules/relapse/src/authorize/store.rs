//! Who has to sign, who has signed. Must not decide.

use ::store::{DbResult, ScopedTx};
use base::Result;
use uuid::Uuid;

pub(crate) async fn members(tx: &mut ScopedTx, household: Uuid) -> Result<Vec<Uuid>> {
    sqlx::query_scalar("select id from reg.member where household_id = $1 and not deleted and member_status = '01' order by id")
        .bind(household)
        .fetch_all(tx.conn())
        .await
        .db()
}

pub(crate) async fn obligors(tx: &mut ScopedTx, household: Uuid) -> Result<Vec<Uuid>> {
    sqlx::query_scalar("select id from reg.obligor where household_id = $1 and not deleted order by id")
        .bind(household)
        .fetch_all(tx.conn())
        .await
        .db()
}

/// An authorization of a household that holds on a day, the newest.
pub(crate) async fn valid(tx: &mut ScopedTx, household: Uuid, on: chrono::NaiveDate) -> Result<Option<Uuid>> {
    sqlx::query_scalar(
        "select id from relapse.authorization where household_id = $1 and not deleted and status = '01' \
           and signed_on <= $2 and valid_to >= $2 order by signed_on desc, id desc limit 1",
    )
    .bind(household)
    .bind(on)
    .fetch_optional(tx.conn())
    .await
    .db()
}

/// Names of members and obligors whom an authorization does not cover.
pub(crate) async fn uncovered(tx: &mut ScopedTx, household: Uuid, auth: Uuid) -> Result<Vec<String>> {
    sqlx::query_scalar(
        "with signed as (select person_id, obligor_id, id_no_token from relapse.authorization_person where auth_id = $2 and not deleted) \
         select name from ( \
           select m.name, 1 as n from reg.member m where m.household_id = $1 and not m.deleted and m.member_status = '01' \
              and not exists (select from signed s where s.person_id = m.id or s.id_no_token = m.id_no_token) \
           union all \
           select o.name, 2 from reg.obligor o where o.household_id = $1 and not o.deleted \
              and not exists (select from signed s where s.obligor_id = o.id or s.id_no_token = o.id_no_token)) x \
          where name is not null order by n, name limit 10",
    )
    .bind(household)
    .bind(auth)
    .fetch_all(tx.conn())
    .await
    .db()
}
