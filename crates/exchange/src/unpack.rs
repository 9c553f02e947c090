//! A delivery as files on this machine: archives are unpacked, each file is known by its name or, failing that, by its columns.
//! Must not know rows.

use crate::plan::Plan;
use crate::rules;
use base::{Error, Result};
use meta::Package;
use sheet::{Book, Header, Want, fold};
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// A file of the delivery as it was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// Number of the uploaded file it came in.
    pub upload: i32,
    pub name: String,
    pub path: PathBuf,
    /// Kind of file in the package.
    pub kind: String,
}

/// Most bytes one archive may unpack to; more is no delivery.
const MOST_UNPACKED: u64 = 16 << 30;
const MOST_ENTRIES: usize = 2000;

fn is_archive(path: &Path) -> Result<bool> {
    let mut head = [0u8; 4];
    let n = File::open(path)?.read(&mut head)?;
    if n < 4 || head != *b"PK\x03\x04" {
        return Ok(false);
    }
    let zip = zip::ZipArchive::new(File::open(path)?).map_err(broken)?;
    // workbooks are archives too
    let workbook = zip.file_names().flatten().any(|n| n == "[Content_Types].xml" || n == "mimetype");
    Ok(!workbook)
}

fn broken(e: zip::result::ZipError) -> Error {
    Error::invalid("exchange.archive", "压缩包已损坏或加了密码，打不开。请重新压缩（zip 格式、不加密码）后再上传。").because(e)
}

/// Unpacks archives into `folder` and recognises every file. `uploads`: number, name and place of what was handed in.
pub fn open(package: &Package, all: &Plan, uploads: &[(i32, String, PathBuf)], folder: &Path) -> Result<Vec<Found>> {
    let mut out = Vec::new();
    for (upload, name, path) in uploads {
        if is_archive(path)? {
            for (name, path) in unpack(path, folder, *upload)? {
                out.push(known(package, all, *upload, name, path)?);
            }
        } else {
            out.push(known(package, all, *upload, name.clone(), path.clone())?);
        }
    }
    let missing: Vec<&str> =
        package.files.iter().filter(|f| f.required && !out.iter().any(|x| x.kind == f.id)).map(|f| f.name.as_str()).collect();
    if !missing.is_empty() {
        return Err(Error::invalid(
            "exchange.missing_files",
            format!("本批缺少文件：{}。请把同一天导出的全部文件（或它们的 zip）一起上传。", missing.join("、")),
        ));
    }
    Ok(out)
}

fn unpack(path: &Path, folder: &Path, upload: i32) -> Result<Vec<(String, PathBuf)>> {
    let mut zip = zip::ZipArchive::new(File::open(path)?).map_err(broken)?;
    if zip.len() > MOST_ENTRIES {
        return Err(Error::invalid("exchange.archive", "压缩包里的文件过多，请只放全国系统导出的表格。"));
    }
    let mut left = MOST_UNPACKED;
    let mut out = Vec::new();
    for i in 0..zip.len() {
        let mut entry = zip.by_index(i).map_err(broken)?;
        if entry.is_dir() {
            continue;
        }
        // archives made on Chinese Windows write names in GB18030 without saying so
        let raw = entry.name_raw();
        let name =
            std::str::from_utf8(raw).map(str::to_owned).unwrap_or_else(|_| encoding_rs::GB18030.decode(raw).0.into_owned());
        let short = name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
        let ending = short.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase()).unwrap_or_default();
        if short.starts_with('.') || short.starts_with('~') || !["xlsx", "xls", "ods", "csv", "txt"].contains(&ending.as_str()) {
            continue;
        }
        let to = folder.join(format!("{upload}_{i}.{ending}"));
        let mut file = File::create(&to)?;
        let mut buffer = vec![0u8; 1 << 18];
        loop {
            let n = entry.read(&mut buffer).map_err(|e| broken(zip::result::ZipError::Io(e)))?;
            if n == 0 {
                break;
            }
            left = left
                .checked_sub(n as u64)
                .ok_or_else(|| Error::invalid("exchange.archive", "压缩包展开后过大，已停止处理。请检查文件，或分几批上传。"))?;
            file.write_all(&buffer[..n])?;
        }
        out.push((short, to));
    }
    Ok(out)
}

fn known(package: &Package, all: &Plan, upload: i32, name: String, path: PathBuf) -> Result<Found> {
    let base = rules::base_name(&name);
    // （基础信息）户信息 is what newer exports call 户信息
    let bare = base.strip_prefix("(基础信息)").unwrap_or(&base);
    let by_name = package.files.iter().find(|f| fold(&f.name) == base || fold(&f.name) == bare);
    let kind = match by_name {
        Some(f) => f.id.clone(),
        None => by_columns(package, all, &path)?.ok_or_else(|| {
            let names: Vec<&str> = package.files.iter().map(|f| f.name.as_str()).collect();
            Error::invalid(
                "exchange.unknown_file",
                format!(
                    "无法识别文件“{}”。文件名应以{}开头，或含有它们的全部列。",
                    meta::value::printable(&name),
                    names.join("、")
                ),
            )
        })?,
    };
    Ok(Found { upload, name, path, kind })
}

/// The one kind all of whose columns stand in the file.
fn by_columns(package: &Package, all: &Plan, path: &Path) -> Result<Option<String>> {
    let mut book = Book::open(path)?;
    let mut best: Option<(usize, String)> = None;
    for f in &package.files {
        let mut names: Vec<&str> = f.columns.iter().chain(&f.region).map(String::as_str).collect();
        if let Some(p) = all.file(&f.id) {
            names.extend(p.columns.iter().map(|c| c.column.as_str()));
        }
        let wants: Vec<Want> = names.iter().map(|n| Want::new(*n, rules::Wanted::parse(n).name, false)).collect();
        let Ok(header) = Header::find(&mut book, None, &wants) else { continue };
        let labels: Vec<String> = header.cells.iter().map(|c| fold(&c.label)).collect();
        let whole = names.iter().all(|n| rules::find(&labels, n).is_some());
        if whole && best.as_ref().is_none_or(|(n, _)| names.len() > *n) {
            best = Some((names.len(), f.id.clone()));
        }
    }
    Ok(best.map(|(_, id)| id))
}
