//! What is kept of files between questions, as files never change: where rows hang on others, and what a file says of itself. Must not
//! know what is asked.

use super::BATCH_ROWS;
use crate::engine::plan_error;
use crate::store::File;
use base::{Error, Result};
use bytes::Bytes;
use datafusion::arrow::array::{ArrayRef, AsArray, new_empty_array};
use datafusion::arrow::compute::concat;
use datafusion::arrow::datatypes::{Int64Type, SchemaRef};
use foldhash::fast::RandomState;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, RowSelection};
use parquet::arrow::async_reader::{AsyncFileReader, ParquetRecordBatchStream};
use parquet::arrow::{ParquetRecordBatchStreamBuilder, ProjectionMask};
use parquet::errors::{ParquetError, Result as ReadResult};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader, ParquetStatisticsPolicy};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex};

/// A row that hangs on none.
pub(crate) const NOWHERE: u32 = u32::MAX;

/// No id is this.
pub(crate) const NONE: u128 = u128::MAX;

/// Values that are dear to make, until they are too many bytes: then all are given up.
struct Kept<T: ?Sized> {
    all: Mutex<(HashMap<String, Arc<T>>, usize)>,
    most: usize,
}

impl<T: ?Sized> Kept<T> {
    fn new(most: usize) -> Kept<T> {
        Kept { all: Mutex::default(), most }
    }
    fn get(&self, key: &str) -> Option<Arc<T>> {
        self.all.lock().unwrap_or_else(std::sync::PoisonError::into_inner).0.get(key).cloned()
    }
    fn put(&self, key: String, value: &Arc<T>, bytes: usize) {
        let mut all = self.all.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if all.1 + bytes > self.most {
            *all = Default::default();
        }
        // two may have made the same
        if all.0.insert(key, value.clone()).is_none() {
            all.1 += bytes;
        }
    }
}

/// Reads files of the lake and keeps what is worth it.
pub(crate) struct Places {
    files: Arc<dyn ObjectStore>,
    places: Kept<[u32]>,
    said: Kept<ParquetMetaData>,
}

impl Places {
    /// `most`: bytes of memory for what is kept, about.
    pub(crate) fn new(files: Arc<dyn ObjectStore>, most: usize) -> Places {
        Places { files, places: Kept::new(most / 4 * 3), said: Kept::new(most / 4) }
    }

    /// The columns of a file in batches, in the order of its rows.
    ///
    /// `schema`: all columns of the file, as they are to be read; `columns`: their places; `only`: the rows that are wanted.
    pub(crate) async fn read(
        &self,
        file: &File,
        schema: SchemaRef,
        columns: &[usize],
        only: Option<RowSelection>,
    ) -> Result<ParquetRecordBatchStream<Reader>> {
        let failed = |e: ParquetError| plan_error(e.into());
        let mut reader = Reader { files: self.files.clone(), path: Path::from(file.path.as_str()), bytes: file.bytes };
        let said = match self.said.get(&file.path) {
            Some(said) => said,
            None => {
                let options = ArrowReaderOptions::new()
                    .with_column_stats_policy(ParquetStatisticsPolicy::SkipAll)
                    .with_encoding_stats_policy(ParquetStatisticsPolicy::SkipAll)
                    .with_size_stats_policy(ParquetStatisticsPolicy::SkipAll);
                let said = reader.get_metadata(Some(&options)).await.map_err(failed)?;
                self.said.put(file.path.clone(), &said, said.memory_size());
                said
            }
        };
        let mask = ProjectionMask::roots(said.file_metadata().schema_descr(), columns.iter().copied());
        let said = ArrowReaderMetadata::try_new(said, ArrowReaderOptions::new().with_schema(schema)).map_err(failed)?;
        let mut reader =
            ParquetRecordBatchStreamBuilder::new_with_metadata(reader, said).with_projection(mask).with_batch_size(BATCH_ROWS);
        if let Some(only) = only {
            reader = reader.with_row_selection(only);
        }
        reader.build().map_err(failed)
    }

