//! Masks of identity numbers, telephones and bank cards. Must not know scenes beyond their code.

use super::{HIDDEN, Scene};
use base::idcard::{self, IdKind};
use base::phone;

fn stars(n: usize) -> String {
    "*".repeat(n)
}

/// `head` characters, stars for the rest but `tail` characters.
fn keep(text: &str, head: usize, tail: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= head + tail {
        return stars(chars.len());
    }
    let end = chars.len() - tail;
    chars.iter().enumerate().map(|(i, c)| if i < head || i >= end { *c } else { '*' }).collect()
}

/// Permanent residence cards and passes: letters and digits, or 18 digits beginning with 9.
fn is_foreign(text: &str) -> bool {
    let tail = text.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let letters = text.len() - tail.len();
    (1..=3).contains(&letters) && (6..=15).contains(&tail.len()) && tail.bytes().all(|b| b.is_ascii_digit())
}

/// M_ID.
pub(super) fn id(scene: Scene, value: &str) -> String {
    let text = idcard::normalise(value);
    if matches!(scene, Scene::Log | Scene::Test) {
        return HIDDEN.into();
    }
    let strict = matches!(scene, Scene::Public | Scene::Screen);
    // form only: a number with a wrong check digit is masked like a right one
    match idcard::parse(&text, chrono::NaiveDate::MAX).kind {
        IdKind::Resident18 if text.starts_with('9') => keep(&text, 1, 2),
        IdKind::Resident18 | IdKind::Temp => keep(&text, if strict { 4 } else { 6 }, 4),
        IdKind::Resident15 => keep(&text, if strict { 4 } else { 6 }, 3),
        IdKind::Hkmo => keep(&text, 1, 2),
        // category and grade of a disability are themselves sensitive
        IdKind::Disability20 | IdKind::Disability22 => {
            format!("{}{}", keep(&text[..18], if strict { 4 } else { 6 }, 4), stars(text.len() - 18))
        }
        IdKind::None | IdKind::Bad if is_foreign(&text) => keep(&text, 1, 2),
        IdKind::None | IdKind::Bad => stars(text.chars().count()),
    }
}

/// A number of the same area, birth year and sex with a right check digit, drawn from a seed of 16 hexadecimal digits.
pub(super) fn replaced_id(seed: &str, value: &str) -> Option<String> {
    let person = idcard::parse(value, chrono::NaiveDate::MAX).person()?;
    let seed = u64::from_str_radix(seed, 16).ok()?;
    let sex = u64::from(person.as_bytes()[16] % 2);
    let (month, day) = (seed % 12 + 1, seed / 12 % 28 + 1);
    let sequence = seed / 336 % 500 * 2 + sex;
    let first = format!("{}{month:02}{day:02}{sequence:03}", &person[..10]);
    idcard::check_digit(&first).map(|c| format!("{first}{c}"))
}

/// M_PHONE.
pub(super) fn phone(scene: Scene, value: &str) -> String {
    let text = phone::normalise_mobile(value);
    let count = text.chars().count();
    if scene == Scene::Public || count < 7 {
        return stars(count);
    }
    if phone::is_mobile(&text) {
        return keep(&text, 3, 4);
    }
    let tail = |n: &str| n.chars().skip(n.chars().count() - 2).collect::<String>();
    match phone::landline(value) {
        Some(l) => format!("{}****{}", l.area.as_deref().unwrap_or_default(), tail(&l.number)),
        None => format!("****{}", tail(&text)),
    }
}

/// M_BANK.
pub(super) fn bank(value: &str) -> String {
    let text = phone::normalise_bank(value);
    let fits = (12..=19).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if fits { keep(&text, 0, 4) } else { stars(text.chars().count()) }
}
