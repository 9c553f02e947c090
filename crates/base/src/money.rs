//! Money: yuan as people write it to integer fen and back. Must not know what is paid for.

use crate::error::{Error, Result};
use crate::text::half_width;

fn refused(sentence: &str) -> Error {
    Error::invalid("base.money", sentence)
}

/// Reads yuan (`1,234.5`, `￥１２`, `-3.20元`) as fen. More than two decimals are refused, not rounded.
pub fn parse(text: &str) -> Result<i64> {
    let form = || refused("金额应为以元为单位的数字，如 1234.56，请改正。");
    let t = half_width(text);
    let t = t.strip_suffix('元').unwrap_or(&t).trim_end();
    let (minus, t) = match t.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, t.strip_prefix('+').unwrap_or(t)),
    };
    let t = t.trim_start_matches(['¥', '￥']).trim_start();
    let (whole, part) = t.split_once('.').unwrap_or((t, ""));
    let groups: Vec<&str> = whole.split(',').collect();
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    let grouped = groups.len() == 1 || (1..=3).contains(&groups[0].len()) && groups[1..].iter().all(|g| g.len() == 3);
    if whole.is_empty() || !grouped || !groups.iter().all(|g| digits(g)) || !digits(part) || t.ends_with('.') {
        return Err(form());
    }
    if part.trim_end_matches('0').len() > 2 {
        return Err(refused("金额最多保留两位小数（精确到分），请改正。"));
    }
    let fen = format!("{}{:0<2.2}", groups.concat(), part);
    let fen: i64 = fen.parse().map_err(|_| refused("金额过大，请核对是否多填了位数。"))?;
    Ok(if minus { -fen } else { fen })
}

/// Fen as yuan with two decimals: `1234.50`.
pub fn to_text(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let n = fen.unsigned_abs();
    format!("{sign}{}.{:02}", n / 100, n % 100)
}

/// Fen as yuan with thousands commas: `1,234.50`.
pub fn to_grouped_text(fen: i64) -> String {
    let plain = to_text(fen);
    let (whole, part) = plain.split_once('.').unwrap_or((&plain, "00"));
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |w| ("-", w));
    let mut out = String::new();
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(c);
    }
    format!("{sign}{out}.{part}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn yuan_are_read_as_people_write_them() {
        for (t, fen) in [
            ("0", 0),
            ("12", 1200),
            ("12.3", 1230),
            ("12.30", 1230),
            ("12.3000", 1230),
            ("1,234,567.89", 123_456_789),
            ("１２，３４５．６７", 1_234_567),
            ("￥12.5", 1250),
            ("-3.20元", -320),
            ("+7", 700),
            ("0.01", 1),
        ] {
            assert_eq!(parse(t).ok(), Some(fen), "{t}");
        }
        for t in ["", "元", ".", "1.", ".5", "1,23", "1,,234", "12,34.5", "一百", "1e3", "1.2.3", "--1", "99999999999999999999"]
        {
            assert_eq!(parse(t).unwrap_err().code, "base.money", "{t}");
        }
        assert!(parse("1.234").unwrap_err().sentence.contains("两位小数"));
    }

    proptest! {
        #[test]
        fn every_amount_is_read_back(fen in -10i64.pow(17)..10i64.pow(17)) {
            prop_assert_eq!(parse(&to_text(fen)).ok(), Some(fen));
            prop_assert_eq!(parse(&to_grouped_text(fen)).ok(), Some(fen));
        }
        #[test]
        fn any_text_is_read_without_panic(text in "\\PC{0,24}") {
            let _ = parse(&text);
        }
    }
}
