//! Printed ledgers: the columns of the form over rows of one dataset and of what hangs together with them, page by page for
//! the screen and as a workbook. Every value is read through `record`, so regions and masks hold; a column over rows that
//! this actor may not read stays empty. Must not know what the rows are about.

mod job;
mod store;

pub use job::{LEDGER, LedgerExport, payload, visible_mark};

use ::store::{Db, ScopedTx};
use base::{Actor, Error, Level, RegionCode, Result};
use meta::ledger::{LedgerColumn, Step};
use meta::{Dataset, Field, Kind, Ledger, Verb};
use record::{ListQuery, Records, Row};
use serde::Serialize;
use serde_json::Value as Json;
use sheet::{Column, OutCell, OutKind};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use uuid::Uuid;

/// The engine. Cheap to clone.
#[derive(Clone)]
pub struct Ledgers {
    pub records: Records,
    pub db: Db,
}

/// One ledger in the list.
#[derive(Clone, Debug, Serialize)]
pub struct LedgerName {
    pub id: String,
    pub title: String,
    pub dataset: String,
    pub columns: usize,
    pub missing: String,
    pub may_export: bool,
}

/// A column as the screen draws it.
#[derive(Clone, Debug, Serialize)]
pub struct LedgerHead {
    pub label: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// Numbers and amounts stand right.
    pub number: bool,
}

/// One page of a ledger.
#[derive(Clone, Debug, Serialize)]
pub struct LedgerPage {
    pub columns: Vec<LedgerHead>,
    /// Id of the row in its dataset, and the cells as texts.
    pub rows: Vec<LedgerRow>,
    pub next: Option<String>,
    pub count: Option<i64>,
    pub count_exact: bool,
}
#[derive(Clone, Debug, Serialize)]
pub struct LedgerRow {
    pub id: Json,
    pub cells: Vec<String>,
}

/// Rows on the way: number of the row of the page, the row met.
type Met = Vec<(usize, Arc<Row>)>;

impl Ledgers {
    /// Ledgers this actor may read.
    pub fn list(&self, actor: &Actor) -> Vec<LedgerName> {
        let catalog = &self.records.catalog;
        let mine = catalog.ledgers().filter_map(|l| {
            let d = catalog.dataset(&l.dataset)?;
            self.records.may(actor, d, Verb::Read).then(|| LedgerName {
                id: l.id.clone(),
                title: l.title.clone(),
                dataset: l.dataset.clone(),
                columns: self.columns(l).len(),
                missing: l.missing.clone(),
                may_export: self.records.may(actor, d, Verb::Export),
            })
        });
        mine.collect()
    }

    pub fn find(&self, actor: &Actor, id: &str, verb: Verb) -> Result<(Arc<Ledger>, Arc<Dataset>)> {
        let none = || Error::not_found("report.no_ledger", "没有这本台账，请从“业务台账”重新进入。");
        let ledger = self.records.catalog.ledger(id).ok_or_else(none)?.clone();
        let d = self.records.dataset(&ledger.dataset)?.clone();
        self.records.allow(actor, &d, verb)?;
        Ok((ledger, d))
    }

    /// The columns of the form; of a whole ledger those of its dataset.
    pub fn columns(&self, ledger: &Ledger) -> Vec<LedgerColumn> {
        let plain = |label: &str, path: &str| LedgerColumn { label: label.into(), path: path.into(), ..LedgerColumn::default() };
        let Some(d) = self.records.catalog.dataset(&ledger.dataset).filter(|_| ledger.whole) else {
            return ledger.columns.clone();
        };
        let own = d.fields.values().filter(|f| f.kind != Kind::Attachment);
        let head = [plain("序号", "#"), plain("县", "@county"), plain("乡", "@town"), plain("村", "@village")];
        head.into_iter().chain(own.map(|f| plain(&f.label, &f.name))).chain(ledger.columns.iter().cloned()).collect()
    }

    /// The query of a ledger: what it always asks for comes after what is asked, so that it holds.
    pub fn query(&self, ledger: &Ledger, d: &Dataset, asked: &[(String, String)]) -> Result<ListQuery> {
        let fixed = |k: &str| ledger.filter.keys().any(|f| f.split('.').next() == k.split('.').next());
        let mut pairs: Vec<(String, String)> = asked.iter().filter(|(k, _)| !fixed(k)).cloned().collect();
        pairs.extend(ledger.filter.iter().map(|(k, v)| (k.clone(), v.clone())));
        if !ledger.sort.is_empty() && !asked.iter().any(|(k, _)| k == "sort") {
            pairs.push(("sort".into(), ledger.sort.clone()));
        }
        ListQuery::read(&self.records.catalog, d, &pairs)
    }

