//! Photographs of cards that never were: the layout of the real one, invented people with unassigned numbers, laid on a table,
//! turned, tilted, blurred, lit badly, and saved as a cheap telephone does.

use ab_glyph::{FontVec, PxScale};
use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};
use imageproc::drawing::{draw_filled_rect_mut, draw_text_mut, text_size};
use imageproc::filter::gaussian_blur_f32;
use imageproc::geometric_transformations::{Border, Interpolation, Projection, warp_into};
use imageproc::rect::Rect;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::sync::OnceLock;

/// What is printed on it.
#[derive(Clone, Debug)]
pub struct Truth {
    pub name: String,
    pub gender: &'static str,
    pub nation: &'static str,
    pub birth: (i32, u32, u32),
    pub address: String,
    pub id_no: String,
    pub authority: String,
    pub valid: String,
}

fn font(file: &str) -> FontVec {
    let path = format!("/usr/share/fonts/opentype/noto/{file}");
    let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}; install fonts-noto-cjk"));
    // third face of the collection: Simplified Chinese
    FontVec::try_from_vec_and_index(bytes, 2).expect("a font")
}
fn fonts() -> &'static (FontVec, FontVec) {
    static F: OnceLock<(FontVec, FontVec)> = OnceLock::new();
    F.get_or_init(|| (font("NotoSansCJK-Regular.ttc"), font("NotoSansCJK-Bold.ttc")))
}

const FAMILY: &str = "王李张刘陈杨黄赵周吴徐孙马胡朱郭何罗高林郑梁谢唐许冯宋韩邓彭曹曾田萧潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷黎史龙陶贺顾毛郝龚邵万钱严";
const GIVEN: &str = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉玲华建国红春梅海燕雪琴志鹏飞宇浩然子轩梓涵欣怡佳慧思源永福德贵有才金根水生细毛火香菊莲荣宝家祥立新长生小龙冬";
const PLACES: [&str; 8] = ["向阳镇", "石桥乡", "龙潭镇", "青山镇", "白沙乡", "临江镇", "上坪乡", "大塘镇"];
const VILLAGES: [&str; 8] = ["塘背村", "下屋村", "新建村", "黄坑村", "枫林村", "水口村", "高排村", "中洲村"];
const NATIONS: [&str; 8] = ["汉", "汉", "汉", "汉", "汉", "畲", "回", "苗"];

fn pick<'a>(r: &mut StdRng, list: &[&'a str]) -> &'a str {
    list[r.random_range(0..list.len())]
}
fn letter(r: &mut StdRng, of: &str) -> char {
    of.chars().nth(r.random_range(0..of.chars().count())).expect("a character")
}

pub fn truth(r: &mut StdRng) -> Truth {
    let male = r.random_bool(0.5);
    let birth = (r.random_range(1940..2015), r.random_range(1..13u32), r.random_range(1..29u32));
    let order = r.random_range(0..500) * 2 + i32::from(male);
    // 360199 and 360799 are assigned to no county
    let first = format!("{}{:04}{:02}{:02}{order:03}", pick(r, &["360199", "360799"]), birth.0, birth.1, birth.2);
    let check = base::idcard::check_digit(&first).expect("seventeen digits");
    let given = r.random_range(1..3);
    let name = std::iter::once(letter(r, FAMILY)).chain((0..given).map(|_| letter(r, GIVEN))).collect();
    let (from, years) = (r.random_range(2008..2025), pick(r, &["10", "20", "长期"]));
    let valid = if years == "长期" {
        format!("{from}.03.15-长期")
    } else {
        format!("{from}.03.15-{}.03.15", from + years.parse::<i32>().expect("years"))
    };
    Truth {
        name,
        gender: if male { "男" } else { "女" },
        nation: pick(r, &NATIONS),
        birth,
        address: format!(
            "江西省某某县{}{}{}组{}号",
            pick(r, &PLACES),
            pick(r, &VILLAGES),
            r.random_range(1..20),
            r.random_range(1..200)
        ),
        id_no: format!("{first}{check}"),
        authority: "某某县公安局".into(),
        valid,
    }
}

const INK: Rgb<u8> = Rgb([38, 36, 42]);
const LABEL: Rgb<u8> = Rgb([70, 120, 170]);
const W: u32 = 1400;
const H: u32 = 883;

/// Text at shares of the card's width and height, so tall and so far apart.
fn write(p: &mut RgbImage, (x, y): (f32, f32), tall: f32, bold: bool, ink: Rgb<u8>, text: &str, spread: f32) {
    let f = if bold { &fonts().1 } else { &fonts().0 };
    let scale = PxScale::from(tall);
    let mut at = x * W as f32;
    for c in text.chars() {
        let s = c.to_string();
        draw_text_mut(p, ink, at as i32, (y * H as f32) as i32, scale, f, &s);
        at += text_size(scale, f, &s).0 as f32 + spread;
    }
}

fn paper() -> RgbImage {
    RgbImage::from_fn(W, H, |x, y| {
        // guilloche: coloured waves of low contrast
        let wave = ((x as f32 / 23.0 + (y as f32 / 41.0).sin() * 3.0).sin() * 9.0
            + (y as f32 / 17.0 + (x as f32 / 61.0).cos() * 4.0).sin() * 7.0) as i32;
        let c = |base: i32, k: i32| (base + wave * k / 2).clamp(0, 255) as u8;
        Rgb([c(214 + (x as i32 * 18 / W as i32), 2), c(226, 1), c(240 - (x as i32 * 12 / W as i32), -1)])
    })
}

