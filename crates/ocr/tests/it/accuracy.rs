//! How well cards are read. `OCR_CARDS=200` measures; a few keep the tests short. The figures are printed.

use crate::card::{back, dice, front, photograph, truth};
use ocr::{Side, read_now};

fn many() -> u64 {
    std::env::var("OCR_CARDS").ok().and_then(|n| n.parse().ok()).unwrap_or(10)
}

/// Right of `n`, as a share.
fn share(right: u64, n: u64) -> f64 {
    right as f64 / n as f64
}

#[test]
fn cards_photographed_in_a_farmhouse_are_read() {
    assert!(ocr::available(), "install tesseract-ocr and tesseract-ocr-chi-sim");
    let n = many();
    let fields = ["name", "nation", "address", "id_no"];
    let mut right = [0u64; 4];
    let (mut sure, mut sure_wrong, mut false_ok) = (0u64, 0u64, 0u64);
    let began = std::time::Instant::now();
    for seed in 0..n {
        let mut r = dice(seed);
        let t = truth(&mut r);
        let jpeg = photograph(&front(&t), &mut r, 1.0);
        let got = read_now(&jpeg, Side::Front).unwrap_or_else(|e| panic!("card {seed}: {e}"));
        for (i, (field, want)) in fields.iter().zip([&t.name[..], t.nation, &t.address, &t.id_no]).enumerate() {
            let f = got.get(field).expect("a field");
            let ok = f.value == want;
            right[i] += u64::from(ok);
            if f.confidence >= 0.9 {
                sure += 1;
                sure_wrong += u64::from(!ok);
            }
            if !ok {
                println!("card {seed} {field}: {want} read as {} at {:.2}", f.value, f.confidence);
            }
        }
        // a wrong number never passes for a right one
        false_ok += u64::from(got.number_ok && got.get("id_no").is_some_and(|f| f.value != t.id_no));
        if got.number_ok {
            assert_eq!(got.birth_date, Some(format!("{:04}-{:02}-{:02}", t.birth.0, t.birth.1, t.birth.2)), "card {seed}");
            assert_eq!(got.gender, Some(if t.gender == "男" { "1" } else { "2" }), "card {seed}");
        }
    }
    for (field, ok) in fields.iter().zip(right) {
        println!("{field}: {:.1} % of {n} cards", 100.0 * share(ok, n));
    }
    println!("sure fields that are wrong: {sure_wrong} of {sure}; {:.2} s a card", began.elapsed().as_secs_f64() / n as f64);
    assert_eq!(false_ok, 0, "a misread number passed its check digit");
    assert!(share(right[3], n) >= 0.9, "numbers: {}", share(right[3], n));
    assert!(share(right[0], n) >= 0.7, "names: {}", share(right[0], n));
}

#[test]
fn the_back_gives_office_and_dates() {
    let n = many().min(40) / 2;
    let mut right = 0;
    for seed in 1000..1000 + n {
        let mut r = dice(seed);
        let t = truth(&mut r);
        let got = read_now(&photograph(&back(&t), &mut r, 0.7), Side::Back).unwrap_or_else(|e| panic!("card {seed}: {e}"));
        let ok =
            got.get("authority").is_some_and(|f| f.value == t.authority) && got.get("valid").is_some_and(|f| f.value == t.valid);
        if !ok {
            println!("card {seed}: {} {} read as {:?}", t.authority, t.valid, got.fields);
        }
        right += u64::from(ok);
    }
    println!("back: {:.1} % of {n}", 100.0 * share(right, n));
    assert!(share(right, n) >= 0.6);
}

#[test]
fn a_card_held_upside_down_and_a_picture_of_nothing() {
    let mut r = dice(7);
    let t = truth(&mut r);
    let turned = image::imageops::rotate180(&front(&t));
    let got = read_now(&photograph(&turned, &mut r, 0.4), Side::Front).unwrap();
    assert_eq!(got.get("id_no").map(|f| f.value.as_str()), Some(t.id_no.as_str()));
    assert_eq!(read_now(b"not a picture", Side::Front).unwrap_err().code, "ocr.unreadable");
    let mut grey = Vec::new();
    image::RgbImage::from_pixel(800, 600, image::Rgb([200; 3]))
        .write_to(&mut std::io::Cursor::new(&mut grey), image::ImageFormat::Png)
        .unwrap();
    assert_eq!(read_now(&grey, Side::Front).unwrap_err().code, "ocr.no_card");
}
