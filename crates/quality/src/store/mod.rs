//! Everything this room says to PostgreSQL. Must not decide.

mod editions;
mod findings;

pub(crate) use editions::{add, by_id, editions, release, released, retire, set_switch, switched_off, waiting};
pub(crate) use findings::{
    Finding, Plan, Settled, close_run, corrected, count, counties, dispatch, due_in, known, note, open_run, overview, settle,
    take_noted, trend,
};

use crate::scan::{Hit, Pass, Passed, Scan};
use ::store::{DbResult, ScopedTx};
use async_trait::async_trait;
use base::Result;
use futures::TryStreamExt;
use meta::rule::postgres;
use serde_json::Value as Json;
use sqlx::{AssertSqlSafe, Row as _};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Evaluates rules in PostgreSQL, on the rows as they are now.
#[derive(Clone, Copy, Debug, Default)]
pub struct Postgres;

#[async_trait]
impl Scan for Postgres {
    async fn pass(&self, tx: &mut ScopedTx, ask: &Pass<'_>, take: &mut (dyn FnMut(Hit) + Send)) -> Result<Passed> {
        sqlx::query("select set_config('ganong.today', $1, true)").bind(ask.today.to_string()).execute(tx.conn()).await.db()?;
        let all: Vec<usize> = (0..ask.rules.len()).collect();
        let mut out = Passed { rows: rows(tx, ask).await?, counts: vec![0; ask.rules.len()], failed: vec![] };
        // one statement for all; functions are total, so it does not fail, but if it does each rule is tried alone
        if attempt(tx, ask, &all, &mut out.counts, take).await.is_err() {
            out.counts = vec![0; ask.rules.len()];
            for i in all {
                if let Err(e) = attempt(tx, ask, &[i], &mut out.counts, take).await {
                    out.failed.push((i, e.sentence));
                }
            }
        }
        Ok(out)
    }
}

impl Postgres {
    /// Tells about rows that another engine caught, as they are now: subject → places of the rules.
    pub async fn tell(
        &self,
        tx: &mut ScopedTx,
        ask: &Pass<'_>,
        caught: BTreeMap<Uuid, Vec<usize>>,
        take: &mut (dyn FnMut(Hit) + Send),
    ) -> Result<()> {
        sqlx::query("select set_config('ganong.today', $1, true)").bind(ask.today.to_string()).execute(tx.conn()).await.db()?;
        let sql = format!(
            "select v.id, v.{file} as file, v.region_code, to_jsonb(v) as row from {view} v where v.id = any($1)",
            file = ask.view.file,
            view = ask.view.table(),
        );
        let ids: Vec<Uuid> = caught.keys().copied().collect();
        for some in ids.chunks(1000) {
            let found = sqlx::query(AssertSqlSafe(sql.clone())).bind(some).fetch_all(tx.conn()).await.db()?;
            for r in found {
                let subject: Uuid = r.try_get("id").db()?;
                let rules = caught.get(&subject).cloned().unwrap_or_default();
                take(hit(&r, rules)?);
            }
        }
        Ok(())
    }
}

fn hit(r: &sqlx::postgres::PgRow, rules: Vec<usize>) -> Result<Hit> {
    let row = match r.try_get::<Json, _>("row").db()? {
        Json::Object(m) => m,
        _ => serde_json::Map::new(),
    };
    Ok(Hit { rules, subject: r.try_get("id").db()?, file: r.try_get("file").db()?, region: r.try_get("region_code").db()?, row })
}

/// Rows of the view in range.
async fn rows(tx: &mut ScopedTx, ask: &Pass<'_>) -> Result<u64> {
    if ask.file.is_some() {
        return Ok(0);
    }
    let sql = format!("select count(*) from {} where region_code >= $1 and region_code < $2", ask.view.table());
    let n: i64 =
        sqlx::query_scalar(AssertSqlSafe(sql)).bind(&ask.range.lo).bind(&ask.range.hi).fetch_one(tx.conn()).await.db()?;
    Ok(n.unsigned_abs())
}

/// One statement for these rules inside a savepoint; hits are handed over once it went through.
async fn attempt(
    tx: &mut ScopedTx,
    ask: &Pass<'_>,
    which: &[usize],
    counts: &mut [u64],
    take: &mut (dyn FnMut(Hit) + Send),
) -> Result<()> {
    let exprs: Vec<String> =
        which.iter().map(|i| postgres::condition(&ask.rules[*i].compiled, ask.columns, ask.params)).collect();
    // offset 0 keeps the conditions from being evaluated twice
    let sql = format!(
        "select v.id, v.{file} as file, v.region_code, h.hits, to_jsonb(v) as row from {view} v \
         cross join lateral (select array[{exprs}]::boolean[] as hits offset 0) h \
         where v.region_code >= $1 and v.region_code < $2 and ($3::uuid is null or v.{file} = $3) and true = any(h.hits)",
        file = ask.view.file,
        view = ask.view.table(),
        exprs = exprs.join(", "),
    );
    let mut point = sqlx::Connection::begin(tx.conn()).await.db()?;
    let mut kept = Vec::new();
    let outcome = {
        let mut stream =
            sqlx::query(AssertSqlSafe(sql)).bind(&ask.range.lo).bind(&ask.range.hi).bind(ask.file).fetch(&mut *point);
        loop {
            match stream.try_next().await {
                Ok(Some(r)) => {
                    let hits: Vec<bool> = r.try_get("hits").db()?;
                    let mut places: Vec<usize> = Vec::new();
                    for (place, _) in which.iter().zip(&hits).filter(|(_, hit)| **hit) {
                        counts[*place] += 1;
                        if counts[*place] <= ask.cap as u64 {
                            places.push(*place);
                        }
                    }
                    if !places.is_empty() {
                        kept.push(hit(&r, places)?);
                    }
                }
                Ok(None) => break Ok(()),
                Err(e) => break Err(e),
            }
        }
    };
    match outcome {
        Ok(()) => {
            point.commit().await.db()?;
            kept.into_iter().for_each(take);
            Ok(())
        }
        Err(e) => {
            point.rollback().await.db()?;
            Err(::store::db_error(e))
        }
    }
}
