//! Invented toilets over an invented register, for demonstration and tests. Must not contain SQL.

mod store;

use crate::{attribute::Attributes, house, task::Count};
use ::http::App;
use ::store::ScopedTx;
use base::{Actor, Result};

/// Numbers sealed in one statement.
const BATCH: i64 = 2000;

/// Writes them; how many toilets there are then. An empty register gives none.
pub(crate) async fn seed(app: App) -> Result<u64> {
    let mut tx = app.db.begin(&Actor::system("演示数据")).await?;
    store::rows(&mut tx).await?;
    let n = sealed(&app, &mut tx).await?;
    tx.commit().await?;
    Attributes { db: app.db.clone() }.follow("演示").await?;
    Count { db: app.db.clone(), records: app.records.clone() }.follow().await?;
    Ok(n)
}

/// Seals each head's number for its new place; a cipher opens only where it was made.
async fn sealed(app: &App, tx: &mut ScopedTx) -> Result<u64> {
    let table = app.records.dataset(house::DATASET)?.table();
    let vault = &app.records.vault;
    let mut all = 0;
    loop {
        let rows = store::open(tx, BATCH).await?;
        if rows.is_empty() {
            return Ok(all);
        }
        let (mut ids, mut ciphers) = (Vec::new(), Vec::new());
        for (toilet, household, cipher) in &rows {
            let plain = vault.open(cipher, &secure::place("reg.household", "head_id_no", household))?;
            ids.push(*toilet);
            ciphers.push(vault.seal(plain.expose(), &secure::place(&table, "head_id_card", toilet))?);
        }
        store::seal(tx, &ids, &ciphers).await?;
        all += u64::try_from(rows.len()).unwrap_or(0);
    }
}
