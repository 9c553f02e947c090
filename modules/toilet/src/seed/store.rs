//! Statements of the invented rows. Must not decide.

use base::Result;
use store::{DbResult, ScopedTx};
use uuid::Uuid;

const SQL: &str = include_str!("../../seed.sql");

/// Everything but sealed numbers.
pub(super) async fn rows(tx: &mut ScopedTx) -> Result<()> {
    sqlx::raw_sql(SQL).execute(tx.conn()).await.db().map(drop)
}

/// Toilets whose head's number is not sealed yet, with their households and ciphers.
pub(super) async fn open(tx: &mut ScopedTx, most: i64) -> Result<Vec<(Uuid, Uuid, String)>> {
    sqlx::query_as(
        "select t.id, h.id, h.head_id_no_cipher from toilet.house_toilet t join reg.household h on h.id = t.household_id \
         where t.head_id_card_cipher is null and h.head_id_no_cipher is not null order by t.id limit $1",
    )
    .bind(most)
    .fetch_all(tx.conn())
    .await
    .db()
}

pub(super) async fn seal(tx: &mut ScopedTx, ids: &[Uuid], ciphers: &[String]) -> Result<()> {
    let sql = "update toilet.house_toilet t set head_id_card_cipher = x.cipher from unnest($1::uuid[], $2::text[]) x (id, cipher) where t.id = x.id";
    sqlx::query(sql).bind(ids).bind(ciphers).execute(tx.conn()).await.db().map(drop)
}
