//! Takes everything out of a JPEG, PNG or WebP that is not picture: EXIF with its place and time, XMP, comments, appended data.
//! The way up (EXIF orientation) is kept. Source: domain 06 §4.3 M_IMG, §6. Must not know where bytes come from.

use crate::types::{FileType, MOST_PIXELS};
use base::{Error, Result};

fn broken() -> Error {
    Error::invalid("files.image_broken", "图片已损坏，打不开。请重新拍照或另存后再上传。")
}

/// The picture alone. Refuses what is not a whole picture and what has more than 50 million pixels.
pub fn strip(t: FileType, bytes: &[u8]) -> Result<Vec<u8>> {
    let (out, pixels) = match t {
        FileType::Jpeg => jpeg(bytes),
        FileType::Png => png(bytes),
        FileType::Webp => webp(bytes),
        _ => return Ok(bytes.to_vec()),
    }
    .ok_or_else(broken)?;
    if pixels == 0 {
        return Err(broken());
    }
    if pixels > MOST_PIXELS {
        return Err(Error::invalid("files.too_many_pixels", "图片超过 5000 万像素，请调低相机分辨率或压缩后再上传。"));
    }
    Ok(out)
}

fn be16(b: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(b.get(at..at + 2)?.try_into().ok()?))
}
fn be32(b: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(b.get(at..at + 4)?.try_into().ok()?))
}
fn le32(b: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(b.get(at..at + 4)?.try_into().ok()?))
}

fn jpeg(b: &[u8]) -> Option<(Vec<u8>, u64)> {
    let mut out = vec![0xFF, 0xD8];
    let (mut at, mut pixels, mut scanned) = (2, 0, false);
    loop {
        if *b.get(at)? != 0xFF {
            return None;
        }
        let marker = *b.get(at + 1)?;
        at += match marker {
            0xFF => 1, // fill byte
            0xD9 => {
                out.extend([0xFF, 0xD9]);
                // whatever follows the end of the picture is left behind
                return scanned.then_some((out, pixels));
            }
            0x01 | 0xD0..=0xD8 => 2,
            _ => {
                let len = usize::from(be16(b, at + 2)?);
                let segment = b.get(at..at + 2 + len)?;
                let body = segment.get(4..)?;
                match marker {
                    0xC0..=0xCF if !matches!(marker, 0xC4 | 0xC8 | 0xCC) => {
                        pixels = u64::from(be16(body, 1)?) * u64::from(be16(body, 3)?);
                        out.extend(segment);
                    }
                    0xE1 => {
                        if let Some(way) = body.strip_prefix(b"Exif\0\0").and_then(orientation) {
                            out.extend(minimal_exif(way));
                        }
                    }
                    // JFIF, colour profile and Adobe's colour transform belong to the picture
                    0xE0 | 0xEE => out.extend(segment),
                    0xE2 if body.starts_with(b"ICC_PROFILE\0") => out.extend(segment),
                    0xE2..=0xEF | 0xFE => {}
                    _ => out.extend(segment),
                }
                let mut next = 2 + len;
                if marker == 0xDA {
                    scanned = true;
                    let data = b.get(at + next..)?;
                    let end = data.windows(2).position(|w| w[0] == 0xFF && !matches!(w[1], 0 | 0xD0..=0xD7 | 0xFF))?;
                    out.extend(&data[..end]);
                    next += end;
                }
                next
            }
        };
    }
}

/// The orientation tag (0x0112) of a TIFF block, when it says anything but upright.
fn orientation(tiff: &[u8]) -> Option<u8> {
    let little = tiff.starts_with(b"II*\0");
    if !little && !tiff.starts_with(b"MM\0*") {
        return None;
    }
    let u16_at = |at: usize| {
        let v: [u8; 2] = tiff.get(at..at + 2)?.try_into().ok()?;
        Some(if little { u16::from_le_bytes(v) } else { u16::from_be_bytes(v) })
    };
    let ifd = if little { le32(tiff, 4)? } else { be32(tiff, 4)? } as usize;
    let count = usize::from(u16_at(ifd)?);
    (0..count)
        .map(|i| ifd + 2 + 12 * i)
        .find(|e| u16_at(*e) == Some(0x0112))
        .and_then(|e| u16_at(e + 8))
        .filter(|v| (2..=8).contains(v))
        .map(|v| v as u8)
}

