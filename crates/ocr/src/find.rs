//! The card on the photograph: its four corners, and the picture straightened to them. Must not read anything.

use image::imageops::{FilterType, resize};
use image::{GrayImage, Luma, Rgb, RgbImage};
use imageproc::contours::{BorderType, find_contours};
use imageproc::contrast::{ThresholdType, otsu_level, threshold};
use imageproc::filter::gaussian_blur_f32;
use imageproc::geometric_transformations::{Border, Interpolation, Projection, warp_into};
use imageproc::geometry::convex_hull;
use imageproc::point::Point;

/// Size of the straightened card in pixels; 85.6 × 54.0 mm (GB/T 14916 ID-1).
pub(crate) const WIDTH: u32 = 1400;
pub(crate) const HEIGHT: u32 = 883;
const ASPECT: f32 = 85.6 / 54.0;
/// Edge of the small picture in which the card is looked for.
const SMALL: u32 = 640;

/// The card alone, upright and of one size; the whole picture where no card stands out.
pub(crate) fn straighten(photo: &RgbImage) -> RgbImage {
    let photo = if photo.height() > photo.width() { image::imageops::rotate270(photo) } else { photo.clone() };
    let (w, h) = (photo.width() as f32, photo.height() as f32);
    let corners = corners(&photo).unwrap_or([(0.0, 0.0), (w - 1.0, 0.0), (w - 1.0, h - 1.0), (0.0, h - 1.0)]);
    let (x, y) = ((WIDTH - 1) as f32, (HEIGHT - 1) as f32);
    let to = [(0.0, 0.0), (x, 0.0), (x, y), (0.0, y)];
    let mut out = RgbImage::new(WIDTH, HEIGHT);
    match Projection::from_control_points(corners, to) {
        Some(p) => warp_into(&photo, p, Interpolation::Bilinear, Border::Constant(Rgb([255, 255, 255])), &mut out),
        None => out = resize(&photo, WIDTH, HEIGHT, FilterType::Triangle),
    }
    out
}

/// Corners clockwise from the upper left, in pixels of the photograph.
fn corners(photo: &RgbImage) -> Option<[(f32, f32); 4]> {
    let scale = SMALL as f32 / photo.width().max(photo.height()) as f32;
    let (w, h) = ((photo.width() as f32 * scale) as u32, (photo.height() as f32 * scale) as u32);
    let small = resize(photo, w.max(8), h.max(8), FilterType::Triangle);
    let mut best: Option<(f32, [(f32, f32); 4])> = None;
    // by brightness, and by the blueness of the card against wood, cloth and skin
    for grey in [brightness(&small), coolness(&small)] {
        let soft = gaussian_blur_f32(&grey, 2.5);
        let level = otsu_level(&soft);
        for kind in [ThresholdType::Binary, ThresholdType::BinaryInverted] {
            for quad in quads(&threshold(&soft, level, kind)) {
                let score = likeness(&quad, (w * h) as f32);
                if score > best.as_ref().map_or(0.0, |b| b.0) {
                    best = Some((score, quad));
                }
            }
        }
    }
    best.map(|(_, q)| q.map(|(x, y)| (x / scale, y / scale)))
}

fn brightness(p: &RgbImage) -> GrayImage {
    GrayImage::from_fn(p.width(), p.height(), |x, y| {
        let Rgb([r, g, b]) = *p.get_pixel(x, y);
        Luma([((u32::from(r) * 3 + u32::from(g) * 6 + u32::from(b)) / 10) as u8])
    })
}
fn coolness(p: &RgbImage) -> GrayImage {
    GrayImage::from_fn(p.width(), p.height(), |x, y| {
        let Rgb([r, _, b]) = *p.get_pixel(x, y);
        Luma([(128 + i32::from(b) - i32::from(r)).clamp(0, 255) as u8])
    })
}

/// The outlines of large things, each reduced to four corners.
fn quads(mask: &GrayImage) -> Vec<[(f32, f32); 4]> {
    find_contours::<i32>(mask)
        .into_iter()
        .filter(|c| c.border_type == BorderType::Outer && c.points.len() > 200)
        .filter_map(|c| four(&convex_hull(c.points.as_slice())))
        .collect()
}

