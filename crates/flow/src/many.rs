//! The same step for very many rows, set by set: for engines and jobs that lead a whole batch on. The decisions are those of a
//! single step; only steps without guard, effect and asked fields can be taken so. Must not contain SQL.

use crate::act::engine;
use crate::store::{self, ManyStanding, NewStep};
use crate::{Ask, Failure, Flows, ManyDone, rules};
use ::store::ScopedTx;
use base::{Error, Result};
use chrono::{DateTime, SecondsFormat, Utc};
use meta::Flow;
use record::{Row, Target};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Most rows of one statement.
const CHUNK: usize = 5000;

/// Due moments of a state, looked up once for all rows.
struct Dues {
    /// By the value the limit goes by: days by region, and the described number.
    by: HashMap<String, (BTreeMap<String, i64>, u32)>,
    days: HashMap<u32, DateTime<Utc>>,
}

impl Flows {
    /// Puts new rows at the beginning of their flow; `state` is the initial one or one of `begins`.
    pub async fn start_many(&self, tx: &mut ScopedTx, flow: &str, ids: &[Uuid], state: &str) -> Result<usize> {
        let (flow, d) = self.find(flow)?;
        if flow.initial != state && !flow.begins.iter().any(|b| b == state) {
            return Err(Error::internal(format!("{} does not begin in {state}", flow.id)));
        }
        let now = Utc::now();
        let by = by_field(&flow, state);
        let mut dues: Option<Dues> = None;
        let mut done = 0;
        for chunk in ids.chunks(CHUNK) {
            let rows = store::standing_many(tx, &d, &flow, chunk, by.as_deref()).await?;
            if rows.iter().any(|r| r.last.is_some()) {
                return Err(Error::conflict("flow.started", "这些记录已在办理中，请刷新后查看。"));
            }
            let step = NewStep {
                dataset: &d.id,
                row_id: Uuid::nil(),
                region: "",
                from: None,
                to: state,
                transition: "start",
                returned: false,
                at: now,
                opinion: "",
                due_at: None,
            };
            self.enter_many(tx, &flow, state, &rows, &Row::new(), now, &mut dues).await?;
            let lines: Vec<_> = rows.iter().map(|r| (r.id, r.region.as_str(), None)).collect();
            store::add_steps(tx, &step, &lines).await?;
            done += rows.len();
        }
        Ok(done)
    }

    /// Leads rows on as [`Flows::act_many`] does, without a bound on their number. `told` hears how many are done.
    pub async fn lead_all(
        &self,
        tx: &mut ScopedTx,
        flow: &str,
        ids: &[Uuid],
        ask: &Ask<'_>,
        mut told: impl FnMut(usize) -> Result<()> + Send,
    ) -> Result<ManyDone> {
        let (flow, d) = self.find(flow)?;
        let t = flow.transition(ask.transition).ok_or_else(crate::no_flow)?;
        let plain =
            t.batch && t.to != "=" && t.guard.is_none() && t.effect.is_none() && t.fields.is_empty() && ask.fields.is_empty();
        if !plain {
            return Err(Error::refused("flow.not_batch", "这一步不能批量办理，请逐条办理。"));
        }
        let opinion = rules::opinion(t, ask.opinion)?;
        let actor = tx.actor().clone();
        let now = Utc::now();
        let set: Row = t.set.iter().map(|(n, v)| (n.clone(), v.clone())).collect();
        let by = by_field(&flow, &t.to);
        let mut dues: Option<Dues> = None;
        let mut out = ManyDone::default();
        for chunk in ids.chunks(CHUNK) {
            let rows = store::standing_many(tx, &d, &flow, chunk, by.as_deref()).await?;
            let mut may: Vec<ManyStanding> = Vec::with_capacity(rows.len());
            for r in rows {
                let last = r.last.filter(|_| t.not_by_last);
                match rules::may_act(&flow, t, &r.state, &self.state_label(&flow, &r.state), &actor, last) {
                    Ok(()) => may.push(r),
                    Err(e) => out.failed.push(Failure { id: r.id, code: e.code.into_owned(), message: e.sentence }),
                }
            }
            self.enter_many(tx, &flow, &t.to, &may, &set, now, &mut dues).await?;
            for from in may.iter().map(|r| r.state.as_str()).collect::<std::collections::BTreeSet<_>>() {
                let step = NewStep {
                    dataset: &d.id,
                    row_id: Uuid::nil(),
                    region: "",
                    from: Some(from),
                    to: &t.to,
                    transition: &t.name,
                    returned: t.returns,
                    at: now,
                    opinion,
                    due_at: None,
                };
                let lines: Vec<_> = may.iter().filter(|r| r.state == from).map(|r| (r.id, r.region.as_str(), r.due_at)).collect();
                store::add_steps(tx, &step, &lines).await?;
            }
            out.done += may.len();
            told(out.done)?;
        }
        Ok(out)
    }