/// An EXIF segment that says which way is up and nothing else.
fn minimal_exif(way: u8) -> Vec<u8> {
    let mut s = vec![0xFF, 0xE1, 0, 34];
    s.extend(b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0");
    s.extend([way, 0, 0, 0, 0, 0, 0]);
    s
}

fn png(b: &[u8]) -> Option<(Vec<u8>, u64)> {
    const KEPT: [&[u8; 4]; 16] = [
        b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"bKGD", b"pHYs", b"acTL",
        b"fcTL", b"fdAT", b"cICP",
    ];
    let mut out = b.get(..8)?.to_vec();
    let (mut at, mut pixels) = (8, 0);
    loop {
        let len = be32(b, at)? as usize;
        let kind = b.get(at + 4..at + 8)?;
        let chunk = b.get(at..at.checked_add(len)?.checked_add(12)?)?;
        if kind == b"IHDR" {
            pixels = u64::from(be32(chunk, 8)?) * u64::from(be32(chunk, 12)?);
        }
        if KEPT.iter().any(|k| kind == *k) {
            out.extend(chunk);
        }
        at += len + 12;
        if kind == b"IEND" {
            return Some((out, pixels));
        }
    }
}

fn webp(b: &[u8]) -> Option<(Vec<u8>, u64)> {
    let total = le32(b, 4)? as usize + 8;
    let b = b.get(..total.min(b.len()))?;
    let mut out = b.get(..12)?.to_vec();
    let (mut at, mut pixels) = (12, 0u64);
    while at + 8 <= b.len() {
        let kind = b.get(at..at + 4)?;
        let len = le32(b, at + 4)? as usize;
        let body = b.get(at + 8..at.checked_add(8)?.checked_add(len)?)?;
        let le24 =
            |i: usize| Some(u64::from(*body.get(i)?) | u64::from(*body.get(i + 1)?) << 8 | u64::from(*body.get(i + 2)?) << 16);
        match kind {
            b"EXIF" | b"XMP " => {}
            b"VP8X" | b"VP8 " | b"VP8L" | b"ALPH" | b"ANIM" | b"ANMF" | b"ICCP" => {
                let start = out.len();
                out.extend(kind);
                out.extend((len as u32).to_le_bytes());
                out.extend(body);
                if kind == b"VP8X" {
                    // flags: no EXIF (0x08), no XMP (0x04)
                    *out.get_mut(start + 8)? &= !0x0C;
                    pixels = (le24(4)? + 1) * (le24(7)? + 1);
                } else if kind == b"VP8 " && pixels == 0 {
                    let w = u64::from(*body.get(6)?) | u64::from(*body.get(7)? & 0x3F) << 8;
                    let h = u64::from(*body.get(8)?) | u64::from(*body.get(9)? & 0x3F) << 8;
                    pixels = w * h;
                } else if kind == b"VP8L" && pixels == 0 {
                    let bits = le32(body, 1)?;
                    pixels = u64::from((bits & 0x3FFF) + 1) * u64::from(((bits >> 14) & 0x3FFF) + 1);
                }
                if len % 2 == 1 {
                    out.push(0);
                }
            }
            _ => {}
        }
        at += 8 + len + len % 2;
    }
    let size = u32::try_from(out.len() - 8).ok()?;
    out[4..8].copy_from_slice(&size.to_le_bytes());
    Some((out, pixels))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seg(marker: u8, body: &[u8]) -> Vec<u8> {
        let mut s = vec![0xFF, marker];
        s.extend(((body.len() + 2) as u16).to_be_bytes());
        s.extend(body);
        s
    }
    fn exif(way: u8) -> Vec<u8> {
        let mut e = b"Exif\0\0II*\0\x08\0\0\0\x02\0".to_vec();
        e.extend([0x12, 1, 3, 0, 1, 0, 0, 0, way, 0, 0, 0]);
        e.extend([0x25, 0x88, 4, 0, 1, 0, 0, 0, 26, 0, 0, 0]); // GPS pointer
        e.extend(b"GPS 28.683,115.891");
        e
    }
    fn photo(way: u8, w: u16, h: u16) -> Vec<u8> {
        let mut j = vec![0xFF, 0xD8];
        j.extend(seg(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"));
        j.extend(seg(0xE1, &exif(way)));
        j.extend(seg(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x>GPS 28.683</x>"));
        j.extend(seg(0xFE, b"GPS comment"));
        let mut sof = vec![8];
        sof.extend(h.to_be_bytes());
        sof.extend(w.to_be_bytes());
        sof.extend([1, 1, 0x11, 0]);
        j.extend(seg(0xC2, &sof));
        for part in [&b"abc\xFF\0def\xFF\xD0ghi"[..], b"second scan"] {
            j.extend(seg(0xDA, &[1, 1, 0, 0, 63, 0]));
            j.extend(part);
        }
        j.extend([0xFF, 0xD9]);
        j.extend(b"GPS hidden after the end");
        j
    }

    #[test]
    fn a_photo_loses_place_comment_and_tail_but_keeps_both_scans_and_its_way_up() {
        let out = strip(FileType::Jpeg, &photo(6, 400, 300)).unwrap();
        let has = |needle: &[u8]| out.windows(needle.len()).any(|w| w == needle);
        assert!(!has(b"GPS") && !has(b"adobe"));
        assert!(has(b"JFIF") && has(b"second scan") && has(b"abc\xFF\0def\xFF\xD0ghi") && out.ends_with(&[0xFF, 0xD9]));
        let at = out.windows(6).position(|w| w == b"Exif\0\0").unwrap();
        assert_eq!(orientation(&out[at + 6..]), Some(6));
        assert_eq!(strip(FileType::Jpeg, &out).unwrap(), out, "a second time changes nothing");
        assert!(!strip(FileType::Jpeg, &photo(1, 4, 3)).unwrap().windows(4).any(|w| w == b"Exif"));
    }

    #[test]
    fn too_many_pixels_and_cut_pictures_are_refused() {
        assert_eq!(strip(FileType::Jpeg, &photo(1, 60000, 60000)).unwrap_err().code, "files.too_many_pixels");
        let whole = photo(1, 4, 3);
        let end = whole.len() - b"GPS hidden after the end".len();
        for cut in 2..end - 1 {
            assert_eq!(strip(FileType::Jpeg, &whole[..cut]).unwrap_err().code, "files.image_broken", "{cut}");
        }
    }

    #[test]
    fn png_and_webp_lose_their_texts() {
        let chunk = |kind: &[u8; 4], body: &[u8]| {
            let mut c = (body.len() as u32).to_be_bytes().to_vec();
            c.extend(kind);
            c.extend(body);
            c.extend([0; 4]);
            c
        };
        let mut p = b"\x89PNG\r\n\x1a\n".to_vec();
        p.extend(chunk(b"IHDR", &[0, 0, 0, 9, 0, 0, 0, 9, 8, 2, 0, 0, 0]));
        p.extend(chunk(b"eXIf", b"GPS"));
        p.extend(chunk(b"tEXt", b"GPS"));
        p.extend(chunk(b"IDAT", b"data"));
        p.extend(chunk(b"IEND", b""));
        p.extend(b"GPS tail");
        let out = strip(FileType::Png, &p).unwrap();
        assert!(!out.windows(3).any(|w| w == b"GPS") && out.windows(4).any(|w| w == b"IDAT"));

        let mut body = b"WEBPVP8X\x0a\0\0\0\x0c\0\0\0\x09\0\0\x09\0\0".to_vec();
        body.extend(b"VP8 \x03\0\0\0abc\0EXIF\x03\0\0\0GPS\0XMP \x04\0\0\0GPS!");
        let mut w = b"RIFF".to_vec();
        w.extend((body.len() as u32).to_le_bytes());
        w.extend(&body);
        let out = strip(FileType::Webp, &w).unwrap();
        assert!(!out.windows(3).any(|x| x == b"GPS"));
        assert_eq!((out[20], le32(&out, 4).unwrap() as usize), (0, out.len() - 8));
    }
}