/// Takes away the edge that costs the least area, by lengthening its neighbours until they meet, until four are left: so
/// corners that blur or wear has rounded are found where they would be.
fn four(hull: &[Point<i32>]) -> Option<[(f32, f32); 4]> {
    let mut p: Vec<(f32, f32)> = hull.iter().map(|p| (p.x as f32, p.y as f32)).collect();
    while p.len() > 4 {
        let n = p.len();
        let meet = |i: usize| {
            let (a, b, c, d) = (p[(i + n - 1) % n], p[i], p[(i + 1) % n], p[(i + 2) % n]);
            beyond(a, b, d, c).map(|x| (triangle(b, x, c), i, x))
        };
        let (_, i, x) = (0..n).filter_map(meet).min_by(|a, b| a.0.total_cmp(&b.0))?;
        p[i] = x;
        p.remove((i + 1) % n);
    }
    let [a, b, c, d]: [(f32, f32); 4] = p.try_into().ok()?;
    Some(clockwise([a, b, c, d]))
}

/// Twice the area.
fn triangle(a: (f32, f32), b: (f32, f32), c: (f32, f32)) -> f32 {
    ((b.0 - a.0) * (c.1 - a.1) - (c.0 - a.0) * (b.1 - a.1)).abs()
}

/// Where the line from `a` through `b` and the line from `d` through `c` meet, beyond `b` and beyond `c`.
fn beyond(a: (f32, f32), b: (f32, f32), d: (f32, f32), c: (f32, f32)) -> Option<(f32, f32)> {
    let (u, v) = ((b.0 - a.0, b.1 - a.1), (c.0 - d.0, c.1 - d.1));
    let cross = u.0 * v.1 - u.1 * v.0;
    if cross.abs() < 1e-3 {
        return None;
    }
    let w = (d.0 - a.0, d.1 - a.1);
    let (s, t) = ((w.0 * v.1 - w.1 * v.0) / cross, (w.0 * u.1 - w.1 * u.0) / cross);
    (s >= 1.0 && t >= 1.0).then_some((a.0 + s * u.0, a.1 + s * u.1))
}

/// From the upper left on.
fn clockwise(mut q: [(f32, f32); 4]) -> [(f32, f32); 4] {
    let (cx, cy) = (q.iter().map(|p| p.0).sum::<f32>() / 4.0, q.iter().map(|p| p.1).sum::<f32>() / 4.0);
    q.sort_by(|a, b| (a.1 - cy).atan2(a.0 - cx).total_cmp(&(b.1 - cy).atan2(b.0 - cx)));
    let first = (0..4).min_by(|i, j| (q[*i].0 + q[*i].1).total_cmp(&(q[*j].0 + q[*j].1))).unwrap_or(0);
    q.rotate_left(first);
    q
}

/// How much four corners look like a card that fills a good part of the picture; 0 for what cannot be one.
fn likeness(q: &[(f32, f32); 4], whole: f32) -> f32 {
    let side = |a: (f32, f32), b: (f32, f32)| (a.0 - b.0).hypot(a.1 - b.1);
    let (top, right, bottom, left) = (side(q[0], q[1]), side(q[1], q[2]), side(q[2], q[3]), side(q[3], q[0]));
    let area = (0..4).map(|i| q[i].0 * q[(i + 1) % 4].1 - q[(i + 1) % 4].0 * q[i].1).sum::<f32>().abs() / 2.0;
    let share = area / whole;
    let aspect = (top + bottom) / (left + right).max(1.0);
    let off = (aspect / ASPECT).ln().abs();
    let even = (top.min(bottom) / top.max(bottom)).min(left.min(right) / left.max(right));
    if !(0.12..0.985).contains(&share) || off > 0.25 || even < 0.7 {
        return 0.0;
    }
    share.sqrt() * even * (1.0 - off)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_on_a_table_is_found_and_a_bare_table_is_not() {
        let mut p = RgbImage::from_pixel(1600, 1200, Rgb([70, 55, 40]));
        for (x, y, px) in p.enumerate_pixels_mut() {
            let (u, v) = (x as f32 - 800.0, y as f32 - 600.0);
            let (s, c) = (0.12f32.sin(), 0.12f32.cos());
            if (u * c + v * s).abs() < 560.0 && (v * c - u * s).abs() < 353.0 {
                *px = Rgb([215, 228, 240]);
            }
        }
        let q = corners(&p).unwrap();
        for (got, want) in q.iter().zip([(286.0, 182.0), (1398.0, 317.0), (1314.0, 1018.0), (202.0, 883.0)]) {
            assert!((got.0 - want.0).abs() < 12.0 && (got.1 - want.1).abs() < 12.0, "{q:?}");
        }
        assert!(corners(&RgbImage::from_pixel(800, 600, Rgb([70, 55, 40]))).is_none());
        assert_eq!(straighten(&p).dimensions(), (WIDTH, HEIGHT));
    }
}