    /// One page as texts.
    pub async fn page(&self, tx: &mut ScopedTx, ledger: &Ledger, d: &Dataset, q: &ListQuery) -> Result<LedgerPage> {
        let page = self.records.list(tx, d, q).await?;
        let columns = self.columns(ledger);
        let kinds = self.kinds(d, &columns);
        let cells = self.cells(tx, d, &columns, page.items.clone(), 0).await?;
        let rows = page.items.iter().zip(cells).map(|(r, c)| LedgerRow {
            id: r.get("id").cloned().unwrap_or(Json::Null),
            cells: c.iter().zip(&kinds).map(|(c, k)| text(c, *k)).collect(),
        });
        let heads = columns.iter().zip(&kinds).map(|(c, k)| LedgerHead {
            label: c.label.clone(),
            group: c.group.clone(),
            number: matches!(k, OutKind::Int | OutKind::Decimal(_)),
        });
        Ok(LedgerPage {
            columns: heads.collect(),
            rows: rows.collect(),
            next: page.next,
            count: page.count,
            count_exact: page.count_exact,
        })
    }

    /// The columns of the workbook.
    pub fn heads(&self, d: &Dataset, columns: &[LedgerColumn]) -> Vec<Column> {
        let kinds = self.kinds(d, columns);
        let one = |(c, kind): (&LedgerColumn, OutKind)| Column {
            groups: c.groups().map(str::to_owned).collect(),
            width: (c.label.chars().count() <= 2 && c.path != "#").then_some(9.0),
            ..Column::new(&c.label, kind)
        };
        columns.iter().zip(kinds).map(one).collect()
    }

    /// How each column is shown: as the field at the end of its way.
    fn kinds(&self, d: &Dataset, columns: &[LedgerColumn]) -> Vec<OutKind> {
        columns.iter().map(|c| self.end_of(d, c)).collect()
    }

    fn end_of(&self, d: &Dataset, c: &LedgerColumn) -> OutKind {
        let steps = c.steps();
        let mut at = d;
        for (i, s) in steps.iter().enumerate() {
            let last = i + 1 == steps.len();
            match s {
                Step::Number | Step::Months(..) if last => return OutKind::Int,
                Step::Entered { .. } => return OutKind::Moment,
                Step::Field(n) if last => {
                    // several rows are written into one cell as text
                    let many = steps[..i].iter().any(|s| matches!(s, Step::Those { last: false, .. }));
                    return match at.field(n) {
                        Some(f) if !many => sheet::cell::out_kind(f),
                        None if n.ends_with("_at") && !many => OutKind::Moment,
                        _ => OutKind::Text,
                    };
                }
                Step::Field(n) => {
                    match at.field(n).and_then(|f| f.dataset.as_deref()).and_then(|t| self.records.catalog.dataset(t)) {
                        Some(t) => at = t,
                        None => return OutKind::Text,
                    }
                }
                Step::Those { dataset, .. } => match self.records.catalog.dataset(dataset) {
                    Some(t) => at = t,
                    None => return OutKind::Text,
                },
                _ => return OutKind::Text,
            }
        }
        OutKind::Text
    }

