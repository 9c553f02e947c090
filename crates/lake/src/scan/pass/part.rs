//! A part of the lake as a pass looks at it: places of what lies beside its rows, folds by place, bits of conditions, counts and the ids
//! of what was caught. Must not decide what is asked.

use super::{Hang, How, Leaf, Link, Over, Pass, Source, lost};
use crate::engine::plan_error;
use crate::scan::Found;
use crate::store::File;
use crate::table::{BATCH_ROWS, Looked, NONE, NOWHERE, Read, Side, find};
use base::{Error, Result, Scope};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, DynComparator, Int64Array, UInt32Array, make_comparator, new_empty_array,
};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::{SortOptions, cast, take};
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};
use datafusion::physical_expr::GroupsAccumulatorAdapter;
use futures::StreamExt;
use futures::future::try_join_all;
use parquet::arrow::arrow_reader::RowSelection;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use uuid::Uuid;

/// Where rows meet: each row of the part has a group, each of theirs too.
struct Met {
    /// None: each row is its own.
    ours: Option<Vec<u32>>,
    theirs: Option<Arc<[u32]>>,
    groups: usize,
}

impl Met {
    fn of_ours(&self, row: u32) -> u32 {
        at(self.ours.as_deref(), row)
    }
    fn of_theirs(&self, row: u32) -> u32 {
        at(self.theirs.as_deref(), row)
    }
}

/// The place of a row; where there is no row, there is no place.
fn at(places: Option<&[u32]>, row: u32) -> u32 {
    match places {
        None => row,
        Some(all) => all.get(row as usize).copied().unwrap_or(NOWHERE),
    }
}

/// What was made of a part while it is looked at.
struct Part<'a> {
    pass: &'a Pass,
    files: Vec<Vec<File>>,
    looked: Vec<Arc<Looked>>,
    /// By link: for each row of the part the place of the one that is beside it. None: itself.
    at: Vec<Option<Vec<u32>>>,
    read: Read,
}

impl Pass {
    /// What the rules catch in the files of a range.
    pub async fn part(self: Arc<Self>, range: Scope) -> Result<Found> {
        let mut files = Vec::new();
        for t in &self.tables {
            files.push(match &t.everywhere {
                Some((all, _)) => all.clone(),
                None => t.rows.files(&range),
            });
        }
        let me = &self;
        let each = self.tables.iter().zip(&files).map(|(t, files)| async move {
            let look = || async { t.rows.look(&me.places, files).await.map(Arc::new) };
            match &t.everywhere {
                Some((_, known)) => known.get_or_try_init(look).await.cloned(),
                None => look().await,
            }
        });
        let looked = try_join_all(each).await?;
        let held = MemoryConsumer::new("rules").register(&self.memory);
        held.try_grow(looked.iter().map(|l| l.bytes()).sum()).map_err(plan_error)?;
        let mut part = Part { pass: &self, files, looked, at: Vec::new(), read: Read::default() };
        for link in &self.links {
            let at = match &link.hang {
                None => None,
                Some(hang) => Some(part.beside(link, hang).await?),
            };
            part.at.push(at);
        }
        let (mut met, mut folds) = (Vec::<(usize, Hang, Met)>::new(), Vec::new());
        for over in &self.folds {
            let known = met.iter().position(|(table, hang, _)| *table == over.table && *hang == over.hang);
            let n = match known {
                Some(n) => n,
                None => {
                    met.push((over.table, over.hang.clone(), part.meet(over.table, &over.hang).await?));
                    met.len() - 1
                }
            };
            folds.push(part.folded(over, &met[n].2)?);
        }
        let wide = part.wide(&folds)?;
        let mut found = Found { counts: vec![0; self.many], ..Found::default() };
        let named = part.count(&wide, &mut found)?;
        part.name(named, &mut found).await?;
        Ok(found)
    }
}

