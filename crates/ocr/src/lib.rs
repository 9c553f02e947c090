//! Identity cards: a photograph is straightened, cleaned and read line by line; each field comes back with a confidence.
//! The picture lives in memory only and is gone with the call. Must not know who asks or what becomes of the fields.

mod clean;
mod find;
mod rules;
mod tesseract;

pub use rules::{Field, Reading, Side};
pub use tesseract::available;

use base::{Error, Result};
use image::{GrayImage, ImageReader, RgbImage};
use std::io::Cursor;

/// Pictures above this many pixels are refused before they are unpacked.
const MOST_PIXELS: u64 = 60_000_000;
/// Longest edge worked on; more does not read better.
const EDGE: u32 = 2200;

/// Reads one side of a card from the bytes of a JPEG or PNG. Takes a second or two of one core.
///
/// # Errors
/// `ocr.unreadable` when the bytes are no picture, `ocr.too_large`, `ocr.no_card` when nothing on it could be read,
/// `ocr.unavailable` when the recognition program is not installed.
pub async fn read(bytes: Vec<u8>, side: Side) -> Result<Reading> {
    tokio::task::spawn_blocking(move || read_now(&bytes, side)).await.map_err(Error::internal)?
}

/// The same on the calling thread.
pub fn read_now(bytes: &[u8], side: Side) -> Result<Reading> {
    let card = find::straighten(&decode(bytes)?);
    let upright = lines(&clean::ink(&card), side)?;
    if upright.is_plausible() {
        return Ok(upright);
    }
    // held upside down
    let turned = lines(&clean::ink(&image::imageops::rotate180(&card)), side)?;
    let best = if turned.weight() > upright.weight() { turned } else { upright };
    if best.fields.iter().all(|f| f.value.is_empty()) {
        return Err(Error::refused(
            "ocr.no_card",
            "没有认出身份证。请把证件放平、四边拍全、避开反光后重新拍照，也可以手工填写。",
        ));
    }
    Ok(best)
}

fn decode(bytes: &[u8]) -> Result<RgbImage> {
    let broken = |e: &dyn std::fmt::Display| {
        tracing::debug!(error = %e, "a picture could not be decoded");
        Error::invalid("ocr.unreadable", "这张照片打不开，请重新拍照（JPEG 或 PNG）。")
    };
    let reader = || ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let (w, h) = reader().map_err(|e| broken(&e))?.into_dimensions().map_err(|e| broken(&e))?;
    if u64::from(w) * u64::from(h) > MOST_PIXELS {
        return Err(Error::invalid("ocr.too_large", "照片太大，请用普通清晰度重新拍照。"));
    }
    let picture = reader().map_err(|e| broken(&e))?.decode().map_err(|e| broken(&e))?;
    let picture = if w.max(h) > EDGE { picture.resize(EDGE, EDGE, image::imageops::FilterType::Triangle) } else { picture };
    Ok(picture.to_rgb8())
}

/// Where a line stands on the card, as shares of its width and height: left, top, right, bottom.
type Place = (f32, f32, f32, f32);

const NAME: Place = (0.17, 0.085, 0.60, 0.225);
const NATION: Place = (0.385, 0.215, 0.60, 0.335);
const ADDRESS: Place = (0.17, 0.455, 0.635, 0.775);
const NUMBER: Place = (0.32, 0.785, 0.975, 0.95);
const AUTHORITY: Place = (0.39, 0.665, 0.97, 0.805);
const VALID: Place = (0.39, 0.805, 0.97, 0.945);

fn lines(ink: &GrayImage, side: Side) -> Result<Reading> {
    use tesseract::{Mode, run};
    let fields = match side {
        Side::Front => {
            let mut number = Field::default();
            // the same line a little fainter and a little stronger: the check digit says which reading holds
            for strength in [1.0, 1.35, 0.75] {
                let crop = clean::strengthen(&clean::crop(ink, NUMBER), strength);
                let read = rules::number(&run(&crop, Mode::Digits)?);
                if read.confidence > number.confidence {
                    number = read;
                }
                if number.confidence > rules::SURE {
                    break;
                }
            }
            vec![
                rules::name(&run(&clean::crop(ink, NAME), Mode::ChineseLine)?),
                rules::nation(&run(&clean::crop(ink, NATION), Mode::ChineseLine)?),
                rules::address(&run(&clean::crop(ink, ADDRESS), Mode::ChineseBlock)?),
                number,
            ]
        }
        Side::Back => vec![
            rules::authority(&run(&clean::crop(ink, AUTHORITY), Mode::ChineseLine)?),
            rules::valid(&run(&clean::crop(ink, VALID), Mode::ChineseLine)?),
        ],
    };
    Ok(rules::reading(side, fields))
}
