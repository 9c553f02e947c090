//! Which types of file are taken, how large, and whether the content is what the name says.
//! Source: domain 06 §6 (extension + magic bytes; images ≤ 10 MB and ≤ 50 million pixels, documents ≤ 50 MB, zip ≤ 200 MB).

use crate::zip_guard::{self, Limits};
use base::{Error, Result};
use std::io::{Read, Seek, SeekFrom};

const MB: u64 = 1024 * 1024;
/// Source: domain 06 §6.
pub const MOST_PIXELS: u64 = 50_000_000;

/// A type that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileType {
    Jpeg,
    Png,
    Webp,
    Pdf,
    Docx,
    Xlsx,
    Xls,
    Ods,
    Csv,
    Zip,
}

impl FileType {
    pub fn by_extension(ext: &str) -> Option<FileType> {
        Some(match ext {
            "jpg" | "jpeg" => FileType::Jpeg,
            "png" => FileType::Png,
            "webp" => FileType::Webp,
            "pdf" => FileType::Pdf,
            "docx" => FileType::Docx,
            "xlsx" => FileType::Xlsx,
            "xls" => FileType::Xls,
            "ods" => FileType::Ods,
            "csv" | "txt" => FileType::Csv,
            "zip" => FileType::Zip,
            _ => return None,
        })
    }
    pub fn mime(self) -> &'static str {
        match self {
            FileType::Jpeg => "image/jpeg",
            FileType::Png => "image/png",
            FileType::Webp => "image/webp",
            FileType::Pdf => "application/pdf",
            FileType::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            FileType::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            FileType::Xls => "application/vnd.ms-excel",
            FileType::Ods => "application/vnd.oasis.opendocument.spreadsheet",
            FileType::Csv => "text/csv; charset=utf-8",
            FileType::Zip => "application/zip",
        }
    }
    pub fn is_image(self) -> bool {
        matches!(self, FileType::Jpeg | FileType::Png | FileType::Webp)
    }
    fn is_zipped(self) -> bool {
        matches!(self, FileType::Docx | FileType::Xlsx | FileType::Ods | FileType::Zip)
    }
    /// Largest size in bytes; a file to import may be as large as a package of the weekly sync.
    pub fn most_bytes(self, import: bool) -> u64 {
        match (self.is_image(), import) {
            (true, _) => 10 * MB,
            (false, false) => 50 * MB,
            (false, true) => 200 * MB,
        }
    }
    /// What is taken as an attachment of a row, and what as a file to import.
    pub fn is_taken(self, import: bool) -> bool {
        if import {
            matches!(self, FileType::Xlsx | FileType::Xls | FileType::Ods | FileType::Csv | FileType::Zip)
        } else {
            matches!(self, FileType::Jpeg | FileType::Png | FileType::Webp | FileType::Pdf | FileType::Docx | FileType::Xlsx)
        }
    }
}

/// The type the name claims, when it is one we take here.
pub fn claimed(name: &str, import: bool) -> Result<FileType> {
    FileType::by_extension(&crate::name::extension(name)).filter(|t| t.is_taken(import)).ok_or_else(|| {
        Error::invalid(
            "files.type",
            if import {
                "不支持这种文件。请上传 .xlsx、.xls、.ods、.csv 表格，或由它们压成的 .zip。"
            } else {
                "不支持这种文件。请上传 jpg、png、webp 图片，或 pdf、docx、xlsx 文档。"
            },
        )
    })
}

/// The sentence for a file that is too large.
pub fn too_large(t: FileType, import: bool) -> Error {
    Error::invalid("files.too_large", format!("文件超过 {} MB，请压缩图片或拆分后再上传。", t.most_bytes(import) / MB))
}

/// Holds the content against the claimed type: first bytes, inner structure, unpacked size.
pub fn check_content(t: FileType, file: &mut (impl Read + Seek), import: bool) -> Result<()> {
    let mut head = Vec::with_capacity(1024);
    file.seek(SeekFrom::Start(0))?;
    file.by_ref().take(1024).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    if head.is_empty() {
        return Err(Error::invalid("files.empty", "文件是空的，请检查后重新上传。"));
    }
    let is = match t {
        FileType::Jpeg => head.starts_with(&[0xFF, 0xD8, 0xFF]),
        FileType::Png => head.starts_with(b"\x89PNG\r\n\x1a\n"),
        FileType::Webp => head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP"),
        FileType::Pdf => head.windows(5).any(|w| w == b"%PDF-"),
        FileType::Xls => head.starts_with(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]),
        FileType::Csv => {
            !head.contains(&0) && !head.starts_with(b"PK\x03\x04") && !head.starts_with(b"%PDF-") && !is_markup(&head)
        }
        FileType::Docx | FileType::Xlsx | FileType::Ods | FileType::Zip => head.starts_with(b"PK\x03\x04"),
    };
    if !is {
        return Err(wrong_content(t, &head));
    }
    if t.is_zipped() {
        let limits = if import { Limits::IMPORT } else { Limits::DOCUMENT };
        let names = zip_guard::check(file, &limits)?;
        let has = |n: &str| names.iter().any(|x| x == n);
        let fits = match t {
            FileType::Docx => has("word/document.xml"),
            FileType::Xlsx => has("xl/workbook.xml"),
            FileType::Ods => has("content.xml") && has("mimetype"),
            _ => true,
        };
        if !fits {
            return Err(wrong_content(t, &head));
        }
        if names.iter().any(|n| n.to_ascii_lowercase().ends_with("vbaproject.bin")) {
            return Err(Error::invalid("files.macro", "文件中含有宏程序，不能上传。请另存为不含宏的 .xlsx 或 .docx 后再上传。"));
        }
        file.seek(SeekFrom::Start(0))?;
    }
    Ok(())
}

fn is_markup(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head).trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
    ["<!doctype", "<html", "<?xml", "<svg", "<script"].iter().any(|m| text.starts_with(m))
}

fn wrong_content(t: FileType, head: &[u8]) -> Error {
    // the commonest cases in practice: a renamed file, and a web page saved by an old system under .xls
    let really = if head.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        "，看起来是旧版 Office 文件（如 .xls，或加了密码的文件）"
    } else if head.starts_with(b"PK\x03\x04") {
        "，看起来是 .xlsx、.docx 或 .zip 文件"
    } else if is_markup(head) {
        "，看起来是网页"
    } else {
        ""
    };
    let want = match t {
        FileType::Csv => "csv 文本".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    };
    Error::invalid(
        "files.content",
        format!("文件内容不是扩展名所说的 {want}{really}。请用 Excel 或原软件打开后“另存为”正确的格式再上传。"),
    )
}
