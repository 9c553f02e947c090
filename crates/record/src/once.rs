//! Writes that a caller may send again after a broken connection: done once, answered every time. The note of a write
//! is kept in its own transaction. Must not know how the key arrives.

use crate::{Records, Row};
use base::{Error, Result};
use serde_json::Value as Json;
use sqlx::Row as _;
use std::collections::BTreeMap;
use store::{DbResult, ScopedTx};
use uuid::Uuid;

/// Days for which a repetition is recognised; a telephone that was off longer meets the usual version check.
const KEPT_DAYS: i32 = 60;

/// One write and the key under which its caller may repeat it.
#[derive(Clone, Debug)]
pub struct Once {
    key: Uuid,
    asked: String,
    digest: [u8; 32],
}

impl Records {
    /// `asked` names verb, dataset and row, `body` is what was sent; only a keyed digest of it is kept.
    pub fn once(&self, key: Uuid, asked: impl Into<String>, body: &Row) -> Once {
        let asked = asked.into();
        // the order in which fields were sent says nothing
        let sorted: BTreeMap<&String, &Json> = body.iter().collect();
        let text = serde_json::to_string(&sorted).unwrap_or_default();
        let digest = self.vault.mac(secure::MacKey::Row, format!("once|{asked}|{text}").as_bytes());
        Once { key, asked, digest }
    }
}

impl Once {
    /// Takes the key inside the transaction of the write. `Some(row)` when the write was done before: the caller answers with
    /// that row and writes nothing. A second sender waits here until the first has committed or given up.
    pub async fn begin(&self, tx: &mut ScopedTx) -> Result<Option<Uuid>> {
        let user = tx.actor().user_id;
        sqlx::query("delete from app.once where user_id = $1 and at < now() - make_interval(days => $2)")
            .bind(user)
            .bind(KEPT_DAYS)
            .execute(tx.conn())
            .await
            .db()?;
        let taken =
            sqlx::query("insert into app.once (user_id, key, asked, digest) values ($1, $2, $3, $4) on conflict do nothing")
                .bind(user)
                .bind(self.key)
                .bind(&self.asked)
                .bind(&self.digest[..])
                .execute(tx.conn())
                .await
                .db()?;
        if taken.rows_affected() == 1 {
            return Ok(None);
        }
        let row = sqlx::query("select asked, digest, row_id from app.once where user_id = $1 and key = $2")
            .bind(user)
            .bind(self.key)
            .fetch_one(tx.conn())
            .await
            .db()?;
        let same =
            row.try_get::<String, _>("asked").db()? == self.asked && row.try_get::<Vec<u8>, _>("digest").db()? == self.digest;
        let done: Option<Uuid> = row.try_get("row_id").db()?;
        if !same {
            return Err(Error::refused(
                "record.key_reused",
                "这次提交与之前用同一编号提交的内容不一致，没有保存。请刷新后重新提交。",
            )
            .with("row_id", done.map(|d| d.to_string())));
        }
        Ok(done)
    }

    /// Writes down which row came of it. To be called before the commit.
    pub async fn end(&self, tx: &mut ScopedTx, row: Uuid) -> Result<()> {
        let user = tx.actor().user_id;
        sqlx::query("update app.once set row_id = $3 where user_id = $1 and key = $2")
            .bind(user)
            .bind(self.key)
            .bind(row)
            .execute(tx.conn())
            .await
            .db()?;
        Ok(())
    }
}
