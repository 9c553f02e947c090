//! Text tables: finds out the encoding (UTF-8 with or without mark, UTF-16 with mark, GB18030) and the separator, decodes as it reads.
//! Must not know fields.

use base::{Error, Result};
use encoding_rs::{Decoder, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// Decodes to UTF-8 as it is read.
pub(crate) struct Decoding {
    file: BufReader<File>,
    decoder: Decoder,
    raw: Vec<u8>,
    text: Vec<u8>,
    at: usize,
    ended: bool,
    pub(crate) replaced: bool,
}

impl Read for Decoding {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        while self.at == self.text.len() {
            if self.ended {
                return Ok(0);
            }
            let n = self.file.read(&mut self.raw)?;
            self.ended = n == 0;
            let room = self.decoder.max_utf8_buffer_length(n).unwrap_or(4 * n + 16);
            self.text.resize(room, 0);
            let (_, _, written, replaced) = self.decoder.decode_to_utf8(&self.raw[..n], &mut self.text, self.ended);
            self.replaced |= replaced;
            self.text.truncate(written);
            self.at = 0;
        }
        let n = out.len().min(self.text.len() - self.at);
        out[..n].copy_from_slice(&self.text[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}

/// Opens a text table.
pub(crate) fn open(path: &Path) -> Result<csv::Reader<Decoding>> {
    let mut file = File::open(path)?;
    let mut head = Vec::new();
    Read::by_ref(&mut file).take(1 << 20).read_to_end(&mut head)?;
    let whole = head.len() < 1 << 20;
    file.seek(SeekFrom::Start(0))?;
    let encoding = guess(&head, whole);
    if encoding == GB18030 && head.contains(&0) {
        return Err(Error::invalid("sheet.not_text", "文件不是文本表格。请用 Excel 打开后另存为 .xlsx 或 CSV UTF-8 再上传。"));
    }
    let (start, _, _) = encoding.decode(&head);
    let first = start.lines().find(|l| !l.trim().is_empty()).unwrap_or_default();
    let separator =
        [b',', b'\t', b';', b'|'].into_iter().max_by_key(|s| (first.matches(char::from(*s)).count(), *s == b',')).unwrap_or(b',');
    let decoding = Decoding {
        file: BufReader::with_capacity(1 << 16, file),
        decoder: encoding.new_decoder(),
        raw: vec![0; 1 << 16],
        text: Vec::new(),
        at: 0,
        ended: false,
        replaced: false,
    };
    Ok(csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(decoding))
}

fn guess(head: &[u8], whole: bool) -> &'static Encoding {
    if let Some((e, _)) = Encoding::for_bom(head) {
        return e;
    }
    match std::str::from_utf8(head) {
        Ok(_) => UTF_8,
        // a character cut by the end of the sample is no sign of another encoding
        Err(e) if !whole && e.error_len().is_none() => UTF_8,
        Err(_) => {
            let zeros = |from: usize| head.iter().skip(from).step_by(2).take(200).filter(|b| **b == 0).count();
            if zeros(1) > 20 {
                UTF_16LE
            } else if zeros(0) > 20 {
                UTF_16BE
            } else {
                GB18030
            }
        }
    }
}
