//! Receives a stream of unknown length into a temporary file, within a limit, counting and hashing on the way.
//! Must not know tables or types.

use base::{Error, Result};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use sm3::{Digest, Sm3};
use tokio::io::AsyncWriteExt;

/// A received file, gone from disk when dropped.
pub(crate) struct Received {
    pub file: tempfile::NamedTempFile,
    pub size: u64,
    pub sm3: Vec<u8>,
}

/// Reads the stream to its end; more than `most` bytes end it at once with `too_large`.
pub(crate) async fn receive<S, E>(stream: S, most: u64, too_large: impl Fn() -> Error) -> Result<Received>
where
    S: Stream<Item = std::result::Result<Bytes, E>> + Send,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let file = tempfile::NamedTempFile::with_prefix("ganong-upload-")?;
    let mut out = tokio::fs::File::from_std(file.reopen()?);
    let (mut size, mut hash) = (0u64, Sm3::new());
    let mut stream = std::pin::pin!(stream);
    while let Some(part) = stream.next().await {
        let part = part.map_err(|e| Error::invalid("files.upload_cut", "上传中断，文件没有收全，请重新上传。").because(e))?;
        size += part.len() as u64;
        if size > most {
            return Err(too_large());
        }
        hash.update(&part);
        out.write_all(&part).await?;
    }
    out.flush().await?;
    Ok(Received { file, size, sm3: hash.finalize().to_vec() })
}

pub(crate) fn sm3_of(bytes: &[u8]) -> Vec<u8> {
    Sm3::digest(bytes).to_vec()
}
