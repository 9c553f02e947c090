//! The recognition program (Tesseract 5 with Chinese data) on one cut-out at a time: picture in by its standard input, words
//! with confidences out. Nothing is written to disk.

use base::{Error, Result};
use image::{GrayImage, ImageFormat};
use std::io::{Cursor, Read, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What stands on the cut-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    ChineseLine,
    ChineseBlock,
    Digits,
}

/// A word and how sure the program is of it, 0 to 100.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Word {
    pub text: String,
    pub sure: f32,
}

/// One cut-out never takes longer; a program that hangs is ended.
const PATIENCE: Duration = Duration::from_secs(20);
const PROGRAM: &str = "tesseract";

/// Whether the program and its Chinese data are installed.
pub fn available() -> bool {
    Command::new(PROGRAM)
        .arg("--list-langs")
        .output()
        .is_ok_and(|o| String::from_utf8_lossy(&o.stdout).lines().any(|l| l.trim() == "chi_sim"))
}

fn missing(e: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::unavailable("ocr.unavailable", "身份证识别暂时不可用，请手工填写；管理员可检查识别程序是否安装。").because(e)
}

/// Recognises one cut-out.
pub(crate) fn run(picture: &GrayImage, mode: Mode) -> Result<Vec<Word>> {
    let mut png = Cursor::new(Vec::new());
    picture.write_to(&mut png, ImageFormat::Png).map_err(Error::internal)?;
    let mut c = Command::new(PROGRAM);
    c.args(["stdin", "stdout", "--dpi", "300"]);
    match mode {
        Mode::ChineseLine => c.args(["-l", "chi_sim", "--psm", "7"]),
        Mode::ChineseBlock => c.args(["-l", "chi_sim", "--psm", "6"]),
        Mode::Digits => c.args(["-l", "eng", "--psm", "7", "-c", "tessedit_char_whitelist=0123456789X"]),
    };
    c.args(["-c", "tessedit_create_tsv=1", "tsv"]).env("OMP_THREAD_LIMIT", "1");
    let mut child = c.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().map_err(missing)?;
    let mut input = child.stdin.take().ok_or_else(|| Error::internal("no standard input"))?;
    let mut output = child.stdout.take().ok_or_else(|| Error::internal("no standard output"))?;
    let writer = std::thread::spawn(move || input.write_all(&png.into_inner()));
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        output.read_to_string(&mut text).map(|_| text)
    });
    let until = Instant::now() + PATIENCE;
    while child.try_wait()?.is_none() {
        if Instant::now() > until {
            child.kill()?;
            child.wait()?;
            return Err(Error::unavailable("ocr.slow", "识别用时过长，请稍后重试或手工填写。"));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    // a program that ended early leaves the pipe; what it printed decides
    drop(writer.join());
    let text = reader.join().map_err(|_| Error::internal("the reader of the recognition program ended"))??;
    Ok(words(&text))
}

/// Words of the table that the program prints: level 5, confidence in the eleventh column, text in the last.
fn words(tsv: &str) -> Vec<Word> {
    tsv.lines()
        .filter_map(|l| {
            let cells: Vec<&str> = l.split('\t').collect();
            let (level, sure, text) = (cells.first()?, cells.get(10)?, cells.get(11)?);
            let text = text.trim();
            (*level == "5" && !text.is_empty()).then(|| Word { text: text.to_owned(), sure: sure.parse().unwrap_or(0.0) })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_confidences_are_read_from_the_table() {
        let tsv = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n\
                   4\t1\t1\t1\t1\t0\t0\t0\t9\t9\t-1\t\n5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t96.5\t张\n5\t1\t1\t1\t1\t2\t0\t0\t9\t9\t41\t三\n";
        assert_eq!(words(tsv), [Word { text: "张".into(), sure: 96.5 }, Word { text: "三".into(), sure: 41.0 }]);
        assert!(words("").is_empty());
    }
}
