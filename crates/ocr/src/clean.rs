//! Ink on paper out of a photograph: light evened out, coloured patterns removed, lines cut out and enlarged. Must not read.

use crate::Place;
use image::imageops::{FilterType, crop_imm, resize};
use image::{GrayImage, Luma, Rgb, RgbImage};

/// Height of the picture given to the recogniser for one line, in pixels.
const LINE: u32 = 96;
/// White around it.
const MARGIN: u32 = 24;
/// Step in which the light of the paper is looked for.
const CELL: u32 = 20;

/// Black ink as dark, everything else white: print is dark in every colour, the pattern of the card in one or two only.
pub(crate) fn ink(card: &RgbImage) -> GrayImage {
    let bright = GrayImage::from_fn(card.width(), card.height(), |x, y| {
        let Rgb([r, g, b]) = *card.get_pixel(x, y);
        let (low, high) = (r.min(g).min(b), r.max(g).max(b));
        Luma([((u16::from(low) + 2 * u16::from(high)) / 3) as u8])
    });
    let paper = light(&bright);
    GrayImage::from_fn(bright.width(), bright.height(), |x, y| {
        let (v, p) = (u32::from(bright.get_pixel(x, y).0[0]), u32::from(paper.get_pixel(x, y).0[0]).max(30));
        Luma([stretch((v * 255 / p).min(255) as i32)])
    })
}

/// The paper's own brightness, cell by cell: its bright part, so that print does not darken it.
fn light(grey: &GrayImage) -> GrayImage {
    let (w, h) = (grey.width().div_ceil(CELL), grey.height().div_ceil(CELL));
    let cells = GrayImage::from_fn(w, h, |cx, cy| {
        let mut seen: Vec<u8> = Vec::with_capacity((CELL * CELL) as usize);
        for y in (cy * CELL)..((cy + 1) * CELL).min(grey.height()) {
            for x in (cx * CELL)..((cx + 1) * CELL).min(grey.width()) {
                seen.push(grey.get_pixel(x, y).0[0]);
            }
        }
        seen.sort_unstable();
        Luma([seen.get(seen.len() * 9 / 10).copied().unwrap_or(255)])
    });
    // the brightest of the neighbours: a cell full of print borrows its light
    let wide = GrayImage::from_fn(w, h, |cx, cy| {
        let mut best = 0;
        for y in cy.saturating_sub(1)..=(cy + 1).min(h - 1) {
            for x in cx.saturating_sub(1)..=(cx + 1).min(w - 1) {
                best = best.max(cells.get_pixel(x, y).0[0]);
            }
        }
        Luma([best])
    });
    resize(&wide, grey.width(), grey.height(), FilterType::Triangle)
}

/// From the dark of print to the white of paper.
fn stretch(v: i32) -> u8 {
    ((v - 70) * 255 / (225 - 70)).clamp(0, 255) as u8
}

/// A stronger (above 1) or fainter print.
pub(crate) fn strengthen(line: &GrayImage, strength: f32) -> GrayImage {
    GrayImage::from_fn(line.width(), line.height(), |x, y| {
        let dark = 255.0 - f32::from(line.get_pixel(x, y).0[0]);
        Luma([(255.0 - dark * strength).clamp(0.0, 255.0) as u8])
    })
}

/// One place of the card, enlarged, with white around it.
pub(crate) fn crop(ink: &GrayImage, (left, top, right, bottom): Place) -> GrayImage {
    let (w, h) = (ink.width() as f32, ink.height() as f32);
    let (x, y) = ((left * w) as u32, (top * h) as u32);
    let (cw, ch) = (((right - left) * w) as u32, ((bottom - top) * h) as u32);
    let cut = crop_imm(ink, x, y, cw, ch).to_image();
    // an address has three lines
    let rows = if ch as f32 / h > 0.25 { 3 } else { 1 };
    let tall = LINE * rows;
    let line = resize(&cut, (cw * tall).div_ceil(ch.max(1)), tall, FilterType::CatmullRom);
    let mut out = GrayImage::from_pixel(line.width() + 2 * MARGIN, line.height() + 2 * MARGIN, Luma([255]));
    image::imageops::overlay(&mut out, &line, i64::from(MARGIN), i64::from(MARGIN));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shadow_goes_and_print_stays() {
        // paper in falling light with one black bar
        let card = RgbImage::from_fn(400, 200, |x, y| {
            let paper = (240 - x / 3) as u8;
            if (80..100).contains(&y) && (150..250).contains(&x) { Rgb([paper / 5; 3]) } else { Rgb([paper, paper, paper]) }
        });
        let out = ink(&card);
        assert!(out.get_pixel(20, 20).0[0] > 235 && out.get_pixel(380, 180).0[0] > 235);
        assert!(out.get_pixel(200, 90).0[0] < 20);
    }

    #[test]
    fn a_line_is_enlarged_with_white_around() {
        let line = crop(&GrayImage::from_pixel(1400, 883, Luma([0])), (0.1, 0.1, 0.6, 0.2));
        assert_eq!(line.height(), LINE + 2 * MARGIN);
        assert_eq!(line.get_pixel(2, 2).0[0], 255);
    }
}
