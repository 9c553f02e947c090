//! Staging of a batch by COPY. Must not decide.

use crate::department::read::Staged;
use ::store::{DbResult, ScopedTx};
use base::Result;
use std::fmt::Write as _;

/// The temporary tables of one batch; they go with the transaction.
pub(in crate::department) async fn stage(tx: &mut ScopedTx) -> Result<()> {
    sqlx::raw_sql(
        "create temp table dept_row (id uuid, row_no integer, name text, cipher text, token bytea, id_ok boolean, id_kind text, \
           place text, village text collate \"C\", birth date, data_day date, day date, amount_fen bigint, relief_fen bigint, serial text, vals jsonb, reject text, reject_at text, missing text, \
           number_only boolean not null default false) \
           on commit drop",
    )
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}

/// Adds rows to the staging table.
pub(in crate::department) async fn copy(tx: &mut ScopedTx, rows: &[Staged]) -> Result<()> {
    let mut text = String::with_capacity(rows.len() * 300);
    for r in rows {
        let _ = write!(text, "{}\t{}\t", r.id, r.row_no);
        push(&mut text, Some(&r.name));
        push(&mut text, r.cipher.as_deref());
        match r.token {
            // two backslashes: COPY reads one of them
            Some(t) => {
                text.push_str("\\\\x");
                for b in t {
                    let _ = write!(text, "{b:02x}");
                }
                text.push('\t');
            }
            None => push(&mut text, None),
        }
        push(&mut text, r.id_ok.map(|ok| if ok { "t" } else { "f" }));
        push(&mut text, r.id_kind);
        push(&mut text, Some(&r.place));
        push(&mut text, r.village.as_deref());
        push(&mut text, r.birth.map(|d| d.to_string()).as_deref());
        push(&mut text, r.data_day.map(|d| d.to_string()).as_deref());
        push(&mut text, r.day.map(|d| d.to_string()).as_deref());
        push(&mut text, r.amount_fen.map(|f| f.to_string()).as_deref());
        let _ = write!(text, "{}\t", r.relief_fen);
        push(&mut text, Some(&r.serial));
        push(&mut text, r.vals.as_deref());
        push(&mut text, r.reject.as_ref().map(|x| x.sentence.as_str()));
        push(&mut text, r.reject.as_ref().map(|x| x.column.as_str()));
        push(&mut text, r.missing.as_deref());
        push(&mut text, Some(if r.number_only { "t" } else { "f" }));
        text.pop();
        text.push('\n');
    }
    let mut into = tx.conn().copy_in_raw("copy dept_row from stdin").await.db()?;
    into.send(text.as_bytes()).await.db()?;
    into.finish().await.db()?;
    Ok(())
}

fn push(out: &mut String, value: Option<&str>) {
    match value {
        None => out.push_str("\\N"),
        Some(v) => {
            for c in v.chars() {
                match c {
                    '\\' => out.push_str("\\\\"),
                    '\t' => out.push_str("\\t"),
                    '\n' => out.push_str("\\n"),
                    '\r' => out.push_str("\\r"),
                    c => out.push(c),
                }
            }
        }
    }
    out.push('\t');
}
