//! What the province does to a whole term, as jobs: the rolls compared with the register and the students handed to the villages;
//! those who left school listed. One transaction each, committed together with its mark, so that a server killed at any moment
//! leaves nothing or everything. Must not contain SQL.

use super::DATASET;
use super::store::{self, Sought};
use crate::{day, engine, graduate, params, roll, text, whole};
use ::store::{Db, ScopedTx};
use async_trait::async_trait;
use base::{Error, RegionCode, Result};
use chrono::Utc;
use flow::{Ask, Flows};
use jobs::{Handler, Outcome, Run};
use meta::Verb;
use record::{NewRow, Row, Target};
use serde_json::{Value as Json, json};
use uuid::Uuid;

/// Students copied in at a time.
const CHUNK: usize = 2000;

/// What is done to the term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Rolls against the register, students to the villages.
    Compare,
    /// Who left school becomes a row to ask about.
    Graduates,
}

impl Work {
    /// Kind of these jobs.
    pub fn kind(self) -> &'static str {
        match self {
            Work::Compare => "yulu.compare",
            Work::Graduates => "yulu.graduates",
        }
    }
    /// The step of the term, by its name in the flow and in words.
    fn step(self) -> (&'static str, &'static str) {
        match self {
            Work::Compare => ("compare", "比对并派发"),
            Work::Graduates => ("graduates", "生成毕业生名单"),
        }
    }
    /// States of a term it is done in.
    fn states(self) -> &'static [&'static str] {
        match self {
            Work::Compare => &["20", "30"],
            Work::Graduates => &["30", "40"],
        }
    }
    /// Title of the job for a term of this name.
    pub(crate) fn title(self, term: &str) -> String {
        format!("{}：{term}", self.step().1)
    }
    /// Why it cannot be done to a term in this state.
    pub(crate) fn refusal(self, state: &str) -> Option<Error> {
        if self.states().contains(&state) {
            return None;
        }
        let when = match self {
            Work::Compare => "开始学籍回传以后、进入批复发放以前",
            Work::Graduates => "派发以后、学期办结以前",
        };
        Some(Error::conflict("yulu.term_state", format!("“{}”在{when}办理，请先看学期现在的状态。", self.step().1)))
    }
}

/// Payload: ids and choices only.
pub fn payload(term: Uuid) -> Json {
    json!({ "term_id": term })
}

/// The work behind both kinds.
pub struct TermJob {
    pub db: Db,
    pub flows: Flows,
    pub work: Work,
}

#[async_trait]
impl Handler for TermJob {
    async fn run(&self, run: &Run) -> Result<Outcome> {
        // an earlier attempt committed and was killed before it could say so
        if let Some(done) = run.mark.as_ref().and_then(|m| m.get("done")) {
            return Ok(Outcome::new(self.sentence(done), done.clone()));
        }
        let mut tx = self.db.begin(&run.actor).await?;
        let result = self.work(run, &mut tx).await?;
        run.progress.set(98.0, "保存");
        run.progress.check_cancelled()?;
        run.mark(tx.conn(), &json!({ "done": result })).await?;
        tx.commit().await?;
        Ok(Outcome::new(self.sentence(&result), result))
    }

    fn restartable(&self) -> bool {
        true
    }
}

impl TermJob {
    /// Everything, uncommitted; the answer is the result of the job.
    async fn work(&self, run: &Run, tx: &mut ScopedTx) -> Result<Json> {
        run.progress.set(1.0, "打开学期");
        let records = self.flows.records();
        let terms = records.dataset(DATASET)?.clone();
        records.allow(&run.actor, &terms, Verb::Update)?;
        let id = run.payload["term_id"].as_str().and_then(|t| Uuid::parse_str(t).ok());
        let id = id.ok_or_else(|| Error::invalid("yulu.term_unnamed", "任务中没有学期，请从学期批次重新办理。"))?;
        store::hold(tx, id).await?;
        let term = records.get_plain(tx, &terms, id).await?;
        if let Some(why) = self.work.refusal(text(&term, "state")) {
            return Err(why);
        }
        let out = match self.work {
            Work::Compare => self.compare(run, tx, id, &term).await?,
            Work::Graduates => self.graduates(run, tx, id).await?,
        };
        self.flows.act(tx, "yulu.term", id, &Ask::new(self.work.step().0).led()).await?;
        Ok(out)
    }