    /// State and due moment written into rows that stand locked.
    #[expect(clippy::too_many_arguments, reason = "what entering a state means, for many rows")]
    async fn enter_many(
        &self,
        tx: &mut ScopedTx,
        flow: &Flow,
        to: &str,
        rows: &[ManyStanding],
        set: &Row,
        now: DateTime<Utc>,
        dues: &mut Option<Dues>,
    ) -> Result<()> {
        let (_, d) = self.find(&flow.id)?;
        let mut values = set.clone();
        values.insert(flow.field.clone(), to.into());
        let mut targets = Vec::with_capacity(rows.len());
        for r in rows {
            let mut own = Row::new();
            let mut old = Row::from_iter([(flow.field.clone(), Json::from(r.state.clone()))]);
            if let Some(field) = &flow.due_field {
                let due = self.due_of(tx, flow, to, r, now, dues).await?;
                let shown = |m: Option<DateTime<Utc>>| json!(m.map(|m| m.to_rfc3339_opts(SecondsFormat::Millis, true)));
                own.insert(field.clone(), shown(due));
                old.insert(field.clone(), shown(r.due_at));
            }
            targets.push(Target { id: r.id, region: r.region.clone(), row_version: r.row_version, own, old });
        }
        self.records.set_many(tx, &d, &targets, &values, &engine()).await
    }

    async fn due_of(
        &self,
        tx: &mut ScopedTx,
        flow: &Flow,
        to: &str,
        r: &ManyStanding,
        now: DateTime<Utc>,
        dues: &mut Option<Dues>,
    ) -> Result<Option<DateTime<Utc>>> {
        let Some(limit) = flow.states.get(to).and_then(|s| s.limit.as_ref()) else { return Ok(None) };
        let dues = dues.get_or_insert_with(|| Dues { by: HashMap::new(), days: HashMap::new() });
        let value = r.by.clone().unwrap_or_default();
        if !dues.by.contains_key(&value) {
            let mut row = Row::new();
            if let Some(by) = &limit.by {
                row.insert(by.field.clone(), value.clone().into());
            }
            let (key, described) = rules::limit_of(limit, &row);
            let set = self.params.all(tx, &key, rules::day_of(now)).await?;
            dues.by.insert(value.clone(), (set, described));
        }
        let Some((set, described)) = dues.by.get(&value) else { return Ok(None) };
        let days =
            rules::nearest(set, &r.region).and_then(|n| u32::try_from(n).ok()).filter(|n| *n <= 3660).unwrap_or(*described);
        if let Some(at) = dues.days.get(&days) {
            return Ok(Some(*at));
        }
        let exceptions = if limit.working {
            let (from, until) = rules::horizon(now, days);
            self.calendar.exceptions(tx, from, until).await?
        } else {
            rules::Exceptions::new()
        };
        let at = rules::due(now, days, limit.working, &exceptions);
        dues.days.insert(days, at);
        Ok(Some(at))
    }
}

fn by_field(flow: &Flow, state: &str) -> Option<String> {
    flow.states.get(state)?.limit.as_ref()?.by.as_ref().map(|by| by.field.clone())
}
