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
