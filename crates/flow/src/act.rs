//! Taking a step: the row locked, the rules asked, the fields written through the record engine, the step written down,
//! the consequence drawn, all in the caller's transaction. Must not contain SQL.

use crate::store::{self, NewStep, Standing};
use crate::{Flows, MANY_MAX, Step, rules};
use ::store::ScopedTx;
use base::{Actor, Error, FieldProblem, RegionCode, Result};
use chrono::{DateTime, SecondsFormat, Utc};
use meta::{Dataset, Flow};
use record::{Provenance, Row};
use serde::Serialize;
use serde_json::{Value as Json, json};
use uuid::Uuid;

/// What somebody asks for.
#[derive(Clone, Debug, Default)]
pub struct Ask<'a> {
    /// Name of the transition.
    pub transition: &'a str,
    /// The version the person saw; a stale one is refused with who and when. None for engines.
    pub row_version: Option<i32>,
    pub opinion: &'a str,
    /// Values of the asked fields, wire form.
    pub fields: Row,
    /// Drawn along by another step or a job, which asked who may: steps that no role has can be taken so.
    pub led: bool,
}

impl<'a> Ask<'a> {
    pub fn new(transition: &'a str) -> Ask<'a> {
        Ask { transition, ..Ask::default() }
    }
    #[must_use]
    pub fn opinion(self, opinion: &'a str) -> Ask<'a> {
        Ask { opinion, ..self }
    }
    /// For engines only: what is asked over the wire is never led.
    #[must_use]
    pub fn led(self) -> Ask<'a> {
        Ask { led: true, ..self }
    }
    #[must_use]
    pub fn field(mut self, name: &str, value: impl Into<Json>) -> Ask<'a> {
        self.fields.insert(name.to_owned(), value.into());
        self
    }
}

/// Where the row stands after the step.
#[derive(Clone, Debug, Serialize)]
pub struct Done {
    pub id: Uuid,
    pub state: String,
    pub state_label: String,
    pub row_version: i32,
    pub due_at: Option<DateTime<Utc>>,
}

/// One row of a batch that was not led on, and why.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    pub id: Uuid,
    pub code: String,
    pub message: String,
}
#[derive(Clone, Debug, Default, Serialize)]
pub struct ManyDone {
    pub done: usize,
    pub failed: Vec<Failure>,
}

pub(crate) fn engine() -> Provenance {
    Provenance { trusted: true, ..Provenance::default() }
}

impl Flows {
    /// Leads a row on. The caller commits.
    pub async fn act(&self, tx: &mut ScopedTx, flow: &str, id: Uuid, ask: &Ask<'_>) -> Result<Done> {
        let (flow, d) = self.find(flow)?;
        let t = flow.transition(ask.transition).ok_or_else(|| {
            let name = meta::value::printable(ask.transition);
            Error::invalid("flow.no_transition", format!("“{}”没有步骤“{name}”，请刷新页面后重试。", flow.title))
        })?;
        let at = self.stand(tx, &flow, &d, id).await?;
        if ask.row_version.is_some_and(|v| v != at.row_version) {
            // the record engine says who changed it and when
            self.records.patch(tx, &d, id, ask.row_version, &Row::new(), &engine()).await?;
        }
        let from = at.state.clone().unwrap_or_default();
        let last = if t.not_by_last { store::last_actor(tx, id).await? } else { None };
        let mut actor = tx.actor().clone();
        if ask.led {
            actor.role = Actor::system("").role;
        }
        rules::may_act(&flow, t, &from, &self.state_label(&flow, &from), &actor, last)?;
        let opinion = rules::opinion(t, ask.opinion)?;
        let before = self.records.get_plain(tx, &d, id).await?;
        let problems = rules::asked(t, &d, &ask.fields, &before);
        if !problems.is_empty() {
            return Err(Error::refused("flow.fields", "办理信息填写有误，请按提示改正后再提交。").with_problems(problems));
        }
        let step = Step { flows: self, flow: &flow, transition: t, dataset: &d, id, row: &before, opinion, fields: &ask.fields };
        if let Some(name) = &t.guard {
            let guard = self.guards.guards.get(name).cloned().ok_or_else(|| unregistered("guard", name))?;
            guard.check(tx, &step).await?;
        }
        let mut after = before.clone();
        after.extend(ask.fields.clone());
        after.extend(t.set.clone());
        let now = Utc::now();
        let mut changes = ask.fields.clone();
        changes.extend(t.set.iter().map(|(n, v)| (n.clone(), v.clone())));
        let to = if t.to == "=" { from.as_str() } else { t.to.as_str() };
        if t.to != "=" {
            self.enter(tx, &flow, to, &at, &after, now, &mut changes).await?;
        }
        self.records.patch(tx, &d, id, None, &changes, &engine()).await?;
        store::add_step(
            tx,
            &NewStep {
                dataset: &d.id,
                row_id: id,
                region: &at.region,
                from: Some(&from),
                to,
                transition: &t.name,
                returned: t.returns,
                at: now,
                opinion,
                due_at: if t.to == "=" { None } else { at.due_at },
            },
        )
        .await?;
        if let Some(name) = &t.effect {
            let effect = self.guards.effects.get(name).cloned().ok_or_else(|| unregistered("effect", name))?;
            let row = self.records.get_plain(tx, &d, id).await?;
            effect.follow(tx, &Step { row: &row, ..step }).await?;
        }
        self.done(tx, &flow, &d, id).await
    }

