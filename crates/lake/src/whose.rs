//! Whose lines the lists of departments hold: look-up keys of their lines against those of a dataset, for the whole province at once.
//! The lists are laid out by the first bits of the keys, which are as good as random, and every row of the dataset goes by once.
//! A key says nothing about a person; what a line says stays where the list came from. Must not decide what a match is worth.

use crate::Lake;
use crate::engine::{self, plan_error};
use crate::scan::Seen;
use base::{Error, Result};
use datafusion::arrow::array::{Array, AsArray, Int64Array, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Int64Type, Schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// How long the whole province may take.
const DEADLINE: Duration = Duration::from_secs(600);
/// Bits of the marks for each line: of rows that are on no list one in so many is looked up in vain.
const MARKS: usize = 16;

/// Lines of lists by their keys.
pub struct Keys {
    /// Where the lines of each beginning start.
    starts: Vec<u32>,
    /// Key and line.
    lines: Vec<(i64, u32)>,
    shift: u32,
    /// A bit for each longer beginning that some line has.
    marks: Vec<u64>,
    mark_shift: u32,
}

impl Keys {
    /// The lines are numbered as they come.
    pub fn new(keys: &[i64]) -> Result<Keys> {
        let count = u32::try_from(keys.len())
            .map_err(|_| Error::invalid("lake.list_too_long", "名单的行数超出上限（42 亿行），请分批比对。"))?;
        let bits = keys.len().max(2).next_power_of_two().ilog2();
        let shift = 64 - bits;
        let mut starts = vec![0u32; (1usize << bits) + 1];
        keys.iter().for_each(|k| starts[beginning(*k, shift) + 1] += 1);
        let mut sum = 0;
        for s in &mut starts {
            sum += *s;
            *s = sum;
        }
        let mut next = starts.clone();
        let mut lines = vec![(0i64, 0u32); keys.len()];
        for (line, k) in (0..count).zip(keys) {
            let at = &mut next[beginning(*k, shift)];
            lines[*at as usize] = (*k, line);
            *at += 1;
        }
        let mark_shift = shift.saturating_sub(MARKS.ilog2());
        let mut marks = vec![0u64; (1usize << (64 - mark_shift)).div_ceil(64)];
        for k in keys {
            let b = beginning(*k, mark_shift);
            marks[b / 64] |= 1 << (b % 64);
        }
        Ok(Keys { starts, lines, shift, marks, mark_shift })
    }

    /// The lines with this key, in their order.
    fn of(&self, key: i64) -> impl Iterator<Item = u32> {
        let mark = beginning(key, self.mark_shift);
        let range = match self.marks[mark / 64] >> (mark % 64) & 1 {
            0 => 0..0,
            _ => {
                let b = beginning(key, self.shift);
                self.starts[b] as usize..self.starts[b + 1] as usize
            }
        };
        self.lines[range].iter().filter(move |(k, _)| *k == key).map(|(_, line)| *line)
    }
}

fn beginning(key: i64, shift: u32) -> usize {
    (key as u64 >> shift) as usize
}

/// Who a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    pub line: u32,
    pub id: Uuid,
    /// Twelve digits.
    pub region: u64,
}

impl Lake {
    /// The rows of a dataset whose key is on a line, in no order. `column`: the key, as the files name it.
    pub async fn whose(&self, seen: &Seen, dataset: &str, column: &str, keys: Arc<Keys>) -> Result<Vec<Owner>> {
        let session = self.engine.session();
        let d = self.catalog.dataset(dataset).ok_or_else(|| Error::internal(format!("no dataset {dataset}")))?;
        let df = seen.table(&session, d)?.select_columns(&[column, "id", "region_code"]).map_err(plan_error)?;
        let work = engine::read(df, Vec::new, move |out: &mut Vec<Owner>, batch| take(batch, &keys, out));
        Ok(self.engine.run_for(DEADLINE, work).await?.concat())
    }

