//! Parquet files of one part, made while the rows arrive. Must not know the database.

use crate::copy::Reader;
use crate::shape::{Column, schema};
use crate::store::File;
use base::{Error, Result};
use bytes::Bytes;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use tokio::sync::mpsc;
use uuid::Uuid;

/// Rows of a file at most: a large part becomes several, so that several threads can read it.
pub const FILE_ROWS: usize = 1 << 19;
const GROUP_ROWS: usize = 1 << 17;
const BATCH_ROWS: usize = 8192;

pub fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_created_by("ganong".into())
        .build()
}

/// Bytes of COPY in, finished Parquet files out; the work is done on a thread of its own. Memory: one file.
pub struct Encoder {
    bytes: Option<mpsc::Sender<Bytes>>,
    files: mpsc::Receiver<(Bytes, u64)>,
    thread: tokio::task::JoinHandle<Result<()>>,
}

impl Encoder {
    pub fn start(columns: &[Column]) -> Encoder {
        let (bytes, mut incoming) = mpsc::channel::<Bytes>(32);
        let (done, files) = mpsc::channel(1);
        let columns = columns.to_vec();
        let thread = tokio::task::spawn_blocking(move || {
            let schema = schema(&columns);
            let mut reader = Reader::new(&columns, schema.clone(), BATCH_ROWS);
            let mut writer: Option<ArrowWriter<Vec<u8>>> = None;
            let mut rows = 0;
            let mut write = |batch, last: bool| -> Result<()> {
                if let Some(batch) = batch {
                    let w = match &mut writer {
                        Some(w) => w,
                        None => {
                            writer.insert(ArrowWriter::try_new(Vec::new(), schema.clone(), Some(properties())).map_err(failed)?)
                        }
                    };
                    rows += datafusion::arrow::array::RecordBatch::num_rows(&batch);
                    w.write(&batch).map_err(failed)?;
                }
                if (last || rows >= FILE_ROWS)
                    && let Some(w) = writer.take()
                {
                    let made = Bytes::from(w.into_inner().map_err(failed)?);
                    let count = std::mem::take(&mut rows) as u64;
                    done.blocking_send((made, count)).map_err(|_| gone())?;
                }
                Ok(())
            };
            while let Some(piece) = incoming.blocking_recv() {
                for batch in reader.take(&piece)? {
                    write(Some(batch), false)?;
                }
            }
            let last = reader.finish()?;
            write(last, true)
        });
        Encoder { bytes: Some(bytes), files, thread }
    }

    /// A way to send bytes while files are taken.
    pub fn sender(&mut self) -> Option<mpsc::Sender<Bytes>> {
        self.bytes.take()
    }
    pub async fn next(&mut self) -> Option<(Bytes, u64)> {
        self.files.recv().await
    }
    /// No more files are taken: the thread ends, and whoever sends bytes hears of it.
    pub fn close(&mut self) {
        self.files.close();
    }
    /// Whether all was well.
    pub async fn finish(self) -> Result<()> {
        self.thread.await.map_err(Error::internal)?
    }
}

fn gone() -> Error {
    Error::internal("the copy was given up")
}
fn failed(e: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::internal(e)
}

/// A full disk, a store that does not answer.
pub fn storage(e: object_store::Error) -> Error {
    let sentence = "数据湖存储暂时不能读写，请检查磁盘空间或对象存储；数据库中的数据不受影响，恢复后自动继续。";
    Error::unavailable("lake.storage", sentence).because(e)
}

/// Puts a file in its place, whole or not at all.
pub async fn put(store: &dyn ObjectStore, folder: &str, county: &str, made: Bytes, rows: u64) -> Result<File> {
    let path = format!("{folder}/{}={county}/{}.parquet", crate::delta::PARTITION, Uuid::now_v7());
    let bytes = made.len() as u64;
    store.put(&Path::from(path.as_str()), made.into()).await.map_err(storage)?;
    Ok(File { county: county.to_owned(), path, bytes, rows })
}
