//! The table `app.file` and the object store beside it: saving, opening, listing, deleting.
//! Must not know what a dataset means.

use crate::bytes_on_disk::{Received, receive, sm3_of};
use crate::types::{self, FileType};
use crate::{image, name};
use base::{Actor, Error, RegionCode, Result};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::stream::BoxStream;
use futures::{Stream, StreamExt, TryStreamExt};
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt, WriteMultipart};
use serde::Serialize;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgPool, Row};
use std::path::Path;
use std::sync::Arc;
use tokio::io::AsyncReadExt;
use uuid::Uuid;

const COLUMNS: &str =
    "id, kind, dataset, row_id, field, region_code, key, name, mime, size, sm3, created_by, created_by_name, created_at";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// Belongs to a field of a row; seen by whoever sees the row.
    Attachment,
    /// Made by a job; seen by the job's owner.
    JobResult,
    /// Handed in to be imported; seen by who handed it in.
    Import,
}

impl FileKind {
    fn as_str(self) -> &'static str {
        match self {
            FileKind::Attachment => "attachment",
            FileKind::JobResult => "job_result",
            FileKind::Import => "import",
        }
    }
    fn parse(text: &str) -> Self {
        match text {
            "attachment" => FileKind::Attachment,
            "import" => FileKind::Import,
            _ => FileKind::JobResult,
        }
    }
}

/// What a new file is for.
#[derive(Clone, Debug)]
pub struct NewFile {
    pub kind: FileKind,
    /// Name as given by the user; cleaned before it is kept.
    pub name: String,
    /// Region of the row it belongs to, or of the actor.
    pub region_code: RegionCode,
    /// Dataset, row and field of an attachment.
    pub place: Option<(String, Uuid, String)>,
    /// Key under which the sender may repeat the upload after a broken connection.
    pub once: Option<Uuid>,
}

impl NewFile {
    /// The same upload sent again under this key gives the file that is there already.
    #[must_use]
    pub fn once(self, key: Option<Uuid>) -> Self {
        Self { once: key, ..self }
    }
    pub fn attachment(dataset: &str, row_id: Uuid, field: &str, region_code: &RegionCode, name: &str) -> Self {
        let place = Some((dataset.to_owned(), row_id, field.to_owned()));
        Self { kind: FileKind::Attachment, name: name.into(), region_code: region_code.clone(), place, once: None }
    }
    pub fn import(actor: &Actor, name: &str) -> Self {
        Self { kind: FileKind::Import, name: name.into(), region_code: actor.region.clone(), place: None, once: None }
    }
    pub fn job_result(actor: &Actor, name: &str) -> Self {
        Self { kind: FileKind::JobResult, name: name.into(), region_code: actor.region.clone(), place: None, once: None }
    }
}

/// A stored file.
#[derive(Clone, Debug, Serialize)]
pub struct FileRow {
    pub id: Uuid,
    pub kind: FileKind,
    #[serde(skip)]
    pub dataset: Option<String>,
    #[serde(skip)]
    pub row_id: Option<Uuid>,
    pub field: Option<String>,
    #[serde(skip)]
    pub region_code: String,
    #[serde(skip)]
    pub key: String,
    pub name: String,
    pub mime: String,
    pub size: i64,
    #[serde(skip)]
    pub sm3: Vec<u8>,
    #[serde(skip)]
    pub created_by: Uuid,
    pub created_by_name: String,
    pub created_at: DateTime<Utc>,
}

/// The room's door. Cheap to clone.
#[derive(Clone)]
pub struct Files {
    pool: PgPool,
    objects: Arc<dyn ObjectStore>,
}

fn db(e: sqlx::Error) -> Error {
    Error::internal(e)
}
fn gone(e: object_store::Error) -> Error {
    match e {
        object_store::Error::NotFound { .. } => {
            Error::not_found("files.lost", "文件内容已不存在，请联系管理员从备份中恢复。").because(e)
        }
        other => Error::unavailable("files.store", "文件存储暂时不可用，请稍后重试。").because(other),
    }
}
fn no_such_file() -> Error {
    Error::not_found("files.not_found", "没有找到该文件，可能已被删除。")
}

impl Files {
    pub fn new(pool: PgPool, objects: Arc<dyn ObjectStore>) -> Self {
        Self { pool, objects }
    }