pub fn front(t: &Truth) -> RgbImage {
    let mut p = paper();
    for (y, l) in [(0.115, "姓名"), (0.235, "性别"), (0.355, "出生"), (0.475, "住址")] {
        write(&mut p, (0.06, y), 42.0, false, LABEL, l, 6.0);
    }
    write(&mut p, (0.31, 0.235), 42.0, false, LABEL, "民族", 6.0);
    write(&mut p, (0.06, 0.835), 42.0, false, LABEL, "公民身份号码", 4.0);
    write(&mut p, (0.18, 0.105), 60.0, false, INK, &t.name, 8.0);
    write(&mut p, (0.18, 0.232), 48.0, false, INK, t.gender, 0.0);
    write(&mut p, (0.405, 0.232), 48.0, false, INK, t.nation, 2.0);
    write(&mut p, (0.18, 0.352), 48.0, false, INK, &format!("{}", t.birth.0), 2.0);
    for (x, l) in [(0.29, "年"), (0.385, "月"), (0.475, "日")] {
        write(&mut p, (x, 0.355), 42.0, false, LABEL, l, 0.0);
    }
    write(&mut p, (0.335, 0.352), 48.0, false, INK, &t.birth.1.to_string(), 2.0);
    write(&mut p, (0.425, 0.352), 48.0, false, INK, &t.birth.2.to_string(), 2.0);
    for (i, line) in t.address.chars().collect::<Vec<_>>().chunks(11).enumerate() {
        write(&mut p, (0.18, 0.468 + i as f32 * 0.085), 48.0, false, INK, &line.iter().collect::<String>(), 3.0);
    }
    write(&mut p, (0.335, 0.822), 64.0, true, INK, &t.id_no, 9.0);
    draw_filled_rect_mut(
        &mut p,
        Rect::at((0.645 * W as f32) as i32, (0.14 * H as f32) as i32).of_size(400, 510),
        Rgb([150, 140, 135]),
    );
    p
}

pub fn back(t: &Truth) -> RgbImage {
    let mut p = paper();
    draw_filled_rect_mut(&mut p, Rect::at(90, 80).of_size(190, 200), Rgb([190, 50, 45]));
    write(&mut p, (0.30, 0.12), 76.0, true, INK, "中华人民共和国", 14.0);
    write(&mut p, (0.28, 0.30), 104.0, true, INK, "居民身份证", 30.0);
    write(&mut p, (0.22, 0.70), 46.0, true, INK, "签发机关", 3.0);
    write(&mut p, (0.41, 0.70), 48.0, false, INK, &t.authority, 3.0);
    write(&mut p, (0.22, 0.84), 46.0, true, INK, "有效期限", 3.0);
    write(&mut p, (0.41, 0.84), 48.0, false, INK, &t.valid, 2.0);
    p
}

/// As a cheap telephone in a farmhouse takes it. `hard` 0 to 1.
pub fn photograph(card: &RgbImage, r: &mut StdRng, hard: f32) -> Vec<u8> {
    let (w, h) = (1920u32, 1440u32);
    let table = [[92i32, 68, 46], [58, 62, 66], [120, 38, 34], [40, 74, 58]][r.random_range(0..4)];
    let mut photo = RgbImage::from_fn(w, h, |x, y| {
        let grain = ((x as f32 / 9.0).sin() * 5.0 + ((x * 7 + y * 13) % 11) as f32) as i32;
        Rgb(table.map(|c| (c + grain).clamp(0, 255) as u8))
    });
    let angle = r.random_range(-0.16f32..0.16) * hard;
    let size = r.random_range(0.62f32..0.85);
    let (hw, hh) = (w as f32 * size / 2.0, w as f32 * size / 2.0 * 54.0 / 85.6);
    let (cx, cy) = (w as f32 / 2.0 + r.random_range(-60.0f32..60.0), h as f32 / 2.0 + r.random_range(-60.0f32..60.0));
    let mut bend = || 1.0 + r.random_range(-0.05f32..0.05) * hard;
    let to = [(-hw, -hh), (hw, -hh), (hw, hh), (-hw, hh)].map(|(x, y)| {
        let (x, y) = (x * bend(), y * bend());
        (cx + x * angle.cos() - y * angle.sin(), cy + x * angle.sin() + y * angle.cos())
    });
    let from = [(0.0, 0.0), (W as f32, 0.0), (W as f32, H as f32), (0.0, H as f32)];
    let p = Projection::from_control_points(from, to).expect("four corners");
    let mut laid = RgbImage::new(w, h);
    warp_into(card, p, Interpolation::Bilinear, Border::Constant(Rgb([0, 0, 0])), &mut laid);
    for (x, y, px) in laid.enumerate_pixels() {
        if px.0 != [0, 0, 0] {
            photo.put_pixel(x, y, *px);
        }
    }
    let blurred = gaussian_blur_f32(&photo, 0.5 + r.random_range(0.0f32..1.1) * hard);
    let fall = r.random_range(0.0f32..0.45) * hard;
    let (gx, gy, gr) =
        (r.random_range(0.2f32..0.8) * w as f32, r.random_range(0.2f32..0.7) * h as f32, r.random_range(80.0f32..200.0));
    let glare = if r.random_bool(0.4) { 70.0 * hard } else { 0.0 };
    let noise = 7.0 * hard;
    let mut out = blurred;
    for (x, y, px) in out.enumerate_pixels_mut() {
        let shade = 1.0 - fall * (x as f32 / w as f32);
        let d = ((x as f32 - gx).hypot(y as f32 - gy) / gr).min(4.0);
        let shine = glare * (-d * d).exp();
        let n = (r.random::<f32>() - 0.5) * 2.0 * noise;
        *px = Rgb(px.0.map(|c| (f32::from(c) * shade + shine + n).clamp(0.0, 255.0) as u8));
    }
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, r.random_range(68..88)).encode_image(&out).expect("a JPEG");
    jpeg
}

pub fn dice(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}