    /// For each row of some files, in their order, the place of the row that it refers to in others; [`NOWHERE`]
    /// where it refers to none of them.
    pub(crate) async fn of(&self, child: &Side, parent: &Side, read: &Read) -> Result<Arc<[u32]>> {
        let key = format!("{}\n{}", child.key(), parent.key());
        if let Some(known) = self.places.get(&key) {
            return Ok(known);
        }
        let places = match child.files.is_empty() {
            true => Arc::new([]),
            false => find(&self.ids(child, read).await?, &self.ids(parent, read).await?, parent.is_id()),
        };
        self.places.put(key, &places, places.len() * size_of::<u32>());
        Ok(places)
    }

    /// A whole column, in the order of its rows.
    pub(crate) async fn values(&self, of: &Side) -> Result<ArrayRef> {
        let mut all = Vec::new();
        for file in &of.files {
            let mut batches = self.read(file, of.schema.clone(), &[of.column], None).await?;
            while let Some(b) = batches.next().await {
                all.push(b.map_err(|e| plan_error(e.into()))?.column(0).clone());
            }
        }
        match all.as_slice() {
            [] => Ok(new_empty_array(of.schema.field(of.column).data_type())),
            all => concat(&all.iter().map(|a| a.as_ref()).collect::<Vec<_>>()).map_err(|e| plan_error(e.into())),
        }
    }

    /// What rows refer to others by, as numbers that are equal where the values are.
    pub(crate) async fn ids(&self, of: &Side, read: &Read) -> Result<Arc<[u128]>> {
        let known = |read: &Read| read.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(&of.key()).cloned();
        if let Some(known) = known(read) {
            return Ok(known);
        }
        let ids: Arc<[u128]> = self.read_ids(of).await?.into();
        read.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(of.key(), ids.clone());
        Ok(ids)
    }

    async fn read_ids(&self, of: &Side) -> Result<Vec<u128>> {
        let lost = || Error::internal("a file of the lake came out in another form");
        let mut out = Vec::new();
        for file in &of.files {
            let mut batches = self.read(file, of.schema.clone(), &[of.column], None).await?;
            while let Some(b) = batches.next().await {
                let b = b.map_err(|e| plan_error(e.into()))?;
                let column = b.column(0);
                if let Some(ids) = column.as_binary_view_opt() {
                    out.extend(ids.iter().map(|id| id.and_then(|id| id.try_into().ok()).map_or(NONE, u128::from_be_bytes)));
                } else if let Some(keys) = column.as_primitive_opt::<Int64Type>() {
                    out.extend(keys.iter().map(|k| k.map_or(NONE, |k| u128::from(k as u64))));
                } else {
                    for text in column.as_string_view_opt().ok_or_else(lost)?.iter() {
                        out.push(text.map_or(Ok(NONE), short)?);
                    }
                }
            }
        }
        if u32::try_from(out.len()).is_err() { Err(lost()) } else { Ok(out) }
    }
}

/// For each of `refs` the place in `ids` where it stands, the last one where it stands more than once; [`NOWHERE`] where it does not.
///
/// `once`: no id stands twice.
pub(crate) fn find(refs: &[u128], ids: &[u128], once: bool) -> Arc<[u32]> {
    let mut known: Option<HashMap<u128, u32, RandomState>> = None;
    let (mut last, mut place) = (NONE, NOWHERE);
    let mut one = |id: &u128| {
        if *id == NONE {
            return NOWHERE;
        }
        // children follow their parents, and those of one parent each other, nearly always
        if *id != last {
            let next = place.wrapping_add(1);
            place = match once && ids.get(next as usize) == Some(id) {
                true => next,
                false => known.get_or_insert_with(|| by_id(refs, ids)).get(id).copied().unwrap_or(NOWHERE),
            };
            last = *id;
        }
        place
    };
    refs.iter().map(&mut one).collect()
}

/// The last place of each id that is referred to.
fn by_id(refs: &[u128], ids: &[u128]) -> HashMap<u128, u32, RandomState> {
    let last_of_run = |n: u32| ids.get(n as usize + 1) != ids.get(n as usize);
    let each = ids.iter().copied().zip(0u32..).filter(|(id, n)| *id != NONE && last_of_run(*n));
    if refs.len() >= ids.len() / 4 {
        return each.collect();
    }
    // few refer to many: the many go by
    let mut known: HashMap<u128, u32, RandomState> = refs.iter().map(|id| (*id, NOWHERE)).collect();
    for (id, n) in each {
        if let Some(place) = known.get_mut(&id) {
            *place = n;
        }
    }
    known
}