    /// Files in a local folder, made when missing.
    pub fn local(pool: PgPool, folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let disk = object_store::local::LocalFileSystem::new_with_prefix(folder).map_err(gone)?.with_automatic_cleanup(true);
        Ok(Self::new(pool, Arc::new(disk)))
    }

    /// Takes an upload: type by name, size while it comes, content by its bytes, pictures without their metadata.
    pub async fn save<S, E>(&self, actor: &Actor, new: NewFile, stream: S) -> Result<FileRow>
    where
        S: Stream<Item = std::result::Result<Bytes, E>> + Send,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let import = new.kind == FileKind::Import;
        let t = types::claimed(&new.name, import)?;
        let got = receive(stream, t.most_bytes(import), || types::too_large(t, import)).await?;
        let checked = tokio::task::spawn_blocking(move || check(t, got, import)).await.map_err(Error::internal)??;
        self.keep(actor, new, t.mime(), checked).await
    }

    /// Keeps a file that the system itself made; nothing is checked.
    pub async fn save_made(&self, actor: &Actor, new: NewFile, made: tempfile::NamedTempFile) -> Result<FileRow> {
        let mime = FileType::by_extension(&name::extension(&new.name)).map_or("application/octet-stream", FileType::mime);
        let file = tokio::fs::File::open(made.path()).await?;
        let stream = tokio_util::io::ReaderStream::with_capacity(file, 1 << 18);
        let got = receive(stream, u64::MAX, no_such_file).await?;
        self.keep(actor, new, mime, got).await
    }

    async fn keep(&self, actor: &Actor, new: NewFile, mime: &str, got: Received) -> Result<FileRow> {
        let id = Uuid::now_v7();
        let key = format!("{}/{id}", Utc::now().format("%Y/%m"));
        self.put(&key, got.file.path()).await?;
        let (dataset, row_id, field) = match new.place {
            Some((d, r, f)) => (Some(d), Some(r), Some(f)),
            None => (None, None, None),
        };
        let saved = sqlx::query(AssertSqlSafe(format!(
            "insert into app.file (id, kind, dataset, row_id, field, region_code, key, name, mime, size, sm3, created_by, created_by_name, once_key) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
             on conflict (created_by, once_key) where once_key is not null do nothing returning {COLUMNS}"
        )))
        .bind(id)
        .bind(new.kind.as_str())
        .bind(dataset)
        .bind(row_id)
        .bind(field)
        .bind(new.region_code.as_str())
        .bind(&key)
        .bind(name::clean(&new.name))
        .bind(mime)
        .bind(got.size as i64)
        .bind(&got.sm3)
        .bind(actor.user_id)
        .bind(&actor.name)
        .bind(new.once)
        .fetch_optional(&self.pool)
        .await;
        match saved {
            Ok(Some(row)) => Ok(file_row(&row)),
            Ok(None) => {
                self.remove(&key).await;
                self.kept_before(actor, new.once, row_id, &got.sm3).await
            }
            Err(e) => {
                // no row, no file
                self.remove(&key).await;
                Err(db(e))
            }
        }
    }

    /// The file that an earlier sending of the same upload left; the key with another file or for another row is refused.
    async fn kept_before(&self, actor: &Actor, once: Option<Uuid>, row_id: Option<Uuid>, sm3: &[u8]) -> Result<FileRow> {
        let row = sqlx::query(AssertSqlSafe(format!("select {COLUMNS} from app.file where created_by = $1 and once_key = $2")))
            .bind(actor.user_id)
            .bind(once)
            .fetch_one(&self.pool)
            .await
            .map_err(db)?;
        let file = file_row(&row);
        if file.row_id != row_id || file.sm3 != sm3 {
            return Err(Error::refused(
                "files.key_reused",
                "这次上传与之前用同一编号上传的文件不一致，没有保存。请重新选择文件上传。",
            ));
        }
        Ok(file)
    }

    async fn put(&self, key: &str, from: &Path) -> Result<()> {
        let upload = self.objects.put_multipart(&Key::from(key)).await.map_err(gone)?;
        let mut writer = WriteMultipart::new(upload);
        let mut file = tokio::fs::File::open(from).await?;
        let mut buffer = vec![0u8; 1 << 18];
        loop {
            let n = file.read(&mut buffer).await?;
            if n == 0 {
                break;
            }
            writer.wait_for_capacity(2).await.map_err(gone)?;
            writer.write(&buffer[..n]);
        }
        writer.finish().await.map(drop).map_err(gone)
    }

    async fn remove(&self, key: &str) {
        if let Err(e) = self.objects.delete(&Key::from(key)).await
            && !matches!(e, object_store::Error::NotFound { .. })
        {
            tracing::warn!(key, error = %e, "a file without a row was left in the store");
        }
    }

    /// What is known of a file this actor may see: an attachment inside their regions, anything else only when their own.
    /// Whether the role may read the attachment's dataset is asked by the caller, who also knows the row.
    pub async fn get(&self, actor: &Actor, id: Uuid) -> Result<FileRow> {
        let row = sqlx::query(AssertSqlSafe(format!("select {COLUMNS} from app.file where id = $1")))
            .bind(id)
            .fetch_optional(&self.pool)
            .await
            .map_err(db)?
            .ok_or_else(no_such_file)?;
        let file = file_row(&row);
        let seen = actor.is_system()
            || match file.kind {
                FileKind::Attachment => actor.scope().contains(&RegionCode::parse(&file.region_code)?),
                FileKind::JobResult | FileKind::Import => file.created_by == actor.user_id,
            };
        if seen { Ok(file) } else { Err(no_such_file()) }
    }

    /// A file and its bytes as a stream.
    pub async fn open(&self, actor: &Actor, id: Uuid) -> Result<(FileRow, BoxStream<'static, Result<Bytes>>)> {
        let file = self.get(actor, id).await?;
        let got = self.objects.get(&Key::from(file.key.as_str())).await.map_err(gone)?;
        Ok((file, got.into_stream().map_err(gone).boxed()))
    }

    /// A private copy on disk, for readers that must jump about in it; checked against the digest taken when it came.
    pub async fn open_copy(&self, actor: &Actor, id: Uuid) -> Result<(FileRow, tempfile::NamedTempFile)> {
        let (file, stream) = self.open(actor, id).await?;
        let got = receive(stream, u64::MAX, no_such_file).await?;
        if got.sm3 != file.sm3 {
            return Err(Error::unavailable("files.changed", "文件内容与上传时不一致，可能已损坏，请重新上传。"));
        }
        Ok((file, got.file))
    }

    /// Attachments of a row, oldest first; `field` narrows to one field.
    pub async fn list(&self, actor: &Actor, dataset: &str, row_id: Uuid, field: Option<&str>) -> Result<Vec<FileRow>> {
        let scope = actor.scope();
        let rows = sqlx::query(AssertSqlSafe(format!(
            "select {COLUMNS} from app.file where row_id = $1 and dataset = $2 and ($3::text is null or field = $3) \
               and region_code >= $4 and region_code < $5 order by id"
        )))
        .bind(row_id)
        .bind(dataset)
        .bind(field)
        .bind(scope.lo)
        .bind(scope.hi)
        .fetch_all(&self.pool)
        .await
        .map_err(db)?;
        Ok(rows.iter().map(file_row).collect())
    }

    /// Deletes a file this actor may see. The row goes first: a row without bytes would be worse than bytes without a row.
    pub async fn delete(&self, actor: &Actor, id: Uuid) -> Result<FileRow> {
        let file = self.get(actor, id).await?;
        sqlx::query("delete from app.file where id = $1").bind(id).execute(&self.pool).await.map_err(db)?;
        self.remove(&file.key).await;
        Ok(file)
    }
}

/// Runs on a blocking thread: content against claim, metadata out of pictures.
fn check(t: FileType, mut got: Received, import: bool) -> Result<Received> {
    types::check_content(t, got.file.as_file_mut(), import)?;
    if t.is_image() {
        let stripped = image::strip(t, &std::fs::read(got.file.path())?)?;
        std::fs::write(got.file.path(), &stripped)?;
        got.size = stripped.len() as u64;
        got.sm3 = sm3_of(&stripped);
    }
    Ok(got)
}

fn file_row(r: &PgRow) -> FileRow {
    FileRow {
        id: r.get("id"),
        kind: FileKind::parse(r.get("kind")),
        dataset: r.get("dataset"),
        row_id: r.get("row_id"),
        field: r.get("field"),
        region_code: r.get("region_code"),
        key: r.get("key"),
        name: r.get("name"),
        mime: r.get("mime"),
        size: r.get("size"),
        sm3: r.get("sm3"),
        created_by: r.get("created_by"),
        created_by_name: r.get("created_by_name"),
        created_at: r.get("created_at"),
    }
}
