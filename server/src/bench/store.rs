//! What benchmarks put away between two runs. Never used by a served system.

use base::Result;
use store::{Db, DbResult};

/// Batches of departments and everything that came of them.
pub(super) async fn forget_batches(db: &Db) -> Result<()> {
    sqlx::raw_sql(
        "truncate relapse.dept_batch, relapse.dept_record, relapse.dept_value, relapse.dispatch_batch, relapse.dispatch_count, \
           relapse.clue, relapse.clue_trigger cascade; \
         truncate app.flow_step, app.row_change",
    )
    .execute(db.pool())
    .await
    .db()?;
    sqlx::raw_sql("vacuum analyze relapse.clue").execute(db.pool()).await.db()?;
    Ok(())
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
