//! Telephone numbers and bank cards: normalising and checks. Source: domain 01 appendix B, 06 §4.3.
//! Must not know whose they are.

use crate::text::squeeze;

/// Digits of a mobile number without `+86`, `86`, `0086`, spaces and dashes. Other text comes back without its separators.
pub fn normalise_mobile(text: &str) -> String {
    let t: String = squeeze(text).chars().filter(|c| !matches!(c, '-' | '(' | ')' | '.')).collect();
    for prefix in ["+86", "0086", "86"] {
        if let Some(rest) = t.strip_prefix(prefix)
            && is_mobile(rest)
        {
            return rest.to_owned();
        }
    }
    t
}

/// `^1[3-9]\d{9}$` on a normalised number.
pub fn is_mobile(text: &str) -> bool {
    let b = text.as_bytes();
    b.len() == 11 && b[0] == b'1' && (b'3'..=b'9').contains(&b[1]) && b.iter().all(u8::is_ascii_digit)
}

/// A fixed line: area code with its zero, 7 or 8 digits, extension of up to 6 digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Landline {
    pub area: Option<String>,
    pub number: String,
    pub extension: Option<String>,
}

impl Landline {
    /// `0791-86212345`, with an extension `0791-86212345-801`.
    pub fn text(&self) -> String {
        let mut out = self.area.as_ref().map(|a| format!("{a}-")).unwrap_or_default();
        out.push_str(&self.number);
        if let Some(e) = &self.extension {
            out.push('-');
            out.push_str(e);
        }
        out
    }
}

/// Reads a fixed line in its usual spellings: `0791-86212345`, `(0791)86212345`, `+86 791 86212345`, `86212345转801`.
pub fn landline(text: &str) -> Option<Landline> {
    let t = squeeze(text).replace("转", "-").replace("分机", "-").replace(['(', ')'], "-").replace("--", "-");
    let t = t.trim_matches('-');
    let t = match ["+86", "0086"].iter().find_map(|p| t.strip_prefix(p)) {
        Some(rest) => format!("0{}", rest.trim_start_matches('-').trim_start_matches('0')),
        None => t.to_owned(),
    };
    if !t.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
        return None;
    }
    let (area, rest) = if t.starts_with('0') {
        // 010 and 02x have three digits, all others four
        let n = if t.starts_with("01") || t.starts_with("02") { 3 } else { 4 };
        let (area, rest) = t.split_at_checked(n)?;
        if area.contains('-') {
            return None;
        }
        (Some(area.to_owned()), rest.trim_start_matches('-'))
    } else {
        (None, t.as_str())
    };
    let (number, extension) = match rest.split_once('-') {
        Some((n, e)) => (n, Some(e.to_owned())),
        None => (rest, None),
    };
    let fits = (7..=8).contains(&number.len())
        && !number.starts_with(['0', '1'])
        && extension.as_ref().is_none_or(|e| (1..=6).contains(&e.len()) && !e.contains('-'));
    fits.then(|| Landline { area, number: number.to_owned(), extension })
}

/// Digits of a bank card or account without spaces and dashes.
pub fn normalise_bank(text: &str) -> String {
    squeeze(text).chars().filter(|c| *c != '-').collect()
}

/// 16–19 digits whose Luhn sum fits. A hint only: passbooks and old accounts do not follow it.
pub fn bank_card_ok(text: &str) -> bool {
    (16..=19).contains(&text.len()) && luhn(text)
}

/// Luhn sum (ISO/IEC 7812-1 annex B) of a text of digits.
pub fn luhn(text: &str) -> bool {
    let sum = text.bytes().rev().enumerate().try_fold(0u32, |sum, (i, b)| {
        let d = u32::from(b.checked_sub(b'0').filter(|d| *d < 10)?);
        Some(sum + if i % 2 == 0 { d } else { d * 2 / 10 + d * 2 % 10 })
    });
    !text.is_empty() && sum.is_some_and(|s| s % 10 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn mobile_numbers_lose_their_dress() {
        for typed in ["13812345678", "+86 138-1234-5678", "0086 13812345678", "8613812345678", "１３８１２３４５６７８"]
        {
            assert_eq!(normalise_mobile(typed), "13812345678");
        }
        assert!(!is_mobile("12812345678") && !is_mobile("1381234567") && !is_mobile(""));
    }

    #[test]
    fn fixed_lines_are_read_in_their_usual_spellings() {
        for (typed, want) in [
            ("0791-86212345", Some("0791-86212345")),
            ("（0791）86212345", Some("0791-86212345")),
            ("079186212345", Some("0791-86212345")),
            ("+86-791-86212345", Some("0791-86212345")),
            ("010-62345678转801", Some("010-62345678-801")),
            ("8621234", Some("8621234")),
            ("0791-862123", None),
            ("13812345678", None),
            ("电话", None),
            ("", None),
        ] {
            assert_eq!(landline(typed).map(|l| l.text()).as_deref(), want, "{typed}");
        }
    }

    #[test]
    fn luhn_knows_the_standard_example() {
        assert!(luhn("79927398713") && !luhn("79927398710") && !luhn("") && !luhn("12a"));
        assert!(bank_card_ok("4111111111111111") && !bank_card_ok("79927398713"));
    }

    proptest! {
        #[test]
        fn one_changed_digit_breaks_luhn(digits in "[0-9]{15}", at in 0usize..15, by in 1u8..10) {
            let good = (b'0'..=b'9').map(|c| format!("{digits}{}", c as char)).find(|t| luhn(t)).unwrap();
            let mut bad = good.clone().into_bytes();
            bad[at] = b'0' + (bad[at] - b'0' + by) % 10;
            prop_assert!(!luhn(&String::from_utf8(bad).unwrap()));
        }
        #[test]
        fn any_text_is_read_without_panic(text in "\\PC{0,24}") {
            landline(&text);
            normalise_mobile(&text);
        }
    }
}
