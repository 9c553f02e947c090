//! The number that was probably meant. Only readings whose check character follows from the digits and whose date is one.
//! Source: GB 11643 (check character by MOD 11-2), which finds every single wrong digit and every swap of neighbours.

use base::idcard::{self, IdKind};
use chrono::NaiveDate;
use serde::Serialize;

/// What happened to a number on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Slip {
    /// Of 15 digits, as before 1999.
    Old,
    /// The number of a disability certificate, which begins with that of the person.
    Certificate,
    /// Two neighbours swapped.
    Swapped,
    /// One character another.
    OneWrong,
    /// One character missing, or one too many.
    Length,
}

impl Slip {
    pub fn label(self) -> &'static str {
        match self {
            Slip::Old => "15 位旧证",
            Slip::Certificate => "残疾证号",
            Slip::Swapped => "相邻两位颠倒",
            Slip::OneWrong => "错一位",
            Slip::Length => "少一位或多一位",
        }
    }
}

/// Readings of a number that does not stand as it is written, the likeliest first; none for one that does, or that is too far
/// from any number. `birth` narrows them where the list gives it.
pub fn readings(text: &str, birth: Option<NaiveDate>, today: NaiveDate) -> Vec<(String, Slip)> {
    let card = idcard::parse(text, today);
    let text = idcard::normalise(text);
    let whole = |slip| card.person().map(|n| (n, slip)).into_iter().collect();
    match card.kind {
        IdKind::Resident15 => return whole(Slip::Old),
        IdKind::Disability20 | IdKind::Disability22 => return whole(Slip::Certificate),
        IdKind::Resident18 if idcard::check_digit_ok(&text) => return vec![],
        _ => {}
    }
    if !text.is_ascii() || !(17..=19).contains(&text.len()) {
        return vec![];
    }
    let bytes = text.as_bytes();
    let mut out: Vec<(String, Slip)> = Vec::new();
    let mut take = |made: Vec<u8>, slip: Slip| {
        let Ok(made) = String::from_utf8(made) else { return };
        if idcard::check_digit_ok(&made) && stands(&made, birth, today) && !out.iter().any(|(n, _)| *n == made) {
            out.push((made, slip));
        }
    };
    match bytes.len() {
        18 => {
            for i in (0..17).filter(|i| bytes[*i] != bytes[i + 1]) {
                let mut made = bytes.to_vec();
                made.swap(i, i + 1);
                take(made, Slip::Swapped);
            }
            for i in 0..18 {
                for c in b"0123456789X".iter().filter(|c| i == 17 || **c != b'X') {
                    let mut made = bytes.to_vec();
                    made[i] = *c;
                    take(made, Slip::OneWrong);
                }
            }
        }
        17 => {
            for i in 0..=17 {
                for c in b"0123456789X".iter().filter(|c| i == 17 || **c != b'X') {
                    let mut made = bytes.to_vec();
                    made.insert(i, *c);
                    take(made, Slip::Length);
                }
            }
        }
        _ => {
            for i in 0..19 {
                let mut made = bytes.to_vec();
                made.remove(i);
                take(made, Slip::Length);
            }
        }
    }
    out
}

/// The date inside is one, not to come, and the one that was given.
fn stands(number: &str, birth: Option<NaiveDate>, today: NaiveDate) -> bool {
    let day = number.get(6..14).and_then(|d| NaiveDate::parse_from_str(d, "%Y%m%d").ok());
    day.is_some_and(|d| d <= today && d.format("%Y").to_string().as_str() >= "1900" && birth.is_none_or(|b| b == d))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> NaiveDate {
        "2026-11-26".parse().unwrap()
    }
    fn number(first17: &str) -> String {
        format!("{first17}{}", idcard::check_digit(first17).unwrap())
    }

    #[test]
    fn every_swap_and_every_wrong_digit_is_read_back() {
        let right = number("36019919850312104");
        let swaps = (0..17).filter(|i| right.as_bytes()[*i] != right.as_bytes()[i + 1]).map(|i| {
            let mut b = right.as_bytes().to_vec();
            b.swap(i, i + 1);
            (String::from_utf8(b).unwrap(), Slip::Swapped)
        });
        let wrong = (0..17).map(|i| {
            let mut b = right.as_bytes().to_vec();
            b[i] = if b[i] == b'9' { b'0' } else { b[i] + 1 };
            (String::from_utf8(b).unwrap(), Slip::OneWrong)
        });
        let mut seen = 0;
        for (text, slip) in swaps.chain(wrong) {
            let all = readings(&text, None, today());
            assert!(all.iter().any(|(n, s)| *n == right && (*s == slip || *s == Slip::Swapped)), "{text}");
            assert!(all.len() < 40, "{text}: {} readings", all.len());
            seen += 1;
        }
        assert!(seen > 25);
    }

    #[test]
    fn old_numbers_certificates_and_lost_digits_are_read() {
        let right = number("36019919850312104");
        let old = format!("{}{}", &right[..6], &right[8..17]);
        assert_eq!(readings(&old, None, today()), [(right.clone(), Slip::Old)]);
        assert_eq!(readings(&format!("{right}43"), None, today()), [(right.clone(), Slip::Certificate)]);
        for i in 0..18 {
            let mut lost = right.clone();
            lost.remove(i);
            assert!(readings(&lost, None, today()).contains(&(right.clone(), Slip::Length)), "{lost}");
        }
        let wide: String = right.chars().map(|c| char::from_u32(c as u32 + 0xfee0).unwrap()).collect();
        assert!(readings(&wide, None, today()).is_empty(), "a full-width number stands as it is");
    }

    #[test]
    fn what_stands_or_is_far_from_any_number_has_no_other_reading() {
        for text in ["", "张三", "360199", &number("36019919850312104"), "000000000000000000000000", "36019919850312104🙂"] {
            assert!(readings(text, None, today()).is_empty(), "{text}");
        }
        let mut b = number("36019919850312104").into_bytes();
        b.swap(14, 15);
        let text = String::from_utf8(b).unwrap();
        let known: NaiveDate = "1985-03-12".parse().unwrap();
        assert!(readings(&text, Some(known), today()).len() < readings(&text, None, today()).len());
        assert!(readings(&text, Some(known), today()).iter().all(|(n, _)| &n[6..14] == "19850312"));
    }
}
