//! M_TEXT: identity numbers (right check digit), mobile numbers and bank cards (Luhn) inside free text are replaced.
//! Must not touch other numbers.

use super::{Scene, number};
use base::text::half_width_char;
use base::{idcard, phone};

/// What a run of digits is, masked; none when it is no personal number.
fn masked(scene: Scene, digits: &str) -> Option<String> {
    if idcard::check_digit_ok(digits) {
        return Some(number::id(scene, digits));
    }
    if digits.len() == 20 && idcard::check_digit_ok(&digits[..18]) {
        return Some(number::id(scene, digits));
    }
    let mobile = digits.strip_prefix("86").filter(|r| phone::is_mobile(r)).unwrap_or(digits);
    if phone::is_mobile(mobile) {
        return Some(number::phone(scene, mobile));
    }
    // 18 digits with a wrong check digit are a number of something else
    (digits.len() != 18 && phone::bank_card_ok(digits)).then(|| number::bank(digits))
}

/// End of the run of digits at `from` (an X may stand last after 17 digits).
fn run_end(half: &[char], from: usize) -> usize {
    let mut end = from;
    while end < half.len() && half[end].is_ascii_digit() {
        end += 1;
    }
    if end - from == 17 && half.get(end).is_some_and(|c| matches!(c, 'X' | 'x')) { end + 1 } else { end }
}

/// Replaces personal numbers; groups parted by single spaces or dashes count as one number when they make one.
pub(super) fn text(scene: Scene, value: &str) -> String {
    let original: Vec<char> = value.chars().collect();
    let half: Vec<char> = original.iter().map(|c| half_width_char(*c)).collect();
    let mut out = String::with_capacity(value.len());
    let mut at = 0;
    while at < half.len() {
        if !half[at].is_ascii_digit() {
            out.push(original[at]);
            at += 1;
            continue;
        }
        let single = run_end(&half, at);
        let mut ends = vec![single];
        let mut end = single;
        while half.get(end).is_some_and(|c| matches!(c, ' ' | '-')) && half.get(end + 1).is_some_and(char::is_ascii_digit) {
            end = run_end(&half, end + 1);
            ends.push(end);
        }
        let joined = |end: usize| half[at..end].iter().filter(|c| !matches!(c, ' ' | '-')).collect::<String>().to_uppercase();
        let found = ends.iter().rev().find_map(|end| masked(scene, &joined(*end)).map(|m| (*end, m)));
        match found {
            Some((end, mask)) => {
                out.push_str(&mask);
                at = end;
            }
            None => {
                out.extend(&original[at..single]);
                at = single;
            }
        }
    }
    out
}
