//! Statements of the invented rows. Must not decide.

use base::Result;
use sqlx::{AssertSqlSafe, Row as _};
use store::{DbResult, ScopedTx};
use uuid::Uuid;

const SQL: &str = include_str!("../../seed.sql");

/// Everything but sealed numbers and accounts; what is to be sealed stands in temporary tables of the transaction.
pub(super) async fn rows(tx: &mut ScopedTx) -> Result<()> {
    sqlx::raw_sql(SQL).execute(tx.conn()).await.db().map(drop)
}

/// A number to seal: where it goes, and whose it is.
pub(super) struct Unsealed {
    pub no: i64,
    pub dataset: String,
    pub field: String,
    pub row: Uuid,
    pub member: Uuid,
    pub cipher: String,
}

pub(super) async fn unsealed(tx: &mut ScopedTx, most: i64) -> Result<Vec<Unsealed>> {
    let rows = sqlx::query(
        "select s.no, s.dataset, s.field, s.row_id, m.id, m.id_no_cipher from seed_number s join reg.member m on m.id = s.member \
          where m.id_no_cipher is not null order by s.no limit $1",
    )
    .bind(most)
    .fetch_all(tx.conn())
    .await
    .db()?;
    let one = |r: sqlx::postgres::PgRow| {
        Ok(Unsealed {
            no: r.try_get("no").db()?,
            dataset: r.try_get("dataset").db()?,
            field: r.try_get("field").db()?,
            row: r.try_get("row_id").db()?,
            member: r.try_get("id").db()?,
            cipher: r.try_get("id_no_cipher").db()?,
        })
    };
    rows.into_iter().map(one).collect()
}

pub(super) async fn done(tx: &mut ScopedTx, numbers: &[i64]) -> Result<()> {
    sqlx::query("delete from seed_number where no = any($1)").bind(numbers).execute(tx.conn()).await.db().map(drop)
}

/// Invented accounts of a dataset's rows, after one.
pub(super) async fn accounts(tx: &mut ScopedTx, dataset: &str, after: Uuid, most: i64) -> Result<Vec<(Uuid, String)>> {
    sqlx::query_as("select row_id, account from seed_account where dataset = $1 and row_id > $2 order by row_id limit $3")
        .bind(dataset)
        .bind(after)
        .bind(most)
        .fetch_all(tx.conn())
        .await
        .db()
}

/// A sealed value for a row.
pub(super) struct Sealed {
    pub row: Uuid,
    pub cipher: String,
    pub token: Vec<u8>,
}

/// Writes sealed values; `kind` is that of an identity number.
pub(super) async fn seal(tx: &mut ScopedTx, dataset: &str, field: &str, all: &[Sealed], kind: Option<&str>) -> Result<()> {
    super::known(dataset, field)?;
    let card = kind.map_or(String::new(), |_| format!(", {field}_ok = true, {field}_kind = $4"));
    let sql = format!(
        "update {dataset} t set {field}_cipher = x.cipher, {field}_token = x.token{card} \
           from unnest($1::uuid[], $2::text[], $3::bytea[]) x (id, cipher, token) where t.id = x.id"
    );
    let ids: Vec<Uuid> = all.iter().map(|s| s.row).collect();
    let ciphers: Vec<&str> = all.iter().map(|s| s.cipher.as_str()).collect();
    let tokens: Vec<&[u8]> = all.iter().map(|s| s.token.as_slice()).collect();
    let mut q = sqlx::query(AssertSqlSafe(sql)).bind(ids).bind(ciphers).bind(tokens);
    if let Some(kind) = kind {
        q = q.bind(kind);
    }
    q.execute(tx.conn()).await.db().map(drop)
}

/// How many students were verified in all terms.
pub(super) async fn students(tx: &mut ScopedTx) -> Result<i64> {
    sqlx::query_scalar("select count(*) from yulu.verify").fetch_one(tx.conn()).await.db()
}
