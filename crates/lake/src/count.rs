//! Counting over the lake: villages are counted once for each file and kept, so that only changed counties are counted again;
//! regions are rolled up from villages and always add up. Must not arrange tables or know a report.

use crate::engine::{collect, plan_error};
use crate::plan::{self, Ask};
use crate::shape::Type;
use crate::snapshot::{SnapshotTable, touches};
use crate::store::{self, File, Moment};
use crate::{Lake, When};
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Error, Kind, Level, Result, Scope};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type};
use report::{Count, Figures, Group, Plan, Source};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

/// Villages of one county: code and one figure for each measure.
type Villages = Vec<(String, Vec<Decimal>)>;

/// Counts over the lake from a level upward, over the records below it and wherever the lake cannot answer.
pub struct LakeCount {
    lake: Lake,
    record: Arc<dyn Count>,
    from: Level,
    exact_below: u64,
    known: Mutex<Known>,
    /// Plans at once; each uses all threads of the engine.
    turns: tokio::sync::Semaphore,
}

/// What was counted already. Files never change, and neither do publications.
#[derive(Default)]
struct Known {
    /// Question → first file of the county → villages.
    villages: HashMap<String, HashMap<String, Arc<Villages>>>,
    /// (publication, question) → answer.
    whole: HashMap<(i64, String), Arc<Figures>>,
}
/// Questions kept; the next one empties the memory.
const QUESTIONS: usize = 300;

/// So many rows PostgreSQL counts in an instant: while changes wait to be copied it does, so that who has just changed
/// something sees it in the figure, and a small system is always exact.
pub(crate) const EXACT_BELOW: u64 = 300_000;

impl LakeCount {
    /// `record` counts below `from`, and where the lake has no answer.
    pub fn new(lake: Lake, record: Arc<dyn Count>, from: Level) -> LakeCount {
        LakeCount { lake, record, from, exact_below: EXACT_BELOW, known: Mutex::default(), turns: tokio::sync::Semaphore::new(2) }
    }

    /// Rows of a range below which waiting changes send a question to the records.
    #[must_use]
    pub fn with_exact_below(self, rows: u64) -> LakeCount {
        LakeCount { exact_below: rows, ..self }
    }

    /// Figures of one moment of a dataset inside a range. None: not a question for the lake.
    pub async fn figures(&self, m: &Arc<Moment>, plan: &Plan<'_>, range: &Scope) -> Result<Option<Figures>> {
        let Some(asks) = plan::asks(&plan.measures, plan.period) else { return Ok(None) };
        let mut out = Figures::default();
        match plan.group {
            Group::Region { digits } => {
                let (adding, whole): (Vec<&Ask>, Vec<&Ask>) = asks.iter().partition(|a| a.adds_up);
                if !adding.is_empty() {
                    out.join(roll_up(&self.villages(m, &adding, range).await?, &adding, digits, range));
                }
                if !whole.is_empty() {
                    let key = format!("rpad(substr(region_code, 1, {digits}), 12, '0')");
                    out.join((*self.whole(m, &whole, &key, range).await?).clone());
                }
            }
            Group::Column(name) => {
                let written_alike = |t: Type| matches!(t, Type::Text | Type::Int | Type::Long | Type::Bool | Type::Date);
                if !m.columns.iter().any(|c| c.name == name && written_alike(c.of)) {
                    return Ok(None);
                }
                let key = format!("coalesce(cast({name} as varchar), '')");
                out.join((*self.whole(m, &asks.iter().collect::<Vec<_>>(), &key, range).await?).clone());
            }
        }
        Ok(Some(out))
    }

