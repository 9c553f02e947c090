//! What is kept and what goes: month-ends for ever, one publication a day for a while, every one of the last two days; files
//! that belong to none of them, and files of copies that were cut short. Must not touch what a publication still names.

use crate::{Lake, store};
use base::Result;
use base::month::Month;
use chrono::{DateTime, Duration, FixedOffset, NaiveTime, TimeZone, Utc};
use futures::StreamExt;
use object_store::ObjectStoreExt;
use object_store::path::Path;
use std::collections::HashSet;

/// Days for which one publication a day is kept.
pub const KEEP_DAYS: i32 = 400;

/// What a sweep removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Swept {
    pub publications: u64,
    pub files: u64,
}

/// The first moment after a month, Beijing time.
pub fn end_of(month: Month) -> Option<DateTime<Utc>> {
    let beijing = FixedOffset::east_opt(8 * 3600)?;
    let next = month.last_day().succ_opt()?.and_time(NaiveTime::MIN);
    Some(beijing.from_local_datetime(&next).single()?.with_timezone(&Utc))
}

impl Lake {
    /// Keeps the last publication of each dataset before the end of a month for ever. Answers how many.
    pub async fn keep_month_end(&self, month: Month) -> Result<u64> {
        let Some(end) = end_of(month) else { return Ok(0) };
        store::keep_month_end(self.db.pool(), month.number(), end).await
    }

    /// Removes what nobody can ask for any more. Beside a running refresh it is safe: young files are left alone.
    pub async fn sweep(&self) -> Result<Swept> {
        let pool = self.db.pool();
        let mut out = Swept { publications: store::thin(pool, KEEP_DAYS).await?, files: 0 };
        for (id, path) in store::unnamed_files(pool).await? {
            self.remove(&path).await?;
            store::forget_file(pool, id).await?;
            out.files += 1;
        }
        let named: HashSet<String> = store::all_paths(pool).await?.into_iter().collect();
        let young = Utc::now() - Duration::days(1);
        let mut listed = self.files.list(None);
        let mut orphans = Vec::new();
        while let Some(found) = listed.next().await {
            let found = found.map_err(crate::write::storage)?;
            let path = found.location.to_string();
            let is_data = path.ends_with(".parquet") && !path.contains("/_delta_log/");
            if is_data && found.last_modified < young && !named.contains(&path) {
                orphans.push(path);
            }
        }
        for path in orphans {
            self.remove(&path).await?;
            out.files += 1;
        }
        Ok(out)
    }

    async fn remove(&self, path: &str) -> Result<()> {
        match self.files.delete(&Path::from(path)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(e) => Err(crate::write::storage(e)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_ends_at_midnight_in_beijing() {
        let end = |n| end_of(Month::from_number(n).unwrap()).unwrap().to_rfc3339();
        assert_eq!(end(202_611), "2026-11-30T16:00:00+00:00");
        assert_eq!(end(202_612), "2026-12-31T16:00:00+00:00");
    }
}