    /// Puts a new row at the beginning of its flow.
    pub async fn start(&self, tx: &mut ScopedTx, flow: &str, id: Uuid) -> Result<Done> {
        let initial = self.find(flow)?.0.initial.clone();
        self.start_in(tx, flow, id, &initial).await
    }

    /// Puts a new row at the beginning, unless a hook has led it on already.
    pub async fn ensure_started(&self, tx: &mut ScopedTx, flow: &str, id: Uuid) -> Result<()> {
        if store::last_actor(tx, id).await?.is_some() {
            return Ok(());
        }
        self.start(tx, flow, id).await.map(drop)
    }

    /// Puts a new row into one of the states its flow may begin in.
    pub async fn start_in(&self, tx: &mut ScopedTx, flow: &str, id: Uuid, state: &str) -> Result<Done> {
        let (flow, d) = self.find(flow)?;
        if flow.initial != state && !flow.begins.iter().any(|b| b == state) {
            return Err(Error::internal(format!("{} does not begin in {state}", flow.id)));
        }
        let at = self.stand(tx, &flow, &d, id).await?;
        if store::last_actor(tx, id).await?.is_some() {
            return Err(Error::conflict("flow.started", "这条记录已在办理中，请刷新后查看。"));
        }
        let row = self.records.get_plain(tx, &d, id).await?;
        let now = Utc::now();
        let mut changes = Row::new();
        self.enter(tx, &flow, state, &at, &row, now, &mut changes).await?;
        self.records.patch(tx, &d, id, None, &changes, &engine()).await?;
        let first = NewStep {
            dataset: &d.id,
            row_id: id,
            region: &at.region,
            from: None,
            to: state,
            transition: "start",
            returned: false,
            at: now,
            opinion: "",
            due_at: None,
        };
        store::add_step(tx, &first).await?;
        self.done(tx, &flow, &d, id).await
    }

    /// The same step for many rows, each on its own: one that is refused does not hold up the others.
    pub async fn act_many(&self, tx: &mut ScopedTx, flow: &str, ids: &[Uuid], ask: &Ask<'_>) -> Result<ManyDone> {
        let (f, _) = self.find(flow)?;
        if !f.transition(ask.transition).is_some_and(|t| t.batch) {
            return Err(Error::refused("flow.not_batch", "这一步不能批量办理，请逐条办理。"));
        }
        if ids.len() > MANY_MAX {
            let text = format!("一次最多批量办理 {MANY_MAX} 条，请缩小范围后分批办理。");
            return Err(Error::refused("flow.too_many", text.clone()).with_problems(vec![FieldProblem::new(
                "ids",
                "flow.too_many",
                text,
            )]));
        }
        let mut out = ManyDone::default();
        for id in ids {
            store::mark(tx).await?;
            match self.act(tx, flow, *id, ask).await {
                Ok(_) => {
                    store::keep(tx).await?;
                    out.done += 1;
                }
                Err(e) if e.kind == base::Kind::Internal => return Err(e),
                Err(e) => {
                    store::back(tx).await?;
                    let message = e.problems.first().map_or(e.sentence, |p| p.message.clone());
                    out.failed.push(Failure { id: *id, code: e.code.into_owned(), message });
                }
            }
        }
        Ok(out)
    }

    async fn stand(&self, tx: &mut ScopedTx, flow: &Flow, d: &Dataset, id: Uuid) -> Result<Standing> {
        match store::standing(tx, d, flow, id, true).await? {
            Some(s) => Ok(s),
            // the record engine's own answer for a row that is not there; one that is set above is read here, not led
            None => Err(self.records.get_plain(tx, d, id).await.err().unwrap_or_else(crate::set_above)),
        }
    }

    async fn done(&self, tx: &mut ScopedTx, flow: &Flow, d: &Dataset, id: Uuid) -> Result<Done> {
        let s = store::standing(tx, d, flow, id, false).await?.ok_or_else(crate::no_flow)?;
        let state = s.state.unwrap_or_default();
        Ok(Done { id, state_label: self.state_label(flow, &state), state, row_version: s.row_version, due_at: s.due_at })
    }

    /// The state to be and when it is due, put into the changes of the row.
    #[expect(clippy::too_many_arguments, reason = "one place for what entering a state means")]
    async fn enter(
        &self,
        tx: &mut ScopedTx,
        flow: &Flow,
        to: &str,
        at: &Standing,
        row: &Row,
        now: DateTime<Utc>,
        changes: &mut Row,
    ) -> Result<()> {
        changes.insert(flow.field.clone(), to.into());
        let Some(due_field) = &flow.due_field else { return Ok(()) };
        let due = match flow.states.get(to).and_then(|s| s.limit.as_ref()) {
            None => None,
            Some(limit) => {
                let (key, described) = rules::limit_of(limit, row);
                let region = RegionCode::parse(&at.region)?;
                let set = self.params.whole(tx, &key, &region, rules::day_of(now)).await?;
                let days = set.and_then(|n| u32::try_from(n).ok()).filter(|n| *n <= 3660).unwrap_or(described);
                let exceptions = if limit.working {
                    let (from, to) = rules::horizon(now, days);
                    self.calendar.exceptions(tx, from, to).await?
                } else {
                    rules::Exceptions::new()
                };
                Some(rules::due(now, days, limit.working, &exceptions))
            }
        };
        changes.insert(due_field.clone(), json!(due.map(|d| d.to_rfc3339_opts(SecondsFormat::Millis, true))));
        Ok(())
    }
}

fn unregistered(what: &str, name: &str) -> Error {
    Error::internal(format!("{what} {name} is not registered"))
}