    /// Villages of the counties that meet a range; counties whose files were counted before are not read again.
    async fn villages(&self, m: &Arc<Moment>, asks: &[&Ask], range: &Scope) -> Result<Vec<Arc<Villages>>> {
        let question = plan::by_village(asks);
        let keeps = asks.iter().all(|a| !a.moves);
        let mut counties: BTreeMap<&str, Vec<&File>> = BTreeMap::new();
        for f in m.files.iter().filter(|f| touches(&f.county, &range.lo, &range.hi)) {
            counties.entry(f.county.as_str()).or_default().push(f);
        }
        let have = |known: &Known, files: &[&File]| known.villages.get(&question)?.get(&files.first()?.path).cloned();
        let _turn = match counties.values().all(|f| have(&self.lock(), f).is_some()) {
            true => None,
            // somebody else may count the same thing just now
            false => Some(self.turns.acquire().await.map_err(Error::internal)?),
        };
        let (mut out, mut missing) = (Vec::new(), BTreeMap::new());
        {
            let known = self.lock();
            for (county, files) in counties {
                match have(&known, &files).filter(|_| keeps) {
                    Some(v) => out.push(v),
                    None => {
                        missing.insert(county.to_owned(), files.into_iter().cloned().collect::<Vec<File>>());
                    }
                }
            }
        }
        if missing.is_empty() {
            return Ok(out);
        }
        let table = SnapshotTable::of(m, missing.values().flatten().cloned().collect());
        let counted = self.ask(table, question.clone()).await?;
        let mut by_county: HashMap<&str, Villages> = missing.keys().map(|c| (c.as_str(), Vec::new())).collect();
        for (code, figures) in rows(&counted, 1)? {
            let code = code.unwrap_or_default();
            let figures = figures.into_iter().map(Option::unwrap_or_default).collect();
            if let Some(county) = by_county.get_mut(code.get(..6).unwrap_or_default()) {
                county.push((code, figures));
            }
        }
        let mut known = self.lock();
        if keeps && known.villages.len() >= QUESTIONS {
            known.villages.clear();
        }
        for (county, villages) in by_county {
            let villages = Arc::new(villages);
            out.push(villages.clone());
            if let (true, Some(first)) = (keeps, missing.get(county).and_then(|f| f.first())) {
                let of = known.villages.entry(question.clone()).or_default();
                // files that were replaced meanwhile
                if of.len() > 4 * m.files.len() + 100 {
                    of.clear();
                }
                of.insert(first.path.clone(), villages);
            }
        }
        Ok(out)
    }

    /// Measures that do not add up are counted for each value of a key and for all of them.
    async fn whole(&self, m: &Arc<Moment>, asks: &[&Ask], key: &str, range: &Scope) -> Result<Arc<Figures>> {
        let question = plan::by_key(asks, key, &range.lo, &range.hi);
        let key = (m.publication, question.clone());
        if let Some(f) = self.lock().whole.get(&key) {
            return Ok(f.clone());
        }
        let _turn = self.turns.acquire().await.map_err(Error::internal)?;
        let counted = self.ask(SnapshotTable::new(m, &range.lo, &range.hi), question).await?;
        let mut out = Figures::default();
        for (name, mut figures) in rows(&counted, 1)? {
            let all = figures.remove(0) == Some(Decimal::ONE);
            let values = asks.iter().zip(figures).filter_map(|(a, v)| Some((a.key.clone(), v?))).collect();
            match name.filter(|_| !all) {
                Some(n) => {
                    out.rows.insert(n, values);
                }
                None => out.total = values,
            }
        }
        let out = Arc::new(out);
        if asks.iter().all(|a| !a.moves) {
            let mut known = self.lock();
            if known.whole.len() >= QUESTIONS {
                known.whole.clear();
            }
            known.whole.insert(key, out.clone());
        }
        Ok(out)
    }

    /// Forgets what was counted of a county, so that it is counted again.
    pub fn forget(&self, county: &str) {
        let part = format!("/county={county}/");
        self.lock().villages.values_mut().for_each(|v| v.retain(|path, _| !path.contains(&part)));
    }