    /// The cells of these rows; `first` rows came before them.
    pub async fn cells(
        &self,
        tx: &mut ScopedTx,
        d: &Dataset,
        columns: &[LedgerColumn],
        rows: Vec<Row>,
        first: usize,
    ) -> Result<Vec<Vec<OutCell>>> {
        let base: Met = rows.into_iter().map(Arc::new).enumerate().collect();
        let mut out = vec![Vec::with_capacity(columns.len()); base.len()];
        // ways that begin alike are gone once
        let mut gone: HashMap<Vec<Step>, (String, Met)> = HashMap::new();
        for c in columns {
            let steps = c.steps();
            let Some((end, way)) = steps.split_last() else { continue };
            let (mut at, mut met) = (d.id.clone(), base.clone());
            for n in 1..=way.len() {
                match gone.get(&way[..n]) {
                    Some(kept) => (at, met) = kept.clone(),
                    None => {
                        (at, met) = self.follow(tx, &at, &met, &way[n - 1]).await?;
                        gone.insert(way[..n].to_vec(), (at.clone(), met.clone()));
                    }
                }
            }
            let d = self.records.dataset(&at)?.clone();
            let mut found: BTreeMap<usize, Vec<OutCell>> = BTreeMap::new();
            let one = |i: usize, c: OutCell, found: &mut BTreeMap<usize, Vec<OutCell>>| {
                if c != OutCell::Empty {
                    found.entry(i).or_default().push(c);
                }
            };
            match end {
                Step::Number if way.is_empty() => {
                    for (i, _) in &met {
                        one(*i, OutCell::Int((first + i + 1) as i64), &mut found);
                    }
                }
                Step::Number => {
                    for i in 0..base.len() {
                        let n = met.iter().filter(|(k, _)| *k == i).count();
                        one(i, OutCell::Int(n as i64), &mut found);
                    }
                }
                Step::Entered { .. } | Step::LedBy(_) => {
                    let ids: Vec<Uuid> = met.iter().filter_map(|(_, r)| id_of(r)).collect();
                    let said = store::steps(tx, &d.id, &ids, end).await?;
                    for (i, r) in &met {
                        one(*i, id_of(r).and_then(|id| said.get(&id).cloned()).unwrap_or_default(), &mut found);
                    }
                }
                Step::Field(n) if d.field(n).is_some_and(|f| f.dataset.as_deref() == Some("access.user")) => {
                    let ids: Vec<Uuid> = met.iter().filter_map(|(_, r)| Uuid::parse_str(r.get(n)?.as_str()?).ok()).collect();
                    let names = store::people(tx, &ids).await?;
                    for (i, r) in &met {
                        let name = r.get(n).and_then(Json::as_str).and_then(|id| names.get(id));
                        one(*i, name.map_or(OutCell::Empty, |t| OutCell::Text(t.clone())), &mut found);
                    }
                }
                _ => {
                    for (i, r) in &met {
                        one(*i, self.value(&d, r, end), &mut found);
                    }
                }
            }
            for (i, cells) in out.iter_mut().enumerate() {
                cells.push(join(found.remove(&i).unwrap_or_default()));
            }
        }
        Ok(out)
    }

    /// From the rows met to the rows one step further.
    async fn follow(&self, tx: &mut ScopedTx, at: &str, met: &Met, step: &Step) -> Result<(String, Met)> {
        let d = self.records.dataset(at)?.clone();
        let (target, field, back) = match step {
            Step::Field(n) => (d.field(n).and_then(|f| f.dataset.clone()).unwrap_or_default(), n.clone(), false),
            Step::Those { dataset, field, .. } => (dataset.clone(), field.clone(), true),
            _ => return Err(Error::internal(format!("{step:?} is no way"))),
        };
        let t = self.records.dataset(&target)?.clone();
        if !self.records.may(tx.actor(), &t, Verb::Read) {
            return Ok((target, Vec::new()));
        }
        let mut next = Vec::new();
        if back {
            let ids: Vec<Uuid> = met.iter().filter_map(|(_, r)| id_of(r)).collect();
            let mut by: HashMap<String, Vec<Arc<Row>>> = HashMap::new();
            for r in self.records.referring(tx, &t, &field, &ids).await? {
                if let Step::Those { only: Some((f, code)), .. } = step
                    && !r.get(f).is_some_and(|v| has(v, code))
                {
                    continue;
                }
                if let Some(of) = r.get(&field).and_then(Json::as_str).map(str::to_owned) {
                    by.entry(of).or_default().push(Arc::new(r));
                }
            }
            let last = matches!(step, Step::Those { last: true, .. });
            for (i, r) in met {
                let those = r.get("id").and_then(Json::as_str).and_then(|id| by.get(id));
                let skip = those.map_or(0, |l| if last { l.len() - 1 } else { 0 });
                next.extend(those.into_iter().flatten().skip(skip).map(|x| (*i, x.clone())));
            }
        } else {
            let mut ids: Vec<Uuid> = met.iter().filter_map(|(_, r)| Uuid::parse_str(r.get(&field)?.as_str()?).ok()).collect();
            ids.sort_unstable();
            ids.dedup();
            let rows = if t.region == Level::Province && !ids.is_empty() {
                // kept for the whole province (rules, batches): named by a row the reader may read
                let mut above = self.db.begin_with_scope(tx.actor(), RegionCode::parse("36")?.scope()).await?;
                self.records.by_ids(&mut above, &t, &ids).await?
            } else {
                self.records.by_ids(tx, &t, &ids).await?
            };
            let by: HashMap<String, Arc<Row>> =
                rows.into_iter().filter_map(|r| Some((r.get("id")?.as_str()?.to_owned(), Arc::new(r)))).collect();
            let meant = |r: &Row| r.get(&field).and_then(Json::as_str).and_then(|id| by.get(id)).cloned();
            next.extend(met.iter().filter_map(|(i, r)| Some((*i, meant(r)?))));
        }
        Ok((target, next))
    }

