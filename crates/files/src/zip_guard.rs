//! Guard against zip bombs, also for xlsx, docx and ods, which are zips: counts what really comes out, not what is declared.
//! Source: domain 06 §6 (unpacked ≤ 1 GB, ≤ 2000 entries). Must not know what is inside.

use base::{Error, Result};
use std::io::{Read, Seek};

/// What a packed file may contain.
#[derive(Clone, Debug)]
pub struct Limits {
    pub most_entries: usize,
    pub most_unpacked: u64,
    /// Unpacked bytes for each packed byte, looked at from `ratio_from` unpacked bytes on.
    pub most_ratio: u64,
    pub ratio_from: u64,
}

const MB: u64 = 1024 * 1024;

impl Limits {
    pub const DOCUMENT: Limits = Limits { most_entries: 2000, most_unpacked: 300 * MB, most_ratio: 100, ratio_from: 20 * MB };
    /// Sheets of millions of like rows pack well: measured 8–25 times on synthetic exports.
    pub const IMPORT: Limits = Limits { most_entries: 2000, most_unpacked: 4096 * MB, most_ratio: 120, ratio_from: 50 * MB };
}

fn bomb() -> Error {
    Error::invalid("files.zip_bomb", "压缩内容展开后过大，已停止处理。请检查文件，或拆成几个较小的文件再上传。")
}

/// Unpacks everything into nothing within the limits; the names of the entries.
pub fn check(file: &mut (impl Read + Seek), limits: &Limits) -> Result<Vec<String>> {
    let broken = |e: zip::result::ZipError| {
        Error::invalid("files.zip_broken", "文件已损坏或加了密码，打不开。请用原软件打开确认后重新保存再上传。").because(e)
    };
    let packed = file.seek(std::io::SeekFrom::End(0))?;
    file.seek(std::io::SeekFrom::Start(0))?;
    let mut zip = zip::ZipArchive::new(file).map_err(broken)?;
    if zip.len() > limits.most_entries {
        return Err(bomb());
    }
    let mut names = Vec::with_capacity(zip.len());
    let mut total = 0u64;
    let mut buffer = vec![0u8; 256 * 1024];
    for i in 0..zip.len() {
        let mut entry = zip.by_index(i).map_err(broken)?;
        let name = entry.name().map_err(broken)?.into_owned();
        if name.contains("..") || name.starts_with('/') || name.contains('\\') {
            return Err(Error::invalid("files.zip_path", "压缩包里有不安全的文件路径，不能上传。请重新压缩后再上传。"));
        }
        names.push(name);
        loop {
            let n = entry.read(&mut buffer).map_err(|e| broken(zip::result::ZipError::Io(e)))?;
            if n == 0 {
                break;
            }
            total += n as u64;
            if total > limits.most_unpacked || (total > limits.ratio_from && total / packed.max(1) > limits.most_ratio) {
                return Err(bomb());
            }
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Write};

    fn zip_of(entries: usize, zeros: usize) -> Cursor<Vec<u8>> {
        let mut z = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        for i in 0..entries {
            z.start_file(format!("e{i}"), options).unwrap();
            z.write_all(&vec![0u8; zeros]).unwrap();
        }
        z.finish().unwrap()
    }

    #[test]
    fn a_bomb_is_stopped_by_ratio_by_size_and_by_count() {
        let limits = Limits { most_entries: 5, most_unpacked: 10 * MB, most_ratio: 100, ratio_from: MB };
        assert_eq!(check(&mut zip_of(5, 1000), &limits).unwrap().len(), 5);
        assert_eq!(check(&mut zip_of(6, 10), &limits).unwrap_err().code, "files.zip_bomb");
        assert_eq!(check(&mut zip_of(1, 2 * MB as usize), &limits).unwrap_err().code, "files.zip_bomb");
        let wide = Limits { most_ratio: 100_000, ..limits };
        assert_eq!(check(&mut zip_of(2, 6 * MB as usize), &wide).unwrap_err().code, "files.zip_bomb");
    }

    #[test]
    fn what_is_no_zip_is_said_to_be_broken() {
        assert_eq!(
            check(&mut Cursor::new(b"PK\x03\x04nothing".to_vec()), &Limits::DOCUMENT).unwrap_err().code,
            "files.zip_broken"
        );
    }
}