impl Part<'_> {
    fn looked(&self, table: usize) -> Result<&Arc<Looked>> {
        self.looked.get(table).ok_or_else(lost)
    }
    fn rows(&self) -> Result<usize> {
        Ok(self.looked(0)?.rows)
    }
    fn link(&self, n: usize) -> Result<(&Link, Option<&[u32]>)> {
        Ok((self.pass.links.get(n).ok_or_else(lost)?, self.at.get(n).ok_or_else(lost)?.as_deref()))
    }

    /// The rows of the part by number.
    fn each(&self) -> Result<std::ops::Range<u32>> {
        Ok(0..u32::try_from(self.rows()?).map_err(Error::internal)?)
    }

    fn side(&self, table: usize, name: &str) -> Result<Side> {
        let held = self.pass.tables.get(table).ok_or_else(lost)?;
        held.rows.side(self.files.get(table).cloned().unwrap_or_default(), name)
    }

    /// Where rows of a table meet those of the part, by what these have of a link.
    async fn meet(&self, table: usize, hang: &Hang) -> Result<Met> {
        let (link, link_at) = self.link(hang.link)?;
        let (places, read) = (&self.pass.places, &self.read);
        let ours = |name: &str| self.side(link.table, name);
        let theirs = |name: &str| self.side(table, name);
        let is_everywhere = |n: usize| self.pass.tables.get(n).is_some_and(|t| t.everywhere.is_some());
        if is_everywhere(table) || is_everywhere(link.table) {
            // rows of everywhere are many: what is asked for are the values of the part
            let values = places.ids(&ours(&hang.mine)?, read).await?;
            let values = self.each()?.map(|row| values.get(at(link_at, row) as usize).copied().unwrap_or(NONE));
            let values: Vec<u128> = values.collect();
            let by = places.ids(&theirs(&hang.theirs)?, read).await?;
            let groups = values.len();
            return Ok(Met {
                ours: Some(find(&values, &values, false).to_vec()),
                theirs: Some(find(&by, &values, false)),
                groups,
            });
        }
        let (our_rows, their_rows) = (self.looked(link.table)?.rows, self.looked(table)?.rows);
        let (of_link, theirs, groups) = match (hang.mine.as_str(), hang.theirs.as_str()) {
            ("id", by) => (None, Some(places.of(&theirs(by)?, &ours("id")?, read).await?), our_rows),
            (mine, "id") => (Some(places.of(&ours(mine)?, &theirs("id")?, read).await?), None, their_rows),
            // one of our rows with the same value stands for all of them
            (mine, by) => {
                let same = places.of(&ours(mine)?, &ours(mine)?, read).await?;
                (Some(same), Some(places.of(&theirs(by)?, &ours(mine)?, read).await?), our_rows)
            }
        };
        let ours = match (&of_link, link_at) {
            (None, None) => None,
            (of_link, link_at) => Some(self.each()?.map(|row| at(of_link.as_deref(), at(link_at, row))).collect()),
        };
        Ok(Met { ours, theirs, groups })
    }

    /// For each row of the part the newest of those that hang on it.
    async fn beside(&self, link: &Link, hang: &Hang) -> Result<Vec<u32>> {
        let met = self.meet(link.table, hang).await?;
        let looked = self.looked(link.table)?;
        let only = link.only.bits(looked.rows, &mut |n| looked.bits.get(*n).cloned().ok_or_else(lost))?;
        let newer = |values: &[ArrayRef]| {
            let newest_first = SortOptions { descending: true, nulls_first: false };
            values.iter().map(|v| make_comparator(v, v, newest_first)).collect::<std::result::Result<Vec<DynComparator>, _>>()
        };
        let values = link.latest.iter().map(|n| looked.values.get(*n).cloned().ok_or_else(lost)).collect::<Result<Vec<_>>>()?;
        let mut by = newer(&values).map_err(|e| plan_error(e.into()))?;
        let best = loop {
            let mut best = vec![NOWHERE; met.groups];
            let mut tie = false;
            for row in only.set_indices() {
                let Some(first) = best.get_mut(met.of_theirs(row as u32) as usize) else { continue };
                if *first == NOWHERE {
                    *first = row as u32;
                    continue;
                }
                match by.iter().map(|c| c(row, *first as usize)).find(|o| o.is_ne()) {
                    Some(Ordering::Less) => *first = row as u32,
                    Some(_) => {}
                    None => tie = true,
                }
            }
            if !tie || link.latest.is_empty() || by.len() > values.len() {
                break best;
            }
            // which of them is the newest is left to their ids
            let ids = self.pass.places.values(&self.side(link.table, "id")?).await?;
            by.extend(newer(&[ids]).map_err(|e| plan_error(e.into()))?);
        };
        Ok(self.each()?.map(|row| at(Some(&best), met.of_ours(row))).collect())
    }

    /// A fold for each row of the part.
    fn folded(&self, over: &Over, met: &Met) -> Result<ArrayRef> {
        let looked = self.looked(over.table)?;
        let only = over.only.bits(looked.rows, &mut |n| looked.bits.get(*n).cloned().ok_or_else(lost))?;
        let by_group: ArrayRef = match &over.how {
            How::Count => {
                let mut counts = vec![0i64; met.groups];
                for row in only.set_indices() {
                    if let Some(n) = counts.get_mut(met.of_theirs(row as u32) as usize) {
                        *n += 1;
                    }
                }
                Arc::new(Int64Array::from(counts))
            }
            How::Of { value, of, by } => {
                let group = |row: usize| Some(met.of_theirs(row as u32) as usize).filter(|g| *g < met.groups);
                let groups: Vec<usize> = (0..looked.rows).map(|row| group(row).unwrap_or_default()).collect();
                // given with a filter, a group without a row is known to have none
                let belongs = BooleanBuffer::collect_bool(looked.rows, |row| only.value(row) && group(row).is_some());
                let belongs = BooleanArray::new(belongs, None);
                let values = looked.values.get(*value).ok_or_else(lost)?;
                let values = cast(values, of).map_err(|e| plan_error(e.into()))?;
                let folded = || {
                    if met.groups == 0 {
                        return Ok(new_empty_array(by.field().data_type()));
                    }
                    let mut all: Box<dyn GroupsAccumulator> = match by.groups_accumulator_supported() {
                        true => by.create_groups_accumulator()?,
                        false => {
                            let by = by.clone();
                            Box::new(GroupsAccumulatorAdapter::new(move || by.create_accumulator()))
                        }
                    };
                    all.update_batch(&[values], &groups, Some(&belongs), met.groups)?;
                    all.evaluate(EmitTo::All)
                };
                folded().map_err(plan_error)?
            }
        };
        if met.ours.is_none() {
            return Ok(by_group);
        }
        let groups: UInt32Array = self.each()?.map(|row| Some(met.of_ours(row)).filter(|g| *g != NOWHERE)).collect();
        take(&by_group, &groups, None).map_err(|e| plan_error(e.into()))
    }

    /// Conditions on a row with what is beside it, some rows at a time.
    fn wide(&self, folds: &[ArrayRef]) -> Result<Vec<BooleanBuffer>> {
        let rows = self.rows()?;
        let mut bits = vec![Vec::new(); self.pass.wide.many()];
        let mut first = 0;
        while first < rows && !bits.is_empty() {
            let some = BATCH_ROWS.min(rows - first);
            let of = |source: &Source| {
                let (link, value) = match source {
                    Source::Fold(n) => return Ok(Some(folds.get(*n).ok_or_else(lost)?.slice(first, some))),
                    Source::Of { link, value } => (self.link(*link)?, *value),
                };
                let values = self.looked(link.0.table)?.values.get(value).ok_or_else(lost)?;
                Ok(Some(match link.1 {
                    None => values.slice(first, some),
                    Some(at) => {
                        let places: UInt32Array = at
                            .get(first..first + some)
                            .ok_or_else(lost)?
                            .iter()
                            .map(|p| Some(*p).filter(|p| *p != NOWHERE))
                            .collect();
                        take(values, &places, None).map_err(|e| plan_error(e.into()))?
                    }
                }))
            };
            let columns = self.pass.sources.iter().map(of).collect::<Result<Vec<_>>>()?;
            let answers = self.pass.wide.answer(some, columns)?;
            bits.iter_mut().zip(answers.bits).for_each(|(all, one)| all.push(one));
            first += some;
        }
        Ok(bits.iter().map(|pieces| crate::table::joined(pieces)).collect())
    }

    fn bits(
        &self,
        leaf: &Leaf,
        wide: &[BooleanBuffer],
        known: &mut HashMap<(usize, usize), BooleanBuffer>,
    ) -> Result<BooleanBuffer> {
        let (n, condition) = match leaf {
            Leaf::Wide(n) => return wide.get(*n).cloned().ok_or_else(lost),
            Leaf::Of { link, condition } => (*link, *condition),
        };
        if let Some(bits) = known.get(&(n, condition)) {
            return Ok(bits.clone());
        }
        let (link, at) = self.link(n)?;
        let bits = self.looked(link.table)?.bits.get(condition).ok_or_else(lost)?;
        let Some(at) = at else { return Ok(bits.clone()) };
        let nothing = self.pass.tables.get(link.table).and_then(|t| t.rows.ready.nothing.get(condition)).ok_or_else(lost)?;
        let of = |row: usize| match at[row] {
            NOWHERE => *nothing,
            place => bits.value(place as usize),
        };
        let bits = BooleanBuffer::collect_bool(at.len(), of);
        known.insert((n, condition), bits.clone());
        Ok(bits)
    }

    /// Counts what the rules catch; answers the rows that are to be named, with the places of their rules.
    fn count(&self, wide: &[BooleanBuffer], found: &mut Found) -> Result<BTreeMap<usize, Vec<usize>>> {
        let rows = self.rows()?;
        let mut known = HashMap::new();
        let keep = self.pass.keep.bits(rows, &mut |leaf| self.bits(leaf, wide, &mut known))?;
        found.rows = keep.count_set_bits() as u64;
        let mut named: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (place, tree) in &self.pass.rules {
            let bits = tree.bits(rows, &mut |leaf| self.bits(leaf, wide, &mut known))?;
            let bits = &bits & &keep;
            if bits.count_set_bits() == 0 {
                continue;
            }
            let mut first = 0;
            for file in self.files.first().ok_or_else(lost)? {
                let many = bits.slice(first, file.rows as usize).count_set_bits() as u64;
                first += file.rows as usize;
                if many > 0 {
                    found.counts[*place] += many;
                    found.by_county.entry(file.county.clone()).or_insert_with(|| vec![0; self.pass.many])[*place] += many;
                }
            }
            for row in bits.set_indices().take(self.pass.cap) {
                named.entry(row).or_default().push(*place);
            }
        }
        Ok(named)
    }

    /// Reads the ids of these rows.
    async fn name(&self, named: BTreeMap<usize, Vec<usize>>, found: &mut Found) -> Result<()> {
        let held = self.pass.tables.first().ok_or_else(lost)?;
        let (mut first, mut rest) = (0, named);
        for file in self.files.first().ok_or_else(lost)? {
            let past = first + file.rows as usize;
            let later = rest.split_off(&past);
            let here = std::mem::replace(&mut rest, later);
            if !here.is_empty() {
                let only =
                    RowSelection::from_consecutive_ranges(here.keys().map(|row| row - first..row - first + 1), past - first);
                let side = held.rows.side(vec![file.clone()], "id")?;
                let mut batches = self.pass.places.read(file, side.schema, &[side.column], Some(only)).await?;
                let mut each = here.into_values();
                while let Some(b) = batches.next().await {
                    let b = b.map_err(|e| plan_error(e.into()))?;
                    for id in b.column(0).as_binary_view_opt().ok_or_else(lost)?.iter() {
                        let id = Uuid::from_slice(id.ok_or_else(lost)?).map_err(Error::internal)?;
                        found.hits.insert(id, each.next().ok_or_else(lost)?);
                    }
                }
                if each.next().is_some() {
                    return Err(lost());
                }
            }
            first = past;
        }
        Ok(())
    }
}