    async fn compare(&self, run: &Run, tx: &mut ScopedTx, id: Uuid, term: &Row) -> Result<Json> {
        let records = self.flows.records();
        let base = day(term, "base_date").ok_or_else(|| Error::refused("yulu.no_base", "学期没有对象身份基准日，请先补填。"))?;
        let cleared = params::numbers("36", base)?.get(tx, "yl_allow_cleared").await? != 0;
        let rolls = roll::compare(tx, records, id, |done, of| {
            run.progress.part(2.0, 45.0, done, of, &format!("学籍与基础信息比对，已 {done} 条"));
            run.progress.check_cancelled()
        })
        .await?;
        run.progress.set(45.0, "补上迟到的学籍");
        let refreshed = self.refresh(tx, id).await?;
        let sought = Sought { term: id, base, ages: (whole(term, "age_min"), whole(term, "age_max")), cleared };
        let counties = store::counties(tx).await?;
        let (mut added, mut without, mut places) = (0usize, 0usize, Vec::new());
        for (n, county) in counties.iter().enumerate() {
            run.progress.part(46.0, 95.0, n as u64, counties.len() as u64, &format!("派发待核实名单，{}", county.name));
            run.progress.check_cancelled()?;
            let (all, bare) = self.hand_out(tx, &sought, &county.code).await?;
            if all > 0 {
                places.push(json!({ "county": county.name, "added": all, "without_roll": bare }));
            }
            added += all;
            without += bare;
        }
        let listed = store::listed(tx, id).await?;
        let own = Row::from_iter([("candidates".to_owned(), json!(listed))]);
        records.patch(tx, &records.dataset(DATASET)?.clone(), id, None, &own, &engine()).await?;
        let mut line = json!({
            "region_code": text(term, "region_code"), "batch_id": id, "compared_at": Utc::now().to_rfc3339(), "compared_by": run.actor.name,
            "rolls": rolls.all(), "same": rolls.of("1"), "other_name": rolls.of("2"), "other_number": rolls.of("3"), "several": rolls.of("4"),
            "unknown": rolls.of("5"), "changed": rolls.changed, "added": added, "without_roll": without, "refreshed": refreshed, "listed": listed,
        });
        let comparisons = records.dataset("yulu.comparison")?.clone();
        let row = line.as_object().cloned().unwrap_or_default();
        records.create(tx, &comparisons, &row, &engine()).await?;
        line["term_id"] = json!(id);
        line["term"] = json!(text(term, "name"));
        line["counties"] = json!(places);
        Ok(line)
    }

    /// Students of a county who are on a roll, and those the register takes for vocational students without one, become rows to
    /// verify and start with their villages; who has one already keeps it. How many, and how many of them without a roll.
    async fn hand_out(&self, tx: &mut ScopedTx, sought: &Sought, county: &str) -> Result<(usize, usize)> {
        let records = self.flows.records();
        let (mut rows, mut bare) = (vec![], 0);
        for c in store::candidates(tx, sought, county).await? {
            let mut values = c.values;
            if let Some(cipher) = &c.id_cipher {
                let plain = records.vault.open(cipher, &secure::place("reg.member", "id_no", &c.person))?;
                values.insert("id_no".into(), json!(plain.expose()));
            }
            bare += usize::from(!values.contains_key("roll_id"));
            rows.push(NewRow { id: Uuid::now_v7(), region: RegionCode::parse(&c.region)?, values });
        }
        let verify = records.dataset("yulu.verify")?.clone();
        for part in rows.chunks(CHUNK) {
            records.create_many(tx, &verify, part, &engine()).await?;
            let ids: Vec<Uuid> = part.iter().map(|r| r.id).collect();
            self.flows.start_many(tx, "yulu.verify", &ids, "20").await?;
        }
        Ok((rows.len(), bare))
    }

    /// A student handed out without a roll gets the one that came since, as long as nobody worked on the row.
    async fn refresh(&self, tx: &mut ScopedTx, term: Uuid) -> Result<usize> {
        let targets: Vec<Target> = store::late(tx, term)
            .await?
            .into_iter()
            .map(|l| Target {
                id: l.id,
                region: l.region,
                row_version: l.row_version,
                own: l.values,
                old: Row::from_iter([("match_result".to_owned(), json!("6"))]),
            })
            .collect();
        let records = self.flows.records();
        let verify = records.dataset("yulu.verify")?.clone();
        records.set_many(tx, &verify, &targets, &Row::new(), &engine()).await?;
        Ok(targets.len())
    }

    /// Who left a school by the rolls of the term becomes a row to ask about.
    async fn graduates(&self, run: &Run, tx: &mut ScopedTx, id: Uuid) -> Result<Json> {
        let records = self.flows.records();
        let d = records.dataset("yulu.graduate")?.clone();
        let leavers = graduate::store::leavers(tx, id).await?;
        for (n, row) in leavers.iter().enumerate() {
            if n % 100 == 0 {
                run.progress.part(2.0, 95.0, n as u64, leavers.len() as u64, &format!("登记毕业生，已 {n} 人"));
                run.progress.check_cancelled()?;
            }
            let saved = records.create(tx, &d, row, &engine()).await?;
            self.flows.ensure_started(tx, "yulu.graduate", saved.id).await?;
        }
        Ok(json!({ "term_id": id, "graduates": leavers.len() }))
    }

    fn sentence(&self, r: &Json) -> String {
        let n = |k: &str| r[k].as_i64().unwrap_or(0);
        match self.work {
            Work::Compare => format!(
                "比对学籍 {} 条：一致 {}，需人工判定 {}，未匹配 {}；新派发 {} 人，补上学籍 {} 人，名单共 {} 人。",
                n("rolls"),
                n("same") + n("other_name"),
                n("other_number") + n("several"),
                n("unknown"),
                n("added"),
                n("refreshed"),
                n("listed"),
            ),
            Work::Graduates => format!("新登记毕业生 {} 人，已进入村的待办。", n("graduates")),
        }
    }
}