    /// Every key of a dataset, in no order.
    pub async fn keys(&self, seen: &Seen, dataset: &str, column: &str) -> Result<Vec<i64>> {
        let session = self.engine.session();
        let d = self.catalog.dataset(dataset).ok_or_else(|| Error::internal(format!("no dataset {dataset}")))?;
        let df = seen.table(&session, d)?.select_columns(&[column]).map_err(plan_error)?;
        let work = engine::read(df, Vec::new, |out: &mut Vec<i64>, batch| {
            out.extend(batch.column(0).as_primitive::<Int64Type>().iter().flatten());
            Ok(())
        });
        Ok(self.engine.run_for(DEADLINE, work).await?.concat())
    }
}

fn take(b: &RecordBatch, keys: &Keys, out: &mut Vec<Owner>) -> Result<()> {
    let lost = || Error::internal("rows of the lake came out in another form");
    let of = b.column(0).as_primitive_opt::<Int64Type>().ok_or_else(lost)?;
    let id = b.column(1).as_binary_view_opt().ok_or_else(lost)?;
    let region = b.column(2).as_string_view_opt().ok_or_else(lost)?;
    for row in 0..b.num_rows() {
        if of.is_null(row) {
            continue;
        }
        for line in keys.of(of.value(row)) {
            let id = Uuid::from_slice(id.value(row)).map_err(Error::internal)?;
            out.push(Owner { line, id, region: region.value(row).parse().map_err(Error::internal)? });
        }
    }
    Ok(())
}

/// Writes a list as a Parquet file of one column, `key`.
pub fn write_list(to: &Path, keys: Vec<i64>) -> Result<()> {
    let schema = Arc::new(Schema::new(vec![Field::new("key", DataType::Int64, false)]));
    let mut w =
        ArrowWriter::try_new(File::create(to)?, schema.clone(), Some(crate::write::properties())).map_err(Error::internal)?;
    let batch = RecordBatch::try_new(schema, vec![Arc::new(Int64Array::from(keys))]).map_err(Error::internal)?;
    w.write(&batch).map_err(Error::internal)?;
    w.close().map_err(Error::internal)?;
    Ok(())
}

/// Reads such a list.
pub fn read_list(from: &Path) -> Result<Vec<i64>> {
    let wrong = || Error::invalid("lake.bad_list", "名单文件不能读取，应为只有一列 key 的 Parquet 文件。");
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(from)?).map_err(|e| wrong().because(e.to_string()))?;
    let mut out = Vec::new();
    for batch in reader.with_batch_size(1 << 16).build().map_err(Error::internal)? {
        let batch = batch.map_err(Error::internal)?;
        let keys = batch.column_by_name("key").and_then(|c| c.as_primitive_opt::<Int64Type>()).ok_or_else(wrong)?;
        out.extend_from_slice(keys.values());
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    #[test]
    fn every_line_is_found_by_its_key_and_by_no_other() {
        let mut r = StdRng::seed_from_u64(1);
        for many in [0, 1, 2, 3, 1000] {
            let mut keys: Vec<i64> = (0..many).map(|_| r.random()).collect();
            // twice on a list, and the ends of the range
            keys.extend([i64::MIN, i64::MAX, 0, -1, i64::MIN]);
            keys.extend(keys.first().copied());
            let of = Keys::new(&keys).unwrap();
            for k in keys.iter().copied().chain((0..1000).map(|_| r.random())).chain([1, -2, i64::MAX - 1]) {
                let want: Vec<u32> = (0..).zip(&keys).filter(|(_, x)| **x == k).map(|(n, _)| n).collect();
                assert_eq!(of.of(k).collect::<Vec<_>>(), want, "{k} of {many}");
            }
        }
        assert_eq!(Keys::new(&[]).unwrap().of(5).count(), 0);
    }

    #[test]
    fn a_list_is_read_as_it_was_written_and_another_file_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let at = dir.path().join("list.parquet");
        write_list(&at, vec![3, -1, 3]).unwrap();
        assert_eq!(read_list(&at).unwrap(), [3, -1, 3]);
        std::fs::write(&at, "姓名,证件号码").unwrap();
        assert_eq!(read_list(&at).unwrap_err().code, "lake.bad_list");
    }
}
