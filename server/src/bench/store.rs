//! What benchmarks put away between two runs. Never used by a served system.

use base::Result;
use std::collections::BTreeSet;
use store::{Db, DbResult};

/// Batches of departments and everything that came of them.
pub(super) async fn forget_batches(db: &Db) -> Result<()> {
    sqlx::raw_sql(
        "truncate relapse.dept_batch, relapse.dept_record, relapse.dept_value, relapse.dispatch_batch, relapse.dispatch_count, \
           relapse.clue, relapse.clue_trigger, relapse.dept_amount, relapse.dept_seen, relapse.dept_line, relapse.dept_hit, relapse.model_replay cascade; \
         truncate app.flow_step, app.row_change",
    )
    .execute(db.pool())
    .await
    .db()?;
    sqlx::raw_sql("vacuum analyze relapse.clue").execute(db.pool()).await.db()?;
    Ok(())
}

/// The version of the model in force.
pub(super) async fn model_in_force(db: &Db) -> Result<uuid::Uuid> {
    sqlx::query_scalar("select id from relapse.model_version where state = '03'").fetch_one(db.pool()).await.db()
}

/// Numbers of households with a clue.
pub(super) async fn called_upon(db: &Db) -> Result<BTreeSet<String>> {
    let sql =
        "select distinct h.household_no from relapse.clue c join reg.household h on h.id = c.household_id where not c.deleted";
    let all: Vec<String> = sqlx::query_scalar(sql).fetch_all(db.pool()).await.db()?;
    Ok(all.into_iter().collect())
}

/// Numbers of households of which a line met a rule.
pub(super) async fn caught(db: &Db) -> Result<BTreeSet<String>> {
    let sql = "select distinct h.household_no from relapse.dept_record r join reg.household h on h.id = r.household_id \
               where r.match_state in ('01', '02') and not r.deleted";
    let all: Vec<String> = sqlx::query_scalar(sql).fetch_all(db.pool()).await.db()?;
    Ok(all.into_iter().collect())
}

/// Members that imports brought, with their lines in the change log.
pub(super) async fn forget_imported(db: &Db) -> Result<()> {
    sqlx::raw_sql(
        "delete from app.row_change where batch_no like 'IMP-%'; delete from reg.member where sync_batch_no like 'IMP-%'",
    )
    .execute(db.pool())
    .await
    .db()?;
    sqlx::raw_sql("vacuum analyze reg.member").execute(db.pool()).await.db()?;
    Ok(())
}

/// Takes one household of a county out of the figures, or puts it back.
pub(super) async fn touch(db: &Db, county: &str, out: bool) -> Result<()> {
    let mut tx = db.begin(&base::Actor::system("bench")).await?;
    let done = sqlx::query(
        "update reg.household set household_status = $2 where id = (select id from reg.household \
         where region_code >= $1 || '000000' and region_code < $1 || '999999' and not deleted order by region_code, id limit 1)",
    )
    .bind(county)
    .bind(if out { "03" } else { "01" })
    .execute(tx.conn())
    .await;
    done.db()?;
    tx.commit().await
}