    async fn ask(&self, table: SnapshotTable, question: String) -> Result<Vec<RecordBatch>> {
        let table = Arc::new(table);
        self.lake
            .engine
            .ask(|session| {
                let (table, question) = (table.clone(), question.clone());
                async move {
                    session.register_table("t", table).map_err(plan_error)?;
                    collect(session.sql(&question).await.map_err(plan_error)?).await
                }
            })
            .await
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[async_trait]
impl Count for LakeCount {
    async fn count(&self, tx: &mut ScopedTx, plan: &Plan<'_>) -> Result<Figures> {
        let Some(range) = plan.range.meet(tx.scope()) else { return Ok(Figures::default()) };
        if !covers(&range, self.from) {
            return self.record.count(tx, plan).await;
        }
        let answer = async {
            let id = match plan.source {
                Source::Dataset(d) => d.id.as_str(),
                Source::View(v) => v,
            };
            let Some(item) = self.lake.item(id).await? else { return Ok(None) };
            // changes are looked for before the publication: one published in between is not called missing
            let since = store::since(tx.conn(), &item, &range.lo, &range.hi).await?;
            let Some(m) = self.lake.moment(id, When::Now).await? else { return Ok(None) };
            let rows: u64 = m.files.iter().filter(|f| touches(&f.county, &range.lo, &range.hi)).map(|f| f.rows).sum();
            if since.is_some() && rows < self.exact_below {
                return Ok(None);
            }
            let Some(mut f) = self.figures(&m, plan, &range).await? else { return Ok(None) };
            f.asof = since;
            Ok::<_, Error>(Some(f))
        };
        match answer.await {
            Ok(Some(f)) => Ok(f),
            Ok(None) => self.record.count(tx, plan).await,
            Err(e) if e.kind == Kind::Unavailable || e.code == "lake.cannot_plan" => {
                tracing::warn!(error = %e.chain(), "counted over the records instead of the lake");
                self.record.count(tx, plan).await
            }
            Err(e) => Err(e),
        }
    }
}

/// Whether a range covers at least a region of this level.
pub fn covers(range: &Scope, level: Level) -> bool {
    let digits = level.digits();
    range.lo.as_bytes().get(digits..).is_some_and(|rest| rest.iter().all(|b| *b == b'0'))
        && range.lo.get(..digits) != range.hi.get(..digits)
}

/// Adds villages up to regions of `digits` digits and to the total.
pub fn roll_up(counties: &[Arc<Villages>], asks: &[&Ask], digits: usize, range: &Scope) -> Figures {
    let mut regions: BTreeMap<String, Vec<Decimal>> = BTreeMap::new();
    let mut total = vec![Decimal::ZERO; asks.len()];
    let inside = |code: &str| range.lo.as_str() <= code && code < range.hi.as_str();
    for (code, figures) in counties.iter().flat_map(|c| c.iter()).filter(|(code, _)| inside(code)) {
        let sums = regions.entry(plan::region_of(code, digits)).or_insert_with(|| vec![Decimal::ZERO; asks.len()]);
        for (n, f) in figures.iter().enumerate() {
            sums[n] += f;
            total[n] += f;
        }
    }
    let keyed = |v: Vec<Decimal>| asks.iter().map(|a| a.key.clone()).zip(v).collect::<BTreeMap<String, Decimal>>();
    Figures { rows: regions.into_iter().map(|(r, v)| (r, keyed(v))).collect(), total: keyed(total), asof: None }
}

/// A row of an answer: its name and its figures.
pub(crate) type Answered = (Option<String>, Vec<Option<Decimal>>);

/// The rows of an answer: the first column as text, the others as numbers.
pub(crate) fn rows(batches: &[RecordBatch], texts: usize) -> Result<Vec<Answered>> {
    let mut out = Vec::new();
    for b in batches {
        let first = cast(b.column(0), &DataType::Utf8).map_err(Error::internal)?;
        let first = first.as_string::<i32>();
        let numbers = b.columns()[texts..].iter().map(numbers).collect::<Result<Vec<_>>>()?;
        for i in 0..b.num_rows() {
            let text = first.is_valid(i).then(|| first.value(i).to_owned());
            out.push((text, numbers.iter().map(|n| n[i]).collect()));
        }
    }
    Ok(out)
}

/// A column of figures; a mean over nothing is none.
fn numbers(column: &ArrayRef) -> Result<Vec<Option<Decimal>>> {
    match column.data_type() {
        DataType::Decimal128(_, scale) => {
            let scale = u32::try_from(*scale).unwrap_or_default();
            let one = |v: i128| Decimal::try_from_i128_with_scale(v, scale).map_err(Error::internal);
            column.as_primitive::<Decimal128Type>().iter().map(|v| v.map(one).transpose()).collect()
        }
        DataType::Float64 => {
            let values = column.as_primitive::<Float64Type>().iter();
            Ok(values.map(|v| v.and_then(|v| Decimal::try_from(v).ok())).collect())
        }
        _ => {
            let whole = cast(column, &DataType::Int64).map_err(Error::internal)?;
            Ok(whole.as_primitive::<Int64Type>().iter().map(|v| v.map(Decimal::from)).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::RegionCode;

    #[test]
    fn a_range_is_wide_from_its_level_upward() {
        for (code, county, city) in
            [("36", true, true), ("3601", true, true), ("360121", true, false), ("360121100", false, false)]
        {
            let range = RegionCode::parse(code).unwrap().scope();
            assert_eq!((covers(&range, Level::County), covers(&range, Level::City)), (county, city), "{code}");
        }
    }

    #[test]
    fn levels_add_up_and_what_lies_outside_is_not_counted() {
        let ask = Ask { key: "n".into(), sql: "count(*)".into(), adds_up: true, moves: false };
        let county = |v: &[(&str, i64)]| Arc::new(v.iter().map(|(c, n)| ((*c).to_owned(), vec![Decimal::from(*n)])).collect());
        let counties: Vec<Arc<Villages>> =
            vec![county(&[("360121100001", 3), ("360121100002", 4), ("360121101001", 5)]), county(&[("360122100001", 7)])];
        let scope = |lo: &str, hi: &str| Scope { lo: lo.into(), hi: hi.into() };
        for digits in [2, 4, 6, 9, 12] {
            let f = roll_up(&counties, &[&ask], digits, &scope("360000000000", "370000000000"));
            assert_eq!(f.total["n"], Decimal::from(19));
            assert_eq!(f.rows.values().map(|v| v["n"]).sum::<Decimal>(), Decimal::from(19), "{digits} digits");
        }
        let f = roll_up(&counties, &[&ask], 9, &scope("360121000000", "360122000000"));
        assert_eq!(f.total["n"], Decimal::from(12));
        assert_eq!(f.rows["360121100000"]["n"], Decimal::from(7));
    }
}