    /// The value of the last step.
    fn value(&self, d: &Dataset, r: &Row, step: &Step) -> OutCell {
        let catalog = &self.records.catalog;
        match step {
            Step::Place(p) => self.place(r, p),
            Step::Months(a, b) => {
                let month = |n: &str| r.get(n).and_then(Json::as_i64);
                match (month(a), month(b)) {
                    (Some(a), Some(b)) => OutCell::Int((b / 100 - a / 100) * 12 + b % 100 - a % 100),
                    _ => OutCell::Empty,
                }
            }
            Step::Tick(n, code) => {
                if r.get(n).is_some_and(|v| has(v, code)) {
                    OutCell::Text("√".into())
                } else {
                    OutCell::Empty
                }
            }
            Step::Field(n) => match d.field(n) {
                Some(f) => shown(catalog, f, r),
                None => r.get(n).map_or(OutCell::Empty, |v| moment(n, v)),
            },
            _ => OutCell::Empty,
        }
    }

    fn place(&self, r: &Row, what: &str) -> OutCell {
        let Some(code) = r.get("region_code").and_then(Json::as_str).and_then(|c| RegionCode::parse(c).ok()) else {
            return OutCell::Empty;
        };
        let name = |l: Level| -> Option<String> {
            (code.level() >= l).then(|| self.records.regions.name(code.ancestor(l).as_str())).flatten()
        };
        let level = match what {
            "province" => Level::Province,
            "city" => Level::City,
            "county" => Level::County,
            "town" => Level::Town,
            "village" => Level::Village,
            _ => {
                let all = [Level::County, Level::Town, Level::Village].into_iter().filter_map(name).collect::<Vec<_>>();
                return OutCell::Text(all.join(" "));
            }
        };
        name(level).map_or(OutCell::Empty, OutCell::Text)
    }
}

fn id_of(r: &Row) -> Option<Uuid> {
    Uuid::parse_str(r.get("id")?.as_str()?).ok()
}

/// A field as people read it: codes and references by name.
pub fn shown(catalog: &meta::Catalog, f: &Field, r: &Row) -> OutCell {
    let named = match f.kind {
        Kind::Ref => r.get(&format!("{}__title", f.name)),
        Kind::Region => r.get(&format!("{}__name", f.name)),
        _ => None,
    };
    match (named, f.kind) {
        (Some(v), _) => v.as_str().map_or_else(|| OutCell::Text(v.to_string()), OutCell::from),
        (None, Kind::Ref) => OutCell::Empty,
        _ => r.get(&f.name).map_or(OutCell::Empty, |v| sheet::cell::from_json(catalog, f, v)),
    }
}

/// A field as a text on a form.
pub fn words(catalog: &meta::Catalog, f: &Field, r: &Row) -> String {
    text(&shown(catalog, f, r), sheet::cell::out_kind(f))
}

/// A common column.
fn moment(name: &str, v: &Json) -> OutCell {
    let Some(s) = v.as_str() else { return OutCell::Empty };
    if !name.ends_with("_at") {
        return OutCell::from(s);
    }
    match chrono::DateTime::parse_from_rfc3339(s) {
        Ok(at) => OutCell::Moment((at.naive_utc()) + chrono::Duration::hours(8)),
        Err(_) => OutCell::from(s),
    }
}

/// One cell of what several rows say: each text once.
/// Whether a value is a code or holds it.
fn has(v: &Json, code: &str) -> bool {
    v.as_str() == Some(code) || v.as_array().is_some_and(|l| l.iter().any(|x| x.as_str() == Some(code)))
}

fn join(mut cells: Vec<OutCell>) -> OutCell {
    if cells.len() <= 1 {
        return cells.pop().unwrap_or_default();
    }
    let mut texts: Vec<String> = Vec::new();
    for c in &cells {
        let t = text(c, OutKind::Text);
        if !texts.contains(&t) {
            texts.push(t);
        }
    }
    OutCell::Text(texts.join("、"))
}

/// A cell as it is read on screen.
fn text(c: &OutCell, kind: OutKind) -> String {
    match c {
        OutCell::Empty => String::new(),
        OutCell::Text(t) => t.clone(),
        OutCell::Int(n) => n.to_string(),
        OutCell::Number(x) => match kind {
            OutKind::Decimal(n) => format!("{x:.*}", usize::from(n)),
            _ => x.to_string(),
        },
        OutCell::Date(d) => d.format("%Y-%m-%d").to_string(),
        OutCell::Moment(m) => m.format("%Y-%m-%d %H:%M").to_string(),
    }
}
