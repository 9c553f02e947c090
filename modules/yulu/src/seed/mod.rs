//! Invented terms, rolls, verifications, documents, money and graduates over an invented register, for demonstration and tests.
//! Must not contain SQL.

mod store;

use ::http::App;
use ::store::ScopedTx;
use base::{Actor, Error, Result};
use secure::TokenKind;
use std::collections::BTreeMap;

/// Numbers sealed in one statement.
const BATCH: i64 = 2000;

/// Writes them; how many students were verified. An empty register gives none.
pub(crate) async fn seed(app: App) -> Result<u64> {
    let mut tx = app.db.begin(&Actor::system("演示数据")).await?;
    store::rows(&mut tx).await?;
    numbers(&app, &mut tx).await?;
    accounts(&app, &mut tx).await?;
    let n = store::students(&mut tx).await?;
    tx.commit().await?;
    Ok(u64::try_from(n).unwrap_or(0))
}

/// The place of a table's column, by the dataset that names it.
fn place(app: &App, dataset: &str, column: &str, row: &uuid::Uuid) -> Result<String> {
    Ok(secure::place(&app.records.dataset(dataset)?.table(), column, row))
}

/// Seals each person's number for its new places; a cipher opens only where it was made.
async fn numbers(app: &App, tx: &mut ScopedTx) -> Result<()> {
    let vault = &app.records.vault;
    loop {
        let rows = store::unsealed(tx, BATCH).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let mut by: BTreeMap<(&str, &str), Vec<store::Sealed>> = BTreeMap::new();
        for r in &rows {
            let plain = vault.open(&r.cipher, &secure::place("reg.member", "id_no", &r.member))?;
            let cipher = vault.seal(plain.expose(), &place(app, &r.dataset, &r.field, &r.row)?)?;
            let token = vault.token(TokenKind::IdCard, plain.expose()).to_vec();
            by.entry((r.dataset.as_str(), r.field.as_str())).or_default().push(store::Sealed { row: r.row, cipher, token });
        }
        for ((dataset, field), sealed) in by {
            let card = base::idcard::IdKind::Resident18.name();
            store::seal(tx, dataset, field, &sealed, Some(card)).await?;
        }
        store::done(tx, &rows.iter().map(|r| r.no).collect::<Vec<_>>()).await?;
    }
}

/// Seals the invented accounts.
async fn accounts(app: &App, tx: &mut ScopedTx) -> Result<()> {
    let vault = &app.records.vault;
    for dataset in ["yulu.verify", "yulu.subsidy"] {
        let mut after = uuid::Uuid::nil();
        loop {
            let rows = store::accounts(tx, dataset, after, BATCH).await?;
            let Some(last) = rows.last() else { break };
            after = last.0;
            let mut sealed = Vec::with_capacity(rows.len());
            for (row, account) in &rows {
                let cipher = vault.seal(account, &place(app, dataset, "bank_account", row)?)?;
                sealed.push(store::Sealed { row: *row, cipher, token: vault.token(TokenKind::Bank, account).to_vec() });
            }
            store::seal(tx, dataset, "bank_account", &sealed, None).await?;
        }
    }
    Ok(())
}

/// A column that the seed seals must be one of these.
fn known(dataset: &str, field: &str) -> Result<()> {
    let fields: &[&str] = match dataset {
        "yulu.verify" | "yulu.subsidy" => &["id_no", "payee_id_no", "bank_account"],
        "yulu.roll" | "yulu.graduate" => &["id_no"],
        _ => &[],
    };
    if fields.contains(&field) { Ok(()) } else { Err(Error::internal(format!("{dataset}.{field} is not sealed by the seed"))) }
}