/// A text of at most fifteen bytes, such as the code of a region.
fn short(text: &str) -> Result<u128> {
    let too_long = || Error::invalid("lake.cannot_plan", "数据湖不能按这样长的文字查找所属的行。");
    let mut bytes = [0u8; 16];
    bytes[0] = u8::try_from(text.len()).map_err(|_| too_long())?;
    bytes.get_mut(1..=text.len()).ok_or_else(too_long)?.copy_from_slice(text.as_bytes());
    Ok(u128::from_be_bytes(bytes))
}

/// A file of the lake.
pub(crate) struct Reader {
    files: Arc<dyn ObjectStore>,
    path: Path,
    bytes: u64,
}

fn unread(e: object_store::Error) -> ParquetError {
    ParquetError::External(e.into())
}

impl AsyncFileReader for Reader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, ReadResult<Bytes>> {
        async move { self.files.get_range(&self.path, range).await.map_err(unread) }.boxed()
    }
    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, ReadResult<Vec<Bytes>>> {
        async move { self.files.get_ranges(&self.path, &ranges).await.map_err(unread) }.boxed()
    }
    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, ReadResult<Arc<ParquetMetaData>>> {
        async move {
            let wanted = options.map(|o| o.metadata_options().clone());
            let bytes = self.bytes;
            ParquetMetaDataReader::new().with_metadata_options(wanted).load_and_finish(self, bytes).await.map(Arc::new)
        }
        .boxed()
    }
}

/// Columns of ids that were read while one part is looked at.
#[derive(Default)]
pub(crate) struct Read(Mutex<HashMap<String, Arc<[u128]>>>);

/// A column of ids in the files of a county.
pub(crate) struct Side {
    pub files: Vec<File>,
    pub schema: SchemaRef,
    pub name: String,
    pub column: usize,
}

impl Side {
    fn key(&self) -> String {
        let paths = self.files.iter().map(|f| f.path.as_str());
        std::iter::once(self.name.as_str()).chain(paths).collect::<Vec<_>>().join("\n")
    }
    fn is_id(&self) -> bool {
        self.schema.field(self.column).name() == "id"
    }
}

#[cfg(test)]
mod tests {
    use super::{NONE, NOWHERE, find, short};

    #[test]
    fn a_place_is_found_in_whatever_order_and_the_last_of_equals_stands_for_all() {
        let ids = [7, 3, NONE, 9, 5];
        let refs = [7, 7, 3, 9, 5, 3, 8, NONE, 7, 5, NONE, 3, 3];
        let want = [0, 0, 1, 3, 4, 1, NOWHERE, NOWHERE, 0, 4, NOWHERE, 1, 1];
        for once in [true, false] {
            assert_eq!(find(&refs, &ids, once)[..], want);
        }
        let twice = [4, 4, 6, 4, 6, NONE];
        assert_eq!(find(&twice, &twice, false)[..], [3, 3, 4, 3, 4, NOWHERE]);
        let many: Vec<u128> = (0..40).chain([7, 7]).collect();
        assert_eq!(find(&[7, 39, 50, 7], &many, false)[..], [41, 39, NOWHERE, 41]);
        assert_eq!(find(&[1], &[], true)[..], [NOWHERE]);
    }

    #[test]
    fn short_texts_are_told_apart() {
        let all = ["", "3", "36", "360121100001", "360121100002", "\0", "123456789012345"];
        for (n, a) in all.iter().enumerate() {
            for (m, b) in all.iter().enumerate() {
                assert_eq!(short(a).unwrap() == short(b).unwrap(), n == m, "{a:?} {b:?}");
            }
        }
        assert_eq!(short("1234567890123456").unwrap_err().code, "lake.cannot_plan");
        assert_eq!(short(&"长".repeat(200)).unwrap_err().code, "lake.cannot_plan");
    }
}
